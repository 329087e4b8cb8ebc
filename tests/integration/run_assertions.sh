#!/bin/sh
# What a test says of itself as a whole: [assertions], [[assertions]], [test.assertions]. Each of them holds, and
# fails where the evidence shows the contrary; what a run has not got, and what nobody can check, is no pass.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/dev.sh"
. "$ROOT/tests/lib/flags.sh"
needs sandbox
unset CLEANROOM_CACHE_RESULTS

# a: the result of the assertions; st: verdict by name of each of them.
json() {
	/usr/bin/python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
s = [s for t in d["tests"] for s in t["scenarios"]]
a = next((x for x in s if x["name"] == "[assertions]"), None)
st = {p["name"]: p["verdict"] if p["ran"] else "-" for p in a["steps"]} if a else None
print(eval(sys.argv[2]))' "$out" "$1"
}
# of NAME ASSERTIONS [SCENARIOS]: the text of a file; two scenarios that pass, unless others are given.
of() {
	printf '[meta]\nname = "%s"\nimage = "clnrm/base"\n%s\n%s\n' "$1" "${3-$two}" "$2" >"$1.clnrm.toml"
}
two='[[scenario]]
name = "a"
steps = [{ run = "true" }, { run = "echo x" }]
[[scenario]]
name = "b"
setup = [{ run = "true" }]
steps = [{ run = "true" }]
teardown = [{ run = "true" }]'

# What holds of a plain test: all of it is looked at, and passes.
CASE=holds
of holds '[assertions]
all_steps_should_pass = true
all_steps_should_succeed = true
all_steps_must_pass = true
all_steps_must_succeed = true
all_commands_should_succeed = true
all_scenarios_should_pass = true
no_failed_assertions = true
steps_should_execute_in_order = true
execution_should_be_hermetic = true
execution_hermetic = true
no_external_network = true
no_external_network_access = true
dns_isolated = true
steps_should_have_executed = 3
container_should_have_executed_commands = 5
minimum_steps_executed = 3
containers_should_have_started = 2
containers_should_have_stopped = 2
minimum_success_rate = 1.0
enforce = true
description = "all of it"
all_services_should_start = false'
expect_exit 0 clnrm run --format json holds.clnrm.toml
is "$(json 'sorted(set(st.values())), len(st), a["verdict"], a["failures"], a["findings"], a["reason"], a["reason_text"]')" \
	"(['pass'], 19, 'pass', [], [], None, None)"
is "$(json '[x["name"] for x in s], d["summary"]["scenarios"], d["summary"]["pass"], d["tests"][0]["verdict"]')" \
	"(['a', 'b', '[assertions]'], 3, 3, 'pass')"
# Nothing waited for them.
expect_exit 0 clnrm runs show latest --deadlines
has "$out" 'deadlines  holds/b  '
hasnt "$out" 'deadlines  holds/[assertions]'

# Again, from the past: the results are recalled, the assertions are evaluated.
CASE='from the past'
recalled() {
	expect_exit 0 clnrm run --format json holds.clnrm.toml
	[ "$(json '[x["cached"] for x in s], sorted(set(st.values()))')" = "([True, True, True], ['pass'])" ]
}
wait_until 20 recalled
CASE='after a restart'
expect_exit 0 clnrm daemon stop
recalled || fail "not recalled: $(json 's')"
passed
# All of it looks like the past, and nothing of it is news; with one that ran, what holds does so now.
CASE='wholly cached'
expect_exit 0 clnrm run holds.clnrm.toml
matches "$out" '^0 passed, 3 cached '
expect_exit 0 clnrm run --format json --force -k holds/a holds.clnrm.toml
expect_exit 0 clnrm run --format json 'holds.clnrm.toml::[assertions]'
is "$(json 'a["cached"], a["verdict"]')" "(True, 'pass')"
# One that was not there before is held against results of before, or they are made anew.
CASE='another assertion'
sed -i 's/^steps_should_have_executed = 3/steps_should_have_executed = 4/' holds.clnrm.toml
expect_exit 1 clnrm run --format json holds.clnrm.toml
is "$(json 'a["verdict"], a["reason"], st["steps_should_have_executed"], st["minimum_steps_executed"], d["tests"][0]["verdict"], d["run"]["exit"]')" \
	"('fail', 'assertion', 'fail', 'pass', 'fail', 1)"
is "$(json '[(f["code"], f["assertion"], f["step"], f["file"], f["line"], f["expected"], f["actual"]) for f in a["failures"]]')" \
	"[('assertion', 'steps_should_have_executed', 'steps_should_have_executed', 'holds.clnrm.toml', 26, '4 steps ran', '3')]"

# fails NAME LINE MESSAGE [SCENARIOS]: the assertion does not hold, and says why.
fails() {
	CASE="fails: $1"
	of f "[assertions]
$1" "${3-$two}"
	expect_exit 1 clnrm run --format json --force f.clnrm.toml
	is "$(json 'a["verdict"], [p["verdict"] for p in a["steps"]]')" "('fail', ['fail'])"
	has "$out" "$2"
}
bad='[[scenario]]
name = "a"
run = "true"
[[scenario]]
name = "b"
steps = [{ name = "no", run = "false" }, { name = "rest", run = "true" }]'
fails 'all_steps_should_pass = true' "step 'no' of scenario 'b' did not pass: exit_code" "$bad"
fails 'all_commands_should_succeed = true' "step 'no' of scenario 'b' did not pass: exit_code" "$bad"
fails 'all_scenarios_should_pass = true' "scenario 'b' did not pass: exit_code" "$bad"
fails 'no_failed_assertions = true' "scenario 'b': exit status 1, expected 0" "$bad"
fails 'minimum_success_rate = 0.5' "wanted a share of 0.5, got 1 of 3 steps passed" "$bad"
fails 'steps_should_have_executed = 1
enforce = true' "wanted 1 steps ran, got 3"
fails 'minimum_steps_executed = 4
enforce = true' "wanted at least 4 steps ran, got 3"
fails 'container_should_have_executed_commands = 3
enforce = true' "wanted 3 commands ran, got 5"
fails 'containers_should_have_started = 3
enforce = true' "wanted 3 sandboxes were used, got 2"
fails 'steps_should_execute_in_order = true' "began before step 'one' had ended" '[[scenario]]
name = "s"
concurrent = true
steps = [{ name = "one", script = "until [ -e two ]; do sleep 0.01; done" }, { name = "two", run = "touch two" }]'
fails 'execution_hermetic = true' "the sandbox of scenario 'b' was not pristine" "sandbox = \"test\"
$two"
fails 'resource_limits_respected = true' "the disk of the sandbox is full" 'limits = { disk_mb = 1 }
[[scenario]]
name = "s"
run = "sh -c '"'"'head -c 4000000 /dev/zero >/tmp/x; true'"'"'"'
fails 'execution_should_be_hermetic = true' "may write to" "isolation = \"relaxed\"
volumes = [{ host_path = \"$W/out\", container_path = \"/out\", mode = \"rw\" }]
$two"
fails 'no_external_network = true' 'has network \"host\"' "isolation = \"relaxed\"
network = \"host\"
$two"
fails 'dns_isolated = true' 'has network \"host\"' "isolation = \"relaxed\"
network = \"host\"
$two"

# Two that fail had no process: there is no exit to report.
CASE='no process'
of words2 '[assertions]
steps_should_have_executed = 1
minimum_steps_executed = 4
enforce = true'
for format in junit tap; do
	expect_exit 1 clnrm run --format $format words2.clnrm.toml
	has "$out" 'wanted 1 steps ran, got 3'
	hasnt "$out" 'exit -1'
done

# Whether limits are in force is what the kernel says, not the file.
CASE=limits
of limits '[assertions]
resource_limits_enforced = true
resource_limits_respected = true' "limits = { memory_mb = 64, pids = 20, open_files = 100 }
isolation = \"relaxed\"
$two"
clnrm run --format json limits.clnrm.toml >"$out" || :
is "$(json 'a["verdict"], sorted(set(st.values()))')" \
	"$(json '("pass", ["pass"]) if all(l in s[0]["receipt"]["limits"] for l in ("memory_mb", "pids", "open_files", "disk_mb")) and not [x for x in s[0]["receipt"]["degraded"] if x["what"] in ("cpu_millicores", "memory_mb", "swap_mb", "pids", "disk_mb", "open_files")] else ("fail", ["fail"])')"

# A sandbox for each step, one for the test: counted as they were used.
CASE=sandboxes
of each '[assertions]
containers_should_have_started = 5
enforce = true' "sandbox = \"step\"
$two"
of one '[assertions]
containers_should_have_started = 1
enforce = true' "sandbox = \"test\"
$two"
expect_exit 0 clnrm run --format json each.clnrm.toml one.clnrm.toml

# A number that is another is told; the test passes unless it is enforced.
CASE=mismatch
of differs '[assertions]
steps_should_have_executed = 7'
expect_exit 0 clnrm run differs.clnrm.toml
has "$out" "finding  differs.clnrm.toml:13: 'steps_should_have_executed' is another: wanted 7 steps ran, got 3"
expect_exit 0 clnrm run --format json differs.clnrm.toml
is "$(json '[(f["kind"], f["severity"]) for f in a["findings"]], st')" \
	"([('assert.mismatch', 'report')], {'steps_should_have_executed': 'pass'})"

# Declared, and nothing checks it: a warning, a count, and no pass where there is nothing else.
CASE='not checked'
of words '[assertions]
dashboard_renders_correctly = true
all_services_should_start = true
all_steps_should_pass = true'
expect_exit 0 clnrm run -v words.clnrm.toml
has "$out" 'words/[assertions]'
has "$out" 'declared, not checked: 2'
has "$err" "warning[config.check_not_evaluated]: 'dashboard_renders_correctly' is declared but nothing checks it"
has "$err" "warning[config.check_not_evaluated]: 'all_services_should_start' has nothing to look at: no service of this file is started"
of only '[assertions]
dashboard_renders_correctly = true'
expect_exit 0 clnrm run --format json only.clnrm.toml
is "$(json 'a["verdict"], a["reason"], a["reason_text"], st')" \
	"('skip', 'skip', 'declared, not checked: 1', {'dashboard_renders_correctly': '-'})"
expect_exit 2 clnrm run --strict only.clnrm.toml
of near '[assertions]
all_steps_should_pas = true'
expect_exit 0 clnrm validate near.clnrm.toml
has "$out" "did you mean 'all_steps_should_pass'?"

# [[assertions]] and [test.assertions].
CASE=lists
of list '[[assertions]]
type = "success"
description = "it works"
[[assertions]]
type = "performance"
max_duration_ms = 60000
[[assertions]]
type = "resource"
max_memory_mb = 1000
[test.assertions]
all_steps_must_pass = true
minimum_success_rate = 0.9'
expect_exit 0 clnrm run --format json list.clnrm.toml
is "$(json 'st')" "{'all_steps_must_pass': 'pass', 'minimum_success_rate': 'pass', 'it works': 'pass', 'performance': 'pass', 'resource': 'pass'}"
of slow '[[assertions]]
type = "performance"
max_duration_ms = 100
[[assertions]]
type = "resource"
max_memory_mb = 20' '[[scenario]]
name = "s"
script = "sleep 0.2; head -c 40000000 /dev/zero | tail -n 1 | wc -c"'
expect_exit 1 clnrm run --format json slow.clnrm.toml
is "$(json 'st')" "{'performance': 'fail', 'resource': 'fail'}"
is "$(json "[f['expected'] for f in a['failures']]")" "['at most 100 ms for all scenarios together', 'at most 20 MiB']"

# What this run has none of is not said to hold; what it shows to be wrong is.
CASE='a part of it'
of part '[assertions]
all_scenarios_should_pass = true
steps_should_have_executed = 3
minimum_steps_executed = 1'
expect_exit 0 clnrm run --format json --filter part/a part.clnrm.toml
is "$(json 'a["verdict"], a["reason"], st')" \
	"('skip', 'assertion', {'all_scenarios_should_pass': '-', 'steps_should_have_executed': '-', 'minimum_steps_executed': 'pass'})"
has "$out" "not evaluated: 2 ('all_scenarios_should_pass': scenario 'b' is no part of this run)"
expect_exit 0 clnrm run --format json "part.clnrm.toml::a::step 1" "part.clnrm.toml::b"
is "$(json 'a["verdict"]')" skip
expect_exit 0 clnrm run --format json --shard 1/2 part.clnrm.toml # which has all of it
is "$(json 'a["verdict"]')" pass
expect_exit 0 clnrm run --format json "part.clnrm.toml::[assertions]"
is "$(json 'a["verdict"]')" pass
of skipped '[assertions]
all_scenarios_should_pass = true' "$two
skip = \"not here\""
expect_exit 0 clnrm run --format json skipped.clnrm.toml
is "$(json 'a["verdict"], a["reason_text"]')" \
	"('skip', \"not evaluated: 1 ('all_scenarios_should_pass': scenario 'b' was skipped (not here))\")"
of fast '[assertions]
all_scenarios_should_pass = true' '[[scenario]]
name = "a"
run = "false"
[[scenario]]
name = "b"
run = "true"'
expect_exit 1 clnrm run --format json --fail-fast --jobs 1 fast.clnrm.toml
is "$(json '[x["verdict"] for x in s]')" "['fail', 'skip', 'fail']"
of unseen '[assertions]
execution_hermetic = true
execution_should_be_hermetic = true' "findings = \"ignore\"
$two"
expect_exit 0 clnrm run --format json unseen.clnrm.toml
is "$(json 'a["verdict"] + " " + a["reason_text"]')" \
	"skip not evaluated: 2 ('execution_hermetic': scenario 'a' has findings = \"ignore\", and 1 more)"

# A failure travels: text, stored run, stream, reports, the next run of what failed.
CASE=travels
of t '[assertions]
all_steps_should_pass = true
steps_should_have_executed = 9
enforce = true'
expect_exit 1 clnrm run --report junit=junit.xml --report tap=t.tap --report markdown=t.md --report html=t.html t.clnrm.toml
has "$out" 'FAIL  t/[assertions]'
has "$out" "step 'steps_should_have_executed' (t.clnrm.toml:14): 'steps_should_have_executed' does not hold: wanted 9 steps ran, got 3"
has "$out" "again: clnrm run 't.clnrm.toml::[assertions]'"
has "$out" '2 passed, 1 failed   3 scenarios of 1 test'
has junit.xml '<testcase name="[assertions]"'
has junit.xml "does not hold: wanted 9 steps ran, got 3"
has t.tap 'not ok 3 - t/[assertions]'
has t.md '[assertions]'
has t.html 'does not hold: wanted 9 steps ran, got 3'
GITHUB_ACTIONS=true expect_exit 1 clnrm run t.clnrm.toml
has "$out" "::error file=t.clnrm.toml,line=14,col=1,title=t/[assertions]::'steps_should_have_executed' does not hold"
GITHUB_ACTIONS=true expect_exit 0 clnrm run differs.clnrm.toml
has "$out" "::warning file=differs.clnrm.toml,line=13,"
expect_exit 1 clnrm run t.clnrm.toml
expect_exit 0 clnrm runs show latest
has "$out" 'FAIL  t/[assertions]'
has "$out" "wanted 9 steps ran, got 3"
expect_exit 0 clnrm runs show latest --format json
is "$(json 'd["tests"][0]["verdict"], a["verdict"], d["run"]["exit"], [f["line"] for f in a["failures"]]')" "('fail', 'fail', 1, [14])"
expect_exit 1 clnrm run --failed --format json t.clnrm.toml
is "$(json '[x["name"] for x in s], a["verdict"]')" "(['a', 'b', '[assertions]'], 'fail')"
expect_exit 1 clnrm run --format ndjson t.clnrm.toml
is "$(grep -c '"ev":"scenario_end".*"id":"t/\[assertions\]".*"verdict":"fail"' "$out")" 1
is "$(grep -c '"ev":"test_end".*"verdict":"fail"' "$out")" 1

# Of several failures --fail-fast takes this one as any other.
CASE='fail fast'
printf '[meta]\nname = "u"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "true"\n' >u.clnrm.toml
expect_exit 1 clnrm run --format json --fail-fast --jobs 1 t.clnrm.toml u.clnrm.toml
is "$(json '[x["verdict"] for x in s]')" "['pass', 'pass', 'fail', 'skip']"

# What is saved while a session watches is looked at as a run does.
CASE=dev
of live '[assertions]
steps_should_have_executed = 3
enforce = true'
start clnrm dev --format ndjson live.clnrm.toml
wait_until 20 last_is 'live/\[assertions\]' pass
of live '[assertions]
steps_should_have_executed = 4
enforce = true'
wait_until 20 last_is 'live/\[assertions\]' fail
stop

# In quarantine it does not count; a scenario that is, is no pass of all either.
CASE=quarantine
printf '[[quarantine]]\ntest = "t/\\\\[assertions\\\\]"\nowner = "me"\nuntil = "2099-01-01"\n' >cleanroom.toml
expect_exit 0 clnrm run --format json t.clnrm.toml
is "$(json 'a["verdict"], a["quarantined"]')" "('fail', True)"
printf '[[quarantine]]\ntest = "fast/a"\nowner = "me"\nuntil = "2099-01-01"\n' >cleanroom.toml
expect_exit 0 clnrm run --format json fast.clnrm.toml
is "$(json '[x["verdict"] for x in s], a["reason_text"]')" \
	"(['fail', 'pass', 'skip'], \"not evaluated: 1 ('all_scenarios_should_pass': scenario 'a' is in quarantine)\")"
rm cleanroom.toml

# Each repetition and each cell has its own; an attempt that another followed does not count.
CASE=repeat
expect_exit 0 clnrm run --format json --repeat 3 part.clnrm.toml
is "$(json '[(x["repetition"], x["verdict"]) for x in s if x["name"] == "[assertions]"]')" "[(1, 'pass'), (2, 'pass'), (3, 'pass')]"
# Looked at when a turn is over: the run to the first failure ends with it.
mkdir -p state
printf '[meta]
name = "third"
image = "clnrm/base"
[[scenario]]
name = "s"
volumes = ["./state:/state:rw"]
script = "echo x >>/state/visits; test $(wc -l </state/visits) -lt 3 || head -c 40000000 /dev/zero | tail -n 1 | wc -c"
[[assertions]]
type = "resource"
max_memory_mb = 20
' >third.clnrm.toml
expect_exit 1 clnrm run -j 1 --until-fail=50 --format json third.clnrm.toml
is "$(json '[(x["repetition"], x["name"], x["verdict"]) for x in s][3:]')" \
	"[(1, '[assertions]', 'pass'), (2, '[assertions]', 'pass'), (3, '[assertions]', 'fail')]"
is "$(wc -l <state/visits)" 3
expect_exit 0 clnrm runs show latest --format json
is "$(json '[(x["repetition"], x["name"]) for x in s]')" "[(1, 's'), (2, 's'), (3, 's'), (1, '[assertions]'), (2, '[assertions]'), (3, '[assertions]')]"
rm state/visits
expect_exit 1 clnrm run -j 1 --repeat 9 --fail-fast --format ndjson third.clnrm.toml
is "$(grep -c '"ev":"scenario_end".*"name":"s".*"verdict":"pass"' "$out")" 3
# Those that did not begin are told of as well.
is "$(grep -c '"ev":"scenario_end".*"name":"s".*"verdict":"skip"' "$out")" 6
is "$(grep -c '"ev":"scenario_end"' "$out")" "$(sed -n 's/.*"ev":"plan".*"scenarios":\([0-9]*\).*/\1/p' "$out")"
is "$(wc -l <state/visits)" 3
rm state/visits
expect_exit 3 clnrm why 'third/[assertions]'
has "$err" 'assertions are held anew against every run of their test'
expect_exit 3 clnrm why 'thir/[assertions]'
has "$err" "there is no scenario 'thir/[assertions]'"
# What needs another is skipped in that turn alone.
printf '[meta]
name = "needy"
image = "clnrm/base"
[[scenario]]
name = "a"
volumes = ["./state:/state:rw"]
script = "echo x >>/state/visits; test $(wc -l </state/visits) != 2"
[[scenario]]
name = "b"
depends_on = ["a"]
run = "true"
[assertions]
steps_should_have_executed = 2
enforce = true
' >needy.clnrm.toml
expect_exit 1 clnrm run -j 1 --repeat 3 --format json needy.clnrm.toml
is "$(json '[(x["repetition"], x["name"], x["verdict"]) for x in s]')" \
	"[(1, 'a', 'pass'), (1, 'b', 'pass'), (2, 'a', 'fail'), (2, 'b', 'skip'), (3, 'a', 'pass'), (3, 'b', 'pass'), (1, '[assertions]', 'pass'), (2, '[assertions]', 'skip'), (3, '[assertions]', 'pass')]"
expect_exit 0 clnrm run --format json --repeat 3 --shuffle=5 skipped.clnrm.toml
is "$(json '[(x["repetition"], x["verdict"]) for x in s if x["name"] == "[assertions]"]')" "[(1, 'skip'), (2, 'skip'), (3, 'skip')]"
has "$out" "scenario 'b' was skipped (not here))"
expect_exit 0 clnrm run --format json --repeat 3 --shuffle=5 --filter part/b part.clnrm.toml
has "$out" "scenario 'a' is no part of this run"
hasnt "$out" "scenario 'b' is no part of this run"
of cells '[matrix]
x = ["1", "2"]
[assertions]
steps_should_have_executed = 1
enforce = true' '[[scenario]]
name = "s"
run = "echo {{ matrix.x }}"'
expect_exit 0 clnrm run --format json cells.clnrm.toml
is "$(json '[x["verdict"] for x in s]')" "['pass', 'pass', 'pass', 'pass']"

# What needs a later part is refused by its name, and what is wrong where it is.
CASE=refused
refused() {
	of r "$1"
	expect_exit 2 clnrm run r.clnrm.toml
	has "$err" "$2"
}
refused '[assertions]
no_orphaned_spans = true' "'no_orphaned_spans' needs telemetry, which this build does not have"
refused '[assertions]
total_span_count_equals = 3' "'total_span_count_equals' needs telemetry"
refused '[assertions]' '[assertions] is empty'
refused '[assertions]
all_steps_should_pass = "yes"' 'config.type'
refused '[assertions]
minimum_success_rate = 1.5' 'config.range'
refused '[assertions]
service_should_start = "db"' "names service 'db', which this file does not have"
refused '[assertions]
type = "success"' "'type' is no key of [assertions]; put it in [[assertions]]"
refused '[[assertions]]
description = "x"' "[[assertions]] needs 'type'"
refused '[[assertions]]
type = "performance"' "type = \"performance\" needs 'max_duration_ms'"
refused '[[assertions]]
type = "success"
max_memory_mb = 3' "'max_memory_mb' says nothing with type = \"success\""

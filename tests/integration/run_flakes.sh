#!/bin/sh
# Retries, repetitions, quarantine, and what the history says of flakes. What really is flaky keeps its
# state outside of the sandbox: a scenario counts its visits in a volume.
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
needs sandbox overlay python3
formats=$ROOT/tests/integration/formats

# flaky NAME FAILS [KEYS]: NAME.clnrm.toml, whose scenario fails its first visits. The sandbox of each
# attempt has to be new.
flaky() {
	mkdir -p "state/$1"
	cat >"$1.clnrm.toml" <<T
[meta]
name = "$1"
image = "clnrm/base"
[[scenario]]
name = "s"
volumes = ["./state/$1:/state:rw"]
${3-}
steps = [
  { name = "new", script = "test ! -e /workspace/left; test ! -e /tmp/left; touch /workspace/left /tmp/left" },
  { name = "visit", script = "echo x >>/state/visits; n=\$(wc -l </state/visits); echo visit \$n; echo 'ledger offline' >&2; test \$n -gt $2" },
]
T
}
again() { rm -f state/*/visits; }
visits() { wc -l <"state/$1/visits" | tr -d ' '; }
flaky pay 2 'retries = 3'
flaky bad 99 'retries = 1'
flaky plain 1
printf '[meta]\nname = "good"\nimage = "clnrm/base"\n[[scenario]]\nname = "s"\nrun = "true"\n' >good.clnrm.toml

# ---- retries: of a file, of the flag, of [meta], of the project ----
case_of 'run --retries'
expect_exit 0 clnrm run pay.clnrm.toml
is "$(visits pay)" 3
matches "$out" '^flaky  pay/s .* passed on attempt 3$'
has "$out" "  attempt 1: step 'visit': exit status 1, expected 0"
matches "$out" '^0 passed, 1 flaky   1 scenarios of 1 tests in '
has "$err" 'note[retry]: pay/s: attempt 1 of 4 failed (exit status 1, expected 0), it runs again'
has "$err" 'note[retry]: pay/s: attempt 2 of 4 failed'
again
expect_exit 1 clnrm run --retries 1 pay.clnrm.toml
is "$(visits pay)" 2
matches "$out" '^FAIL  pay/s .* failed on each of 2 attempts '
again
expect_exit 1 clnrm run --retries 0 pay.clnrm.toml
is "$(visits pay)" 1
hasnt "$err" 'note[retry]'
expect_exit 1 clnrm run plain.clnrm.toml
again
expect_exit 0 clnrm run --retries 5 plain.clnrm.toml
is "$(visits plain)" 2
again
sed 's/^image/retries = 2\nimage/' plain.clnrm.toml >meta.clnrm.toml
expect_exit 0 clnrm run meta.clnrm.toml
matches "$out" ' 1 flaky '
again
printf '[test_execution]\nretry_on_failure = true\nretry_count = 1\n' >cleanroom.toml
expect_exit 0 clnrm run plain.clnrm.toml
matches "$out" ' 1 flaky '
again
expect_exit 1 clnrm run --no-config plain.clnrm.toml
rm cleanroom.toml
expect_exit 2 clnrm run --retries 101 plain.clnrm.toml
# What the machine refuses is refused again; a program that is not there is looked for again.
printf '[meta]\nname = "none"\nimage = "clnrm/base"\nretries = 2\n[[scenario]]\nname = "s"\nrun = "no-such"\n' >none.clnrm.toml
expect_exit 2 clnrm run none.clnrm.toml
has "$out" 'failed on each of 3 attempts'

# ---- what was cancelled is not tried again ----
cat >held.clnrm.toml <<'T'
[meta]
name = "held"
image = "clnrm/base"
retries = 9
[[scenario]]
name = "waits"
volumes = ["./state/held:/state:rw"]
script = "echo x >>/state/visits; exec sleep 600"
[[scenario]]
name = "fails"
retries = 0
volumes = ["./state/held:/state:rw"]
script = "until test -s /state/visits; do sleep 0.05; done; exit 1"
T
mkdir -p state/held
expect_exit 1 clnrm run -j 2 --fail-fast held.clnrm.toml
is "$(visits held)" 1
matches "$out" '^0 passed, 1 failed, 1 skipped '
again
sed 's/^retries = 9/retries = 9\ntimeout = "2s"/' held.clnrm.toml >late.clnrm.toml
expect_exit 1 clnrm run --filter waits late.clnrm.toml
is "$(visits held)" 1
# A failure that is known stays one when the next attempt is cut off.
cat >cut.clnrm.toml <<'T'
[meta]
name = "cut"
image = "clnrm/base"
[[scenario]]
name = "s"
retries = 9
volumes = ["./state/cut:/state:rw"]
script = "echo x >>/state/visits; test $(wc -l </state/visits) -gt 1 || exit 3; exec sleep 600"
[[scenario]]
name = "fails"
volumes = ["./state/cut:/state:rw"]
script = "until test $(wc -l </state/visits) -gt 1; do sleep 0.05; done; exit 1"
T
mkdir -p state/cut
: >state/cut/visits
expect_exit 1 clnrm run -j 2 --fail-fast --format json cut.clnrm.toml
is "$(json '[(s["name"], s["verdict"], s["reason"], s["attempts"]) for s in r["tests"][0]["scenarios"]]')" \
	"[('s', 'fail', 'exit_code', 1), ('fails', 'fail', 'exit_code', 1)]"
again

# ---- each attempt is in the result, in the history, in every report ----
both() { clnrm run -j 1 "$@" pay.clnrm.toml bad.clnrm.toml good.clnrm.toml; }
expect_exit 1 both --format json
cp "$out" r.json
record r.json
is "$(json '[(s["id"], s["verdict"], s["flaky"], s["attempts"], s["attempts_max"]) for t in r["tests"][:2] for s in t["scenarios"]]')" \
	"[('pay/s', 'pass', True, 3, 4), ('bad/s', 'fail', False, 2, 2)]"
is "$(json '[(a["verdict"], a["reason"], [f["step"] for f in a["failures"]], [s["stdout"] for s in a.get("steps", [])]) for a in r["tests"][0]["scenarios"][0]["attempt_history"]]')" \
	"[('fail', 'exit_code', ['visit'], ['', 'visit 1\\n']), ('fail', 'exit_code', ['visit'], ['', 'visit 2\\n']), ('pass', None, [], [])]"
is "$(json 'r["tests"][2]["scenarios"][0]["attempt_history"]')" '[]'
is "$(json 'r["summary"]["flaky"], r["summary"]["pass"], r["summary"]["fail"]')" '(1, 2, 1)'
expect_exit 0 clnrm runs show latest --format json
is "$(json '[[a["verdict"] for a in s["attempt_history"]] for t in r["tests"] for s in t["scenarios"]]')" \
	"[['fail', 'fail', 'pass'], ['fail', 'fail'], []]"
is "$(json 'r["tests"][0]["scenarios"][0]["attempt_history"][1]["steps"][1]["stderr"]')" 'ledger offline'
cat >junit.py <<'P'
"""What a dialect has of attempts."""
import sys, xml.etree.ElementTree as ET
path, dialect, stored = sys.argv[1:]
cases = {c.get("classname").split(".")[-1]: c for c in ET.parse(path).getroot().iter("testcase")}
def kids(name): return [k.tag for k in cases[name] if k.tag != "properties"]
def streams(e): return [k.tag for k in e]
knows = dialect in ("surefire", "jenkins", "github")
if knows:
    assert kids("pay") == ["flakyFailure"] * 2, kids("pay")
    first = cases["pay"].find("flakyFailure")
    assert first.get("type") == "fail.exit_code" and first.get("message") == "exit status 1, expected 0", first.attrib
    assert streams(first) == ["stackTrace", "system-out", "system-err"], streams(first)
    assert "visit 1" in first.find("system-out").text and "ledger offline" in first.find("stackTrace").text
    assert kids("bad")[:2] == ["failure", "rerunFailure"], kids("bad")
    assert "visit 1" in cases["bad"].find("failure").text
    assert "visit 2" in cases["bad"].find("rerunFailure/system-out").text
else:
    assert not {"flakyFailure", "rerunFailure"} & {e.tag for e in ET.parse(path).getroot().iter()}
    assert [k for k in kids("bad") if k == "failure"] == ["failure"]
    whole = "".join(e.text or "" for e in ET.parse(path).getroot().iter("system-out"))
    assert "flaky: passed on attempt 3 of 4\n" in whole, whole
    if dialect == "gitlab":
        assert cases["pay"].find("system-out").text.splitlines()[0] == "flaky: passed on attempt 3 of 4"
for suite in ET.parse(path).getroot():
    for attribute, tag in ("failures", "failure"), ("errors", "error"), ("skipped", "skipped"):
        assert int(suite.get(attribute)) == sum(c.find(tag) is not None for c in suite.findall("testcase")), suite.attrib
P
for dialect in surefire jenkins gitlab github plain; do
	again
	expect_exit 1 both --junit-dialect $dialect --report-junit $dialect.xml
	expect_exit 0 python3 junit.py $dialect.xml $dialect 0
	expect_exit 0 clnrm report --kind junit --junit-dialect $dialect -o stored.xml
	expect_exit 0 python3 junit.py stored.xml $dialect 1
	expect_exit 0 clnrm report -i r.json --kind junit --junit-dialect $dialect -o read.xml
	expect_exit 0 python3 junit.py read.xml $dialect 1
	for f in $dialect.xml stored.xml read.xml; do
		! command -v xmllint >/dev/null || xmllint --noout --schema "$formats/junit.xsd" "$f" 2>"$err" || fail "$dialect: $(cat "$err")"
	done
done
# Attempts that could not be run as asked are errors there, too.
mkdir -p state/errs
cat >errs.clnrm.toml <<'T'
[meta]
name = "errs"
image = "clnrm/base"
retries = 1
[[scenario]]
name = "boots late"
volumes = ["./state/errs:/state:rw"]
setup = [{ name = "boot", script = "echo x >>/state/visits; test $(wc -l </state/visits) -gt 1" }]
steps = [{ name = "use", run = "true" }]
[[scenario]]
name = "no program"
run = "no-such"
T
for dialect in surefire jenkins gitlab github plain; do
	again
	expect_exit 2 clnrm run -j 1 --junit-dialect $dialect --report-junit e.xml errs.clnrm.toml
	! command -v xmllint >/dev/null || xmllint --noout --schema "$formats/junit.xsd" e.xml 2>"$err" || fail "$dialect: $(cat "$err")"
	case $dialect in
	gitlab | plain) want='error' ;;
	*) want='flakyError error rerunError' ;;
	esac
	is "$(grep -oE '<(flaky|rerun)?([Ee]rror|[Ff]ailure) ' e.xml | tr -d '<\n' | sed 's/ $//')" "$want"
done
again
expect_exit 1 both
expect_exit 0 clnrm report --kind tap
matches "$out" '^ok 1 - pay/s # time='
has "$out" '# flaky: passed on attempt 3 of 4'
expect_exit 0 clnrm report --kind markdown
has "$out" '## Flaky'
has "$out" 'pay/s, flaky\: passed on attempt 3 of 4\: exit status 1, expected 0'
expect_exit 0 clnrm report --kind html -o page.html
has page.html '"before":["exit status 1, expected 0","exit status 1, expected 0"]'
again
expect_exit 1 env GITHUB_ACTIONS=true clnrm run -j 1 pay.clnrm.toml bad.clnrm.toml
has "$out" 'title=pay/s::flaky: passed on attempt 3 of 4: exit status 1, expected 0'
again
expect_exit 0 clnrm run --format ndjson pay.clnrm.toml
is "$(python3 -c 'import json, sys; print([e["attempt"] for e in map(json.loads, sys.stdin) if e["ev"] == "scenario_start"])' <"$out")" '[1, 2, 3]'
record "$out" event
# The stored run gives the same ones.
api GET '/v1/runs/latest?form=ndjson'
is "$(python3 -c 'import json, sys; print([(e["ev"], e["attempt"]) for e in map(json.loads, open(sys.argv[1])) if e["ev"] in ("scenario_start", "scenario_end") and "attempt" in e], sum(1 for l in open(sys.argv[1]) if json.loads(l)["ev"] == "scenario_end"))' "$doc")" \
	"[('scenario_start', 1), ('scenario_start', 2), ('scenario_start', 3)] 1"
# Of much output both ends are kept of an attempt.
cat >long.clnrm.toml <<'T'
[meta]
name = "long"
[[scenario]]
name = "s"
retries = 2
run = ["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo end; exit 1"]
T
expect_exit 1 clnrm run --format json long.clnrm.toml
is "$(json '[(a["steps"][0]["stdout_bytes"], len(a["steps"][0]["stdout"]) < 70000, a["steps"][0]["stdout"].endswith("xend\n")) for a in r["tests"][0]["scenarios"][0]["attempt_history"][:2]]')" \
	'[(3000004, True, True), (3000004, True, True)]'

# ---- flaky results do not stand for later runs; clean ones do ----
unset CLEANROOM_CACHE_RESULTS
cat >coin.clnrm.toml <<'T'
[meta]
name = "coin"
image = "clnrm/base"
[[scenario]]
name = "s"
run = ["sh", "-c", "case $(head -c 1 /dev/urandom | od -An -tu1) in *[02468]) ;; *) exit 1 ;; esac"]
T
is_cached() { clnrm run "$@" | grep -q ', 1 cached'; }
clnrm run -q good.clnrm.toml >/dev/null
wait_until 20 is_cached good.clnrm.toml
passed
# A coin that fell wrong first, and then right.
tries=0
until clnrm run --retries 30 coin.clnrm.toml 2>"$err" | grep -q ', 1 flaky'; do
	clnrm cache clear results >/dev/null
	tries=$((tries + 1))
	[ $tries -lt 60 ] || fail 'a coin fell right 60 times'
done
for _ in 1 2 3 4 5; do
	clnrm run --list coin.clnrm.toml >/dev/null
	expect_exit 0 clnrm dry-run --format json coin.clnrm.toml
	hasnt "$out" '"cached":true'
done
# Turns that passed stand for no later run when another of them failed.
clnrm cache clear results >/dev/null
got=0
clnrm run --repeat 40 --format json coin.clnrm.toml >"$out" || got=$?
is $got 1
passes=$(json 'r["summary"]["pass"]')
[ "$passes" -gt 0 ] && [ "$passes" -lt 40 ] || fail "$passes of 40 coins fell right"
for _ in 1 2 3 4 5; do
	expect_exit 0 clnrm dry-run --format json coin.clnrm.toml
	hasnt "$out" '"cached":true'
done
export CLEANROOM_CACHE_RESULTS=false

# ---- repetitions ----
case_of 'run --repeat'
again
expect_exit 1 clnrm run -j 1 --repeat 5 --format json pay.clnrm.toml good.clnrm.toml
is "$(visits pay)" 5
is "$(json 'r["summary"]["scenarios"], r["summary"]["fail"], r["summary"]["flaky"], r["summary"]["tests"]')" '(10, 2, 0, 2)'
is "$(json '[s["repetition"] for s in r["tests"][0]["scenarios"]], {s["attempts"] for t in r["tests"] for s in t["scenarios"]}')" '([1, 2, 3, 4, 5], {1})'
expect_exit 0 clnrm run --repeat 3 --report-junit x.xml good.clnrm.toml
matches "$out" '^3 passed   3 scenarios of 1 tests in '
is "$(grep -o 'testcase name="[^"]*"' x.xml | tr '\n' ' ')" 'testcase name="s" testcase name="s #2" testcase name="s #3" '
expect_exit 0 clnrm runs show latest
matches "$out" '^3 passed   3 scenarios of 1 tests in '
expect_exit 0 clnrm run --repeat 2 --list good.clnrm.toml
is "$(wc -l <"$out")" 1
case_of 'run --until-fail'
printf '[meta]\nname = "third"\nimage = "clnrm/base"\n[[scenario]]\nname = "s"\nvolumes = ["./state/third:/state:rw"]\nscript = "echo x >>/state/visits; test $(wc -l </state/visits) -lt 3"\n' >third.clnrm.toml
mkdir -p state/third
expect_exit 1 clnrm run -j 1 --until-fail third.clnrm.toml good.clnrm.toml
is "$(visits third)" 3
matches "$out" '^FAIL  third/s #3 '
matches "$out" '^4 passed, 1 failed   5 scenarios of 2 tests in '
again
expect_exit 0 clnrm run -j 1 --until-fail=2 third.clnrm.toml
is "$(visits third)" 2
matches "$out" '^2 passed   2 scenarios of 1 tests in '
# Rounds consist of what is selected, and each has the order of the first: a failure of the first round ends
# it with the first round, whatever the seed.
for seed in 1 2 3 4 5; do
	again
	expect_exit 1 clnrm run -j 1 --until-fail=9 --shuffle=$seed bad.clnrm.toml good.clnrm.toml
	matches "$out" '^1 passed, 1 failed   2 scenarios of 2 tests in '
done
expect_exit 1 clnrm run -j 1 --repeat 2 --failed-first --shuffle=1 bad.clnrm.toml good.clnrm.toml
expect_exit 1 clnrm run --repeat 3 --failed bad.clnrm.toml good.clnrm.toml
matches "$out" '^0 passed, 3 failed   3 scenarios of 1 tests in '
again
expect_exit 2 clnrm run --until-fail=0 good.clnrm.toml
expect_exit 2 clnrm run --repeat 1000000 good.clnrm.toml
has "$err" 'error[limit]: --repeat 1000000'
for flags in '--repeat 2 --retries 1' '--until-fail --retries 1' '--repeat 2 --until-fail' '--repeat 2 --changed' '--until-fail --changed' \
	'--repeat 2 --verify-cache 5' '--until-fail --verify-cache 5' '--repeat 2 --update-snapshots' '--until-fail --update-snapshots'; do
	# shellcheck disable=SC2086
	expect_exit 2 clnrm run $flags good.clnrm.toml
	has "$err" 'error[conflicting-flags]'
done
api POST /v1/runs -d "{\"cwd\":\"$PWD\",\"paths\":[\"good.clnrm.toml\"],\"options\":{\"repeat\":2,\"retries\":1}}"
has "$doc" "'repeat' and 'retries' exclude each other"
# A test's own deadline is for one turn.
printf '[meta]\nname = "brief"\nimage = "clnrm/base"\ntimeout = "20s"\n[[scenario]]\nname = "s"\nrun = "true"\n' >brief.clnrm.toml
expect_exit 0 clnrm run --repeat 20 brief.clnrm.toml
# Cancelled: what has not begun is no part of it.
mkdir -p state/turn
printf '[meta]\nname = "turn"\nimage = "clnrm/base"\n[[scenario]]\nname = "s"\nvolumes = ["./state/turn:/state:rw"]\nscript = "echo x >>/state/visits; test $(wc -l </state/visits) -lt 3 || exec sleep 600"\n' >turn.clnrm.toml
python3 -c 'import os, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); os.execvp("clnrm", sys.argv[1:])' \
	clnrm run -j 1 --until-fail turn.clnrm.toml >"$out" 2>"$err" &
wait_until 20 sh -c 'test "$(cat state/turn/visits 2>/dev/null | wc -l)" -ge 3'
kill -INT $!
got=0
wait $! || got=$?
is $got 130
matches "$out" '^2 passed, 1 skipped   3 scenarios of 1 tests in '

# ---- --fail-on-flaky ----
case_of 'run --fail-on-flaky'
again
expect_exit 1 clnrm run --fail-on-flaky pay.clnrm.toml
printf '[test_execution]\nfail_on_flaky = true\n' >cleanroom.toml
again
expect_exit 1 clnrm run pay.clnrm.toml
matches "$out" '^0 passed, 1 flaky '
again
expect_exit 0 clnrm run --no-fail-on-flaky pay.clnrm.toml
expect_exit 0 clnrm run --fail-on-flaky good.clnrm.toml
rm cleanroom.toml

# ---- quarantine ----
printf '# ours\n[[quarantine]]\ntest = "bad/*"\nowner = "payments"\nuntil = 2999-12-31\nreason = "new ledger" # soon\n' >cleanroom.toml
again
expect_exit 0 clnrm run bad.clnrm.toml
matches "$out" '^FAIL  bad/s '
has "$out" '  quarantined until 2999-12-31 (payments): this failure does not count; new ledger'
matches "$out" '^0 passed, 1 quarantined   1 scenarios of 1 tests in '
expect_exit 0 clnrm run -q bad.clnrm.toml
has "$out" 'quarantined until 2999-12-31 (payments)'
expect_exit 0 clnrm run --fail-fast -j 1 bad.clnrm.toml good.clnrm.toml
matches "$out" '^1 passed, 1 quarantined '
expect_exit 1 clnrm run bad.clnrm.toml plain.clnrm.toml
matches "$out" '^0 passed, 1 failed, 1 quarantined '
expect_exit 0 clnrm run --format json bad.clnrm.toml
record "$out"
is "$(json '(lambda s: (s["verdict"], s["quarantined"], s["quarantine"]))(r["tests"][0]["scenarios"][0]), r["summary"]["quarantined"], r["run"]["exit"]')" \
	"(('fail', True, {'test': 'bad/*', 'owner': 'payments', 'until': '2999-12-31', 'reason': 'new ledger'}), 1, 0)"
for dialect in surefire jenkins gitlab github plain; do
	expect_exit 0 clnrm report --kind junit --junit-dialect $dialect -o q.xml
	has q.xml '<skipped message="quarantined until 2999-12-31: exit status 1, expected 0"/>'
	hasnt q.xml '<failure'
	! command -v xmllint >/dev/null || xmllint --noout --schema "$formats/junit.xsd" q.xml 2>"$err" || fail "$dialect: $(cat "$err")"
done
expect_exit 0 clnrm report --kind junit --junit-dialect github
has "$out" '<property name="clnrm.quarantined" value="true"/>'
expect_exit 0 clnrm report --kind tap
matches "$out" '^not ok 1 - bad/s # T[O]DO quarantined until 2999-12-31$'
expect_exit 0 clnrm report --kind markdown
has "$out" '## Quarantined'
hasnt "$out" '## Failures'
expect_exit 0 clnrm report --kind html -o page.html
has page.html '"quarantine":"quarantined until 2999-12-31 (payments): new ledger"'
expect_exit 0 env GITHUB_ACTIONS=true clnrm run bad.clnrm.toml
matches "$out" '^::warning file=bad.clnrm.toml,.*::quarantined until 2999-12-31 \(payments\): exit status 1'
hasnt "$out" '::error'
# By path; a flaky pass in quarantine does not count either; errors do.
sed -i 's/^test = .*/test = "p*.clnrm.toml::s"/' cleanroom.toml
again
expect_exit 0 clnrm run --fail-on-flaky pay.clnrm.toml
expect_exit 1 clnrm run bad.clnrm.toml
sed -i 's/^test = .*/test = "none*"/' cleanroom.toml
expect_exit 2 clnrm run none.clnrm.toml
# What is no day is told of once, with what is wanted.
cp cleanroom.toml kept.toml
printf '[[quarantine]]\ntest = "x"\nowner = "o"\nuntil = "soon"\n' >cleanroom.toml
expect_exit 2 clnrm validate good.clnrm.toml
cat "$out" >>"$err"
has "$err" "'until' is 'soon', wanted a day as in 2025-01-31"
hasnt "$err" "needs 'until'"
mv kept.toml cleanroom.toml
# One that is over counts no more, and says so.
sed -i 's/^test = .*/test = "bad\/s"/; s/^until.*/until = 2001-02-03/' cleanroom.toml
expect_exit 1 clnrm run bad.clnrm.toml
has "$err" "cleanroom.toml:2:1: warning[quarantine.over]: the quarantine of 'bad/s' (payments) ended with 2001-02-03: its failures count"
hasnt "$out" quarantined
printf '[[quarantine]]\ntest = "x"\nuntil = 2030-01-01\n' >cleanroom.toml
expect_exit 2 clnrm run good.clnrm.toml
has "$err" "cleanroom.toml:1:1: error[project.missing_key]: a quarantine entry needs 'owner'"

# ---- clnrm flaky ----
printf '[project]\nname = "shop" # ours\n' >cleanroom.toml
clnrm runs rm --all >/dev/null
again
expect_exit 0 clnrm flaky
has "$out" 'no scenario has run 5 times'
for _ in 1 2 3; do
	again
	clnrm run -q pay.clnrm.toml >/dev/null # two failures and a pass each
	clnrm run -q plain.clnrm.toml good.clnrm.toml >/dev/null || :
done
clnrm run -q -j 1 --repeat 4 plain.clnrm.toml >/dev/null
expect_exit 0 clnrm flaky
matches "$out" '^SCENARIO +RUNS +FLIPS +P\(FAIL SAME INPUTS\) +95 % +LAST +QUARANTINE$'
matches "$out" '^pay/s +9 +6 +0\.667 +0\.354\.\.0\.879 .* -$'
is "$(wc -l <"$out")" 2
expect_exit 0 clnrm flaky --format json
record "$out" flaky
is "$(json '[(x["scenario"], x["runs"], x["flips"], x["failures"], x["p"], x["low"], x["high"], x["quarantine"]) for x in r["flaky"]]')" \
	"[('pay/s', 9, 6, 0, 0.666667, 0.354202, 0.879416, None)]"
is "$(json 'r["flaky"][0]["file"]')" "$PWD/pay.clnrm.toml"
changes 'flaky show --min-runs' 0 'flaky' '--min-runs 10'
has "$out" 'no scenario has run 10 times'
changes 'flaky show --since' 0 'flaky show' '--since 1ms'
again
clnrm run -q -j 1 --repeat 20 plain.clnrm.toml >/dev/null || :
differs 'flaky show --limit' 0 'flaky --min-runs 1' 'flaky --min-runs 1 --limit 1'
is "$(wc -l <"$out")" 2
changes 'flaky show --no-header' 0 'flaky' '--no-header'
differs 'flaky show --sort' 0 'flaky --sort runs' 'flaky --sort p'
expect_exit 2 clnrm flaky --sort colour
expect_exit 0 clnrm flaky plain.clnrm.toml good.clnrm.toml
hasnt "$out" pay/s
expect_exit 0 clnrm flaky 'p*.clnrm.toml'
has "$out" pay/s
expect_exit 0 clnrm flaky "$PWD/pay.clnrm.toml::s"
has "$out" pay/s
expect_exit 0 clnrm flaky pay.clnrm.toml::other
hasnt "$out" pay/s
expect_exit 2 clnrm flaky pay.clnrm.toml:3
has "$err" 'path::scenario'
api GET /v1/tests/pay/s/history
record "$doc" history
is "$(python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print([(x["verdict"], x["flaky"], x["attempts"]) for x in r["results"]], r["flakes"][0]["flips"])' "$doc")" \
	"[('pass', True, 3), ('pass', True, 3), ('pass', True, 3)] 6"
api GET '/v1/tests/pay/history?limit=1'
is "$(grep -o '"run":' "$doc" | wc -l)" 1
api GET /v1/tests/nosuch/history
has "$doc" '"code":"not-found"'
api GET '/v1/flaky?path=relative'
has "$doc" 'needs '
api GET "/v1/flaky?cwd=$PWD&path=pay.clnrm.toml&path=bad.clnrm.toml"
record "$doc" flaky
has "$doc" '"scenario":"pay/s"'
# The same key, other verdicts: no two of these are of one run.
unset CLEANROOM_CACHE_RESULTS
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	clnrm run -q --force coin.clnrm.toml >/dev/null || :
done
expect_exit 0 clnrm flaky --min-runs 1 --format json coin.clnrm.toml
is "$(json '[x["runs"] > 4 and x["flips"] > 0 for x in r["flaky"]]')" '[True]'
export CLEANROOM_CACHE_RESULTS=false

# ---- quarantine and release write the project file ----
case_of 'flaky quarantine --owner'
expect_exit 2 clnrm flaky quarantine pay/s --until 2999-01-01
has "$err" "needs --owner O"
case_of 'flaky quarantine --until'
expect_exit 2 clnrm flaky quarantine pay/s --owner me
has "$err" "needs --until DATE"
expect_exit 2 clnrm flaky quarantine pay/s --owner me --until tomorrow
expect_exit 2 clnrm flaky quarantine pay/s --owner me --until 2020-01-01
has "$err" "--until is over"
is "$(cat cleanroom.toml)" "$(printf '[project]\nname = "shop" # ours')"
expect_exit 0 clnrm flaky quarantine pay/s --owner 'a "b"' --until 2999-01-01
matches "$out" '^quarantined  pay/s  until 2999-01-01 \(a "b"\)$'
is "$(cat cleanroom.toml)" "$(printf '[project]\nname = "shop" # ours\n\n[[quarantine]]\ntest = "pay/s"\nowner = "a \\"b\\""\nuntil = 2999-01-01')"
case_of 'flaky quarantine --reason'
expect_exit 0 clnrm flaky quarantine pay/s --owner me --until 2998-01-01 --reason 'why not'
has "$out" 'which was quarantined before'
is "$(cat cleanroom.toml)" "$(printf '[project]\nname = "shop" # ours\n\n[[quarantine]]\ntest = "pay/s"\nreason = "why not"\nowner = "me"\nuntil = 2998-01-01')"
expect_exit 0 clnrm flaky
matches "$out" '^pay/s .* until 2998-01-01 \(me\)$'
# The daemon sees at once what the client wrote.
again
expect_exit 0 clnrm run --retries 0 pay.clnrm.toml
matches "$out" '^0 passed, 1 quarantined '
expect_exit 0 clnrm flaky quarantine 'pay/typo' --owner me --until 2998-01-01 --format json
is "$(json 'r["changed"], r["kept"], r["failed"]')" "(['$PWD/cleanroom.toml'], [], [])"
has "$err" "no run of the history has a scenario 'pay/typo'"
expect_exit 0 clnrm flaky release pay/typo
# A name is meant as it is shown, brackets and all.
cat >cells.clnrm.toml <<'T'
[meta]
name = "cells"
image = "clnrm/base"
[matrix]
n = ["a", "b"]
[[scenario]]
name = "s"
run = "false"
T
expect_exit 1 clnrm run cells.clnrm.toml
matches "$out" '^FAIL  cells \[n=a\]/s '
expect_exit 0 clnrm flaky quarantine 'cells [n=a]/s' --owner me --until 2998-01-01
hasnt "$err" 'no run of the history'
expect_exit 1 clnrm run cells.clnrm.toml
matches "$out" '^0 passed, 1 failed, 1 quarantined '
expect_exit 0 clnrm run -k 'cells [n=a]/s' cells.clnrm.toml
matches "$out" '^0 passed, 1 quarantined '
expect_exit 1 clnrm run --exclude 'cells [n=a]/s' cells.clnrm.toml
matches "$out" '^0 passed, 1 failed '
expect_exit 0 clnrm runs list --test 'cells [n=a]'
hasnt "$out" 'no runs'
expect_exit 0 clnrm flaky release 'cells [n=a]/s'
rm cells.clnrm.toml
expect_exit 0 clnrm flaky release pay/s
is "$(cat cleanroom.toml)" "$(printf '[project]\nname = "shop" # ours')"
expect_exit 3 clnrm flaky release pay/s
has "$err" "error[not-found]: no entry of [[quarantine]] is about 'pay/s'"
expect_exit 2 clnrm flaky release
api POST /v1/flaky/quarantine -d "{\"cwd\":\"$PWD\",\"test\":\"a/b\",\"owner\":\"o\",\"until\":\"2999-01-01\"}"
record "$doc" files
is "$(python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print(r["files"][0]["path"], r["files"][0]["text"].count("[[quarantine]]"))' "$doc")" "$PWD/cleanroom.toml 1"
is "$(cat cleanroom.toml)" "$(printf '[project]\nname = "shop" # ours')"
printf 'quarantine = []\n' >other.toml
expect_exit 2 clnrm flaky quarantine a/b --owner o --until 2999-01-01 --config other.toml
has "$err" '[[quarantine]]'
rm cleanroom.toml
expect_exit 3 clnrm flaky quarantine a/b --owner o --until 2999-01-01
has "$err" 'no project file'

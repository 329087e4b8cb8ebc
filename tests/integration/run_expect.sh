#!/bin/sh
# Checks of texts, files and durations: what holds passes, what does not is said with a readable diff.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
mkdir t && cd t
say() { # say NAME SCRIPT CHECKS: a file with one step
	printf '[meta]\nname = "%s"\n[[steps]]\nname = "s"\nscript = %s\n%s\n' "$1" "'''$2'''" "$3" >"$1.clnrm.toml"
}

# ---- a diff of many lines: bounded, control characters shown ----
say long 'seq 1 200; printf "a\033[31mred\r\n"' "expected_stdout = '''
$(seq 1 99)
x
$(seq 101 200)
ared
'''"
expect_exit 1 clnrm run long.clnrm.toml
has "$out" '@@ -97,7 +97,7 @@'
has "$out" '-x'
has "$out" '+100'
has "$out" 'red^M'
hasnt "$out" "$(printf '\033')"
say huge 'seq 1 100000' "expected_stdout = '''
1
2
'''"
expect_exit 1 clnrm run huge.clnrm.toml
has "$out" 'more lines'
[ "$(wc -c <"$out")" -lt 40000 ] || fail 'the diff is not bounded'

# ---- all failures of a step, each with its place ----
say many 'echo abc; echo no >&2; exit 3' 'expected_stdout = { contains = ["b", "x"], not_regex = "a.c", lines = { gte = 2 } }
expected_stderr = ""
expected_files = [{ path = "gone" }]'
expect_exit 1 clnrm run --format json many.clnrm.toml
/usr/bin/python3 - "$out" <<'P' || fail 'not all failures'
import json, sys
step = json.load(open(sys.argv[1]))["tests"][0]["scenarios"][0]["steps"][0]
got = [(f["code"], f["assertion"], f["line"]) for f in step["failures"]]
assert got == [("exit_code", "expected_exit_code", 3), ("output", "expected_stdout.contains", 6),
               ("output", "expected_stdout.not_regex", 6), ("output", "expected_stdout.lines", 6),
               ("output", "expected_stderr.equals", 7), ("file", "expected_files[0]", 8)], got
P

# ---- what was cut cannot be judged as a whole, but in parts ----
say cut 'head -c 3000000 /dev/zero | tr "\0" x; echo end' 'expected_stdout = { ends_with = "end\n", starts_with = "xxx", contains = "x", bytes = 3000004 }'
sed -i '2a limits = { output_mb = 1 }' cut.clnrm.toml
expect_exit 0 clnrm run cut.clnrm.toml
sed -i 's/expected_stdout.*/expected_stdout = { lines = 1 }/' cut.clnrm.toml
expect_exit 1 clnrm run cut.clnrm.toml
has "$out" 'output was cut at 1.0 MiB (true size 2.9 MiB)'
has "$out" 'limits.output_mb keeps more'

# ---- files: no link leads out, nothing that would wait is opened ----
say files 'mkfifo f; ln -s /proc/1/root/etc/hostname magic; ln -s nowhere dangling; printf "a\0b" >nul; : >empty
ln -s / root; mkdir -p d/e; echo deep >d/e/x; ln -s d/e/x l; ln -s l ll' 'expected_files = [
  { path = "f", content = "x" }, { path = "magic", content = "x" }, { path = "dangling" },
  { path = "nul", content = { bytes = 3 } }, { path = "empty", content = "", size = 0 },
  { path = "root/workspace/d/../d/e/x", content = "deep" }, { path = "ll", content = "deep" },
  { path = "ll", type = "link", link_target = "l" }, { path = "/proc/self/environ", content = "x" } ]'
expect_exit 1 clnrm run --format json files.clnrm.toml
/usr/bin/python3 - "$out" <<'P' || fail 'files'
import json, sys
step = json.load(open(sys.argv[1]))["tests"][0]["scenarios"][0]["steps"][0]
got = {f["assertion"].split(".")[0]: f["message"] for f in step["failures"]}
assert sorted(got) == ["expected_files[0]", "expected_files[1]", "expected_files[2]", "expected_files[8]"], got
assert "has no content" in got["expected_files[0]"], got
assert "leads nowhere" in got["expected_files[1]"], got
assert "leads nowhere" in got["expected_files[2]"], got
assert "Operation not permitted" in got["expected_files[8]"], got
P

# ---- a large file is digested, and read up to the limit of outputs ----
say large 'head -c 20000000 /dev/zero >z' 'expected_files = [{ path = "z", size = 20000000, sha256 = "SUM" }]'
sed -i "s/SUM/$(head -c 20000000 /dev/zero | sha256sum | cut -d' ' -f1)/" large.clnrm.toml
expect_exit 0 clnrm run large.clnrm.toml
sed -i 's/sha256 = "[^"]*"/content = { lines = 0 }/' large.clnrm.toml
expect_exit 1 clnrm run large.clnrm.toml
has "$out" "was cut at 8.0 MiB (true size 19.1 MiB)"

# ---- hostile patterns and documents end ----
say slow 'head -c 64 /dev/zero | tr "\0" a; printf b' "expected_stdout = { regex = '^(a+)+\$' }"
expect_exit 1 clnrm run slow.clnrm.toml
has "$out" 'regular expression: '
say deep 'i=0; while [ $i -lt 300 ]; do printf "["; i=$((i+1)); done' 'expected_stdout = { json = { "$[0]" = 1 } }'
expect_exit 1 clnrm run deep.clnrm.toml
has "$out" 'more than 128 levels'
say null 'echo not json' 'expected_stdout = { json = { "$.a" = 1 } }'
expect_exit 1 clnrm run null.clnrm.toml
has "$out" 'stdout: not JSON: '

# ---- an array of a document is these elements, each by its value, and no others ----
say array 'echo "{\"a\": [1, 2.0, \"x\"], \"one\": 1, \"none\": []}"' \
	'expected_stdout = { json = { "$.a" = [1, 2, "x"], "$.none" = [] } }'
expect_exit 0 clnrm run array.clnrm.toml
for wanted in '"$.one" = [1, 2]' '"$.one" = [1]' '"$.one" = []' '"$.a" = [1, 2]' '"$.a" = [2, 1, "x"]' '"$.none" = [0]' '"$.q" = []'; do
	sed -i "s/expected_stdout.*/expected_stdout = { json = { $wanted } }/" array.clnrm.toml
	expect_exit 1 clnrm run array.clnrm.toml
	has "$out" ", expected [${wanted#*= \[}"
done

# ---- a check that could not fail is refused ----
for nothing in 'expected_stdout = {}' 'expected_stdout = { contains = [] }' 'expected_stdout = { lines = {} }' \
	'expected_stderr = { bytes = {} }' 'expected_stdout = { json = {} }' 'expected_stdout = { json = { "$.a" = {} } }' \
	'expected_files = [{ path = "n", size = {} }]'; do
	say nothing 'echo 1' "$nothing"
	expect_exit 1 clnrm validate nothing.clnrm.toml
	has "$out" 'error[config.empty]'
done
say nested 'echo 1' 'expected_stdout = { json = { "$.a" = [[1]], "$.b" = { in = [{ c = 1 }] } } }'
expect_exit 1 clnrm validate nested.clnrm.toml
has "$out" "an element of '\$.a' must be a string, number or bool"
has "$out" "an element of 'in' must be a string, number or bool"

# ---- bytes that are no UTF-8 hide nothing from a pattern ----
say bytes 'printf "error: caf\351 timeout\n"' "expected_stdout = { regex = '^error.* caf. timeout' }"
expect_exit 0 clnrm run bytes.clnrm.toml
sed -i "s/ regex = / not_regex = /" bytes.clnrm.toml
expect_exit 1 clnrm run bytes.clnrm.toml
has "$out" 'stdout matches /^error.* caf. timeout/'

# ---- retries: what counts is the attempt that passes ----
say again 'echo x >>n; wc -l <n; rm -f done; [ $(wc -l <n) -lt 3 ] || echo yes >done' 'retries = 5
retry_delay = "1ms"
expected_stdout = "3"
expected_files = [{ path = "done", content = "yes" }]'
expect_exit 0 clnrm run again.clnrm.toml

# ---- a step in the background that its scenario ends: what it states is looked at then ----
beside() { # beside SCRIPT CHECKS [TEST]: a server, and a client that waits until it is there
	printf '[meta]\nname = "beside"\n%s\n[[scenario]]\nname = "s"\n[[scenario.steps]]\nname = "server"\nbackground = true\nscript = %s\n%s\n[[scenario.steps]]\nname = "client"\nscript = "until [ -e there ]; do sleep 0.01; done"\n' \
		"${3-}" "'''$1'''" "$2" >beside.clnrm.toml
}
serve='echo up; trap "echo bye; echo left >log; exit 3" TERM; touch there; while :; do sleep 0.01; done'
for image in host clnrm/base; do
	CASE=$image
	beside "$serve" 'expected_stdout = { contains = ["up", "bye"], lines = 2 }
expected_output_regex = "^up"
expected_files = [{ path = "log", content = "left" }]' "image = \"$image\""
	expect_exit 0 clnrm run beside.clnrm.toml
	for check in 'expected_stdout = { contains = "nope" }' 'expected_output_regex_not = "bye"' 'expected_output_contains = ["nope"]' \
		'expected_stderr = "x"' 'expected_files = [{ path = "log", content = "right" }]' 'expected_stdout = { snapshot = true }'; do
		CASE="$image $check"
		beside "$serve" "$check" "image = \"$image\""
		CI=1 expect_exit 1 clnrm run --format json beside.clnrm.toml
		is "$(json '[x["verdict"] for x in r["tests"][0]["scenarios"][0]["steps"]]')" "['fail', 'pass']"
		is "$(json 'r["tests"][0]["scenarios"][0]["steps"][0]["attempts"]')" 1
	done
done
CASE='beside, much output'
beside 'head -c 9000000 /dev/zero | tr "\\0" x; touch there; sleep 600' 'expected_stdout = { not_contains = "y", bytes = 9000000 }' 'limits = { output_mb = 16 }'
expect_exit 0 clnrm run beside.clnrm.toml
sed -i 's/"y"/"xx"/' beside.clnrm.toml
expect_exit 1 clnrm run beside.clnrm.toml
CASE='beside, a graph, several'
printf '[meta]\nname = "two"\nimage = "clnrm/base"\n[[scenario]]\nname = "s"\nsteps = [{ name = "a", background = true, script = "echo a; touch 1; exec sleep 600", expected_stdout = "a" }, { name = "b", background = true, script = "echo b; touch 2; exec sleep 600", expected_stdout = "c", retries = 3 }, { name = "c", script = "until [ -e 1 ] && [ -e 2 ]; do sleep 0.01; done", depends_on = ["a", "b"] }]\n' >two.clnrm.toml
expect_exit 1 clnrm run --format json two.clnrm.toml
is "$(json '[x["verdict"] for x in r["tests"][0]["scenarios"][0]["steps"]]')" "['pass', 'fail', 'pass']"
# Of a scenario that failed before nothing more is said; what stays in a sandbox that is kept is not ended.
CASE='beside, failed before'
beside "$serve" 'expected_stdout = "nope"' 'findings = "fail"'
sed -i 's/done"$/done; exit 4"/' beside.clnrm.toml
expect_exit 1 clnrm run --format json beside.clnrm.toml
is "$(json '[x["verdict"] for x in r["tests"][0]["scenarios"][0]["steps"]]')" "['pass', 'fail']"
sed -i 's/; exit 4"$/"/' beside.clnrm.toml
CASE='beside, kept'
expect_exit 0 clnrm run --keep=always beside.clnrm.toml
has "$err" "note[step.unjudged]: beside/s: step 'server' goes on in the sandbox that is kept"
expect_exit 0 clnrm rm --all
expect_exit 1 clnrm run beside.clnrm.toml # that pass stands for no other
expect_exit 1 clnrm run --keep beside.clnrm.toml
expect_exit 0 clnrm exec latest -- cat log
expect_exit 0 clnrm rm --all
CASE=

# ---- a scenario with steps: all output in written order ----
cat >joined.clnrm.toml <<'T'
[meta]
name = "joined"
[[scenario]]
name = "s"
expected_stdout = { equals = "one\ntwo\n", lines = 2 }
expected_stderr = "oops"
expected_duration_ms = { max = 60000 }
steps = [{ run = "echo one" }, { script = "echo two; echo oops >&2" }]
T
expect_exit 0 clnrm run joined.clnrm.toml
sed -i 's/one\\ntwo/one\\n2/' joined.clnrm.toml
expect_exit 1 clnrm run joined.clnrm.toml
has "$out" 'stdout is not as expected'
passed

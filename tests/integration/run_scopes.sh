#!/bin/sh
# What has a sandbox of its own: a step, a scenario, a test; what passes on from one to the next, what the
# receipts say of it, and what is refused.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
needs sandbox

json() { python3 -c 'import json, sys; s = [s for t in json.load(open(sys.argv[1]))["tests"] for s in t["scenarios"]]; print(eval(sys.argv[2]))' "$out" "$1"; }

# step: no file goes from one to the next; what was captured does.
CASE=step
cat >step.clnrm.toml <<'T'
[meta]
name = "step"
image = "clnrm/base"
sandbox = "step"
[[scenario]]
name = "s"
files = [{ path = "/workspace/given", content = "given" }]
setup = [{ name = "before", command = ["sh", "-c", "echo x >/tmp/setup; cat given"] }]
steps = [
  { name = "one", command = ["sh", "-c", "ls /tmp; echo a >/tmp/a; echo b >/workspace/b; echo token=42; cat given; echo $$"], expected_output_regex = "token=42", capture = { token = "token=([0-9]+)" } },
  { name = "two", command = ["sh", "-c", "ls /tmp /workspace; echo ${capture.token}; echo $$"] },
  { name = "again", command = ["sh", "-c", "echo x >>/tmp/n; [ $(wc -l </tmp/n) = 3 ]"], retries = 5, retry_delay = "1ms" },
]
teardown = [{ name = "after", command = ["sh", "-c", "ls /workspace"] }]
T
expect_exit 0 clnrm run --format json step.clnrm.toml
is "$(json '[(p["name"], p["verdict"]) for p in s[0]["steps"]]')" \
	"[('before', 'pass'), ('one', 'pass'), ('two', 'pass'), ('again', 'pass'), ('after', 'pass')]"
is "$(json 's[0]["steps"][1]["stdout"].split(), s[0]["steps"][2]["stdout"].split()')" \
	"(['home', 'token=42', 'given2'], ['/tmp:', 'home', '/workspace:', 'given', '42', '2'])"
is "$(json 's[0]["steps"][4]["stdout"], s[0]["steps"][3]["attempts"] if "attempts" in s[0]["steps"][3] else 3')" "('given\\n', 3)"
is "$(json 's[0]["receipt"]["pristine"], s[0]["findings"]')" "(True, [])"

# What a step leaves is told with its name; one that fails ends the scenario as ever.
CASE='findings of steps'
cat >left.clnrm.toml <<'T'
[meta]
name = "left"
image = "clnrm/base"
sandbox = "step"
[[scenario]]
name = "s"
steps = [
  { name = "one", command = ["sh", "-c", "echo x >/etc/left"] },
  { name = "two", command = ["sh", "-c", "sleep 300 & until grep -q sleep /proc/$!/comm; do :; done"] },
  { name = "bad", command = ["sh", "-c", "ls /etc/left; exit 4"] },
  { name = "never", command = ["true"] },
]
T
expect_exit 1 clnrm run --format json left.clnrm.toml
is "$(json '[(f["kind"], f["step"], f["path"]) for f in s[0]["findings"]]')" \
	"[('file_changed', None, '/etc/left'), ('stray_process', 'two', None), ('open_fd', 'two', None)]"
is "$(json '[p["verdict"] for p in s[0]["steps"]], s[0]["steps"][2]["exit_code"]')" "(['pass', 'pass', 'fail', 'skip'], 4)"

# Side by side, and in the background.
CASE='steps side by side'
cat >beside.clnrm.toml <<'T'
[meta]
name = "beside"
image = "clnrm/base"
sandbox = "step"
[[scenario]]
name = "s"
concurrent = true
steps = [
  { name = "server", command = ["sh", "-c", "echo up; exec sleep 300"], background = true },
  { name = "a", command = ["sh", "-c", "echo a >/tmp/a; ls /tmp"] },
  { name = "b", command = ["sh", "-c", "ls /tmp"] },
  { name = "c", command = ["sh", "-c", "ls /tmp"], depends_on = ["a", "b"] },
]
T
expect_exit 0 clnrm run --format json beside.clnrm.toml
is "$(json '[(p["verdict"], p["stdout"].split()) for p in s[0]["steps"]]')" \
	"[('pass', ['up']), ('pass', ['a', 'home']), ('pass', ['home']), ('pass', ['home'])]"
is "$(json 's[0]["findings"]')" "[]"
# A capture that is not there fails the step that wants it, and nothing hangs.
CASE='missing capture'
cat >missing.clnrm.toml <<'T'
[meta]
name = "missing"
image = "clnrm/base"
sandbox = "step"
[[scenario]]
name = "s"
steps = [
  { name = "one", command = ["false"], capture = { token = "token=([0-9]+)" }, continue_on_failure = true },
  { name = "two", command = ["echo", "${capture.token}"] },
]
T
expect_exit 1 clnrm run --format json missing.clnrm.toml
is "$(json '[(p["verdict"], p["reason"]) for p in s[0]["steps"]]')" "[('fail', 'exit_code'), ('fail', 'capture')]"

# test: files stay, processes do not; scenarios run in their order, whatever -j says, and the receipts say so.
CASE="a test"
cat >test.clnrm.toml <<'T'
[meta]
name = "test"
image = "clnrm/base"
sandbox = "test"
[[scenario]]
name = "first"
run = "sh -c 'echo 1 >>/workspace/log; echo x >/etc/mine; sleep 300 & until grep -q sleep /proc/$!/comm; do :; done'"
[[scenario]]
name = "second"
run = "sh -c 'echo 2 >>/workspace/log; cat /workspace/log; ls /proc | grep -c ^[0-9]'"
[[scenario]]
name = "third"
steps = [{ name = "bad", command = ["sh", "-c", "echo 3 >>/workspace/log; exit 9"] }]
[[scenario]]
name = "fourth"
run = "cat /workspace/log"
T
for _ in 1 2 3; do
	expect_exit 1 clnrm run -j 8 --format json test.clnrm.toml
	is "$(json '[x["verdict"] for x in s], s[3]["steps"][0]["stdout"]')" "(['pass', 'pass', 'fail', 'pass'], '1\\n2\\n3\\n')"
	is "$(json 's[1]["steps"][0]["stdout"].split()[:2]')" "['1', '2']"
	is "$(json '[x["receipt"]["pristine"] for x in s]')" '[True, False, False, False]'
	is "$(json '[[d["got"] for d in x["receipt"]["degraded"] if d["what"] == "sandbox"] for x in s]')" \
		"[['one for the test'], ['one for the test, others ran in it before'], ['one for the test, others ran in it before'], ['one for the test, others ran in it before']]"
	# What one has left is its own finding, and not that of those behind it.
	is "$(json '[[f["kind"] for f in x["findings"]] for x in s]')" "[['stray_process', 'open_fd', 'file_changed'], [], [], []]"
done
expect_exit 1 clnrm run test.clnrm.toml
has "$err" 'sandbox.shared'

# Never from the past: it might have seen something else.
CASE='not cached'
unset CLEANROOM_CACHE_RESULTS
sed 's/exit 9/exit 0/; s/"test"$/"good"/; s/^sandbox = "good"/sandbox = "test"/' test.clnrm.toml >good.clnrm.toml
expect_exit 0 clnrm run good.clnrm.toml
expect_exit 0 clnrm run good.clnrm.toml
hasnt "$out" 'cached'
has "$out" '4 passed'
export CLEANROOM_CACHE_RESULTS=false

# Others do not wait for it, and one whose sandbox has ended leaves nothing to share.
CASE='its end'
cat >ends.clnrm.toml <<'T'
[meta]
name = "ends"
image = "clnrm/base"
sandbox = "test"
[[scenario]]
name = "first"
run = "true"
[[scenario]]
name = "slow"
run = "sleep 300"
timeout = "200ms"
[[scenario]]
name = "third"
run = "true"
T
printf '[meta]\nname = "other"\n[[scenario]]\nname = "a"\nrun = "true"\n[[scenario]]\nname = "b"\nrun = "true"\n' >other.clnrm.toml
expect_exit 1 clnrm run --format json ends.clnrm.toml other.clnrm.toml
is "$(json '[(x["verdict"], x["reason"], x["reason_text"]) for x in s]')" \
	"[('pass', None, None), ('fail', 'timeout', None), ('skip', 'dependency', \"the sandbox of its test ended with 'slow'\"), ('pass', None, None), ('pass', None, None)]"

# Each turn of a repeated test has a sandbox of its own, also after one that has ended early.
CASE=repeated
cat >turns.clnrm.toml <<'T'
[meta]
name = "turns"
sandbox = "test"
[[scenario]]
name = "first"
script = "test ! -e /workspace/left; touch /workspace/left"
[[scenario]]
name = "second"
script = "test -e /workspace/left"
T
for jobs in 1 4; do
	expect_exit 0 clnrm run -j $jobs --repeat 3 --format json turns.clnrm.toml
	is "$(json '[x["receipt"]["pristine"] for x in s].count(True)')" 3
done
printf '[[scenario]]\nname = "slow"\ntimeout = "1s"\nrun = "sleep 600"\n' >>turns.clnrm.toml
expect_exit 1 clnrm run -j 4 --repeat 2 turns.clnrm.toml
matches "$out" '^4 passed, 2 failed   6 scenarios of 1 tests in '

# What cannot be is refused where it stands.
CASE=refused
cat >conflict.clnrm.toml <<'T'
[meta]
name = "conflict"
sandbox = "test"
[[scenario]]
name = "a"
run = "true"
[[scenario]]
name = "b"
run = "true"
hostname = "other"
[[scenario]]
name = "c"
run = "true"
sandbox = "step"
T
expect_exit 2 clnrm run conflict.clnrm.toml
has "$err" "conflict.clnrm.toml:7"
has "$err" "'b' wants another sandbox than 'a'"
has "$err" "'sandbox' of 'c' is 'step'"
printf '[meta]\nname = "s"\nsandbox = "test"\nisolation = "strict"\n[[scenario]]\nname = "a"\nrun = "true"\n' >strict.clnrm.toml
expect_exit 2 clnrm run strict.clnrm.toml
has "$err" "strict.clnrm.toml:3:11"
has "$err" "which isolation 'strict' does not allow"
printf '[meta]\nname = "s"\ndeclared_paths = ["etc"]\n[[scenario]]\nname = "a"\nrun = "true"\n' >relative.clnrm.toml
expect_exit 2 clnrm run relative.clnrm.toml
has "$err" "relative.clnrm.toml:3:19"

# --until-fail: no turn begins after one that failed, however many may run at a time.
CASE='turns of a shared sandbox'
mkdir turns
chmod 777 turns
cat >turns.clnrm.toml <<'T'
[meta]
name = "turns"
image = "clnrm/base"
sandbox = "test"
volumes = [{ host_path = "./turns", container_path = "/turns", mode = "rw" }]
[[scenario]]
name = "first"
run = "sh -c 'echo x >>/turns/all; [ $(wc -l </turns/all) -lt 5 ]'"
[[scenario]]
name = "second"
run = "sh -c 'echo x >>/turns/all'"
T
expect_exit 1 clnrm run -j 4 --until-fail=50 turns.clnrm.toml
is "$(wc -l <turns/all)" 5
matches "$out" '^4 passed, 1 failed '

# A plan says whose the sandbox is, and how many there will be.
CASE=plan
expect_exit 0 clnrm dry-run step.clnrm.toml turns.clnrm.toml
matches "$out" '^step/s .*   a sandbox for each step   would run'
matches "$out" '^turns/first .*   the sandbox of its test   would run'
matches "$out" '^3 scenarios of 2 tests: 3 to run; 6 sandboxes$'
expect_exit 0 clnrm dry-run --format json step.clnrm.toml turns.clnrm.toml
record "$out" plan
is "$(json '[x["sandbox"] for x in s]')" "['step', 'test', 'test']"

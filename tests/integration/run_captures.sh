#!/bin/sh
# What a step printed goes on to later steps: as a value, never as a program.
. "$(dirname "$0")/../lib/env.sh"
mkdir t && cd t
cat >use.clnrm.toml <<'T'
[meta]
name = "use"
[[scenario]]
name = "s"
[[scenario.setup]]
name = "login"
command = ["printf", "%s", '''token=$(touch /tmp/pwned); `touch /tmp/pwned`" ' $(id) \ *''']
capture = { evil = "token=(.*)", first = { regex = "t(o)k" } }
[[scenario.steps]]
name = "json"
command = ["echo", '{"list": [{"id": 41}, {"id": 42, "on": true}]}']
capture = { id = { json = "$.list[-1].id" }, on = { json = "$.list[1]['on']" } }
[[scenario.steps]]
name = "argv"
command = ["printf", "<%s>", "${capture.evil}", "${capture.id}${capture.on}"]
expected_stdout = '''<$(touch /tmp/pwned); `touch /tmp/pwned`" ' $(id) \ *><42true>'''
[[scenario.steps]]
name = "shell"
run = '''sh -c "printf %s \"${capture.evil}\"; test ! -e /tmp/pwned"'''
expected_stdout = { starts_with = "$(touch /tmp/pwned); `touch" }
[[scenario.steps]]
name = "script"
script = '''
printf '%s|' "${capture.evil}" "$CLNRM_CAPTURE_EVIL" "$CLNRM_CAPTURE_evil" "$CLNRM_CAPTURE_ID"
test ! -e /tmp/pwned
'''
expected_stdout = { regex = '^\$\(touch.*\|42\|$' }
[[scenario.steps]]
name = "env and stdin"
command = ["sh", "-c", "cat; echo; echo $V"]
env = { V = "id ${capture.id}" }
stdin = "got ${capture.first}${capture.first}"
expected_stdout = "got oo\nid 42"
[[scenario.teardown]]
name = "logout"
command = ["test", "${capture.id}", "=", "42"]
T
expect_exit 0 clnrm run use.clnrm.toml
hasnt "$err" teardown

# ---- what did not match fails, and who needs it says so ----
cat >none.clnrm.toml <<'T'
[meta]
name = "none"
[[scenario]]
name = "s"
steps = [
  { name = "login", run = "echo nothing", capture = { token = "token=(.*)" }, continue_on_failure = true },
  { name = "use", run = "echo ${capture.token}" },
  { name = "rest", run = "true" },
]
T
expect_exit 1 clnrm run none.clnrm.toml
has "$out" "capture 'token': stdout does not match /token=(.*)/"
has "$out" "needs capture 'token'"
has "$out" 'the step that sets it did not pass'
expect_exit 1 clnrm run --format json none.clnrm.toml
/usr/bin/python3 - "$out" <<'P' || fail 'verdicts'
import json, sys
s = json.load(open(sys.argv[1]))["tests"][0]["scenarios"][0]
got = [(x["name"], x["verdict"], x["reason"], x["ran"]) for x in s["steps"]]
assert got == [("login", "fail", "capture", True), ("use", "fail", "capture", False),
               ("rest", "skip", "dependency", False)], got
P

# ---- bounds, and what no argument can hold ----
cat >bounds.clnrm.toml <<'T'
[meta]
name = "bounds"
[[scenario]]
name = "long"
run = "head -c 70000 /dev/zero"
capture = { x = '(?s).*' }
[[scenario]]
name = "large"
script = "head -c 70000 /dev/zero | tr '\\0' a"
capture = { x = 'a+' }
[[scenario]]
name = "fits"
steps = [{ script = "head -c 60000 /dev/zero | tr '\\0' a", capture = { x = 'a+' } }, { script = 'test ${#CLNRM_CAPTURE_x} = 60000' }]
T
expect_exit 1 clnrm run bounds.clnrm.toml
has "$out" "capture 'x': 70000 bytes, at most 65536 can be captured"
has "$out" '1 passed, 2 failed'

# ---- a name that says secret is kept out of results ----
cat >secret.clnrm.toml <<'T'
[meta]
name = "secret"
[[scenario]]
name = "s"
steps = [{ run = "echo hush", capture = { api_token = ".*", plain = ".*" } }, { command = ["test", "${capture.api_token}", "=", "hush"] }]
T
expect_exit 0 clnrm run --format json secret.clnrm.toml
/usr/bin/python3 - "$out" <<'P' || fail 'captures in the result'
import json, sys
r = json.load(open(sys.argv[1]))
s = r["tests"][0]["scenarios"][0]["steps"]
assert s[0]["captures"] == {"api_token": "***", "plain": "hush"}, s[0]["captures"]
assert s[1]["argv"] == ["test", "${capture.api_token}", "=", "hush"], s[1]["argv"]
open("run", "w").write(r["run"]["id"])
P
expect_exit 0 clnrm runs show --format json "$(cat run)"
has "$out" '"api_token":"***"'

# ---- a service's sandbox gets them too; the same file is answered from the past ----
cat >places.clnrm.toml <<'T'
[meta]
name = "places"
[service.base]
image = "clnrm/base"
[[scenario]]
name = "s"
steps = [{ run = "echo 7", capture = { n = ".*" } }, { service = "base", command = ["test", "${capture.n}", "=", "7"] }]
T
expect_exit 0 clnrm run places.clnrm.toml
passed

#!/bin/sh
# A file, a verdict: what passes, what fails and how it is shown, exit codes, cached parses.
. "$(dirname "$0")/../lib/env.sh"

cat >pass.clnrm.toml <<'T'
[meta]
name = "pass"
[[scenario]]
name = "echo"
run = "echo hello"
expected_output_regex = "^hello$"
T
expect_exit 0 clnrm run pass.clnrm.toml
matches "$out" '^1 passed   1 scenarios? of 1 tests? in .*   run [a-z0-9]{8}$'

cat >fail.clnrm.toml <<'T'
[meta]
name = "fail"
[[scenario]]
name = "two steps"
steps = [
  { name = "one", command = ["sh", "-c", "echo to-stdout; echo to-stderr >&2; exit 3"] },
  { name = "never", command = ["touch", "/tmp/never"] },
]
T
expect_exit 1 clnrm run fail.clnrm.toml
has "$out" "FAIL  fail/two steps"
has "$out" "exit status 3, expected 0"
has "$out" "to-stdout"
has "$out" "to-stderr"
matches "$out" '^0 passed, 1 failed '

expect_exit 1 clnrm run .
matches "$out" '^1 passed, 1 failed   2 scenarios of 2 tests'

expect_exit 0 clnrm run --format json pass.clnrm.toml
python3 - "$out" <<'P' || fail "the JSON result is not as cli.md 4.2 says"
import json, sys
r = json.load(open(sys.argv[1]))
assert r["schema"] == "clnrm.run/1" and r["summary"]["pass"] == 1 and r["run"]["exit"] == 0
s = r["tests"][0]["scenarios"][0]
assert s["steps"][0]["stdout"] == "hello\n" and s["receipt"]["pristine"] is True
assert s["cached"] is False and s["steps"][0]["exit_code"] == 0
P
passed

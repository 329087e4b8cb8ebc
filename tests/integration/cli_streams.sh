#!/bin/sh
# The client copies frames: streams, exit code, report files, --output; in parts of any size.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/fake.sh"
answers <<'J'
{"POST /v1/runs": {"headers": {"Clnrm-Run": "r1"}, "part": 1,
  "frames": [["o", "out 1\n"], ["e", "err 1\n"], ["f 2", "second"], ["f 1", "fi"], ["f 1", "rst"], ["o", "out 2\n"], ["x", "1"]]},
 "GET /v1/sandboxes": {"frames": [["o", "listing\n"], ["x", "0"]]},
 "GET /v1/pool": {"type": "text/html", "status": 414, "body": "<html>too long</html>"},
 "GET /v1/images": {"type": "application/problem+json", "status": 503, "body": "{\"code\":\"busy\",\"detail\":\"the \\\"queue\\\" is full\"}"},
 "GET /v1/metrics": {"type": "text/plain", "headers": {"Clnrm-Exit": "0"}, "body": "clnrm_build_info 1\n"},
 "GET /v1/images/a%2Fb": {"frames": [["o", "half"]]},
 "GET /v1/runs": {"frames": [["o", "ok\n"]], "body": "?? garbage\n"}}
J
expect_exit 1 clnrm run --report junit=deep/er/a.xml --report json=b.json a.clnrm.toml
is "$(cat "$out")" 'out 1
out 2'
is "$(cat "$err")" 'err 1'
is "$(cat deep/er/a.xml)" first
is "$(cat b.json)" second

# --output takes stdout's part whole, and nothing else goes to stdout.
expect_exit 0 clnrm ps -o list.txt
is "$(cat list.txt)" listing
is "$(cat "$out")" ''

# What is no frames is said sanely.
expect_exit 2 clnrm pool
has "$err" 'error[uri-too-long]: the daemon answered with status 414 (text/html)'
expect_exit 6 clnrm images
has "$err" 'busy: the "queue" is full'
expect_exit 0 clnrm metrics
is "$(cat "$out")" 'clnrm_build_info 1'

# A stream that ends before its exit code, and one that is broken.
expect_exit 6 clnrm images inspect a/b
has "$err" 'error[daemon-died]'
expect_exit 6 clnrm runs
has "$err" 'error[daemon-answer]'

# Nobody reads, or the disk is full.
set +e
clnrm ps >/dev/full 2>"$err"
is $? 5
has "$err" 'error[write]: cannot write to stdout: No space left on device'
status=$({ { trap '' PIPE; clnrm ps 2>"$err"; echo $? >&3; } | :; } 3>&1)
case $status in 0 | 141) passed ;; *) fail "EPIPE gave $status" ;; esac
set -e
: >file
expect_exit 5 clnrm ps -o file/x
has "$err" 'error[write]'

# Files that the daemon names itself ([report] of a test file): the next number, an absolute path.
answers <<J
{"POST /v1/runs": {"frames": [["n 2", "$PWD/own/r.xml"], ["f 2", "own"], ["n 4", "$PWD/skipped"], ["n 3", "relative"],
  ["f 1", "asked"], ["x", "0"]]}}
J
expect_exit 0 clnrm run --report tap=asked.tap a.clnrm.toml
is "$(cat own/r.xml)" own
is "$(cat asked.tap)" asked
is "$(ls skipped relative 2>/dev/null)" ''

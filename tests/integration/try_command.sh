#!/bin/sh
# clnrm try: streams and exit codes of one command in a sandbox that has run nothing.
. "$(dirname "$0")/../lib/env.sh"
expect_exit 0 clnrm try -- echo hello
has "$out" hello
expect_exit 7 clnrm try -- sh -c 'echo no >&2; exit 7'
has "$err" no
expect_exit 127 clnrm try -- no-such-program
has "$err" "error[not-found]: command 'no-such-program' not found in image 'host'"
expect_exit 126 clnrm try -- /etc/passwd
has "$err" "error[denied]: command '/etc/passwd' cannot be executed: Permission denied"
expect_exit 125 clnrm try --workdir /no/such -- true
has "$err" "error[refused]: cannot work in '/no/such': No such file or directory"
expect_exit 125 clnrm try --user nosuch -- true
has "$err" "error[refused]: there is no user 'nosuch' in image 'host'"
# A variable of a script that has no value: nobody's user becomes root by that.
expect_exit 125 clnrm try --user '' -- id
has "$err" "--user must be a text of 1 to 256 bytes, not an empty one"
expect_exit 125 clnrm try --image '' -- id
has "$err" "--image must be a text of 1 to"
expect_exit 125 clnrm try --format json --workdir /no/such -- true
has "$out" '"verdict":"error","reason":"sandbox"'
expect_exit 143 clnrm try -- sh -c 'kill -TERM $$'
echo from-stdin | clnrm try -- cat >"$out"
has "$out" from-stdin
expect_exit 0 clnrm try --image clnrm/base -- ls /

expect_exit 0 clnrm try -- cat </dev/null

# Nothing waits for a terminal.
/usr/bin/python3 - >"$out" 2>"$err" <<'P' || fail 'try does not start on a terminal'
import os, pty, subprocess
master, slave = pty.openpty()
subprocess.run(["clnrm", "try", "--", "sh", "-c", "cat; echo started"], stdin=slave, check=True, timeout=30)
P
has "$out" started

# What is no command's own failure has one exit code, in the head and in the body.
SCHEMA=problem api POST /v1/try -D "$W/head" -d '{"argv":["true"],"cwd":"/","options":{"isolation":"none"}}'
has "$W/head" 'Clnrm-Exit: 125'
has "$doc" '"exit":125'

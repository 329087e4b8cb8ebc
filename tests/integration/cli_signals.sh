#!/bin/sh
# Ctrl-C cancels the run and waits for its end; a second one leaves at once; other signals likewise.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/fake.sh"
answers <<'J'
{"POST /v1/runs": {"headers": {"Clnrm-Run": "r77"}, "frames": [["o", "begun\n"]],
   "after": "DELETE /v1/runs/r77", "then": [["o", "the tail\n"], ["x", "1"]]},
 "DELETE /v1/runs/r77": {"type": "application/json", "body": "{}"},
 "GET /v1/sandboxes": {"frames": [], "hang": true},
 "POST /v1/try": {"headers": {"Clnrm-Run": "r78"}, "frames": [["o", "begun\n"]], "hang": true}}
J
begun() { grep -q begun "$out"; }

# A background job of sh ignores SIGINT, and the client keeps what it inherits: python resets it.
start() {
	: >"$out"
	/usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$@" >"$out" 2>"$err" &
	pid=$!
}
ends_with() {
	code=0
	wait $pid || code=$?
	is $code "$1"
}

for pair in INT:130 TERM:143 HUP:129; do
	start clnrm run a.clnrm.toml
	wait_until 10 begun
	kill -"${pair%:*}" $pid
	ends_with "${pair#*:}"
	has "$out" 'the tail'
done
asked 'DELETE /v1/runs/r77' || fail 'the run was not cancelled'
passed

# Twice: DELETE is asked for once, nothing is waited for.
start clnrm try -- sleep 1
wait_until 10 begun
kill -INT $pid
wait_until 10 asked 'DELETE /v1/runs/r78'
kill -INT $pid
ends_with 130

# What is no run ends at the first.
start clnrm ps
wait_until 10 asked 'GET /v1/sandboxes'
kill -INT $pid
ends_with 130

# Ignored signals stay ignored: nohup.
: >"$out"
sh -c 'trap "" HUP; exec clnrm run a.clnrm.toml' >"$out" 2>"$err" &
pid=$!
wait_until 10 begun
kill -HUP $pid
kill -TERM $pid
ends_with 143

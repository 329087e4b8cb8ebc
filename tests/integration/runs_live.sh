#!/bin/sh
# Runs that are not over: followed, cancelled, left by their client; a reader that stands still.
. "$(dirname "$0")/../lib/env.sh"
is() {
	[ "$1" = "$2" ] || fail "got '$1', expected '$2'"
	passed
}
# Each waits for a file that the test makes: no clock decides.
waiter() {
	cat >"$1.clnrm.toml" <<T
[meta]
name = "$1"
[[scenario]]
name = "s"
volumes = ["$PWD/gate:/gate:ro"]
run = ["sh", "-c", "echo before; echo twice; until [ -e /gate/$1 ]; do sleep 0.05; done; echo after"]
T
}
mkdir gate
waiter one
waiter two
waiter three
begun() { grep -q "$1" "$2" 2>/dev/null; }

rm -f run.out # what an earlier run printed would answer
clnrm run --show-output live one.clnrm.toml >run.out 2>run.err &
run=$!
wait_until 20 begun before run.out
id=$(sed -n 's/.* run \([a-z0-9]*\)$/\1/p;q' run.out)
expect_exit 1 clnrm runs show "$id"
has "$err" 'error[run-active]'
expect_exit 0 curl -s --unix-socket "$SOCKET" "http://x/v1/runs/$id?partial=1"
has "$out" '"state":"running"'
expect_exit 1 clnrm runs rm "$id"
has "$err" 'error[run-active]'
clnrm logs -f "$id" >follow.out 2>follow.err &
follow=$!
wait_until 20 begun twice follow.out
: >gate/one
wait $follow || fail "logs -f ended with $?"
wait $run || fail "the run ended with $?"
is "$(cat follow.out)" "$(printf 'before\ntwice\nafter')"
expect_exit 0 clnrm logs -f "$id"
is "$(cat "$out")" "$(printf 'before\ntwice\nafter')"

# DELETE answers when the run is over.
rm -f run.out # what an earlier run printed would answer
clnrm run --show-output live two.clnrm.toml >run.out 2>run.err &
run=$!
wait_until 20 begun before run.out
id=$(sed -n 's/.* run \([a-z0-9]*\)$/\1/p;q' run.out)
is "$(curl -s --unix-socket "$SOCKET" -X DELETE "http://x/v1/runs/$id" | cut -d, -f1)" '{"state":"cancelled"'
code=0
wait $run || code=$?
is $code 130
is "$(curl -s --unix-socket "$SOCKET" -X DELETE "http://x/v1/runs/$id" | cut -d, -f1)" '{"state":"cancelled"'
expect_exit 0 curl -s --unix-socket "$SOCKET" -X DELETE http://x/v1/runs/zzzzzzzz
has "$out" '"code":"not-found"'

# A client that is killed cancels its run.
rm -f run.out # what an earlier run printed would answer
clnrm run --show-output live two.clnrm.toml >run.out 2>run.err &
run=$!
wait_until 20 begun before run.out
id=$(sed -n 's/.* run \([a-z0-9]*\)$/\1/p;q' run.out)
kill -9 $run
wait $run 2>/dev/null || :
cancelled() { clnrm runs show "$id" --format json 2>/dev/null | grep -q '"state":"cancelled"'; }
wait_until 20 cancelled
passed

# A client that stands still delays no other run.
rm -f run.out # what an earlier run printed would answer
clnrm run --show-output live three.clnrm.toml >run.out 2>run.err &
run=$!
wait_until 20 begun before run.out
kill -STOP $run
expect_exit 0 clnrm run one.clnrm.toml
: >gate/three
kill -CONT $run
wait $run || fail "the run ended with $?"
has run.out '| after'

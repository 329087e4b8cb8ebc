#!/bin/sh
# Runs that outlive their client: attached to late and by several, left, cancelled, lost with the daemon.
. "$(dirname "$0")/../lib/env.sh"
is() {
	[ "$1" = "$2" ] || fail "got '$1', expected '$2'"
	passed
}
begun() { grep -q "$1" "$2" 2>/dev/null; }
# Each waits for a file that the test makes: no clock decides.
waiter() {
	cat >"$1.clnrm.toml" <<T
[meta]
name = "$1"
[[scenario]]
name = "bad"
run = ["sh", "-c", "echo seen; exit 3"]
[[scenario]]
name = "s"
volumes = ["$PWD/gate:/gate:ro"]
run = ["sh", "-c", "echo before; until [ -e /gate/$1 ]; do sleep 0.05; done; echo after"]
T
}
mkdir gate
for name in one two three four; do waiter $name; done

# ---- three look on, at different times and in different forms ----
expect_exit 0 clnrm run -d one.clnrm.toml
id=$(cat "$out")
case $id in *[!a-z0-9]* | '') fail "'$id' is no id" ;; esac
expect_exit 1 clnrm runs show "$id"
has "$err" 'error[run-active]'
clnrm attach latest >early.out 2>early.err &
early=$!
clnrm attach "$id" --format ndjson >lines.out 2>lines.err &
lines=$!
clnrm attach "$id" --format junit -o doc.xml >doc.out 2>doc.err &
document=$!
wait_until 20 begun 'FAIL  one/bad' early.out
wait_until 20 begun '"before' lines.out
# One that is stopped delays neither the run nor the others.
clnrm attach "$id" --show-output live >stopped.out 2>stopped.err &
stopped=$!
wait_until 20 begun '| before' stopped.out
kill -STOP $stopped
# One that is killed ends nothing.
clnrm attach "$id" >killed.out 2>&1 &
killed=$!
wait_until 20 begun 'FAIL  one/bad' killed.out
kill -9 $killed
wait $killed 2>/dev/null || :
# Ctrl-C leaves, with 0.
env --default-signal=INT clnrm attach "$id" >left.out 2>&1 &
left=$!
wait_until 20 begun 'FAIL  one/bad' left.out
kill -INT $left
wait $left || fail "attach that was left ended with $?"
passed
: >gate/one
for who in $early $lines $document; do
	code=0
	wait "$who" || code=$?
	is $code 1
done
kill -CONT $stopped
code=0
wait $stopped || code=$?
is $code 1
has stopped.out '| before'
has stopped.out '| after'
# What was seen live is what is seen afterwards, and what a run prints that nobody left.
expect_exit 1 clnrm attach "$id"
cmp -s "$out" early.out || { diff "$out" early.out || :; fail "attach prints another text when the run is over"; }
passed
is "$(tail -n 1 early.out | sed 's/ in .*//')" '1 passed, 1 failed   2 scenarios of 1 tests'
has doc.xml '<testcase name="bad"'
# No event is missing from the first to the last.
record lines.out
python3 - lines.out <<'P' || fail "events are missing"
import json, sys
evs = [json.loads(l) for l in open(sys.argv[1])]
assert [e["seq"] for e in evs] == list(range(1, len(evs) + 1)), "holes"
assert evs[0]["ev"] == "run" and evs[-1]["ev"] == "end" and evs[-1]["exit"] == 1
assert {e["scenario"] for e in evs if e["ev"] == "scenario_end"} == {"one/bad", "one/s"}
assert "before\n" in "".join(e["data"] for e in evs if e["ev"] == "output")
P
passed
# Later events alone, live or not.
expect_exit 0 curl -s --unix-socket "$SOCKET" "http://x/v1/runs/$id/events?from=3"
is "$(head -n 1 "$out" | sed 's/,"t_ms.*//')" "$(clnrm attach "$id" --format ndjson | sed -n 's/,"t_ms.*//;3p')"

# ---- what the HTTP interface answers ----
api POST /v1/runs -H 'Content-Type: application/json' -D head \
	-d "{\"cwd\":\"$PWD\",\"paths\":[\"two.clnrm.toml\"],\"detach\":true}"
id=$(sed -n 's/.*"run":"\([a-z0-9]*\)".*/\1/p' "$doc")
has head 'HTTP/1.1 202'
has head "Location: /v1/runs/$id"
expect_exit 0 clnrm daemon status
has "$out" '1 running'
# A run that a client waits for can be attached to as well, and is cancelled as any other.
clnrm run three.clnrm.toml >run.out 2>run.err &
run=$!
wait_until 20 begun 'FAIL  three/bad' run.out
third=$(sed -n 's/.* run \([a-z0-9]*\)$/\1/p;q' run.out)
clnrm attach "$third" >third.out 2>third.err &
attached=$!
wait_until 20 begun 'FAIL  three/bad' third.out
expect_exit 0 clnrm cancel "$id" "$third"
has "$out" "run $id is cancelled"
has "$out" "run $third is cancelled"
for who in $run $attached; do
	code=0
	wait "$who" || code=$?
	is $code 130
done
grep -v '^note' third.out >a
cmp -s a run.out || { diff a run.out || :; fail "attach shows another run than its own client sees"; }
passed
expect_exit 0 clnrm ps
hasnt "$out" 'three/s'
expect_exit 0 clnrm cancel "$id"
has "$err" "note: run $id is over already (cancelled)"
expect_exit 0 clnrm cancel --all
has "$err" 'no run goes on'
for what in attach cancel 'runs show' 'runs rm'; do
	# shellcheck disable=SC2086 # two words
	expect_exit 3 clnrm $what ../a/b
	has "$err" "no run '../a/b'"
done
expect_exit 3 clnrm cancel zzzzzzzz
expect_exit 3 clnrm attach zzzzzzzz
expect_exit 2 clnrm cancel
expect_exit 2 clnrm cancel --all "$id"
expect_exit 130 clnrm attach "$id"

# ---- what cannot be left ----
expect_exit 2 clnrm run -d --report junit=x.xml one.clnrm.toml
has "$err" 'error[conflicting-flags]'
expect_exit 2 clnrm run -d --no-history one.clnrm.toml
expect_exit 2 clnrm run -d --watch one.clnrm.toml
expect_exit 2 clnrm dev -d one.clnrm.toml
expect_exit 2 clnrm run -d --format tap one.clnrm.toml
has "$err" 'clnrm attach'
expect_exit 3 clnrm run -d nothing.clnrm.toml
hasnt "$out" '.'
cat >cleanroom.toml <<'T'
[reporting]
generate_junit = true
T
expect_exit 0 clnrm run -d one.clnrm.toml
has "$err" 'note[detach]'
expect_exit 1 clnrm attach latest
rm cleanroom.toml

# ---- the end of the daemon ----
# Stopping waits for a run that nobody reads.
expect_exit 0 clnrm run -d four.clnrm.toml
id=$(cat "$out")
clnrm daemon stop >stop.out 2>&1 &
stop=$!
: >gate/four
wait $stop || fail "stop ended with $?"
expect_exit 0 clnrm runs show "$id" --format json
has "$out" '"state":"done"'
# One that dies loses its run, and says so to whoever attached, and later.
rm gate/four
expect_exit 0 clnrm run -d four.clnrm.toml
id=$(cat "$out")
clnrm attach "$id" >lost.out 2>lost.err &
lost=$!
wait_until 20 begun 'FAIL  four/bad' lost.out
kill -9 "$(daemon_pid)"
code=0
wait $lost || code=$?
is $code 6
expect_exit 6 clnrm attach "$id"
has "$out" 'lost'
has "$out" 'FAIL  four/bad'

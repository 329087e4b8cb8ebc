#!/bin/sh
# kill -9 of the daemon in mid-run: the client ends with 6 within a second, no process is left, what
# had finished is in the history of the next daemon.
. "$(dirname "$0")/../lib/env.sh"
cat >t.clnrm.toml <<'T'
[meta]
name = "killed"
[[scenario]]
name = "quick"
run = "true"
[[scenario]]
name = "slow"
run = "sleep 12345"
T
clnrm run -j 1 --format ndjson t.clnrm.toml >events 2>errors &
client=$!
wait_until 10 grep -q '"ev":"step_start".*"scenario":"killed/slow"' events
pid=$(daemon_pid)
kill -9 "$pid"
status=0
wait $client || status=$?
[ $status = 6 ] || fail "the client ended with $status, expected 6"
passed
no_sleep() { ! pgrep -f 'sleep 12345' >/dev/null; }
wait_until 5 no_sleep
passed
expect_exit 0 clnrm runs list
has "$out" "t.clnrm.toml"
expect_exit 0 clnrm runs show latest --format json
python3 - "$out" <<'P' || fail "the finished scenario is not in the history"
import json, sys
r = json.load(open(sys.argv[1]))
assert r["run"]["state"] == "lost", r["run"]["state"]
assert [s["verdict"] for t in r["tests"] for s in t["scenarios"] if s["name"] == "quick"] == ["pass"]
P
passed

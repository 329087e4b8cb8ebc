#!/bin/sh
# Two daemons of one user, with run-time directories of their own and one home: each keeps its
# results, and what one does at its start or end costs the other nothing.
. "$(dirname "$0")/../lib/env.sh"
is() {
	[ "$1" = "$2" ] || fail "got '$1', expected '$2'"
	passed
}
mkdir -m 700 "$W/run2"
other() { XDG_RUNTIME_DIR="$W/run2" "$@"; }
end_both() {
	status=$?
	other clnrm daemon stop --now >/dev/null 2>&1 || :
	set +e
	(exit $status)
	finish
}
trap end_both EXIT
mkdir gate
cat >slow.clnrm.toml <<T
[meta]
name = "slow"
[[scenario]]
name = "before"
run = "echo first"
[[scenario]]
name = "waits"
volumes = ["$PWD/gate:/gate:ro"]
run = ["sh", "-c", "until [ -e /gate/go ]; do sleep 0.05; done"]
[[scenario]]
name = "after"
run = "echo last"
T
cat >quick.clnrm.toml <<'T'
[meta]
name = "quick"
[[scenario]]
name = "one"
run = "true"
T

# The first is in the middle of a run when the second starts, runs and stops.
clnrm run -j 1 --format ndjson slow.clnrm.toml >events 2>errors &
client=$!
wait_until 10 grep -q '"ev":"step_start".*"scenario":"slow/waits"' events
expect_exit 0 other clnrm run quick.clnrm.toml
[ -e "$CLNRM_HOME/state/journal" ] || fail 'the first has no journal'
[ -e "$CLNRM_HOME/state/journal-1" ] || fail 'the second has no journal of its own'
expect_exit 0 other clnrm runs list --format json
is "$(python3 -c 'import json, sys; print(sorted((r["state"], r["paths"][0]) for r in json.load(sys.stdin)["runs"]))' <"$out")" \
	"[('done', 'quick.clnrm.toml'), ('running', 'slow.clnrm.toml')]"
expect_exit 0 other clnrm daemon stop
touch gate/go
wait $client || fail "the run of the first ended with $?"
passed

# All of both is there, whoever is asked, also after a start of each.
states() {
	"$@" clnrm runs list --format json | python3 -c 'import json, sys
print(sorted((r["paths"][0][0], r["state"], r["counts"]["pass"]) for r in json.load(sys.stdin)["runs"]))'
}
both="[('q', 'done', 1), ('s', 'done', 3)]"
is "$(states env)" "$both"
is "$(states other)" "$both"
expect_exit 0 clnrm daemon stop
is "$(states other)" "$both"

# The second, killed in a run: its run alone is lost, and only once another daemon starts.
rm gate/go
clnrm daemon start >/dev/null
other clnrm run -j 1 --format ndjson slow.clnrm.toml >events2 2>errors2 &
client=$!
wait_until 10 grep -q '"ev":"step_start".*"scenario":"slow/waits"' events2
clnrm run -j 1 --format ndjson slow.clnrm.toml >events 2>errors &
first=$!
wait_until 10 grep -q '"ev":"step_start".*"scenario":"slow/waits"' events
kill -9 "$(other clnrm daemon status --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)["pid"])')"
status=0
wait $client || status=$?
is $status 6
other clnrm daemon start >/dev/null
touch gate/go
wait $first || fail "the run of the first ended with $?"
passed
all="[('q', 'done', 1), ('s', 'done', 3), ('s', 'done', 3), ('s', 'lost', 1)]"
# The writer of the started one says so once it has taken over what the dead one left.
known() { [ "$(states other)" = "$all" ]; }
wait_until 10 known
is "$(states env)" "$all"
# The writer of the one says nothing to the other.
seen() { [ "$(states other)" = "$all" ]; }
wait_until 10 seen
passed
other clnrm daemon stop --now >/dev/null

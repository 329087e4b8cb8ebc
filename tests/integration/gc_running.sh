#!/bin/sh
# A running daemon sweeps what another one left when it was killed, and nothing that lives.
. "$(dirname "$0")/../lib/env.sh"

cat >long.clnrm.toml <<'T'
[meta]
name = "long"
[[scenario]]
name = "sleeps"
run = "sleep 300"
T
running() { clnrm ps --no-header | grep -q 'long/sleeps'; }

# Ours, with a sandbox in use.
clnrm run long.clnrm.toml >"$W/ours" 2>&1 &
ours=$!
wait_until 20 running
expect_exit 0 clnrm daemon gc --dry-run
has "$out" "nothing is left of a crash"

# Another one beside it, of the same home; its launcher and then it are killed.
mkdir -m 700 "$W/run2"
other() { XDG_RUNTIME_DIR=$W/run2 "$@"; }
other clnrm run long.clnrm.toml >"$W/theirs" 2>&1 &
theirs=$!
wait_until 20 other running
pid=$(cat "$W/run2/clnrm/life.lock")
launcher=$(pgrep -P "$pid" clnrm-launcher)
kill -STOP "$pid"
kill -KILL "$launcher"
kill -KILL "$pid"
got=0
wait $theirs || got=$?
[ $got = 6 ] || fail "the client of a killed daemon ended with $got, expected 6"
passed

swept() { clnrm daemon gc "$@" --format json | sed -n 's/.*"swept":\([0-9]*\).*/\1/p'; }
left=$(swept --dry-run)
[ "$(swept --dry-run)" = "$left" ] || fail "counting changed what was there"
if clnrm daemon status | grep -q '(.*cgroup v.* memory'; then
	[ "$left" -gt 0 ] || fail "nothing was found of a killed launcher"
fi
[ "$(swept)" = "$left" ] || fail "not all $left things were swept"
[ "$(swept)" = 0 ] || fail "something is left after the sweep"
passed

# What lives was left alone.
running || fail "the sweep took a living sandbox"
kill -TERM $ours
got=0
wait $ours || got=$?
[ $got = 143 ] || fail "our run ended with $got, expected 143"
passed

#!/bin/sh
# Two runs that want the same preparation make one; so do two daemons that share a home.
. "$(dirname "$0")/../lib/env.sh"
is() {
	[ "$1" = "$2" ] || fail "got '$1', expected '$2'"
	passed
}
imported=$CLNRM_HOME/data/images/imported
: >cleanroom.toml
mkdir gate
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
file() { # NAME KEY
	cat >"$1.clnrm.toml" <<T
[meta]
name = "$1"
image = "clnrm/base"
[prepare]
project = "ro"
inputs = ["$2"]
steps = [{ name = "wait", script = "until [ -e gate/$2 ]; do sleep 0.05; done; cat /proc/sys/kernel/random/uuid >/stamp" }]
[[scenario]]
name = "s"
run = ["cat", "/stamp"]
T
}
waits() { grep -q '"step":"prepare' "$1"; }

# ---- two runs of one daemon, of two files ----
file a one
file b one
clnrm run --show-output always --format ndjson a.clnrm.toml >a.events 2>a.errors &
first=$!
wait_until 20 waits a.events
clnrm run --show-output always --format ndjson b.clnrm.toml >b.events 2>b.errors &
second=$!
wait_until 20 waits b.events
is "$(clnrm ps --format json | /usr/bin/python3 -c 'import json, sys; print(len(json.load(sys.stdin)["sandboxes"]))')" 1
touch gate/one
wait $first || fail "the first ended with $?"
wait $second || fail "the second ended with $?"
is "$(grep -c '"code":"prepare"' a.events)" 1
is "$(grep -c '"code":"prepare"' b.events)" 1
is "$(find "$imported/layers" -name stamp | wc -l)" 1

# ---- the first is cancelled while the second waits: it goes on ----
file c two
file d two
/usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' clnrm run --format ndjson c.clnrm.toml >c.events 2>c.errors &
first=$!
wait_until 20 waits c.events
clnrm run --format ndjson d.clnrm.toml >d.events 2>d.errors &
second=$!
wait_until 20 waits d.events
kill -INT $first
got=0
wait $first || got=$?
is $got 130
touch gate/two
wait $second || fail "the second ended with $?"
is "$(find "$imported/layers" -name stamp | wc -l)" 2

# ---- two daemons with one home ----
file e three
clnrm run --format ndjson e.clnrm.toml >e.events 2>e.errors &
first=$!
wait_until 20 grep -q '"step":"prepare: wait"' e.events
other clnrm run --format ndjson e.clnrm.toml >f.events 2>f.errors &
second=$!
wait_until 20 waits f.events
is "$(other clnrm ps --format json | /usr/bin/python3 -c 'import json, sys; print(len(json.load(sys.stdin)["sandboxes"]))')" 0
touch gate/three
wait $first || fail "the first ended with $?"
wait $second || fail "the second ended with $?"
is "$(find "$imported/layers" -name stamp | wc -l)" 3
is "$(grep -c '"code":"prepare"' f.events || :)" 0 # it has not prepared anything

# ---- what one uses the other does not take away ----
expect_exit 0 other clnrm cache clear images
expect_exit 0 clnrm pool drain
expect_exit 0 clnrm run a.clnrm.toml # anew, or on what it still has

# ---- the one that prepares is killed: the other does it ----
file g four
clnrm run --format ndjson g.clnrm.toml >g.events 2>g.errors &
first=$!
wait_until 20 grep -q '"step":"prepare: wait"' g.events
other clnrm run --format ndjson g.clnrm.toml >h.events 2>h.errors &
second=$!
wait_until 20 waits h.events
kill -9 "$(daemon_pid)"
wait $first || :
touch gate/four
wait $second || fail "the second ended with $?"
is "$(grep -c '"code":"prepare"' h.events)" 1
expect_exit 0 clnrm run g.clnrm.toml # by a daemon in its place

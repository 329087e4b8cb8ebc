#!/bin/sh
# What has begun is never begun again: a daemon that is killed once a step has had an effect ends its
# client, which asks no other; one that is killed before that is replaced.
. "$(dirname "$0")/../lib/env.sh"
mkdir shared
cat >count.clnrm.toml <<T
[meta]
name = "count"
[[scenario]]
name = "s"
volumes = ["$PWD/shared:/shared:rw"]
run = ["sh", "-c", "echo once >>/shared/count; sleep 600"]
T
for i in 1 2 3 4 5; do
	: >shared/count
	chmod 666 shared/count
	clnrm run count.clnrm.toml >run.out 2>run.err &
	client=$!
	wait_until 20 test -s shared/count
	kill -9 "$(daemon_pid)"
	code=0
	wait $client || code=$?
	[ $code = 6 ] || fail "round $i: the client ended with $code"
	[ "$(wc -l <shared/count)" = 1 ] || fail "round $i: the step began $(wc -l <shared/count) times"
	passed
done
# The same of try: its answer begins before its command does, which says nothing for long.
served() { grep -c serves "$CLNRM_HOME/state/clnrmd.log"; }
for i in 1 2 3; do
	clnrm try -- sleep "60$i" >try.out 2>try.err &
	client=$!
	slept() { pgrep -f "^sleep 60$i\$" >/dev/null; }
	wait_until 20 slept
	kill -9 "$(daemon_pid)"
	code=0
	wait $client || code=$?
	[ $code = 125 ] || fail "round $i: the client of a try ended with $code"
	[ "$(served)" = $((5 + i)) ] || fail "round $i: another daemon was started for it"
	passed
done
# Killed before it had begun: stopped, so that the request waits in its backlog.
expect_exit 0 clnrm daemon start
pid=$(daemon_pid)
kill -STOP "$pid"
: >shared/count
sed -i 's/; sleep 600//' count.clnrm.toml
clnrm run count.clnrm.toml >run.out 2>run.err &
client=$!
# The kernel lists the listener, and beside it each connection that waits to be accepted.
asked() { [ "$(grep -c "$XDG_RUNTIME_DIR/clnrm/" /proc/net/unix)" -gt 1 ]; }
wait_until 20 asked
kill -9 "$pid"
code=0
wait $client || code=$?
[ $code = 0 ] || { cat run.err; fail "the client was not answered by another daemon: $code"; }
[ "$(wc -l <shared/count)" = 1 ] || fail "the step began $(wc -l <shared/count) times"
passed

#!/bin/sh
# Forty clients at once, no daemon: one daemon is started and all are answered.
. "$(dirname "$0")/../lib/env.sh"
printf '[meta]\nname = "x"\n[[scenario]]\nname = "y"\nrun = "true"\n' >t.clnrm.toml
for i in $(seq 40); do
	{ clnrm run t.clnrm.toml >"out.$i" 2>&1; echo $? >"status.$i"; } &
done
wait
for i in $(seq 40); do
	[ "$(cat "status.$i")" = 0 ] || { cat "out.$i"; fail "client $i ended with $(cat "status.$i")"; }
done
passed
[ "$(grep -c 'serves' "$CLNRM_HOME/state/clnrmd.log")" = 1 ] || fail "more than one daemon served"
passed

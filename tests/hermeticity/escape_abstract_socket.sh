#!/bin/sh
# Abstract sockets across a shared network namespace (CVE-2020-15257).
# alone: its listener is one of this machine, which carrier 5 looks for.
. "$(dirname "$0")/../lib/hermetic.sh"
timeout 100 ./probe hold 05 >listening 2>&1 &
listener=$!
wait_until 10 grep -q planted listening
look_here 05 1
for image in $IMAGES; do
	begin "$image"
	scenario look 0 /tmp/probe look 05
	run 1
done
kill $listener
wait $listener 2>/dev/null || :
# The host's network, where they would be shared, is for those who ask for less isolation.
for isolation in standard strict; do
	begin host 'network = "host"' "isolation = \"$isolation\""
	scenario x 0 true
	if clnrm run --force $FILE >"$out" 2>"$err" </dev/null; then fail "network host with $isolation"; fi
	cat "$out" "$err" >both
	matches both "relaxed"
done

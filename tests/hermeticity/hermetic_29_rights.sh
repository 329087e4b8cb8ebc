#!/bin/sh
# Carrier 29: capabilities, no_new_privs, seccomp, securebits.
. "$(dirname "$0")/../lib/hermetic.sh"
for image in $IMAGES; do
	begin "$image"
	for round in $(seq "$ROUNDS"); do scenario "look $round" 0 /tmp/probe look 29; done
	run 2
done
look_here 29 1
# With a single mapped id there is no other user to become.
single_id() { [ "$(id -u)" != 0 ] && ! grep -q "^$(id -un):" /etc/subuid; }
for user in 0 1000 1234:77; do
	begin clnrm/base "user = \"$user\""
	scenario "user $user" 0 /tmp/probe look 29
	[ "$user" = 0 ] || single_id || run 1
done

#!/bin/sh
# Carrier 22: mounts and propagation. A mount namespace of its own, nothing shared, the filter.
# alone: it compares the mounts of this machine.
. "$(dirname "$0")/../lib/hermetic.sh"
before=$(cut -d" " -f4- /proc/self/mountinfo | sort | cksum)
refused 22
possible 22 'mount a tmpfs'
for image in $IMAGES; do
	facts 22 "$image" >first
	begin "$image"
	scenario try 0 /tmp/probe try 22
	run 1
	facts 22 "$image" >second
	cmp first second || { diff first second || :; fail "the mounts of the next sandbox differ"; }
	passed
done
[ "$before" = "$(cut -d" " -f4- /proc/self/mountinfo | sort | cksum)" ] || fail "mounts of this machine changed"
passed

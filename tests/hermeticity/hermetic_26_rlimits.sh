#!/bin/sh
# Carrier 26: resource limits. Written for each step.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 26
for image in $IMAGES; do
	facts 26 "$image" >first
	begin "$image"
	scenario plant 0 /tmp/probe plant 26 t
	run 1
	facts 26 "$image" >second
	cmp first second || { diff first second || :; fail "limits differ"; }
	passed
done

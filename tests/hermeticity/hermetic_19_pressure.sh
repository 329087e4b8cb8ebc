#!/bin/sh
# Carrier 19: pressure and load of the machine show. Not closable, and this says so.
. "$(dirname "$0")/../lib/hermetic.sh"
for image in $IMAGES; do
	begin "$image"
	scenario shared 1 /tmp/probe look 19
	run 1
done
has "$ROOT/docs/isolation.md" "pressure"

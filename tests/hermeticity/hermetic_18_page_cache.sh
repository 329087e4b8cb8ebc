#!/bin/sh
# Carrier 18: the page cache is the kernel's. Not closable: a file of the image that was read
# once is in memory for all, and this says so.
. "$(dirname "$0")/../lib/hermetic.sh"
for image in $IMAGES; do
	begin "$image"
	scenario warm 0 /tmp/probe plant 18 t
	scenario shared 1 /tmp/probe look 18
	run 1
done
has "$ROOT/docs/isolation.md" "page cache"

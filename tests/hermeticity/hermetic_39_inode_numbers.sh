#!/bin/sh
# Carrier 39: inode numbers are the image's own in every sandbox; device numbers differ and are
# not closable.
. "$(dirname "$0")/../lib/hermetic.sh"
for image in $IMAGES; do
	facts 39 "$image" | grep "^ino" >first
	facts 39 "$image" | grep "^ino" >second
	[ -s first ] || fail "no facts"
	cmp first second || fail "inode numbers differ"
	passed
done
has "$ROOT/docs/isolation.md" "st_dev"

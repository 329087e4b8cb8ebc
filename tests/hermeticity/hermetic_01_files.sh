#!/bin/sh
# Carrier 1: files anywhere, utmp and wtmp. An upper layer and a tmpfs of its own.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 01

# And not only by name: the whole tree of the next sandbox is that of the first.
tree() {
	begin "$1"
	scenario tree 0 /bin/sh -c 'find / -xdev \( -path /proc -o -path /tmp/probe \) -prune -o -print | sort | md5sum | grep . && find /tmp /dev/shm /dev/mqueue /workspace | sort'
	timeout 60 clnrm run --force --no-history --format json $FILE >tree.json </dev/null || fail "tree"
	python3 -c 'import json; print(json.load(open("tree.json"))["tests"][0]["scenarios"][0]["steps"][0]["stdout"])'
}
for image in $IMAGES; do
	tree "$image" >first
	begin "$image"
	scenario plant 0 /tmp/probe plant 01 t
	run 1
	tree "$image" >second
	cmp first second || fail "the tree of image $image changed"
	passed
done

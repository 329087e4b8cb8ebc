#!/bin/sh
# Carrier 44: writing through to the image: links, clones, attributes, shared memory maps. Layers
# are read-only and copied up.
. "$(dirname "$0")/../lib/hermetic.sh"
digest() { [ ! -d "$CLNRM_HOME" ] || find "$CLNRM_HOME" -path "*image*" -type f ! -name "*.lock" -exec cksum {} + 2>/dev/null | sort | cksum; }
begin clnrm/base
scenario first 0 /tmp/probe look 44
run 1
before=$(digest)
hosts=$(cat /etc/hosts /etc/passwd | cksum)
carrier 44
[ "$before" = "$(digest)" ] || fail "the image on disk changed"
[ "$hosts" = "$(cat /etc/hosts /etc/passwd | cksum)" ] || fail "files of this machine changed"
passed

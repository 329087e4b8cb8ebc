#!/bin/sh
# Keyrings are not namespaced (CVE-2016-0728, CVE-2017-7472): a key of this machine's user is not
# found inside, and none is left for the next.
. "$(dirname "$0")/../lib/hermetic.sh"
expect_exit 0 ./probe plant key secret
expect_exit 1 ./probe look key
for image in $IMAGES; do
	begin "$image"
	scenario look 0 /tmp/probe look key
	scenario try 0 /tmp/probe try 07
	scenario again 0 /tmp/probe look key
	run 1
done
./probe try key >/dev/null || :
gone() { ./probe look key >/dev/null; }
wait_until 20 gone
passed

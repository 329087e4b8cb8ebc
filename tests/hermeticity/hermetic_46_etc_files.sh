#!/bin/sh
# Carrier 46: resolver files, hosts, nsswitch, accounts. Written by us, the same in every sandbox.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 46
for image in $IMAGES; do
	begin "$image"
	scenario sum 0 /bin/sh -c 'cat /etc/hosts /etc/resolv.conf /etc/nsswitch.conf /etc/machine-id | md5sum'
	timeout 60 clnrm run --force --no-history --format json $FILE >"$out" 2>"$err" </dev/null || { cat "$out" "$err"; fail sum; }
	python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["tests"][0]["scenarios"][0]["steps"][0]["stdout"])' "$out" >>sums
done
[ "$(sort -u sums | grep -c .)" = 1 ] || fail "the files differ between images"
passed

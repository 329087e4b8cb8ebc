#!/bin/sh
# Carrier 38: times of access. Views of the image and read-only volumes do not change them.
. "$(dirname "$0")/../lib/hermetic.sh"
mkdir vol
echo x >vol/file
chmod -R a+rX vol
old() { touch -a -d "2001-01-01" vol/file; touch -m -d "2002-01-01" vol/file; }
old
cat vol/file >/dev/null
[ "$(stat -c %X vol/file)" != "$(date -d 2001-01-01 +%s)" ] || skip atime "$W is mounted without times of access"
for image in $IMAGES; do
	old
	begin "$image" "volumes = [\"$PWD/vol:/vol\"]"
	scenario read 0 /bin/sh -c 'cat /vol/file /vol/file; ls /vol'
	run 1
	now=$(stat -c %X vol/file)
	[ "$now" = "$(date -d 2001-01-01 +%s)" ] || fail "reading in the sandbox left a time"
	passed
done

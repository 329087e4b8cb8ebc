#!/bin/sh
# Writes to procfs led to a file (CVE-2019-19921, CVE-2019-16884, CVE-2023-27561, CVE-2023-28642,
# CVE-2025-52881): nothing of a test's making lies at /proc when it is written.
# shellcheck disable=SC2016 # what runs in the sandbox expands there
. "$(dirname "$0")/../lib/hermetic.sh"
mkdir -p vol/self/attr vol/sys/user
touch vol/self/attr/exec
for at in /proc /proc/ /proc/self /proc/self/attr /proc/sys /x/../proc //proc /./proc; do
	for key in "volumes = [\"$PWD/vol:$at\"]" "tmpfs = [\"$at\"]"; do
		begin clnrm/base "$key"
		scenario x 0 true
		if clnrm run --force $FILE >"$out" 2>&1; then fail "$key was accepted"; fi
		passed
	done
done
for image in $IMAGES; do
	begin "$image"
	scenario real 0 /bin/sh -c 'grep -q " /proc proc \| - proc proc " /proc/self/mountinfo && test "$(stat -f -c %T /proc)" = proc'
	scenario "first of all" 0 /bin/sh -c 'awk "\$5 == \"/proc\"" /proc/self/mountinfo | wc -l | grep -qx 1'
	run 2
done

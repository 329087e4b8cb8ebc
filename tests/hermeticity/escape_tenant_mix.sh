#!/bin/sh
# State of another tenant (CVE-2021-21334): each scenario has secrets in environment, file and
# stdin, and looks through its whole world for anybody else's.
. "$(dirname "$0")/../lib/hermetic.sh"
N=$((ROUNDS * 10 > 500 ? 500 : ROUNDS * 10))
look='{ cat; env; cat /workspace/mine; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; grep -rhas tenant- /tmp /workspace /dev/shm /dev/mqueue /run /var/tmp /root /home /etc/hosts 2>/dev/null; } | grep -ao "tenant-[0-9]*-[a-z]*" | sort -u'
for image in $IMAGES; do
	begin "$image"
	for n in $(seq "$N"); do
		cat >>$FILE <<T
[[scenario]]
name = "n$n"
files = [{ path = "/workspace/mine", content = "tenant-$n-file" }]
env = { SECRET = "tenant-$n-env" }
steps = [{ name = "look", command = ["/bin/sh", "-c", '''$look'''], stdin = "tenant-$n-stdin\n", expected_output_regex = '^tenant-$n-env\ntenant-$n-file\ntenant-$n-stdin$' }]
T
	done
	run 4
done

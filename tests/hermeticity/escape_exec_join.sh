#!/bin/sh
# Becoming a user by a number that is read wrongly (CVE-2026-30892), and looking into PID 1 while it
# starts others (CVE-2016-9962). Joining a sandbox that runs is not in this build.
# shellcheck disable=SC2016 # what runs in the sandbox expands there
. "$(dirname "$0")/../lib/hermetic.sh"
for user in -1 4294967295 4294967296 0x0 1: :1 +0 ' 0' '0 ' 1:2:3 99999999999999999999 1.0 00x 1,2 '$(id -u)' no-such-user; do
	got=0
	clnrm try --image clnrm/base --user "$user" -- id >"$out" 2>"$err" </dev/null || got=$?
	[ $got != 0 ] || { cat "$out"; fail "user '$user' was accepted"; }
	hasnt "$out" 'uid='
done
expect_exit 0 clnrm try --image clnrm/base --user 0 -- id
has "$out" 'uid=0(root) gid=0(root)'
for image in $IMAGES; do
	begin "$image"
	scenario init 0 /tmp/probe try init
	scenario process 0 /tmp/probe try 32
	# While others are being started.
	cat >>$FILE <<'T'
[[scenario]]
name = "beside"
steps = [
  { name = "look", background = true, command = ["/bin/sh", "-c", "while :; do for f in mem environ maps fd/3; do if head -c 1 /proc/1/$f 2>/dev/null | grep -q .; then echo x >/tmp/seen; fi; done; done"] },
T
	for n in $(seq 20); do printf '  { name = "n%s", command = ["true"] },\n' "$n" >>$FILE; done
	printf '  { name = "seen", command = ["test", "!", "-e", "/tmp/seen"] },\n]\n' >>$FILE
	run 1
done

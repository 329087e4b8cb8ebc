#!/bin/sh
# Inheritable capabilities, set-uid programs, capabilities of files (CVE-2022-29162, CVE-2022-27650,
# CVE-2022-24769).
# shellcheck disable=SC2016 # what runs in the sandbox expands there
. "$(dirname "$0")/../lib/hermetic.sh"
capabilities='grep -E "^(CapInh|CapAmb):" /proc/self/status | grep -v "0000000000000000$"; grep -q "^NoNewPrivs:.1$" /proc/self/status || echo nnp'
for image in $IMAGES; do
	for user in 0 1000; do
		# With a single mapped id there is no other user to become.
		[ "$user" = 0 ] || [ "$(id -u)" = 0 ] || grep -q "^$(id -un):" /etc/subuid || continue
		begin "$image" "user = \"$user\""
		scenario "as $user" 0 /bin/sh -c "test -z \"\$($capabilities)\""
		scenario "probe as $user" 0 /tmp/probe look 29
		[ "$user" = 0 ] || scenario "none as $user" 0 /bin/sh -c 'test "$(grep -c "^Cap\(Prm\|Eff\|Bnd\):.0000000000000000$" /proc/self/status)" = 3 || test "$(grep -c "^Cap\(Prm\|Eff\):.0000000000000000$" /proc/self/status)" = 2'
		run 2
	done
	begin "$image" 'isolation = "strict"'
	scenario strict 0 /bin/sh -c 'test "$(grep -c "^Cap.*:.0000000000000000$" /proc/self/status)" = 5'
	clnrm run --force $FILE >"$out" 2>"$err" </dev/null || grep -q "isolation 'strict'\|needs cgroup\|requires" "$out" "$err" || { cat "$out" "$err"; fail strict; }
	passed
done
# A set-uid program of root, run by another user: it stays that user, placed by the test or in a
# volume.
if [ "$(id -u)" = 0 ]; then
	mkdir -p suid
	cp /bin/busybox suid/busybox
	chmod 4755 suid/busybox
	[ "$(setpriv --reuid 1000 --clear-groups suid/busybox id -u)" = 0 ] || echo "this machine ignores the bit here"
	begin clnrm/base 'user = "1000"' "volumes = [\"$PWD/suid:/suid\"]"
	scenario "set-uid of a volume" 0 /bin/sh -c 'test -u /suid/busybox && test "$(/suid/busybox id -u)" = 1000'
	run 1
	begin clnrm/base 'user = "1000"'
	printf '[[scenario]]\nname = "placed"\nfiles = [{ path = "/opt/busybox", source = "suid/busybox", mode = "4755" }]\ncommand = ["sh", "-c", "test $(/opt/busybox id -u) = 1000"]\n' >>$FILE
	run 1
fi
# A program with capabilities in a volume.
if command -v setcap >/dev/null && [ "$(id -u)" = 0 ]; then
	mkdir vol
	cp "$PROBE" vol/probe
	if setcap cap_net_raw,cap_sys_admin+ei vol/probe 2>/dev/null; then
		begin clnrm/base "volumes = [\"$PWD/vol:/vol\"]"
		scenario file 0 /vol/probe look 29
		run 1
	fi
fi

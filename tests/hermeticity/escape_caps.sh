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
# A set-uid program of root, run by another user: it stays that user.
if [ "$(id -u)" = 0 ]; then
	mkdir -p suid
	cp /bin/busybox suid/busybox
	chmod 4755 suid/busybox
	[ "$(setpriv --reuid 1000 --clear-groups suid/busybox id -u)" = 0 ] || echo "this machine ignores the bit here"
	begin clnrm/base 'user = "1000"' "volumes = [\"$PWD/suid:/suid\"]"
	scenario "set-uid of a volume" 0 /bin/sh -c 'test -u /suid/busybox && test "$(/suid/busybox id -u)" = 1000'
	run 1
	# None is made: in a volume it would be the machine's root's.
	mkdir -m 777 made
	cp "$(readlink -f "$(command -v chmod)")" made/copy
	chmod 755 made/copy
	begin host "volumes = [\"$PWD/made:/made:rw\"]"
	for mode in 4755 2755 6755; do
		scenario "chmod $mode" 1 chmod $mode /made/copy
		scenario "made $mode" 0 /usr/bin/python3 -c "import os
for call in (lambda: os.open('/made/new', os.O_CREAT | os.O_WRONLY, 0o$mode), lambda: os.mknod('/made/node', 0o10$mode),
        lambda: os.fchmod(os.open('/made/copy', os.O_RDONLY), 0o$mode), lambda: os.open('/made', os.O_TMPFILE | os.O_WRONLY, 0o$mode)):
    try: call()
    except PermissionError: continue
    raise SystemExit('made')"
	done
	scenario sticky 0 chmod 1777 /made/copy
	run 1
	[ -z "$(find made -perm /6000)" ] || fail "the machine got $(find made -perm /6000)"
	begin clnrm/base
	printf '[[scenario]]\nname = "placed"\nfiles = [{ path = "/opt/busybox", source = "suid/busybox", mode = "4755" }]\ncommand = ["true"]\n' >>$FILE
	if clnrm run --force $FILE >"$out" 2>&1 </dev/null; then fail "a set-uid file was placed"; fi
	passed
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

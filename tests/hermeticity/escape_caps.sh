#!/bin/sh
# Inheritable capabilities, set-uid programs, capabilities of files (CVE-2022-29162, CVE-2022-27650,
# CVE-2022-24769).
. "$(dirname "$0")/../lib/hermetic.sh"
capabilities='grep -E "^(CapInh|CapAmb):" /proc/self/status | grep -v "0000000000000000$"; grep -q "^NoNewPrivs:.1$" /proc/self/status || echo nnp'
for image in $IMAGES; do
	for user in 0 1000; do
		single=$([ "$(id -u)" != 0 ] && ! grep -q "^$(id -un):" /etc/subuid && echo yes || :)
		[ "$user" = 0 ] || [ -z "$single" ] || continue
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
# A set-uid program made by root inside, run by another user: it stays that user.
if [ "$(id -u)" = 0 ]; then
	cat >$FILE <<'T'
[meta]
name = "t"
image = "clnrm/base"
[[scenario]]
name = "set-uid"
steps = [
  { name = "make", command = ["sh", "-c", "cp /bin/busybox /tmp/id && chmod 4755 /tmp/id && stat -c %a /tmp/id"] },
  { name = "use", user = "1000", command = ["/tmp/id", "-u"], expected_output_regex = "^1000$" },
]
T
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

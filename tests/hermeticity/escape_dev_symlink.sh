#!/bin/sh
# Links in the image or among files that lead mounts and writes elsewhere (CVE-2025-52565,
# CVE-2026-41579, CVE-2026-47766).
. "$(dirname "$0")/../lib/hermetic.sh"
MARK=clnrm-link-$$
# Files that go through a link into / of the machine land in the sandbox.
mkdir tree
ln -s / tree/root
ln -s ../../../../../../../.. tree/up
ln -s /proc/self/fd/3 tree/fd
for through in root up fd; do
	begin clnrm/base
	printf '[[scenario]]\nname = "f"\nfiles = [{ path = "/workspace/tree", source = "tree" }, { path = "/workspace/tree/%s/etc/%s", content = "x" }]\ncommand = ["true"]\n' $through "$MARK" >>$FILE
	clnrm run --force $FILE >"$out" 2>&1 || :
	[ ! -e "/etc/$MARK" ] || { rm -f "/etc/$MARK"; fail "a file went through '$through' to this machine"; }
	passed
done
# A volume behind a link of the image: in the sandbox or refused, never here.
mkdir vol
for image in $IMAGES; do
	for at in "/bin/$MARK" "/lib/$MARK" "/var/run/$MARK" "/usr/bin/../$MARK" "/workspace/../../$MARK"; do
		begin "$image" "volumes = [\"$PWD/vol:$at\"]"
		scenario x 0 true
		clnrm run --force $FILE >"$out" 2>&1 || :
		for real in "/usr/bin/$MARK" "/usr/lib/$MARK" "/run/$MARK" "/usr/$MARK" "/$MARK"; do
			[ ! -e "$real" ] || { rmdir "$real"; fail "volume at $at made $real"; }
		done
		passed
	done
done
# Nothing goes over what the launcher makes.
for at in /dev /dev/pts /dev/console /proc /proc/self /sys /sys/fs/cgroup / /./dev /dev/../dev; do
	begin clnrm/base "volumes = [\"$PWD/vol:$at\"]"
	scenario x 0 true
	if clnrm run --force $FILE >"$out" 2>&1; then fail "a volume at $at"; fi
	passed
done

#!/bin/sh
# Sockets that rule: the daemon's own, Docker's, any below /run. None shows in a sandbox, and a
# volume that brings one along is refused.
# shellcheck disable=SC2016 # what runs in the sandbox expands there
. "$(dirname "$0")/../lib/hermetic.sh"
expect_exit 0 clnrm daemon start
[ -S "$SOCKET" ] || fail "no socket at $SOCKET"
for image in $IMAGES; do
	begin "$image"
	scenario "own $image" 0 /bin/sh -c "test ! -e $SOCKET && test ! -e $W"
	scenario "any $image" 0 /bin/sh -c 'test -z "$(find / -xdev -type s 2>/dev/null; find /run /var/run /tmp -type s 2>/dev/null)"'
	scenario "names $image" 0 /bin/sh -c 'test ! -e /var/run/docker.sock && test ! -e /run/docker.sock && test ! -e /run/systemd && test ! -e /run/dbus'
	run 2
done
# Nor the daemon's files: images that others run, the history of what they said. A list of the project
# does not change it, nor another name.
mkdir -p "$CLNRM_HOME/cache/images" inner
ln -s "$CLNRM_HOME" alias
printf '[security]\nallow_volumes = ["%s:rw"]\n' "$W" >cleanroom.toml
for volume in "$CLNRM_HOME" "$CLNRM_HOME/cache" "$CLNRM_HOME/cache/images" "$CLNRM_HOME/state" "$CLNRM_HOME/data" \
	"$PWD/alias" "$PWD/alias/state"; do
	for mode in ro rw cow; do
		begin clnrm/base "volumes = [\"$volume:/vol:$mode\"]"
		scenario x 0 /bin/sh -c 'ls /vol'
		if clnrm run --force $FILE >"$out" 2>"$err" </dev/null; then cat "$out"; fail "$volume ($mode) was accepted"; fi
		grep -q 'files of the daemon' "$out" "$err" || { cat "$out" "$err"; fail "$volume ($mode): another reason"; }
		passed
	done
done
# Nor does image host show them.
for shown in "$CLNRM_HOME" "$CLNRM_HOME/state" "$PWD/alias" "$PWD/alias/data" "$XDG_RUNTIME_DIR/clnrm" "$XDG_RUNTIME_DIR"; do
	printf '[host]\npaths = ["%s"]\n' "$shown" >cleanroom.toml
	begin host
	scenario x 0 true
	if clnrm run --force $FILE >"$out" 2>"$err" </dev/null; then cat "$out"; fail "host.paths $shown was accepted"; fi
	grep -qF "'$shown' may not be shown" "$out" "$err" || { cat "$out" "$err"; fail "host.paths $shown: another reason"; }
	passed
done
printf '[security]\nallow_volumes = ["%s:rw"]\n' "$W" >cleanroom.toml
begin clnrm/base "volumes = [\"$PWD/inner:/vol:rw\"]"
scenario beside 0 /bin/sh -c 'echo x >/vol/x'
run 1
rm cleanroom.toml
for volume in "$SOCKET" "$XDG_RUNTIME_DIR/clnrm" "$XDG_RUNTIME_DIR" /run /var/run /etc / /proc /root; do
	for mode in ro rw cow; do
		begin clnrm/base "volumes = [\"$volume:/vol:$mode\"]"
		scenario x 0 /bin/sh -c 'ls /vol'
		if clnrm run --force $FILE >"$out" 2>"$err" </dev/null; then cat "$out"; fail "$volume ($mode) was accepted"; fi
		passed
	done
done

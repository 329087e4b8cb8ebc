#!/bin/sh
# A machine that has less: without each of what a sandbox can do without, one is made all the same, it
# works, and its receipt says what is missing; strict accepts none of it.
. "$(dirname "$0")/../lib/env.sh"
needs test-switches
# works WITHOUT NAME: NAME is in the receipt's list, or nothing when it is "-".
works() {
	clnrm daemon stop >/dev/null 2>&1 || :
	export CLNRM_FORCE="$1"
	expect_exit 0 clnrm try --image clnrm/base --format json -- sh -c 'echo x >/tmp/x && cat /tmp/x && echo y >/workspace/y'
	if [ "$2" = - ]; then hasnt "$out" "\"what\":\"psi\""; else has "$out" "\"what\":\"$2\""; fi
	[ "$2" = - ] || {
		clnrm try --isolation strict -- true >"$out" 2>"$err" </dev/null && fail "strict was given with $1"
		passed
	}
}
works no-psi -
works no-clone3 clone3
works no-overlay overlay
works no-cgroup cgroup
[ "$(id -u)" != 0 ] || works no-idmap idmap
works no-psi,no-clone3,no-overlay,no-cgroup,no-idmap overlay
unset CLNRM_FORCE

# Root that may not mount, as in most containers, is treated as an ordinary user, with all ids.
[ "$(id -u)" = 0 ] || exit 0
clnrm daemon stop >/dev/null 2>&1 || :
: >"$err"
setpriv --bounding-set -sys_admin --inh-caps -sys_admin clnrm try --format json -- sh -c 'touch /tmp/x && chown 33 /tmp/x' >"$out" 2>"$err" || fail "$(cat "$err")"
passed
has "$out" '"mode":"rootless"'
hasnt "$out" '"what":"subids"'
has "$out" '"what":"root_id"'

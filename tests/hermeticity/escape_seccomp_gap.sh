#!/bin/sh
# Calls that a filter has forgotten (CVE-2021-41133): numbers 0 to 1023, those of x32, and the gate
# of 32-bit programs.
# alone: it makes every call of the kernel on this machine.
# shellcheck disable=SC2094 # these are other files
. "$(dirname "$0")/../lib/hermetic.sh"
for image in $IMAGES; do
	facts calls "$image" >calls
	[ "$(grep -c '^[0-9]' calls)" -gt 1000 ] || fail "only $(grep -c '^[0-9]' calls) calls were tried"
	passed
	# Beyond the table everything is unknown: 38 is ENOSYS.
	[ -z "$(awk -F': ' '/^[0-9]/ && $1 > 467 && $2 != 38' calls)" ] || fail "an unknown call is answered"
	passed
	if [ "$(uname -m)" = x86_64 ]; then
		[ "$(grep -c '^x32.*: signal 31$' calls)" = 64 ] || { grep x32 calls | head -3; fail "x32 is not death"; }
		passed
		begin "$image"
		scenario gate 0 /tmp/probe try calls
		run 1
	fi
done
# The control: without the filter, keyctl and bpf answer otherwise. In a session of its own, where a
# hangup hits nobody.
scratch setsid -w ./probe look calls >here || :
[ -n "$(awk -F': ' '/^[0-9]/ && ($1 == 250 || $1 == 321) && $2 != 1' here)" ] || fail "this machine answers the same"
passed

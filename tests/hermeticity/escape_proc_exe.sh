#!/bin/sh
# Overwriting what runs the sandbox through /proc/PID/exe (CVE-2019-5736): the init is a sealed
# memory file that no step can even open.
# alone: it looks at every init of this machine.
# shellcheck disable=SC2016 # what runs in the sandbox expands there
. "$(dirname "$0")/../lib/hermetic.sh"
sums() { cksum "$BUILD/clnrm-init" "$BUILD/clnrm-launcher" "$BUILD/clnrmd"; }
before=$(sums)
printf '#!/proc/self/exe\n' >script
for image in $IMAGES; do
	begin "$image"
	scenario every 0 /bin/sh -c 'for p in /proc/[0-9]*; do
	for how in ">" ">>" "<>"; do if (eval ": $how $p/exe") 2>/dev/null; then echo "opened $p/exe"; exit 9; fi; done; done'
	scenario "in a loop" 0 /bin/sh -c 'i=0; while [ $i -lt 300 ]; do if (: >>/proc/1/exe) 2>/dev/null; then exit 9; fi; i=$((i + 1)); done'
	scenario init 0 /tmp/probe try init
	run 2
done
[ "$before" = "$(sums)" ] || fail "a program of ours was changed"
passed

# What runs as PID 1 is no file of this machine, and cannot be written even from here.
begin clnrm/base
hold /bin/sh -c 'echo planted; sleep 60'
found=0
for exe in /proc/[0-9]*/exe; do
	[ "$(cat "${exe%exe}comm" 2>/dev/null)" = clnrm-init ] || continue
	mine=$(tr '\0' '\n' <"${exe%exe}environ" 2>/dev/null | grep -c . || :)
	target=$(readlink "$exe" 2>/dev/null || :)
	[ -n "$target" ] || continue
	found=$((found + 1))
	case $target in
	/memfd:*) ;;
	*) fail "an init runs from $target (environment: $mine)" ;;
	esac
	if (: >>"$exe") 2>/dev/null; then fail "$exe can be written"; fi
done
let_go
# Only root may look at processes that cannot be traced.
[ "$(id -u)" != 0 ] || [ $found -gt 0 ] || fail "no init was found"
passed

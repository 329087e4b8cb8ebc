#!/bin/sh
# Masks made from an exchanged /dev/null (CVE-2025-31133): ours come from a device of our own, and
# /dev cannot be changed.
# shellcheck disable=SC2016 # what runs in the sandbox expands there
. "$(dirname "$0")/../lib/hermetic.sh"
for image in $IMAGES; do
	begin "$image"
	scenario exchange 0 /bin/sh -c 'for how in "rm -f /dev/null" "mv /dev/null /dev/x" "ln -sf /etc/passwd /dev/null" "cp /etc/passwd /dev/null.x" "mknod /dev/null2 c 1 5" "chmod 0 /dev"; do
	if $how 2>/tmp/err; then case $how in mv*|rm*|ln*|cp*|mknod*|chmod*) echo "possible: $how"; exit 9 ;; esac; fi; done; test -c /dev/null; echo x >/dev/null'
	scenario masked 0 /bin/sh -c 'for f in kcore keys key-users latency_stats timer_list sched_debug kmsg kallsyms kpagecount kpageflags kpagecgroup sysrq-trigger interrupts iomem ioports slabinfo vmallocinfo; do
	[ ! -e /proc/$f ] || [ "$(head -c 1 /proc/$f 2>/dev/null | wc -c)" = 0 ] || { echo "/proc/$f reads"; exit 9; }; done
	for d in asound acpi scsi; do [ -z "$(ls -A /proc/$d 2>/dev/null)" ] || { echo "/proc/$d is not empty"; exit 9; }; done'
	scenario unmask 0 /bin/sh -c 'if umount /proc/kcore 2>/dev/null || umount -l /proc 2>/dev/null; then exit 9; fi'
	run 2
done
# The control: here some of them do read.
[ "$(head -c 1 /proc/interrupts | wc -c)" = 1 ] || fail "/proc/interrupts is empty on this machine too"
passed
# Nobody puts another /dev/null there.
for place in /dev/null /dev /dev/shm; do
	begin clnrm/base "tmpfs = [\"$place\"]"
	scenario x 0 true
	if clnrm run --force $FILE >"$out" 2>&1; then fail "a tmpfs at $place"; fi
	passed
done
begin clnrm/base
printf '[[scenario]]\nname = "f"\nfiles = [{ path = "/dev/null", content = "x" }]\ncommand = ["true"]\n' >>$FILE
if clnrm run --force $FILE >"$out" 2>&1; then fail "a file at /dev/null"; fi
passed

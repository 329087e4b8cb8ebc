#!/bin/sh
# Carrier 26: resource limits. Written for each step.
# shellcheck disable=SC2016 # what runs in the sandbox expands there
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 26
for image in $IMAGES; do
	facts 26 "$image" >first
	begin "$image"
	scenario plant 0 /tmp/probe plant 26 t
	run 1
	facts 26 "$image" >second
	cmp first second || { diff first second || :; fail "limits differ"; }
	passed
done
# The fewest descriptors that may be asked for are enough to start with, and no step gets more.
for image in $IMAGES; do
	for n in 16 17 64; do
		begin "$image" "limits = { open_files = $n }"
		scenario "few $n" 0 /bin/sh -c "test \"\$(ulimit -n)\" = $n && test \"\$(ulimit -Hn)\" = $n"
		scenario "again $n" 0 /bin/sh -c 'i=3; while [ $i -lt 10 ]; do eval "exec $i</dev/null" || exit 1; i=$((i + 1)); done; cat /dev/null'
		run 2
	done
done

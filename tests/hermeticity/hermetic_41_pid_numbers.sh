#!/bin/sh
# Carrier 41: numbers of processes. The first step of every sandbox has the same.
# shellcheck disable=SC2016 # what runs in the sandbox expands there
. "$(dirname "$0")/../lib/hermetic.sh"
for image in $IMAGES; do
	begin "$image"
	for round in $(seq "$ROUNDS"); do scenario "pid $round" 0 /bin/sh -c 'test $$ = 2 && test $PPID = 1'; done
	run 2
	facts 41 "$image" | grep -q "^pid: 2$" || fail "the first step is not process 2"
	passed
done
if ./probe look 41 | grep -q "^pid: 2$"; then fail "the control has the same number"; fi
passed

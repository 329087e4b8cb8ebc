#!/bin/sh
# Carrier 29: capabilities, no_new_privs, seccomp, securebits.
. "$(dirname "$0")/../lib/hermetic.sh"
for image in $IMAGES; do
	begin "$image"
	for round in $(seq "$ROUNDS"); do scenario "look $round" 0 /tmp/probe look 29; done
	run 2
done
look_here 29 1
# With a single mapped id there is no other user to become.
single_id() { [ "$(id -u)" != 0 ] && ! grep -q "^$(id -un):" /etc/subuid; }
for user in 0 1000 1234:77; do
	begin clnrm/base "user = \"$user\""
	scenario "user $user" 0 /tmp/probe look 29
	[ "$user" = 0 ] || single_id || run 1
done

# PID 1 itself has what it needs to place files, to become users and to end processes, and no more.
begin clnrm/base
hold /bin/sh -c 'echo planted; sleep 60; :'
pid=$(init_of_ours)
[ -n "$pid" ] || fail "no init with a step was found"
grep '^Cap' "/proc/$pid/status" >caps
let_go
python3 - caps <<'P' || fail "the init has more rights than it needs"
import sys
STEP, INIT = 0x4FB, 0x805FB
for line in open(sys.argv[1]):
    name, value = line.split()
    allowed = {"CapInh:": 0, "CapAmb:": 0}.get(name, INIT)
    assert not int(value, 16) & ~allowed, line
P
passed

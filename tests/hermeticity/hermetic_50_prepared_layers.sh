#!/bin/sh
# Carrier 50: layers that [prepare] made, which all scenarios of a file share. Read-only and copied up: what one
# writes is neither in the next one nor on disk. Of the preparation itself only what it wrote to files outside
# /tmp is there: none of its processes, variables, shared memory, queues, or files in /tmp and /dev/shm.
. "$(dirname "$0")/../lib/hermetic.sh"
layers=$CLNRM_HOME/data/images/imported/layers
digest() { (cd "$layers" && find . ! -name settled -printf '%P %y %m %U %G %l %s\n' | sort && find . -type f ! -name settled -exec cksum {} + | sort) | cksum; }
prepare='steps = [{ env = { TRACE = "trace-in-env" }, run = ["/bin/sh", "-c", "mkdir -p /srv/d && echo base >/srv/file && echo x >/srv/d/x && chmod 755 /srv/d && echo trace >/tmp/trace && echo trace >/dev/shm/trace && ln -s /srv/file /srv/link && (trap \"\" TERM HUP; exec sleep 1000) >/dev/null 2>&1 & sleep 0.1"] }]'
# The control: a step of the same scenario sees what the preparation's successors do not.
begin clnrm/base
scenario control 0 /bin/sh -c 'echo trace >/tmp/trace; echo trace >/dev/shm/trace; sleep 1000 >/dev/null 2>&1 & ls /tmp/trace /dev/shm/trace && ps | grep "[s]leep 1000"'
run 1
for image in clnrm/base host; do
	begin $image '[prepare]' "$prepare"
	scenario write 0 /bin/sh -c 'echo changed >/srv/file && rm -r /srv/d && chmod 700 /srv && mkdir /srv/new && ln /srv/file /srv/hard'
	scenario look 0 /bin/sh -c 'grep -qx base /srv/file && test -e /srv/d/x && ! test -e /srv/new && ! test -e /srv/hard && test -L /srv/link'
	scenario traces 0 /bin/sh -c '! test -e /tmp/trace && ! test -e /dev/shm/trace && ! env | grep -q trace-in && for p in /proc/[0-9]*; do ! grep -q "^sleep" $p/cmdline || exit 1; done'
	run 1
	before=$(digest)
	run 1
	run 2
	[ "$before" = "$(digest)" ] || fail "the layers on disk changed"
	passed
done

#!/bin/sh
# Carrier 25: blocked, ignored and pending signals. Reset by the init, those that libc hides too.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 25
# A daemon and a client that ignore some.
clnrm daemon stop >/dev/null
begin clnrm/base
scenario look 0 /tmp/probe look 25
(trap '' USR1 PIPE HUP; exec clnrm run --force $FILE) >"$out" || { cat "$out"; fail 'signals ignored by who starts the daemon show'; }
passed

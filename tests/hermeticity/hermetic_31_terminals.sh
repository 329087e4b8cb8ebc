#!/bin/sh
# Carrier 31: controlling terminal, session. A session for each step, no terminal.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 31

# And the init has a session apart from its launcher's.
session() { sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f4; }
begin clnrm/base
hold /bin/sh -c 'echo planted; sleep 60; :'
pid=$(init_of_ours)
[ -n "$pid" ] || fail "no init with a step was found"
parent=$(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f2)
[ "$(session "$pid")" != "$(session "$parent")" ] || fail "the init is in the session of its launcher"
let_go
passed

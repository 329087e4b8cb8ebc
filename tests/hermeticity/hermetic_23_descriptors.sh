#!/bin/sh
# Carrier 23: open descriptors. Closed before every exec.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 23

# What the client and the daemon were started with does not get there either.
begin clnrm/base
scenario look 0 /tmp/probe look 23
exec 8<"$FILE" 9<"$FILE"
run 1
exec 8<&- 9<&-

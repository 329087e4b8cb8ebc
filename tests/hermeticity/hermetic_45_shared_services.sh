#!/bin/sh
# Carrier 45: descriptors passed to a service that scenarios share. Not in this build: networks
# with services are refused by name, so there is no such service.
. "$(dirname "$0")/../lib/hermetic.sh"
begin host "network = \"test\""
scenario x 0 true
if clnrm run --force $FILE >"$out" 2>"$err"; then fail "a network with services was given"; fi
cat "$out" "$err" >both
matches both "network|needs"

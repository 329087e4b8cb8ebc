#!/bin/sh
# Carrier 45: descriptors passed to a service that scenarios share. Not in this build: networks
# with services are refused by name, so there is no such service.
. "$(dirname "$0")/../lib/hermetic.sh"
begin host "network = \"test\""
scenario x 0 true
clnrm run --force $FILE >"$out" 2>"$err" && fail "a network with services was given" || :
cat "$out" "$err" >both
matches both "network|needs"

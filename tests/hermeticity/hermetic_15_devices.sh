#!/bin/sh
# Carrier 15: loop, nbd, zram, device mapper and others. No nodes, no way to make a live one.
. "$(dirname "$0")/../lib/hermetic.sh"
refused 15
if [ "$(id -u)" = 0 ]; then possible 15 "make and open"; else ./probe try 15 >/dev/null || passed; fi

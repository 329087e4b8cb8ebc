#!/bin/sh
# Carrier 35: netlink families: route alone.
. "$(dirname "$0")/lib.sh"
refused 35
possible 35 netlink

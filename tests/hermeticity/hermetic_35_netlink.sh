#!/bin/sh
# Carrier 35: netlink families: route alone.
. "$(dirname "$0")/../lib/hermetic.sh"
refused 35
possible 35 netlink

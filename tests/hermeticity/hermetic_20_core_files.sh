#!/bin/sh
# Carrier 20: core files and core_pattern. /proc/sys is read-only; the limit is 1, at which no
# handler runs either.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 20
refused 20
if [ "$(id -u)" = 0 ]; then possible 20 'write core_pattern'; fi

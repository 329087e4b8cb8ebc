#!/bin/sh
# Carrier 17: bound ports and TIME_WAIT. A network namespace of its own.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 17 host

#!/bin/sh
# Carrier 12: sysctls of the machine. Every file below /proc/sys is opened for writing.
. "$(dirname "$0")/../lib/hermetic.sh"
refused 12
possible 12 /proc/sys/

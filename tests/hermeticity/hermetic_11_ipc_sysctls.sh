#!/bin/sh
# Carrier 11: sysctls of IPC and UTS. Namespaces of their own; /proc/sys is read-only.
. "$(dirname "$0")/../lib/hermetic.sh"
refused 11
possible 11 /proc/sys/kernel/shmmax

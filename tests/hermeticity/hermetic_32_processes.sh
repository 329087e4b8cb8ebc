#!/bin/sh
# Carrier 32: other processes: signals, ptrace, /proc, pidfd_getfd. A PID namespace and a user
# namespace of its own; PID 1 cannot be looked into.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 32
refused 32
possible 32 'open /proc/1/mem'

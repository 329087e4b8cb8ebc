#!/bin/sh
# Carrier 27: nice, I/O priority, affinity, timer slack. Reset for each step.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 27

#!/bin/sh
# Carrier 27: nice, I/O priority, affinity, timer slack. Reset for each step.
. "$(dirname "$0")/lib.sh"
carrier 27

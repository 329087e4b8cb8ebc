#!/bin/sh
# Carrier 33: perf events, BPF maps. The filter.
. "$(dirname "$0")/../lib/hermetic.sh"
refused 33
if [ "$(id -u)" = 0 ]; then possible 33 "bpf"; else passed; fi

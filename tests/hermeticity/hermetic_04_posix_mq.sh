#!/bin/sh
# Carrier 4: POSIX message queues. An IPC namespace and a mqueue mount of its own.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 04 host

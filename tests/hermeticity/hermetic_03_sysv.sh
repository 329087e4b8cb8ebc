#!/bin/sh
# Carrier 3: System V shared memory, semaphores, message queues. An IPC namespace of its own.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 03 host

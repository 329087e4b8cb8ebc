#!/bin/sh
# Carrier 2: /dev/shm and shm_open(). A tmpfs of its own.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 02 host

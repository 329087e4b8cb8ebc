#!/bin/sh
# Carrier 8: control group files, release_agent. None mounted, no way to mount one.
. "$(dirname "$0")/../lib/hermetic.sh"
refused 08 look
possible 08 'unshare a cgroup namespace'

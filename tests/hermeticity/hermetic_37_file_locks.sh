#!/bin/sh
# Carrier 37: locks on files of the image. An overlay locks inodes of its own.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 37

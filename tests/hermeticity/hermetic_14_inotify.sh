#!/bin/sh
# Carrier 14: inotify instances and watches are counted for a user. Limits of the sandbox's user
# namespace.
# alone: it takes all it gets.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 14

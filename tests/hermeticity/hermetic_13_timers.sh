#!/bin/sh
# Carrier 13: interval timers survive exec. Every step is a fresh fork of the init.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 13

#!/bin/sh
# Carrier 31: controlling terminal, session. A session for each step, no terminal.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 31

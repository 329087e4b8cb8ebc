#!/bin/sh
# Carrier 48: tables that the machine has one of: processes, terminals, files. Limits of the
# sandbox: one that takes all it gets leaves the next its own.
# alone: it takes all it gets.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 48

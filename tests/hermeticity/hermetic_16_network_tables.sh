#!/bin/sh
# Carrier 16: routes, neighbours, netfilter rules. A network namespace of its own, no capability
# over it. The size of the machine's connection tracking table is not closable.
. "$(dirname "$0")/../lib/hermetic.sh"
refused 16 look
possible 16 'add a route'

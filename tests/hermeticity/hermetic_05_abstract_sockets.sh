#!/bin/sh
# Carrier 5: abstract Unix sockets. A network namespace of its own.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 05 host

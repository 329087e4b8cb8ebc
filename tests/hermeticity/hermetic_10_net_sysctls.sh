#!/bin/sh
# Carrier 10: sysctls of the network. A network namespace of its own; /proc/sys is read-only.
. "$(dirname "$0")/../lib/hermetic.sh"
refused 10
possible 10 /proc/sys/net/ipv4/ip_default_ttl

#!/bin/sh
# Carrier 36: vsock, AF_ALG, packet, CAN and others: unix, inet, inet6 and netlink alone.
. "$(dirname "$0")/../lib/hermetic.sh"
refused 36
possible 36 'a raw packet socket'

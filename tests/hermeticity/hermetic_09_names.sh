#!/bin/sh
# Carrier 9: host and domain name. A UTS namespace of its own, and the filter.
. "$(dirname "$0")/../lib/hermetic.sh"
refused 09 look
possible 09 sethostname
look_here 09 1

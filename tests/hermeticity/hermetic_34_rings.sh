#!/bin/sh
# Carrier 34: userfaultfd, io_uring. The filter.
. "$(dirname "$0")/../lib/hermetic.sh"
refused 34
possible 34 ""

#!/bin/sh
# Carrier 30: personality, MDWE, huge pages, speculation. Reset, or never passed on.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 30

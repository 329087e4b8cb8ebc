#!/bin/sh
# Carrier 47: binfmt_misc. It cannot be mounted or written. Handlers that the machine has do
# apply inside: not closable.
. "$(dirname "$0")/../lib/hermetic.sh"
refused 47
if [ "$(id -u)" = 0 ] && grep -q binfmt_misc /proc/filesystems; then possible 47 "mount binfmt_misc"; else passed; fi

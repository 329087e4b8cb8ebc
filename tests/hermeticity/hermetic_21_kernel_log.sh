#!/bin/sh
# Carrier 21: the kernel's log. The filter, no /dev/kmsg, a mask on /proc/kmsg. That the
# machine's own log gets lines about crashes is not closable.
. "$(dirname "$0")/../lib/hermetic.sh"
refused 21
if [ "$(id -u)" = 0 ]; then possible 21 "syslog(READ_ALL)"; else passed; fi

#!/bin/sh
# Carrier 6: sockets and FIFOs with a path. The layers do not carry them.
. "$(dirname "$0")/../lib/hermetic.sh"
carrier 06 host

# Not closable: a volume is what the test asked for, and read-only does not stop connect(2).
mkdir vol
cat >listen.py <<'P'
import socket
s = socket.socket(socket.AF_UNIX)
s.bind("vol/socket")
s.listen(5)
open("listening", "w").close()
s.settimeout(60)
try:
    s.accept()
    open("accepted", "w").close()
except OSError:
    pass
P
(umask 0; exec timeout 60 /usr/bin/python3 listen.py) &
wait_until 10 test -e listening
chmod 777 vol
begin clnrm/base "volumes = [\"$PWD/vol:/vol\"]"
scenario connect 1 /tmp/probe look 06
run 1
wait_until 10 test -e accepted
passed

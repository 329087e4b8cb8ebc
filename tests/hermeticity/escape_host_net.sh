#!/bin/sh
# Reaching listeners of this machine, its addresses and the metadata service (CVE-2020-8558).
. "$(dirname "$0")/../lib/hermetic.sh"
cat >listen.py <<'P'
import select, socket, sys
out = []
for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    try:
        s = socket.socket(family)
        if family == socket.AF_INET6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        s.bind((address, 0 if not out else out[0].getsockname()[1]))
        s.listen(20)
        out.append(s)
    except OSError:
        pass
open("port.tmp", "w").write(str(out[0].getsockname()[1]))
import os
os.rename("port.tmp", "port")
while True:
    for s in select.select(out, [], [], 120)[0]:
        s.accept()
        open("connections", "a").write("x")
P
timeout 120 /usr/bin/python3 listen.py &
server=$!
wait_until 10 test -s port
port=$(cat port)
addresses="127.0.0.1 127.0.0.2 ::1 169.254.169.254 $(hostname -I 2>/dev/null || :)"
cat >reach.py <<'P'
import socket, sys
for address in sys.argv[2:]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    s = socket.socket(family)
    s.settimeout(1)
    try:
        s.connect((address, int(sys.argv[1])))
        print("reached", address)
    except OSError as e:
        print("not reached", address, e)
P
# shellcheck disable=SC2086
python3 reach.py "$port" $addresses >here
has here 'reached 127.0.0.1'
# All of these have been taken before the next one counts.
taken() { [ -s connections ] && [ "$(wc -c <connections)" -ge "$(grep -c '^reached' here)" ]; }
wait_until 10 taken
: >connections
for image in $IMAGES; do
	begin "$image"
	for address in $addresses; do
		scenario "$image $address" 0 /bin/sh -c "if command -v python3 >/dev/null; then ! python3 -c 'import socket; socket.create_connection((\"$address\", $port), 1)'; else ! nc -w 1 $address $port </dev/null; fi"
	done
	run 2
done
[ ! -s connections ] || fail "a sandbox reached a listener of this machine"
passed
kill $server

#!/bin/sh
# What the machine keeps for its root below the directories that image `host` shows: uid 0 of a sandbox
# is nobody there. Only what others may do is possible: no secret is read, no socket or FIFO is reached.
# alone: what it lays below /opt is in every image `host`.
# shellcheck disable=SC2016 # what runs in the sandbox expands there
. "$(dirname "$0")/../lib/hermetic.sh"
needs root
mkdir -p /opt
T=$(mktemp -d /opt/clnrm-test-XXXXXX)
listener=
leave() {
	status=$?
	set +e
	[ -z "$listener" ] || { kill "$listener" && wait "$listener"; } 2>/dev/null
	rm -rf "$T"
	(exit $status)
	finish
}
trap leave EXIT
mkdir "$T/closed"
chmod 755 "$T"
chmod 700 "$T/closed"
echo topsecret >"$T/secret"
echo grouped >"$T/grouped"
echo shown >"$T/shown"
echo topsecret >"$T/closed/inner"
echo lent >"$T/lent"
printf '#!/bin/sh\necho works\n' >"$T/tool"
cp "$(readlink -f "$(command -v id)")" "$T/id"
chmod 600 "$T/secret"
chmod 640 "$T/grouped"
chmod 644 "$T/shown" "$T/closed/inner"
chown 1000:1000 "$T/lent"
chmod 600 "$T/lent"
chmod 755 "$T/tool"
chmod 6755 "$T/id"
mkfifo -m 644 "$T/fifo"
python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(5)
print(flush=True)
time.sleep(600)' "$T/socket" >listening &
listener=$!
wait_until 20 test -s listening
chmod 755 "$T/socket"
begin host
for name in secret grouped closed/inner lent; do
	scenario "reads $name" 1 /bin/sh -c "cat $T/$name"
	scenario "reads $name as its owner" 1 /bin/sh -c "setpriv --reuid 1000 --regid 1000 --clear-groups cat $T/$name"
done
scenario shown 0 /bin/sh -c "[ \"\$(cat $T/shown)\" = shown ] && [ \"\$($T/tool)\" = works ]"
scenario set-id 0 /bin/sh -c "[ \"\$(setpriv --reuid 1000 --regid 1000 --clear-groups $T/id -u)\" = 1000 ]"
scenario fifo 1 /usr/bin/python3 -c "import os; os.open('$T/fifo', os.O_WRONLY | os.O_NONBLOCK)"
scenario connects 0 /usr/bin/python3 -c "import socket
try: socket.socket(socket.AF_UNIX).connect('$T/socket'); raise SystemExit(1)
except PermissionError: pass"
scenario system 0 /bin/sh -c 'for f in $(find /usr /opt -xdev -type f ! -perm -o=r 2>/dev/null | head -n 20); do ! cat "$f" >/dev/null 2>&1 || exit 1; done'
run 2

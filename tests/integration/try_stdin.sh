#!/bin/sh
# stdin of clnrm try goes to the command as it comes, however long it is, and ends when either side ends.
. "$(dirname "$0")/../lib/env.sh"

idle() { [ "$(clnrm ps --no-header | wc -l)" = 0 ]; }
# KiB that the daemon has had at most.
daemon_peak() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(daemon_pid)/status"; }

# start FILE command...: with stdin from FILE, which may be a pipe that is opened later. A background job
# of sh ignores SIGINT, and the client keeps what it inherits: python resets it.
start() {
	from=$1
	shift
	: >"$out"
	/usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$@" <"$from" >"$out" 2>"$err" &
	client=$!
}

CASE='a slow writer'
mkfifo slow
clnrm try -- cat <slow >"$out" 2>"$err" &
client=$!
exec 9>slow
echo early >&9
wait_until 20 grep -qx early "$out"
echo late >&9
wait_until 20 grep -qx late "$out"
exec 9>&-
wait $client || fail "ended with $?"
[ ! -s "$err" ] || fail "$(cat "$err")"
passed

CASE='bytes are as they were'
head -c 1000000 /dev/urandom >random
clnrm try -- cat <random >"$out" || fail "ended with $?"
cmp random "$out" || fail 'others came out than went in'
passed
printf small | clnrm try -- sh -c 'cat; echo " end"' >"$out"
has "$out" 'small end'

CASE='200 MiB and little memory'
before=$(daemon_peak)
/usr/bin/python3 - >"$out" 2>"$err" <<'P' || fail "ended with $?: $(cat "$err")"
import resource, subprocess, sys
source = subprocess.Popen(["head", "-c", "200M", "/dev/zero"], stdout=subprocess.PIPE)
sink = subprocess.Popen(["clnrm", "try", "--", "sh", "-c", "wc -c; grep VmHWM /proc/1/status"], stdin=source.stdout)
source.stdout.close()
_, status, used = __import__("os").wait4(sink.pid, 0)
print("client", used.ru_maxrss)
sys.exit(__import__("os").waitstatus_to_exitcode(status))
P
matches "$out" '^209715200$'
init=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "$out")
client=$(sed -n 's/^client //p' "$out")
grown=$(($(daemon_peak) - before))
case ${BUILD##*/} in
san-*) : ;; # what is free is kept there
*)
	# The wait for it is that of python, before it became the client.
	[ "$client" -lt 32768 ] || fail "the client took $client KiB"
	[ "$init" -lt 8192 ] || fail "the init took $init KiB"
	[ "$grown" -lt 16384 ] || fail "the daemon grew by $grown KiB"
	;;
esac
passed

CASE='a reader that ends first'
expect_exit 0 timeout 60 sh -c 'clnrm try -- true </dev/zero'
[ ! -s "$err" ] || fail "$(cat "$err")"
expect_exit 7 timeout 60 sh -c 'yes | clnrm try -- sh -c "head -n 1; exit 7"'
has "$out" y
[ ! -s "$err" ] || fail "$(cat "$err")"
# It closes its stdin and goes on: who writes is told so before it ends.
mkfifo closed
start closed clnrm try -- sh -c 'exec <&-; echo closed; exec sleep 600'
timeout 60 /usr/bin/python3 - <<'P' || fail 'who writes was not told'
with open("closed", "wb", buffering=0) as f:
    try:
        while True:
            f.write(b"y" * 65536)
    except BrokenPipeError:
        pass
P
kill -INT $client
wait $client && fail 'it ended well' || [ $? = 130 ] || fail "ended with $?"
has "$out" closed
wait_until 20 idle

CASE='Ctrl-C'
mkfifo held
start held clnrm try -- sh -c 'echo begun; exec cat'
exec 9>held
wait_until 20 grep -q begun "$out"
echo half >&9
wait_until 20 grep -q half "$out"
kill -INT $client
wait $client && fail 'it ended well' || [ $? = 130 ] || fail "ended with $?"
exec 9>&-
wait_until 20 idle
passed

CASE='a client that is killed in the middle'
start /dev/zero clnrm try -- sh -c 'echo begun; cat >/dev/null'
wait_until 20 grep -q begun "$out"
kill -KILL $client
wait $client || :
wait_until 20 idle
passed

CASE='a client that is stopped'
start /dev/zero clnrm try -- sh -c 'echo begun; cat >/dev/null'
wait_until 20 grep -q begun "$out"
kill -STOP $client
expect_exit 0 timeout 20 clnrm try -- echo others go on
kill -CONT $client
kill -INT $client
wait $client || :
wait_until 20 idle

CASE='a command that is stopped'
start /dev/zero clnrm try -- sh -c 'echo begun; kill -STOP $$'
wait_until 20 grep -q begun "$out"
expect_exit 0 timeout 20 clnrm try -- echo others go on
kill -INT $client
wait $client || :
wait_until 20 idle

CASE='a stdin that cannot be read'
expect_exit 125 sh -c 'clnrm try -- cat </'
has "$err" 'cannot read stdin'

# ---- what others than clnrm send ----

# try_open ARGV-AS-JSON [members...]: a try whose stdin goes on; its output comes to $out, its id to $id.
try_open() {
	: >header
	: >"$out"
	curl -sSN --unix-socket "$SOCKET" -D header -H 'Accept: text/plain' -o "$out" \
		-d "{\"cwd\":\"$PWD\",\"argv\":$1,${2-}\"stdin_open\":true}" http://localhost/v1/try 2>"$err" &
	curl=$!
	wait_until 20 grep -q '^Clnrm-Run: ' header
	id=$(sed -n 's/^Clnrm-Run: \([a-z0-9]*\).*/\1/p' header)
}
problem() { SCHEMA=problem api POST "/v1/try/$1/stdin" -T "$2"; }

CASE='with curl'
try_open '["cat"]' '"stdin":"first ",'
printf 'second' >second
SCHEMA=stdin SELF=self api POST "/v1/try/$id/stdin" -T second
has "$doc" '{"bytes":6,"closed":false}'
wait $curl || fail "curl: $?"
has "$out" 'first second'

CASE='once'
try_open '["cat"]'
(printf 1; wait_until 20 grep -q 1 "$out"; problem "$id" second; has "$doc" '"code":"conflict"'; printf 2) |
	curl -sS --unix-socket "$SOCKET" -X POST -T - "http://localhost/v1/try/$id/stdin" >/dev/null
wait $curl || fail "curl: $?"
has "$out" 12
problem "$id" second
has "$doc" "no try '$id' runs"

CASE='half a stdin is none'
try_open '["sh","-c","cat; echo whole"]'
mkfifo broken
curl -sS --unix-socket "$SOCKET" -X POST -T broken "http://localhost/v1/try/$id/stdin" >sent 2>&1 &
sender=$!
exec 9>broken
echo half >&9
wait_until 20 grep -q half "$out"
kill -KILL $sender
wait $sender || :
wait $curl || fail "curl: $?"
has "$out" 'its stdin broke off'
hasnt "$out" whole
exec 9>&-

CASE='a body that nobody reads'
try_open '["head","-c","1"]'
curl -sS --unix-socket "$SOCKET" -X POST -T - "http://localhost/v1/try/$id/stdin" </dev/zero >sent 2>&1 &
sender=$!
wait $curl || fail "curl: $?"
wait $sender && fail 'an endless body ended' || :
passed

CASE='whole from the start'
: >header
curl -sSN --unix-socket "$SOCKET" -D header -o "$out" -d "{\"cwd\":\"$PWD\",\"argv\":[\"sleep\",\"600\"]}" \
	http://localhost/v1/try 2>"$err" &
curl=$!
wait_until 20 grep -q '^Clnrm-Run: ' header
id=$(sed -n 's/^Clnrm-Run: \([a-z0-9]*\).*/\1/p' header)
problem "$id" second
has "$doc" 'its stdin was whole in its request'
kill $curl
wait $curl || :
wait_until 20 idle

#!/bin/sh
# A terminal of a kept sandbox as a descriptor over the connection: what it is, how it ends from either side,
# what clients cannot do with the route.
. "$(dirname "$0")/../lib/env.sh"
command -v python3 >/dev/null || skip 'no python3'
cat >t.clnrm.toml <<'T'
[meta]
name = "t"
[[scenario]]
name = "s"
image = "clnrm/base"
steps = [{ name = "fails", env = { WHO = "step" }, workdir = "/tmp", command = ["false"] }]
T
expect_exit 1 clnrm run --keep --keep-for 1h t.clnrm.toml

cat >client.py <<'P'
import errno, fcntl, json, os, select, socket, struct, sys, termios, time

def connect():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(30)
    s.connect(sys.argv[1])
    return s

class Attached:
    def __init__(self, name="latest", query="", head="Connection: Upgrade\r\nUpgrade: clnrm-attach\r\n", more=b""):
        self.s = connect()
        self.s.sendall(f"GET /v1/sandboxes/{name}/attach{query} HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode() + more)
        self.data, self.fds = b"", []
        while not self.is_there():
            data, fds, _, _ = socket.recv_fds(self.s, 65536, 8)
            self.fds += fds
            if not data:
                break
            self.data += data
        self.status = int(self.data.split(b" ", 2)[1]) if self.data else 0
        self.head, _, self.rest = self.data.partition(b"\r\n\r\n")
        if self.status == 101:
            line, _, self.rest = self.rest.partition(b"\n")
            self.first = json.loads(line)
            self.fd, = self.fds
    def is_there(self):
        head, found, rest = self.data.partition(b"\r\n\r\n")
        if not found:
            return False
        if b" 101 " in head.split(b"\r\n")[0]:
            return b"\n" in rest
        return rest.rstrip().endswith(b"}")
    def read_until(self, what):
        out, end = b"", time.monotonic() + 30
        while what not in out:
            assert select.select([self.fd], [], [], max(0, end - time.monotonic()))[0], (what, out)
            try:
                got = os.read(self.fd, 65536)
            except OSError as e:
                assert e.errno == errno.EIO, e
                got = b""
            if not got:
                break
            out += got
        return out
    def type(self, text):
        os.write(self.fd, text)
    def stopped(self):
        self.type(b"\x1a")
        self.read_until(b"topped")
    def end(self):
        while True:
            got = self.s.recv(65536)
            if not got:
                break
            self.rest += got
        return json.loads(self.rest)
P
cat >attach.py <<'P'
from client import *

# Its terminal: size at first and later, environment and directory of the step, job control, exit code.
a = Attached(query="?rows=30&columns=100")
assert a.status == 101 and b"Upgrade: clnrm-attach" in a.head, a.data
assert a.first["ev"] == "terminal" and len(a.first["sandbox"]) == 6, a.first
a.type(b"stty size; tty; echo $WHO; pwd; echo 'e''nd'\n")
out = a.read_until(b"\r\nend\r\n")
for what in (b"30 100", b"/dev/pts/", b"step", b"/tmp"):
    assert what in out, (what, out)
a.type(b"sh -c 'trap \"stty size\" WINCH; while :; do echo wait\"\"ing; sleep 0.1; done'\n")
a.read_until(b"waiting\r\n")
fcntl.ioctl(a.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 41, 123, 0, 0))
assert b"41 123" in a.read_until(b"41 123")
a.type(b"\x03")
a.type(b"sh -c 'echo up\"\"now; exec sleep 7311'\n")
a.read_until(b"upnow\r\n")
a.stopped()
a.type(b"kill -9 %1\n")
left = b"topped"
while b"topped" in left:
    a.type(b"jobs; echo list''ed\n")
    left = a.read_until(b"listed\r\n")
a.type(b"exit 7\n")
a.read_until(b"never")
end = a.end()
assert end == {"ev": "end", "exit": 7, "message": None}, end

# More than one at once, each with its own terminal.
two = [Attached(), Attached()]
for i, x in enumerate(two):
    x.type(b"tty; echo this''is%d\n" % i)
outs = [x.read_until(b"thisis%d" % i) for i, x in enumerate(two)]
assert outs[0] != outs[1]
# One hangs up its side of the terminal, the other its connection: both shells end.
for x in two:
    x.type(b"sleep 7312\n")
    x.read_until(b"sleep 7312\r\n")
os.close(two[0].fd)
assert two[0].end()["ev"] == "end"
two[1].s.close()
two[1].read_until(b"never")

# Words that come too early or when nobody listens are nobody's; the shell goes on.
a = Attached(more=b"exit 9\n" * 100)
a.type(b"echo still''here\n")
assert b"stillhere" in a.read_until(b"stillhere")
a.s.setblocking(False)
try:
    while True:
        a.s.send(b"x" * 65536)
except BlockingIOError:
    pass
a.type(b"echo and''here; exit 0\n")
assert b"andhere" in a.read_until(b"andhere")
# Only one side is shut: that is a client that leaves, too.
a = Attached()
a.type(b"sleep 7313\n")
a.read_until(b"sleep 7313\r\n")
a.s.shutdown(socket.SHUT_WR)
a.read_until(b"never")

# A client that is gone before there is an answer.
for _ in range(20):
    s = connect()
    s.sendall(b"GET /v1/sandboxes/latest/attach HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: clnrm-attach\r\n\r\n")
    s.close()

# What is refused is a problem, as anywhere.
upgrade = "Connection: Upgrade\r\nUpgrade: clnrm-attach\r\n"
for name, query, head, status, word in (
        ("latest", "", "", 400, "Upgrade: clnrm-attach"),
        ("latest", "", "Connection: Upgrade\r\nUpgrade: websocket\r\n", 400, "Upgrade: clnrm-attach"),
        ("latest", "", "Upgrade: clnrm-attach\r\n", 400, "Connection: Upgrade"),
        ("nobody", "", upgrade, 404, "no sandbox 'nobody' is kept"),
        ("latest", "?step=none", upgrade, 404, "no step 'none'"),
        ("latest", "?rows=0", upgrade, 400, "'rows' must be"),
        ("latest", "?columns=65536", upgrade, 400, "'columns' must be"),
        ("latest", "?workdir=tmp", upgrade, 400, "absolute"),
        ("latest", "?words=1", upgrade, None, "words"),
        ("latest", "?user=nobody-of-that-name", upgrade, None, "nobody-of-that-name")):
    a = Attached(name, query, head)
    assert not a.fds and a.status != 101 and (status is None or a.status == status), (name, query, head, a.data)
    assert word in a.rest.decode(), (word, a.rest)

# As many as may be, and one more.
many = []
while True:
    a = Attached()
    if a.status != 101:
        break
    many.append(a)
assert 32 <= len(many) <= 64, (len(many), a.data)
for x in many:
    x.s.close()
    os.close(x.fd)
# Places are free again, and no more than there were.
end, again = time.monotonic() + 30, []
while len(again) < len(many) and time.monotonic() < end:
    a = Attached()
    if a.status == 101:
        again.append(a)
assert len(again) == len(many) and Attached().status != 101, len(again)
for x in again:
    x.s.close()
    os.close(x.fd)
print("ok", len(many))
P
descriptors() { find "/proc/$(daemon_pid)/fd" | wc -l; }
before=$(descriptors)
python3 attach.py "$SOCKET" >"$out" 2>&1 || {
	cat "$out"
	fail 'a client is not served as it should be'
}
has "$out" ok
none_runs() { ! pgrep -f "$1" >/dev/null; }
wait_until 10 none_runs '^sleep 731'
# Neither side holds anything of those who left.
alone() { [ "$(clnrm exec latest -- sh -c 'ls /dev/pts | wc -l')" = 1 ]; }
wait_until 20 alone
few() { [ "$(descriptors)" -le $((before + 4)) ]; }
wait_until 20 few
passed

# The sandbox goes, or the daemon: whoever is inside hears so, and nothing stays.
cat >stay.py <<'P'
from client import *
a = Attached()
a.type(b"sleep 7314\n")
a.read_until(b"sleep 7314\r\n")
open("up", "w").close()
rest = b""
while True:
    got = a.s.recv(65536)
    if not got:
        break
    rest += got
a.read_until(b"never")
print(rest.decode())
P
is_up() { [ -e up ]; }
for way in rm stop kill; do
	CASE=$way
	rm -f up
	python3 stay.py "$SOCKET" >"stayed.$way" 2>&1 &
	client=$!
	wait_until 20 is_up
	case $way in
	rm) expect_exit 0 clnrm rm latest ;;
	stop) expect_exit 0 clnrm daemon stop ;;
	kill) kill -9 "$(daemon_pid)" ;;
	esac
	wait $client || {
		cat "stayed.$way"
		fail 'it did not end well'
	}
	[ $way = kill ] || has "stayed.$way" '"message":"the sandbox has ended: '
	wait_until 10 none_runs '^sleep 7314'
	[ $way = kill ] || expect_exit 1 clnrm run --keep t.clnrm.toml
done
CASE=

# In a scenario that still runs.
cat >runs.clnrm.toml <<'T'
[meta]
name = "runs"
[[scenario]]
name = "s"
image = "clnrm/base"
run = ["sh", "-c", "until [ -e /tmp/go ]; do sleep 0.02; done; cat /tmp/go"]
T
cat >during.py <<'P'
from client import *
a = Attached("runs%2Fs")
assert a.status == 101, a.data
a.type(b"echo word >/tmp/go; sleep 7315\n")
a.read_until(b"never")
print(a.end())
P
clnrm run --format json runs.clnrm.toml >result &
client=$!
runs() { clnrm exec runs/s -- true 2>/dev/null; }
wait_until 10 runs
python3 during.py "$SOCKET" >during 2>&1 || {
	cat during
	fail 'no terminal in a scenario that runs'
}
has during 'its scenario is over'
wait $client || fail "it ended with $?"
has result '"stdout":"word\n"'

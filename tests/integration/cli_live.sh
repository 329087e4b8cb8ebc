#!/bin/sh
# On a terminal: the live region is drawn, makes way for text, and is gone at the end; a new width is
# told to the daemon.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/fake.sh"
answers <<'J'
{"POST /v1/runs": {"headers": {"Clnrm-Run": "r5"}, "frames": [["p", "bar 0/2\nrun  a\n"], ["o", "FAIL  a\n"], ["p", "bar 1/2\n"]],
   "after": "PATCH /v1/runs/r5/view", "then": [["p", ""], ["o", "1 failed\n"], ["x", "1"]]},
 "PATCH /v1/runs/r5/view": {"status": 204, "headers": {}}}
J
cat >term.py <<'PY'
import fcntl, os, pty, signal, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm-256color"
    os.execvp("clnrm", ["clnrm", "run", "a.clnrm.toml"])
size = lambda cols: fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, cols, 0, 0))
data, resized = b"", False
while True:
    try:
        part = os.read(fd, 4096)
    except OSError:
        break
    if not part:
        break
    data += part
    if b"bar 1/2" in data and not resized:
        resized = True
        size(72)
sys.stdout.write(data.decode().replace("\r\n", "\n").replace("\x1b", "^").replace("\r", "<"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
expect_exit 1 /usr/bin/python3 term.py
cat >want <<'W'
bar 0/2
run  a
<^[2A^[JFAIL  a
bar 0/2
run  a
<^[2A^[Jbar 1/2
<^[1A^[J1 failed
W
cmp -s "$out" want || { diff "$out" want || :; fail 'the screen is not what it should be'; }
passed
is "$(request 0 'h["clnrm-tty"], h["clnrm-progress"], h["clnrm-color"]')" "('3', 'live', '256,256')"
asked 'PATCH /v1/runs/r5/view' || fail 'the width was not told'
passed
is "$(request 1 'b')" "{'columns': 72}"

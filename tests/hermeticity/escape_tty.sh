#!/bin/sh
# Typing into the terminal of whoever started the test (CVE-2017-5226, CVE-2019-10063,
# CVE-2023-28100): requests of every kind, with high bits set too; the outer terminal gets nothing.
. "$(dirname "$0")/../lib/hermetic.sh"
for image in $IMAGES; do
	begin "$image"
	scenario terminal 0 /tmp/probe try terminal
	scenario look 0 /tmp/probe look 31
	run 1
done
cat >outer.py <<'P'
import os, pty, select, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp("clnrm", ["clnrm", "try", "--image", "clnrm/base", "--", "sh", "-c",
              "if (: </dev/tty) 2>/dev/null; then echo has-a-terminal; fi; tty; for f in 0 1 2; do test ! -t $f || echo terminal-$f; done; echo done"])
out = b""
while True:
    try:
        part = os.read(fd, 4096)
    except OSError:
        break
    if not part:
        break
    out += part
os.waitpid(pid, 0)
sys.stdout.write(out.decode())
P
timeout 60 /usr/bin/python3 outer.py >"$out" </dev/null
has "$out" 'done'
hasnt "$out" has-a-terminal
hasnt "$out" 'terminal-'

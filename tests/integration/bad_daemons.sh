#!/bin/sh
# A second daemon, a socket that nobody listens on, and what is no socket.
. "$(dirname "$0")/../lib/env.sh"
needs python3 sandbox
printf '[meta]\nname = "good"\n[[scenario]]\nname = "s"\nrun = "true"\n' >good.clnrm.toml

expect_exit 0 clnrm daemon start
pid=$(daemon_pid)
# The second on the same socket names the first and leaves it alone.
expect_exit 6 "$BUILD/clnrmd" --foreground
has "$err" "$pid"
expect_exit 6 "$BUILD/clnrmd" --foreground --socket "$SOCKET"
has "$err" "$pid"
[ "$(daemon_pid)" = "$pid" ] || fail "life.lock has another pid"
expect_exit 0 clnrm run good.clnrm.toml

# Garbage on its socket.
/usr/bin/python3 - "$SOCKET" <<'PY'
import os, socket, sys
for data in (os.urandom(4096), b"\0" * 4096, b"x" * 100000, b"\r\n" * 1000, b""):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    try:
        s.sendall(data)
    except OSError:
        pass
    s.close()
PY
expect_exit 0 clnrm run good.clnrm.toml
[ "$(daemon_pid)" = "$pid" ] || fail "garbage ended the daemon"

# Killed: its socket is stale, and the next command does not mind.
kill -9 "$pid"
wait_until 20 sh -c "! kill -0 $pid 2>/dev/null"
[ -S "$SOCKET" ] || fail "no stale socket"
expect_exit 1 clnrm daemon status
has "$out" 'clnrmd is not running'
expect_exit 0 clnrm run good.clnrm.toml
[ "$(daemon_pid)" != "$pid" ] || fail "the dead one answers"
expect_exit 0 clnrm daemon stop

# Something else in its place: no socket is removed that is none.
rm -f "$SOCKET"
echo precious >"$SOCKET"
clnrm run good.clnrm.toml >"$out" 2>"$err" || :
clnrm daemon stop >/dev/null 2>&1 || :
rm -f "$SOCKET"
expect_exit 0 clnrm run good.clnrm.toml

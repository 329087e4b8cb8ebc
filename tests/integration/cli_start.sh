#!/bin/sh
# Where no daemon runs one is started, once; and what keeps it from starting is said.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/fake.sh"
answers <<'J'
{"GET /v1/sandboxes": {"frames": [["o", "up\n"], ["x", "0"]]},
 "GET /v1/images": {"turns": [{"drop": true}, {"frames": [["o", "second try\n"], ["x", "0"]]}]}}
J
# Commands that never start one.
expect_exit 1 clnrm daemon status
is "$(cat "$out")" 'clnrmd is not running'
expect_exit 1 clnrm daemon status --format json
is "$(cat "$out")" '{"schema":"clnrm.status/1","running":false}'
expect_exit 0 clnrm daemon stop
is "$(cat "$out")" 'clnrmd is not running'
expect_exit 0 clnrm version
has "$out" 'clnrmd not running'
expect_exit 6 clnrm --daemon required ps
has "$err" "error[daemon-absent]: no clnrmd at '$SOCKET'"
has "$err" 'help: clnrm daemon start'
[ ! -e "$SOCKET" ] || fail 'a daemon was started'

# The first that needs one starts it, without a word.
expect_exit 0 clnrm ps
is "$(cat "$out")" up
is "$(cat "$err")" ''
first=$(cat "$LIFE")
expect_exit 0 clnrm daemon start
is "$(cat "$out")" "clnrmd already running, pid $first"
is "$(stat -c %a "$SOCKET" "$XDG_RUNTIME_DIR/clnrm" | tr '\n' ' ')" '600 700 '

# What it inherits: a session of its own, /, null and the log, the listener, and no more.
is "$(readlink "/proc/$first/cwd")" /
is "$(ps -o sid= -p "$first" | tr -d ' ')" "$first"
is "$(readlink "/proc/$first/fd/0")" /dev/null
is "$(readlink "/proc/$first/fd/2")" "$CLNRM_HOME/state/clnrmd.log"
tr '\0' '\n' <"/proc/$first/environ" >"env"
hasnt env TERM=
has env "XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR"

# Not one byte came: asked again. Then stopped.
expect_exit 0 clnrm images
is "$(cat "$out")" 'second try'
expect_exit 0 clnrm daemon stop
is "$(cat "$out")" 'clnrmd stopped'

# A stale socket is no hindrance.
/usr/bin/python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$SOCKET" 2>/dev/null || :
[ -S "$SOCKET" ] || fail 'no stale socket'
expect_exit 0 clnrm ps
expect_exit 0 clnrm daemon restart
[ "$(cat "$LIFE")" != "$first" ] || fail 'not restarted'

# Forty at once, none running: one daemon.
clnrm daemon stop >/dev/null
: >"$CLNRM_HOME/state/clnrmd.log"
for i in $(seq 40); do
	clnrm ps >"o.$i" 2>&1 &
	pids="${pids-} $!"
done
for p in $pids; do wait "$p" || fail 'a client failed'; done
is "$(cat o.* | sort -u)" up
is "$(grep -c ready "$CLNRM_HOME/state/clnrmd.log")" 1
clnrm daemon stop >/dev/null

# One that dies at once: exit 6 with the end of its log.
printf '#!/bin/sh\necho "no luck today" >&2\nexit 3\n' >dying
chmod +x dying
CLNRM_DAEMON=$PWD/dying expect_exit 6 clnrm ps
has "$err" 'error[daemon-start]: clnrmd ended right after its start (exit 3)'
has "$err" 'no luck today'
CLNRM_DAEMON=$PWD/dying expect_exit 6 clnrm daemon start
has "$err" 'no luck today'
CLNRM_DAEMON=$PWD/dying expect_exit 1 clnrm health
has "$out" 'FAIL  daemon'
CLNRM_DAEMON=/no/such expect_exit 6 clnrm ps
has "$err" "CLNRM_DAEMON: '/no/such' is not a program"
expect_exit 0 clnrm daemon logs
has "$out" 'no luck today'

# Directories and paths that cannot be trusted or used.
mkdir -m 755 open
expect_exit 6 clnrm --socket open/s ps
has "$err" 'error[socket-owner]'
ln -s "$XDG_RUNTIME_DIR/clnrm" link
expect_exit 6 clnrm --socket link/s ps
has "$err" 'error[socket-owner]'
long=$(printf '%0108d' 0)
expect_exit 6 clnrm --socket "/tmp/$long" ps
has "$err" 'error[socket-path]'
# 107 bytes are enough, whatever the temporary name needs.
mkdir -m 700 d
base=$PWD/d/
expect_exit 0 clnrm --socket "$base$(printf "%0$((107 - ${#base}))d" 0)" ps
expect_exit 0 clnrm --socket "$base$(printf "%0$((107 - ${#base}))d" 0)" daemon stop
# A home that cannot be written: the log goes beside the socket.
: >file
CLNRM_HOME=$PWD/file expect_exit 0 clnrm ps
[ -f "$XDG_RUNTIME_DIR/clnrm/state/clnrmd.log" ] || fail 'no log beside the socket'
passed

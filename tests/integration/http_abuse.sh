#!/bin/sh
# Whatever comes over the socket, the daemon answers or closes it, serves others meanwhile, and is the
# same process with as many descriptors afterwards.
# early: slow clients take their time.
. "$(dirname "$0")/../lib/env.sh"
needs python3 sandbox

scenario() { # NAME COMMAND...: a file of one scenario
	printf '[meta]\nname = "%s"\n[[scenario]]\nname = "%s"\nrun = %s\n' "$1" "$2" "$3" >"$1.clnrm.toml"
}
scenario one good '["sh", "-c", "echo hello; exit 3"]'
scenario long sleeps '"sleep 300"'
scenario stubborn sleeps '["sh", "-c", "trap : TERM; while :; do sleep 1; done"]'
scenario loud shouts '["sh", "-c", "head -c 8000000 /dev/zero | tr \\\\000 x; head -c 8000000 /dev/zero | tr \\\\000 y >&2"]'

expect_exit 0 clnrm daemon start
expect_exit 1 clnrm run one.clnrm.toml
pid=$(daemon_pid)
descriptors() { find "/proc/$pid/fd" -mindepth 1 2>/dev/null | wc -l; }
before=$(descriptors)
/usr/bin/python3 "$ROOT/tests/lib/http_abuse.py" "$SOCKET" "$PWD" || fail "see above"
passed
kill -0 "$pid" || fail "the daemon has died"
[ "$(daemon_pid)" = "$pid" ] || fail "another daemon answers"
# A warm sandbox more or less has its own descriptor.
few() { [ "$(descriptors)" -le $((before + 20)) ]; }
wait_until 20 few
passed
expect_exit 1 clnrm run one.clnrm.toml

# Another user is refused: the directory keeps him out, and the daemon does where that is open.
if [ "$(id -u)" = 0 ] && "$ROOT/tests/lib/machine" setpriv >/dev/null; then
	chmod 755 "$XDG_RUNTIME_DIR" "$XDG_RUNTIME_DIR/clnrm"
	chmod 777 "$SOCKET"
	setpriv --reuid 65533 --regid 65533 --clear-groups \
		curl -sS --unix-socket "$SOCKET" http://x/v1/version >"$out" 2>"$err" || fail "curl: $(cat "$err")"
	has "$out" '"code":"denied"'
	has "$out" 'this daemon serves another user'
	chmod 700 "$XDG_RUNTIME_DIR" "$XDG_RUNTIME_DIR/clnrm"
fi

#!/bin/sh
# disallowed_commands covers files. What the busybox of clnrm/base has in itself it runs all the same: a
# note and the receipt say so, strict makes no such sandbox, and image host binds.
. "$(dirname "$0")/../lib/env.sh"
needs sandbox
policy() { # IMAGE COMMAND...
	image=$1
	shift
	cat >p.clnrm.toml <<T
[meta]
name = "p"
image = "$image"
[policy]
disallowed_commands = [$(printf '"%s", ' "$@")]
[[scenario]]
name = "by name"
run = ["sh", "-c", "touch x; rm x"]
[[scenario]]
name = "by file"
run = ["sh", "-c", "touch x; exec /bin/rm x"]
T
}
weak() { python3 -c 'import json, sys; print(*sorted({d["wanted"] for t in json.load(sys.stdin)["tests"] for s in t["scenarios"] for d in s["receipt"]["degraded"] if d["what"] == "disallowed_commands"}))' <"$out"; }

policy clnrm/base rm /bin/wc no-such-command
expect_exit 1 clnrm run p.clnrm.toml
has "$out" '1 passed, 1 failed'
has "$out" '/bin/rm: Permission denied'
has "$err" "note[policy.applet]: disallowed_commands does not bind in image 'clnrm/base': the rm in its busybox"
[ "$(grep -c 'policy.applet' "$err")" = 1 ] || fail 'it is said more than once'
passed
expect_exit 1 clnrm run --format json p.clnrm.toml
[ "$(weak)" = 'no /bin/wc no rm' ] || fail "the receipt says '$(weak)'"
passed
clnrm run --isolation strict p.clnrm.toml >"$out" 2>"$err" && fail 'strict was given'
has "$out" 'disallowed_commands: wanted no rm'

# Nothing is said where nothing is weaker.
policy clnrm/base no-such-command
expect_exit 0 clnrm run p.clnrm.toml
hasnt "$err" policy.applet
policy host rm
expect_exit 1 clnrm run p.clnrm.toml
has "$out" '0 passed, 2 failed'
hasnt "$err" policy.applet

# tests/lib/dev.sh - a session that watches, and what it says: . "$ROOT/tests/lib/dev.sh"
# shellcheck shell=sh disable=SC2034,SC2154 # of env.sh, and for the tests
export CLNRM_IDLE_EXIT=60s
is() {
	[ "$1" = "$2" ] || fail "'$1' is not '$2'"
	passed
}
# test FILE NAME COMMAND [REST]: the text of a test file, on stdout.
test_file() { printf '[meta]\nname = "%s"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "%s"\n%s\n' "$1" "$2" "${3-}"; }
# A background job of sh ignores SIGINT, and the client keeps what it inherits: python resets it.
start() {
	: >"$out"
	/usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$@" >"$out" 2>"$err" </dev/null &
	pid=$!
}
ends_with() {
	code=0
	wait "$pid" || code=$?
	is "$code" "$1"
}
rounds() { test "$(grep -c '"ev":"round_end"' "$out")" -ge "$1"; }
idle() { test "$(grep -c '"ev":"round"' "$out")" = "$(grep -c '"ev":"round_end"' "$out")"; }
n=0
# another WHAT VERDICTS command...: one more round, in which exactly these scenarios have these verdicts.
another() {
	CASE=$1 wanted=$2
	shift 2
	"$@"
	n=$((n + 1))
	wait_until 20 rounds $n
	is "$(/usr/bin/python3 -c '
import json, sys
n, seen = 0, []
for line in open(sys.argv[1]):
    e = json.loads(line)
    if e["ev"] == "round": n, seen = e["n"], []
    if e["ev"] == "scenario_end" and not e["cached"] and n > 0: seen.append(e["scenario"] + ":" + e["verdict"])
    if e["ev"] == "round_end" and e["n"] == int(sys.argv[2]): print(*sorted(seen))
' "$out" $n)" "$wanted"
	CASE=
}
by_rename() { test_file "$1" "$2" >.new && mv .new "$1.clnrm.toml"; }
in_place() { test_file "$1" "$2" >"$1.clnrm.toml"; }
ready() { grep -q watch.ready "$out"; }
# The session ends as a person ends it.
stop() {
	kill -INT "$pid"
	ends_with 130
}
# The last word about a scenario, and whether no round is open.
last() { sed -n 's/.*"ev":"scenario_end".*"scenario":"'"$(echo "$1" | sed 's,/,\\/,')"'".*"tags":\[[^]]*\],"verdict":"\([a-z_]*\)".*/\1/p' "$out" | tail -n 1; }
last_is() { idle && test "$(last "$1")" = "$2"; }
# ends_up WHAT SCENARIO VERDICT command...: however many rounds that takes.
ends_up() {
	CASE=$1 scenario=$2 verdict=$3
	shift 3
	"$@"
	wait_until 20 last_is "$scenario" "$verdict"
	passed
	CASE=
}

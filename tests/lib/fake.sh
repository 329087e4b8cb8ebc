# tests/lib/fake.sh - after env.sh: the client alone, against a daemon of canned answers.
# shellcheck shell=sh
# Not the answers of a daemon.
# shellcheck disable=SC2034
RECORD=
export CLNRM_DAEMON="$ROOT/tests/lib/fake_clnrmd.py" CLNRM_FAKE="$W/answers" CLNRM_FAKE_LOG="$W/requests"
# shellcheck disable=SC2034 # for the tests
LIFE=$XDG_RUNTIME_DIR/clnrm/life.lock

# answers: the JSON on stdin is what the next fake says (its docstring has the form).
answers() {
	clnrm daemon stop >/dev/null 2>&1 </dev/null || :
	cat >"$CLNRM_FAKE"
	: >"$CLNRM_FAKE_LOG"
}
# asked "METHOD /path": did that request come?
asked() {
	/usr/bin/python3 - "$CLNRM_FAKE_LOG" "$1" <<'PY'
import json, sys
lines = [json.loads(l) for l in open(sys.argv[1])]
sys.exit(0 if any(f"{r['method']} {r['target']}" == sys.argv[2] for r in lines) else 1)
PY
}
# request N EXPRESSION: prints a Python expression over the N-th request r (body b, options o).
request() {
	/usr/bin/python3 - "$CLNRM_FAKE_LOG" "$1" "$2" <<'PY'
import json, sys
r = json.loads(open(sys.argv[1]).read().splitlines()[int(sys.argv[2])])
b = json.loads(r["body"]) if r["body"] else {}
o, h = b.get("options", {}), r["headers"]
print(eval(sys.argv[3]))
PY
}
is() {
	[ "$1" = "$2" ] || fail "got '$1', expected '$2'"
	passed
}

#!/bin/sh
# Client and daemon of different builds: the older daemon makes place, a newer one refuses.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/fake.sh"
answers <<'J'
{"GET /v1/sandboxes": {"status": 409, "headers": {"Clnrm-Skew": "replace", "Clnrm-Build": "0.9+old+x"},
   "type": "application/problem+json", "body": "{\"code\":\"version-skew\",\"detail\":\"older\"}"},
 "GET /v1/pool": {"status": 409, "headers": {"Clnrm-Skew": "refuse"},
   "frames": [["e", "error[version-skew]: the daemon is newer\n"], ["x", "6"]]}}
J
expect_exit 0 clnrm daemon start
old=$(cat "$LIFE")
expect_exit 6 clnrm pool
has "$err" 'error[version-skew]: the daemon is newer'
is "$(cat "$LIFE")" "$old"

# What comes after the replacement reads other answers.
cat >"$CLNRM_FAKE" <<'J'
{"GET /v1/sandboxes": {"frames": [["o", "new\n"], ["x", "0"]]}}
J
expect_exit 0 clnrm -v ps
is "$(cat "$out")" new
has "$err" 'a daemon of an older build (0.9+old+x) runs'
[ "$(cat "$LIFE")" != "$old" ] || fail 'the older daemon still runs'
is "$(request 2 'r["target"]')" /v1/sandboxes
is "$(request 3 'r["target"], b')" "('/v1/shutdown', {'drain_ms': 30000, 'if_build': '0.9+old+x'})"

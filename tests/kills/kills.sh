#!/bin/sh
# kill -9 of each program at each moment of a run: KILLS rounds.
. "$(dirname "$0")/../lib/env.sh"
timeout 280 /usr/bin/python3 "$ROOT/tests/kills/kills.py" "${KILLS:-20}" || fail "see above"
passed

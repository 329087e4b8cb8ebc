#!/bin/sh
# kill -9 of each program at each moment of a preparation: KILLS rounds.
. "$(dirname "$0")/../lib/env.sh"
timeout 280 /usr/bin/python3 "$ROOT/tests/kills/prepare.py" "${KILLS:-20}" || fail "see above"
passed

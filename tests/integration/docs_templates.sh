#!/bin/sh
# Files, commands and outputs of docs/templates.md are real.
. "$(dirname "$0")/../lib/env.sh"
needs python3

"$ROOT/tests/lib/run-blocks" "$ROOT/docs/templates.md" >"$out" 2>&1 || {
	cat "$out"
	fail "a block of docs/templates.md does not do what it says"
}
passed

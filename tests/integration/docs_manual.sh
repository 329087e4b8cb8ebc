#!/bin/sh
# Files, commands and outputs of docs/manual.md are real.
. "$(dirname "$0")/../lib/env.sh"
needs sandbox overlay python3

"$ROOT/tests/lib/run-blocks" "$ROOT/docs/manual.md" >"$out" 2>&1 || {
	cat "$out"
	fail "a block of docs/manual.md does not do what it says"
}
passed

#!/bin/sh
# Files, commands and outputs of README.md are real, and what it links to is there.
. "$(dirname "$0")/../lib/env.sh"
needs sandbox cc

"$ROOT/tests/lib/run-blocks" "$ROOT/README.md" >"$out" 2>&1 || {
	cat "$out"
	fail "a block of README.md does not do what it says"
}
passed

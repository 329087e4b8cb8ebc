#!/bin/sh
# Every code block of docs/editors.md runs as it stands there.
. "$(dirname "$0")/../lib/env.sh"

"$ROOT/tests/lib/run-blocks" "$ROOT/docs/editors.md" >"$out" 2>&1 || {
	cat "$out"
	fail "a block of docs/editors.md does not do what it says"
}
passed

#!/bin/sh
# Files, commands and outputs of README.md are real, and what it links to is there.
. "$(dirname "$0")/../lib/env.sh"
needs sandbox cc

"$ROOT/tests/lib/run-blocks" "$ROOT/README.md" >"$out" 2>&1 || {
	cat "$out"
	fail "a block of README.md does not do what it says"
}
passed
for doc in README.md NEWS.md CONTRIBUTING.md docs/manual.md docs/ARCHITECTURE.md docs/isolation.md docs/editors.md; do
	for link in $(grep -oE '\]\([^)#:]+' "$ROOT/$doc" | cut -c 3-); do
		[ -e "$ROOT/$(dirname "$doc")/$link" ] || fail "$doc links to $link, which is not there"
	done
	passed
done
# Every target that the documents name is one of the Makefile.
for target in $(grep -ohE '(^|`)make [a-z-]+' "$ROOT/README.md" "$ROOT/CONTRIBUTING.md" "$ROOT/docs/ARCHITECTURE.md" | sed 's/.*make //' | sort -u); do
	grep -qE "^$target( [a-z-]+)*:" "$ROOT/Makefile" "$ROOT"/*/*.mk || fail "there is no 'make $target'"
done

#!/bin/sh
# docs/isolation.md: its list of system calls is the one that is compiled, and every test that it names
# is there, as every test that is there is named.
. "$(dirname "$0")/../lib/env.sh"
doc=$ROOT/docs/isolation.md
sed -n '/^<!-- made by/,/^<!-- end of/p' "$doc" | sed '1d;$d' >in_doc
"$ROOT/tests/lib/seccomp-list" markdown | sed '$d' >in_code
diff in_doc in_code || fail "run tests/lib/seccomp-list markdown and put its output into docs/isolation.md"
passed
for test in "$ROOT"/tests/hermeticity/*.sh; do
	has "$doc" "\`$(basename "$test" .sh)\`"
done
# shellcheck disable=SC2016 # no command: marks of the text
for name in $(grep -oE '`(hermetic|escape)_[a-z0-9_]+`' "$doc" | tr -d '\`' | sort -u); do
	[ -f "$ROOT/tests/hermeticity/$name.sh" ] || fail "docs/isolation.md names $name, which is not there"
done
for n in $(seq 48); do
	has "$doc" "| $n | "
done

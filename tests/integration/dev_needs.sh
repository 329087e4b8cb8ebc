#!/bin/sh
# whoever: scenarios that need others
# A session that watches, and scenarios that need others: what has not changed counts as passed, what fails skips
# those that need it until it passes again.
# shellcheck disable=SC2154 # of env.sh
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/dev.sh"
unset CLEANROOM_CACHE_RESULTS
needs sandbox python3

# saved A B: a file of three, each of which needs the one before.
saved() {
	{
		printf '[meta]\nname = "n"\nimage = "clnrm/base"\n'
		printf '[[scenario]]\nname = "c"\nneeds = ["b"]\nrun = "true"\n'
		printf '[[scenario]]\nname = "b"\nneeds = ["a"]\nrun = "%s"\n' "$2"
		printf '[[scenario]]\nname = "a"\nrun = "%s"\n' "$1"
	} >.new
	mv .new n.clnrm.toml
}
saved true true
start clnrm dev --format ndjson n.clnrm.toml
another 'all of them' 'n/a:pass n/b:pass n/c:pass' true
another 'what it needs has not changed' 'n/b:pass' saved true 'echo b'
another 'what the others need fails' 'n/a:fail n/b:skip n/c:skip' saved false 'echo b'
grep -q "\"reason_text\":\"needs 'a'\"" "$out" || fail 'no reason'
another 'and is repaired' 'n/a:pass' saved 'echo a' 'echo b'
stop
n=0
saved false 'echo b'
start clnrm dev --format ndjson -k /b n.clnrm.toml
another 'what was selected brings along what it needs' 'n/a:fail n/b:skip' true
another 'in each round' 'n/a:pass' saved 'echo more' 'echo b'
stop

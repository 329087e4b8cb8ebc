#!/bin/sh
# Every flag and variable that is built has a test in which it changes something: the client's own
# table against flags.txt, and flags.txt against the tests that it names.
. "$(dirname "$0")/../lib/env.sh"
here=$ROOT/tests/integration
clnrm help --dump | awk -F'\t' '
	$2 == "-" || $6 != "foundation" { next }
	$1 == "-" || $1 == "environment" { print $2; next }
	{ print $1 " " $2 }' | sort >built
sed 's/ *|.*//; /^#/d; /^$/d' "$here/flags.txt" | sort >listed
diff built listed >differences || {
	cat differences
	fail "flags.txt is not what the client's table has (< is without a test, > is not built)"
}
passed
while IFS='|' read -r flag test; do
	case $flag in '#'* | '') continue ;; esac
	# shellcheck disable=SC2086
	set -- $flag
	name=$* test=$(echo "$test" | tr -d ' ')
	grep -qE "^(changes|differs|same|by_env|case_of) ('$name'|$name)( |\$)" "$here/$test.sh" ||
		fail "$test.sh has no case of '$name'"
	passed
done <"$here/flags.txt"
# A command without flags is in a test as well.
clnrm help --dump | awk -F'\t' '$2 == "-" && $6 == "foundation" && $7 != "hidden" { print $1 }' >commands
while read -r cmd; do
	grep -qE "clnrm $cmd\b|(changes|same|differs) '[^']*' .*'$cmd\b" "$here"/flags_*.sh "$here"/cli_*.sh || fail "no test has 'clnrm $cmd'"
	passed
done <commands

#!/bin/sh
# Completions: loadable, they offer commands, flags and their values, test files first, and names from a
# daemon that runs; help and man pages of each command.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
test_file good 'run = "true"'
mkdir tests
: >other.txt
: >y.clnrm.yaml
clnrm completions bash >bash.sh
# offers WORD...: what bash offers for the last word, a line each, sorted, in $out.
cat >offer.bash <<'B'
source ./bash.sh
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_clnrm
[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
B
offers() { bash offer.bash "$@" 2>"$err" | sort >"$out"; is "$(cat "$err")" ''; }
lines() { tr '\n' ' ' <"$out"; }
is "$(bash -c 'source ./bash.sh; complete -p clnrm')" 'complete -o filenames -F _clnrm clnrm'
offers clnrm ru
is "$(lines)" 'run runs '
offers clnrm run --fail-f
is "$(lines)" '--fail-fast '
offers clnrm run --label k=v --isolation s
is "$(lines)" 'standard strict '
offers clnrm run --isolation = st
is "$(lines)" 'standard strict '
offers clnrm --format ''
is "$(lines)" 'auto github human json junit ndjson sarif tap '
offers clnrm run ''
is "$(lines)" 'good.clnrm.toml tests y.clnrm.yaml '
offers clnrm run oth
is "$(lines)" 'other.txt '
offers clnrm -C tests run --max-
is "$(lines)" '--max-failures '
offers clnrm --cwd = tests run --max-
is "$(lines)" '--max-failures '
offers clnrm -f json runs sh
is "$(lines)" 'show '
offers clnrm runs --lim
is "$(lines)" '--limit '
offers clnrm completions ''
is "$(lines)" 'bash fish zsh '
offers clnrm run --report-junit oth
is "$(lines)" 'other.txt '
offers clnrm run -- --fai
is "$(lines)" ''
offers clnrm help vers
is "$(lines)" 'version '
# Nothing of a later feature, nothing hidden.
offers clnrm run --
for hidden in --no-cache --lf --locked; do hasnt "$out" "$hidden"; done
offers clnrm ''
for hidden in collector __complete; do hasnt "$out" "$hidden"; done
# Names come from a daemon that runs; none is started for them.
offers clnrm runs show ''
is "$(lines)" ''
[ ! -e "$SOCKET" ] || fail 'a daemon was started'
expect_exit 0 clnrm run good.clnrm.toml
id=$(sed -n 's/.* run \([a-z0-9]*\)$/\1/p;q' "$out")
# A shell gives the daemon 100 ms, and a machine that has none to spare offers nothing: it is asked again.
offered() { # WHAT command... so far
	wanted=$1
	shift
	offers "$@" && [ "$(lines)" = "$wanted" ]
}
wait_until 20 offered "$id " clnrm runs show ''
wait_until 20 offered 'clnrm/base host scratch ' clnrm pool fill ''
wait_until 20 offered "$id " clnrm logs "$(echo "$id" | cut -c 1-3)"
# One that does not answer is not waited for.
kill -STOP "$(daemon_pid)"
begun=$(date +%s%N)
offers clnrm runs show ''
[ $(($(date +%s%N) - begun)) -lt 1000000000 ] || fail 'the shell waits for a daemon that does not answer'
kill -CONT "$(daemon_pid)"
for shell in zsh fish; do
	clnrm completions $shell >script
	has script 'fail-fast'
	has script 'surefire'
	if command -v $shell >/dev/null; then expect_exit 0 $shell -n script; fi
done

# Help and man page of each command that is built: groups, two examples, exit codes.
clnrm help --dump | awk -F'\t' '$2 == "-" && $6 == "foundation" && $7 != "hidden" { print $1 }' >names
while read -r cmd; do
	# shellcheck disable=SC2086
	expect_exit 0 clnrm $cmd --help
	cp "$out" help
	[ "$(awk 'length > 80' help | wc -l)" = 0 ] || fail "the help of '$cmd' is wider than 80"
	is "$(head -n 1 help | cut -c 1-$((13 + ${#cmd})))" "usage: clnrm $cmd"
	has help 'Global options:'
	has help 'Exit codes:'
	[ "$(sed -n '/^Examples:/,/^$/p' help | grep -c '^  clnrm ')" = 2 ] || fail "the help of '$cmd' has no two examples"
	passed
	case $cmd in *' '*) continue ;; esac
	expect_exit 0 clnrm help --man "$cmd"
	cp "$out" page
	for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do has page ".SH \"$section\""; done
	if command -v groff >/dev/null; then is "$(groff -man -Tutf8 -ww -z page 2>&1)" ''; fi
done <names
expect_exit 0 clnrm run --help
for group in Selection Running Sandbox 'Files and variables' Output; do has "$out" "$group:"; done
# Examples are what they say: each parses.
clnrm help --dump >/dev/null
while read -r cmd; do
	# shellcheck disable=SC2086
	clnrm $cmd --help | sed -n '/^Examples:/,/^$/s/^  \(clnrm .*\)$/\1/p'
done <names >examples
while read -r line; do
	case $line in *'>'* | *'|'* | *'<'* | *' -- '*) continue ;; esac
	(eval "$line --help") >"$out" 2>"$err" </dev/null || fail "the example '$line' does not parse: $(cat "$err")"
	passed
done <examples

#!/bin/sh
# Help, refusals and their forms; none of it contacts or starts a daemon.
. "$(dirname "$0")/../lib/env.sh"
expect_exit 2 clnrm
has "$err" 'usage: clnrm'
is_empty() { [ ! -s "$1" ] || fail "$1 is not empty"; passed; }
is_empty "$out"
expect_exit 0 clnrm --help
is_empty "$err"
for cmd in $(clnrm help --dump | awk -F'\t' '$2 == "-" && $1 !~ / / && $7 != "hidden" { print $1 }'); do
	expect_exit 0 clnrm help "$cmd"
	cp "$out" help
	expect_exit 0 clnrm "$cmd" --help
	cmp -s "$out" help || fail "'clnrm help $cmd' and '$cmd --help' differ"
	[ "$(awk 'length > 80' help | wc -l)" = 0 ] || fail "the help of '$cmd' is wider than 80"
done
# Every command and flag of a later issue is refused, and says what it needs.
clnrm help --dump | awk -F'\t' '$6 != "foundation" && $2 == "-" { print $1 "\t" $6 }' >later
while IFS="$(printf '\t')" read -r cmd issue; do
	# shellcheck disable=SC2086
	expect_exit 2 clnrm $cmd
	has "$err" "needs $issue, which this build does not have"
done <later
clnrm help --dump | awk -F'\t' '$6 != "foundation" && $2 != "-" { print $1 "\t" $2 "\t" $6 }' >later
while IFS="$(printf '\t')" read -r cmd flag issue; do
	# shellcheck disable=SC2086
	expect_exit 2 clnrm $cmd $flag x
	has "$err" "error[needs-feature]: '$flag' needs $issue"
done <later

expect_exit 2 clnrm rnu
has "$err" "error[unknown-command]: 'rnu' is not a clnrm command"
has "$err" "help: did you mean 'run'? See 'clnrm --help'"
expect_exit 2 clnrm help rnu
has "$err" "help: did you mean 'run'? See 'clnrm --help'"
expect_exit 2 clnrm help runs lst
has "$err" "error[unknown-command]: 'lst' is not a clnrm runs command"
has "$err" "help: did you mean 'list'? See 'clnrm runs --help'"
expect_exit 2 clnrm help run lst
has "$err" "'lst' is not a clnrm run command"
expect_exit 2 clnrm services ai-manage
has "$err" "error[unknown-command]: 'services ai-manage' is not part of clnrm"
# What the client says by itself is a problem too; it has no HTTP status.
expect_exit 2 clnrm --format json run --fail-fats
record "$out" problem self
has "$out" '"code":"unknown-flag"'
has "$err" "did you mean '--fail-fast'?"
expect_exit 2 clnrm --format json run --locked
has "$out" '"missing":["docker"]'
expect_exit 6 clnrm --format json --daemon required ps
has "$out" '"code":"daemon-absent"'
expect_exit 2 clnrm ps --format tap
expect_exit 2 clnrm pool fill host 0
expect_exit 2 clnrm runs rm
expect_exit 3 clnrm -C /no/such/dir ps
expect_exit 3 clnrm --config /no/such/file run
CLNRM_FORMAT=xml expect_exit 2 clnrm ps
CLNRM_COLOR=blue expect_exit 2 clnrm ps
expect_exit 0 clnrm --version
matches "$out" '^clnrm [0-9]+\.[0-9]+\.[0-9]+ \([0-9a-z]+, .+\)$'
for shell in bash zsh fish; do
	expect_exit 0 clnrm completions $shell
	if command -v $shell >/dev/null; then
		$shell -n "$out" || fail "$shell does not take its completions"
	fi
done
expect_exit 2 clnrm completions csh
if command -v man >/dev/null && command -v groff >/dev/null; then
	for cmd in run daemon; do
		clnrm help --man "$cmd" >page.1
		[ -z "$(groff -man -Tutf8 -ww -z page.1 2>&1)" ] || fail "groff warns about clnrm-$cmd(1)"
		passed
	done
fi
[ ! -e "$XDG_RUNTIME_DIR/clnrm/clnrmd.sock" ] || fail 'a daemon was started'

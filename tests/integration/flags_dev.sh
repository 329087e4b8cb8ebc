#!/bin/sh
# Flags of sessions that watch, each in a session that ends by itself or at once.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
printf '[meta]\nname = "a"\n[[scenario]]\nname = "one"\nimage = "clnrm/base"\nrun = "echo a"\n[[scenario]]\nname = "two"\nimage = "clnrm/base"\nrun = "sleep 5"\n' >a.clnrm.toml
printf '[meta]\nname = "b"\n[[scenario]]\nname = "b"\nimage = "clnrm/base"\nrun = "echo b"\n' >b.clnrm.toml

case_of 'run --watch'
expect_exit 0 clnrm run --watch --once b.clnrm.toml
has "$out" 'pass  b/b'
case_of 'run --once'
expect_exit 2 clnrm run --once b.clnrm.toml
has "$err" '--once needs --watch'
case_of 'run --only'
expect_exit 0 clnrm dev --once --only a/one
has "$out" '1 scenarios of 1 tests'
case_of 'run --timebox'
expect_exit 1 clnrm dev --once --timebox 100 a.clnrm.toml
has "$out" 'FAIL  a/two'
case_of 'run --initial'
expect_exit 2 clnrm run --no-initial b.clnrm.toml
start_dev() {
	: >"$out"
	clnrm dev "$@" --format ndjson b.clnrm.toml >"$out" 2>"$err" </dev/null &
	pid=$!
}
seen() { grep -q "$1" "$out"; }
start_dev --no-initial
wait_until 20 seen watch.ready
hasnt "$out" '"ev":"round"'
kill -TERM $pid
wait $pid || :
case_of 'run --debounce-ms'
start_dev --debounce-ms 700 --no-initial
wait_until 20 seen watch.ready
sed -i 's/echo b/echo c/' b.clnrm.toml
wait_until 20 seen '"ev":"round_end"'
matches "$out" '"ev":"round_end".*"detect":(7|8|9)[0-9][0-9]'
kill -TERM $pid
wait $pid || :
case_of 'run --clear'
TERM=xterm CI="" /usr/bin/python3 "$ROOT/tests/lib/terminal.py" --out "$out" -- clnrm dev --once --clear b.clnrm.toml
printf '\033[H\033[2J' >erase
grep -qF "$(cat erase)" "$out" || fail 'the screen is not cleared'
passed
expect_exit 0 clnrm dev --once --clear b.clnrm.toml
hasnt "$out" "$(cat erase)"
# What it refuses is not offered either.
for flag in --list '--report junit=x' '--output x' '--digest' '--artifacts x' '--junit-output always' --detach; do
	CASE="dev $flag"
	# shellcheck disable=SC2086 # words
	expect_exit 2 clnrm dev $flag b.clnrm.toml
	has "$err" "error[conflicting-flags]: ${flag%% *} "
	expect_exit 0 clnrm dev --help
	hasnt "$out" "${flag%% *} "
	expect_exit 0 clnrm completions bash
	grep -A2 '^    dev\\ ' "$out" >offered
	has offered '--timebox'
	hasnt offered "${flag%% *} "
done

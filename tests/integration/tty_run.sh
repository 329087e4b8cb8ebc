#!/bin/sh
# A run on a terminal: the live region, signals, stopping and going on, a reader that leaves, a full
# disk, a daemon that dies.
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
export TERM=xterm-256color CLNRM_COLOR=never
tty() { python3 "$ROOT/tests/lib/terminal.py" --out "$W/tty" "$@"; }
screen=$W/tty.screen
mkdir gate
# A scenario that waits for gate/$1, in a sandbox that sees it.
waits() { printf 'volumes = ["%s/gate:/gate:ro"]\nrun = ["sh", "-c", "echo begun; until [ -e /gate/%s ]; do sleep 0.02; done"]' "$PWD" "$1"; }
test_file live 'run = "false"' 'run = "true"' "$(waits a)" "$(waits a)"
clean() { rm -f gate/*; }
# no process of a sandbox is left, and no sandbox runs
is_clean() { [ "$(clnrm ps --format json | python3 -c 'import json, sys; print(len([s for s in json.load(sys.stdin)["sandboxes"] if s["state"] != "ending"]))')" = 0 ]; }

# the two scenarios that wait are all that is left
half_done() {
	clnrm ps --format json | python3 -c 'import json, sys
s = {x["scenario"]: x["state"] for x in json.load(sys.stdin)["sandboxes"] if x["state"] != "ending"}
sys.exit(s != {"live/s3": "run", "live/s4": "run"})'
}

# ---- the live region ----
expect_exit 1 tty --size 80x24 'see 2/4' 'sh : >gate/a' -- clnrm run -j 4 live.clnrm.toml
matches "$W/tty" '[█░]+  2/4  ✓ 1  ✗ 1  [0-9.]+ m?s'
matches "$W/tty" '^run  live/s3 > s3  [0-9.]+ m?s'
is "$(grep -c 'FAIL  live/s1' "$W/tty")" 1
is "$(grep -c 'FAIL  live/s1' "$screen")" 1
hasnt "$screen" 'run  live/'
hasnt "$screen" '█'
hasnt "$screen" 'wrapped'
matches "$screen" '^3 passed, 1 failed   4 scenarios of 1 tests in .*   run [a-z0-9]{8}$'
# What is gone at the end is so before the summary, and not drawn below it once more.
is "$(sed '1,/^.*3 passed, 1 failed   4 scenarios/d' "$W/tty" | tr -d '\r\n')" ''
is "$(tail -n 1 "$screen" | cut -c 1-18)" '3 passed, 1 failed'

# At most eight lines, none wider than the terminal, the longest first.
set --
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do set -- "$@" "$(waits b)"; done
test_file many "$@"
sed -i 's/"many"/"a-name-that-is-far-too-long-for-the-sixty-columns-that-there-are"/' many.clnrm.toml
expect_exit 0 tty --size 60x24 'see run  a-name' 'see run  a-name' 'sh : >gate/b' -- clnrm run -j 12 many.clnrm.toml
hasnt "$screen" 'wrapped'
python3 - "$W/tty" <<'P' || fail 'the live region has more than eight lines'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
ups = [int(n) for n in re.findall(r"\x1b\[(\d+)A", text)]
assert ups and max(ups) == 8, ups
P
passed

# A new width counts at once, also for what is drawn already.
clean
expect_exit 0 tty --size 100x24 'see run  a-name-that-is-far-too-long-for-the-sixty-columns-that-there-are/s1' 'size 50x24' \
	'see run  a-name-that-is-far-too-long-for-the-sixt' 'see run  a-name-that-is-far-too-long-for-the-s' \
	'sh sleep 0.3; : >gate/b' -- clnrm run -j 2 many.clnrm.toml
python3 - "$W/tty" <<'P' || fail 'lines are not cut to the new width'
import re, sys
text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", open(sys.argv[1], encoding="utf-8").read())
rows = [l.strip("\r") for l in text.split("\n") if "run  a-name" in l]
widths = [len(r) for r in rows]
assert max(widths) > 60 and widths[-1] < 50, widths
P
passed

# Not a terminal: plain lines, no region; either stream alone is none.
clean
: >gate/a
expect_exit 1 clnrm run live.clnrm.toml
hasnt "$out" "$(printf '\033')"
is "$(cat "$err")" ''
expect_exit 1 tty -- sh -c 'clnrm run live.clnrm.toml >plain'
hasnt "$W/tty" 'live/s1'
hasnt plain "$(printf '\033')"
has plain 'FAIL  live/s1'
expect_exit 1 tty -- sh -c 'clnrm run live.clnrm.toml 2>plain'
hasnt "$W/tty" "$(printf '\033[J')"
expect_exit 1 tty -- sh -c 'CI=1 clnrm run live.clnrm.toml'
hasnt "$W/tty" "$(printf '\033[J')"

# ---- signals ----
clean
for case in 'INT:130:key \x03' 'TERM:143:signal TERM' 'HUP:129:signal HUP'; do
	code=${case#*:} step=${case##*:}
	expect_exit "${code%%:*}" tty 'see 2/4' "$step" -- clnrm run -j 4 live.clnrm.toml
	matches "$screen" '^1 passed, 1 failed, 2 skipped   4 scenarios'
	hasnt "$screen" '█'
	is_clean || fail "after SIG${case%%:*} something is left"
	expect_exit 0 clnrm runs show latest --format json
	is "$(json 'r["run"]["state"]')" cancelled
done
# Twice: at once, and the daemon ends what ran.
expect_exit 130 tty 'see 2/4' 'key \x03\x03' -- clnrm run -j 4 live.clnrm.toml
wait_until 10 is_clean
# A machine's form is whole all the same.
for format in json junit tap ndjson; do
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' clnrm run -j 4 --format $format --report json=cancelled.json live.clnrm.toml >"$out" 2>"$err" &
	pid=$!
	wait_until 10 half_done
	kill -INT $pid
	code=0
	wait $pid || code=$?
	is $code 130
	case $format in
	json) is "$(json 'r["run"]["state"], r["run"]["exit"], r["summary"]["skip"], r["summary"]["scenarios"]')" "('cancelled', 130, 2, 4)" ;;
	junit) is "$(python3 -c 'import sys, xml.etree.ElementTree as E; print(len(E.parse(sys.stdin).findall(".//skipped")))' <"$out")" 2 ;;
	tap) is "$(grep -cE '^(not )?ok ' "$out")" 4 ;;
	ndjson) is "$(tail -n 1 "$out" | grep -c '"ev":"end".*"exit":130')" 1 ;;
	esac
	is "$(python3 -c 'import json; print(json.load(open("cancelled.json"))["run"]["state"])')" cancelled
	rm cancelled.json
done

# ---- stopped and going on ----
# The run goes on while its client is stopped, others are not delayed, and no verdict is lost.
test_file flow 'run = "true"' "$(waits c)" 'run = "false"' 'run = "true"'
clean
expect_exit 1 tty 'see run  flow/s2' 'key \x1a' 'see [148]' \
	'sh clnrm run --exclude s3 --exclude s4 live.clnrm.toml >other 2>&1 || :; : >gate/c' \
	'sh until clnrm daemon status | grep -q "0 running"; do sleep 0.05; done' 'key \n' \
	-- bash -c 'set -m; clnrm run -j 1 -v flow.clnrm.toml; echo "[$?]"; read -r _; fg >/dev/null'
for line in 'pass  flow/s1' 'pass  flow/s2' 'FAIL  flow/s3' 'pass  flow/s4'; do has "$screen" "$line"; done
hasnt "$screen" '█'
has other '1 failed'

# ---- nobody reads, nothing can be written ----
clean
test_file lines 'run = "true"' "$(waits d)"
{ code=0; clnrm run -v -j 1 lines.clnrm.toml 2>"$err" || code=$?; echo $code >code; } | head -n 1 >first &
reader=$!
got_first() { [ -s first ]; }
wait_until 10 got_first
wait $reader
wait_until 10 is_clean || fail 'the run of a client that nobody reads goes on'
wait_until 10 test -s code
is "$(cat code)" 141
is "$(cat "$err")" ''
: >gate/d
expect_exit 0 clnrm run lines.clnrm.toml
{ code=0; clnrm runs list 2>"$err" || code=$?; echo $code >code; } | :
case $(cat code) in 0 | 141) passed ;; *) fail "a listing ended with $(cat code)" ;; esac
expect_exit 5 sh -c 'clnrm run lines.clnrm.toml >/dev/full'
has "$err" 'error[write]: cannot write to stdout: No space left on device'
expect_exit 5 clnrm run -o /dev/full lines.clnrm.toml
has "$err" 'error[write]'
expect_exit 5 clnrm run --report json=/dev/full --report tap=ok.tap lines.clnrm.toml
has "$err" "error[write]: '/dev/full'"
[ -s ok.tap ] || fail 'the other report was not written'
matches "$out" '^2 passed '

# ---- the daemon dies ----
clean
expect_exit 6 tty 'see 2/4' 'sh kill -9 $(cat $XDG_RUNTIME_DIR/clnrm/life.lock); date +%s%N >killed' end \
	-- sh -c 'clnrm run -j 4 live.clnrm.toml; code=$?; date +%s%N >ended; exit $code'
[ $(($(cat ended) - $(cat killed))) -lt 1000000000 ] || fail 'the client took longer than a second to notice'
has "$screen" 'error[daemon-died]'
hasnt "$screen" '█'
for format in json tap; do
	clnrm run -j 4 --format $format live.clnrm.toml >"$out" 2>"$err" &
	pid=$!
	wait_until 10 half_done
	kill -9 "$(daemon_pid)"
	code=0
	wait $pid || code=$?
	is $code 6
done
is "$(tail -n 1 "$out")" 'Bail out! daemon died'

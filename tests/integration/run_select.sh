#!/bin/sh
# Which scenarios a run takes, and in which order: tags, what did not pass last time, random order. `run
# --list` and `dry-run` say the same.
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"

printf '[project]\nname = "p"\n' >cleanroom.toml
# suite NAME 'tags of the file' then 'name|tags|command'...
suite() {
	name=$1
	printf '[meta]\nname = "%s"\ntags = [%s]\n' "$1" "$2" >"$1.clnrm.toml"
	shift 2
	for line; do
		rest=${line#*|}
		printf '[[scenario]]\nname = "%s"\ntags = [%s]\nimage = "clnrm/base"\nrun = "%s"\n' \
			"${line%%|*}" "${rest%%|*}" "${rest#*|}" >>"$name.clnrm.toml"
	done
}
suite a '"db"' 'one|"slow"|true' 'two||true'
suite b '' 'one|"slow", "db"|true' 'two|"fast"|true' 'three||true'
listed() { sed 's/\.clnrm\.toml::\([^	]*\).*/\/\1/' "$out" | tr '\n' ' ' | sed 's/ $//'; }
ids() { json '" ".join(s["id"] for t in r["tests"] for s in t["scenarios"])'; }

expect_exit 0 clnrm run --failed .
has "$err" 'note[select.nothing]: nothing to run: the history has no run of these paths'
matches "$out" '^0 passed   0 scenarios of 0 tests'

# ---- --tag ----
changes 'run --tag' 0 'run .' '--tag slow'
matches "$out" '^2 passed   2 scenarios of 2 tests'
changes 'dry-run --tag' 0 'dry-run .' '--tag slow'
while IFS='|' read -r flags wanted; do
	eval "expect_exit 0 clnrm run --list $flags ."
	is "$(listed)" "$wanted"
	eval "expect_exit 0 clnrm dry-run --format json $flags ."
	is "$(ids)" "$wanted"
done <<'E'
--tag slow|a/one b/one
--tag slow,db|a/one b/one
--tag db,'!slow'|a/two
--tag '!slow' --tag db|a/one a/two b/one b/two b/three
--tag '!slow,!db'|b/two b/three
--tag fast --tag slow,db --exclude a|b/one b/two
--tag db -k b/|b/one
E
expect_exit 2 clnrm run --tag nothing .
has "$err" "error[no-match]: no scenario matches --tag 'nothing' (5 in 2 tests)"
expect_exit 2 clnrm run --tag fast -k one .
has "$err" "error[no-match]: no scenario matches --filter 'one' and --tag 'fast' (5 in 2 tests)"
expect_exit 2 clnrm run --exclude one --exclude '*' .
has "$err" "error[no-match]: --exclude 'one' and --exclude '*' leave no scenario (5 in 2 tests)"
expect_exit 2 clnrm run --tag 'a,' .
has "$err" "error[invalid-option]: --tag 'a,' names no tag"
expect_exit 2 clnrm dry-run --tag '!' .
has "$err" "names no tag"
# A variable that is not set.
expect_exit 2 clnrm run --exclude '' .
has "$err" "error[invalid-option]: --exclude '' would leave out everything"

# ---- --failed ----
suite c '' 'good||true' 'bad||false' 'refused|"x"|/no/such/program' 'late||true'
changes 'run --failed' 2 'run .' --failed
matches "$out" '^0 passed, 1 failed, 1 errors   2 scenarios of 1 test'
for what in 'run --list' dry-run; do
	same --lf "$what . --failed" "$what . --lf"
	same --last-failed "$what . --failed" "$what . --last-failed"
done
changes 'run --lf' 0 'run --list .' --lf
changes 'run --last-failed' 0 'run --list .' --last-failed
changes 'dry-run --lf' 0 'dry-run .' --lf
changes 'dry-run --last-failed' 0 'dry-run .' --last-failed
expect_exit 0 clnrm run --list --failed .
is "$(listed)" 'c/bad c/refused'
expect_exit 0 clnrm run --list --failed # the paths that are meant when none are given
is "$(listed)" 'c/bad c/refused'
mkdir sub
(cd sub && clnrm run --list --failed ..) >"$out" || fail 'from elsewhere'
is "$(listed | sed 's,\.\./,,g')" 'c/bad c/refused'
expect_exit 0 clnrm run --failed c.clnrm.toml # other paths: nobody has run them
has "$err" 'the history has no run of these paths'
changes 'dry-run --failed' 0 'dry-run .' --failed
expect_exit 0 clnrm dry-run --format json --failed .
is "$(ids)" 'c/bad c/refused'
# What a filter leaves out did not pass either; one that passes is out.
sed -i 's,"/no/such/program","true",' c.clnrm.toml
expect_exit 0 clnrm run --failed -k refused .
matches "$out" '^1 passed   1 scenarios'
expect_exit 0 clnrm run --list --failed .
is "$(listed)" 'c/bad'
# What was cancelled did not pass.
expect_exit 1 clnrm run -j 1 --fail-fast -k c/ .
expect_exit 0 clnrm run --list --failed .
is "$(listed)" 'c/bad c/refused c/late'
sed -i 's/"false"/"true"/' c.clnrm.toml
expect_exit 0 clnrm run .
expect_exit 0 clnrm run --failed .
matches "$err" 'nothing to run: everything passed in the last run of these paths \(run [a-z0-9]{8}\)'
expect_exit 0 clnrm run --failed --format json .
is "$(json 'r["tests"], r["run"]["exit"], r["summary"]["scenarios"]')" '([], 0, 0)'
expect_exit 0 clnrm run --list --failed .
is "$(cat "$out")" ''
expect_exit 0 clnrm dry-run --failed .
has "$out" 'nothing to run: everything passed'
expect_exit 2 clnrm run --failed --no-history .
has "$err" 'error[conflicting-flags]'

# Nothing is known from before: what a daemon that died has not ended has not passed.
mkdir cut
printf '[meta]\nname = "cut"\nimage = "clnrm/base"\n[[scenario]]\nname = "done"\nrun = "true"\n[[scenario]]\nname = "open"\nrun = "sleep 600"\n' >cut/cut.clnrm.toml
clnrm run -j 1 --format ndjson cut >ended 2>"$err" &
wait_until 20 grep -q '"ev":"step_start".*cut/open' ended
kill -9 "$(daemon_pid)"
got=0
wait $! || got=$?
is $got 6
expect_exit 0 clnrm run --list --failed cut
is "$(cat "$out")" "$(printf 'cut/cut.clnrm.toml::open\t')"
rm -r cut

# ---- --failed-first ----
sed -i 's/name = "late"/&\nskip = "not now"/' c.clnrm.toml
printf '[meta]\nname = "d"\n[[scenario]]\nname = "bad"\nimage = "clnrm/base"\nrun = "false"\n' >d.clnrm.toml
expect_exit 1 clnrm run .
changes 'run --failed-first' 0 'run --list .' --failed-first
is "$(listed)" 'd/bad a/one a/two b/one b/two b/three c/good c/bad c/refused'
changes 'dry-run --failed-first' 0 'dry-run .' --failed-first
expect_exit 1 clnrm run -j 1 --failed-first --fail-fast --format ndjson .
is "$(grep -o '"ev":"scenario_start".*"scenario":"[^"]*"' "$out" | grep -o '[^"]*"$')" 'd/bad"'
# Reports keep the order of the files.
expect_exit 1 clnrm run --failed-first --format json .
is "$(ids)" 'a/one a/two b/one b/two b/three c/good c/bad c/refused c/late d/bad'
rm d.clnrm.toml

# ---- --shuffle ----
# The order is a matter of seed and names alone: it is the same on every machine.
changes 'run --shuffle' 0 'run --list .' '--shuffle=7'
is "$(listed)" "$(/usr/bin/python3 -c '
import hashlib
ids = "a/one a/two b/one b/two b/three c/good c/bad c/refused".split()
place = lambda i: hashlib.sha256((7).to_bytes(8, "big") + f"{i[0]}.clnrm.toml::{i}".encode() + b"\0").digest()
print(*sorted(ids, key=place))')"
all=$(listed)
changes 'dry-run --shuffle' 0 'dry-run .' '--shuffle=7'
expect_exit 0 clnrm dry-run --shuffle=7 --format json .
is "$(json '" ".join(i for p, i in sorted((s["position"], s["id"]) for t in r["tests"] for s in t["scenarios"] if not s["skipped"])), r["shuffle_seed"]')" "('$all', '7')"
expect_exit 0 clnrm run --shuffle=7 -j 1 --format ndjson .
is "$(grep -o '"ev":"scenario_start".*"scenario":"[^"]*"' "$out" | grep -o '[^"]*"$' | tr -d '"' | tr '\n' ' ' | sed 's/ $//')" "$all"
has "$out" '"shuffle_seed":"7"'
# Two keep their order when others are left out.
expect_exit 0 clnrm run --list --shuffle=7 -k one -k two .
is "$(listed)" "$(for i in $all; do case $i in */one | */two) echo "$i" ;; esac done | tr '\n' ' ' | sed 's/ $//')"
expect_exit 0 clnrm run --shuffle --format json .
seed=$(json 'r["run"]["shuffle_seed"]')
is "$(json 'r["run"]["options"]["shuffle"]')" "$seed"
expect_exit 0 clnrm run --shuffle .
matches "$err" 'note\[select.shuffle\]: the order is random, its seed [0-9]+: --shuffle=[0-9]+ gives it again'
expect_exit 0 clnrm run --shuffle --seed 42 --format json .
is "$(json 'r["run"]["shuffle_seed"]')" 42
# Every form says the seed.
expect_exit 0 clnrm run --shuffle=7 --report json=r.json --report junit=r.xml --report tap=r.tap --report markdown=r.md --report html=r.html .
matches "$out" '4 at a time, seed 7 |[0-9]+ at a time, seed 7'
has r.json '"shuffle_seed":"7"'
has r.xml '<property name="clnrm.shuffle_seed" value="7"/>'
has r.tap '# random order, seed 7'
has r.md 'random order of seed 7'
has r.html 'random order of seed 7'
expect_exit 0 clnrm runs show latest
has "$out" 'seed 7'
expect_exit 0 clnrm runs show latest --format json
is "$(json 'r["run"]["shuffle_seed"]')" 7
expect_exit 2 clnrm run --shuffle=x .
has "$err" "--shuffle must be 'random' or an integer from 0 to 2^64-1, not 'x'"
# What did not pass goes first, in random order too.
sed -i '0,/run = "true"/s//run = "false"/' b.clnrm.toml a.clnrm.toml
expect_exit 1 clnrm run .
expect_exit 0 clnrm run --list --shuffle=7 --failed-first .
is "$(listed | cut -d' ' -f1-2)" "$(for i in $all; do case $i in [ab]/one) echo "$i" ;; esac done | tr '\n' ' ' | sed 's/ $//')"

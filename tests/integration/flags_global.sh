#!/bin/sh
# Global flags and variables of the environment (cli.md 1.1, 1.2): each changes something, and what
# weighs more than what.
# early: many runs that last long enough to be watched.
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
test_file good 'run = "echo hello"' 'run = "true"'
test_file bad 'run = "false"'
mkdir sub empty
cp good.clnrm.toml sub/only.clnrm.toml

# ---- format ----
changes '--format' 0 'run good.clnrm.toml' '--format json'
same 'before and after' '--format tap run good.clnrm.toml' 'run good.clnrm.toml --format=tap'
same '-f' '-f json ps' 'ps -fjson'
same 'the last counts' '--format json ps' '--format tap ps --format json'
expect_exit 2 clnrm ps --format tap
has "$err" 'it has: human json'
expect_exit 2 clnrm ps --form json
has "$err" "error[unknown-flag]: '--form' is not a flag"
by_env CLNRM_FORMAT 0 'run good.clnrm.toml' CLNRM_FORMAT=json
CLNRM_FORMAT=json expect_exit 0 clnrm --format human run good.clnrm.toml
matches "$out" '^2 passed '
CLNRM_FORMAT='' expect_exit 0 clnrm run good.clnrm.toml
matches "$out" '^2 passed '
CLNRM_FORMAT=xml expect_exit 2 clnrm ps
same 'auto is human' '--format auto run good.clnrm.toml' '--format human run good.clnrm.toml'

# ---- colour ----
esc=$(printf '\033[')
changes '--color' 1 'run bad.clnrm.toml' '--color always'
has "$out" "$esc"
changes '--no-color' 1 '--color always run bad.clnrm.toml' '--no-color'
hasnt "$out" "$esc"
by_env CLNRM_COLOR 1 'run bad.clnrm.toml' CLNRM_COLOR=always
by_env CLICOLOR_FORCE 1 'run bad.clnrm.toml' CLICOLOR_FORCE=1
by_env FORCE_COLOR 1 'run bad.clnrm.toml' FORCE_COLOR=1
by_env NO_COLOR 1 'run bad.clnrm.toml --color auto' CLICOLOR_FORCE=1
colour() { # yes|no VARIABLE=VALUE... [-- FLAGS]
	want=$1
	shift
	set -- "$@"
	env "$@" clnrm run bad.clnrm.toml >"$out" 2>"$err" || :
	if [ "$want" = yes ]; then has "$out" "$esc"; else hasnt "$out" "$esc"; fi
}
colour no NO_COLOR=1 CLICOLOR_FORCE=1
colour yes NO_COLOR= CLICOLOR_FORCE=1
colour yes CLNRM_COLOR=always NO_COLOR=1
colour no CLNRM_COLOR=never FORCE_COLOR=1
colour no CLICOLOR_FORCE=0 FORCE_COLOR=0
colour no CLICOLOR=1
NO_COLOR=1 expect_exit 1 clnrm --color always run bad.clnrm.toml
has "$out" "$esc"
CLNRM_COLOR=always expect_exit 1 clnrm --color never run bad.clnrm.toml
hasnt "$out" "$esc"
# On a terminal: colour unless CLICOLOR=0 or a dumb one.
tty_run() { # VARIABLE=VALUE...: run on a terminal, its output in $out
	script -qec "env $* clnrm run --progress none bad.clnrm.toml" /dev/null >"$out" 2>&1 </dev/null || :
}
tty_run TERM=xterm
has "$out" "$esc"
case_of CLICOLOR
tty_run TERM=xterm CLICOLOR=0
hasnt "$out" "$esc"
case_of TERM
tty_run TERM=dumb
hasnt "$out" "$esc"
case_of ''
tty_run TERM=xterm NO_COLOR=1
hasnt "$out" "$esc"

# ---- more, less ----
changes '--verbose' 0 'run good.clnrm.toml' '-v'
has "$out" 'pass  good/s1'
expect_exit 0 clnrm run -vv good.clnrm.toml
has "$out" 'isolation standard'
expect_exit 0 clnrm run -vvv good.clnrm.toml
has "$err" '> POST /v1/runs HTTP/1.0'
has "$err" '< HTTP/1'
changes '--quiet' 0 'run good.clnrm.toml' '-q'
is "$(wc -l <"$out")" 1
expect_exit 1 clnrm run -q bad.clnrm.toml
has "$out" 'FAIL  bad/s1'
expect_exit 1 clnrm run -qq bad.clnrm.toml
is "$(cat "$out" "$err")" ''
expect_exit 2 clnrm run -qq missing.toml --jobs 0
has "$err" 'error['
expect_exit 2 clnrm run -v -q good.clnrm.toml
has "$err" 'error[conflicting-flags]'

# ---- project file ----
printf '[cli]\nfail_fast = true\njobs = 1\n' >own.toml
changes '--config' 0 'config show cli.jobs' '--config own.toml'
matches "$out" '^cli.jobs +1 +.*own.toml:3$'
same '-c' '-c own.toml config show cli.jobs' 'config show cli.jobs -cown.toml'
by_env CLNRM_CONFIG 0 'config show cli.jobs' CLNRM_CONFIG=own.toml
expect_exit 3 clnrm -c none.toml run good.clnrm.toml
CLNRM_CONFIG=none.toml expect_exit 3 clnrm run good.clnrm.toml
CLNRM_CONFIG=none.toml expect_exit 0 clnrm -c own.toml run good.clnrm.toml
has "$out" '1 at a time'
cp own.toml cleanroom.toml
changes '--no-config' 0 'config show cli.jobs' '--no-config'
expect_exit 2 clnrm --no-config -c own.toml config
has "$err" 'error[conflicting-flags]'
CLEANROOM_CLI_JOBS=2 expect_exit 0 clnrm config show cli.jobs
matches "$out" '^cli.jobs +2 +CLEANROOM_CLI_JOBS$'
CLEANROOM_CLI_JOBS=1 expect_exit 0 clnrm run -j 2 good.clnrm.toml
has "$out" '2 at a time'
rm cleanroom.toml
by_env CLEANROOM_TABLE_KEY 0 'run good.clnrm.toml' CLEANROOM_CLI_JOBS=1
CLEANROOM_CLI_JOBS=0 expect_exit 2 clnrm run good.clnrm.toml

# ---- where ----
changes '--cwd' 0 'run --list' '-C sub'
is "$(cat "$out")" "$(printf 'only.clnrm.toml::s1\t\nonly.clnrm.toml::s2\t')"
same '--cwd' '-C sub run --list' 'run --list --cwd=sub'
expect_exit 3 clnrm -C nowhere run
expect_exit 2 clnrm -C empty run
has "$err" 'error[file.no_tests]'
expect_exit 0 clnrm -C sub run --report json=here.json only.clnrm.toml
[ -s sub/here.json ] || fail 'a report is not relative to -C'
passed
changes '--socket' 6 'ps' '--socket /no/such/place/s --daemon required'
rm -rf d
differs '--daemon' 6 '--socket d/s version' '--socket d/s --daemon required ps'
has "$err" 'error[daemon-absent]'
expect_exit 0 clnrm --socket d/s ps
expect_exit 0 clnrm --socket d/s daemon status
expect_exit 0 env CLNRM_SOCKET=d/s clnrm --daemon required ps
by_env CLNRM_SOCKET 1 'daemon status' CLNRM_SOCKET=none/s
CLNRM_SOCKET=none/s expect_exit 0 clnrm --socket d/s daemon status
expect_exit 0 clnrm --socket d/s daemon stop
expect_exit 2 clnrm --daemon maybe ps

# ---- width ----
test_file broad 'run = "echo x"'
sed -i 's/^name = "broad"/name = "a-test-whose-name-is-rather-long-so-that-something-has-to-give-way-when-there-is-little-room-for-it"/' broad.clnrm.toml
changes '--width' 0 'run good.clnrm.toml' '--width 60'
is "$(awk 'length > 60' "$out" | wc -l)" 0
by_env COLUMNS 0 'run good.clnrm.toml' COLUMNS=60
is "$(awk 'length > 60' "$out" | wc -l)" 0
same '--width weighs more' 'run --width 60 good.clnrm.toml' '--width 60 run good.clnrm.toml'
expect_exit 1 clnrm run --width 40 bad.clnrm.toml
is "$(sed -n '/^  isolation/,/^  again/{/^  again/!p;}' "$out" | awk 'length > 40' | wc -l)" 0
isnt "$(sed -n '/^  isolation/,/^  again/{/^  again/!p;}' "$out" | wc -l)" 1
expect_exit 2 clnrm --width 39 ps
expect_exit 2 clnrm --width 401 ps

# ---- progress, CI ----
script_run() { # TEXT VARIABLE=VALUE... -- FLAGS: how often TEXT is on the terminal of a run
	text=$1
	shift
	script -qec "env TERM=xterm $*" /dev/null 2>&1 </dev/null | grep -cF "$text" || :
}
test_file slow 'run = "sleep 1.3"'
erase=$(printf '\033[J')
isnt "$(script_run "$erase" clnrm run slow.clnrm.toml)" 0
isnt "$(script_run "$erase" CI=1 clnrm run --progress live slow.clnrm.toml)" 0
for no in 'CI=1 clnrm run' 'TERM=dumb clnrm run' 'clnrm run --progress plain' 'clnrm run --progress none' 'clnrm run -q'; do
	is "$(script_run "$erase" "$no" slow.clnrm.toml)" 0
done
case_of LANG
isnt "$(script_run '░' clnrm run slow.clnrm.toml)" 0
is "$(script_run '░' LANG=C clnrm run slow.clnrm.toml)" 0
isnt "$(script_run '........' LANG=C clnrm run slow.clnrm.toml)" 0
case_of LC_ALL
is "$(script_run '░' LC_ALL=C clnrm run slow.clnrm.toml)" 0
case_of ''
changes '--progress' 0 'run slow.clnrm.toml' '--progress plain'
expect_exit 2 clnrm run --progress loud slow.clnrm.toml
test_file only 'run = "true"' 'only = true
run = "true"'
by_env CI 2 'run only.clnrm.toml' CI=1

by_env GITHUB_ACTIONS 1 'run bad.clnrm.toml' GITHUB_ACTIONS=true
matches "$out" '^::error file=bad.clnrm.toml,line=3,'
matches "$out" '^::stop-commands::'
GITHUB_ACTIONS=true expect_exit 1 clnrm run --format json bad.clnrm.toml
hasnt "$out" '::error'
case_of GITHUB_STEP_SUMMARY
echo before >summary.md
GITHUB_STEP_SUMMARY=summary.md expect_exit 1 clnrm run bad.clnrm.toml
is "$(cat summary.md)" before
export GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY="$PWD/summary.md"
expect_exit 1 clnrm run bad.clnrm.toml
expect_exit 0 clnrm run good.clnrm.toml
is "$(grep -n -e before -e '^# clnrm' summary.md)" "$(printf '1:before\n2:# clnrm: 1 of 1 failed\n')
$(grep -n '^# clnrm: [0-9]* passed' summary.md)"
expect_exit 0 clnrm run --no-ci good.clnrm.toml
expect_exit 0 clnrm run --format json good.clnrm.toml
expect_exit 0 clnrm run --list good.clnrm.toml
is "$(grep -c '^# clnrm' summary.md)" 2
expect_exit 5 env GITHUB_STEP_SUMMARY=/no/such/file clnrm run good.clnrm.toml
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY
CASE=
by_env CLNRM_JUNIT_DIALECT 0 'run --format junit good.clnrm.toml' CLNRM_JUNIT_DIALECT=github

# ---- of a daemon that is started ----
clnrm daemon stop >/dev/null
case_of CLNRM_DAEMON
expect_exit 6 env CLNRM_DAEMON=/no/such clnrm ps
case_of CLNRM_LOG
hasnt "$CLNRM_HOME/state/clnrmd.log" '"level":"debug"'
expect_exit 0 env CLNRM_LOG=debug clnrm run good.clnrm.toml
has "$CLNRM_HOME/state/clnrmd.log" '"level":"debug"'
clnrm daemon stop >/dev/null
case_of CLNRM_IDLE_EXIT
expect_exit 0 env CLNRM_IDLE_EXIT=300ms clnrm ps
pid=$(daemon_pid)
is_gone() { ! kill -0 "$pid" 2>/dev/null; }
wait_until 10 is_gone
case_of CLNRM_HOME
clnrm daemon stop >/dev/null
expect_exit 0 env CLNRM_HOME="$W/elsewhere" clnrm runs list
has "$out" 'no runs'
[ -d "$W/elsewhere/state" ] || fail 'no state there'
clnrm daemon stop >/dev/null
expect_exit 0 env -u CLNRM_HOME XDG_STATE_HOME="$W/xdg" clnrm ps
[ -f "$W/xdg/clnrm/clnrmd.log" ] || fail 'no log in XDG_STATE_HOME'
case_of ''

# ---- help and version: no daemon, exit 0, the same by any spelling ----
clnrm daemon stop >/dev/null
changes '--help' 0 'run good.clnrm.toml' '--help'
same 'help CMD' 'help run' 'run --help'
same '-h' 'run -h' '-h run'
same 'help of a subcommand' 'help runs show' 'runs show --help'
changes '--version' 0 'daemon status' '--version'
same '-V' '-V' '--version'
clnrm daemon stop >/dev/null
expect_exit 0 clnrm run --help
expect_exit 0 clnrm --version
expect_exit 0 clnrm completions bash
changes '--output' 0 'version' '-o version.txt'
has version.txt 'clnrm '
same '-o -' 'version' 'version -o -'
expect_exit 0 clnrm version -o /dev/null
[ -c /dev/null ] || fail '/dev/null is no device any more'
expect_exit 5 clnrm version -o /dev/full
has "$err" 'error[write]'
[ ! -e "$SOCKET" ] || fail 'a daemon was started'
passed

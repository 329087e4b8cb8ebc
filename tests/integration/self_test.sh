#!/bin/sh
# clnrm self-test: all of it passes here, it leaves nothing behind and asks nothing of the user; what the
# machine lacks is skipped by name, and what is broken is seen.
. "$(dirname "$0")/../lib/env.sh"
needs sandbox overlay python3
# A broken project, a broken user file, variables: none of it counts.
mkdir -p project "$HOME/.config/clnrm"
cd project
printf '[containers\n' >cleanroom.toml
cp cleanroom.toml "$HOME/.config/clnrm/"
export CLEANROOM_CLI_JOBS=nonsense SERVICE_NAME=other

CASE='the whole suite'
# Its number is in the name of its directory, and there may be others.
self_test() { sh -c 'echo $$ >"$0" && exec clnrm self-test "$@"' "$W/pid" "$@"; }
at_commands() { [ -s "$W/pid" ] && find /tmp /var/tmp -maxdepth 1 -name "clnrm-self-test-$(cat "$W/pid")-*" 2>/dev/null | grep -q .; }
tidy() {
	! at_commands || fail 'a directory is left'
	passed
}
expect_exit 0 self_test -v
[ "$(tail -n 1 "$out" | grep -cE '^[0-9]+ passed(, [0-9]+ skipped)?   [0-9]+ scenarios of [0-9]+ tests in ')" = 1 ] ||
	fail "no summary at the end: $(tail -n 1 "$out")"
passed
# What it leaves on purpose is no news to who checks an installation.
hasnt "$out" '  finding  '
hasnt "$err" help
for one in 'exit/exit codes' 'seen/what must fail fails' 'pristine [image=host]/no traces 6' 'closed [image=clnrm/base]/no network' \
	'limits [image=host]/disk' 'left/no process is left' 'matrix [os=bsd,port=443]/each has its values' \
	'rendered/a seed gives the same bytes, on every machine' 'cached/changed runs' 'commands/reports'; do
	has "$out" "pass  $one"
done
# Only what the machine lacks is skipped.
sed -n 's/^skip  //p' "$out" >skipped
! grep -v 'run clnrm health$' skipped || fail 'skipped without a remedy'
passed

CASE='nothing is left'
[ "$(ls)" = "$(printf 'cleanroom.toml\nskipped')" ] || fail "files here: $(ls)"
passed
tidy
unset CLEANROOM_CLI_JOBS
rm "$HOME/.config/clnrm/cleanroom.toml"
expect_exit 0 clnrm runs list --format json
has "$out" '"runs":[]'
expect_exit 0 clnrm ps --format json
has "$out" '"sandboxes":[]'
cd ..

# They are there to be read, too.
CASE='its files'
mkdir -p seen/framework seen/sandbox seen/template seen/cache seen/cli
expect_exit 0 env CLNRM_SELF_TEST="$PWD/seen" clnrm lint --deny-warnings "$ROOT/share/self-test"
expect_exit 0 clnrm fmt --check "$ROOT/share/self-test"

CASE='forms'
expect_exit 0 clnrm self-test --suite template --format json -o report.json
[ ! -s "$out" ] || fail 'the answer is on stdout too'
record report.json
is_json() { python3 -c "import json; r = json.load(open('report.json')); assert $1, r['run']"; }
is_json "r['run']['labels'] == {'self-test': 'template'} and r['summary']['scenarios'] == r['summary']['pass'] >= 10" || fail 'the report is another'
passed
expect_exit 0 clnrm self-test --suite template --format ndjson
expect_exit 0 clnrm self-test --suite template --format tap
matches "$out" '^ok 1 - '
expect_exit 0 clnrm self-test --suite template --format junit
has "$out" '<testsuites'

CASE='the page'
mkdir page && cd page
expect_exit 0 clnrm self-test --suite template --report
matches "$out" '^[0-9]+ passed   [0-9]+ scenarios of '
[ "$(ls)" = clnrm-report.html ] || fail "files here: $(ls)"
has clnrm-report.html '<html'
has clnrm-report.html 'a seed gives the same bytes'
expect_exit 0 clnrm self-test --suite template -r -o other.html
matches "$out" '^[0-9]+ passed '
has other.html '<html'
expect_exit 5 clnrm self-test --suite template --report -o clnrm-report.html/no
has "$err" 'error[write]'
cd ..

CASE='two at once'
clnrm self-test --suite cache >one 2>&1 &
first=$!
expect_exit 0 clnrm self-test --suite cache
wait $first || { cat one; fail 'the other failed'; }
passed

CASE='what is asked for and is not there'
expect_exit 2 clnrm self-test --suite services
has "$err" "error[needs-feature]: '--suite services' needs services"
expect_exit 2 clnrm self-test --suite nonsense
has "$err" 'framework|sandbox|template|cache|cli|services|otel|all'

CASE='no daemon may be started'
clnrm daemon stop >/dev/null
expect_exit 6 self_test --daemon required
tidy

# A signal ends it, whatever it is at, and nothing stays.
CASE='a signal'
at_run() { grep -q '"ev":"scenario_start"' "$out"; }
for when in at_commands at_run; do
	: >"$out"
	: >"$W/pid"
	self_test --format ndjson >"$out" 2>"$err" </dev/null &
	wait_until 60 $when
	kill -TERM "$(cat "$W/pid")"
	got=0
	wait $! || got=$?
	[ $got = 143 ] || fail "$when: ended with $got"
	tidy
done

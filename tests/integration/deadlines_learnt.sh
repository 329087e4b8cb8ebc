#!/bin/sh
# early: it waits for what hangs
# A step that is silent for ten times its slowest pass has hung: what is called silent, what is not, and
# who decides. A failure with status 7 is a step that came to its end; it is no pass to learn from.
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
needs test-switches
# What else runs on this machine must not decide a test; the last part is about that.
export CLNRM_FORCE=no-pressure

cat >cleanroom.toml <<'T'
[test_execution]
adaptive_floor = "300ms"
T
SCRIPT='
case $MODE in
quick) ;;
hang) sleep 1000 ;;
tree) (sleep 1001 & sleep 1002) | cat ;;
wait) sleep 2; exit 7 ;;
busy) timeout 2 sh -c "while :; do :; done"; exit 7 ;;
beside) timeout 2 sh -c "while :; do :; done" & sleep 2; exit 7 ;;
dots) for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do printf .; sleep 0.1; done; exit 7 ;;
polls) for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.2; done; exit 7 ;;
second) [ -e once ] || { touch once; sleep 1003; } ;;
esac'
# step_file NAME KEYS...: a scenario of one step that does what --map mode= says.
step_file() {
	name=$1
	shift
	{
		printf '[meta]\nname = "%s"\nimage = "clnrm/base"\n[vars]\nmode = "quick"\n' "$name"
		printf '[[scenario]]\nname = "s"\nenv = { MODE = "{{ mode }}" }\n'
		printf '[[scenario.step]]\nname = "work"\n'
		printf "command = [\"sh\", \"-c\", '''%s''']\n" "$SCRIPT"
		for line; do printf '%s\n' "$line"; done
	} >"$name.clnrm.toml"
}
# learn NAME: three passes, and they are in the database.
learn() {
	for _ in 1 2 3; do expect_exit 0 clnrm run --force "$1.clnrm.toml"; done
	expect_exit 0 clnrm runs list
}
# of EXPRESSION: over the scenario c, its first failure f and its first step s.
of() {
	json "(lambda c: (lambda c, f, s: ($1))(c, (c['failures'] + [None])[0], c['steps'][0]))(r['tests'][0]['scenarios'][0])"
}
# came_to REASON NAME MODE [flags...]: how its scenario ends.
came_to() {
	CASE="$2, $3"
	want=$1 name=$2 mode=$3
	shift 3
	clnrm run --format json --map "mode=$mode" "$@" "$name.clnrm.toml" >"$out" 2>"$err" </dev/null || :
	record "$out"
	is "$(of 'c["reason"]')" "$want"
}

step_file plain
learn plain

# ---- silence ----
came_to learnt_deadline plain hang
is "$(of 'c["verdict"], s["verdict"], s["reason"], s["deadline"]["source"]')" "('fail', 'fail', 'learnt_deadline', 'learnt')"
is "$(of 's["deadline"]["ms"] == s["deadline"]["silence"]["ms"], s["deadline"]["silence"]["passes"], s["deadline"]["silence"]["floor_ms"]')" \
	'(True, 3, 300)'
is "$(of '300 <= s["deadline"]["ms"] <= s["duration_ms"] < 50000')" True
is "$(of 'f["code"], f["assertion"], f["step"], "timeout" in f["hint"]')" "('learnt_deadline', 'learnt_deadline', 'work', True)"
expect_exit 1 clnrm run --map mode=hang plain.clnrm.toml
matches "$out" "silent for .* in step 'work' \\(waiting for 'sh' to exit.*no output\\): its last passes took .* at most"
has "$out" "'timeout' in the step takes its place"
expect_exit 1 clnrm run --format junit --map mode=hang plain.clnrm.toml
has "$out" 'type="fail.learnt_deadline"'
expect_exit 1 clnrm run --format tap --map mode=hang plain.clnrm.toml
has "$out" learnt_deadline
came_to learnt_deadline plain tree

# ---- no silence ----
for mode in busy beside dots polls; do came_to exit_code plain "$mode"; done

# ---- what applied, of runs that were ----
CASE=shown
expect_exit 0 clnrm run plain.clnrm.toml
expect_exit 0 clnrm runs show --deadlines latest
matches "$out" '^deadlines  plain/s  deadline 300 s \(default\), after .* for its sandbox$'
matches "$out" '^  step work  deadline 60 s \(default\), .* of silence \(learnt: slowest of 3 passes .*, floor 300 ms\)$'
expect_exit 0 clnrm runs show --deadlines --format json latest
is "$(of 's["deadline"]["ms"], s["deadline"]["source"], s["deadline"]["silence"]["passes"]')" "(60000, 'default', 3)"
# The same of a run that has not been.
expect_exit 0 clnrm dry-run -v plain.clnrm.toml
matches "$out" "^esac'  deadline 60 s \(default\), .* of silence \(learnt: slowest of 4 passes .*, floor 300 ms\)$"
expect_exit 0 clnrm dry-run --format json plain.clnrm.toml
is "$(json "(lambda s: (s['sandbox'], s['deadline']['source'], s['steps'][0]['deadline']['source'], s['steps'][0]['deadline']['silence']['passes']))(r['tests'][0]['scenarios'][0])")" "('scenario', 'default', 'default', 4)"
CI=1 expect_exit 0 clnrm dry-run -v plain.clnrm.toml
hasnt "$out" learnt
expect_exit 1 clnrm run --map mode=hang plain.clnrm.toml
expect_exit 0 clnrm runs show --deadlines latest
matches "$out" '^  step work  deadline .* of silence \(learnt: slowest of 4 passes .*, floor 300 ms\): met$'

# ---- of all attempts ----
CASE=attempts
expect_exit 1 clnrm run --retries 1 --map mode=hang plain.clnrm.toml
expect_exit 0 clnrm runs show --deadlines latest
matches "$out" '^deadlines  plain/s  attempt 1 of 2  deadline 300 s \(default\)$'
matches "$out" '^deadlines  plain/s  attempt 2 of 2  deadline 300 s \(default\), after .* for its sandbox$'
is "$(grep -cE '^  step work  deadline .* of silence \(learnt: slowest of 4 passes .*\): met$' "$out")" 2
expect_exit 0 clnrm runs show --deadlines --format json latest
is "$(of "c['attempt_history'][0]['steps'][0]['deadline']['silence']['passes']")" 4

# ---- who decides ----
step_file stated 'timeout = "20s"'
learn stated
came_to exit_code stated wait
expect_exit 0 clnrm runs show --deadlines latest
has "$out" '  step work  deadline 20.0 s (file)'
hasnt "$out" learnt
came_to exit_code plain wait --step-timeout 20s
export CI=1
came_to exit_code plain wait
expect_exit 0 clnrm runs show --deadlines latest
has "$out" 'deadlines  none is learnt: CI is set'
export CLEANROOM_TEST_EXECUTION_ADAPTIVE_DEADLINES=true
came_to learnt_deadline plain hang
unset CI
export CLEANROOM_TEST_EXECUTION_ADAPTIVE_DEADLINES=false
came_to exit_code plain wait
unset CLEANROOM_TEST_EXECUTION_ADAPTIVE_DEADLINES
# Another image, another command: nothing is known.
cp plain.clnrm.toml keep
sed 's/^image = .*/image = "host"/' keep >plain.clnrm.toml
came_to exit_code plain wait
sed 's/^esac/esac # another/' keep >plain.clnrm.toml
came_to exit_code plain wait
cp keep plain.clnrm.toml

# ---- those that are written, told apart ----
cat >written.clnrm.toml <<'T'
[meta]
name = "written"
image = "clnrm/base"
[[scenario]]
name = "whole"
timeout = "300ms"
steps = [ { name = "long", command = ["sleep", "1004"] } ]
[[scenario]]
name = "part"
steps = [ { name = "long", command = ["sleep", "1005"], timeout = "300ms" } ]
T
expect_exit 1 clnrm run written.clnrm.toml
expect_exit 0 clnrm runs show --deadlines latest
matches "$out" '^deadlines  written/whole  deadline 300 ms \(file\), after .* for its sandbox: met$'
matches "$out" '^  step long  deadline 60 s \(default\)$'
matches "$out" '^deadlines  written/part  deadline 300 s \(default\), after .* for its sandbox$'
matches "$out" '^  step long  deadline 300 ms \(file\): met$'
sed 's/^name = "written"/&\ntimeout = "300ms"/' written.clnrm.toml >test.clnrm.toml
sed -i '6,$s/timeout = "300ms"/timeout = "20s"/' test.clnrm.toml
expect_exit 1 clnrm run test.clnrm.toml
expect_exit 0 clnrm runs show --deadlines latest
matches "$out" "^deadlines  written/part  deadline 300 s .* for its sandbox: the test's timeout was met$"
matches "$out" '^  step long  deadline 20\.0 s \(file\)$'

# ---- what follows ----
unset CLEANROOM_CACHE_RESULTS
step_file again 'retries = 1' 'retry_delay = "1ms"'
learn again
for _ in 1 2; do # the second is not from the cache
	came_to None again second
	is "$(of 'c["cached"], s["verdict"], s["attempts"]')" "(False, 'pass', 2)"
done
step_file wrong 'should_fail = true'
sed 's/^quick) ;;/quick) false ;;/' wrong.clnrm.toml >keep && mv keep wrong.clnrm.toml
learn wrong
came_to learnt_deadline wrong hang
step_file onward 'continue_on_failure = true' '[[scenario.step]]' 'name = "next"' 'command = ["true"]'
learn onward
came_to learnt_deadline onward hang
is "$(of '[x["verdict"] for x in c["steps"]]')" "['fail', 'pass']"
# It ends well when it is asked to, and has hung all the same.
step_file polite 'grace = "20s"'
sed 's/^hang) .*/hang) trap "exit 0" TERM; sleep 1000 \& wait ;;/' polite.clnrm.toml >keep && mv keep polite.clnrm.toml
learn polite
came_to learnt_deadline polite hang

# ---- a machine that has too much to do ----
burners=
for _ in 1 2 3 4 5 6; do
	sh -c 'while :; do :; done' &
	burners="$burners $!"
done
came_to exit_code plain busy
came_to exit_code plain polls
# shellcheck disable=SC2086 # a list
kill $burners
expect_exit 0 clnrm daemon stop
CLNRM_FORCE=pressure
came_to exit_code plain wait

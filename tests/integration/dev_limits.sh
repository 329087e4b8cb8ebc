#!/bin/sh
# Sessions that watch more than can be watched, and several of one tree.
. "$(dirname "$0")/../lib/env.sh"
needs test-switches
export CLNRM_IDLE_EXIT=60s
unset CLEANROOM_CACHE_RESULTS
mkdir -p p/one p/two p/data/deep && cd p
printf '[project]\nname = "p"\n' >cleanroom.toml
# test_file NAME COMMAND
test_file() { printf '[meta]\nname = "%s"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nvolumes = [{ host_path = "./data", container_path = "/data", read_only = true }]\nrun = "%s"\n' "$1" "$2"; }
echo 1 >data/x && echo 1 >data/deep/y
test_file a 'cat /data/x' >one/a.clnrm.toml
test_file b 'cat /data/deep/y' >two/b.clnrm.toml

start() {
	: >"$out"
	clnrm dev --no-initial --format ndjson "$@" >"$out" 2>"$err" </dev/null &
	pid=$!
	wait_until 20 seen "$out" watch.ready
}
seen() { grep -q "$2" "$1"; }
stop() {
	kill -TERM $pid
	wait $pid || :
}
# ran FILE SCENARIO N: so many times it ran and passed.
# As ran(), except that a result another session has just got answers, too: its save is seen all the same.
answered() { test "$(grep '"ev":"scenario_end"' "$1" | grep "\"scenario\":\"$2\"" | grep -c '"verdict":"pass"')" = "$3"; }
ran() { test "$(grep '"ev":"scenario_end"' "$1" | grep "\"scenario\":\"$2\"" | grep '"verdict":"pass"' | grep -c '"cached":false')" = "$3"; }
summary_is() { tail -n 1 "$out" | grep -q "^$1 "; }

# ---- no watches left ----
CLNRM_FORCE=few-watches
export CLNRM_FORCE
CASE='no watches'
start
matches "$out" '"ev":"note".*watch-limit.*max_user_watches.*each second'
test_file a 'cat /data/x /data/x' >one/a.clnrm.toml
wait_until 20 ran "$out" a/s 1
test_file b 'cat /data/deep/y /data/deep/y' >.b && mv .b two/b.clnrm.toml
wait_until 20 ran "$out" b/s 1
# A volume is of both.
echo 2 >data/deep/y
wait_until 20 ran "$out" b/s 2
wait_until 20 ran "$out" a/s 2
# New files, new directories, and what is gone.
mkdir three && test_file c true >three/c.clnrm.toml
wait_until 20 ran "$out" c/s 1
rm -r three
gone() { tail -n 2 "$out" | grep -q '"ev":"round'; }
wait_until 20 seen "$out" '"changed":\["three/c.clnrm.toml"\]'
test "$(grep -c watch-limit "$out")" = 1 || fail 'it is told more than once'
passed
stop

# Results count as long as what they depend on is the same, and no longer.
CASE='cached without watches'
sleep 0.1 # what is younger at the run is not kept
expect_exit 0 clnrm run
expect_exit 0 clnrm run
summary_is '0 passed, 2 cached' || fail 'nothing is cached'
passed
touch data/x
expect_exit 0 clnrm run
summary_is '0 passed, 2 cached' || fail 'a touch is no change'
passed
touch -r data/deep/y .stamp
echo 3 >data/deep/y
touch -r .stamp data/deep/y
expect_exit 0 clnrm run
summary_is '2 passed' || fail 'equal size and time, other content'
passed
expect_exit 0 clnrm daemon stop

# ---- where other machines write ----
CLNRM_FORCE=remote-files
CASE='remote files'
start
matches "$out" '"ev":"note".*watch-limit'
test_file a 'cat /data/x' >one/a.clnrm.toml
wait_until 20 ran "$out" a/s 1
stop
expect_exit 0 clnrm run
expect_exit 0 clnrm run
summary_is '2 passed' || fail 'nobody knows what a volume of another machine holds'
passed
expect_exit 0 clnrm daemon stop
unset CLNRM_FORCE

# ---- several clients ----
CASE='two sessions of one tree'
start
first=$pid one=$out
out=$one.second
start two
out=$one
test_file b 'true' >two/b.clnrm.toml
wait_until 20 answered "$one" b/s 1
wait_until 20 answered "$one.second" b/s 1
test_file a 'true' >one/a.clnrm.toml
wait_until 20 ran "$one" a/s 1
hasnt "$one.second" '"scenario":"a/s"'
# One that leaves takes nothing from the other.
stop
pid=$first
test_file b 'false' >two/b.clnrm.toml
failed() { grep '"ev":"scenario_end"' "$one" | grep '"scenario":"b/s"' | grep -q '"verdict":"fail"'; }
wait_until 20 failed
stop

# The one that is later may be answered by what the other has just run.
CASE='two sessions of one tree, one late'
start two
first=$pid one=$out
out=$one.late
start two --debounce-ms 300
out=$one
test_file b 'echo late' >two/b.clnrm.toml
wait_until 20 answered "$one" b/s 1
wait_until 20 answered "$one.late" b/s 1
stop
pid=$first
stop

# ---- a session that would see what it says ----
CASE='its own output'
mkdir ../q && cd ../q
printf '[project]\nname = "q"\n' >cleanroom.toml
printf '[meta]\nname = "w"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nproject = "cow"\nrun = "true"\n' >w.clnrm.toml
is_refused=0
clnrm dev --format ndjson >said 2>"$err" </dev/null || is_refused=$?
[ $is_refused = 2 ] || fail "exit $is_refused instead of 2"
matches "$err" "written to '.*/q/said', which 'w.clnrm.toml' sees .*: each round would make the next"
matches "$err" 'help: write it to a file that no test sees'
# Once is no loop, and elsewhere it is none.
clnrm dev --once --format ndjson >said 2>"$err" </dev/null || fail 'it is refused once'
rm said
sed -i '/^project/d' w.clnrm.toml
mkdir said
out=said/out
start --filter s
# A test that begins to see it ends the session.
sed -i 's/^run/project = "cow"\n&/' w.clnrm.toml
is_over=0
wait $pid || is_over=$?
[ $is_over = 2 ] || fail "exit $is_over instead of 2 of a session that begins to see itself"
has "$out" 'each round would make the next'
passed

#!/bin/sh
# A command in a kept sandbox: where, as whom and with which rights it runs; streams, exit codes; a client
# that dies leaves nothing.
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
is() { [ "$1" = "$2" ] || fail "got '$1', expected '$2'"; passed; }
cat >t.clnrm.toml <<'T'
[meta]
name = "t"
[[scenario]]
name = "s"
image = "clnrm/base"
[[scenario.steps]]
name = "rights"
run = ["sh", "-c", "grep -E '^(Cap|NoNewPrivs|Seccomp)' /proc/self/status; ulimit -a; ls -l /proc/self/ns | sed 's/.*-> //'"]
[[scenario.steps]]
name = "other"
workdir = "/tmp"
env = { WHO = "other" }
run = ["sh", "-c", "echo mine >file"]
[[scenario.steps]]
name = "fails"
env = { WHO = "fails", TWO = "2" }
umask = "077"
run = ["sh", "-c", "echo state >state; exit 3"]
[[scenario.steps]]
name = "never"
run = "true"
[[scenario]]
name = "nobody"
image = "clnrm/base"
user = "1000:1001"
run = "false"
T
expect_exit 1 clnrm run --keep --format json t.clnrm.toml
python3 -c 'import json, sys
s = json.load(open(sys.argv[1]))["tests"][0]["scenarios"][0]
print(s["steps"][0]["stdout"], end="")' "$out" >rights || fail 'no output of the step'
id=$(clnrm ps --kept --format json | python3 -c 'import json, sys
print(*[s["id"] for s in json.load(sys.stdin)["sandboxes"] if s["scenario"] == "t/s"])')

# ---- as the step that failed ----
expect_exit 0 clnrm exec "$id" -- sh -c 'id -u; pwd; cat state; echo $WHO $TWO; umask'
is "$(cat "$out")" "0
/workspace
state
fails 2
0077"
expect_exit 0 clnrm exec "$id" -- sh -c "grep -E '^(Cap|NoNewPrivs|Seccomp)' /proc/self/status; ulimit -a; ls -l /proc/self/ns | sed 's/.*-> //'"
cmp "$out" rights || fail 'it has other rights than the step'
passed
expect_exit 0 clnrm exec "$id" --step other -- sh -c 'id; pwd; cat file; echo $WHO; grep CapEff /proc/self/status; ls /proc/self/fd'
has "$out" /tmp
has "$out" mine
has "$out" other
is "$(tail -n 4 "$out" | tr '\n' ' ')" '0 1 2 3 ' # 3 is the directory that ls reads
expect_exit 0 clnrm exec t/nobody -- sh -c 'id; grep CapEff /proc/self/status'
matches "$out" 'uid=1000.* gid=1001'
matches "$out" 'CapEff:.0{16}'
expect_exit 0 env GIVEN=here clnrm exec --env WHO=me --env GIVEN --env EMPTY= --workdir /etc --user 7 "$id" -- sh -c 'echo $WHO $GIVEN "<$EMPTY>" $TWO; pwd; id -u'
is "$(cat "$out")" "me here <> 2
/etc
7"
expect_exit 125 clnrm exec "$id" --step nobody -- true
has "$err" "no step 'nobody'"
for user in '' -1 4294967295 0x0 1: +0; do
	expect_exit 125 clnrm exec --user="$user" "$id" -- id
done

# ---- exit codes and streams ----
expect_exit 7 clnrm exec t/s -- sh -c 'exit 7'
expect_exit 137 clnrm exec latest -- sh -c 'kill -9 $$'
expect_exit 127 clnrm exec "$id" -- no-such-program
has "$err" "command 'no-such-program' not found"
expect_exit 126 clnrm exec "$id" -- /etc/passwd
expect_exit 125 clnrm exec nobody -- true
has "$err" "error[not-found]: no sandbox 'nobody' is kept"
expect_exit 2 clnrm exec "$id"
expect_exit 0 clnrm exec "$id" -- sh -c 'echo out; echo err >&2'
is "$(cat "$out")" out
is "$(cat "$err")" err
is "$(seq 200000 | clnrm exec -i "$id" -- sha256sum)" "$(seq 200000 | sha256sum)"
is "$(echo nobody reads it | clnrm exec "$id" -- cat)" ''
# Who has enough of it ends like any reader.
yes | clnrm exec -i "$id" -- head -n 1 >"$out"
is "$(cat "$out")" y
expect_exit 0 clnrm exec --format json "$id" -- echo document
has "$out" '"schema":"clnrm.try/1"'
has "$out" document
expect_exit 0 clnrm exec -t "$id" -- sh -c 'tty; test -t 0 -a -t 1 -a -t 2 && stty size'
matches "$out" '^/dev/pts/[0-9]+'
has "$out" '24 80'
# Its terminal is one of the sandbox: none of this machine's is in reach, and nothing can be typed for others.
expect_exit 0 clnrm exec -t "$id" -- sh -c 'ls /dev/pts'
matches "$out" '^0 +ptmx'

# ---- as over HTTP ----
SCHEMA=problem api POST "/v1/sandboxes/$id/exec" -d '{"argv":[""]}'
has "$doc" bad-request
SCHEMA=problem api POST "/v1/sandboxes/$id/exec" -d '{"argv":["true"],"terminal":{"rows":0,"columns":80}}'
has "$doc" '"code"'
SCHEMA=problem api POST "/v1/sandboxes/$id/exec" -d '{"argv":["true"],"workdir":"relative"}'
has "$doc" "'workdir' must be an absolute path"

# ---- what a visit leaves ----
# Something in the background stays, and holds nobody up.
expect_exit 0 clnrm exec "$id" -- sh -c 'sleep 6611 & echo begun'
has "$out" begun
pgrep -f '^sleep 6611' >/dev/null || fail 'what was left in the background is gone'
passed
# A client that dies takes its command along; the sandbox and others stay.
none_runs() { ! pgrep -f "$1" >/dev/null; }
runs() { pgrep -f "$1" >/dev/null; }
clnrm exec "$id" -- sh -c 'trap "" HUP TERM; sleep 6612; sleep 6613' &
client=$!
wait_until 10 runs '^sleep 6612'
kill -9 $client
wait_until 10 none_runs 'sleep 661[23]'
expect_exit 0 clnrm exec "$id" -- cat state
pgrep -f '^sleep 6611' >/dev/null || fail 'somebody else went with it'
passed
# So does one that is interrupted, and says so.
clnrm exec "$id" -- sleep 6614 &
client=$!
wait_until 10 runs '^sleep 6614'
kill -TERM $client
code=0
wait $client || code=$?
is "$code" 143
wait_until 10 none_runs '^sleep 6614'
# The sandbox goes: who is inside hears why.
clnrm exec "$id" -- sleep 6615 2>gone &
client=$!
wait_until 10 runs '^sleep 6615'
expect_exit 0 clnrm rm "$id"
code=0
wait $client || code=$?
is "$code" 125
has gone 'the sandbox has ended: it was removed'
wait_until 10 none_runs '^sleep 661'
# ---- a scenario that still runs ----
cat >runs.clnrm.toml <<'T'
[meta]
name = "runs"
[[scenario]]
name = "s"
image = "clnrm/base"
env = { WHO = "running" }
run = ["sh", "-c", "until [ -e /tmp/go ]; do sleep 0.02; done; cat /tmp/go"]
T
unset CLEANROOM_CACHE_RESULTS
clnrm run --format json runs.clnrm.toml >result &
client=$!
is_up() { clnrm exec runs/s -- true 2>/dev/null; }
wait_until 10 is_up
running=$(clnrm ps --format json | python3 -c 'import json, sys
print(*[s["id"] for s in json.load(sys.stdin)["sandboxes"] if s["state"] == "run"])')
expect_exit 0 clnrm exec "$running" -- sh -c 'echo $WHO'
is "$(cat "$out")" running
expect_exit 1 clnrm rm "$running"
has "$out" 'is not kept: it is in use'
clnrm exec runs/s -- sleep 6617 2>gone &
guest=$!
wait_until 10 runs '^sleep 6617'
echo word >word
expect_exit 0 clnrm cp word runs/s:/tmp/go
code=0
wait $client || code=$?
is "$code" 0
has result '"stdout":"word\n"'
code=0
wait $guest || code=$?
is "$code" 125
has gone 'the sandbox has ended: its scenario is over'
wait_until 10 none_runs '^sleep 6617'
# Somebody was inside: what came of it stands for nothing.
clnrm run --format json runs.clnrm.toml >result &
client=$!
wait_until 10 is_up
expect_exit 0 clnrm exec runs/s -- touch /tmp/go
wait $client || fail "it ended with $?"
hasnt result '"cached":true'
# Who is inside stays there when it is kept.
clnrm run --keep=always runs.clnrm.toml >/dev/null &
client=$!
wait_until 10 is_up
mkfifo inside
clnrm exec -i runs/s -- sh -c 'read x; echo got $x' <inside >stayed &
guest=$!
exec 8>inside
reads() { clnrm exec runs/s -- ps | grep -q 'read x'; }
wait_until 10 reads
expect_exit 0 clnrm exec runs/s -- touch /tmp/go
wait $client || fail "it ended with $?"
echo text >&8
exec 8>&-
wait $guest || fail "it was put out: $?"
is "$(cat stayed)" 'got text'
expect_exit 0 clnrm rm latest
export CLEANROOM_CACHE_RESULTS=false
# Who looks in is no stray of the scenario that runs.
cat >look.clnrm.toml <<'T'
[meta]
name = "look"
findings = "fail"
[[scenario]]
name = "s"
image = "clnrm/base"
script = "until [ -e /tmp/go ]; do sleep 0.05; done"
[assertions]
execution_hermetic = true
T
clnrm run look.clnrm.toml >looked 2>&1 &
client=$!
begun() { clnrm exec look/s -- true 2>/dev/null; }
wait_until 10 begun
clnrm exec look/s -- sh -c 'sleep 6617; true' 2>/dev/null &
guest=$!
in_it() { clnrm exec look/s -- ps | grep -q '[s]leep 6617'; }
wait_until 10 in_it
expect_exit 0 clnrm exec look/s -- touch /tmp/go
wait $client || fail "$(cat looked)"
passed
wait $guest && fail 'it was not put out'
# Nor is anything else that they do: what no step answers for does not count, and a note says so.
rm -f looked
clnrm run -v look.clnrm.toml >looked 2>&1 &
client=$!
wait_until 10 begun
expect_exit 0 clnrm exec look/s -- sh -c 'echo x >/etc/mine; setsid sleep 6618 >/dev/null 2>&1 & until grep -q sleep /proc/$!/comm; do :; done; touch /tmp/go'
wait $client || fail "$(cat looked)"
has looked 'note[findings.guest]: look/s: '
# What was left out could have been the contrary.
has looked "not evaluated: 1 ('execution_hermetic': findings of scenario 's' are left out: somebody was in its sandbox)"
has looked 'left out: somebody was in its sandbox'
hasnt looked 'finding  '
# What a step has left does.
sed -i 's/^script = .*/script = "sleep 300 \& until [ -e \/tmp\/go ]; do sleep 0.05; done"/' look.clnrm.toml
clnrm run look.clnrm.toml >looked 2>&1 &
client=$!
wait_until 10 begun
expect_exit 0 clnrm exec look/s -- touch /etc/mine /tmp/go
wait $client && fail "$(cat looked)"
has looked "stray process 'sleep'"
hasnt looked /etc/mine
# Where each step has a sandbox of its own they can be entered one after the other: who is in one when its step
# ends is put out, and it is the sandbox of that step alone in which somebody was.
pid=$(daemon_pid)
cat >steps.clnrm.toml <<'T'
[meta]
name = "steps"
image = "clnrm/base"
sandbox = "step"
[[scenario]]
name = "s"
steps = [
  { name = "one", script = "until [ -e /tmp/go ]; do sleep 0.02; done" },
  { name = "two", script = "until [ -e /tmp/go ]; do sleep 0.02; done" },
  { name = "three", script = "echo left >/etc/left" },
]
T
at_step() { clnrm exec steps/s -- sh -c 'test "$CLNRM_STEP" = '"$1" 2>/dev/null; }
clnrm run -v steps.clnrm.toml >looked 2>&1 &
client=$!
for step in one two; do
	wait_until 20 at_step $step
	clnrm exec steps/s -- sh -c 'echo mine >/etc/mine; echo in; exec sleep 6619' >guest 2>&1 &
	guest=$!
	wait_until 20 grep -q in guest
	expect_exit 0 clnrm exec "$(clnrm ps --no-header | sed -n 's,^\([a-z0-9]*\) .*steps/s.*,\1,p')" -- touch /tmp/go
	got=0
	wait $guest || got=$?
	is $got 125
	has guest 'the sandbox has ended: its step is over'
done
wait $client || fail "$(cat looked)"
has looked 'note[findings.guest]: steps/s: 2 findings are left out'
has looked /etc/left
hasnt looked /etc/mine
# Where all scenarios of a test share one, nobody goes on to the next.
sed -i 's/^sandbox = .*/sandbox = "test"/; /^steps/,$d' steps.clnrm.toml
printf 'script = "until [ -e /tmp/go ]; do sleep 0.02; done"\n[[scenario]]\nname = "next"\nscript = "! ps | grep [s]leep.6619"\n' >>steps.clnrm.toml
clnrm run steps.clnrm.toml >looked 2>&1 &
client=$!
wait_until 20 at_step s
clnrm exec steps/s -- sh -c 'echo in; exec sleep 6619' >guest 2>&1 &
guest=$!
wait_until 20 grep -q in guest
expect_exit 0 clnrm exec steps/s -- touch /tmp/go
wait $guest && fail 'the guest was not put out'
wait $client || fail "$(cat looked)"
is "$(daemon_pid)" "$pid"
# A step whose directory is not there, or its user, says how to enter nevertheless; a whole path can be copied.
printf '[meta]\nname = "lacks"\nimage = "clnrm/base"\n[[scenario]]\nname = "dir"\nworkdir = "/tmp/none"\nrun = "true"\n[[scenario]]\nname = "user"\nuser = "nobody-here"\nrun = "true"\n' >lacks.clnrm.toml
expect_exit 2 clnrm run --keep lacks.clnrm.toml
expect_exit 125 clnrm exec lacks/dir -- pwd
has "$err" "cannot work in '/tmp/none': No such file or directory"
has "$err" 'help: clnrm exec --workdir DIR '
expect_exit 0 clnrm exec --workdir / lacks/dir -- pwd
expect_exit 125 clnrm exec lacks/user -- pwd
has "$err" 'help: clnrm exec --user USER '
expect_exit 0 clnrm exec --user root lacks/user -- pwd
expect_exit 0 clnrm cp lacks.clnrm.toml lacks/dir:/tmp/
expect_exit 0 clnrm cp lacks/dir:/tmp/lacks.clnrm.toml back.toml
cmp -s back.toml lacks.clnrm.toml || fail 'another came back'
expect_exit 2 clnrm cp lacks/dir:lacks.clnrm.toml back.toml
clnrm rm --all >/dev/null
# Two files whose tests have one name: nobody can say which sandbox is meant.
mkdir -p same/a same/b
for dir in same/a same/b; do
	printf '[meta]\nname = "dup"\nimage = "clnrm/base"\n[[scenario]]\nname = "s"\nscript = "echo %s >where; false"\n' $dir >$dir/t.clnrm.toml
done
expect_exit 1 clnrm run --keep same/a
expect_exit 1 clnrm run --keep same/a
expect_exit 0 clnrm exec dup/s -- cat where
has "$out" same/a
expect_exit 1 clnrm run --keep same/b
for command in 'exec dup/s -- true' 'cp dup/s:where x' 'rm dup/s'; do
	got=0
	# shellcheck disable=SC2086 # words
	clnrm $command >"$out" 2>"$err" || got=$?
	case $command in exec*) is "$got" 125 ;; *) is "$got" 2 ;; esac
	has "$err" "sandboxes of several files are kept as 'dup/s': "
done
expect_exit 0 clnrm exec latest -- cat where
has "$out" same/b
clnrm rm --all >/dev/null
# More commands than there is room for: refused, and the sandbox lives.
expect_exit 1 clnrm run --keep t.clnrm.toml
mkfifo hold
i=0
while [ $i -lt 64 ]; do
	clnrm exec latest -- sleep 6616 >/dev/null 2>&1 &
	i=$((i + 1))
done
many() { [ "$(pgrep -fc '^sleep 6616')" = 64 ]; }
wait_until 60 many
expect_exit 125 clnrm exec latest -- true
has "$err" 'too many commands run in the sandbox'
expect_exit 0 clnrm rm --all
wait

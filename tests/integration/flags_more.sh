#!/bin/sh
# Each flag of the commands beside `clnrm run` changes what the command does (cli.md 3).
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
test_file good 'run = "echo hello"' 'run = "true"'
test_file bad 'run = "false"'

# ---- try ----
differs 'try --image' 0 'try --format json -- true' 'try --format json --image clnrm/base -- true'
once "$W/x" 'clnrm try --image no/such -- true'
is "$got" 125
has "$err" "no/such"
expect_exit 0 clnrm try --image clnrm/base --format json -- true
is "$(json 'r["receipt"]["image"]')" clnrm/base
echo data >file
differs 'try --project' 0 'try --format json -- cat /workspace/file' 'try --project ro -- cat /workspace/file'
is "$(cat "$out")" data
expect_exit 2 clnrm try --project ro -- sh -c 'echo more >/workspace/file'
expect_exit 0 clnrm try --project cow -- sh -c 'echo more >/workspace/file; cat /workspace/file'
is "$(cat "$out")" more
is "$(cat file)" data
expect_exit 2 clnrm try --project rw -- true
differs 'try --network' 0 'try --isolation relaxed -- cat /proc/net/dev' 'try --isolation relaxed --network host -- cat /proc/net/dev'
expect_exit 0 clnrm try -- sh -c 'grep -c : /proc/net/dev'
is "$(cat "$out")" 1
differs 'try --isolation' 0 'try --format json -- true' 'try --format json --isolation relaxed -- true'
has "$out" '"profile":"relaxed"'
differs 'try --workdir' 0 'try -- pwd' 'try --workdir /usr -- pwd'
is "$(tail -n 1 "$out")" /usr
expect_exit 125 clnrm try --workdir usr -- pwd
differs 'try --user' 0 'try -- id -u' 'try --user 65534 -- id -u'
is "$(tail -n 1 "$out")" 65534
once "$W/x" 'clnrm try --user nosuchuser -- true'
is "$got" 125
differs 'try --env' 0 'try -- sh -c "echo =\$V="' 'try --env V=x -- sh -c "echo =\$V="'
is "$(tail -n 1 "$out")" =x=
V=y expect_exit 0 clnrm try --env V -- sh -c 'echo $V'
is "$(cat "$out")" y
differs 'try --timeout' 125 'try -- true' 'try --timeout 200ms -- sleep 30'
has "$err" '200 ms'
expect_exit 2 clnrm try
expect_exit 2 clnrm try --
expect_exit 2 clnrm try true
has "$err" "put '--' before the command: clnrm try -- true"
once "$W/x" 'printf "a\000b" | clnrm try -- wc -c'
is "$(tr -d ' ' <"$out")" 3
expect_exit 126 clnrm try -- /etc/passwd
expect_exit 127 clnrm try -- no-such-program
expect_exit 137 clnrm try -- sh -c 'kill -9 $$'
expect_exit 0 clnrm try --format json -- sh -c 'echo o; echo e >&2'
is "$(json 'r["step"]["exit_code"], r["step"]["stdout"], r["step"]["stderr"], r["receipt"]["pristine"]')" "(0, 'o\\n', 'e\\n', True)"
expect_exit 4 clnrm try --format json -- sh -c 'exit 4'
expect_exit 0 clnrm try -o answer -- echo there
is "$(cat answer)" there
is "$(cat "$out")" ''

# ---- validate ----
test_file odd 'run = "true"
zzzzzzzzzz = 1'
test_file typo 'run = "true"
imge = "host"'
changes 'validate --strict' 1 'validate odd.clnrm.toml' '--strict'
changes 'validate --allow-unknown' 0 'validate typo.clnrm.toml' '--allow-unknown'
changes 'validate --stdin-name' 0 'validate - <good.clnrm.toml' '--stdin-name x.clnrm.toml'
has "$out" 'x.clnrm.toml: ok'
rm odd.clnrm.toml typo.clnrm.toml

# ---- history ----
expect_exit 0 clnrm run --label k=a good.clnrm.toml
expect_exit 1 clnrm run --label k=b bad.clnrm.toml
changes 'runs list --test' 0 'runs list' '--test good'
is "$(wc -l <"$out")" 2
changes 'runs list --verdict' 0 'runs list' '--verdict fail'
has "$out" 'bad.clnrm.toml'
changes 'runs list --since' 0 'runs list' '--since 1ms'
has "$out" 'no runs'
expect_exit 0 clnrm runs list --since 1h --no-header
is "$(wc -l <"$out")" 2
changes 'runs list --label' 0 'runs list' '--label k=a'
is "$(wc -l <"$out")" 2
changes 'runs list --limit' 0 'runs list' '--limit 1'
is "$(wc -l <"$out")" 2
expect_exit 0 clnrm runs list --limit 0 --no-header
is "$(wc -l <"$out")" 2
changes 'runs list --sort' 0 'runs list --no-header' '--sort pass'
is "$(head -n 1 "$out" | grep -c good.clnrm.toml)" 1
changes 'runs list --no-header' 0 'runs list' '--no-header'
hasnt "$out" 'STARTED'
same 'runs = runs list' 'runs' 'runs list'
same 'runs --limit' 'runs list --limit 1' 'runs --limit 1'

changes 'runs show --test' 0 'runs show latest~1' '--test nothing'
matches "$out" '^0 passed   0 scenarios'
changes 'runs show --receipts' 0 'runs show latest' '--receipts'
has "$out" 'receipt  bad/s1'
id=$(clnrm runs list --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)["runs"][1]["id"])')
for name in "$id" "run:$id" "$(echo "$id" | cut -c 1-4)" latest~1 run:latest~1; do
	expect_exit 0 clnrm runs show --format json "$name"
	is "$(json 'r["run"]["id"]')" "$id"
done
expect_exit 3 clnrm runs show latest~9
expect_exit 3 clnrm runs show nosuchrun
expect_exit 2 clnrm runs show
changes 'runs show --deadlines' 0 'runs show latest' '--deadlines'
has "$out" 'deadlines  bad/s1  deadline'

# ---- report ----
expect_exit 0 clnrm report
is "$(head -n 1 "$out")" '<!DOCTYPE html>'
changes 'report --kind' 0 'report latest' '--kind markdown'
matches "$out" '^# clnrm: '
differs 'report --format' 0 'report' 'report -f junit'
has "$out" '<?xml'
same 'report --format=KIND' 'report --kind tap' 'report --format=tap'
changes 'report --junit-dialect' 0 'report --kind junit' '--junit-dialect github'
expect_exit 0 clnrm report --kind json -o result.json
is "$(python3 -c 'import json; print(json.load(open("result.json"))["schema"])')" clnrm.run/1
expect_exit 2 clnrm report --kind pdf
has "$err" 'help: print the HTML report'
expect_exit 2 clnrm report --kind htm
clnrm run good.clnrm.toml >/dev/null
changes 'report --input' 0 'report --kind markdown' '--input result.json'
same '-i' 'report --kind tap -i result.json' 'report --kind=tap --input=result.json'
expect_exit 0 sh -c 'clnrm report -i - --kind json <result.json'
cmp -s "$out" result.json || fail 'a result is another one after it was read'
for bad in '{"schema":"clnrm.run/2","run":{},"tests":[]}' '{"schema":"clnrm.run/1"' '[]' ''; do
	printf %s "$bad" >bad.json
	expect_exit 4 clnrm report -i bad.json
	has "$err" 'error[result-invalid]'
done
expect_exit 3 clnrm report -i no-such.json
expect_exit 2 clnrm report latest -i result.json
expect_exit 3 clnrm report zzzzzzzz

# ---- logs ----
printf '[meta]\nname = "two"\n[[scenario]]\nname = "s"\n[[scenario.step]]\nname = "a"\ncommand = ["sh", "-c", "echo out-a; echo err-a >&2; printf '"'"'\\\\033[1m\\\\n'"'"'"]\n[[scenario.step]]\nname = "b"\ncommand = ["echo", "out-b"]\n' >two.clnrm.toml
expect_exit 0 clnrm run two.clnrm.toml
changes 'logs --stream' 0 'logs latest' '--stream stderr'
is "$(cat "$out")" err-a
changes 'logs --lines' 0 'logs latest' '-n 1'
is "$(cat "$out")" out-b
changes 'logs --raw' 0 'logs latest' '--raw'
has "$out" "$(printf '\033[1m')"
expect_exit 0 clnrm logs latest/two/s/b
is "$(cat "$out")" out-b
changes 'logs --timestamps' 0 'logs latest' '--timestamps'
printf '[meta]\nname = "wait"\n[[scenario]]\nname = "s"\nvolumes = ["%s/gate:/gate:ro"]\nrun = ["sh", "-c", "echo before; until [ -e /gate/go ]; do sleep 0.05; done; echo after"]\n' "$PWD" >wait.clnrm.toml
mkdir gate
clnrm run --show-output live wait.clnrm.toml >run.out 2>&1 &
run=$!
wait_until 20 grep -q before run.out
id=$(sed -n 's/.* run \([a-z0-9]*\)$/\1/p;q' run.out)
expect_exit 0 clnrm logs "$id"
hasnt "$out" after
changes 'logs --follow' 0 "logs $id" '--follow & sleep 0.3; : >gate/go; wait $!'
is "$(cat "$out")" "$(printf 'before\nafter')"
wait $run

case_of 'runs rm --older-than'
stored() { clnrm runs list --limit 0 --no-header --format json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["runs"]))'; }
all=$(stored)
expect_exit 0 clnrm runs rm --older-than 1h
expect_exit 0 clnrm runs rm --older-than 90d
expect_exit 2 clnrm runs rm --older-than 3651d
is "$(stored)" "$all"
expect_exit 0 clnrm runs rm --older-than 1ms --format json
is "$(json 'len(r["changed"])')" "$all"
case_of 'runs rm --all'
expect_exit 0 clnrm run good.clnrm.toml
expect_exit 2 clnrm runs rm
is "$(stored)" 1
expect_exit 0 clnrm runs rm --all
is "$(stored)" 0
expect_exit 2 clnrm runs rm --all --older-than 1h
expect_exit 2 clnrm runs rm --all latest
case_of ''

# ---- ps, pool, images ----
expect_exit 0 clnrm pool drain
rm gate/go
clnrm run --show-output live wait.clnrm.toml >run.out 2>&1 &
run=$!
wait_until 20 grep -q before run.out
expect_exit 0 clnrm pool fill clnrm/base 1
wait_until 20 sh -c 'clnrm ps -a | grep -q clnrm/base' # it asks for the sandbox, it does not make it
changes 'ps --all' 0 'ps' '-a'
has "$out" clnrm/base
for flag in '--no-header' '--limit 1' '--sort state'; do
	# shellcheck disable=SC2086
	expect_exit 0 clnrm ps -a $flag
done
changes 'ps --limit' 0 'ps -a' '--limit 1'
is "$(wc -l <"$out")" 2
changes 'ps --no-header' 0 'ps -a' '--no-header'
changes 'ps --sort' 0 'ps -a --sort image --no-header' '--sort state'
expect_exit 2 clnrm ps --sort nope
expect_exit 0 clnrm ps --format json
is "$(json 'r["schema"], [(s["state"], s["scenario"], s["engine"]) for s in r["sandboxes"]]')" "('clnrm.sandboxes/1', [('run', 'wait/s', 'native')])"
: >gate/go
wait $run
expect_exit 0 clnrm pool fill host 1
changes 'pool status --limit' 0 'pool status' '--limit 1'
is "$(wc -l <"$out")" 2
changes 'pool status --no-header' 0 'pool status' '--no-header'
changes 'pool status --sort' 0 'pool status --sort image' '--sort hits'
# The pool still takes back what ran and makes new stock: alike once it stands still.
alike() { once "$W/without" 'clnrm pool' && once "$W/with" 'clnrm pool status' && cmp -s "$W/without" "$W/with"; }
wait_until 20 alike
passed
changes 'cache show --limit' 0 'cache show' '--limit 1'
changes 'cache show --no-header' 0 'cache show' '--no-header'
changes 'cache show --sort' 0 'cache show --sort name' '--sort limit_bytes'
same 'cache = cache show' 'cache' 'cache show'
expect_exit 0 clnrm cache clear
expect_exit 3 clnrm why absent # more of it: why_command.sh
expect_exit 3 clnrm cache why absent # more of them: cache_command.sh
expect_exit 0 clnrm pool --format json
is "$(json 'r["schema"], sorted(p["image"] for p in r["pools"])')" "('clnrm.pool/1', ['clnrm/base', 'host'])"
expect_exit 0 clnrm pool drain clnrm/base --format json
is "$(json 'r["changed"], r["kept"], r["failed"]')" "(['clnrm/base'], [], [])"
expect_exit 3 clnrm pool fill no/such
# Stocks of one image and profile say what sets them apart.
test_file ro 'run = "true"
read_only = true'
expect_exit 0 clnrm run ro.clnrm.toml
expect_exit 0 clnrm pool
matches "$out" '^host +standard .* read_only$'
matches "$out" '^host +standard .* -$'
expect_exit 2 clnrm pool fill host x
expect_exit 2 clnrm pool fill
changes 'images ls --limit' 0 'images ls' '--limit 1'
is "$(wc -l <"$out")" 2
changes 'images ls --no-header' 0 'images' '--no-header'
changes 'images ls --sort' 0 'images ls --sort image' '--sort layers'
expect_exit 0 clnrm images --format json
is "$(json 'sorted(i["name"] for i in r["images"])')" "['clnrm/base', 'host', 'scratch']"
mkdir -p image/bin
cp /bin/busybox image/bin/sh
/usr/bin/python3 "$ROOT/tests/lib/oci.py" layout image
changes 'images import --platform' 0 'images import other foreign' '--platform linux/s390x'
expect_exit 0 clnrm images import mine image
test_file mine 'image = "mine"
command = ["sh", "-c", "echo up; sleep 60"]'
clnrm run --show-output live mine.clnrm.toml >mine.out 2>&1 &
held=$!
wait_until 20 grep -q up mine.out
changes 'images rm --force' 0 'images rm mine' '--force'
kill -TERM $held
wait $held || :
changes 'images prune --all' 0 'images prune --dry-run' '--all'
changes 'images prune --dry-run' 0 'images prune --all' '--dry-run'
expect_exit 0 clnrm images inspect clnrm/base --format json
expect_exit 3 clnrm images inspect no/such
expect_exit 3 clnrm images inspect hots
has "$err" "did you mean 'host'?"

# ---- config, metrics, health, version, help ----
printf '[cli]\njobs = 3\n' >cleanroom.toml
expect_exit 0 clnrm config show cli.jobs
matches "$out" '^cli.jobs +3 +cleanroom.toml:2$'
expect_exit 0 clnrm config path
has "$out" "$PWD/cleanroom.toml"
expect_exit 0 clnrm config --format json
expect_exit 3 clnrm config show cli.jbos
has "$err" "did you mean 'cli.jobs'?"
rm cleanroom.toml
expect_exit 0 clnrm metrics
cp "$out" all
expect_exit 0 clnrm metrics clnrm_container_pool
isnt "$(wc -l <"$out")" "$(wc -l <all)"
is "$(grep -v '^#' "$out" | grep -vc '^clnrm_container_pool')" 0
expect_exit 0 clnrm metrics --format json
is "$(json 'any(m["name"] == "clnrm_build_info" for m in r["metrics"])')" True
expect_exit 0 clnrm version --format json
is "$(json 'sorted(r), r["daemon"]["pid"]')" "(['api', 'client', 'daemon', 'features'], $(daemon_pid))"
expect_exit 0 clnrm version
matches "$out" '^clnrmd [0-9.]+ \([0-9a-z]+\) pid [0-9]+, up '
expect_exit 0 clnrm version -o v.txt
matches v.txt '^clnrmd '
changes 'help --dump' 0 'help' '--dump'
changes 'help --man' 0 'help run' '--man'
has "$out" '.TH "clnrm-run" 1'

# ---- daemon ----
expect_exit 0 clnrm daemon status --format json
is "$(json 'r["schema"], r["running"], r["pid"]')" "('clnrm.status/1', True, $(daemon_pid))"
expect_exit 0 clnrm daemon reload
changes 'daemon gc --dry-run' 0 'daemon gc --format json' '--dry-run'
changes 'daemon logs --lines' 0 'daemon logs' '-n 1'
is "$(wc -l <"$out")" 1
# One that hangs is named.
pid=$(daemon_pid)
kill -STOP "$pid"
timeout 20 clnrm version >hangs &
asked=$!
timeout 20 clnrm health >sick 2>sick.err &
asked_too=$!
expect_exit 6 timeout 20 clnrm daemon status
has "$err" 'clnrmd did not answer within 5000 ms'
has "$err" "process $pid holds 'life.lock'"
wait $asked || fail "version ended with $?"
has hangs "clnrmd does not answer (pid $pid)"
wait $asked_too || :
has sick.err 'clnrmd did not answer within 5000 ms'
has sick '1 FAIL'
kill -CONT "$pid"
changes 'daemon logs --level' 0 'daemon logs' '--level error'
hasnt "$out" '"level":"info"'
clnrm daemon logs --follow -n 1 >followed 2>&1 &
follow=$!
wait_until 10 test -s followed
echo '{"level":"info","msg":"one more"}' >>"$CLNRM_HOME/state/clnrmd.log"
wait_until 10 grep -q 'one more' followed
kill $follow
wait $follow 2>/dev/null || :
changes 'daemon logs --follow' 143 'daemon logs -n 0' '--follow & p=$!; sleep 0.2; kill $p; wait $p'

# stop --wait and --now end a run that would take long; without a run both are quick.
rm gate/go
ends_a_run() { # FLAGS...: stop with them while a run waits
	clnrm run --show-output live wait.clnrm.toml >run.out 2>&1 &
	run=$!
	wait_until 20 grep -q before run.out
	begun=$(date +%s%N)
	expect_exit 0 clnrm daemon "$@"
	[ $(($(date +%s%N) - begun)) -lt 15000000000 ] || fail "'daemon $*' waited for the run"
	code=0
	wait $run || code=$?
	isnt $code 0
}
case_of 'daemon stop --now'
ends_a_run stop --now
case_of 'daemon stop --wait'
ends_a_run stop --wait 200ms
case_of 'daemon restart --now'
ends_a_run restart --now
case_of 'daemon restart --wait'
ends_a_run restart --wait 200ms

# A daemon that is stopped before it answers is not waited for longer than --wait.
clnrm daemon stop >/dev/null
printf '#!/bin/sh\necho $$ >"%s/sleepy.pid"\nkill -STOP $$\n' "$PWD" >sleepy
chmod +x sleepy
case_of 'daemon start --wait'
CLNRM_DAEMON=$PWD/sleepy expect_exit 6 clnrm daemon start --wait 300ms
has "$err" 'did not answer within 300 ms'
case_of ''
kill -KILL "$(cat sleepy.pid)"
rm -f "$SOCKET"
case_of 'daemon start --foreground'
clnrm daemon start --foreground >foreground 2>&1 &
front=$!
wait_until 10 grep -q serves foreground
is "$(daemon_pid)" $front
kill $front
wait $front || fail "the daemon ended with $?"
case_of ''
expect_exit 0 clnrm daemon start
expect_exit 0 clnrm daemon stop
is "$(cat "$out")" 'clnrmd stopped'
expect_exit 0 clnrm daemon stop
is "$(cat "$out")" 'clnrmd is not running'

# ---- flaky: run_flakes.sh has its flags ----
same 'clnrm flaky' 'flaky' 'flaky show'
printf '[project]\nname = "p"\n' >cleanroom.toml
expect_exit 0 clnrm flaky quarantine a/b --owner me --until 2999-01-01
has cleanroom.toml 'owner = "me"'
expect_exit 0 clnrm flaky release a/b
hasnt cleanroom.toml quarantine
rm cleanroom.toml

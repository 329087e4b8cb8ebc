#!/bin/sh
# Steps that fork without end, do not go away, fill the disk or the memory: each ends with a verdict that
# says what was met; the daemon answers meanwhile, and a neighbour passes.
. "$(dirname "$0")/../lib/env.sh"
needs sandbox

test_of() { # NAME RUN MORE
	printf '[meta]\nname = "%s"\n[[scenario]]\nname = "s"\nrun = %s\n%s\n' "$1" "$2" "${3-}" >"$1.clnrm.toml"
}
test_of good '"true"'
expect_exit 0 clnrm run good.clnrm.toml
pid=$(daemon_pid)
gone() { ! clnrm ps --no-header | grep -q "$1/s"; }
began=0
start() { began=$(date +%s); }
within() { [ $(($(date +%s) - began)) -le "$1" ] || fail "$2 took longer than $1 s"; passed; }

# TERM is ignored: after the grace comes KILL.
test_of deaf '["sh", "-c", "trap : TERM; echo ready; while :; do sleep 0.1; done"]' 'timeout = "1s"'
start
expect_exit 1 clnrm run deaf.clnrm.toml
has "$out" 'timed out after 1.0 s'
within 20 "a deaf step"
wait_until 20 gone deaf

# A run that is cancelled does not wait for it either.
sed -i /timeout/d deaf.clnrm.toml
clnrm run deaf.clnrm.toml >"$W/log" 2>&1 &
client=$!
runs() { clnrm ps --no-header | grep -q "$1/s"; }
wait_until 20 runs deaf
kill -TERM $client
start
got=0
wait $client || got=$?
[ $got = 143 ] || fail "ended with $got, expected 143"
within 20 "cancelling"
wait_until 20 gone deaf

if "$ROOT/tests/lib/machine" cgroup-pids >"$W/why"; then
	# Doubles until it may not, once it has been seen. `clnrm ps` and a neighbour in another sandbox go on. What it
	# waits for is a process of before: it may not make another.
	mkdir gate
	test_of bomb '["sh", "-c", "until [ -e /gate/go ]; do sleep 0.05; done; sleep 3 & p=$!; b() { b | b & }; b; wait $p; echo still here"]' \
		'volumes = [{ host_path = "gate", container_path = "/gate", read_only = true }]
[scenario.limits]
pids = 64'
	clnrm run bomb.clnrm.toml >"$W/log" 2>&1 &
	client=$!
	wait_until 20 runs bomb
	: >gate/go
	start
	for _ in 1 2 3; do
		expect_exit 0 clnrm run good.clnrm.toml
		expect_exit 0 clnrm daemon status
	done
	within 30 "three runs beside a fork bomb"
	got=0
	wait $client || got=$?
	[ $got -le 2 ] || fail "the run of the bomb ended with $got"
	passed
	wait_until 20 gone bomb
fi

if "$ROOT/tests/lib/machine" cgroup-memory >"$W/why"; then
	test_of eats '["sh", "-c", "head -c 400000000 /dev/zero | tail >/dev/null"]' '[scenario.limits]
memory_mb = 32
disk_mb = 8'
	expect_exit 1 clnrm run eats.clnrm.toml
	matches "$out" 'out of memory \(limit 32[.0]* MiB\)'
	has "$out" limits.memory_mb
	# Alone it is the limit it says: files count as memory, and are not memory on top of it.
	test_of eats_alone '["sh", "-c", "head -c 400000000 /dev/zero | tail >/dev/null"]' '[scenario.limits]
memory_mb = 32'
	expect_exit 1 clnrm run --report json=eats_alone.json eats_alone.clnrm.toml
	matches "$out" 'out of memory \(limit 32[.0]* MiB\)'
	# Whoever was killed, the step or its whole sandbox: it has run.
	step=$(python3 -c 'import json; s = json.load(open("eats_alone.json"))["tests"][0]["scenarios"][0]["steps"][0]; print(s["verdict"], s["reason"])')
	[ "$step" = 'fail oom' ] || fail "the step that ate is shown as '$step'"
	passed
fi

# A guess says what it rests on, and nothing is guessed from a local server that is down.
test_of lookup '["sh", "-c", "echo curl: Could not resolve host: x >&2; exit 6"]'
expect_exit 1 clnrm run lookup.clnrm.toml
has "$out" 'help: if the network is missing (stderr has "Could not resolve"): this sandbox has network = "none"'
test_of local '["sh", "-c", "echo dial tcp 127.0.0.1:1: connect: connection refused >&2; exit 6"]'
expect_exit 1 clnrm run local.clnrm.toml
hasnt "$out" 'if the network is missing'

# The upper layer and /tmp have an end.
test_of fills '["sh", "-c", "head -c 64000000 /dev/zero >/workspace/large"]' '[scenario.limits]
disk_mb = 8'
expect_exit 1 clnrm run fills.clnrm.toml
has "$out" 'No space left on device'

[ "$(daemon_pid)" = "$pid" ] || fail "another daemon: the first one died"
expect_exit 0 clnrm run good.clnrm.toml

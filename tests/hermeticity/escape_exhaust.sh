#!/bin/sh
# Taking all there is: processes, memory, disk, inodes, descriptors, beside a neighbour that goes on
# as if nothing were.
# alone: it takes all it gets.
# shellcheck disable=SC2016 # what runs in the sandbox expands there
. "$(dirname "$0")/../lib/hermetic.sh"
begin clnrm/base
cat >>$FILE <<'T'
[[scenario]]
name = "neighbour"
steps = [
T
for n in $(seq 30); do
	printf '  { name = "n%s", command = ["sh", "-c", "i=0; while [ $i -lt 50 ]; do echo $i >/tmp/f$i; i=$((i + 1)); done; (:); mktemp"] },\n' "$n" >>$FILE
done
cat >>$FILE <<'T'
]
[[scenario]]
name = "disk"
limits = { disk_mb = 16 }
command = ["sh", "-c", "dd if=/dev/zero of=/tmp/a bs=1M count=64 2>/tmp/e; grep -q 'No space' /tmp/e || cat /tmp/e"]
[[scenario]]
name = "inodes"
limits = { disk_mb = 16 }
command = ["sh", "-c", "cd /tmp; i=0; while [ $i -lt 20000 ] && mkdir d$i 2>/dev/null; do i=$((i + 1)); done; test $i -lt 20000"]
[[scenario]]
name = "watches"
command = ["/tmp/probe", "plant", "14"]
T
if "$ROOT/tests/lib/machine" cgroup-memory >/dev/null && "$ROOT/tests/lib/machine" cgroup-pids >/dev/null; then
	clnrm try --format json -- true >"$out"
	hasnt "$out" '"what":"memory_mb"'
	hasnt "$out" '"what":"pids"'
	cat >>$FILE <<'T'
[[scenario]]
name = "memory"
limits = { memory_mb = 16, disk_mb = 8 }
should_fail = true
command = ["sh", "-c", "x=x; while :; do x=$x$x; done"]
[[scenario]]
name = "descriptors, terminals, processes"
command = ["/tmp/probe", "plant", "48"]
limits = { pids = 64 }
[[scenario]]
name = "processes"
limits = { pids = 32 }
command = ["sh", "-c", "f() { f | f & }; (ulimit -t 2; f) 2>/dev/null; i=0; while [ $i -lt 40 ]; do sleep 30 & i=$((i + 1)); done 2>/tmp/e; test -s /tmp/e || test $i -lt 40"]
expected_exit_code = [0, 1, 2]
T
else
	echo "no control groups here: memory and processes are not tried"
fi
run 5
# The daemon is as it was.
expect_exit 0 clnrm try --image clnrm/base -- true

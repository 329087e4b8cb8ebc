#!/bin/sh
# SCENARIOS scenarios (20,000) through one daemon, passing, failing, timing out and being cancelled, and
# it is as large afterwards as before: descriptors, memory, mounts, control groups, processes.
. "$(dirname "$0")/../lib/env.sh"
needs sandbox

SCENARIOS=${SCENARIOS:-20000}
A_RUN=1000 # scenarios
{
	printf '[meta]\nname = "soak"\n'
	for i in $(seq $((A_RUN - 2))); do printf '[[scenario]]\nname = "s%s"\nrun = "true"\n' "$i"; done
	printf '[[scenario]]\nname = "fails"\nrun = ["sh", "-c", "echo some output; exit 3"]\n'
	printf '[[scenario]]\nname = "hangs"\nrun = "sleep 300"\ntimeout = "200ms"\n'
} >soak.clnrm.toml
printf '[meta]\nname = "long"\n[[scenario]]\nname = "s"\nrun = "sleep 300"\n' >long.clnrm.toml

# A line for each thing that could pile up, of the daemon and its launcher.
in_use() {
	pid=$(daemon_pid)
	launcher=$(pgrep -P "$pid" clnrm-launcher)
	echo "descriptors $(find "/proc/$pid/fd" -mindepth 1 | wc -l)"
	echo "launcher-descriptors $(find "/proc/$launcher/fd" -mindepth 1 | wc -l)"
	echo "threads $(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)"
	echo "mounts $(wc -l <"/proc/$launcher/mountinfo")"
	echo "processes $(pgrep -P "$launcher" | wc -l)"
	echo "namespaces $(for p in $(pgrep -P "$launcher"); do readlink "/proc/$p/ns/net"; done | sort -u | wc -l)"
	echo "groups $(find /sys/fs/cgroup -path "*clnrm-launcher-*-$launcher-*" -type d 2>/dev/null | wc -l)"
	echo "memory-kib $(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")"
	echo "launcher-memory-kib $(awk '/^VmRSS/ { print $2 }' "/proc/$launcher/status")"
}
# What may differ: the stock of warm sandboxes is not always full; memory that was used once is reused.
room() {
	case $1 in
	memory-kib) echo 24576 ;;
	launcher-memory-kib) echo 2048 ;;
	threads) echo 0 ;;
	groups) echo 40 ;;
	*) echo 10 ;;
	esac
}
settled() { [ "$(clnrm ps --no-header | wc -l)" = 0 ]; }
one_run() {
	got=0
	clnrm run -qq soak.clnrm.toml >"$out" 2>&1 || got=$?
	[ $got = 1 ] || { tail -n 20 "$out"; fail "a run ended with $got, expected 1"; }
	clnrm run long.clnrm.toml >"$out" 2>&1 &
	client=$!
	wait_until 20 sh -c 'clnrm ps --no-header | grep -q long/s'
	kill $client
	wait $client || :
}

expect_exit 0 clnrm daemon start
pid=$(daemon_pid)
# What grows once, as caches and the allocator do, has grown after two runs.
one_run
one_run
wait_until 30 settled
sleep 1 # the stock is made up again
in_use >"$W/before"
for i in $(seq $((SCENARIOS / A_RUN))); do one_run; done
wait_until 30 settled
sleep 1
in_use >"$W/after"
[ "$(daemon_pid)" = "$pid" ] || fail "another daemon: the first one died"
while read -r what now; do
	was=$(awk -v w="$what" '$1 == w { print $2 }' "$W/before")
	echo "$what: $was before, $now after"
	[ "$now" -le $((was + $(room "$what"))) ] || fail "$what: $was before, $now after $SCENARIOS scenarios"
	passed
done <"$W/after"

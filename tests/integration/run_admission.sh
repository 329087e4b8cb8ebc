#!/bin/sh
# Scenarios that need much memory are admitted in smaller numbers, all runs of the daemon together; one
# always runs. What they needed is known from runs before, also to another daemon.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"

mkdir big small
printf '[containers]\nmax_memory_mb = 200\n' >cleanroom.toml
# dd's buffer is written to, so it is memory that is really used; it is held until all of it is copied.
for i in 1 2 3 4 5 6; do
	printf '[meta]\nname = "b%s"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "dd if=/dev/zero of=/dev/null bs=60M count=3"\n' $i >big/b$i.clnrm.toml
	printf '[meta]\nname = "s%s"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "sleep 1"\n' $i >small/s$i.clnrm.toml
done
# most FILE...: how many ran at a time, all streams together, as they came; and what the largest needed.
most() {
	/usr/bin/python3 -c '
import json, sys
n = top = peak = 0
for line in sys.stdin:
    e = json.loads(line)
    n += (e["ev"] == "scenario_start") - (e["ev"] == "scenario_end")
    top = max(top, n)
    if e["ev"] == "scenario_end":
        assert e["verdict"] == "pass", e
        peak = max(peak, e["memory_peak_bytes"] or 0)
print(top, peak >> 20)' <"$1"
}

# Nobody knows what they need yet; then it is known.
expect_exit 0 clnrm run -j 6 --format ndjson big
expect_exit 0 clnrm run -j 6 --format ndjson big
hasnt "$out" 'admission.cpu'
has "$out" '"ev":"note"'
has "$out" 'admission.memory'
most "$out" >got
read -r top peak <got
is "$top" 2 # three times 60 MiB, and an eighth more, are more than 200
[ "$peak" -ge 60 ] && [ "$peak" -lt 100 ] || fail "the largest has needed $peak MiB"
expect_exit 0 clnrm run -v -j 6 big
matches "$err" "note\[admission.memory\]: fewer than 6 run at a time: 'b[0-9]/s' may need 6[0-9].* MiB, and of the 200 MiB"
expect_exit 0 clnrm run -j 6 big
hasnt "$err" 'admission'
expect_exit 0 clnrm metrics clnrm_admission_waits_total
matches "$out" 'resource="memory".* [1-9]'
# What fits runs side by side.
expect_exit 0 clnrm run -j 6 --format ndjson small
expect_exit 0 clnrm run -j 6 --format ndjson small
hasnt "$out" 'admission.memory'
is "$(most "$out" | cut -d' ' -f1)" 6

# The next daemon asks the history.
expect_exit 0 clnrm daemon stop
expect_exit 0 clnrm run -j 6 --format ndjson big
is "$(most "$out" | cut -d' ' -f1)" 2

# Two runs share what there is, and both end. Who runs is written down by the scenarios themselves: the
# streams of two runs have no common order.
mkdir log both
chmod 777 log
for i in 1 2 3 4 5 6; do
	printf '[meta]\nname = "l%s"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nvolumes = [{ host_path = "./log", container_path = "/log", mode = "rw" }]\nscript = "echo 1 >>/log/all; dd if=/dev/zero of=/dev/null bs=60M count=3; echo -1 >>/log/all"\n' $i >both/l$i.clnrm.toml
done
: >log/all
chmod 666 log/all
expect_exit 0 clnrm run -j 6 both
: >log/all
clnrm run -j 6 both >one 2>&1 &
one=$!
clnrm run -j 6 both >two 2>&1 &
two=$!
wait $one || fail "the first of two runs: $(cat one)"
wait $two || fail "the second of two runs: $(cat two)"
is "$(awk '{ n += $1; if (n > top) top = n; all++ } END { print top, n, all }' log/all)" '2 0 24'

# One runs, though it alone is more than there may be.
printf '[containers]\nmax_memory_mb = 20\n' >cleanroom.toml
expect_exit 0 clnrm run -j 6 --format ndjson big
is "$(most "$out" | cut -d' ' -f1)" 1
# A limit that a file states counts until it is known better.
printf '[containers]\nmax_memory_mb = 200\n' >cleanroom.toml
if "$ROOT/tests/lib/machine" cgroup-memory 2>/dev/null; then
	mkdir stated
	for i in 1 2 3 4; do
		printf '[meta]\nname = "l%s"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nlimits = { memory_mb = 90 }\nrun = "sleep 1"\n' $i >stated/l$i.clnrm.toml
	done
	expect_exit 0 clnrm run -j 4 --format ndjson stated
	is "$(most "$out" | cut -d' ' -f1)" 2
	expect_exit 0 clnrm run -j 4 --format ndjson stated
	is "$(most "$out" | cut -d' ' -f1)" 4
fi
# A command of 'try' is counted as a scenario is: while one lasts on each processor, a run that says no
# number has one scenario at a time; and it is not made to wait for them.
printf '[cli]\n' >cleanroom.toml
cpus=$(nproc)
mkdir pair hold
for i in 1 2 3 4; do
	printf '[meta]\nname = "p%s"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "true"\n' $i >pair/p$i.clnrm.toml
done
tries=
for i in $(seq "$cpus"); do
	mkfifo "hold/$i"
	clnrm try --image clnrm/base -- sh -c 'echo began; cat' <"hold/$i" >"hold/$i.out" 2>&1 &
	tries="$tries $!"
done
# One writer keeps each open; they end when it does.
for i in $(seq "$cpus"); do
	eval "exec $((i + 2))>hold/$i"
	began() { grep -q began "hold/$i.out"; }
	wait_until 20 began
done
expect_exit 0 clnrm run --format ndjson pair
is "$(most "$out" | cut -d' ' -f1)" 1
has "$out" admission.cpu
expect_exit 0 clnrm try --image clnrm/base -- true
for i in $(seq "$cpus"); do eval "exec $((i + 2))>&-"; done
for pid in $tries; do wait "$pid" || fail 'a try did not end well'; done
if [ "$cpus" -gt 1 ]; then
	expect_exit 0 clnrm run --format ndjson pair
	hasnt "$out" admission.cpu
fi

# Where scenarios hold the memory it begins all the same, soon; and counts.
printf '[containers]\nmax_memory_mb = 20\n' >cleanroom.toml
mkdir lasting
printf '[meta]\nname = "lasting"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "sleep 60"\n' >lasting/l.clnrm.toml
clnrm run --format ndjson lasting >lasting.out 2>&1 &
lasting=$!
lasts() { grep -q step_start lasting.out; }
wait_until 20 lasts
waits_before=$(clnrm metrics clnrm_admission_waits_total | awk '/resource="memory"/ { print $2 }')
expect_exit 3 clnrm try --image clnrm/base -- sh -c 'exit 3'
waits_after=$(clnrm metrics clnrm_admission_waits_total | awk '/resource="memory"/ { print $2 }')
[ "$waits_after" -gt "$waits_before" ] || fail 'a try took memory that is promised, and nobody noticed'
# One that waits and is left by its client holds nobody up.
clnrm try --image clnrm/base -- true &
kill -TERM $!
wait $! || :
kill -TERM $lasting
wait $lasting || :
expect_exit 0 clnrm run --format ndjson pair

# A run that is cancelled while it waits ends, and holds nobody up.
printf '[containers]\nmax_memory_mb = 20\n' >cleanroom.toml
mkdir long
printf '[meta]\nname = "long"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "sleep 60"\n' >long/l.clnrm.toml
clnrm run --format ndjson long >long.out 2>&1 &
long=$!
started() { grep -q step_start long.out; }
wait_until 20 started
clnrm run -j 6 --format ndjson big >waits.out 2>&1 &
waits=$!
waiting() { grep -q admission.memory waits.out; }
wait_until 20 waiting
kill -TERM $waits
code=0
wait $waits || code=$?
is "$code" 143
clnrm run -j 6 --format ndjson big >waits.out 2>&1 &
waits=$!
wait_until 20 waiting
kill -TERM $long
code=0
wait $long || code=$?
is "$code" 143
wait $waits || fail 'what waited did not go on'
passed

#!/bin/sh
# No round of the daemon's loop is long, whatever the size of a run. What is judged is an optimised build;
# another one runs the cases too and has to bear up, without the bound.
. "$(dirname "$0")/../lib/env.sh"
needs sandbox python3

# A machine under load takes the processor away in mid-round. So the loop's thread, the first of the
# daemon, alone goes before all others; of several tries the best one counts, since the kernel's share of
# a round may still be late.
TRIES=8
# A build with a sanitizer or without optimisation is slow by itself.
case ${BUILD##*/} in release*) judged=1 ;; *) judged=0 ;; esac
steady() { chrt -f -p 1 "$(daemon_pid)" >/dev/null 2>&1 || judged=0; }

# Rounds of more than 5 ms so far.
long_rounds() {
	clnrm metrics clnrm_loop_stall |
		awk '/_bucket\{le="0.005"\}/ { short = $2 } /_count/ { all = $2 } END { print all - short }'
}
# quiet NAME EXIT command...: there is a try in which no round is long. What cannot be judged here (not
# root, or another build) runs once and has to bear up.
quiet() {
	CASE=$1 code=$2
	shift 2
	try=0 best=
	[ $judged = 1 ] || TRIES=1
	while [ $try -lt $TRIES ] && [ "${best:-1}" -gt 0 ]; do
		try=$((try + 1))
		before=$(long_rounds)
		expect_exit "$code" "$@"
		now=$(($(long_rounds) - before))
		[ -n "$best" ] && [ "$best" -le "$now" ] || best=$now
	done
	[ $judged = 0 ] || [ "$best" = 0 ] || fail "$best rounds of more than 5 ms in the best of $TRIES tries"
	passed
	CASE=
}

expect_exit 0 clnrm daemon start
printf '[meta]\nname = "warm"\n[[scenario]]\nname = "s"\nrun = "true"\n' >warm.clnrm.toml
expect_exit 0 clnrm run warm.clnrm.toml
steady

# A failed step with megabytes of output, of which all that is kept is recorded.
cat >large.clnrm.toml <<'E'
[meta]
name = "large"
[[scenario]]
name = "s"
run = ["sh", "-c", "yes 'a line of some length, quoted \"twice\"' | head -c 8000000; exit 3"]
E
quiet 'a large result' 1 clnrm run --format=ndjson large.clnrm.toml
python3 - "$out" <<'P' || fail 'the events are not in order'
import json, sys
events = [json.loads(line)["ev"] for line in open(sys.argv[1])]
tail = [e for e in events if e in ("scenario_end", "test_end", "result", "end")]
assert tail == ["scenario_end", "test_end", "result", "end"], tail
P
passed

# It was recorded before it was announced: what a client has seen survives kill -9 of the daemon.
{
	cat large.clnrm.toml
	printf '[[scenario]]\nname = "slow"\nrun = "sleep 12345"\n'
} >killed.clnrm.toml
clnrm run -j 1 --format ndjson killed.clnrm.toml >events 2>errors &
client=$!
wait_until 30 grep -q '"ev":"scenario_end"' events
kill -9 "$(daemon_pid)"
wait $client || :
expect_exit 0 clnrm runs show latest --format json
python3 - "$out" <<'P' || fail 'an announced result is lost'
import json, sys
r = json.load(open(sys.argv[1]))
assert r["run"]["state"] == "lost", r["run"]["state"]
assert [s["verdict"] for t in r["tests"] for s in t["scenarios"] if s["name"] == "s"] == ["fail"]
P
passed
expect_exit 0 clnrm run warm.clnrm.toml
steady

# One file of 10,000 scenarios, of which one is run; and all of them without a sandbox.
python3 - <<'P'
with open("many.clnrm.toml", "w") as f:
    f.write('[meta]\nname = "many"\n')
    for i in range(10000):
        f.write(f'[[scenario]]\nname = "s{i}"\nskip = "not now"\nrun = "true"\n' if i else
                f'[[scenario]]\nname = "s{i}"\nrun = "true"\n')
import os
os.mkdir("files")
for i in range(10000):
    with open(f"files/t{i:05}.clnrm.toml", "w") as f:
        f.write(f'[meta]\nname = "t{i}"\n[[scenario]]\nname = "s"\nrun = "true"\n' + ('skip = "not now"\n' if i else ''))
P
again() { # FORMAT: a file that is new each time
	echo "# $(date +%s%N)" >>many.clnrm.toml
	clnrm run --format="$1" many.clnrm.toml
}
quiet 'a large file' 0 again ndjson
quiet 'a large file for people' 0 again human
quiet 'a list of a large file' 0 clnrm run --list many.clnrm.toml
quiet 'many files' 0 clnrm run --format=ndjson files
quiet 'a list of many files' 0 clnrm run --list files

# What a failed step printed, all 16 MB that are kept of both streams, as text and as a document.
cat >logs.clnrm.toml <<'E'
[meta]
name = "logs"
[[scenario]]
name = "s"
run = ["sh", "-c", "yes 'to stdout' | head -c 8000000; yes 'to stderr' | head -c 8000000 >&2; exit 3"]
E
quiet 'a document of a large result' 1 clnrm run --format=json logs.clnrm.toml
quiet 'a large log' 0 clnrm logs latest
[ "$(wc -c <"$out")" -ge 16000000 ] || fail 'the log is not whole'
passed

# A set of directories that was never part of image host: this machine is looked at anew.
mkdir hosts
n=0
fresh_host() {
	n=$((n + 1))
	mkdir "hosts/$n"
	printf '[host]\npaths = ["%s/hosts/%s"]\n' "$PWD" $n >cleanroom.toml
	clnrm run warm.clnrm.toml
}
quiet 'new host.paths' 0 fresh_host

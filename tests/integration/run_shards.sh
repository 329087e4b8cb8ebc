#!/bin/sh
# run --shard: each scenario is in exactly one part, however they are run; parts take about as long as
# each other once times are known.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
unset CLEANROOM_CACHE_RESULTS # the cut is made before the cache is asked

printf '[project]\nname = "p"\n' >cleanroom.toml
for t in a b c d e f; do
	{
		printf '[meta]\nname = "%s"\n' $t
		printf '[[scenario]]\nname = "long"\nimage = "clnrm/base"\nrun = "sleep 0.4"\n'
		for s in 1 2 3; do
			printf '[[scenario]]\nname = "s%s"\nimage = "clnrm/base"\nrun = "echo %s"\n' $s $s
		done
	} >$t.clnrm.toml
done
expect_exit 0 clnrm run --list .
sort "$out" >all
# whole M 'flags': the parts together are all, and none is in two of them.
whole() {
	: >parts
	i=1
	while [ $i -le "$1" ]; do
		eval "clnrm run --list --shard $i/$1 $2 ." >part.$i || fail "part $i/$1"
		cat part.$i >>parts
		i=$((i + 1))
	done
	sort parts | cmp -s - all || fail "$1 parts with '$2' are not the whole"
	passed
}
# parts M 'flags': runs them, one after another; each says what it had.
parts() {
	rm -f got.*
	i=1
	while [ $i -le "$1" ]; do
		eval "clnrm run --shard $i/$1 $2 --format json . >part.json" || fail "part $i/$1"
		/usr/bin/python3 -c 'import json, sys
r = json.load(open("part.json"))
assert r["run"]["shard"] == {"index": int(sys.argv[1]), "total": int(sys.argv[2])}, r["run"]["shard"]
for t in r["tests"]:
    for s in t["scenarios"]: print(t["file"] + "::" + s["name"] + "\t")' $i "$1" >got.$i || fail "part $i/$1"
		i=$((i + 1))
	done
	sort got.* | cmp -s - all || {
		sort got.* | diff - all | sed 's/^/  | /'
		fail "$1 parts that ran with '$2' are not the whole"
	}
	passed
}
longs() { grep -c long "$1" || :; }

# ---- without a history: by hash ----
whole 1 ''
whole 4 ''
whole 4 '--shard-by hash'
expect_exit 0 clnrm run --list --shard 2/4 .
cp "$out" by-time
expect_exit 0 clnrm run --list --shard 2/4 --shard-by hash .
cmp -s by-time "$out" || fail 'without a history it is the hash'
changes 'run --shard' 0 'run --list .' '--shard 1/3'
changes 'dry-run --shard' 0 'dry-run .' '--shard 1/3'
# What a part measures changes nothing for the others of its cut.
parts 3 ''
parts 2 -j\ 1

# ---- with one: by time ----
expect_exit 0 clnrm run --force .
changes 'run --shard-by' 0 'run --list --shard 1/3 .' '--shard-by hash'
changes 'dry-run --shard-by' 0 'dry-run --shard 1/3 .' '--shard-by hash'
for m in 1 2 3 5 20 31; do whole $m ''; done
whole 3 ''
for i in 1 2 3; do is "$(longs part.$i)" 2; done
whole 6 ''
for i in 1 2 3 4 5 6; do is "$(longs part.$i)" 1; done
parts 3 ''
for i in 1 2 3; do is "$(longs got.$i)" 2; done
parts 3 --force
parts 4 ''
# Side by side, as on several machines.
for i in 1 2 3; do clnrm run --shard $i/3 --format json . >side.$i & pids="${pids-} $!"; done
for p in $pids; do wait "$p" || fail 'a part that ran beside others'; done
/usr/bin/python3 -c 'import json
print(*sorted(t["file"] + "::" + s["name"] + "\t" for i in "123" for t in json.load(open("side." + i))["tests"] for s in t["scenarios"]), sep="\n")' |
	cmp -s - all || fail 'parts that ran side by side are not the whole'
# Turns of a scenario stay together: a part has all of them or none.
for how in time hash; do
	: >turns
	for i in 1 2 3; do
		expect_exit 0 clnrm run --shard $i/3 --shard-by $how --repeat 2 --shuffle=7 --format json -k s .
		json '"\n".join(t["file"] + "::" + s["name"] for t in r["tests"] for s in t["scenarios"])' >>turns
	done
	is "$(sort turns | uniq -c | awk '$1 == 2' | wc -l)" 18
	is "$(wc -l <turns)" 36
done
# Cached ones count as much as others.
expect_exit 0 clnrm run -v --shard 1/3 .
matches "$err" 'note\[select.shard\]: shard 1/3: [0-9]+ of 24 scenarios, cut by measured time'
matches "$out" '^0 passed, [0-9]+ cached'
matches "$out" '[0-9]+ at a time, shard 1/3'
expect_exit 0 clnrm run --shard 2/3 --shard-by hash -v .
has "$err" 'cut by hash'

# ---- of a selection, and empty parts ----
clnrm run --list -k long . >all.sorted && sort all.sorted >all
whole 4 '-k long'
expect_exit 0 clnrm run --shard 7/9 -k long .
has "$err" 'nothing to run: shard 7/9 has none of 6 scenarios'
matches "$out" '^0 passed   0 scenarios of 0 tests'
expect_exit 2 clnrm run --shard 1/2 -k nothing .
has "$err" 'error[no-match]'
expect_exit 0 clnrm run --shard 1/2 -k long --format ndjson .
has "$out" '"shard":{"index":1,"total":2}'
expect_exit 0 clnrm run --shard 1/2 -k long --report junit=r.xml --report tap=r.tap --report markdown=r.md .
has r.xml '<property name="clnrm.shard" value="1/2"/>'
has r.tap '# shard 1/2'
has r.md 'shard 1/2'
expect_exit 0 clnrm dry-run --shard 1/2 -k long --format json .
dry=$(json 'sorted(s["id"] for t in r["tests"] for s in t["scenarios"])')
expect_exit 0 clnrm run --list --shard 1/2 -k long --format json .
is "$(json 'sorted(s["id"] for s in r["scenarios"])')" "$dry"
for bad in 0/2 3/2 1 1/ /2 a/b 1/0 -1/2 1/99999 1/2/3; do
	expect_exit 2 clnrm run --shard=$bad .
	has "$err" "--shard must be I/M with I from 1 to M"
done

# ---- what is one thing stays in one part: a shared sandbox, and what a test says of all of it ----
rm -f ./*.clnrm.toml
for t in a b c d; do
	{
		printf '[meta]\nname = "%s"\nimage = "clnrm/base"\nsandbox = "test"\n' $t
		for s in 1 2 3; do printf '[[scenario]]\nname = "s%s"\nrun = "echo %s"\n' $s $s; done
	} >$t.clnrm.toml
	{
		printf '[meta]\nname = "%s%s"\nimage = "clnrm/base"\n[assertions]\nall_scenarios_should_pass = true\n' $t $t
		for s in 1 2 3; do printf '[[scenario]]\nname = "s%s"\nrun = "echo %s"\n' $s $s; done
	} >$t$t.clnrm.toml
done
for i in 1 2 3; do
	expect_exit 0 clnrm run --force --shard $i/3 --format json .
	is "$(json '[t["file"] for t in r["tests"] if len([s for s in t["scenarios"] if s["name"][0] == "s"]) != 3]')" '[]'
	is "$(json '[s["verdict"] for t in r["tests"] for s in t["scenarios"] if s["verdict"] != "pass"]')" '[]'
	json '"\n".join(t["file"] for t in r["tests"])' >part.$i
done
is "$(cat part.1 part.2 part.3 | sort | grep -c .)" 8
is "$(cat part.1 part.2 part.3 | sort -u | grep -c .)" 8

#!/bin/sh
# Scenarios that need others: random graphs of them, in every order and with every selection; and what each
# flag and report makes of one that is skipped because another did not pass.
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
needs sandbox overlay python3
mkdir t && cd t

# ---- properties: what the stream says of random graphs ----
cat >graphs.py <<'P'
import json, random, subprocess, sys

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(1 << 32)


def make(rng, n):
    """Scenarios by name, with what each needs: written in another order than the one that holds."""
    place = list(range(n))
    rng.shuffle(place)
    density = rng.choice([0, 1, 1, 2, 3])
    graph = {}
    for i in range(n):
        earlier = [k for k in range(n) if place[k] < place[i]]
        needs = rng.sample(earlier, min(len(earlier), rng.randrange(density + 1)))
        how = "fail" if rng.random() < 0.08 else "skip" if rng.random() < 0.03 else "pass"
        graph[f"s{i}"] = {"needs": [f"s{k}" for k in needs], "how": how, "tags": rng.sample("abc", rng.randrange(3))}
    return graph


def text(name, graph):
    lines = ["[meta]", f'name = "{name}"', 'image = "clnrm/base"']
    for sc, x in graph.items():
        lines += ["[[scenario]]", f'name = "{sc}"', f"run = \"{'false' if x['how'] == 'fail' else 'true'}\"",
                  f"tags = {json.dumps(x['tags'])}"]
        if x["needs"]:
            lines.append(f"depends_on = {json.dumps(x['needs'])}")
        if x["how"] == "skip":
            lines.append('skip = "not today"')
    return "\n".join(lines) + "\n"


def closure(graph, some):
    found, todo = set(some), list(some)
    while todo:
        for on in graph[todo.pop()]["needs"]:
            if on not in found:
                found.add(on)
                todo.append(on)
    return found


def outcome(graph, sc, known):
    """Whether it passes, fails, is skipped by its file, or for want of another."""
    if sc not in known:
        x = graph[sc]
        lacks = any(outcome(graph, on, known) != "pass" for on in x["needs"])
        known[sc] = "skip" if x["how"] == "skip" else "dependency" if lacks else x["how"]
    return known[sc]


def statically_skipped(graph, sc, known):
    if sc not in known:
        known[sc] = graph[sc]["how"] == "skip" or any(statically_skipped(graph, on, known) for on in graph[sc]["needs"])
    return known[sc]


def run(args):
    done = subprocess.run(["clnrm", "run", "--format", "ndjson", *args], capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()], done


def check(graph, events, plan):
    """The stream is of exactly these scenarios, in an order that holds."""
    begun, ended, known = {}, {}, {}
    for at, e in enumerate(events):
        if e["ev"] == "scenario_start":
            assert e["scenario"] not in begun, f"{e['scenario']} began twice"
            begun[e["scenario"].split("/")[1]] = at
        if e["ev"] == "scenario_end":
            name = e["scenario"].split("/")[1]
            assert name not in ended, f"{name} ended twice"
            ended[name] = (at, e)
    assert set(ended) == set(plan), (sorted(set(ended) ^ set(plan)), "in one of plan and stream")
    for sc, (at, e) in ended.items():
        want = outcome(graph, sc, known)
        verdict = "skip" if want == "dependency" else want
        assert e["verdict"] == verdict, (sc, e["verdict"], want)
        assert (sc in begun) == (want in ("pass", "fail")), (sc, "ran" if sc in begun else "did not run")
        if want == "dependency":
            assert e["reason"] == "dependency", (sc, e["reason"])
            on = e["reason_text"].removeprefix("needs '").removesuffix("'")
            assert on in graph[sc]["needs"] and outcome(graph, on, known) != "pass", (sc, e["reason_text"])
        for on in graph[sc]["needs"] if sc in begun else []:
            assert ended[on][0] < begun[sc], f"{sc} began before {on} had ended"


def selected(graph, args):
    dropped = {}
    some = [sc for sc, x in graph.items() if not statically_skipped(graph, sc, dropped)]
    if args[0] == "--tag":
        some = [sc for sc in some if args[1] in graph[sc]["tags"]]
        own = [sc for sc, x in graph.items() if args[1] in x["tags"]]
    else:
        some = [sc for sc in some if args[1] in sc]
        own = [sc for sc in graph if args[1] in sc]
    return set(own) | closure(graph, some)


def main():
    rng = random.Random(SEED)
    for round, n in enumerate([1, 2, 5, rng.randrange(3, 20), rng.randrange(20, 40), 80]):
        graph, name = make(rng, n), f"g{round}"
        with open(f"{name}.clnrm.toml", "w") as f:
            f.write(text(name, graph))
        file = f"{name}.clnrm.toml"
        tag, part = ["--tag", rng.choice("abc")], ["--filter", f"s{rng.randrange(4)}"]
        ways = [["-j", "1"], ["-j", "3", f"--shuffle={rng.randrange(100)}"], ["--failed-first", "-j", "8"]]
        try:
            for way in ways:
                check(graph, run([*way, "--force", file])[0], graph)
            for way in (tag, part):
                if selected(graph, way):
                    check(graph, run([*way, file])[0], selected(graph, way))
            shards, seen = rng.randrange(2, 5), []
            for k in range(1, shards + 1):
                listed = subprocess.run(["clnrm", "run", "--list", "--shard", f"{k}/{shards}", "--shard-by", "hash", file],
                                        capture_output=True, text=True).stdout.splitlines()
                mine = [line.split("::")[1].split()[0] for line in listed if "::" in line]
                assert closure(graph, mine) == set(mine), f"shard {k}/{shards} lacks what it needs"
                seen += mine
            listable = sorted(sc for sc in graph if not statically_skipped(graph, sc, {}))
            assert sorted(seen) == listable, f"{shards} shards are not the suite: {seen}"
        except AssertionError as e:
            sys.exit(f"seed {SEED}, {name} ({n} scenarios): {e}")


main()
P
for seed in 1 2 ''; do
	python3 graphs.py $seed 2>"$W/said" || fail "$(cat "$W/said")"
	passed
done

rows() { # of the json document in $out: NAME:VERDICT or NAME:the reason of a skip
	python3 -c 'import json, sys
for t in json.load(open(sys.argv[1]))["tests"]:
    for s in t["scenarios"]:
        print(s["name"] + ":" + ((s["reason_text"] or s["reason"] or "-") if s["verdict"] == "skip" else "cached" if s["cached"] else s["verdict"]), end=" ")' "$out" | sed 's/ $//'
}
suite() { # NAME, then scenarios from stdin: NAME [needs a,b] COMMAND
	printf '[meta]\nname = "%s"\nimage = "clnrm/base"\n' "$1" >"$1.clnrm.toml"
	cat >>"$1.clnrm.toml"
}
s() { printf '[[scenario]]\nname = "%s"\nrun = "%s"\n%s\n' "$1" "$2" "${3-}"; }

# ---- who starts when: the others go on meanwhile, and so does who waits once all have passed ----
CASE='side by side'
mkdir -p met
{
	s slow "sh -c 'until [ -e /met/quick ]; do sleep 0.01; done'" 'volumes = ["./met:/met:rw"]'
	s waits true 'needs = ["slow", "quick"]'
	s quick "touch /met/quick" 'volumes = ["./met:/met:rw"]'
} | suite beside
expect_exit 0 clnrm run -j 2 beside.clnrm.toml
CASE='what is skipped waits for no place'
mkdir -p gone
{
	s bad false
	s held "sh -c 'until [ -e /gone/now ]; do sleep 0.01; done'" 'volumes = ["./gone:/gone:rw"]'
	s after true 'needs = ["bad"]'
	s last true 'needs = ["after"]'
} | suite places
clnrm run -j 1 --format ndjson places.clnrm.toml >"$W/stream" 2>/dev/null &
pid=$!
skips() { test "$(grep -c '"reason":"dependency"' "$W/stream")" = 2; }
wait_until 20 skips
touch gone/now
wait $pid || :
passed

# ---- what is said of it ----
CASE='words'
{
	s late true 'needs = ["mid"]'
	s mid true 'depends_on = ["bad", "good"]'
	s good true
	s bad false
	s fine true 'needs = ["good"]'
} | suite n
for v in '' -v; do
	expect_exit 1 clnrm run $v n.clnrm.toml
	matches "$out" "^skip  n/mid  needs 'bad'$"
	matches "$out" "^skip  n/late  needs 'mid'$"
done
expect_exit 1 clnrm run -q n.clnrm.toml
hasnt "$out" "needs 'bad'"
matches "$out" '^2 passed, 1 failed, 2 skipped '
expect_exit 1 clnrm run --format json n.clnrm.toml
is "$(rows)" "late:needs 'mid' mid:needs 'bad' good:pass bad:fail fine:pass"
expect_exit 0 clnrm runs show latest --format json
is "$(rows)" "late:needs 'mid' mid:needs 'bad' good:pass bad:fail fine:pass"
expect_exit 1 clnrm run --format junit n.clnrm.toml
has "$out" "<skipped message=\"needs 'bad'\""
expect_exit 1 clnrm run --format tap n.clnrm.toml
matches "$out" "n/late # SKIP needs 'mid'"

CASE='words of many'
{
	s bad false
	for i in $(seq 20); do s "s$i" true 'needs = ["bad"]'; done
} | suite crowd
expect_exit 1 clnrm run crowd.clnrm.toml
is "$(grep -c '^skip ' "$out")" 8
matches "$out" '^12 more are skipped for want of what they need \(-v names them\)$'
expect_exit 1 clnrm run -v crowd.clnrm.toml
is "$(grep -c '^skip ' "$out")" 20
hasnt "$out" ' more are skipped'

# ---- files that are refused ----
CASE='refused'
{
	s a true 'needs = ["b"]'
	s b true 'needs = ["a"]'
} | suite cycle
expect_exit 2 clnrm run cycle.clnrm.toml
has "$err" 'cycle.clnrm.toml:11:10: error[config.cycle]: depends_on makes a cycle: a -> b -> a'
has "$err" 'take one of these names out'
{ s good true; s b true 'needs = ["god"]'; } | suite unknown
expect_exit 2 clnrm run unknown.clnrm.toml
has "$err" "unknown.clnrm.toml:11:10: error[config.unknown_scenario]: scenario 'b' needs scenario 'god'"
has "$err" "did you mean 'good'?"
{ s a true; s a true; s b true 'needs = ["a"]'; } | suite twice
expect_exit 2 clnrm run twice.clnrm.toml
has "$err" "two scenarios are named 'a', and 'b' needs one of them"

# ---- what was selected brings along what it needs ----
CASE='selection'
expect_exit 0 clnrm run --format json --filter fine n.clnrm.toml
is "$(rows)" 'good:pass fine:pass'
expect_exit 0 clnrm run --filter fine n.clnrm.toml
has "$err" 'note[select.needs]: 1 scenario more, which others need: n/good'
expect_exit 1 clnrm run --format json n.clnrm.toml::mid
is "$(rows)" "mid:needs 'bad' good:pass bad:fail"
expect_exit 0 clnrm run --list --filter fine n.clnrm.toml
is "$(grep -c '::' "$out")" 2
expect_exit 1 clnrm run --format json --failed n.clnrm.toml
is "$(rows)" "late:needs 'mid' mid:needs 'bad' good:pass bad:fail"
# --exclude takes out all the same.
expect_exit 1 clnrm run --format json --exclude good n.clnrm.toml
is "$(rows)" "late:needs 'mid' mid:needs 'good', which --exclude leaves out bad:fail fine:needs 'good', which --exclude leaves out"
expect_exit 1 clnrm run n.clnrm.toml
expect_exit 0 clnrm run --format json --failed --exclude bad n.clnrm.toml
is "$(rows)" "late:needs 'mid' mid:needs 'bad', which --exclude leaves out"
{
	s first true
	s second true 'needs = ["first"]
only = true'
	s third true
} | suite only
expect_exit 0 clnrm run --format json --no-forbid-only only.clnrm.toml
is "$(rows)" "first:pass second:pass third:another scenario of the file has 'only'"
{
	s first true 'skip = "not today"'
	s second true 'needs = ["first"]'
	s third true 'needs = ["second"]'
	s fourth true
} | suite skipped
expect_exit 0 clnrm run --format json skipped.clnrm.toml
is "$(rows)" "first:not today second:needs 'first' third:needs 'second' fourth:pass"
expect_exit 0 clnrm run --format json --filter third skipped.clnrm.toml
is "$(rows)" "third:needs 'second'"
# Nothing of it has failed.
expect_exit 0 clnrm run skipped.clnrm.toml
expect_exit 0 clnrm run --failed skipped.clnrm.toml
has "$err" 'everything passed'

# ---- attempts, quarantine, repetitions ----
CASE='attempts'
mkdir -p tries
{
	s flaky "sh -c 'echo x >>/tries/n; test \$(wc -l </tries/n) -gt 1'" 'retries = 2
volumes = ["./tries:/tries:rw"]'
	s after true 'needs = ["flaky"]'
} | sed "s/^run = \"sh -c '\(.*\)'\"$/script = '''\1'''/; s/\\\\\\$/$/g" | suite flaky
expect_exit 0 clnrm run --format json flaky.clnrm.toml
is "$(rows)" 'flaky:pass after:pass'
is "$(python3 -c 'import json, sys; print([s["flaky"] for s in json.load(open(sys.argv[1]))["tests"][0]["scenarios"]])' "$out")" '[True, False]'
CASE='quarantine'
printf '[[quarantine]]\ntest = "n.clnrm.toml::bad"\nowner = "me"\nreason = "why"\nuntil = "2100-01-01"\n' >cleanroom.toml
expect_exit 0 clnrm run --format json n.clnrm.toml
is "$(rows)" "late:needs 'mid' mid:needs 'bad' good:pass bad:fail fine:pass"
rm cleanroom.toml
CASE='repetitions'
count() { python3 -c 'import collections, json, sys
c = collections.Counter((s["name"], s["verdict"]) for s in json.load(open(sys.argv[1]))["tests"][0]["scenarios"])
print(" ".join(f"{n}:{v}:{k}" for (n, v), k in sorted(c.items())))' "$out"; }
expect_exit 0 clnrm run --format json --repeat 5 -j 3 --filter fine n.clnrm.toml
is "$(count)" 'fine:pass:5 good:pass:1'
expect_exit 1 clnrm run --format json --repeat 3 -j 3 n.clnrm.toml
is "$(count)" 'bad:fail:3 fine:pass:3 good:pass:3 late:skip:3 mid:skip:3'
expect_exit 1 clnrm run --format json --until-fail=50 -j 1 n.clnrm.toml
is "$(count | tr ' ' '\n' | grep -v '^fine\|^good' | tr '\n' ' ')" 'bad:fail:1 late:skip:1 mid:skip:1 '

# ---- the end comes before ----
CASE='fail-fast'
expect_exit 1 clnrm run --format json --fail-fast -j 1 n.clnrm.toml
is "$(rows)" "late:needs 'mid' mid:needs 'bad' good:fail_fast bad:fail fine:fail_fast"
CASE='the end of a run'
{ s hangs 'sleep 600'; s after true 'needs = ["hangs"]'; s last true 'needs = ["after"]'; } | suite hangs
clnrm run --format json hangs.clnrm.toml >"$out" 2>/dev/null &
pid=$!
begun() { clnrm ps 2>/dev/null | grep -q hangs; }
wait_until 20 begun
kill -TERM $pid
wait $pid || :
is "$(rows)" 'hangs:cancelled after:cancelled last:cancelled'
expect_exit 1 clnrm run --format json --timeout 1s hangs.clnrm.toml
is "$(rows)" 'hangs:run_timeout after:run_timeout last:run_timeout'
sed '2s/$/\ntimeout = "1s"/' hangs.clnrm.toml >limited.clnrm.toml
expect_exit 1 clnrm run --format json limited.clnrm.toml
is "$(rows)" 'hangs:fail after:timeout last:timeout'

# ---- what shares a sandbox: turns are in the order of the needs ----
CASE='shared'
{
	s reads 'grep x /tmp/left' 'needs = ["writes"]'
	s writes "sh -c 'echo x >/tmp/left'"
	s other 'true' 'needs = ["reads"]'
} | suite shared
sed -i 's/^image.*/&\nsandbox = "test"/' shared.clnrm.toml
expect_exit 0 clnrm run --format json shared.clnrm.toml
is "$(rows)" 'reads:pass writes:pass other:pass'
expect_exit 0 clnrm run --format json --repeat 3 --filter other -j 4 shared.clnrm.toml
is "$(count)" 'other:pass:3 reads:pass:3 writes:pass:3'

# ---- results of the past: what it needs is no part of what it is ----
CASE='cached'
unset CLEANROOM_CACHE_RESULTS
mkdir -p data
echo good >data/x
{
	s first "grep -q good /data/x" 'volumes = ["./data:/data:ro"]'
	s second 'true' 'needs = ["first"]'
	s third 'true' 'needs = ["second"]'
} | suite past
sleep 0.1 # stamps are coarse: what was written just before is not kept
expect_exit 0 clnrm run past.clnrm.toml
kept() { clnrm run --format json past.clnrm.toml >"$out" 2>/dev/null && test "$(rows)" = 'first:cached second:cached third:cached'; }
wait_until 20 kept
echo bad >data/x
expect_exit 1 clnrm run --format json past.clnrm.toml
is "$(rows)" "first:fail second:needs 'first' third:needs 'second'"
# Nobody says that a result stood for them, or that they ran.
expect_exit 0 clnrm why past/second latest
matches "$out" '^past/second was skipped: what it needs did not pass$'
expect_exit 0 clnrm why --format json past/third latest
has "$out" '"decision":"skip","reason":"what it needs did not pass"'
echo good >data/x
sleep 0.1
expect_exit 0 clnrm run --format json past.clnrm.toml
is "$(rows | sed 's/first:[a-z]*/first:-/')" 'first:- second:cached third:cached'
# What stands behind one that waits is answered all the same.
sed 's/past/behind/; /^needs/d' past.clnrm.toml >behind.clnrm.toml
sleep 0.1
expect_exit 0 clnrm run behind.clnrm.toml
behind() { clnrm run --format json behind.clnrm.toml >"$out" 2>/dev/null && test "$(rows)" = 'first:cached second:cached third:cached'; }
wait_until 20 behind
sed -i '/^name = "second"$/s/.*/&\nneeds = ["bad"]/' behind.clnrm.toml
s bad false >>behind.clnrm.toml
expect_exit 1 clnrm run --format json behind.clnrm.toml
is "$(rows)" "first:cached second:needs 'bad' third:cached bad:fail"
# Another need is no other scenario.
sed -i 's/needs = \["second"\]/needs = ["first"]/' past.clnrm.toml
expect_exit 0 clnrm run --format json past.clnrm.toml
is "$(rows | sed 's/first:[a-z]*/first:-/')" 'first:- second:cached third:cached'

# ---- cells of a matrix ----
CASE='matrix'
cat >cells.clnrm.toml.tera <<'T'
[meta]
name = "cells"
image = "clnrm/base"
[matrix]
n = [1, 2]
[[scenario]]
name = "b"
needs = ["a"]
run = "true"
[[scenario]]
name = "a"
run = "{% if matrix.n == 1 %}false{% else %}true{% endif %}"
T
expect_exit 1 clnrm run --format json cells.clnrm.toml.tera
is "$(rows)" "b:needs 'a' a:fail b:pass a:pass"

# ---- many in a row ----
CASE='ten thousand'
python3 - <<'P'
n = 10000
with open("row.clnrm.toml", "w") as f:
    f.write('[meta]\nname = "row"\nimage = "clnrm/base"\n')
    for i in range(n):
        f.write(f'[[scenario]]\nname = "s{i}"\nrun = "{"false" if i == n - 1 else "true"}"\n')
        if i < n - 1:
            f.write(f'needs = ["s{i + 1}"]\n')
with open("fan.clnrm.toml", "w") as f:
    f.write('[meta]\nname = "fan"\nimage = "clnrm/base"\n[[scenario]]\nname = "all"\nrun = "true"\n')
    f.write("needs = [" + ", ".join(f'"s{i}"' for i in range(n)) + "]\n")
    for i in range(n):
        f.write(f'[[scenario]]\nname = "s{i}"\nrun = "false"\n' + ('needs = ["bad"]\n'))
    f.write('[[scenario]]\nname = "bad"\nrun = "false"\n')
P
for file in row fan; do
	expect_exit 0 timeout 60 clnrm validate $file.clnrm.toml
	expect_exit 0 timeout 60 clnrm run --list --shard 1/3 $file.clnrm.toml
	expect_exit 1 timeout 60 clnrm run --shuffle=3 $file.clnrm.toml
	matches "$out" '^0 passed, 1 failed, (9999|10001) skipped '
done

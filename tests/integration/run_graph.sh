#!/bin/sh
# Steps in an order of their own: random graphs of real processes, and what is said of bad ones.
. "$(dirname "$0")/../lib/env.sh"
mkdir t && cd t

# ---- properties: each step appends to a file when it begins and when it ends ----
cat >graphs.py <<'P'
import json, random, subprocess, sys

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(1 << 32)


def make(rng, name, n):
    """A scenario as a dictionary: steps with what each needs, how it ends, and how it is written."""
    concurrent, most = rng.random() < 0.5, rng.choice([1, 2, 3, 8, 32])
    order = list(range(n))
    rng.shuffle(order)  # a topological order other than the written one
    place = {s: i for i, s in enumerate(order)}
    steps = []
    for i in range(n):
        step = {"name": f"s{i}", "fails": rng.random() < 0.06, "goes_on": rng.random() < 0.3,
                "background": False, "again": rng.random() < 0.05, "given": None}
        earlier = [k for k in range(n) if place[k] < place[i]]
        written_before_fits = i == 0 or place[i - 1] < place[i]
        if not (concurrent or written_before_fits) or rng.random() < 0.7:
            step["given"] = sorted(rng.sample(earlier, min(len(earlier), rng.choice([0, 1, 1, 2, 3]))))
        step["needs"] = step["given"] if step["given"] is not None else [] if concurrent or i == 0 else [i - 1]
        steps.append(step)
    return {"name": name, "concurrent": concurrent, "most": most, "steps": steps}


def text(sc):
    lines = ["[[scenario]]", f'name = "{sc["name"]}"', f"concurrent = {str(sc['concurrent']).lower()}",
             f"max_parallel = {sc['most']}"]
    for s in sc["steps"]:
        end = "exit 7" if s["fails"] else f"[ $(grep -c 'b {s['name']}$' log) -ge 2 ]" if s["again"] else "true"
        body = f"echo b {s['name']} >>log; {end} || {{ c=$?; echo e {s['name']} >>log; exit $c; }}; echo e {s['name']} >>log"
        if s["fails"]:
            body = f"echo b {s['name']} >>log; echo e {s['name']} >>log; exit 7"
        lines += ["[[scenario.steps]]", f'name = "{s["name"]}"', f"script = '''{body}'''"]
        if s["given"] is not None:
            lines.append("depends_on = [" + ", ".join(f'"s{k}"' for k in s["given"]) + "]")
        if s["goes_on"]:
            lines.append("continue_on_failure = true")
        if s["again"]:
            lines.append('retries = 1\nretry_delay = "1ms"')
    lines += ["[[scenario.teardown]]", 'name = "log"', 'script = "cat log"']
    return "\n".join(lines) + "\n"


def expected(sc):
    """Which steps run: all that they need passed, or may fail."""
    ran, todo = {}, list(range(len(sc["steps"])))
    while todo:
        left = []
        for i in todo:
            s = sc["steps"][i]
            if any(k not in ran for k in s["needs"]):
                left.append(i)
                continue
            ran[i] = all(ran[k] and (not sc["steps"][k]["fails"] or sc["steps"][k]["goes_on"]) for k in s["needs"])
        assert len(left) < len(todo), "the test made a cycle"
        todo = left
    return ran


def check(sc, result):
    want, log = expected(sc), result["steps"][-1]["stdout"].split("\n")[:-1]
    begun = [line[2:] for line in log if line.startswith("b ")]
    at = {}
    for n, line in enumerate(log):
        at.setdefault(line, []).append(n)
    for i, s in enumerate(sc["steps"]):
        got, name = result["steps"][i], s["name"]
        times = (2 if s["again"] and not s["fails"] else 2 if s["again"] else 1) if want[i] else 0
        assert got["ran"] == want[i], (name, "ran" if got["ran"] else "did not run", s)
        assert begun.count(name) == times == got["attempts"], (name, begun.count(name), times, got["attempts"])
        verdict = "skip" if not want[i] else "fail" if s["fails"] else "pass"
        assert got["verdict"] == verdict, (name, got["verdict"], verdict)
        if not want[i]:
            assert got["reason"] == "dependency", (name, got["reason"])
            continue
        for k in s["needs"]:
            assert at[f"e s{k}"][-1] < at[f"b {name}"][0], f"{name} began before s{k} had ended"
    live = 0
    for line in log:
        live += 1 if line[0] == "b" else -1
        assert 0 <= live <= sc["most"], f"{live} steps at once, at most {sc['most']}"
    failed = any(s["fails"] and want[i] for i, s in enumerate(sc["steps"]))
    assert result["verdict"] == ("fail" if failed else "pass"), result["verdict"]


def main():
    rng = random.Random(SEED)
    sizes = [rng.randrange(1, 30) for _ in range(24)] + [60, 200, 200]
    scenarios = [make(rng, f"g{i}", n) for i, n in enumerate(sizes)]
    with open("graphs.clnrm.toml", "w") as f:
        f.write('[meta]\nname = "graphs"\n' + "".join(map(text, scenarios)))
    done = subprocess.run(["clnrm", "run", "--force", "--format", "json", "-j", "2", "graphs.clnrm.toml"],
                          capture_output=True, text=True)
    document = json.loads(done.stdout)
    results = {s["name"]: s for s in document["tests"][0]["scenarios"]}
    for sc in scenarios:
        try:
            check(sc, results[sc["name"]])
        except AssertionError as e:
            sys.exit(f"seed {SEED}, {sc['name']} ({len(sc['steps'])} steps): {e}")


main()
P
for seed in 1 2 ''; do
	/usr/bin/python3 graphs.py $seed 2>"$W/said" || fail "$(cat "$W/said")"
	passed
done

# ---- eight steps of 200 ms side by side ----
cat >eight.clnrm.toml <<'T'
[meta]
name = "eight"
[[scenario]]
name = "s"
concurrent = true
max_parallel = 8
setup = [{ run = "mkdir at" }]
steps = [
  { script = "touch at/1; until [ $(ls at | wc -l) = 8 ]; do sleep 0.01; done" },
  { script = "touch at/2; until [ $(ls at | wc -l) = 8 ]; do sleep 0.01; done" },
  { script = "touch at/3; until [ $(ls at | wc -l) = 8 ]; do sleep 0.01; done" },
  { script = "touch at/4; until [ $(ls at | wc -l) = 8 ]; do sleep 0.01; done" },
  { script = "touch at/5; until [ $(ls at | wc -l) = 8 ]; do sleep 0.01; done" },
  { script = "touch at/6; until [ $(ls at | wc -l) = 8 ]; do sleep 0.01; done" },
  { script = "touch at/7; until [ $(ls at | wc -l) = 8 ]; do sleep 0.01; done" },
  { script = "touch at/8; until [ $(ls at | wc -l) = 8 ]; do sleep 0.01; done" },
]
T
expect_exit 0 clnrm run eight.clnrm.toml

# ---- output is kept apart, and joined in written order ----
cat >apart.clnrm.toml <<'T'
[meta]
name = "apart"
[[scenario]]
name = "s"
concurrent = true
max_parallel = 2
expected_stdout = "a1\na2\nb1\nb2"
steps = [
  { name = "a", script = "until [ -e b ]; do sleep 0.01; done; echo a1; touch a; echo a2", expected_stdout = "a1\na2" },
  { name = "b", script = "echo b1; touch b; until [ -e a ]; do sleep 0.01; done; echo b2", expected_stdout = "b1\nb2" },
]
T
expect_exit 0 clnrm run apart.clnrm.toml

# ---- setup, steps and teardown follow each other as wholes; a background step is waited for as it starts ----
cat >parts.clnrm.toml <<'T'
[meta]
name = "parts"
[[scenario]]
name = "good"
max_parallel = 4
setup = [{ name = "one", script = "sleep 0.05; touch one" }, { name = "two", depends_on = [], run = "touch two" }]
steps = [
  { name = "server", depends_on = [], background = true, script = "touch up; exec sleep 100" },
  { name = "ask", depends_on = ["server"], script = "test -e one; test -e two; until [ -e up ]; do sleep 0.01; done" },
  { name = "late", depends_on = [], run = "touch late" },
]
teardown = [{ name = "x", run = "test -e late" }, { name = "y", depends_on = ["x"], script = "test -e up; touch y" }]
[[scenario]]
name = "no setup"
setup = [{ name = "bad", run = "false" }, { name = "free", depends_on = [], run = "true" }, { name = "after", depends_on = ["bad"], run = "true" }]
steps = [{ name = "never", depends_on = [], run = "touch never" }]
teardown = [{ name = "clean", run = "test ! -e never" }]
[[scenario]]
name = "no program"
steps = [{ name = "gone", depends_on = [], run = "/none" }, { name = "needs it", run = "true" }, { name = "free", depends_on = [], run = "true" }]
[[scenario]]
name = "background fails"
steps = [{ name = "server", depends_on = [], background = true, run = "false" }, { name = "other", depends_on = [], run = "sleep 0.2" }]
T
expect_exit 2 clnrm run --format json parts.clnrm.toml
/usr/bin/python3 - "$out" <<'P' || fail 'parts'
import json, sys
r = {s["name"]: s for s in json.load(open(sys.argv[1]))["tests"][0]["scenarios"]}
def steps(name):
    return {s["name"]: (s["verdict"], s["ran"]) for s in r[name]["steps"]}
assert r["good"]["verdict"] == "pass", r["good"]
assert r["no setup"]["verdict"] == "error", r["no setup"]
assert steps("no setup") == {"bad": ("fail", True), "free": ("pass", True), "after": ("skip", False),
                             "never": ("skip", False), "clean": ("pass", True)}, steps("no setup")
assert steps("no program") == {"gone": ("error", True), "needs it": ("skip", False), "free": ("pass", True)}, steps("no program")
assert r["background fails"]["verdict"] == "fail" and steps("background fails")["other"] == ("pass", True), r["background fails"]
P

# ---- a deadline ends all that runs; a capture is waited for ----
cat >more.clnrm.toml <<'T'
[meta]
name = "more"
[[scenario]]
name = "deadline"
concurrent = true
max_parallel = 3
steps = [{ name = "hangs", run = "sleep 100", timeout = "200ms" }, { name = "beside", run = "sleep 100" }]
[[scenario]]
name = "capture"
concurrent = true
max_parallel = 3
steps = [{ name = "set", script = "sleep 0.1; echo 7", capture = { n = ".*" } }, { name = "use", script = 'test "$CLNRM_CAPTURE_N" = 7' }, { name = "arg", command = ["test", "${capture.n}", "=", "7"] }]
T
expect_exit 1 clnrm run more.clnrm.toml
has "$out" "timed out after 200 ms in step 'hangs'"
has "$out" '1 passed, 1 failed'

# ---- a selector runs a step with all that it needs ----
expect_exit 0 clnrm run --format json "parts.clnrm.toml::good::ask"
/usr/bin/python3 - "$out" <<'P' || fail 'selected'
import json, sys
s = json.load(open(sys.argv[1]))["tests"][0]["scenarios"][0]["steps"]
assert [x["name"] for x in s if x["ran"]] == ["one", "two", "server", "ask", "x", "y"], s
P

# ---- what is skipped does not pass: not a scenario of which no step ran either ----
cat >skips.clnrm.toml <<'T'
[meta]
name = "skips"
[[scenario]]
name = "all"
steps = [{ name = "a", run = "true", skip = "not today" }]
[[scenario]]
name = "needed"
expected_stdout = "x"
setup = [{ name = "first", run = "true" }]
steps = [{ name = "a", run = "true", skip = true }, { name = "b", depends_on = ["a"], run = "echo x" }]
[[scenario]]
name = "waits"
depends_on = ["needed"]
run = "true"
[[scenario]]
name = "should fail"
should_fail = true
steps = [{ name = "a", run = "false", skip = true }]
[[scenario]]
name = "some"
steps = [{ name = "a", run = "true", skip = true }, { name = "b", run = "true" }]
[[scenario]]
name = "setup fails"
setup = [{ name = "first", run = "false" }]
steps = [{ name = "a", run = "true" }]
T
expect_exit 2 clnrm run --format json skips.clnrm.toml
/usr/bin/python3 - "$out" <<'P' || fail 'skips'
import json, sys
r = {s["name"]: (s["verdict"], s["reason"], s["reason_text"]) for s in json.load(open(sys.argv[1]))["tests"][0]["scenarios"]}
none = ("skip", "skip", "all of its steps are skipped")
assert r["all"] == r["needed"] == r["should fail"] == none, r
assert r["waits"] == ("skip", "dependency", "needs 'needed'"), r
assert r["some"][0] == "pass" and r["setup fails"][0] == "error", r
P

# ---- cycles are drawn, unknown names are named ----
cat >bad.clnrm.toml <<'T'
[meta]
name = "bad"
[[scenario]]
name = "written"
steps = [{ name = "a", depends_on = ["b"], run = "true" }, { name = "b", run = "true" }]
[[scenario]]
name = "named"
steps = [{ name = "c", depends_on = ["d"], run = "true" }, { name = "d", depends_on = ["c"], run = "true" }]
[[scenario]]
name = "unknown"
steps = [{ name = "one", run = "true" }, { name = "two", depends_on = ["onne"], run = "true" }]
T
expect_exit 2 clnrm run bad.clnrm.toml
has "$err" 'error[config.cycle]: depends_on makes a cycle: a -> b -> a'
has "$err" 'error[config.cycle]: depends_on makes a cycle: c -> d -> c'
[ "$(grep -c 'config.cycle' "$err")" = 2 ] || fail 'a cycle is drawn twice'
has "$err" 'a step without depends_on waits for the one written before it'
has "$err" "error[config.unknown_step]: step 'two' needs step 'onne', steps are: one, two"
has "$err" "did you mean 'one'?"
passed

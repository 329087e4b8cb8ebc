#!/bin/sh
# clnrm dry-run: what a run would do, and that nothing of it is done.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
mkdir t
cat >t/a.clnrm.toml <<T
[meta]
name = "orders"
image = "clnrm/base"
timeout = "40s"
[[scenario]]
name = "refund"
network = "none"
limits = { memory_mb = 64 }
env = { API_TOKEN = "hush" }
volumes = ["./data:/data:cow"]
setup = [{ name = "seed", run = "touch $W/work/ran" }]
steps = [
  { name = "call", run = "touch $W/work/ran" },
  { name = "serve", run = "echo 'a b'", background = true },
  { name = "check", run = "echo hush", timeout = "2s" },
]
teardown = [{ name = "away", run = "true" }]
[[scenario]]
name = "later"
skip = "not yet"
run = "true"
T
mkdir t/data
cat >t/b.clnrm.toml <<T
[meta]
name = "b"
[[scenario]]
name = "one"
run = "touch $W/work/ran"
T
run_selects() { # ARGS: the same scenarios as a run would have; --list leaves out what is skipped
	clnrm run --list "$@" | cut -f 1 | sort >listed
	clnrm dry-run --format json "$@" >"$out"
	json '"\n".join(sorted(t["file"] + "::" + s["name"] for t in r["tests"] for s in t["scenarios"] if not s["skipped"]))' | sed "/^$/d" >planned
	cmp -s listed planned || { diff listed planned; fail "dry-run $* selects others than run"; }
	passed
}

# ---- words ----
expect_exit 0 clnrm dry-run t
matches "$out" '^orders/refund   image clnrm/base@[0-9a-f]{8}   native   standard   network none   would run'
has "$out" '  setup [seed]'
has "$out" '  [call] -> [serve &] -> [check]'
has "$out" '  teardown [away]'
has "$out" 'skipped: not yet'
matches "$out" '^b/one   image host@'
is "$(tail -n 1 "$out")" '3 scenarios of 2 tests: 2 to run, 1 skipped; 2 sandboxes'
expect_exit 0 clnrm dry-run -v t/a.clnrm.toml
has "$out" 'memory_mb 67108864'
matches "$out" '^  volume .*/data at /data, cow$'
has "$out" "  serve: echo 'a b'"
has "$out" "  check: echo '***'  deadline 2.0 s (file)"
hasnt "$out" hush
expect_exit 0 clnrm dry-run -qq t
is "$(cat "$out")" ''

# ---- JSON ----
expect_exit 0 clnrm dry-run --format json t
is "$(json 'r["tests"][0]["scenarios"][0]["limits"]["memory_mb"], r["images_missing"], r["excluded"]')" '(64, [], 0)'
is "$(json '[(s["name"], s["depends_on"], s["timeout_ms"], s["background"]) for s in r["tests"][0]["scenarios"][0]["steps"]]')" \
	"[('call', [], 60000, False), ('serve', ['call'], 60000, True), ('check', ['serve'], 2000, False)]"
is "$(json '[(s["name"], s["skipped"], s["skip"]) for t in r["tests"] for s in t["scenarios"]]')" \
	"[('refund', False, None), ('later', True, 'not yet'), ('one', False, None)]"
hasnt "$out" hush

# ---- selection ----
for args in t 't -k refund' 't --exclude orders' t/a.clnrm.toml:14 t/a.clnrm.toml::later 't -k /on./ -k later'; do
	# shellcheck disable=SC2086
	run_selects $args
done
expect_exit 0 clnrm dry-run t/a.clnrm.toml::refund::call --format json
is "$(json '[s["name"] for s in r["tests"][0]["scenarios"][0]["steps"]]')" "['call']"
expect_exit 2 clnrm dry-run -k nothing t
has "$err" 'error[no-match]: no scenario matches'
expect_exit 2 clnrm dry-run t/b.clnrm.toml::two
has "$err" "no scenario matches 't/b.clnrm.toml::two'"
expect_exit 2 clnrm dry-run -k '/(/' t
has "$err" 'error[invalid-option]'
expect_exit 3 clnrm dry-run none.clnrm.toml
printf '[meta]\nname = "in"\n[[steps]]\nrun = "true"\n' | clnrm dry-run - >"$out" || fail 'stdin is refused'
has "$out" 'in/in'

# ---- scenarios that need others ----
cat >needs.clnrm.toml <<T
[meta]
name = "n"
[[scenario]]
name = "late"
needs = ["mid", "good"]
run = "true"
[[scenario]]
name = "mid"
needs = ["off"]
run = "true"
[[scenario]]
name = "good"
run = "true"
[[scenario]]
name = "off"
skip = "not today"
run = "true"
[[scenario]]
name = "fine"
needs = ["good"]
run = "true"
T
run_selects needs.clnrm.toml
run_selects needs.clnrm.toml -k fine
run_selects needs.clnrm.toml --exclude good
expect_exit 0 clnrm dry-run needs.clnrm.toml
has "$out" '  needs mid, good'
is "$(grep -c '^n/' "$out")" 5
is "$(grep -n '^n/' "$out" | cut -d : -f 2 | cut -d ' ' -f 1 | tr '\n' ' ')" 'n/off n/mid n/good n/late n/fine '
matches "$out" "^n/late .* skipped: needs 'mid'$"
expect_exit 0 clnrm dry-run -k fine needs.clnrm.toml
has "$out" '  not selected: others need it'
expect_exit 0 clnrm dry-run -k fine --format json needs.clnrm.toml
is "$(json '[(s["name"], s["depends_on"], s["selected"], s["position"]) for s in r["tests"][0]["scenarios"]]')" \
	"[('good', [], False, 1), ('fine', ['good'], True, 2)]"
expect_exit 0 clnrm dry-run --graph dot needs.clnrm.toml
is "$(grep -c 'ltail=cluster' "$out")" 4
has "$out" 's3_0 -> s1_0 [ltail=cluster_3, lhead=cluster_1];'
if command -v dot >/dev/null; then dot -Tplain "$out" >/dev/null || fail 'no DOT'; fi
expect_exit 0 clnrm dry-run -k fine --graph mermaid needs.clnrm.toml
has "$out" 'g0 --> g1'
rm needs.clnrm.toml

# ---- images that are not here; files that are not valid ----
printf '[meta]\nname = "c"\nimage = "nowhere:1"\n[[steps]]\nrun = "true"\n' >c.clnrm.toml
expect_exit 0 clnrm dry-run c.clnrm.toml
has "$out" 'image nowhere:1 (not here)'
has "$out" 'cannot run: its image is not here'
expect_exit 0 clnrm dry-run --format json c.clnrm.toml
is "$(json 'r["images_missing"]')" "['nowhere:1']"
printf '[meta]\nnaem = "d"\n' >d.clnrm.toml
expect_exit 1 clnrm dry-run d.clnrm.toml t
has "$out" 'd.clnrm.toml:2:1: error[config.unknown_key]'
has "$out" '2 to run, 1 skipped, 1 file invalid; 2 sandboxes'

# ---- graphs ----
expect_exit 0 clnrm dry-run --graph dot t
is "$(grep -c -- '->' "$out")" 2
is "$(tr -cd '{' <"$out" | wc -c)" "$(tr -cd '}' <"$out" | wc -c)"
if command -v dot >/dev/null; then dot -Tplain "$out" >/dev/null || fail 'no DOT'; fi
expect_exit 0 clnrm dry-run --graph mermaid t
is "$(head -n 1 "$out")" 'flowchart LR'
is "$(grep -c -- '-->' "$out")" 2

# ---- other clients ----
SCHEMA=plan
api POST /v1/plan -d "{\"cwd\":\"$PWD\",\"paths\":[\"t\"],\"options\":{\"filter\":[\"one\"],\"jobs\":4}}"
has "$doc" '"excluded":2'
SCHEMA=problem
api POST /v1/runs -d "{\"cwd\":\"$PWD\",\"paths\":[\"t\"],\"options\":{\"graph\":\"dot\"}}"
has "$doc" '"pointer":"/options/graph"'

# A thousand files, and a client that does not wait for them.
mkdir many
i=0
while [ $i -lt 1000 ]; do
	printf '[meta]\nname = "m%d"\n[[steps]]\nrun = "true"\n' $i >many/$i.clnrm.toml
	i=$((i + 1))
done
expect_exit 0 clnrm dry-run many
has "$out" '1000 scenarios of 1000 tests: 1000 to run'
for _ in 1 2 3 4 5; do
	curl -s --max-time 0.02 --unix-socket "$SOCKET" -X POST -d "{\"cwd\":\"$PWD\",\"paths\":[\"many\"]}" \
		http://localhost/v1/plan >/dev/null || :
done
expect_exit 0 clnrm dry-run t

[ ! -e ran ] || fail 'something ran'
clnrm runs list --format json >"$out"
is "$(json 'r["runs"]')" '[]'

# ---- what the cache would answer ----
unset CLEANROOM_CACHE_RESULTS
mkdir c
printf '[meta]\nname = "kept"\n[[scenario]]\nname = "a"\nrun = "true"\n[[scenario]]\nname = "b"\nrun = "true"\ncache = true\n[[scenario]]\nname = "h"\nrun = "true"\nisolation = "relaxed"\nnetwork = "host"\n' >c/kept.clnrm.toml
expect_exit 0 clnrm dry-run c
is "$(tail -n 1 "$out")" '3 scenarios of 1 test: 3 to run; 3 sandboxes'
expect_exit 0 clnrm run c
id=$(sed -n '$s/.* run //p' "$out")
# A result is kept a moment after it is told.
i=0
until clnrm dry-run c | grep -q ', 2 cached'; do
	i=$((i + 1))
	[ $i -lt 100 ] || fail 'nothing is cached'
	sleep 0.05
done
expect_exit 0 clnrm dry-run c
matches "$out" "^kept/a .* cached, run $id$"
matches "$out" '^kept/h .* would run, never cached: '
is "$(tail -n 1 "$out")" '3 scenarios of 1 test: 1 to run, 2 cached; 1 sandbox'
expect_exit 0 clnrm dry-run --format json c
is "$(json '[(s["cached"], s["cached_from"] == "'"$id"'", bool(s["cache_key"]), bool(s["never_cached"])) for s in r["tests"][0]["scenarios"]]')" \
	'[(True, True, True, False), (True, True, True, False), (False, False, False, True)]'
sed -i 's/"true"/"true x"/' c/kept.clnrm.toml
expect_exit 0 clnrm dry-run c
is "$(tail -n 1 "$out")" '3 scenarios of 1 test: 3 to run; 3 sandboxes'

#!/bin/sh
# clnrm why: for each kind of change, the part of the key that made the scenario run; what is never
# answered from the past, and why; and the same of runs that were.
. "$(dirname "$0")/../lib/env.sh"
unset CLEANROOM_CACHE_RESULTS
mkdir -p p/data p/src && cd p
printf '[project]\nname = "p"\n' >cleanroom.toml
printf one >data/file
printf x >src/in.txt
cat >t.clnrm.toml <<'T'
[meta]
name = "orders"
env_pass = ["COLOUR"]
[[scenario]]
name = "refund"
image = "clnrm/base"
inputs = ["src/*.txt"]
volumes = [{ host_path = "./data", container_path = "/data" }]
run = "true"
T
COLOUR=red
export COLOUR
sleep 0.05 # what is younger at the run is not kept

# says PATTERN [ARGUMENTS]
says() {
	CASE=$1
	pattern=$1
	shift
	expect_exit 0 clnrm why orders/refund "$@"
	matches "$out" "$pattern"
	CASE=
}
says '^orders/refund would run: no result of it is kept$'
expect_exit 0 clnrm run t.clnrm.toml
says '^orders/refund would be cached: nothing changed since run [a-z0-9]+, [0-9]+ inputs equal$'
is_run=$(clnrm runs --limit 1 --no-header | cut -d' ' -f1)
says "since run $is_run,"

# because KIND WHAT command...: the change is told as of this kind, and of no other; then it is run.
because() {
	kind=$1 what=$2
	shift 2
	"$@"
	says "^orders/refund would run: $kind$what changed \\([^)]*\\), [0-9]+ other inputs? equal$"
	matches "$out" '^  last result: pass, run [a-z0-9]+, .* ago$'
	expect_exit 0 clnrm why orders/refund --format json
	/usr/bin/python3 - "$out" "$kind" <<'P' || fail "the JSON of $kind$what"
import json, sys
r = json.load(open(sys.argv[1]))
assert r["decision"] == "run" and r["key"] != r["previous_key"], r
assert [c["kind"] for c in r["changed"]] == [sys.argv[2]], r["changed"]
assert r["changed"][0]["old"] != r["changed"][0]["new"], r["changed"]
assert {i["name"].rsplit("/", 1)[1] for i in r["inputs"]} == {"data", "*.txt"}, r["inputs"]
P
	expect_exit 0 clnrm run t.clnrm.toml
	matches "$out" '^1 passed '
	says 'would be cached'
	says "^orders/refund ran: $kind$what changed" latest
}
because input " 'data'" sh -c 'printf two >data/file'
because input " 'src/\*\.txt'" sh -c 'printf y >src/in.txt'
because definition '' sed -i 's/run = "true"/run = "echo"/' t.clnrm.toml
because policy '' sh -c 'printf "[limits]\nopen_files = 600\n" >>cleanroom.toml'
blue() { COLOUR=blue; }
because env " 'COLOUR'" blue

# ---- what a template comes from ----
cat >r.clnrm.toml <<'T'
[meta]
name = "rendered"
image = "clnrm/base"
[[scenario]]
name = "s"
run = "echo {{ v | default(value='none') }} {% include 'part.tera' %} {{ get_random(end=1000000) }}"
T
printf one >part.tera
sleep 0.05
arguments="--map v=1 --seed 7"
# rendered_because WHAT ARGUMENTS [COMMAND...]: told as this, and as nothing else.
rendered_because() {
	CASE=$1 what=$1
	# shellcheck disable=SC2086 # words
	expect_exit 0 clnrm run $arguments r.clnrm.toml
	arguments=$2
	shift 2
	"$@"
	# shellcheck disable=SC2086 # words
	expect_exit 0 clnrm run $arguments r.clnrm.toml
	matches "$out" '^1 passed '
	expect_exit 0 clnrm why rendered/s latest
	matches "$out" "^rendered/s ran: $what changed \\([^()]*\\), [0-9]+ other inputs? equal$"
	CASE=
}
rendered_because "var 'v'" '--map v=2 --seed 7'
rendered_because seed '--map v=2 --seed 8'
rendered_because "include 'part.tera'" "$arguments" sh -c 'printf two >part.tera'
# The next daemon knows what it came from, too.
rendered_because "template 'r.clnrm.toml'" "$arguments" sh -c 'clnrm daemon stop && sed -i s/echo/printf/ r.clnrm.toml'

# ---- of a run that was ----
expect_exit 0 clnrm run t.clnrm.toml
says '^orders/refund was cached: nothing changed since run ' latest
expect_exit 0 clnrm run --force t.clnrm.toml
says '^orders/refund ran: --force$' latest
expect_exit 3 clnrm why orders/refund nope1234
expect_exit 3 clnrm why orders/refunt
has "$err" orders/refund
expect_exit 2 clnrm why
expect_exit 3 clnrm why absent.clnrm.toml

# ---- by path, and several ----
expect_exit 0 clnrm why t.clnrm.toml::refund
has "$out" 'orders/refund'
sed 's/refund/list/' t.clnrm.toml | sed -n '4,$p' >>t.clnrm.toml
expect_exit 0 clnrm why orders
is_lines=$(grep -c '^orders/' "$out")
[ "$is_lines" = 2 ] || fail "$is_lines scenarios instead of 2"
expect_exit 0 clnrm why t.clnrm.toml --format json
/usr/bin/python3 -c 'import json, sys; assert len(json.load(open(sys.argv[1]))["scenarios"]) == 2' "$out" || fail 'two of them'

# ---- files that cannot be asked ----
printf '[meta]\nname = "broken"\n[[scenario]]\nname = "s"\nrn = "true"\n' >broken.clnrm.toml
expect_exit 2 clnrm why broken.clnrm.toml::s
has "$err" "broken.clnrm.toml:5:1: error[config.unknown_key]"
expect_exit 3 clnrm why absent.clnrm.toml::s
has "$err" 'error[file.not_found]'
expect_exit 3 clnrm why broken/s
has "$err" "there is no scenario 'broken/s' that would run; 'broken.clnrm.toml' is invalid"
expect_exit 0 clnrm why orders
rm broken.clnrm.toml

# ---- never ----
never() {
	printf '[meta]\nname = "n"\n[[scenario]]\nname = "s"\n%s\nrun = "true"\n' "$2" >n.clnrm.toml
	expect_exit 0 clnrm why n.clnrm.toml
	matches "$out" "^n/s would run: $1\$"
}
never 'cache = false' 'cache = false'
never "volume '/data' is writable" 'volumes = [{ host_path = "./data", container_path = "/data", mode = "rw" }]'
never 'isolation = "relaxed"' 'isolation = "relaxed"'
# Nothing was run by all that asking.
[ "$(clnrm runs --limit 0 --no-header | wc -l)" = 16 ] || fail 'asking has made runs'

#!/bin/sh
# [prepare] that fails, takes too long, writes too much or is killed leaves no layer, and whoever waited is
# told, once with its output.
. "$(dirname "$0")/../lib/env.sh"
is() {
	[ "$1" = "$2" ] || fail "got '$1', expected '$2'"
	passed
}
imported=$CLNRM_HOME/data/images/imported
entries() { find "$imported/$1" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l; }
nothing() { [ "$(entries layers)" = 0 ] && [ "$(entries tmp)" = 0 ] && [ "$(find "$imported/prepared" -type f ! -name '*.run' | wc -l)" = 0 ]; }
json() { /usr/bin/python3 -c "import json, sys; r = json.load(open(sys.argv[1])); x = ($1); print(x)" "$out"; }
: >cleanroom.toml
# with PREPARE: three scenarios over it, and one that needs none.
with() {
	cat >t.clnrm.toml <<T
[meta]
name = "t"
image = "clnrm/base"
[prepare]
$1
[[scenario]]
name = "one"
run = "true"
[[scenario]]
name = "two"
run = "true"
[[scenario]]
name = "three"
run = "true"
T
}
cat >alone.clnrm.toml <<'T'
[meta]
name = "alone"
image = "clnrm/base"
[[scenario]]
name = "s"
run = "true"
T
# errs MESSAGE: all three are errors that say so, the other file runs, and nothing is left.
errs() {
	expect_exit 2 clnrm run t.clnrm.toml alone.clnrm.toml
	has "$out" "$1"
	has "$out" '1 passed, 3 errors'
	wait_until 20 nothing
	passed
}

# ---- a step fails: its output is shown, and it ran once ----
mkdir gate
with 'project = "ro"
inputs = []
steps = [{ name = "fine", run = "echo so far so good" }, { name = "bad", script = "echo to stdout; echo to stderr >&2; exit 7" }]'
errs "preparation failed: step 'bad': exit status 7, expected 0"
has "$out" '    to stdout'
has "$out" '    to stderr'
matches "$out" "^  step 'prepare: bad' \\(t.clnrm.toml:7\\): exit status 7"
is "$(grep -c 'to stderr' "$out")" 2 # of the command line, and of stderr
is "$(grep -c "help: its output is with 't/one'" "$out")" 2
expect_exit 2 clnrm run --format json t.clnrm.toml
is "$(json '[(s["verdict"], s["reason"], len(s["steps"])) for s in r["tests"][0]["scenarios"]]')" \
	"[('error', 'image', 3), ('error', 'image', 1), ('error', 'image', 1)]"
is "$(json '[(x["name"], x["phase"], x["stdout"], x["verdict"]) for x in r["tests"][0]["scenarios"][0]["steps"]][:2]')" \
	"[('prepare: fine', 'setup', 'so far so good\\n', 'pass'), ('prepare: bad', 'setup', 'to stdout\\n', 'fail')]"
run=$(json 'r["run"]["id"]')
expect_exit 0 clnrm runs show "$run" # of the history
has "$out" '    to stderr'

# ---- what it must show ----
with 'steps = [{ name = "says", run = "echo no", expected_stdout = { equals = "yes" } }]'
errs "preparation failed: step 'says': "
with 'steps = [{ name = "gone", run = "/no/such/program" }]'
errs "preparation failed: step 'gone': "

# ---- too long, too much ----
with 'timeout = "300ms"
steps = [{ name = "long", run = "sleep 1000" }]'
errs "preparation failed: step 'long': timed out after 300 ms"
with 'steps = [{ name = "long", run = "sleep 1000", timeout = "200ms" }]'
errs "preparation failed: step 'long': timed out after 200 ms"
with 'max_mb = 2
steps = [{ run = ["dd", "if=/dev/zero", "of=/big", "bs=1M", "count=3"] }]'
errs 'preparation failed: it wrote more than 2 MiB (prepare.max_mb raises the limit)'
with 'max_mb = 2
steps = [{ run = ["truncate", "-s", "1000G", "/big"] }]'
errs 'preparation failed: it wrote more than 2 MiB (prepare.max_mb raises the limit)'
with 'steps = [{ run = ["touch", "/.wh.name"] }]'
errs "a name that begins with '.wh.' cannot be kept in a layer"

# ---- an input that changes while it runs ----
with 'project = "ro"
inputs = ["input"]
steps = [{ script = "until [ -e gate/go ]; do sleep 0.05; done" }]'
echo one >input
clnrm run --format ndjson t.clnrm.toml >events 2>errors &
client=$!
wait_until 20 grep -q '"step":"prepare: step 1"' events
echo two >input
touch gate/go
got=0
wait $client || got=$?
is $got 2
has events 'preparation failed: one of its inputs changed while it ran; run it again'
wait_until 20 nothing
expect_exit 0 clnrm run t.clnrm.toml
has "$err" 'note[prepare]'
clnrm pool drain >/dev/null
clnrm cache clear images >/dev/null
wait_until 20 nothing

# ---- nobody waits any more: it is ended ----
rm gate/go
export CLNRM_IDLE_EXIT=60s
sandboxes() { clnrm ps --format json | /usr/bin/python3 -c 'import json, sys; print(len(json.load(sys.stdin)["sandboxes"]))'; }
no_sandbox() { [ "$(sandboxes)" = 0 ]; }
/usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' clnrm run --format ndjson t.clnrm.toml >events 2>errors &
client=$!
wait_until 20 grep -q '"step":"prepare: step 1"' events
is "$(sandboxes)" 1
kill -INT $client
got=0
wait $client || got=$?
is $got 130
wait_until 20 no_sandbox
wait_until 20 nothing
passed

# ---- the daemon is killed in the middle: the next one sweeps ----
clnrm run --format ndjson t.clnrm.toml >events 2>errors &
client=$!
wait_until 20 grep -q '"step":"prepare: step 1"' events
is "$(entries tmp)" 1
kill -9 "$(daemon_pid)"
wait $client || :
touch gate/go
expect_exit 0 clnrm images
wait_until 20 nothing
expect_exit 0 clnrm run t.clnrm.toml
has "$err" 'note[prepare]'
clnrm cache clear images >/dev/null

# ---- what is refused before anything runs ----
refused() { # CODE MESSAGE
	expect_exit 1 clnrm validate t.clnrm.toml
	has "$out" "error[$1]"
	has "$out" "$2"
}
with ''
refused config.missing_key "[prepare] has no 'steps'"
with 'project = "ro"
steps = [{ run = "true" }]'
refused config.missing_key "'inputs' does not say what it reads of it"
with 'inputs = ["/etc/passwd"]
steps = [{ run = "true" }]'
refused config.path "input '/etc/passwd' lies outside the project"
with 'network = "host"
steps = [{ run = "true" }]'
sed -i 's/^image/isolation = "strict"\nimage/' t.clnrm.toml
refused config.isolation 'needs isolation = "relaxed"'
with 'steps = [{ run = "true" }]'
printf '[policy]\nallow_filesystem = false\n' >>t.clnrm.toml
refused config.policy_denied '[prepare] writes a layer'
with 'steps = [{ run = "wget" }]'
printf '[policy]\ndisallowed_commands = ["wget"]\n' >>t.clnrm.toml
refused config.policy_denied "runs 'wget'"
with 'network = "host"
steps = [{ run = "true" }]'
printf '[policy]\nallow_network = false\n' >>t.clnrm.toml
refused config.policy_denied 'allow_network = false'

# ---- one that has the machine's network is a recorded one, its scenarios have none ----
with 'network = "host"
steps = [{ script = "cat /proc/net/dev | grep -c : >/interfaces" }]'
expect_exit 0 clnrm run --format json t.clnrm.toml
is "$(json 'sorted(set((s["receipt"]["prepared_as"], s["receipt"]["network"], s["receipt"]["profile"]) for s in r["tests"][0]["scenarios"]))')" \
	"[('recorded', 'none', 'standard')]"

# ---- it is kept where the sandboxes of those who wait would be: whoever steps in finds it as it failed ----
kept() { clnrm ps --kept --format json | /usr/bin/python3 -c 'import json, sys; print(*[s["id"] for s in json.load(sys.stdin)["sandboxes"]])'; }
with 'project = "ro"
inputs = []
steps = [{ name = "fine", run = "touch /made" }, { name = "bad", script = "sleep 6231 & echo half >/half; exit 7", env = { WHO = "prepare" } }]'
expect_exit 2 clnrm run t.clnrm.toml
is "$(kept)" ''
expect_exit 2 clnrm run --keep t.clnrm.toml
id=$(kept)
is "$(echo "$id" | wc -w)" 1
is "$(grep -c "enter: clnrm shell $id" "$out")" 3
expect_exit 0 clnrm exec "$id" -- sh -c 'cat /half; ls /made; echo $WHO; ps'
has "$out" half
has "$out" /made
has "$out" prepare
has "$out" 'sleep 6231'
expect_exit 0 clnrm exec t/one -- cat /half
expect_exit 2 clnrm run --keep --format json t.clnrm.toml
id=$(kept | sed 's/ .*//')
[ "$(grep -o "\"sandbox\":\"[a-z0-9]*\"" "$out" | sort -u | wc -l)" = 1 ] || fail 'they name several'
no_tmp() { [ "$(entries tmp)" = 0 ]; }
wait_until 20 no_tmp
expect_exit 0 clnrm rm --all
is "$(kept)" ''
printf '[keep]\nmax_sandboxes = 0\n' >cleanroom.toml
expect_exit 2 clnrm run --keep t.clnrm.toml
is "$(kept)" ''
printf '[keep]\nmax_time = "1s"\n' >cleanroom.toml
expect_exit 2 clnrm run --keep --keep-for 1h t.clnrm.toml
none_kept() { [ -z "$(kept)" ]; }
wait_until 20 none_kept
: >cleanroom.toml
# What passes is harvested, not kept.
with 'project = "ro"
inputs = []
steps = [{ run = "touch /made" }]'
expect_exit 0 clnrm run --keep t.clnrm.toml
is "$(kept)" ''

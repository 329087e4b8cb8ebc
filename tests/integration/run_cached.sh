#!/bin/sh
# A clean pass stands for later runs of what has not changed, and for none of what has: each kind of
# change that `clnrm why` names, one after the other, with a control that nothing else makes it run again.
. "$(dirname "$0")/../lib/env.sh"
unset CLEANROOM_CACHE_RESULTS
mkdir -p p/data/sub && cd p
printf '[project]\nname = "p"\n' >cleanroom.toml

# is ran|cached WHAT [FLAGS]
is() {
	verdict=$1 CASE=$2
	shift 2
	expect_exit 0 clnrm run "$@" t.clnrm.toml
	if [ "$verdict" = ran ]; then
		matches "$out" '^1 passed   1 scenarios'
	else
		matches "$out" '^0 passed, 1 cached   1 scenarios'
	fi
	CASE=
}
# changes WHAT command...: it runs again once, and is cached after it.
changes() {
	what=$1
	shift
	is cached "before: $what"
	"$@"
	is ran "$what"
	is cached "after: $what"
}
# keeps WHAT command...: it does not run again.
keeps() {
	what=$1
	shift
	is cached "before: $what"
	"$@"
	is cached "$what"
}
scenario() {
	printf '[meta]\nname = "t"\n[[scenario]]\nname = "s"\n%s\n' "$1" >t.clnrm.toml
}
append() { printf '%s\n' "$1" >>t.clnrm.toml; }
replace() { sed -i "$1" t.clnrm.toml; }

# What was written in the last 20 ms before a run cannot be told from what is written while it runs (the
# kernel's stamps are that coarse), and no result is kept: so old must be what a first run finds.
settle() { sleep 0.05; }

# ---- the definition ----
scenario 'image = "clnrm/base"
run = "echo one"'
is ran 'first'
keeps 'touch' touch t.clnrm.toml
keeps 'a comment' replace '1i # a comment'
keeps 'a description' append 'description = "says more"'
keeps 'tags' append 'tags = ["slow"]'
changes 'the command' replace 's/echo one/echo two/'
changes 'the scenario name' replace 's/name = "s"/name = "r"/'
changes 'a limit' append 'limits.open_files = 500'
changes 'an expectation' append 'expected_output_regex = "two"'
changes 'a variable' append 'env.A = "1"'
changes 'its value' replace 's/env.A = "1"/env.A = "2"/'
changes 'the file system' append 'tmpfs = ["/scratch"]'

# A result of before is taken up again: what counts is what it depends on.
cp t.clnrm.toml was
replace 's/echo two/echo two too/'
is ran 'another command'
cp was t.clnrm.toml
is cached 'the first command again'

# ---- what the answer says ----
expect_exit 0 clnrm run --format json t.clnrm.toml
/usr/bin/python3 - "$out" <<'P' || fail 'the JSON of a cached result'
import json, sys
s = json.load(open(sys.argv[1]))["tests"][0]["scenarios"][0]
assert s["cached"] and s["verdict"] == "pass", s
assert s["cached_from"] and len(s["key"]) == 64, s
assert s["steps"][0]["stdout"] == "two\n", s["steps"][0]
P
from=$(sed -n 's/.*"cached_from":"\([a-z0-9]*\)".*/\1/p' "$out")
expect_exit 0 clnrm runs show "$from"
expect_exit 0 clnrm runs show latest
has "$out" '1 cached'
expect_exit 0 clnrm logs latest
has "$out" 'two'

# ---- flags ----
is ran '--force' --force
is cached 'after --force'
expect_exit 0 env CLEANROOM_CACHE_RESULTS=false clnrm run t.clnrm.toml
matches "$out" '^1 passed '
is cached 'the setting is not part of the result'
is ran '--step-timeout' --step-timeout 9s
is cached '--step-timeout again' --step-timeout 9s

# ---- variables of the client ----
scenario 'image = "clnrm/base"
script = "echo $COLOUR"'
sed -i '2i env_pass = ["COLOUR"]' t.clnrm.toml
export COLOUR=red
is ran 'a variable that is passed'
is cached 'the same value'
COLOUR=blue
is ran 'another value'
COLOUR=red
is cached 'the first value'
OTHER=1
export OTHER
is cached 'a variable that is not passed'

# However it is called, and whichever step sees it.
scenario 'image = "clnrm/base"
script = "echo $CLNRM_COLOUR"'
sed -i '2i env_pass = ["CLNRM_COLOUR"]' t.clnrm.toml
export CLNRM_COLOUR=red
is ran 'a variable of the prefix'
CLNRM_COLOUR=blue
is ran 'another value of the prefix'
is cached 'the same of the prefix'

# ---- volumes ----
printf one >data/file
ln -s file data/link
printf deep >data/sub/deep
scenario 'image = "clnrm/base"
volumes = [{ host_path = "./data", container_path = "/data" }]
run = "ls -lR /data"'
settle
is ran 'a volume'
keeps 'touch of a file' touch data/file
same_size() {
	touch -r data/file ../stamp
	printf two >data/file
	touch -r ../stamp data/file
}
changes 'content of equal size, mtime restored' same_size
changes 'a mode' chmod 600 data/file
changes 'the target of a link' ln -sfn sub data/link
changes 'a new file' sh -c ': >data/sub/new'
changes 'a deletion' rm data/link
changes 'a new directory' mkdir data/empty
changes 'a name' mv data/sub/deep data/sub/deeper
replaced() {
	mv data old
	mkdir -p data/sub
	printf other >data/file
}
changes 'the directory itself' replaced
rm -rf old
attribute() { /usr/bin/python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.a", sys.argv[2].encode())' "$@"; }
if attribute data/file 1 2>attribute; then
	settle
	is ran 'an extended attribute'
	changes 'its value' attribute data/file 2
	changes 'one of a directory' attribute data/sub 2
fi
# Through another name, outside of what is watched.
ln data/file ../twin
settle
changes 'through another link' sh -c 'echo twin >>../twin'
rm ../twin
replace 's/container_path/mode = "cow", container_path/'
settle
is ran 'another mode'
changes 'content below a copy' sh -c 'echo more >>data/file'

# While it runs: what was read is not known, so that nothing is kept, not even for what was there before.
scenario 'image = "clnrm/base"
volumes = [{ host_path = "./data", container_path = "/data" }]
script = "echo begun; sleep 1"'
clnrm run --show-output live t.clnrm.toml >live &
wait_until 10 grep -q begun live
cp data/file ../before
echo edited >data/file
wait $!
cat ../before >data/file
is ran 'edited during the run'
is cached 'not edited'

# ---- files ----
mkdir -p src/lib
printf 'x' >src/one.txt
printf 'y' >src/lib/two.txt
scenario 'image = "clnrm/base"
files = [{ path = "/in/one", source = "src/one.txt" }]
inputs = ["src/**/*.txt"]
run = "cat /in/one"'
settle
is ran 'files and inputs'
changes 'a source' sh -c 'printf z >src/one.txt'
changes 'an input' sh -c 'printf z >src/lib/two.txt'
changes 'a new input' sh -c 'printf n >src/lib/new.txt'
changes 'an input less' rm src/lib/two.txt
keeps 'what is no input' sh -c 'printf n >src/lib/other'
# A whole directory is placed, hidden names and all; no name of it is a pattern.
mkdir -p 'src/d[x]/.hid'
printf h >'src/d[x]/.hid/f'
printf o >'src/o[x].txt'
scenario 'image = "clnrm/base"
files = [{ path = "/in/d", source = "src/d[x]" }, { path = "/in/o", source = "src/o[x].txt" }]
run = "cat /in/d/.hid/f /in/o"'
settle
is ran 'a directory as source'
changes 'a hidden file in it' sh -c 'printf H >"src/d[x]/.hid/f"'
changes 'a source that looks like a pattern' sh -c 'printf O >"src/o[x].txt"'
scenario 'image = "clnrm/base"
inputs = ["src/late", "src/way"]
script = "echo begun; sleep 1"'
mkdir src/elsewhere
printf e >src/elsewhere/e
ln -s elsewhere src/way
printf l >src/late
settle
clnrm run --show-output live t.clnrm.toml >live &
wait_until 10 grep -q begun live
rm src/late
wait $!
is ran 'deleted during the run'
is cached 'not deleted'
changes 'behind a link' sh -c 'printf E >src/elsewhere/e'
scenario 'image = "clnrm/base"
script = { file = "run.sh" }'
printf 'echo a\n' >run.sh
if clnrm validate t.clnrm.toml >/dev/null 2>&1; then
	is ran 'a script'
	changes 'the script' sh -c 'echo "echo b" >run.sh'
fi

# ---- templates ----
# What a file includes or imports stands for itself: the file that does so need not change.
mkdir templates
printf 'image = "clnrm/base"\nrun = "echo 1"\n' >part.toml
printf '{%% macro word() %%}one{%% endmacro word %%}' >templates/words.tera
scenario '{% import "words.tera" as w %}{% include "part.toml" %}
env.A = "{{ w::word() }}"'
settle
is ran 'a file that includes and imports'
is cached 'settled'
rewritten() { # FILE SED: in place, of equal size, mtime restored
	touch -r "$1" ../stamp
	sed "$2" "$1" >../text
	cat ../text >"$1"
	touch -r ../stamp "$1"
}
keeps 'touch of what is included' touch part.toml
changes 'what is included' sh -c 'echo "tags = [\"t\"]" >>part.toml; echo "env.B = \"2\"" >>part.toml'
settle
changes 'what is included, of equal size' rewritten part.toml s/1/7/
settle
changes 'what is imported, of equal size' rewritten templates/words.tera s/one/two/
settle
changes 'what is found first' sh -c 'sed s/two/three/ templates/words.tera >words.tera'
rm -r templates part.toml words.tera

# ---- the project ----
scenario 'image = "clnrm/base"
run = "true"'
is ran 'settings'
changes 'a limit of the project' sh -c 'printf "[limits]\nopen_files = 600\n" >>cleanroom.toml'
keeps 'how it is shown' sh -c 'printf "[cli]\njobs = 1\n" >>cleanroom.toml'

# ---- image host ----
tools=$(mktemp -d /var/tmp/clnrm-tools-XXXXXX) # below /tmp nothing of the machine is shown
code=0
trap 'code=$?; rm -rf "$tools"; set +e; (exit $code); finish' EXIT
chmod 755 "$tools"
mkdir "$tools/bin"
printf '[project]\nname = "p"\n[host]\npaths = ["%s"]\n' "$tools" >cleanroom.toml
scenario "run = \"ls $tools/bin\""
settle
is ran 'image host'
changes 'something is installed below its paths' sh -c ": >'$tools/bin/new'"
changes 'in place' sh -c "echo x >>'$tools/bin/new'"
printf '[project]\nname = "p"\n' >cleanroom.toml

# ---- never ----
never() {
	scenario "$2"
	is ran "$1"
	is ran "$1, again"
}
never 'cache = false' 'image = "clnrm/base"
cache = false
run = "true"'
never 'a writable volume' 'image = "clnrm/base"
volumes = [{ host_path = "./data", container_path = "/data", mode = "rw" }]
run = "true"'
never 'the network of the host' 'image = "clnrm/base"
network = "host"
isolation = "relaxed"
run = "true"'
# A step that waits for something by asking again is no flake.
scenario 'image = "clnrm/base"
steps = [{ script = "test -e /tmp/x || { touch /tmp/x; false; }", retries = 2 }]'
is ran 'a step that asks twice'
is cached 'a step that asks twice'
scenario 'image = "clnrm/base"
run = "false"'
expect_exit 1 clnrm run t.clnrm.toml
expect_exit 1 clnrm run t.clnrm.toml
matches "$out" '^0 passed, 1 failed '

# ---- many ----
mkdir many
for i in 1 2 3 4 5 6 7 8; do
	printf '[meta]\nname = "t%s"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "echo %s"\n' $i $i >many/t$i.clnrm.toml
done
expect_exit 0 clnrm run many
expect_exit 0 clnrm run many
matches "$out" '^0 passed, 8 cached '
sed -i 's/echo 3/echo three/' many/t3.clnrm.toml
expect_exit 0 clnrm run many
matches "$out" '^1 passed, 7 cached '
expect_exit 0 clnrm metrics
matches "$out" 'clnrm_cache_hits_total\{cache="results"\} [1-9]'

# ---- what a template includes counts, however old the template is ----
mkdir include && cd include
: >cleanroom.toml
echo 'run = "true"' >part.tera
printf '[meta]\nname = "i"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\n{%% include "part.tera" %%}' >i.clnrm.toml.tera
sleep 0.1
expect_exit 0 clnrm run
sleep 0.1
expect_exit 0 clnrm run
matches "$out" '^0 passed, 1 cached'
echo 'run = "false"' >part.tera
expect_exit 1 clnrm run
echo 'run = "true"' >part.tera
expect_exit 0 clnrm run
passed

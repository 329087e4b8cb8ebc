#!/bin/sh
# A session that watches: what is saved runs again, however it is saved, and nothing else does.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/dev.sh"
mkdir p && cd p
printf '[project]\nname = "p"\n' >cleanroom.toml

test_file a 'echo a' >a.clnrm.toml
test_file b 'echo b' >b.clnrm.toml

# With a backup, as vim does: the name is gone for a moment, and stat data changes once more.
as_vim() {
	touch 4913 && rm 4913
	mv "$1.clnrm.toml" "$1.clnrm.toml~"
	test_file "$1" "$2" >"$1.clnrm.toml"
	chmod 644 "$1.clnrm.toml"
	rm "$1.clnrm.toml~"
}

start clnrm dev --format ndjson
another 'first' 'a/s:pass b/s:pass' true
another 'by rename' 'a/s:pass' by_rename a 'echo a2'
another 'in place' 'b/s:fail' in_place b 'sh -c \"exit 3\"'
another 'as vim does' 'a/s:pass' as_vim a 'echo a3'
another 'a new file' 'c/s:pass' in_place c 'echo c'
another 'broken' 'a/a:error' sh -c 'echo "[broken" >a.clnrm.toml'
another 'mended' 'a/s:pass' in_place a 'echo a4'
mkdir sub
another 'in a new directory' 'd/s:pass' sh -c 'mkdir -p sub/deep && cp a.clnrm.toml .d && sed "s/name = \"a\"/name = \"d\"/" .d >sub/deep/d.clnrm.toml'
touch a.clnrm.toml && cp a.clnrm.toml .same && mv .same a.clnrm.toml
another 'touched files are none of it' 'b/s:pass' in_place b 'echo b2'
another 'deleted' '' rm c.clnrm.toml
another 'deleted with its directory' '' rm -r sub
mkdir -p sub/deep
another 'made again' 'd/s:pass' sh -c 'sed "s/name = \"a\"/name = \"d\"/" a.clnrm.toml >sub/deep/d.clnrm.toml'
# A link is another name of a test: what is saved behind it, and its own end.
test_file l 'echo l' >../l.clnrm.toml
another 'a link' 'l/s:pass' ln -s ../l.clnrm.toml l.clnrm.toml
another 'what it leads to' 'l/s:fail' sh -c 'sed -i s/echo.l/false/ ../l.clnrm.toml'
another 'it is gone' '' rm l.clnrm.toml
idle || fail 'a round has no end'
stop
is "$(tail -n 1 "$out" | grep -c '"ev":"end".*"exit":130')" 1
/usr/bin/python3 -c '
import json, sys
for i, line in enumerate(open(sys.argv[1])): assert json.loads(line)["seq"] == i + 1, line
' "$out" || fail 'the numbers of events have holes'
passed

# What a scenario reads beside its file.
mkdir data && echo one >data/x && echo two >beside
test_file v 'cat /data/x' 'volumes = [{ host_path = "data", container_path = "/data", read_only = true }]' >v.clnrm.toml
start clnrm run --watch --no-initial --format ndjson
n=0
wait_until 20 ready
another 'a file of a volume' 'v/s:pass' sh -c 'echo two >data/x'
another 'a new file there' 'v/s:pass' sh -c 'mkdir .sub && echo y >.sub/y && mv .sub data/sub'
another 'one that is gone' 'v/s:fail' rm data/x
another 'all of it is gone' 'v/v:error' mv data .data
another 'and comes back' 'v/s:fail' mv .data data
# What a step reads as its stdin.
echo one >fed
another 'a test that is fed' 'f/s:pass' sh -c 'printf "[meta]\nname = \"f\"\nimage = \"clnrm/base\"\n[[scenario]]\nname = \"s\"\nsteps = [{ command = [\"grep\", \"one\"], stdin = { file = \"fed\" } }]\n" >f.clnrm.toml'
another 'what it is fed' 'f/s:fail' sh -c 'echo two >fed'
# What a template includes, and a project's own change.
printf 'run = "true"\n' >part.tera
another 'a template' 'i/s:pass' sh -c 'printf "[meta]\nname = \"i\"\n[[scenario]]\nname = \"s\"\nimage = \"clnrm/base\"\n{%% include \"part.tera\" %%}" >i.clnrm.toml.tera'
another 'what it includes' 'i/s:fail' sh -c "echo 'run = \"false\"' >part.tera"
# What it writes itself, in a writable volume, does not start it again; what it names there does.
mkdir grown
another 'one that writes' 'w/s:pass' sh -c 'printf "[meta]\nname = \"w\"\nimage = \"clnrm/base\"\n[[scenario]]\nname = \"s\"\nvolumes = [\"./grown:/grown:rw\"]\ninputs = [\"grown/in\"]\nscript = \"echo x >>/grown/out\"\n" >w.clnrm.toml'
another 'nothing by itself' 'f/s:pass' sh -c 'echo one >fed'
another 'its input' 'w/s:pass' sh -c 'echo x >grown/in'
kill -TERM $pid
ends_with 143
is "$(wc -l <grown/out)" 2
rm -r grown w.clnrm.toml i.clnrm.toml.tera f.clnrm.toml

# A writer that pauses is waited for: what is there meanwhile is half a file.
start clnrm dev --no-initial --format ndjson a.clnrm.toml
n=0
wait_until 20 ready
slowly() {
	{
		printf '[meta]\nname = "a"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "'
		sleep 0.3 # longer than a file is given that nobody writes
		printf 'true"\n'
	} >a.clnrm.toml
}
another 'slowly' 'a/s:pass' slowly
is "$(grep -c '"ev":"round"' "$out")" 1
stop

# A checkout changes many at a time: one or two rounds when the machine is idle, and few in any case.
for i in $(seq 300); do test_file "m$i" 'true' >"m$i.clnrm.toml"; done
start clnrm dev --no-initial --format ndjson
n=0
wait_until 20 ready
for i in $(seq 300); do test_file "m$i" 'true' "# $i" >"m$i.clnrm.toml"; done
all_told() { test "$(grep -c '"ev":"scenario_end"' "$out")" -ge 300 && idle; }
wait_until 30 all_told
test "$(grep -c '"ev":"round"' "$out")" -le 30 || fail "a burst had $(grep -c '"ev":"round"' "$out") rounds"
passed

# The tree that was asked for goes away and comes back.
stop
cd .. && mkdir q && cp p/a.clnrm.toml q
start clnrm dev --format ndjson q
n=0
another 'first' 'a/s:pass' true
another 'the directory is gone' '' rm -r q
mkdir .q && test_file n 'echo n' >.q/n.clnrm.toml
another 'it is back' 'n/s:pass' mv .q q
stop

# ---- the ends ----
cd p && rm m*.clnrm.toml v.clnrm.toml
expect_exit 0 clnrm dev --once
matches "$out" '  3 scenarios of 3 tests in '
in_place a 'sh -c \"exit 3\"'
expect_exit 1 clnrm dev --once
has "$out" 'FAIL  a/s'
test_file x 'true' 'image = 3' >x.clnrm.toml
expect_exit 1 clnrm dev --once # green or not, whatever else it was
expect_exit 2 clnrm run
rm x.clnrm.toml
mkdir empty
expect_exit 2 clnrm dev empty
has "$err" 'file.no_tests'
expect_exit 3 clnrm dev nowhere
expect_exit 2 clnrm run --once a.clnrm.toml
has "$err" '--once needs --watch'
expect_exit 2 clnrm dev --report json=x
expect_exit 2 clnrm dev -

# A session has no end of its own: a daemon that ends does not wait for one.
start clnrm dev --no-initial --format ndjson a.clnrm.toml
wait_until 20 ready
expect_exit 0 timeout 10 clnrm daemon stop
ends_with 130

# What is seen twice, as a file of its own and in the project, is one save.
mkdir ../seen && cd ../seen
printf '[project]\nname = "seen"\n' >cleanroom.toml
seen_file() { printf '[meta]\nname = "w"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nproject = "cow"\ninputs = ["dep"]\nrun = "%s"\n' "$1"; }
moved() { "$2" "$3" >../moved && mv ../moved "$1"; }
written() { "$2" "$3" >"$1"; }
seen_file 'echo w' >w.clnrm.toml
echo 1 >dep
start clnrm dev --no-initial --format ndjson
n=0
wait_until 20 ready
another 'a test in its project' 'w/s:pass' moved w.clnrm.toml seen_file 'echo x'
another 'the same in place' 'w/s:pass' written w.clnrm.toml seen_file 'echo y'
another 'an input in the project' 'w/s:pass' written dep echo 2
another 'the same by rename' 'w/s:pass' moved dep echo 3
another 'what is only in the project' 'w/s:pass' written beside echo 3
another 'the last one' 'w/s:pass' moved dep echo 4
is "$(grep -c '"ev":"round"' "$out")" 6
stop

# ---- what a round has read may have been there for a moment, between two looks that found the same ----
mkdir ../moment && cd ../moment
echo two >fed
moment() { printf '[meta]\nname = "m"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\n[[scenario.steps]]\nrun = "grep two"\nstdin = { file = "fed" }\n# %s\n' "$1" >.new && mv .new m.clnrm.toml; }
moment 1
start clnrm dev --format ndjson
n=0
another 'first' 'm/s:pass' true
exec 8>fed # its writer has it open: nobody looks at it yet
echo six >&8
another 'a round meanwhile' 'm/s:fail' moment 2
printf 'two\n' >.fed && cat .fed >fed && exec 8>&-
ends_up 'as it was before' m/s pass true
n=$(grep -c '"ev":"round_end"' "$out")
# One that is too large to be looked at each time, and one that is empty, make no rounds without end.
another 'a large one' 'm/s:pass' sh -c '{ echo two && head -c 2000000 /dev/zero | tr "\\0" x; } >.fed && mv .fed fed'
another 'an empty one' 'm/s:fail' sh -c ': >.fed && mv .fed fed'
another 'mended' 'm/s:pass' sh -c 'echo two >.fed && mv .fed fed'
idle || fail 'a round has no end'
stop

#!/bin/sh
# early: it waits for time that is over
# Which sandboxes stay after their scenario, for how long, how many; and what ends all of them.
. "$(dirname "$0")/../lib/env.sh"
is() { [ "$1" = "$2" ] || fail "got '$1', expected '$2'"; passed; }
one() { printf '[meta]\nname = "%s"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "%s"\n%s\n' "$1" "$2" "${3-}" >"$1.clnrm.toml"; }
# ids of the kept, newest first
kept() { clnrm ps --kept --format json | python3 -c 'import json, sys
for s in sorted(json.load(sys.stdin)["sandboxes"], key=lambda s: s["age_ms"]): print(s["id"], s["scenario"])'; }
n_kept() { kept | wc -l; }
n_kept_is() { [ "$(n_kept)" = "$1" ]; }
# at_most WHAT...: nothing of it runs any more
none_runs() { ! pgrep -f "$1" >/dev/null; }
one good true
one bad false
one skipped true 'skip = true'

# ---- policies: the flag, the file, the project ----
expect_exit 1 clnrm run good.clnrm.toml bad.clnrm.toml
is "$(n_kept)" 0
has "$out" 'again: clnrm run bad.clnrm.toml::s        enter: add --keep, then clnrm shell'
expect_exit 1 clnrm run --keep good.clnrm.toml bad.clnrm.toml skipped.clnrm.toml
id=$(kept | sed -n 's,^\([a-z0-9]*\) bad/s$,\1,p')
is "$(n_kept)" 1
has "$out" "again: clnrm run bad.clnrm.toml::s        enter: clnrm shell $id"
expect_exit 1 clnrm run --keep=always good.clnrm.toml bad.clnrm.toml skipped.clnrm.toml
is "$(n_kept)" 3
expect_exit 1 clnrm run --keep=never --format json bad.clnrm.toml
has "$out" '"sandbox":null'
is "$(n_kept)" 3
expect_exit 1 clnrm run --keep --format json bad.clnrm.toml
has "$out" "\"sandbox\":\"$(kept | sed -n '1s/ .*//p')\""
expect_exit 0 clnrm rm --all
has "$out" 'removed  '
is "$(n_kept)" 0
one mine true 'keep = "always"'
expect_exit 0 clnrm run mine.clnrm.toml
is "$(n_kept)" 1
expect_exit 0 clnrm run --keep=never mine.clnrm.toml
is "$(n_kept)" 1
clnrm rm --all >/dev/null
for pair in always:0 on-success:1 never:2 on-failure:1; do
	CASE="cleanup_policy $pair"
	printf '[containers]\ncleanup_policy = "%s"\n' "${pair%:*}" >cleanroom.toml
	expect_exit 1 clnrm run good.clnrm.toml bad.clnrm.toml
	is "$(n_kept)" "${pair#*:}"
	[ "$pair" != on-failure:1 ] || is "$(kept | sed 's/.* //')" good/s
	clnrm rm --all >/dev/null
done
CASE=
rm cleanroom.toml

# What has no sandbox of its own cannot stay: a note says so, once for a test, and nothing advises it.
for scope in step test; do
	printf '[meta]\nname = "t"\nimage = "clnrm/base"\nsandbox = "%s"\n[[scenario]]\nname = "a"\nrun = "false"\n[[scenario]]\nname = "b"\nrun = "false"\n' $scope >$scope.clnrm.toml
	expect_exit 1 clnrm run --keep $scope.clnrm.toml
	is "$(n_kept)" 0
	is "$(grep -c 'note\[keep.none\]' "$err")" 1
	has "$err" "sandboxes of 't' are not kept: "
	has "$err" "(sandbox = \"$scope\")"
	hasnt "$out" 'enter: '
	expect_exit 1 clnrm run $scope.clnrm.toml
	hasnt "$err" 'keep.none'
done
printf '[keep]\nmax_sandboxes = 0\n' >cleanroom.toml
expect_exit 1 clnrm run --keep good.clnrm.toml bad.clnrm.toml
has "$err" "note[keep.none]: sandboxes of 'bad' are not kept: the project keeps none"
is "$(n_kept)" 0
rm cleanroom.toml

# Of a scenario in several sandboxes the one to enter is that of the step that failed, whatever names it; where
# only one may stay, it is that one.
cat >many.clnrm.toml <<'T'
[meta]
name = "many"
[service.first]
plugin = "generic_container"
image = "clnrm/base"
[service.second]
plugin = "generic_container"
image = "host"
[[scenario]]
name = "s"
steps = [
  { name = "good", service = "first", script = "touch /tmp/good" },
  { name = "bad", service = "second", script = "touch /tmp/bad; false" },
]
[[scenario]]
name = "t"
steps = [
  { name = "bad", service = "first", script = "touch /tmp/bad; false", continue_on_failure = true },
  { name = "good", service = "second", script = "touch /tmp/good" },
]
T
for max in 5 1; do
	printf '[keep]\nmax_sandboxes = %s\n' $max >cleanroom.toml
	for name in s t; do
		expect_exit 1 clnrm run --keep -k many/$name many.clnrm.toml
		id=$(sed -n 's/.* enter: clnrm shell //p' "$out")
		for who in latest many/$name "$id"; do
			expect_exit 0 clnrm exec "$who" -- ls /tmp
			has "$out" bad
		done
		is "$(n_kept)" $((max > 1 ? 2 : 1))
		clnrm rm --all >/dev/null
	done
done
rm cleanroom.toml

# What a sandbox is kept for changes no verdict: its findings are looked for while all of it runs on.
printf '[meta]\nname = "f"\nimage = "clnrm/base"\nfindings = "fail"\n[[scenario]]\nname = "s"\nsteps = [{ name = "server", script = "exec sleep 31467", background = true }, { name = "leave", script = "sleep 31468 &" }]\n' >f.clnrm.toml
expect_exit 1 clnrm run f.clnrm.toml
expect_exit 1 clnrm run --keep=always f.clnrm.toml
has "$out" 'finding  stray process'
expect_exit 0 clnrm exec latest -- ps
has "$out" 'sleep 31467'
has "$out" 'sleep 31468'
# Though nothing but them makes it fail: what they are of must be there to be looked at.
expect_exit 1 clnrm run --keep f.clnrm.toml
has "$out" 'finding  stray process'
expect_exit 0 clnrm exec latest -- ps
has "$out" 'sleep 31467'
has "$out" 'sleep 31468'
# With steps in an order of their own, too.
printf '[meta]\nname = "g"\nimage = "clnrm/base"\nfindings = "fail"\n[[scenario]]\nname = "s"\n[[scenario.steps]]\nname = "a"\nscript = "sleep 31469 &"\n[[scenario.steps]]\nname = "b"\nrun = "true"\nafter = ["a"]\n' >g.clnrm.toml
expect_exit 1 clnrm run --keep g.clnrm.toml
expect_exit 0 clnrm exec latest -- ps
has "$out" 'sleep 31469'
clnrm rm --all >/dev/null
# Nothing is found: what runs in the background is asked to end, and nothing stays.
printf '[meta]\nname = "c"\nimage = "clnrm/base"\nfindings = "fail"\n[[scenario]]\nname = "s"\nsteps = [{ name = "server", script = "trap \\"echo asked; exit 0\\" TERM; touch /tmp/up; while :; do sleep 0.01; done", background = true }, { name = "wait", script = "until [ -e /tmp/up ]; do sleep 0.01; done" }]\n' >c.clnrm.toml
expect_exit 0 clnrm run --keep --format json c.clnrm.toml
has "$out" '"stdout":"asked\n"'
is "$(n_kept)" 0
printf '[meta]\nname = "f"\nimage = "clnrm/base"\nfindings = "report"\n[[scenario]]\nname = "s"\nsteps = [{ name = "server", script = "exec sleep 31467", background = true }, { name = "leave", script = "sleep 31468 & false" }]\n' >f.clnrm.toml
expect_exit 1 clnrm run --keep f.clnrm.toml
has "$out" 'finding  stray process'
expect_exit 0 clnrm exec latest -- ps
has "$out" 'sleep 31467'
clnrm rm --all >/dev/null

# What passed before is run for its sandbox, not answered from the cache.
unset CLEANROOM_CACHE_RESULTS
expect_exit 0 clnrm run good.clnrm.toml
expect_exit 0 clnrm run good.clnrm.toml
has "$out" cached
expect_exit 0 clnrm run --keep=always good.clnrm.toml
hasnt "$out" cached
is "$(n_kept)" 1
export CLEANROOM_CACHE_RESULTS=false
clnrm rm --all >/dev/null

# ---- what it is ----
expect_exit 1 clnrm run --keep --keep-for 90s bad.clnrm.toml
expect_exit 0 clnrm ps
matches "$out" '^ID +STATE +AGE +SCENARIO +IMAGE +ENGINE +PROCS +MEM +EXPIRES$'
matches "$out" '^[a-z0-9]{6} +kept .* bad/s +clnrm/base +native .* in 1 min'
expect_exit 0 clnrm ps --format json
python3 - "$out" <<'P' || fail 'the time of its end is another'
import datetime, json, sys
s, = json.load(open(sys.argv[1]))["sandboxes"]
left = datetime.datetime.fromisoformat(s["expires_at"].replace("Z", "+00:00")) - datetime.datetime.now(datetime.timezone.utc)
assert s["state"] == "kept" and 20 < left.total_seconds() <= 90, (s, left)
P
passed
expect_exit 0 clnrm daemon status
has "$out" '0 busy, 1 kept'
expect_exit 0 clnrm daemon status --format json
has "$out" '"kept":1'
clnrm rm --all >/dev/null

# ---- what was running goes on, what had not begun does not begin ----
cat >late.clnrm.toml <<'T'
[meta]
name = "late"
[[scenario]]
name = "s"
image = "clnrm/base"
timeout = "500ms"
[[scenario.steps]]
name = "server"
run = "sleep 4711"
background = true
[[scenario.steps]]
name = "hangs"
run = ["sh", "-c", "until [ -e /tmp/go ]; do sleep 0.02; done; touch /tmp/gone"]
[[scenario.steps]]
name = "after"
run = "touch /tmp/after"
T
expect_exit 1 clnrm run --keep late.clnrm.toml
has "$out" 'timed out after 500 ms'
pgrep -f '^sleep 4711' >/dev/null || fail 'its server is gone'
passed
expect_exit 0 clnrm exec late/s -- sh -c 'touch /tmp/go; until [ -e /tmp/gone ]; do sleep 0.02; done; sleep 0.1; ls /tmp'
hasnt "$out" after
expect_exit 0 clnrm rm latest
wait_until 10 none_runs '^sleep 4711'
passed

# ---- bounds: five a project, the oldest goes; time; memory ----
expect_exit 1 clnrm run --keep bad.clnrm.toml
first=$(kept | sed 's/ .*//')
for _ in 2 3 4 5; do clnrm run --keep bad.clnrm.toml >/dev/null || :; done
is "$(n_kept)" 5
kept | grep -q "^$first " || fail 'the first is gone too early'
mkdir other
(cd other && : >cleanroom.toml && one else false && ! clnrm run --keep else.clnrm.toml >/dev/null) || fail 'another project'
is "$(n_kept)" 6
kept | grep -q "^$first " || fail 'another project took the place of the first'
expect_exit 1 clnrm run --keep bad.clnrm.toml
has "$err" 'note[keep.full]: the project keeps 5 sandboxes (keep.max_sandboxes): older ones are removed'
is "$(n_kept)" 6
! kept | grep -q "^$first " || fail 'the sixth did not take the place of the oldest'
passed
printf '[keep]\nmax_sandboxes = 2\nmax_time = "1s"\n' >cleanroom.toml
expect_exit 1 clnrm run --keep bad.clnrm.toml
wait_until 10 n_kept_is 2 # one of the other project, one of before
expect_exit 0 clnrm rm --all
printf '[keep]\nmax_sandboxes = 0\n' >cleanroom.toml
expect_exit 1 clnrm run --keep bad.clnrm.toml
is "$(n_kept)" 0
printf '[keep]\nmax_mb = 0\n' >cleanroom.toml
expect_exit 1 clnrm run --keep bad.clnrm.toml
is "$(n_kept)" 0
# What grows beyond it afterwards is seen, too.
if CLNRM_BUILD=$BUILD "$ROOT/tests/lib/machine" cgroup-memory >/dev/null; then
	printf '[keep]\nmax_mb = 24\n' >cleanroom.toml
	expect_exit 1 clnrm run --keep bad.clnrm.toml
	is "$(n_kept)" 1
	clnrm exec latest -- sh -c 'head -c 60000000 /dev/zero >/tmp/large; sleep 600' >/dev/null 2>&1 &
	wait_until 20 n_kept_is 0
	wait || :
	# What the kernel keeps of files that were read is none of it: of two projects the one that has
	# written goes, and both were weighed then.
	dd if=/dev/zero of=large bs=1M count=60 conv=fsync 2>/dev/null
	dd if=large iflag=nocache count=0 2>/dev/null
	one reads false 'volumes = ["./large:/large:ro"]'
	expect_exit 1 clnrm run --keep reads.clnrm.toml
	expect_exit 0 clnrm exec latest -- sh -c 'cat /large >/dev/null'
	cp cleanroom.toml other/
	(cd other && one else false && ! clnrm run --keep else.clnrm.toml >/dev/null) || fail 'another project'
	is "$(n_kept)" 2
	clnrm exec else/s -- sh -c 'head -c 60000000 /dev/zero >/tmp/large; sleep 600' >/dev/null 2>&1 &
	only_reads() { [ "$(kept | sed 's/.* //')" = reads/s ]; }
	wait_until 20 only_reads
	wait || :
	rm large
	clnrm rm --all >/dev/null
fi
rm cleanroom.toml
expect_exit 1 clnrm run --keep --keep-for 300ms bad.clnrm.toml
wait_until 10 n_kept_is 0
has "$CLNRM_HOME/state/clnrmd.log" 'its time is over'

# What somebody has written down is a bound, and the flag hears so; what is built in is none.
printf '[keep]\nmax_time = "1m"\n' >cleanroom.toml
expires_within() { clnrm ps --kept --format json | python3 -c 'import datetime, json, sys
s = json.load(sys.stdin)["sandboxes"][0]
left = datetime.datetime.fromisoformat(s["expires_at"].replace("Z", "+00:00")) - datetime.datetime.now(datetime.timezone.utc)
sys.exit(not int(sys.argv[1]) < left.total_seconds() <= int(sys.argv[2]))' "$@"; }
expect_exit 1 clnrm run --keep --keep-for 2h bad.clnrm.toml
has "$err" 'note[keep.time]: sandboxes are kept for 1 min, not 2 h: keep.max_time ('
has "$err" 'cleanroom.toml:2) allows no more'
expires_within 0 60 || fail 'it is kept for longer'
clnrm rm --all >/dev/null
expect_exit 1 clnrm run --keep --keep-for 30s bad.clnrm.toml
hasnt "$err" keep.time
rm cleanroom.toml
clnrm rm --all >/dev/null
expect_exit 1 clnrm run --keep --keep-for 2h bad.clnrm.toml
hasnt "$err" keep.time
expires_within 3600 7200 || fail 'it is kept for less'

# Who sees the run again is told how to enter what is kept, as long as it is.
id=$(kept | sed -n '1s/ .*//p')
expect_exit 0 clnrm runs show latest
has "$out" "enter: clnrm shell $id"
expect_exit 1 clnrm attach latest
has "$out" "enter: clnrm shell $id"
expect_exit 0 clnrm runs show latest --format json
has "$out" "\"sandbox\":\"$id\""
clnrm rm --all >/dev/null
expect_exit 0 clnrm runs show latest
has "$out" 'enter: add --keep, then clnrm shell'

# Nobody is put out for another: what cannot be kept says so, and nothing that is gone is advised.
printf '[keep]\nmax_sandboxes = 1\n' >cleanroom.toml
expect_exit 1 clnrm run --keep bad.clnrm.toml
id=$(kept | sed 's/ .*//')
mkfifo inside
clnrm exec -i latest -- cat <inside >/dev/null &
visitor=$!
exec 9>inside
reads_stdin() { clnrm exec "$id" -- ps | grep -q "[c]at"; }
wait_until 20 reads_stdin
expect_exit 1 clnrm run --keep bad.clnrm.toml
has "$err" "note[keep.full]: bad/s: its sandbox is not kept: the project keeps 1 (keep.max_sandboxes), and somebody is in it"
hasnt "$out" 'enter: clnrm shell'
is "$(kept | sed 's/ .*//')" "$id"
exec 9>&-
wait $visitor || fail "the visit ended with $?"
expect_exit 1 clnrm run --keep bad.clnrm.toml
[ "$(kept | sed 's/ .*//')" != "$id" ] || fail 'the old one stayed'
passed
rm cleanroom.toml
clnrm rm --all >/dev/null

# Who is inside is not thrown out by the clock; with the last who leaves it ends.
expect_exit 1 clnrm run --keep --keep-for 4s bad.clnrm.toml
mkfifo hold
clnrm exec -i latest -- cat <hold >held &
visitor=$!
exec 9>hold
in_use() { clnrm ps --kept | grep -q 'in use'; }
wait_until 30 in_use
echo still >&9
wait_until 10 grep -q still held
exec 9>&-
wait $visitor || fail "the visit ended with $?"
wait_until 10 n_kept_is 0
passed

# ---- rm ----
expect_exit 1 clnrm run --keep bad.clnrm.toml
expect_exit 3 clnrm rm nobody
has "$out" "error[not-found]: no sandbox 'nobody' is kept"
SCHEMA=changed expect_exit 3 clnrm rm --format json "$(kept | sed 's/ .*//')" nobody
has "$out" '"name":"nobody"'
is "$(n_kept)" 0
expect_exit 2 clnrm rm
expect_exit 2 clnrm rm --all x
expect_exit 0 clnrm rm --all
has "$out" 'no sandbox is kept'

# ---- ends of the daemon ----
one slow 'sleep 8150' 'timeout = "300ms"'
expect_exit 1 clnrm run --keep slow.clnrm.toml
pgrep -f '^sleep 8150' >/dev/null || fail 'nothing is kept'
expect_exit 0 clnrm daemon stop
none_runs '^sleep 8150' || fail 'what was kept outlives the daemon'
passed
expect_exit 1 clnrm run --keep slow.clnrm.toml
kill -9 "$(daemon_pid)"
wait_until 10 none_runs '^sleep 8150'
expect_exit 0 clnrm ps
hasnt "$out" kept
# It keeps the daemon alive, and only so long as it is kept itself.
clnrm daemon stop >/dev/null
CLNRM_IDLE_EXIT=100ms clnrm run --keep --keep-for 6s bad.clnrm.toml >/dev/null || :
pid=$(daemon_pid)
expect_exit 0 clnrm ps --kept
has "$out" kept
gone() { ! kill -0 "$pid" 2>/dev/null; }
wait_until 30 gone
has "$CLNRM_HOME/state/clnrmd.log" 'its time is over'
# So they do with the launcher, and the log says which they were.
clnrm daemon stop >/dev/null
expect_exit 1 clnrm run --keep bad.clnrm.toml
id=$(kept | cut -d' ' -f1)
kill -KILL "$(pgrep -P "$(daemon_pid)" clnrm-launcher)"
wait_until 10 n_kept_is 0
has "$CLNRM_HOME/state/clnrmd.log" "sandbox $id of bad/s is not kept any longer: the sandbox died"

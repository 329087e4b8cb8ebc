#!/bin/sh
# Files and output that scenarios keep (artifacts.collect): what is in them, where they go, what hostile
# tests can do with their names, links and sizes, and when they are gone.
. "$(dirname "$0")/../lib/env.sh"
is() {
	[ "$1" = "$2" ] || fail "got '$1', expected '$2'"
	passed
}
kept=$CLNRM_HOME/state/artifacts
listed() { clnrm runs show "$1" --artifacts | sed -n 's/^kept  //p'; }

cat >some.clnrm.toml <<'T'
[meta]
name = "some"
[artifacts]
collect = ["logs:stdout"]
[[scenario]]
name = "good"
script = "echo one; mkdir -p /tmp/o/deep; echo a >/tmp/o/a.txt; echo b >/tmp/o/deep/b.txt; ln -s a.txt /tmp/o/link"
artifacts.collect = ["files:/tmp/o/*", "files?:/absent/*"]
[[scenario]]
name = "bad"
script = "echo two; echo core >/tmp/core.7; exit 3"
artifacts.collect = ["files:/tmp/core.*", "files:/tmp/nothing*"]
[[scenario]]
name = "late"
timeout = "1s"
script = "echo before; echo x >/tmp/x; sleep 100"
artifacts.collect = ["files:/tmp/x"]
T
# ---- passed, failed and killed ones ----
expect_exit 1 clnrm run --artifacts --report json=doc.json --report html=page.html some.clnrm.toml
has "$err" "note[artifacts.missing]: some/bad: nothing matches 'files:/tmp/nothing*'"
hasnt "$err" '/absent/'
has "$out" '  kept  files.tar 2.0 KiB, stdout.log 4 B'
record doc.json
has doc.json '"artifacts":[{"name":"files.tar","bytes":'
has page.html 'files.tar'
is "$(tar tf .clnrm/artifacts/some/good/files.tar | tr '\n' ' ')" 'tmp/o/a.txt tmp/o/deep/ tmp/o/deep/b.txt tmp/o/link '
is "$(tar xOf .clnrm/artifacts/some/bad/files.tar)" core
is "$(tar xOf .clnrm/artifacts/some/late/files.tar)" x
is "$(cat .clnrm/artifacts/some/late/stdout.log)" before
expect_exit 0 clnrm runs list --limit 1 --no-header
id=$(cut -d' ' -f1 "$out")
is "$(listed latest | wc -l)" 6
api GET "/v1/runs/$id/artifacts"
has "$doc" '"scenario":"some/good","name":"files.tar"'
curl -s --unix-socket "$SOCKET" "http://x/v1/runs/$id/artifacts/some/good/files.tar" >fetched.tar
cmp fetched.tar .clnrm/artifacts/some/good/files.tar || fail "what is fetched is another file"
passed
expect_exit 0 curl -s --unix-socket "$SOCKET" "http://x/v1/runs/$id/artifacts/some/good/no.tar"
has "$out" '"code":"not-found"'
expect_exit 0 curl -s --path-as-is --unix-socket "$SOCKET" "http://x/v1/runs/$id/artifacts/../../../history.db"
hasnt "$out" 'SQLite'
# A run of the past is exported in the same way, and an attached one.
expect_exit 1 clnrm attach "$id" --artifacts=again
cmp again/some/good/files.tar fetched.tar || fail "attach exports another file"
passed
clnrm run --format junit --junit-dialect jenkins --artifacts=exp some.clnrm.toml >j.xml 2>/dev/null || :
has j.xml "[[ATTACHMENT|$PWD/exp/some/good/files.tar]]"

# ---- each turn of one scenario has its own ----
cat >turns.clnrm.toml <<'T'
[meta]
name = "turns"
[[scenario]]
name = "s"
run = "cat /proc/sys/kernel/random/uuid"
artifacts.collect = ["logs:stdout"]
T
expect_exit 0 clnrm run --repeat 3 --artifacts=turns --report junit=turns.xml --junit-dialect gitlab turns.clnrm.toml
is "$(cat turns/turns/s/[123]/stdout.log | sort -u | wc -l)" 3
has turns.xml "turns/turns/s/2/stdout.log"
expect_exit 0 clnrm attach latest --artifacts=turns_again
diff -r turns turns_again || fail "attach exports other files"
passed

# ---- hostile names and links ----
mkdir outside
cat >evil.clnrm.toml <<'T'
[meta]
name = "../up"
[[scenario]]
name = "../../a/b: *c"
image = "host"
script = '''
cd /tmp && mkdir e && cd e
ln -s /etc dir; ln -s /proc/self/root root; mkfifo fifo; : >"$(printf 'new\nline')"; : >"$(printf 'esc\033[31m')"
: >-rf; mkdir ...; : >.../x; ln -s . loop
n=$(printf '%0200d' 7); mkdir -p $n/$n/$n && echo deep >$n/$n/$n/end
'''
artifacts.collect = ["files:/tmp/e", "files:/tmp/e/**", "files?:/proc/*/environ", "files?:/sys/**"]
T
expect_exit 0 clnrm run --artifacts=outside/in evil.clnrm.toml
is "$(find outside -type f | wc -l)" 1
file=$(find outside/in -type f)
case $file in outside/in/*/*/files.tar) passed ;; *) fail "exported to '$file'" ;; esac
is "$(find . -newer evil.clnrm.toml -name files.tar | wc -l)" 1
tar tf "$file" >names
has names 'tmp/e/dir'
hasnt names 'tmp/e/dir/'
hasnt names 'tmp/e/root/'
hasnt names 'fifo'
hasnt names 'proc/'
hasnt names '..//'
is "$(tar xOf "$file" --wildcards '*/end')" deep
# A link in the way of the export is not followed.
mkdir target
rm -rf exp && mkdir -p exp/some && ln -s "$PWD/target" exp/some/good
expect_exit 5 clnrm run --force --artifacts=exp some.clnrm.toml::good
is "$(ls target)" ''

# ---- sizes ----
cat >large.clnrm.toml <<'T'
[meta]
name = "large"
limits.artifacts_mb = 1
[[scenario]]
name = "s"
script = "head -c 900000 /dev/zero >/tmp/a; head -c 900000 /dev/zero >/tmp/b; truncate -s 500G /tmp/c || truncate -s 1G /tmp/c"
artifacts.collect = ["files:/tmp/[abc]"]
[[scenario]]
name = "many"
script = "mkdir /tmp/m; cd /tmp/m; i=0; while [ $i -lt 21000 ]; do : >f$i; i=$((i + 1)); done"
artifacts.collect = ["files:/tmp/m/*"]
T
expect_exit 0 clnrm run --artifacts=big large.clnrm.toml
has "$err" 'large/s: files are cut off at 1.0 MiB (limits.artifacts_mb), 1 left out'
has "$err" 'large/many: more than 20000 files match'
is "$(tar tvf big/large/s/files.tar | awk '{ n += $3 } END { print n }')" 1048576
is "$(tar tf big/large/many/files.tar | wc -l)" 20000

# ---- when they go ----
# A cached result shows those of the run that ran; they go with that run.
unset CLEANROOM_CACHE_RESULTS
expect_exit 0 clnrm run --force some.clnrm.toml::good
expect_exit 0 clnrm runs list --limit 1 --no-header
first=$(cut -d' ' -f1 "$out")
cached() {
	clnrm run --artifacts=hit some.clnrm.toml::good >cached.out 2>cached.err || fail "run ended with $?"
	grep -q '1 cached' cached.out
}
wait_until 60 cached
cmp hit/some/good/files.tar "$kept/$first/$(sha256sum hit/some/good/files.tar | cut -d' ' -f1)" ||
	fail "the cached result has another file"
passed
expect_exit 0 clnrm runs rm "$first"
[ ! -e "$kept/$first" ] || fail "the files of a removed run are there"
passed
rm -rf hit
expect_exit 0 clnrm run --artifacts=hit some.clnrm.toml::good
if grep -q '1 cached' "$out"; then
	has "$err" 'note[artifacts.gone]: some/good: files.tar is not there any more'
fi
# The sandbox of a step is gone with it, and its files; that is not "nothing matches".
cat >steps.clnrm.toml <<'T'
[meta]
name = "steps"
sandbox = "step"
[[scenario]]
name = "s"
script = "echo out; echo x >/tmp/x"
artifacts.collect = ["files:/tmp/x", "logs:stdout"]
T
expect_exit 0 clnrm run steps.clnrm.toml
has "$err" 'note[artifacts.missing]: steps/s: no files are kept with sandbox = "step"'
hasnt "$err" 'nothing matches'
has "$out" 'passed'
listed latest >list
has list 'steps/s/stdout.log'
# What is not stored keeps nothing, and nothing is half there after a kill.
expect_exit 0 clnrm run --no-history some.clnrm.toml::good
# But a client that waits may have the files, and then they are gone; also where there is no history at all.
held() { find "$CLNRM_HOME/state/artifacts" -type f | wc -l; }
before=$(held)
gone_again() { [ "$(held)" = "$before" ]; }
expect_exit 0 clnrm run --force --no-history --artifacts=passing some.clnrm.toml::good
[ -s passing/some/good/stdout.log ] || fail "nothing was written: $(find passing)"
wait_until 10 gone_again
# What stands for it later has files.
sed 's/^name = "some"/name = "fresh"/' some.clnrm.toml >fresh.clnrm.toml
expect_exit 0 clnrm run --no-history fresh.clnrm.toml::good
expect_exit 0 clnrm run --artifacts=stored fresh.clnrm.toml::good
[ -s stored/fresh/good/stdout.log ] || fail "nothing was written: $(find stored)"
expect_exit 0 clnrm daemon stop
clnrmd --no-history >bare.log 2>&1 &
bare=$!
serving() { clnrm --daemon required version | grep -q "^clnrmd .*pid $bare"; }
wait_until 10 serving
before=$(held)
expect_exit 0 clnrm run --force --artifacts=bare some.clnrm.toml::good
[ -s bare/some/good/stdout.log ] || fail "nothing was written: $(find bare)"
wait_until 10 gone_again
expect_exit 0 clnrm run some.clnrm.toml::good
is "$(held)" "$before"
expect_exit 0 clnrm daemon stop
wait "$bare" || :
cat >long.clnrm.toml <<'T'
[meta]
name = "long"
[[scenario]]
name = "s"
script = "head -c 90000000 /dev/zero >/tmp/a; echo ready"
artifacts.collect = ["files:/tmp/a"]
T
clnrm run --show-output live long.clnrm.toml >long.out 2>&1 &
run=$!
ready() { grep -q ready long.out; }
wait_until 60 ready
kill -9 "$(daemon_pid)"
wait $run 2>/dev/null || :
find "$kept" -type f >files
while read -r f; do
	is "$(sha256sum "$f" | cut -d' ' -f1)" "${f##*/}"
done <files
expect_exit 0 clnrm runs rm --all
is "$(find "$kept" -type f | wc -l)" 0

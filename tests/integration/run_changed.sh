#!/bin/sh
# run --changed leaves out what the cache would answer; --verify-cache runs it again and compares.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
unset CLEANROOM_CACHE_RESULTS
mkdir -p p && cd p
printf '[project]\nname = "p"\n' >cleanroom.toml
scenario() { printf '[[scenario]]\nname = "%s"\nimage = "clnrm/base"\nrun = "%s"\n' "$1" "$2"; }
for t in a b c; do
	printf '[meta]\nname = "%s"\n' $t >$t.clnrm.toml
	scenario one "echo $t" >>$t.clnrm.toml
	scenario two "echo $t too" >>$t.clnrm.toml
done
sleep 0.05
expect_exit 0 clnrm run --changed .
matches "$out" '^6 passed   6 scenarios of 3 tests'

# ---- --changed ----
changes 'run --changed' 0 'run .' --changed
expect_exit 0 clnrm run --changed .
matches "$out" '^0 passed   0 scenarios of 0 tests'
sed -i 's/echo b too/echo B/' b.clnrm.toml
expect_exit 0 clnrm run --changed --format json .
/usr/bin/python3 - "$out" <<'P' || fail 'what is left'
import json, sys
r = json.load(open(sys.argv[1]))
assert [[s["id"] for s in t["scenarios"]] for t in r["tests"]] == [["b/two"]], r["tests"]
assert r["summary"]["scenarios"] == 1 and r["summary"]["cached"] == 0, r["summary"]
P
expect_exit 0 clnrm run .
matches "$out" '^0 passed, 6 cached '
sed -i 's/echo a"/false"/' a.clnrm.toml
expect_exit 1 clnrm run --changed -j 1 .
matches "$out" '^0 passed, 1 failed   1 scenarios of 1 tests'
expect_exit 1 clnrm run --changed . # what failed is left in
expect_exit 2 clnrm run --changed --force .
has "$err" changed
sed -i 's/run = "false"/run = "echo a"/' a.clnrm.toml

# ---- --verify-cache ----
expect_exit 0 clnrm run .
changes 'run --verify-cache' 0 'run .' '--verify-cache 100'
expect_exit 0 clnrm run --verify-cache 100 .
matches "$out" '^6 passed   6 scenarios'
expect_exit 0 clnrm run --verify-cache 0 .
matches "$out" '^0 passed, 6 cached '
expect_exit 2 clnrm run --verify-cache 101 .
printf '[meta]\nname = "d"\n' >d.clnrm.toml
scenario random 'cat /proc/sys/kernel/random/uuid' >>d.clnrm.toml
expect_exit 0 clnrm run d.clnrm.toml
expect_exit 0 clnrm run d.clnrm.toml
has "$out" '1 cached'
expect_exit 1 clnrm run --verify-cache 100 .
cat "$out" "$err" >both
matches both "'d/random' is not as its result of run [a-z0-9]+: other stdout of step"
[ "$(grep -c 'is not as its result' both)" = 1 ] || fail 'others differ too'
matches "$out" '^7 passed '

# Half of them, more or less: never none, never all.
mkdir many
i=0
while [ $i -lt 60 ]; do
	{ printf '[meta]\nname = "m%s"\n' $i; scenario s "echo $i"; } >many/m$i.clnrm.toml
	i=$((i + 1))
done
expect_exit 0 clnrm run many
expect_exit 0 clnrm run --verify-cache 50 many
matches "$out" '^[1-9][0-9]? passed, [1-9][0-9]? cached '

# ---- --changed=REF ----
command -v git >/dev/null || exit 0
export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@x
expect_exit 2 clnrm run --changed=HEAD .
matches "$err" 'error\[refused\]: --changed=REF: .*not a git repository'
rm -r many d.clnrm.toml
mkdir data
printf one >data/file
sed -i '2a [[scenario]]\nname = "three"\nimage = "clnrm/base"\nvolumes = [{ host_path = "./data", container_path = "/data" }]\nrun = "cat /data/file"' c.clnrm.toml
printf '{%% macro say(what) %%}echo {{ what }}{%% endmacro %%}' >_say.tera
printf '{%% import "_say.tera" as m %%}[meta]\nname = "m"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "{{ m::say(what="x") }}"\n' >m.clnrm.toml.tera
printf one >fed
printf '[meta]\nname = "f"\nimage = "clnrm/base"\n[[scenario]]\nname = "s"\nsteps = [{ command = ["cat"], stdin = { file = "fed" } }]\n' >f.clnrm.toml
git init -q . && git add . && git commit -qm x
# left ID...: these scenarios are in the run, whether they are run or cached
left() {
	expect_exit 0 clnrm run --changed=HEAD --format json .
	is "$(/usr/bin/python3 -c 'import json, sys
print(*(s["id"] for t in json.load(open(sys.argv[1]))["tests"] for s in t["scenarios"]))' "$out")" "$*"
}
left
printf two >data/file
left c/three
printf '# more\n' >>a.clnrm.toml
left a/one a/two c/three
git checkout -q .
printf ' ' >>_say.tera
left m/s
git checkout -q .
printf two >fed
left f/s
git checkout -q .
mkdir data/new
printf x >data/new/unknown
left c/three
git add . && git commit -qm y
# What is read through a link is called as git calls it; of a link nobody knows what is read through it.
mkdir shared behind
printf '{%% macro say(what) %%}echo {{ what }}{%% endmacro %%}' >shared/say.tera
printf one >behind/file
ln -s shared ways
ln -s behind link
printf '{%% import "ways/say.tera" as m %%}[meta]\nname = "w"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "{{ m::say(what="x") }}"\n' >w.clnrm.toml.tera
printf '[meta]\nname = "p"\nimage = "clnrm/base"\n[[scenario]]\nname = "whole"\nrun = "true"\ninputs = ["link/file"]\n[[scenario]]\nname = "some"\nrun = "true"\ninputs = ["link/f*"]\n' >p.clnrm.toml
git add . && git commit -qm z
left
printf ' ' >>shared/say.tera
left w/s
git checkout -q .
printf two >behind/file
left p/whole p/some
is "$(clnrm run --changed=HEAD --list .)" "$(printf 'p.clnrm.toml::whole\t\np.clnrm.toml::some\t')"
git checkout -q .
ln -sfn shared link
left a/one a/two b/one b/two c/three c/one c/two f/s m/s p/whole p/some w/s
git checkout -q .
expect_exit 2 clnrm run --changed=nope .
matches "$err" 'error\[refused\]: --changed=REF: .*nope'
expect_exit 2 clnrm run --changed=-x .
expect_exit 2 env PATH=/nowhere "$(command -v clnrm)" run --changed=HEAD .
has "$err" 'asks git, which is not here'
expect_exit 2 clnrm run --force --changed=HEAD .

#!/bin/sh
# Stored texts: compared, written on demand by the client, inside the project, never in CI.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"

unset CLEANROOM_CACHE_RESULTS CI
mkdir -p p/tests && cd p
: >cleanroom.toml
cat >tests/s.clnrm.toml <<'T'
[meta]
name = "snap"
[[scenario]]
name = "a/b"
[[scenario.steps]]
name = "say it"
script = 'echo "at $(date +%s%N)"; echo two; echo err >&2; echo f >o.txt'
snapshot = true
expected_stdout = { normalize = [['\d+', 'N']] }
expected_stderr = { snapshot = "golden/err.txt" }
expected_files = [{ path = "o.txt", content = { snapshot = true } }]
T
stored="tests/__snapshots__/s.clnrm.toml.a%2Fb.say it.stdout"

# ---- missing: fails with the remedy, and writes nothing ----
expect_exit 1 clnrm run
has "$out" "stdout has no snapshot: '$stored' does not exist"
has "$out" 'clnrm run --update-snapshots=missing writes it'
[ ! -e tests/__snapshots__ ] || fail 'something was written'
CI=1 expect_exit 2 clnrm run --update-snapshots
has "$err" "--update-snapshots is refused while CI is set"
CI=1 expect_exit 1 clnrm run
[ ! -e tests/__snapshots__ ] || fail 'something was written in CI'
expect_exit 2 clnrm run --update-snapshots=some
expect_exit 2 clnrm run --watch --update-snapshots

# ---- written with the user's umask, whole or not at all ----
umask 027
expect_exit 0 clnrm run --update-snapshots=missing
umask 022
has "$err" "wrote snapshot  $stored"
[ "$(cat "$stored")" = "$(printf 'at N\ntwo')" ] || fail 'another text'
[ "$(stat -c %a "$stored")" = 640 ] || fail 'another mode'
[ "$(cat tests/golden/err.txt)" = err ] || fail 'err.txt'
[ "$(cat 'tests/__snapshots__/s.clnrm.toml.a%2Fb.say it.%2Fworkspace%2Fo.txt')" = f ] || fail 'o.txt'
[ "$(find tests -type f | wc -l)" = 4 ] || fail 'more was written'
sleep 0.05
expect_exit 0 clnrm run
sleep 0.05
expect_exit 0 clnrm run
matches "$out" '^0 passed, 1 cached'

# ---- a snapshot is an input of its scenario ----
echo changed >tests/golden/err.txt
expect_exit 1 clnrm run
has "$out" "stderr is not as in the snapshot 'tests/golden/err.txt'"
has "$out" '-changed'
has "$out" '+err'
expect_exit 1 clnrm run --update-snapshots=missing
expect_exit 0 clnrm run --update-snapshots
has "$err" 'updated snapshot  tests/golden/err.txt'
hasnt "$err" wrote
# What was compared with the old text is no result of the new one.
echo changed >tests/golden/err.txt
expect_exit 1 clnrm run
expect_exit 0 clnrm run --update-snapshots

# ---- a step that fails otherwise is no example ----
sed -i "s/echo two/echo more; exit 3/" tests/s.clnrm.toml
expect_exit 1 clnrm run --update-snapshots
[ "$(cat "$stored")" = "$(printf 'at N\ntwo')" ] || fail 'a failed step was stored'
sed -i "s/echo more; exit 3/echo two/" tests/s.clnrm.toml

# ---- what nobody wants any more is told ----
: >tests/__snapshots__/s.clnrm.toml.old.step.stdout
: >tests/__snapshots__/other.clnrm.toml.s.x.stdout
expect_exit 0 clnrm run
has "$err" "warning[file.obsolete_snapshot]: no step has the snapshot '__snapshots__/s.clnrm.toml.old.step.stdout'"
hasnt "$err" other.clnrm
rm tests/__snapshots__/s.clnrm.toml.old.step.stdout

# ---- never the test file itself ----
printf '[meta]\nname = "self"\n[[steps]]\nrun = "echo x"\nsnapshot = "../tests/self.clnrm.toml"\n' >tests/self.clnrm.toml
expect_exit 2 clnrm run --update-snapshots tests/self.clnrm.toml
has "$err" "tests/self.clnrm.toml:5:12: error[config.path]: snapshot '../tests/self.clnrm.toml' is this file itself"
rm tests/self.clnrm.toml

# ---- never outside the project, through whatever links ----
mkdir "$PWD/../outside"
mv tests/golden "$PWD/../outside/golden"
ln -s "$PWD/../outside/golden" tests/golden
expect_exit 2 clnrm run --update-snapshots
has "$err" "snapshot 'golden/err.txt' lies outside the project"
rm tests/golden
mkdir tests/golden
ln -s "$PWD/../outside/new" tests/golden/err.txt
expect_exit 2 clnrm run --update-snapshots
rm tests/golden/err.txt
mkfifo tests/golden/err.txt
expect_exit 2 clnrm run
has "$err" "is no regular file"
rm tests/golden/err.txt
[ ! -e "$PWD/../outside/new" ] || fail 'written outside'

# ---- a client that is sent no files cannot write any ----
api POST /v1/runs -H 'Accept: application/json' -d "{\"cwd\":\"$PWD\",\"paths\":[\"tests\"],\"options\":{\"update_snapshots\":\"all\"}}"
has "$doc" 'snapshots come as files in application/vnd.clnrm.frames alone'

# ---- two steps of one name, cells of a matrix ----
cat >tests/twice.clnrm.toml <<'T'
[meta]
name = "twice"
[[scenario]]
name = "s"
steps = [{ name = "x", run = "echo 1", snapshot = true }, { name = "x", run = "echo 2", snapshot = true }]
T
expect_exit 2 clnrm run tests/twice.clnrm.toml
has "$err" "another step has the snapshot 'twice.clnrm.toml.s.x.stdout'"
cat >tests/cells.clnrm.toml <<'T'
[meta]
name = "cells"
[matrix]
os = ["linux", "bsd"]
[[scenario]]
name = "s"
run = "echo {{ matrix.os }}"
snapshot = true
T
changes 'run --update-snapshots' 0 'run tests/cells.clnrm.toml' --update-snapshots
expect_exit 0 clnrm run --update-snapshots tests/cells.clnrm.toml
[ "$(cat 'tests/__snapshots__/cells.clnrm.toml.s[os=bsd].s.stdout')" = bsd ] || fail 'a cell'
expect_exit 0 clnrm run --force tests/cells.clnrm.toml
# One cell alone makes nothing of the others obsolete.
expect_exit 0 clnrm run -m matrix.os=bsd tests/cells.clnrm.toml
hasnt "$err" obsolete_snapshot
: >'tests/__snapshots__/cells.clnrm.toml.s[os=hurd].s.stdout'
expect_exit 0 clnrm run tests/cells.clnrm.toml
has "$err" "no step has the snapshot '__snapshots__/cells.clnrm.toml.s[os=hurd].s.stdout'"
passed

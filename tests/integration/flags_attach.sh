#!/bin/sh
# Flags of runs that are left, of those who attach to them, and of files that are kept.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
cat >loud.clnrm.toml <<'T'
[meta]
name = "loud"
[[scenario]]
name = "pass"
run = ["sh", "-c", "printf 'from-pass\\033[1m\\n'"]
artifacts.collect = ["logs:stdout"]
[[scenario]]
name = "fail"
run = ["sh", "-c", "printf 'from-fail\\033[1m\\n'; exit 1"]
T

# ---- run --detach ----
case_of 'run --detach'
expect_exit 0 clnrm run -d loud.clnrm.toml
id=$(cat "$out")
is "$(wc -w <"$out")" 1
expect_exit 1 clnrm attach "$id"
expect_exit 0 clnrm run --detach --format json loud.clnrm.toml
has "$out" '{"run":"'
expect_exit 1 clnrm attach latest

# ---- attach ----
changes 'attach --show-output' 1 "attach $id" '--show-output always'
has "$out" from-pass
expect_exit 1 clnrm attach "$id"
hasnt "$out" from-pass
changes 'attach --raw' 1 "attach $id" '--raw'
expect_exit 1 clnrm attach "$id"
has "$out" 'from-fail^['
changes 'attach --slowest' 1 "attach $id" '--slowest 1'
changes 'attach --junit-dialect' 1 "attach $id --format junit" '--junit-dialect github'
changes 'attach --junit-output' 1 "attach $id --format junit" '--junit-output always'
has "$out" from-pass
export GITHUB_ACTIONS=true
changes 'attach --no-ci' 1 "attach $id" '--no-ci'
hasnt "$out" '::error'
unset GITHUB_ACTIONS
changes 'attach --artifacts' 1 "attach $id" '--artifacts=from-attach'
is "$(wc -l <from-attach/loud/pass/stdout.log)" 1

# ---- cancel ----
mkdir gate
cat >waits.clnrm.toml <<T
[meta]
name = "waits"
[[scenario]]
name = "s"
volumes = ["$PWD/gate:/gate:ro"]
run = ["sh", "-c", "until [ -e /gate/open ]; do sleep 0.05; done"]
T
case_of 'cancel --all'
expect_exit 0 clnrm run -d waits.clnrm.toml
id=$(cat "$out")
expect_exit 0 clnrm run -d waits.clnrm.toml
expect_exit 0 clnrm cancel --all --format json
is "$(json 'len(r["changed"])')" 2
expect_exit 0 clnrm cancel "$id" --format json
is "$(json 'r["kept"]')" "['$id']"
expect_exit 130 clnrm attach "$id"

# ---- files that are kept ----
changes 'run --artifacts' 1 'run --force loud.clnrm.toml' '--artifacts=from-run'
[ -s from-run/loud/pass/stdout.log ] || fail "nothing was exported"
expect_exit 1 clnrm run --force --artifacts loud.clnrm.toml
[ -s .clnrm/artifacts/loud/pass/stdout.log ] || fail "nothing was exported"
changes 'runs show --artifacts' 0 'runs show latest' '--artifacts'
has "$out" 'kept  loud/pass/stdout.log'

#!/bin/sh
# Project files: which one counts, what weighs more, and that a broken one is never skipped.
. "$(dirname "$0")/../lib/env.sh"

mkdir -p shop/tests/deep
cat >shop/tests/deep/env.clnrm.toml <<'TOML'
[meta]
name = "env"
[[scenario]]
name = "who"
run = "sh -c 'echo =$WHO='"
expected_output_regex = "^=me=$"
TOML
cp shop/tests/deep/env.clnrm.toml shop/tests/deep/two.clnrm.toml
sed -i 's/"env"/"two"/' shop/tests/deep/two.clnrm.toml
cp -r shop/tests bare
WHO=me
export WHO

# The nearest project file upward lets the variable through; without one nothing does.
printf '[cli]\njobs = 3\n[test_execution]\nenv_pass = ["WHO"]\n' >shop/cleanroom.toml
expect_exit 0 clnrm run shop
has "$out" "3 at a time" # of the first file's project, since there is none here
expect_exit 1 clnrm run bare
has "$out" "=="
(cd shop && expect_exit 0 clnrm run)
(cd shop && expect_exit 1 clnrm run --no-config tests)

# A nearer one takes over as soon as it is there, and again when it is gone.
printf '[test_execution]\nenv_pass = []\n' >shop/tests/deep/cleanroom.toml
expect_exit 1 clnrm run shop
rm shop/tests/deep/cleanroom.toml
expect_exit 0 clnrm run shop

# A broken one is an error, also when it is not that of the working directory; it is told once.
printf '[cli]\njbos = 3\n' >shop/tests/deep/cleanroom.toml
expect_exit 2 clnrm run shop
has "$err" "shop/tests/deep/cleanroom.toml:2:1: error[project.unknown_key]"
[ "$(grep -c 'project.unknown_key' "$err")" = 1 ] || fail "told more than once"
passed
rm shop/tests/deep/cleanroom.toml

# Variables weigh more than files; bad ones are refused, unknown ones are a warning.
expect_exit 1 env CLEANROOM_TEST_EXECUTION_ENV_PASS=OTHER clnrm run shop
expect_exit 2 env CLEANROOM_CLI_JOBS=four clnrm run shop
has "$err" "CLEANROOM_CLI_JOBS='four': expected an integer from 1 to 1024"
expect_exit 0 env CLEANROOM_CLI_JOB=4 clnrm run shop
cat "$out" "$err" >both
has both "did you mean 'CLEANROOM_CLI_JOBS'?"

# fail_fast of the project stops a run as the flag does.
mkdir fast
printf '[cli]\nfail_fast = true\njobs = 1\n' >fast/cleanroom.toml
cat >fast/f.clnrm.toml <<'TOML'
[meta]
name = "f"
[[scenario]]
name = "bad"
run = "false"
[[scenario]]
name = "never reached"
run = "true"
TOML
(cd fast && expect_exit 1 clnrm run f.clnrm.toml)
has "$out" "1 failed"
has "$out" "1 skipped"

# What the client sees of it, with where each value comes from.
cd shop
expect_exit 0 env CLEANROOM_CLI_FAIL_FAST=yes clnrm config show
grep -q '^cli.jobs  *3  *cleanroom.toml:2$' "$out" || fail "no row of cli.jobs"
grep -q '^cli.fail_fast  *true  *CLEANROOM_CLI_FAIL_FAST$' "$out" || fail "no row of cli.fail_fast"
passed
for asked in 'show cli.jobs' path; do
	# shellcheck disable=SC2086
	expect_exit 0 env CLEANROOM_CLI_JBOS=4 clnrm config $asked
	has "$err" "warning[env.unknown]: variable 'CLEANROOM_CLI_JBOS' names no setting"
	has "$err" "help: did you mean 'CLEANROOM_CLI_JOBS'?"
done
expect_exit 0 env CLEANROOM_CLI_JBOS=4 clnrm config show cli.jobs --format json
[ ! -s "$err" ] || fail "beside JSON: $(cat "$err")"
passed

# The same test in YAML, found by a pattern that no shell expanded.
cat >tests/y.clnrm.yaml <<'YAML'
meta: { name: y, version: 1.10 }
scenario:
  - name: who
    run: "sh -c 'echo =$WHO='"
    expected_output_regex: ^=me=$
YAML
expect_exit 0 clnrm run 'tests/*.yaml'
printf 'meta: { name: y, name: z }\n' >tests/y.clnrm.yaml
expect_exit 2 clnrm run 'tests/*.yaml::who'
has "$err" "tests/y.clnrm.yaml:1:18: error[yaml.duplicate_key]"

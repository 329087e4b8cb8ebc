#!/bin/sh
# `clnrm runs show` prints what `clnrm run` printed, byte for byte, in each form and at each level.
# One scenario at a time: a live run tells results as they come, a stored one in the order of the files.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
cat >a.clnrm.toml <<'T'
[meta]
name = "alpha"
tags = ["fast"]
[[scenario]]
name = "good"
run = "echo hello"
expected_output_regex = "hello"
[[scenario]]
name = "skipped"
skip = "later"
run = "true"
[[scenario]]
name = "bad"
steps = [
  { name = "one", command = ["sh", "-c", "echo out; echo err >&2; seq 100"] },
  { name = "two", command = ["sh", "-c", "printf 'x\\033[1my'; exit 3"] },
]
[[scenario]]
name = "no program"
run = "no-such"
[[scenario]]
name = "other text"
run = "echo hullo"
expected_output_regex = "hello"
[[scenario]]
name = "warned of"
run = "true"
zzzzzzz = 1
T
test_file other 'run = "true"'
printf '[meta\n' >broken.clnrm.toml
again() { # FLAGS
	# shellcheck disable=SC2086
	expect_exit 2 clnrm run -j 1 --keep-going $1 a.clnrm.toml broken.clnrm.toml other.clnrm.toml
	cp "$out" was.out
	cp "$err" was.err
	# shellcheck disable=SC2086
	expect_exit 0 clnrm runs show $1 latest
	cmp -s was.out "$out" || {
		diff was.out "$out" | head -n 20
		fail "'runs show $1' prints other things than 'run $1'"
	}
	cmp -s was.err "$err" || {
		diff was.err "$err" | head -n 20
		fail "'runs show $1' says other things than 'run $1'"
	}
	passed
}
for flags in '' -v -q -qq '--color always' '--width 60' '--format json' '--format junit' '--format tap' '--format tap -v' '--format json -v'; do
	again "$flags"
done
# -vv has what was read and done, too, which is not kept.
expect_exit 2 clnrm run -j 1 --keep-going -vv a.clnrm.toml broken.clnrm.toml
grep -v '^file ' "$out" >was.out
expect_exit 0 clnrm runs show -vv latest
cmp was.out "$out" || fail "'runs show -vv' prints other things"
passed

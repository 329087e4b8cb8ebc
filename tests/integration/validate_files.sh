#!/bin/sh
# clnrm validate: what is said of good, bad and missing files, and the exit codes.
. "$(dirname "$0")/../lib/env.sh"
is() {
	[ "$1" = "$2" ] || fail "got '$1', expected '$2'"
	passed
}
printf '[meta]\nname = "x"\n[[scenario]]\nname = "y"\nrun = "true"\n' >good.clnrm.toml
expect_exit 0 clnrm validate
is "$(cat "$out")" "$(printf 'good.clnrm.toml: ok (1 test, 1 scenario)\n1 file valid, 0 errors, 0 warnings')"
printf '[meta]\nname = "x"\n[[scenario]]\nname = "y"\nrnu = "true"\n' >bad.clnrm.toml
expect_exit 1 clnrm validate good.clnrm.toml bad.clnrm.toml
has "$out" 'good.clnrm.toml: ok'
has "$out" "bad.clnrm.toml:5:1: error[config.unknown_key]: unknown key 'rnu'"
has "$out" "help: did you mean 'run'?"
is "$(tail -n 1 "$out")" '1 of 2 files invalid, 1 error, 0 warnings'
expect_exit 1 clnrm validate --format json .
is "$(python3 -c 'import json, sys; r = json.load(sys.stdin); print(r["valid"], [(f["path"], f["valid"], f["scenarios"]) for f in r["files"]])' <"$out")" \
	"False [('bad.clnrm.toml', False, 0), ('good.clnrm.toml', True, 1)]"
expect_exit 0 clnrm validate --allow-unknown good.clnrm.toml
expect_exit 3 clnrm validate missing.clnrm.toml
has "$err" 'error[file.not_found]'
mkdir empty
expect_exit 2 clnrm validate empty
has "$err" 'error[file.no_tests]'
code=0
clnrm validate --stdin-name in.clnrm.toml - <bad.clnrm.toml >"$out" || code=$?
is $code 1
has "$out" 'in.clnrm.toml:5:1: error'
curl -s --unix-socket "$SOCKET" http://x/v1/validate -d "{\"cwd\":\"$PWD\",\"content\":\"[meta]\\n\",\"name\":\"c.clnrm.toml\"}" >"$out"
record "$out" validate self
has "$out" '"path":"c.clnrm.toml","valid":false'
# A value that no build takes is one finding, not also one about this build.
printf '[meta]\nname = "x"\nretries = 500\n[[scenario]]\nname = "y"\nrun = "true"\n' >range.clnrm.toml
expect_exit 1 clnrm validate range.clnrm.toml
has "$out" "range.clnrm.toml:3:11: error[config.range]: 'retries' is 500, wanted 0 to 100"
is "$(tail -n 1 "$out")" '1 of 1 file invalid, 1 error, 0 warnings'
# A scenario that is in none of the files is told.
expect_exit 0 clnrm validate good.clnrm.toml::y good.clnrm.toml:4
expect_exit 2 clnrm validate good.clnrm.toml::z
has "$err" "error[no-match]: no scenario matches 'good.clnrm.toml::z'"
is "$(cat "$out")" ''
sed 's/"x"/"other"/; s/"y"/"z"/' good.clnrm.toml >other.clnrm.toml
expect_exit 0 clnrm validate '*o*.clnrm.toml::z'
expect_exit 1 clnrm validate bad.clnrm.toml::z
# A command that is broken hides no other mistake of its scenario, nor does a misspelt one.
cat >both.clnrm.toml <<'T'
[meta]
name = "x"
[[scenario]]
name = "quote"
run = "echo 'x"
expected_output_regex = "(a"
[[scenario]]
name = "key"
rnu = "true"
expected_files = [{ path = "/p", mode = "9" }]
T
expect_exit 1 clnrm validate both.clnrm.toml
for at in 5:13 6:28 9:1 10:41; do
	has "$out" "both.clnrm.toml:$at"
done

#!/bin/sh
# Messages name what was asked: the key, the command, the place that was searched, the deadline.
. "$(dirname "$0")/../lib/env.sh"

test_of() { # NAME KEYS
	printf '[meta]\nname = "%s"\n[[scenario]]\nname = "s"\n%s\n' "$1" "$2" >"$1.clnrm.toml"
}
for user in -1 70000 '"0:-5"' '"0:70000"'; do
	test_of user "run = 'true'
user = $user"
	expect_exit 1 clnrm validate user.clnrm.toml
	matches "$out" "config.range.*'user' is '"
done
for user in 0 65535 '"nobody"' '"1000:1000"'; do
	test_of user "run = 'true'
user = $user"
	expect_exit 0 clnrm validate user.clnrm.toml
done

test_of regex "run = 'true'
expected_output_regex = 'a('"
expect_exit 1 clnrm validate regex.clnrm.toml
matches "$out" 'regular expression: .* at offset 2$'

test_of pass "run = 'true'
env_pass = ['HOME']"
expect_exit 1 clnrm validate pass.clnrm.toml
has "$out" "put it in [meta]"

expect_exit 2 clnrm runs list --format tap
has "$err" "'clnrm runs list' has no format 'tap'"
expect_exit 2 clnrm ps --format tap
has "$err" "'clnrm ps' has no format 'tap'"

expect_exit 0 clnrm help try
for code in N 125 126 127; do
	matches "$out" "^  $code +[a-z]"
done

needs sandbox
test_of path "run = 'no-such-program'
env = { PATH = '/opt/mine:/usr/bin' }"
expect_exit 2 clnrm run path.clnrm.toml
has "$out" "(PATH=/opt/mine:/usr/bin)"

expect_exit 125 clnrm try --timeout 300ms -- sleep 600
has "$err" "error[timeout]: timed out after 300 ms"

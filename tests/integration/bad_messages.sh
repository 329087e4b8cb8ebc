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

# What a message repeats of its arguments, or of names of files, is shown and never done by a terminal.
escape=$(printf '\033[31m')
for command in 'runs show' logs attach 'config show' metrics 'images inspect' 'pool drain' 'cache why' rm; do
	# shellcheck disable=SC2086
	clnrm $command "a${escape}b" >said 2>&1 || :
	has said '^[[31m'
	hasnt said "$escape"
done
odd="o${escape}
d"
printf '[meta]\nname="odd"\n[[scenario]]\nname = "s"\nrun = "true"\n' >"$odd.clnrm.toml"
expect_exit 0 clnrm validate "$odd.clnrm.toml"
has "$out" 'o^[[31m^Jd.clnrm.toml: ok (1 test, 1 scenario)'
expect_exit 0 clnrm run --list "$odd.clnrm.toml"
has "$out" 'o^[[31m^Jd.clnrm.toml::s'
expect_exit 0 clnrm fmt "$odd.clnrm.toml"
has "$out" 'formatted  o^[[31m^Jd.clnrm.toml'
expect_exit 0 clnrm init "$odd"
has "$out" 'wrote  o^[[31m^Jd/.gitignore'
hasnt "$out" "$escape"

# A command that is proposed is one that can be pasted.
expect_exit 0 clnrm init 'a b'
has "$out" "next: clnrm -C 'a b' run"

needs sandbox
test_of path "run = 'no-such-program'
env = { PATH = '/opt/mine:/usr/bin' }"
expect_exit 2 clnrm run path.clnrm.toml
has "$out" "(PATH=/opt/mine:/usr/bin)"

expect_exit 125 clnrm try --timeout 300ms -- sleep 600
has "$err" "error[timeout]: timed out after 300 ms"

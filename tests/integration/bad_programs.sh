#!/bin/sh
# Programs that are not there, or whose interpreter is not: the message names what is missing.
. "$(dirname "$0")/../lib/env.sh"
needs sandbox

test_of() { # NAME IMAGE RUN FILES
	printf '[meta]\nname = "%s"\n[[scenario]]\nname = "s"\nimage = "%s"\nrun = %s\n%s\n' "$1" "$2" "$3" "$4" >"$1.clnrm.toml"
}
test_of absent host '"no-such-program --flag"' ''
expect_exit 2 clnrm run absent.clnrm.toml
has "$out" "command 'no-such-program' not found in image 'host' (PATH="
test_of where host '"/no/such/place"' ''
expect_exit 2 clnrm run where.clnrm.toml
has "$out" "/no/such/place"

# A script for an interpreter that does not exist.
script='[[scenario.files]]
path = "/workspace/script"
content = "#!/no/such\necho never\n"
mode = "0755"'
test_of script host '"/workspace/script"' "$script"
expect_exit 2 clnrm run script.clnrm.toml
has "$out" "interpreter '/no/such' of '/workspace/script': No such file or directory"

# A dynamic program in clnrm/base, which has no loader.
if [ -e /bin/busybox ] && [ "$(od -An -tx1 -N4 /usr/bin/env | tr -d ' ')" = 7f454c46 ]; then
	loader=$(od -An -c -v /usr/bin/env | tr -d ' \n' | grep -ao '/lib[0-9a-z]*/ld-[a-z]*-*[a-z0-9_-]*\.so\.[0-9]' | head -n 1)
	cp /usr/bin/env dynamic
	test_of dynamic clnrm/base '"/workspace/dynamic true"' '[[scenario.files]]
path = "/workspace/dynamic"
source = "dynamic"'
	expect_exit 2 clnrm run dynamic.clnrm.toml
	has "$out" "interpreter '$loader' of '/workspace/dynamic': No such file or directory"
fi

# Not executable, a directory, no program at all.
test_of plain host '"/workspace/plain"' '[[scenario.files]]
path = "/workspace/plain"
content = "text"
mode = "0644"'
expect_exit 2 clnrm run plain.clnrm.toml
has "$out" "Permission denied"
test_of dir host '"/workspace"' ''
expect_exit 2 clnrm run dir.clnrm.toml
has "$out" "command '/workspace' cannot be executed"
test_of noise host '"/workspace/noise"' '[[scenario.files]]
path = "/workspace/noise"
content = "\u0001\u0002 no program"
mode = "0755"'
expect_exit 2 clnrm run noise.clnrm.toml
has "$out" "Exec format error"

test_of good host '"true"' ''
expect_exit 0 clnrm run good.clnrm.toml

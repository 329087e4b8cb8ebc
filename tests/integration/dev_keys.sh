#!/bin/sh
# Keys of a session on a terminal; the terminal is as before at the end.
. "$(dirname "$0")/../lib/env.sh"
export TERM=xterm CI="" NO_COLOR=1 TERMINAL_LIMIT=6
printf '[meta]\nname = "a"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "true"\n' >a.clnrm.toml
printf '[meta]\nname = "b"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "false"\n' >b.clnrm.toml
played() {
	code=$1
	shift
	expect_exit "$code" /usr/bin/python3 "$ROOT/tests/lib/terminal.py" --out seen "$@"
}
# The last round decides the exit code.
played 1 'see 1 passed, 1 failed' 'see report' 'key a' 'see 1 passed, 1 failed' 'see report' 'key f' 'see 0 passed, 1 failed' 'see report' \
	'key ?' 'see these keys' 'key p' 'see paused' 'key p' 'see going on' 'key q' end -- clnrm dev
# Between rounds a line says how things stand; text stands above it, and it is gone at the end.
played 0 'see report' 'see wait  2 files, 2 scenarios, 1 failed' 'key ?' 'see these keys' 'sh sed -i s/false/true/ b.clnrm.toml' 'see b.clnrm.toml saved' \
	'see wait  2 files, 2 scenarios, all green' 'sh rm a.clnrm.toml' 'see wait  1 file, 1 scenario, all green' 'key q' end -- clnrm dev
hasnt seen.screen 'wait '
has seen.screen 'these keys'
printf '[meta]\nname = "a"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "true"\n' >a.clnrm.toml
sed -i s/true/false/ b.clnrm.toml
# All output of what failed, also of what did not fit in the report; of what is mended nothing.
printf '[meta]\nname = "c"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nsteps = [{ name = "talk", command = ["sh", "-c", "seq 1000 1200; echo aside >&2"] }, { name = "fall", command = ["sh", "-c", "exit 3"] }]\n' >c.clnrm.toml
played 1 'see 1 failed' 'see report' 'key o' 'see 1077' 'see aside' 'see exit status 3' 'key q' end -- clnrm dev c.clnrm.toml
grep -q 1077 seen || fail 'the output is not there'
passed
played 0 'see 1 failed' 'see report' 'sh sed -i "s/exit 3/exit 0/" c.clnrm.toml' 'see c.clnrm.toml saved' 'key o' 'see nothing has failed' 'key q' end -- clnrm dev c.clnrm.toml
rm c.clnrm.toml
played 0 'see 1 failed' 'see report' 'sh sed -i s/false/true/ b.clnrm.toml' 'see b.clnrm.toml saved' 'key q' end -- clnrm dev
played 0 'see scenarios of' 'see report' 'key /' 'see filter: ' 'key a/s\n' 'see 1 scenarios of 1 tests' 'see report' 'key q' end -- clnrm dev
played 130 'see scenarios of' 'see report' 'key \x03' end -- clnrm dev
# What the shell has next is a terminal with echo.
played 0 'see scenarios of' 'see report' 'key q' 'see it is over' 'see  icanon' end -- sh -c 'clnrm dev; echo it is over; stty -a'

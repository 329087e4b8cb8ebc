#!/bin/sh
# A terminal in a kept sandbox: size, job control, signals, leaving; our own terminal is as it was, whatever
# ends it.
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
export TERM=xterm-256color CLNRM_COLOR=never
# The state of the terminal before and after is compared by whoever gave it: a shell around clnrm.
tty() { python3 "$ROOT/tests/lib/terminal.py" --out "$W/tty" "$@"; }
around() { printf 'before=$(stty -g); %s; code=$?; [ "$before" = "$(stty -g)" ] && echo "terminal as before, code $code"' "$1"; }
printf '[meta]\nname = "t"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nenv = { PS1 = "inside> " }\nrun = ["sh", "-c", "echo state >state; exit 1"]\n' >t.clnrm.toml
none_runs() { ! pgrep -f "$1" >/dev/null; }
runs() { pgrep -f "$1" >/dev/null; }
expect_exit 125 clnrm exec latest -- true # no daemon has kept anything
expect_exit 2 clnrm shell
has "$err" "'clnrm shell' needs a terminal"
expect_exit 1 clnrm run --keep t.clnrm.toml

# ---- a session ----
expect_exit 0 tty --size 100x30 'see inside> ' 'key cat state; tty; stty size\r' 'see state' 'see /dev/pts/0' 'see 30 100' \
	'see inside> ' 'size 132x43' 'key until [ "$(stty size)" = "43 132" ]; do sleep 0.02; done; echo re""sized\r' 'see resized' \
	'see inside> ' 'key sleep 5511\r' 'sh until pgrep -f "^sleep 5511"; do sleep 0.02; done >/dev/null' 'key \x1a' 'see Stopped' \
	'see inside> ' 'key bg\r' 'see inside> ' 'key jobs\r' 'see Running' 'key kill %1; wait; echo co""de $?\r' 'see code' \
	'see inside> ' 'key sleep 5512\r' 'sh until pgrep -f "^sleep 5512"; do sleep 0.02; done >/dev/null' 'key \x03' \
	'see inside> ' 'key echo in""terrupted $?\r' 'see interrupted 130' \
	'see inside> ' 'key echo a~.b $TERM\r' 'see a~.b xterm-256color' 'see inside> ' 'key exit 5\r' \
	'see terminal as before, code 5' -- sh -c "$(around 'clnrm shell')"
none_runs '^sleep 551' || fail 'a job outlives its terminal'
passed

# ---- leaving ----
expect_exit 0 tty 'see inside> ' 'key sleep 5513 &\r' 'see inside> ' 'key \x7e.' 'see terminal as before, code 0' -- \
	sh -c "$(around 'clnrm shell t/s')"
wait_until 10 none_runs '^sleep 5513'
expect_exit 0 tty 'see inside> ' 'key ~~\x15echo ti""lde\r' 'see tilde' 'see inside> ' 'key exit\r' 'see terminal as before, code 0' -- \
	sh -c "$(around 'clnrm shell')"
expect_exit 0 tty 'see begun' 'key typed\r' 'see got typed' 'see terminal as before, code 9' -- \
	sh -c "$(around 'clnrm shell latest -- sh -c "echo begun; read x; echo got \$x; exit 9"')"
expect_exit 0 tty 'see begun' 'key typed\r' 'see typed' 'key \x04' 'see terminal as before, code 0' -- \
	sh -c "$(around 'clnrm exec -it latest -- sh -c "echo begun; cat"')"

# ---- ends from outside ----
for end in TERM:143 HUP:129 INT:130 QUIT:131; do
	CASE=${end%:*}
	expect_exit 0 tty 'see inside> ' "sh pkill -${end%:*} -f '^clnrm shell'" "see terminal as before, code ${end#*:}" -- \
		sh -c "$(around 'clnrm shell')"
done
CASE='the client is killed'
expect_exit 0 tty 'see inside> ' 'key sleep 5514\r' 'sh until pgrep -f "^sleep 5514"; do sleep 0.02; done >/dev/null' \
	"sh pkill -KILL -f '^clnrm shell'" 'see killed' -- sh -c 'clnrm shell; echo killed'
wait_until 10 none_runs '^sleep 5514'
CASE='the sandbox goes'
expect_exit 0 tty 'see inside> ' 'sh clnrm rm latest >/dev/null' 'see the sandbox has ended: it was removed' \
	'see terminal as before, code 125' -- sh -c "$(around 'clnrm shell')"
expect_exit 1 clnrm run --keep t.clnrm.toml
CASE='the daemon is killed'
expect_exit 0 tty 'see inside> ' 'key sleep 5515\r' 'sh until pgrep -f "^sleep 5515"; do sleep 0.02; done >/dev/null' \
	"sh kill -9 $(daemon_pid)" 'see clnrmd ended before the answer did' 'see terminal as before, code 125' -- \
	sh -c "$(around 'clnrm shell')"
wait_until 10 none_runs '^sleep 5515'

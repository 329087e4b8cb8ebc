# tests/lib/hermetic.sh - what every isolation test starts with.
#
# Shape: a scenario leaves a trace, the next one of the same image looks for it, one beside it looks
# while it lives, and the machine looks. In the same file the control: the same probe without a
# boundary does see the trace. ROUNDS says how often (5); IMAGES in which images.
# shellcheck shell=sh
. "$(dirname "$0")/../lib/env.sh"

ROUNDS=${ROUNDS:-5}
IMAGES=${IMAGES:-host clnrm/base}
PROBE=$BUILD/tests/probe
cp "$PROBE" probe
FILE=t.clnrm.toml

# begin IMAGE [LINE...]: a new test file; lines go into [meta].
begin() {
	image=$1
	shift
	{
		printf '[meta]\nname = "t"\nimage = "%s"\n' "$image"
		printf 'files = [{ path = "/tmp/probe", source = "probe", mode = "0755" }]\n'
		for line; do printf '%s\n' "$line"; done
	} >$FILE
}

# scenario NAME CODE WORD...: one step that has to end with CODE.
scenario() {
	{
		printf '[[scenario]]\nname = "%s"\nexpected_exit_code = %s\ncommand = [' "$1" "$2"
		shift 2
		for word; do printf '"%s", ' "$(printf %s "$word" | sed 's/[\\"]/\\&/g; s/	/\\t/g' | sed ':a;N;$!ba;s/\n/\\n/g')"; done
		printf ']\n'
	} >>$FILE
}

# run JOBS: all scenarios pass.
run() {
	expect_exit 0 timeout 120 clnrm run --force --no-history -j "$1" --show-output failed $FILE
}

# hold WORD...: a scenario that runs until let_go, in another client. Returns when it has said
# "planted".
hold() {
	scenario hold 0 "$@"
	timeout 120 clnrm run --force --no-history --format ndjson $FILE >held.ndjson 2>held.err </dev/null &
	holder=$!
	wait_until 30 said_planted
}
said_planted() {
	kill -0 "$holder" 2>/dev/null || { cat held.ndjson held.err; fail "the planter ended"; }
	grep -q '"ev":"output".*planted' held.ndjson
}
let_go() {
	kill -INT "$holder" 2>/dev/null || :
	wait "$holder" || :
}

# look_here NN CODE: the probe on this machine ends with CODE.
look_here() {
	expect_exit "$2" timeout 20 ./probe look "$1"
}

# carrier NN [host]: nothing of what is planted is seen by the next, by one beside, and with `host`
# by the machine; the control sees it.
carrier() {
	for image in $IMAGES; do
		begin "$image"
		for round in $(seq "$ROUNDS"); do
			scenario "plant $round" 0 /tmp/probe plant "$1" "t$round"
			scenario "look $round" 0 /tmp/probe look "$1"
		done
		scenario control 1 /tmp/probe control "$1" c
		run 1
		begin "$image"
		hold /tmp/probe hold "$1" beside
		[ "${2:-}" != host ] || look_here "$1" 0
		begin "$image"
		scenario beside 0 /tmp/probe look "$1"
		run 1
		let_go
	done
}

# refused NN [look]: none of the operations works inside, and with `look` nothing shows by itself.
refused() {
	for image in $IMAGES; do
		begin "$image"
		for round in $(seq "$ROUNDS"); do
			scenario "try $round" 0 /tmp/probe try "$1"
			[ "${2:-}" != look ] || scenario "look $round" 0 /tmp/probe look "$1"
		done
		run 2
	done
}

# scratch WORD...: a command on this machine in namespaces of its own, with all capabilities there.
scratch() {
	if [ "$(id -u)" = 0 ]; then
		timeout 20 unshare -mipnu --fork --mount-proc "$@"
	else
		timeout 20 unshare -Urmipnu --fork --mount-proc "$@"
	fi
}

# possible NN TEXT: the control of refused(): here, this very operation works, or the machine is
# asked for something that it does not have. With a /tmp of its own, which other tests look at.
possible() {
	scratch sh -c 'mount -t tmpfs none /tmp && ./probe try '"$1"'; exit $?' >"$out" 2>"$err" || :
	grep -q "^possible: $2" "$out" || { cat "$out" "$err"; fail "the control: '$2' is refused here too"; }
	passed
}

# init_of_ours: the pid, here, of the init that runs what hold() started.
init_of_ours() {
	# shellcheck disable=SC2013 # words
	for launcher in $(cat "/proc/$(daemon_pid)/task/$(daemon_pid)/children"); do
		for pid in $(cat "/proc/$launcher/task/$launcher/children" 2>/dev/null); do
			[ -z "$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)" ] || echo "$pid"
		done
	done | head -n 1
}

# facts NN: what the probe states in one sandbox, from stdout of `clnrm try`.
facts() {
	begin "$2"
	scenario facts 0 /tmp/probe look "$1"
	timeout 60 clnrm run --force --no-history --format json $FILE >"$out" 2>"$err" </dev/null || {
		cat "$out" "$err"
		fail "facts of carrier $1"
	}
	python3 -c 'import json, sys
for t in json.load(open(sys.argv[1]))["tests"]:
    for s in t["scenarios"]:
        for step in s["steps"]: sys.stdout.write(step["stdout"])' "$out"
}

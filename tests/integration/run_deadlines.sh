#!/bin/sh
# Deadlines of the steps that nobody waits for: those of a teardown, which fail nothing, and those in the
# background. What was cut off has run.
. "$(dirname "$0")/../lib/env.sh"
needs sandbox

test_of() { # NAME KEYS
	printf '[meta]\nname = "%s"\n[[scenario]]\nname = "s"\n%s\n' "$1" "$2" >"$1.clnrm.toml"
}
steps() { # FILE: "NAME VERDICT REASON,..." of its first scenario
	python3 -c 'import json, sys
steps = json.load(open(sys.argv[1]))["tests"][0]["scenarios"][0]["steps"]
print(",".join(" ".join(x for x in (s["name"], s["verdict"], s.get("reason")) if x) for s in steps))' "$1"
}
outcome() { # EXIT NAME STEPS
	expect_exit "$1" clnrm run --report json="$2.json" "$2.clnrm.toml"
	got=$(steps "$2.json")
	[ "$got" = "$3" ] || fail "$2: '$got', expected '$3'"
	passed
}

# The next step of the teardown runs all the same.
test_of down 'run = "true"
teardown = [
	{ name = "t", run = "sleep 600", timeout = "200ms" },
	{ name = "t2", run = "echo cleaned" },
]'
outcome 0 down 's pass,t fail timeout,t2 pass'
has "$err" "teardown step 't' failed: timed out after 200 ms in step 't' (waiting for 'sleep' to exit"

# The deadline of the scenario is met while the teardown runs: that has a deadline of its own.
test_of late 'timeout = "1s"
run = "true"
teardown = [{ name = "t", run = "sleep 600", timeout = "2s" }]'
outcome 0 late 's pass,t fail timeout'

test_of server 'steps = [
	{ name = "server", run = "sleep 600", background = true, timeout = "300ms" },
	{ name = "client", run = "sleep 600" },
]'
outcome 1 server 'server fail timeout,client fail timeout'
has "$out" "timed out after 300 ms in step 'server' (waiting for 'sleep' to exit"

test_of wanted 'steps = [
	{ name = "server", run = "sleep 600", background = true, timeout = "300ms", should_fail = true },
	{ name = "client", run = ["sh", "-c", "while grep -qszx 60[0] /proc/[0-9]*/cmdline; do sleep 0.1; done"] },
]'
outcome 0 wanted 'server pass,client pass'

# One that lasts until its scenario is over has passed, whatever deadline it had left.
test_of lasts 'steps = [
	{ name = "server", run = "sleep 600", background = true, timeout = "60s" },
	{ name = "client", run = "true" },
]'
outcome 0 lasts 'server pass,client pass'

# A step killed alone says what was waited for.
test_of alone 'steps = [
	{ name = "slow", run = "sleep 600", timeout = "300ms", continue_on_failure = true },
	{ name = "next", run = "true" },
]'
outcome 1 alone 'slow fail timeout,next pass'
has "$out" "timed out after 300 ms in step 'slow' (waiting for 'sleep' to exit"

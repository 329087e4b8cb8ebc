#!/bin/sh
# A step that cannot start takes nothing with it but what comes after it in the ordinary order: the
# steps of a teardown, and those behind continue_on_failure, run as if it had ended.
. "$(dirname "$0")/../lib/env.sh"
needs sandbox

test_of() { # NAME KEYS
	printf '[meta]\nname = "%s"\n[[scenario]]\nname = "s"\n%s\n' "$1" "$2" >"$1.clnrm.toml"
}
steps() { # FILE: "NAME VERDICT,..." of its first scenario
	python3 -c 'import json, sys
steps = json.load(open(sys.argv[1]))["tests"][0]["scenarios"][0]["steps"]
print(",".join("%s %s" % (s["name"], s["verdict"]) for s in steps))' "$1"
}
outcome() { # NAME STEPS
	got=$(steps "$1.json")
	[ "$got" = "$2" ] || fail "$1: '$got', expected '$2'"
	passed
}

test_of last 'run = "true"
teardown = [{ name = "t", run = "nonexist" }, { name = "t2", run = "sleep 1" }]'
expect_exit 0 clnrm run --report json=last.json last.clnrm.toml
has "$err" "teardown step 't' failed"
outcome last 's pass,t error,t2 pass'

test_of goes_on 'steps = [
	{ name = "a", run = "nonexist", continue_on_failure = true },
	{ name = "b", run = "nonexist", continue_on_failure = true },
	{ name = "c", run = "sleep 1" },
]'
expect_exit 2 clnrm run --report json=goes_on.json goes_on.clnrm.toml
hasnt "$out" "asked for while another runs"
outcome goes_on 'a error,b error,c pass'

test_of beside 'steps = [
	{ name = "a", run = "nonexist", background = true, continue_on_failure = true },
	{ name = "b", run = "sleep 1" },
]'
expect_exit 2 clnrm run --report json=beside.json beside.clnrm.toml
outcome beside 'a error,b pass'

test_of ends 'steps = [{ name = "a", run = "nonexist" }, { name = "b", run = "true" }]
teardown = [{ name = "t", run = "true" }]'
expect_exit 2 clnrm run --report json=ends.json ends.clnrm.toml
outcome ends 'a error,b skip,t pass'

#!/bin/sh
# Steps in the background: with retries they come again beside what runs, and a failure counts even when
# it is the last thing that is known of them.
. "$(dirname "$0")/../lib/env.sh"
needs sandbox

# test_of NAME BACKGROUND-STEP STEPS: both are inline tables.
test_of() {
	printf '[meta]\nname = "%s"\n[[scenario]]\nname = "s"\ntimeout = "60s"\nsteps = [\n%s,\n%s\n]\n' \
		"$1" "$2" "$3" >"$1.clnrm.toml"
}
sh_step() { # NAME SCRIPT MORE: the script has no double quotes
	printf '  { name = "%s", command = ["sh", "-c", "%s"]%s }' "$1" "$2" "${3:+, $3}"
}
counted='echo x >>tries; echo $$ >pid'
# The verdict of the scenario, then of each step "name:verdict:attempts".
steps_of() {
	clnrm run --format json "$1.clnrm.toml" >"$out" 2>"$err" || :
	record "$out"
	python3 - "$out" <<'PY'
import json, sys
doc = json.load(open(sys.argv[1]))
for test in doc["tests"]:
    for s in test["scenarios"]:
        print(s["verdict"], *("%s:%s:%d" % (p["name"], p["verdict"], p["attempts"]) for p in s["steps"]))
PY
}
is() { # NAME WORDS...
	CASE=$1
	shift
	got=$(steps_of "$CASE")
	[ "$got" = "$*" ] || { cat "$err"; fail "got '$got', expected '$*'"; }
	passed
}

# Up at its third attempt, while a step waits for it; what follows runs once.
test_of late \
	"$(sh_step server "$counted; [ \$(wc -l <tries) -ge 3 ] || exit 1; echo >up; exec sleep 60" 'background = true, retries = 5, retry_delay = "20ms"')" \
	"$(sh_step wait 'until [ -e up ]; do sleep 0.02; done; echo x >>waits'),
$(sh_step once 'echo x >>onces; [ $(cat waits onces | wc -l) = 2 ]')"
is late pass server:pass:3 wait:pass:1 once:pass:1

# The steps beside it do not wait for anything of it, and are judged by the daemon one by one.
test_of beside \
	"$(sh_step server "$counted; [ \$(wc -l <tries) -ge 20 ] || exit 1; exec sleep 60" 'background = true, retries = 50, retry_delay = "0ms"')" \
	"$(sh_step one 'echo one' 'expected_output_regex = "^one$"'),
$(sh_step two 'until [ $(wc -l <tries) -ge 20 ]; do sleep 0.02; done; echo two' 'expected_output_regex = "^two$"'),
$(sh_step three 'echo x >>threes; wc -l <threes' 'expected_output_regex = "^1$"')"
is beside pass server:pass:20 one:pass:1 two:pass:1 three:pass:1

# No attempt is left: that ends the scenario, once the step in the foreground has ended.
test_of never \
	"$(sh_step server "$counted; [ \$(wc -l <tries) -lt 3 ] || echo >over; exit 4" 'background = true, retries = 2, retry_delay = "20ms"')" \
	"$(sh_step wait 'until [ -e over ]; do sleep 0.02; done; while kill -0 $(cat pid) 2>/dev/null; do sleep 0.02; done'),
$(sh_step after 'echo never')"
is never fail server:fail:3 wait:pass:1 after:skip:0
has "$out" 'exit status 4'

# The scenario is over before the next attempt: the last one has failed, and that counts.
test_of paused \
	"$(sh_step server "$counted; exit 5" 'background = true, retries = 5, retry_delay = "1h"')" \
	"$(sh_step wait 'until [ -s pid ]; do sleep 0.02; done; while kill -0 $(cat pid) 2>/dev/null; do sleep 0.02; done')"
is paused fail server:fail:1 wait:pass:1
has "$out" 'exit status 5'

# So it does when a worker still looks at its output.
test_of judged \
	"$(sh_step server "$counted; yes | head -c 8000000; exit 6" 'background = true, expected_output_regex = "^(y\\\\n)*x$"')" \
	"$(sh_step wait 'until [ -s pid ]; do sleep 0.02; done; while kill -0 $(cat pid) 2>/dev/null; do sleep 0.02; done')"
printf '[scenario.limits]\noutput_mb = 16\n' >>judged.clnrm.toml
is judged fail server:fail:1 wait:pass:1

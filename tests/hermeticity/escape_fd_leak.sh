#!/bin/sh
# Leaked descriptors and working directories behind them (CVE-2024-21626, CVE-2016-9962).
# shellcheck disable=SC2016 # what runs in the sandbox expands there
. "$(dirname "$0")/../lib/hermetic.sh"
for image in $IMAGES; do
	begin "$image"
	scenario numbers 0 /bin/sh -c 'for fd in /proc/self/fd/*; do case ${fd##*/} in 0 | 1 | 2) ;; *) [ ! -e "$fd" ] || { readlink $fd; exit 9; } ;; esac; done'
	scenario probe 0 /tmp/probe look 23
	run 2
done

# Every number as a working directory, of the step and of the init.
begin clnrm/base
for n in $(seq 0 63); do
	for of in self 1; do
		printf '[[scenario]]\nname = "%s %s"\nworkdir = "/proc/%s/fd/%s"\ncommand = ["pwd"]\n' "$of" "$n" "$of" "$n" >>$FILE
	done
done
clnrm run --force --no-history --format json $FILE >"$out" 2>"$err" </dev/null && fail "a descriptor was a working directory"
python3 - "$out" <<'P' || fail "a scenario passed"
import json, sys
text = open(sys.argv[1]).read()
seen = 0
for t in json.loads(text).get("tests", []):
    for s in t["scenarios"]:
        seen += 1
        assert s["verdict"] in ("error", "fail"), s["name"]
        assert not any(step["stdout"] for step in s["steps"]), s["name"]
assert seen in (0, 128), seen
P
passed
# And no directory above the root: what is left of the machine would show there.
begin clnrm/base
scenario up 0 /bin/sh -c 'cd ../../../../../../../..; pwd | grep -qx / && test ! -e clnrmd && ls -a / | grep -c . >/dev/null'
scenario roots 0 /bin/sh -c 'for p in /proc/[0-9]*; do [ "$(readlink $p/root 2>/dev/null || echo /)" = / ] || exit 9; done'
run 1

#!/bin/sh
# Files, commands and outputs of docs/ci.md are real, and its recipes do here what they do where they belong.
# shellcheck disable=SC2016 # what the recipes write
. "$(dirname "$0")/../lib/env.sh"
needs sandbox overlay python3
unset CLEANROOM_CACHE_RESULTS # what is kept is what it is about

"$ROOT/tests/lib/run-blocks" "$ROOT/docs/ci.md" >"$out" 2>&1 || {
	cat "$out"
	fail "a block of docs/ci.md does not do what it says"
}
passed

# Lines of the recipes for a job: with the variables of the service, without what needs its machine.
cat >recipe.py <<'P'
import sys, yaml
text = yaml.safe_load(open(sys.argv[1]))
keeps = []
if "jobs" in text:
    lines = [s["run"] for s in text["jobs"]["test"]["steps"] if "run" in s]
else:
    job = text["clnrm"]
    print('export CLNRM_HOME="' + job["variables"]["CLNRM_HOME"] + '"')
    lines = job.get("before_script", []) + job["script"] + job["after_script"]
    keeps = job["cache"]["paths"]
for line in lines:
    line = line.replace("${{ matrix.shard }}", "$SHARD")
    if not line.startswith("sudo ") and line != "clnrm health":
        print(line)
for path in keeps:
    print("test -s " + path)
P
recipe() {
	CASE=$1
	/usr/bin/python3 recipe.py "$1" >lines
	is_there=0
	grep -q '^clnrm run ' lines || fail "it runs nothing"
	for shard in 1 2 3; do
		rm -rf reports
		SHARD=$shard CI_NODE_INDEX=$shard CI_NODE_TOTAL=3 CI_PROJECT_DIR=$PWD CI=true sh -e lines >"$out" 2>&1 || fail "$(cat "$out")"
		[ -s reports/junit.xml ] || fail "no report"
		is_there=$((is_there + $(grep -c '<testcase ' reports/junit.xml || :)))
	done
	[ $is_there = 3 ] || fail "the three shards have $is_there of 3 scenarios"
	passed
}
export CLNRM_HOME="$W/home"
# One that sees the project, which therefore may not hold what the daemon keeps.
printf '[project]\nname = "shop"\n' >cleanroom.toml
printf '[meta]\nname = "sees"\nimage = "clnrm/base"\n[[scenario]]\nname = "s"\nproject = "ro"\nrun = "ls tests"\n' >tests/sees.clnrm.toml
recipe .github/workflows/clnrm.yml
recipe .gitlab-ci.yml

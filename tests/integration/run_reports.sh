#!/bin/sh
# Reports: those of the command line, of a file ([report]) and of the project; variables on demand.
. "$(dirname "$0")/../lib/env.sh"
is() {
	[ "$1" = "$2" ] || fail "got '$1', expected '$2'"
	passed
}
cat >a.clnrm.toml <<'T'
[meta]
name = "alpha"
env_pass = ["WANTED", "UNSET_ONE"]
[report]
json = "own/alpha.json"
tap = "own/alpha.tap"
[[scenario]]
name = "good"
run = ["sh", "-c", "echo $WANTED"]
expected_output_regex = "^here$"
T
sed 's/alpha/beta/; /report/,/tap/d' a.clnrm.toml >b.clnrm.toml
printf '[reporting]\ngenerate_junit = true\nreport_dir = "all"\n' >cleanroom.toml
export WANTED=here
expect_exit 0 clnrm run --report tap=x.tap --report ndjson=x.ndjson --report-junit x.xml .
has x.tap '1..2'
has x.xml '<testsuite name="beta"'
is "$(head -n 1 x.ndjson | cut -c 1-11)" '{"ev":"run"'
is "$(tail -n 1 x.ndjson | cut -c 1-11)" '{"ev":"end"'
has own/alpha.tap '1..1'
is "$(python3 -c 'import json; r = json.load(open("own/alpha.json")); print(r["summary"]["scenarios"], [t["name"] for t in r["tests"]])')" "1 ['alpha']"
has all/junit.xml '<testsuite name="alpha"'
has all/junit.xml '<testsuite name="beta"'
# Nothing is written where nothing runs.
rm -r own all
expect_exit 0 clnrm run --list .
expect_exit 0 clnrm validate .
is "$(ls -d own all 2>/dev/null)" ''
# Of a run that failed, too.
export WANTED=elsewhere
expect_exit 1 clnrm run .
has own/alpha.tap 'not ok 1'

# Forms on stdout.
export WANTED=here
expect_exit 0 clnrm --format tap run a.clnrm.toml
is "$(head -n 1 "$out")" 'TAP version 14'
is "$(cat "$err")" ''
expect_exit 0 clnrm --format junit run a.clnrm.toml
has "$out" '<?xml'
expect_exit 0 clnrm --format ndjson run a.clnrm.toml
is "$(python3 -c 'import json, sys; e = [json.loads(l) for l in sys.stdin]; print(e[0]["ev"], e[-1]["ev"], [x["seq"] for x in e] == list(range(1, len(e) + 1)))' <"$out")" 'run end True'
expect_exit 2 clnrm --format json run -k nothing a.clnrm.toml
is "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["code"])' <"$out")" no-match
has "$err" 'error[no-match]'
expect_exit 0 clnrm run --list a.clnrm.toml
is "$(cat "$out")" "$(printf 'a.clnrm.toml::good\t')"
expect_exit 0 clnrm --format json run --list a.clnrm.toml
has "$out" '{"schema":"clnrm.list/1","scenarios":[{"id":"alpha/good"'

# A request by hand.
post() { curl -s --unix-socket "$SOCKET" "http://x/v1/runs" -d "$1" >"$out" && record "$out"; }
post "{\"cwd\":\"$PWD\",\"paths\":[\"a.clnrm.toml\"]}"
has "$out" '"code":"env-needed"'
has "$out" '"names":["WANTED"'
post "{\"cwd\":\"$PWD\",\"paths\":[\"a.clnrm.toml\"],\"options\":{\"jobz\":1,\"locked\":true}}"
has "$out" '"pointer":"/options/jobz"'
has "$out" "'--locked' needs docker, which this build does not have"
post "{\"cwd\":{\"path\":\"$PWD\",\"dev\":1,\"ino\":1}}"
has "$out" '"code":"cwd-mismatch"'

# The reports of a file stay in its project.
mkdir -p "$W/outside" inner
ln -s "$W/outside" leads_out
for path in ../../x.json "$W/outside/x.json" leads_out/x.json; do
	printf '[meta]\nname = "o"\n[report]\njson = "%s"\n[[scenario]]\nname = "s"\nrun = "true"\n' "$path" >inner/o.clnrm.toml
	expect_exit 2 clnrm run inner/o.clnrm.toml
	has "$err" "'$path' lies outside the project"
	expect_exit 1 clnrm validate inner/o.clnrm.toml
done
is "$(ls "$W/outside")" ''

# What was checked is what is written: a link that comes up while the steps run is followed by nobody.
mkdir -p swap/reports "$W/gate"
chmod 777 "$W/gate"
cd swap
printf '[reporting]\ngenerate_junit = true\n[security]\nallow_volumes = ["%s:rw"]\n' "$W/gate" >cleanroom.toml
cat >s.clnrm.toml <<T
[meta]
name = "s"
[report]
json = "own/s.json"
[[scenario]]
name = "s"
volumes = ["$W/gate:/gate:rw"]
run = ["sh", "-c", "echo >/gate/up; until [ -e /gate/go ]; do sleep 0.02; done"]
T
clnrm run s.clnrm.toml >"$out" 2>"$err" </dev/null &
run=$!
wait_until 30 [ -e "$W/gate/up" ]
rmdir reports
ln -s "$W/outside" reports
ln -s "$W/outside" own
: >"$W/gate/go"
got=0
wait $run || got=$?
is $got 5
has "$err" "cannot write '$PWD/own/s.json': '$PWD/own' is a symbolic link"
has "$err" "cannot write '$PWD/reports/junit.xml': '$PWD/reports' is a symbolic link"
is "$(ls "$W/outside")" ''
# A project may name a directory elsewhere, through links or not.
rm own
ln -s "$W/outside" "$W/named"
printf '[reporting]\ngenerate_junit = true\nreport_dir = "%s"\n[security]\nallow_volumes = ["%s:rw"]\n' "$W/named/deep" "$W/gate" >cleanroom.toml
expect_exit 0 clnrm run s.clnrm.toml
has "$W/outside/deep/junit.xml" '<testsuite name="s"'
has own/s.json '"schema":"clnrm.run/1"'

# ---- a run that could not begin has no report, and an older one is not its own ----
rm cleanroom.toml
printf 'old' >old.xml
printf '[meta\n' >broken.clnrm.toml
expect_exit 2 clnrm run --report junit=old.xml --report tap=new.tap --report json=- broken.clnrm.toml
[ ! -e old.xml ] && [ ! -e new.tap ] || fail 'a report of nothing'
expect_exit 0 clnrm run --report junit=old.xml s.clnrm.toml
has old.xml '<testsuite name="s"'

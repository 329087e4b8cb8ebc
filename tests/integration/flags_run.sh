#!/bin/sh
# Each flag of `clnrm run` changes exit code, output or history as cli.md 3.2 says.
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"

test_file good 'run = "echo hello"' 'run = "true"'
test_file bad 'run = "false"' 'run = "false"' 'run = "false"'
test_file slow 'run = "sleep 30"'

# ---- selection ----
changes 'run --filter' 0 'run good.clnrm.toml' '--filter s1'
matches "$out" '^1 passed   1 scenarios? '
same '-k' 'run good.clnrm.toml --filter s1' 'run good.clnrm.toml -ks1'
same '--filter=' 'run good.clnrm.toml --filter s1' 'run --filter=s1 good.clnrm.toml'
same 'filter by TEST/SCENARIO' 'run good.clnrm.toml -k s1' 'run good.clnrm.toml -k good/s1'
same 'filter by path::scenario' 'run good.clnrm.toml -k s1' 'run good.clnrm.toml -k good.clnrm.toml::s1'
same 'filter by glob' 'run good.clnrm.toml -k s1' "run good.clnrm.toml -k 'good/?1'"
same 'filter by regex' 'run good.clnrm.toml -k s1' "run good.clnrm.toml -k '/S1\$/' -k '/d.s1\$/'"
same 'several filters' 'run good.clnrm.toml' 'run good.clnrm.toml -k s1 -k s2'
expect_exit 2 clnrm run good.clnrm.toml -k '/(/'
has "$err" 'error['
expect_exit 2 clnrm run good.clnrm.toml -k s9
has "$err" "error[no-match]: no scenario matches --filter 's9' (2 in 1 test)"
changes 'run --exclude' 0 'run good.clnrm.toml' '--exclude s1'
matches "$out" '^1 passed   1 scenarios? '
expect_exit 0 clnrm run bad.clnrm.toml good.clnrm.toml --exclude 'bad*' --exclude '/s2$/'
matches "$out" '^1 passed   1 scenarios? of 1 test'
changes 'run --list' 0 'run bad.clnrm.toml good.clnrm.toml' '--list'
is "$(cat "$out")" "$(printf 'bad.clnrm.toml::s1\t\nbad.clnrm.toml::s2\t\nbad.clnrm.toml::s3\t\ngood.clnrm.toml::s1\t\ngood.clnrm.toml::s2\t')"
expect_exit 0 clnrm run --list --format json good.clnrm.toml
is "$(json 'r["schema"], [(s["id"], s["file"], s["line"], s["tags"]) for s in r["scenarios"]]')" \
	"('clnrm.list/1', [('good/s1', 'good.clnrm.toml', 3, []), ('good/s2', 'good.clnrm.toml', 6, [])])"
expect_exit 2 clnrm run --list --report json=x good.clnrm.toml
has "$err" 'error[conflicting-flags]'
expect_exit 2 clnrm run --list --report-junit x good.clnrm.toml

# ---- paths ----
expect_exit 0 clnrm run --list good.clnrm.toml:6
is "$(cat "$out")" "$(printf 'good.clnrm.toml::s2\t')"
expect_exit 0 clnrm run --list good.clnrm.toml::s2
is "$(cat "$out")" "$(printf 'good.clnrm.toml::s2\t')"
cat >steps.clnrm.toml <<'T'
[meta]
name = "steps"
[[scenario]]
name = "s"
[[scenario.step]]
name = "one"
command = ["echo", "first"]
[[scenario.step]]
name = "two"
command = ["echo", "second"]
T
expect_exit 0 clnrm run --format json steps.clnrm.toml::s::two
is "$(json '[(s["name"], s["verdict"]) for s in r["tests"][0]["scenarios"][0]["steps"]]')" "[('one', 'pass'), ('two', 'pass')]"
expect_exit 2 clnrm run good.clnrm.toml::nope
has "$err" "error[no-match]: no scenario matches 'good.clnrm.toml::nope' (2 in 1 test)"
expect_exit 0 clnrm run --list -- good.clnrm.toml
is "$(wc -l <"$out")" 2
cp good.clnrm.toml ./-f.clnrm.toml
expect_exit 0 clnrm run --list -- -f.clnrm.toml
has "$out" '-f.clnrm.toml::s1'
rm ./-f.clnrm.toml

# ---- running ----
changes 'run --fail-fast' 1 'run -j 1 bad.clnrm.toml' '--fail-fast'
matches "$out" '^0 passed, 1 failed, 2 skipped '
same '-f' 'run -j 1 bad.clnrm.toml --fail-fast' 'run -j1 bad.clnrm.toml -f'
same '--no-fail-fast' 'run -j 1 bad.clnrm.toml' 'run -j 1 bad.clnrm.toml -f --no-fail-fast'
changes 'run --max-failures' 1 'run -j 1 bad.clnrm.toml' '--max-failures 2'
matches "$out" '^0 passed, 2 failed, 1 skipped '
expect_exit 2 clnrm run --max-failures 0 bad.clnrm.toml
changes 'run --jobs' 0 'run -j 3 good.clnrm.toml' '--jobs=1'
has "$out" '1 at a time'
expect_exit 2 clnrm run -j 0 good.clnrm.toml
expect_exit 2 clnrm run -j 1025 good.clnrm.toml
expect_exit 2 clnrm run -j good.clnrm.toml
same '-j auto' 'run good.clnrm.toml' 'run -j auto good.clnrm.toml'
changes 'run --parallel' 0 'run --no-parallel good.clnrm.toml' '--parallel'
hasnt "$out" '1 at a time'
same '--no-parallel' 'run -j 1 good.clnrm.toml' 'run --no-parallel good.clnrm.toml'
same '-pv' 'run -v -p -j 1 good.clnrm.toml' 'run -pvj1 good.clnrm.toml'

changes 'run --timeout' 1 'run --list slow.clnrm.toml' '--no-list -v --timeout 200ms'
has "$out" 'skip  slow/s1  run_timeout'
has "$err" 'note[cancel]: the run is cancelled (timeout)'
is "$(tail -n 1 "$out" | sed 's/   .*//')" '0 passed, 1 skipped'
changes 'run --scenario-timeout' 1 'run --list slow.clnrm.toml' '--no-list --scenario-timeout 200ms'
has "$out" '200'
matches "$out" '^0 passed, 1 failed '
changes 'run --step-timeout' 1 'run --list slow.clnrm.toml' '--no-list --step-timeout=200ms'
matches "$out" '^0 passed, 1 failed '
expect_exit 1 clnrm run --format json --step-timeout 0.2 slow.clnrm.toml
is "$(json 'r["tests"][0]["scenarios"][0]["reason"], r["run"]["options"]')" "('timeout', {'step_timeout_ms': '200'})"
expect_exit 2 clnrm run --timeout 1x slow.clnrm.toml
expect_exit 2 clnrm run --timeout 0 slow.clnrm.toml

# The cache that a later feature brings answers nothing yet: --force shows in the run's options.
changes 'run --force' 0 'run --format json good.clnrm.toml' '--force'
is "$(json 'r["run"]["options"]')" "{'force': 'true'}"
same 'run --no-cache' 'run --format json --force good.clnrm.toml' 'run --format json --no-cache good.clnrm.toml'

printf '[meta\n' >broken.clnrm.toml
changes 'run --keep-going' 2 'run good.clnrm.toml broken.clnrm.toml' '--keep-going'
matches "$out" '^2 passed, 1 errors?   '
expect_exit 2 clnrm run good.clnrm.toml broken.clnrm.toml
hasnt "$out" 'passed'
expect_exit 3 clnrm run --keep-going good.clnrm.toml missing.clnrm.toml
matches "$out" '^2 passed, 1 errors?   '
expect_exit 3 clnrm run --keep-going --format json good.clnrm.toml missing.clnrm.toml broken.clnrm.toml
is "$(json 'r["run"]["exit"], sorted((t["file"], t["verdict"]) for t in r["tests"])')" \
	"(3, [('broken.clnrm.toml', 'error'), ('good.clnrm.toml', 'pass'), ('missing.clnrm.toml', 'error')])"
expect_exit 3 clnrm run --keep-going missing.clnrm.toml
has "$out" 'ERROR  missing/missing'
rm broken.clnrm.toml

# ---- history ----
runs() { clnrm runs list --limit 0 --no-header | grep -c . || :; }
before=$(runs)
changes 'run --label' 0 'run --format json good.clnrm.toml' '--label k=v --label other=w=x'
is "$(json 'r["run"]["labels"]')" "{'k': 'v', 'other': 'w=x'}"
expect_exit 0 clnrm runs list --label k=v --no-header
is "$(wc -l <"$out")" 1
expect_exit 2 clnrm run --label kv good.clnrm.toml
expect_exit 2 clnrm run --label =v good.clnrm.toml
before=$(runs)
changes 'run --no-history' 0 'run --format json good.clnrm.toml' '--no-history'
is "$(runs)" "$((before + 1))"

export GITHUB_ACTIONS=true
changes 'run --no-ci' 1 'run bad.clnrm.toml' '--no-ci'
hasnt "$out" '::error'
hasnt "$out" '::stop-commands'
unset GITHUB_ACTIONS

# ---- sandbox ----
changes 'run --isolation' 0 'run --format json good.clnrm.toml' '--isolation relaxed'
is "$(json 'r["run"]["isolation"], r["tests"][0]["scenarios"][0]["receipt"]["profile"]')" "('relaxed', 'relaxed')"
expect_exit 2 clnrm run --isolation loose good.clnrm.toml
has "$err" "--isolation: 'loose' is not one of: strict|standard|relaxed"
test_file mapped 'image = "alpine:3.20"
run = "true"'
changes 'run --image-map' 0 'run mapped.clnrm.toml' '--image-map alpine:3.20=host'
once "$W/x" 'clnrm run mapped.clnrm.toml'
is "$got" 2
has "$out" "image 'alpine:3.20' is not here"
expect_exit 2 clnrm run --image-map alpine mapped.clnrm.toml

# ---- files and variables ----
printf '[meta]\nname = "vars"\nenv_pass = ["WHO"]\n[[scenario]]\nname = "s"\nrun = ["sh", "-c", "echo =$WHO="]\n' >vars.clnrm.toml
changes 'run --env' 0 'run --show-output always vars.clnrm.toml' '--env WHO=me'
has "$out" '=me='
WHO=them expect_exit 0 clnrm run --show-output always --env WHO vars.clnrm.toml
has "$out" '=them='
expect_exit 2 clnrm run --env 1X=2 vars.clnrm.toml
test_file typo 'run = "true"'
printf '[[scenario]]\nname = "t"\nrun = "true"\nimge = "host"\n' >>typo.clnrm.toml
changes 'run --allow-unknown' 0 'run typo.clnrm.toml' '--allow-unknown'
has "$err" 'warning[config.unknown_key]'
test_file odd 'run = "true"
zzzzzzzzzz = 1'
changes 'run --strict' 2 'run odd.clnrm.toml' '--strict'
has "$err" 'error[config.unknown_key]'
expect_exit 0 clnrm run odd.clnrm.toml
has "$err" 'warning[config.unknown_key]'
test_file only 'run = "true"' 'only = true
run = "true"'
changes 'run --forbid-only' 2 'run only.clnrm.toml' '--forbid-only'
has "$err" "scenario 's2' has 'only', which --forbid-only refuses"
expect_exit 2 env CI=1 clnrm run only.clnrm.toml
expect_exit 0 env CI=1 clnrm run --no-forbid-only only.clnrm.toml
matches "$out" '^1 passed, 1 skipped '
changes 'run --stdin-name' 0 'run --list - <good.clnrm.toml' '--stdin-name in.clnrm.toml'
has "$out" 'in.clnrm.toml::s1'
once "$W/x" 'clnrm run - <good.clnrm.toml'
is "$got" 0
once "$W/x" 'clnrm run --list - <good.clnrm.toml'
has "$out" 'stdin.clnrm.toml::s1'
once "$W/x" 'clnrm run - - <good.clnrm.toml'
is "$got" 2
mkdir dir
echo data >dir/data
test_file fromdir 'run = ["cat", "/data"]
files = [{ path = "/data", source = "data" }]'
mv fromdir.clnrm.toml dir/
once "$W/x" 'clnrm run --stdin-name dir/x.clnrm.toml - <dir/fromdir.clnrm.toml'
is "$got" 0

# ---- output ----
printf '[meta]\nname = "loud"\n[[scenario]]\nname = "p"\nrun = "echo from-pass"\n[[scenario]]\nname = "f"\nrun = ["sh", "-c", "a=from; echo $a-fail; printf '"'"'\\\\033[1mbold\\\\n'"'"'; exit 1"]\n' >loud.clnrm.toml
changes 'run --show-output' 1 'run -j 1 loud.clnrm.toml' '--show-output always'
has "$out" 'from-pass'
has "$out" 'from-fail'
expect_exit 1 clnrm run loud.clnrm.toml
hasnt "$out" 'from-pass'
has "$out" 'from-fail'
has "$out" '^[[1mbold'
expect_exit 1 clnrm run --show-output never loud.clnrm.toml
hasnt "$out" 'from-pass'
hasnt "$out" 'from-fail'
expect_exit 1 clnrm run --show-output live loud.clnrm.toml
matches "$out" '^loud/f > .* \| from-fail$'
matches "$out" '^loud/p > .* \| from-pass$'
expect_exit 2 clnrm run --show-output some loud.clnrm.toml
changes 'run --raw' 1 'run -j 1 loud.clnrm.toml' '--raw'
has "$out" "$(printf '\033[1mbold')"
changes 'run --slowest' 0 'run good.clnrm.toml' '--slowest 1'
is "$(tail -n 2 "$out" | head -n 1 | grep -c 'good/s[12]')" 1
changes 'run --report' 1 'run -j 1 loud.clnrm.toml' \
	'--report json=r.json --report ndjson=r.nd --report junit=r.xml --report=tap=r.tap --report html=r.html --report markdown=r.md'
for f in 'r.json:{"schema":"clnrm.run/1"' 'r.nd:{"ev":"run"' 'r.xml:<?xml' 'r.tap:TAP version 14' 'r.html:<!DOCTYPE html>' 'r.md:# clnrm: '; do
	is "$(head -c $((${#f} - 1 - $(expr "$f" : '[^:]*'))) "${f%%:*}")" "${f#*:}"
done
expect_exit 2 clnrm run --report pdf=x good.clnrm.toml
expect_exit 1 clnrm run loud.clnrm.toml --report json=-
has "$out" '{"schema":"clnrm.run/1"'
changes 'run --digest' 0 'run good.clnrm.toml' '--digest'
matches "$out" '^digest sha256:[0-9a-f]{64}$'
digest=$(sed -n 's/^digest sha256://p' "$out")
expect_exit 2 clnrm run --list --digest good.clnrm.toml
expect_exit 2 clnrm dev --once --digest good.clnrm.toml
changes 'run --digest-file' 0 'run good.clnrm.toml' '--digest-file digest.txt'
is "$(cat digest.txt)" "$digest"
changes 'run --report-junit' 1 'run -j 1 loud.clnrm.toml' '--report-junit sub/dir/own.xml'
[ -s sub/dir/own.xml ] || fail 'no report in a directory that had to be made'

cat >junit.py <<'PY'
"""The structure of cli.md 4.4, as far as one dialect has it; says what is wrong."""
import sys, xml.etree.ElementTree as ET
path, dialect = sys.argv[1:]
ORDER = ["properties", "failure", "rerunFailure", "flakyFailure", "skipped", "error", "rerunError", "flakyError", "system-out", "system-err"]
SUITE = {"name", "tests", "failures", "errors", "skipped", "time"}
CASE = {"name", "classname", "time"}
more = {
    "surefire": ({"version"}, {"group"}),
    "jenkins": ({"timestamp", "hostname", "id", "package", "file"}, {"group"}),
    "gitlab": ({"timestamp", "hostname", "id", "package", "file"}, {"file"}),
    "github": ({"timestamp", "hostname", "id", "package", "file"}, {"file", "line"}),
    "plain": ({"timestamp", "hostname", "id", "package"}, set()),
}[dialect]
root = ET.parse(path).getroot()
assert root.tag == "testsuites", root.tag
tops = {"name", "tests", "failures", "errors", "time"} if dialect in "jenkins gitlab github" else set()
assert set(root.attrib) == tops, root.attrib
for suite in root:
    assert suite.tag == "testsuite", suite.tag
    assert set(suite.attrib) == SUITE | more[0], suite.attrib
    kids = [k.tag for k in suite]
    assert kids[0] == "properties", kids
    tail = ["system-out", "system-err"] if dialect == "plain" else []
    cases = kids[1:len(kids) - len(tail)]
    assert kids[len(kids) - len(tail):] == tail and set(cases) == {"testcase"}, kids
    assert {"clnrm.run", "clnrm.version"} <= {p.get("name") for p in suite[0]}
    assert int(suite.get("tests")) == len(cases)
    bad = 0
    for case in suite.findall("testcase"):
        assert CASE <= set(case.attrib) <= CASE | more[1], case.attrib
        names = [k.tag for k in case]
        assert names == sorted(names, key=ORDER.index), names
        assert ("properties" in names) == (dialect == "github"), names
        assert dialect != "plain" or not {"system-out", "system-err"} & set(names)
        bad += "failure" in names
    assert int(suite.get("failures")) == bad
    ids = [(c.get("classname"), c.get("name")) for c in suite.findall("testcase")]
    assert len(set(ids)) == len(ids)
PY
for d in surefire jenkins gitlab github plain; do
	expect_exit 1 clnrm run --junit-dialect $d --report junit=$d.xml loud.clnrm.toml
	expect_exit 0 python3 junit.py $d.xml $d
	expect_exit 1 env CLNRM_JUNIT_DIALECT=$d clnrm run --format junit loud.clnrm.toml
	cp "$out" x.xml
	expect_exit 0 python3 junit.py x.xml $d
done
changes 'run --junit-dialect' 1 'run -j 1 --format junit loud.clnrm.toml' '--junit-dialect github'
expect_exit 2 clnrm run --junit-dialect ant good.clnrm.toml
expect_exit 2 env CLNRM_JUNIT_DIALECT=ant clnrm run good.clnrm.toml
changes 'run --junit-output' 1 'run -j 1 --format junit loud.clnrm.toml' '--junit-output always'
has "$out" 'from-pass'
expect_exit 1 clnrm run --format junit loud.clnrm.toml
hasnt "$out" 'from-pass'
has "$out" 'from-fail'
has "$out" 'type="fail.exit_code"'

# ---- --output ----
changes 'run --output' 1 'run loud.clnrm.toml' '-o answer.txt'
is "$(cat "$out")" ''
matches answer.txt '^1 passed, 1 failed '

#!/bin/sh
# clnrm lint: each rule finds what it is for and leaves the rest alone; remedies; forms.
# shellcheck disable=SC2016 # $ is for the files
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"

# ---- each rule: a file with it, and one as near as can be without ----
: >shown
# finds RULE LINE 'text of x.clnrm.toml, without [meta]'
finds() {
	printf '[meta]\nname = "x"\n%s\n' "$3" >x.clnrm.toml
	clnrm lint --format json x.clnrm.toml >"$out" 2>"$err" || [ $? = 1 ] || fail "lint of $1: $(cat "$err")"
	is "$(json "[d['line'] for d in r['diagnostics'] if d['code'] == '$1']")" "[$2]"
	echo "$1" >>shown
}
leaves() { # RULE 'text'
	printf '[meta]\nname = "x"\n%s\n' "$2" >x.clnrm.toml
	clnrm lint --format json x.clnrm.toml >"$out" 2>"$err" || :
	is "$(json "[d['message'] for d in r['diagnostics'] if d['code'] == '$1']")" '[]'
}
s='[[scenario]]
name = "s"
'
finds lint.deprecated_key 6 "${s}run = \"true\"
environment = { A = \"1\" }"
finds lint.deprecated_key 3 "hermetic = true
${s}run = \"true\""
leaves lint.deprecated_key "[[scenarios]]
name = \"s\"
run = \"true\"
timeout_ms = 500
needs = []"
finds lint.host_path 5 "${s}volumes = [\"/opt/data:/data\"]
run = \"true\""
leaves lint.host_path "${s}volumes = [\"./data:/data\", \"/tmp/x:/x\"]
run = \"true\""
finds lint.latest_tag 3 "image = \"alpine\"
${s}run = \"ls\""
finds lint.latest_tag 5 "${s}image = \"host.tld:5000/a/b:latest\"
run = \"ls\""
leaves lint.latest_tag "image = \"host.tld:5000/a:3.20\"
${s}image = \"clnrm/base\"
run = \"ls\""
finds lint.no_check 3 "${s}run = \"echo hello\""
finds lint.no_check 3 "${s}steps = [{ run = \"true\" }, { script = \"ls || true\" }]"
leaves lint.no_check "${s}run = \"echo hello\"
expected_output_regex = \"hello\""
leaves lint.no_check "${s}steps = [{ run = \"echo x\" }, { run = \"ls\" }]"
finds lint.only 5 "${s}only = true
run = \"ls\""
leaves lint.only "${s}only = false
run = \"ls\""
finds lint.pipe_status 5 "${s}script = \"ls /none | sort\""
finds lint.pipe_status 5 "${s}run = \"sh -c 'cd / && find . | wc -l'\""
leaves lint.pipe_status "${s}script = \"echo 'a | b' | sort; ls || true # a | b\""
leaves lint.pipe_status "${s}script = \"ls | wc -l\"
expected_output_regex = \"3\""
leaves lint.pipe_status "${s}run = \"ls | wc\""
finds lint.secret_literal 5 "${s}env = { API_TOKEN = \"abc\" }
run = \"ls\""
leaves lint.secret_literal "${s}env = { API_TOKEN = \"\${API_TOKEN}\", COLOUR = \"red\" }
run = \"ls\""
finds lint.skip_without_reason 5 "${s}skip = true
run = \"ls\""
leaves lint.skip_without_reason "${s}skip = \"until the server is fixed\"
run = \"ls\""
finds lint.sleep_as_wait 5 "${s}steps = [{ run = \"sleep 2\" }, { run = \"ls\" }]"
finds lint.sleep_as_wait 5 "${s}script = \"server & sleep 1; ask\""
leaves lint.sleep_as_wait "${s}steps = [{ run = \"sleep 9\", timeout = \"1s\", should_fail = true }, { run = \"ls\" }]"
leaves lint.sleep_as_wait "${s}script = \"until ask; do sleep 0.1; done\""
leaves lint.sleep_as_wait "${s}script = \"echo 'sleep 1'; ask\""
finds lint.swallowed_status 5 "${s}script = \"make test || true\""
leaves lint.swallowed_status "${s}script = \"make test || true\"
expected_output_contains = \"ok\""
finds lint.unused_capture 5 "${s}steps = [{ name = \"a\", run = \"ls\", capture = { id = \"(.*)\" } }]"
leaves lint.unused_capture "${s}steps = [{ name = \"a\", run = \"ls\", capture = { id = \"(.*)\" } }, { run = \"ls \${capture.id}\" }]"
finds lint.unused_service 3 "[service.tools]
image = \"host\"
${s}run = \"ls\""
leaves lint.unused_service "[service.tools]
image = \"host\"
${s}run = \"ls\"
service = \"tools\""
finds lint.unused_var 4 "[vars]
colour = \"red\"
${s}run = \"ls {{ 1 + 1 }}\""
leaves lint.unused_var "[vars]
colour = \"red\"
${s}run = \"ls {{ vars.colour }}\""
leaves lint.unused_var "[vars]
colour = \"red\"
${s}run = '{% include \"x\" %}'"
finds lint.weak_isolation 5 "${s}isolation = \"relaxed\"
run = \"ls\""
finds lint.weak_isolation 5 "${s}volumes = [\"./d:/d:rw\"]
run = \"ls\""
leaves lint.weak_isolation "${s}isolation = \"strict\"
volumes = [\"./d:/d\"]
run = \"ls\""
rm x.clnrm.toml
mkdir lib
printf '[meta]\nname = "l"\n%srun = "{%% include \\"_used.tera\\" %%}"\n' "$s" >lib/l.clnrm.toml
echo 'ls{% import "_by_library.tera" as x %}' >lib/_used.tera
: >lib/_by_library.tera
: >lib/_lost.toml.tera
expect_exit 0 clnrm lint lib
has "$out" "lib/_lost.toml.tera: warning[lint.orphan]: no test and no template names '_lost.toml.tera'"
hasnt "$out" '_by_library'
echo lint.orphan >>shown

# Every rule has a case, and a row in the manual.
expect_exit 0 clnrm lint --format sarif lib
json '"\n".join(x["id"] for x in r["runs"][0]["tool"]["driver"]["rules"] if x["id"].startswith("lint."))' >rules
sort -u shown | diff rules - || fail 'a rule has no case (<), or a case is of no rule (>)'
sed -n 's/^| `\(lint\.[a-z_]*\)` |.*/\1/p' "$ROOT/docs/manual.md" | diff rules - || fail 'the manual has other rules (<: the product)'
passed

# ---- across files, and what is not of the file ----
printf '[meta]\nname = "l"\n%srun = "ls"\nimage = "nowhere:1"\n' "$s" >lib/m.clnrm.toml
expect_exit 0 clnrm lint lib
has "$out" "lib/m.clnrm.toml:1:1: warning[config.duplicate_name]: test 'l' is also the name of 'lib/l.clnrm.toml'"
hasnt "$out" 'image.not_available'
hasnt "$out" 'needs_feature'
expect_exit 1 clnrm lint --deny-warnings lib
expect_exit 3 clnrm lint missing.clnrm.toml

# ---- remedies ----
mkdir fix
cat >fix/a.clnrm.toml <<'T'
[meta]
name = "a"
tgas = ["x"]  # kept
[services.db]
image = "host"
environment = { A = "1" }
[services.web]
image = "host"
[services.web.environment]
B = "2"
[[scenario]]
name = "s"
service = "web"
run = "ls"
expect_failure = true
[[scenario]]
name = "t"
service = "db"
comand = ["ls"]
T
sed 's/tgas/tags/; s/services/service/; s/environment/env/; s/expect_failure/should_fail/; s/comand/command/' fix/a.clnrm.toml >want
cat >fix/b.clnrm.yaml <<'T'
meta: { name: b }
scenario:
  - name: s
    run: ls
    environment: { A: 1 }
T
sed 's/environment/env/' fix/b.clnrm.yaml >want.yaml
expect_exit 1 clnrm lint --format json fix
is "$(json '[len(d["fix"]["edits"]) for d in r["diagnostics"] if d["fix"]]')" '[1, 3, 1, 1, 1, 1, 1]'
expect_exit 0 clnrm lint --fix fix
has "$out" 'fixed  fix/a.clnrm.toml  6 findings'
has "$out" 'fixed  fix/b.clnrm.yaml  1 finding'
has "$out" '2 files, 0 errors, 0 warnings, 7 fixed'
cmp fix/a.clnrm.toml want || fail 'not as wanted'
cmp fix/b.clnrm.yaml want.yaml || fail 'not as wanted'
passed
expect_exit 0 clnrm lint --fix fix
hasnt "$out" 'fixed  '
# A remedy that would make a key twice is none.
printf '[meta]\nname = "c"\n%srun = "ls"\nenv = { A = "1" }\nenvironment = { A = "1" }\n' "$s" >c.clnrm.toml
cp c.clnrm.toml before
expect_exit 0 clnrm lint --fix c.clnrm.toml
cmp c.clnrm.toml before || fail 'it made a key twice'

# ---- forms ----
printf '[meta]\nname = "w x"\n%srun = "echo 1"\nenvironment = { A = "1" }\nnmae = "x"\n' "$s" >'w x.clnrm.toml'
expect_exit 1 clnrm lint -f github 'w x.clnrm.toml'
has "$out" "::error file=w x.clnrm.toml,line=7,col=1,title=config.unknown_key::unknown key 'nmae' in [[scenario]]"
has "$out" '::warning file=w x.clnrm.toml,line=3,col=1,title=lint.no_check::'
RECORD_SAVED=$RECORD RECORD=
expect_exit 1 clnrm lint --format sarif 'w x.clnrm.toml'
RECORD=$RECORD_SAVED
/usr/bin/python3 - "$out" <<'P' || fail 'no SARIF 2.1.0'
import json
import sys

import jsonschema

text = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}, "additionalProperties": False}
artifact = {"type": "object", "required": ["uri"], "properties": {"uri": {"type": "string", "pattern": "^[^ ]*$"}}, "additionalProperties": False}
one = {"type": "integer", "minimum": 1}
region = {"type": "object", "required": ["startLine", "startColumn"], "additionalProperties": False,
          "properties": {k: one for k in ("startLine", "startColumn", "endLine", "endColumn")}}
change = {"type": "object", "required": ["artifactLocation", "replacements"], "additionalProperties": False, "properties": {
    "artifactLocation": artifact, "replacements": {"type": "array", "minItems": 1, "items": {
        "type": "object", "required": ["deletedRegion"], "additionalProperties": False,
        "properties": {"deletedRegion": region, "insertedContent": text}}}}}
result = {"type": "object", "required": ["message", "ruleId", "level"], "additionalProperties": False, "properties": {
    "ruleId": {"type": "string"}, "level": {"enum": ["none", "note", "warning", "error"]}, "message": text,
    "locations": {"type": "array", "items": {"type": "object", "required": ["physicalLocation"], "properties": {
        "physicalLocation": {"type": "object", "required": ["artifactLocation"], "additionalProperties": False,
                             "properties": {"artifactLocation": artifact, "region": region}}}}},
    "fixes": {"type": "array", "items": {"type": "object", "required": ["artifactChanges"], "properties": {
        "artifactChanges": {"type": "array", "minItems": 1, "items": change}}}}}}
rule = {"type": "object", "required": ["id"], "additionalProperties": False,
        "properties": {"id": {"type": "string"}, "shortDescription": text}}
run = {"type": "object", "required": ["tool", "results"], "additionalProperties": False, "properties": {
    "tool": {"type": "object", "required": ["driver"], "properties": {"driver": {
        "type": "object", "required": ["name"], "additionalProperties": False, "properties": {
            "name": {"type": "string"}, "version": {"type": "string"},
            "rules": {"type": "array", "uniqueItems": True, "items": rule}}}}},
    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]}, "results": {"type": "array", "items": result}}}
log = {"type": "object", "required": ["version", "runs"], "additionalProperties": False, "properties": {
    "$schema": {"type": "string", "pattern": "^https://"}, "version": {"const": "2.1.0"}, "runs": {"type": "array", "items": run}}}
document = json.load(open(sys.argv[1]))
jsonschema.validate(document, log)
found = document["runs"][0]
names = {r["id"] for r in found["tool"]["driver"]["rules"]}
assert {r["ruleId"] for r in found["results"]} <= names, "a result is of no rule"
assert found["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "w%20x.clnrm.toml"
P
passed

# ---- rendered text: the line of the template, once however often it was rendered, in every form ----
mkdir rendered
cat >rendered/r.clnrm.toml.tera <<'T'
[meta]
name = "r"
[matrix]
os = ["a", "b"]
[vars]
unused = "1"
{# a comment
   that takes lines #}
{% for i in range(end=3) %}
[[scenario]]
name = "s"
run = "test {{ i }} -lt 3"
environment = { I = "{{ i }}" }
{% endfor %}
T
cat >rendered/v.clnrm.toml <<'T'
[meta]
name = "v"
[vars]
unused = "1"
[[scenario]]
name = "s"
run = "test {{ 1 + 1 }} = 2"
environment = { A = "1" }
T
cat >want <<'T'
rendered/r.clnrm.toml.tera 6 1 lint.unused_var no tag uses the variable 'unused'
rendered/r.clnrm.toml.tera 11 8 config.duplicate_name two scenarios are named 's' (line 10)
rendered/r.clnrm.toml.tera 13 1 lint.deprecated_key 'environment' is an older spelling of 'env'
rendered/v.clnrm.toml 4 1 lint.unused_var no tag uses the variable 'unused'
rendered/v.clnrm.toml 8 1 lint.deprecated_key 'environment' is an older spelling of 'env'
T
expect_exit 0 clnrm lint rendered
sed -nE 's/^([^ :]*):([0-9]+):([0-9]+): warning\[([^]]*)\]: /\1 \2 \3 \4 /p' "$out" | diff want - || fail 'human'
expect_exit 0 clnrm lint --format json rendered
json '"\n".join("%s %d %d %s %s" % (d["file"], d["line"], d["column"], d["code"], d["message"]) for d in r["diagnostics"])' | diff want - || fail 'JSON'
expect_exit 0 clnrm lint -f github rendered
sed -nE 's/^::warning file=([^,]*),line=([0-9]+),col=([0-9]+),title=([^:]*)::/\1 \2 \3 \4 /p' "$out" | diff want - || fail 'annotations'
RECORD_SAVED=$RECORD RECORD=
expect_exit 0 clnrm lint --format sarif rendered
RECORD=$RECORD_SAVED
json '"\n".join("%s %d %d %s %s" % (p["artifactLocation"]["uri"], p["region"]["startLine"], p["region"]["startColumn"], x["ruleId"], x["message"]["text"]) for x in r["runs"][0]["results"] for p in [x["locations"][0]["physicalLocation"]])' | diff want - || fail 'SARIF'
passed
# A name of two tests, from two templates; a key set twice names the template's line.
sed 's/"v"/"r"/' rendered/v.clnrm.toml >rendered/w.clnrm.toml
sed -i '3,4d' rendered/r.clnrm.toml.tera
expect_exit 0 clnrm lint rendered
has "$out" "rendered/w.clnrm.toml:1:1: warning[config.duplicate_name]: test 'r' is also the name of 'rendered/r.clnrm.toml.tera'"
printf '{%% for i in [1, 2] %%}\n{%% endfor %%}\n[meta]\nname = "x"\nname = "y"\n' >twice.clnrm.toml.tera
expect_exit 1 clnrm lint twice.clnrm.toml.tera
has "$out" "twice.clnrm.toml.tera:5:1: error[toml.duplicate_key]: key 'name' was already set at line 4"
has "$out" '    6 | name = "y"'
rm -r rendered twice.clnrm.toml.tera

# ---- an editor ----
SCHEMA=lint SELF=self
api POST /v1/lint -d "{\"cwd\":\"$PWD\",\"content\":\"[meta]\\nname = \\\"e\\\"\\n[[steps]]\\nrun = \\\"ls\\\"\\nworking_dri = \\\"/\\\"\\n\",\"name\":\"e.clnrm.toml\"}"
has "$doc" '"edits":[{"line":5,"column":1,"end_line":5,"end_column":12,"text":"working_dir"}]'
SELF=
SCHEMA=problem
api POST /v1/lint -d "{\"cwd\":\"$PWD\",\"paths\":[\"lib\"],\"options\":{\"allow\":[\"lint.nothing\"]}}"
has "$doc" '"code":"invalid-option"'

# What is shipped is clean, but for the example of the older format and names that projects share.
cp -r "$ROOT/docs/examples" "$ROOT/daemon/server/samples" .
expect_exit 0 clnrm lint --deny-warnings --allow deprecated_key --allow config.duplicate_name examples samples

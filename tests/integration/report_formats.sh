#!/bin/sh
# What a test may print, in every format: each is read by somebody else's program, and says the same.
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
needs python3 xmllint cmark-gfm html5lib prove
is() {
	[ "$1" = "$2" ] || fail "got '$1', expected '$2'"
	passed
}
formats=$ROOT/tests/integration/formats

# Names, tags and output that end what they stand in, if they can.
cat >a.clnrm.toml <<'T'
[meta]
name = "</script> \"&' ]]> | `x`"
tags = ["<b>", "slow"]
[[scenario]]
name = "prints & fails <i>"
[[scenario.steps]]
name = "markup"
run = ["sh", "-c", "printf '</script><script>alert(1)</script><!-- ]]> </system-out> ```` </details>\\nok 7 - no\\nBail out!\\n::error::no\\n'"]
[[scenario.steps]]
name = "bytes"
run = ["sh", "-c", "printf '\\000\\001\\033[31mred\\033[0m\\177\\200\\377\\355\\240\\200\\357\\277\\276\\342\\200\\256end\\r\\n'; exit 3"]
[[scenario]]
name = "ten megabytes"
run = ["sh", "-c", "head -c 10485760 /dev/zero | tr '\\0' '<'; exit 1"]
[[scenario]]
name = "passes # \\"
run = "echo fine"
[[scenario]]
name = "left out"
skip = "not # today"
run = "true"
T
cp a.clnrm.toml b.clnrm.toml
cat >c.clnrm.toml <<'T'
[meta]
name = "plain"
[report]
html = "own/page.html"
markdown = "own/page.md"
[[scenario]]
name = "good"
run = "echo fine"
T
printf '[reporting]\ngenerate_html = true\nreport_dir = "all"\n' >cleanroom.toml
reports='--report json=r.json --report ndjson=r.ndjson --report tap=r.tap --report html=r.html --report markdown=r.md'
# shellcheck disable=SC2086
expect_exit 1 clnrm run $reports --digest --digest-file digest.txt --junit-output always --report-junit r.xml .
digest=$(cat digest.txt)
matches digest.txt '^[0-9a-f]{64}$'
has "$out" "digest sha256:$digest"
matches "$out" '^3 passed, 4 failed, 2 skipped   9 scenarios of 3 tests in .*   run '
is "$(tail -n 1 "$out" | cut -c 1-8)" '3 passed'

# ---- JSON: its schema; the digest ----
record r.json
record r.ndjson
is "$(python3 -c 'import json; print(json.load(open("r.json"))["run"]["digest"])')" "sha256:$digest"

# ---- JUnit: a schema, another parser, counts ----
cat >junit.py <<'P'
import sys, xml.etree.ElementTree as ET
root = ET.parse(sys.argv[1]).getroot()
for suite in root:
    cases = suite.findall("testcase")
    for attribute, tag in ("failures", "failure"), ("errors", "error"), ("skipped", "skipped"):
        assert int(suite.get(attribute)) == sum(c.find(tag) is not None for c in cases), suite.attrib
    assert int(suite.get("tests")) == len(cases)
    # The history has not all of ten megabytes, so that a stored run has no digest.
    digest = [p.get("value") for p in suite.findall("properties/property[@name='clnrm.digest']")]
    assert digest == ["sha256:" + d for d in sys.argv[2:]], digest
print(len(root), max((len(e.text or "") for e in root.iter("system-out")), default=0) < 70000)
P
for dialect in surefire jenkins gitlab github plain; do
	expect_exit 0 clnrm report --kind junit --junit-dialect $dialect -o $dialect.xml
	xmllint --noout --schema "$formats/junit.xsd" $dialect.xml 2>"$err" || fail "$dialect: $(cat "$err")"
	is "$(python3 junit.py $dialect.xml | cut -d ' ' -f 1)" 3
done
xmllint --noout --schema "$formats/junit.xsd" r.xml 2>"$err" || fail "$(cat "$err")"
is "$(python3 junit.py r.xml "$digest")" '3 True'
hasnt r.xml "$(printf '\033')"
has r.xml "$(printf '\\x00\\x01red\177\\x80\\xff\\xed\\xa0\\x80\\ufffe\342\200\256end&#13;')"
# A file that is not as the schema says is found.
sed 's/ time="[^"]*"//' r.xml >bad.xml
! xmllint --noout --schema "$formats/junit.xsd" bad.xml 2>/dev/null || fail 'the schema takes a case without time'

# ---- TAP: the harness of perl, and YAML blocks ----
prove_it() { # as version 13, which is the last that Debian's harness knows
	sed '1s/14/13/' "$1" >as13.tap
	prove -e cat -v as13.tap >prove.out 2>&1 || :
}
is "$(head -n 1 r.tap)" 'TAP version 14'
prove_it r.tap
has prove.out 'Failed 4/9 subtests'
has prove.out '(less 2 skipped subtests: 3 okay)'
hasnt prove.out 'Parse errors'
matches prove.out 'Tests: 9 Failed: 4'
cat >tap.py <<'P'
import re, sys, yaml
text = open(sys.argv[1], encoding="utf-8").read()
blocks = [yaml.safe_load(b) for b in re.findall(r"^  ---\n(.*?)^  \.\.\.$", text, re.M | re.S)]
print(len(blocks), all(set(b) >= {"message", "severity", "reason", "at", "stdout", "stderr"} for b in blocks), max(len(b["stdout"]) for b in blocks) < 70000,
      len(re.findall(r"^(?:not )?ok ", text, re.M)))
P
is "$(/usr/bin/python3 tap.py r.tap)" '4 True True 9'
clnrm report --kind tap -v -o steps.tap
prove_it steps.tap
has prove.out 'Failed 4/9 subtests'
hasnt prove.out 'Parse errors'

# ---- Markdown: what a renderer makes of it ----
cat >md.py <<'P'
import html.parser, sys
class P(html.parser.HTMLParser):
    tags, code, rows = set(), 0, 0
    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.code += tag == "pre"
        self.rows += tag == "tr"
p = P()
p.feed(sys.stdin.read())
print(sorted(p.tags), p.code, p.rows)
P
cmark-gfm --unsafe -e table r.md | python3 md.py >"$out"
is "$(cat "$out")" "['code', 'details', 'h1', 'h2', 'h3', 'p', 'pre', 'strong', 'summary', 'table', 'tbody', 'td', 'th', 'thead', 'tr'] 4 13"
[ "$(wc -c <r.md)" -lt 200000 ] || fail "the summary has $(wc -c <r.md) bytes"
has r.md '| passed | 3 |'
has own/page.md '# clnrm: 1 passed'

# ---- HTML: the parser of browsers, without one error ----
"$formats/page.py" r.html >page.json || fail 'r.html is not as it should be'
is "$(python3 -c 'import json
p = json.load(open("page.json"))
print(len(p), p[0]["verdict"], p[0]["tags"], p[2]["out"], p[0]["receipt"], p[0]["past"])')" \
	"9 3 ['<b>', 'slow'] fine
 native 0"
python3 -c 'import json
p = json.load(open("page.json"))
assert "</script><script>alert(1)</script><!-- ]]>" in p[0]["out"], p[0]
assert "\0\x01\x1b[31mred\x1b[0m\x7f" in p[0]["out"] and "\u202e" in p[0]["out"], p[0]
assert len(p[1]["out"]) < 66000 and "bytes cut" in p[1]["out"]' || fail 'the page has other output'
"$formats/page.py" own/page.html >"$out"
"$formats/page.py" all/report.html >"$out"

# ---- a second run: history, the same digest, other order ----
expect_exit 1 clnrm run -j 1 --report html=again.html --digest b.clnrm.toml c.clnrm.toml a.clnrm.toml
has "$out" "digest sha256:$digest"
is "$("$formats/page.py" again.html | python3 -c 'import json, sys; print({s["past"] > 0 for s in json.load(sys.stdin) if s["verdict"] != 1})')" '{True}'
expect_exit 1 clnrm run --digest a.clnrm.toml
hasnt "$out" "digest sha256:$digest"

# ---- of a stored run, by hand, and without what a project leaves out ----
expect_exit 0 clnrm run c.clnrm.toml
expect_exit 0 clnrm report -o stored.html
"$formats/page.py" stored.html >"$out"
for form in html:text/html markdown:text/markdown; do
	curl -sS --unix-socket "$SOCKET" -D head -o body "http://x/v1/runs/latest?form=${form%%:*}"
	has head "Content-Type: ${form#*:}; charset=utf-8"
	curl -sS --unix-socket "$SOCKET" -H "Accept: ${form#*:}" -o other 'http://x/v1/runs/latest'
	cmp -s body other || fail "Accept: ${form#*:} gives another page"
done
# Of a result from elsewhere: the same page, and a digest that was once made stays.
for form in html:text/html junit:application/xml; do
	curl -sS --unix-socket "$SOCKET" -D head -o body --data-binary @r.json "http://x/v1/report?form=${form%%:*}"
	has head "Content-Type: ${form#*:}"
	has body "sha256:$digest"
done
curl -sS --unix-socket "$SOCKET" -o body --data-binary @r.json http://x/v1/report
"$formats/page.py" body | python3 -c 'import json, sys
a, b = json.load(sys.stdin), json.load(open("page.json"))
assert [(s["id"], s["verdict"], s["tags"]) for s in a] == [(s["id"], s["verdict"], s["tags"]) for s in b] and "ok 7 - no" in a[0]["out"]' ||
	fail 'the page of a result is another one'
curl -sS --unix-socket "$SOCKET" -o body -w '%{http_code}' --data-binary @r.xml http://x/v1/report >"$out"
is "$(cat "$out")" 422
record body problem
printf '[reporting]\ninclude_timestamps = false\ninclude_logs = false\n' >cleanroom.toml
for n in 1 2; do
	expect_exit 0 clnrm run --report html=$n.html --report markdown=$n.md --digest-file $n.digest c.clnrm.toml
done
cmp 1.md 2.md || fail 'a summary without times changes'
cmp 1.digest 2.digest || fail 'the digest changes'
hasnt 1.html 'fine\n'

#!/usr/bin/python3
"""page.py FILE - the HTML report as a browser's parser sees it: no parse error, no markup but our own,
nothing that would be fetched."""
import hashlib, base64, html5lib, json, re, sys

text = open(sys.argv[1], encoding="utf-8").read()
parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
root = parser.parse(text)
KNOWN = {"html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "p", "button", "noscript",
         "section", "label", "input", "div", "select", "option", "kbd", "canvas", "main", "script"}
ids, scripts = [], []
for e in root.iter():
    assert e.tag in KNOWN, f"<{e.tag}>"
    for name, value in e.attrib.items():
        assert name not in ("src", "href", "srcset", "action", "style") and not name.startswith("on"), f"{e.tag} {name}={value}"
    ids += [e.attrib["id"]] if "id" in e.attrib else []
    scripts += [e] if e.tag == "script" else []
assert len(ids) == len(set(ids)), "an id stands twice"
data = {e.attrib["id"]: json.loads(e.text) for e in scripts if e.attrib.get("type") == "application/json"}
code = [e.text for e in scripts if "type" not in e.attrib]
assert len(code) == 1 and len(scripts) == len(data) + 1
policy = next(e.attrib["content"] for e in root.iter("meta") if e.attrib.get("http-equiv") == "Content-Security-Policy")
allowed = dict((d.split() + [""])[:2] for d in policy.split(";"))
hash_of = lambda s: "'sha256-" + base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() + "'"
assert allowed["default-src"] == "'none'" and "unsafe" not in policy, policy
assert allowed["script-src"] == hash_of(code[0]) and allowed["style-src"] == hash_of(next(root.iter("style")).text), policy
assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|WebSocket|innerHTML|document\.write|eval\(", "".join(code) + next(root.iter("style")).text)
for label in root.iter("label"):
    assert list(label), "a label without its field"
rows, parts = data["index"]["rows"], [d for k in sorted((k for k in data if k.startswith("part-")), key=lambda k: int(k[5:])) for d in data[k]]
assert len(rows) == len(parts), (len(rows), len(parts))
print(json.dumps([{"id": r[1], "verdict": r[4], "tags": [data["index"]["tags"][t] for t in r[9]], "past": len(d["past"]),
                   "out": "".join(s.get("out", {}).get("text", "") for s in d["steps"]),
                   "receipt": d["receipt"] is not None and data["receipts"][d["receipt"]]["engine"]} for r, d in zip(rows, parts)]))

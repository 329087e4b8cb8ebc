#!/usr/bin/python3
"""Reads metrics as strictly as their formats are written.

    check_metrics.py check TEXT [JSON]      the text is valid, its label sets are closed, and the JSON
                                            form says the same names, types and labels
    check_metrics.py open TEXT              the same for OpenMetrics 1.0.0
    check_metrics.py value TEXT SAMPLE      prints a sample: clnrm_scenarios_total{verdict="pass"}
"""
import json
import math
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)")
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|Inf)|NaN")
CLOSED = {  # label -> what it may say
    "verdict": {"pass", "fail", "fake_green", "error", "skip"},
    "process": {"daemon", "launcher", "sandboxes"},
    "resource": {"memory", "cpu"},
    "cache": {"templates", "renders", "images", "configs", "results", "reasons", "stored"},
    "phase": {"detect", "render", "parse", "plan", "acquire", "run", "report"},
}
FREE = {"clnrm_build_info": {"version", "commit"}}
PARTS = {"histogram": {"_bucket", "_sum", "_count"}, "info": {"_info"}}


class Bad(Exception):
    pass


def want(condition, what):
    if not condition:
        raise Bad(what)


def number(text):
    want(NUMBER.fullmatch(text), f"'{text}' is no number")
    return float(text)


class Family:
    def __init__(self, name):
        self.name, self.type, self.help = name, None, None
        self.samples = {}  # (name, labels) -> value, in order

    def owns(self, sample, openmetrics):
        parts = PARTS.get(self.type, {"_total"} if openmetrics and self.type == "counter" else {""})
        return any(sample == self.name + p for p in parts)


def parse(text, openmetrics=False):
    families, current = {}, None
    want(text.endswith("\n"), "the last line has no end")
    lines = text[:-1].split("\n")
    if openmetrics:
        want(lines.pop() == "# EOF", "no # EOF at the end")
    for line in lines:
        m = re.fullmatch(rf"# (HELP|TYPE|UNIT) ({NAME}) (.*)", line)
        if m:
            kind, name, rest = m.groups()
            if current is None or current.name != name:
                want(name not in families, f"{name} stands in two places")
                current = families[name] = Family(name)
            want(not current.samples, f"{kind} of {name} after its samples")
            if kind == "TYPE":
                want(current.type is None, f"TYPE of {name} twice")
                want(rest in ("counter", "gauge", "histogram", "info"), f"type {rest}")
                current.type = rest
            elif kind == "HELP":
                want(current.help is None and rest, f"HELP of {name}")
                want(not re.search(r"\\(?![\\n])", rest), f"escapes in HELP of {name}")
                current.help = rest
            continue
        m = SAMPLE.fullmatch(line)
        want(m, f"no sample: {line!r}")
        labels = tuple(re.findall(LABEL, m.group(2) or ""))
        want(current and current.type and current.owns(m.group(1), openmetrics),
             f"{m.group(1)} is not of the family above it")
        want(len({k for k, _ in labels}) == len(labels), f"a label twice: {line}")
        key = (m.group(1), labels)
        want(key not in current.samples, f"twice: {line}")
        current.samples[key] = number(m.groups()[-1])
    return families


def check_histogram(f):
    series = {}
    for (name, labels), value in f.samples.items():
        rest = tuple(x for x in labels if x[0] != "le")
        s = series.setdefault(rest, {"buckets": []})
        if name.endswith("_bucket"):
            s["buckets"].append((math.inf if dict(labels)["le"] == "+Inf" else float(dict(labels)["le"]), value))
        else:
            s[name[len(f.name):]] = value
    for rest, s in series.items():
        bounds = [b for b, _ in s["buckets"]]
        counts = [c for _, c in s["buckets"]]
        want(bounds == sorted(set(bounds)) and bounds[-1] == math.inf, f"{f.name}: bounds")
        want(counts == sorted(counts), f"{f.name}: not cumulative")
        want(counts[-1] == s["_count"] and s["_sum"] >= 0, f"{f.name}: count or sum")
        want(s["_count"] == int(s["_count"]), f"{f.name}: half an observation")


def check_family(f, openmetrics):
    want(f.type and f.help, f"{f.name} has no TYPE or HELP")
    want(f.samples, f"{f.name} has no sample")
    if f.type == "counter" and not openmetrics:
        want(f.name.endswith("_total"), f"{f.name} is a counter")
    if f.type == "histogram":
        want(f.name.endswith("_seconds"), f"{f.name} has no unit")
        check_histogram(f)
    for (name, labels), value in f.samples.items():
        want(not math.isnan(value), f"{name} is NaN")
        want(f.type == "gauge" or value >= 0, f"{name} is negative")
        for k, v in labels:
            if k == "le" and f.type == "histogram":
                continue
            if k in FREE.get(name, ()):
                continue
            want(v in CLOSED.get(k, ()), f"{name}: label {k}={v!r} is of no closed set")


def check_json(families, doc):
    want(set(doc) == {"metrics"}, "members beside 'metrics'")
    said = {}
    for m in doc["metrics"]:
        want(set(m) - {"count", "sum"} in ({"name", "type", "labels", "value"},
                                           {"name", "type", "labels", "buckets"}), f"members of {m}")
        key = (m["name"], tuple(sorted(m["labels"].items())))
        want(key not in said, f"{key} twice")
        said[key] = m["type"]
        want(("buckets" in m) == (m["type"] == "histogram"), f"{key}: buckets")
    text = set()
    for f in families.values():
        for _, labels in f.samples:
            text.add((f.name, tuple(sorted(x for x in labels if x[0] != "le"))))
            key = (f.name, tuple(sorted(x for x in labels if x[0] != "le")))
            want(said.get(key) == f.type, f"{key} is {said.get(key)} in JSON and {f.type} in text")
    want(text == set(said), f"not the same metrics: {text ^ set(said)}")


def main(argv):
    mode, text = argv[0], open(argv[1], encoding="utf-8", newline="").read()
    families = parse(text, mode == "open")
    if mode == "value":
        wanted = argv[2]
        for f in families.values():
            for (name, labels), value in f.samples.items():
                shown = name + ("{" + ",".join(f'{k}="{v}"' for k, v in labels) + "}" if labels else "")
                if shown == wanted:
                    print(f"{value:.9g}" if value != int(value) else int(value))
                    return 0
        raise Bad(f"there is no {wanted}")
    for f in families.values():
        check_family(f, mode == "open")
    if len(argv) > 2:
        check_json(families, json.load(open(argv[2], encoding="utf-8")))
    print(f"{len(families)} families")
    return 0


try:
    sys.exit(main(sys.argv[1:]))
except Bad as e:
    print(e)
    sys.exit(1)

#!/usr/bin/python3
"""Holds what the daemon says to the JSON Schemas of proto/schema/.

    check_schema.py [NAME FILE]...          each document of FILE (one a line, or one in all) is valid
    check_schema.py --self [NAME FILE]...   and would not be without a required member, or with one
                                            renamed
    check_schema.py --recorded FOLDER       the answers that a test has recorded (tests/lib/env.sh):
                                            files N.SCHEMA[.self]; SCHEMA 'auto' = by what it is
    check_schema.py --all                   every schema is well-formed and refers to what there is

The published schemas are open: readers ignore members that they do not know. Here they are closed:
a member that no schema names is an error. Exit 0 valid, 1 not, 2 usage.
"""
import copy
import json
import os
import pathlib
import sys

import jsonschema

BASE = "/v1/schemas/"
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "proto" / "schema"
OPEN = "__open"  # of a schema that others extend: the one that extends it is closed instead
SHOWN = 10
COMPOSED = {"$ref", "allOf", "anyOf", "oneOf", "if", "not", "dependentSchemas"}


def load_all(folder=FOLDER):
    return {f.stem: json.loads(f.read_text()) for f in sorted(folder.glob("*.json"))}


def is_object(s):
    return s.get("type") == "object" or "properties" in s or "allOf" in s


def close(s, inside_all_of=False):
    """A closed copy of the schema s, with references into a bundle."""
    if isinstance(s, list):
        return [close(v) for v in s]
    if not isinstance(s, dict):
        return s
    out = {}
    for key, v in s.items():
        if key in ("$id", "$schema"):
            continue
        if key == "$ref":
            assert v.startswith(BASE), v
            out[key] = "#/$defs/" + v[len(BASE):] + (OPEN if inside_all_of else "")
        elif key == "allOf":
            out[key] = [close(x, True) for x in v]
        elif key in ("if", "then", "else"):  # conditions on what is named elsewhere
            out[key] = close(v, True)
        elif key in ("properties", "$defs"):
            out[key] = {name: close(x) for name, x in v.items()}
        elif key in ("enum", "const", "required"):
            out[key] = v
        else:
            out[key] = close(v)
    if is_object(s) and not inside_all_of and "additionalProperties" not in s:
        # The same where nothing is put together, and a tenth of the work.
        out["unevaluatedProperties" if COMPOSED & set(s) else "additionalProperties"] = False
    return out


def reach(s, schemas, found):
    """Names of all schemas that s refers to."""
    for r in refs(s):
        name = r[len(BASE):]
        if name not in found:
            found.add(name)
            reach(schemas[name], schemas, found)
    return found


def bundle(root, schemas):
    """One closed schema that needs no other. Only what is needed: python3-jsonschema 4.10 stumbles
    over a property named "$id" anywhere when it looks for a reference."""
    defs = {}
    for key in reach(root, schemas, set()):
        defs[key] = close(schemas[key])
        defs[key + OPEN] = close(schemas[key], True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **close(root),
            "$defs": defs}


def validator_of(root, schemas):
    cls = jsonschema.Draft202012Validator
    return cls(bundle(root, schemas), format_checker=jsonschema.FormatChecker())


def validator(name, schemas):
    return validator_of(schemas[name], schemas)


def documents(path):
    text = sys.stdin.read() if path == "-" else pathlib.Path(path).read_text()
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line]


def deepest(error):
    """What is wrong inside the branch that was meant: the one that got furthest."""
    while error.context:
        error = max(error.context, key=lambda e: len(e.absolute_path))
    return error


def event_schema(name, doc, schemas):
    """For a better message: the schema of the event that this line says it is."""
    special = f"{name}_{doc.get('ev')}" if isinstance(doc, dict) else ""
    return special if special in schemas else name


def complain(where, name, doc, schemas):
    for error in list(validator(event_schema(name, doc, schemas), schemas).iter_errors(doc))[:SHOWN]:
        inner = deepest(error)
        path = "/".join(str(p) for p in inner.absolute_path)
        print(f"{where}: {name}: /{path}: {inner.message[:300]}")


def check(name, path, schemas):
    v = validator(name, schemas)
    docs = documents(path)
    bad = 0
    for n, doc in enumerate(docs, 1):
        if not v.is_valid(doc):
            complain(f"{path}:{n}", name, doc, schemas)
            bad += 1
    if not docs:
        print(f"{path}: no document")
    return bad == 0 and bool(docs)


# ---- would a mistake be found? ----

def resolve(s, schemas):
    while "$ref" in s:
        s = schemas[s["$ref"][len(BASE):]]
    return s


def branches(s, schemas):
    """The schema and all that it is made of."""
    s = resolve(s, schemas)
    found = [s]
    for key in ("allOf", "anyOf", "oneOf"):
        for part in s.get(key, []):
            found += branches(part, schemas)
    return found


def required_of(s, doc, schemas):
    """Members that this object must have: of the parts that it satisfies."""
    s = resolve(s, schemas)
    names = set(s.get("required", [])) if isinstance(doc, dict) else set()
    for part in s.get("allOf", []):
        names |= required_of(part, doc, schemas)
    for key in ("anyOf", "oneOf"):
        for part in s.get(key, []):
            if matches(part, doc, schemas):
                names |= required_of(part, doc, schemas)
    return names


def matches(part, doc, schemas):
    return validator_of(part, schemas).is_valid(doc)


def child_schema(s, key, schemas):
    for part in branches(s, schemas):
        if isinstance(key, str) and key in part.get("properties", {}):
            return part["properties"][key]
        if isinstance(key, int) and "items" in part:
            return part["items"]
    return None


def places(doc, s, schemas, path=()):
    """Every object in doc with its schema."""
    if s is None:
        return
    if isinstance(doc, dict):
        yield path, s
        for key, v in doc.items():
            yield from places(v, child_schema(s, key, schemas), schemas, path + (key,))
    elif isinstance(doc, list) and doc:
        yield from places(doc[0], child_schema(s, 0, schemas), schemas, path + (0,))


def at(doc, path):
    for key in path:
        doc = doc[key]
    return doc


def mutants(doc, s, schemas):
    """Copies of doc with one mistake each, and what it is."""
    for path, sub in places(doc, s, schemas):
        here = at(doc, path)
        known = set()
        for part in branches(sub, schemas):
            known |= set(part.get("properties", {}))
        shown = "/" + "/".join(map(str, path))
        for key in sorted(required_of(sub, here, schemas) & set(here)):
            bad = copy.deepcopy(doc)
            del at(bad, path)[key]
            yield f"without {shown}: {key}", bad
        for key in sorted(known & set(here)):
            bad = copy.deepcopy(doc)
            at(bad, path)[key + "_x"] = at(bad, path).pop(key)
            yield f"with {shown}: {key} renamed", bad


def check_self(name, path, schemas):
    if not check(name, path, schemas):
        return False
    good = True
    tried = 0
    for doc in documents(path):
        special = event_schema(name, doc, schemas)
        v = validator(special, schemas)
        for what, bad in mutants(doc, schemas[special], schemas):
            tried += 1
            if v.is_valid(bad):
                print(f"{path}: {special}: still valid {what}")
                good = False
    if not tried:
        print(f"{path}: nothing could be broken")
    else:
        print(f"{path}: {tried} mistakes {'found' if good else 'tried'}")
    return good and tried > 0


def refs(s):
    if isinstance(s, dict):
        for key, v in s.items():
            if key == "$ref" and isinstance(v, str):
                yield v
            else:
                yield from refs(v)
    elif isinstance(s, list):
        for v in s:
            yield from refs(v)


def check_all(schemas):
    good = True
    for name, s in schemas.items():
        problems = [f"refers to {r}" for r in refs(s)
                    if not r.startswith(BASE) or r[len(BASE):] not in schemas]
        if s.get("$id") != BASE + name:
            problems.append("$id is not its name")
        if "additionalProperties\": false" in json.dumps(s) or "unevaluated" in json.dumps(s):
            problems.append("is closed: published schemas are open")
        try:
            jsonschema.Draft202012Validator.check_schema(s)
        except jsonschema.SchemaError as e:
            problems.append(str(e.message))
        for p in problems:
            print(f"{name}: {p}")
            good = False
    print(f"{len(schemas)} schemas")
    return good


# ---- what a test has recorded ----

def schema_of(doc, schemas):
    """The name of the schema that a document calls for; None when it is no answer of the API."""
    if not isinstance(doc, dict):
        return None
    if str(doc.get("type", "")).startswith("urn:clnrm:problem:"):
        return "problem"
    if "ev" in doc:
        return event_schema("event", doc, schemas)
    said = str(doc.get("schema", ""))
    if said.startswith("clnrm.") and "/" in said:
        return said[len("clnrm."):].split("/")[0]
    if {"changed", "kept", "failed"} <= set(doc):
        return "changed"
    return "metrics" if set(doc) == {"metrics"} else None


class Judge:
    """Makes each validator once; equal documents are judged once."""

    def __init__(self, schemas):
        self.schemas = schemas
        self.validators = {}
        self.judged = self.mistakes = 0
        self.bad = []

    def validator(self, name):
        if name not in self.validators:
            self.validators[name] = validator(name, self.schemas)
        return self.validators[name]

    def judge(self, where, name, doc):
        if name not in self.schemas:
            self.bad.append(f"{where}: there is no schema '{name}'")
            return
        self.judged += 1
        if not self.validator(name).is_valid(doc):
            self.bad.append(f"{where} is no {name}")
            complain(where, name, doc, self.schemas)

    def break_it(self, where, name, doc):
        name = event_schema(name, doc, self.schemas)
        for what, bad in mutants(doc, self.schemas[name], self.schemas):
            self.mistakes += 1
            if self.validator(name).is_valid(bad):
                self.bad.append(f"{where}: {name}: still valid {what}")


def is_json(path):
    return path.read_bytes()[:1] in (b"{", b"[")


def check_recorded(folder, schemas):
    j = Judge(schemas)
    for path in sorted(pathlib.Path(folder).iterdir()):
        _, wanted, *how = path.name.split(".")
        if wanted == "auto" and not is_json(path):
            continue  # text, or nothing
        for doc in documents(path):
            name = schema_of(doc, schemas) if wanted == "auto" else event_schema(wanted, doc, schemas)
            if name:
                j.judge(path.name, name, doc)
            if name and how == ["self"]:
                j.break_it(path.name, name, doc)
    for line in j.bad[:50]:
        print(line)
    print(f"{j.judged} answers, {j.mistakes} mistakes in them: {len(j.bad)} wrong")
    return not j.bad


def main(argv):
    schemas = load_all()
    if argv[:1] == ["--recorded"] and len(argv) == 2:
        return 0 if check_recorded(argv[1], schemas) else 1
    if argv == ["--all"]:
        return 0 if check_all(schemas) else 1
    mode, args = (check_self, argv[1:]) if argv[:1] == ["--self"] else (check, argv)
    names, paths = args[::2], args[1::2]
    if not args or len(names) != len(paths) or not schemas.keys() >= set(names):
        print(__doc__, file=sys.stderr)
        return 2
    good = [mode(name, path, schemas) for name, path in zip(names, paths)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

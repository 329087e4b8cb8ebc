"""The cases of keys/*.toml of the conformance tests: each key of the option table with two values."""
import os
import tomllib

from place import option_keys, put

KEYS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../conformance/keys")
WAYS = ("base", "changed")


def built_keys():
    """(file, "TABLE.KEY") of what must have an effect."""
    return {(k.file, f"{k.table}.{k.key}") for k in option_keys() if k.kind == "built"}


def read_cases(name):
    """Each case once for every skeleton."""
    with open(os.path.join(KEYS, name + ".toml"), "rb") as f:
        data = tomllib.load(f)
    for number, case in enumerate(data["case"]):
        places = case.get("in", [None])
        for place in places if isinstance(places, list) else [places]:
            one = dict(case, source=name, id=f"{name}-{number:03}" + (f"-{place}" if place else ""))
            keys = case["key"] if isinstance(case["key"], list) else [case["key"]]
            skeleton = data["skeleton"].get(place, {"table": None, "text": case.get("file")})
            one["keys"] = [k if "." in k else f"{skeleton['table']}.{k}" for k in keys]
            one["file"] = skeleton["text"].replace("CMD", case.get("cmd", ""))
            if "times" in case:
                head, mark, tail = one["file"].partition("[[scenario]]")
                one["file"] = head + "".join(mark + tail.replace("#N", str(n)) for n in range(case["times"]))
            yield one


def fill_case(case, way, folder, test):
    """Writes the test file of a case with one of its values, and what stands beside it."""
    put(folder, "t.clnrm.toml", case["file"].replace("@@", case[way]).replace("@DIR@", folder).replace(
        '"NAME"', f'"{test}"'))
    for name, text in case.get("files", {}).items():
        put(folder, name, text)

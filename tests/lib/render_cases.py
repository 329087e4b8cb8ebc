"""What a rendered text may depend on, and everything that may happen to each of these.

MAINS are templates that use all a template can see: other files in every way of referring to them, variables,
the environment, seed and clock. CHANGES alter files, or what is asked with.
"""
import os
import re

from place import put

SETTLE_S = 0.05  # stamps of what was written so shortly before are not trusted
UNCACHED = {"CLEANROOM_PERFORMANCE_CACHE_COMPILED_TESTS": "false"}

# Plain Tera; what refers to other files. The names lead to p/t, or p/templates where there is nothing.
TERA = ("{% import 'macros.tera' as mac %}{{ mac::one() }} {% include 'part.tera' %} {% include 'linked.tera' %} "
        "{% include 'way/in.tera' %} {% include 'maybe.tera' ignore missing %} "
        "{% include 'leaving.tera' ignore missing %} {{ x | default(value='no-x') }} "
        "{{ get_env(name='SEEN', default='unset') }} {{ now(utc=true) }} {{ get_random(end=1000000) }}")
OURS = TERA + (" {% include 'far.tera' %} {{ svc }} {{ env.OTHER | default(value='no-other') }} {{ uuid_v4() }} "
               "{% import '_macros.toml.tera' as lib %}{{ lib::span_exists('n') | length }}")
STEP = "[meta]\nname = \"m\"\nimage = \"clnrm/base\"\n[[steps]]\nname = \"s\"\nrun = '''echo \"%s\"'''\n"

# name -> (main file, its text, command)
MAINS = {
    "text": ("t/main.clnrm.toml.tera", STEP % OURS.replace("'''", ""), ["render"]),
    "values": ("t/main.clnrm.toml", STEP % OURS, ["render"]),
    "bare": ("t/main.txt", TERA, ["render", "--bare", "--root", "."]),
    "child": ("t/child.clnrm.toml.tera", "{% extends 'base.tera' %}{% import 'macros.tera' as mac %}"
              "{% import '_macros.toml.tera' as lib %}{% block b %}" + re.sub("{% import.*?%}", "", OURS) +
              "{% endblock %}",
              ["render"]),
    "parsed": ("t/run.clnrm.toml", STEP % OURS, ["run"]),
    "parsed text": ("t/run2.clnrm.toml.tera", STEP % OURS, ["run"]),
}

FILES = {
    "cleanroom.toml": "[project]\nname = \"p\"\n[test_execution]\nenv_pass = [\"OTHER\"]\n",
    "t/macros.tera": "{% macro one() %}macro1{% endmacro %}",
    "t/part.tera": "part1 {% include 'nested.tera' %}",
    "t/nested.tera": "nested1",
    "t/a.tera": "link-a",
    "t/b.tera": "link-b",
    "t/d1/in.tera": "{% include 'leaf.tera' %}",
    "t/d1/leaf.tera": "leaf1",
    "t/d2/in.tera": "{% include 'leaf.tera' %}",
    "t/d2/leaf.tera": "leaf2",
    "t/leaving.tera": "leaving",
    "t/base.tera": STEP % "base1 {% block b %}{% endblock %}",
    "templates/far.tera": "far-off",
    "t/context.json": '{"x": "context1"}',
}
LINKS = {"t/linked.tera": "a.tera", "t/way": "d1"}
ARGS = ["--seed", "7", "--freeze-clock", "2026-01-01T00:00:00Z"]


class Case:
    """What one rendering is asked with; a change may alter this or files."""

    def __init__(self, root, main):
        self.root, self.main, self.name = root, main, "m"
        self.args = list(ARGS)
        self.env = {"SEEN": "seen1"}

    def text(self):
        """Of its main file. What is equal in two tests of one name is the same to the cache of results."""
        return MAINS[self.main][1].replace('name = "m"', f'name = "{self.name}"', 1)

    def at(self, name):
        return os.path.join(self.root, name)

    def same_size(self, name, old, new):
        """Other content of equal size, with the time of modification put back."""
        stat = os.stat(self.at(name))
        with open(self.at(name), "r+b") as f:
            text = f.read().replace(old, new)
            f.seek(0)
            f.write(text)
        assert os.stat(self.at(name)).st_size == stat.st_size and new in text
        os.utime(self.at(name), ns=(stat.st_atime_ns, stat.st_mtime_ns))

    def replace(self, name, text):
        put(self.root, name + ".new", text)
        os.rename(self.at(name + ".new"), self.at(name))

    def link(self, name, to):
        os.unlink(self.at(name))
        os.symlink(to, self.at(name))

    def argument(self, flag, value):
        if flag in self.args:
            self.args[self.args.index(flag) + 1] = value
        else:
            self.args += [flag, value]


def main_of(c):
    return MAINS[c.main][0]


def add_project(c, text):
    with open(c.at("cleanroom.toml"), "a") as f:
        f.write(text)


def swap_dirs(c):
    os.rename(c.at("t/d1"), c.at("t/d0"))
    os.rename(c.at("t/d2"), c.at("t/d1"))


# (kind, name, change, mains that it does not concern)
CHANGES = [
    ("template", "content of equal size, time put back", lambda c: c.same_size(main_of(c), b"no-x", b"on-x"), []),
    ("template", "replaced by rename", lambda c: c.replace(main_of(c), c.text().replace("no-x", "other")), []),
    ("template", "becomes a link", lambda c: (c.replace("t/other", c.text().replace("no-x", "linked")),
                                              os.rename(c.at("t/other"), c.at("other")), os.unlink(c.at(main_of(c))),
                                              os.symlink("../other", c.at(main_of(c)))), []),
    ("include", "content of equal size, time put back", lambda c: c.same_size("t/part.tera", b"part1", b"part2"), []),
    ("include", "replaced by rename", lambda c: c.replace("t/part.tera", "part3"), []),
    ("include", "nested", lambda c: c.same_size("t/nested.tera", b"nested1", b"nested2"), []),
    ("include", "macros", lambda c: c.same_size("t/macros.tera", b"macro1", b"macro2"), []),
    ("include", "parent", lambda c: c.same_size("t/base.tera", b"base1", b"base2"),
     ["text", "values", "bare", "parsed", "parsed text"]),
    ("include", "link target", lambda c: c.link("t/linked.tera", "b.tera"), []),
    ("include", "directory that is a link", lambda c: c.link("t/way", "d2"), []),
    ("include", "directories change places", swap_dirs, []),
    ("include", "gone", lambda c: os.unlink(c.at("t/leaving.tera")), []),
    ("include", "becomes a directory", lambda c: (os.unlink(c.at("t/leaving.tera")), os.mkdir(c.at("t/leaving.tera"))),
     []),
    ("include", "looked for in vain, and there now", lambda c: put(c.root, "t/maybe.tera", "maybe"), []),
    ("include", "a link there now", lambda c: os.symlink("a.tera", c.at("t/maybe.tera")), []),
    ("include", "a nearer one", lambda c: put(c.root, "part.tera" if c.main == "bare" else "t/far.tera", "near"), []),
    ("include", "of the project instead of the built-in",
     lambda c: put(c.root, "t/_macros.toml.tera", "{% macro span_exists(name) %}mine{% endmacro %}"), ["bare"]),
    ("include", "leads out of the project now",
     lambda c: (put(os.path.dirname(c.root), os.path.basename(c.root) + "-out/a.tera", "outside"),
                c.link("t/linked.tera", "../../" + os.path.basename(c.root) + "-out/a.tera")), []),
    ("var", "set", lambda c: c.argument("--map", "x=mapped"), []),
    ("var", "context", lambda c: c.argument("--context", "t/context.json"), ["parsed", "parsed text"]),
    ("env", "value", lambda c: c.env.update(SEEN="seen2"), []),
    ("env", "empty", lambda c: c.env.update(SEEN=""), []),
    ("env", "unset", lambda c: c.env.pop("SEEN"), []),
    ("env", "set", lambda c: c.env.update(OTHER="other"), ["bare"]),
    ("env", "one that is a variable of ours", lambda c: c.env.update(SERVICE_NAME="service"), ["bare"]),
    ("seed", "another", lambda c: c.argument("--seed", "8"), []),
    ("clock", "another", lambda c: c.argument("--freeze-clock", "2026-01-01T00:00:01Z"), []),
    ("policy", "hermetic flag", lambda c: c.args.append("--hermetic-env"), []),
    ("policy", "hermetic setting", lambda c: add_project(c, "hermetic_env = true\n"), []),
    ("policy", "a limit", lambda c: add_project(c, "[parser]\nmax_file = 8\n"), ["bare"]),
]


def build(root, mains=tuple(MAINS)):
    """Everything that the cases of these mains are about."""
    for name, text in FILES.items():
        put(root, name, text)
    for name, text, _ in (MAINS[m] for m in mains):
        put(root, name, text)
    for name, to in LINKS.items():
        os.symlink(to, os.path.join(root, name))

#!/bin/sh
# clnrm fmt: one layout, comments and meaning kept, what cannot be formatted said.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
cat >a.clnrm.toml <<'T'
# a test
[meta]
name="a"      # of the test
image = 'host'  # of this machine
[[scenario]]
  name = "s"
  steps=[
{name="one",run="echo 1",expected_output_regex="^1$"},   # first

   # the second
   { name = "two", run = "true" } ]
T
cat >want <<'T'
# a test
[meta]
name = "a"      # of the test
image = 'host'  # of this machine

[[scenario]]
name = "s"
steps = [
  { name = "one", run = "echo 1", expected_output_regex = "^1$" },  # first

  # the second
  { name = "two", run = "true" },
]
T
cp a.clnrm.toml before
chmod 640 a.clnrm.toml

# ---- looks, without a change ----
expect_exit 1 clnrm fmt --check
is "$(cat "$out")" "$(printf 'would format  a.clnrm.toml\n1 of 1 file would change')"
expect_exit 1 clnrm fmt --check --diff
has "$out" '+name = "a"'
expect_exit 0 clnrm fmt --diff
cp "$out" patch
cmp -s a.clnrm.toml before || fail 'looking changed the file'
if command -v patch >/dev/null; then
	cp before patched
	patch -s patched patch || fail 'the diff does not apply'
	cmp patched want || fail 'the diff is another'
	passed
fi
clnrm fmt - <a.clnrm.toml | cmp -s - want || fail 'stdin is formatted in another way'
passed

# ---- writes ----
ln -s a.clnrm.toml link.toml
expect_exit 0 clnrm fmt link.toml
[ -L link.toml ] || fail 'the link is none any more'
rm link.toml
cmp a.clnrm.toml want || fail 'not as wanted'
is "$(stat -c %a a.clnrm.toml)" 640
expect_exit 0 clnrm run a.clnrm.toml
expect_exit 0 clnrm fmt
has "$out" '1 file, nothing to change'
expect_exit 0 clnrm fmt --check -v
has "$out" 'same  a.clnrm.toml'
expect_exit 0 clnrm fmt -q
is "$(cat "$out")" ''

# ---- the project file: beside tests, above them, named ----
mkdir -p proj/tests
cp want proj/tests/a.clnrm.toml
printf '[project]\nname="p" # mine\n' >proj/cleanroom.toml
expect_exit 1 clnrm fmt --check proj
is "$(head -n 1 "$out")" 'would format  proj/cleanroom.toml'
expect_exit 1 clnrm fmt --check proj/cleanroom.toml
(cd proj && clnrm fmt >"$out" 2>"$err") || fail "$(cat "$err")"
is "$(cat "$out")" "$(printf 'formatted  cleanroom.toml\n1 of 2 files formatted')"
is "$(cat proj/cleanroom.toml)" "$(printf '[project]\nname = "p"  # mine')"
expect_exit 0 clnrm validate proj
hasnt "$out" cleanroom.toml
printf '[project\n' >proj/cleanroom.toml
expect_exit 2 clnrm fmt proj/cleanroom.toml
has "$err" 'proj/cleanroom.toml:1:'
rm -r proj

# ---- what is left alone ----
printf 'meta:   {name: y}\n' >b.clnrm.yaml
printf 'x = \n' >c.clnrm.toml
printf '{%% if a %%} x = 1 {%% endif %%}\n' >d.clnrm.toml
printf '{%% if a %%}\nx=1\n{%% endif %%}\n[t]\ny="{{ z | default(value="q") }}"\n' >e.clnrm.toml
cat b.clnrm.yaml c.clnrm.toml d.clnrm.toml >left
expect_exit 2 clnrm fmt
has "$err" 'b.clnrm.yaml: note[fmt.yaml]: not formatted: YAML is left as it is'
has "$err" 'c.clnrm.toml:1:5: error[toml.syntax]'
has "$err" 'd.clnrm.toml: note[fmt.template]'
has "$out" 'formatted  e.clnrm.toml'
has "$out" '1 of 5 files formatted, 2 left alone, 1 invalid'
cat b.clnrm.yaml c.clnrm.toml d.clnrm.toml | cmp -s - left || fail 'what cannot be formatted was changed'
is "$(cat e.clnrm.toml)" "$(printf '{%% if a %%}\nx = 1\n{%% endif %%}\n[t]\ny = "{{ z | default(value="q") }}"')"
expect_exit 1 clnrm fmt --check
rm c.clnrm.toml
expect_exit 0 clnrm fmt --check
expect_exit 3 clnrm fmt missing.clnrm.toml
# What is not in the file is told, and nothing is written.
expect_exit 2 clnrm fmt a.clnrm.toml::typo
has "$err" "no scenario matches 'a.clnrm.toml::typo'"
expect_exit 2 clnrm lint a.clnrm.toml::typo
has "$err" "no scenario matches 'a.clnrm.toml::typo'"
expect_exit 0 clnrm fmt --check --format json
is "$(json '[(f["path"], f["state"]) for f in r["files"]]')" "[('a.clnrm.toml', 'same'), ('b.clnrm.yaml', 'left'), ('d.clnrm.toml', 'left'), ('e.clnrm.toml', 'same')]"
if [ "$(id -u)" != 0 ]; then
	mkdir ro
	printf '[meta]\nname="x"\n' >ro/x.clnrm.toml
	chmod 555 ro
	expect_exit 5 clnrm fmt ro
	has "$err" 'error[write]'
	hasnt "$out" 'formatted'
	chmod 755 ro
fi

# ---- an editor: the text, and the lines that change ----
SCHEMA=fmt SELF=self
text='"[meta]\nname = \"x\"\n\n\n[[scenario]]\nname=\"s\"\nrun = \"true\"\n"'
api POST /v1/format -d "{\"cwd\":\"$PWD\",\"content\":$text,\"name\":\"n.clnrm.toml\"}"
cp "$doc" "$out"
is "$(json 'r["files"][0]["edits"]')" "[{'line': 4, 'column': 1, 'end_line': 7, 'end_column': 1, 'text': '[[scenario]]\\nname = \"s\"\\n'}]"
is "$(json 'r["files"][0]["content"].count("\n")')" 6
SELF=
printf '[meta]\nname="x"\n' >f.clnrm.toml
api POST /v1/format -d "{\"cwd\":\"$PWD\",\"paths\":[\"f.clnrm.toml\"]}"
has "$doc" '"content":"[meta]\nname = \"x\"\n"'
is "$(head -c 20 f.clnrm.toml)" "$(printf '[meta]\nname="x"')"

# What is shipped has that layout.
cp -r "$ROOT/docs/examples" "$ROOT/daemon/server/samples" .
expect_exit 0 clnrm fmt --check examples samples

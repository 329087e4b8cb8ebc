#!/bin/sh
# Templates that cannot be rendered: each fault has its place, its cause, and a proposal where there is one,
# the same in validate, run and render; nothing runs, and the daemon is as before.
# shellcheck disable=SC2016 # tags with ` are for the files
. "$(dirname "$0")/../lib/env.sh"
is() {
	[ "$1" = "$2" ] || fail "got '$1', expected '$2'"
	passed
}
mkdir p && cd p && : >cleanroom.toml
printf '[meta]\nname = "good"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "true"\n' >good.clnrm.toml
expect_exit 0 clnrm run good.clnrm.toml
pid=$(daemon_pid)

# file NAME LINES: a test whose command is the seventh line.
file() { printf '[meta]\nname = "x"\n[vars]\nusername = "bob"\n[[scenario]]\nname = "s"\n%s\n' "$2" >"$1"; }
# faulty FILE PLACE 'cause, the innermost' ['proposal']
faulty() {
	CASE=$1
	expect_exit 1 clnrm validate "$1"
	cp "$out" said
	expect_exit 2 clnrm run good.clnrm.toml "$1"
	hasnt "$out" passed
	cp "$err" ran
	expect_exit 1 clnrm render "$1"
	is "$(cat "$out")" ''
	for f in said ran "$err"; do
		has "$f" "  --> $2"
		has "$f" "$3"
		if [ "${4-}" ]; then has "$f" "help: did you mean '$4'?"; else hasnt "$f" 'did you mean'; fi
	done
	CASE=
}

# ---- names that are not there ----
file a.clnrm.toml 'run = "echo {{ usrname }}"'
faulty a.clnrm.toml a.clnrm.toml:7:16 "caused by: Variable \`usrname\` not found in context while rendering 'a.clnrm.toml'" username
expect_exit 1 clnrm validate --format json a.clnrm.toml
has "$out" "\"line\":7,\"column\":16,"
has "$out" "\"help\":[\"did you mean 'username'?\"]"
file a.clnrm.toml.tera 'run = "echo {{ vars.usernam }}"'
faulty a.clnrm.toml.tera a.clnrm.toml.tera:7:16 'Variable `vars.usernam` not found' vars.username
file a.clnrm.toml 'run = "echo {{ nothing_like_it }}"'
faulty a.clnrm.toml a.clnrm.toml:7:16 'Variable `nothing_like_it` not found'
file a.clnrm.toml 'run = "echo {{ username | uper }}"'
faulty a.clnrm.toml a.clnrm.toml:7:16 "Filter 'uper' not found" upper
file a.clnrm.toml 'run = "echo {{ uuid_v44() }}"'
faulty a.clnrm.toml a.clnrm.toml:7:16 "Function 'uuid_v44' not found" uuid_v4
file a.clnrm.toml 'run = "echo {% if username is strng %}{% endif %}"'
faulty a.clnrm.toml a.clnrm.toml:7:19 "Test 'strng' not found" string
printf '[meta]\nname = "x"\n[vars]\nfirst = "1"\nsecond = "{{ frist }}"\n[matrix]\nos = ["a"]\n[[steps]]\nrun = "true"\n' >a.clnrm.toml
faulty a.clnrm.toml a.clnrm.toml:5:14 'Variable `frist` not found' first
sed -i '/frist/d; s/"true"/"{{ matrix.ose }}"/' a.clnrm.toml
faulty a.clnrm.toml a.clnrm.toml:8:11 'Variable `matrix.ose` not found' matrix.os
# What a condition takes for false proposes nothing.
file b.clnrm.toml 'run = "{% if usrname %}false{% else %}true{% endif %}"'
expect_exit 0 clnrm validate b.clnrm.toml
hasnt "$out" 'did you mean'
rm b.clnrm.toml
# Tera alone has its own words and no more.
printf '{{ usrname }}' >bare.tera
echo '{"username": 1}' >context.json
expect_exit 1 clnrm render --bare --context context.json bare.tera
hasnt "$err" 'did you mean'

# ---- wrong arguments ----
file a.clnrm.toml 'run = "echo {{ username | truncate(length=`x`) }}"'
faulty a.clnrm.toml a.clnrm.toml:7:16 'Filter `truncate` received an incorrect type for arg `length`: got `"x"` but expected a usize'
file a.clnrm.toml 'run = "echo {{ 1 | upper }}"'
faulty a.clnrm.toml a.clnrm.toml:7:16 'Filter `upper` was called on an incorrect value: got `1` but expected a String'
file a.clnrm.toml 'run = "echo {{ rand_hex(n=-1) }}"'
expect_exit 1 clnrm validate a.clnrm.toml
has "$out" 'a.clnrm.toml:7:16'

# ---- templates that lead back to themselves ----
loop='resource limit: call depth exceeds 64 (at'
rm a.clnrm.toml.tera
file a.clnrm.toml.tera '{% include "a.clnrm.toml.tera" %}'
faulty a.clnrm.toml.tera a.clnrm.toml.tera:7:1 "$loop a.clnrm.toml.tera:7:1)"
echo '{% include "i2.tera" %}' >i1.tera
echo '{% include "i1.tera" %}' >i2.tera
file a.clnrm.toml.tera '{% include "i1.tera" %}'
faulty a.clnrm.toml.tera i2.tera:1:1 "$loop i2.tera:1:1)"
echo '{% import "m2.tera" as two %}{% macro m() %}{{ two::m() }}{% endmacro %}' >m1.tera
echo '{% import "m1.tera" as one %}{% macro m() %}{{ one::m() }}{% endmacro %}' >m2.tera
printf '{%% import "m1.tera" as one %%}\n[meta]\nname = "x"\n[[scenario]]\nname = "s"\nrun = "{{ one::m() }}"\n' >a.clnrm.toml.tera
faulty a.clnrm.toml.tera m "$loop m"
echo '{% extends "a.clnrm.toml.tera" %}' >a.clnrm.toml.tera
faulty a.clnrm.toml.tera a.clnrm.toml.tera:1:1 "Circular extend detected for template 'a.clnrm.toml.tera'"
echo '{% extends "e2.tera" %}' >e1.tera
echo '{% extends "e1.tera" %}' >e2.tera
echo '{% extends "e1.tera" %}' >a.clnrm.toml.tera
faulty a.clnrm.toml.tera e1.tera:1:1 "Circular extend detected for template 'e1.tera'. Inheritance chain: \`[\"e2.tera\", \"e1.tera\"]\`"
rm a.clnrm.toml.tera

# ---- what is no text ----
head -c 3000 /dev/zero | tr '\0' '\377' >binary.tera
printf 'x\n\377' >a.clnrm.toml.tera
faulty a.clnrm.toml.tera a.clnrm.toml.tera:2:1 'expected UTF-8, found the byte 0xff'
file a.clnrm.toml.tera '{% include "binary.tera" %}'
faulty a.clnrm.toml.tera binary.tera:1:1 'expected UTF-8, found the byte 0xff'
rm a.clnrm.toml.tera
printf '[meta]\nname = "\377"\n' >a.clnrm.toml
expect_exit 1 clnrm validate a.clnrm.toml
has "$out" 'a.clnrm.toml: error[file.encoding]: invalid UTF-8 at byte 15'
expect_exit 2 clnrm run good.clnrm.toml a.clnrm.toml
hasnt "$out" passed
head -c 100000 /dev/zero >a.clnrm.toml
expect_exit 1 clnrm validate a.clnrm.toml
expect_exit 1 clnrm render binary.tera
is "$(cat "$out")" ''
has "$err" '  --> binary.tera:1:1'
expect_exit 1 clnrm render --bare binary.tera

# ---- what is no document once it is rendered: the line as rendered, and where it came from ----
printf '[meta]\nname = "x"\n{%% for i in [1, 2] %%}\n[[scenario]]\nname = "s{{ i }}"\nrun = [{%% if i == 2 %%}"{{ i }}"\n{%% else %%}"true"]\n{%% endif %%}{%% endfor %%}\nx = 1\n' >a.clnrm.toml
expect_exit 1 clnrm validate a.clnrm.toml
is "$(head -n 4 "$out")" "a.clnrm.toml:9:1: error[toml.syntax]: expected ',' or ']' in a list, found 'x'
   12 | x = 1
      | ^
      from a.clnrm.toml:9:1"
printf '{%% macro key(k) %%}{{ k }} = = 1{%% endmacro %%}\n' >lib.tera
printf '{%% import "lib.tera" as lib %%}\n[meta]\nname = "x"\n{{ lib::key(k="tags") }}\n[[steps]]\nrun = "true"\n' >a.clnrm.toml.tera
rm a.clnrm.toml
expect_exit 1 clnrm validate a.clnrm.toml.tera
matches "$out" '^a\.clnrm\.toml\.tera:4:[0-9]+: error\[toml\.syntax\]'
has "$out" 'tags = = 1'
matches "$out" '^      from lib\.tera:1:[0-9]+$'
rm a.clnrm.toml.tera

# ---- too much ----
file a.clnrm.toml.tera '{% for i in range(end=100000) %}{% for j in range(end=20) %}0123456789{% endfor %}{% endfor %}'
faulty a.clnrm.toml.tera a.clnrm.toml.tera:7: 'resource limit: loop iterations exceeds 1000000'
file a.clnrm.toml.tera '{% set x = "0123456789" %}{% for i in range(end=100000) %}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{% endfor %}'
faulty a.clnrm.toml.tera a.clnrm.toml.tera:7: 'resource limit: output size exceeds 16 MiB'

[ "$(daemon_pid)" = "$pid" ] || fail 'another daemon: the first one died'
expect_exit 0 clnrm run good.clnrm.toml

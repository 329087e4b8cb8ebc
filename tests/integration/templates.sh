#!/bin/sh
# Test files with tags: rendered for run and validate, with variables, a matrix, a seed and a clock; a
# finding in rendered text shows where it came from; what a file was made from makes it anew.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
# The output of every step of the last run, a line a test.
outputs() {
	python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
for t in r["tests"]:
    print(t["name"], json.dumps(t["matrix"]), *[st["stdout"].strip() for s in t["scenarios"] for st in s["steps"]])' "$1"
}

# ---- a suite from one file, another's macros, and a matrix ----
mkdir -p suite/templates
: >suite/cleanroom.toml
cat >suite/templates/steps.tera <<'END'
{% macro say(words) %}[[scenario.steps]]
command = {{ ["echo"] | concat(with=words) | toml_encode }}
{% endmacro say %}
END
cat >suite/shop.clnrm.toml.tera <<'END'
{% import "steps.tera" as steps -%}
[meta]
name = "shop"

[vars]
user = "alice"
greeting = "hello {{ svc }}"

[matrix]
os = ["linux", "bsd"]
port = [80, 443]

[determinism]
seed = 42
freeze_clock = "2025-01-01T00:00:00Z"

{% for n in range(end=2) %}
[[scenario]]
name = "s{{ n }}"
{{ steps::say(words=[user, greeting, matrix.os, matrix.port + n, now_rfc3339()]) }}
{% endfor %}
END
expect_exit 0 clnrm run --format json suite
outputs "$out" >every
is "$(cat every)" 'shop [os=linux,port=80] {"os": "linux", "port": "80"} alice hello clnrm linux 80 2025-01-01T00:00:00+00:00 alice hello clnrm linux 81 2025-01-01T00:00:00+00:00
shop [os=linux,port=443] {"os": "linux", "port": "443"} alice hello clnrm linux 443 2025-01-01T00:00:00+00:00 alice hello clnrm linux 444 2025-01-01T00:00:00+00:00
shop [os=bsd,port=80] {"os": "bsd", "port": "80"} alice hello clnrm bsd 80 2025-01-01T00:00:00+00:00 alice hello clnrm bsd 81 2025-01-01T00:00:00+00:00
shop [os=bsd,port=443] {"os": "bsd", "port": "443"} alice hello clnrm bsd 443 2025-01-01T00:00:00+00:00 alice hello clnrm bsd 444 2025-01-01T00:00:00+00:00'
id=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["run"]["id"])' "$out")
expect_exit 0 clnrm runs show --format json "$id"
outputs "$out" >stored
is "$(cat stored)" "$(cat every)"
expect_exit 0 clnrm run --format junit suite -m matrix.os=bsd -m matrix.port=80
is "$(grep -c '<testcase' "$out")" 2
has "$out" '<property name="matrix.os" value="bsd"/>'
expect_exit 0 env SERVICE_NAME=store clnrm run --format json suite -m user=bob -m matrix.os=bsd -m matrix.port=80
is "$(outputs "$out" | cut -d' ' -f7-9)" 'bob hello store'
expect_exit 2 clnrm run suite -m matrix.os=plan9
has "$err" "'plan9' is not a value of matrix.os, which has: linux, bsd"
expect_exit 2 clnrm run suite -m a..b=1
has "$err" "'a..b' is no name of a variable"
expect_exit 2 clnrm run suite --seed many
has "$err" "--seed must be an integer from 0 to 2^64-1, not 'many'"
expect_exit 2 clnrm run suite --freeze-clock today
has "$err" "Invalid freeze_clock 'today': expected RFC 3339"
expect_exit 0 clnrm validate suite
has "$out" 'shop.clnrm.toml.tera: ok (4 tests, 8 scenarios)'

# ---- a cell that fails is the one to run again, now and from the history ----
printf '[meta]\nname = "m"\n[matrix]\nos = ["a", "it'"'"'s b"]\nn = [1]\n[[scenario]]\nname = "s"\nrun = "test {{ matrix.n }}{{ matrix.os }} = 1a"\n' | sed 's/}}{{ matrix.os }}/}}{{ matrix.os | truncate(length=1, end=`x`) }}/' >cells.clnrm.toml
expect_exit 1 clnrm run cells.clnrm.toml
sed -n 's/  *enter: .*//; s/^  again: //p' "$out" >again
is "$(wc -l <again)" 1
expect_exit 0 clnrm runs show latest
is "$(sed -n 's/  *enter: .*//; s/^  again: //p' "$out")" "$(cat again)"
is "$(cat again)" "clnrm run cells.clnrm.toml::s -m 'matrix.os=it'\\''s b' -m 'matrix.n=1'"
got=0
sh -c "$(cat again)" >"$out" 2>"$err" || got=$?
is $got 1
has "$out" "FAIL  m [os=it's b,n=1]/s"
has "$out" '1 failed   1 scenarios of 1 tests'

# ---- what is wrong with a matrix hides nothing else ----
printf '[meta]\nname = "m"\n[matrix]\nos = "linux"\nn = [[1], 2]\n[[scenario]]\nname = "s"\nrnu = "{{ matrix.os }}{{ matrix.n }}"\n' >wrong.clnrm.toml
expect_exit 1 clnrm validate wrong.clnrm.toml
has "$out" "wrong.clnrm.toml:4:6: error[config.type]: 'os' in [matrix] wants a list, found a string"
has "$out" "wrong.clnrm.toml:5:6: error[config.type]: 'n' in [matrix] wants scalars, found a list"
is "$(tail -n 1 "$out")" '1 of 1 file invalid, 3 errors, 0 warnings'
has "$out" "wrong.clnrm.toml:8:1: error[config.unknown_key]: unknown key 'rnu'"
rm cells.clnrm.toml wrong.clnrm.toml

# ---- a matrix without values ----
printf '[meta]\nname = "none"\n[matrix]\nos = []\n[[scenario]]\nname = "s"\nrun = "true"\n' >none.clnrm.toml
expect_exit 0 clnrm validate none.clnrm.toml
has "$out" 'none.clnrm.toml: ok (0 tests, 0 scenarios)'
expect_exit 2 clnrm run none.clnrm.toml
has "$err" "warning[config.empty]: 'os' in [matrix] has no values: there is no test"
has "$err" 'error[no-match]: no scenario matches the selection (0 in 1 test)'

# ---- what it was made from ----
said() {
	clnrm run --format json "$@" >"$out" 2>"$err" || fail "run: $(cat "$err")"
	outputs "$out" | cut -d' ' -f3-
}
cat >said.clnrm.toml <<'END'
[meta]
name = "said"
[[scenario]]
name = "s"
run = "echo {% include 'part.tera' %} {{ env(name='MINE', default='unset') }} {{ env.ALSO | default(value='unset') }}"
END
echo one | tr -d '\n' >part.tera
is "$(said said.clnrm.toml)" 'one unset unset'
is "$(said said.clnrm.toml)" 'one unset unset'
stamp=$(stat -c %y part.tera)
echo two | tr -d '\n' >part.tera
touch -d "$stamp" part.tera
is "$(said said.clnrm.toml)" 'two unset unset'
is "$(MINE=m ALSO=a said said.clnrm.toml)" 'two m a'
is "$(MINE=n said said.clnrm.toml)" 'two n unset'
is "$(MINE=n said --hermetic-env said.clnrm.toml)" 'two unset unset'
cat >chance.clnrm.toml <<'END'
[meta]
name = "chance"
[[scenario]]
name = "s"
run = "echo {{ uuid_v4() }}"
END
first=$(said chance.clnrm.toml)
[ "$first" != "$(said chance.clnrm.toml)" ] || fail "the same UUID twice without a seed"
is "$(said --seed 7 chance.clnrm.toml)" "$(said --seed 7 chance.clnrm.toml)"
is "$(json 'r["run"]["seed"]')" 7
expect_exit 0 clnrm runs show --format json latest
is "$(json 'r["run"]["seed"]')" 7
expect_exit 0 clnrm run --format ndjson --seed 8 chance.clnrm.toml
has "$out" '"seed":"8"'
has "$out" '"state":"rendered"'
expect_exit 0 clnrm run --format junit --seed 7 chance.clnrm.toml
has "$out" '<property name="clnrm.seed" value="7"/>'

# ---- flags ----
cat >flags.clnrm.toml <<'END'
[meta]
name = "flags"
[[scenario]]
name = "s"
run = "test {{ who | default(value='x') }} = {{ env(name='WHO', default='x') }} -a {{ now_unix() }} -gt 1600000000"
END
changes 'run --map' 1 'run flags.clnrm.toml' '-m who=me'
changes 'validate --map' 1 'validate flags.clnrm.toml' "-m 'env.x=1' -m 'seed=x'"
differs 'run --hermetic-env' 0 'run --env WHO=y flags.clnrm.toml' 'run --env WHO=y --hermetic-env flags.clnrm.toml'
changes 'run --freeze-clock' 1 'run flags.clnrm.toml' '--freeze-clock 2001-01-01T00:00:00Z'
printf '[meta]\nname = "x"\n[[scenario]]\nname = "s"\nrun = "test {{ fake_int() }} = 558"\n' >seed.clnrm.toml
changes 'run --seed' 0 'run seed.clnrm.toml --seed 1' '--seed 42'

# ---- what is said of a template that fails ----
printf '[meta]\nname = "x"\n{%% for n in [1] %%}\n[[scenario]]\nname = "s"\nrnu = "{{ n }}"\n{%% endfor %%}\n' >bad.clnrm.toml
expect_exit 1 clnrm validate bad.clnrm.toml
is "$(head -n 4 "$out")" "bad.clnrm.toml:6:1: error[config.unknown_key]: unknown key 'rnu' in [[scenario]]
    6 | rnu = \"1\"
      | ^^^ expected one of: name, description, tags, skip, only, retries, service, services, ...
      from bad.clnrm.toml:6:1"
printf '[meta]\nname = "x"\n[[scenario]]\nname = "s"\nrun = "echo {{ 1 | upper }}"\n' >fails.clnrm.toml
expect_exit 1 clnrm validate fails.clnrm.toml
is "$(head -n 4 "$out")" "error: Failed to render 'fails.clnrm.toml'
  --> fails.clnrm.toml:5:16
  caused by: Filter call 'upper' failed
  caused by: Filter \`upper\` was called on an incorrect value: got \`1\` but expected a String"
expect_exit 2 clnrm run fails.clnrm.toml
has "$err" "error: Failed to render 'fails.clnrm.toml'"
expect_exit 1 clnrm validate --format json fails.clnrm.toml
has "$out" '"code":"template.render"'
printf '[meta]\nname = "x"\n{%% if %%}\n' >syntax.clnrm.toml
expect_exit 1 clnrm validate syntax.clnrm.toml
has "$out" "error: Failed to parse 'syntax.clnrm.toml'"
printf '\377\376{{' >binary.clnrm.toml
expect_exit 1 clnrm validate binary.clnrm.toml
has "$out" 'error[file.encoding]'
printf '{%% include "a.tera" %%}' >a.tera
printf '[meta]\nname = "x"\n{%% include "a.tera" %%}\n' >loop.clnrm.toml.tera
expect_exit 1 clnrm validate loop.clnrm.toml.tera
has "$out" 'resource limit: call depth exceeds 64'
printf '[meta]\nname = "x"\n[[scenario]]\nname = "s"\nrun = "{%% include %s/etc/hostname%s %%}"\n' "'" "'" >outside.clnrm.toml
expect_exit 1 clnrm validate outside.clnrm.toml
has "$out" "Template '/etc/hostname' is outside the project"
printf '[meta]\nname = "{{ throw(message=env(name=%sHUSH%s)) }}"\n' "'" "'" >hush.clnrm.toml
expect_exit 1 env HUSH=hush-hush clnrm validate hush.clnrm.toml
has "$out" 'caused by: ***'
hasnt "$out" hush-hush
hasnt "$err" hush-hush

# ---- a template that takes long holds up nobody ----
{
	printf '[meta]\nname = "x"\n{%% set big = range(end=50000) | join(sep="a") %%}\n'
	printf '{%% for i in range(end=100000) %%}{%% if big is matching("([0-9]|a)*b$") %%}x{%% endif %%}{%% endfor %%}\n'
} >long.clnrm.toml.tera
clnrm run long.clnrm.toml.tera >"$W/long" 2>&1 &
long=$!
wait_until 10 sh -c 'clnrm runs --format json | grep -q . && [ "$(cat "$XDG_RUNTIME_DIR/clnrm/life.lock")" != "" ]'
before=$(date +%s%N)
expect_exit 0 clnrm try -- true
[ $((($(date +%s%N) - before) / 1000000)) -lt 5000 ] || fail "others waited for a template"
kill -0 $long 2>/dev/null || fail "the template ended before others were asked: $(cat "$W/long")"
passed
got=0
wait $long || got=$?
is $got 2
has "$W/long" 'resource limit: render time exceeds 10 s'

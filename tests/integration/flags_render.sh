#!/bin/sh
# Each flag of `clnrm render` changes what it does, and what it prints is exactly what the template prints.
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
mkdir -p site/parts site/deep
echo '{"who": "you & me", "n": 2, "o": {"a": 1}}' >vars.json
cp vars.json site/vars.json
printf 'hello {{ who }}\n' >hello.txt
printf '{{ svc }}' >svc.tera
printf '{%% extends "base.html" %%}{%% block b %%}{{ who }}{%% include "part" %%}{%% endblock %%}' >site/page.html
printf '<{%% block b %%}{%% endblock %%}>' >site/base.html
printf '(part)' >site/part
printf '{%% include "deep/a" %%}' >site/top
printf '{%% include "b" %%}{%% include "part" %%}' >site/deep/a
printf 'deep b ' >site/deep/b

differs 'render --bare' 0 'render -m who=z svc.tera' 'render --bare -m svc=x svc.tera'
differs 'render --context' 0 'render --bare hello.txt' 'render --bare --context vars.json hello.txt'
is "$(cat "$out")" 'hello you & me'
changes 'render --map' 0 'render --bare --context vars.json hello.txt' '--map who=them'
is "$(cat "$out")" 'hello them'
once "$W/x" 'printf "{{ a.b }}{{ a.c }}{{ a | json_encode }}" | clnrm render --bare -m a.b=1 -m a.c=2 -m a.b=3 -'
is "$got" 0
is "$(cat "$out")" '32{"b":"3","c":"2"}'
changes 'render --show-vars' 0 'render --bare --context vars.json -m k=v hello.txt' '--show-vars'
is "$(cat "$out")" 'hello you & me'
has "$err" 'who = "you & me"  # context'
has "$err" 'k = "v"  # cli'
has "$err" 'o = {"a":1}  # context'
expect_exit 0 clnrm render --bare --show-vars -m api_token=hidden -
has "$err" 'api_token = "***"  # cli'

# Where templates are looked for.
expect_exit 0 clnrm render --bare --context vars.json site/page.html
is "$(cat "$out")" '<you &amp; me(part)>'
expect_exit 0 clnrm render --bare --context site/vars.json site/page.html
is "$(cat "$out")" '<you &amp; me(part)>'
expect_exit 0 clnrm render --bare site/top
is "$(cat "$out")" 'deep b (part)'
differs 'render --root' 0 'render --bare site/deep/a' 'render --bare --root site site/deep/a'
is "$(cat "$out")" 'deep b (part)'
mkdir -p nest/t/sub
printf '{}' >nest/vars.json
printf '{%% extends "sub/mid" %%}{%% block a %%}leaf{%% endblock %%}' >nest/t/leaf
printf '{%% extends "sub/base" %%}' >nest/t/sub/mid
printf '[{%% block a %%}{%% endblock %%}]' >nest/t/sub/base
expect_exit 0 clnrm render --bare --context nest/vars.json nest/t/leaf
is "$(cat "$out")" '[leaf]'
printf '{%% include "../out" %%}' >site/escape
printf 'secret' >out
expect_exit 1 clnrm render --bare site/escape
has "$err" "Template '[../out]' not found"
ln -s "$PWD/out" site/link
printf '{%% include "link" %%}' >site/escape
expect_exit 1 clnrm render --bare site/escape
has "$err" "Template 'link' is outside the project"
mkfifo site/pipe
printf '{%% include "pipe" %%}' >site/escape
expect_exit 1 clnrm render --bare site/escape

# Exactly the bytes; nothing when it fails.
printf 'no newline, \r\n{{ n }}' >exact
expect_exit 0 clnrm render --bare --context vars.json exact
is "$(od -c <"$out")" "$(printf 'no newline, \r\n2' | od -c)"
printf 'before {{ nope }}' >fails
expect_exit 1 clnrm render --bare fails
is "$(cat "$out")" ''
is "$(cat "$err")" "error: Failed to render 'fails'
  --> fails:1:11
  caused by: Variable \`nope\` not found in context while rendering 'fails'"
printf '{%% if %%}' >fails
expect_exit 1 clnrm render --bare fails
has "$err" "error: Failed to parse 'fails'"
has "$err" '  --> fails:1:7'
echo old >result
expect_exit 1 clnrm render --bare -o result fails
is "$(cat result)" old
expect_exit 0 clnrm render --bare --context vars.json -o result hello.txt
is "$(cat result)" 'hello you & me'
is "$(cat "$out")" ''

# The environment is the caller's.
printf '{{ get_env(name="RENDER_ME") }}' >caller
RENDER_ME=yes expect_exit 0 clnrm render --bare caller
is "$(cat "$out")" yes
expect_exit 1 clnrm render --bare caller
has "$err" 'Environment variable `RENDER_ME` not found'

# What is missing or malformed.
expect_exit 3 clnrm render --bare nosuch
has "$err" "error[file.not_found]: cannot read 'nosuch'"
expect_exit 3 clnrm render --bare site
expect_exit 3 clnrm render --bare --context nosuch.json hello.txt
printf '[1]' >list.json
expect_exit 4 clnrm render --bare --context list.json hello.txt
printf '{"a":' >broken.json
expect_exit 4 clnrm render --bare --context broken.json hello.txt
has "$err" "context 'broken.json' is no JSON: 1:6"
head -c 4194305 /dev/zero | tr '\0' x >large
expect_exit 1 clnrm render --bare large
has "$err" "error: Failed to parse 'large'"
has "$err" 'resource limit: template size exceeds 4 MiB (at large:1:1)'
printf 'a\377b' >binary
expect_exit 1 clnrm render --bare binary
has "$err" 'expected UTF-8, found the byte 0xff'
once "$W/x" 'clnrm render --bare --context - hello.txt <vars.json'
is "$got" 0
is "$(cat "$out")" 'hello you & me'
expect_exit 2 clnrm render --bare --context - -
expect_exit 2 clnrm render
expect_exit 0 clnrm render --bare --format json --context vars.json --show-vars hello.txt
is "$(json 'r["cells"][0]["text"], r["cells"][0]["vars"]["n"]')" "('hello you & me\\n', {'value': 2, 'source': 'context'})"
expect_exit 1 clnrm render --bare --format json fails
is "$(json 'r["code"], r["errors"][0]["line"], r["errors"][0]["column"], r["errors"][0]["file"]')" "('template-error', 1, 7, 'fails')"
has "$out" "  --> fails:1:7"

# Clock, chance and environment.
printf '{{ now(timestamp=true) }} {{ get_random(end=1000000) }}' >world
changes 'render --freeze-clock' 0 'render --bare --seed 1 world' '--freeze-clock 2025-01-01T00:00:00Z'
matches "$out" '^1735689600 '
expect_exit 1 clnrm render --bare --freeze-clock yesterday world
has "$err" "Invalid freeze_clock 'yesterday': expected RFC 3339"
changes 'render --seed' 0 'render --bare --freeze-clock 2025-01-01T00:00:00Z world' '--seed 42'
cp "$out" first
expect_exit 0 clnrm render --bare --freeze-clock 2025-01-01T00:00:00Z --seed 42 world
is "$(cat "$out")" "$(cat first)"
expect_exit 2 clnrm render --seed x world
export RENDER_ME=yes
changes 'render --hermetic-env' 1 'render --bare caller' '--hermetic-env'
unset RENDER_ME

# A test file: variables of every layer, and cells.
cat >orders.clnrm.toml.tera <<'T'
[vars]
region = "eu"
[matrix]
os = ["linux", "bsd"]
[meta]
name = "{{ svc }}-{{ region }}-{{ matrix.os }}"
T
expect_exit 0 clnrm render orders.clnrm.toml.tera
has "$out" '# cell 1: os=linux'
has "$out" 'name = "clnrm-eu-linux"'
has "$out" 'name = "clnrm-eu-bsd"'
changes 'render --cell' 0 'render orders.clnrm.toml.tera' '--cell 2 -m region=us'
hasnt "$out" '# cell'
has "$out" 'name = "clnrm-us-bsd"'
expect_exit 2 clnrm render --cell 3 orders.clnrm.toml.tera
changes 'render --check' 1 'render orders.clnrm.toml.tera' '--check'
is "$(cat "$out")" ''
has "$err" 'nothing to run'
printf '\n[[scenario]]\nname = "s"\nrun = "true"\n' >>orders.clnrm.toml.tera
same 'render --check of a test file' 'render orders.clnrm.toml.tera' 'render --check orders.clnrm.toml.tera'
expect_exit 0 clnrm render --cell 1 --show-vars orders.clnrm.toml.tera
has "$err" 'region = "eu"  # vars'
has "$err" 'svc = "clnrm"  # default'
expect_exit 3 clnrm render nosuch.clnrm.toml
printf 'a = "{{ nope }}"\n' >bad.clnrm.toml.tera
expect_exit 1 clnrm render bad.clnrm.toml.tera
is "$(cat "$out")" ''
has "$err" "error: Failed to render 'bad.clnrm.toml.tera'"

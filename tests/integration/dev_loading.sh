#!/bin/sh
# early: it waits for what is slow
# A session that watches: while a template takes seconds to be rendered, what is saved beside it has its round
# first, and what was stopped for that is rendered all the same.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/dev.sh"
mkdir p && cd p
: >cleanroom.toml
test_file a 'echo a' >a.clnrm.toml
# Longer than the limit of ten seconds.
slow='{% set big = range(end=50000) | join(sep="a") %}{% for i in range(end=100000) %}{% for j in range(end=10) %}{% if big is matching("([0-9]|a)*b$") %}x{% endif %}{% endfor %}{% endfor %}'
template() { printf '[meta]\nname = "%s"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\n%s\n' "$1" "$2" >.new && mv .new "$1.clnrm.toml.tera"; }
template i 'run = "true"'
start clnrm dev --format ndjson
wait_until 20 last_is a/s pass
wait_until 20 last_is i/s pass
said() { test "$(last "$1")" = "$2"; }
too_long() { test "$(grep -c '"ev":"diagnostic".*render time exceeds' "$out")" = "$1"; }
# before WHAT VERDICT: a/s has it, and nothing was said of the template by then.
before() {
	CASE=$1
	wait_until 40 said a/s "$2"
	too_long "$3" || fail 'the save waited for the template'
	wait_until 40 too_long $(($3 + 1))
	wait_until 40 idle
	passed
	CASE=
}

begun() { test "$(grep -c '"ev":"round",' "$out")" -gt "$n"; }
n=$(grep -c '"ev":"round",' "$out")
template i "$slow"
wait_until 20 begun
in_place a 'sh -c \"exit 3\"'
before 'a round that loads' fail 0
template i 'run = "true"'
wait_until 20 last_is i/s pass

# A file that nobody knew: the survey loads it.
template j "$slow"
sleep 0.3 # by then it does, as a rule
in_place a 'echo a2'
in_place new 'echo new'
before 'a survey' pass 1
wait_until 40 last_is new/s pass
stop
passed

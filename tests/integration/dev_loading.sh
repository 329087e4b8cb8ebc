#!/bin/sh
# early: it waits for what is slow
# A session that watches: while a template takes seconds to be rendered, what is saved beside it has its round
# first, and what was stopped for that is rendered all the same.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/dev.sh"
mkdir p && cd p
: >cleanroom.toml
test_file a 'echo a' >a.clnrm.toml
# Seconds, and nothing of it is in the text.
slow='{% set big = range(end=50000) | join(sep="a") %}{% for i in range(end=80) %}{% if big is matching("([0-9]|a)*b$") %}x{% endif %}{% endfor %}
run = "false"'
template() { printf '[meta]\nname = "%s"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\n%s\n' "$1" "$2" >.new && mv .new "$1.clnrm.toml.tera"; }
template i 'run = "true"'
start clnrm dev --format ndjson
wait_until 20 last_is a/s pass
wait_until 20 last_is i/s pass
said() { test "$(last "$1")" = "$2"; }
# before WHAT VERDICT SLOW: a/s has it, and the slow one has none of its own by then.
before() {
	CASE=$1
	wait_until 40 said a/s "$2"
	! said "$3" fail || fail 'the save waited for the template'
	wait_until 60 said "$3" fail
	wait_until 40 idle
	passed
	CASE=
}

begun() { test "$(grep -c '"ev":"round",' "$out")" -gt "$n"; }
n=$(grep -c '"ev":"round",' "$out")
template i "$slow"
wait_until 20 begun
in_place a 'sh -c \"exit 3\"'
before 'a round that loads' fail i/s
template i 'run = "true"'
wait_until 20 last_is i/s pass

# A file that nobody knew: the survey loads it.
template j "$slow"
sleep 0.3 # by then it does, as a rule
in_place a 'echo a2'
in_place new 'echo new'
before 'a survey' pass j/s
wait_until 40 last_is new/s pass
stop
passed

#!/bin/sh
# Flags of what keeps sandboxes and of who steps in: each changes something.
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
cat >t.clnrm.toml <<'T'
[meta]
name = "t"
image = "clnrm/base"
[[scenario]]
name = "s"
steps = [
  { name = "first", command = ["true"], env = { WHO = "first" } },
  { name = "second", command = ["false"], env = { WHO = "second" } },
]
T
ids() { clnrm ps --kept --format json | python3 -c 'import json, sys; print(*[s["id"] for s in json.load(sys.stdin)["sandboxes"]])'; }
none_is_kept() { [ -z "$(ids)" ]; }
case_of 'run --keep'
expect_exit 1 clnrm run t.clnrm.toml
is "$(ids)" ''
expect_exit 1 clnrm run --keep t.clnrm.toml
id=$(ids)
matches "$out" "enter: clnrm shell $id\$"
case_of 'run --keep-for'
expect_exit 0 clnrm ps --kept
has "$out" 'in 9 min'
expect_exit 1 clnrm run --keep --keep-for 2h t.clnrm.toml
expect_exit 0 clnrm ps --kept
has "$out" 'in 1 h'
expect_exit 2 clnrm run --keep --keep-for 8d t.clnrm.toml
case_of 'ps --kept'
expect_exit 0 clnrm pool fill clnrm/base 2
has_warm() { clnrm ps -a | grep -q ' warm '; }
wait_until 10 has_warm
expect_exit 0 clnrm ps --kept
hasnt "$out" ' warm '
has "$out" ' kept '
case_of 'exec --step'
expect_exit 0 clnrm exec "$id" -- sh -c 'echo $WHO'
is "$(cat "$out")" second
expect_exit 0 clnrm exec --step first "$id" -- sh -c 'echo $WHO'
is "$(cat "$out")" first
case_of 'exec --env'
expect_exit 0 clnrm exec --env WHO=me "$id" -- sh -c 'echo $WHO'
is "$(cat "$out")" me
case_of 'exec --interactive'
is "$(echo text | clnrm exec "$id" -- cat)" ''
is "$(echo text | clnrm exec -i "$id" -- cat)" text
case_of 'exec --tty'
expect_exit 1 clnrm exec "$id" -- test -t 1
expect_exit 0 clnrm exec -t "$id" -- test -t 1
case_of 'exec --user'
expect_exit 0 clnrm exec "$id" -- id -u
is "$(cat "$out")" 0
expect_exit 0 clnrm exec --user 7 "$id" -- id -u
is "$(cat "$out")" 7
case_of 'exec --workdir'
expect_exit 0 clnrm exec "$id" -- pwd
is "$(cat "$out")" /workspace
expect_exit 0 clnrm exec --workdir /tmp "$id" -- pwd
is "$(cat "$out")" /tmp
case_of 'shell --step'
expect_exit 0 python3 "$ROOT/tests/lib/terminal.py" --out "$W/tty" 'see second' -- clnrm shell "$id" -- sh -c 'echo $WHO'
expect_exit 0 python3 "$ROOT/tests/lib/terminal.py" --out "$W/tty" 'see first' -- clnrm shell --step first "$id" -- sh -c 'echo $WHO'
# cp has no flag of its own; it is here for the table.
expect_exit 0 clnrm cp t.clnrm.toml "$id:/tmp"
case_of 'rm --all'
expect_exit 0 clnrm rm "$id"
! none_is_kept || fail 'the other one went, too'
expect_exit 0 clnrm rm --all
none_is_kept || fail 'one is left'
passed

#!/bin/sh
# A session that watches takes the flags of run that select: what --failed and --shard leave out is decided
# when it begins, and holds until it ends.
# shellcheck disable=SC2154 # of env.sh
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/dev.sh"

printf '[project]\nname = "p"\n' >cleanroom.toml
by_rename a true
by_rename b false
by_rename c true
expect_exit 1 clnrm run .

# ---- --failed ----
start clnrm dev --failed --format ndjson .
another 'only what did not pass' 'b/s:fail' true
another 'it stays when it passes' 'b/s:pass' by_rename b 'echo good'
another 'and is run again' 'b/s:pass' by_rename b 'echo better'
# What passed before the session is left out of it, also when it is saved; what is new belongs to it.
another 'what was left out' '' by_rename a 'echo changed'
another 'a new file' 'd/s:pass' by_rename d true
stop

# ---- --tag, --shard, --shuffle ----
n=0
printf '[meta]\nname = "t"\n[[scenario]]\nname = "x"\ntags = ["slow"]\nimage = "clnrm/base"\nrun = "true"\n[[scenario]]\nname = "y"\nimage = "clnrm/base"\nrun = "echo y"\n' >t.clnrm.toml
start clnrm dev --force --tag slow --format ndjson t.clnrm.toml
another 'only what has the tag' 't/x:pass' true
stop
n=0
mine=$(clnrm run --list --shard 1/2 --shard-by hash . | sed 's/\.clnrm\.toml::\([a-z]*\).*/\/\1:pass/' | sort | tr '\n' ' ' | sed 's/ $//')
others=$(clnrm run --list --shard 2/2 --shard-by hash . | grep '::s' | sed 's/\.clnrm.*//' | head -n 1)
own=$(clnrm run --list --shard 1/2 --shard-by hash . | grep '::s' | sed 's/\.clnrm.*//' | head -n 1)
start clnrm dev --force --shard 1/2 --shard-by hash --shuffle=3 --format ndjson .
another 'only its part' "$mine" true
grep -q '"shuffle_seed":"3"' "$out" || fail 'no seed'
[ -z "$own" ] || another 'of its part' "$own/s:pass" by_rename "$own" 'echo part'
[ -z "$others" ] || another 'of another part' '' by_rename "$others" 'echo other'
stop

#!/bin/sh
# A session that watches: stored texts, also where there were none when it began.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/dev.sh"
: >cleanroom.toml
mkdir snap
test_file p 'echo p' 'snapshot = true' >snap/p.clnrm.toml
{ printf '[matrix]\nw = ["a", "b"]\n' && test_file m 'echo {{ matrix.w }}' 'snapshot = true'; } >snap/m.clnrm.toml
start clnrm dev --format ndjson snap
wait_until 20 last_is p/s fail
wait_until 20 last_is 'm \[w=b\]/s' fail
ends_up 'the first snapshot' p/s pass clnrm run -q --update-snapshots snap
CASE='of a cell'
wait_until 20 last_is 'm \[w=b\]/s' pass
ends_up 'a snapshot that is there' p/s fail sh -c 'echo more >>snap/__snapshots__/p.clnrm.toml.s.s.stdout'
ends_up 'that of a cell' 'm \[w=b\]/s' fail sh -c 'echo more >>"snap/__snapshots__/m.clnrm.toml.s[w=b].s.stdout"'
CASE=
idle || fail 'a round has no end'
stop
passed

#!/bin/sh
# [prepare] and results of the past: the layer is a part of a scenario's key, and what it was made from is
# watched by sessions.
. "$(dirname "$0")/../lib/env.sh"
# shellcheck source=tests/lib/dev.sh
. "$ROOT/tests/lib/dev.sh"
unset CLEANROOM_CACHE_RESULTS
: >cleanroom.toml
imported=$CLNRM_HOME/data/images/imported
prepared() { find "$imported/prepared" -type f ! -name '*.run' | wc -l; }
nothing() { [ "$(prepared)" = 0 ] && [ "$(find "$imported/layers" -mindepth 1 -maxdepth 1 | wc -l)" = 0 ]; }
echo one >input
mkdir sub
echo x >sub/unrelated
file() { # NETWORK
	cat >t.clnrm.toml <<T
[meta]
name = "t"
image = "clnrm/base"
[prepare]
project = "ro"
inputs = ["input"]
$1
steps = [{ run = ["cp", "input", "/copy"] }]
[[scenario]]
name = "s"
run = ["cat", "/copy"]
T
}
cached() {
	CASE=$1
	expect_exit 0 clnrm run t.clnrm.toml
	has "$out" '0 passed, 1 cached'
	CASE=
}
anew() {
	CASE=$1
	expect_exit 0 clnrm run t.clnrm.toml
	has "$out" '1 passed'
	CASE=
}
file ''
anew 'the first time'
cached 'nothing changed'
echo y >sub/unrelated
cached 'it does not depend on that'
echo two >input
anew 'an input changed'
expect_exit 0 clnrm why t/s
has "$out" 'would be cached'
echo three >input
expect_exit 0 clnrm why t/s
has "$out" 'input'
expect_exit 0 clnrm dry-run t.clnrm.toml
has "$out" 'is made first'
echo two >input
cached 'as before'
# A result that stands needs no layer, and none is made for it.
clnrm pool drain >/dev/null
clnrm cache clear images >/dev/null
wait_until 20 nothing
cached 'without the layer'
is "$(prepared)" 0
clnrm daemon stop >/dev/null
cached 'by another daemon'
is "$(prepared)" 0
expect_exit 0 clnrm run --force t.clnrm.toml
has "$err" 'note[prepare]'
sed -i 's,"/copy"] }\],"/copy"] }\, { run = "true" }],' t.clnrm.toml
anew 'another step'
has "$err" 'note[prepare]'

# ---- a recorded layer: made anew it may be another, so a result stands only for that very one ----
file 'network = "host"'
anew 'recorded'
clnrm run --force t.clnrm.toml >/dev/null
cached 'on the same layer'
clnrm pool drain >/dev/null
clnrm cache clear images >/dev/null
wait_until 20 nothing
anew 'on another'

# ---- a session ----
file ''
clnrm run t.clnrm.toml >/dev/null
start clnrm dev --no-initial --format ndjson t.clnrm.toml
wait_until 20 ready
change_input() { echo "$1" >input; }
another 'an input of the preparation' t/s:pass change_input five
has "$out" '"code":"prepare"'
is "$(cat "$imported"/layers/*/diff/copy | grep -c five)" 1
another 'and once more' t/s:pass change_input six
is "$(cat "$imported"/layers/*/diff/copy | grep -c six)" 1
stop

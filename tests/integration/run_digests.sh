#!/bin/sh
# Whatever a run was answered from, it has the digest of what it says, or none.
. "$(dirname "$0")/../lib/env.sh"
unset CLEANROOM_CACHE_RESULTS

is() { [ "$1" = "$2" ] || fail "it is '$1', not '$2'"; }
summary() { expect_exit 0 clnrm run "$@" && grep -oE '[0-9]+ passed(, [0-9]+ cached)?' "$out" | head -n 1; }
: >cleanroom.toml
cat >s.clnrm.toml <<'T'
[meta]
name = "captures"
image = "clnrm/base"
[[scenario]]
name = "s"
steps = [
  { name = "login", script = "echo id=42", capture = { id = 'id=(.*)', token = 'i' } },
  { name = "server", depends_on = ["login"], run = "sleep 100", background = true },
  { name = "use", depends_on = ["login"], run = "echo ${capture.id}", expected_stdout = "42" },
  { name = "again", depends_on = ["use"], script = "test -e f || { touch f; exit 1; }", retries = 1, retry_delay = 0 },
]
T
printf '%s\n' '[meta]' 'name = "long"' 'image = "clnrm/base"' '[[scenario]]' 'name = "s"' \
	'script = "seq 20000"' >long.clnrm.toml
sleep 0.1

CASE='what is cached'
is "$(summary --digest-file fresh)" '2 passed'
is "$(summary --digest-file cached)" '0 passed, 2 cached'
is "$(summary --force --digest-file forced)" '2 passed'
is "$(cat cached forced)" "$(cat fresh fresh)"
has fresh "$(clnrm run --format json | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["run"]["digest"][7:])')"

# The history has only a part of what is long. That is a result, unless a digest is asked for.
CASE='what another daemon ran'
expect_exit 0 clnrm why s.clnrm.toml
expect_exit 0 clnrm why long.clnrm.toml
expect_exit 0 clnrm daemon stop
is "$(summary --report junit=part.xml)" '0 passed, 2 cached'
hasnt part.xml clnrm.digest
is "$(summary --digest-file recalled)" '1 passed, 1 cached'
expect_exit 0 clnrm why long.clnrm.toml
is "$(summary --report junit=whole.xml --digest)" '0 passed, 2 cached'
has whole.xml clnrm.digest
has "$out" "$(cat recalled)"
is "$(cat recalled)" "$(cat fresh)"
passed

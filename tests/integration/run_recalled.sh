#!/bin/sh
# early: it starts many daemons
# Results outlive the daemon: the next one over the same state answers with them, as long as nothing
# that they depend on has changed, whatever became of the run that they are of.
. "$(dirname "$0")/../lib/env.sh"
unset CLEANROOM_CACHE_RESULTS

mkdir -p p/data && cd p
printf '[project]\nname = "p"\n' >cleanroom.toml
printf one >data/file
test_file() {
	cat >"$1.clnrm.toml" <<T
[meta]
name = "$1"
image = "$2"
[[scenario]]
name = "s"
inputs = ["data/**"]
run = "echo out-of-$1; echo err-of-$1 >&2"
T
}
test_file base clnrm/base
test_file host host
sleep 0.1

is() { [ "$1" = "$2" ] || fail "it is '$1', not '$2'"; }
summary() { expect_exit 0 clnrm run "$@" && grep -oE '[0-9]+ passed(, [0-9]+ cached)?' "$out" | head -n 1; }
# What is kept is looked at after the run: the next one waits for it, a daemon that is killed does not.
settle() { expect_exit 0 clnrm why base.clnrm.toml && expect_exit 0 clnrm why host.clnrm.toml; }
end_daemon() { settle && expect_exit 0 clnrm daemon stop; }
kill_daemon() { settle && kill -9 "$(daemon_pid)" && wait_gone; }
wait_gone() {
	i=0
	while clnrm daemon status >/dev/null 2>&1; do
		i=$((i + 1))
		[ $i -lt 200 ] || fail 'the daemon does not go'
		sleep 0.02
	done
}
ids() {
	clnrm runs list --limit 0 --format json |
		/usr/bin/python3 -c 'import json, sys; print(*[r["id"] for r in json.load(sys.stdin)["runs"]])'
}

CASE='after a stop'
is "$(summary)" '2 passed'
end_daemon
is "$(summary)" '0 passed, 2 cached'
expect_exit 0 clnrm cache
matches "$out" '^stored +2 '

CASE='after kill -9'
kill_daemon
is "$(summary)" '0 passed, 2 cached'
kill_daemon
expect_exit 0 clnrm run --show-output always
has "$out" out-of-base
has "$out" err-of-host

CASE='why'
kill_daemon
expect_exit 0 clnrm why base.clnrm.toml --format json
/usr/bin/python3 - "$out" <<'P' || fail 'why says another thing'
import json, sys
w = json.load(open(sys.argv[1]))
assert w["decision"] == "cached" and w["key"] == w["previous_key"] and w["last_run"], w
P

CASE='a change'
end_daemon
test_file host clnrm/base # each daemon looks at all of the image `host` once, and nothing is about that for a while
printf two >data/file
is "$(summary)" '2 passed'
kill_daemon
sed -i 's/out-of-base/other-of-base/' base.clnrm.toml
expect_exit 0 clnrm why base.clnrm.toml
matches "$out" definition
is "$(summary)" '1 passed, 1 cached'
kill_daemon
is "$(summary)" '0 passed, 2 cached'
end_daemon
# Of equal size, with the time of before.
touch -r data/file stamp && printf TWO >data/file && touch -r stamp data/file
is "$(summary)" '2 passed'

CASE='history'
end_daemon
is "$(summary)" '0 passed, 2 cached'
id=$(ids | cut -d' ' -f1)
api GET "/v1/runs/$id"
cp "$doc" "$W/before"
/usr/bin/python3 - "$doc" <<'P' || fail 'a cached scenario is not whole'
import json, sys
r = json.load(open(sys.argv[1]))
for t in r["tests"]:
    s = t["scenarios"][0]
    assert s["cached"] and s["cached_from"] and len(s["key"]) == 64, s
    assert s["steps"][0]["stdout"].startswith(("out-of-", "other-of-")), s["steps"]
    assert s["receipt"]["pristine"], s
P
# The run that ran them goes, and all others but this one.
for run in $(ids | cut -s -d' ' -f2-); do
	expect_exit 0 clnrm runs rm "$run"
done
kill_daemon
expect_exit 0 clnrm daemon start
api GET "/v1/runs/$id"
cmp -s "$doc" "$W/before" || fail 'the history of a cached run has changed with its origin'
expect_exit 0 clnrm logs "$id/base/s"
has "$out" other-of-base
is "$(summary)" '0 passed, 2 cached'

CASE='what is long'
cat >long.clnrm.toml <<'T'
[meta]
name = "long"
image = "clnrm/base"
[[scenario]]
name = "s"
script = "seq 60000; cat /proc/sys/kernel/random/uuid"
T
sed 's/; cat.*uuid//; s/"long"/"even"/' long.clnrm.toml >even.clnrm.toml
sleep 0.1
is "$(summary long.clnrm.toml even.clnrm.toml)" '2 passed'
expect_exit 0 clnrm why long.clnrm.toml
kill_daemon
is "$(summary even.clnrm.toml --verify-cache 100)" '1 passed'
hasnt "$err" cache-differs
expect_exit 1 clnrm run long.clnrm.toml --verify-cache 100
has "$err" cache-differs
rm long.clnrm.toml even.clnrm.toml

CASE='all runs are gone'
expect_exit 0 clnrm runs rm --all
kill_daemon
expect_exit 0 clnrm run --show-output always
has "$out" other-of-base

CASE='without history'
test_file secret clnrm/base
sleep 0.1
expect_exit 0 clnrm run --no-history secret.clnrm.toml
is "$(summary secret.clnrm.toml)" '0 passed, 1 cached'
kill_daemon
is "$(summary secret.clnrm.toml)" '0 passed, 1 cached'
rm secret.clnrm.toml

CASE='clear'
expect_exit 0 clnrm cache clear results
matches "$out" '^stored: [0-9]+ dropped$'
kill_daemon
is "$(summary)" '2 passed'

CASE='--force'
test_file host host
sleep 0.1
is "$(summary --force)" '2 passed'

CASE='a copy of the state'
end_daemon
cp -a "$CLNRM_HOME" "$W/other"
CLNRM_HOME=$W/other
export CLNRM_HOME
is "$(summary)" '0 passed, 2 cached'

CASE='another boot'
end_daemon
/usr/bin/python3 - "$CLNRM_HOME/state/history.db" <<'P'
import sqlite3, sys
d = sqlite3.connect(sys.argv[1])
n = d.execute("update kept set boot = 'another' where boot <> ''").rowcount
d.commit()
assert n == 1, n
P
is "$(summary)" '1 passed, 1 cached'

CASE='lost steps'
end_daemon
/usr/bin/python3 - "$CLNRM_HOME/state/history.db" <<'P'
import sqlite3, sys
d = sqlite3.connect(sys.argv[1])
d.execute("delete from step")
d.commit()
P
CASE='lost rows'
is "$(summary)" '2 passed'
end_daemon
CASE='a damaged database'
rm -f "$CLNRM_HOME/state/history.db-wal" # it may hold the pages that are damaged now
dd if=/dev/urandom of="$CLNRM_HOME/state/history.db" bs=4096 count=8 conv=notrunc 2>/dev/null
is "$(summary)" '2 passed'

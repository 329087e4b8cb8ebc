#!/bin/sh
# Output of both streams is stored as it came: order, times, true sizes, every byte.
. "$(dirname "$0")/../lib/env.sh"
mkdir gate
cat >o.clnrm.toml <<T
[meta]
name = "o"
[[scenario]]
name = "turns"
volumes = ["$PWD/gate:/gate:ro"]
[[scenario.step]]
name = "s"
command = ["sh", "-c", '''
gate() { until [ -e /gate/\$1 ]; do sleep 0.02; done; }
echo out-1; gate 1; echo err-1 >&2; gate 2; echo out-2; printf half; gate 3; echo err-2 >&2; gate 4; echo ' line\\r'; printf '\\377\\0\\n' ''']
T
clnrm run --show-output live o.clnrm.toml >run.out 2>&1 &
run=$!
# Each is there before the next is written.
turn() {
	wait_until 20 grep -q "$2" run.out
	touch "gate/$1"
}
turn 1 out-1
turn 2 err-1
turn 3 out-2
turn 4 err-2
wait $run || fail "the run ended with $?"
same() { [ "$(cat "$out")" = "$1" ] || fail "got '$(cat "$out")'"; passed; }

expect_exit 0 clnrm logs latest/o/turns/s
same "$(printf 'out-1\nerr-1\nout-2\nerr-2\nhalf line^M\n\357\277\275^@')"
[ ! -s "$err" ] || fail "$(cat "$err")"
expect_exit 0 clnrm logs latest --stream stdout
same "$(printf 'out-1\nout-2\nhalf line^M\n\357\277\275^@')"

# Times are those of the lines, within the run and in order; a run that is over can be followed too.
expect_exit 0 clnrm logs latest --timestamps
cut -d ' ' -f 1 "$out" >when
sort -c when || fail 'times go back'
[ "$(sort -u when | wc -l)" -ge 5 ] || fail "$(cat when)"
cp "$out" stored
expect_exit 0 clnrm logs -f latest --timestamps
cmp stored "$out" || fail 'followed, it is something else'
passed
expect_exit 0 clnrm logs latest --format json
/usr/bin/python3 - "$out" <<'P' || fail 'the pieces are wrong'
import json, sys
both = json.load(open(sys.argv[1]))["output"]
for stream in both:
    assert sum(p["bytes"] for p in stream["pieces"]) == stream["bytes"], stream
    times = [p["t_ms"] for p in stream["pieces"]]
    assert times == sorted(times), times
out, err = both[0]["pieces"], both[1]["pieces"]
assert out[0]["t_ms"] < err[0]["t_ms"] < out[1]["t_ms"] < err[1]["t_ms"] < out[-1]["t_ms"], both
P
passed
# The last lines, of each stream in JSON, and what stands before them.
expect_exit 0 clnrm logs latest -n 1 --stream stderr
same 'err-2'
expect_exit 0 clnrm logs latest -n 1 --format json
/usr/bin/python3 - "$out" <<'P' || fail 'not the last lines'
import json, sys
out, err = json.load(open(sys.argv[1]))["output"]
assert (err["data"], err["skipped_bytes"], err["bytes"]) == ("err-2\n", 6, 12), err
assert out["encoding"] == "base64" and out["skipped_bytes"] == 23, out
P
passed
# Bytes have no room for them, and are as they were.
api GET '/v1/runs/latest/output?step=o/turns/s&stream=stdout' -H 'Accept: application/octet-stream'
printf 'out-1\nout-2\nhalf line\r\n\377\0\n' | cmp - "$doc" || fail 'other bytes'
SCHEMA=problem api GET '/v1/runs/latest/output?step=o/turns/s&timestamps=1' -H 'Accept: application/octet-stream'
has "$doc" 'bytes have none'

# More than is kept: head and tail, the true size, and the time of each.
cat >big.clnrm.toml <<'T'
[meta]
name = "big"
[[scenario]]
name = "long"
limits = { output_mb = 1 }
[[scenario.step]]
name = "s"
command = ["sh", "-c", "echo first; yes | head -c 3000000; echo between >&2; sleep 0.3; echo last; exit 1"]
T
expect_exit 1 clnrm run -q big.clnrm.toml
expect_exit 0 clnrm logs latest --timestamps
tail -n 2 "$out" | cut -c 29- >last
[ "$(cat last)" = "$(printf 'between\nlast')" ] || fail "$(cat last)"
passed
grep -a -q 'MiB cut' "$out" || fail 'the cut is not told'
expect_exit 0 clnrm logs latest --format json
has "$out" '"bytes":3000011,"cut":true'

# A run of an earlier version.
clnrm daemon stop
/usr/bin/python3 - "$CLNRM_HOME/state/history.db" <<'P'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE output SET arrival = NULL")
db.commit()
P
expect_exit 0 clnrm logs latest~1
same "$(printf 'out-1\nout-2\nhalf line^M\n\357\277\275^@\nerr-1\nerr-2')"
has "$err" 'note[order]'
expect_exit 2 clnrm logs latest~1 --timestamps
has "$err" 'stored without the times of lines'
expect_exit 0 clnrm logs -f latest~1 --timestamps
has "$err" 'note[times]'

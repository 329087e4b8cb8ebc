#!/bin/sh
# A gigabyte of output: head and tail are kept, the true size is known, neither daemon nor init grows,
# and it takes seconds.
. "$(dirname "$0")/../lib/env.sh"
needs sandbox python3

cat >flood.clnrm.toml <<'T'
[meta]
name = "flood"
[[scenario]]
name = "s"
run = ["sh", "-c", "echo FIRST; head -c 1073741824 /dev/zero; echo LAST; exit 3"]
T
printf '[meta]\nname = "good"\n[[scenario]]\nname = "s"\nrun = "true"\n' >good.clnrm.toml
expect_exit 0 clnrm run good.clnrm.toml
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$(daemon_pid)/status"; }
before=$(rss)
began=$(date +%s)
expect_exit 1 clnrm run --format json flood.clnrm.toml
took=$(($(date +%s) - began))
[ $took -lt 60 ] || fail "it took $took s"
# What the result itself holds (8 MiB), its text and its journal line; far from a gigabyte.
grown=$(($(rss) - before))
[ $grown -lt $((160 * 1024)) ] || fail "the daemon has grown by $grown KiB"
passed
id=$(python3 - "$out" <<'PY'
import json, sys
r = json.load(open(sys.argv[1]))
s = r["tests"][0]["scenarios"][0]["steps"][0]
text = json.dumps(s)
assert str(1073741824 + 11) in text, text[:600]
print(r["run"]["id"] if "run" in r else r["id"])
PY
) || fail "the true size is not in the result"
passed
expect_exit 0 clnrm logs --raw "$id/flood/s"
[ "$(head -c 5 "$out")" = FIRST ] || fail "the head is lost"
[ "$(tail -c 5 "$out")" = LAST ] || fail "the tail is lost"
[ "$(wc -c <"$out")" -le 9000000 ] || fail "more was kept than the limit"
passed
expect_exit 0 clnrm run good.clnrm.toml

#!/bin/sh
# Past runs: listed, shown again in every form, their output, and removed.
. "$(dirname "$0")/../lib/env.sh"
is() {
	[ "$1" = "$2" ] || fail "got '$1', expected '$2'"
	passed
}
cat >a.clnrm.toml <<'T'
[meta]
name = "alpha"
tags = ["fast"]
[[scenario]]
name = "good"
run = "echo hello"
[[scenario]]
name = "bad"
steps = [
  { name = "one", command = ["sh", "-c", "echo out; echo err >&2"] },
  { name = "two", command = ["sh", "-c", "printf 'x\\033[1my'; exit 3"] },
]
T
expect_exit 0 clnrm runs list
has "$out" 'no runs'
expect_exit 3 clnrm runs show latest
has "$err" 'error[not-found]'

expect_exit 1 clnrm run --label branch=main a.clnrm.toml
cp "$out" first
expect_exit 0 clnrm run -k good a.clnrm.toml
expect_exit 0 clnrm runs
matches "$out" '^RUN +STARTED +TESTS +PASS +FAIL +OTHER +TIME +BY$'
is "$(sed -n '3s/.* //p' "$out")" 'main)'
matches "$out" '^[a-z0-9]{8}  [0-9-]{10} [0-9:]{8}  1 +1 +1 +0 .*a.clnrm.toml  \(branch main\)$'
expect_exit 0 clnrm runs list --label branch=main --no-header
is "$(wc -l <"$out")" 1
expect_exit 0 clnrm runs list --verdict fail --no-header
is "$(wc -l <"$out")" 1
expect_exit 0 clnrm runs list --limit 1 --format json
is "$(python3 -c 'import json, sys; r = json.load(sys.stdin); print(len(r["runs"]), r["next"] == r["runs"][0]["id"], r["runs"][0]["counts"]["pass"])' <"$out")" '1 True 1'
expect_exit 2 clnrm runs list --sort nope
has "$err" "'nope' is no column to sort by"

# The same text again, and the same documents.
expect_exit 1 clnrm run a.clnrm.toml
cp "$out" shown
expect_exit 0 clnrm runs show latest
cmp -s "$out" shown || { diff "$out" shown; fail 'runs show is not what run printed'; }
passed
expect_exit 0 clnrm runs show latest~2 --format json
is "$(python3 -c 'import json, sys; r = json.load(sys.stdin); print(r["schema"], r["run"]["labels"], r["tests"][0]["scenarios"][1]["steps"][0]["stderr"])' <"$out")" \
	"clnrm.run/1 {'branch': 'main'} err"
expect_exit 0 clnrm runs show latest --format tap
has "$out" 'not ok 2 - alpha/bad'
expect_exit 0 clnrm runs show latest --format junit
has "$out" '<testcase name="bad"'
expect_exit 0 clnrm runs show latest --format ndjson
cp "$out" replayed
expect_exit 1 clnrm run --no-history --format ndjson a.clnrm.toml
# What the live stream had comes again, in an order of time, but for what the history does not keep.
python3 - "$out" replayed >same <<'P'
import collections, json, sys
live, stored = ([json.loads(line) for line in open(f)] for f in sys.argv[1:])
kept = [e for e in live if e["ev"] not in ("file", "progress", "note")]
count = lambda events: collections.Counter((e["ev"], e.get("scenario"), e.get("step"), e.get("data")) for e in events)
print(count(kept) == count(stored), [e["seq"] for e in stored] == list(range(1, len(stored) + 1)))
print(all(a["t_ms"] <= b["t_ms"] for a, b in zip(stored, stored[1:])), stored[0]["ev"], stored[-1]["ev"])
for e in stored:
    twin = next(x for x in live if (x["ev"], x.get("scenario"), x.get("step")) == (e["ev"], e.get("scenario"), e.get("step")))
    if set(e) != set(twin):
        print(e["ev"], set(e) ^ set(twin))
P
is "$(cat same)" "$(printf 'True True\nTrue run end')"
expect_exit 0 clnrm runs show latest --receipts
has "$out" 'receipt  alpha/good'
matches "$out" '^1 passed, 1 failed '
is "$(tail -n 1 "$out" | cut -c 1-8)" '1 passed'
expect_exit 0 clnrm runs show latest --test nothing
matches "$out" '^0 passed   0 scenarios'
expect_exit 0 clnrm runs show latest --deadlines
has "$out" 'deadlines  alpha/good  deadline'

# Output: what is stored, in parts, raw, and what is not there.
expect_exit 0 clnrm logs latest
is "$(cat "$out")" "$(printf 'hello\nout\nerr\nx^[[1my')"
is "$(cat "$err")" ''
expect_exit 0 clnrm logs latest/alpha/bad/two --stream stdout --raw
is "$(cat "$out")" "$(printf 'x\033[1my')"
expect_exit 0 clnrm logs latest/alpha/bad/one --stream stderr
is "$(cat "$out")" err
expect_exit 0 clnrm logs latest -n 2
is "$(cat "$out")" "$(printf 'err\nx^[[1my')"
expect_exit 3 clnrm logs latest/alpha/bda
has "$err" "did you mean 'alpha/bad'?"
expect_exit 3 clnrm logs latest/alpha/bad/tow
has "$err" "scenario 'alpha/bad' of run"
has "$err" "has no step 'tow'"
has "$err" "did you mean 'alpha/bad/two'?"
expect_exit 3 clnrm logs latest/nosuch
has "$err" "has no test 'nosuch'"
has "$err" "there is 'alpha'"
expect_exit 3 clnrm logs -f latest/nosuch
has "$err" "has no test 'nosuch'"
expect_exit 0 clnrm logs latest/alpha/bad --timestamps
matches "$out" '^20[0-9-]*T[0-9:.]*Z out$'
expect_exit 0 clnrm logs -f latest/alpha/bad --timestamps
matches "$out" '^20[0-9-]*T[0-9:.]*Z err$'
expect_exit 0 clnrm logs latest/alpha/good --format json
is "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["output"][0]["data"])' <"$out")" hello
get() { curl -s -i --unix-socket "$SOCKET" "http://x/v1/runs/latest/$1" >"$out"; }
get 'output?step=alpha/good/good&stream=stdout&offset=1&length=3'
has "$out" 'Content-Range: bytes 1-3/6'
is "$(tail -c 3 "$out")" ell
get 'output?step=alpha/good&stream=both'
has "$out" 'HTTP/1.1 400'

# Removing.
expect_exit 0 clnrm runs rm latest
matches "$out" '^removed  [a-z0-9]{8}$'
expect_exit 3 clnrm runs rm nosuchrun
expect_exit 0 clnrm runs rm --older-than 1h
has "$out" '0 runs removed'
expect_exit 0 clnrm runs rm --all --format json
is "$(python3 -c 'import json, sys; print(len(json.load(sys.stdin)["changed"]))' <"$out")" 2
expect_exit 0 clnrm runs list
has "$out" 'no runs'
expect_exit 0 clnrm run --no-history -k good a.clnrm.toml
expect_exit 0 clnrm runs list
has "$out" 'no runs'

# A file from stdin has the name that it was given.
clnrm run -k good --stdin-name unsaved.clnrm.toml - <a.clnrm.toml >"$out" 2>"$err" || fail "$(cat "$err")"
expect_exit 0 clnrm runs list
has "$out" unsaved.clnrm.toml

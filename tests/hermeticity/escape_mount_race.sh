#!/bin/sh
# A volume's parent exchanged for a link while it is mounted (CVE-2021-30465, CVE-2024-45310,
# CVE-2024-23651): the sandbox gets the directory that was checked, or nothing.
. "$(dirname "$0")/../lib/hermetic.sh"
mkdir -p race/vol other/vol
echo good >race/vol/name
echo secret >other/vol/name
chmod -R a+rX race other
ln -s other swap
cat >exchange.py <<'P'
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
open("exchanging", "w").close()
while os.path.exists("exchanging"):
    for _ in range(200):
        if libc.renameat2(-100, b"race", -100, b"swap", 2) != 0:
            raise OSError(ctypes.get_errno(), "renameat2")
    os.path.exists(".")
P
timeout 250 python3 exchange.py &
wait_until 10 test -e exchanging
begin clnrm/base "volumes = [\"$PWD/race/vol:/vol\"]"
for n in $(seq $((ROUNDS * 20))); do scenario "n$n" 0 cat /vol/name; done
clnrm run --force --no-history -j 2 --format json $FILE >"$out" 2>"$err" </dev/null || :
rm exchanging
python3 - "$out" "$err" <<'P' || fail "a sandbox saw what was not checked"
import json, sys
text = open(sys.argv[1]).read()
good = refused = 0
r = json.loads(text)
for t in r.get("tests", []):
    for s in t["scenarios"]:
        seen = "".join(step["stdout"] for step in s["steps"])
        assert "secret" not in seen, s["name"]
        good += "good" in seen
        refused += "good" not in seen
print(f"{good} saw the directory that was checked, {refused} were refused", file=sys.stderr)
assert good + refused or r.get("diagnostics"), text[:500]
P
passed

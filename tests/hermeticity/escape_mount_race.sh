#!/bin/sh
# A volume's parent exchanged for a link while it is mounted (CVE-2021-30465, CVE-2024-45310,
# CVE-2024-23651): the sandbox gets the directory that was checked, or nothing.
. "$(dirname "$0")/../lib/hermetic.sh"
mkdir -p race/etc
echo good >race/etc/good
chmod -R a+rX race
ln -s / swap
cat >exchange.py <<'P'
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
open("exchanging", "w").close()
while os.path.exists("exchanging"):
    for _ in range(200):
        if libc.renameat2(-100, b"race", -100, b"swap", 2) != 0:
            raise OSError(ctypes.get_errno(), "renameat2")
P
timeout 250 /usr/bin/python3 exchange.py &
wait_until 10 test -e exchanging
begin clnrm/base "volumes = [\"$PWD/race/etc:/vol\"]"
for n in $(seq 20); do scenario "n$n" 0 ls /vol; done
for _ in $(seq "$ROUNDS"); do
	# The link alone is refused when the file is read: that round says nothing about races.
	timeout 60 clnrm run --force --no-history -j 2 --format json $FILE >>runs 2>>errors </dev/null || :
	echo >>runs
done
rm exchanging
python3 - runs <<'P' || fail "a sandbox saw what was not checked"
import json, sys
good = refused = 0
for line in open(sys.argv[1]):
    for t in json.loads(line).get("tests", []) if line.strip() else []:
        for s in t["scenarios"]:
            seen = "".join(step["stdout"] for step in s["steps"])
            assert "passwd" not in seen, seen
            good += seen == "good\n"
            refused += seen == ""
print(f"{good} saw the directory that was checked, {refused} were refused")
P
passed

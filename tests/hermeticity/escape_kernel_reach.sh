#!/bin/sh
# Parts of the kernel that user namespaces open up (CVE-2022-0185, CVE-2022-25636, CVE-2023-32233,
# CVE-2024-1086 and others): every denied call is made, and the answers are those of the list in
# docs/isolation.md, line by line.
# alone: it makes every call of the kernel on this machine.
# shellcheck disable=SC2094 # these are other files
. "$(dirname "$0")/../lib/hermetic.sh"
"$ROOT/tests/lib/seccomp-list" numbers >numbers
# What this machine answers without the filter; in a session of its own, where a hangup hits nobody.
scratch setsid -w ./probe look calls >here 2>/dev/null || :
for image in $IMAGES; do
	facts calls "$image" >calls
	python3 - numbers calls here <<'P' || fail "the filter of image $image is not the documented one"
import errno, sys
want = {}
for line in open(sys.argv[1]):
    name, number, action = line.split()
    want[int(number)] = (name, action)
here = dict(line.strip().split(": ") for line in open(sys.argv[3]) if line[0].isdigit())
assert len(here) > 1000, len(here)
bad = checked = 0
for line in open(sys.argv[2]):
    if line.startswith("x32") or not line[0].isdigit():
        continue
    number, got = line.split(": ", 1)
    name, action = want.get(int(number), ("unknown", "absent"))
    got = got.strip()
    checked += 1
    # 335 and 336 are the kernel's own trampolines, which no filter is asked about.
    if int(number) in (335, 336):
        continue
    wrong = (action == "denied" and got != str(errno.EPERM)) or (
        action == "absent" and got != str(errno.ENOSYS))
    if action == "allowed" and got == str(errno.ENOSYS) and here.get(number) != got:
        wrong = True
    if wrong:
        bad += 1
        print(f"{name} ({number}) is {action}, and answered {got}")
assert checked > 1000, checked
sys.exit(bad != 0)
P
	passed
	begin "$image"
	scenario spaces 0 /tmp/probe try spaces
	scenario perf 0 /tmp/probe try 33
	scenario rings 0 /tmp/probe try 34
	scenario netlink 0 /tmp/probe try 35
	scenario families 0 /tmp/probe try 36
	scenario mounts 0 /tmp/probe try 22
	run 2
done
# The control: without the filter, most of it works.
possible spaces 'unshare NEWUSER'
possible spaces 'clone NEWNET'

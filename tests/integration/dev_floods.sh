#!/bin/sh
# alone: thousands of files, and a daemon that is stopped while the kernel's queue overflows
# Many changes at once: a checkout, and more events than the kernel keeps. Few rounds, and the last word is
# of what is there.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/dev.sh"
good() { test_file "$1" 'true' "# $2"; }
bad() { test_file "$1" 'false' "# $2"; }
put() { # FILE good|bad [COMMENT]
	name=$(basename "$1" .clnrm.toml)
	"$2" "$name" "${3-}" >"$1.new" && mv "$1.new" "$1"
}

# ---- more events than the queue holds, while nobody reads them ----
mkdir -p p/sub p/data && cd p
printf '[project]\nname = "p"\n[containers.image_map]\n"mapped:1" = "clnrm/base"\n' >cleanroom.toml
for t in a b c d; do put $t.clnrm.toml good; done
put sub/e.clnrm.toml good
mkdir gone && put gone/f.clnrm.toml good
sed 's,clnrm/base,mapped:1,; s/"a"/"m"/' a.clnrm.toml >m.clnrm.toml
echo one >data/x
test_file v 'grep -q one /data/x' 'volumes = [{ host_path = "data", container_path = "/data", read_only = true }]' >v.clnrm.toml
start clnrm dev --format ndjson
n=0
another 'first' 'a/s:pass b/s:pass c/s:pass d/s:pass e/s:pass f/s:pass m/s:pass v/s:pass' true
flood() {
	/usr/bin/python3 - "$(cat /proc/sys/fs/inotify/max_queued_events)" <<'P'
import os, sys
for i in range(int(sys.argv[1]) // 2 + 500):  # each name makes two events, and none of them are merged
    name = f"flood.{i}"
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
    os.unlink(name)
P
}
limit=$(cat /proc/sys/fs/inotify/max_queued_events)
[ "$limit" -le 1000000 ] || skip inotify-limit "the queue holds $limit events"
kill -STOP "$(daemon_pid)"
flood
put a.clnrm.toml bad
rm c.clnrm.toml && put d.clnrm.toml good # as it was
rm -r sub && mkdir sub && put sub/e.clnrm.toml bad
mkdir new && put new/g.clnrm.toml bad
rm -r gone
echo two >data/x
printf '[project]\nname = "p"\n[containers.image_map]\n"mapped:1" = "nowhere:1"\n' >cleanroom.toml
kill -CONT "$(daemon_pid)"
for word in a/s:fail e/s:fail g/s:fail m/s:error v/s:fail b/s:pass; do
	ends_up "after the flood" "${word%:*}" "${word#*:}" true
done
is "$(grep '"ev":"scenario_end"' "$out" | grep -c '"scenario":"c/s"')" 1
# What is watched is what is there now.
ends_up 'a save in a directory that was made anew' e/s pass put sub/e.clnrm.toml good 1
ends_up 'in one that is new' g/s pass put new/g.clnrm.toml good 1
ends_up 'of what a scenario reads' v/s pass sh -c 'echo one >data/x'
ends_up 'and beside them' a/s pass put a.clnrm.toml good 1
stop
cd ..

# ---- a checkout that changes hundreds of test files, and takes some away ----
# Each of them runs, twice: FLOOD=2000 for thousands.
count=${FLOOD:-700}
command -v git >/dev/null || skip git 'no git'
mkdir repo && cd repo
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.com GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.com
git init -q . && git config core.autocrlf false && git config gc.auto 0
git checkout -q -b one
# make KIND COMMENT COUNT: tests that pass as long as all files are of one branch.
make_tests() {
	/usr/bin/python3 - "$@" <<'P'
import os, sys
branch, count = sys.argv[1], int(sys.argv[2])
for i in range(count):
    d = f"d{i % 20}"
    os.makedirs(d, exist_ok=True)
    with open(f"{d}/t{i}.clnrm.toml", "w") as f:
        f.write(f'[meta]\nname = "t{i}"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\n'
                f'run = "grep -qx {branch} /data/branch"\n'
                f'volumes = [{{ host_path = "../zz", container_path = "/data", read_only = true }}]\n')
os.makedirs("zz", exist_ok=True)
open("zz/branch", "w").write(branch + "\n")
P
}
make_tests one "$count"
git add -A && git commit -qm one
git checkout -q -b two
rm -r d*
make_tests two $((count - 100))
git add -A && git commit -qm two
git checkout -q one
unset CLEANROOM_CACHE_RESULTS
start clnrm dev --no-initial --format ndjson
n=0
wait_until 60 ready
# totals: the last verdict of each scenario that is there, counted.
totals() {
	/usr/bin/python3 - "$out" <<'P'
import json, os, sys
last = {}
rounds = open_round = 0
for line in open(sys.argv[1]):
    if not line.endswith("\n"):
        break
    e = json.loads(line)
    if e["ev"] == "round": rounds += 1; open_round = 1
    if e["ev"] == "round_end": open_round = 0
    if e["ev"] == "scenario_end": last[e["file"]] = e["verdict"]
there = {f: v for f, v in last.items() if os.path.exists(f)}
print("open" if open_round else "idle", rounds, *(f"{v}:{list(there.values()).count(v)}" for v in sorted(set(there.values()))))
P
}
all_pass() { totals | grep -qE "^idle [0-9]+ pass:$1\$"; }
before=$(date +%s)
git checkout -q two
wait_until 120 all_pass $((count - 100))
git checkout -q one
wait_until 120 all_pass "$count"
# A round that began on half a checkout is followed by one of the whole; rounds are few on any machine.
totals >said
echo "dev_floods: two checkouts: $(cat said) in $(($(date +%s) - before)) s"
[ "$(cut -d' ' -f2 said)" -le 20 ] || fail "two checkouts had $(cut -d' ' -f2 said) rounds"
passed
stop

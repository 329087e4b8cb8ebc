#!/bin/sh
# A machine without user namespaces: what cannot be had is said with the remedy, by run and by health,
# and the daemon is there to say it.
. "$(dirname "$0")/../lib/env.sh"
needs userns python3
printf '[meta]\nname = "good"\n[[scenario]]\nname = "s"\nrun = "true"\n' >good.clnrm.toml
mkdir -m 700 "$W/run2"
# An ordinary user in a user namespace that may have no further one.
cat >bare.py <<'P'
import ctypes, os, sys
uid, gid = os.getuid(), os.getgid()
if ctypes.CDLL(None, use_errno=True).unshare(0x10000000) != 0:
    sys.exit("cannot unshare")
def put(path, text):
    with open(path, "w") as f:
        f.write(text)
put("/proc/self/setgroups", "deny")
put("/proc/self/uid_map", f"1000 {uid} 1")
put("/proc/self/gid_map", f"1000 {gid} 1")
put("/proc/sys/user/max_user_namespaces", "0")
os.execvp(sys.argv[1], sys.argv[1:])
P
bare() { XDG_RUNTIME_DIR=$W/run2 CLNRM_HOME=$W/home2 /usr/bin/python3 bare.py "$@"; }
got=0
bare true 2>"$W/why" || got=$?
[ $got = 0 ] || skip userns "no further namespace can be forbidden: $(cat "$W/why")"
got=0
bare clnrm run good.clnrm.toml >"$out" 2>"$err" || got=$?
cat "$out" "$err" >"$W/said"
[ $got = 2 ] || { cat "$W/said"; fail "the run ended with $got, expected 2"; }
matches "$W/said" 'user namespaces'
has "$W/said" 'clnrm health'
got=0
bare clnrm health >"$out" 2>"$err" || got=$?
[ $got = 1 ] || fail "health ended with $got, expected 1"
matches "$out" '^FAIL +user namespaces'
matches "$out" 'fix: '
bare clnrm daemon stop >/dev/null 2>&1 || fail "the daemon cannot be stopped"
passed
expect_exit 0 clnrm run good.clnrm.toml

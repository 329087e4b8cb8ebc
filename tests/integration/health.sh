#!/bin/sh
# clnrm health: a line a check, and a remedy that can be pasted for each that is not fine.
# shellcheck disable=SC2016 # commands are quoted for a shell inside
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
shape() { # FILE: every line is a check, a remedy of the one before, or the count
	python3 - "$1" <<'P' || fail 'health prints what it should not'
import re, sys
lines = open(sys.argv[1]).read().splitlines()
counts, owed = {"ok": 0, "warn": 0, "FAIL": 0}, False
for line in lines[:-1]:
    if line.startswith("      fix: "):
        assert owed and len(line) > 12, line
        owed = False
        continue
    assert not owed, "no remedy before: " + line
    m = re.match(r"(ok|warn|FAIL) +\S.*  +\S", line)
    assert m, line
    counts[m[1]] += 1
    # What another failure keeps from being checked has no remedy of its own.
    owed = m[1] != "ok" and "  not checked, because " not in line
assert not owed and lines[-1] == "%(ok)d ok, %(warn)d warn, %(FAIL)d FAIL" % counts, lines[-1]
P
	passed
}
code=0
clnrm health >"$out" 2>"$err" || code=$?
shape "$out"
is $code "$(tail -n 1 "$out" | grep -cv ' 0 FAIL$')"
plain_lines=$(wc -l <"$out")
code=0
clnrm health -v >"$out" || code=$?
shape "$out"
[ "$(wc -l <"$out")" -gt "$plain_lines" ] || fail '-v shows no more'
for text in 'kernel' 'memory'; do matches "$out" "^ok +$text"; done
clnrm health --format json >"$out" || :
is "$(json 'r["schema"], {c["status"] for c in r["checks"]} <= {"ok", "warn", "fail"}, all(c["fix"] for c in r["checks"] if c["status"] != "ok" and not c["message"].startswith("not checked"))')" \
	"('clnrm.health/1', True, True)"
for id in user_namespaces overlayfs cgroup_delegation seccomp clone3 inotify runtime_directory daemon image_store clock; do has "$out" "\"id\":\"$id\""; done

# Without a daemon the client says its part.
clnrm daemon stop >/dev/null
expect_exit 1 env CLNRM_DAEMON=/no/such clnrm health
shape "$out"
has "$out" 'FAIL  clnrmd program'
has "$out" 'fix: export CLNRM_DAEMON=/path/to/clnrmd'
has "$err" 'error[daemon-start]'
expect_exit 1 env CLNRM_DAEMON=/no/such clnrm health --format json
is "$(json '[c["id"] for c in r["checks"] if c["status"] == "fail"]')" "['clnrmd_program', 'daemon']"

# On a machine that makes no user namespaces.
needs userns
expect_exit 1 unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; code=0; clnrm health || code=$?; clnrm daemon stop >/dev/null; exit $code'
shape "$out"
matches "$out" '^FAIL  user namespaces '
has "$out" 'fix: sudo sysctl -w user.max_user_namespaces='
# One cause, one remedy: what follows from it says so. (Control groups are another matter.)
is "$(grep '^FAIL' "$out" | grep -vc 'cgroup delegation')" 1
for what in 'user namespace capabilities' overlayfs proc 'network namespaces'; do
	matches "$out" "^warn  $what +not checked, because there are no user namespaces\$"
done

clnrm daemon stop >/dev/null 2>&1 || :
expect_exit 1 env CLNRM_FORCE=no-userns clnrm health
shape "$out"
matches "$out" '^FAIL  user namespaces '
[ "$(grep -c 'not checked, because there are no user namespaces$' "$out")" -ge 4 ] || fail 'what follows is checked'

# Without control groups, which only a test build can be made to think: the way to them that this machine has.
needs test-switches
clnrm daemon stop >/dev/null 2>&1 || :
expect_exit 1 env CLNRM_FORCE=no-cgroup clnrm health
shape "$out"
grep -A 1 '^FAIL  cgroup delegation' "$out" >"$W/fix"
if [ -d /run/systemd/system ]; then has "$W/fix" 'Delegate=cpu'; else
	hasnt "$W/fix" systemd
	has "$W/fix" '/sys/fs/cgroup/'
fi

#!/bin/sh
# What a scenario leaves behind or was kept from: programs that really misbehave, one kind each, as
# result, events and text show them; findings = "fail" and "ignore"; who leaves nothing is told of nothing.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"
needs sandbox

# file NAME META STEPS: steps are inline tables.
file() {
	printf '[meta]\nname = "%s"\n%s\n[[scenario]]\nname = "s"\ntimeout = "60s"\nsteps = [\n%s\n]\n' \
		"$1" "$2" "$3" >"$1.clnrm.toml"
}
sh_step() { # NAME SCRIPT MORE: the script has no double quotes
	printf '  { name = "%s", command = ["sh", "-c", "%s"]%s }' "$1" "$2" "${3:+, $3}"
}
# The findings of the run, one a line: KIND SEVERITY STEP PROGRAM PATH ADDRESS MESSAGE
found() { # NAME FLAGS...
	CASE=$1
	shift
	clnrm run --format json "$@" "$CASE.clnrm.toml" >"$out" 2>"$err" || :
	record "$out"
	python3 - "$out" <<'PY'
import json, sys
doc = json.load(open(sys.argv[1]))
n = 0
for test in doc["tests"]:
    for s in test["scenarios"]:
        n += len(s["findings"])
        print("verdict", s["verdict"], s["reason"])
        print(*(x["message"] for x in s["failures"]), sep="\n", file=sys.stderr)
        for f in s["findings"]:
            print(f["kind"], f["severity"], f["step"], f["program"], f["path"], f["address"], f["message"], sep="|")
assert doc["summary"]["findings"] == n, doc["summary"]
PY
}
# has_line PATTERN: a whole line of $W/found
line() {
	grep -qE "^$1\$" "$W/found" || { cat "$W/found" "$err"; fail "no finding is '$1'"; }
	passed
}
no_line() {
	! grep -qE "$1" "$W/found" || { cat "$W/found"; fail "a finding is '$1'"; }
	passed
}
lines() {
	[ "$(wc -l <"$W/found")" = $(($1 + 1)) ] || { cat "$W/found" "$err"; fail "expected $1 findings"; }
	passed
}

# Nothing left, nothing told: files in /tmp and the working directory are nobody's business, nor is a
# process that was waited for.
file clean '' "$(sh_step a 'echo x >/tmp/x; mkdir -p /tmp/home/y; echo y >z; sleep 0.01 & wait; (exit 3) || true')"
found clean >"$W/found"
lines 0
line 'verdict pass None'

# A process that outlives its step, and the streams that it keeps.
file stray '' "$(sh_step leave 'sleep 300 & until grep -q sleep /proc/$!/comm; do :; done; echo hello')"
found stray >"$W/found"
line 'verdict pass None'
line "stray_process\\|report\\|leave\\|sleep\\|None\\|None\\|stray process 'sleep' \\(pid [0-9]+\\)"
line "open_fd\\|report\\|leave\\|sleep\\|None\\|None\\|stray process 'sleep' \\(pid [0-9]+\\) keeps stdout and stderr of 'leave' open"
lines 2

# One that left its session and its parent is still found; nobody knows which step it is of.
cat >daemon.clnrm.toml <<'T'
[meta]
name = "daemon"
[[scenario]]
name = "s"
steps = [{ name = "leave", command = ["python3", "-c", """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in (0, 1, 2):
            os.close(fd)
        os.open('/etc/hostname', os.O_RDONLY)
        f = os.open('/var/kept', os.O_RDWR | os.O_CREAT)
        os.unlink('/var/kept')
        open('/tmp/up', 'w').close()
        time.sleep(300)
    os._exit(0)
os.wait()
while not os.path.exists('/tmp/up'):
    time.sleep(0.01)
"""] }]
T
if clnrm try -- python3 -c 0 >/dev/null 2>&1; then
	found daemon >"$W/found"
	line "stray_process\\|report\\|None\\|python3\\|None\\|None\\|stray process .*"
	line "open_fd\\|report\\|None\\|python3\\|/etc/hostname\\|None\\|.* keeps '/etc/hostname' open"
	line "open_fd\\|report\\|None\\|python3\\|/var/kept \\(deleted\\)\\|None\\|.*"
fi

# Sockets that listen: of strays, not of a step in the background.
cat >server.py <<'P'
import os, socket, sys, time
where = sys.argv[1]
t = socket.socket(); t.bind(('127.0.0.1', 8123)); t.listen()
t6 = socket.socket(socket.AF_INET6); t6.bind(('::1', 8124)); t6.listen()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 8125))
x = socket.socket(socket.AF_UNIX); x.bind('\0here'); x.listen()
y = socket.socket(); y.bind(('127.0.0.1', 8126))
open(where, 'w').close()
time.sleep(300)
P
file ports 'files = [{ path = "/workspace/server.py", source = "server.py" }]' \
	"$(sh_step serve 'python3 server.py /tmp/up >/dev/null 2>&1 & until [ -e /tmp/up ]; do sleep 0.02; done')"
file declared 'files = [{ path = "/workspace/server.py", source = "server.py" }]' \
	"$(sh_step serve 'exec python3 server.py /tmp/up' 'background = true'),
$(sh_step wait 'until [ -e /tmp/up ]; do sleep 0.02; done')"
found ports >"$W/found"
for at in 'tcp 127.0.0.1:8123' 'tcp6 \[::1\]:8124' 'udp 127.0.0.1:8125' 'unix @here'; do
	line "listening_port\\|report\\|serve\\|python3\\|None\\|$at\\|'python3' \\(pid [0-9]+\\) still listens on $at"
done
no_line 8126
found declared >"$W/found"
lines 0

# Files outside of declared_paths: made, changed, removed, a directory. Not what the file itself places,
# and not what stands in a declared directory.
file files 'image = "clnrm/base"
files = [{ path = "/etc/placed", content = "x" }, { path = "/opt/a/b", content = "x" }]
declared_paths = ["/var/log/**", "/srv", "/opt/*.ok"]' \
	"$(sh_step change 'echo x >/etc/new; echo x >>/etc/passwd; rm /etc/group; mkdir -p /opt/empty /var/log/app; echo x >/var/log/app/y; mkdir /srv; echo x >/srv/z; echo x >/opt/q.ok; mkdir /workspace/w')"
found files >"$W/found"
line "file_changed\\|report\\|None\\|None\\|/etc/new\\|None\\|'/etc/new' was changed or made, outside of declared_paths"
line "file_changed\\|report\\|None\\|None\\|/etc/passwd\\|None\\|.*"
line "file_changed\\|report\\|None\\|None\\|/etc/group\\|None\\|'/etc/group' was removed, outside of declared_paths"
line "file_changed\\|report\\|None\\|None\\|/opt/empty\\|None\\|.* is a directory .*"
no_line 'placed|/opt/a|/srv|/var/log|q.ok|workspace'
lines 4
sed -i 's/"change", command = \["sh", "-c", ".*"\]/"change", command = ["sh", "-c", "echo more >>\/etc\/placed"]/' files.clnrm.toml
found files >"$W/found"
line "file_changed\\|report\\|None\\|None\\|/etc/placed\\|None\\|.*"
# Many are counted.
file many 'image = "clnrm/base"' "$(sh_step change 'i=0; while [ $i -lt 40 ]; do echo x >/etc/f$i; i=$((i+1)); done')"
found many >"$W/found"
lines 17
line "file_changed\\|report\\|None\\|None\\|None\\|None\\|24 more files outside of declared_paths"

# Shared memory is a place as any other.
file shm 'image = "clnrm/base"' "$(sh_step leave 'echo x >/dev/shm/sem.x; mkdir -p /dev/shm/d/e')"
found shm >"$W/found"
line "file_changed\\|report\\|None\\|None\\|/dev/shm/sem.x\\|None\\|.*"
line "file_changed\\|report\\|None\\|None\\|/dev/shm/d/e\\|None\\|.* is a directory .*"
lines 2
file shm 'image = "clnrm/base"
declared_paths = ["/dev/shm"]' "$(sh_step leave 'echo x >/dev/shm/sem.x')"
found shm >"$W/found"
lines 0
# Volumes that can be written hold others' files, too: what the steps changed of them, where it is to fail.
mkdir -p vol/old/deep vol/gone cow empty
echo x >vol/old/deep/f
echo x >vol/old/g
echo x >vol/gone/h
echo x >cow/f
echo x >single
volumes='volumes = ["./vol:/data/vol:rw", "./cow:/cow:cow", "./empty:/empty:rw", "./cow:/ro:ro", "./single:/single:rw"]'
file volumes 'image = "clnrm/base"
'"$volumes" "$(sh_step change 'cat /data/vol/old/g /cow/f /single; echo y >>/data/vol/old/deep/f; echo y >/data/vol/new; rm /data/vol/gone/h; echo y >>/cow/f')"
found volumes >"$W/found"
lines 0
echo x >vol/gone/h
found volumes --findings fail >"$W/found"
line 'verdict fail finding'
for at in /data/vol/old/deep/f /data/vol/new /data/vol/gone /cow/f; do
	line "file_changed\\|fail\\|None\\|None\\|$at\\|None\\|.*"
done
lines 4
file volumes 'image = "clnrm/base"
declared_paths = ["/data/vol/*.log", "/empty", "/single"]
'"$volumes" "$(sh_step change 'cat /data/vol/old/g; echo y >/data/vol/a.log; echo y >/empty/f; echo y >>/single')"
for _ in 1 2 3; do # what changed just before is nobody's doing in it
	touch vol/old/g vol/old/deep vol cow/f empty
	found volumes --findings fail >"$W/found"
	line 'verdict pass None'
	lines 0
done

# What was to go out of the sandbox.
cat >network.clnrm.toml <<'T'
[meta]
name = "network"
[[scenario]]
name = "s"
steps = [{ name = "out", command = ["python3", "-c", """
import socket
for family, kind, at in ((socket.AF_INET, socket.SOCK_STREAM, '192.0.2.1'),
        (socket.AF_INET, socket.SOCK_DGRAM, '192.0.2.1'), (socket.AF_INET6, socket.SOCK_STREAM, '2001:db8::1'),
        (socket.AF_INET, socket.SOCK_STREAM, '127.0.0.1')):
    try:
        socket.socket(family, kind).connect((at, 80))
    except OSError:
        pass
"""] }]
T
found network >"$W/found"
line "network_blocked\\|report\\|None\\|None\\|None\\|None\\|3 attempts to reach an address outside the sandbox: there is no route \\(network 'none'\\)"
lines 1

# Who failed is told so, though its own words may mean a server of the sandbox; what passed is not.
hasnt "$out" 'help: if the network'
sed -e 's/^"""/sys.exit("cannot connect")\n"""/' -e 's/^import socket/import socket, sys/' network.clnrm.toml >failed.clnrm.toml
expect_exit 1 clnrm run failed.clnrm.toml
has "$out" 'help: if the network is missing (an address outside was tried): this sandbox has network = "none"'

# The same where the sandbox is that of a whole test: each scenario hears of its own.
sed -e 's/^name = "network"/name = "shared"\nsandbox = "test"/' -e 's/^name = "s"/name = "first"/' network.clnrm.toml >shared.clnrm.toml
printf '[[scenario]]\nname = "second"\nrun = "true"\n' >>shared.clnrm.toml
found shared >"$W/found"
line "network_blocked\\|report\\|None\\|None\\|None\\|None\\|3 attempts .*"
[ "$(wc -l <"$W/found")" = 3 ] || { cat "$W/found"; fail "the second scenario has some, too"; }

# A crash that its parent did not wait for, and one of a step.
cat >crash.clnrm.toml <<'T'
[meta]
name = "crash"
[[scenario]]
name = "s"
steps = [
  { name = "orphan", command = ["sh", "-c", "sh -c 'echo $$ >/tmp/pid; until [ -e /tmp/go ]; do sleep 0.01; done; kill -SEGV $$' >/dev/null 2>&1 & until [ -s /tmp/pid ]; do sleep 0.01; done"] },
  { name = "wait", command = ["sh", "-c", "touch /tmp/go; while [ -e /proc/$(cat /tmp/pid) ]; do sleep 0.01; done"] },
  { name = "wanted", command = ["sh", "-c", "kill -ABRT $$"], expected_signal = "SIGABRT" },
  { name = "abort", command = ["sh", "-c", "kill -ABRT $$"] },
]
T
found crash >"$W/found"
line 'verdict fail signal'
line "core_dump\\|report\\|None\\|sh\\|None\\|None\\|'sh' \\(pid [0-9]+\\) was ended by SIGSEGV, which dumps core"
line "core_dump\\|report\\|abort\\|sh\\|None\\|None\\|'sh' \\(pid [0-9]+\\) was ended by SIGABRT, which dumps core"
lines 2

# A disk that is full.
file disk 'limits = { disk_mb = 8 }' "$(sh_step fill 'cat /dev/zero >/tmp/x 2>/dev/null || true')"
found disk >"$W/found"
line "disk_full\\|report\\|None\\|None\\|None\\|None\\|the disk of the sandbox is full \\(limit 8(.0)? MiB\\)"

# Limits that were met, where cgroups count them.
if CLNRM_BUILD="$BUILD" "$ROOT/tests/lib/machine" cgroup-memory >/dev/null; then
	cat >oom.clnrm.toml <<'T'
[meta]
name = "oom"
limits = { memory_mb = 32 }
[[scenario]]
name = "s"
steps = [{ name = "eat", command = ["sh", "-c", "python3 -c 'x = bytearray(512 << 20)' || true"] }]
T
	found oom >"$W/found"
	line 'verdict pass None'
	line "oom_kill\\|report\\|None\\|None\\|None\\|None\\|the kernel killed 1 process for want of memory \\(limit 32(.0)? MiB\\)"
fi
if CLNRM_BUILD="$BUILD" "$ROOT/tests/lib/machine" cgroup-pids >/dev/null; then
	cat >pids.clnrm.toml <<'T'
[meta]
name = "pids"
limits = { pids = 16 }
[[scenario]]
name = "s"
steps = [{ name = "fork", command = ["python3", "-c", """
import os, time
for i in range(30):
    try:
        if os.fork() == 0:
            time.sleep(300)
    except OSError:
        os._exit(0)
"""] }]
T
	found pids >"$W/found"
	line "pids_limit\\|report\\|None\\|None\\|None\\|None\\|the limit of 16 processes was met: no more could be started"
fi

# fail: of the file, of the project, of the command line, which has the last word.
file failing 'findings = "fail"' "$(sh_step leave 'sleep 300 >/dev/null 2>&1 & until grep -q sleep /proc/$!/comm; do :; done')"
found failing >"$W/found"
line 'verdict fail finding'
line "stray_process\\|fail\\|leave\\|sleep\\|.*"
clnrm run failing.clnrm.toml >"$out" 2>"$err" && fail "it passed"
has "$out" "stray process 'sleep' (pid"
has "$out" "FAIL  failing/s"
found failing --findings report >"$W/found"
line 'verdict pass None'
lines 1
found failing --findings ignore >"$W/found"
line 'verdict pass None'
lines 0
file plain '' "$(sh_step leave 'sleep 300 >/dev/null 2>&1 & until grep -q sleep /proc/$!/comm; do :; done')"
changes 'run --findings' 1 'run plain.clnrm.toml' '--findings fail'
found plain --findings fail >"$W/found"
line 'verdict fail finding'
printf '[test_execution]\nfindings = "fail"\n' >cleanroom.toml
found plain >"$W/found"
line 'verdict fail finding'
rm cleanroom.toml
# A step that failed is what failed; what it has left is told beside it.
file both 'findings = "fail"' "$(sh_step leave 'sleep 300 >/dev/null 2>&1 & until grep -q sleep /proc/$!/comm; do :; done; exit 3')"
found both >"$W/found"
line 'verdict fail exit_code'
line 'stray_process\|fail\|leave\|sleep\|.*'

# Every form has them.
clnrm run --format ndjson stray.clnrm.toml >"$out" 2>"$err"
record "$out"
grep -q '"ev":"finding".*"scenario":"stray/s".*"kind":"stray_process"' "$out" || { cat "$out"; fail "no event"; }
# Files alone are told with -v only, where the scenario passes: they end with the sandbox.
file files '' "$(sh_step a 'mkdir -p /srv/app; echo x >/srv/app/db')"
clnrm run files.clnrm.toml >"$out"
hasnt "$out" finding
hasnt "$out" 'files/s'
clnrm run -v files.clnrm.toml >"$out"
has "$out" "  finding  '/srv/app/db' was changed or made, outside of declared_paths"
clnrm run --findings fail files.clnrm.toml >"$out" && fail "it passed"
has "$out" "  finding  '/srv/app/db' was changed or made, outside of declared_paths"
clnrm run stray.clnrm.toml >"$out"
has "$out" "finding  stray process 'sleep' (pid"
has "$out" "started by 'leave'"
# Whatever it is called: by a part of what the finding says, too.
for name in e sleep; do
	file called '' "$(sh_step $name 'sleep 300 & until grep -q sleep /proc/$!/comm; do :; done')"
	clnrm run called.clnrm.toml >"$out"
	is "$(grep -c "stray process 'sleep' (pid [0-9]*), started by '$name'\$" "$out")" 1
	is "$(grep -c "started by" "$out")" 1
done
for form in junit tap markdown html; do
	CASE=$form
	clnrm run --report "$form=report" stray.clnrm.toml >/dev/null
	grep -q "stray process 'sleep' (pid\|stray process &apos;sleep&apos; (pid\|stray process &#39;sleep&#39; (pid\|stray process \\\\\?.*sleep" report || {
		cat report
		fail "no finding in the report"
	}
	passed
done
CASE=history
clnrm runs show "$(clnrm runs list --format json --limit 1 | python3 -c 'import json,sys; print(json.load(sys.stdin)["runs"][0]["id"])')" -v >"$out"
has "$out" "finding  stray process 'sleep' (pid"

# A result of the past keeps its findings.
unset CLEANROOM_CACHE_RESULTS
CASE=cached
clnrm run stray.clnrm.toml >/dev/null
clnrm run --format json stray.clnrm.toml >"$out"
record "$out"
python3 - "$out" <<'PY' || fail "the answer of the past has no findings"
import json, sys
doc = json.load(open(sys.argv[1]))
s = doc["tests"][0]["scenarios"][0]
assert not s["cached"] or [f["kind"] for f in s["findings"]] == ["stray_process", "open_fd"], s
assert doc["summary"]["findings"] == 2, doc["summary"]
PY
passed

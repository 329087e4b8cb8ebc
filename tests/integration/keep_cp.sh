#!/bin/sh
# Files out of a kept sandbox and into it; neither side writes where it was not told to, whatever the other
# sends.
. "$(dirname "$0")/../lib/env.sh"
is() { [ "$1" = "$2" ] || fail "got '$1', expected '$2'"; passed; }
cat >t.clnrm.toml <<'T'
[meta]
name = "t"
[[scenario]]
name = "s"
image = "clnrm/base"
[[scenario.steps]]
name = "make"
run = ["sh", "-c", """
mkdir -p tree/sub 'tree/odd name'; printf plain >tree/file; printf deep >tree/sub/deep; : >tree/empty
ln -s file tree/link; ln -s ../file tree/sub/up; ln -s /etc/passwd tree/away; ln -s ../../../x tree/sub/out; ln -s sub/../../x tree/round
mkfifo tree/fifo; chmod 751 tree/sub/deep; printf x >"tree/$(printf %0200d 7)"; false
"""]
T
expect_exit 1 clnrm run --keep t.clnrm.toml
inside() { clnrm exec latest -- sh -c "$1"; }

# ---- out ----
mkdir out
expect_exit 0 clnrm cp latest:tree/file out/
is "$(cat out/file)" plain
expect_exit 0 clnrm cp t/s:/workspace/tree/sub/deep out/renamed
is "$(cat out/renamed)" deep
is "$(stat -c %a out/renamed)" 751
expect_exit 1 clnrm cp latest:tree out
has "$err" "left out: 'tree/fifo': it is no file, directory or link"
for link in away sub/out round; do has "$err" "left out: 'tree/$link': it is a link that leads out"; done
is "$(cd out/tree && find . | LC_ALL=C sort | tr '\n' ' ')" \
	". ./$(printf %0200d 7) ./empty ./file ./link ./odd name ./sub ./sub/deep ./sub/up "
is "$(cat out/tree/link out/tree/sub/up)" plainplain
[ -d 'out/tree/odd name' ] || fail 'an empty directory is missing'
is "$(cat "out/tree/$(printf %0200d 7)")" x
expect_exit 1 clnrm cp latest:tree out/new
is "$(cat out/new/file)" plain
clnrm cp latest:tree - 2>/dev/null | tar tf - >"$out" || fail 'it is no archive'
has "$out" tree/sub/deep
expect_exit 3 clnrm cp latest:/nowhere out
has "$err" "cannot open '/nowhere'"
expect_exit 3 clnrm cp nobody:/etc out
expect_exit 3 clnrm cp latest:tree/file out/no/such/place
# What is there is replaced and never written into.
printf mine >precious
ln -s ../precious out/pointer
expect_exit 0 clnrm cp latest:tree/file out/pointer
is "$(cat precious) $(cat out/pointer)" 'mine plain'
ln -s .. out/tree-link
expect_exit 3 clnrm cp latest:tree/file out/renamed/below
# A file that holds more than it has: refused, not written.
inside 'truncate -s 5G huge'
expect_exit 2 clnrm cp latest:huge out
has "$err" 'more than 4 GiB'
[ ! -e out/huge ] || fail 'it was begun all the same'

# ---- in ----
mkdir -p src/a
printf data >src/a/f
chmod 750 src/a/f
ln -s f src/a/l
expect_exit 0 clnrm cp src latest:/workspace
is "$(inside 'cat src/a/l; stat -c %a src/a/f')" data750
expect_exit 0 clnrm cp src/a/f latest:one
is "$(inside 'cat one')" data
tar cf - src precious | clnrm cp - latest:/tmp || fail "tar into it: $?"
is "$(inside 'cat /tmp/src/a/f /tmp/precious')" datamine
tar --format=pax -cf - "$(printf 'out/tree/%0200d' 7)" | clnrm cp - latest:/tmp || fail 'pax'
tar --format=gnu -cf - "$(printf 'out/tree/%0200d' 7)" | clnrm cp - latest:/tmp || fail 'gnu'
is "$(inside "cat /tmp/out/tree/$(printf %0200d 7)")" x
expect_exit 3 clnrm cp src latest:/no/such/place
expect_exit 3 clnrm cp absent latest:/tmp
expect_exit 2 clnrm cp a b
expect_exit 2 clnrm cp latest:a latest:b
head -c 20000000 /dev/urandom >large
expect_exit 0 clnrm cp large latest:/tmp
expect_exit 0 clnrm cp latest:/tmp/large back
cmp large back || fail 'it came back as something else'
passed

# ---- what an archive may say ----
python3 - <<'P'
import io, tarfile
def archive(name, *entries):
    with tarfile.open(name, "w", format=tarfile.PAX_FORMAT) as t:
        for path, kind, link in entries:
            i = tarfile.TarInfo(path)
            i.type, i.linkname = kind, link
            body = b"owned" if kind == tarfile.REGTYPE else b""
            i.size = len(body)
            t.addfile(i, io.BytesIO(body))
R, L, H, D = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE
archive("up.tar", ("a/../../escaped", R, ""))
archive("root.tar", ("/escaped", R, ""))
archive("link.tar", ("d", L, "/tmp"), ("d/escaped", R, ""))
archive("inner.tar", ("t", D, ""), ("t/d", L, "."), ("t/d/escaped", R, ""))
archive("hard.tar", ("h", H, "/etc/passwd"))
archive("device.tar", ("dev", tarfile.CHRTYPE, ""))
archive("pipe.tar", ("pipe", tarfile.FIFOTYPE, ""))
archive("file.tar", ("f", R, ""), ("f/escaped", R, ""))
whole = open("up.tar", "rb").read()
open("cut.tar", "wb").write(open("file.tar", "rb").read()[:700])
b = bytearray(open("root.tar", "rb").read()); b[0] ^= 1
open("sum.tar", "wb").write(b)
def header(size):
    i = tarfile.TarInfo("huge"); i.size = size
    return i.tobuf(tarfile.GNU_FORMAT)
open("huge.tar", "wb").write(header(1 << 62) + b"x" * 4096)
open("over.tar", "wb").write(header(0)[:124] + b"\xff" * 12 + header(0)[136:])
P
for bad in up:4 root:4 link:4 inner:4 hard:4 device:4 pipe:4 file:4 cut:4 sum:4 huge:2 over:4; do
	CASE="into the sandbox: ${bad%:*}"
	inside 'rm -rf /tmp/in; mkdir -p /tmp/in/at'
	code=0
	clnrm cp - latest:/tmp/in/at <"${bad%:*}.tar" >"$out" 2>"$err" || code=$?
	is "$code" "${bad#*:}"
	is "$(inside 'find /tmp/in /workspace / -xdev -maxdepth 3 -name escaped')" ''
done
CASE=
# The same from a sandbox that lies about what it sends: a daemon of theirs, as far as the client knows.
mkdir victim
mkdir -m 700 "$W/fake"
for bad in up root link inner hard device pipe file cut sum huge over; do
	CASE="out of the sandbox: $bad"
	python3 - "$bad.tar" "$W/fake/sock" <<'P' &
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[2])
os.chmod(sys.argv[2], 0o600)
s.settimeout(20)
s.listen(1)
open(sys.argv[2] + ".up", "w").close()
c = s.accept()[0]
while b"\r\n\r\n" not in c.recv(65536): pass
body = open(sys.argv[1], "rb").read()
c.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: application/vnd.clnrm.frames\r\n\r\no %d\n" % len(body) + body + b"x 1\n0")
P
	fake=$!
	listens() { [ -e "$W/fake/sock.up" ]; }
	wait_until 10 listens
	rm -rf victim/*
	mkdir victim/at
	code=0
	clnrm --socket "$W/fake/sock" cp any:thing victim/at/x >"$out" 2>"$err" || code=$?
	wait $fake || :
	rm -f "$W/fake/sock" "$W/fake/sock.up"
	case $bad:$code in link:1 | inner:5 | link:5 | *:4 | *:2 | file:5) passed ;; *) sed 's/^/  | /' "$err"; fail "exit $code" ;; esac
	is "$(find victim / -xdev -maxdepth 2 -name escaped 2>/dev/null)" ''
	[ ! -L victim/at/x ] || fail 'a link was made'
done
CASE=
# The sandbox is not the daemon's to write: what its links say holds inside alone.
inside 'ln -s / /tmp/everything; ln -s ../../../../.. /tmp/higher'
expect_exit 0 clnrm cp precious latest:/tmp/everything/tmp/through
is "$(inside 'cat /tmp/through')" mine
expect_exit 0 clnrm cp latest:/tmp/higher/etc/hostname out/hostname
is "$(cat out/hostname)" "$(inside 'cat /etc/hostname')"

# ---- a client that dies in the middle ----
inside 'head -c 100000000 /dev/zero >big'
mkfifo stuck
clnrm cp latest:big - >stuck &
client=$!
exec 9<stuck
copying() { pgrep -x clnrm-cp >/dev/null; }
head -c 1000000 <&9 >/dev/null
kill -9 $client
exec 9<&-
no_copy() { ! copying; }
wait_until 20 no_copy
passed

# ---- what is no file stays what it is, on either side ----
inside 'mkfifo /tmp/pipe'
expect_exit 4 clnrm cp precious latest:/tmp/pipe
has "$err" "is there, as something else"
inside 'test -p /tmp/pipe' || fail 'the pipe of the sandbox was replaced'
mkfifo pipe
mkdir specials
mkfifo specials/file
expect_exit 4 clnrm cp latest:tree/file pipe
has "$err" "is there, as something else"
expect_exit 4 clnrm cp latest:tree/file specials
[ -p pipe ] && [ -p specials/file ] || fail 'a pipe of ours was replaced'
passed

# ---- names that have a colon ----
clnrm rm --all >/dev/null
printf '[meta]\nname = "a:b"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = ["sh", "-c", "echo long >x; false"]\n[[scenario]]\nname = "s:t"\nimage = "clnrm/base"\nrun = ["sh", "-c", "echo longer >x; echo colon >y:z; false"]\n' >colon.clnrm.toml
expect_exit 1 clnrm run --keep colon.clnrm.toml
for pair in a:b/s:long a:b/s:t:longer; do
	CASE=$pair
	expect_exit 0 clnrm cp "${pair%:*}:x" -
	is "$(tar xOf "$out")" "${pair##*:}"
	expect_exit 0 clnrm cp "${pair%:*}:/workspace/x" -
	is "$(tar xOf "$out")" "${pair##*:}"
	expect_exit 0 clnrm cp precious "${pair%:*}:/tmp/"
	is "$(clnrm exec "${pair%:*}" -- cat /tmp/precious)" mine
done
CASE=
expect_exit 0 clnrm cp a:b/s:t:y:z -
is "$(tar xOf "$out")" colon
id=$(clnrm ps --kept --format json | python3 -c 'import json, sys
print(*[s["id"] for s in json.load(sys.stdin)["sandboxes"] if s["scenario"] == "a:b/s:t"])')
expect_exit 0 clnrm cp "$id:y:z" -
is "$(tar xOf "$out")" colon
expect_exit 3 clnrm cp a:c/s:/x -
has "$err" "no sandbox 'a' is kept"

#!/bin/sh
# Archives and image configurations (CVE-2021-32760, CVE-2025-47290, CVE-2018-15664, CVE-2019-14271,
# CVE-2022-23648): what they say of places outside is refused, or happens inside; the canary beside
# stays as it is. The long list of bad archives is that of tests/unit/image/test_unpack.c.
. "$(dirname "$0")/../lib/hermetic.sh"
mkdir canary
echo x >canary/file
before=$(find canary | sort | cksum)
cat >evil.py <<'P'
import io, os, sys, tarfile
canary = os.path.abspath("canary")
up = "../" * 12 + canary[1:]
def tar(name, *entries):
    with tarfile.open(name, "w") as t:
        for path, kind, what in entries:
            x = tarfile.TarInfo(path)
            x.type, x.mode = kind, 0o4755
            if kind == tarfile.REGTYPE:
                x.size = len(what)
                t.addfile(x, io.BytesIO(what))
            else:
                x.linkname = what
                t.addfile(x)
R, L, H = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
tar("bad1.tar", (up + "/new", R, b"x"))
tar("bad2.tar", (canary + "/new", R, b"x"))
tar("bad3.tar", ("x", H, up + "/file"))
tar("bad4.tar", ("l", L, canary), ("x", H, "l/file"))
with open("/bin/busybox", "rb") as f:
    busybox = f.read()
with open("probe", "rb") as f:
    probe = f.read()
# Links where sandboxes have things of their own, and ways out: all of it lands inside.
tar("links.tar", ("bin/busybox", R, busybox), ("bin/sh", L, "busybox"), ("bin/cat", L, "busybox"), ("bin/ls", L, "busybox"),
    ("out", L, canary), ("out/new", R, b"inside"), ("up", L, up), ("up/new2", R, b"inside"),
    ("dev", L, "/"), ("proc", L, "/proc/self/fd/3"), ("sys", L, ".."), ("workspace", L, canary),
    ("etc/hosts", L, canary + "/file"))
P
/usr/bin/python3 evil.py
for bad in bad1 bad2 bad3 bad4; do
	expect_exit 4 clnrm images import $bad $bad.tar
	expect_exit 3 clnrm images inspect $bad
done
expect_exit 0 clnrm images import links links.tar
begin links
expect_exit 0 clnrm images inspect links --format json
lower=$(/usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["path"])' "$out")
[ "$(cat "$lower$W/work/canary/new" "$lower$W/work/canary/new2")" = insideinside ] || fail "what goes through a link is not within the layer"
scenario inside 0 /bin/sh -c "! cat $W/work/canary/file && ! cat /etc/hosts && ! cat /out/file && ! cat /up/file"
scenario own 0 /bin/sh -c "echo x >/tmp/x && echo x >/workspace/x && test -c /dev/null && cat /proc/self/status >/dev/null && ! ls $W/work/canary/x"
run 1
# A configuration drives nothing outside: a directory, a user and variables of the worst kind.
mkdir -p bed/bin
cp /bin/busybox bed/bin/sh
/usr/bin/python3 - "$ROOT/tests/lib" <<'P'
import json, os, sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
sys.argv = ["oci.py", "layout", "bed"]
import oci
index = json.load(open("layout/index.json"))
def read(d):
    return json.load(open("layout/blobs/sha256/" + d["digest"][7:]))
manifest = read(index["manifests"][0])
config = read(manifest["config"])
canary = os.path.abspath("canary")
for number, c in enumerate([
        {"WorkingDir": "/proc/self/fd/3"}, {"WorkingDir": "/proc/1/root" + canary}, {"User": "-1"}, {"User": "4294967295"},
        {"Volumes": {canary: {}, "/etc": {}}, "Env": ["LD_PRELOAD=" + canary + "/file", "PATH=" + canary, "ENV=" + canary + "/file"],
         "WorkingDir": canary, "Entrypoint": ["/bin/sh", "-c", "echo x >" + canary + "/new"]}]):
    config["config"] = c
    manifest["config"] = oci.descriptor("layout", "x", json.dumps(config).encode())
    index["manifests"][0] = {**oci.descriptor("layout", "x", json.dumps(manifest).encode()),
                             "platform": index["manifests"][0]["platform"]}
    with open("layout/index.json", "w") as f:
        json.dump(index, f)
    os.system(f"clnrm images import config:{number} layout >config.{number} 2>&1 </dev/null")
P
for n in 0 1 2 3; do
	if clnrm try --image config:$n -- /bin/sh -c 'cd /; echo started' >"$out" 2>"$err" </dev/null; then fail "configuration $n was taken as it is"; fi
	hasnt "$out" started
done
expect_exit 0 clnrm try --image config:4 -- /bin/sh -c "pwd; test ! -e $W/work/canary/file && echo x >new"
has "$out" "$W/work/canary"
[ "$before" = "$(find canary | sort | cksum)" ] || fail "the canary changed"
# Directories that go into a sandbox are the one tree that is read: links stay links, and nothing
# behind them is taken along.
mkdir tree
echo secret >"$W/secret"
ln -s "$W/secret" tree/link
begin clnrm/base
printf '[[scenario]]\nname = "tree"\nfiles = [{ path = "/workspace/tree", source = "tree" }]\ncommand = ["sh", "-c", "test -L tree/link && ! cat tree/link"]\n' >>$FILE
run 1

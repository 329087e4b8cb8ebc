#!/bin/sh
# clnrm images import, rm, prune: archives of every kind become images that tests run in.
. "$(dirname "$0")/../lib/env.sh"
is() { [ "$1" = "$2" ] || fail "it is '$1', not '$2'"; }
json() { /usr/bin/python3 -c "import json, sys; r = json.load(open(sys.argv[1])); x = ($1); print(x)" "$out"; }
imported=$CLNRM_HOME/data/images/imported
layers() { find "$imported/layers" -mindepth 1 -maxdepth 1 | wc -l; }
no_layers() { [ "$(layers)" = 0 ]; }

# ---- a root file system: a directory, tars ----
mkdir -p root/bin root/etc root/srv
cp /bin/busybox root/bin/busybox
for applet in sh cat id env pwd ls test sleep touch; do ln -s busybox root/bin/$applet; done
echo 'root:x:0:0:root:/:/bin/sh
app:x:1234:1234:app:/srv:/bin/sh' >root/etc/passwd
echo mine >root/srv/file
chmod 711 root/srv
tar -C root -cf root.tar .
gzip -k root.tar
zstd -q root.tar
test_file() { # NAME IMAGE COMMAND...
	name=$1 image=$2
	shift 2
	printf '[meta]\nname = "%s"\n[[scenario]]\nname = "s"\nimage = "%s"\ncommand = ["sh", "-c", "%s"]\n' \
		"$name" "$image" "$*" >"$name.clnrm.toml"
}
for source in root root.tar root.tar.gz root.tar.zst; do
	CASE=$source
	expect_exit 0 clnrm images import "of/$source:1" $source
	matches "$out" "^of/$source:1 +[0-9a-f]{12} +[0-9.]+ MiB +2 layers, [0-2] new"
	test_file t "of/$source:1" 'test $(cat /srv/file) = mine && ! test -e /root && touch /srv/new && cat /etc/hosts'
	expect_exit 0 clnrm run --force t.clnrm.toml
	expect_exit 0 clnrm run --force t.clnrm.toml # nothing of the first is in the second
done
CASE='a directory that holds the store'
before=$(layers)
expect_exit 4 clnrm images import mine "$W"
has "$err" 'is where images are kept'
is "$(layers)" "$before"
CASE=
clnrm images import piped - <root.tar.gz >"$out" 2>"$err" || fail "stdin, a file: $(cat "$err")"
has "$out" ', 0 new'
dd if=root.tar bs=64k 2>/dev/null | clnrm images import piped:2 - --format json >"$out" 2>"$err" || fail "stdin, a pipe: $(cat "$err")"
record "$out"
is "$(json 'r["name"], r["new_layers"], r["layers"]')" "('piped:2', 0, 2)"
# Equal content is one image on disk, whatever it came as; a directory is digested otherwise.
is "$(layers)" 4

# ---- what ls and inspect say ----
expect_exit 0 clnrm images --format json
is "$(json 'sorted(i["name"] for i in r["images"] if i["name"].startswith("of/"))')" \
	"['of/root.tar.gz:1', 'of/root.tar.zst:1', 'of/root.tar:1', 'of/root:1']"
expect_exit 0 clnrm images inspect of/root:1 --format json
is "$(json 'r["origin"]["kind"], r["layers"], len(r["layer_paths"]), r["env"]')" "('directory', 2, 2, [])"
expect_exit 0 clnrm images inspect of/root:1
matches "$out" '^imported 20.* from directory$'

# ---- an OCI layout of three layers, with a configuration ----
/usr/bin/python3 "$ROOT/tests/lib/oci.py" layout root >"$W/oci.out" || fail 'the layout'
tar -C layout -cf layout.tar .
tar -C layout -czf layout.tgz .
for source in layout layout.tar layout.tgz; do
	CASE=$source
	expect_exit 0 clnrm images import "shop:$source" $source
	test_file shop "shop:$source" 'id; pwd; env; test ! -e /gone && test $(cat /lib/foo) = over && test -L /lib && ls /opaque'
	expect_exit 0 clnrm run --force --format json shop.clnrm.toml
	said=$(json 'r["tests"][0]["scenarios"][0]["steps"][0]["stdout"]')
	for want in 'uid=1234(app) gid=1234' '/srv/app' 'GREETING=hello world' 'PATH=/opt/bin:/bin' 'HOME=/tmp/home' 'TZ=UTC' 'new'; do
		case $said in *"$want"*) ;; *) fail "'$want' is not in '$said'" ;; esac
	done
	case $said in *old* | *CLNRM_STEP=evil*) fail "'$said'" ;; esac
done
CASE=
expect_exit 0 clnrm images import shop:again layout.tar --format json
is "$(json 'r["new_layers"]')" 0
is "$(json 'r["took_ms"] < 1000')" True
# A file has the last word.
printf '[meta]\nname = "own"\n[[scenario]]\nname = "s"\nimage = "shop:layout"\nuser = "root"\nworkdir = "/srv"\nenv = { GREETING = "bye" }\ncommand = ["sh", "-c", "id; pwd; echo $GREETING"]\n' >own.clnrm.toml
expect_exit 0 clnrm run --force --format json own.clnrm.toml
is "$(json 'r["tests"][0]["scenarios"][0]["steps"][0]["stdout"].split("\n")[:3]')" "['uid=0(root) gid=0', '/srv', 'bye']"
is "$(json 'r["tests"][0]["scenarios"][0]["receipt"]["image"], r["tests"][0]["scenarios"][0]["receipt"]["pristine"]')" "('shop:layout', True)"
expect_exit 0 clnrm try --image shop:layout -- pwd
is "$(cat "$out")" /srv/app

# ---- as many layers as an image may have: it runs, and nothing can be prepared on top ----
CASE=tall
expect_exit 0 clnrm images import tall tall
has "$out" ' 128 layers'
test_file tall tall 'test $(cat /lib/foo) = first && ls /n0 /n125'
expect_exit 0 clnrm run --force tall.clnrm.toml
printf '[prepare]\nsteps = [{ run = "pwd" }]\n' >>tall.clnrm.toml
expect_exit 2 clnrm run --force tall.clnrm.toml
has "$out" 'the image has more than 127 layers'
expect_exit 0 clnrm images rm tall
CASE=

# ---- validate knows what is here ----
test_file here docker.io/library/piped 'true'
expect_exit 0 clnrm validate here.clnrm.toml
has "$out" '0 warnings'
test_file absent piped:9 'true'
expect_exit 0 clnrm validate absent.clnrm.toml
has "$out" "image 'piped:9' is not here"
has "$out" 'clnrm images import piped:9 FILE'

# ---- the digest is part of a result's key ----
(
	unset CLEANROOM_CACHE_RESULTS
	test_file key shop:key 'cat /srv/file'
	expect_exit 0 clnrm images import shop:key root.tar
	expect_exit 0 clnrm run key.clnrm.toml
	expect_exit 0 clnrm run key.clnrm.toml
	has "$out" '1 cached'
	echo other >root/srv/file
	tar -C root -cf other.tar .
	expect_exit 0 clnrm images import shop:key other.tar
	expect_exit 0 clnrm run key.clnrm.toml
	hasnt "$out" '1 cached'
	expect_exit 0 clnrm images import shop:key root.tar
	expect_exit 0 clnrm run key.clnrm.toml
	has "$out" '1 cached'
)

# ---- platforms ----
expect_exit 4 clnrm images import foreign "$PWD/foreign"
has "$err" 'error[archive-invalid]'
has "$err" '--platform linux/s390x'
expect_exit 0 clnrm images import --platform linux/s390x foreign foreign
expect_exit 0 clnrm images rm foreign

# ---- what is no image ----
: >nothing
gzip -k nothing
head -c 10240 /dev/zero >nothing.tar
for f in nothing nothing.gz nothing.tar -; do
	expect_exit 4 clnrm images import shop:key $f </dev/null
	has "$err" 'nothing is in it'
done
echo text >text
expect_exit 4 clnrm images import bad text
has "$err" 'docker save'
expect_exit 3 clnrm images import bad no-such-file
expect_exit 3 clnrm images import bad root.tar/within
ln -s round round
expect_exit 4 clnrm images import bad round
expect_exit 4 clnrm images import bad "$(printf '%0300d' 0)"
expect_exit 2 clnrm images import host root
has "$err" 'clnrm makes itself'
expect_exit 2 clnrm images import 'b ad' root
expect_exit 2 clnrm images import onlyname
printf '[containers]\nimage_max_mb = 1\n' >small.toml
mkdir -p "$HOME/.config/clnrm"
cp small.toml "$HOME/.config/clnrm/cleanroom.toml"
expect_exit 0 clnrm daemon reload
has "$out" containers.image_max_mb
echo more >>root/srv/file
expect_exit 2 clnrm images import big root
has "$err" 'image_max_mb'
rm "$HOME/.config/clnrm/cleanroom.toml"
expect_exit 0 clnrm daemon reload
if clnrm images inspect big >/dev/null 2>&1; then fail 'a part of an image'; fi

# ---- removal ----
expect_exit 3 clnrm images rm nothing
expect_exit 2 clnrm images rm host
has "$err" "clnrm's own"
test_file busy shop:layout 'touch /tmp/up; echo up; sleep 60'
clnrm run --force --format ndjson busy.clnrm.toml >busy.out 2>&1 </dev/null &
run=$!
is_up() { grep -q '"ev":"output".*up' busy.out; }
wait_until 30 is_up
expect_exit 1 clnrm images rm shop:layout
has "$err" 'in use by 1 running sandbox'
expect_exit 1 clnrm images rm shop:layout of/root:1 --format json
is "$(json 'r["changed"], r["kept"], r["failed"][0]["code"]')" "(['of/root:1'], ['shop:layout'], 'conflict')"
expect_exit 0 clnrm images rm --force shop:layout
has "$out" 'its files go when 1 sandbox has ended'
expect_exit 3 clnrm images inspect shop:layout
expect_exit 0 clnrm images rm shop:layout.tar shop:layout.tgz shop:again
before=$(layers)
kill -TERM $run
wait $run || :
expect_exit 0 clnrm images prune --all --dry-run
has "$out" 'would remove'
expect_exit 0 clnrm images prune --all --format json
is "$(json 'r["freed_bytes"] > 1000000, r["kept"]')" '(True, [])'
[ "$before" -gt 0 ] || fail "the files of a running sandbox were removed"
wait_until 30 no_layers
expect_exit 0 clnrm images --no-header
is "$(wc -l <"$out")" 3

# ---- replaced while a run waits: what ran in the other image stands for none in this ----
mkdir first second
cp -a root/. first
cp -a root/. second
echo first >first/which
echo second >second/which
expect_exit 0 clnrm images import swapped first
cat >swapped.clnrm.toml <<'END'
[meta]
name = "swapped"
image = "swapped"
[[scenario]]
name = "a"
cache = false
script = "echo up; sleep 1"
[[scenario]]
name = "b"
run = "cat /which"
END
which() { json '[s["steps"][0]["stdout"] for s in r["tests"][0]["scenarios"] if s["name"] == "b"]'; }
unset CLEANROOM_CACHE_RESULTS
clnrm run -j 1 --format ndjson swapped.clnrm.toml >busy.out 2>&1 &
run=$!
wait_until 30 is_up
expect_exit 0 clnrm images import swapped second
wait $run
expect_exit 0 clnrm images import swapped first
expect_exit 0 clnrm run --format json swapped.clnrm.toml
is "$(which)" "['first\n']"
export CLEANROOM_CACHE_RESULTS=false
expect_exit 0 clnrm images rm swapped

# ---- one name back and forth: what the other leaves is taken away meanwhile, and never from under an import ----
for way in 1 2 3 4 5 6 7 8 9; do
	CASE="way $way"
	expect_exit 0 clnrm images import moved layout
	expect_exit 0 clnrm images import moved first
done
CASE=
expect_exit 0 clnrm images rm moved

# ---- killed in the middle: the next start takes away what is left ----
mkdir many
i=0
while [ $i -lt 3000 ]; do
	: >many/f$i
	i=$((i + 1))
done
pid=$(clnrm daemon status --format json | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["pid"])')
clnrm images import killed many >/dev/null 2>&1 &
client=$!
begun() { [ "$(find "$imported/tmp" -name 'f*' 2>/dev/null | head -n 1)" ]; }
wait_until 30 begun
kill -9 "$pid"
# Its client asks the next daemon, which may succeed or find its own end at hand: all of it or nothing.
wait $client || :
tmp_is_empty() { [ -z "$(ls "$imported/tmp")" ]; }
wait_until 30 tmp_is_empty
if clnrm images inspect killed >/dev/null 2>&1; then
	is "$(find "$imported/layers" -name 'f*' -path '*/diff/*' | wc -l)" 3000
	expect_exit 0 clnrm images rm killed
fi
wait_until 30 no_layers
expect_exit 0 clnrm images import killed many

# ---- what reads the archive is killed: an error that says so, and nothing is left ----
/usr/bin/python3 - <<'P'
import io, os, tarfile
with tarfile.open("large.tar", "w") as t:
    for i in range(400):
        x = tarfile.TarInfo(f"d/f{i}")
        x.size = 100000
        t.addfile(x, io.BytesIO(os.urandom(x.size)))
P
cat >kill_reader.py <<'P'
import json, os, signal, subprocess, sys, time
pid = json.loads(subprocess.run(["clnrm", "daemon", "status", "--format", "json"], capture_output=True, check=True).stdout)["pid"]
client = subprocess.Popen(["clnrm", "images", "import", "reader", "large.tar"], stderr=subprocess.PIPE, text=True)
def read(path):
    try:
        with open(path, encoding="utf-8") as f:
            return f.read()
    except OSError:
        return ""
killed = 0
while not killed and client.poll() is None:
    for thread in os.listdir(f"/proc/{pid}/task"):
        for child in read(f"/proc/{pid}/task/{thread}/children").split():
            if read(f"/proc/{child}/cmdline") == "clnrm-unpack\0unpack\0":
                os.kill(int(child), signal.SIGKILL)
                killed += 1
said = client.communicate(timeout=60)[1]
print(killed, client.returncode, "was killed: by somebody, or because memory was short" in said)
P
is "$(/usr/bin/python3 kill_reader.py)" '1 5 True'
wait_until 30 tmp_is_empty
if clnrm images inspect reader >/dev/null 2>&1; then fail 'an image of which not all was read'; fi
expect_exit 0 clnrm images import reader large.tar
expect_exit 0 clnrm images rm reader

# ---- a client that leaves ends its import ----
clnrm images import left many/../root >/dev/null 2>&1 &
kill -TERM $! && wait $! || :
wait_until 30 tmp_is_empty
# Also one that reads on and on behind the end of an archive; and its connection ends at once.
tar -cf endless.tar -C root .
truncate -s 4T endless.tar
pid=$(clnrm daemon status --format json | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["pid"])')
sockets() { find "/proc/$pid/fd" -lname 'socket:*' | wc -l; }
clnrm images import left endless.tar >/dev/null 2>&1 &
client=$!
reads() { find "/proc/$pid/fd" -lname '*/endless.tar' | grep -q .; }
wait_until 30 reads
during=$(sockets)
kill -KILL "$client" && wait "$client" || :
closed() { [ "$(sockets)" -lt "$during" ]; }
wait_until 30 closed
wait_until 30 tmp_is_empty
rm endless.tar

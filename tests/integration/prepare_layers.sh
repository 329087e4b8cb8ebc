#!/bin/sh
# [prepare]: steps run once for all that they depend on, and what they wrote lies under every scenario.
. "$(dirname "$0")/../lib/env.sh"
is() {
	[ "$1" = "$2" ] || fail "got '$1', expected '$2'"
	passed
}
imported=$CLNRM_HOME/data/images/imported
prepared() { find "$imported/prepared" -type f ! -name '*.run' | wc -l; }
layers() { find "$imported/layers" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l; }
layers_are() { [ "$(layers)" = "$1" ]; }
json() { /usr/bin/python3 -c "import json, sys; r = json.load(open(sys.argv[1])); x = ($1); print(x)" "$out"; }
: >cleanroom.toml
echo one >input.txt
echo other >beside.txt

# ---- what is in the layer, and what is not ----
cat >a.clnrm.toml <<'T'
[meta]
name = "a"
image = "clnrm/base"
[prepare]
project = "ro"
inputs = ["input.txt"]
env = { SECRET_OF_PREPARE = "hunter2", WORD = "from-env" }
[[prepare.steps]]
name = "write"
script = """
mkdir -p /opt/app/sub /srv/old
cp input.txt /opt/app/
cat /proc/sys/kernel/random/uuid >/opt/app/stamp
echo "$WORD" >/opt/app/word
chmod 640 /opt/app/word
chmod 1775 /opt/app/sub
ln /opt/app/word /opt/app/hard
ln -s ../app/word /opt/app/soft
chown 12:34 /opt/app/stamp
touch -d '2001-02-03 04:05:06' /opt/app/input.txt
rm /etc/profile
rm -r /root && mkdir /root && echo new >/root/new
i=0; while [ $i -lt 200 ]; do echo $i >/opt/app/sub/$i; i=$((i + 1)); done
mkdir -p /opt/app/a-name-that-is-longer-than-what-a-header-of-tar-takes-which-is-one-hundred-bytes-and-so-it-needs-more/below
echo secret >/tmp/secret
sleep 1000 >/dev/null 2>&1 &
"""
[[prepare.steps]]
name = "check"
run = ["cat", "/opt/app/word"]
expected_stdout = { equals = "from-env" }
[[scenario]]
name = "content"
script = """
grep -qx one /opt/app/input.txt
grep -qx from-env /opt/app/hard
test "$(readlink /opt/app/soft)" = ../app/word
test "$(stat -c %a /opt/app/word)" = 640
test "$(stat -c %a /opt/app/sub)" = 1775
test "$(stat -c %h /opt/app/word)" = 2
test "$(stat -c %Y /opt/app/input.txt)" = 981173106
test "$(ls /opt/app/sub | wc -l)" = 200
test -d /opt/app/a-name-*-more/below
! test -e /etc/profile
test "$(ls -A /root)" = new
"""
[[scenario]]
name = "nothing_else"
script = """
! test -e /tmp/secret
! env | grep -q -e SECRET -e WORD
! ps | grep -q 'sleep 1000'
! grep -rq hunter2 /opt /etc /root /srv /var
test "$(ls -A /workspace | wc -l)" = 0
"""
[[scenario]]
name = "changes_it"
script = """
rm -r /opt/app/sub
echo changed >/opt/app/word
rm /opt/app/stamp
echo x >/etc/profile
mkdir /opt/more
"""
[[scenario]]
name = "sees_it_whole"
script = """
test "$(ls /opt/app/sub | wc -l)" = 200
grep -qx from-env /opt/app/word
test -e /opt/app/stamp
! test -e /etc/profile
! test -e /opt/more
cat /opt/app/stamp
"""
T
expect_exit 0 clnrm run -j 1 a.clnrm.toml
has "$err" 'note[prepare]: prepared clnrm/base: 2 steps in '
is "$(prepared)" 1
is "$(layers)" 1
layer=$(echo "$imported"/layers/*)
digest() { (cd "$layer/diff" && find . -printf '%P %y %m %U %G %l %s\n' | sort && find . -type f -exec cksum {} + | sort) | cksum; }
before=$(digest)
if [ "$(id -u)" = 0 ]; then
	is "$(stat -c %u:%g "$layer/diff/opt/app/stamp")" 12:34
else
	is "$(stat -c %u "$layer/diff/opt/app/stamp")" "$(id -u)"
fi
stamp=$(cat "$layer/diff/opt/app/stamp")

# ---- once for all that it depends on ----
expect_exit 0 clnrm run a.clnrm.toml
hasnt "$err" 'note[prepare]'
echo changed >beside.txt # it reads the project, but says that it does not depend on this
expect_exit 0 clnrm run a.clnrm.toml
hasnt "$err" 'note[prepare]'
sed 's/"a"/"b"/; s/name = "content"/name = "other"/' a.clnrm.toml >b.clnrm.toml
expect_exit 0 clnrm run b.clnrm.toml # another file that prepares the same
hasnt "$err" 'note[prepare]'
is "$(prepared)" 1
clnrm daemon stop >/dev/null
expect_exit 0 clnrm run a.clnrm.toml b.clnrm.toml # another daemon
hasnt "$err" 'note[prepare]'
is "$(cat "$layer/diff/opt/app/stamp")" "$stamp"
is "$(digest)" "$before"

# ---- every part of its key ----
changes() {
	CASE=$1
	n=$(prepared)
	expect_exit 0 clnrm run c.clnrm.toml
	has "$err" 'note[prepare]'
	is "$(prepared)" $((n + 1))
	expect_exit 0 clnrm run c.clnrm.toml
	hasnt "$err" 'note[prepare]'
	CASE=
}
cat >c.clnrm.toml <<'T'
[meta]
name = "c"
image = "clnrm/base"
[prepare]
project = "ro"
inputs = ["input.txt"]
env = { A = "1" }
steps = [{ run = ["cp", "input.txt", "/opt.txt"] }]
[[scenario]]
name = "s"
run = ["test", "-e", "/opt.txt"]
T
changes 'a new one'
echo two >input.txt
changes 'an input'
sed -i 's/A = "1"/A = "2"/' c.clnrm.toml
changes 'a variable'
sed -i 's/\[{ run/[{ umask = "077", run/' c.clnrm.toml
changes 'a step'
sed -i 's/max_mb.*//; s/^env/max_mb = 8\nenv/' c.clnrm.toml
changes 'the table'
sed -i 's,image = .*,image = "host",; s,/opt.txt,/srv.txt,g' c.clnrm.toml
changes 'the image'

# ---- several images, a service with one of its own ----
cat >d.clnrm.toml <<'T'
[meta]
name = "d"
[prepare]
steps = [{ run = ["sh", "-c", "echo made >/made.txt"] }]
[[scenario]]
name = "base"
image = "clnrm/base"
run = ["cat", "/made.txt"]
expected_stdout = "made\n"
[[scenario]]
name = "host"
run = ["cat", "/made.txt"]
expected_stdout = "made\n"
[[scenario]]
name = "read_only"
image = "clnrm/base"
read_only = true
run = ["cat", "/made.txt"]
expected_stdout = "made\n"
[[scenario]]
name = "skipped"
image = "clnrm/base"
skip = "why not"
run = "false"
T
sed -i 's/expected_stdout = "made\\n"/expected_stdout = { equals = "made" }/' d.clnrm.toml
n=$(prepared)
expect_exit 0 clnrm run d.clnrm.toml
is "$(prepared)" $((n + 2))

# ---- what is told of it ----
echo one >input.txt
expect_exit 0 clnrm run --format json a.clnrm.toml
is "$(json 'sorted(set((s["receipt"]["prepared_as"], len(s["receipt"]["prepared"]), s["receipt"]["image"][:11]) for t in r["tests"] for s in t["scenarios"]))')" \
	"[('reproducible', 64, 'clnrm/base+')]"
name=$(json 'r["tests"][0]["scenarios"][0]["receipt"]["image"]')
expect_exit 0 clnrm run -vv a.clnrm.toml
matches "$out" 'image clnrm/base\+[0-9a-f]{12}@[0-9a-f]{8} \(prepared, reproducible\), pristine'
expect_exit 0 clnrm dry-run --format json a.clnrm.toml
is "$(json '[(s["prepare"]["ready"], s["prepare"]["image"], s["prepare"]["steps"], s["prepare"]["as"]) for t in r["tests"] for s in t["scenarios"]][0]')" \
	"(True, '$name', 2, 'reproducible')"
expect_exit 0 clnrm dry-run a.clnrm.toml
has "$out" "  prepare: 2 steps, $name is ready"
expect_exit 0 clnrm images --format json
is "$(json "[(i['layers'], i['engines']) for i in r['images'] if i['name'] == '$name']")" "[(2, ['native'])]"
expect_exit 0 clnrm images inspect "$name" --format json
is "$(json 'r["prepared"]["as"], len(r["layer_paths"]), r["prepared"]["entries"] > 200')" "('reproducible', 2, True)"
expect_exit 0 clnrm images inspect "$name"
matches "$out" '^prepared 20.* in [0-9]+ ms, reproducible$'
expect_exit 0 clnrm cache --format json
is "$(json '[c["entries"] >= 2 and c["hits"] > 0 and c["misses"] > 0 for c in r["caches"] if c["name"] == "images"]')" '[True]'
expect_exit 0 clnrm pool --format json
has "$out" "$name"

# ---- removal: what runs goes on, and then the files go ----
mkdir gate
cat >slow.clnrm.toml <<T
[meta]
name = "slow"
image = "clnrm/base"
[prepare]
steps = [{ run = ["mkdir", "/slow"] }]
[[scenario]]
name = "s"
volumes = ["$PWD/gate:/gate:ro"]
run = ["sh", "-c", "until [ -e /gate/go ]; do sleep 0.05; done; test -d /slow"]
T
clnrm run --format ndjson slow.clnrm.toml >events 2>errors &
client=$!
wait_until 20 grep -q '"ev":"step_start"' events
slow=$(clnrm ps --format json | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["sandboxes"][0]["image"])')
expect_exit 1 clnrm images rm "$slow"
expect_exit 0 clnrm images rm --force "$slow"
clnrm cache clear images >/dev/null
is "$(prepared)" 0
touch gate/go
wait $client || fail "the run ended with $?: $(cat errors)"
wait_until 20 layers_are 0
passed
expect_exit 0 clnrm run a.clnrm.toml
has "$err" 'note[prepare]'
expect_exit 0 clnrm images prune --all
wait_until 20 layers_are 0
expect_exit 0 clnrm dry-run a.clnrm.toml
matches "$out" 'prepare: 2 steps, clnrm/base.[0-9a-f]{12} is made first'

# ---- over an image that becomes another one ----
mkdir -p root/bin
cp /bin/busybox root/bin/sh
tar -C root -cf one.tar .
touch root/more
tar -C root -cf two.tar .
expect_exit 0 clnrm images import shop:1 one.tar
cat >over.clnrm.toml <<'T'
[meta]
name = "over"
image = "shop:1"
[prepare]
steps = [{ script = "echo made >/made" }]
[[scenario]]
name = "s"
script = "read x </made; [ $x = made ]"
T
expect_exit 0 clnrm run over.clnrm.toml
expect_exit 0 clnrm images import shop:1 two.tar
expect_exit 0 clnrm images
name=$(sed -n 's/^\(shop:1+[0-9a-f]*\) .*none: inspect says why.*/\1/p' "$out")
[ "$name" ] || fail "no layer lies over what is not here: $(cat "$out")"
expect_exit 3 clnrm images inspect "$name"
has "$err" "is prepared over another 'shop:1' than the one here"
hasnt "$err" 'did you mean'
expect_exit 0 clnrm images import shop:1 one.tar # it is that image again
expect_exit 0 clnrm images inspect "$name"
expect_exit 0 clnrm images rm "$name" --force
expect_exit 0 clnrm images rm shop:1 --force
clnrm pool drain >/dev/null
wait_until 20 layers_are 0

# ---- only so much is kept, and what was used last ----
mkdir -p "$HOME/.config/clnrm"
echo 'containers.prepared_max_mb = 5' >"$HOME/.config/clnrm/cleanroom.toml"
clnrm daemon stop >/dev/null
for i in 1 2 3 4; do
	cat >"big$i.clnrm.toml" <<T
[meta]
name = "big$i"
image = "clnrm/base"
[prepare]
steps = [{ run = ["dd", "if=/dev/zero", "of=/big$i", "bs=1M", "count=2"] }]
[[scenario]]
name = "s"
run = ["test", "-e", "/big$i"]
T
	expect_exit 0 clnrm run "big$i.clnrm.toml"
	clnrm pool drain >/dev/null
done
few() { [ "$(prepared)" -le 2 ] && [ "$(layers)" -le 2 ]; }
expect_exit 0 clnrm run big1.clnrm.toml # makes it anew, if it is gone, and has all be looked at
clnrm pool drain >/dev/null
clnrm daemon stop >/dev/null
expect_exit 0 clnrm images # the next one keeps to it at its start
wait_until 20 few
passed

#!/bin/sh
# What the real `docker save` writes is imported, and a test runs in it: layers that change each other, an
# environment, a user, a directory. The engine is one of our own, without network.
. "$(dirname "$0")/../lib/env.sh"
is() { [ "$1" = "$2" ] || fail "it is '$1', not '$2'"; }
json() { /usr/bin/python3 -c "import json, sys; r = json.load(open(sys.argv[1])); x = ($1); print(x)" "$out"; }

. "$ROOT/tests/lib/docker.sh"

mkdir -p ctx/root/bin ctx/root/usr/lib ctx/root/etc ctx/root/dir
cp /bin/busybox ctx/root/bin/busybox
for applet in sh cat id env pwd ls test; do ln -s busybox ctx/root/bin/$applet; done
ln -s usr/lib ctx/root/lib
echo one >ctx/root/usr/lib/file
echo 'app:x:1000:1000::/:/bin/sh' >ctx/root/etc/passwd
tar -C ctx/root -cf ctx/root.tar .
echo two >ctx/over
cat >ctx/Dockerfile <<'F'
FROM scratch
ADD root.tar /
COPY over /lib/file
COPY over /lib/other
ENV GREETING="hello world" PATH=/bin
WORKDIR /dir
USER app
ENTRYPOINT ["/bin/sh"]
CMD ["-c", "true"]
F
docker build -q -t shop:1 ctx >build.out 2>&1 || fail "docker build: $(cat build.out)"
docker save -o shop.tar shop:1
docker save shop:1 | gzip >shop.tar.gz

cat >t.clnrm.toml <<'T'
[meta]
name = "t"
image = "shop:1"
[[scenario]]
name = "s"
command = ["sh", "-c", "id -u; pwd; echo $GREETING; cat /lib/file /lib/other; ls -d /lib; test -L /lib && echo link"]
T
expect_exit 0 clnrm images import shop:1 shop.tar
expect_exit 0 clnrm run --force --format json t.clnrm.toml
is "$(json 'r["tests"][0]["scenarios"][0]["steps"][0]["stdout"].split()')" \
	"['1000', '/dir', 'hello', 'world', 'two', 'two', '/lib', 'link']"
expect_exit 0 clnrm images inspect shop:1 --format json
is "$(json 'r["origin"]["kind"], r["entrypoint"], r["user"], r["workdir"]')" "('archive', ['/bin/sh'], 'app', '/dir')"
digest=$(json 'r["origin"]["digest"]')
is "sha256:$digest" "$(docker inspect -f '{{.Id}}' shop:1)"
expect_exit 0 clnrm images import shop:2 shop.tar.gz
has "$out" ', 0 new'
docker save shop:1 | clnrm images import shop:3 - >"$out" 2>"$err" || fail "through a pipe: $(cat "$err")"
has "$out" ', 0 new'

# Several images in one archive are told apart by name.
docker tag shop:1 shop:other
printf 'FROM shop:1\nCOPY over /more\n' >ctx/Dockerfile
docker build -q -t more:1 ctx >build.out 2>&1 || fail "docker build: $(cat build.out)"
docker save -o both.tar shop:1 more:1
expect_exit 4 clnrm images import third both.tar
has "$err" 'several images'
expect_exit 0 clnrm images import more:1 both.tar
matches "$out" ' [0-9]+ layers, 1 new|, 2 new'
expect_exit 0 clnrm try --image more:1 -- cat /more
is "$(cat "$out")" two

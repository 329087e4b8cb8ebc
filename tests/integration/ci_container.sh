#!/bin/sh
# What docs/ci.md says of containers, in those of a real engine: a job that may make no namespaces is told
# so and what to do, and weakens nothing; with what it is told, root and an ordinary user run tests.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/docker.sh"

mkdir -p root/usr root/etc root/tmp root/proc root/sys root/dev root/var/tmp root/run root/root root/home/ci
chmod 1777 root/tmp root/var/tmp
for d in bin sbin lib lib64; do [ ! -e "/$d" ] || ln -s "usr/$d" "root/$d"; done
printf 'root:x:0:0::/root:/bin/sh\nci:x:1000:1000::/home/ci:/bin/sh\n' >root/etc/passwd
printf 'root:x:0:\nci:x:1000:\n' >root/etc/group
chown 1000:1000 root/home/ci
tar -C root -c . | docker import - job:1 >/dev/null
cat >job.sh <<'J'
cd && clnrm health
cat >t.clnrm.toml <<'T'
[meta]
name = "t"
[[scenario]]
name = "s"
run = "echo works"
T
clnrm run t.clnrm.toml
echo "exit $?"
clnrm try --format json -- true
clnrm daemon stop
J

# job FLAGS: what a job with these flags prints goes to $out.
job() {
	CASE="docker run $*"
	timeout 60 docker run --rm --network none -v /usr:/usr:ro -v "$BUILD:/clnrm:ro" -v "$W/work/job.sh:/job.sh:ro" \
		-e PATH=/clnrm:/usr/bin:/usr/sbin -e HOME=/root "$@" job:1 sh /job.sh >"$out" 2>&1 || :
}
OPEN='--security-opt seccomp=unconfined --security-opt systempaths=unconfined'
[ ! -d /sys/kernel/security/apparmor ] || OPEN="$OPEN --security-opt apparmor=unconfined"
USER_OF_JOB='--user 1000 -e HOME=/home/ci'

refused() {
	job "$@"
	has "$out" "user namespaces are not available (run clnrm health): cannot make one: Operation not permitted"
	has "$out" "exit 2"
	has "$out" "refused by the outer container's seccomp filter"
	has "$out" "fix: docker run --security-opt seccomp=unconfined ..."
	hasnt "$out" "works"
	hasnt "$out" "has no seccomp filters"
}
refused
# shellcheck disable=SC2086
refused $USER_OF_JOB

half() {
	job "$@" --security-opt seccomp=unconfined
	has "$out" "start the outer container with --security-opt systempaths=unconfined"
	has "$out" "exit 2"
}
half
# shellcheck disable=SC2086
half $USER_OF_JOB

runs() {
	job "$@"
	has "$out" "1 passed"
	has "$out" "exit 0"
	has "$out" '"mode":"rootless"'
	has "$out" '"pristine":true'
}
# shellcheck disable=SC2086
runs $OPEN
# shellcheck disable=SC2086
runs $OPEN $USER_OF_JOB

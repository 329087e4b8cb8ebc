# tests/lib/docker.sh - a Docker Engine of the test's own, without network, which ends with the test:
# . "$ROOT/tests/lib/docker.sh" after env.sh.
# shellcheck shell=sh
needs dockerd
PATH=$PATH:/usr/sbin:/sbin
D=$W/docker
mkdir -p "$D/config"
export DOCKER_HOST="unix://$D/sock" DOCKER_CONFIG="$D/config" DOCKER_BUILDKIT=0
dockerd --host "$DOCKER_HOST" --data-root "$D/data" --exec-root "$D/exec" --pidfile "$D/pid" --bridge none --iptables=false \
	--ip6tables=false --storage-driver overlay2 --config-file "$D/none.json" >"$D/log" 2>&1 </dev/null &
dockerd=$!
end_docker() {
	kill -TERM $dockerd 2>/dev/null && wait $dockerd || :
	umount "$D"/exec/* "$D"/data/* 2>/dev/null || :
}
# shellcheck disable=SC2154 # status is set there
trap 'status=$?; end_docker; (exit $status); finish' EXIT
docker_is_up() { docker version >/dev/null 2>&1 || ! kill -0 $dockerd 2>/dev/null; }
echo '{}' >"$D/none.json"
wait_until 60 docker_is_up
kill -0 $dockerd 2>/dev/null || fail "dockerd does not start: $(grep -v level=info "$D/log" | tail -n 2)"

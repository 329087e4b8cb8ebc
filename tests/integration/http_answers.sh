#!/bin/sh
# Answers are as proto/schema/ says, and what operates the daemon does what it says.
. "$(dirname "$0")/../lib/env.sh"

check=$ROOT/tests/lib/check_schema.py
get() { curl -sS --unix-socket "$SOCKET" -o "$doc" "$@"; }
# is SCHEMA curl-arguments...: the answer is recorded as one; with a member missing or renamed it must
# not be valid. All are judged at the end, by one process.
is() {
	schema=$1
	shift
	get "$@"
	record "$doc" "$schema" self
}
post() { schema=$1 path=$2 body=$3; shift 3; is "$schema" -X POST -d "$body" "$@" "http://localhost$path"; }

/usr/bin/python3 "$check" --all >"$out" || { cat "$out"; fail "a schema is no schema"; }
expect_exit 0 clnrm daemon start

for name in version status health pool cache images config; do
	case $name in
	config) post config /v1/config "{\"cwd\":\"$PWD\"}" ;;
	*) is "$name" "http://localhost/v1/$name" ;;
	esac
done
is sandboxes "http://localhost/v1/sandboxes?all=1"
is image http://localhost/v1/images/host
is openapi http://localhost/v1/openapi.json
is health "http://localhost/v1/health?verbose=1"
is metrics -H 'Accept: application/json' http://localhost/v1/metrics
post changed /v1/pool/fill '{"image":"host","count":2}'
post changed /v1/pool/drain '{}'
post gc /v1/gc ''
is changed -X DELETE http://localhost/v1/cache/results
printf '[meta]\nname = "w"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\nrun = "true"\n[[scenario]]\nname = "t"\ncache = false\nimage = "clnrm/base"\nrun = "true"\n' >w.clnrm.toml
post why /v1/why "{\"cwd\":\"$PWD\",\"env\":{},\"scenario\":\"w.clnrm.toml::s\"}"
post why /v1/why "{\"cwd\":\"$PWD\",\"env\":{},\"scenario\":\"w\"}"
post problem /v1/why "{\"cwd\":\"$PWD\",\"env\":{},\"scenario\":\"x\"}"
post problem /v1/why "{\"cwd\":\"$PWD\"}"
clnrm run w.clnrm.toml >"$out"
is why http://localhost/v1/runs/latest/why
is why "http://localhost/v1/runs/latest/why?scenario=w/s"
is problem http://localhost/v1/runs/zzzz/why
is changed -X DELETE http://localhost/v1/cache
post cache_why /v1/cache/why "{\"cwd\":\"$PWD\",\"path\":\"absent\"}"
post gc "/v1/gc?dry_run=1" ''
post reload /v1/reload ''
for s in "$ROOT"/proto/schema/*.json; do
	get "http://localhost/v1/schemas/$(basename "$s" .json)"
	cmp -s "$s" "$doc" || fail "the daemon serves another $(basename "$s")"
done
passed

# Refusals.
is problem http://localhost/v1/nothing
is problem -X PUT http://localhost/v1/version
has "$doc" '"allow":["GET"]'
is problem -X PUT http://localhost/v1/runs
has "$doc" '"allow":["POST","GET"]'
head -c 1100000 /dev/zero >"$W/large"
get -X POST --data-binary "@$W/large" http://localhost/v1/pool/fill
has "$doc" '"limit_bytes":1048576'
is problem http://localhost/v1/schemas/statos
is problem http://localhost/v1/images/hots
has "$doc" '"similar":["host"]'
is problem "http://localhost/v1/images?sort=colour"
post problem /v1/pool/fill '{"image":"host","count":100000}'
post problem /v1/pool/fill '{"imige":"host"}'
is problem -X DELETE http://localhost/v1/cache/resolts
has "$doc" '"similar":["results"]'
post problem /v1/cache/why "{\"cwd\":\"$PWD\"}"
post problem /v1/shutdown '{"if_build":"another"}'
has "$doc" '"daemon_build"'
expect_exit 0 clnrm daemon status
post problem /v1/config "{\"cwd\":\"$PWD\",\"key\":\"cli.jobz\"}"
has "$doc" "did you mean 'cli.jobs'?"
nest() { printf "$1%.0s" $(seq "$2"); }
post problem /v1/config "{\"cwd\":\"$PWD\",\"key\":$(nest '[' 64)$(nest ']' 64)}"
has "$doc" "nested deeper than 64 levels"
post problem /v1/config "{\"cwd\":\"$PWD\",\"key\":$(nest '[' 63)$(nest ']' 63)}"
has "$doc" '"pointer":"/key"'

# What a later part builds is known by its name, and is no operation of the document.
later() {
	is problem -X "$1" -w '%{http_code}' "http://localhost$2" >"$out"
	has "$out" 501
	has "$doc" '"code":"needs-feature"'
	has "$doc" "\"missing\":[\"$3\"]"
}
later GET /v1/services services
later POST /v1/services/a1/restart services
later GET /v1/plugins services
later POST /v1/images/pull docker
later PUT /v1/otel/collector telemetry
is problem -X DELETE -w '%{http_code}' http://localhost/v1/services >"$out"
has "$out" 405
has "$doc" '"allow":["GET"]'
is problem -w '%{http_code}' http://localhost/v1/runs/a/b >"$out"
has "$out" 404
post problem /v1/runs "{\"cwd\":\"$PWD\",\"options\":{\"otel_endpoint\":\"http://x\",\"locked\":true}}"
has "$doc" '"missing":["telemetry","docker"]'
is problem -w '%{http_code}' 'http://localhost/v1/runs/latest?form=pdf' >"$out"
has "$out" 400
has "$doc" 'one of: ndjson json junit tap html markdown'
get http://localhost/v1/openapi.json
hasnt "$doc" '"/v1/services"'

# Arguments that the route does not name.
is problem -w '%{http_code}' 'http://localhost/v1/runs?limt=3&colour=1' >"$out"
has "$out" 400
has "$doc" "GET /v1/runs: unknown argument 'limt'"
has "$doc" "did you mean 'limit'?"
has "$doc" "unknown argument 'colour'"
is problem 'http://localhost/v1/version?x=1'
has "$doc" 'it takes none'
is problem -X POST 'http://localhost/v1/pool/drain?image=x'
is problem 'http://localhost/v1/images?limit=many'
has "$doc" "GET /v1/images: argument 'limit' wants a whole number, not 'many'"
is problem 'http://localhost/v1/sandboxes?all'
has "$doc" "argument 'all' wants 0 or 1"
is images 'http://localhost/v1/images?limit=1&sort=name'

# Builds: an older client is served, a newer one is told to replace the daemon.
build() { is "$1" -w '%{http_code}' -D "$W/head" -H "Clnrm-Build: $2" "http://localhost$3" >"$out"; }
build images 0.9.9+abcdefg+release /v1/images
has "$out" 200
build problem 1.10.0+abcdefg+release /v1/images
has "$out" 409
has "$W/head" 'Clnrm-Skew: replace'
has "$doc" '"client_build":"1.10.0+abcdefg+release"'
version=$(clnrm version --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)["client"]["version"])')
build problem "$version+0000000+other" /v1/images
has "$W/head" 'Clnrm-Skew: replace'
build problem 1.10.0+abcdefg+release /v1/of-later
has "$W/head" 'Clnrm-Skew: replace'
build status 1.10.0+abcdefg+release /v1/status
build problem 0.9.9+abcdefg+release /v1/gone
has "$W/head" 'Clnrm-Skew: refuse'
has "$doc" 'version-skew'
has "$doc" "the client is '$(readlink -f "$(command -v curl)")', the daemon '$(readlink -f "$CLNRM_DAEMON")'"

# Streams.
cat >one.clnrm.toml <<'T'
[meta]
name = "one"
[[scenario]]
name = "good"
run = "echo hello"
[[scenario]]
name = "bad"
run = "false"
T
post event /v1/runs "{\"cwd\":\"$PWD\",\"paths\":[\"one.clnrm.toml\"]}" -H 'Accept: application/x-ndjson'
post validate /v1/validate "{\"cwd\":\"$PWD\",\"paths\":[\"one.clnrm.toml\"]}"
expect_exit 1 clnrm run --format json one.clnrm.toml
record "$out" run self
passed
post render /v1/render "{\"cwd\":\"$PWD\",\"content\":\"{{ a.b }}\",\"context\":{\"a\":{\"b\":1}},\"bare\":true,\"show_vars\":true}"
has "$doc" '"text":"1"'
post problem /v1/render "{\"cwd\":\"$PWD\",\"content\":\"{{ a }}\",\"bare\":true}"
has "$doc" '"code":"template-error"'
post problem /v1/render "{\"cwd\":\"$PWD\",\"content\":\"x\",\"path\":\"y\",\"cell\":0,\"bare\":true,\"nope\":1}"
has "$doc" "either 'path' or 'content'"
post try /v1/try "{\"cwd\":\"$PWD\",\"argv\":[\"echo\",\"x\"]}" -H 'Accept: application/json'
post event /v1/try "{\"cwd\":\"$PWD\",\"argv\":[\"echo\",\"x\"]}" -H 'Accept: application/x-ndjson'
post problem /v1/try "{\"cwd\":\"$PWD\",\"argv\":[]}"
expect_exit 0 clnrm run --list --format json one.clnrm.toml
record "$out" list self
passed
expect_exit 0 clnrm runs list --format json
record "$out" runs self
passed

# Metrics in the forms of scrapers.
get http://localhost/v1/metrics
matches "$doc" '^clnrm_memory_bytes\{process="daemon"\} [1-9][0-9]*$'
get -H 'Accept: application/openmetrics-text; version=1.0.0' http://localhost/v1/metrics
matches "$doc" '^# EOF$'
get "http://localhost/v1/metrics?prefix=clnrm_pool_"
hasnt "$doc" clnrm_memory_bytes

# For people.
expect_exit 0 clnrm daemon status
matches "$out" '^clnrmd .*  pid [0-9]+, up .*, started by client$'
has "$out" "socket   $SOCKET"
expect_exit 0 clnrm images --no-header
hasnt "$out" IMAGE
expect_exit 0 clnrm images --sort name --limit 1
has "$out" clnrm/base
hasnt "$out" scratch
expect_exit 2 clnrm images --sort colour
has "$err" "there is no column 'colour'"
expect_exit 3 clnrm images inspect alpin
clnrm health >"$out" 2>"$err" || [ $? = 1 ] || fail "health ended badly"
matches "$out" '^(ok|warn|FAIL) +user namespaces +'
matches "$out" '^[0-9]+ ok, [0-9]+ warn, [0-9]+ FAIL$'
matches "$out" '^ok +runtime directory +'

# Settings of the daemon itself are read again; bad ones leave the former in place.
mkdir -p "$HOME/.config/clnrm"
printf '[performance]\ncontainer_pool_size = 3\n[history]\nmax_runs = 7\n' >"$HOME/.config/clnrm/cleanroom.toml"
expect_exit 0 clnrm daemon reload
has "$out" performance.container_pool_size
has "$out" "after a restart (clnrm daemon restart): history.max_runs"
post problem /v1/pool/fill '{"image":"host","count":4}'
printf '[performance]\ncontainer_pool_size = "many"\n' >"$HOME/.config/clnrm/cleanroom.toml"
expect_exit 2 clnrm daemon reload
post changed /v1/pool/fill '{"image":"host","count":3}'

# SIGHUP does the same.
pools() { printf '[performance]\ncontainer_pool_size = %s\n' "$1" >"$HOME/.config/clnrm/cleanroom.toml"; }
pools 1
kill -HUP "$(daemon_pid)"
refused() { get -X POST -d '{"image":"host","count":2}' http://localhost/v1/pool/fill && grep -q '"code":"limit"' "$doc"; }
wait_until 10 refused
passed
rm "$HOME/.config/clnrm/cleanroom.toml"

# A shutdown is answered before it begins.
pid=$(daemon_pid)
get -X POST -d '{"drain_ms":0}' -w '%{http_code}' http://localhost/v1/shutdown >"$out"
has "$out" 202
record "$doc" shutdown
wait_until 15 sh -c "! kill -0 $pid 2>/dev/null"

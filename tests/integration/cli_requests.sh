#!/bin/sh
# What leaves the client: paths, directory, the variables that are due, options, headers.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/fake.sh"
unset SERVICE_NAME ENV OTEL_ENDPOINT LC_ALL TZ 2>/dev/null || :
answers <<'J'
{"POST /v1/runs": {"frames": [["x", "0"]]}, "POST /v1/validate": {"frames": [["x", "0"]]},
 "POST /v1/try": {"frames": [["x", "0"]]}, "*": {"frames": [["x", "0"]]}}
J
export CLEANROOM_CLI_JOBS=3 SECRET=x FOO=bar
expect_exit 0 clnrm run -k a --filter b --no-parallel --timeout 1500ms --step-timeout 2 --label k=v \
	--image-map alpine=host --env FOO --env BAR=1 --env BAR=2 -q --report tap=- a.clnrm.toml dir/
is "$(request 0 'b["paths"]')" "['a.clnrm.toml', 'dir/']"
is "$(request 0 'b["cwd"]["path"]')" "$PWD"
is "$(request 0 '(b["cwd"]["dev"], b["cwd"]["ino"])')" "$(stat -c '(%d, %i)' .)"
is "$(request 0 'sorted(b["env"].items())')" \
	"[('BAR', '2'), ('CLEANROOM_CACHE_RESULTS', 'false'), ('CLEANROOM_CLI_JOBS', '3'), ('FOO', 'bar'), ('LANG', 'C.UTF-8'), ('TERM', 'dumb')]"
is "$(request 0 'o')" \
	"{'filter': ['a', 'b'], 'timeout_ms': 1500, 'step_timeout_ms': 2000, 'image_map': {'alpine': 'host'}, 'jobs': 1}"
is "$(request 0 'b["labels"], b["reports"]')" "({'k': 'v'}, [{'kind': 'tap'}])"
is "$(request 0 'h["clnrm-verbose"], h["clnrm-color"], h["clnrm-tty"], h["clnrm-format"]')" "('-1', '0,0', '0', 'auto')"
is "$(request 0 'r["version"], h["accept"]')" "('HTTP/1.0', 'application/vnd.clnrm.frames')"
is "$(request 0 '"clnrm-ascii" in h')" False

# stdin as a file, elsewhere, without config.
mkdir sub
printf '[meta]\n' | LANG=C clnrm -C sub --no-config --width 60 --color always -f json validate --stdin-name x/y.clnrm.toml -
is "$(request 1 'b["stdin"], b["cwd"]["path"][-4:], o')" \
	"({'name': 'x/y.clnrm.toml', 'text': '[meta]\\n'}, '/sub', {'no_config': True})"
is "$(request 1 'h["clnrm-columns"], h["clnrm-color"], h["clnrm-format"], h["clnrm-ascii"]')" "('60', '1,1', 'json', '1')"

# try: bytes that are no UTF-8 go as base64; only settings and --env as variables.
printf '\377\n' >bytes
clnrm try --env A=b --timeout 5s -- cat -v <bytes
is "$(request 2 'b["argv"], b["stdin"], b["stdin_encoding"], sorted(b["env"].items()), o')" \
	"(['cat', '-v'], '/wo=', 'base64', [('A', 'b'), ('CLEANROOM_CACHE_RESULTS', 'false'), ('CLEANROOM_CLI_JOBS', '3')], {'timeout_ms': 5000})"
is "$(request 2 '"stdin_open" in b')" False # it was at its end: nothing follows

# Health asks first whether anybody answers.
expect_exit 0 clnrm health -v
is "$(request 3 'r["target"]') $(request 4 'r["target"]')" '/v1/version /v1/health?verbose=1'

# Listings put their flags into the query; names are escaped.
n=5
for pair in 'ps -a --limit 5|GET /v1/sandboxes?all=1&limit=5' \
	'runs --since 1d --label a=b --no-header|GET /v1/runs?since_ms=86400000&label=a%3Db&no_header=1' \
	'runs show latest~2 --receipts|GET /v1/runs/latest~2?receipts=1' \
	'runs show latest --deadlines|GET /v1/runs/latest?deadlines=1' \
	'runs show run:latest --test a/b|GET /v1/runs/latest?test=a%2Fb' \
	'runs rm r1 r2|DELETE /v1/runs/r1,r2?purge=1' \
	'runs rm --older-than 7d|DELETE /v1/runs/all?purge=1&older_than_ms=604800000' \
	'logs latest/t/s/st --stream stderr -n 3|GET /v1/runs/latest/output?step=t%2Fs%2Fst&stream=stderr&lines=3' \
	'pool|GET /v1/pool' 'why a/b latest|GET /v1/runs/latest/why?scenario=a%2Fb' 'cache clear results|DELETE /v1/cache/results' 'cache|GET /v1/cache' 'cache why a.toml|POST /v1/cache/why' 'images|GET /v1/images' 'images inspect clnrm/base|GET /v1/images/clnrm%2Fbase' \
	'metrics clnrm_q|GET /v1/metrics?prefix=clnrm_q' \
	'daemon gc --dry-run|POST /v1/gc?dry_run=1' 'pool drain|POST /v1/pool/drain' 'pool fill host 4|POST /v1/pool/fill' \
	'config show cli.jobs|POST /v1/config' 'config path|POST /v1/config'; do
	# shellcheck disable=SC2086
	expect_exit 0 clnrm ${pair%%|*}
	is "$(request $n 'r["method"] + " " + r["target"]')" "${pair#*|}"
	n=$((n + 1))
done
is "$(request $((n - 3)) 'b')" "{'image': 'host', 'count': 4}"
is "$(request $((n - 2)) 'b["key"]')" cli.jobs

# A template: the daemon reads files, the client stdin.
expect_exit 0 clnrm render --bare --root r --context c.json -m a.b=1 -m a.b=2 --seed 7 --freeze-clock now --hermetic-env --show-vars t.html
is "$(request $n '{k: v for k, v in b.items() if k not in ("cwd", "env")}')" \
	"{'path': 't.html', 'context_path': 'c.json', 'root': 'r', 'seed': '7', 'freeze_clock': 'now', 'bare': True, 'show_vars': True, 'hermetic_env': True, 'map': {'a.b': '2'}}"
n=$((n + 1))
printf 'text' | clnrm render --cell 2 -
is "$(request $n 'b["content"], b["cell"], r["target"]')" "('text', 2, '/v1/render')"
n=$((n + 1))

# Bodies are what proto/schema/ says of requests.
for pair in 0:run_request 1:validate_request 2:try_request $((n - 6)):pool_request $((n - 5)):pool_request \
	$((n - 4)):config_request $((n - 3)):config_request $((n - 2)):render_request $((n - 1)):render_request; do
	request "${pair%%:*}" 'r["body"]' >"$W/body-${pair%%:*}.json"
	echo "${pair#*:} $W/body-${pair%%:*}.json"
	passed
done >"$W/bodies"
xargs /usr/bin/python3 "$ROOT/tests/lib/check_schema.py" <"$W/bodies" >"$err" || {
	cat "$W/bodies" "$err"
	fail "a body is not as its schema says"
}

# The daemon may ask for variables once; globs; then the answer counts.
answers <<'J'
{"POST /v1/runs": {"turns": [{"status": 428, "headers": {"Clnrm-Need-Env": "AWS_*, SECRET"}, "frames": [["x", "2"]]},
  {"frames": [["o", "done\n"], ["x", "0"]]}]}}
J
AWS_A=1 AWS_B=2 NOT=3 expect_exit 0 clnrm run a.clnrm.toml
is "$(cat "$out")" 'done'
is "$(request 1 '[k for k in sorted(b["env"]) if k in ("AWS_A", "AWS_B", "SECRET", "NOT")]')" "['AWS_A', 'AWS_B', 'SECRET']"
# What is still missing then is not set here: the daemon need not ask again.
is "$(request 0 '"clnrm-env-final" in h')" False
is "$(request 1 'h["clnrm-env-final"]')" 1
answers <<'J'
{"POST /v1/runs": {"status": 428, "headers": {"Clnrm-Need-Env": "X"}, "frames": [["e", "still\n"], ["x", "2"]]}}
J
expect_exit 2 clnrm run a.clnrm.toml
is "$(wc -l <"$CLNRM_FAKE_LOG")" 2

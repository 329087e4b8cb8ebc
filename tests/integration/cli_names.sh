#!/bin/sh
# whoever: messages
# What the command line is told is in its own words: flags, arguments and files as they were typed, never
# the members of the requests that are made of them.
. "$(dirname "$0")/../lib/env.sh"
mkdir tests
cat >tests/a.clnrm.toml <<'EOF'
[test.metadata]
name = "a"

[[scenario]]
name = "one"

[[scenario.steps]]
name = "s"
command = ["true"]
EOF
printf '[project]\nname = "shop"\n' >cleanroom.toml

# says EXIT TEXT clnrm ARGS...: that exit code, and that on stderr; and nothing on it in quotes has an
# underscore or is a bare member.
says() {
	want_exit=$1 text=$2
	shift 2
	expect_exit "$want_exit" "$@"
	has "$err" "$text"
	for member in owner until test path argv shard shuffle seed map artifacts root bare check cell workdir \
		scenario update_snapshots require_receipt context; do
		hasnt "$err" "'$member'"
	done
}

# Flags that a command cannot do without, with the synopsis.
says 2 "error[missing-argument]: 'clnrm flaky quarantine' needs --owner O" clnrm flaky quarantine x
has "$err" "usage: clnrm flaky quarantine [flags] TEST/SCENARIO --owner O --until DATE"
says 2 "needs --until DATE" clnrm flaky quarantine x --owner me
says 2 "--owner is empty" clnrm flaky quarantine x --owner ' ' --until 2999-01-01
says 2 "--until is no day" clnrm flaky quarantine x --owner me --until soon
says 2 "--until is over" clnrm flaky quarantine x --owner me --until 2001-01-01
says 2 "TEST/SCENARIO is empty" clnrm flaky quarantine ' ' --owner me --until 2999-01-01
says 2 "TEST/SCENARIO has a '[' that is never closed" clnrm flaky quarantine '[a' --owner me --until 2999-01-01
expect_exit 0 clnrm help flaky quarantine
has "$out" "TEST/SCENARIO --owner O --until DATE"

# An empty argument names nothing.
for words in 'run' 'dry-run' 'cache why' 'images import x' 'images rm' 'pool fill' 'why' 'init' 'flaky release'; do
	# shellcheck disable=SC2086
	says 2 "an argument is empty" clnrm $words ''
done
expect_exit 0 clnrm try -- sh -c '[ $# = 1 ]' sh ''

# Values that the daemon looks at.
says 2 "--shard must be I/M" clnrm run --shard 9/3
says 2 "--shuffle must be" clnrm run --shuffle=zz
says 2 "--seed must be" clnrm run --seed zz
says 2 "--seed must be" clnrm render --seed zz tests/a.clnrm.toml
says 2 "--map: '.x' is no name of a variable" clnrm run --map .x=1
says 2 "--artifacts names no directory" clnrm run --artifacts=
CI=1 says 2 "--update-snapshots is refused while CI is set" clnrm run --update-snapshots
says 2 "--update-snapshots is of one run" clnrm dev --update-snapshots --once
says 2 "--root needs --bare" clnrm render --root . tests/a.clnrm.toml
says 2 "--bare and --check exclude each other" clnrm render --bare --check tests/a.clnrm.toml
says 2 "--bare and --cell exclude each other" clnrm render --bare --cell 1 tests/a.clnrm.toml
says 125 "--workdir must be an absolute path" clnrm try --workdir x -- true
says 125 "--workdir must be an absolute path" clnrm exec x --workdir x -- true
says 2 "Invalid freeze_clock 'zz': expected RFC 3339" clnrm run --freeze-clock zz
long=$(head -c 5000 /dev/zero | tr '\0' x)
says 2 "--artifacts must be a text of at most 4095 bytes, not one of 5000" clnrm run "--artifacts=$long"

says 2 "--filter '[a': '[' is never closed" clnrm run -k '[a'
says 2 "--exclude 'x[a': '[' is never closed" clnrm run --exclude 'x[a'
says 2 "wants every '[' to be closed, not 'x['" clnrm runs list --test 'x['

# A file that is read is named in what is wrong with it.
echo '{"x":1}' >wrong.json
says 2 "--require-receipt: 'wrong.json': a receipt has no member 'x'" clnrm run --require-receipt wrong.json
says 3 "'none.json'" clnrm run --require-receipt none.json
says 4 "wrong.json" clnrm report -i wrong.json
says 3 "'none.json'" clnrm report -i none.json
echo '[1]' >list.json
says 4 "list.json" clnrm render --context list.json tests/a.clnrm.toml
says 3 "none.json" clnrm render --context none.json tests/a.clnrm.toml
says 3 "none.toml" clnrm -c none.toml run
echo '= 1' >broken.toml
says 2 "broken.toml:1:1" clnrm -c broken.toml run
says 5 "cleanroom.toml/x.xml" clnrm run --report junit=cleanroom.toml/x.xml
says 5 "cleanroom.toml/x.txt" clnrm run --digest-file cleanroom.toml/x.txt
says 5 "cleanroom.toml/x.json" clnrm run --format json -o cleanroom.toml/x.json
says 3 "none.tar" clnrm images import x none.tar
echo junk >junk.tar
says 4 "junk.tar" clnrm images import x junk.tar

# For a program the members have the names that they have in its request.
curl -sS --unix-socket "$SOCKET" -H 'Content-Type: application/json' http://x/v1/runs \
	-d "{\"cwd\":\"$PWD\",\"options\":{\"shard\":\"9/3\"}}" >"$out"
has "$out" "'shard' must be I/M"
has "$out" '"pointer":"/options/shard"'

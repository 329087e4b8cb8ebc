#!/bin/sh
# Files, directories and paths that are no tests: each is named with what is wrong with it, nothing runs,
# and a good run afterwards is as if nothing had been.
. "$(dirname "$0")/../lib/env.sh"

printf '[meta]\nname = "good"\n[[scenario]]\nname = "s"\nrun = "true"\n' >good.clnrm.toml
expect_exit 0 clnrm run good.clnrm.toml
pid=$(daemon_pid)
# refused EXIT CODE TEXT ARGUMENTS...
refused() {
	code=$1 id=$2 text=$3
	shift 3
	expect_exit "$code" clnrm "$@"
	has "$err" "$id"
	has "$err" "$text"
	hasnt "$out" passed
}

refused 2 unknown-command "did you mean 'validate'" validat good.clnrm.toml
refused 2 unknown-flag "did you mean '--fail-fast'" run --fail-fats good.clnrm.toml
refused 3 file.not_found "no.clnrm.toml" run no.clnrm.toml
refused 3 file.not_found "no.clnrm.toml" run good.clnrm.toml no.clnrm.toml
mkdir -p none/deep && echo x >none/deep/readme.md
refused 2 file.no_tests "no test files under 'none'" run none
# A key that no table has, in both languages, with the line.
printf '[meta]\nname = "x"\n[[scenario]]\nname = "y"\nrunn = "true"\n' >key.clnrm.toml
refused 2 config.unknown_key "did you mean 'run'" run key.clnrm.toml
matches "$err" '^key\.clnrm\.toml:5:1: error'
printf 'meta:\n  name: x\nscenario:\n  - name: y\n    runn: "true"\n' >key.clnrm.yaml
refused 2 config.unknown_key "did you mean 'run'" run key.clnrm.yaml
matches "$err" '^key\.clnrm\.yaml:5:5: error'
# No TOML, no YAML, no text.
printf '[meta]\nname = "x\n' >broken.clnrm.toml
refused 2 toml.syntax "broken.clnrm.toml:2:" run broken.clnrm.toml
printf 'meta:\n  name: [x\n' >broken.clnrm.yaml
refused 2 yaml.syntax "broken.clnrm.yaml:" run broken.clnrm.yaml
head -c 4096 /dev/urandom >noise.clnrm.toml
expect_exit 2 clnrm run noise.clnrm.toml
head -c 4096 /dev/urandom >noise.clnrm.yaml
expect_exit 2 clnrm run noise.clnrm.yaml
{ printf 'meta: '; head -c 100000 /dev/zero | tr '\0' '['; } >deep.clnrm.yaml
expect_exit 2 clnrm run deep.clnrm.yaml
# Larger than any test; a pipe that nobody writes to; a directory with the name of a test.
truncate -s 100M big.clnrm.toml
refused 2 big.clnrm.toml "file has 104857600 bytes, the limit is 16777216" run big.clnrm.toml
mkfifo pipe.clnrm.toml
refused 3 file.unreadable "'pipe.clnrm.toml' is not a regular file" run pipe.clnrm.toml
mkdir dir.clnrm.toml
refused 2 file.no_tests dir.clnrm.toml run dir.clnrm.toml
ln -s loop.clnrm.toml loop.clnrm.toml
expect_exit 3 clnrm run loop.clnrm.toml
if [ "$(id -u)" != 0 ]; then
	cp good.clnrm.toml secret.clnrm.toml
	chmod 000 secret.clnrm.toml
	refused 3 file.unreadable secret.clnrm.toml run secret.clnrm.toml
	mkdir locked && chmod 000 locked
	refused 3 file.unreadable locked run locked
	chmod 700 locked
fi
# A path of 4 KiB, given and in a tree.
long=$(printf '%0250d/' $(seq 17) | tr -d '\n')
expect_exit 2 clnrm run "${long}t.clnrm.toml"
has "$err" 'a path is longer than 4095 bytes'
# Volumes: sixteen, not seventeen.
volumes() {
	printf '[meta]\nname = "v"\n[[scenario]]\nname = "s"\nrun = "true"\n'
	for i in $(seq "$1"); do
		mkdir -p "v/$i"
		printf '[[scenario.volumes]]\nhost = "v/%s"\nat = "/mnt/%s"\n' "$i" "$i"
	done
}
volumes 17 >seventeen.clnrm.toml
expect_exit 2 clnrm run seventeen.clnrm.toml
has "$err" '17 volumes, the limit is 16'

# Several bad ones at once are all named, and the good one beside them does not run.
expect_exit 2 clnrm run good.clnrm.toml key.clnrm.toml broken.clnrm.yaml
has "$err" key.clnrm.toml:5
has "$err" broken.clnrm.yaml
hasnt "$out" passed

[ "$(daemon_pid)" = "$pid" ] || fail "another daemon: the first one died"
expect_exit 0 clnrm run good.clnrm.toml

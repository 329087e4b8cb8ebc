#!/bin/sh
# What init and template write: it passes, what exists stays, and the files are the user's own.
. "$(dirname "$0")/../lib/env.sh"

# ---- init ----
mkdir shop
cd shop
echo mine >README.md
(umask 027 && clnrm init --config >"$out" 2>"$err") || fail 'init refuses'
has "$out" "initialized $PWD"
has "$out" 'next: clnrm run'
is() { [ "$1" = "$2" ] || fail "got '$1', expected '$2'"; passed; }
is "$(find . -type f | LC_ALL=C sort | tr '\n' ' ')" './.gitignore ./README.md ./cleanroom.toml ./tests/basic.clnrm.toml '
is "$(stat -c %a tests tests/basic.clnrm.toml | tr '\n' ' ')" '750 640 '
is "$(cat README.md .gitignore)" "$(printf 'mine\n.clnrm/')"
has cleanroom.toml 'name = "shop"'
expect_exit 0 clnrm run
has "$out" '3 passed'
expect_exit 2 clnrm init
has "$err" 'error[exists]: already initialised'
has "$err" 'help: --force overwrites'
echo '# mine' >>tests/basic.clnrm.toml
rm .gitignore
expect_exit 0 clnrm init --format json
has "$out" '{"changed":[".gitignore"],"kept":["tests/basic.clnrm.toml"],"failed":[]}'
has tests/basic.clnrm.toml '# mine'
chmod 600 tests/basic.clnrm.toml
expect_exit 0 clnrm init --force
hasnt tests/basic.clnrm.toml '# mine'
is "$(stat -c %a tests/basic.clnrm.toml)" 600
cd ..
echo mine >plain
expect_exit 2 clnrm init plain
has "$err" "error[exists]: 'plain' is there and is no directory"
is "$(cat "$out")" ''
expect_exit 2 clnrm template minimal plain
expect_exit 2 clnrm template matrix somewhere
has "$err" "'matrix' is one file and takes no PROJECT"
is "$(cat plain)" mine
# One problem is one line.
expect_exit 2 clnrm init plain --format json
is "$(wc -l <"$out")" 1
if [ "$(id -u)" != 0 ]; then
	mkdir -m 555 locked
	expect_exit 5 clnrm init locked
	has "$err" 'error[write]'
fi

# ---- template: every one is valid, and passes if this build can run it ----
judge() { # NAME FILES...: validates; runs what needs no later part
	name=$1
	shift
	expect_exit 0 clnrm validate "$@"
	cp "$out" found
	expect_exit 0 clnrm lint --deny-warnings "$@"
	cp found "$out"
	if grep -q 'which this build does not have' "$out" "$err"; then return; fi
	expect_exit 0 clnrm run "$@"
	ran="${ran}$name "
}
ran=
clnrm template --list --format json >list
SCHEMA=files
record list files
for name in $(sed 's/"name":"\([a-z-]*\)","kind":"project"/\n=\1\n/g' list | sed -n 's/^=//p'); do
	expect_exit 0 clnrm template "$name" "p-$name"
	judge "$name" "p-$name"
done
for name in $(sed 's/"name":"\([a-z-]*\)","kind":"file"/\n=\1\n/g' list | sed -n 's/^=//p'); do
	file=f-$name.clnrm.toml
	case $name in
	yaml) file=f-$name.clnrm.yaml ;;
	macros) file=f-$name.clnrm.toml.tera ;;
	esac
	expect_exit 0 clnrm template "$name" -o "$file"
	judge "$name" "$file"
done
for name in default advanced minimal api yaml; do
	case " $ran" in *" $name "*) passed ;; *) fail "template '$name' was not run: $ran" ;; esac
done
# Older names are the same files.
clnrm template macro-library | cmp -s - f-macros.clnrm.toml.tera || fail 'macro-library is not macros'
clnrm template validation | cmp -s - f-full-validation.clnrm.toml || fail 'validation is not full-validation'
# The client's list of names is the daemon's.
words=$(clnrm template nothing 2>&1 | sed -n "s/.*is not one of: //p" | tr ' ' '\n' | grep -vx 'macro-library\|validation' | sort | tr '\n' ' ')
is "$words" "$(sed 's/"name":"\([a-z-]*\)"/\n=\1\n/g' list | sed -n 's/^=//p' | sort | tr '\n' ' ')"

# ---- other clients get the texts ----
SCHEMA=files SELF=self
api POST /v1/init -d "{\"cwd\":\"$PWD\",\"dir\":\"new\",\"ci\":\"gitlab\"}"
has "$doc" '"path":"new/.gitlab-ci.yml"'
[ ! -e new ] || fail 'the daemon wrote files'
api POST /v1/template -d "{\"cwd\":\"$PWD\",\"name\":\"yaml\"}"
has "$doc" '"path":"yaml.yaml"'
SELF=
SCHEMA=problem
api POST /v1/template -d "{\"cwd\":\"$PWD\",\"name\":\"yamll\"}"
has "$doc" '"similar":["yaml"]'
api POST /v1/init -d "{\"cwd\":\"$PWD\",\"ci\":\"travis\"}"
has "$doc" '"code":"bad-request"'
# ---- what cannot be written is not said to be ----
mkdir stuck && : >stuck/tests
expect_exit 5 clnrm -C stuck init
has "$err" 'error[write]'
hasnt "$out" 'wrote'
hasnt "$out" 'initialized'
passed

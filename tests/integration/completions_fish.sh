#!/bin/sh
# fish loads its completions, and offers what there is where it is wanted.
# shellcheck disable=SC2016 # for fish
. "$(dirname "$0")/../lib/env.sh"
needs fish
is() {
	[ "$1" = "$2" ] || fail "got '$1', expected '$2'"
	passed
}
clnrm completions fish >clnrm.fish
printf '[meta]\nname = "a"\n[[scenario]]\nname = "b"\nrun = "true"\n' >good.clnrm.toml
: >aaa.txt
# offers LINE: what fish offers for the last word of it, without the descriptions.
offers() {
	fish --no-config -c 'source clnrm.fish; complete -C $argv[1]' "$1" >"$out" 2>"$err"
	is "$(cat "$err")" ''
	cut -f 1 "$out" | tr '\n' ' '
}
is "$(offers 'clnrm ru')" 'run runs '
is "$(offers 'clnrm run --fail-f')" '--fail-fast '
is "$(offers 'clnrm run --isolation st')" 'standard strict '
is "$(offers 'clnrm run --isolation=st')" '--isolation=standard --isolation=strict '
is "$(offers 'clnrm -C /tmp run --max-')" '--max-failures '
is "$(offers 'clnrm runs ')" 'list rm show '
is "$(offers 'clnrm runs sh')" 'show '
is "$(offers 'clnrm runs --lim')" '--limit '
is "$(offers 'clnrm runs list --lim')" '--limit '
is "$(offers 'clnrm runs show --lim')" ''
is "$(offers 'clnrm completions ')" 'bash zsh fish '
is "$(offers 'clnrm help vers')" 'version '
case $(offers 'clnrm run ') in 'good.clnrm.toml '*aaa.txt*) passed ;; *) fail "test files are not first: $(cat "$out")" ;; esac
is "$(offers 'clnrm collec')" ''
# Names come from a daemon that runs; none is started for them.
is "$(offers 'clnrm runs show ')" ''
[ ! -e "$SOCKET" ] || fail 'a daemon was started'
expect_exit 0 clnrm run good.clnrm.toml
id=$(sed -n 's/.* run \([a-z0-9]*\)$/\1/p;q' "$out")
# A shell gives the daemon 100 ms, and a machine that has none to spare offers nothing: it is asked again.
offered() { [ "$(offers "$2")" = "$1" ]; }
wait_until 20 offered "$id " 'clnrm runs show '
wait_until 20 offered "$id " 'clnrm logs '
wait_until 20 offered 'scratch ' 'clnrm pool fill scr'

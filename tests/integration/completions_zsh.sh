#!/bin/sh
# zsh takes its completions from a folder of fpath: they offer at the first TAB.
. "$(dirname "$0")/../lib/env.sh"
needs zsh
mkdir "$W/fpath"
clnrm completions zsh >"$W/fpath/_clnrm"
printf '[meta]\nname = "a"\n[[scenario]]\nname = "b"\nrun = "true"\n' >good.clnrm.toml
: >other.txt
expect_exit 0 clnrm daemon start
# completes TYPED WHOLE...: TAB behind TYPED makes WHOLE of the line.
steps="$W/steps"
completes() {
	printf '%s\n%s\n' "$1" "$2" >>"$steps"
}
completes 'clnrm val' 'clnrm validate '
completes 'clnrm run --fail-f' 'clnrm run --fail-fast'
completes 'clnrm run --isolation str' 'clnrm run --isolation strict'
completes 'clnrm run --isolation=str' 'clnrm run --isolation=strict'
completes 'clnrm run --label k=v --show-o' 'clnrm run --label k=v --show-output'
completes 'clnrm runs sh' 'clnrm runs show'
completes 'clnrm -C /tmp runs sh' 'clnrm -C /tmp runs show'
completes 'clnrm runs --lim' 'clnrm runs --limit'
completes 'clnrm completions fi' 'clnrm completions fish'
completes 'clnrm help vers' 'clnrm help version'
completes 'clnrm pool fill scr' 'clnrm pool fill scratch'
completes 'clnrm run ' 'clnrm run good.clnrm.toml'
completes 'clnrm run oth' 'clnrm run other.txt'
set -- "key PS1='> '; fpath=($W/fpath \$fpath); autoload -Uz compinit; compinit -u -d $W/dump; print re''ady\\r" 'see ready'
while read -r typed && read -r whole; do
	case $typed in *' run') typed="$typed " ;; esac
	# A line of its own each; ^U forgets it.
	set -- "$@" "key $typed\\t" "see $whole" 'key \x15\r' 'see > '
done <"$steps"
TERMINAL_LIMIT=30 "$ROOT/tests/lib/terminal.py" --size 160x50 --out "$W/screen" "$@" 'key exit\r' end -- zsh -f -i ||
	{ tail -c 600 "$W/screen"; fail 'zsh offers something else'; }
passed

# tests/lib/flags.sh - after env.sh: cases of flags. Each shows that a flag changes what a command does.
#
#   changes 'run --fail-fast' 1 'run -j 1 bad' '--fail-fast'
#
# runs `clnrm run -j 1 bad` and `clnrm run -j 1 bad --fail-fast`. Exit code, output or the names of files
# here must differ (ids, times and pids aside), and the second must end with 1; it stays in $out and $err for has, hasnt, is.
# tests/integration/flags.txt names the test of each flag; flags_table.sh compares it with the client's
# own table.
# shellcheck shell=sh disable=SC2154,SC2034 # of env.sh

is() {
	[ "$1" = "$2" ] || fail "got '$1', expected '$2'"
	passed
}
isnt() {
	[ "$1" != "$2" ] || fail "got '$1', expected another"
	passed
}
# Ids, times, memory and pids as one letter, so that two runs compare equal where only those differ.
plain() {
	sed -E 's/"(id|run|instance|sandbox)":"[a-z0-9]*"/"id":0/g; s/\b(run|pid|RUN) [a-z0-9]+/\1 N/g
		s/[0-9]{4}-[0-9-]+[ T][0-9:.]+Z?/T/g; s/"[a-z_]*_(ms|at|bytes|s)":[^,}]*/"t":0/g
		s/[0-9]+(\.[0-9]+)? ?(us|ms|s|min|[KMG]iB)\b/D/g'
}
# once FILE 'command': both streams, the exit code and the files here, plain, in FILE; exit code in $got.
once() {
	got=0
	(eval "$2") >"$out" 2>"$err" </dev/null || got=$?
	{ echo "exit $got"; plain <"$out"; echo '--- stderr'; plain <"$err"; ls; } >"$1"
}
# differs NAME EXIT 'arguments without it' 'arguments with it'
differs() {
	once "$W/without" "clnrm $3"
	once "$W/with" "clnrm $4"
	[ "$got" = "$2" ] || {
		sed 's/^/  | /' "$W/with" | tail -n 40
		fail "$1: 'clnrm $4' ended with $got, expected $2"
	}
	! cmp -s "$W/without" "$W/with" || {
		sed 's/^/  | /' "$W/with" | tail -n 40
		fail "$1: 'clnrm $4' is the same as 'clnrm $3'"
	}
	passed
}
# changes NAME EXIT 'arguments' 'further arguments'
changes() { differs "$1" "$2" "$3" "$3 $4"; }
# by_env NAME EXIT 'arguments' VARIABLE=VALUE...: the same for the environment.
by_env() {
	what=$1 want=$2 line=$3
	shift 3
	once "$W/without" "clnrm $line"
	once "$W/with" "$* clnrm $line"
	[ "$got" = "$want" ] || {
		sed 's/^/  | /' "$W/with" | tail -n 40
		fail "$what: '$* clnrm $line' ended with $got, expected $want"
	}
	! cmp -s "$W/without" "$W/with" || fail "$what: 'clnrm $line' is the same with $*"
	passed
}
# case_of NAME: what follows shows it in other ways; fail says of what.
case_of() { CASE=$1; }
# same NAME 'arguments' 'other arguments': two spellings of one thing.
same() {
	once "$W/without" "clnrm $2"
	once "$W/with" "clnrm $3"
	cmp -s "$W/without" "$W/with" || {
		diff "$W/without" "$W/with" | sed 's/^/  | /' || :
		fail "$1: 'clnrm $2' and 'clnrm $3' differ"
	}
	passed
}
# json 'EXPRESSION': prints it, over the document r on stdout of the last command.
json() { python3 -c 'import json, sys; r = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1" <"$out"; }
# test_file NAME 'scenario body'...: NAME.clnrm.toml with a scenario for each, s1, s2, ...
test_file() {
	name=$1
	shift
	printf '[meta]\nname = "%s"\n' "$(basename "$name")" >"$name.clnrm.toml"
	n=0
	for body; do
		n=$((n + 1))
		printf '[[scenario]]\nname = "s%s"\n%s\n' $n "$body" >>"$name.clnrm.toml"
	done
}

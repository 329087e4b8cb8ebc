# tests/lib/env.sh - what every integration test starts with: . "$(dirname "$0")/../lib/env.sh"
#
# A private directory with a daemon of its own; clnrm and the other programs on PATH; helpers that
# print what failed and where. Everything is gone when the test ends, and the audit says so.
# shellcheck shell=sh
set -eu

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
# The test runs below the audit, which is the reaper of all that it starts.
if [ -z "${CLNRM_AUDITED-}" ]; then
	CLNRM_AUDITED=${TMPDIR:-/tmp}/clnrm-$(basename "$0" .sh)-$$
	export CLNRM_AUDITED
	exec "$ROOT/tests/lib/audit.sh" run "$CLNRM_AUDITED" sh "$0" "$@"
fi
BUILD=$(cd "${CLNRM_BUILD:-$ROOT/build/debug}" && pwd)
PATH=$BUILD:$PATH
# Not what stands before it on the PATH of a developer: that of a version manager is a script, ten times as slow.
alias python3=/usr/bin/python3
TEST=$(basename "$0" .sh)
W=$CLNRM_AUDITED
unset CLNRM_AUDITED
mkdir "$W"
chmod 755 "$W"
mkdir -m 700 "$W/run"
mkdir "$W/work"
export PATH XDG_RUNTIME_DIR="$W/run" CLNRM_HOME="$W/home" CLNRM_DAEMON="$BUILD/clnrmd"
unset CLNRM_SOCKET CLNRM_CONFIG CLNRM_FORMAT CLNRM_COLOR CLNRM_JUNIT_DIALECT CLNRM_LOG CLNRM_IDLE_EXIT \
	XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME XDG_DATA_HOME CI GITHUB_ACTIONS NO_COLOR CLICOLOR CLICOLOR_FORCE \
	FORCE_COLOR COLORTERM COLUMNS LC_ALL LC_CTYPE 2>/dev/null || :
export HOME="$W/userhome" LANG=C.UTF-8 TERM=dumb
# A test that runs a file twice wants it to run twice; what is about the cache unsets this.
export CLEANROOM_CACHE_RESULTS=false
mkdir "$HOME"
# shellcheck disable=SC2034 # for the tests
SOCKET=$XDG_RUNTIME_DIR/clnrm/clnrmd.sock
cd "$W/work"

# What a build with sanitizers finds is in files, which the end of the test looks for. The client hands
# no such variables on to the daemon; a program between them does.
case ${BUILD##*/} in
san-*)
	found="log_path=$W/sanitizer:allocator_may_return_null=1:fast_unwind_on_malloc=0"
	export ASAN_OPTIONS="$found" UBSAN_OPTIONS="$found" TSAN_OPTIONS="$found"
	printf '#!/bin/sh\nexport ASAN_OPTIONS="%s" UBSAN_OPTIONS="%s" TSAN_OPTIONS="%s"\nexec "%s" "$@"\n' \
		"$found" "$found" "$found" "$CLNRM_DAEMON" >"$W/clnrmd"
	chmod 755 "$W/clnrmd"
	CLNRM_DAEMON=$W/clnrmd
	;;
esac

# The launcher has no environment and reports into the log of the daemon.
sanitized() {
	clean=0
	for f in "$W"/sanitizer.* "$CLNRM_HOME/state/clnrmd.log"; do
		! grep -qE 'Sanitizer|runtime error: ' "$f" 2>/dev/null || {
			clean=1
			cat "$f"
		}
	done
	return $clean
}

CHECKS=0
ANSWERS=0
RECORD=$W/recorded
mkdir "$RECORD"
# Every JSON answer that a test sees is held to proto/schema/ when it ends, all of them at once.
judge_answers() {
	[ "$ANSWERS" -gt 0 ] && [ -d "$ROOT/proto/schema" ] || return 0
	/usr/bin/python3 "$ROOT/tests/lib/check_schema.py" --recorded "$RECORD"
}
finish() {
	status=$?
	trap - EXIT
	if [ $status -eq 0 ] && ! judge_answers; then
		echo "$TEST: FAILED: an answer is not as its schema says"
		status=1
	fi
	clnrm daemon stop --now >/dev/null 2>&1 || :
	sanitized || status=1
	if [ $status -ne 0 ] && [ $status -ne 77 ]; then
		echo "--- daemon log"
		tail -n 20 "$CLNRM_HOME/state/clnrmd.log" 2>/dev/null || :
	fi
	# Of a daemon that has ended by itself; what one that was killed leaves is the next one's to sweep.
	if [ $status -eq 0 ] && tail -n 1 "$CLNRM_HOME/state/clnrmd.log" 2>/dev/null | grep -q '"msg":"ended"' &&
		! "$ROOT/tests/lib/audit.sh" files "$CLNRM_HOME" "$XDG_RUNTIME_DIR"; then
		echo "$TEST: FAILED: the daemon left files"
		status=1
	fi
	cd /
	rm -rf "$W"
	[ $status -eq 0 ] && echo "$TEST: $CHECKS checks passed"
	exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

CASE=
fail() { echo "$TEST: FAILED: ${CASE:+$CASE: }$*"; exit 1; }
# skip CAPABILITY REASON: exit 77. The suite counts it, as a failure if tests/lib/machine says that the
# machine has CAPABILITY.
skip() {
	capability=$1
	shift
	echo "$TEST: SKIPPED: needs $capability: $*"
	exit 77
}
# needs CAPABILITY...: skips where the machine lacks one.
needs() {
	for capability; do
		missing=$(CLNRM_BUILD="$BUILD" "$ROOT/tests/lib/machine" "$capability") || skip "$capability" "$missing"
	done
}
passed() { CHECKS=$((CHECKS + 1)); }

# record FILE [SCHEMA [self]]: an answer to be judged; auto: by what it says of itself. self: with a
# member missing or renamed it must not be valid either.
record() {
	[ -n "$RECORD" ] || return 0
	ANSWERS=$((ANSWERS + 1))
	cp "$1" "$RECORD/$(printf %05d $ANSWERS).${2:-auto}${3:+.$3}"
}
# api METHOD PATH [curl arguments...]: asks the daemon; the answer is in $doc, and recorded.
doc=$W/answer
api() {
	method=$1 path=$2
	shift 2
	curl -sS --unix-socket "$SOCKET" -o "$doc" -X "$method" "$@" "http://localhost$path" ||
		fail "curl: no answer to $method $path"
	record "$doc" "${SCHEMA:-auto}" "${SELF-}"
}

# expect_exit CODE command...: output in $out and $err (files).
out=$W/out
err=$W/err
expect_exit() {
	want=$1
	shift
	got=0
	"$@" >"$out" 2>"$err" </dev/null || got=$?
	[ "$got" = "$want" ] || {
		sed 's/^/  stdout: /' "$out" | tail -n 40
		sed 's/^/  stderr: /' "$err" | tail -n 40
		fail "'$*' ended with $got, expected $want"
	}
	case " $* " in *' --format json '* | *' --format ndjson '* | *'curl '*) record "$out" ;; esac
	passed
}
# has FILE TEXT / hasnt FILE TEXT: fixed strings.
has() {
	grep -qF -- "$2" "$1" || { sed 's/^/  | /' "$1" | tail -n 40; fail "'$2' is not in $(basename "$1")"; }
	passed
}
hasnt() {
	! grep -qF -- "$2" "$1" || { sed 's/^/  | /' "$1" | tail -n 40; fail "'$2' is in $(basename "$1")"; }
	passed
}
matches() {
	grep -qE -- "$2" "$1" || { sed 's/^/  | /' "$1" | tail -n 40; fail "/$2/ matches nothing in $(basename "$1")"; }
	passed
}
# wait_until SECONDS command...: asks every 20 ms until it succeeds.
wait_until() {
	deadline=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$deadline" ] || fail "waited in vain for: $*"
		sleep 0.02
	done
}
daemon_pid() { cat "$XDG_RUNTIME_DIR/clnrm/life.lock"; }

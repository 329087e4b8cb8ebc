#!/bin/sh
# clnrm self-test finds what is broken, and says what: an installation is copied to a path with blanks, and
# something is taken from it each time.
# early: an installation is made and checked a dozen times.
. "$(dirname "$0")/../lib/env.sh"
needs sandbox overlay
place="$W/a place"
suites="$place/share/clnrm/self-test"
bin="$place/bin/clnrm"
anew() {
	rm -rf "$place"
	mkdir -p "$place/bin" "$place/libexec/clnrm" "$place/share/clnrm"
	cp "$BUILD/clnrm" "$place/bin/"
	cp "$BUILD/clnrmd" "$BUILD/clnrm-launcher" "$BUILD/clnrm-init" "$BUILD/clnrm-unpack" "$place/libexec/clnrm/"
	cp -R "$ROOT/share/self-test" "$suites"
}
# What starts the daemon sets the variables of the sanitizers; else it is found below libexec.
case ${BUILD##*/} in
san-*) ;;
*) export CLNRM_DAEMON= ;;
esac
advised() { has "$err" 'help: clnrm health: what this machine lacks, and the remedy'; }

CASE='as it is'
anew
expect_exit 0 "$bin" self-test
hasnt "$err" help

CASE='a test that expects something else'
sed -i 's/expected_exit_code = 7/expected_exit_code = 8/' "$suites/framework/exit.clnrm.toml"
expect_exit 1 "$bin" self-test --suite framework
has "$out" 'FAIL  exit/exit codes'
has "$out" "exit status 7, expected 8"
has "$out" "$suites/framework/exit.clnrm.toml:"
matches "$out" '^[0-9]+ passed, 1 failed(,|   )'
advised
expect_exit 1 "$bin" self-test --suite framework --format json
hasnt "$err" help

CASE='a test that should see a failure and does not'
anew
sed -i 's/run = "false"/run = "true"/' "$suites/framework/inputs/failing.toml"
expect_exit 1 "$bin" self-test --suite framework
has "$out" 'FAIL  seen/what must fail fails'

CASE='a test file that cannot be read as one; the others run'
anew
printf '[meta\n' >"$suites/template/values.clnrm.toml.tera"
expect_exit 2 "$bin" self-test --suite template
has "$out" 'ERROR  values/values'
matches "$out" '^[1-9][0-9]* passed, 1 errors(,|   )'
advised

CASE='commands that are none'
printf 'copy ../../secret here\n' >>"$suites/cli/commands"
expect_exit 2 "$bin" self-test --suite cli
matches "$err" "error\[invalid-files\]: .*/self-test/cli/commands:[0-9]+: no command of a suite"
has "$err" "'make install'"

CASE='an input is gone'
anew
rm "$suites/cache/inputs/once.toml"
expect_exit 3 "$bin" self-test --suite cache
has "$err" "inputs/once.toml"

CASE='a suite is gone'
rm -r "$suites/cache"
expect_exit 3 "$bin" self-test
has "$out" 'ERROR  cache/cache'
mkdir "$suites/cache"
expect_exit 2 "$bin" self-test --suite cache
has "$err" 'error[file.no_tests]'

CASE='all are gone'
rm -r "$suites"
expect_exit 3 "$bin" self-test
has "$err" "error[not-found]: the test files of clnrm are not at '$suites'"
has "$err" "help: 'make install' puts them there"
expect_exit 0 "$bin" daemon stop

CASE='a home that cannot be written to'
anew
expect_exit 0 env -u CLNRM_HOME HOME=/proc "$bin" self-test --suite cache
expect_exit 0 env -u CLNRM_HOME HOME=/proc "$bin" daemon stop

# ---- the product ----
# Where the daemon is the one that was built, its own programs are, too.
if [ -z "$CLNRM_DAEMON" ]; then
	CASE='sandboxes whose first process is another'
	cp "$(command -v env)" "$place/libexec/clnrm/clnrm-init"
	expect_exit 2 "$bin" self-test --suite sandbox
	matches "$out" '^0 passed, [0-9]+ errors(,|   )'
	advised
	expect_exit 0 "$bin" daemon stop

	CASE='no launcher'
	anew
	rm "$place/libexec/clnrm/clnrm-launcher"
	got=0
	"$bin" self-test --suite sandbox >"$out" 2>"$err" || got=$?
	case $got in 2 | 6) ;; *) cat "$out" "$err"; fail "ended with $got" ;; esac
	has "$err" clnrm
	passed
	"$bin" daemon stop >/dev/null 2>&1 || :
fi

# ---- the machine ----
if CLNRM_BUILD="$BUILD" "$ROOT/tests/lib/machine" test-switches >/dev/null; then
	anew
	CASE='no control groups'
	export CLNRM_FORCE=no-cgroup
	expect_exit 0 "$bin" self-test --suite sandbox
	has "$out" "skip  limits [image=host]/memory  limit memory_mb needs cgroup delegation of 'memory': run clnrm health"
	has "$out" "skip  limits [image=clnrm/base]/processes  limit pids needs cgroup delegation of 'pids': run clnrm health"
	matches "$out" '^[1-9][0-9]* passed, [0-9]+ skipped   '
	expect_exit 0 "$bin" self-test --suite sandbox -q
	hasnt "$out" "skip  "
	expect_exit 0 "$bin" daemon stop

	CASE='a root that cannot be written to'
	export CLNRM_FORCE=no-overlay
	expect_exit 0 "$bin" self-test
	has "$out" 'skip  limits [image=host]/strict isolation  '
	expect_exit 0 "$bin" daemon stop

	CASE='no user namespaces'
	export CLNRM_FORCE=no-userns
	if [ "$(id -u)" = 0 ]; then
		expect_exit 2 "$bin" self-test --suite framework
		has "$out" 'requires a user namespace of its own, which this sandbox does not have: run clnrm health'
		matches "$out" '^0 passed, [0-9]+ errors(,|   )'
		advised
	fi
	"$bin" daemon stop >/dev/null 2>&1 || :
fi

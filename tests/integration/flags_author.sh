#!/bin/sh
# Flags of the commands for authors: each changes something.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/flags.sh"

# ---- schema ----
changes 'schema --strict' 0 'schema test' '--strict'
same 'schema is that of test files' schema 'schema test'
expect_exit 2 clnrm schema rusult
has "$err" "error[invalid-value]: 'rusult' is not one of: test project result event receipt plan"
has "$err" "did you mean 'result'?"
for name in test project result event receipt plan; do
	clnrm schema "$name" >"$out" || fail "no schema of $name"
	is "$(json 'r["$schema"]')" https://json-schema.org/draft/2020-12/schema
done
# One document: what it refers to is in it.
clnrm schema result >"$out"
is "$(json '{v for v in __import__("re").findall(r"\"\$ref\": \"/v1/schemas/(\w+)\"", json.dumps(r))} <= set(r["$defs"]) | {"run"}')" True

# ---- init, template ----
changes 'init --config' 0 'init a' '--config'
[ -f a/cleanroom.toml ] || fail 'no cleanroom.toml'
changes 'init --ci' 0 'init b' '--ci github'
[ -f b/.github/workflows/clnrm.yml ] || fail 'no job'
changes 'init --yaml' 0 'init c' '--yaml'
[ -f c/tests/basic.clnrm.yaml ] || fail 'no YAML'
echo mine >a/tests/basic.clnrm.toml
changes 'init --force' 0 'init a' '--force'
isnt "$(cat a/tests/basic.clnrm.toml)" mine
clnrm template minimal >/dev/null
changes 'template --force' 0 'template minimal' '--force'
changes 'template --list' 0 'template yaml' '--list'
expect_exit 2 clnrm template
has "$err" "error[missing-argument]: 'clnrm template' needs NAME"
expect_exit 2 clnrm template rediss
expect_exit 2 clnrm init d --ci travis

# ---- fmt ----
# What is formatted once is not again: the file is made anew each time.
# shellcheck disable=SC2317 # in the commands
ragged() { printf '[meta]\nname="x"\n[[scenario]]\nname="s"\nrun="true"\n' >x.clnrm.toml; }
anew='version >/dev/null; ragged; clnrm'
changes 'fmt --check' 1 "$anew fmt x.clnrm.toml" '--check'
changes 'fmt --diff' 0 "$anew fmt x.clnrm.toml" '--diff'
changes 'fmt --verify' 0 "$anew fmt x.clnrm.toml" '--verify'
echo 'meta: {}' >in.yaml
changes 'fmt --stdin-name' 0 'fmt - <in.yaml' '--stdin-name x.clnrm.yaml'

# ---- lint ----
printf '[meta]\nname = "y"\n[[scenario]]\nname = "s"\nrun = "echo 1"\nskip = true\nenvironment = { A = "1" }\n' >y.clnrm.toml
changes 'lint --deny-warnings' 1 'lint y.clnrm.toml' '--deny-warnings'
changes 'lint --allow' 0 'lint y.clnrm.toml' '--allow no_check --allow lint.skip_without_reason'
changes 'lint --deny' 1 'lint y.clnrm.toml' '--deny no_check'
changes 'lint --warn' 0 'lint --allow no_check y.clnrm.toml' '--warn no_check'
cp y.clnrm.toml z.clnrm.toml
changes 'lint --fix' 0 'lint z.clnrm.toml' '--fix'
changes 'lint --stdin-name' 1 'lint - <in.yaml' '--stdin-name x.clnrm.yaml'
expect_exit 2 clnrm lint --allow no_chekc y.clnrm.toml
has "$err" "error[invalid-option]: there is no rule 'no_chekc'"

# ---- dry-run ----
changes 'dry-run --filter' 2 'dry-run y.clnrm.toml' '--filter nothing'
changes 'dry-run --exclude' 2 'dry-run y.clnrm.toml' '--exclude s'
changes 'dry-run --isolation' 0 'dry-run y.clnrm.toml' '--isolation strict'
printf '[meta]\nname = "i"\nimage = "nowhere:1"\n[[steps]]\nrun = "true"\n' >i.clnrm.toml
changes 'dry-run --image-map' 0 'dry-run i.clnrm.toml' '--image-map nowhere:1=host'
changes 'dry-run --graph' 0 'dry-run y.clnrm.toml' '--graph dot'
printf '[meta]\nname = "m"\n[matrix]\nos = ["a", "b"]\n[[scenario]]\nname = "s"\nrun = "true"\n' >m.clnrm.toml
changes 'dry-run --map' 0 'dry-run m.clnrm.toml' '--map matrix.os=b'
hasnt "$out" os=a
printf '[meta]\nname = "v"\ncolour_of_it = 1\n[[steps]]\nrun = "true"\nvolumes = []\n' >v.clnrm.toml
changes 'dry-run --strict' 1 'dry-run v.clnrm.toml' '--strict'
sed 's/colour_of_it/tgas/' v.clnrm.toml >u.clnrm.toml
changes 'dry-run --allow-unknown' 0 'dry-run u.clnrm.toml' '--allow-unknown'
printf '[meta]\nname = "w"\nenv_pass = ["WHERE"]\n[[scenario]]\nname = "s"\nrun = "true"\nvolumes = ["${WHERE}:/d"]\n' >w.clnrm.toml
changes 'dry-run --env' 0 'dry-run -v w.clnrm.toml' "--env WHERE=$PWD"
changes 'dry-run --stdin-name' 0 'dry-run --format json - <y.clnrm.toml' '--stdin-name z.clnrm.toml'

# ---- self-test ----
changes 'self-test --suite' 0 'self-test --suite template' '--suite cache'
# The names of the original.
same 'container is sandbox' 'self-test -s container --format tap | grep -c ^ok' 'self-test -s sandbox --format tap | grep -c ^ok'
expect_exit 2 clnrm self-test --suite plugin
has "$err" "error[needs-feature]: '--suite plugin' needs services, which this build does not have"
case_of 'self-test --report'
expect_exit 0 clnrm self-test --suite template --report -o page.html
has page.html '<html'
case_of ''

# ---- dry-run leaves out as a run does: by what is kept, and by what git says ----
unset CLEANROOM_CACHE_RESULTS
mkdir changed && cd changed
for t in a b; do printf '[meta]\nname = "%s"\nimage = "clnrm/base"\n[[scenario]]\nname = "s"\nrun = "true"\n' $t >$t.clnrm.toml; done
expect_exit 0 clnrm run
kept() { clnrm dry-run | grep -q ', 2 cached'; }
wait_until 10 kept
sed -i 's/"true"/"true x"/' b.clnrm.toml
changes 'dry-run --changed' 0 'dry-run' '--changed'
is "$(tail -n 1 "$out")" '1 scenario of 1 test: 1 to run; 1 sandbox'
expect_exit 0 clnrm dry-run --changed --format json
is "$(json '[t["name"] for t in r["tests"]], r["excluded"]')" "(['b'], 1)"
expect_exit 0 clnrm dry-run --changed a.clnrm.toml
is "$(tail -n 1 "$out")" '0 scenarios of 0 tests: 0 to run; 0 sandboxes'
if command -v git >/dev/null; then
	git init -q . && git add -A && git -c user.name=t -c user.email=t@example.com commit -qm t
	echo '# more' >>a.clnrm.toml
	expect_exit 0 clnrm dry-run --changed=HEAD
	has "$out" 'a/s   image'
	hasnt "$out" 'b/s   image'
	expect_exit 2 clnrm dry-run --changed=nowhere
fi
cd ..

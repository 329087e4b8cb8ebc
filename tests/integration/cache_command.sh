#!/bin/sh
# clnrm cache: figures that follow what happens, clearing, and what is known of a file.
. "$(dirname "$0")/../lib/env.sh"
unset CLEANROOM_CACHE_RESULTS
mkdir -p p/data && cd p
printf '[project]\nname = "p"\n' >cleanroom.toml
cat >t.clnrm.toml <<'T'
[meta]
name = "t"
[[scenario]]
name = "s"
image = "clnrm/base"
inputs = ["data/**"]
run = "true"
T
printf one >data/file
sleep 0.05

is() { [ "$1" = "$2" ] || fail "it is '$1', not '$2'"; }
# figure NAME MEMBER
figure() {
	expect_exit 0 clnrm cache --format json
	/usr/bin/python3 -c 'import json, sys
print({c["name"]: c for c in json.load(open(sys.argv[1]))["caches"]}[sys.argv[2]][sys.argv[3]])' "$out" "$@"
}
is "$(figure results entries)" 0
expect_exit 0 clnrm run t.clnrm.toml
expect_exit 0 clnrm run t.clnrm.toml
has "$out" '1 cached'
is "$(figure results entries)" 1
is "$(figure results hits)" 1
is "$(figure configs entries)" 1
[ "$(figure results bytes)" -gt 0 ] || fail 'a result has no size'
[ "$(figure results limit_bytes)" -gt 0 ] || fail 'there is no limit'
expect_exit 0 clnrm cache
matches "$out" '^CACHE +ENTRIES +SIZE +LIMIT +HITS'
matches "$out" '^results +1 '
expect_exit 0 clnrm cache show --sort hits --limit 1 --no-header
is "$(wc -l <"$out")" 1

# ---- why ----
expect_exit 0 clnrm cache why t.clnrm.toml
matches "$out" '^t.clnrm.toml: unchanged, by its (stat data|content) '
matches "$out" 'result of .*/p/t.clnrm.toml::s$'
expect_exit 0 clnrm cache why data/file
matches "$out" '^data/file: nothing is kept of it'
matches "$out" 'input of .*::s$'
touch t.clnrm.toml
expect_exit 0 clnrm cache why t.clnrm.toml
matches "$out" ': unchanged, by its content .*: its stat data is another$'
echo '# more' >>t.clnrm.toml
expect_exit 0 clnrm cache why t.clnrm.toml --format json
/usr/bin/python3 - "$out" <<'P' || fail 'the JSON of a file that changed'
import json, sys
r = json.load(open(sys.argv[1]))
assert r["state"] == "changed" and r["decided_by"] == "hash" and r["sha256"] != r["sha256_now"], r
P
expect_exit 3 clnrm cache why absent.toml
matches "$out" '^absent.toml is not there$'
expect_exit 2 clnrm cache why

# ---- reasons: of every run, and no more than are kept ----
is "$(figure reasons entries)" 2
[ "$(figure reasons bytes)" -gt 0 ] || fail 'reasons have no size'
is "$(figure reasons limit_entries)" 256
expect_exit 0 clnrm why t latest
is "$(figure reasons hits)" 1
expect_exit 0 clnrm metrics clnrm_cache_entries
matches "$out" 'clnrm_cache_entries\{cache="reasons"\} 2$'
expect_exit 0 clnrm cache clear reasons
matches "$out" '^reasons: 2 dropped$'
is "$(figure reasons entries)" 0
expect_exit 3 clnrm why t latest
is "$(figure reasons misses)" 1

# ---- clear ----
expect_exit 0 clnrm cache clear configs
matches "$out" '^configs: 1 dropped$'
is "$(figure configs entries)" 0
is "$(figure results entries)" 1
expect_exit 0 clnrm cache clear results
is "$(figure results entries)" 0
expect_exit 0 clnrm run t.clnrm.toml
matches "$out" '^1 passed   1 scenarios'
expect_exit 0 clnrm cache clear
matches "$out" '^results: 1 dropped$'
expect_exit 0 clnrm cache clear all
expect_exit 3 clnrm cache clear result
has "$err" "'results'"
expect_exit 0 clnrm cache clear images
has "$out" 'images: 0 dropped'

# ---- templates and what they print ----
printf '{%% include "part.txt" %%} {{ x }}' >main.txt
printf 'part 1' >part.txt
sleep 0.05
render() { clnrm render --bare -m "x=${1-1}" main.txt; }
expect_exit 0 render
has "$out" 'part 1 1'
expect_exit 0 render
has "$out" 'part 1 1'
is "$(figure renders hits)" 1
is "$(figure renders misses)" 1
is "$(figure renders entries)" 1
is "$(figure templates entries)" 0 # both are short
expect_exit 0 clnrm cache why main.txt
has "$out" 'rendered text is kept for 1 request'
printf 'part 2, which is a text that is long enough to be kept once it is compiled' >part.txt
expect_exit 0 clnrm cache why main.txt
matches "$out" "rendered anew next time: include '.*/part.txt' changed"
expect_exit 0 render
has "$out" 'part 2'
is "$(figure templates entries)" 1
expect_exit 0 render 2
is "$(figure templates hits)" 1
is "$(figure renders entries)" 2
expect_exit 0 clnrm cache why main.txt --format json
/usr/bin/python3 - "$out" <<'P' || fail 'the JSON of a template'
import json, sys
r = json.load(open(sys.argv[1]))["renders"]
assert r["kept"] == 2 and r["never"] is None and r["changed"] is None, r
assert (r["missed"]["kind"], r["missed"]["name"]) == ("var", "x"), r
P
# A file that is no test, but that others are made from.
expect_exit 0 clnrm cache why part.txt
matches "$out" '^part.txt: no test file of its own, but what others are made from$'
matches "$out" '^  included by .*/p/main.txt$'
printf '[meta]\nname = "i"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\n{%% include "part.tera" %%}\n{%% include "none.tera" ignore missing %%}' >i.clnrm.toml.tera
printf 'run = "true"' >part.tera
expect_exit 0 clnrm run i.clnrm.toml.tera
expect_exit 0 clnrm cache why part.tera --format json
/usr/bin/python3 - "$out" <<'P' || fail 'the JSON of what is included'
import json, sys
r = json.load(open(sys.argv[1]))
assert [x.rsplit("/", 1)[1] for x in r["included_by"]] == ["i.clnrm.toml.tera"], r
P
expect_exit 3 clnrm cache why none.tera
matches "$out" '^  looked for by .*/p/i.clnrm.toml.tera$'
printf '{{ now() }}' >main.txt
expect_exit 0 render
expect_exit 0 clnrm cache why main.txt
has "$out" 'rendered text is not kept: it reads the clock'
expect_exit 0 clnrm daemon status
matches "$out" 'caches .*templates [0-9]+ %, renders [0-9]+ %'
expect_exit 0 clnrm cache clear templates
matches "$out" '^templates: [1-9] dropped$'
expect_exit 0 clnrm cache clear renders
is "$(figure renders entries)" 0
is "$(figure templates entries)" 0

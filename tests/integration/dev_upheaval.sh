#!/bin/sh
# What happens to a tree that is watched beside plain saves: its directories go, come back and become
# others, the project file changes and breaks, events are lost. The last word is of what is there.
. "$(dirname "$0")/../lib/env.sh"
. "$ROOT/tests/lib/dev.sh"

good() { test_file "$1" 'true' "# $2"; }
bad() { test_file "$1" 'false' "# $2"; }
put() { # FILE good|bad [COMMENT]: by rename, of the test named as the file
	name=$(basename "$1" .clnrm.toml)
	"$2" "$name" "${3-}" >"$1.new" && mv "$1.new" "$1"
}

put_good() { put "$1" good; }

# ---- a directory within the tree ----
mkdir -p p/sub && cd p
printf '[project]\nname = "p"\n' >cleanroom.toml
put a.clnrm.toml good
put sub/d.clnrm.toml good
start clnrm dev --format ndjson
ends_up 'first' d/s pass true
remade() { rm -r sub && mkdir sub && put sub/d.clnrm.toml bad; }
ends_up 'deleted and made again' d/s fail remade
ends_up 'then a save in it' d/s pass put sub/d.clnrm.toml good 1
moved() { mv sub away && put away/d.clnrm.toml bad && mv away sub; }
ends_up 'renamed away and back' d/s fail moved
ends_up 'then a save in it' d/s pass put sub/d.clnrm.toml good 2
mkdir ../other && put ../other/d.clnrm.toml bad
linked() { mv sub .sub && ln -s ../other sub; }
ends_up 'replaced by a link' d/s fail linked
ends_up 'a save behind the link' d/s pass put ../other/d.clnrm.toml good 3
unlinked() { rm sub && mv .sub sub && put sub/d.clnrm.toml bad 4; }
ends_up 'a directory once more' d/s fail unlinked
ends_up 'then a save in it' d/s pass put sub/d.clnrm.toml good 5
# What was behind the link is none of it any more.
rounds_now=$(grep -c '"ev":"round_end"' "$out")
put ../other/d.clnrm.toml bad 6
ends_up 'and a save elsewhere' a/s fail put a.clnrm.toml bad
is "$(last d/s)" pass
[ "$(grep -c '"ev":"round_end"' "$out")" -gt "$rounds_now" ] || fail 'no round'
# A test file that is deleted and made again, with other and with the same content.
again() { rm a.clnrm.toml && put a.clnrm.toml good; }
ends_up 'a file deleted and made again' a/s pass again
gone() { rm a.clnrm.toml; }
gone_told() { tail -n 3 "$out" | grep '"ev":"round"' | grep -q a.clnrm.toml || grep '"ev":"round"' "$out" | tail -n 1 | grep -q 'a.clnrm.toml'; }
gone
wait_until 20 gone_told
ends_up 'and much later' a/s fail put a.clnrm.toml bad 7
ends_up 'mended' a/s pass put a.clnrm.toml good 8
stop
[ ! -s "$err" ] || fail "on stderr: $(cat "$err")"

# ---- the project itself ----
cd ..
start clnrm -C p dev --format ndjson
ends_up 'first' a/s pass true
root_moved() { mv p q && put q/a.clnrm.toml bad && mv q p; }
ends_up 'the project renamed away and back' a/s fail root_moved
ends_up 'then a save in it' a/s pass put p/a.clnrm.toml good 9
root_remade() { cp -r p q && rm -r p && put q/a.clnrm.toml bad && mv q p; }
ends_up 'the project deleted and made again' a/s fail root_remade
ends_up 'then a save in it' a/s pass put p/a.clnrm.toml good 10
ends_up 'then a save below it' d/s fail put p/sub/d.clnrm.toml bad 11
ends_up 'mended' d/s pass put p/sub/d.clnrm.toml good 12
stop
start clnrm dev --format ndjson p
ends_up 'first' a/s pass true
ends_up 'an argument deleted and made again' a/s fail root_remade
ends_up 'then a save in it' a/s pass put p/a.clnrm.toml good 13
stop

# ---- the project file: changed, broken, mended, gone, back; any test may depend on it ----
cd p
sed 's,clnrm/base,mapped:1,' a.clnrm.toml | sed 's/"a"/"e"/' >e.clnrm.toml
map_to() { printf '[project]\nname = "p"\n[containers.image_map]\n"mapped:1" = "%s"\n' "$1" >.new && mv .new cleanroom.toml; }
map_to clnrm/base
start clnrm dev --format ndjson
ends_up 'the image is mapped' e/s pass true
ends_up 'to one that is not there' e/s error map_to nowhere:1
ends_up 'and back' e/s pass map_to clnrm/base
told() { grep '"ev":"diagnostic"' "$out" | tail -n 1 | grep -q "$1"; }
broken() {
	echo '[project' >cleanroom.toml
	wait_until 20 told 'cleanroom.toml.*toml.syntax\|toml.syntax.*cleanroom.toml'
	wait_until 20 idle
}
broken
ends_up 'broken, then mended' e/s error map_to nowhere:1
ends_up 'and back' e/s pass map_to clnrm/base
# Broken is no reason to go on with the settings of before.
broken
put a.clnrm.toml bad 20
wait_until 20 idle
ends_up 'a save meanwhile is run once it is mended' a/s fail map_to clnrm/base
ends_up 'mended' a/s pass put a.clnrm.toml good 21
ends_up 'deleted' e/s error rm cleanroom.toml
ends_up 'made again' e/s pass map_to clnrm/base
stop
rm e.clnrm.toml

# ---- a template, its include, its library: what uses them runs, what does not does not ----
printf 'run = "true"\n' >part.tera
printf '{%% macro run(what) %%}run = "{{ what }}"{%% endmacro %%}\n' >_macros.toml.tera
of_template() { printf '[meta]\nname = "%s"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\n%s\n' "$1" "$2" >"$1.clnrm.toml.tera"; }
of_template i '{% include "part.tera" %}'
{ echo '{% import "_macros.toml.tera" as m %}' && printf '[meta]\nname = "m"\n[[scenario]]\nname = "s"\nimage = "clnrm/base"\n{{ m::run(what="true") }}\n'; } >m.clnrm.toml.tera
start clnrm dev --format ndjson
n=0
another 'first' 'a/s:pass d/s:pass i/s:pass m/s:pass' true
another 'the include' 'i/s:fail' sh -c "echo 'run = \"false\"' >part.tera"
another 'the library' 'm/s:fail' sh -c "printf '{%% macro run(what) %%}run = \"test x = {{ what }}\"{%% endmacro %%}\n' >_macros.toml.tera"
another 'the library fails' 'm/m:error' sh -c "printf '{%% macro run(what) %%}{{ nope }}{%% endmacro %%}\n' >_macros.toml.tera"
another 'the include is gone' 'i/i:error' rm part.tera
another 'it is back' 'i/s:pass' sh -c "echo 'run = \"true\"' >part.tera"
another 'the include is no text' 'i/i:error' sh -c "printf '\377\376' >part.tera"
grep '"ev":"diagnostic"' "$out" | tail -n 1 >said
has said 'part.tera'
another 'it is one again' 'i/s:pass' sh -c "echo 'run = \"true\"' >part.tera"
another 'the library of the product' 'm/m:error' rm _macros.toml.tera
# What takes long or prints much ends, and holds up nobody.
long='{% for i in range(end=100000) %}{% for j in range(end=10) %}{% if big is matching("([0-9]|a)*b$") %}x{% endif %}{% endfor %}{% endfor %}'
slow() { of_template i "{% set big = range(end=50000) | join(sep=\"a\") %}$long"; }
slow
quick=$(date +%s%N)
clnrm try -- true || fail 'no other command'
[ $((($(date +%s%N) - quick) / 1000000)) -lt 5000 ] || fail 'others waited for a template'
n=$((n + 1))
wait_until 40 rounds $n
grep '"ev":"diagnostic"' "$out" | tail -n 1 >said
has said 'resource limit: render time exceeds 10 s'
another 'a save is seen afterwards' 'a/s:fail' put a.clnrm.toml bad 30
# A newer save of the same file does not wait for its end, and what has come of the older is not told.
long="$long{# more #}"
slow
begun() { test "$(grep -c '"ev":"round",' "$out")" -gt $n; }
wait_until 20 begun
lines=$(wc -l <"$out")
of_template i 'run = "true"'
n=$((n + 2))
wait_until 8 rounds $n
tail -n +"$lines" "$out" >said
hasnt said '"ev":"diagnostic"'
hasnt said '"verdict":"error"'
is "$(last i/s)" pass
another 'prints too much' 'i/i:error' of_template i '{% set x = "0123456789abcdef" %}{% for i in range(end=100000) %}{% for j in range(end=9) %}{{ x }}{{ x }}{% endfor %}{% endfor %}'
grep '"ev":"diagnostic"' "$out" | tail -n 1 >said
has said 'resource limit: output size exceeds 16 MiB'
another 'mended' 'i/s:pass' of_template i 'run = "true"'
another 'includes itself' 'i/i:error' of_template i '{% include "i.clnrm.toml.tera" %}'
another 'mended' 'i/s:pass' of_template i 'run = "true"'
another 'is no text' 'a/a:error' sh -c "head -c 4096 /dev/urandom >a.clnrm.toml"
another 'mended' 'a/s:pass' put a.clnrm.toml good 31
stop
rm m.clnrm.toml.tera i.clnrm.toml.tera

# ---- no file at all: a FIFO, links that lead nowhere ----
start clnrm dev --format ndjson
n=0
another 'first' 'a/s:pass d/s:pass' true
replaced() { rm a.clnrm.toml && "$@" a.clnrm.toml; }
# On a busy machine that it is gone may be a round of its own.
ends_up 'a FIFO' a/a error replaced mkfifo
ends_up 'a file' a/s pass replaced put_good
noted() { grep '"ev":"note"' "$out" | grep -q "$1"; }
replaced ln -s nowhere
wait_until 20 noted "cannot open 'a.clnrm.toml'"
ends_up 'a save beside it' d/s fail put sub/d.clnrm.toml bad 50
ends_up 'mended' d/s pass put sub/d.clnrm.toml good 51
is "$(grep -c '"ev":"note".*cannot open' "$out")" 1
ends_up 'a file' a/s pass replaced put_good
stop

# ---- who may not read it ----
if [ "$(id -u)" != 0 ]; then
	start clnrm dev --format ndjson
	n=0
	another 'first' 'a/s:pass d/s:pass' true
	another 'not to be read' 'a/a:error' chmod 000 a.clnrm.toml
	another 'to be read again' 'a/s:pass' chmod 644 a.clnrm.toml
	# Told at once, not when something else happens.
	chmod 000 sub
	wait_until 20 noted "cannot open 'sub'"
	ends_up 'and a new file' x/s pass put x.clnrm.toml good
	reveal() { chmod 755 sub && put sub/d.clnrm.toml bad 40; }
	ends_up 'to be read again' d/s fail reveal
	ends_up 'mended' d/s pass put sub/d.clnrm.toml good 41
	stop
	rm x.clnrm.toml
fi

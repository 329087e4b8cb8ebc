#!/bin/sh
# What the documents name is there: links, make targets, source files, rooms, options of clnrmd.
# shellcheck disable=SC2013,SC2016 # names without blanks; marks of the text, no commands
. "$(dirname "$0")/../lib/env.sh"
needs sources
arch=$ROOT/docs/ARCHITECTURE.md
none() { # FILE WHAT: there is no line in FILE
	[ ! -s "$1" ] || fail "$2: $(tr '\n' ' ' <"$1")"
	passed
}

for doc in README.md NEWS.md CONTRIBUTING.md docs/manual.md docs/ARCHITECTURE.md docs/isolation.md docs/editors.md docs/ci.md docs/performance.md docs/templates.md; do
	for link in $(grep -oE '\]\([^)#:]+' "$ROOT/$doc" | cut -c 3-); do
		[ -e "$ROOT/$(dirname "$doc")/$link" ] || fail "$doc links to $link, which is not there"
	done
	passed
done
# Every target that the documents name is one of the Makefile.
for target in $(grep -ohE '(^|`)make [a-z-]+' "$ROOT/README.md" "$ROOT/CONTRIBUTING.md" "$ROOT/docs/ARCHITECTURE.md" | sed 's/.*make //' | sort -u); do
	grep -qE "^$target( [a-z-]+)*:" "$ROOT/Makefile" "$ROOT"/*/*.mk || fail "there is no 'make $target'"
done

# Headings that are linked to. GitHub's rule: lower case, blanks to dashes, no punctuation.
for doc in README.md NEWS.md CONTRIBUTING.md docs/manual.md docs/ARCHITECTURE.md docs/isolation.md docs/editors.md docs/ci.md docs/performance.md docs/templates.md; do
	for link in $(grep -oE '\]\([^):]*#[^)]+' "$ROOT/$doc" | cut -c 3-); do
		file=$(dirname "$doc")/${link%%#*}
		[ -n "${link%%#*}" ] || file=$doc
		sed -n 's/^##* //p' "$ROOT/$file" | tr 'A-Z ' 'a-z-' | tr -d "().,\`:'" | grep -qxF -- "${link#*#}" ||
			fail "$doc links to $link, and there is no such heading"
	done
	passed
done

# Every source file that the tour names is in the tree, and every room is in the tour.
(cd "$ROOT" && find client common daemon proto tests bench systemd -type f) | sed 's,.*/,,' | sort -u >files
grep -oE '`[a-z_/]+\.(c|h|sh|txt|mk|json)`' "$arch" | tr -d '\`' | sed 's,.*/,,' | sort -u | comm -23 - files >unknown
none unknown 'docs/ARCHITECTURE.md names files that are not there'
sed -n 's/^\([a-z/]*\):.*/\1/p' "$ROOT/tests/lint/layers.txt" | grep -vx 'daemon\|bench' | while read -r room; do
	grep -qF "**\`$room/\`**" "$arch" || echo "$room"
done >unknown
none unknown 'docs/ARCHITECTURE.md says nothing of the rooms'
find "$ROOT/tests" -mindepth 1 -maxdepth 1 -type d | sed 's,.*/,,' | while read -r folder; do
	grep -qF "\`tests/$folder/" "$arch" || echo "$folder"
done >unknown
none unknown 'docs/ARCHITECTURE.md says nothing of the folders of tests'

# clnrmd(8) has the options of clnrmd --help, and no others.
expect_exit 0 clnrmd --help
grep -oE -e '--[a-z-]+' "$out" | sort -u >said
sed 's/\\//g' "$ROOT/docs/man/clnrmd.8" | sed -n 's/^\.B //p' | grep -oE -e '--[a-z-]+' | grep -vx -e --help -e --version | sort -u >page
diff said page || fail 'docs/man/clnrmd.8 and clnrmd --help name other options'
passed

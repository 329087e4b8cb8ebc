#!/bin/sh
# make install puts what works where it belongs, twice in the same way; make uninstall takes exactly that.
. "$(dirname "$0")/../lib/env.sh"
needs sources
unset MAKEFLAGS MAKELEVEL MFLAGS 2>/dev/null || :
build=${CLNRM_BUILD:-build/debug}
dest="$W/a place"
prefix='/opt/our clnrm'
make_it() { make -C "$ROOT" --no-print-directory B="$build" DESTDIR="$dest" PREFIX="$prefix" "$@"; }
tree() { (cd "$dest" && find . ! -type d | sort); }

mkdir -p "$dest$prefix/share/man/man1"
: >"$dest$prefix/share/man/man1/other.1"
expect_exit 0 make_it install-built
tree >first
for f in bin/clnrm libexec/clnrm/clnrmd libexec/clnrm/clnrm-launcher libexec/clnrm/clnrm-init libexec/clnrm/clnrm-unpack \
	share/man/man1/clnrm.1 share/man/man1/clnrm-run.1 share/man/man5/clnrm.toml.5 share/man/man8/clnrmd.8 \
	share/bash-completion/completions/clnrm share/zsh/site-functions/_clnrm share/fish/vendor_completions.d/clnrm.fish \
	lib/systemd/user/clnrmd.socket lib/systemd/user/clnrmd.service share/doc/clnrm/apparmor \
	share/clnrm/self-test/framework/exit.clnrm.toml share/clnrm/self-test/cli/commands share/clnrm/self-test/cli/inputs/good.toml \
	share/doc/clnrm/README.md share/doc/clnrm/docs/manual.md share/doc/clnrm/docs/isolation.md share/doc/clnrm/docs/editors.md \
	share/doc/clnrm/docs/examples/01_compile_c.clnrm.toml share/doc/clnrm/docs/examples/shop/tests/build.clnrm.toml; do
	has first ".$prefix/$f"
done
expect_exit 0 make_it install-built
tree | cmp - first || fail 'a second install puts other files'
passed
[ -z "$(find "$dest" -perm /022)" ] || fail "others may write: $(find "$dest" -perm /022)"
passed

# What was installed runs, and finds its daemon below libexec.
bin=$dest$prefix/bin/clnrm
expect_exit 0 "$bin" version
export CLNRM_DAEMON=
printf '[meta]\nname = "x"\nimage = "clnrm/base"\n[[scenario]]\nname = "y"\nrun = "true"\n' >t.clnrm.toml
expect_exit 0 "$bin" run t.clnrm.toml
[ "$(readlink "/proc/$(daemon_pid)/exe")" = "$dest$prefix/libexec/clnrm/clnrmd" ] || fail 'another daemon was started'
passed
expect_exit 0 "$bin" self-test
expect_exit 0 "$bin" daemon stop

# What a document refers to was installed beside it.
python3 - "$dest$prefix/share/doc/clnrm" >links <<'P'
import os, re, sys
seen = 0
for folder, _, names in os.walk(sys.argv[1]):
    for name in (n for n in names if n.endswith(".md")):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", open(os.path.join(folder, name)).read()):
            if "://" in target:
                continue
            seen += 1
            if not os.path.exists(os.path.join(folder, target)):
                print(f"{name}: {target}")
print(seen > 5)
P
[ "$(cat links)" = True ] || fail "leads nowhere: $(cat links)"
passed

# Every page renders without a warning; every completion is a script.
for page in "$dest$prefix"/share/man/man[158]/clnrm*; do
	groff -man -Tutf8 -ww "$page" >rendered 2>warnings || fail "$page"
	[ -s rendered ] || fail "$(basename "$page") is empty"
	[ ! -s warnings ] || fail "$(basename "$page"): $(cat warnings)"
	passed
done
grep -q '^\.B expected_exit_code' "$dest$prefix/share/man/man5/clnrm.toml.5" || fail 'clnrm.toml(5) lists no keys'
expect_exit 0 bash -n "$dest$prefix/share/bash-completion/completions/clnrm"
for shell in zsh fish; do
	file=$(find "$dest$prefix/share/$shell" -type f)
	[ -s "$file" ] || fail "no completion of $shell"
	if command -v "$shell" >/dev/null; then expect_exit 0 "$shell" -n "$file"; fi
done

# The units say what they should, and systemd takes them where it is there to ask.
units=$dest$prefix/lib/systemd/user
has "$units/clnrmd.socket" 'ListenStream=%t/clnrm/clnrmd.sock'
has "$units/clnrmd.service" 'ExecStart="/opt/our clnrm/libexec/clnrm/clnrmd"'
if command -v systemd-analyze >/dev/null; then
	mkdir units
	sed "s,$prefix,$BUILD/..,; s,$BUILD/../libexec/clnrm/,$BUILD/," "$units/clnrmd.service" >units/clnrmd.service
	cp "$units/clnrmd.socket" units/
	systemd-analyze --user --man=no --recursive-errors=no verify ./units/clnrmd.socket ./units/clnrmd.service >verified 2>&1 ||
		{ cat verified; fail 'systemd-analyze refuses the units'; }
	hasnt verified clnrmd.s
fi

expect_exit 0 make_it uninstall
is_left=$(tree)
[ "$is_left" = ".$prefix/share/man/man1/other.1" ] || fail "left: $is_left"
passed
[ "$(find "$dest" -type d | wc -l)" = 6 ] || fail "folders are left: $(find "$dest" -type d)"
passed
expect_exit 2 make_it uninstall
has "$out" 'nothing of clnrm is installed'

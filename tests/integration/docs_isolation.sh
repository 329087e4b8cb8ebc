#!/bin/sh
# docs/isolation.md: its list of system calls is the one that is compiled, and every test that it names
# is there, as every test that is there is named.
. "$(dirname "$0")/../lib/env.sh"
doc=$ROOT/docs/isolation.md
sed -n '/^<!-- made by/,/^<!-- end of/p' "$doc" | sed '1d;$d' >in_doc
"$ROOT/tests/lib/seccomp-list" markdown | sed '$d' >in_code
diff in_doc in_code || fail "run tests/lib/seccomp-list markdown and put its output into docs/isolation.md"
passed
for test in "$ROOT"/tests/hermeticity/*.sh; do
	has "$doc" "\`$(basename "$test" .sh)\`"
done
# shellcheck disable=SC2016 # no command: marks of the text
for name in $(grep -oE '`(hermetic|escape)_[a-z0-9_]+`' "$doc" | tr -d '\`' | sort -u); do
	[ -f "$ROOT/tests/hermeticity/$name.sh" ] || fail "docs/isolation.md names $name, which is not there"
done
for n in $(seq 48); do
	has "$doc" "| $n | "
done

# What is covered in /proc is what the document says, of this machine and in the code; the rest is there.
sed -n '/^<!-- covered -->/,/^<!-- end -->/p' "$doc" | grep -oE '`[a-z_-]+`' | tr -d '\`' | sort >in_doc
sed -n '/masked_files\[\]/,/masked_dirs/p' "$ROOT/daemon/native/launcher/rootfs.c" | grep -oE '"[a-z_-]+"' | tr -d '"' | sort >in_code
diff in_doc in_code || fail 'docs/isolation.md covers other files of /proc (<) than the launcher (>)'
passed
tr '\n' ' ' <in_doc >names
expect_exit 0 clnrm try -- sh -c "for f in $(cat names); do
	[ ! -e /proc/\$f ] || [ -z \"\$(if [ -d /proc/\$f ]; then ls /proc/\$f; else head -c 1 /proc/\$f 2>/dev/null | od -An -c; fi)\" ] || echo \$f
done"
[ ! -s "$out" ] || fail "not covered: $(cat "$out")"
passed
for f in cmdline loadavg uptime stat meminfo cpuinfo version mounts; do
	has "$doc" "\`$f\`"
	expect_exit 0 clnrm try -- sh -c "[ -n \"\$(head -c 1 /proc/$f | od -An -c)\" ]"
done

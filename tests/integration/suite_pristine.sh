#!/bin/sh
# A thousand scenarios, one after another and beside each other: each looks for a trace of any other in
# every place that can be written, and leaves its own.
. "$(dirname "$0")/../lib/env.sh"
N=${PRISTINE:-1000}
PROBE=$BUILD/tests/probe
[ -x "$PROBE" ] || fail "$PROBE is not built: make $PROBE"
cp "$PROBE" probe

# A script of the shell for files, the probe for what only system calls reach. 3 queues, shared memory
# and semaphores; 4 message queues; 5 abstract sockets; 17 ports; 20 core files; 37 locks.
cat >look.sh <<'S'
set -eu
for d in / /tmp /tmp/home /dev/shm /dev/mqueue /workspace /var/tmp /run /root /home /etc /opt /srv /mnt /var/log; do
	for f in "$d"/pristine-*; do
		[ ! -e "$f" ] || { echo "found $f"; exit 1; }
	done
done
[ -z "$(ls -A /workspace)" ] || { echo "/workspace holds $(ls -A /workspace)"; exit 1; }
[ "$(hostname 2>/dev/null || cat /proc/sys/kernel/hostname)" = clnrm ] || { echo "host name"; exit 1; }
[ "$$" = 2 ] || { echo "process $$"; exit 1; }
for carrier in 02 03 04 05 17 20 37; do /tmp/probe look $carrier >/tmp/out || { echo "carrier $carrier"; cat /tmp/out; exit 1; }; done
rm /tmp/out
for d in / /tmp /tmp/home /dev/shm /workspace /var/tmp /run /root /home /etc /opt /srv /mnt /var/log; do
	echo x 2>/dev/null >"$d/pristine-$CLNRM_SCENARIO" || :
done
[ -e /tmp/pristine-$CLNRM_SCENARIO ] && [ -e /dev/shm/pristine-$CLNRM_SCENARIO ]
for carrier in 02 03 04 17 20; do /tmp/probe plant $carrier "$CLNRM_SCENARIO" >/dev/null; done
/tmp/probe hold 05 x >/dev/null &
S
{
	printf '[meta]\nname = "pristine"\nimage = "%s"\n' "${IMAGE:-clnrm/base}"
	printf 'files = [{ path = "/tmp/probe", source = "probe", mode = "0755" }, { path = "/tmp/look.sh", source = "look.sh" }]\n'
	for n in $(seq "$N"); do printf '[[scenario]]\nname = "n%s"\ncommand = ["/bin/sh", "/tmp/look.sh"]\n' "$n"; done
} >t.clnrm.toml
expect_exit 0 timeout 280 clnrm run --force --no-history t.clnrm.toml
matches "$out" "^$N passed "

# The control: two of them in one sandbox. The second finds what the first left.
{
	printf '[meta]\nname = "control"\nimage = "clnrm/base"\n[[scenario]]\nname = "both"\n'
	printf 'files = [{ path = "/tmp/probe", source = "probe", mode = "0755" }, { path = "/tmp/look.sh", source = "look.sh" }]\n'
	printf 'steps = [{ name = "first", command = ["/bin/sh", "/tmp/look.sh"] }, { name = "second", command = ["/bin/sh", "/tmp/look.sh"] }]\n'
} >control.clnrm.toml
expect_exit 1 clnrm run --force --no-history control.clnrm.toml
has "$out" "found /"

#!/bin/sh
# The stream between daemon and PID 1: no step finds it, and what a step writes to its own output is
# output, whatever it looks like.
# shellcheck disable=SC2016 # what runs in the sandbox expands there
. "$(dirname "$0")/../lib/hermetic.sh"
for image in $IMAGES; do
	begin "$image"
	scenario init 0 /tmp/probe try init
	scenario sockets 0 /bin/sh -c 'for p in /proc/[0-9]*; do for fd in $p/fd/*; do case $(readlink $fd 2>/dev/null) in socket:*) echo $fd; exit 9 ;; esac; done; done'
	run 2
done
# Records of the protocol, a header of zeros, and lengths beyond every bound, as output.
python3 - >frames <<'P'
import os, sys
for kind in range(0, 32):
    for length in (0, 1, 12, 0xffffffff):
        sys.stdout.buffer.write(length.to_bytes(4, "little") + bytes([kind, 0, 0, 0]) + (0).to_bytes(4, "little"))
sys.stdout.buffer.write(bytes(range(256)) * 64)
P
begin clnrm/base
printf '[[scenario]]\nname = "frames"\nfiles = [{ path = "/workspace/frames", source = "frames" }]\nsteps = [{ name = "a", command = ["cat", "frames"] }, { name = "b", command = ["md5sum", "frames"] }, { name = "c", command = ["sh", "-c", "cat frames >&2"] }]\n' >>$FILE
run 1
clnrm try --image clnrm/base -- cat <frames >copy 2>"$err"
cmp frames copy || fail "output is not what was written"
passed

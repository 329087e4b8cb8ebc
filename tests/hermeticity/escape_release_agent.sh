#!/bin/sh
# Programs that the kernel starts for a cgroup (CVE-2022-0492), and a cgroup tree left writable
# (CVE-2023-25809).
# alone: it looks at all control groups of this machine.
# shellcheck disable=SC2016 # what runs in the sandbox expands there
. "$(dirname "$0")/../lib/hermetic.sh"
agents() { cat /sys/fs/cgroup/*/release_agent 2>/dev/null | cksum; }
groups() { find /sys/fs/cgroup -maxdepth 3 -name '*probe*' 2>/dev/null; }
before=$(agents)
for image in $IMAGES; do
	begin "$image"
	scenario try 0 /tmp/probe try 08
	scenario look 0 /tmp/probe look 08
	scenario shell 0 /bin/sh -c 'mkdir /tmp/cg; for t in cgroup cgroup2; do for o in memory rdma pids name=x; do
	if mount -t $t -o $o $t /tmp/cg 2>/dev/null; then exit 9; fi; done; done
	if unshare -UrmC true 2>/dev/null; then exit 9; fi
	for f in release_agent notify_on_release cgroup.procs; do if (echo x >/sys/fs/cgroup/$f) 2>/dev/null; then exit 9; fi; done'
	run 1
done
[ "$before" = "$(agents)" ] || fail "a release_agent was set"
[ -z "$(groups)" ] || fail "a cgroup was made: $(groups)"
passed

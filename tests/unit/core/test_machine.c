/* What the daemon may use of a machine: trees of /proc and /sys as kernels show them. */
#include "tests/unit/check_main.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fs.h"
#include "daemon/core/machine.h"

static char root[64];

static void set_up(void)
{
	snprintf(root, sizeof(root), "/tmp/clnrm-machine.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void tear_down(void)
{
	struct err e;

	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, root, &e), 0);
}

/* A file below the root, with the directories that lead to it. */
static void put(const char *path, const char *text)
{
	char full[512];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		mkdir(full, 0700);
	}
	f = fopen(full, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void put_meminfo(void)
{
	put("proc/meminfo", "MemTotal:        8192000 kB\nMemFree:         1 kB\n"
	                    "MemAvailable:    4096000 kB\nBuffers: 1 kB\n");
}

START_TEST(a_machine_without_groups_has_what_meminfo_says)
{
	struct machine_memory m;

	ck_assert(!machine_memory(root, &m));
	put_meminfo();
	ck_assert(machine_memory(root, &m));
	ck_assert_uint_eq(m.total, 8192000ull << 10);
	ck_assert_uint_eq(m.available, 4096000ull << 10);
	ck_assert_uint_eq(machine_cpus(root, 6), 6);
	ck_assert_uint_eq(machine_cpus(root, 0), 1);
}
END_TEST

START_TEST(the_lowest_limit_above_us_counts_less_what_is_used_and_cannot_be_dropped)
{
	struct machine_memory m;

	put_meminfo();
	put("proc/self/cgroup", "0::/a/b\n");
	put("sys/fs/cgroup/a/b/memory.max", "max\n");
	put("sys/fs/cgroup/a/memory.max", "1000000000\n");
	put("sys/fs/cgroup/a/memory.current", "600000000\n");
	put("sys/fs/cgroup/a/memory.stat", "anon 1\nactive_file 9\ninactive_file 200000000\n");
	put("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
	put("sys/fs/cgroup/a/cpu.max", "250000 100000\n");
	ck_assert(machine_memory(root, &m));
	ck_assert_uint_eq(m.total, 1000000000);
	ck_assert_uint_eq(m.available, 600000000);
	ck_assert_uint_eq(machine_cpus(root, 6), 2);
	ck_assert_uint_eq(machine_cpus(root, 1), 1);
	put("sys/fs/cgroup/a/cpu.max", "50000 100000\n");
	ck_assert_uint_eq(machine_cpus(root, 6), 1); /* never none */
}
END_TEST

START_TEST(groups_of_version_1_are_found_beside_others)
{
	struct machine_memory m;

	put_meminfo();
	put("proc/self/cgroup", "12:cpu,cpuacct:/x\n4:memory:/y/z\n1:name=systemd:/\n0::/\n");
	put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	put("sys/fs/cgroup/memory/y/z/memory.limit_in_bytes", "500000000\n");
	put("sys/fs/cgroup/memory/y/z/memory.usage_in_bytes", "700000000\n");
	put("sys/fs/cgroup/memory/y/z/memory.stat",
	        "inactive_file 1\ntotal_inactive_file 100000000\n");
	put("sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "300000\n");
	put("sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n");
	put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
	ck_assert(machine_memory(root, &m));
	ck_assert_uint_eq(m.total, 500000000);
	ck_assert_uint_eq(m.available, 0); /* more is used than there may be */
	ck_assert_uint_eq(machine_cpus(root, 8), 3);
}
END_TEST

/* In a container without a namespace of groups the path is that of the machine: its own files are
 * at the root of the mount. */
START_TEST(a_group_that_cannot_be_seen_leaves_those_above_it)
{
	struct machine_memory m;

	put_meminfo();
	put("proc/self/cgroup", "4:memory:/docker/0123\n");
	put("sys/fs/cgroup/memory/memory.limit_in_bytes", "300000000\n");
	put("sys/fs/cgroup/memory/memory.usage_in_bytes", "100000000\n");
	ck_assert(machine_memory(root, &m));
	ck_assert_uint_eq(m.total, 300000000);
	ck_assert_uint_eq(m.available, 200000000);
}
END_TEST

START_TEST(this_machine_says_something_that_can_be)
{
	struct machine_memory m;

	ck_assert(machine_memory("", &m));
	ck_assert_uint_gt(m.total, 16u << 20);
	ck_assert_uint_le(m.available, m.total);
	ck_assert_uint_ge(machine_cpus("", 4), 1);
	ck_assert_uint_le(machine_cpus("", 4), 4);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { a_machine_without_groups_has_what_meminfo_says,
		the_lowest_limit_above_us_counts_less_what_is_used_and_cannot_be_dropped,
		groups_of_version_1_are_found_beside_others,
		a_group_that_cannot_be_seen_leaves_those_above_it,
		this_machine_says_something_that_can_be };

	return check_run_with("machine", tests, ARRAY_LEN(tests), set_up, tear_down);
}

/* The engine on a machine that has less, and the little things of a sandbox that only the kernel
 * shows. */
#include <fcntl.h>

#include "common/force.h"
#include "tests/unit/native/bed.h"

static void reopen_with(const char *force)
{
	struct err e = { 0 };

	bed_engine->ops->close(bed_engine);
	setenv("CLNRM_FORCE", force, 1);
	ck_assert_msg(bed_open(&e) == 0, "%s", e.msg);
}

static bool degraded(const struct receipt *r, const char *what)
{
	for (size_t i = 0; i < r->n_degraded; i++)
		if (strcmp(r->degraded[i].what, what) == 0)
			return true;
	return false;
}

/* Makes one under these switches; it works, and names what it does without. */
static void works_without(const char *force, const char *what)
{
	struct sandbox_spec s = bed_spec();
	struct guest g;

	reopen_with(force);
	guest_need(&g, &s);
	ck_assert_msg(!what || degraded(g.receipt, what), "'%s' is not in the receipt", what);
	ck_assert_int_eq(guest_sh(&g, "echo x >/tmp/x && echo x >/workspace/x"), 0);
	guest_end(&g);
}

START_TEST(without_clone3_a_sandbox_is_cloned_the_old_way)
{
	works_without("no-clone3", "clone3");
}
END_TEST

START_TEST(without_an_overlay_the_root_is_read_only)
{
	works_without("no-overlay", "overlay");
}
END_TEST

START_TEST(without_cgroups_limits_are_noted_as_missing)
{
	struct sandbox_spec s = bed_spec();
	struct guest g;

	works_without("no-cgroup", "cgroup");
	ck_assert_uint_eq(bed_engine->ops->enforceable(bed_engine) & 1u << LIMIT_MEMORY, 0);
	guest_need(&g, &s);
	ck_assert(degraded(g.receipt, "memory_mb") && degraded(g.receipt, "pids"));
	for (size_t i = 0; i < g.receipt->n_limits; i++)
		ck_assert_str_ne(g.receipt->limits[i].name, "memory_mb");
	for (size_t i = 0; i < g.receipt->n_degraded; i++)
		if (strcmp(g.receipt->degraded[i].what, "pids") == 0)
			ck_assert_str_eq(g.receipt->degraded[i].got,
			        "limited for each user apart (RLIMIT_NPROC)");
	guest_end(&g);
}
END_TEST

START_TEST(without_mapped_mounts_files_of_root_show_as_nobody)
{
	works_without("no-idmap", geteuid() == 0 ? "idmap" : NULL);
}
END_TEST

START_TEST(with_nothing_of_all_this_it_still_works)
{
	works_without("no-clone3,no-overlay,no-cgroup,no-idmap,no-psi", "overlay");
}
END_TEST

START_TEST(strict_accepts_none_of_these)
{
	static const char *const force[] = { "no-overlay", "no-cgroup", "no-clone3" };

	for (size_t i = 0; i < ARRAY_LEN(force); i++) {
		struct sandbox_spec s = bed_spec();
		struct guest g;

		s.isolation = ISOLATION_STRICT;
		reopen_with(force[i]);
		guest_make(&g, &s);
		ck_assert_msg(g.failed, "strict was given with %s", force[i]);
		ck_assert_int_eq(g.failure.code, ERR_UNSUPPORTED);
		guest_end(&g);
	}
}
END_TEST

START_TEST(relaxed_goes_without_a_user_namespace_and_says_so)
{
	struct sandbox_spec s = bed_spec();
	struct guest g;

	if (geteuid() != 0)
		return; /* there is no other way in than a user namespace */
	s.isolation = ISOLATION_RELAXED;
	reopen_with("no-userns");
	guest_need(&g, &s);
	ck_assert(degraded(g.receipt, "userns"));
	guest_end(&g);
}
END_TEST

START_TEST(the_boot_id_is_the_same_in_every_sandbox_and_not_the_machines)
{
	struct sandbox_spec s = bed_spec();
	AUTO_STRBUF own = STRBUF_INIT;
	struct err e;
	struct guest g;

	ck_assert_int_eq(fs_read_file("/proc/sys/kernel/random/boot_id", 64, &own, &e), 0);
	guest_need(&g, &s);
	ck_assert_int_eq(guest_sh(&g, "cat /proc/sys/kernel/random/boot_id"), 0);
	ck_assert_uint_eq(g.out.len, own.len);
	ck_assert_str_ne(g.out.s, own.s);
	guest_end(&g);
}
END_TEST

START_TEST(what_is_counted_for_the_machines_user_is_bounded_here)
{
	struct sandbox_spec s = bed_spec();
	struct guest g;

	guest_need(&g, &s);
	ck_assert_int_eq(
	        guest_sh(&g, "cd /proc/sys/user; cat max_user_namespaces max_net_namespaces"
	                     " max_mnt_namespaces; test $(cat max_inotify_instances) -le 128;"
	                     " echo $?; grep 'pending signals' /proc/self/limits"),
	        0);
	unsigned long soft = 0, hard = 0;
	ck_assert_msg(sscanf(g.out.s, "0\n0\n0\n0\nMax pending signals %lu %lu", &soft, &hard) == 2,
	        "%s", g.out.s);
	ck_assert_uint_le(hard, 4096);
	ck_assert_uint_eq(soft, hard);
	guest_end(&g);
}
END_TEST

/* Whether a read shows in the time of access that was set before. */
static bool read_shows(const char *path, struct guest *g)
{
	const struct timespec old[2] = { { .tv_sec = 1000000 }, { .tv_sec = 2000000 } };
	struct stat st;
	char byte;

	ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
	if (g) {
		ck_assert_int_eq(guest_sh(g, "cat /data/file /data/file"), 0);
	} else {
		AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
		ck_assert_int_eq((int)read(fd, &byte, 1), 1);
	}
	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_atim.tv_sec != 1000000;
}

START_TEST(reading_a_read_only_volume_leaves_its_times)
{
	struct volume v = { .host_path = bed_lower, .container_path = "/data" };
	struct sandbox_spec s = bed_spec();
	char path[160];
	struct guest g;

	snprintf(path, sizeof(path), "%s/file", bed_lower);
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	ck_assert_int_eq((int)write(fd, "x\n", 2), 2);
	close(fd);
	if (!read_shows(path, NULL))
		return; /* /tmp is mounted without times: there is nothing to see */
	s.volumes = &v;
	s.n_volumes = 1;
	guest_need(&g, &s);
	ck_assert(!read_shows(path, &g));
	guest_end(&g);
}
END_TEST

START_TEST(a_limit_that_was_asked_for_and_cannot_be_had_is_refused)
{
	struct sandbox_spec s = bed_spec();
	struct guest g;

	reopen_with("no-cgroup");
	s.limits.given = 1u << LIMIT_MEMORY;
	guest_make(&g, &s);
	ck_assert(g.failed);
	ck_assert_int_eq(g.failure.code, ERR_UNSUPPORTED);
	ck_assert_str_eq(g.failure.msg,
	        "limit memory_mb needs cgroup delegation of 'memory': run clnrm health");
	guest_end(&g);
	s.limits.given = 0;
	guest_need(&g, &s);
	ck_assert_uint_gt(g.receipt->n_degraded, 0);
	guest_end(&g);
}
END_TEST

START_TEST(without_clone3_and_overlay_it_still_works_and_says_so)
{
	struct sandbox_spec s = bed_spec();
	struct guest g;

	reopen_with("no-clone3,no-overlay");
	guest_need(&g, &s);
	ck_assert(degraded(g.receipt, "clone3") && degraded(g.receipt, "overlay"));
	ck_assert_int_ne(guest_sh(&g, "echo x >/x"), 0);
	ck_assert_int_eq(guest_sh(&g, "echo x >/tmp/x && echo x >/workspace/x"), 0);
	guest_end(&g);
}
END_TEST

START_TEST(without_user_namespaces_standard_is_refused)
{
	struct sandbox_spec s = bed_spec();
	struct guest g;

	reopen_with("no-userns");
	guest_make(&g, &s);
	ck_assert(g.failed);
	ck_assert_int_eq(g.failure.code, ERR_UNSUPPORTED);
	guest_end(&g);
}
END_TEST

int main(void)
{
	if (FORCE_BUILT) {
		const TTest *const tests[] = {
			without_clone3_a_sandbox_is_cloned_the_old_way,
			without_an_overlay_the_root_is_read_only,
			without_cgroups_limits_are_noted_as_missing,
			without_mapped_mounts_files_of_root_show_as_nobody,
			with_nothing_of_all_this_it_still_works,
			strict_accepts_none_of_these,
			a_limit_that_was_asked_for_and_cannot_be_had_is_refused,
			without_clone3_and_overlay_it_still_works_and_says_so,
			without_user_namespaces_standard_is_refused,
			relaxed_goes_without_a_user_namespace_and_says_so,
			the_boot_id_is_the_same_in_every_sandbox_and_not_the_machines,
			what_is_counted_for_the_machines_user_is_bounded_here,
			reading_a_read_only_volume_leaves_its_times,
		};

		return check_run_with("fallbacks", tests, ARRAY_LEN(tests), bed_start, bed_stop);
	}
	puts("SKIPPED: needs test-switches: this build has none");
	return 77;
}

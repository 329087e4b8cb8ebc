/* What a start removes of dead launchers, and what it leaves alone. Plain directories stand for
 * cgroups: both go by rmdir. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "common/strbuf.h"
#include "daemon/native/launcher/launcher.h"
#include "tests/unit/check_main.h"

static char dir[64], state[96], group[128];

static void make_group(const char *name)
{
	char path[160];

	snprintf(group, sizeof(group), "%s/%s", dir, name);
	snprintf(path, sizeof(path), "%s/s1", group);
	ck_assert_int_eq(mkdir(group, 0700), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/clnrm-sweep-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(state, sizeof(state), "%s/state", dir);
	ck_assert_int_eq(mkdir(state, 0700), 0);
}

static void teardown(void)
{
	struct err e;

	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, dir, &e), 0);
}

static const char *boot(void)
{
	static struct strbuf text = STRBUF_INIT;
	struct err e;

	strbuf_reset(&text);
	ck_assert_int_eq(fs_read_file("/proc/sys/kernel/random/boot_id", 64, &text, &e), 0);
	strbuf_truncate(&text, strcspn(text.s, "\n"));
	return text.s;
}

/* An entry of somebody else, kept open and locked when live. */
static int write_entry(const char *text, bool live)
{
	char path[128];
	struct err e;

	snprintf(path, sizeof(path), "%s/launcher-0-1-00000000", state);
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fs_write_all(fd, text, strlen(text), &e), 0);
	if (live) {
		ck_assert_int_eq(flock(fd, LOCK_EX), 0);
		return fd;
	}
	close(fd);
	return -1;
}

static bool entry_is_there(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/launcher-0-1-00000000", state);
	return access(path, F_OK) == 0;
}

static unsigned sweep(void)
{
	struct state_entry s;
	unsigned swept = 77;
	struct err e = { 0 };

	ck_assert_msg(state_open(&s, state, &swept, &e) == 0, "%s", e.msg);
	state_close(&s, false);
	return swept;
}

static const char *entry(const char *boot_id)
{
	static char text[256];

	snprintf(text, sizeof(text), "boot %s\ncgroup %s\n", boot_id, group);
	return text;
}

START_TEST(the_groups_of_a_dead_launcher_go_with_its_entry)
{
	make_group("clnrm-launcher-x");
	write_entry(entry(boot()), false);
	ck_assert_uint_eq(sweep(), 2);
	ck_assert_int_ne(access(group, F_OK), 0);
	ck_assert(!entry_is_there());
}
END_TEST

START_TEST(a_live_launcher_is_left_alone)
{
	make_group("clnrm-launcher-x");
	AUTO_FD held = write_entry(entry(boot()), true);
	ck_assert_int_ge(held, 0);
	ck_assert_uint_eq(sweep(), 0);
	ck_assert_int_eq(access(group, F_OK), 0);
	ck_assert(entry_is_there());
}
END_TEST

START_TEST(an_entry_of_another_boot_names_nothing_of_this_one)
{
	make_group("clnrm-launcher-x");
	write_entry(entry("00000000-0000-0000-0000-000000000000"), false);
	ck_assert_uint_eq(sweep(), 0);
	ck_assert_int_eq(access(group, F_OK), 0);
	ck_assert(!entry_is_there());
}
END_TEST

START_TEST(only_what_is_named_as_ours_is_removed)
{
	make_group("somebody");
	write_entry(entry(boot()), false);
	ck_assert_uint_eq(sweep(), 0);
	ck_assert_int_eq(access(group, F_OK), 0);
}
END_TEST

START_TEST(a_group_that_is_gone_already_is_no_trouble)
{
	snprintf(group, sizeof(group), "%s/clnrm-never", dir);
	write_entry(entry(boot()), false);
	ck_assert_uint_eq(sweep(), 0);
	ck_assert(!entry_is_there());
}
END_TEST

START_TEST(a_link_in_the_place_of_an_entry_is_not_followed)
{
	char path[128], target[128];

	make_group("clnrm-launcher-x");
	snprintf(target, sizeof(target), "%s/elsewhere", dir);
	int fd = open(target, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	struct err e;
	ck_assert_int_eq(fs_write_all(fd, entry(boot()), strlen(entry(boot())), &e), 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/launcher-0-1-00000000", state);
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert_uint_eq(sweep(), 0);
	ck_assert_int_eq(access(group, F_OK), 0);
}
END_TEST

START_TEST(an_entry_without_sense_is_dropped)
{
	static char junk[8192];

	memset(junk, 'x', sizeof(junk) - 1);
	make_group("clnrm-launcher-x");
	write_entry(junk, false);
	ck_assert_uint_eq(sweep(), 0);
	ck_assert_int_eq(access(group, F_OK), 0);
	ck_assert(!entry_is_there());
}
END_TEST

START_TEST(ones_own_entry_stands_while_one_lives)
{
	struct state_entry s, other;
	unsigned swept;
	char path[192];
	struct err e = { 0 };

	ck_assert_int_eq(state_open(&s, state, &swept, &e), 0);
	ck_assert_int_eq(state_write(&s, "/nowhere/clnrm-x", &e), 0);
	ck_assert_int_eq(state_open(&other, state, &swept, &e), 0);
	snprintf(path, sizeof(path), "%s/%s", state, s.name);
	ck_assert_int_eq(access(path, F_OK), 0);
	state_close(&other, false);
	state_close(&s, false);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_groups_of_a_dead_launcher_go_with_its_entry,
		a_live_launcher_is_left_alone,
		an_entry_of_another_boot_names_nothing_of_this_one,
		only_what_is_named_as_ours_is_removed,
		a_group_that_is_gone_already_is_no_trouble,
		a_link_in_the_place_of_an_entry_is_not_followed,
		an_entry_without_sense_is_dropped,
		ones_own_entry_stands_while_one_lives,
	};

	return check_run_with("sweep", tests, ARRAY_LEN(tests), setup, teardown);
}

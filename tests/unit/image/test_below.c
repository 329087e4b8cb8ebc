/* What happened below directories: told once, with watches and without. */
#include "tests/unit/check_main.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/fs.h"
#include "daemon/image/below.h"

static char root[64], deep[96], file[128];
static const char *const paths[] = { root, "/nowhere/at/all" };
static struct below *b;
static struct err e;

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void setup(void)
{
	snprintf(root, sizeof(root), "/tmp/clnrm-below-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(deep, sizeof(deep), "%s/a/b", root);
	snprintf(file, sizeof(file), "%s/f", deep);
	ck_assert_int_eq(fs_mkdirs(deep, 0755, &e), 0);
	write_text(file, "one");
}

static void teardown(void)
{
	below_free(b);
	b = NULL;
	unsetenv("CLNRM_FORCE");
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, root, &e), 0);
}

/* In place, of equal size, with the times of before: no directory shows it. */
static void rewrite(const char *text)
{
	const struct timespec tick = { .tv_nsec = 30000000 }; /* stamps are no finer */
	struct stat st;

	ck_assert_int_eq(stat(file, &st), 0);
	nanosleep(&tick, NULL);
	write_text(file, text);
	const struct timespec times[] = { st.st_atim, st.st_mtim };
	ck_assert_int_eq(utimensat(AT_FDCWD, file, times, 0), 0);
}

static void sees_all(void)
{
	uint64_t was = below_changes(b);

	ck_assert_uint_eq(below_changes(b), was);
	rewrite("two");
	ck_assert_uint_ne(below_changes(b), was);
	was = below_changes(b);
	ck_assert_uint_eq(below_changes(b), was);
	snprintf(deep, sizeof(deep), "%s/new", root);
	ck_assert_int_eq(mkdir(deep, 0755), 0);
	ck_assert_uint_ne(below_changes(b), was);
	snprintf(file, sizeof(file), "%s/f", deep);
	write_text(file, "one");
	was = below_changes(b);
	rewrite("six");
	ck_assert_uint_ne(below_changes(b), was);
	was = below_changes(b);
	ck_assert_int_eq(unlink(file), 0);
	ck_assert_uint_ne(below_changes(b), was);
	was = below_changes(b);
	ck_assert_uint_eq(below_changes(b), was);
}

START_TEST(what_is_rewritten_made_or_removed_at_any_depth_is_told)
{
	b = below_new(paths, 2);
	sees_all();
}
END_TEST

/* Of names that begin so: what is there, what comes, and nothing else. */
static void sees_names(void)
{
	static char pattern[96], beside[96];
	static const char *const names[] = { pattern };

	snprintf(pattern, sizeof(pattern), "%s/v-*", root);
	snprintf(deep, sizeof(deep), "%s/v-1/b", root);
	snprintf(file, sizeof(file), "%s/f", deep);
	snprintf(beside, sizeof(beside), "%s/w-1", root);
	ck_assert_int_eq(fs_mkdirs(deep, 0755, &e), 0);
	write_text(file, "one");
	b = below_new(names, 1);
	uint64_t was = below_changes(b);

	ck_assert_uint_eq(below_changes(b), was);
	write_text(beside, "one");
	ck_assert_uint_eq(below_changes(b), was);
	rewrite("two");
	ck_assert_uint_ne(below_changes(b), was);
	was = below_changes(b);
	snprintf(file, sizeof(file), "%s/v-2", root);
	write_text(file, "one");
	ck_assert_uint_ne(below_changes(b), was);
	was = below_changes(b);
	ck_assert_uint_eq(below_changes(b), was);
	rewrite("six");
	ck_assert_uint_ne(below_changes(b), was);
	was = below_changes(b);
	ck_assert_int_eq(rename(beside, file), 0);
	ck_assert_uint_ne(below_changes(b), was);
	was = below_changes(b);
	ck_assert_int_eq(unlink(file), 0);
	ck_assert_uint_ne(below_changes(b), was);
}

START_TEST(what_begins_with_a_name_is_told_files_too)
{
	sees_names();
}
END_TEST

START_TEST(without_watches_it_is_told_too)
{
	setenv("CLNRM_FORCE", "no-inotify", 1);
	sees_names();
}
END_TEST

START_TEST(without_watches_stat_data_tells_the_same)
{
	setenv("CLNRM_FORCE", "no-inotify", 1);
	b = below_new(paths, 2);
	sees_all();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("below");
	TCase *tc = tcase_create("below");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_rewritten_made_or_removed_at_any_depth_is_told);
	tcase_add_test(tc, without_watches_stat_data_tells_the_same);
	tcase_add_test(tc, what_begins_with_a_name_is_told_files_too);
	tcase_add_test(tc, without_watches_it_is_told_too);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

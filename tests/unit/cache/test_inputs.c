/* What a pattern matches, as one digest: each change of what a scenario may read is another one. */
#include "tests/unit/check_main.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/glob.h"
#include "common/mem.h"
#include "daemon/cache/inputs.h"

static char base[64];
static struct input_look before, after;

static const char *at(const char *name)
{
	static char path[8][512];
	static unsigned n;
	char *p = path[n++ % 8];

	snprintf(p, sizeof(path[0]), "%s/%s", base, name);
	return p;
}

static void put(const char *name, const char *text)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void make_dir(const char *name)
{
	ck_assert_int_eq(mkdir(at(name), 0755), 0);
}

static void setup(void)
{
	snprintf(base, sizeof(base), "/tmp/clnrm-test-inputs-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(base));
	make_dir("src");
	make_dir("src/lib");
	make_dir("src/lib/deep");
	put("src/a.txt", "a");
	put("src/b.md", "b");
	put("src/lib/c.txt", "c");
	put("src/lib/deep/d.txt", "d");
}

static void teardown(void)
{
	struct err e;

	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, base, &e), 0);
}

static void look(const char *pattern, struct input_look *out)
{
	struct err e = { 0 };

	ck_assert_msg(input_look(at(pattern), out, &e) == 0, "%s", e.msg);
}

static unsigned files_of(const char *pattern)
{
	struct input_look l;

	look(pattern, &l);
	return l.files;
}

static bool differs(const char *pattern)
{
	look(pattern, &after);
	return strcmp(before.hex, after.hex) != 0;
}

START_TEST(patterns_match_what_they_say)
{
	ck_assert_uint_eq(files_of("src/a.txt"), 1);
	ck_assert_uint_eq(files_of("src/absent"), 0);
	ck_assert_uint_eq(files_of("src/*.txt"), 1);
	ck_assert_uint_eq(files_of("src/?.*"), 2);
	ck_assert_uint_eq(files_of("src/[ab].*"), 2);
	ck_assert_uint_eq(files_of("src/*/*.txt"), 1);
	ck_assert_uint_eq(files_of("src/**/*.txt"), 3);
	ck_assert_uint_eq(files_of("src/**/deep/*"), 1);
	ck_assert_uint_eq(files_of("src/**"), 4);
	ck_assert_uint_eq(files_of("src"), 4);
	ck_assert_uint_eq(files_of("src/*"), 4); /* a directory stands for all in it */
	ck_assert_uint_eq(files_of("absent/**/*.txt"), 0);
	ck_assert_uint_eq(files_of("src/a.txt/*"), 0);
}
END_TEST

START_TEST(hidden_names_are_matched_when_they_are_named)
{
	put("src/.env", "x");
	make_dir("src/.git");
	put("src/.git/head", "x");
	make_dir("src/node_modules");
	put("src/node_modules/m.txt", "x");
	ck_assert_uint_eq(files_of("src/*"), 5);  /* node_modules, named by a '*' */
	ck_assert_uint_eq(files_of("src/**"), 4); /* which "**" does not enter */
	ck_assert_uint_eq(files_of("src/.*"), 2);
	ck_assert_uint_eq(files_of("src/.env"), 1);
	ck_assert_uint_eq(files_of("src/.git/**"), 1);
	ck_assert_uint_eq(files_of("src/node_modules/**"), 1);
}
END_TEST

/* '\' takes the meaning off what follows: the project's own path may hold such characters. */
START_TEST(escaped_characters_stand_for_themselves)
{
	make_dir("[x]*");
	put("[x]*/f?.txt", "one");
	put("[x]*/fa.txt", "two");
	ck_assert_uint_eq(files_of("\\[x\\]\\*/f\\?.txt"), 1);
	ck_assert_uint_eq(files_of("\\[x\\]\\*/f?.txt"), 2);
	look("\\[x\\]\\*/f\\?.txt", &before);
	put("[x]*/f?.txt", "eno");
	ck_assert(differs("\\[x\\]\\*/f\\?.txt"));
	AUTO_STRBUF whole = STRBUF_INIT;
	glob_escape(&whole, "/a[b]*?\\c");
	ck_assert_str_eq(whole.s, "/a\\[b]\\*\\?\\\\c");
}
END_TEST

static void same_size(void)
{
	struct stat st;
	int fd = open(at("src/a.txt"), O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(pwrite(fd, "A", 1, 0), 1);
	futimens(fd, (struct timespec[]){ st.st_atim, st.st_mtim });
	close(fd);
}
static void mode(void)
{
	chmod(at("src/a.txt"), 0600);
}
static void owner(void)
{
	if (geteuid() != 0 || chown(at("src/a.txt"), 12, 34) < 0)
		put("src/a.txt", "not root");
}
static void new_file(void)
{
	put("src/lib/new", "");
}
static void deletion(void)
{
	unlink(at("src/lib/c.txt"));
}
static void renamed(void)
{
	rename(at("src/lib"), at("src/lob"));
}
static void link_to_file(void)
{
	symlink("a.txt", at("src/l"));
}

static void (*const changes[])(
        void) = { same_size, mode, owner, new_file, deletion, renamed, link_to_file };

START_TEST(each_change_is_another_digest)
{
	look("src/**", &before);
	changes[_i]();
	ck_assert(differs("src/**"));
}
END_TEST

START_TEST(a_touch_is_no_change)
{
	look("src/**", &before);
	utimensat(AT_FDCWD, at("src/a.txt"), NULL, 0);
	ck_assert(!differs("src/**"));
	ck_assert_str_ne(before.stamp, after.stamp);
}
END_TEST

START_TEST(what_a_link_leads_to_counts)
{
	make_dir("else");
	put("else/one", "1");
	symlink("../else", at("src/dir"));
	symlink("../else/one", at("src/file"));
	symlink("src", at("whole"));
	/* Named, met by a '*', and on the way. */
	const char *const patterns[] = { "src/dir", "src/di*", "src/**", "src/*/one", "src/dir/one",
		"whole/**", "src/file", "whole" };

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		look(patterns[i], &before);
		put("else/one", i & 1 ? "1" : "2");
		ck_assert_msg(differs(patterns[i]), "%s", patterns[i]);
	}
	look("src/di*", &before);
	unlink(at("src/dir"));
	symlink("../else/.", at("src/dir"));
	ck_assert(differs("src/di*"));
}
END_TEST

START_TEST(links_that_lead_up_end)
{
	symlink(".", at("src/self"));
	symlink("..", at("src/lib/up"));
	symlink("absent", at("src/broken"));
	ck_assert_uint_le(files_of("src/**"), 40);
	look("src/**", &before);
	put("src/lib/deep/d.txt", "D");
	ck_assert(differs("src/**"));
}
END_TEST

/* Whoever looks only after a run must be able to see that something was there during it. */
START_TEST(what_is_gone_leaves_a_trace)
{
	const char *const patterns[] = { "src/a.txt", "src/*.txt", "src/lib/c.txt", "src/lib/**" };

	int64_t then = 0;

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		if (i < 3) /* the last looks at what went in the round before, however long ago */
			then = clock_wall_ns() - 20 * NS_PER_MS;
		if (i == 0)
			unlink(at("src/a.txt"));
		if (i == 1)
			put("src/x.txt", ""), unlink(at("src/x.txt"));
		struct err e;
		if (i == 2)
			ck_assert_int_eq(fs_remove_tree(AT_FDCWD, at("src/lib"), &e), 0);
		look(patterns[i], &after);
		ck_assert_msg(after.newest_ns >= then, "%s", patterns[i]);
	}
}
END_TEST

START_TEST(what_came_and_went_is_another_stamp)
{
	const char *const patterns[] = { "src/absent", "src/*.txt", "gone/absent" };

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		struct timespec tick = { 0, 20 * NS_PER_MS };

		look(patterns[i], &before);
		nanosleep(&tick, NULL); /* another stamp of the kernel */
		if (i == 2) {
			make_dir("gone");
			put("gone/absent", "");
			unlink(at("gone/absent"));
			rmdir(at("gone"));
		} else {
			put(i ? "src/x.txt" : "src/absent", "");
			unlink(at(i ? "src/x.txt" : "src/absent"));
		}
		ck_assert(!differs(patterns[i]));
		ck_assert_msg(strcmp(before.stamp, after.stamp) != 0, "%s", patterns[i]);
	}
}
END_TEST

static void refuses(const char *pattern)
{
	struct err e = { 0 };

	ck_assert_int_lt(input_look(at(pattern), &after, &e), 0);
	ck_assert_int_eq(e.code, ERR_LIMIT);
}

START_TEST(too_much_is_refused)
{
	put("src/huge", "");
	ck_assert_int_eq(truncate(at("src/huge"), (off_t)INPUT_MAX_BYTES + 1), 0);
	refuses("src/**");
	refuses("src/huge");
	make_dir("other");
	symlink("../src/huge", at("other/link"));
	refuses("other/link");
	unlink(at("src/huge"));

	AUTO_STRBUF deep = STRBUF_INIT;
	strbuf_adds(&deep, "src");
	for (unsigned i = 0; i < 70; i++) {
		strbuf_adds(&deep, "/d");
		make_dir(deep.s);
	}
	refuses("src/**");
	refuses("src");
}
END_TEST

START_TEST(too_many_are_refused)
{
	for (unsigned i = 0; i <= INPUT_MAX_FILES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "src/f%u", i);
		put(name, "");
	}
	refuses("src/*");
}
END_TEST

START_TEST(a_place_is_that_of_the_directory)
{
	struct input_place one, two;

	input_place(at("src/lib/*.txt"), &one);
	ck_assert_int_eq(rename(at("src"), at("old")), 0);
	input_place(at("src/lib/*.txt"), &two);
	ck_assert(!input_place_equal(&one, &two));
	make_dir("src");
	make_dir("src/lib");
	input_place(at("src/lib/*.txt"), &two);
	ck_assert(!input_place_equal(&one, &two));
	input_place(at("old/lib/c.txt"), &two);
	ck_assert(input_place_equal(&one, &two));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("inputs");
	TCase *tc = tcase_create("inputs");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, patterns_match_what_they_say);
	tcase_add_test(tc, hidden_names_are_matched_when_they_are_named);
	tcase_add_test(tc, escaped_characters_stand_for_themselves);
	tcase_add_loop_test(tc, each_change_is_another_digest, 0, ARRAY_LEN(changes));
	tcase_add_test(tc, a_touch_is_no_change);
	tcase_add_test(tc, what_a_link_leads_to_counts);
	tcase_add_test(tc, links_that_lead_up_end);
	tcase_add_test(tc, what_is_gone_leaves_a_trace);
	tcase_add_test(tc, what_came_and_went_is_another_stamp);
	tcase_add_test(tc, too_much_is_refused);
	tcase_add_test(tc, too_many_are_refused);
	tcase_add_test(tc, a_place_is_that_of_the_directory);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

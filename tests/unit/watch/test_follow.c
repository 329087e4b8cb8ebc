/* News: what happens is told once, in order, on the loop, and to nobody who has left. */
#include "tests/unit/check_main.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"
#include "daemon/watch/watch.h"

static char base[64];
static struct watch *w;
static struct loop *l;
static struct work_pool *work;
static struct follower *f;
static struct strbuf told;
static bool leave;

static const char *at(const char *name)
{
	static char path[4][256];
	static unsigned n;
	char *p = path[n++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", base, name);
	return p;
}

static void on_news(void *arg, const struct news *n)
{
	static const char *const kinds[] = { "entry", "dir", "gone", "tree", "lost" };

	(void)arg;
	strbuf_printf(&told, "%s", kinds[n->kind]);
	if (n->kind == NEWS_ENTRY)
		strbuf_printf(&told, " %s%s", n->name, n->mask & IN_CLOSE_WRITE ? " whole" : "");
	if (n->kind == NEWS_TREE)
		strbuf_adds(&told, n->mask & NEWS_WHOLE ? " whole" : " half");
	strbuf_addc(&told, ';');
	if (leave)
		follower_free(STEAL(f));
}

static void put(const char *name, const char *text)
{
	struct err e;

	ck_assert_int_eq(fs_write_atomic(at(name), text, strlen(text), 0644, &e), 0);
}

static const char *news(void)
{
	strbuf_reset(&told);
	watch_drain(w);
	loop_run_posted(l);
	return told.s;
}

static void setup(void)
{
	struct err e;

	snprintf(base, sizeof(base), "/tmp/clnrm-test-follow-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(base));
	told = (struct strbuf)STRBUF_INIT;
	leave = false;
	mkdir(at("d"), 0755);
	l = loop_new(&e);
	w = watch_new(&e);
	work = work_new(l, 1, &e);
	f = follower_new(w, l, work, on_news, NULL);
}

static void teardown(void)
{
	struct err e;

	follower_free(f);
	loop_run_posted(l);
	work_free(work);
	watch_free(w);
	loop_free(l);
	strbuf_release(&told);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, base, &e), 0);
}

static void follow(const char *name, bool is_new)
{
	struct err e;
	bool added;

	ck_assert_int_eq(follow_dir(f, at(name), &added, &e), 0);
	ck_assert_int_eq(added, is_new);
}

START_TEST(a_directory_is_followed_once)
{
	follow("d", true);
	follow("d", false);
	ck_assert_uint_eq(watch_count(w), 1);
	mkdir(at("d/sub"), 0755);
	ck_assert_str_eq(news(), "entry sub;");
	ck_assert_str_eq(news(), "");
}
END_TEST

START_TEST(one_that_was_made_again_is_new)
{
	follow("d", true);
	rmdir(at("d"));
	ck_assert_str_eq(news(), "gone;");
	ck_assert_uint_eq(watch_count(w), 0);
	mkdir(at("d"), 0755);
	follow("d", true);
	rename(at("d"), at("e"));
	ck_assert_str_eq(news(), "gone;");
}
END_TEST

START_TEST(a_tree_is_told_of_from_the_first_look_on)
{
	struct tree_id id;
	struct err e;

	ck_assert(follow_tree(f, at("d")));
	ck_assert(!follow_tree(f, at("d")));
	mkdir(at("d/deep"), 0755);
	ck_assert_str_eq(news(), "");
	ck_assert_int_eq(watch_look(w, at("d"), TREE_CONTENT, &id, &e), 0);
	mkdir(at("d/deep/er"), 0755);
	mkdir(at("d/deep/er2"), 0755);
	ck_assert_str_eq(news(), "tree half;");
	put("d/deep/file", "x");
	ck_assert_ptr_nonnull(strstr(news(), "tree whole;"));
}
END_TEST

START_TEST(who_has_left_is_told_of_nothing)
{
	follow("d", true);
	mkdir(at("d/a"), 0755);
	watch_drain(w);
	follower_free(STEAL(f));
	ck_assert_str_eq(news(), "");
	ck_assert_uint_eq(watch_count(w), 0);
}
END_TEST

START_TEST(one_may_leave_while_it_is_told)
{
	follow("d", true);
	mkdir(at("d/a"), 0755);
	mkdir(at("d/b"), 0755);
	leave = true;
	ck_assert_str_eq(news(), "entry a;");
}
END_TEST

/* More than the queue of the kernel holds: they are told as lost, once, and what comes then is
 * told. */
START_TEST(what_was_dropped_is_told_as_lost)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;
	unsigned max;

	ck_assert_int_eq(fs_read_file("/proc/sys/fs/inotify/max_queued_events", 64, &text, &e), 0);
	max = (unsigned)strtoul(text.s, NULL, 10);
	if (max > 100000)
		return; /* would take too long here: the machine keeps more */
	put("d/a", "x");
	put("d/b", "x");
	follow("d", true);
	for (unsigned i = 0; i <= max; i++)
		chmod(at(i & 1 ? "d/a" : "d/b"), i & 2 ? 0600 : 0644);
	strbuf_reset(&told);
	watch_drain(w);
	loop_run_posted(l);
	ck_assert_ptr_nonnull(strstr(told.s, "lost;"));
	ck_assert_ptr_null(strstr(strstr(told.s, "lost;") + 1, "lost;"));
	mkdir(at("d/other"), 0755);
	ck_assert_str_eq(news(), "entry other;");
}
END_TEST

/* ---- when no watches are left ---- */

/* As few as the kernel gives a user's name space, of which this process is the only one. False
 * where no name space may be made. */
static bool few_watches(int n)
{
	char text[64];
	int fd, len;
	uid_t uid = getuid();

	if (unshare(CLONE_NEWUSER) < 0)
		return false;
	fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	len = snprintf(text, sizeof(text), "0 %u 1", uid);
	if (fd < 0 || write(fd, text, (size_t)len) != len || close(fd) < 0)
		return false;
	fd = open("/proc/sys/user/max_inotify_watches", O_WRONLY | O_CLOEXEC);
	len = snprintf(text, sizeof(text), "%d", n);
	return fd >= 0 && write(fd, text, (size_t)len) == len && close(fd) == 0;
}

/* The same bed in a name space with so many watches; NULL is told where there can be none. */
static bool poor_bed(int n)
{
	teardown(); /* threads may not be there */
	if (!few_watches(n)) {
		setup();
		return false;
	}
	setup();
	return true;
}

static void on_patience(void *arg)
{
	(void)arg;
	ck_abort_msg("waited in vain after '%s'", told.s);
}

static const char *awaited;

static void on_look(void *arg)
{
	watch_drain(w);
	if (strstr(told.s, awaited))
		loop_stop(l);
	else
		loop_timer_add(l, NS_PER_MS, on_look, arg);
}

/* Turns the loop until it is told. */
static void await(const char *what)
{
	struct loop_timer *patience = loop_timer_add(l, 20 * NS_PER_S, on_patience, NULL);
	struct err e;

	awaited = what;
	loop_timer_add(l, 0, on_look, NULL);
	ck_assert_int_eq(loop_run(l, &e), 0);
	loop_timer_del(patience);
}

START_TEST(a_directory_without_a_watch_is_polled)
{
	struct err e;
	bool added;

	if (!poor_bed(0))
		return;
	put("d/file", "one");
	ck_assert_int_eq(follow_dir(f, at("d"), &added, &e), 0);
	ck_assert(added);
	ck_assert_ptr_nonnull(strstr(e.msg, "max_user_watches"));
	ck_assert_int_eq(follow_dir(f, at("d"), &added, &e), 0);
	ck_assert(!added);
	strbuf_reset(&told);
	await("dir;"); /* of what happened before the first look */
	strbuf_reset(&told);
	put("d/file", "two");
	await("dir;");
	strbuf_reset(&told);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, at("d"), &e), 0);
	await("gone;");
}
END_TEST

START_TEST(who_leaves_while_it_is_polled_is_told_of_nothing)
{
	struct err e;
	bool added;

	if (!poor_bed(0))
		return;
	ck_assert_int_eq(follow_dir(f, at("d"), &added, &e), 0);
	leave = true;
	await("dir;");
	ck_assert_ptr_null(f);
}
END_TEST

/* Names that were made, contents of equal length, times that were set back: each is found, and what
 * was undone leaves its traces. */
START_TEST(a_tree_without_watches_is_looked_at_each_time)
{
	const struct timespec back[2] = { { 1000, 0 }, { 1000, 0 } };
	struct tree_id a, b;
	struct err e;

	if (!poor_bed(1))
		return;
	mkdir(at("d/sub"), 0755);
	put("d/sub/file", "one");
	ck_assert(follow_tree(f, at("d")));
	ck_assert_int_eq(watch_look(w, at("d"), TREE_CONTENT, &a, &e), 0);
	ck_assert(a.polled);
	ck_assert(!watch_known(w, at("d"), TREE_CONTENT, &b));
	ck_assert(!watch_unchanged(w, at("d"), TREE_CONTENT, &a));
	ck_assert_int_eq(watch_look(w, at("d"), TREE_CONTENT, &a, &e), 0);
	ck_assert_int_eq(watch_look(w, at("d"), TREE_CONTENT, &b, &e), 0);
	ck_assert_str_eq(a.hex, b.hex);
	ck_assert_uint_eq(a.state, b.state);
	put("d/sub/file", "two");
	utimensat(AT_FDCWD, at("d/sub/file"), back, 0);
	ck_assert_int_eq(watch_look(w, at("d"), TREE_CONTENT, &b, &e), 0);
	ck_assert_str_ne(a.hex, b.hex);
	ck_assert_uint_ne(a.state, b.state);
	put("d/sub/file", "one");
	ck_assert_int_eq(watch_look(w, at("d"), TREE_CONTENT, &b, &e), 0);
	ck_assert_str_eq(a.hex, b.hex);
	ck_assert_uint_ne(a.state, b.state);
	follow_polled(f);
	strbuf_reset(&told);
	await("tree whole;");
	ck_assert_uint_le(watch_count(w), 1);
}
END_TEST

/* What is large is not read each time: nobody knows it. */
START_TEST(a_large_tree_without_watches_is_an_error)
{
	struct tree_id id;
	struct err e;

	if (!poor_bed(0))
		return;
	ck_assert_int_lt(watch_look(w, at("d"), TREE_STAT, &id, &e), 0);
	ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("follow");
	TCase *tc = tcase_create("follow");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_directory_is_followed_once);
	tcase_add_test(tc, one_that_was_made_again_is_new);
	tcase_add_test(tc, a_tree_is_told_of_from_the_first_look_on);
	tcase_add_test(tc, who_has_left_is_told_of_nothing);
	tcase_add_test(tc, one_may_leave_while_it_is_told);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, what_was_dropped_is_told_as_lost);
	tcase_add_test(tc, a_directory_without_a_watch_is_polled);
	tcase_add_test(tc, who_leaves_while_it_is_polled_is_told_of_nothing);
	tcase_add_test(tc, a_tree_without_watches_is_looked_at_each_time);
	tcase_add_test(tc, a_large_tree_without_watches_is_an_error);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

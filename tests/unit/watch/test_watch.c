/* Trees as they change: each change in another way, and what is not known is never guessed. */
#include "tests/unit/check_main.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"
#include "daemon/watch/watch.h"

static char base[64];
static char *root;
static struct watch *w;
static struct tree_id before, after;

static const char *at(const char *name)
{
	static char path[4][256];
	static unsigned n;
	char *p = path[n++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", root, name);
	return p;
}

static void put(const char *name, const char *text)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void setup(void)
{
	struct err e;

	snprintf(base, sizeof(base), "/tmp/clnrm-test-watch-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(base));
	root = fs_join(base, "tree");
	mkdir(root, 0755);
	mkdir(at("sub"), 0755);
	mkdir(at("sub/deep"), 0755);
	put("a", "one");
	put("sub/b", "two");
	put("sub/deep/c", "three");
	symlink("a", at("link"));
	w = watch_new(&e);
	ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
	struct err e;

	watch_free(w);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, base, &e), 0);
	free(root);
}

static void look(struct tree_id *out)
{
	struct err e = { 0 };

	ck_assert_msg(watch_look(w, root, TREE_CONTENT, out, &e) == 0, "%s", e.msg);
}

START_TEST(a_tree_is_known_once_it_was_looked_at)
{
	ck_assert(!watch_known(w, root, TREE_CONTENT, &before));
	look(&before);
	watch_drain(w);
	ck_assert(watch_known(w, root, TREE_CONTENT, &after));
	ck_assert_str_eq(before.hex, after.hex);
	ck_assert(watch_unchanged(w, root, TREE_CONTENT, &before));
	ck_assert_uint_eq(watch_count(w), 6); /* directories and files */
}
END_TEST

static void nothing(void)
{
}
static void write_same_size(void)
{
	struct stat st;
	int fd = open(at("sub/b"), O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(pwrite(fd, "TWO", 3, 0), 3);
	futimens(fd, (struct timespec[]){ st.st_atim, st.st_mtim });
	close(fd);
}
static void write_mapped(void)
{
	int fd = open(at("sub/b"), O_RDWR | O_CLOEXEC);
	char *p = mmap(NULL, 3, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	close(fd);
	p[0] = 'T';
	munmap(p, 3);
}
static void change_mode(void)
{
	chmod(at("a"), 0755);
}
static void change_link(void)
{
	unlink(at("link"));
	symlink("b", at("link"));
}
static void add_file(void)
{
	put("sub/deep/new", "");
}
static void add_below_new(void)
{
	mkdir(at("x"), 0755);
	mkdir(at("x/y"), 0755);
	put("x/y/z", "deep");
}
static void delete_file(void)
{
	unlink(at("sub/deep/c"));
}
static void rename_file(void)
{
	rename(at("a"), at("b"));
}
static void replace_file(void)
{
	put("sub/.b.tmp", "2wo");
	rename(at("sub/.b.tmp"), at("sub/b"));
}
static void rename_dir(void)
{
	rename(at("sub"), at("bus"));
}
static void replace_dir(void)
{
	rename(at("sub/deep"), at("old"));
	mkdir(at("sub/deep"), 0755);
	put("sub/deep/c", "three!");
}
static void replace_root(void)
{
	AUTO_STR old = fs_join(base, "old");

	rename(root, old);
	mkdir(root, 0755);
	put("a", "one");
}
static void rename_above(void)
{
	/* Nothing of it is reported: the directory itself stays what it is. */
	AUTO_STR other = xasprintf("%s.moved", base);
	AUTO_STR back = NULL;

	rename(base, other);
	mkdir(base, 0755);
	mkdir(root, 0755);
	put("a", "other");
	back = fs_join(base, "kept");
	rename(other, back);
}

static const struct {
	const char *name;
	void (*change)(void);
	bool differs;
} changes[] = {
	{ "nothing", nothing, false },
	{ "content of equal size, mtime restored", write_same_size, true },
	{ "through a mapping", write_mapped, true },
	{ "mode", change_mode, true },
	{ "target of a link", change_link, true },
	{ "new file", add_file, true },
	{ "new file in new directories", add_below_new, true },
	{ "deletion", delete_file, true },
	{ "another name", rename_file, true },
	{ "saved by rename", replace_file, true },
	{ "directory renamed", rename_dir, true },
	{ "directory replaced", replace_dir, true },
	{ "root replaced", replace_root, true },
	{ "renamed above the root", rename_above, true },
};

START_TEST(each_change_is_noticed)
{
	look(&before);
	changes[_i].change();
	watch_drain(w);
	ck_assert_msg(watch_known(w, root, TREE_CONTENT, &after) == !changes[_i].differs, "%s",
	        changes[_i].name);
	ck_assert_msg(watch_unchanged(w, root, TREE_CONTENT, &before) == !changes[_i].differs, "%s",
	        changes[_i].name);
	look(&after);
	ck_assert_msg((strcmp(before.hex, after.hex) != 0) == changes[_i].differs, "%s: %s",
	        changes[_i].name, after.hex);
	watch_drain(w);
	ck_assert(watch_known(w, root, TREE_CONTENT, &after));
}
END_TEST

/* What was read piece by piece is what is read at once. */
START_TEST(a_tree_that_changed_is_as_one_seen_for_the_first_time)
{
	struct watch *other;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		if (changes[i].change == replace_root || changes[i].change == rename_above ||
		        changes[i].change == rename_dir || changes[i].change == replace_dir ||
		        changes[i].change == rename_file)
			continue;
		changes[i].change();
		look(&before);
		other = watch_new(&e);
		ck_assert_ptr_nonnull(other);
		ck_assert_int_eq(watch_look(other, root, TREE_CONTENT, &after, &e), 0);
		ck_assert_msg(strcmp(before.hex, after.hex) == 0, "%s", changes[i].name);
		watch_free(other);
	}
}
END_TEST

START_TEST(a_touch_is_an_event_and_no_change)
{
	look(&before);
	utimensat(AT_FDCWD, at("a"), NULL, 0);
	ck_assert(!watch_unchanged(w, root, TREE_CONTENT, &before));
	look(&after);
	ck_assert_str_eq(before.hex, after.hex);
	ck_assert_uint_ne(before.state, after.state);
}
END_TEST

START_TEST(times_count_in_a_tree_of_stat_data)
{
	struct err e;

	ck_assert_int_eq(watch_look(w, root, TREE_STAT, &before, &e), 0);
	utimensat(AT_FDCWD, at("a"), NULL, 0);
	ck_assert_int_eq(watch_look(w, root, TREE_STAT, &after, &e), 0);
	ck_assert_str_ne(before.hex, after.hex);
	ck_assert_int_ge(after.newest_ns, before.newest_ns); /* stamps may be of one tick */
}
END_TEST

/* Two trees share the watch of a directory that is in both. */
static void make_wide(unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		char name[64];

		snprintf(name, sizeof(name), "w%u", i % 5);
		mkdir(at(name), 0755);
		snprintf(name, sizeof(name), "w%u/x%u", i % 5, i);
		mkdir(at(name), 0755);
		snprintf(name, sizeof(name), "w%u/x%u/y", i % 5, i);
		mkdir(at(name), 0755);
		snprintf(name, sizeof(name), "w%u/x%u/y/f", i % 5, i);
		put(name, "deep");
	}
}

/* The first look is several threads', later ones are one's. */
START_TEST(what_several_see_is_what_one_sees)
{
	struct err e = { 0 };

	make_wide(0, 40);
	ck_assert_int_eq(watch_look(w, root, TREE_STAT, &before, &e), 0);
	unsigned watched = watch_count(w);

	make_wide(40, 90);
	ck_assert(!watch_unchanged(w, root, TREE_STAT, &before));
	ck_assert_int_eq(watch_look(w, root, TREE_STAT, &before, &e), 0);
	ck_assert_uint_eq(watch_count(w), watched + 50 * 2);
	watch_free(w);
	w = watch_new(&e);
	ck_assert_int_eq(watch_look(w, root, TREE_STAT, &after, &e), 0);
	ck_assert_str_eq(before.hex, after.hex);
	ck_assert_int_eq(before.newest_ns, after.newest_ns);
	ck_assert_uint_eq(watch_count(w), watched + 50 * 2);
	put("w3/x88/y/f", "other");
	watch_drain(w);
	ck_assert(!watch_known(w, root, TREE_STAT, &after));
}
END_TEST

START_TEST(a_tree_within_a_tree)
{
	AUTO_STR inner = fs_join(root, "sub");
	struct tree_id in, now;
	struct err e;

	look(&before);
	ck_assert_int_eq(watch_look(w, inner, TREE_CONTENT, &in, &e), 0);
	ck_assert_uint_eq(watch_count(w), 6); /* directories and files */
	put("sub/deep/c", "changed");
	ck_assert(!watch_unchanged(w, root, TREE_CONTENT, &before));
	ck_assert(!watch_unchanged(w, inner, TREE_CONTENT, &in));
	look(&after);
	ck_assert_int_eq(watch_look(w, inner, TREE_CONTENT, &now, &e), 0);
	ck_assert_str_ne(before.hex, after.hex);
	ck_assert_str_ne(in.hex, now.hex);
	put("a", "outside");
	ck_assert(watch_unchanged(w, inner, TREE_CONTENT, &now));
}
END_TEST

START_TEST(more_files_than_are_hashed_are_refused)
{
	struct err e = { 0 };
	char name[32];

	mkdir(at("many"), 0755);
	for (unsigned i = 0; i <= TREE_MAX_FILES; i++) {
		snprintf(name, sizeof(name), "many/%u", i);
		put(name, "");
	}
	ck_assert_int_lt(watch_look(w, root, TREE_CONTENT, &before, &e), 0);
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.msg, "more than 10000 files"));
	ck_assert(!watch_known(w, root, TREE_CONTENT, &before));
	ck_assert_uint_eq(watch_count(w), 0);
}
END_TEST

/* A folder that each build makes anew. */
START_TEST(what_went_away_counts_no_more)
{
	char gone[96];

	for (unsigned round = 0; round < 4; round++) {
		mkdir(at("build"), 0755);
		mkdir(at("build/deep"), 0755);
		put("build/deep/large", "");
		ck_assert_int_eq(truncate(at("build/deep/large"), TREE_MAX_BYTES / 3), 0);
		look(&before);
		snprintf(gone, sizeof(gone), "%s/gone%u", base, round);
		ck_assert_int_eq(rename(at("build"), gone), 0);
		look(&after);
		ck_assert_str_ne(before.hex, after.hex);
	}
}
END_TEST

START_TEST(what_is_no_directory_is_an_error)
{
	struct err e = { 0 };

	ck_assert_int_lt(watch_look(w, at("a"), TREE_CONTENT, &before, &e), 0);
	ck_assert_int_lt(watch_look(w, at("absent"), TREE_CONTENT, &before, &e), 0);
	ck_assert(!watch_unchanged(w, at("absent"), TREE_CONTENT, &before));
}
END_TEST

/* Written through a name that is not in the tree: nothing of that is reported of the directory. */
START_TEST(a_file_with_another_name_elsewhere)
{
	AUTO_STR twin = fs_join(base, "twin");

	look(&before);
	ck_assert_int_eq(link(at("sub/b"), twin), 0);
	ck_assert(!watch_unchanged(w, root, TREE_CONTENT, &before));
	for (int i = 0; i < 3; i++) {
		int kind = i < 2 ? TREE_CONTENT : TREE_STAT;
		struct err e = { 0 };
		int fd;

		ck_assert_int_eq(watch_look(w, root, (enum tree_kind)kind, &before, &e), 0);
		fd = open(twin, O_WRONLY | O_APPEND | O_CLOEXEC);
		ck_assert_int_eq(write(fd, "x", 1), 1);
		close(fd);
		ck_assert(!watch_unchanged(w, root, (enum tree_kind)kind, &before));
		ck_assert_int_eq(watch_look(w, root, (enum tree_kind)kind, &after, &e), 0);
		ck_assert_str_ne(before.hex, after.hex);
	}
	unlink(at("sub/b"));
	for (int i = 0; i < 2; i++) {
		struct err e = { 0 };

		ck_assert_int_eq(watch_look(w, root, i ? TREE_CONTENT : TREE_STAT, &after, &e), 0);
	}
	ck_assert_uint_eq(watch_count(w), 5);
}
END_TEST

START_TEST(attributes_count)
{
	const char *const names[] = { "a", "sub" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (setxattr(at(names[i]), "user.x", "1", 1, 0) < 0)
			return; /* not on this file system */
		look(&before);
		ck_assert_int_eq(setxattr(at(names[i]), "user.x", "2", 1, 0), 0);
		ck_assert(!watch_unchanged(w, root, TREE_CONTENT, &before));
		look(&after);
		ck_assert_str_ne(before.hex, after.hex);
	}
}
END_TEST

static void look_as(enum tree_kind kind, struct tree_id *out)
{
	struct err e = { 0 };

	ck_assert_msg(watch_look(w, root, kind, out, &e) == 0, "%s", e.msg);
}

/* In a name space of its own; who may not make one has no say in mounts either. */
START_TEST(what_is_mounted_below_counts)
{
	enum tree_kind kind = _i ? TREE_STAT : TREE_CONTENT;
	struct err e;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return;
	watch_free(w);
	w = watch_new(&e);
	mkdir(at("sub/a b"), 0755);
	look_as(kind, &before);
	ck_assert_int_eq(mount("x", at("sub/a b"), "tmpfs", 0, NULL), 0);
	ck_assert(!watch_unchanged(w, root, kind, &before));
	look_as(kind, &before);
	put("sub/a b/file", "x");
	ck_assert(!watch_unchanged(w, root, kind, &before));
	look_as(kind, &after);
	ck_assert_str_ne(before.hex, after.hex);
	ck_assert_int_eq(umount(at("sub/a b")), 0);
	ck_assert(!watch_unchanged(w, root, kind, &after));
	/* What is mounted elsewhere is no change of this tree. */
	look_as(kind, &before);
	AUTO_STR other = fs_join(base, "tree2");
	mkdir(other, 0755);
	ck_assert_int_eq(mount("x", other, "tmpfs", 0, NULL), 0);
	ck_assert(watch_unchanged(w, root, kind, &before));
	ck_assert_int_eq(umount(other), 0);
}
END_TEST

/* As on machines where /usr holds a directory of root alone: nobody who could not read it watches
 * it. In a process of its own, for it gives up being root. */
START_TEST(what_may_not_be_read_is_as_its_mode_says)
{
	chmod(base, 0755);
	chmod(root, 0755);
	mkdir(at("closed"), 0755);
	put("closed/x", "1");
	chmod(at("closed"), 0700);
	if (geteuid() == 0)
		ck_assert_int_eq(setresuid(65534, 65534, 0), 0);
	else
		chmod(at("closed"), 0);
	look(&before);
	watch_drain(w);
	ck_assert(watch_known(w, root, TREE_CONTENT, &before));
	if (geteuid() == 65534)
		ck_assert_int_eq(setresuid(0, 0, 0), 0);
	chmod(at("closed"), 0755);
	if (geteuid() == 0)
		ck_assert_int_eq(setresuid(65534, 65534, 0), 0);
	ck_assert(!watch_unchanged(w, root, TREE_CONTENT, &before));
	look(&after);
	ck_assert_str_ne(before.hex, after.hex);
	if (geteuid() == 65534)
		ck_assert_int_eq(setresuid(0, 0, 0), 0);
	put("closed/x", "2");
	ck_assert(!watch_unchanged(w, root, TREE_CONTENT, &after));
}
END_TEST

/* To find out anew each time would cost a walk each time. */
START_TEST(what_is_beyond_the_bounds_is_not_walked_again_at_once)
{
	struct err e = { 0 };
	char name[32];

	mkdir(at("many"), 0755);
	for (unsigned i = 0; i <= TREE_MAX_FILES; i++) {
		snprintf(name, sizeof(name), "many/%u", i);
		put(name, "");
	}
	ck_assert_int_lt(watch_look(w, root, TREE_CONTENT, &before, &e), 0);
	for (unsigned i = 0; i <= TREE_MAX_FILES; i++) {
		snprintf(name, sizeof(name), "many/%u", i);
		unlink(at(name));
	}
	e = (struct err){ 0 };
	ck_assert_int_lt(watch_look(w, root, TREE_CONTENT, &before, &e), 0);
	ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

/* More events than the kernel keeps: everything is looked at anew. */
START_TEST(an_overflow_loses_nothing)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;
	unsigned max;

	ck_assert_int_eq(fs_read_file("/proc/sys/fs/inotify/max_queued_events", 64, &text, &e), 0);
	max = (unsigned)strtoul(text.s, NULL, 10);
	if (max > 100000)
		return; /* would take too long here: the machine keeps more */
	look(&before);
	for (unsigned i = 0; i <= max / 2; i++) {
		put(i & 1 ? "a" : "sub/b", "x");
		put(i & 1 ? "sub/deep/c" : "a", "y");
	}
	unlink(at("sub/deep/c"));
	ck_assert(!watch_unchanged(w, root, TREE_CONTENT, &before));
	look(&after);
	ck_assert_str_ne(before.hex, after.hex);
	put("sub/b", "last");
	ck_assert(!watch_unchanged(w, root, TREE_CONTENT, &after));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("watch");
	TCase *tc = tcase_create("watch");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_tree_is_known_once_it_was_looked_at);
	tcase_add_loop_test(tc, each_change_is_noticed, 0, ARRAY_LEN(changes));
	tcase_add_test(tc, a_tree_that_changed_is_as_one_seen_for_the_first_time);
	tcase_add_test(tc, a_touch_is_an_event_and_no_change);
	tcase_add_test(tc, times_count_in_a_tree_of_stat_data);
	tcase_add_test(tc, a_tree_within_a_tree);
	tcase_add_test(tc, more_files_than_are_hashed_are_refused);
	tcase_add_test(tc, what_went_away_counts_no_more);
	tcase_add_test(tc, what_is_no_directory_is_an_error);
	tcase_add_test(tc, a_file_with_another_name_elsewhere);
	tcase_add_test(tc, what_several_see_is_what_one_sees);
	tcase_add_test(tc, attributes_count);
	tcase_add_loop_test(tc, what_is_mounted_below_counts, 0, 2);
	tcase_add_test(tc, what_may_not_be_read_is_as_its_mode_says);
	tcase_add_test(tc, what_is_beyond_the_bounds_is_not_walked_again_at_once);
	tcase_add_test(tc, an_overflow_loses_nothing);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/fs.h"
#include "tests/unit/check_main.h"

/* A directory of its own for each test, which runs in a process of its own. */
static char root[PATH_MAX];

static void enter_scratch(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(root, sizeof(root), "%s/clnrm-fs-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(chdir(root), 0);
}

static void leave_scratch(void)
{
	struct err e;

	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, root, &e), 0);
	ck_assert_int_eq(access(root, F_OK), -1);
}

static void put(const char *path, const char *text)
{
	struct err e;

	if (fs_write_atomic(path, text, strlen(text), 0644, &e) < 0)
		ck_abort_msg("%s", e.msg);
}

static unsigned entries_here(void)
{
	DIR *d = opendir(".");
	unsigned n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

START_TEST(files_are_read_whole_and_appended)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct err e;

	put("f", "hello");
	strbuf_adds(&b, "> ");
	ck_assert_int_eq(fs_read_file("f", 5, &b, &e), 0);
	ck_assert_str_eq(b.s, "> hello");
	put("empty", "");
	ck_assert_int_eq(fs_read_file("empty", 0, &b, &e), 0);
	ck_assert_str_eq(b.s, "> hello");
}
END_TEST

START_TEST(one_byte_more_than_the_bound_is_refused)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct err e;

	put("f", "hello");
	strbuf_adds(&b, "kept");
	ck_assert_int_eq(fs_read_file("f", 4, &b, &e), -1);
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_str_eq(b.s, "kept");

	AUTO_FD fd = open("f", O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(fs_read_fd(fd, "f", 4, &b, &e), -1);
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_str_eq(b.s, "kept");
}
END_TEST

START_TEST(what_is_not_a_regular_file_is_refused_without_waiting)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct err e;

	ck_assert_int_eq(fs_read_file("absent", 10, &b, &e), -1);
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	ck_assert_int_eq(e.sys, ENOENT);
	ck_assert_int_eq(fs_read_file(".", 10, &b, &e), -1);
	ck_assert_int_eq(e.code, ERR_INVALID);
	ck_assert_int_eq(mkfifo("pipe", 0600), 0);
	ck_assert_int_eq(fs_read_file("pipe", 10, &b, &e), -1);
	ck_assert_int_eq(e.code, ERR_INVALID);
}
END_TEST

START_TEST(a_file_is_being_written_until_its_writer_closes_it)
{
	put("f", "half");
	ck_assert(!fs_is_being_written("f"));
	int fd = open("f", O_WRONLY | O_APPEND);
	ck_assert_int_ge(fd, 0);
	ck_assert(fs_is_being_written("f"));
	close(fd);
	ck_assert(!fs_is_being_written("f"));
	ck_assert(!fs_is_being_written("nothing"));
	ck_assert(!fs_is_being_written("."));
}
END_TEST

START_TEST(atomic_writes_replace_and_leave_nothing_beside)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct err e;
	struct stat st;

	put("f", "old");
	ck_assert_int_eq(fs_write_atomic("f", "new", 3, 0640, &e), 0);
	ck_assert_int_eq(fs_read_file("f", 10, &b, &e), 0);
	ck_assert_str_eq(b.s, "new");
	ck_assert_int_eq(stat("f", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_uint_eq(entries_here(), 1);
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	ck_assert_int_eq(fs_write_atomic("dir", "x", 1, 0644, &e), -1);
	ck_assert_uint_eq(entries_here(), 2);
	ck_assert_int_eq(fs_write_atomic("no/such/f", "x", 1, 0644, &e), -1);
	ck_assert_int_eq(e.sys, ENOENT);
}
END_TEST

START_TEST(an_atomic_write_replaces_neither_links_nor_devices)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct err e;
	struct stat st;

	put("f", "old");
	ck_assert_int_eq(symlink("f", "link"), 0);
	put("link", "new");
	ck_assert_int_eq(fs_read_file("f", 10, &b, &e), 0);
	ck_assert_str_eq(b.s, "new");
	ck_assert_int_eq(lstat("link", &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_int_eq(symlink("/dev/full", "full"), 0);
	ck_assert_int_eq(fs_write_atomic("full", "x", 1, 0644, &e), -1);
	ck_assert_int_eq(e.sys, ENOSPC);
	ck_assert_int_eq(symlink("/dev/null", "null"), 0);
	put("null", "x");
	ck_assert_int_eq(stat("null", &st), 0);
	ck_assert(S_ISCHR(st.st_mode));
	ck_assert_uint_eq(entries_here(), 4);
}
END_TEST

static int put_unlinked(const char *name, struct err *e)
{
	AUTO_STR path = fs_join(root, name);

	return fs_write_unlinked(path, "new", 3, 0640, e);
}

START_TEST(what_was_checked_is_written_through_no_link)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct err e;
	struct stat st;

	if (put_unlinked("in/side/f", &e) < 0)
		ck_abort_msg("%s", e.msg);
	ck_assert_int_eq(put_unlinked("in/side/f", &e), 0);
	ck_assert_int_eq(fs_read_file("in/side/f", 10, &b, &e), 0);
	ck_assert_str_eq(b.s, "new");
	ck_assert_int_eq(stat("in/side/f", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);

	ck_assert_int_eq(mkdir("out", 0755), 0);
	ck_assert_int_eq(symlink("../out", "in/link"), 0);
	ck_assert_int_eq(put_unlinked("in/link/f", &e), -1);
	ck_assert_int_eq(e.code, ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(e.msg, "/in/link' is a symbolic link"));
	ck_assert_int_eq(put_unlinked("in/link/deeper/f", &e), -1);
	ck_assert_int_eq(rmdir("out"), 0);
	ck_assert_int_eq(put_unlinked("in/link/f", &e), -1);
	ck_assert_int_eq(access("out", F_OK), -1);

	put("kept", "old");
	ck_assert_int_eq(symlink("../kept", "in/f"), 0);
	ck_assert_int_eq(mkfifo("in/pipe", 0600), 0);
	ck_assert_int_eq(put_unlinked("in/f", &e), -1);
	ck_assert_int_eq(put_unlinked("in/pipe", &e), -1);
	ck_assert_int_eq(put_unlinked("in/side", &e), -1);
	ck_assert_int_eq(put_unlinked("kept/f", &e), -1);
	ck_assert_int_eq(e.sys, ENOTDIR);
	strbuf_reset(&b);
	ck_assert_int_eq(fs_read_file("kept", 10, &b, &e), 0);
	ck_assert_str_eq(b.s, "old");
	ck_assert_int_eq(fs_write_unlinked("f", "x", 1, 0600, &e), -1);
	ck_assert_int_eq(fs_write_unlinked("/", "x", 1, 0600, &e), -1);
}
END_TEST

static void is_real_target(const char *name, const char *want)
{
	AUTO_STR path = fs_join(root, name);
	AUTO_STR got = fs_real_target(path);
	AUTO_STR real_root = realpath(root, NULL);
	AUTO_STR full = want ? fs_join(real_root, want) : NULL;

	ck_assert_pstr_eq(got, full);
}

START_TEST(the_target_of_a_path_is_known_before_it_exists)
{
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	ck_assert_int_eq(symlink("dir", "link"), 0);
	ck_assert_int_eq(symlink("nowhere", "torn"), 0);
	is_real_target("dir", "dir");
	is_real_target("link", "dir");
	is_real_target("link/a/b", "dir/a/b");
	is_real_target("a/b", "a/b");
	is_real_target("torn", NULL);
	is_real_target("torn/a", NULL);
}
END_TEST

START_TEST(directories_are_made_with_their_parents)
{
	struct err e;
	struct stat st;

	ck_assert_int_eq(fs_mkdirs("a/b//c/", 0750, &e), 0);
	ck_assert_int_eq(stat("a/b/c", &st), 0);
	ck_assert_int_eq(fs_mkdirs("a/b/c", 0750, &e), 0);
	ck_assert_int_eq(fs_mkdirs("/", 0750, &e), 0);
	put("file", "");
	ck_assert_int_eq(fs_mkdirs("file", 0750, &e), -1);
	ck_assert_int_eq(e.code, ERR_INVALID);
	ck_assert_int_eq(fs_mkdirs("file/x", 0750, &e), -1);
	ck_assert_int_eq(fs_mkdirs("", 0750, &e), -1);
}
END_TEST

START_TEST(removal_of_what_is_absent_is_fine)
{
	struct err e;

	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, "absent", &e), 0);
	put("file", "x");
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, "file", &e), 0);
	ck_assert_int_eq(access("file", F_OK), -1);
}
END_TEST

START_TEST(removal_never_follows_links)
{
	struct err e;

	ck_assert_int_eq(fs_mkdirs("outside/deep", 0755, &e), 0);
	put("outside/deep/precious", "x");
	ck_assert_int_eq(fs_mkdirs("tree/sub", 0755, &e), 0);
	ck_assert_int_eq(symlink("../../outside", "tree/sub/link"), 0);
	ck_assert_int_eq(symlink("../outside/deep/precious", "tree/file-link"), 0);
	ck_assert_int_eq(symlink("nowhere", "tree/dangling"), 0);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, "tree", &e), 0);
	ck_assert_int_eq(access("tree", F_OK), -1);
	ck_assert_int_eq(access("outside/deep/precious", F_OK), 0);
	ck_assert_int_eq(symlink("outside", "link"), 0);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, "link", &e), 0);
	ck_assert_int_eq(access("outside/deep/precious", F_OK), 0);
}
END_TEST

static void make_unreadable_tree(void)
{
	struct err e;

	ck_assert_int_eq(fs_mkdirs("tree/work/inner/more", 0755, &e), 0);
	put("tree/work/inner/more/file", "x");
	ck_assert_int_eq(fs_mkdirs("tree/empty", 0755, &e), 0);
	ck_assert_int_eq(chmod("tree/work/inner/more", 0500), 0);
	ck_assert_int_eq(chmod("tree/work/inner", 0), 0);
	ck_assert_int_eq(chmod("tree/work", 0), 0);
	ck_assert_int_eq(chmod("tree/empty", 0), 0);
	ck_assert_int_eq(chmod("tree", 0), 0);
}

START_TEST(directories_without_permission_are_removed_too)
{
	struct err e;

	/* As root the permission bits mean nothing: do it as somebody else. */
	ck_assert_int_eq(chmod(".", 0777), 0);

	pid_t child = fork();

	if (child == 0) {
		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(2);
		make_unreadable_tree();
		_exit(fs_remove_tree(AT_FDCWD, "tree", &e) == 0 ? 0 : 3);
	}

	int status = 0;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(access("tree", F_OK), -1);
}
END_TEST

START_TEST(what_is_not_ours_is_an_error_and_not_an_endless_loop)
{
	struct err e;

	if (geteuid() != 0)
		return; /* only root can make what is another's */
	ck_assert_int_eq(fs_mkdirs("tree/sub", 0755, &e), 0);
	put("tree/sub/file", "x");
	ck_assert_int_eq(chmod(".", 0777), 0);

	pid_t child = fork();

	if (child == 0) {
		if (setuid(65534) < 0)
			_exit(2);
		_exit(fs_remove_tree(AT_FDCWD, "tree", &e) < 0 && e.code == ERR_SYS ? 0 : 3);
	}

	int status = 0;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(access("tree/sub/file", F_OK), 0);
}
END_TEST

START_TEST(trees_deeper_than_any_path_are_removed)
{
	struct err e;
	int level = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < 3000; i++) {
		ck_assert_int_eq(mkdirat(level, "down", 0755), 0);

		int next = openat(level, "down", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		ck_assert_int_ge(next, 0);
		close(level);
		level = next;
	}
	close(level);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, "down", &e), 0);
	ck_assert_int_eq(access("down", F_OK), -1);
}
END_TEST

START_TEST(wide_trees_are_removed)
{
	struct err e;

	ck_assert_int_eq(mkdir("tree", 0755), 0);
	for (int i = 0; i < 500; i++) {
		char path[64];

		snprintf(path, sizeof(path), "tree/d%d/x", i);
		ck_assert_int_eq(fs_mkdirs(path, 0755, &e), 0);
	}

	AUTO_FD here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(fs_remove_tree(here, "tree", &e), 0);
	ck_assert_int_eq(access("tree", F_OK), -1);
}
END_TEST

static void joins(const char *a, const char *b, const char *want)
{
	AUTO_STR s = fs_join(a, b);

	ck_assert_str_eq(s, want);
}

START_TEST(joining_paths)
{
	joins("a", "b", "a/b");
	joins("a/", "b", "a/b");
	joins("a", "/b", "/b");
	joins("", "b", "b");
	joins("a", "", "a");
	joins("/", "b", "/b");
}
END_TEST

static void becomes(const char *path, const char *want)
{
	AUTO_STR s = fs_normalize(path);

	ck_assert_str_eq(s, want);
}

START_TEST(below_is_a_matter_of_whole_parts)
{
	ck_assert(fs_is_below("/a", "/a"));
	ck_assert(fs_is_below("/a/b", "/a"));
	ck_assert(fs_is_below("/a", "/"));
	ck_assert(fs_is_below("/", "/"));
	ck_assert(!fs_is_below("/ab", "/a"));
	ck_assert(!fs_is_below("/", "/a"));
	ck_assert(!fs_is_below("/a", "/a/b"));
}
END_TEST

START_TEST(normal_forms_of_paths)
{
	becomes("", ".");
	becomes(".", ".");
	becomes("./", ".");
	becomes("/", "/");
	becomes("//", "/");
	becomes("a//b/./c/", "a/b/c");
	becomes("a/..", ".");
	becomes("a/b/../c", "a/c");
	becomes("..", "..");
	becomes("../..", "../..");
	becomes("a/../../b", "../b");
	becomes("/..", "/");
	becomes("/../a", "/a");
	becomes("/a/..", "/");
	becomes("/a/../..", "/");
	becomes("/a/b/../../c", "/c");
	becomes("a/..b/...", "a/..b/...");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		files_are_read_whole_and_appended,
		one_byte_more_than_the_bound_is_refused,
		what_is_not_a_regular_file_is_refused_without_waiting,
		a_file_is_being_written_until_its_writer_closes_it,
		atomic_writes_replace_and_leave_nothing_beside,
		an_atomic_write_replaces_neither_links_nor_devices,
		what_was_checked_is_written_through_no_link,
		the_target_of_a_path_is_known_before_it_exists,
		directories_are_made_with_their_parents,
		removal_of_what_is_absent_is_fine,
		removal_never_follows_links,
		directories_without_permission_are_removed_too,
		what_is_not_ours_is_an_error_and_not_an_endless_loop,
		trees_deeper_than_any_path_are_removed,
		wide_trees_are_removed,
		joining_paths,
		below_is_a_matter_of_whole_parts,
		normal_forms_of_paths,
	};

	return check_run_with("fs", tests, ARRAY_LEN(tests), enter_scratch, leave_scratch);
}

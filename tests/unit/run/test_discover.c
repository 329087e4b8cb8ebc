#include "tests/unit/check_main.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "common/mem.h"
#include "daemon/run/run.h"

static char base[64];
static struct arena *a;
static struct diags d;
static struct settings s;
static struct found found;
static int code;
static bool projects;

static void setup(void)
{
	snprintf(base, sizeof(base), "/tmp/clnrm-discover-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(base));
	a = arena_new();
	diags_init(&d, a);
	s = (struct settings){ .root = base };
}

static void teardown(void)
{
	struct err e;

	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, base, &e), 0);
	diags_release(&d);
	arena_free(a);
}

static void put(const char *name)
{
	AUTO_STR path = fs_join(base, name);
	AUTO_STR parent = xstrdup(path);
	struct err e;

	*strrchr(parent, '/') = '\0';
	ck_assert_int_eq(fs_mkdirs(parent, 0755, &e), 0);
	ck_assert_int_eq(fs_write_atomic(path, "", 0, 0644, &e), 0);
}

static void put_link(const char *name, const char *target)
{
	AUTO_STR path = fs_join(base, name);

	ck_assert_int_eq(symlink(target, path), 0);
}

#define FIND(...) find((const char *[]){ __VA_ARGS__, NULL })

static int find(const char *const *args)
{
	struct str_list paths = { .v = (const char **)(uintptr_t)args };

	while (args[paths.n])
		paths.n++;
	diags_release(&d);
	diags_init(&d, a);

	const struct discovery wish = { &paths, base, &s, projects };

	return discover(&wish, a, &found, &d, &code);
}

/* "path path:3,::x ..." in the order found. */
static void order_is(const char *want)
{
	AUTO_STRBUF b = STRBUF_INIT;

	ck_assert_msg(d.errors == 0, "%s", d.v[0].message);
	for (size_t i = 0; i < found.n; i++) {
		strbuf_printf(&b, "%s%s", i ? " " : "", found.v[i].path);
		for (size_t k = 0; found.v[i].selectors && found.v[i].selectors[k]; k++)
			strbuf_printf(&b, "[%s]", found.v[i].selectors[k]);
	}
	ck_assert_str_eq(b.s, want);
}

static void refused(int want, const char *id, const char *part)
{
	ck_assert_msg(d.errors > 0, "nothing wrong, %zu files", found.n);
	ck_assert_str_eq(d.v[0].code, id);
	ck_assert_msg(strstr(d.v[0].message, part), "%s", d.v[0].message);
	ck_assert_int_eq(code, want);
}

START_TEST(files_come_before_directories_each_by_bytes)
{
	put("t/b/x.clnrm.toml");
	put("t/a/y.clnrm.yaml");
	put("t/z.clnrm.yml");
	put("t/Z.clnrm.toml");
	put("t/m.clnrm.toml.tera");
	ck_assert_int_eq(FIND("t"), 0);
	order_is("t/Z.clnrm.toml t/m.clnrm.toml.tera t/z.clnrm.yml t/a/y.clnrm.yaml "
	         "t/b/x.clnrm.toml");
	ck_assert_int_eq(FIND("t/b", "t/a"), 0);
	order_is("t/b/x.clnrm.toml t/a/y.clnrm.yaml");
}
END_TEST

START_TEST(paths_are_shown_as_people_write_them)
{
	AUTO_STR absolute = fs_join(base, "t");
	AUTO_STR shown = fs_join(absolute, "a.clnrm.toml");

	put("t/a.clnrm.toml");
	FIND(".");
	order_is("t/a.clnrm.toml");
	FIND("./t/");
	order_is("t/a.clnrm.toml");
	FIND("./t/a.clnrm.toml");
	order_is("t/a.clnrm.toml");
	FIND(absolute);
	order_is(shown);
	ck_assert_str_eq(found.v[0].real, shown);
}
END_TEST

START_TEST(only_test_files_are_found_in_directories)
{
	put("t/a.clnrm.toml");
	put("t/b.toml");
	put("t/_lib.clnrm.toml");
	put("t/cleanroom.toml");
	put("t/.hidden.clnrm.toml");
	put("t/notes.txt");
	FIND("t");
	order_is("t/a.clnrm.toml");
	ck_assert_uint_eq(found.dirs, 1);
	ck_assert_uint_eq(found.others, 5);
}
END_TEST

START_TEST(some_directories_are_not_entered_unless_named)
{
	put("t/.git/a.clnrm.toml");
	put("t/node_modules/a.clnrm.toml");
	put("t/target/a.clnrm.toml");
	put("t/__pycache__/a.clnrm.toml");
	put("t/b/a.clnrm.toml");
	FIND("t");
	order_is("t/b/a.clnrm.toml");
	FIND("t/.git", "t/target");
	order_is("t/.git/a.clnrm.toml t/target/a.clnrm.toml");
}
END_TEST

START_TEST(ignored_paths_are_left_out)
{
	put("t/a/x.clnrm.toml");
	put("t/b/x.clnrm.toml");
	put("t/b/deep/slow.clnrm.toml");
	put("t/b/deep/quick.clnrm.toml");
	s.ignore = (struct str_list){ (const char *[]){ "t/a", "slow.*" }, 2 };
	FIND("t");
	order_is("t/b/x.clnrm.toml t/b/deep/quick.clnrm.toml");
	s.ignore = (struct str_list){ (const char *[]){ "t/**/deep/", "a" }, 2 };
	FIND(".");
	order_is("t/b/x.clnrm.toml");
	FIND("t/a", "t/b/deep/slow.clnrm.toml"); /* named: not left out */
	order_is("t/a/x.clnrm.toml t/b/deep/slow.clnrm.toml");
}
END_TEST

START_TEST(the_same_real_file_is_found_once)
{
	put("t/a.clnrm.toml");
	put_link("t/b.clnrm.toml", "a.clnrm.toml");
	put_link("u", "t");
	FIND("t/b.clnrm.toml", "t", "u", "./t/../t/a.clnrm.toml");
	order_is("t/b.clnrm.toml");
}
END_TEST

START_TEST(links_to_directories_are_followed_once)
{
	put("real/a.clnrm.toml");
	put("t/b.clnrm.toml");
	put_link("t/loop", "..");
	put_link("t/real", "../real");
	put_link("t/self", ".");
	FIND("t");
	/* "loop" leads up and finds "real" there. */
	order_is("t/b.clnrm.toml t/loop/real/a.clnrm.toml");
}
END_TEST

START_TEST(selectors_go_with_their_file)
{
	put("a.clnrm.toml");
	put("b.clnrm.toml");
	put("odd:7/x.clnrm.toml");
	FIND("a.clnrm.toml:12", "a.clnrm.toml::one::two", "b.clnrm.toml::x:3");
	order_is("a.clnrm.toml[:12][::one::two] b.clnrm.toml[::x:3]");
	FIND("a.clnrm.toml:12", "a.clnrm.toml");
	order_is("a.clnrm.toml");
	FIND("*.clnrm.toml::x");
	order_is("a.clnrm.toml[::x] b.clnrm.toml[::x]");
	FIND(".::x");
	ck_assert_uint_eq(found.n, 3);
	ck_assert_str_eq(found.v[2].selectors[0], "::x");
}
END_TEST

START_TEST(a_name_with_a_colon_is_a_name_first)
{
	put("t:3/x.clnrm.toml");
	FIND("t:3");
	order_is("t:3/x.clnrm.toml");
	put("t/x.clnrm.toml");
	FIND("t:4");
	refused(2, "file.not_a_test", "'t' is a directory");
}
END_TEST

START_TEST(globs_that_the_shell_left_are_expanded)
{
	put("t/a.clnrm.toml");
	put("t/x/b.clnrm.toml");
	put("t/x/y/c.clnrm.yaml");
	put("t/x/Cargo.toml");
	put("u/d.clnrm.toml");
	FIND("t/**/*.clnrm.toml");
	order_is("t/a.clnrm.toml t/x/b.clnrm.toml");
	FIND("*/*.clnrm.toml");
	order_is("t/a.clnrm.toml u/d.clnrm.toml");
	FIND("t/x/*.toml");
	order_is("t/x/Cargo.toml t/x/b.clnrm.toml");
	FIND("t/*");
	order_is("t/a.clnrm.toml t/x/b.clnrm.toml t/x/y/c.clnrm.yaml");
	FIND("[tu]");
	ck_assert_uint_eq(found.n, 4);
	FIND("t/q*.clnrm.toml");
	refused(3, "file.not_found", "no test file matches 't/q*.clnrm.toml'");
	FIND("none/*.clnrm.toml");
	refused(3, "file.not_found", "cannot open 'none'");
}
END_TEST

START_TEST(other_names_count_when_they_are_named)
{
	put("x.toml");
	put("y.yml.tera");
	put("_lib.toml");
	put("cleanroom.toml");
	put("notes.txt");
	FIND("x.toml", "y.yml.tera");
	order_is("x.toml y.yml.tera");
	FIND("_lib.toml");
	refused(2, "file.not_a_test", "is a library");
	FIND("cleanroom.toml");
	refused(2, "file.not_a_test", "is a project file");
	FIND("notes.txt");
	refused(2, "file.not_a_test", "wanted *.toml");
}
END_TEST

START_TEST(all_missing_arguments_are_reported)
{
	put("a.clnrm.toml");
	ck_assert_int_eq(FIND("none", "a.clnrm.toml", "nope.clnrm.toml:3"), -1);
	refused(3, "file.not_found", "cannot open 'none': No such file or directory");
	ck_assert_uint_eq(d.errors, 2);
	ck_assert(strstr(d.v[1].message, "cannot open 'nope.clnrm.toml'") != NULL);
	ck_assert_uint_eq(found.n, 1); /* for --keep-going */
}
END_TEST

START_TEST(nothing_found_says_what_was_looked_for)
{
	put("t/x.txt");
	put("t/y.toml");
	put("t/sub/z.txt");
	ck_assert_int_eq(FIND("t/"), -1);
	refused(2, "file.no_tests",
	        "no test files under 't' (looked for *.clnrm.toml, *.clnrm.yaml, *.clnrm.yml, each "
	        "also with .tera; 2 directories, 3 other files)");
	FIND("t/sub");
	refused(2, "file.no_tests", "under 't/sub'");
	refused(2, "file.no_tests", "; 1 directory, 1 other file)");
	FIND("t/sub", "t");
	refused(2, "file.no_tests", "under 't/sub', 't' (");
}
END_TEST

START_TEST(a_link_that_leads_nowhere_is_an_error_if_it_looks_like_a_test)
{
	put("t/a.clnrm.toml");
	put_link("t/gone", "nowhere");
	FIND("t");
	order_is("t/a.clnrm.toml");
	put_link("t/b.clnrm.toml", "nowhere");
	FIND("t");
	refused(3, "file.not_found", "cannot open 't/b.clnrm.toml'");
}
END_TEST

START_TEST(what_is_no_regular_file_is_an_error)
{
	AUTO_STR fifo = fs_join(base, "a.clnrm.toml");

	ck_assert_int_eq(mkfifo(fifo, 0644), 0);
	FIND(".");
	refused(3, "file.unreadable", "is not a regular file");
	FIND("a.clnrm.toml");
	refused(3, "file.unreadable", "is not a regular file");
}
END_TEST

/* Root reads everything, so the test gives its rights up; each test is a process of its own. */
START_TEST(unreadable_files_and_directories_are_errors)
{
	AUTO_STR shut = fs_join(base, "t/shut");
	AUTO_STR file = fs_join(base, "a.clnrm.toml");

	put("t/shut/a.clnrm.toml");
	put("a.clnrm.toml");
	ck_assert_int_eq(chmod(shut, 0), 0);
	ck_assert_int_eq(chmod(file, 0), 0);
	ck_assert_int_eq(chmod(base, 0755), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	FIND("t");
	refused(3, "file.unreadable", "cannot open 't/shut': Permission denied");
	FIND("a.clnrm.toml");
	refused(3, "file.unreadable", "cannot open 'a.clnrm.toml': Permission denied");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chmod(shut, 0755), 0);
}
END_TEST

START_TEST(twins_are_both_found_with_a_warning)
{
	put("a.clnrm.toml");
	put("a.clnrm.toml.tera");
	put("a.clnrm.yaml");
	put("b.clnrm.toml");
	put("x/a.clnrm.toml");
	ck_assert_int_eq(FIND("."), 0);
	ck_assert_uint_eq(found.n, 5);
	ck_assert_uint_eq(d.warnings, 2);
	ck_assert_str_eq(d.v[0].code, "file.twin");
	ck_assert_str_eq(d.v[0].file, "a.clnrm.toml");
	ck_assert_str_eq(d.v[0].message, "also read: 'a.clnrm.toml.tera'");
	ck_assert_str_eq(d.v[1].message, "also read: 'a.clnrm.yaml'");
}
END_TEST

START_TEST(a_dash_is_left_to_the_runner)
{
	ck_assert_int_eq(FIND("-"), 0);
	ck_assert_uint_eq(found.n, 0);
	ck_assert_uint_eq(d.n, 0);
}
END_TEST

START_TEST(project_files_count_where_they_are_asked_for)
{
	put("cleanroom.toml");
	put("a.clnrm.toml");
	ck_assert_int_eq(FIND("."), 0);
	order_is("a.clnrm.toml");
	ck_assert_int_eq(FIND("cleanroom.toml"), -1);
	projects = true;
	ck_assert_int_eq(FIND("."), 0);
	order_is("a.clnrm.toml cleanroom.toml");
	ck_assert_int_eq(FIND("cleanroom.toml"), 0);
	order_is("cleanroom.toml");
	projects = false;
}
END_TEST

static int run_all(void)
{
	const TTest *const tests[] = {
		files_come_before_directories_each_by_bytes,
		paths_are_shown_as_people_write_them,
		only_test_files_are_found_in_directories,
		some_directories_are_not_entered_unless_named,
		ignored_paths_are_left_out,
		the_same_real_file_is_found_once,
		links_to_directories_are_followed_once,
		selectors_go_with_their_file,
		a_name_with_a_colon_is_a_name_first,
		globs_that_the_shell_left_are_expanded,
		other_names_count_when_they_are_named,
		all_missing_arguments_are_reported,
		nothing_found_says_what_was_looked_for,
		a_link_that_leads_nowhere_is_an_error_if_it_looks_like_a_test,
		what_is_no_regular_file_is_an_error,
		unreadable_files_and_directories_are_errors,
		twins_are_both_found_with_a_warning,
		a_dash_is_left_to_the_runner,
		project_files_count_where_they_are_asked_for,
	};

	return check_run_with("discover", tests, ARRAY_LEN(tests), setup, teardown);
}

int main(void)
{
	return run_all();
}

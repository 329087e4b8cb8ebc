#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/rehearse.h"
#include "common/fs.h"
#include "common/mem.h"

/* Nothing here runs a command: what is run is this program. */
static char suite_dir[] = "/tmp/rehearse-XXXXXX/few";
static struct rehearsal r;
static struct fault f;

static void put(const char *name, const char *text)
{
	AUTO_STR path = fs_join(suite_dir, name);
	struct err e;

	ck_assert_int_eq(fs_write_atomic(path, text, strlen(text), 0644, &e), 0);
}

static void begin(void)
{
	char *slash = strrchr(suite_dir, '/');
	struct err e;

	memcpy(suite_dir, "/tmp/rehearse-XXXXXX", strlen("/tmp/rehearse-XXXXXX"));
	*slash = '\0';
	ck_assert_ptr_nonnull(mkdtemp(suite_dir));
	*slash = '/';
	AUTO_STR inputs = fs_join(suite_dir, "inputs");
	ck_assert_int_eq(fs_mkdirs(inputs, 0700, &e), 0);
	put("inputs/a.toml", "text of a\n");
	r = (struct rehearsal){ 0 };
	f = (struct fault)FAULT_INIT;
}

static void end(void)
{
	char *slash = strrchr(suite_dir, '/');
	struct err e;

	rehearsal_end(&r);
	fault_release(&f);
	*slash = '\0';
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, suite_dir, &e), 0);
	*slash = '/';
}

static int rehearse_text(const char *text)
{
	char *none[] = { NULL };
	const struct ctx c = { .env = none };

	put("commands", text);
	return rehearse(&c, suite_dir, &r, &f);
}

static void expect_text(const char *name, const char *text)
{
	AUTO_STR path = xasprintf("%s/work/few/%s", r.dir, name);
	AUTO_STRBUF got = STRBUF_INIT;
	struct stat st;
	struct err e;

	ck_assert_msg(fs_read_file(path, 4096, &got, &e) == 0, "%s", e.msg);
	ck_assert_str_eq(got.s, text);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0644); /* whatever the user's mask */
}

START_TEST(a_suite_without_commands_needs_no_directory)
{
	const struct ctx c = { 0 };

	ck_assert_int_eq(rehearse(&c, suite_dir, &r, &f), 0);
	ck_assert_ptr_null(r.dir);
}
END_TEST

START_TEST(files_are_made_for_all_to_read_and_removed_again)
{
	mode_t mask = umask(077);

	ck_assert_int_eq(
	        rehearse_text("# a comment\n\n  copy a.toml b.toml\nfresh one\nfresh two"), 0);
	ck_assert_uint_eq(umask(mask), 077);
	expect_text("b.toml", "text of a\n");
	AUTO_STR first = xasprintf("%s 0\n", r.dir);
	AUTO_STR second = xasprintf("%s 1\n", r.dir);
	expect_text("one", first);
	expect_text("two", second);

	AUTO_STR dir = xstrdup(r.dir);
	rehearsal_end(&r);
	ck_assert_int_eq(access(dir, F_OK), -1);
}
END_TEST

static const char *const no_commands[] = { "nonsense\n", "copy a.toml\n", "copy a.toml b c\n",
	"copy ../few/inputs/a.toml b\n", "copy a.toml ../b\n", "copy a.toml .b\n", "fresh /tmp/x\n",
	"name:\n", ": ps\n", "../x: ps\n", "name ps\n" };

START_TEST(what_is_no_command_is_told_with_its_line)
{
	AUTO_STR text = xasprintf("# first\n%s", no_commands[_i]);
	AUTO_STR at = xasprintf("%s/commands:2: ", suite_dir);

	ck_assert_int_eq(rehearse_text(text), -1);
	ck_assert_str_eq(f.code, "invalid-files");
	ck_assert_msg(strncmp(f.message.s, at, strlen(at)) == 0, "%s", f.message.s);
}
END_TEST

START_TEST(an_input_that_is_missing_is_named)
{
	ck_assert_int_eq(rehearse_text("copy other.toml b\n"), -1);
	ck_assert_str_eq(f.code, "not-found");
	ck_assert_ptr_nonnull(strstr(f.message.s, "few/inputs/other.toml"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("client/rehearse");
	TCase *c = tcase_create("rehearse");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, a_suite_without_commands_needs_no_directory);
	tcase_add_test(c, files_are_made_for_all_to_read_and_removed_again);
	tcase_add_loop_test(
	        c, what_is_no_command_is_told_with_its_line, 0, (int)ARRAY_LEN(no_commands));
	tcase_add_test(c, an_input_that_is_missing_is_named);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/log.h"
#include "tests/unit/check_main.h"

static int pipe_fd[2];

static const char *last_line(void)
{
	static char line[4096];
	ssize_t n = read(pipe_fd[0], line, sizeof(line) - 1);

	line[n > 0 ? n : 0] = '\0';
	return line;
}

static void open_log(void)
{
	ck_assert_int_eq(pipe2(pipe_fd, O_CLOEXEC | O_NONBLOCK), 0);
	log_init(pipe_fd[1], LOG_INFO_, false, "clnrmd");
}

static void close_log(void)
{
	log_set_fd(-1);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

START_TEST(a_line_is_one_json_object)
{
	log_warn("run %d: \"quoted\"\n\x1B", 7);

	const char *line = last_line();

	ck_assert_ptr_nonnull(strstr(line, "{\"ts\":\"20"));
	ck_assert_ptr_nonnull(strstr(line, "\"level\":\"warn\",\"program\":\"clnrmd\",\"msg\":"
	                                   "\"run 7: \\\"quoted\\\"\\n\\u001b\"}\n"));
	ck_assert_uint_eq(strcspn(line, "\n"), strlen(line) - 1);
}
END_TEST

START_TEST(levels_below_the_set_one_are_silent)
{
	log_debug("nothing");
	ck_assert_str_eq(last_line(), "");
	ck_assert(!log_enabled(LOG_DEBUG_));
	log_set_level(LOG_DEBUG_);
	log_debug("something");
	ck_assert_ptr_nonnull(strstr(last_line(), "something"));
	log_set_level(LOG_ERROR_);
	log_warn("nothing");
	ck_assert_str_eq(last_line(), "");
}
END_TEST

START_TEST(journald_gets_a_priority_in_front)
{
	log_init(pipe_fd[1], LOG_INFO_, true, "clnrmd");
	log_error("x");
	ck_assert_int_eq(strncmp(last_line(), "<3>{", 4), 0);
	log_info("x");
	ck_assert_int_eq(strncmp(last_line(), "<6>{", 4), 0);
}
END_TEST

START_TEST(a_full_pipe_drops_lines_and_counts_them)
{
	for (int i = 0; i < 10000 && log_dropped() == 0; i++)
		log_info("some text that fills the pipe in the end");
	ck_assert_uint_gt(log_dropped(), 0);
}
END_TEST

START_TEST(logging_leaves_errno_alone)
{
	errno = EPROTO;
	log_info("x");
	ck_assert_int_eq(errno, EPROTO);
}
END_TEST

START_TEST(without_a_descriptor_nothing_is_written)
{
	log_set_fd(-1);
	log_error("x");
	ck_assert(!log_enabled(LOG_ERROR_));
	ck_assert_uint_eq(log_dropped(), 0);
}
END_TEST

START_TEST(level_names_are_parsed)
{
	ck_assert_int_eq(log_level_parse("error"), LOG_ERROR_);
	ck_assert_int_eq(log_level_parse("trace"), LOG_TRACE_);
	ck_assert_int_eq(log_level_parse("Error"), -1);
	ck_assert_int_eq(log_level_parse(""), -1);
}
END_TEST

/* ---- files of bounded size ---- */

enum { MAX_BYTES = 4000, LINE_MAX_BYTES = 200 };

static char dir[64], path[80], old[96];

static void open_file_log(void)
{
	struct err e;
	int fd;

	if (!dir[0]) {
		snprintf(dir, sizeof(dir), "/tmp/clnrm-log-XXXXXX");
		ck_assert_ptr_nonnull(mkdtemp(dir));
		snprintf(path, sizeof(path), "%s/log", dir);
		snprintf(old, sizeof(old), "%s.1", path);
	}
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	log_init(fd, LOG_INFO_, false, "clnrmd");
	if (log_rotate(path, MAX_BYTES, &e) < 0)
		ck_abort_msg("%s", e.msg);
}

static void remove_file_log(void)
{
	struct err e;

	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, dir, &e), 0);
}

static bool holds(const char *file, const char *what)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;

	return fs_read_file(file, 1 << 20, &text, &e) == 0 && strstr(text.s, what);
}

static off_t size_of(const char *file)
{
	struct stat st;

	ck_assert_int_eq(stat(file, &st), 0);
	return st.st_size;
}

START_TEST(a_full_log_becomes_the_predecessor_while_it_is_written)
{
	open_file_log();
	log_info("the first");
	for (int i = 0; access(old, F_OK) < 0; i++)
		log_info("line %d", i);
	ck_assert(holds(old, "the first"));
	ck_assert_int_gt(size_of(old), MAX_BYTES);
	ck_assert_int_lt(size_of(old), MAX_BYTES + LINE_MAX_BYTES);
	log_info("the last");
	ck_assert(holds(path, "the last"));
	ck_assert_uint_eq(log_dropped(), 0);
	remove_file_log();
}
END_TEST

START_TEST(a_log_that_another_has_renamed_is_left_for_the_new_one)
{
	int status;

	open_file_log();
	for (int i = 0; size_of(path) < MAX_BYTES - LINE_MAX_BYTES; i++)
		log_info("line %d", i);
	pid_t pid = fork();
	if (pid == 0) {
		open_file_log();
		while (access(old, F_OK) < 0)
			log_info("of the other");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	off_t full = size_of(old);
	log_info("of this one");
	log_info("of this one again");
	ck_assert(holds(path, "of this one again"));
	ck_assert(!holds(old, "of this one again"));
	ck_assert_int_lt(size_of(old), full + LINE_MAX_BYTES);
	remove_file_log();
}
END_TEST

START_TEST(several_who_write_keep_one_predecessor_and_their_last_lines)
{
	pid_t pid[3];
	char text[32];
	int status;

	open_file_log();
	for (int k = 0; k < 3; k++) {
		pid[k] = fork();
		if (pid[k])
			continue;
		open_file_log();
		for (int i = 0; i < 1000; i++)
			log_info("line %d of %d", i, k);
		_exit(log_dropped() ? 1 : 0);
	}
	for (int k = 0; k < 3; k++) {
		ck_assert_int_eq(waitpid(pid[k], &status, 0), pid[k]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_gt(size_of(old), MAX_BYTES);
	/* Who ended last wrote into one of the two. */
	snprintf(text, sizeof(text), "line 999 of ");
	ck_assert(holds(old, text) || holds(path, text));
	/* Nobody waits for who renames, so a file may grow while that one has no processor; the
	 * next line has it renamed. */
	log_info("one");
	log_info("more");
	ck_assert_int_lt(size_of(path), MAX_BYTES + 2 * LINE_MAX_BYTES);
	remove_file_log();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_line_is_one_json_object,
		levels_below_the_set_one_are_silent,
		journald_gets_a_priority_in_front,
		a_full_pipe_drops_lines_and_counts_them,
		logging_leaves_errno_alone,
		without_a_descriptor_nothing_is_written,
		level_names_are_parsed,
		a_full_log_becomes_the_predecessor_while_it_is_written,
		a_log_that_another_has_renamed_is_left_for_the_new_one,
		several_who_write_keep_one_predecessor_and_their_last_lines,
	};

	return check_run_with("log", tests, ARRAY_LEN(tests), open_log, close_log);
}

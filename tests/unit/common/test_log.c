#include <errno.h>
#include <fcntl.h>
#include <string.h>

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
	};

	return check_run_with("log", tests, ARRAY_LEN(tests), open_log, close_log);
}

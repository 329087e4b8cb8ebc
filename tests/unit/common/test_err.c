#include <errno.h>
#include <string.h>

#include "common/err.h"
#include "tests/unit/check_main.h"

START_TEST(set_fills_code_and_text_and_forgets_errno)
{
	struct err e = { .sys = 7 };

	ck_assert_int_eq(err_set(&e, ERR_LIMIT, "at most %d", 3), -1);
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_int_eq(e.sys, 0);
	ck_assert_str_eq(e.msg, "at most 3");
}
END_TEST

START_TEST(sys_keeps_errno_and_appends_its_text)
{
	struct err e;

	errno = ENOENT;
	ck_assert_int_eq(err_sys(&e, "cannot open '%s'", "/x"), -1);
	ck_assert_int_eq(e.code, ERR_SYS);
	ck_assert_int_eq(e.sys, ENOENT);
	ck_assert_str_eq(e.msg, "cannot open '/x': No such file or directory");
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(wrap_puts_context_in_front_and_keeps_the_code)
{
	struct err e;

	errno = EACCES;
	err_sys(&e, "cannot mount");
	ck_assert_int_eq(err_wrap(&e, "pool '%s'", "web"), -1);
	ck_assert_int_eq(err_wrap(&e, "run %d", 7), -1);
	ck_assert_int_eq(e.code, ERR_SYS);
	ck_assert_int_eq(e.sys, EACCES);
	ck_assert_str_eq(e.msg, "run 7: pool 'web': cannot mount: Permission denied");
}
END_TEST

START_TEST(text_may_come_from_the_same_error)
{
	struct err e;

	err_set(&e, ERR_INVALID, "inner");
	err_set(&e, ERR_BUSY, "again: %s", e.msg);
	ck_assert_str_eq(e.msg, "again: inner");
}
END_TEST

START_TEST(long_messages_are_cut_and_stay_strings)
{
	struct err e;
	char longer[2000];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	err_set(&e, ERR_INVALID, "%s", longer);
	ck_assert_uint_eq(strlen(e.msg), sizeof(e.msg) - 1);
	err_wrap(&e, "ctx");
	ck_assert_int_eq(strncmp(e.msg, "ctx: xxx", 8), 0);
	ck_assert_uint_eq(strlen(e.msg), sizeof(e.msg) - 1);
	errno = EIO;
	err_sys(&e, "%s", longer);
	ck_assert_uint_eq(strlen(e.msg), sizeof(e.msg) - 1);
}
END_TEST

CHECK_MAIN("err", set_fills_code_and_text_and_forgets_errno, sys_keeps_errno_and_appends_its_text,
        wrap_puts_context_in_front_and_keeps_the_code, text_may_come_from_the_same_error,
        long_messages_are_cut_and_stay_strings)

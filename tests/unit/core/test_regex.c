#include <string.h>

#include "common/strbuf.h"
#include "daemon/core/regex.h"
#include "tests/unit/check_main.h"

static int matches_n(const char *pattern, const char *s, size_t n)
{
	struct err e;
	size_t at = 0;
	CLEANUP(regex_free) struct regex *r = regex_new(pattern, &at, &e);

	if (!r)
		ck_abort_msg("%s", e.msg);
	return regex_match(r, s, n, NULL, NULL, &e);
}

static int matches(const char *pattern, const char *s)
{
	return matches_n(pattern, s, strlen(s));
}

START_TEST(patterns_are_searched_anywhere)
{
	ck_assert_int_eq(matches("b+", "aabbb"), 1);
	ck_assert_int_eq(matches("x", "aabbb"), 0);
	ck_assert_int_eq(matches("", ""), 1);
	ck_assert_int_eq(matches("^b", "ab"), 0);
	ck_assert_int_eq(matches("(?i)HELLO", "hello"), 1);
	ck_assert_int_eq(matches("(?m)^two$", "one\ntwo\nthree"), 1);
}
END_TEST

START_TEST(the_dollar_means_the_very_end)
{
	ck_assert_int_eq(matches("done$", "done"), 1);
	ck_assert_int_eq(matches("done$", "done\n"), 0);
	ck_assert_int_eq(matches("done\\s*$", "done\n"), 1);
}
END_TEST

START_TEST(characters_are_unicode)
{
	ck_assert_int_eq(matches("^.$", "\xC3\xA4"), 1);
	ck_assert_int_eq(matches("^\\w$", "\xC3\xA4"), 1);
	ck_assert_int_eq(matches("(?i)\xC3\x84", "\xC3\xA4"), 1);
	ck_assert_int_eq(matches("^\\d$", "\xD9\xA3"), 1);
}
END_TEST

START_TEST(bytes_that_are_no_utf8_match_nothing_but_hide_nothing)
{
	ck_assert_int_eq(matches_n("b",
	                         "a\xFF\xFE"
	                         "b",
	                         4),
	        1);
	ck_assert_int_eq(matches_n("a.b",
	                         "a\xFF"
	                         "b",
	                         3),
	        0);
	ck_assert_int_eq(matches_n("a\\x{0}b", "a\0b", 3), 1);
}
END_TEST

START_TEST(the_place_of_a_match_is_in_bytes)
{
	struct err e;
	size_t at = 0, start = 99, end = 99;
	CLEANUP(regex_free) struct regex *r = regex_new("b+", &at, &e);

	ck_assert_int_eq(regex_match(r,
	                         "\xC3\xA4"
	                         "abb",
	                         5, &start, &end, &e),
	        1);
	ck_assert_uint_eq(start, 3);
	ck_assert_uint_eq(end, 5);
	start = end = 99;
	ck_assert_int_eq(regex_match(r, "xyz", 3, &start, &end, &e), 0);
	ck_assert_uint_eq(start, 99);
	ck_assert_uint_eq(end, 99);
}
END_TEST

START_TEST(a_bad_pattern_tells_where)
{
	struct err e;
	size_t at = 0;

	ck_assert_ptr_null(regex_new("ab(c", &at, &e));
	ck_assert_int_eq(e.code, ERR_INVALID);
	ck_assert_uint_eq(at, 4);
	ck_assert_ptr_null(regex_new("a[", &at, &e));
	ck_assert_ptr_null(regex_new("*", &at, &e));
	ck_assert_uint_eq(at, 0);
	ck_assert_ptr_null(regex_new("\xFF", &at, &e));
	ck_assert_ptr_null(regex_new("a\\Cb", &at, &e));
}
END_TEST

START_TEST(exponential_patterns_meet_the_limit)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;
	size_t at = 0;
	CLEANUP(regex_free) struct regex *r = regex_new("^(a+)+$", &at, &e);

	strbuf_addn(&text, 'a', 64);
	strbuf_addc(&text, 'b');
	ck_assert_int_eq(regex_match(r, text.s, text.len, NULL, NULL, &e), -1);
	ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

START_TEST(large_subjects_have_stack_enough)
{
	AUTO_STRBUF text = STRBUF_INIT;

	strbuf_addn(&text, 'x', 1 << 20);
	strbuf_adds(&text, "end");
	ck_assert_int_eq(matches_n("end$", text.s, text.len), 1);
	ck_assert_int_eq(matches_n("nothing", text.s, text.len), 0);
}
END_TEST

START_TEST(groups_and_the_place_to_begin_are_the_callers)
{
	struct regex_span v[4];
	struct err e;
	size_t at = 0;
	CLEANUP(regex_free) struct regex *r = regex_new("(a)(x)?b", &at, &e);

	ck_assert_int_eq(regex_find(r, "ab ab", 5, 0, v, 4, &e), 1);
	ck_assert_uint_eq(v[0].start, 0);
	ck_assert_uint_eq(v[0].end, 2);
	ck_assert_uint_eq(v[1].end, 1);
	ck_assert_uint_eq(v[2].start, REGEX_NONE);
	ck_assert_uint_eq(v[3].start, REGEX_NONE);
	ck_assert_int_eq(regex_find(r, "ab ab", 5, 1, v, 1, &e), 1);
	ck_assert_uint_eq(v[0].start, 3);
	ck_assert_int_eq(regex_find(r, "ab ab", 5, 5, v, 1, &e), 0);
}
END_TEST

CHECK_MAIN("regex", groups_and_the_place_to_begin_are_the_callers, patterns_are_searched_anywhere,
        the_dollar_means_the_very_end, characters_are_unicode,
        bytes_that_are_no_utf8_match_nothing_but_hide_nothing, the_place_of_a_match_is_in_bytes,
        a_bad_pattern_tells_where, exponential_patterns_meet_the_limit,
        large_subjects_have_stack_enough)

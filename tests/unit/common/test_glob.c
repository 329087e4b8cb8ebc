#include <string.h>

#include "common/clock.h"
#include "common/glob.h"
#include "tests/unit/check_main.h"

struct sample {
	const char *pattern, *text;
	bool want;
};

static void check_all(const struct sample *v, size_t n, bool paths)
{
	for (size_t i = 0; i < n; i++) {
		if (glob_match(v[i].pattern, v[i].text, paths) != v[i].want)
			ck_abort_msg("'%s' on '%s' is not %d", v[i].pattern, v[i].text, v[i].want);
	}
}

START_TEST(stars_marks_and_brackets_in_plain_text)
{
	static const struct sample v[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "a", "", false },
		{ "*", "", true },
		{ "*", "abc/d", true },
		{ "?", "/", true },
		{ "a*c", "abbbc", true },
		{ "a*c", "abbb", false },
		{ "*a*b*", "xaybz", true },
		{ "a?c", "abc", true },
		{ "a?c", "ac", false },
		{ "[abc]", "b", true },
		{ "[abc]", "d", false },
		{ "[a-c]x", "bx", true },
		{ "[!a-c]", "d", true },
		{ "[^a-c]", "b", false },
		{ "[]]", "]", true },
		{ "[]a]", "a", true },
		{ "[!]]", "]", false },
		{ "[a-]", "-", true },
		{ "[", "[", true },
		{ "a[b", "a[b", true },
		{ "[]", "[]", true },
		{ "\\*", "*", true },
		{ "\\*", "a", false },
		{ "\\[a]", "[a]", true },
		{ "a\\", "a\\", true },
		{ "**", "anything/at", true },
		{ "pay*", "payments", true },
		{ "*/refund", "orders/refund", true },
	};

	check_all(v, ARRAY_LEN(v), false);
}
END_TEST

START_TEST(a_bracket_that_is_never_closed_is_found)
{
	static const struct {
		const char *pattern;
		size_t at;
	} v[] = {
		{ "", (size_t)-1 },
		{ "a]b*?", (size_t)-1 },
		{ "[a-z][!]][]]", (size_t)-1 },
		{ "\\[a", (size_t)-1 },
		{ "[a", 0 },
		{ "x[ab]/[", 6 },
		{ "[]", 0 },
		{ "\\\\[a", 2 },
		{ "a\\", (size_t)-1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		ck_assert_uint_eq(glob_unclosed(v[i].pattern), v[i].at);
}
END_TEST

START_TEST(in_paths_only_two_stars_cross_a_slash)
{
	static const struct sample v[] = {
		{ "*", "a", true },
		{ "*", "a/b", false },
		{ "a/*", "a/b", true },
		{ "a/*", "a/b/c", false },
		{ "?", "/", false },
		{ "[!a]", "/", false },
		{ "**", "a/b/c", true },
		{ "**", "", true },
		{ "**/x", "x", true },
		{ "**/x", "a/x", true },
		{ "**/x", "a/b/x", true },
		{ "**/x", "ax", false },
		{ "a/**/b", "a/b", true },
		{ "a/**/b", "a/x/y/b", true },
		{ "a/**/b", "axb", false },
		{ "a/**", "a/b/c", true },
		{ "a/**", "b/c", false },
		{ "**/*.c", "x/y/z.c", true },
		{ "**/*.c", "z.c", true },
		{ "**/*.c", "z.c/", false },
		{ "**/a/**/b", "a/b", true },
		{ "**/a/**/b", "x/a/y/a/z/b", true },
		{ "**/**/x", "x", true },
		{ "a**b", "a/x/b", true },
		{ "a**/b", "ab", false },
		{ "*/*/x", "a/b/x", true },
		{ "*/*/x", "a/x", false },
		{ "tests/**/*.clnrm.toml", "tests/one.clnrm.toml", true },
	};

	check_all(v, ARRAY_LEN(v), true);
}
END_TEST

START_TEST(long_patterns_work_like_short_ones)
{
	char pattern[1000], text[1000];

	memset(pattern, 'a', sizeof(pattern));
	memset(text, 'a', sizeof(text));
	pattern[998] = '*';
	pattern[999] = text[999] = '\0';
	ck_assert(glob_match(pattern, text, true));
	text[500] = 'b';
	ck_assert(!glob_match(pattern, text, true));
}
END_TEST

START_TEST(no_pattern_takes_more_than_pattern_times_text)
{
	char pattern[201], text[4001];
	int64_t start = clock_ns();

	for (size_t i = 0; i < 200; i += 2) {
		pattern[i] = '*';
		pattern[i + 1] = 'a';
	}
	pattern[199] = 'b';
	pattern[200] = '\0';
	memset(text, 'a', 4000);
	text[4000] = '\0';
	ck_assert(!glob_match(pattern, text, false));
	ck_assert(!glob_match(pattern, text, true));
	/* Backing up would take longer than the age of the earth. */
	ck_assert_int_lt(clock_ns() - start, 20 * NS_PER_S);
}
END_TEST

START_TEST(a_name_is_meant_as_it_is_shown)
{
	ck_assert(glob_names("t [n=a]/s", "t [n=a]/s"));
	ck_assert(glob_names("t [n=a]/s", "t a/s"));
	ck_assert(!glob_names("t [n=a]/s", "t [n=b]/s"));
	ck_assert(glob_names("t */s", "t [n=b]/s"));
}
END_TEST

START_TEST(patterns_are_told_from_plain_names)
{
	ck_assert(glob_is_pattern("a*"));
	ck_assert(glob_is_pattern("a?"));
	ck_assert(glob_is_pattern("[a]"));
	ck_assert(!glob_is_pattern("a.b/c"));
	ck_assert(!glob_is_pattern(""));
}
END_TEST

CHECK_MAIN("glob", stars_marks_and_brackets_in_plain_text, a_bracket_that_is_never_closed_is_found,
        in_paths_only_two_stars_cross_a_slash, long_patterns_work_like_short_ones,
        no_pattern_takes_more_than_pattern_times_text, a_name_is_meant_as_it_is_shown,
        patterns_are_told_from_plain_names)

#include <string.h>

#include "common/strbuf.h"
#include "tests/unit/check_main.h"

START_TEST(an_empty_buffer_is_a_string)
{
	AUTO_STRBUF b = STRBUF_INIT;

	ck_assert_str_eq(b.s, "");
	strbuf_add(&b, "x", 0);
	strbuf_reset(&b);
	ck_assert_uint_eq(b.cap, 0);
	ck_assert_str_eq(b.s, "");
}
END_TEST

START_TEST(appending_keeps_nul_bytes_and_terminates)
{
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_add(&b, "a\0b", 3);
	strbuf_addc(&b, 'c');
	strbuf_adds(&b, "de");
	strbuf_addn(&b, '-', 3);
	ck_assert_uint_eq(b.len, 9);
	ck_assert_int_eq(memcmp(b.s, "a\0bcde---", 10), 0);
}
END_TEST

START_TEST(printf_grows_as_needed)
{
	AUTO_STRBUF b = STRBUF_INIT;
	char text[500];

	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	strbuf_printf(&b, "%d:", 42);
	strbuf_printf(&b, "%s|%s", text, text);
	ck_assert_uint_eq(b.len, 3 + 499 + 1 + 499);
	ck_assert_uint_eq(strlen(b.s), b.len);
}
END_TEST

START_TEST(remove_takes_from_the_middle)
{
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_adds(&b, "hello world");
	strbuf_remove(&b, 5, 6);
	ck_assert_str_eq(b.s, "hello");
	strbuf_remove(&b, 0, 1);
	ck_assert_str_eq(b.s, "ello");
	strbuf_remove(&b, 4, 0);
	ck_assert_str_eq(b.s, "ello");
	strbuf_truncate(&b, 1);
	ck_assert_str_eq(b.s, "e");
}
END_TEST

START_TEST(detach_gives_the_string_away_even_when_empty)
{
	struct strbuf b = STRBUF_INIT;
	size_t len = 99;
	char *s = strbuf_detach(&b, &len);

	ck_assert_str_eq(s, "");
	ck_assert_uint_eq(len, 0);
	free(s);
	strbuf_adds(&b, "abc");
	s = strbuf_detach(&b, NULL);
	ck_assert_str_eq(s, "abc");
	ck_assert_str_eq(b.s, "");
	free(s);
}
END_TEST

static void quoted(const char *in, const char *want)
{
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_shell_quote(&b, in);
	ck_assert_str_eq(b.s, want);
}

START_TEST(words_are_quoted_for_a_shell_only_where_needed)
{
	quoted("echo", "echo");
	quoted("/bin/ls-l_a.b", "/bin/ls-l_a.b");
	quoted("", "''");
	quoted("a b", "'a b'");
	quoted("it's", "'it'\\''s'");
	quoted("$HOME", "'$HOME'");
	quoted("A=b", "'A=b'");
	quoted("~", "'~'");
	quoted("a\nb", "'a\nb'");
	quoted("\xC3\xA4", "'\xC3\xA4'");
}
END_TEST

#define BAD "\xEF\xBF\xBD"

static void cleaned(const char *in, size_t n, const char *want)
{
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_add_utf8(&b, in, n);
	ck_assert_str_eq(b.s, want);
}

/* The examples of Unicode 15, section 3.9, tables 3-8 to 3-11. */
START_TEST(each_maximal_ill_formed_part_becomes_one_replacement)
{
	cleaned("abc", 3, "abc");
	cleaned("\xC3\xA4", 2, "\xC3\xA4");
	cleaned("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", 9, BAD BAD BAD BAD BAD BAD BAD BAD "A");
	cleaned("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", 9, BAD BAD BAD BAD BAD BAD BAD BAD "A");
	cleaned("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", 9, BAD BAD BAD BAD BAD "A" BAD BAD "B");
	cleaned("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", 9, BAD BAD BAD BAD "A");
	cleaned("x\xF0\x9F\x98", 4, "x" BAD);
}
END_TEST

static void visible(const char *in, size_t n, const char *want)
{
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_add_visible(&b, in, n);
	ck_assert_str_eq(b.s, want);
}

START_TEST(control_characters_are_made_visible_for_a_terminal)
{
	visible("a\tb\n", 4, "a\tb\n");
	visible("\x1B[31mred", 8, "^[[31mred");
	visible("\x7F", 1, "^?");
	visible("a\0b", 3, "a^@b");
	visible("\r\n", 2, "^M\n");
	visible("\xC2\x9B", 2, "<U+009B>");
	visible("\xC3\xA9\xFFx", 4, "\xC3\xA9" BAD "x");
	visible("\xE2\x82\x1B", 3, BAD "^[");
}
END_TEST

CHECK_MAIN("strbuf", an_empty_buffer_is_a_string, appending_keeps_nul_bytes_and_terminates,
        printf_grows_as_needed, remove_takes_from_the_middle,
        detach_gives_the_string_away_even_when_empty,
        words_are_quoted_for_a_shell_only_where_needed,
        each_maximal_ill_formed_part_becomes_one_replacement,
        control_characters_are_made_visible_for_a_terminal)

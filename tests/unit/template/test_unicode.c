#include <string.h>

#include "daemon/template/slug.h"
#include "daemon/template/unicode.h"
#include "tests/unit/check_main.h"

static struct tbuf out = { .max = 1u << 16 };

static void teardown(void)
{
	tbuf_release(&out);
}

static const char *text(void)
{
	tbuf_addc(&out, '\0');
	return out.s;
}

/* The clusters of s, each in brackets. */
static const char *clusters(const char *s)
{
	size_t n = strlen(s);

	tbuf_reset(&out);
	for (size_t at = 0, len; at < n; at += len) {
		len = unicode_grapheme(s + at, n - at);
		ck_assert_uint_gt(len, 0);
		tbuf_addc(&out, '[');
		tbuf_add(&out, s + at, len);
		tbuf_addc(&out, ']');
	}
	return text();
}

START_TEST(clusters_are_those_of_uax_29)
{
	static const char *const cases[][2] = {
		{ "ab", "[a][b]" },
		{ "\r\n\n\r", "[\r\n][\n][\r]" },
		{ "e\u0301\u0302x", "[e\u0301\u0302][x]" },
		{ "\u0301a", "[\u0301][a]" },
		{ "a\u200db", "[a\u200d][b]" },
		{ "\u0e01\u0e33", "[\u0e01\u0e33]" }, /* spacing mark */
		{ "\u0600\u0661", "[\u0600\u0661]" }, /* prepended */
		{ "\u1100\u1161\u11a8\uac00\u11a8", "[\u1100\u1161\u11a8][\uac00\u11a8]" },
		{ "\uac01\u1161", "[\uac01][\u1161]" }, /* LVT, V */
		{ "\U0001F1E9\U0001F1EA\U0001F1EB", "[\U0001F1E9\U0001F1EA][\U0001F1EB]" },
		{ "\U0001F468\u200d\U0001F469", "[\U0001F468\u200d\U0001F469]" },
		{ "\U0001F468\ufe0f\u200d\U0001F469", "[\U0001F468\ufe0f\u200d\U0001F469]" },
		{ "a\u200d\U0001F469", "[a\u200d][\U0001F469]" },
		{ "\U0001F44D\U0001F3FD", "[\U0001F44D\U0001F3FD]" },
		{ "\u0301\n\u0301", "[\u0301][\n][\u0301]" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		ck_assert_str_eq(clusters(cases[i][0]), cases[i][1]);
}
END_TEST

static const char *in_case(void (*map)(const char *, size_t, struct tbuf *), const char *s)
{
	tbuf_reset(&out);
	map(s, strlen(s), &out);
	return text();
}

START_TEST(case_mapping_is_the_full_one)
{
	static const char *const upper[][2] = { { "stra\u00dfe", "STRASSE" },
		{ "\u00e0\u00ff\u00b5", "\u00c0\u0178\u039c" }, { "\ufb03", "FFI" },
		{ "\u01c6\u0149", "\u01c4\u02bcN" }, { "1+a", "1+A" },
		{ "\U00010428", "\U00010400" } };
	static const char *const lower[][2] = { { "\u00c0\u0178", "\u00e0\u00ff" },
		{ "\u0130", "i\u0307" }, { "\u039f\u03a3", "\u03bf\u03c2" },
		{ "\u039f\u03a3\u039f", "\u03bf\u03c3\u03bf" }, { "\u03a3", "\u03c3" },
		{ "\u039f'\u03a3.\u03a3", "\u03bf'\u03c3.\u03c2" }, { "\u1e9e", "\u00df" } };

	for (size_t i = 0; i < ARRAY_LEN(upper); i++)
		ck_assert_str_eq(in_case(unicode_upper, upper[i][0]), upper[i][1]);
	for (size_t i = 0; i < ARRAY_LEN(lower); i++)
		ck_assert_str_eq(in_case(unicode_lower, lower[i][0]), lower[i][1]);
}
END_TEST

START_TEST(characters_are_read_from_either_end)
{
	const char *s = "a\u00e9\u65e5\U0001F600";
	size_t n = strlen(s);
	uint32_t want[] = { 0x1F600, 0x65E5, 0xE9, 'a' }, cp;

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		n -= unicode_last(s, n, &cp);
		ck_assert_uint_eq(cp, want[i]);
	}
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_eq(unicode_next("\xC3", 1, &cp), 1);
	ck_assert_uint_eq(unicode_last("\xA9", 1, &cp), 1);
	ck_assert_uint_eq(unicode_grapheme("\xFF\x80", 2), 1);
}
END_TEST

START_TEST(white_space_and_words)
{
	static const uint32_t spaces[] = { 9, 13, ' ', 0x85, 0xA0, 0x2003, 0x3000 };
	static const uint32_t words[] = { '0', 'z', '_', 0xE9, 0x65E5, 0x301, 0x200D };
	static const uint32_t neither[] = { 0, 8, '-', 0x200B, 0x2028 - 1, 0xFEFF, 0x10FFFF };

	for (size_t i = 0; i < ARRAY_LEN(spaces); i++)
		ck_assert(unicode_is_space(spaces[i]) && !unicode_is_word(spaces[i]));
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		ck_assert(!unicode_is_space(words[i]) && unicode_is_word(words[i]));
	for (size_t i = 0; i < ARRAY_LEN(neither); i++)
		ck_assert(!unicode_is_space(neither[i]) && !unicode_is_word(neither[i]));
}
END_TEST

START_TEST(slugs_are_ascii_letters_digits_and_single_dashes)
{
	static const char *const cases[][2] = {
		{ "Hello  World!", "hello-world" },
		{ "--a--", "a" },
		{ "", "" },
		{ "\u5317\u4eac", "bei-jing" },
		{ "\uc11c\uc6b8", "seoul" },
		{ "\u00c6\u00f8\u00df", "aeoss" },
		{ "\ufb01\uff21", "fia" },
		{ "\U000A0000x", "x" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		tbuf_reset(&out);
		slug_add(cases[i][0], strlen(cases[i][0]), &out);
		ck_assert_str_eq(text(), cases[i][1]);
	}
	for (uint32_t cp = 1; cp < 0x20000; cp++) { /* whatever the character */
		char s[4] = { (char)(0xF0 | cp >> 18), (char)(0x80 | (cp >> 12 & 63)),
			(char)(0x80 | (cp >> 6 & 63)), (char)(0x80 | (cp & 63)) };

		tbuf_reset(&out);
		slug_add(s, sizeof(s), &out);
		for (size_t i = 0; i < out.len; i++)
			ck_assert((out.s[i] >= 'a' && out.s[i] <= 'z') ||
			          (out.s[i] >= '0' && out.s[i] <= '9') ||
			          (out.s[i] == '-' && i > 0 && i + 1 < out.len &&
			                  out.s[i + 1] != '-'));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { clusters_are_those_of_uax_29, case_mapping_is_the_full_one,
		characters_are_read_from_either_end, white_space_and_words,
		slugs_are_ascii_letters_digits_and_single_dashes };

	return check_run_with("unicode", tests, ARRAY_LEN(tests), NULL, teardown);
}

#include <string.h>

#include "common/utf8.h"
#include "tests/unit/check_main.h"

START_TEST(every_scalar_value_survives_the_round_trip)
{
	for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
		char s[4];
		uint32_t back = 0;

		if (cp >= 0xD800 && cp <= 0xDFFF)
			continue;

		size_t n = utf8_encode(cp, s);

		if (utf8_decode(s, n, &back) != n || back != cp ||
		        (n > 1 && utf8_decode(s, n - 1, &back) != 0))
			ck_abort_msg("U+%04X", cp);
	}
}
END_TEST

static void ill_formed(const char *s, size_t n)
{
	uint32_t cp = 4711;

	ck_assert_uint_eq(utf8_decode(s, n, &cp), 0);
	ck_assert_uint_eq(cp, 4711);
	ck_assert(!utf8_valid(s, n));
}

START_TEST(ill_formed_sequences_are_refused)
{
	ill_formed("\x80", 1);
	ill_formed("\xC0\x80", 2);         /* overlong NUL */
	ill_formed("\xC1\xBF", 2);         /* overlong */
	ill_formed("\xE0\x9F\xBF", 3);     /* overlong */
	ill_formed("\xF0\x8F\xBF\xBF", 4); /* overlong */
	ill_formed("\xED\xA0\x80", 3);     /* surrogate */
	ill_formed("\xED\xBF\xBF", 3);     /* surrogate */
	ill_formed("\xF4\x90\x80\x80", 4); /* above U+10FFFF */
	ill_formed("\xF5\x80\x80\x80", 4);
	ill_formed("\xE2\x82", 2); /* cut */
	ill_formed("\xE2\x28\xA1", 3);
	ill_formed("\xFF", 1);
}
END_TEST

START_TEST(the_valid_prefix_ends_at_the_first_bad_byte)
{
	char text[40];

	memset(text, 'a', sizeof(text));
	ck_assert_uint_eq(utf8_valid_prefix(text, sizeof(text)), sizeof(text));
	for (size_t i = 0; i < sizeof(text); i++) {
		text[i] = (char)0xFE;
		ck_assert_uint_eq(utf8_valid_prefix(text, sizeof(text)), i);
		text[i] = 'a';
	}
	ck_assert_uint_eq(utf8_valid_prefix("", 0), 0);
}
END_TEST

START_TEST(length_counts_code_points_and_bad_bytes)
{
	ck_assert_uint_eq(utf8_length("abc", 3), 3);
	ck_assert_uint_eq(utf8_length("\xC3\xA4\xE2\x82\xAC", 5), 2);
	ck_assert_uint_eq(utf8_length("\xFF\xFE", 2), 2);
	ck_assert_uint_eq(utf8_length("\xF0\x9F\x98\x80", 4), 1);
}
END_TEST

static size_t columns(const char *s)
{
	return utf8_columns(s, strlen(s));
}

START_TEST(columns_know_wide_and_combining_characters)
{
	ck_assert_uint_eq(columns("abc"), 3);
	ck_assert_uint_eq(columns("\xC3\xA4"), 1);
	ck_assert_uint_eq(columns("a\xCC\x88"), 1);                /* a + combining diaeresis */
	ck_assert_uint_eq(columns("\xE6\x97\xA5\xE6\x9C\xAC"), 4); /* two ideographs */
	ck_assert_uint_eq(columns("\xF0\x9F\x98\x80"), 2);         /* emoji */
	ck_assert_uint_eq(columns("\xE2\x9D\xA4\xEF\xB8\x8F"), 1); /* heart + selector */
	ck_assert_uint_eq(columns("\xEF\xBC\xA1"), 2);             /* full-width A */
	ck_assert_uint_eq(columns("\xE2\x94\x80"), 1);             /* box drawing */
}
END_TEST

CHECK_MAIN("utf8", every_scalar_value_survives_the_round_trip, ill_formed_sequences_are_refused,
        the_valid_prefix_ends_at_the_first_bad_byte, length_counts_code_points_and_bad_bytes,
        columns_know_wide_and_combining_characters)

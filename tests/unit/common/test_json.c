#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "tests/unit/check_main.h"

static void quoted(const char *in, size_t n, const char *want)
{
	AUTO_STRBUF b = STRBUF_INIT;

	json_quote(&b, in, n);
	ck_assert_str_eq(b.s, want);
}

START_TEST(strings_are_escaped_as_rfc_8259_wants)
{
	quoted("", 0, "\"\"");
	quoted("a\"b\\c/", 6, "\"a\\\"b\\\\c/\"");
	quoted("\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"");
	quoted("\0\x01\x1F\x7F", 4, "\"\\u0000\\u0001\\u001f\\u007f\"");
	quoted("\xC3\xA4\xF0\x9F\x98\x80", 6, "\"\xC3\xA4\xF0\x9F\x98\x80\"");
	quoted("a\xFFz", 3, "\"a\xEF\xBF\xBDz\"");
	quoted("\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}
END_TEST

START_TEST(commas_and_brackets_are_the_writers_work)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json j = JSON_INIT(&b);

	json_obj(&j, NULL);
	json_str(&j, "a", "x");
	json_str(&j, "n", NULL);
	json_arr(&j, "v");
	json_int(&j, NULL, -1);
	json_uint(&j, NULL, UINT64_MAX);
	json_obj(&j, NULL);
	json_end(&j);
	json_arr(&j, NULL);
	json_end(&j);
	json_end(&j);
	json_bool(&j, "t", true);
	json_bool(&j, "f", false);
	json_null(&j, "z");
	json_raw(&j, "r", "[1,2]", 5);
	json_strn(&j, "s", "a\0b", 3);
	json_end(&j);
	ck_assert_str_eq(b.s, "{\"a\":\"x\",\"n\":null,\"v\":[-1,18446744073709551615,{},[]],\"t\":"
	                      "true,\"f\":false,"
	                      "\"z\":null,\"r\":[1,2],\"s\":\"a\\u0000b\"}");
	ck_assert_uint_eq(j.depth, 0);
}
END_TEST

START_TEST(keys_are_escaped_too)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json j = JSON_INIT(&b);

	json_obj(&j, NULL);
	json_int(&j, "a\"b", 1);
	json_end(&j);
	ck_assert_str_eq(b.s, "{\"a\\\"b\":1}");
}
END_TEST

static void ms(double v, const char *want)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json j = JSON_INIT(&b);

	json_ms(&j, NULL, v);
	ck_assert_str_eq(b.s, want);
}

START_TEST(milliseconds_have_at_most_three_decimals)
{
	ms(0, "0");
	ms(-0.0, "0");
	ms(-0.0001, "0");
	ms(3, "3");
	ms(100, "100");
	ms(2.5, "2.5");
	ms(1.2345, "1.234");
	ms(0.0004, "0");
	ms(-1.5, "-1.5");
	ms(NAN, "null");
	ms(INFINITY, "null");
	ms(1e300, "1e+300");
}
END_TEST

/* What printf(3) rounds to is what stands in histories of before. */
static void rounds_as_printf(double v)
{
	char want[40];
	size_t n = (size_t)snprintf(want, sizeof(want), "%.3f", v);

	while (want[n - 1] == '0')
		n--;
	n -= want[n - 1] == '.';
	want[n] = '\0';
	ms(v, want);
}

START_TEST(milliseconds_are_rounded_as_printf_does)
{
	uint64_t x = 1;

	for (unsigned i = 0; i < 20000; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		rounds_as_printf((double)(x >> 34) / 1e6);   /* of nanoseconds, below 18 minutes */
		rounds_as_printf((double)(x >> 24) / 1e6);   /* of days */
		rounds_as_printf((double)(x >> 44) / 2000);  /* ties, or next to one */
		rounds_as_printf((double)(x >> 44) / 16000); /* exact ties */
	}
	rounds_as_printf(999999.9995);
	rounds_as_printf(1000000);
	rounds_as_printf(0.9999);
}
END_TEST

START_TEST(whole_numbers_have_their_digits)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json j = JSON_INIT(&b);

	json_arr(&j, NULL);
	json_int(&j, NULL, INT64_MIN);
	json_int(&j, NULL, -1);
	json_int(&j, NULL, INT64_MAX);
	json_uint(&j, NULL, 0);
	json_uint(&j, NULL, 10);
	json_uint(&j, NULL, UINT64_MAX);
	json_end(&j);
	ck_assert_str_eq(b.s, "[-9223372036854775808,-1,9223372036854775807,0,10,"
	                      "18446744073709551615]");
}
END_TEST

START_TEST(bytes_are_text_where_they_can_be)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json j = JSON_INIT(&b);

	json_arr(&j, NULL);
	ck_assert_str_eq(json_bytes(&j, NULL, "h\xC3\xA4", 3), "utf-8");
	ck_assert_str_eq(json_bytes(&j, NULL, "\xFF\x00", 2), "base64");
	json_end(&j);
	ck_assert_str_eq(b.s, "[\"h\xC3\xA4\",\"/wA=\"]");
}
END_TEST

START_TEST(sixty_four_levels_fit)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json j = JSON_INIT(&b);

	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		json_arr(&j, NULL);
	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		json_end(&j);
	ck_assert_uint_eq(b.len, 2 * JSON_MAX_DEPTH);
}
END_TEST

CHECK_MAIN("json", strings_are_escaped_as_rfc_8259_wants, commas_and_brackets_are_the_writers_work,
        keys_are_escaped_too, milliseconds_have_at_most_three_decimals,
        milliseconds_are_rounded_as_printf_does, whole_numbers_have_their_digits,
        bytes_are_text_where_they_can_be, sixty_four_levels_fit)

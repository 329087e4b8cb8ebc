#include <string.h>

#include "common/strbuf.h"
#include "daemon/template/moment.h"
#include "tests/unit/check_main.h"

static struct moment at(const char *s)
{
	struct moment m;

	ck_assert_msg(moment_parse(s, strlen(s), &m), "'%s' is not taken", s);
	return m;
}

static void shows(struct moment m, const char *want)
{
	AUTO_STRBUF b = STRBUF_INIT;

	moment_rfc3339(&m, &b);
	ck_assert_str_eq(b.s, want);
}

START_TEST(what_is_read_is_written_in_utc)
{
	static const char *const cases[][2] = {
		{ "2025-01-01T00:00:00Z", "2025-01-01T00:00:00+00:00" },
		{ "2025-01-01t00:00:00z", "2025-01-01T00:00:00+00:00" },
		{ "2025-01-01 00:00:00+01:30", "2024-12-31T22:30:00+00:00" },
		{ "2024-02-29T23:59:60-00:01", "2024-03-01T00:01:00+00:00" },
		{ "1970-01-01T00:00:00.5Z", "1970-01-01T00:00:00.500+00:00" },
		{ "1969-12-31T23:59:59.000001Z", "1969-12-31T23:59:59.000001+00:00" },
		{ "2000-02-29T12:34:56.1234567891Z", "2000-02-29T12:34:56.123456789+00:00" },
		{ "0000-01-01T00:00:00Z", "0000-01-01T00:00:00+00:00" },
		{ "9999-12-31T23:59:59Z", "9999-12-31T23:59:59+00:00" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		shows(at(cases[i][0]), cases[i][1]);
}
END_TEST

START_TEST(what_is_no_rfc_3339_is_refused)
{
	static const char *const cases[] = { "", "2025-01-01", "2025-01-01T00:00:00",
		"2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z", "2025-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z", "2025-01-01T24:00:00Z", "2025-01-01T00:60:00Z",
		"2025-01-01T00:00:61Z", "2025-01-01T00:00:00.Z", "2025-01-01T00:00:00Zx",
		"2025-01-01T00:00:00+0100", "2025-1-01T00:00:00Z", "0000-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01", "yesterday", "2025-01-01T00:00:00+24:00" };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct moment m;

		ck_assert_msg(!moment_parse(cases[i], strlen(cases[i]), &m), "'%s'", cases[i]);
	}
}
END_TEST

START_TEST(a_nul_in_the_text_ends_nothing)
{
	struct moment m;

	ck_assert(!moment_parse("2025-01-01\0T00:00:00Z", 21, &m));
}
END_TEST

START_TEST(seconds_are_those_of_unix)
{
	ck_assert_int_eq(at("1970-01-01T00:00:00Z").s, 0);
	ck_assert_int_eq(at("2025-01-01T00:00:00Z").s, 1735689600);
	ck_assert_int_eq(at("1969-12-31T23:59:59Z").s, -1);
	struct moment m = at("1969-12-31T23:59:59.9999Z");

	ck_assert_int_eq(moment_ms(&m), -1);
}
END_TEST

/* Every day of a cycle of the calendar, to text and back. */
START_TEST(every_day_of_four_hundred_years_comes_back)
{
	AUTO_STRBUF b = STRBUF_INIT, last = STRBUF_INIT;
	struct moment m = at("1800-01-01T00:00:00Z");

	for (int i = 0; i < 146097; i++) {
		strbuf_reset(&b);
		moment_rfc3339(&m, &b);
		ck_assert_int_eq(at(b.s).s, m.s);
		ck_assert_int_gt(strcmp(b.s, last.s), 0);
		strbuf_reset(&last);
		strbuf_add(&last, b.s, b.len);
		ck_assert(moment_add(&m, 86400));
	}
	shows(m, "2200-01-01T00:00:00+00:00");
}
END_TEST

START_TEST(adding_stays_within_the_years_that_can_be_written)
{
	struct moment m = at("2025-01-01T00:00:00.25Z");

	ck_assert(moment_add(&m, -1));
	shows(m, "2024-12-31T23:59:59.250+00:00");
	ck_assert(!moment_add(&m, INT64_MAX));
	ck_assert(!moment_add(&m, INT64_MIN));
	ck_assert(!moment_add(&m, 260000000000));
	shows(m, "2024-12-31T23:59:59.250+00:00");
}
END_TEST

CHECK_MAIN("moment", what_is_read_is_written_in_utc, what_is_no_rfc_3339_is_refused,
        a_nul_in_the_text_ends_nothing, seconds_are_those_of_unix,
        every_day_of_four_hundred_years_comes_back,
        adding_stays_within_the_years_that_can_be_written)

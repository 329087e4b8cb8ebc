#include <stdio.h>

#include "common/build.h"
#include "common/clock.h"
#include "tests/unit/check_main.h"

START_TEST(monotonic_time_does_not_go_back)
{
	int64_t last = clock_ns();

	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_ns();

		ck_assert_int_ge(now, last);
		last = now;
	}
	ck_assert_int_ge(clock_ms(), last / NS_PER_MS);
}
END_TEST

static void shows(int64_t ns, const char *want)
{
	char out[RFC3339_LEN];

	clock_rfc3339(ns, out);
	ck_assert_str_eq(out, want);
}

START_TEST(dates_are_utc_with_microseconds)
{
	shows(0, "1970-01-01T00:00:00.000000Z");
	shows(1768387267204113999, "2026-01-14T10:41:07.204113Z");
	shows(951782399 * NS_PER_S, "2000-02-28T23:59:59.000000Z");
	shows(951782400 * NS_PER_S, "2000-02-29T00:00:00.000000Z");
	shows(-1, "1969-12-31T23:59:59.999999Z");
	shows(INT64_MAX, "2262-04-11T23:47:16.854775Z");
	shows(INT64_MIN, "1677-09-21T00:12:43.145224Z");
}
END_TEST

START_TEST(wall_time_is_this_century)
{
	ck_assert_int_gt(clock_wall_ns(), 1767225600 * NS_PER_S); /* 2026 */
}
END_TEST

START_TEST(the_identity_of_a_build_names_version_commit_and_mode)
{
	char want[100];

	snprintf(want, sizeof(want), "%s+%s+%s", build_version(), build_commit(), build_mode());
	ck_assert_str_eq(build_id(), want);
	ck_assert_str_eq(build_version(), "1.0.0");
}
END_TEST

START_TEST(a_span_is_the_same_when_it_was_written_and_read)
{
	static const int64_t spans[] = { 0, 999, 1000, 950200, 949999, 950999, 1049999,
		86399999999999 };
	char text[40];

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		double ms = clock_span_ms(spans[i]);

		snprintf(text, sizeof(text), "%.3f", ms);
		ck_assert_msg(strtod(text, NULL) == ms, "%lld ns", (long long)spans[i]);
		ck_assert(ms * 1000 <= (double)spans[i] / 1000 + 1e-6);
		ck_assert(ms * 1000 > (double)spans[i] / 1000 - 1.001);
	}
}
END_TEST

CHECK_MAIN("clock", a_span_is_the_same_when_it_was_written_and_read,
        monotonic_time_does_not_go_back, dates_are_utc_with_microseconds, wall_time_is_this_century,
        the_identity_of_a_build_names_version_commit_and_mode)

#include <string.h>
#include <time.h>

#include "daemon/template/datetime.h"
#include "daemon/template/prng.h"
#include "daemon/template/zone.h"
#include "tests/unit/check_main.h"

static struct tbuf out = { .max = 4096 };

static void teardown(void)
{
	tbuf_release(&out);
}

static const char *shown(const char *format, const struct datetime *t, const char *abbreviation)
{
	tbuf_reset(&out);
	if (datetime_format(format, strlen(format), t, abbreviation, &out) < 0)
		return "!";
	tbuf_addc(&out, '\0');
	return out.s;
}

/* Against the C library, which knows the same calendar. */
START_TEST(dates_and_formats_are_those_of_libc)
{
	static const char format[] = "%Y-%m-%d %H:%M:%S %j %u %w %U %W %G %V %a %A %b %B %C %e";
	struct prng p;

	prng_seed(&p, 1);
	for (int i = 0; i < 20000; i++) {
		struct datetime t = { .unix_s = (int64_t)prng_below(&p, 250000000000) };
		time_t s = (time_t)t.unix_s;
		struct tm tm;
		char want[200];

		strftime(want, sizeof(want), format, gmtime_r(&s, &tm));
		ck_assert_str_eq(shown(format, &t, NULL), want);
	}
}
END_TEST

START_TEST(days_go_there_and_back)
{
	struct prng p;

	prng_seed(&p, 2);
	for (int i = 0; i < 20000; i++) {
		int64_t days = (int64_t)prng_below(&p, 191000000) - 96000000;
		struct datetime t = { .unix_s = days * 86400 + 86399 };
		struct civil c;

		if (!datetime_civil(&t, &c))
			continue;
		ck_assert_int_eq(datetime_days(c.year, c.month, c.day), days);
		ck_assert_uint_le(c.day, datetime_month_days(c.year, c.month));
		ck_assert_uint_eq(c.hour * 3600 + c.minute * 60 + c.second, 86399);
	}
	ck_assert(!datetime_civil(&(struct datetime){ .unix_s = INT64_MAX }, &(struct civil){ 0 }));
	ck_assert(!datetime_civil(&(struct datetime){ .unix_s = INT64_MIN }, &(struct civil){ 0 }));
}
END_TEST

START_TEST(what_is_lenient_is_read_and_the_rest_is_not)
{
	static const char *const good[][2] = {
		{ "2019-02-03T04:05:06Z", "2019-02-03T04:05:06+00:00" },
		{ "2019-2-3 4:5:6.5 +0130", "2019-02-03T04:05:06.500+01:30" },
		{ "2019-02-03t04:05:06 utc", "2019-02-03T04:05:06+00:00" },
		{ "2019 -02 -03T04 :05 :06\u221201 : 30 ", "2019-02-03T04:05:06-01:30" },
		{ "-0001-01-01T00:00:00Z", "-0001-01-01T00:00:00+00:00" },
		{ "+12345-01-01T00:00:00Z", "+12345-01-01T00:00:00+00:00" },
		{ "2016-12-31T23:59:60.1Z", "2016-12-31T23:59:60.100+00:00" },
		{ "2019-02-03T04:05:06.1234567891Z", "2019-02-03T04:05:06.123456789+00:00" },
	};
	static const char *const bad[] = { "", "2019", "2019-02-03", "2019-02-03T04:05:06",
		"2019-02-29T00:00:00Z", "2019-02-03T24:00:00Z", "2019-02-03T04:05Z",
		"2019-02-03T04:05:06.Z", "2019-02-03T04:05:06+24:00", "2019-02-03T04:05:06+1:00",
		"2019-02-03T04:05:06Zx", "20190-02-03T04:05:06Z",
		"+999999999999999999999-01-01T0:0:0Z", "+262143-01-01T0:0:0Z",
		"2019-02-03T04:05:06+01:60" };
	struct datetime t;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		ck_assert_msg(datetime_read(good[i][0], strlen(good[i][0]), &t), "%s", good[i][0]);
		ck_assert_str_eq(shown("%+", &t, NULL), good[i][1]);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(!datetime_read(bad[i], strlen(bad[i]), &t), "%s", bad[i]);
	ck_assert(datetime_read_naive("2019-02-03T04:05:06 ", 20, &t) && t.offset_s == 0);
	ck_assert(!datetime_read_naive("2019-02-03T04:05:06Z", 20, &t));
	ck_assert(datetime_read_date(" 2019- 2- 3", 11, &t) && t.unix_s == 1549152000);
	ck_assert(!datetime_read_date("2019-02-03 ", 11, &t));
}
END_TEST

START_TEST(formats_that_mean_nothing_are_refused)
{
	static const char *const bad[] = { "%", "%Q", "%-", "%-A", "%_D", "%0n", "%.4f", "%5f",
		"%:", "%::", "%:a", "x%E", "%#z", "%-%", "%\u00e9" };
	const struct datetime t = { .unix_s = 0 };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(strcmp(shown(bad[i], &t, NULL), "!") == 0, "%s", bad[i]);
	ck_assert_str_eq(shown("", &t, NULL), "");
	ck_assert_str_eq(
	        shown("%Z|%z", &(struct datetime){ .offset_s = -34201 }, NULL), "-09:30:01|-0930");
	ck_assert_str_eq(shown("%Z", &t, "CET"), "CET");
}
END_TEST

START_TEST(zones_know_their_past_and_their_rules)
{
	static const struct {
		const char *zone;
		int64_t unix_s;
		int32_t offset_s;
		const char *abbreviation;
	} cases[] = {
		{ "UTC", 0, 0, "UTC" },
		{ "Asia/Tokyo", 1546300800, 32400, "JST" },
		{ "Asia/Kolkata", 0, 19800, "IST" },
		{ "Europe/Berlin", 1553993999, 3600, "CET" }, /* the change of 2019-03-31 */
		{ "Europe/Berlin", 1553994000, 7200, "CEST" },
		{ "Europe/Berlin", -3000000000, 3208, "LMT" },
		{ "America/New_York", 4118256000, -14400, "EDT" }, /* 2100-07-02, by the rule */
		{ "America/New_York", 4133894400, -18000, "EST" }, /* 2100-12-30 */
		{ "Australia/Sydney", 4133894400, 39600, "AEDT" },
		{ "Australia/Lord_Howe", 1546300800, 39600, "+11" },
		{ "Etc/GMT+5", 0, -18000, "-05" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct zone_row *z = zone_find(cases[i].zone, strlen(cases[i].zone));
		struct zone_time t;

		ck_assert_msg(z != NULL, "%s", cases[i].zone);
		zone_at(z, cases[i].unix_s, &t);
		ck_assert_msg(t.offset_s == cases[i].offset_s, "%s %ld: %d", cases[i].zone,
		        cases[i].unix_s, t.offset_s);
		ck_assert_str_eq(t.abbreviation, cases[i].abbreviation);
	}
	ck_assert_ptr_null(zone_find("europe/berlin", 13));
	ck_assert_ptr_null(zone_find("Europe/Berli", 12));
	ck_assert_ptr_null(zone_find("Europe/Berlin\0", 14));
	ck_assert_ptr_null(zone_find("", 0));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { dates_and_formats_are_those_of_libc, days_go_there_and_back,
		what_is_lenient_is_read_and_the_rest_is_not, formats_that_mean_nothing_are_refused,
		zones_know_their_past_and_their_rules };

	return check_run_with("datetime", tests, ARRAY_LEN(tests), NULL, teardown);
}

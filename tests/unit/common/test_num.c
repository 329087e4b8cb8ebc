#include <string.h>

#include "common/clock.h"
#include "common/num.h"
#include "tests/unit/check_main.h"

START_TEST(whole_numbers_take_digits_alone)
{
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "0x1", "1e3", "1.0", "a",
		"1a" };
	struct err e;
	uint64_t v = 99;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_int_eq(str_to_u64(bad[i], 0, UINT64_MAX, &v, &e), -1);
	ck_assert_uint_eq(v, 99);
	ck_assert_int_eq(str_to_u64("0", 0, 9, &v, &e), 0);
	ck_assert_uint_eq(v, 0);
	ck_assert_int_eq(str_to_u64("0042", 0, 99, &v, &e), 0);
	ck_assert_uint_eq(v, 42);
	ck_assert_int_eq(str_to_u64("18446744073709551615", 0, UINT64_MAX, &v, &e), 0);
	ck_assert_uint_eq(v, UINT64_MAX);
}
END_TEST

START_TEST(whole_numbers_respect_their_bounds)
{
	struct err e;
	uint64_t v = 99;

	ck_assert_int_eq(str_to_u64("18446744073709551616", 0, UINT64_MAX, &v, &e), -1);
	ck_assert_int_eq(str_to_u64("99999999999999999999999", 0, UINT64_MAX, &v, &e), -1);
	ck_assert_int_eq(str_to_u64("4", 5, 6, &v, &e), -1);
	ck_assert_str_eq(e.msg, "'4' is not from 5 to 6");
	ck_assert_int_eq(e.code, ERR_INVALID);
	ck_assert_int_eq(str_to_u64("7", 5, 6, &v, &e), -1);
	ck_assert_uint_eq(v, 99);
	ck_assert_int_eq(str_to_u64("6", 5, 6, &v, &e), 0);
}
END_TEST

START_TEST(signed_numbers_reach_both_ends)
{
	struct err e;
	int64_t v = 0;

	ck_assert_int_eq(str_to_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &v, &e), 0);
	ck_assert(v == INT64_MIN);
	ck_assert_int_eq(str_to_i64("9223372036854775807", INT64_MIN, INT64_MAX, &v, &e), 0);
	ck_assert(v == INT64_MAX);
	ck_assert_int_eq(str_to_i64("9223372036854775808", INT64_MIN, INT64_MAX, &v, &e), -1);
	ck_assert_int_eq(str_to_i64("-9223372036854775809", INT64_MIN, INT64_MAX, &v, &e), -1);
	ck_assert_int_eq(str_to_i64("-", INT64_MIN, INT64_MAX, &v, &e), -1);
	ck_assert_int_eq(str_to_i64("--1", INT64_MIN, INT64_MAX, &v, &e), -1);
	ck_assert_int_eq(str_to_i64("-3", -2, 2, &v, &e), -1);
	ck_assert_int_eq(str_to_i64("-0", -2, 2, &v, &e), 0);
	ck_assert_int_eq(v, 0);
}
END_TEST

static int64_t duration(const char *s)
{
	struct err e;
	int64_t ns = -1;

	return dur_parse(s, NS_PER_S, &ns, &e) == 0 ? ns : -1;
}

#define MS(n) ((n)*NS_PER_MS)
#define S(n) ((n)*NS_PER_S)

START_TEST(durations_have_units_and_parts)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{ "500ms", MS(500) },
		{ "30s", S(30) },
		{ "1m30s", S(90) },
		{ "1.5h", S(5400) },
		{ "7d", S(7 * 86400) },
		{ "1000us", MS(1) },
		{ "1500us", 1500000 },
		{ "2sec", S(2) },
		{ "2seconds", S(2) },
		{ "1minute", S(60) },
		{ "2mins", S(120) },
		{ "1hr", S(3600) },
		{ "2hours", S(7200) },
		{ "1day", S(86400) },
		{ "1h2m3s4ms", S(3723) + MS(4) },
		{ "0h1s", S(1) },
		{ "0.001s", MS(1) },
		{ "1.0005s", S(1) + 500000 },
		{ "0.0010000000009s", MS(1) },
		{ "1d0.5h", S(86400 + 1800) },
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		if (duration(good[i].text) != good[i].ns)
			ck_abort_msg(
			        "'%s' is %lld", good[i].text, (long long)duration(good[i].text));
	}
}
END_TEST

START_TEST(durations_refuse_what_is_not_one)
{
	static const char *const bad[] = {
		"",
		" 1s",
		"1s ",
		"1 s",
		"-1s",
		"+1s",
		"s",
		"1x",
		"1S",
		"1s1m",
		"1s1s",
		"1.s",
		".5s",
		"1..5s",
		"1h 2m",
		"0",
		"0s",
		"0.0009s",
		"999us",
		"7d1ms",
		"8d",
		"30 parsecs",
		"1s2",
		"1,5s",
		"1e3s",
		"99999999999999999999s",
		"9999999999999d9999999999999h",
		"inf",
		"nan",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (duration(bad[i]) != -1)
			ck_abort_msg("'%s' was taken", bad[i]);
	}
}
END_TEST

START_TEST(bare_numbers_count_in_the_unit_of_the_key)
{
	struct err e;
	int64_t ns = 0;

	ck_assert_int_eq(dur_parse("30", NS_PER_S, &ns, &e), 0);
	ck_assert_int_eq(ns, S(30));
	ck_assert_int_eq(dur_parse("30", NS_PER_MS, &ns, &e), 0);
	ck_assert_int_eq(ns, MS(30));
	ck_assert_int_eq(dur_parse("1.5", NS_PER_S, &ns, &e), 0);
	ck_assert_int_eq(ns, MS(1500));
	ck_assert_int_eq(dur_parse("0", NS_PER_S, &ns, &e), -1);
	ck_assert_str_eq(e.msg, "'0' is not from 1ms to 7d");
	ck_assert_int_eq(dur_parse("18446744073709551615", NS_PER_S, &ns, &e), -1);
	ck_assert_int_eq(ns, MS(1500));
	ck_assert_int_eq(dur_parse("8d", NS_PER_S, &ns, &e), -1);
	ck_assert_int_eq(dur_parse_to("3650d", NS_PER_S, 3650, &ns, &e), 0);
	ck_assert_int_eq(ns, 3650 * 86400 * NS_PER_S);
	ck_assert_int_eq(dur_parse_to("3651d", NS_PER_S, 3650, &ns, &e), -1);
	ck_assert_str_eq(e.msg, "'3651d' is not from 1ms to 3650d");
}
END_TEST

START_TEST(sizes_are_powers_of_1024_in_any_case)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "67108864", 67108864 },
		{ "64m", 64ull << 20 },
		{ "64M", 64ull << 20 },
		{ "64MiB", 64ull << 20 },
		{ "64mb", 64ull << 20 },
		{ "8G", 8ull << 30 },
		{ "1.5GiB", 3ull << 29 },
		{ "1k", 1024 },
		{ "0", 0 },
		{ "12b", 12 },
		{ "0.5k", 512 },
		{ "2TiB", 2ull << 40 },
	};
	static const char *const bad[] = { "", "m", "-1", "1x", "1 m", "1mi", "1bb", "1bib", "1.m",
		"64mibs", "99999999999t" };
	struct err e;
	uint64_t v = 0;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		if (size_parse(good[i].text, 1, &v, &e) < 0 || v != good[i].bytes)
			ck_abort_msg("'%s'", good[i].text);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (size_parse(bad[i], 1, &v, &e) == 0)
			ck_abort_msg("'%s' was taken", bad[i]);
	}
	ck_assert_int_eq(size_parse("16", 1 << 20, &v, &e), 0);
	ck_assert_uint_eq(v, 16 << 20);
}
END_TEST

static void shows_duration(int64_t ns, const char *want)
{
	AUTO_STRBUF b = STRBUF_INIT;

	dur_format(&b, ns);
	ck_assert_str_eq(b.s, want);
}

START_TEST(durations_for_people)
{
	shows_duration(0, "0 us");
	shows_duration(870400, "870 us");
	shows_duration(999499, "999 us");
	shows_duration(999500, "1.0 ms");
	shows_duration(MS(42) + 100000, "42.1 ms");
	shows_duration(MS(870), "870 ms");
	shows_duration(MS(1200), "1.2 s");
	shows_duration(S(4 * 60 + 50), "4 min");
	shows_duration(S(2 * 3600 + 11 * 60), "2 h 11 min");
	shows_duration(S(2 * 3600), "2 h");
	shows_duration(S(3 * 86400 + 5000), "3 d");
	shows_duration(-MS(5), "-5.0 ms");
	shows_duration(INT64_MIN, "-106751 d");
}
END_TEST

static void shows_size(uint64_t n, const char *want)
{
	AUTO_STRBUF b = STRBUF_INIT;

	size_format(&b, n);
	ck_assert_str_eq(b.s, want);
}

START_TEST(sizes_for_people)
{
	shows_size(0, "0 B");
	shows_size(512, "512 B");
	shows_size(1023, "1023 B");
	shows_size(1024, "1.0 KiB");
	shows_size(1992294, "1.9 MiB");
	shows_size((1 << 20) - 1, "1.0 MiB");
	shows_size(1ull << 30, "1.0 GiB");
	shows_size(500ull << 20, "500 MiB");
	shows_size(UINT64_MAX, "16.0 EiB");
}
END_TEST

CHECK_MAIN("num", whole_numbers_take_digits_alone, whole_numbers_respect_their_bounds,
        signed_numbers_reach_both_ends, durations_have_units_and_parts,
        durations_refuse_what_is_not_one, bare_numbers_count_in_the_unit_of_the_key,
        sizes_are_powers_of_1024_in_any_case, durations_for_people, sizes_for_people)

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/template/value.h"
#include "tests/unit/check_main.h"

static struct arena *a;
static struct terr e = TERR_INIT;
static struct tlimits limits;

static void setup(void)
{
	a = arena_new();
	limits = tlimits_default;
}

static void teardown(void)
{
	arena_free(a);
	terr_release(&e);
}

static struct tvalue json(const char *text)
{
	struct tvalue v;

	ck_assert_msg(tvalue_read_json(text, strlen(text), a, &limits, &v, &e) == 0, "%s", text);
	return v;
}

static const char *kept(struct tbuf *b)
{
	tbuf_addc(b, '\0');

	const char *s = arena_memdup(a, b->s, b->len);

	tbuf_release(b);
	return s;
}

static const char *printed(struct tvalue v)
{
	struct tbuf b = { .max = 1000 };

	tvalue_print(&v, &b);
	return kept(&b);
}

static const char *as_json(struct tvalue v, bool pretty)
{
	struct tbuf b = { .max = 1000 };

	tvalue_json(&v, pretty, &b);
	return kept(&b);
}

START_TEST(each_type_prints_in_its_form)
{
	static const struct {
		const char *json, *printed;
	} cases[] = {
		{ "\"a\\u00e9\\n\"", "a\xc3\xa9\n" },
		{ "-7", "-7" },
		{ "18446744073709551615", "18446744073709551615" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "2.0", "2" },
		{ "1e21", "1000000000000000000000" },
		{ "-0.0", "-0" },
		{ "0.1", "0.1" },
		{ "1e-7", "0.0000001" },
		{ "123.456", "123.456" },
		{ "5e-324", NULL },
		{ "true", "true" },
		{ "null", "" },
		{ "[1, \"a\", [true, null], {}]", "[1, a, [true, ], [object]]" },
		{ "{\"a\": 1}", "[object]" },
		{ "[]", "[]" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (cases[i].printed)
			ck_assert_str_eq(printed(json(cases[i].json)), cases[i].printed);
	ck_assert_uint_eq(strlen(printed(json("5e-324"))), 326);
}
END_TEST

START_TEST(json_form_is_compact_and_sorted)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "{\"b\": [1, 2.0], \"a\": null, \"aa\": {}}",
		        "{\"a\":null,\"aa\":{},\"b\":[1,2.0]}" },
		{ "1e16", "1e16" },
		{ "1e15", "1000000000000000.0" },
		{ "0.00001", "0.00001" },
		{ "0.000001", "1e-6" },
		{ "1.5e300", "1.5e300" },
		{ "12345678901234567890123", "1.2345678901234568e22" },
		{ "-2.5", "-2.5" },
		{ "0.0", "0.0" },
		{ "\"q\\\"\\\\ \\u0001\\b\\f\\r\\t/\\u007f\"",
		        "\"q\\\"\\\\ \\u0001\\b\\f\\r\\t/\x7f\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		ck_assert_str_eq(as_json(json(cases[i].in), false), cases[i].out);
}
END_TEST

START_TEST(pretty_json_has_two_spaces_and_empty_ones_closed)
{
	ck_assert_str_eq(as_json(json("{\"a\": [1, {}], \"b\": [], \"c\": {\"d\": 1}}"), true),
	        "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": [],\n  \"c\": {\n    \"d\": 1\n  "
	        "}\n}");
}
END_TEST

START_TEST(of_equal_keys_the_last_counts)
{
	ck_assert_str_eq(
	        as_json(json("{\"k\":1,\"a\":0,\"k\":2,\"k\":3}"), false), "{\"a\":0,\"k\":3}");
}
END_TEST

START_TEST(reading_back_what_was_written_gives_an_equal_value)
{
	static const char *const texts[] = { "[1.5,2,-3,\"x\",null,true,{\"k\":[{}]}]", "0.1",
		"1e308", "4.9406564584124654e-324", "2.2250738585072014e-308",
		"0.30000000000000004" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct tvalue v = json(texts[i]), again = json(as_json(v, false)),
		              pretty = json(as_json(v, true));

		ck_assert(tvalue_equal(&v, &again));
		ck_assert(tvalue_equal(&v, &pretty));
	}
}
END_TEST

START_TEST(equality_is_deep_and_typed)
{
	struct tvalue v = json("[1, {\"a\": [2]}]"), same = json("[1,{\"a\":[2]}]"),
	              typed = json("[1.0, {\"a\": [2]}]"), shorter = json("[1]");

	ck_assert(tvalue_equal(&v, &same));
	ck_assert(!tvalue_equal(&v, &typed));
	ck_assert(!tvalue_equal(&v, &shorter));
}
END_TEST

START_TEST(truth_is_not_zero_and_not_empty)
{
	static const char *const yes[] = { "1", "-1", "0.5", "\"0\"", "true", "[0]", "{\"a\":0}" };
	static const char *const no[] = { "0", "0.0", "-0.0", "\"\"", "false", "[]", "{}", "null" };

	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		struct tvalue v = json(yes[i]);

		ck_assert_msg(tvalue_truth(&v), "%s", yes[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(no); i++) {
		struct tvalue v = json(no[i]);

		ck_assert_msg(!tvalue_truth(&v), "%s", no[i]);
	}
}
END_TEST

START_TEST(a_path_goes_through_objects_and_arrays)
{
	struct tvalue v = json("{\"a\": [{\"b\": 7}], \"01\": 1}");

	ck_assert_int_eq(tvalue_path(&v, "a.0.b", 5)->i, 7);
	ck_assert_int_eq(tvalue_path(&v, "01", 2)->i, 1);
	ck_assert_ptr_null(tvalue_path(&v, "a.00.b", 6));
	ck_assert_ptr_null(tvalue_path(&v, "a.1.b", 5));
	ck_assert_ptr_null(tvalue_path(&v, "a.0.b.c", 7));
	ck_assert_ptr_null(tvalue_path(&v, "", 0));
}
END_TEST

START_TEST(what_is_no_json_is_refused_with_its_place)
{
	static const char *const bad[] = { "", "{", "[1,]", "{\"a\":1,}", "{a:1}", "01", "1.", ".5",
		"+1", "tru", "\"a", "\"\\x\"", "\"\\ud800\"", "\"\\ude00\"", "\"\n\"", "1 2",
		"\xff", "[1}", "nan", "1e999", "-" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct tvalue v;

		ck_assert_msg(tvalue_read_json(bad[i], strlen(bad[i]), a, &limits, &v, &e) == -1,
		        "%s", bad[i]);
		ck_assert_uint_ge(e.line, 1);
		ck_assert_uint_eq(e.n_causes, 1);
		terr_release(&e);
	}
}
END_TEST

START_TEST(depth_and_size_are_bounded)
{
	char deep[300];
	struct tvalue v;

	memset(deep, '[', 129);
	memset(deep + 129, ']', 129);
	ck_assert_int_eq(tvalue_read_json(deep, 258, a, &limits, &v, &e), -1);
	terr_release(&e);
	ck_assert_int_eq(tvalue_read_json(deep + 1, 256, a, &limits, &v, &e), 0);
	ck_assert_int_eq(tvalue_array(&v, 1, a, &limits, &v, &e), -1);
	terr_release(&e);
	v = json("[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]");
	while (tvalue_size(&v) <= limits.max[TLIMIT_VALUE] / 2) {
		struct tvalue twice[] = { v, v };

		ck_assert_int_eq(tvalue_array(twice, 2, a, &limits, &v, &e), 0);
	}

	struct tvalue twice[] = { v, v };

	ck_assert_int_eq(tvalue_array(twice, 2, a, &limits, &v, &e), -1);
	ck_assert_int_eq(e.kind, TERR_LIMIT);
	ck_assert_str_eq(e.causes[0], "resource limit: value size exceeds 16 MiB");
}
END_TEST

START_TEST(decimals_print_as_they_were_written)
{
	for (int n = 1; n < 30000; n += 7) {
		for (int decimals = 0; decimals < 9; decimals++) {
			char text[32];

			snprintf(
			        text, sizeof(text), "%d.%.*s%d1", n, decimals, "000000000", n % 10);
			ck_assert_str_eq(printed(tvalue_float(strtod(text, NULL))), text);
			ck_assert_str_eq(as_json(tvalue_float(strtod(text, NULL)), false), text);
		}
	}
	ck_assert_str_eq(as_json(tvalue_float(1e14), false), "100000000000000.0");
	ck_assert_str_eq(printed(tvalue_float(123456789012345680.0)), "123456789012345680");
	ck_assert_str_eq(printed(tvalue_float(0.000001)), "0.000001");
	ck_assert_str_eq(printed(tvalue_float(0.1 + 0.2)), "0.30000000000000004");
	ck_assert_str_eq(printed(tvalue_float(1.0 / 3)), "0.3333333333333333");
}
END_TEST

START_TEST(every_double_prints_so_that_it_reads_back_the_same)
{
	uint64_t x = 88172645463325252u;

	for (int i = 0; i < 20000; i++) {
		double f;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(&f, &x, sizeof(f));
		if (!isfinite(f))
			continue;
		ck_assert(strtod(as_json(tvalue_float(f), false), NULL) == f);
		ck_assert(strtod(printed(tvalue_float(f)), NULL) == f);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { each_type_prints_in_its_form,
		json_form_is_compact_and_sorted, pretty_json_has_two_spaces_and_empty_ones_closed,
		of_equal_keys_the_last_counts, reading_back_what_was_written_gives_an_equal_value,
		equality_is_deep_and_typed, truth_is_not_zero_and_not_empty,
		a_path_goes_through_objects_and_arrays, what_is_no_json_is_refused_with_its_place,
		depth_and_size_are_bounded, decimals_print_as_they_were_written,
		every_double_prints_so_that_it_reads_back_the_same };

	return check_run_with("value", tests, ARRAY_LEN(tests), setup, teardown);
}

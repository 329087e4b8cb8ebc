/* Tera's library, called without the engine. What each filter gives is in conformance/templates;
 * here is what a hostile input must not do, and what a template cannot reach. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "daemon/template/libraries.h"
#include "tests/unit/check_main.h"

static int64_t ticks_ns(void *arg)
{
	(void)arg;
	return clock_ns();
}

static int64_t frozen_now(void *arg)
{
	(void)arg;
	return 1735689600123456789;
}

static int32_t east(void *arg, int64_t unix_s)
{
	(void)arg;
	(void)unix_s;
	return 3600;
}

static struct thost host;
static struct tsession session;
static struct terr error = TERR_INIT;
static struct tbuf shown = { .max = 1u << 20 };

static void setup(void)
{
	host = (struct thost){ .ticks_ns = ticks_ns, .now_ns = frozen_now, .seeded = true };
	tsession_init(&session, &host, NULL);
}

static void teardown(void)
{
	tsession_release(&session);
	terr_release(&error);
	tbuf_release(&shown);
}

static struct tvalue json(const char *text)
{
	struct tvalue v;

	ck_assert_msg(tvalue_read_json(
	                      text, strlen(text), session.arena, &session.limits, &v, &error) == 0,
	        "%s", text);
	return v;
}

/* The result as JSON, or "! reason". args is an object, or for tests an array. */
static const char *called(
        enum call_kind kind, const char *name, struct tvalue input, const char *args)
{
	struct tvalue values = json(args), out;
	struct targ list[4];
	struct call c = { .session = &session,
		.error = &error,
		.kind = kind,
		.name = name,
		.input = input,
		.args = list,
		.n_args = values.len };
	const struct builtin *b = library_find(&library_tera, kind, name, strlen(name));

	ck_assert_msg(b != NULL, "there is no '%s'", name);
	for (uint32_t i = 0; i < values.len; i++)
		list[i] = values.type == TVALUE_ARRAY ? (struct targ){ .value = values.a->items[i] }
		                                      : (struct targ){ values.o->members[i].key,
			                                        values.o->members[i].key_len,
			                                        values.o->members[i].value };
	tbuf_reset(&shown);
	if (b->call(&c, &out) < 0) {
		ck_assert_uint_gt(error.n_causes, 0);
		tbuf_printf(&shown, "! %s", error.causes[0]);
		terr_release(&error);
		error = (struct terr)TERR_INIT;
	} else {
		tvalue_json(&out, false, &shown);
	}
	tbuf_addc(&shown, '\0');
	return shown.s;
}

static const char *filtered(const char *name, struct tvalue input, const char *args)
{
	return called(CALL_FILTER, name, input, args);
}

/* n times s. */
static struct tvalue repeated(const char *s, size_t n)
{
	size_t len = strlen(s);
	char *text = arena_alloc(session.arena, n * len + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(text + i * len, s, len);
	return tvalue_str(text, n * len);
}

static bool is_sorted(const struct builtin *rows, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (strcmp(rows[i - 1].name, rows[i].name) >= 0)
			return false;
	return n > 0;
}

START_TEST(tables_are_sorted_as_the_search_wants_them)
{
	ck_assert(is_sorted(library_tera.filters, library_tera.n_filters));
	ck_assert(is_sorted(library_tera.tests, library_tera.n_tests));
	ck_assert(is_sorted(library_tera.functions, library_tera.n_functions));
}
END_TEST

START_TEST(what_grows_past_a_value_ends_at_the_limit)
{
	static const char *const calls[][2] = {
		{ "escape", "{}" },
		{ "urlencode_strict", "{}" },
		{ "replace", "{\"from\":\"<\",\"to\":\"0123456789\"}" },
		{ "replace", "{\"from\":\"\",\"to\":\"0123456789\"}" },
		{ "json_encode", "{}" },
	};
	struct tlimits limits = tlimits_default;
	struct tvalue s;

	limits.max[TLIMIT_VALUE] = 65536;
	limits.max[TLIMIT_ELEMENTS] = 1000;
	tsession_release(&session);
	tsession_init(&session, &host, &limits);
	s = repeated("<\"", 30000);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		ck_assert_str_eq(filtered(calls[i][0], s, calls[i][1]),
		        "! resource limit: value size exceeds 65536");
	ck_assert_str_eq(filtered("indent", repeated("\n", 30000), "{\"blank\":true}"),
	        "! resource limit: value size exceeds 65536");
	ck_assert_str_eq(filtered("split", s, "{\"pat\":\"<\"}"),
	        "! resource limit: range size exceeds 1000");
	ck_assert_str_eq(filtered("split", s, "{\"pat\":\"\"}"),
	        "! resource limit: range size exceeds 1000");
}
END_TEST

/* Of the processor: others may have it for as long as they like. */
static int64_t own_ns(void)
{
	struct timespec t;

	ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* Each of these would be quadratic if it were searched for the end again and again: hours, where a
 * sanitizer takes seconds. */
START_TEST(large_inputs_cost_no_more_than_their_size)
{
	int64_t start = own_ns();

	filtered("striptags", repeated("<!--", 1u << 19), "{}");
	filtered("striptags", repeated("<", 1u << 19), "{}");
	filtered("striptags", repeated("<!--\n", 1u << 19), "{}");
	filtered("spaceless", repeated("> ", 1u << 19), "{}");
	filtered("title", repeated("'", 1u << 19), "{}");
	filtered("lower", repeated("\u03a3'", 1u << 19), "{}");
	filtered("trim_end_matches", repeated("ab", 1u << 19), "{\"pat\":\"ab\"}");
	filtered("truncate", repeated("\u0301", 1u << 19), "{\"length\":3}");
	filtered("slugify", repeated("\u9fff", 1u << 19), "{}");
	ck_assert_int_lt(own_ns() - start, 120 * NS_PER_S);
}
END_TEST

START_TEST(sizes_are_looked_at_before_anything_is_made)
{
	static const struct tvalue none;

	ck_assert_str_eq(called(CALL_FUNCTION, "range", none, "{\"end\":18446744073709551615}"),
	        "! resource limit: range size exceeds 100000");
	ck_assert_str_eq(called(CALL_FUNCTION, "range", none,
	                         "{\"start\":18446744073709551613,\"end\":18446744073709551615}"),
	        "[18446744073709551613,18446744073709551614]");
	ck_assert_str_eq(called(CALL_FUNCTION, "range", none,
	                         "{\"end\":18446744073709551615,\"step_by\":9223372036854775808}"),
	        "[0,9223372036854775808]");
	ck_assert_str_eq(called(CALL_FUNCTION, "get_random", none,
	                         "{\"start\":-9223372036854775808,\"end\":-9223372036854775807}"),
	        "-9223372036854775808");
	session.limits.max[TLIMIT_REGEX] = 4;
	ck_assert_str_eq(called(CALL_TEST, "matching", TVALUE_STR("a"), "[\"aaaaa\"]"),
	        "! resource limit: regex size exceeds 4");
}
END_TEST

START_TEST(attributes_are_found_by_their_paths)
{
	static const char *const cases[][2] = {
		{ "\"a\"", "[1,{\"b\":2,\"c.d\":3,\"e\":[4,5]}]" },
		{ "\"a.b\"", "[2]" },
		{ "\"a[b]\"", "[2]" },
		{ "\"a.\\\"c.d\\\"\"", "[3]" },
		{ "\"a['c.d']\"", "[3]" },
		{ "\"a.e.1\"", "[5]" },
		{ "\"a.e[0]\"", "[4]" },
		{ "\".a..b.\"", "[2]" },
		{ "\"a.e.01\"", "[]" },
		{ "\"a.e.2\"", "[]" },
		{ "\"x\"", "[]" },
		{ "\"a.\\u0000\"", "[1,{\"b\":2,\"c.d\":3,\"e\":[4,5]}]" },
	};
	char args[64];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct tvalue v = json("[{\"a\":1},{\"a\":{\"b\":2,\"c.d\":3,\"e\":[4,5]}}]");

		snprintf(args, sizeof(args), "{\"attribute\":%s}", cases[i][0]);
		ck_assert_str_eq(filtered("map", v, args), cases[i][1]);
	}
}
END_TEST

START_TEST(integers_that_are_equal_as_doubles_stay_apart)
{
	ck_assert_str_eq(
	        filtered("unique", json("[9007199254740993,9007199254740992,9007199254740993]"),
	                "{}"),
	        "[9007199254740993,9007199254740992]");
	ck_assert_str_eq(
	        filtered("abs", json("-9223372036854775808"), "{}"), "9223372036854775808");
}
END_TEST

START_TEST(the_clock_is_the_sessions)
{
	static const struct tvalue none;

	ck_assert_str_eq(called(CALL_FUNCTION, "now", none, "{\"utc\":true}"),
	        "\"2025-01-01T00:00:00.123456789+00:00\"");
	ck_assert_str_eq(called(CALL_FUNCTION, "now", none, "{\"timestamp\":true}"), "1735689600");
	host.utc_offset = east;
	ck_assert_str_eq(called(CALL_FUNCTION, "now", none, "{}"),
	        "\"2025-01-01T01:00:00.123456789+01:00\"");
	host.frozen = true; /* then no zone of the machine shows */
	ck_assert_str_eq(called(CALL_FUNCTION, "now", none, "{}"),
	        "\"2025-01-01T00:00:00.123456789+00:00\"");
}
END_TEST

START_TEST(seeded_random_numbers_are_the_documented_ones)
{
	static const struct tvalue none;
	char first[32];

	snprintf(first, sizeof(first), "%s",
	        called(CALL_FUNCTION, "get_random", none, "{\"end\":1000000}"));
	tsession_release(&session);
	tsession_init(&session, &host, NULL);
	ck_assert_str_eq(called(CALL_FUNCTION, "get_random", none, "{\"end\":1000000}"), first);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { tables_are_sorted_as_the_search_wants_them,
		what_grows_past_a_value_ends_at_the_limit,
		large_inputs_cost_no_more_than_their_size,
		sizes_are_looked_at_before_anything_is_made, attributes_are_found_by_their_paths,
		integers_that_are_equal_as_doubles_stay_apart, the_clock_is_the_sessions,
		seeded_random_numbers_are_the_documented_ones };

	return check_run_with("tera", tests, ARRAY_LEN(tests), setup, teardown);
}

/* Functions and filters of clnrm, called without the engine: arguments and results as JSON. */
#include <string.h>

#include "common/clock.h"
#include "daemon/template/fake.h"
#include "daemon/template/libraries.h"
#include "daemon/template/session.h"
#include "tests/unit/check_main.h"

#define T2025 (1735689600 * NS_PER_S)

static int64_t frozen_now(void *arg)
{
	return *(int64_t *)arg;
}

static const char *one_variable(void *arg, const char *name)
{
	(void)arg;
	return strcmp(name, "HOME") == 0 ? "/root" : strcmp(name, "EMPTY") == 0 ? "" : NULL;
}

static void entropy(void *arg, void *out, size_t n)
{
	static unsigned char next;

	(void)arg;
	for (size_t i = 0; i < n; i++)
		((unsigned char *)out)[i] = next++;
}

static int64_t now_ns = T2025;
static struct thost host = { .arg = &now_ns,
	.now_ns = frozen_now,
	.frozen = true,
	.env = one_variable,
	.entropy = entropy };
static struct tsession session;
static struct terr error = TERR_INIT;
static struct tbuf shown = { .max = 1u << 20 };

static void setup(void)
{
	tsession_init(&session, &host, NULL);
}

static void teardown(void)
{
	tsession_release(&session);
	terr_release(&error);
	tbuf_release(&shown);
}

static void again(void)
{
	tsession_release(&session);
	tsession_init(&session, &host, NULL);
}

static struct tvalue json(const char *text)
{
	struct tvalue v;

	ck_assert_msg(tvalue_read_json(
	                      text, strlen(text), session.arena, &session.limits, &v, &error) == 0,
	        "%s", text);
	return v;
}

/* input is NULL for functions, else that of a filter. Returns the result as JSON, or "! reason". */
static const char *call(const char *name, const char *input, const char *arguments)
{
	struct tvalue args = json(arguments), out;
	struct targ list[8];
	struct call c = { .session = &session,
		.error = &error,
		.kind = input ? CALL_FILTER : CALL_FUNCTION,
		.name = name,
		.args = list,
		.n_args = args.len };
	const struct builtin *b = library_find(&library_clnrm, c.kind, name, strlen(name));

	ck_assert_msg(b != NULL, "there is no '%s'", name);
	c.name = b->name;
	for (uint32_t i = 0; i < args.len; i++) {
		const struct tmember *m = &args.o->members[i];

		list[i] = (struct targ){ m->key, m->key_len, m->value };
	}
	if (input)
		c.input = json(input);
	tbuf_reset(&shown);
	if (b->call(&c, &out) < 0) {
		ck_assert_uint_gt(error.n_causes, 0);
		tbuf_printf(&shown, "! %s", error.causes[0]);
		terr_release(&error);
		error = (struct terr)TERR_INIT;
	} else if (out.type == TVALUE_UNDEFINED) {
		tbuf_printf(&shown, "? %.*s", (int)out.len, out.s);
	} else {
		tvalue_json(&out, false, &shown);
	}
	tbuf_addc(&shown, '\0');
	return shown.s;
}

struct sample {
	const char *name, *args, *want;
};

static void hold(const struct sample *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *got = call(v[i].name, NULL, v[i].args);

		ck_assert_msg(strcmp(got, v[i].want) == 0, "%s(%s) gives %s, not %s", v[i].name,
		        v[i].args, got, v[i].want);
	}
}

START_TEST(seeded_calls_give_what_is_documented)
{
	static const struct sample v[] = {
		{ "rand_hex", "{\"seed\":42}", "\"16c72e0c2e0b7815\"" },
		{ "rand_hex", "{\"seed\":\"42\",\"n\":\"3\"}", "\"16c\"" },
		{ "rand_hex", "{\"seed\":42,\"n\":0}", "\"\"" },
		{ "uuid_v4", "{\"seed\":42}", "\"16c72e0c-2e0b-4815-be3a-116d86d90461\"" },
		{ "fake_uuid", "{\"seed\":42}", "\"16c72e0c-2e0b-4815-be3a-116d86d90461\"" },
		{ "uuid_v7", "{\"seed\":42}", "\"01941f29-7c00-76c7-ae0c-2e0b78157e3a\"" },
		{ "uuid_v7", "{\"seed\":42,\"time\":\"2025-01-01T01:00:00+01:00\"}",
		        "\"01941f29-7c00-76c7-ae0c-2e0b78157e3a\"" },
		{ "ulid", "{\"seed\":42}", "\"01JGFJJZ002CNXZRQVRJN9SAPW\"" },
		{ "fake_uuid_seeded", "{\"seed\":42}", "\"00000000-0000-0000-0000-00000000002a\"" },
		{ "fake_uuid_seeded", "{\"seed\":-1}", "\"00000000-0000-0000-ffff-ffffffffffff\"" },
		{ "fake_uuid_seeded", "{\"seed\":18446744073709551615}",
		        "\"00000000-0000-0000-ffff-ffffffffffff\"" },
		{ "shuffle", "{\"list\":[\"a\",\"b\",\"c\",\"d\",\"e\"],\"seed\":42}",
		        "[\"e\",\"d\",\"c\",\"b\",\"a\"]" },
		{ "shuffle", "{\"array\":[],\"seed\":42}", "[]" },
		{ "sample", "{\"list\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"],\"k\":3,\"seed\":42}",
		        "[\"d\",\"e\",\"c\"]" },
		{ "sample", "{\"array\":[1,2],\"n\":2,\"seed\":1}", "[1,2]" },
		{ "pick", "{\"list\":[1,2,3,4,5,6,7,8,9,10],\"seed\":42}", "1" },
		{ "pick", "{\"array\":[null],\"seed\":1}", "null" },
		{ "fake_string", "{\"seed\":42}", "\"cjryzuswtp\"" },
		{ "fake_semver", "{\"seed\":42}", "\"0.7.68\"" },
		{ "trace_id", "{\"seed\":42}", "\"16c72e0c2e0b78157e3a116d86d90461\"" },
		{ "span_id", "{\"seed\":42}", "\"16c72e0c2e0b7815\"" },
		{ "weighted", "{\"pairs\":[[\"a\",0.01],[\"b\",99]],\"seed\":42}", "\"b\"" },
		{ "weighted", "{\"pairs\":[[\"a\",1],[\"b\",0]],\"seed\":7}", "\"a\"" },
		{ "fake", "{\"kind\":\"uuid.v4\",\"seed\":42}",
		        "\"16c72e0c-2e0b-4815-be3a-116d86d90461\"" },
		{ "fake", "{\"kind\":\"uuid.v4\",\"seed\":42,\"n\":0}", "[]" },
	};

	hold(v, ARRAY_LEN(v));
}
END_TEST

START_TEST(what_needs_no_chance_gives_what_is_documented)
{
	static const struct sample v[] = {
		{ "now_rfc3339", "{}", "\"2025-01-01T00:00:00+00:00\"" },
		{ "now_unix", "{}", "1735689600" },
		{ "now_ms", "{}", "1735689600000" },
		{ "now_plus", "{\"seconds\":-1}", "\"2024-12-31T23:59:59+00:00\"" },
		{ "now_plus", "{\"seconds\":\"3600\"}", "\"2025-01-01T01:00:00+00:00\"" },
		{ "date_rfc3339", "{}", "\"2025-01-01T00:00:00+00:00\"" },
		{ "date_rfc3339", "{\"offset_seconds\":86400}", "\"2025-01-02T00:00:00+00:00\"" },
		{ "sha256", "{\"s\":\"abc\"}",
		        "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"" },
		{ "sha256", "{\"input\":\"\"}",
		        "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"" },
		{ "uuid_v5", "{\"ns\":\"dns\",\"name\":\"python.org\"}",
		        "\"886313e1-3b8a-5372-9b90-0c9aee199e5d\"" },
		{ "env", "{\"name\":\"HOME\"}", "\"/root\"" },
		{ "env", "{\"name\":\"EMPTY\",\"default\":1}", "\"\"" },
		{ "env", "{\"name\":\"NOT_SET\",\"default\":1}", "1" },
		{ "env", "{\"name\":\"NOT_SET\"}", "? Environment variable 'NOT_SET' not found" },
		{ "slug", "{\"s\":\"Hello World 2025!\"}", "\"hello-world-2025\"" },
		{ "slug", "{\"s\":\"CamelCaseString\"}", "\"camelcasestring\"" },
		{ "kebab", "{\"s\":\"HTTPServer\"}", "\"http-server\"" },
		{ "snake", "{\"s\":[1,\"aB\"]}", "\"1_a_b\"" },
		{ "camel", "{\"s\":\"foo_bar-baz\"}", "\"fooBarBaz\"" },
		{ "pascal", "{\"s\":\"foo\"}", "\"Foo\"" },
		{ "toml_encode", "{\"value\":[1,\"a\"]}", "\"[1,\\\"a\\\"]\"" },
		{ "toml_encode", "{\"s\":{\"a\":{\"b\":1.0}}}", "\"{\\\"a\\\"={\\\"b\\\"=1.0}}\"" },
		{ "baggage", "{\"map\":{\"b\":\"x y\",\"a\":1.0,\"c\":[true]}}",
		        "\"a=1,b=x%20y,c=[true]\"" },
		{ "baggage", "{\"map\":{}}", "\"\"" },
	};

	hold(v, ARRAY_LEN(v));
}
END_TEST

START_TEST(a_traceparent_takes_ids_and_makes_the_missing_ones)
{
#define T "0123456789abcdef0123456789abcdef"
#define S "00f067aa0ba902b7"
	static const struct sample v[] = {
		{ "traceparent", "{\"trace_id\":\"" T "\",\"span_id\":\"" S "\"}",
		        "\"00-" T "-" S "-01\"" },
		{ "traceparent", "{\"trace_id\":\"" T "\",\"span_id\":\"" S "\",\"sampled\":0}",
		        "\"00-" T "-" S "-00\"" },
		{ "traceparent", "{\"trace_id\":\"" T "\",\"span_id\":\"" S "\",\"sampled\":true}",
		        "\"00-" T "-" S "-01\"" },
		{ "traceparent", "{\"trace_id\":\"" T "\",\"span_id\":\"" S "\",\"sampled\":171}",
		        "\"00-" T "-" S "-ab\"" },
		{ "traceparent", "{\"span_id\":\"" S "\",\"seed\":42}",
		        "\"00-16c72e0c2e0b78157e3a116d86d90461-" S "-01\"" },
		{ "traceparent", "{\"trace_id\":\"" T "\",\"seed\":41}",
		        "\"00-" T "-16c72e0c2e0b7815-01\"" },
		{ "traceparent", "{\"trace_id\":\"abc\"}",
		        "! traceparent() requires 'trace_id' to have 32 hex digits, got \"abc\"" },
		{ "traceparent", "{\"span_id\":\"" T "\"}",
		        "! traceparent() requires 'span_id' to have 16 hex digits, got \"" T "\"" },
	};

	hold(v, ARRAY_LEN(v));
}
END_TEST

START_TEST(what_is_wrong_is_said)
{
	static const struct sample v[] = {
		{ "env", "{}", "! env() requires 'name' parameter" },
		{ "sha256", "{}", "! sha256() requires 's' parameter" },
		{ "sha256", "{\"s\":1}",
		        "! Function `sha256` received s=1 but `s` can only be a string" },
		{ "now_plus", "{}", "! now_plus() requires 'seconds' parameter" },
		{ "now_plus", "{\"seconds\":9223372036854775807}",
		        "! now_plus() leaves the years 0000 to 9999" },
		{ "now_plus", "{\"seconds\":1.5}",
		        "! Function `now_plus` received seconds=1.5 but `seconds` can only be a "
		        "number" },
		{ "now_plus", "{\"seconds\":\"9223372036854775808\"}",
		        "! now_plus() requires 'seconds' to be -9223372036854775808 to "
		        "9223372036854775807, got \"9223372036854775808\"" },
		{ "rand_hex", "{\"seed\":\"x\"}",
		        "! Function `rand_hex` received seed=\"x\" but `seed` can only be a "
		        "number" },
		{ "rand_hex", "{\"n\":65537}", "! resource limit: count argument exceeds 65536" },
		{ "rand_hex", "{\"n\":-1}",
		        "! rand_hex() requires 'n' to be 0 to 9223372036854775807, got -1" },
		{ "uuid_v5", "{\"ns\":\"nope\",\"name\":\"x\"}", "! Invalid namespace UUID: nope" },
		{ "uuid_v5", "{\"ns\":\"dns\"}", "! uuid_v5() requires 'name' parameter" },
		{ "uuid_v7", "{\"time\":\"now\"}",
		        "! uuid_v7() requires 'time' to be RFC 3339, got \"now\"" },
		{ "ulid", "{\"time\":\"1969-12-31T23:59:59Z\"}",
		        "! ulid() requires 'time' to be 1970 or later" },
		{ "fake_uuid_seeded", "{}", "! fake_uuid_seeded() requires 'seed' parameter" },
		{ "pick", "{\"list\":[]}", "! pick() requires non-empty list" },
		{ "pick", "{}", "! pick() requires 'list' parameter" },
		{ "pick", "{\"list\":\"abc\"}",
		        "! Function `pick` received list=\"abc\" but `list` can only be an array" },
		{ "sample", "{\"list\":[1,2],\"k\":3}",
		        "! sample() k (3) cannot be larger than list size (2)" },
		{ "sample", "{\"list\":[1,2]}", "! sample() requires 'k' parameter" },
		{ "weighted", "{\"pairs\":[]}",
		        "! weighted() requires weights with a sum above 0" },
		{ "weighted", "{\"pairs\":[[\"a\",-1]]}",
		        "! weighted() requires weights of 0 or more, got -1" },
		{ "weighted", "{\"pairs\":[\"a\"]}",
		        "! weighted() requires pairs [value, weight], got \"a\"" },
		{ "weighted", "{\"pairs\":[[\"a\",1e308],[\"b\",1e308]]}",
		        "! weighted() requires weights with a sum above 0" },
		{ "toml_encode", "{\"value\":[null]}", "! toml_encode: null has no TOML form" },
		{ "baggage", "{\"map\":[]}",
		        "! Function `baggage` received map=[] but `map` can only be an object" },
		{ "fake", "{\"kind\":\"name.nick\"}", "! unknown fake kind 'name.nick'" },
		{ "fake", "{}", "! fake() requires 'kind' parameter" },
		{ "fake", "{\"kind\":\"uuid.v4\",\"n\":65537}",
		        "! resource limit: count argument exceeds 65536" },
		{ "fake_password", "{\"min\":9,\"max\":8}",
		        "! fake_password() min is greater than max" },
		{ "fake_int_range", "{\"min\":101}", "! fake_int_range() min is greater than max" },
		{ "fake_words", "{\"count\":70000}",
		        "! resource limit: count argument exceeds 65536" },
		{ "seq", "{}", "! seq() requires 'name' parameter" },
	};

	hold(v, ARRAY_LEN(v));
}
END_TEST

START_TEST(counters_of_a_file_go_their_own_steps)
{
	static const struct sample v[] = {
		{ "seq", "{\"name\":\"a\"}", "0" },
		{ "seq", "{\"name\":\"b\",\"start\":10,\"step\":5}", "10" },
		{ "seq", "{\"name\":\"a\"}", "1" },
		{ "seq", "{\"name\":\"b\",\"start\":99,\"step\":-20}", "-10" },
		{ "seq", "{\"name\":\"b\"}", "-9" },
		{ "seq", "{\"name\":\"big\",\"start\":9223372036854775807}",
		        "9223372036854775807" },
		{ "seq", "{\"name\":\"big\"}", "! seq() counts out of 64 bits" },
	};

	hold(v, ARRAY_LEN(v));
	again();
	hold(v, 1);
}
END_TEST

/* The first two numbers of the stream of seed 42 are the seeds of the first two calls. */
START_TEST(calls_without_a_seed_take_theirs_from_the_stream)
{
	AUTO_STR first = NULL;
	const uint64_t seeds[] = { 0x15780b2e0c2ec716, 0x6104d9866d113a7e };
	static const char *const names[] = { "uuid_v4", "fake_name" };

	host.seeded = true;
	host.seed = 42;
	again();
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_STR got = xstrdup(call(names[i], NULL, "{}"));
		AUTO_STR args = xasprintf("{\"seed\":%llu}", (unsigned long long)seeds[i]);

		ck_assert_str_eq(got, call(names[i], NULL, args)); /* takes nothing */
	}
	again();
	first = xstrdup(call("rand_hex", NULL, "{}"));
	again();
	ck_assert_str_eq(first, call("rand_hex", NULL, "{}"));
	host.seeded = false;
}
END_TEST

START_TEST(without_any_seed_each_call_is_another)
{
	AUTO_STR first = xstrdup(call("uuid_v4", NULL, "{}"));

	ck_assert_str_ne(first, call("uuid_v4", NULL, "{}"));
	ck_assert_uint_eq(strlen(first), 38);
}
END_TEST

START_TEST(unseeded_uuids_of_version_7_increase)
{
	AUTO_STR last = xstrdup("");

	for (int i = 0; i < 500; i++) {
		const char *next = call("uuid_v7", NULL, "{}");

		ck_assert_str_gt(next, last);
		free(last);
		last = xstrdup(next);
	}
}
END_TEST

START_TEST(lists_drawn_by_seed_hold_what_they_are_drawn_from)
{
	unsigned seen = 0;

	for (int seed = 0; seed < 200; seed++) {
		AUTO_STR args = xasprintf("{\"pairs\":[[0,1],[1,1],[2,2]],\"seed\":%d}", seed);

		seen |= 1u << (call("weighted", NULL, args)[0] - '0');
	}
	ck_assert_uint_eq(seen, 7);
	AUTO_STR two = xstrdup(call("fake", NULL, "{\"kind\":\"name.full\",\"n\":2,\"seed\":1}"));
	AUTO_STR one = xstrdup(call("fake", NULL, "{\"kind\":\"name.full\",\"seed\":1}"));

	ck_assert_uint_eq(json(two).len, 2);
	ck_assert_int_eq(strncmp(two + 1, one, strlen(one)), 0); /* drawn in sequence */
}
END_TEST

static void filters_to(const char *name, const char *input, const char *want)
{
	ck_assert_str_eq(call(name, input, "{}"), want);
}

START_TEST(filters_do_what_the_functions_do)
{
	filters_to("camel", "\"foo_bar\"", "\"fooBar\"");
	filters_to("pascal", "\"foo_bar\"", "\"FooBar\"");
	filters_to("snake", "\"fooBar\"", "\"foo_bar\"");
	filters_to("kebab", "{\"aB\":1.5}", "\"a-b-1-5\"");
	filters_to("kebab", "true", "\"true\"");
	filters_to("slug", "\"\u00dcber Caf\u00e9\"", "\"uber-cafe\"");
	filters_to("slug", "[1,2]", "\"1-2\"");
	filters_to("sha256", "\"abc\"",
	        "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"");
	filters_to("sha256", "1",
	        "! Filter `sha256` was called on an incorrect value: got `1` but expected a "
	        "String");
	filters_to("toml_encode", "null", "! toml_encode: null has no TOML form");
}
END_TEST

START_TEST(toml_has_a_form_for_every_value_but_null)
{
	filters_to("toml_encode", "\"a\\\"b\\\\c\\n\\t\\r\\b\\f\\u0001\\u007f\\u000b\\u00e9\"",
	        "\"\\\"a\\\\\\\"b\\\\\\\\c\\\\n\\\\t\\\\r\\\\b\\\\f\\\\u0001\\\\u007F\\\\u000B"
	        "\u00e9\\\"\"");
	filters_to("toml_encode", "2.0", "\"2.0\"");
	filters_to("toml_encode", "1e16", "\"1e16\"");
	filters_to("toml_encode", "-3", "\"-3\"");
	filters_to("toml_encode", "true", "\"true\"");
	filters_to("toml_encode", "[]", "\"[]\"");
	filters_to("toml_encode", "{}", "\"{}\"");
	filters_to("toml_encode", "{\"v\":\"x\",\"k\":\"v\",\"n\":1}",
	        "\"{\\\"k\\\"=\\\"v\\\",\\\"n\\\"=1,\\\"v\\\"=\\\"x\\\"}\"");
}
END_TEST

START_TEST(every_invented_thing_is_a_function_and_tables_are_sorted)
{
	size_t n;
	const struct fake *v = fake_functions(&n);

	for (size_t i = 0; i < n; i++)
		ck_assert_msg(call(v[i].name, NULL, "{\"seed\":1}")[0] != '!', "%s", v[i].name);
	for (size_t i = 1; i < library_clnrm.n_functions; i++)
		ck_assert_str_lt(
		        library_clnrm.functions[i - 1].name, library_clnrm.functions[i].name);
	for (size_t i = 1; i < library_clnrm.n_filters; i++)
		ck_assert_str_lt(library_clnrm.filters[i - 1].name, library_clnrm.filters[i].name);
	ck_assert_uint_ge(library_clnrm.n_functions, 80);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { seeded_calls_give_what_is_documented,
		what_needs_no_chance_gives_what_is_documented,
		a_traceparent_takes_ids_and_makes_the_missing_ones, what_is_wrong_is_said,
		counters_of_a_file_go_their_own_steps,
		calls_without_a_seed_take_theirs_from_the_stream,
		without_any_seed_each_call_is_another, unseeded_uuids_of_version_7_increase,
		lists_drawn_by_seed_hold_what_they_are_drawn_from, filters_do_what_the_functions_do,
		toml_has_a_form_for_every_value_but_null,
		every_invented_thing_is_a_function_and_tables_are_sorted };

	return check_run_with("clnrm", tests, ARRAY_LEN(tests), setup, teardown);
}

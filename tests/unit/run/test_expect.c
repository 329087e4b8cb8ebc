#include "tests/unit/check_main.h"

#include <string.h>

#include "daemon/core/regex.h"
#include "daemon/run/expect_priv.h"

static struct arena *a;
static struct step_result res;
static struct regex *patterns[16];
static size_t n_patterns;

static void setup(void)
{
	a = arena_new();
	res = (struct step_result){ .name = "s" };
	n_patterns = 0;
}

static void teardown(void)
{
	for (size_t i = 0; i < n_patterns; i++)
		regex_free(patterns[i]);
	arena_free(a);
}

static struct pattern pattern(const char *text)
{
	size_t at;
	struct err e;

	patterns[n_patterns] = regex_new(text, &at, &e);
	ck_assert_ptr_nonnull(patterns[n_patterns]);
	return (struct pattern){ .text = text, .re = patterns[n_patterns++] };
}

/* ---- texts ---- */

static size_t judge(const struct text_check *c, const char *text, enum snapshot_mode mode)
{
	const struct step def = { .pos.line = 3 };
	const struct attempt at = { .def = &def, .file = "f", .snapshots = mode };
	const struct text_subject t = {
		.what = "stdout", .s = text, .n = strlen(text), .head = strlen(text)
	};

	res = (struct step_result){ .name = "s" };
	expect_text(c, &t, &at, &res, a);
	return res.n_failures;
}

static size_t rule(struct text_rule r, const char *text)
{
	r.assertion = "expected_stdout.x";
	return judge(&(struct text_check){ .v = &r, .n = 1 }, text, SNAPSHOTS_COMPARED);
}

static struct text_rule text_rule(enum text_rule_id id, const char *s)
{
	return (struct text_rule){ .id = id, .s = s, .len = strlen(s) };
}

START_TEST(each_rule_holds_or_fails)
{
	static const struct {
		enum text_rule_id id;
		const char *s, *good, *bad;
	} rows[] = {
		{ TEXT_EQUALS, "a\nb", "a\nb\n", "a\nb\n\n" },
		{ TEXT_EQUALS, "", "\n", " " },
		{ TEXT_CONTAINS, "bc", "abcd", "acbd" },
		{ TEXT_NOT_CONTAINS, "bc", "acbd", "abcd" },
		{ TEXT_STARTS_WITH, "ab", "abc", "a" },
		{ TEXT_ENDS_WITH, "bc", "abc", "abcd" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ck_assert_uint_eq(rule(text_rule(rows[i].id, rows[i].s), rows[i].good), 0);
		ck_assert_uint_eq(rule(text_rule(rows[i].id, rows[i].s), rows[i].bad), 1);
		ck_assert_int_eq(res.reason, REASON_OUTPUT);
		ck_assert_ptr_nonnull(res.failures[0].message);
	}
}
END_TEST

START_TEST(lines_are_counted_with_the_last_one_that_has_no_end)
{
	static const struct {
		const char *text;
		int64_t n;
	} rows[] = { { "", 0 }, { "\n", 1 }, { "a", 1 }, { "a\n", 1 }, { "a\nb", 2 },
		{ "\n\n", 2 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct text_rule r = { .id = TEXT_LINES,
			.bound = { .has_eq = true, .eq = rows[i].n } };

		ck_assert_uint_eq(rule(r, rows[i].text), 0);
		r.bound.eq++;
		ck_assert_uint_eq(rule(r, rows[i].text), 1);
	}
}
END_TEST

START_TEST(a_diff_is_bounded_and_shows_control_characters)
{
	AUTO_STRBUF text = STRBUF_INIT;

	ck_assert_uint_eq(rule(text_rule(TEXT_EQUALS, "a\nb\n"), "a\n\033[2Jb\n"), 1);
	ck_assert_ptr_nonnull(strstr(res.failures[0].diff, "-b\n+^[[2Jb\n"));
	for (int i = 0; i < 20000; i++)
		strbuf_printf(&text, "line %d\n", i);
	ck_assert_uint_eq(rule(text_rule(TEXT_EQUALS, "x\ny\n"), text.s), 1);
	ck_assert_uint_lt(strlen(res.failures[0].diff), 20000);
	ck_assert_ptr_nonnull(strstr(res.failures[0].diff, " more lines\n"));
	/* One line against another says itself. */
	ck_assert_uint_eq(rule(text_rule(TEXT_EQUALS, "x"), "y"), 1);
	ck_assert_ptr_null(res.failures[0].diff);
}
END_TEST

static const char *normalized(const char *regex, const char *with, const char *text)
{
	struct replacement r = { pattern(regex), with };
	struct text_rule snap = { .id = TEXT_SNAPSHOT, .assertion = "x" };
	const struct text_check c = { .v = &snap, .n = 1, .normalize = &r, .n_normalize = 1 };

	ck_assert_uint_eq(judge(&c, text, SNAPSHOTS_ALL), 0);
	ck_assert_uint_eq(res.n_updates, 1);
	return arena_strndup(a, res.updates[0].text, res.updates[0].len);
}

START_TEST(normalize_replaces_every_match_with_groups)
{
	ck_assert_str_eq(normalized("\\d+", "N", "a1b22c"), "aNbNc");
	ck_assert_str_eq(normalized("(\\w)=(\\w)", "$2=$1 $$0", "a=b c=d"), "b=a $0 d=c $0");
	ck_assert_str_eq(normalized("x*", "-", "axb"), "-a--b-");
	ck_assert_str_eq(normalized("$", "!", "ab"), "ab!");
	ck_assert_str_eq(normalized("", ".", "\xC3\xA4o"), ".\xC3\xA4.o.");
	ck_assert_str_eq(normalized("(a)|(b)", "[$1$2]", "ab"), "[a][b]");
	ck_assert_str_eq(normalized("q", "x", ""), "");
}
END_TEST

START_TEST(snapshots_are_compared_or_written_as_asked)
{
	struct text_rule r = { .id = TEXT_SNAPSHOT,
		.assertion = "snapshot",
		.snapshot = { .path = "p", .real = "/p" } };
	const struct text_check c = { .v = &r, .n = 1 };

	ck_assert_uint_eq(judge(&c, "a", SNAPSHOTS_COMPARED), 1);
	ck_assert_int_eq(res.reason, REASON_SNAPSHOT);
	ck_assert_uint_eq(judge(&c, "a", SNAPSHOTS_MISSING), 0);
	ck_assert(res.n_updates == 1 && res.updates[0].is_new);
	r.snapshot.text = "b";
	r.snapshot.len = 1;
	ck_assert_uint_eq(judge(&c, "a", SNAPSHOTS_MISSING), 1);
	ck_assert_uint_eq(judge(&c, "a", SNAPSHOTS_ALL), 0);
	ck_assert(res.n_updates == 1 && !res.updates[0].is_new);
	ck_assert_uint_eq(judge(&c, "b\n", SNAPSHOTS_ALL), 0);
	ck_assert_uint_eq(res.n_updates, 0);
}
END_TEST

START_TEST(what_was_cut_is_judged_in_parts_alone)
{
	struct text_rule v[] = { text_rule(TEXT_CONTAINS, "headtail"),
		text_rule(TEXT_STARTS_WITH, "he"), text_rule(TEXT_ENDS_WITH, "il"),
		text_rule(TEXT_EQUALS, "headtail"),
		{ .id = TEXT_BYTES, .bound = { .has_eq = true, .eq = 100 } } };
	const struct step def = { .pos.line = 1 };
	const struct attempt at = { .def = &def };
	const struct text_subject t = {
		.what = "stdout", .s = "headtail", .n = 8, .head = 4, .cut = true, .total = 100
	};

	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		v[i].assertion = "x";
	expect_text(&(struct text_check){ .v = v, .n = ARRAY_LEN(v) }, &t, &at, &res, a);
	ck_assert_uint_eq(res.n_failures, 2);
	ck_assert_str_eq(res.failures[0].message, "stdout does not contain \"headtail\"");
	ck_assert_ptr_nonnull(strstr(res.failures[1].message, "output was cut at "));
}
END_TEST

/* ---- JSON ---- */

static struct scalar number(int64_t i)
{
	return (struct scalar){
		.type = SCALAR_INT, .i = i, .s = arena_printf(a, "%lld", (long long)i), .len = 1
	};
}

static struct scalar string(const char *s)
{
	return (struct scalar){ .type = SCALAR_STRING, .s = s, .len = strlen(s) };
}

static const char document[] =
        "{\"a\": {\"b\": [1, 2.5, \"200\"]}, \"x.y\": true, \"n\": null, \"s\": \"abc\"}";

static bool holds(enum operator_id id, struct scalar v, struct json_part *parts, size_t n)
{
	struct operator o = { .id = id, .name = "op", .v = &v, .n = 1 };
	const struct json_check c = { { "$", parts, n }, &o, 1 };
	struct json_verdict verdict;

	return expect_json(&c, document, strlen(document), a, &verdict);
}

START_TEST(values_of_a_document_are_compared_by_value_or_text)
{
	struct json_part b[] = { { "a", 1, 0 }, { "b", 1, 0 }, { NULL, 0, 0 } };
	struct json_part s[] = { { "s", 1, 0 } }, xy[] = { { "x.y", 3, 0 } },
	                 no[] = { { "q", 1, 0 } };

	ck_assert(holds(OP_EQ, number(1), b, 3));
	ck_assert(holds(OP_EQ, string("1"), b, 3));
	ck_assert(!holds(OP_EQ, number(2), b, 3));
	ck_assert(holds(OP_EQ, string("[1,2.5,\"200\"]"), b, 2));
	ck_assert(holds(OP_TYPE, string("array"), b, 2));
	b[2].index = -1;
	ck_assert(holds(OP_EQ, number(200), b, 3));
	ck_assert(holds(OP_GTE, number(200), b, 3));
	ck_assert(!holds(OP_GT, number(200), b, 3));
	b[2].index = 1;
	ck_assert(holds(OP_LT, number(3), b, 3) && holds(OP_TYPE, string("double"), b, 3));
	b[2].index = 3;
	ck_assert(!holds(OP_NE, number(3), b, 3));
	ck_assert(holds(OP_CONTAINS, string("b"), s, 1) && holds(OP_GLOB, string("a*c"), s, 1));
	ck_assert(holds(OP_STARTS_WITH, string("ab"), s, 1) &&
	          !holds(OP_ENDS_WITH, string("b"), s, 1));
	ck_assert(holds(OP_GT, string("abb"), s, 1) && !holds(OP_GT, number(1), s, 1));
	ck_assert(holds(OP_EQ,
	        (struct scalar){ .type = SCALAR_BOOL, .b = true, .s = "true", .len = 4 }, xy, 1));
	ck_assert(holds(OP_EXISTS, (struct scalar){ .type = SCALAR_BOOL, .b = false }, no, 1));
	ck_assert(!holds(OP_EXISTS, (struct scalar){ .type = SCALAR_BOOL, .b = false }, s, 1));
}
END_TEST

static bool is_array(struct scalar *v, size_t n, struct json_part *parts, size_t n_parts)
{
	struct operator o = { .id = OP_ARRAY, .name = "eq", .v = v, .n = n };
	const struct json_check c = { { "$", parts, n_parts }, &o, 1 };
	struct json_verdict verdict;

	return expect_json(&c, document, strlen(document), a, &verdict);
}

START_TEST(an_array_has_these_elements_and_no_others)
{
	struct json_part b[] = { { "a", 1, 0 }, { "b", 1, 0 } }, no[] = { { "q", 1, 0 } };
	struct scalar v[] = { number(1), { .type = SCALAR_FLOAT, .f = 2.5, .s = "2.5", .len = 3 },
		string("200"), number(3) };

	ck_assert(is_array(v, 3, b, 2));
	ck_assert(!is_array(v, 2, b, 2) && !is_array(v, 4, b, 2));
	ck_assert(!is_array(v, 1, b, 1) && !is_array(v, 0, no, 1));
	v[0] = number(2);
	ck_assert(!is_array(v, 3, b, 2));
}
END_TEST

/* ---- captures ---- */

START_TEST(captures_are_put_in_place_once)
{
	struct env_var v[] = { { "x", "${capture.y}" }, { "y", "$(id)" } };
	const struct captures c = { v, 2 };
	const char *argv[] = { "p", "<${capture.x}|${capture.y}>", "${capture.", "$y", NULL };
	struct env_var env[] = { { "A", "${capture.y}!" } };
	const struct step def = { .argv = { argv, 4 },
		.env = env,
		.n_env = 1,
		.stdin_data = "in ${capture.y}",
		.stdin_len = 15,
		.stdin_text = true };
	const char *missing;
	struct step out;
	struct err e;

	ck_assert_int_eq(captures_expand(&c, &def, a, &out, &missing, &e), 0);
	ck_assert_str_eq(out.argv.v[1], "<${capture.y}|$(id)>");
	ck_assert_str_eq(out.argv.v[2], "${capture.");
	ck_assert_str_eq(out.argv.v[3], "$y");
	ck_assert_str_eq(out.env[0].value, "$(id)!");
	ck_assert_str_eq(out.env[1].name, "CLNRM_CAPTURE_x");
	ck_assert_str_eq(out.env[2].name, "CLNRM_CAPTURE_X");
	ck_assert_uint_eq(out.n_env, 5);
	ck_assert(out.stdin_len == 8 && memcmp(out.stdin_data, "in $(id)", 8) == 0);
	argv[1] = "${capture.z}";
	ck_assert_int_eq(captures_expand(&c, &def, a, &out, &missing, &e), -1);
	ck_assert_str_eq(missing, "z");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_rule_holds_or_fails,
		lines_are_counted_with_the_last_one_that_has_no_end,
		a_diff_is_bounded_and_shows_control_characters,
		normalize_replaces_every_match_with_groups,
		snapshots_are_compared_or_written_as_asked,
		what_was_cut_is_judged_in_parts_alone,
		values_of_a_document_are_compared_by_value_or_text,
		an_array_has_these_elements_and_no_others,
		captures_are_put_in_place_once,
	};

	return check_run_with("expect", tests, ARRAY_LEN(tests), setup, teardown);
}

#include "tests/unit/check_main.h"

#include <string.h>

#include "common/strbuf.h"
#include "daemon/config/load.h"

static int parse(const char *text, struct arena *a, struct json_path *out, size_t *bad)
{
	struct err e;

	return jsonpath_parse(text, strlen(text), a, out, bad, &e);
}

START_TEST(a_path_names_one_value)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct json_path p;
	size_t bad;

	ck_assert_int_eq(parse("$", a, &p, &bad), 0);
	ck_assert_uint_eq(p.n, 0);
	ck_assert_int_eq(parse("$.a.b-c[0][-2]['x.y'][\"it's\"]", a, &p, &bad), 0);
	ck_assert_uint_eq(p.n, 6);
	ck_assert_str_eq(p.v[1].key, "b-c");
	ck_assert(!p.v[2].key && p.v[2].index == 0 && p.v[3].index == -2);
	ck_assert_str_eq(p.v[4].key, "x.y");
	ck_assert_str_eq(p.v[5].key, "it's");
}
END_TEST

START_TEST(a_bad_path_says_where)
{
	static const struct {
		const char *text;
		size_t at;
	} rows[] = { { "", 0 }, { "a", 0 }, { "$a", 1 }, { "$.", 2 }, { "$..a", 2 }, { "$[", 2 },
		{ "$[]", 2 }, { "$[x]", 2 }, { "$[1", 3 }, { "$['a]", 3 }, { "$.*", 2 },
		{ "$[*]", 2 }, { "$[99999999999]", 2 }, { "$.a b", 3 } };
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct json_path p;
	size_t bad;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ck_assert_msg(parse(rows[i].text, a, &p, &bad) < 0, "%s", rows[i].text);
		ck_assert_msg(bad == rows[i].at, "%s: %zu", rows[i].text, bad);
	}
}
END_TEST

START_TEST(a_path_is_no_deeper_than_a_document)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	AUTO_STRBUF b = STRBUF_INIT;
	struct json_path p;
	size_t bad;

	strbuf_addc(&b, '$');
	for (int i = 0; i < 128; i++)
		strbuf_adds(&b, "[0]");
	ck_assert_int_eq(parse(b.s, a, &p, &bad), 0);
	strbuf_adds(&b, "[0]");
	ck_assert_int_eq(parse(b.s, a, &p, &bad), -1);
}
END_TEST

CHECK_MAIN("jsonpath", a_path_names_one_value, a_bad_path_says_where,
        a_path_is_no_deeper_than_a_document)

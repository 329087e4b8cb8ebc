#include <string.h>

#include "common/strbuf.h"
#include "daemon/template/ident.h"
#include "tests/unit/check_main.h"

#define MS_2025 1735689600000u

static void is_uuid(struct uuid u, const char *want)
{
	AUTO_STRBUF b = STRBUF_INIT;

	uuid_put(&u, &b);
	ck_assert_str_eq(b.s, want);
}

static struct prng seeded(uint64_t seed)
{
	struct prng r;

	prng_seed(&r, seed);
	return r;
}

START_TEST(what_seed_42_gives_is_what_is_promised)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct prng r = seeded(42);

	is_uuid(uuid_v4(&r), "16c72e0c-2e0b-4815-be3a-116d86d90461");
	r = seeded(42);
	is_uuid(uuid_v7(MS_2025, &r), "01941f29-7c00-76c7-ae0c-2e0b78157e3a");
	r = seeded(42);
	ulid_put(MS_2025, &r, &b);
	ck_assert_str_eq(b.s, "01JGFJJZ002CNXZRQVRJN9SAPW");
	is_uuid(uuid_of_number(42), "00000000-0000-0000-0000-00000000002a");
	is_uuid(uuid_of_number(UINT64_MAX), "00000000-0000-0000-ffff-ffffffffffff");
}
END_TEST

/* The example of RFC 9562, appendix A.4, and those of Python's documentation of uuid5(). */
START_TEST(version_5_is_that_of_the_rfc)
{
	struct uuid ns;

	ck_assert(uuid_namespace("dns", 3, &ns));
	is_uuid(uuid_v5(&ns, "www.example.com", 15), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
	is_uuid(uuid_v5(&ns, "python.org", 10), "886313e1-3b8a-5372-9b90-0c9aee199e5d");
	ck_assert(uuid_namespace("6ba7b810-9DAD-11d1-80b4-00c04fd430c8", 36, &ns));
	is_uuid(uuid_v5(&ns, "python.org", 10), "886313e1-3b8a-5372-9b90-0c9aee199e5d");
	ck_assert(uuid_namespace("6ba7b8109dad11d180b400c04fd430c8", 32, &ns));
	is_uuid(uuid_v5(&ns, "python.org", 10), "886313e1-3b8a-5372-9b90-0c9aee199e5d");
}
END_TEST

START_TEST(a_namespace_is_a_uuid_or_one_of_four_names)
{
	static const char *const good[] = { "dns", "url", "oid", "x500" };
	static const char *const bad[] = { "", "DNS", "dn", "dnsx", "6ba7b810",
		"6ba7b810-9dad-11d1-80b4-00c04fd430c", "6ba7b810-9dad-11d1-80b4-00c04fd430cg",
		"6ba7b810-9dad-11d1-80b400c04fd430c8-", "6ba7b810x9dad-11d1-80b4-00c04fd430c8" };
	struct uuid u;

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		ck_assert(uuid_namespace(good[i], strlen(good[i]), &u));
	is_uuid(u, "6ba7b814-9dad-11d1-80b4-00c04fd430c8");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(!uuid_namespace(bad[i], strlen(bad[i]), &u), "'%s'", bad[i]);
}
END_TEST

START_TEST(the_next_of_version_7_is_greater_and_keeps_its_form)
{
	struct uuid u = { { 0x01, 0x94, 0x1f, 0x29, 0x7c, 0x00, 0x7f, 0xff, 0xbf, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff } };

	is_uuid(uuid_v7_next(&u), "01941f29-7c01-7000-8000-000000000000");
	u.b[15] = 0xfe;
	is_uuid(uuid_v7_next(&u), "01941f29-7c00-7fff-bfff-ffffffffffff");
	u.b[8] = 0x80;
	u.b[15] = 0xff;
	is_uuid(uuid_v7_next(&u), "01941f29-7c00-7fff-8100-000000000000");
}
END_TEST

START_TEST(ids_of_traces_are_never_all_zero)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct prng r = { { 0, 0, 0, 1 } }; /* the first output is 0 */

	trace_hex_put(&r, SPAN_ID_DIGITS, &b);
	ck_assert_uint_eq(b.len, SPAN_ID_DIGITS);
	ck_assert_str_ne(b.s, "0000000000000000");
	ck_assert(is_trace_hex(b.s, b.len, SPAN_ID_DIGITS));
	ck_assert(is_trace_hex("00aF", 4, 4));
	ck_assert(!is_trace_hex("00a", 3, 4));
	ck_assert(!is_trace_hex("00ag", 4, 4));
}
END_TEST

START_TEST(baggage_keeps_its_octets_and_encodes_the_rest)
{
	AUTO_STRBUF b = STRBUF_INIT;

	baggage_value_put("a-Z!0 ,;\"\\%\x7f\xc3\xa9", 14, &b);
	ck_assert_str_eq(b.s, "a-Z!0%20%2C%3B%22%5C%25%7F%C3%A9");
}
END_TEST

CHECK_MAIN("ident", what_seed_42_gives_is_what_is_promised, version_5_is_that_of_the_rfc,
        a_namespace_is_a_uuid_or_one_of_four_names,
        the_next_of_version_7_is_greater_and_keeps_its_form, ids_of_traces_are_never_all_zero,
        baggage_keeps_its_octets_and_encodes_the_rest)

#include <string.h>

#include "common/mem.h"
#include "daemon/core/digest.h"
#include "daemon/core/regex.h"
#include "daemon/template/fake.h"
#include "daemon/template/moment.h"
#include "daemon/template/words.h"
#include "tests/unit/check_main.h"

#define SEEDS 300

struct shape {
	const char *name;
	enum fake_type type;
	const char *pattern; /* of the text, or of the number in decimal */
};

#define LATIN "[a-z]+"
#define DOMAIN "[a-z]+\\.[a-z.]+"
#define WORDS "[A-Za-z][A-Za-z ]*"
#define SENTENCE(n) "[A-Z][a-z]*( [a-z]+){" n "}\\."
#define IPV4 "(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}"
#define IPV6 "[0-9a-f]{1,4}(:[0-9a-f]{1,4}){7}"
#define UUID4 "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
#define EMAIL "[a-z.]+@"
#define DATE "(19[789]\\d|20[012]\\d|203[0-7])-(0[1-9]|1[012])-([012]\\d|3[01])"
#define TIME "([01]\\d|2[0-3])(:[0-5]\\d){2}"
#define PASSWORD "[^\\s'\"`{}\\\\]"

static const struct shape shapes[] = {
	{ "fake_name", FAKE_TEXT, "[A-Z][a-z]+ [A-Z][a-z]+" },
	{ "fake_first_name", FAKE_TEXT, "[A-Z][a-z]+" },
	{ "fake_last_name", FAKE_TEXT, "[A-Z][a-z]+" },
	{ "fake_title", FAKE_TEXT, "[A-Z][a-z]+\\.?" },
	{ "fake_suffix", FAKE_TEXT, "[A-Za-z]+\\.?" },
	{ "fake_email", FAKE_TEXT, EMAIL "example\\.(com|net|org)" },
	{ "fake_username", FAKE_TEXT, "[a-z0-9_.]+" },
	{ "fake_password", FAKE_TEXT, PASSWORD "{8,20}" },
	{ "fake_domain", FAKE_TEXT, DOMAIN },
	{ "fake_url", FAKE_TEXT, "https://" DOMAIN },
	{ "fake_ipv4", FAKE_TEXT, IPV4 },
	{ "fake_ipv6", FAKE_TEXT, IPV6 },
	{ "fake_mac_address", FAKE_TEXT, "[0-9A-F]{2}(:[0-9A-F]{2}){5}" },
	{ "fake_user_agent", FAKE_TEXT, "Mozilla/5\\.0 \\(.+" },
	{ "fake_street", FAKE_TEXT, WORDS },
	{ "fake_city", FAKE_TEXT, WORDS },
	{ "fake_state", FAKE_TEXT, WORDS },
	{ "fake_country", FAKE_TEXT, WORDS },
	{ "fake_zip", FAKE_TEXT, "\\d{5}" },
	{ "fake_address", FAKE_TEXT, "\\d+ " WORDS ", " WORDS },
	{ "fake_latitude", FAKE_TEXT, "-?([0-8]?\\d\\.\\d{6}|90\\.0{6})" },
	{ "fake_longitude", FAKE_TEXT, "-?((\\d?\\d|1[0-7]\\d)\\.\\d{6}|180\\.0{6})" },
	{ "fake_phone", FAKE_TEXT, "\\+1-555-\\d{3}-\\d{4}" },
	{ "fake_cell_phone", FAKE_TEXT, "\\(555\\) \\d{3}-\\d{4}" },
	{ "fake_company", FAKE_TEXT, WORDS },
	{ "fake_company_suffix", FAKE_TEXT, "[A-Za-z]+" },
	{ "fake_industry", FAKE_TEXT, WORDS },
	{ "fake_profession", FAKE_TEXT, WORDS },
	{ "fake_word", FAKE_TEXT, LATIN },
	{ "fake_words", FAKE_TEXT, LATIN " " LATIN " " LATIN },
	{ "fake_sentence", FAKE_TEXT, SENTENCE("3,9") },
	{ "fake_paragraph", FAKE_TEXT, SENTENCE("3,9") "( " SENTENCE("3,9") "){2,6}" },
	{ "fake_int", FAKE_INT, "\\d{1,3}" },
	{ "fake_int_range", FAKE_INT, "\\d\\d?|100" },
	{ "fake_port", FAKE_INT, "\\d{4,5}" },
	{ "fake_float", FAKE_FLOAT, "\\d{1,3}\\.\\d+" },
	{ "fake_bool", FAKE_BOOL, "[01]" },
	{ "fake_date", FAKE_TEXT, DATE },
	{ "fake_time", FAKE_TEXT, TIME },
	{ "fake_datetime", FAKE_TEXT, DATE "T" TIME "\\+00:00" },
	{ "fake_timestamp", FAKE_INT, "\\d+" },
	{ "fake_credit_card", FAKE_TEXT, "4\\d{15}" },
	{ "fake_currency_code", FAKE_TEXT, "[A-Z]{3}" },
	{ "fake_currency_name", FAKE_TEXT, WORDS },
	{ "fake_currency_symbol", FAKE_TEXT, ".+" },
	{ "fake_filename", FAKE_TEXT, LATIN "\\.[a-z0-9]+" },
	{ "fake_extension", FAKE_TEXT, "[a-z0-9]+" },
	{ "fake_mime_type", FAKE_TEXT, "[a-z]+/[a-z0-9.+-]+" },
	{ "fake_file_path", FAKE_TEXT, "/[a-z]+/[a-z]+\\.[a-z0-9]+" },
	{ "fake_color", FAKE_TEXT, LATIN },
	{ "fake_hex_color", FAKE_TEXT, "#[0-9A-F]{6}" },
	{ "fake_rgb_color", FAKE_TEXT, "rgb\\(\\d{1,3}, \\d{1,3}, \\d{1,3}\\)" },
	{ "fake_string", FAKE_TEXT, "[a-z]{10}" },
	{ "fake_semver", FAKE_TEXT, "\\d\\.1?\\d\\.\\d\\d?" },
	{ "fake_uuid", FAKE_TEXT, UUID4 },
	{ "name.full", FAKE_TEXT, "[A-Z][a-z]+ [A-Z][a-z]+" },
	{ "name.first", FAKE_TEXT, "[A-Z][a-z]+" },
	{ "name.last", FAKE_TEXT, "[A-Z][a-z]+" },
	{ "name.title", FAKE_TEXT, "[A-Z][a-z]+\\.?" },
	{ "internet.email.safe", FAKE_TEXT, EMAIL "example\\.(com|net|org)" },
	{ "internet.email.free", FAKE_TEXT, EMAIL DOMAIN },
	{ "internet.username", FAKE_TEXT, "[a-z0-9_.]+" },
	{ "internet.domain.suffix", FAKE_TEXT, "[a-z.]+" },
	{ "internet.ip.any", FAKE_TEXT, IPV4 "|" IPV6 },
	{ "internet.ip.v4", FAKE_TEXT, IPV4 },
	{ "internet.ip.v6", FAKE_TEXT, IPV6 },
	{ "internet.password", FAKE_TEXT, PASSWORD "{8,20}" },
	{ "address.city", FAKE_TEXT, WORDS },
	{ "address.country", FAKE_TEXT, WORDS },
	{ "address.street.name", FAKE_TEXT, WORDS },
	{ "address.street.address", FAKE_TEXT, "\\d+ " WORDS },
	{ "address.zip", FAKE_TEXT, "\\d{5}" },
	{ "address.tz", FAKE_TEXT, "[A-Z][A-Za-z_/]+" },
	{ "company.name", FAKE_TEXT, WORDS },
	{ "company.buzzword", FAKE_TEXT, "[a-z-]+" },
	{ "company.industry", FAKE_TEXT, WORDS },
	{ "company.profession", FAKE_TEXT, WORDS },
	{ "lorem.word", FAKE_TEXT, LATIN },
	{ "lorem.sentence", FAKE_TEXT, SENTENCE("3,9") },
	{ "lorem.paragraph", FAKE_TEXT, SENTENCE("3,9") "( " SENTENCE("3,9") "){2,6}" },
	{ "phone.number", FAKE_TEXT, "\\+1-555-\\d{3}-\\d{4}" },
	{ "uuid.v4", FAKE_TEXT, UUID4 },
};

/* With the arguments that are not given. */
static void make(const char *name, struct prng *r, struct fake_value *out)
{
	const struct fake *f = fake_function(name);
	const struct fake_kind *k = fake_kind(name, strlen(name));
	int64_t args[FAKE_MAX_PARAMS] = { 0 };

	ck_assert_msg(f || k, "there is no '%s'", name);
	for (size_t i = 0; f && i < FAKE_MAX_PARAMS; i++)
		args[i] = f->params[i].dflt;
	*out = (struct fake_value){ .text = STRBUF_INIT };
	if (f)
		f->make(r, args, out);
	else
		k->make(r, k->args, out);
}

static void make_seeded(const char *name, uint64_t seed, struct fake_value *out)
{
	struct prng r;

	prng_seed(&r, seed);
	make(name, &r, out);
}

static void put_number(struct fake_value *v)
{
	if (v->type == FAKE_INT)
		strbuf_printf(&v->text, "%lld", (long long)v->i);
	if (v->type == FAKE_FLOAT)
		strbuf_printf(&v->text, "%.17f", v->f);
	if (v->type == FAKE_BOOL)
		strbuf_printf(&v->text, "%d", v->b);
}

START_TEST(everything_has_the_shape_that_is_documented)
{
	size_t n_functions, n_kinds;

	fake_functions(&n_functions);
	fake_kinds(&n_kinds);
	ck_assert_uint_eq(n_functions + n_kinds, ARRAY_LEN(shapes));
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		AUTO_STR pattern = xasprintf("\\A(?:%s)\\z", shapes[i].pattern);
		size_t at;
		struct err e;
		CLEANUP(regex_free) struct regex *re = regex_new(pattern, &at, &e);

		ck_assert_msg(re != NULL, "%s", pattern);
		for (uint64_t seed = 0; seed < SEEDS; seed++) {
			struct fake_value v;

			make_seeded(shapes[i].name, seed, &v);
			ck_assert_int_eq(v.type, shapes[i].type);
			put_number(&v);
			ck_assert_msg(regex_match(re, v.text.s, v.text.len, NULL, NULL, &e) == 1,
			        "%s gives '%s'", shapes[i].name, v.text.s);
			strbuf_release(&v.text);
		}
	}
}
END_TEST

START_TEST(what_seed_42_gives_is_what_is_promised)
{
	struct fake_value v;

	make_seeded("fake_string", 42, &v);
	ck_assert_str_eq(v.text.s, "cjryzuswtp");
	strbuf_release(&v.text);
	make_seeded("fake_semver", 42, &v);
	ck_assert_str_eq(v.text.s, "0.7.68");
	strbuf_release(&v.text);
	make_seeded("uuid.v4", 42, &v);
	ck_assert_str_eq(v.text.s, "16c72e0c-2e0b-4815-be3a-116d86d90461");
	strbuf_release(&v.text);
}
END_TEST

/* Lists and draws are what tests of others rest on: this digest changes with a major version only.
 */
START_TEST(no_release_changes_what_a_seed_gives)
{
	CLEANUP(digest_free) struct digest_ctx *c = digest_new();
	struct digest d;
	char hex[DIGEST_HEX];

	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		for (uint64_t seed = 0; seed < SEEDS; seed++) {
			struct fake_value v;

			make_seeded(shapes[i].name, seed, &v);
			put_number(&v);
			digest_add_str(c, v.text.s);
			strbuf_release(&v.text);
		}
	}
#define LIST(name)                                  \
	for (size_t i = 0; i < words_##name.n; i++) \
		digest_add_str(c, words_##name.v[i]);
	WORD_LISTS(LIST)
#undef LIST
	digest_end(c, &d);
	digest_hex(&d, hex);
	ck_assert_str_eq(hex, "2673c03fae53449ee117581c6801e020baae387680f6dda972640d1cac5223d3");
}
END_TEST

START_TEST(lists_of_names_words_and_cities_are_long_and_ascii)
{
	const struct words *const lists[] = { &words_first_names, &words_last_names, &words_latin,
		&words_cities };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		ck_assert_uint_ge(lists[i]->n, 50);
		for (size_t k = 0; k < lists[i]->n; k++)
			for (const char *p = lists[i]->v[k]; *p; p++)
				ck_assert((unsigned char)*p < 0x80);
	}
	ck_assert_uint_eq(words_currency_codes.n, words_currency_names.n);
	ck_assert_uint_eq(words_currency_codes.n, words_currency_symbols.n);
}
END_TEST

START_TEST(parts_of_time_are_of_one_moment)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct fake_value date, time, both, number;
		AUTO_STRBUF joined = STRBUF_INIT;
		struct moment m;

		make_seeded("fake_date", seed, &date);
		make_seeded("fake_time", seed, &time);
		make_seeded("fake_datetime", seed, &both);
		make_seeded("fake_timestamp", seed, &number);
		strbuf_printf(&joined, "%sT%s+00:00", date.text.s, time.text.s);
		ck_assert_str_eq(joined.s, both.text.s);
		ck_assert(moment_parse(both.text.s, both.text.len, &m));
		ck_assert_int_eq(m.s, number.i);
		strbuf_release(&date.text);
		strbuf_release(&time.text);
		strbuf_release(&both.text);
	}
}
END_TEST

static bool is_luhn(const char *digits)
{
	int sum = 0;

	for (size_t n = strlen(digits), i = 0; i < n; i++) {
		int d = (digits[n - 1 - i] - '0') << (i % 2);

		sum += d % 10 + d / 10;
	}
	return sum % 10 == 0;
}

START_TEST(card_numbers_pass_the_check_of_luhn)
{
	ck_assert(is_luhn("4111111111111111"));
	ck_assert(!is_luhn("4111111111111112"));
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct fake_value v;

		make_seeded("fake_credit_card", seed, &v);
		ck_assert_msg(is_luhn(v.text.s), "%s", v.text.s);
		strbuf_release(&v.text);
	}
}
END_TEST

START_TEST(ranges_include_both_ends)
{
	unsigned seen = 0;
	struct prng r;

	prng_seed(&r, 1);
	for (int i = 0; i < 100; i++) {
		struct fake_value v = { .text = STRBUF_INIT };

		fake_function("fake_int_range")->make(&r, (int64_t[]){ 3, 5 }, &v);
		seen |= 1u << v.i;
		fake_function("fake_password")->make(&r, (int64_t[]){ 1, 2 }, &v);
		ck_assert(v.text.len == 1 || v.text.len == 2);
		seen |= 0x100u << v.text.len;
		strbuf_release(&v.text);
	}
	ck_assert_uint_eq(seen, 0x38 | 0x600);
}
END_TEST

START_TEST(a_ratio_is_a_percentage)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct fake_value v = { .text = STRBUF_INIT };
		struct prng r;

		prng_seed(&r, seed);
		fake_function("fake_bool")->make(&r, (int64_t[]){ 0 }, &v);
		ck_assert(!v.b);
		fake_function("fake_bool")->make(&r, (int64_t[]){ 100 }, &v);
		ck_assert(v.b);
	}
}
END_TEST

CHECK_MAIN("fake", everything_has_the_shape_that_is_documented,
        what_seed_42_gives_is_what_is_promised, no_release_changes_what_a_seed_gives,
        lists_of_names_words_and_cities_are_long_and_ascii, parts_of_time_are_of_one_moment,
        card_numbers_pass_the_check_of_luhn, ranges_include_both_ends, a_ratio_is_a_percentage)

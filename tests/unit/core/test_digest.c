#include <string.h>

#include "daemon/core/digest.h"
#include "daemon/core/id.h"
#include "tests/unit/check_main.h"

static void is_digest(const struct digest *d, const char *want)
{
	char hex[DIGEST_HEX];

	digest_hex(d, hex);
	ck_assert_str_eq(hex, want);
}

#define OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

START_TEST(the_examples_of_fips_180)
{
	struct digest d;

	digest_of("", 0, &d);
	is_digest(&d, OF_NOTHING);
	digest_of("abc", 3, &d);
	is_digest(&d, OF_ABC);
	digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, &d);
	is_digest(&d, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}
END_TEST

START_TEST(a_context_is_as_new_after_each_end)
{
	CLEANUP(digest_free) struct digest_ctx *c = digest_new();
	struct digest d;

	for (int i = 0; i < 3; i++) {
		digest_add(c, "a", 1);
		digest_add(c, "", 0);
		digest_add(c, "bc", 2);
		digest_end(c, &d);
		is_digest(&d, OF_ABC);
	}
	digest_end(c, &d);
	is_digest(&d, OF_NOTHING);
}
END_TEST

START_TEST(strings_do_not_flow_together)
{
	CLEANUP(digest_free) struct digest_ctx *c = digest_new();
	struct digest a, b, plain;

	digest_add_str(c, "ab");
	digest_add_str(c, "c");
	digest_end(c, &a);
	digest_add_str(c, "a");
	digest_add_str(c, "bc");
	digest_end(c, &b);
	ck_assert_mem_ne(a.b, b.b, sizeof(a.b));
	digest_of("ab\0c", 5, &plain);
	ck_assert_mem_eq(a.b, plain.b, sizeof(a.b));
}
END_TEST

START_TEST(names_are_short_start_with_a_letter_and_differ)
{
	static char names[1000][RUN_ID_LEN + 1];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		id_make(names[i], RUN_ID_LEN);
		ck_assert_uint_eq(strlen(names[i]), RUN_ID_LEN);
		ck_assert_uint_eq(strspn(names[i], "abcdefghijkmnpqrstuvwxyz23456789"), RUN_ID_LEN);
		ck_assert(names[i][0] >= 'a' && names[i][0] <= 'z');
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(names[i], names[j]);
	}
}
END_TEST

START_TEST(sha1_of_the_examples_of_fips_180_wherever_they_are_cut)
{
	static const uint8_t abc[SHA1_BYTES] = { 0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a,
		0xba, 0x3e, 0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d };
	uint8_t got[SHA1_BYTES];

	for (size_t cut = 0; cut <= 3; cut++) {
		sha1_of_two("abc", cut, &"abc"[cut], 3 - cut, got);
		ck_assert_mem_eq(got, abc, sizeof(abc));
	}
}
END_TEST

CHECK_MAIN("digest", sha1_of_the_examples_of_fips_180_wherever_they_are_cut,
        the_examples_of_fips_180, a_context_is_as_new_after_each_end, strings_do_not_flow_together,
        names_are_short_start_with_a_letter_and_differ)

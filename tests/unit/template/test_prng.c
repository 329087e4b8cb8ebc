#include <string.h>

#include "daemon/template/prng.h"
#include "tests/unit/check_main.h"

static struct prng p;

START_TEST(seed_42_gives_the_documented_outputs)
{
	static const uint64_t want[] = { 0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1,
		0xecb8ad4703b360a1 };
	static const uint64_t state[] = { 0xbdd732262feb6e95, 0x28efe333b266f103,
		0x47526757130f9f52, 0x581ce1ff0e4ae394 };

	prng_seed(&p, 42);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(p.s[i], state[i]);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(prng_next(&p), want[i]);
}
END_TEST

START_TEST(numbers_below_ten_are_the_documented_ones)
{
	static const unsigned want[] = { 0, 3, 6, 9, 9, 7, 7, 8 };

	prng_seed(&p, 42);
	for (int i = 0; i < 8; i++)
		ck_assert_uint_eq(prng_below(&p, 10), want[i]);
}
END_TEST

START_TEST(numbers_stay_below_their_bound)
{
	prng_seed(&p, 7);
	for (uint64_t n = 1; n < 2000; n++)
		ck_assert_uint_lt(prng_below(&p, n), n);
	for (int i = 0; i < 1000; i++)
		ck_assert_uint_lt(prng_below(&p, UINT64_MAX - 3), UINT64_MAX - 3);
}
END_TEST

START_TEST(floats_are_at_least_0_and_below_1)
{
	prng_seed(&p, 7);
	for (int i = 0; i < 10000; i++) {
		double f = prng_float(&p);

		ck_assert(f >= 0.0 && f < 1.0);
	}
}
END_TEST

START_TEST(hex_digits_are_those_of_the_bytes)
{
	char hex[17] = "";
	uint8_t bytes[8];

	prng_seed(&p, 42);
	prng_hex(&p, hex, 16);
	ck_assert_str_eq(hex, "16c72e0c2e0b7815");
	prng_seed(&p, 42);
	prng_bytes(&p, bytes, 8);
	ck_assert_uint_eq(bytes[0], 0x16);
	ck_assert_uint_eq(bytes[7], 0x15);
	prng_seed(&p, 42);
	memset(hex, 0, sizeof(hex));
	prng_hex(&p, hex, 3);
	ck_assert_str_eq(hex, "16c");
}
END_TEST

CHECK_MAIN("prng", seed_42_gives_the_documented_outputs, numbers_below_ten_are_the_documented_ones,
        numbers_stay_below_their_bound, floats_are_at_least_0_and_below_1,
        hex_digits_are_those_of_the_bytes)

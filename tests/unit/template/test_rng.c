#include "common/strbuf.h"
#include "daemon/template/rng.h"
#include "tests/unit/check_main.h"

START_TEST(splitmix64_gives_the_outputs_that_are_promised)
{
	static const uint64_t want[] = { 0xbdd732262feb6e95, 0x28efe333b266f103, 0x47526757130f9f52,
		0x581ce1ff0e4ae394 };
	uint64_t state = 42;

	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		ck_assert_uint_eq(splitmix64(&state), want[i]);
}
END_TEST

START_TEST(a_seeded_generator_gives_the_outputs_that_are_promised)
{
	static const uint64_t want[] = { 0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1,
		0xecb8ad4703b360a1 };
	struct rng r;

	rng_seed(&r, 42);
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		ck_assert_uint_eq(rng_next(&r), want[i]);
}
END_TEST

START_TEST(below_gives_the_draws_that_are_promised)
{
	static const uint64_t want[] = { 0, 3, 6, 9, 9, 7, 7, 8 };
	struct rng r;

	rng_seed(&r, 42);
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		ck_assert_uint_eq(rng_below(&r, 10), want[i]);
}
END_TEST

START_TEST(below_stays_below_and_reaches_every_value)
{
	static const uint64_t bounds[] = { 1, 2, 3, 7, 32, (1ull << 63) + 1, UINT64_MAX };
	struct rng r;

	for (uint64_t seed = 0; seed < 200; seed++)
		for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
			rng_seed(&r, seed);
			ck_assert_uint_lt(rng_below(&r, bounds[i]), bounds[i]);
		}
	unsigned seen = 0;

	rng_seed(&r, 1);
	for (int i = 0; i < 200; i++)
		seen |= 1u << rng_below(&r, 7);
	ck_assert_uint_eq(seen, 0x7f);
}
END_TEST

/* Half of the outputs are drawn again here, so that a wrong bound would show. */
START_TEST(below_draws_again_where_some_values_would_be_favoured)
{
	uint64_t n = (1ull << 63) + 1, least = -n % n;
	struct rng r, raw;

	for (uint64_t seed = 0; seed < 100; seed++) {
		unsigned __int128 m;

		rng_seed(&r, seed);
		rng_seed(&raw, seed);
		do
			m = (unsigned __int128)rng_next(&raw) * n;
		while ((uint64_t)m < least);
		ck_assert_uint_eq(rng_below(&r, n), (uint64_t)(m >> 64));
		ck_assert_uint_eq(rng_next(&r), rng_next(&raw));
	}
}
END_TEST

START_TEST(between_includes_both_ends_and_the_whole_range)
{
	struct rng r;
	unsigned seen = 0;

	rng_seed(&r, 3);
	for (int i = 0; i < 100; i++)
		seen |= 1u << (rng_between(&r, -1, 1) + 1);
	ck_assert_uint_eq(seen, 7);
	ck_assert_int_eq(rng_between(&r, 5, 5), 5);
	rng_seed(&r, 42);
	ck_assert_int_eq(rng_between(&r, INT64_MIN, INT64_MAX),
	        (int64_t)(0x15780b2e0c2ec716 + (uint64_t)INT64_MIN));
}
END_TEST

START_TEST(floats_are_in_the_unit_interval)
{
	struct rng r;

	rng_seed(&r, 42);
	ck_assert(rng_float(&r) == (double)(0x15780b2e0c2ec716 >> 11) * 0x1p-53);
	for (int i = 0; i < 1000; i++) {
		double f = rng_float(&r);

		ck_assert(f >= 0 && f < 1);
	}
}
END_TEST

START_TEST(bytes_and_hex_digits_are_outputs_in_little_endian_order)
{
	static const unsigned char want[] = { 0x16, 0xc7, 0x2e, 0x0c, 0x2e, 0x0b, 0x78, 0x15,
		0x7e };
	AUTO_STRBUF b = STRBUF_INIT;
	unsigned char got[9];
	struct rng r;

	rng_seed(&r, 42);
	rng_bytes(&r, got, sizeof(got));
	ck_assert_mem_eq(got, want, sizeof(want));
	rng_seed(&r, 42);
	rng_hex(&r, &b, 19);
	ck_assert_str_eq(b.s, "16c72e0c2e0b78157e3");
	rng_seed(&r, 42);
	strbuf_reset(&b);
	rng_hex(&r, &b, 0);
	ck_assert_str_eq(b.s, "");
	ck_assert_uint_eq(rng_next(&r), 0x15780b2e0c2ec716);
}
END_TEST

START_TEST(the_system_gives_another_state_each_time)
{
	struct rng a, b;

	rng_from_system(&a);
	rng_from_system(&b);
	ck_assert_mem_ne(&a, &b, sizeof(a));
}
END_TEST

CHECK_MAIN("rng", splitmix64_gives_the_outputs_that_are_promised,
        a_seeded_generator_gives_the_outputs_that_are_promised,
        below_gives_the_draws_that_are_promised, below_stays_below_and_reaches_every_value,
        below_draws_again_where_some_values_would_be_favoured,
        between_includes_both_ends_and_the_whole_range, floats_are_in_the_unit_interval,
        bytes_and_hex_digits_are_outputs_in_little_endian_order,
        the_system_gives_another_state_each_time)

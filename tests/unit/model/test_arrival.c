/* When output came: pieces, their text, and reading it back. */
#include <check.h>
#include <string.h>

#include "daemon/model/arrival.h"
#include "tests/unit/check_main.h"

static struct arrivals a;
static struct arena *arena;

static void setup(void)
{
	arena = arena_new();
	a = (struct arrivals){ .last = false };
}

static void teardown(void)
{
	arrivals_release(&a);
	arena_free(arena);
}

START_TEST(nothing_that_came_is_no_text)
{
	ck_assert_ptr_null(arrivals_text(&a, false, 0, 0, arena));
	arrivals_add(&a, true, 3, 10);
	ck_assert_ptr_null(arrivals_text(&a, false, 0, 0, arena));
	ck_assert_str_eq(arrivals_text(&a, true, 3, 3, arena), "3:10");
}
END_TEST

START_TEST(pieces_within_a_millisecond_are_one_unless_the_other_stream_came_between)
{
	arrivals_add(&a, false, 1, 100);
	arrivals_add(&a, false, 2, 1099);
	arrivals_add(&a, false, 4, 1100);
	ck_assert_str_eq(arrivals_text(&a, false, 7, 7, arena), "3:100 4:1000");
	arrivals_reset(&a);
	arrivals_add(&a, false, 1, 100);
	arrivals_add(&a, true, 1, 101);
	arrivals_add(&a, false, 2, 102);
	ck_assert_str_eq(arrivals_text(&a, false, 3, 3, arena), "1:100 2:2");
	ck_assert_str_eq(arrivals_text(&a, true, 1, 1, arena), "1:101");
}
END_TEST

START_TEST(a_time_that_goes_back_is_the_one_before)
{
	arrivals_add(&a, false, 1, 5000);
	arrivals_add(&a, true, 1, 0);
	arrivals_add(&a, false, 1, 4000);
	ck_assert_str_eq(arrivals_text(&a, false, 2, 2, arena), "1:5000 1:0");
}
END_TEST

/* 3 bytes of head, 90 that were left out, 2 of tail. */
START_TEST(what_was_left_out_came_with_what_follows_it)
{
	arrivals_add(&a, false, 3, 0);
	arrivals_add(&a, false, 2, 9000);
	const char *text = arrivals_text(&a, false, 3, 95, arena);

	ck_assert_str_eq(text, "3:0 92:9000");
	struct arrival_reader r = { .at = text };
	ck_assert_uint_eq(arrival_of(&r, 2), 0);
	ck_assert_uint_eq(arrival_of(&r, 3), 9000);
	ck_assert_uint_eq(arrival_of(&r, 94), 9000);
	arrivals_reset(&a);
	arrivals_add(&a, false, 5, 7);
	ck_assert_str_eq(arrivals_text(&a, false, 3, 95, arena), "95:7");
}
END_TEST

START_TEST(a_million_pieces_are_few_and_in_order)
{
	uint64_t last = 0, wrong = 0;

	for (uint64_t i = 0; i < 1000000; i++)
		arrivals_add(&a, i % 2, 1, i * 2000);
	for (int s = 0; s < 2; s++) {
		ck_assert_uint_le(a.n[s], ARRIVALS_MAX);
		ck_assert_uint_gt(a.n[s], ARRIVALS_MAX / 8);
	}
	const char *text = arrivals_text(&a, false, 500000, 500000, arena);
	struct arrival_reader r = { .at = text };

	ck_assert_uint_lt(strlen(text), 24 * ARRIVALS_MAX);
	for (uint64_t i = 0; i < 500000; i++) {
		uint64_t us = arrival_of(&r, i);

		wrong += us < last || us > i * 4000;
		last = us;
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_gt(last, 1900000000);
}
END_TEST

START_TEST(a_text_that_makes_no_sense_ends_there)
{
	static const char *const bad[] = { "", "x", "1", "1:", "1:2x", ":", "-1:2", "1:2,3:4",
		"18446744073709551616" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct arrival_reader r = { .at = bad[i] };

		ck_assert_uint_eq(arrival_of(&r, 1000), 0);
	}
	struct arrival_reader none = { .at = NULL }, half = { .at = "5:10 7" },
	                      huge = { .at = "1:99999999999999999999 1:9999999999999999999" };
	ck_assert_uint_eq(arrival_of(&none, 3), 0);
	ck_assert_uint_eq(arrival_of(&half, 100), 10);
	ck_assert_uint_eq(arrival_of(&huge, 1), 1ull << 53);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nothing_that_came_is_no_text,
		pieces_within_a_millisecond_are_one_unless_the_other_stream_came_between,
		a_time_that_goes_back_is_the_one_before,
		what_was_left_out_came_with_what_follows_it,
		a_million_pieces_are_few_and_in_order,
		a_text_that_makes_no_sense_ends_there,
	};

	return check_run_with("arrival", tests, ARRAY_LEN(tests), setup, teardown);
}

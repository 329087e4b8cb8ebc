#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "common/mem.h"
#include "tests/unit/check_main.h"

START_TEST(zero_bytes_are_an_allocation_too)
{
	void *p = xmalloc(0), *q = xcalloc(0, 8), *r = xrealloc(NULL, 0), *s = xmemdup("", 0);

	ck_assert(p && q && r && s);
	free(p);
	free(q);
	free(r);
	free(s);
}
END_TEST

START_TEST(copies_of_strings)
{
	AUTO_STR a = xstrdup("abc");
	AUTO_STR b = xstrndup("abcdef", 3);
	AUTO_STR c = xstrndup("ab", 9);
	AUTO_STR d = xasprintf("%s-%d", "x", 5);

	ck_assert_str_eq(a, "abc");
	ck_assert_str_eq(b, "abc");
	ck_assert_str_eq(c, "ab");
	ck_assert_str_eq(d, "x-5");
}
END_TEST

START_TEST(growing_keeps_the_content_and_at_least_doubles_by_half)
{
	size_t cap = 0;
	int *v = NULL;

	for (int i = 0; i < 1000; i++) {
		size_t before = cap;

		v = xgrow(v, &cap, (size_t)i + 1, sizeof(*v));
		ck_assert_uint_gt(cap, i);
		if (before && cap != before)
			ck_assert_uint_ge(cap, before + before / 2);
		v[i] = i;
	}
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(v[i], i);
	free(v);
}
END_TEST

START_TEST(growing_to_less_changes_nothing)
{
	size_t cap = 10;
	char *v = xmalloc(10);

	ck_assert_ptr_eq(xgrow(v, &cap, 10, 1), v);
	ck_assert_uint_eq(cap, 10);
	free(v);
}
END_TEST

START_TEST(an_overflowing_product_aborts)
{
	volatile size_t huge = SIZE_MAX / 2;

	free(xreallocarray(NULL, huge, 4));
}
END_TEST

START_TEST(an_arena_aborts_on_an_overflowing_product)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	volatile size_t huge = SIZE_MAX / 2;

	arena_array(a, huge, 4);
}
END_TEST

/* It takes huge pages then; what was handed out before and after stays. */
START_TEST(an_arena_that_grows_large_is_as_one_that_is_small)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	CLEANUP(arena_free) struct arena *other = arena_new();
	size_t n = 100000, bytes = 0, dirty = 0;
	uint64_t **v = arena_array(other, n, sizeof(*v));

	for (size_t i = 0; i < n; i++) {
		size_t size = 16 + i % 13 * 16;

		v[i] = arena_alloc(a, size);
		for (size_t k = 0; k < size / 8; k++) {
			dirty += v[i][k] != 0;
			v[i][k] = i;
		}
		bytes += size;
	}
	for (size_t i = 0; i < n; i++)
		dirty += v[i][0] != i || v[i][1] != i;
	ck_assert_uint_eq(dirty, 0);
	ck_assert_uint_ge(arena_bytes(a), bytes);
	ck_assert_uint_le(arena_bytes(a), bytes + (4 << 20));
	arena_merge(other, STEAL(a));
	ck_assert_uint_eq(v[n - 1][0], n - 1);
}
END_TEST

START_TEST(arena_memory_is_zeroed_aligned_and_apart)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	unsigned char *last = NULL;

	for (size_t n = 0; n < 3000; n += 7) {
		unsigned char *p = arena_alloc(a, n);

		ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			ck_assert_uint_eq(p[i], 0);
		memset(p, 0xAA, n);
		ck_assert_ptr_ne(p, last);
		last = p;
	}
}
END_TEST

START_TEST(large_pieces_do_not_waste_the_block_in_use)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	char *small = arena_alloc(a, 16);
	char *large = arena_alloc(a, 1 << 20);
	char *next = arena_alloc(a, 16);

	memset(large, 1, 1 << 20);
	ck_assert_ptr_eq(next, small + 16);
	ck_assert_uint_ge(arena_bytes(a), 1 << 20);
	ck_assert_uint_le(arena_bytes(a), (1 << 20) + 8192);
}
END_TEST

START_TEST(arena_strings)
{
	CLEANUP(arena_free) struct arena *a = arena_new();

	ck_assert_str_eq(arena_strdup(a, "abc"), "abc");
	ck_assert_ptr_null(arena_strdup(a, NULL));
	ck_assert_str_eq(arena_strndup(a, "abcdef", 2), "ab");
	ck_assert_str_eq(arena_strndup(a, "ab", 200), "ab");
	ck_assert_str_eq(arena_printf(a, "%d/%s", 12, "x"), "12/x");
	ck_assert_str_eq(arena_printf(a, "%s", ""), "");
	ck_assert_int_eq(memcmp(arena_memdup(a, "a\0b", 3), "a\0b", 3), 0);
}
END_TEST

START_TEST(an_arena_takes_over_what_is_large_and_all_of_another)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct arena *b = arena_new();
	size_t before = arena_bytes(a);
	char *first = arena_strdup(a, "first"), *second = arena_strdup(b, "second");

	arena_own(b, xstrdup("of malloc"), 10);
	arena_own(a, xmalloc(100000), 100000);
	arena_merge(a, b);
	ck_assert_uint_gt(arena_bytes(a), before + 100010);
	/* What was there stays where it is; both are freed once, with a. */
	ck_assert_str_eq(first, "first");
	ck_assert_str_eq(second, "second");
	ck_assert_str_eq(arena_strdup(a, "third"), "third");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mem");
	TCase *tc = tcase_create("mem");

	tcase_add_test(tc, zero_bytes_are_an_allocation_too);
	tcase_add_test(tc, copies_of_strings);
	tcase_add_test(tc, growing_keeps_the_content_and_at_least_doubles_by_half);
	tcase_add_test(tc, growing_to_less_changes_nothing);
	tcase_add_test_raise_signal(tc, an_overflowing_product_aborts, SIGABRT);
	tcase_add_test_raise_signal(tc, an_arena_aborts_on_an_overflowing_product, SIGABRT);
	tcase_add_test(tc, arena_memory_is_zeroed_aligned_and_apart);
	tcase_add_test(tc, an_arena_that_grows_large_is_as_one_that_is_small);
	tcase_add_test(tc, large_pieces_do_not_waste_the_block_in_use);
	tcase_add_test(tc, arena_strings);
	tcase_add_test(tc, an_arena_takes_over_what_is_large_and_all_of_another);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Results under their keys: what is kept, how long, and what `why` is told. */
#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/cache/results.h"

static struct metrics *metrics;
static struct result_cache *cache;
static struct kept_result kept;
static struct key_part parts[3];
static struct result_key key;

static void setup(void)
{
	metrics = metrics_new("1", "b");
	cache = result_cache_new(metrics, 4, 1 << 20);
	parts[0] = (struct key_part){ CAUSE_DEFINITION, "", "one" };
	parts[1] = (struct key_part){ CAUSE_ENV, "A", "1" };
	parts[2] = (struct key_part){ CAUSE_INPUT, "/a", "x" };
	key = (struct result_key){ .parts = parts, .n_parts = 3 };
	result_key_seal(cache, &key);
}

static void teardown(void)
{
	result_cache_free(cache);
	metrics_free(metrics);
}

static void put(const char *definition, size_t bytes)
{
	struct scenario_result *r = scenario_result_new();

	arena_alloc(r->arena, bytes);
	parts[0].value = definition;
	result_key_seal(cache, &key);
	result_cache_put(cache, definition, &key, r, "run1");
	scenario_result_unref(r);
}

static bool has(const char *definition)
{
	parts[0].value = definition;
	result_key_seal(cache, &key);
	return result_cache_get(cache, &key, &kept);
}

/* Neighbours do not flow together, and nothing of a part is left out. */
START_TEST(each_part_counts)
{
	char before[65];

	memcpy(before, key.hex, sizeof(before));
	for (size_t i = 0; i < 3; i++) {
		const struct key_part was = parts[i];

		parts[i].value = "other";
		result_key_seal(cache, &key);
		ck_assert_str_ne(before, key.hex);
		parts[i] = was;
		parts[i].name = "other";
		result_key_seal(cache, &key);
		ck_assert_str_ne(before, key.hex);
		parts[i] = was;
	}
	parts[1] = (struct key_part){ CAUSE_ENV, "A1", "" };
	result_key_seal(cache, &key);
	ck_assert_str_ne(before, key.hex);
	key.n_parts = 2;
	result_key_seal(cache, &key);
	ck_assert_str_ne(before, key.hex);
}
END_TEST

START_TEST(a_result_is_found_under_its_key_alone)
{
	ck_assert(!has("a"));
	put("a", 10);
	ck_assert(has("a"));
	ck_assert_str_eq(kept.run, "run1");
	ck_assert_int_gt(kept.wall_ns, 0);
	ck_assert(!has("b"));
	result_cache_clear(cache);
	ck_assert(!has("a"));
	ck_assert_ptr_null(result_cache_last(cache, "a", &kept));
}
END_TEST

/* What the history says lives as long as the run that asked. */
START_TEST(what_is_recalled_is_the_caches_own)
{
	struct arena *a = arena_new();
	struct scenario_result *r = scenario_result_new();
	struct recalled x = { .parts = arena_array(a, 3, sizeof(*x.parts)),
		.n_parts = 3,
		.key = arena_strdup(a, key.hex),
		.run = "run0",
		.wall_ns = 5,
		.result = r };
	const struct result_key *last;

	for (size_t i = 0; i < 3; i++)
		x.parts[i] = (struct key_part){ parts[i].kind, arena_strdup(a, parts[i].name),
			arena_strdup(a, parts[i].value) };
	ck_assert(!result_cache_knows(cache, "s"));
	result_cache_recall(cache, "s", &x);
	scenario_result_unref(r);
	memset((char *)(uintptr_t)x.parts[1].name, 'x', strlen(x.parts[1].name));
	arena_free(a);
	ck_assert(result_cache_knows(cache, "s"));
	ck_assert(result_cache_get(cache, &key, &kept));
	ck_assert_str_eq(kept.run, "run0");
	ck_assert_int_eq(kept.wall_ns, 5);
	ck_assert_ptr_eq(kept.stored, kept.result);
	last = result_cache_last(cache, "s", &kept);
	ck_assert_ptr_nonnull(last);
	ck_assert_int_eq(last->parts[0].kind, CAUSE_DEFINITION);
	ck_assert_str_eq(last->parts[2].value, "x");
	result_cache_unstore(cache);
	ck_assert(result_cache_get(cache, &key, &kept));
	ck_assert_ptr_null(kept.stored);
}
END_TEST

START_TEST(that_nothing_is_known_is_known_until_something_is)
{
	uint64_t age = result_cache_age(cache);

	result_cache_recall(cache, "a", &(struct recalled){ 0 });
	ck_assert(result_cache_knows(cache, "a"));
	ck_assert_ptr_null(result_cache_last(cache, "a", &kept));
	put("a", 10);
	ck_assert_ptr_nonnull(result_cache_last(cache, "a", &kept));
	/* Newer than what the history says. */
	result_cache_recall(cache, "a", &(struct recalled){ 0 });
	ck_assert_ptr_nonnull(result_cache_last(cache, "a", &kept));
	ck_assert_uint_eq(result_cache_age(cache), age);
	result_cache_clear(cache);
	ck_assert(!result_cache_knows(cache, "a"));
	ck_assert_uint_ne(result_cache_age(cache), age);
}
END_TEST

START_TEST(what_was_made_of_a_result_goes_with_it)
{
	const struct shown_of of = { 7, NULL };
	struct scenario_result *again;

	put("a", 10);
	ck_assert(result_cache_get(cache, &key, &kept));
	ck_assert_ptr_null(kept.again);
	again = scenario_result_again(kept.result);
	result_cache_again(cache, &key, again, of);
	result_cache_stored(cache, &key, again);
	ck_assert_uint_eq(again->refs, 3);
	ck_assert(result_cache_get(cache, &key, &kept));
	ck_assert_ptr_eq(kept.again, again);
	ck_assert_uint_eq(kept.of.file, 7);
	ck_assert_ptr_eq(kept.stored, again);
	put("a", 10);
	ck_assert_uint_eq(again->refs, 1);
	ck_assert(result_cache_get(cache, &key, &kept));
	ck_assert_ptr_null(kept.again);
	ck_assert_ptr_null(kept.stored);
	scenario_result_unref(again);
}
END_TEST

START_TEST(the_one_used_longest_ago_goes)
{
	put("a", 10), put("b", 10), put("c", 10), put("d", 10);
	ck_assert(has("a"));
	put("e", 10);
	ck_assert(has("a") && has("c") && has("d") && has("e"));
	ck_assert(!has("b"));
}
END_TEST

START_TEST(bytes_are_bounded)
{
	put("a", 300 << 10), put("b", 300 << 10), put("c", 300 << 10);
	ck_assert(has("a") && has("b") && has("c"));
	put("d", 300 << 10);
	ck_assert(!has("a"));
	ck_assert(has("d"));
	/* One that would push out many others is not kept. */
	put("huge", 9 << 20);
	ck_assert(!has("huge"));
	ck_assert(has("d"));
	result_cache_drop(cache, &key);
	ck_assert(!has("d"));
	put("d", 10);
	result_cache_limit(cache, 0);
	put("e", 10);
	ck_assert(!has("e") && !has("d"));
}
END_TEST

START_TEST(the_last_key_of_a_scenario_is_known)
{
	struct scenario_result *r = scenario_result_new();
	const struct result_key *last;

	ck_assert_ptr_null(result_cache_last(cache, "t::s", &kept));
	result_cache_put(cache, "t::s", &key, r, "run1");
	parts[2].value = "y";
	result_key_seal(cache, &key);
	result_cache_put(cache, "t::s", &key, r, "run2");
	scenario_result_unref(r);
	last = result_cache_last(cache, "t::s", &kept);
	ck_assert_str_eq(last->hex, key.hex);
	ck_assert_str_eq(kept.run, "run2");
	ck_assert_uint_eq(last->n_parts, 3);
	/* Of its own: the caller's parts are gone by then. */
	ck_assert_ptr_ne(last->parts[2].value, parts[2].value);
	ck_assert_str_eq(last->parts[2].value, "y");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("results");
	TCase *tc = tcase_create("results");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_part_counts);
	tcase_add_test(tc, a_result_is_found_under_its_key_alone);
	tcase_add_test(tc, what_is_recalled_is_the_caches_own);
	tcase_add_test(tc, that_nothing_is_known_is_known_until_something_is);
	tcase_add_test(tc, what_was_made_of_a_result_goes_with_it);
	tcase_add_test(tc, the_one_used_longest_ago_goes);
	tcase_add_test(tc, bytes_are_bounded);
	tcase_add_test(tc, the_last_key_of_a_scenario_is_known);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

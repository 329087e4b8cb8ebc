/* What receipts must show. */
#include <check.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/wire/wire.h"
#include "tests/unit/check_main.h"

static struct env_var limits[] = { { "pids", "512" }, { "memory_mb", "64" } };
static const char *spaces[] = { "user", "mnt", NULL };
static const struct receipt shown = {
	.pristine = true,
	.engine = "native",
	.network = "none",
	.namespaces = { spaces, 2 },
	.limits = limits,
	.n_limits = 2,
	.sandbox = "s1",
};

static size_t differ(const char *text, struct receipt_difference *v, struct arena *a)
{
	struct err e;
	struct receipt_demand *d = receipt_demand_new(text, strlen(text), &e);
	size_t n;

	ck_assert_msg(d != NULL, "%s", e.msg);
	n = receipt_differs(d, &shown, a, v, 4);
	receipt_demand_free(d);
	return n;
}

START_TEST(only_the_members_that_it_has_are_compared)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct receipt_difference v[4];

	ck_assert_uint_eq(differ("{}", v, a), 0);
	ck_assert_uint_eq(differ("{\"network\":\"none\",\"limits\":{\"pids\":\"512\"}}", v, a), 0);
	ck_assert_uint_eq(
	        differ("{\"namespaces\":[\"user\",\"mnt\"],\"sandbox\":\"s9\"}", v, a), 0);
	ck_assert_uint_eq(differ("{\"uid_map\":null}", v, a), 0);
}
END_TEST

START_TEST(each_difference_is_named_with_both_values)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct receipt_difference v[4];

	ck_assert_uint_eq(
	        differ("{\"limits\":{\"pids\":\"8\",\"swap_mb\":\"0\"},\"namespaces\":[\"user\"]}",
	                v, a),
	        3);
	ck_assert_str_eq(v[0].member, "limits.pids");
	ck_assert_str_eq(v[0].wanted, "\"8\"");
	ck_assert_str_eq(v[0].got, "\"512\"");
	ck_assert_str_eq(v[1].member, "limits.swap_mb");
	ck_assert_str_eq(v[1].got, "nothing");
	ck_assert_str_eq(v[2].member, "namespaces");
}
END_TEST

START_TEST(what_is_no_receipt_is_refused)
{
	static const char *const texts[] = { "", "[]", "1", "{\"network\":}",
		"{\"netwrok\":\"none\"}", "{\"network\":\"none\",\"network\":\"host\"}" };
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		ck_assert_ptr_null(receipt_demand_new(texts[i], strlen(texts[i]), &e));
	ck_assert_ptr_null(receipt_demand_new(texts[4], strlen(texts[4]), &e));
	ck_assert_ptr_nonnull(strstr(e.msg, "did you mean 'network'?"));
}
END_TEST

CHECK_MAIN("demand", only_the_members_that_it_has_are_compared,
        each_difference_is_named_with_both_values, what_is_no_receipt_is_refused)

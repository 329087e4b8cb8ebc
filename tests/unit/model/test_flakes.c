/* How flaky scenarios are, and days of quarantine. */
#include <math.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/model/flakes.h"
#include "tests/unit/check_main.h"

static struct flakes *f;

static void make(void)
{
	f = flakes_new();
}

static void drop(void)
{
	flakes_free(f);
}

static void add(const char *id, const char *inputs, enum verdict v, unsigned attempts, int64_t at)
{
	flakes_add(f, &(struct flake_sample){ .file = "/p/a.clnrm.toml",
	                      .id = id,
	                      .name = id,
	                      .inputs = inputs,
	                      .verdict = v,
	                      .attempts = attempts,
	                      .at_wall_ns = at });
}

static const struct flake *row(const char *id)
{
	size_t n;
	const struct flake *v = flakes_rows(f, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].id, id) == 0)
			return &v[i];
	ck_abort_msg("no row '%s'", id);
}

static void interval_is(unsigned part, unsigned n, double low, double high)
{
	double l, h;

	flake_interval(part, n, &l, &h);
	ck_assert_msg(fabs(l - low) < 0.0005 && fabs(h - high) < 0.0005, "%u of %u: %f..%f", part,
	        n, l, h);
}

/* By hand, and the example of the manual. */
START_TEST(the_interval_is_wilsons)
{
	interval_is(6, 84, 0.033, 0.147);
	interval_is(1, 2, 0.095, 0.905);
	interval_is(5, 10, 0.237, 0.763);
	interval_is(0, 10, 0, 0.278);
	interval_is(10, 10, 0.722, 1);
	interval_is(0, 0, 0, 1);
	interval_is(1, 1000000, 0.0000002, 0.0000057);
	interval_is(4000000000u, 4000000000u, 1, 1);
}
END_TEST

START_TEST(a_failure_with_inputs_that_have_passed_is_a_flip)
{
	const struct flake *x;

	for (int i = 0; i < 7; i++)
		add("a/b", "key 1", VERDICT_PASS, 1, i);
	add("a/b", "key 1", VERDICT_FAIL, 1, 9);
	add("a/b", "key 1", VERDICT_ERROR, 1, 8);
	add("a/b", "key 1", VERDICT_FAKE_GREEN, 1, 7);
	x = row("a/b");
	ck_assert_uint_eq(x->runs, 10);
	ck_assert_uint_eq(x->flips, 3);
	ck_assert_uint_eq(x->failures, 0);
	ck_assert_double_eq_tol(x->p, 0.3, 1e-12);
	ck_assert_int_eq(x->last_wall_ns, 9);
	ck_assert_int_eq(x->last, VERDICT_FAIL);
}
END_TEST

/* What was broken and is repaired has other inputs: that is no flake. */
START_TEST(inputs_that_only_failed_are_not_counted)
{
	const struct flake *x;

	add("a/b", "key 1", VERDICT_PASS, 1, 1);
	add("a/b", "key 2", VERDICT_FAIL, 1, 2);
	add("a/b", "key 2", VERDICT_FAIL, 3, 3);
	add("a/b", "key 3", VERDICT_PASS, 1, 4);
	x = row("a/b");
	ck_assert_uint_eq(x->runs, 2);
	ck_assert_uint_eq(x->flips, 0);
	ck_assert_uint_eq(x->failures, 4);
	ck_assert_double_eq(x->p, 0);
}
END_TEST

START_TEST(each_attempt_counts)
{
	const struct flake *x;

	add("a/b", "run 1", VERDICT_PASS, 3, 1);
	add("a/b", "run 2", VERDICT_PASS, 1, 2);
	add("a/b", "run 3", VERDICT_FAIL, 2, 3);
	x = row("a/b");
	ck_assert_uint_eq(x->runs, 4);
	ck_assert_uint_eq(x->flips, 2);
	ck_assert_uint_eq(x->failures, 2);
}
END_TEST

START_TEST(scenarios_do_not_share_groups_and_stand_by_what_is_certain)
{
	size_t n;
	const struct flake *v;

	add("a/never", "key", VERDICT_PASS, 1, 1);
	add("a/once", "key", VERDICT_PASS, 2, 1);
	for (int i = 0; i < 20; i++)
		add("a/often", "key", VERDICT_PASS, 2, i);
	v = flakes_rows(f, &n);
	ck_assert_uint_eq(n, 3);
	ck_assert_str_eq(v[0].id, "a/often");
	ck_assert_str_eq(v[1].id, "a/once");
	ck_assert_str_eq(v[2].id, "a/never");
	ck_assert_double_eq_tol(v[0].p, v[1].p, 1e-12); /* as often, but more surely so */
	ck_assert(v[0].low > v[1].low);
}
END_TEST

static void ends(const char *date, const char *when)
{
	int64_t ns = -1;
	char text[RFC3339_LEN];

	ck_assert_msg(quarantine_end(date, &ns), "%s", date);
	clock_rfc3339(ns, text);
	ck_assert_str_eq(text, when);
}

START_TEST(a_quarantine_holds_to_the_end_of_its_day)
{
	static const char *const none[] = { "", "2026", "2026-13-01", "2026-02-29", "2026-04-31",
		"2026-00-10", "2026-1-01", "26-01-01", "tomorrow", "2026-01-00", "-026-01-01" };
	int64_t ns = 7;

	ends("2026-02-01", "2026-02-02T00:00:00.000000Z");
	ends("2028-02-29", "2028-03-01T00:00:00.000000Z");
	ends("2026-12-31T12:00:00Z", "2027-01-01T00:00:00.000000Z");
	ck_assert(quarantine_end("2999-01-01", &ns));
	ck_assert_int_eq(ns, INT64_MAX);
	ck_assert(quarantine_end("1812-06-24", &ns));
	ck_assert_int_eq(ns, 0);
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		ck_assert_msg(!quarantine_end(none[i], &ns), "%s", none[i]);
}
END_TEST

START_TEST(a_quarantine_names_by_id_or_path)
{
	static const struct {
		const char *test;
		bool hits;
	} rows[] = {
		{ "orders/refund", true },
		{ "orders/*", true },
		{ "tests/orders.clnrm.toml::refund", true },
		{ "tests/*::refund", true },
		{ "*", true },
		{ "orders", false },
		{ "orders/ref", false },
		{ "refund", false },
		{ "other.clnrm.toml::refund", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct quarantine q = { .test = rows[i].test };

		ck_assert_msg(quarantine_names(&q, "tests/orders.clnrm.toml", "refund",
		                      "orders/refund") == rows[i].hits,
		        "%s", rows[i].test);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_interval_is_wilsons,
		a_failure_with_inputs_that_have_passed_is_a_flip,
		inputs_that_only_failed_are_not_counted,
		each_attempt_counts,
		scenarios_do_not_share_groups_and_stand_by_what_is_certain,
		a_quarantine_holds_to_the_end_of_its_day,
		a_quarantine_names_by_id_or_path,
	};

	return check_run_with("flakes", tests, ARRAY_LEN(tests), make, drop);
}

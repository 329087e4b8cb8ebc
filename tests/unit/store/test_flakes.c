/* Attempts in the history: kept with their results, and counted. */
#include <math.h>

#include "tests/unit/store/bed.h"

static struct store *s;

static void set_up(void)
{
	bed_make();
	s = bed_open();
}

static void tear_down(void)
{
	store_close(s);
	bed_drop();
}

/* n failed attempts before the result of scenario 0. */
static struct run_result *tried(const char *id, unsigned n)
{
	struct run_result *r = bed_run(id, 1, 1);
	struct scenario_result *last = r->tests[0].scenarios[0];

	r->cwd = "/p";
	last->before = arena_array(last->arena, n + 1, sizeof(*last->before));
	for (; last->n_before < n; last->n_before++)
		last->before[last->n_before] = bed_scenario(&r->tests[0], 0, VERDICT_FAIL);
	last->attempts = n + 1;
	last->attempts_max = n + 3;
	last->flaky = n > 0 && last->verdict == VERDICT_PASS;
	return r;
}

static void keep(struct run_result *r)
{
	run_result_count(r);
	bed_record(s, r);
	store_sync(s);
	run_result_free(r);
}

START_TEST(attempts_come_back_with_their_output)
{
	struct run_result *r = tried("runa2345", 2);
	const struct scenario_result *x;

	r->tests[0].scenarios[0]->before[0]->steps[0].out =
	        bed_bytes(r->tests[0].scenarios[0]->before[0]->arena, 200000, true);
	keep(r);
	r = store_load(s, "runa2345", &e);
	ck_assert_msg(r != NULL, "%s", e.msg);
	x = r->tests[0].scenarios[0];
	ck_assert_int_eq(x->verdict, VERDICT_PASS);
	ck_assert(x->flaky);
	ck_assert_uint_eq(x->attempts, 3);
	ck_assert_uint_eq(x->attempts_max, 5);
	ck_assert_uint_eq(x->n_before, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct scenario_result *b = x->before[i];

		ck_assert_str_eq(b->id, x->id);
		ck_assert_str_eq(b->file, x->file);
		ck_assert_int_eq(b->verdict, VERDICT_FAIL);
		ck_assert_int_eq(b->reason, REASON_EXIT_CODE);
		ck_assert_str_eq(b->failures[0].message, "exit status 1, expected 0");
		ck_assert_str_eq(b->steps[1].failures[0].hint, "look \"here\"");
		ck_assert_uint_eq(b->steps[2].err.len, strlen("w\xc3\xa4rning\n"));
	}
	ck_assert_uint_eq(x->before[0]->steps[0].out.total, 200000);
	ck_assert_uint_le(x->before[0]->steps[0].out.len, 64u << 10);
	run_result_free(r);
}
END_TEST

START_TEST(a_quarantine_comes_back)
{
	static struct quarantine q = {
		.test = "t/*", .owner = "payments", .until = "2030-01-01", .reason = "later"
	};
	struct run_result *r = tried("runa2345", 0);
	struct scenario_result *x = r->tests[0].scenarios[0];

	x->verdict = VERDICT_FAIL;
	x->quarantine = &q;
	x->repetition = 4;
	keep(r);
	r = store_load(s, "runa2345", &e);
	ck_assert_msg(r != NULL, "%s", e.msg);
	x = r->tests[0].scenarios[0];
	ck_assert_ptr_nonnull(x->quarantine);
	ck_assert_str_eq(x->quarantine->owner, "payments");
	ck_assert_str_eq(x->quarantine->until, "2030-01-01");
	ck_assert_str_eq(x->quarantine->reason, "later");
	ck_assert_uint_eq(x->repetition, 4);
	ck_assert_uint_eq(r->summary.quarantined, 1);
	ck_assert_uint_eq(x->n_before, 0);
	run_result_free(r);
}
END_TEST

static void result(const char *id, enum verdict v, const char *key, unsigned before)
{
	struct run_result *r = tried(id, before);
	struct scenario_result *x = r->tests[0].scenarios[0];

	x->verdict = v;
	x->flaky = before && v == VERDICT_PASS;
	x->key = key;
	keep(r);
}

static struct flake flake_of(const char *path)
{
	CLEANUP(flakes_free) struct flakes *f = flakes_new();
	const struct flake_filter filter = { .paths = &path, .n_paths = path ? 1 : 0 };
	const struct flake *v;
	struct flake out = { 0 };
	size_t n;

	ck_assert_msg(store_flakes(s, &filter, f, &e) == 0, "%s", e.msg);
	v = flakes_rows(f, &n);
	ck_assert_uint_le(n, 1);
	if (n)
		out = v[0];
	out.file = out.id = out.name = NULL; /* they go with f */
	return out;
}

START_TEST(results_with_one_key_and_attempts_of_one_run_are_the_same_inputs)
{
	struct flake x;

	result("runa2345", VERDICT_PASS, "k1", 0);
	result("runb2345", VERDICT_FAIL, "k1", 0); /* a flip */
	result("runc2345", VERDICT_FAIL, "k2", 0); /* another file */
	result("rund2345", VERDICT_FAIL, NULL, 0); /* nobody knows */
	result("rune2345", VERDICT_PASS, NULL, 1); /* one flip */
	x = flake_of(NULL);
	ck_assert_uint_eq(x.runs, 4);
	ck_assert_uint_eq(x.flips, 2);
	ck_assert_uint_eq(x.failures, 2);
	ck_assert_double_eq_tol(x.p, 0.5, 1e-12);
}
END_TEST

START_TEST(what_did_not_run_says_nothing)
{
	struct run_result *r = tried("runa2345", 0);

	r->tests[0].scenarios[0]->cached = true;
	keep(r);
	result("runb2345", VERDICT_SKIP, "k1", 0);
	ck_assert_uint_eq(flake_of(NULL).runs, 0);
	ck_assert_uint_eq(flake_of(NULL).failures, 0);
}
END_TEST

START_TEST(paths_choose)
{
	struct run_result *r = tried("runa2345", 1);
	const char *file = r->tests[0].file, *name = r->tests[0].scenarios[0]->name;
	AUTO_STR full = xasprintf("/p/%s", file);
	AUTO_STR scenario = xasprintf("/p/%s::%s", file, name);
	AUTO_STR other = xasprintf("/p/%s::other", file);

	keep(r);
	ck_assert_uint_eq(flake_of("/p").runs, 2);
	ck_assert_uint_eq(flake_of("/").runs, 2);
	ck_assert_uint_eq(flake_of(full).runs, 2);
	ck_assert_uint_eq(flake_of(scenario).runs, 2);
	ck_assert_uint_eq(flake_of("/p/**").runs, 2);
	ck_assert_uint_eq(flake_of(other).runs, 0);
	ck_assert_uint_eq(flake_of("/q").runs, 0);
	ck_assert_uint_eq(flake_of("/p/tes").runs, 0);
}
END_TEST

START_TEST(results_of_a_test_are_listed_newest_first)
{
	struct run_result *r = tried("runa2345", 0);
	AUTO_STR id = xstrdup(r->tests[0].scenarios[0]->id);
	AUTO_STR test = xstrdup(r->tests[0].name);
	struct test_row *rows;
	size_t n;

	keep(r);
	result("runb2345", VERDICT_FAIL, "k1", 1);
	ck_assert_int_eq(store_test_rows(s, id, 0, 0, &rows, &n, &e), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(rows[0].run, "runb2345");
	ck_assert_int_eq(rows[0].verdict, VERDICT_FAIL);
	ck_assert_str_eq(rows[0].key, "k1");
	ck_assert_uint_eq(rows[0].attempts, 2);
	ck_assert_str_eq(rows[1].run, "runa2345");
	ck_assert_ptr_null(rows[1].key);
	store_test_rows_free(rows, n);
	ck_assert_int_eq(store_test_rows(s, test, 0, 1, &rows, &n, &e), 0);
	ck_assert_uint_eq(n, 1);
	store_test_rows_free(rows, n);
	ck_assert_int_eq(store_test_rows(s, "no such", 0, 0, &rows, &n, &e), 0);
	ck_assert_uint_eq(n, 0);
	store_test_rows_free(rows, n);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		attempts_come_back_with_their_output,
		a_quarantine_comes_back,
		results_with_one_key_and_attempts_of_one_run_are_the_same_inputs,
		what_did_not_run_says_nothing,
		paths_choose,
		results_of_a_test_are_listed_newest_first,
	};

	return check_run_with("store/flakes", tests, ARRAY_LEN(tests), set_up, tear_down);
}

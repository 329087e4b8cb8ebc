/* How long scenarios took before: which runs count, and how many. */
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

/* Stores a run in which scenario 0 of the one test took ms. */
static struct run_result *ran(const char *id, double ms, const char *cwd)
{
	struct run_result *r = bed_run(id, 1, 2);

	r->cwd = cwd;
	r->tests[0].scenarios[0]->duration_ms = ms;
	bed_record(s, r);
	store_sync(s);
	return r;
}

/* "ID:MS " of each point of scenario i, newest first. */
static const char *past_of_scenario(const struct run_result *r, size_t i)
{
	static char text[1024];
	CLEANUP(past_free) struct past *past = past_new(r);
	const struct past_point *v;
	size_t n;

	text[0] = '\0';
	ck_assert_msg(store_past(s, r, past, &e) == 0, "%s", e.msg);
	v = past_of(past, r->tests[0].scenarios[i], &n);
	for (size_t k = 0; k < n; k++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s:%.0f ", v[k].run,
		        v[k].duration_ms);
	return text;
}

START_TEST(runs_before_it_in_the_same_directory_count_newest_first)
{
	struct run_result *a = ran("runa2345", 10, "/p"), *b = ran("runb2345", 20, "/p"),
	                  *other = ran("runc2345", 99, "/q"), *d = ran("rund2345", 30, "/p"),
	                  *later = ran("rune2345", 40, "/p");

	ck_assert_str_eq(past_of_scenario(d, 0), "runb2345:20 runa2345:10 ");
	ck_assert_str_eq(past_of_scenario(a, 0), "");
	ck_assert_str_eq(past_of_scenario(other, 0), "");
	d->tests[0].scenarios[0]->id = "test 1/another";
	ck_assert_str_eq(past_of_scenario(d, 0), "");
	run_result_free(a);
	run_result_free(b);
	run_result_free(other);
	run_result_free(d);
	run_result_free(later);
}
END_TEST

START_TEST(what_did_not_run_is_no_point)
{
	struct run_result *cached = bed_run("runa2345", 1, 2), *skipped = bed_run("runb2345", 1, 2),
	                  *now = bed_run("runc2345", 1, 2);

	cached->tests[0].scenarios[0]->cached = true;
	skipped->tests[0].scenarios[0]->verdict = VERDICT_SKIP;
	bed_record(s, cached);
	bed_record(s, skipped);
	store_sync(s);
	ck_assert_str_eq(past_of_scenario(now, 0), "");
	ck_assert_str_eq(past_of_scenario(now, 1), "runb2345:4 runa2345:4 ");
	run_result_free(cached);
	run_result_free(skipped);
	run_result_free(now);
}
END_TEST

START_TEST(a_scenario_has_so_many_points_and_not_more)
{
	struct run_result *now;
	CLEANUP(past_free) struct past *past = NULL;
	size_t n;

	for (unsigned i = 0; i < PAST_POINTS + 5; i++) {
		char id[16];

		snprintf(id, sizeof(id), "run%c2345", 'a' + i);
		run_result_free(ran(id, i, "/p"));
	}
	now = bed_run("now23456", 1, 2);
	now->cwd = "/p";
	past = past_new(now);
	ck_assert_int_eq(store_past(s, now, past, &e), 0);
	const struct past_point *v = past_of(past, now->tests[0].scenarios[0], &n);

	ck_assert_uint_eq(n, PAST_POINTS);
	ck_assert_double_eq(v[0].duration_ms, PAST_POINTS + 4);
	ck_assert_double_eq(v[n - 1].duration_ms, 5);
	run_result_free(now);
}
END_TEST

START_TEST(no_past_is_no_points)
{
	struct run_result *r = bed_run("runa2345", 1, 1);
	size_t n = 7;

	ck_assert_ptr_null(past_of(NULL, r->tests[0].scenarios[0], &n));
	ck_assert_uint_eq(n, 0);
	run_result_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		runs_before_it_in_the_same_directory_count_newest_first,
		what_did_not_run_is_no_point,
		a_scenario_has_so_many_points_and_not_more,
		no_past_is_no_points,
	};

	return check_run_with("past", tests, ARRAY_LEN(tests), set_up, tear_down);
}

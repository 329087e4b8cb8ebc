/* What runs of the past say of scenarios: whether they passed, which cut a shard belongs to, how
 * long they took, what they needed. */
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

/* A run of one test with three scenarios, in /p, of the path tests: file tests/1.clnrm.toml. */
static struct run_result *begin(const char *id, struct env_var *options, size_t n_options)
{
	struct run_result *r = bed_run(id, 1, 3);

	r->cwd = "/p";
	r->paths = bed_list(r->arena, "tests", NULL);
	r->options = options;
	r->n_options = n_options;
	for (unsigned i = 0; i < 3; i++)
		r->tests[0].scenarios[i]->verdict = VERDICT_PASS;
	return r;
}

/* When it began. */
static int64_t end(struct run_result *r)
{
	int64_t at = r->started_wall_ns;

	r->duration_ms = r->summary.wall_ms = 10;
	bed_record(s, r);
	store_sync(s);
	run_result_free(r);
	return at;
}

static int64_t late(void)
{
	struct run_result *r = bed_run("zzzz2345", 1, 1);
	int64_t at = r->started_wall_ns;

	run_result_free(r);
	return at;
}

static void ask_from(const char *cwd, const char *path, struct earlier_ask *q, struct earlier *v)
{
	const char *paths[] = { path, NULL };
	const struct str_list l = { paths, 1 };

	q->cwd = cwd;
	q->paths = &l;
	q->points = q->points ? q->points : EARLIER_POINTS;
	if (!q->before_wall_ns)
		q->before_wall_ns = late();
	for (unsigned i = 0; i < 3; i++)
		v[i] = (struct earlier){ .file = "/p/tests/1.clnrm.toml",
			.id = i == 0   ? "test 1/scenario 0"
			      : i == 1 ? "test 1/scenario 1"
			               : "test 1/scenario 2" };
	ck_assert_msg(store_earlier(s, q, v, 3, &e) == 0, "%s", e.msg);
}

/* "-" unknown, "." passed, "F" did not. */
static const char *last_from(const char *cwd, const char *path)
{
	static char text[4];
	struct earlier_ask q = { .last = true };
	struct earlier v[3];

	ask_from(cwd, path, &q, v);
	for (unsigned i = 0; i < 3; i++)
		text[i] = "-.F"[v[i].last];
	return text;
}

START_TEST(the_last_run_of_the_same_paths_says_what_passed)
{
	struct run_result *r = begin("runa2345", NULL, 0);

	ck_assert_str_eq(last_from("/p", "tests"), "---");
	r->tests[0].scenarios[1]->verdict = VERDICT_FAIL;
	end(r);
	ck_assert_str_eq(last_from("/p", "tests"), ".F.");
	ck_assert_str_eq(last_from("/p", "tests/"), ".F.");
	ck_assert_str_eq(last_from("/p/tests", "."), ".F."); /* the same from elsewhere */
	ck_assert_str_eq(last_from("/p", "other"), "---");
	end(begin("runb2345", NULL, 0));
	ck_assert_str_eq(last_from("/p", "tests"), "...");
}
END_TEST

START_TEST(all_that_is_no_pass_did_not_pass_but_what_a_file_skips)
{
	struct run_result *r = begin("runa2345", NULL, 0);
	struct scenario_result **v = r->tests[0].scenarios;

	v[0]->verdict = VERDICT_ERROR;
	v[1]->verdict = VERDICT_SKIP;
	v[1]->reason = REASON_CANCELLED;
	v[2]->verdict = VERDICT_SKIP;
	v[2]->reason = REASON_SKIP;
	end(r);
	ck_assert_str_eq(last_from("/p", "tests"), "FF.");
	r = begin("runb2345", NULL, 0);
	r->tests[0].scenarios[2]->verdict = VERDICT_FAKE_GREEN;
	end(r);
	ck_assert_str_eq(last_from("/p", "tests"), "..F");
}
END_TEST

static struct run_result *with_one(struct run_result *r, unsigned i)
{
	for (unsigned k = 0; k < 3; k++)
		if (k != i)
			scenario_result_unref(r->tests[0].scenarios[k]);
	r->tests[0].scenarios[0] = r->tests[0].scenarios[i];
	r->tests[0].scenarios[0]->slot = 0;
	r->tests[0].n_scenarios = 1;
	return r;
}

START_TEST(a_run_of_a_part_says_nothing_of_the_others)
{
	struct env_var failed[] = { { "failed", "true" } };
	struct run_result *r = begin("runa2345", NULL, 0);

	r->tests[0].scenarios[1]->verdict = VERDICT_FAIL;
	r->tests[0].scenarios[2]->verdict = VERDICT_FAIL;
	end(r);
	end(with_one(begin("runb2345", failed, 1), 1));
	ck_assert_str_eq(last_from("/p", "tests"), "..F");
}
END_TEST

START_TEST(a_file_that_could_not_be_read_has_passed_nothing)
{
	struct run_result *r = begin("runa2345", NULL, 0);
	struct scenario_result *x = with_one(r, 0)->tests[0].scenarios[0];

	x->id = "1/1";
	x->verdict = VERDICT_ERROR;
	x->reason = REASON_CONFIG;
	end(r);
	ck_assert_str_eq(last_from("/p", "tests"), "FFF");
}
END_TEST

/* ---- cuts ---- */

static int64_t cut_of(unsigned shard, unsigned shards)
{
	struct earlier_ask q = { .times = true, .shard = shard, .shards = shards };
	struct earlier v[3];

	ask_from("/p", "tests", &q, v);
	return q.before_wall_ns;
}

/* The part runs with the cut that it is told, and notes it. When it began. */
static int64_t run_part(const char *id, unsigned shard, unsigned shards)
{
	static char part[16][16], cut[16][24];
	static struct env_var options[16][2];
	static unsigned n;
	struct run_result *r = begin(id, options[n], 2);
	struct earlier_ask q = { .times = true,
		.shard = shard,
		.shards = shards,
		.before_wall_ns = r->started_wall_ns };
	struct earlier v[3];

	ask_from("/p", "tests", &q, v);
	snprintf(part[n], sizeof(part[n]), "%u/%u", shard, shards);
	snprintf(cut[n], sizeof(cut[n]), "%lld", (long long)q.before_wall_ns);
	options[n][0] = (struct env_var){ "shard", part[n] };
	options[n][1] = (struct env_var){ EARLIER_CUT_OPTION, cut[n] };
	n++;
	return end(r);
}

START_TEST(parts_that_run_one_after_another_look_at_the_same_past)
{
	int64_t first = run_part("runa2345", 1, 3);

	ck_assert_int_eq(cut_of(2, 3), first);
	run_part("runb2345", 2, 3);
	ck_assert_int_eq(cut_of(3, 3), first);
	run_part("runc2345", 2, 3); /* once more: it is the same part */
	ck_assert_int_eq(cut_of(3, 3), first);
	ck_assert_int_eq(cut_of(1, 3), first);
	run_part("rund2345", 3, 3);
	/* All have run: the next one begins a cut. */
	ck_assert_int_gt(cut_of(1, 3), first);
	int64_t second = run_part("rune2345", 1, 3);

	ck_assert_int_gt(second, first);
	ck_assert_int_eq(cut_of(2, 3), second);
	ck_assert_int_eq(cut_of(3, 3), second);
}
END_TEST

START_TEST(a_run_of_the_whole_or_another_cut_ends_one)
{
	int64_t first = run_part("runa2345", 1, 2), whole;

	ck_assert_int_eq(cut_of(2, 2), first);
	ck_assert_int_gt(cut_of(2, 3), first);
	whole = end(begin("runb2345", NULL, 0));
	ck_assert_int_gt(cut_of(2, 2), whole);
	first = run_part("runc2345", 1, 2);
	ck_assert_int_eq(cut_of(2, 2), first);
	run_part("rund2345", 1, 5);
	ck_assert_int_gt(cut_of(2, 2), first);
}
END_TEST

START_TEST(another_selection_is_another_cut)
{
	struct env_var filter[] = { { "filter", "x" } };
	int64_t first = run_part("runa2345", 1, 2);
	struct earlier_ask q = {
		.times = true, .shard = 2, .shards = 2, .options = filter, .n_options = 1
	};
	struct earlier v[3];

	ask_from("/p", "tests", &q, v);
	ck_assert_int_gt(q.before_wall_ns, first);
	end(begin("runb2345", filter, 1)); /* which says nothing of the other */
	ck_assert_int_eq(cut_of(2, 2), first);
}
END_TEST

/* ---- what was measured ---- */

static void took(const char *id, double ms)
{
	struct run_result *r = begin(id, NULL, 0);

	r->tests[0].scenarios[0]->duration_ms = ms;
	r->tests[0].scenarios[1]->cached = true; /* as long as it took when it ran */
	r->tests[0].scenarios[1]->duration_ms = 7;
	r->tests[0].scenarios[2]->verdict = VERDICT_SKIP;
	r->tests[0].scenarios[2]->reason = REASON_CANCELLED;
	end(r);
}

START_TEST(time_is_the_median_of_the_newest_results)
{
	struct earlier_ask q = { .times = true };
	struct earlier v[3];

	ask_from("/p", "tests", &q, v);
	ck_assert_uint_eq(v[0].time_us, 0);
	took("runa2345", 9000);
	took("runb2345", 50);
	took("runc2345", 10);
	took("rund2345", 30);
	took("rune2345", 20);
	took("runf2345", 40);
	ask_from("/p/tests", "1.clnrm.toml", &q, v); /* other paths of the same directory */
	ck_assert_uint_eq(v[0].time_us, 0);          /* q.before is that of the first time */
	q = (struct earlier_ask){ .times = true };
	ask_from("/p/tests", "1.clnrm.toml", &q, v);
	ck_assert_uint_eq(v[0].time_us, 30000);
	ck_assert_uint_eq(v[1].time_us, 7000);
	ck_assert_uint_eq(v[2].time_us, 0);
	q = (struct earlier_ask){ .times = true };
	ask_from("/q", "1.clnrm.toml", &q, v);
	ck_assert_uint_eq(v[0].time_us, 0); /* another project's */
}
END_TEST

START_TEST(needs_are_the_largest_of_the_newest_results)
{
	struct earlier_ask q = { .needs = true, .points = 2 };
	struct earlier v[3];
	static const uint64_t peaks[] = { 900 << 20, 20 << 20, 30 << 20 };
	static const char *const ids[] = { "runa2345", "runb2345", "runc2345" };

	for (unsigned i = 0; i < 3; i++) {
		struct run_result *r = begin(ids[i], NULL, 0);

		r->tests[0].scenarios[0]->memory_peak_bytes = peaks[i];
		r->tests[0].scenarios[0]->duration_ms = 1.8;
		end(r);
	}
	ask_from("/p", "tests", &q, v);
	ck_assert_uint_eq(v[0].peak_bytes, 30 << 20);
	/* Three steps of 0.3 ms in 1.8 ms. */
	ck_assert_uint_ge(v[0].cpu_permille, 499);
	ck_assert_uint_le(v[0].cpu_permille, 501);
	/* Where the whole was not looked at its largest step says something. */
	ck_assert_uint_eq(v[1].peak_bytes, 1234569);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { the_last_run_of_the_same_paths_says_what_passed,
		all_that_is_no_pass_did_not_pass_but_what_a_file_skips,
		a_run_of_a_part_says_nothing_of_the_others,
		a_file_that_could_not_be_read_has_passed_nothing,
		parts_that_run_one_after_another_look_at_the_same_past,
		a_run_of_the_whole_or_another_cut_ends_one, another_selection_is_another_cut,
		time_is_the_median_of_the_newest_results,
		needs_are_the_largest_of_the_newest_results };

	return check_run_with("earlier", tests, ARRAY_LEN(tests), set_up, tear_down);
}

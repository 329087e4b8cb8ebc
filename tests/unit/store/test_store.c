/* Runs that were recorded are given back as they were, are listed, found and removed. */
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

START_TEST(a_run_comes_back_byte_for_byte_in_plan_order)
{
	struct run_result *r = bed_run("r7k2m9qa", 4, 9);

	bed_record(s, r);
	bed_same(s, r);
	ck_assert(!bed_figures(s).failed);
	store_close(s);
	s = bed_open();
	bed_same(s, r);
	run_result_free(r);
}
END_TEST

START_TEST(a_cancelled_run_keeps_its_state_and_exit)
{
	struct run_result *r = bed_run("r7k2m9qa", 1, 2);

	r->state = "cancelled";
	r->exit = 130;
	bed_record(s, r);
	bed_same(s, r);
	run_result_free(r);
}
END_TEST

START_TEST(an_empty_run_and_absent_members_come_back)
{
	struct run_result *r = bed_run("r7k2m9qa", 1, 1);

	r->project = r->isolation = NULL;
	r->n_labels = r->n_options = 0;
	r->paths.n = 0;
	r->tests[0].scenarios[0]->receipt = NULL;
	r->tests[0].scenarios[0]->n_steps = 0;
	bed_record(s, r);
	bed_same(s, r);
	run_result_free(r);
}
END_TEST

START_TEST(large_output_is_kept_of_what_failed_and_cut_of_what_passed)
{
	struct run_result *r = bed_run("r7k2m9qa", 1, 5);
	struct scenario_result *pass = r->tests[0].scenarios[0], *fail = r->tests[0].scenarios[4];
	AUTO_STRBUF b = STRBUF_INIT;

	ck_assert_int_eq(fail->verdict, VERDICT_FAIL);
	pass->steps[0].out = bed_bytes(pass->arena, 300000, false);
	pass->steps[0].err = bed_bytes(pass->arena, 300001, true);
	fail->steps[1].out = bed_bytes(fail->arena, 300000, true);
	fail->steps[1].err = bed_bytes(fail->arena, 200000, false);
	/* What was cut while it was read: 90,000 of 5,000,000 bytes. */
	pass->steps[1].out = bed_bytes(pass->arena, 90000, false);
	pass->steps[1].out.head = 30000;
	pass->steps[1].out.total = 5000000;
	r->digest = ""; /* that needs all output */
	bed_record(s, r);
	bed_same(s, r);

	ck_assert_int_eq(store_output(s, r->id, pass->id, "step 0", 1, &b, &e), 0);
	ck_assert_uint_eq(b.len, 64 << 10);
	ck_assert_mem_eq(b.s, pass->steps[0].out.data, 32 << 10);
	ck_assert_mem_eq(b.s + (32 << 10), pass->steps[0].out.data + 300000 - (32 << 10), 32 << 10);
	strbuf_reset(&b);
	ck_assert_int_eq(store_output(s, r->id, fail->id, "step 1", 1, &b, &e), 0);
	ck_assert_uint_eq(b.len, 300000);
	ck_assert_mem_eq(b.s, fail->steps[1].out.data, 300000);
	run_result_free(r);
}
END_TEST

START_TEST(output_is_found_by_scenario_and_step)
{
	struct run_result *r = bed_run("r7k2m9qa", 2, 2);
	AUTO_STRBUF b = STRBUF_INIT;

	bed_record(s, r);
	ck_assert_int_eq(store_output(s, r->id, "test 1/scenario 1", "step 0", 1, &b, &e), 0);
	ck_assert_str_eq(b.s, "hello\n");
	ck_assert_int_eq(
	        store_output(s, r->id, "tests/1.clnrm.toml::scenario 1", "step 2", 2, &b, &e), 0);
	ck_assert_str_eq(b.s, "hello\nw\xc3\xa4rning\n");
	ck_assert_int_eq(store_output(s, r->id, "test 1/scenario 1", "step 1", 1, &b, &e), 0);
	ck_assert_int_eq(store_output(s, r->id, "test 1/none", "step 1", 1, &b, &e), -1);
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	ck_assert_int_eq(store_output(s, r->id, "test 1/scenario 1", "none", 1, &b, &e), -1);
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	ck_assert_int_eq(store_output(s, "nosuchid", "test 1/scenario 1", "step 1", 1, &b, &e), -1);
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	run_result_free(r);
}
END_TEST

START_TEST(a_run_that_goes_on_shows_what_has_finished)
{
	struct run_result *r = bed_run("r7k2m9qa", 2, 3), *got;
	struct run_filter f = { 0 };
	struct run_row *rows;
	size_t n;

	bed_put_start(s, r);
	bed_put_scenario(s, r, 1, 2);
	bed_put_scenario(s, r, 1, 0);
	got = store_load(s, r->id, &e);
	ck_assert_str_eq(got->state, "running");
	ck_assert_uint_eq(got->n_tests, 1);
	ck_assert_str_eq(got->tests[0].name, r->tests[1].name);
	ck_assert_uint_eq(got->tests[0].n_scenarios, 2);
	ck_assert_str_eq(got->tests[0].scenarios[0]->name, "scenario 0");
	ck_assert_uint_eq(got->summary.scenarios, 2);
	run_result_free(got);
	ck_assert_int_eq(store_list(s, &f, &rows, &n, &e), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(rows[0].state, "running");
	ck_assert_uint_eq(rows[0].counts.scenarios, 2);
	store_rows_free(rows, n);
	run_result_free(r);
}
END_TEST

/* ---- list ---- */

/* The ids that the filter gives, "a b c". */
static const char *listed(struct run_filter f)
{
	static struct strbuf b = STRBUF_INIT;
	struct run_row *rows;
	size_t n;

	strbuf_reset(&b);
	ck_assert_msg(store_list(s, &f, &rows, &n, &e) == 0, "%s", e.msg);
	for (size_t i = 0; i < n; i++)
		strbuf_printf(&b, "%s%s", i ? " " : "", rows[i].id);
	store_rows_free(rows, n);
	return b.s;
}

START_TEST(runs_are_listed_newest_first_page_by_page)
{
	ck_assert_str_eq(listed((struct run_filter){ 0 }), "");
	for (unsigned i = 0; i < 5; i++) {
		char id[16];

		snprintf(id, sizeof id, "run%c2345", 'a' + i);
		bed_quick(s, id, 1, 1);
	}
	ck_assert_str_eq(listed((struct run_filter){ .limit = 2 }), "rune2345 rund2345");
	ck_assert_str_eq(listed((struct run_filter){ .limit = 2, .before = "rund2345" }),
	        "runc2345 runb2345");
	ck_assert_str_eq(
	        listed((struct run_filter){ .limit = 2, .before = "runb2345" }), "runa2345");
	ck_assert_str_eq(listed((struct run_filter){ .before = "runa2345" }), "");
	struct run_filter gone = { .before = "nosuchid" };
	struct run_row *rows;
	size_t n;

	ck_assert_int_eq(store_list(s, &gone, &rows, &n, &e), -1);
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_row_has_counts_paths_and_labels)
{
	struct run_result *r = bed_run("r7k2m9qa", 2, 7);
	struct run_filter f = { 0 };
	struct run_row *rows;
	size_t n;

	bed_record(s, r);
	ck_assert_int_eq(store_list(s, &f, &rows, &n, &e), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(rows[0].started_wall_ns == r->started_wall_ns, 1);
	ck_assert_str_eq(rows[0].state, "done");
	ck_assert_int_eq(rows[0].exit, 1);
	ck_assert_uint_eq(rows[0].counts.tests, 2);
	ck_assert_uint_eq(rows[0].counts.fail, r->summary.fail);
	ck_assert_uint_eq(rows[0].counts.pass, r->summary.pass);
	ck_assert_str_eq(rows[0].paths, "[\"tests/\",\"one \\\"two\\\".clnrm.toml\"]");
	ck_assert_str_eq(rows[0].labels, "{\"branch\":\"main\"}");
	store_rows_free(rows, n);
	run_result_free(r);
}
END_TEST

START_TEST(filters_choose_by_test_verdict_label_and_time)
{
	struct run_result *a = bed_run("aaaa2345", 2, 1), *b = bed_run("bbbb2345", 1, 5);

	b->tests[0].name = "orders";
	b->tests[0].file = "other/orders.clnrm.toml";
	b->labels[0].value = "fix=1";
	bed_record(s, a);
	bed_record(s, b);
	ck_assert_str_eq(listed((struct run_filter){ .test = "rder" }), "bbbb2345");
	ck_assert_str_eq(listed((struct run_filter){ .test = "test*" }), "aaaa2345");
	ck_assert_str_eq(listed((struct run_filter){ .test = "other/*" }), "bbbb2345");
	ck_assert_str_eq(listed((struct run_filter){ .test = ".clnrm.toml" }), "bbbb2345 aaaa2345");
	ck_assert_str_eq(listed((struct run_filter){ .test = "none" }), "");
	ck_assert_str_eq(listed((struct run_filter){ .verdict = "fail" }), "bbbb2345");
	ck_assert_str_eq(listed((struct run_filter){ .verdict = "pass" }), "bbbb2345 aaaa2345");
	ck_assert_str_eq(listed((struct run_filter){ .test = "test*", .verdict = "fail" }), "");
	ck_assert_str_eq(listed((struct run_filter){ .label = "branch=main" }), "aaaa2345");
	ck_assert_str_eq(listed((struct run_filter){ .label = "branch=fix=1" }), "bbbb2345");
	ck_assert_str_eq(listed((struct run_filter){ .label = "branch=" }), "");
	ck_assert_str_eq(
	        listed((struct run_filter){ .since_wall_ns = b->started_wall_ns }), "bbbb2345");
	struct run_filter bad = { .label = "branch" };
	struct run_row *rows;
	size_t n;

	ck_assert_int_eq(store_list(s, &bad, &rows, &n, &e), -1);
	ck_assert_int_eq(e.code, ERR_INVALID);
	run_result_free(a);
	run_result_free(b);
}
END_TEST

/* ---- resolve ---- */

static const char *resolved(const char *ref)
{
	static char id[16];

	ck_assert_msg(store_resolve(s, ref, id, &e) == 0, "%s", e.msg);
	return id;
}

static void refused(const char *ref, enum err_code code, const char *part)
{
	char id[16] = "untouched";

	ck_assert_int_eq(store_resolve(s, ref, id, &e), -1);
	ck_assert_int_eq(e.code, code);
	ck_assert_msg(strstr(e.msg, part) != NULL, "'%s' lacks '%s'", e.msg, part);
	ck_assert_str_eq(id, "untouched");
}

START_TEST(references_to_runs_are_resolved)
{
	refused("latest", ERR_NOT_FOUND, "none yet");
	bed_quick(s, "r7k2kx1d", 1, 1);
	bed_quick(s, "r7k2m9qa", 1, 1);
	bed_quick(s, "zzzz2345", 1, 1);
	ck_assert_str_eq(resolved("latest"), "zzzz2345");
	ck_assert_str_eq(resolved("latest~0"), "zzzz2345");
	ck_assert_str_eq(resolved("run:latest~2"), "r7k2kx1d");
	ck_assert_str_eq(resolved("zzzz"), "zzzz2345");
	ck_assert_str_eq(resolved("run:r7k2m"), "r7k2m9qa");
	ck_assert_str_eq(resolved("r7k2kx1d"), "r7k2kx1d");
	refused("r7k2", ERR_INVALID, "'r7k2m9qa', 'r7k2kx1d'");
	refused("r7k", ERR_INVALID, "at least 4");
	refused("latest~3", ERR_NOT_FOUND, "latest~3");
	refused("latest~x", ERR_INVALID, "latest~N");
	refused("%%%%", ERR_NOT_FOUND, "%%%%");
	refused("____", ERR_NOT_FOUND, "____");
}
END_TEST

/* ---- removal ---- */

START_TEST(runs_are_removed_by_name_age_and_all_but_never_active_ones)
{
	struct run_result *live = bed_run("live2345", 1, 3), *old;
	const char *two[] = { "aaaa2345", "bbbb2345" }, *wrong[] = { "cccc2345", "nosuchid" };
	const char *active[] = { "live2345" };
	unsigned n = 77;

	bed_quick(s, "aaaa2345", 2, 2);
	bed_quick(s, "bbbb2345", 2, 2);
	bed_quick(s, "cccc2345", 2, 2);
	old = bed_run("dddd2345", 1, 1);
	bed_record(s, old);
	bed_put_start(s, live);
	bed_put_scenario(s, live, 0, 0);
	ck_assert_int_eq(store_remove(s, wrong, 2, 0, false, &n, &e), -1);
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	ck_assert_int_eq(store_remove(s, active, 1, 0, false, &n, &e), -1);
	ck_assert_int_eq(e.code, ERR_BUSY);
	ck_assert_uint_eq(n, 77);
	ck_assert_int_eq(store_remove(s, two, 2, 0, false, &n, &e), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(listed((struct run_filter){ 0 }), "dddd2345 cccc2345 live2345");
	ck_assert_int_eq(store_remove(s, NULL, 0, old->started_wall_ns, false, &n, &e), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(store_remove(s, NULL, 0, 0, true, &n, &e), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(listed((struct run_filter){ 0 }), "live2345");
	bed_put_scenario(s, live, 0, 1);
	ck_assert_uint_eq(bed_figures(s).failed, 0);
	store_close(s);
	ck_assert_int_eq(bed_sql("history.db", "SELECT count(*) FROM test"), 1);
	ck_assert_int_eq(bed_sql("history.db", "SELECT count(*) FROM scenario"), 2);
	ck_assert_int_eq(bed_sql("history.db", "SELECT count(*) FROM removed"), 0);
	ck_assert_int_eq(
	        bed_sql("history.db",
	                "SELECT count(*) FROM step WHERE scenario NOT IN (SELECT n FROM scenario)"),
	        0);
	ck_assert_int_eq(bed_sql("history.db", "SELECT count(*) FROM output WHERE scenario NOT IN "
	                                       "(SELECT n FROM scenario)"),
	        0);
	s = bed_open();
	run_result_free(old);
	run_result_free(live);
}
END_TEST

START_TEST(a_store_that_is_off_records_nothing_and_says_so)
{
	struct store_config c = { .state_dir = bed_path("off"), .disabled = true };
	struct store *off = store_open(&c, &e);
	struct run_result *r = bed_run("r7k2m9qa", 1, 1);
	char id[16];

	bed_record(off, r);
	store_sync(off);
	ck_assert_int_eq(store_resolve(off, "latest", id, &e), -1);
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	store_close(off);
	ck_assert(!bed_has("off"));
	run_result_free(r);
}
END_TEST

START_TEST(what_tests_printed_is_readable_by_the_user_alone)
{
	static const char *const names[] = { "journal", "history.db", "history.db-wal" };
	struct stat st;

	bed_quick(s, "r7k2m9qa", 1, 1);
	store_sync(s);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		ck_assert_int_eq(stat(bed_path(names[i]), &st), 0);
		ck_assert_uint_eq(st.st_mode & 077, 0);
	}
}
END_TEST

START_TEST(equal_receipts_are_stored_once)
{
	bed_quick(s, "r7k2m9qa", 3, 4);
	store_close(s);
	ck_assert_int_eq(bed_sql("history.db", "SELECT count(*) FROM receipt"), 1);
	ck_assert_int_gt(bed_sql("history.db", "SELECT count(DISTINCT sandbox) FROM scenario"), 1);
	s = bed_open();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_run_comes_back_byte_for_byte_in_plan_order,
		a_cancelled_run_keeps_its_state_and_exit,
		an_empty_run_and_absent_members_come_back,
		large_output_is_kept_of_what_failed_and_cut_of_what_passed,
		output_is_found_by_scenario_and_step,
		a_run_that_goes_on_shows_what_has_finished,
		runs_are_listed_newest_first_page_by_page,
		a_row_has_counts_paths_and_labels,
		filters_choose_by_test_verdict_label_and_time,
		references_to_runs_are_resolved,
		runs_are_removed_by_name_age_and_all_but_never_active_ones,
		a_store_that_is_off_records_nothing_and_says_so,
		what_tests_printed_is_readable_by_the_user_alone,
		equal_receipts_are_stored_once,
	};

	return check_run_with("store", tests, ARRAY_LEN(tests), set_up, tear_down);
}

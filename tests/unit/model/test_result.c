#include <string.h>

#include "daemon/core/regex.h"
#include "daemon/model/event.h"
#include "daemon/model/settings.h"
#include "tests/unit/check_main.h"

static struct run_result *run;

static void make(void)
{
	run = run_result_new();
}

static void destroy(void)
{
	run_result_free(run);
	run_result_free(NULL);
}

/* A test with one scenario for each verdict given. */
static struct test_outcome *add_test(const enum verdict *verdicts, size_t n)
{
	struct test_outcome *grown = arena_array(run->arena, run->n_tests + 1, sizeof(*grown));

	if (run->n_tests)
		memcpy(grown, run->tests, run->n_tests * sizeof(*grown));
	run->tests = grown;

	struct test_outcome *t = &run->tests[run->n_tests++];

	t->scenarios = arena_array(run->arena, n + 1, sizeof(struct scenario_result *));
	t->n_scenarios = n;
	for (size_t i = 0; i < n; i++) {
		t->scenarios[i] = scenario_result_new();
		t->scenarios[i]->verdict = verdicts[i];
		t->scenarios[i]->duration_ms = 2.5;
	}
	return t;
}

START_TEST(a_test_has_the_worst_verdict_of_its_scenarios)
{
	static const struct {
		enum verdict in[3], want;
	} v[] = {
		{ { VERDICT_PASS, VERDICT_PASS, VERDICT_PASS }, VERDICT_PASS },
		{ { VERDICT_PASS, VERDICT_SKIP, VERDICT_PASS }, VERDICT_PASS },
		{ { VERDICT_SKIP, VERDICT_SKIP, VERDICT_SKIP }, VERDICT_SKIP },
		{ { VERDICT_SKIP, VERDICT_PASS, VERDICT_FAKE_GREEN }, VERDICT_FAKE_GREEN },
		{ { VERDICT_FAKE_GREEN, VERDICT_FAIL, VERDICT_PASS }, VERDICT_FAIL },
		{ { VERDICT_ERROR, VERDICT_FAIL, VERDICT_SKIP }, VERDICT_ERROR },
	};

	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		add_test(v[i].in, 3);
	run_result_count(run);
	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		ck_assert_int_eq(run->tests[i].verdict, v[i].want);
}
END_TEST

START_TEST(the_five_verdicts_add_up_and_marks_are_counted_beside)
{
	static const enum verdict a[] = { VERDICT_PASS, VERDICT_PASS, VERDICT_FAIL, VERDICT_SKIP };
	static const enum verdict b[] = { VERDICT_ERROR, VERDICT_FAKE_GREEN };
	struct test_outcome *t = add_test(a, ARRAY_LEN(a));

	t->scenarios[0]->flaky = true;
	t->scenarios[1]->cached = true;
	t->scenarios[2]->n_findings = 3;
	add_test(b, ARRAY_LEN(b));
	run->summary.wall_ms = 12;
	run->summary.pass = 999;
	run_result_count(run);

	const struct run_summary *s = &run->summary;

	ck_assert_uint_eq(s->tests, 2);
	ck_assert_uint_eq(s->scenarios, 6);
	ck_assert_uint_eq(s->pass, 2); /* the flaky and the cached one are in it */
	ck_assert_uint_eq(s->fail, 1);
	ck_assert_uint_eq(s->skip, 1);
	ck_assert_uint_eq(s->error, 1);
	ck_assert_uint_eq(s->fake_green, 1);
	ck_assert_uint_eq(s->flaky, 1);
	ck_assert_uint_eq(s->cached, 1);
	ck_assert_uint_eq(s->findings, 3);
	ck_assert_double_eq(s->wall_ms, 12);
	ck_assert_double_eq_tol(s->busy_ms, 12.5, 1e-9); /* less the cached one */
}
END_TEST

START_TEST(scenarios_without_a_result_are_left_out)
{
	static const enum verdict a[] = { VERDICT_PASS, VERDICT_PASS };
	struct test_outcome *t = add_test(a, 2);

	scenario_result_unref(t->scenarios[1]);
	t->scenarios[1] = NULL;
	run_result_count(run);
	ck_assert_uint_eq(run->summary.scenarios, 1);
	ck_assert_int_eq(t->verdict, VERDICT_PASS);
}
END_TEST

START_TEST(a_scenario_result_lives_as_long_as_somebody_holds_it)
{
	struct scenario_result *r = scenario_result_new();

	r->name = arena_strdup(r->arena, "kept");
	ck_assert_ptr_eq(scenario_result_ref(r), r);
	scenario_result_unref(r);
	ck_assert_str_eq(r->name, "kept");
	scenario_result_unref(r);
	scenario_result_unref(NULL);
}
END_TEST

START_TEST(a_test_file_frees_its_patterns_with_the_last_reference)
{
	struct test_file *f = test_file_new();
	struct err e;
	size_t at;

	f->patterns = xgrow(f->patterns, &f->cap_patterns, 1, sizeof(struct regex *));
	f->patterns[f->n_patterns++] = regex_new("a+", &at, &e);
	diags_add(&f->diags, SEV_WARNING, "config.x", NULL, (struct pos){ 0 }, "w");
	test_file_unref(test_file_ref(f));
	ck_assert_int_eq(regex_match(f->patterns[0], "aa", 2, NULL, NULL, &e), 1);
	test_file_unref(f); /* the leak checker of a sanitizer build would tell */
	test_file_unref(NULL);
}
END_TEST

START_TEST(settings_are_counted)
{
	struct settings *s = xcalloc(1, sizeof(*s));

	s->arena = arena_new();
	s->refs = 1;
	diags_init(&s->diags, s->arena);
	settings_unref(settings_ref(s));
	s->root = arena_strdup(s->arena, "/r");
	settings_unref(s);
	settings_unref(NULL);
}
END_TEST

START_TEST(every_enum_value_has_its_word)
{
	ck_assert_str_eq(event_names[EV_RUN], "run");
	ck_assert_str_eq(event_names[EV_SCENARIO_END], "scenario_end");
	ck_assert_str_eq(event_names[EV_END], "end");
	for (size_t i = 0; i < EV_COUNT; i++)
		ck_assert_ptr_nonnull(event_names[i]);
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		ck_assert_ptr_nonnull(limit_names[i]);
	for (enum reason r = REASON_NONE + 1; r < REASON_COUNT; r++)
		ck_assert_ptr_nonnull(reason_names[r]);
	ck_assert_ptr_null(reason_names[REASON_NONE]);
	ck_assert_str_eq(reason_names[REASON_NOT_FOUND], "not_found");
	ck_assert_str_eq(verdict_names[VERDICT_FAKE_GREEN], "fake_green");
	ck_assert_str_eq(verdict_names[VERDICT_ERROR], "error");
	ck_assert_str_eq(isolation_names[ISOLATION_RELAXED], "relaxed");
	ck_assert_str_eq(net_mode_names[NET_HOST], "host");
	ck_assert_str_eq(volume_mode_names[VOLUME_COW], "cow");
	ck_assert_str_eq(deadline_source_names[DEADLINE_PROJECT], "project");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_test_has_the_worst_verdict_of_its_scenarios,
		the_five_verdicts_add_up_and_marks_are_counted_beside,
		scenarios_without_a_result_are_left_out,
		a_scenario_result_lives_as_long_as_somebody_holds_it,
		a_test_file_frees_its_patterns_with_the_last_reference,
		settings_are_counted,
		every_enum_value_has_its_word,
	};

	return check_run_with("result", tests, ARRAY_LEN(tests), make, destroy);
}

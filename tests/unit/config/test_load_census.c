/* Files in the words of each generation, with the odd forms that real files have. */
#include "tests/unit/config/load_bed.h"

#define DIR "tests/unit/config/census/"

static const char *census_text(const char *name)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct err e;

	if (fs_read_file(arena_printf(bed.a, DIR "%s", name), 1 << 20, &b, &e) < 0)
		ck_abort_msg("%s", e.msg);
	return arena_strndup(bed.a, b.s, b.len);
}

START_TEST(files_of_all_generations_load_with_warnings_at_most)
{
	static const struct {
		const char *name;
		size_t scenarios, steps;
	} rows[] = {
		{ "first_steps.clnrm.toml", 1, 3 },
		{ "first_services.clnrm.toml", 1, 1 },
		{ "second.clnrm.toml", 1, 2 },
		{ "third.clnrm.toml", 3, 1 },
	};
	const struct env_var client[] = { { "PWD", bed.root } };

	set_env(client, 1);
	bed.validate = true;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct test *t = fair(census_text(rows[i].name));

		ck_assert_uint_eq(t->n_scenarios, rows[i].scenarios);
		ck_assert_uint_eq(t->scenarios[0].n_steps, rows[i].steps);
	}
}
END_TEST

START_TEST(older_words_of_steps_have_their_meaning)
{
	bed.validate = true;

	const struct test *t = fair(census_text("first_steps.clnrm.toml"));
	const struct step *s = t->scenarios[0].steps;

	ck_assert_int_eq(t->timeout.ns, 300 * SECOND);
	ck_assert_uint_eq(s[0].retries, 3);
	ck_assert_int_eq(s[0].timeout.ns, 30 * SECOND);
	ck_assert_str_eq(s[0].out_contains.v[0], "hello");
	ck_assert_pstr_eq(env_of(&s[0], "LEVEL"), "debug");
	ck_assert_ptr_null(env_of(&s[1], "LEVEL"));
	ck_assert_str_eq(t->scenarios[0].places[s[0].place].spec.image, "alpine:latest");
	ck_assert_str_eq(t->scenarios[0].places[s[1].place].spec.image, "host");
	ck_assert(s[1].should_fail);
	ck_assert_uint_eq(s[1].retries, 1);
	ck_assert_str_eq(argv_of(&s[2]), "echo|one word");
	ck_assert_ptr_nonnull(s[2].out_regex_not.re);
	/* What has no effect says so, once for each key. */
	finding(SEV_WARNING, "config.ignored_key", 10, 1, "'fake_mode'");
	finding(SEV_WARNING, "config.ignored_key", 38, 1, "'capture_stdout'");
	finding(SEV_WARNING, "config.check_not_evaluated", 56, 1, "dashboard_renders_correctly");
}
END_TEST

START_TEST(a_scenario_that_should_fail_may_do_so_by_its_deadline)
{
	bed.validate = true;

	const struct scenario *sc = &fair(census_text("third.clnrm.toml"))->scenarios[2];

	ck_assert(sc->steps[0].should_fail);
	ck_assert_int_eq(sc->steps[0].timeout.ns, SECOND / 2);
	ck_assert_int_eq(sc->steps[0].grace_ns, SECOND / 10);
	ck_assert_int_gt(sc->timeout.ns, SECOND / 2 + SECOND / 10);
	ck_assert_str_eq(argv_of(&bed.f->tests->scenarios[0].steps[0]), "sh|-c|echo ready");
	ck_assert_uint_eq(sc->places[0].spec.limits.v[LIMIT_MEMORY], 512 * MIB);
}
END_TEST

START_TEST(a_file_without_name_and_work_misses_both)
{
	bed.validate = true;
	load_text(census_text("neither.clnrm.toml"));
	ck_assert_uint_eq(bed.f->diags.errors, 2);
	finding(SEV_ERROR, "config.missing_key", 1, 1, "[meta] needs 'name'");
	finding(SEV_ERROR, "config.missing_key", 1, 1, "nothing to run");
}
END_TEST

START_TEST(words_without_a_meaning_are_errors)
{
	bed.validate = true;
	load_text(census_text("unsupported.clnrm.toml"));
	finding(SEV_ERROR, "config.unsupported", 7, 1, "'expect_partial_failure' is not supported");
	finding(SEV_ERROR, "config.unsupported", 8, 1, "'chaos_injection' is not supported");
	finding(SEV_ERROR, "config.unsupported", 10, 9, "'expect.chaos' is not supported");
	finding(SEV_ERROR, "config.unsupported", 13, 9, "'expect.performance' is not supported");
	ck_assert_ptr_null(bed.f->tests);
}
END_TEST

START_TEST(a_run_refuses_what_is_not_built)
{
	load_text(census_text("second.clnrm.toml"));
	ck_assert_ptr_null(bed.f->tests);
	for (size_t i = 0; i < bed.f->diags.n; i++)
		if (bed.f->diags.v[i].severity == SEV_ERROR)
			ck_assert_str_eq(bed.f->diags.v[i].code, "config.needs_feature");
}
END_TEST

LOAD_MAIN("load census", files_of_all_generations_load_with_warnings_at_most,
        older_words_of_steps_have_their_meaning,
        a_scenario_that_should_fail_may_do_so_by_its_deadline,
        a_file_without_name_and_work_misses_both, words_without_a_meaning_are_errors,
        a_run_refuses_what_is_not_built)

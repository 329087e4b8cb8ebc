#include <signal.h>

#include "tests/unit/config/load_bed.h"

/* The one step of a scenario with these lines, loaded without a finding. */
static const struct step *step_with(const char *lines)
{
	const struct test *t = clean(arena_printf(bed.a,
	        META "[[scenario]]\nname = \"s\"\n[[scenario.steps]]\nrun = \"x\"\n%s\n", lines));

	return &t->scenarios[0].steps[0];
}

/* A scenario that is this one step. */
static const struct scenario *scenario_with(const char *lines)
{
	return &clean(
	        arena_printf(bed.a, META "[[scenario]]\nname = \"s\"\nrun = \"x\"\n%s\n", lines))
	                ->scenarios[0];
}

START_TEST(a_step_that_says_nothing_has_the_defaults)
{
	const struct step *s = step_with("");

	ck_assert_str_eq(s->name, "step 1");
	ck_assert_uint_eq(s->pos.line, 5);
	ck_assert_uint_eq(s->command_pos.line, 6);
	ck_assert_str_eq(s->workdir, "/workspace");
	ck_assert(!s->workdir_given && !s->background && !s->continue_on_failure);
	ck_assert(!s->should_fail && !s->is_script);
	ck_assert_ptr_null(s->user);
	ck_assert_ptr_null(s->skip);
	ck_assert_ptr_null(s->stdin_data);
	ck_assert_uint_eq(s->umask, 022);
	ck_assert_int_eq(s->timeout.ns, 60 * SECOND);
	ck_assert_int_eq(s->timeout.source, DEADLINE_DEFAULT);
	ck_assert_int_eq(s->grace_ns, 0);
	ck_assert_uint_eq(s->retries, 0);
	ck_assert_int_eq(s->retry_delay_ns, SECOND);
	ck_assert(s->retry_backoff == 1.0);
	ck_assert_uint_eq(s->expected_codes[0], 1);
	ck_assert_int_eq(s->expected_signal, 0);
	ck_assert_ptr_null(s->out_regex.text);
	ck_assert_uint_eq(s->out_contains.n, 0);
}
END_TEST

START_TEST(expected_exit_codes_are_a_set)
{
	const struct step *s = step_with("expected_exit_code = [0, 3, 64, 255]");

	ck_assert_uint_eq(s->expected_codes[0], 9);
	ck_assert_uint_eq(s->expected_codes[1], 1);
	ck_assert_uint_eq(s->expected_codes[2], 0);
	ck_assert_uint_eq(s->expected_codes[3], 1ull << 63);
	ck_assert_uint_eq(s->expected_code_pos.line, 7);
	s = step_with("expected_exit_code = 2");
	ck_assert_uint_eq(s->expected_codes[0], 4);
}
END_TEST

START_TEST(an_expected_signal_leaves_no_exit_code)
{
	const struct step *s = step_with("expected_signal = \"SIGSEGV\"");

	ck_assert_int_eq(s->expected_signal, SIGSEGV);
	ck_assert_uint_eq(s->expected_codes[0], 0);
	ck_assert_uint_eq(s->expected_code_pos.line, 7);
	only_error(META
	        "[[steps]]\nrun = \"x\"\nexpected_exit_code = 1\nexpected_signal = \"TERM\"\n",
	        "config.conflict", 6, 19, "give only one of");
}
END_TEST

START_TEST(should_fail_has_two_spellings_and_codes_say_more)
{
	ck_assert(step_with("should_fail = true")->should_fail);
	ck_assert(step_with("expect_failure = true")->should_fail);
	ck_assert_uint_eq(step_with("should_fail = true")->expected_code_pos.line, 7);

	const struct step *s = step_with("should_fail = true\nexpected_exit_code = 3");
	ck_assert(!s->should_fail);
	ck_assert_uint_eq(s->expected_codes[0], 8);
	only_error(META "[[steps]]\nrun = \"x\"\nshould_fail = true\nexpected_exit_code = 0\n",
	        "config.conflict", 6, 22, "has 0, but the step should fail");
}
END_TEST

START_TEST(patterns_are_compiled_and_keep_their_place)
{
	const struct step *s = step_with("expected_output_regex = '^a$'\n"
	                                 "expected_output_regex_not = 'b'\n"
	                                 "expected_output_contains = [\"c\", \"d\"]");

	ck_assert_str_eq(s->out_regex.text, "^a$");
	ck_assert_ptr_nonnull(s->out_regex.re);
	ck_assert_uint_eq(s->out_regex.pos.line, 7);
	ck_assert_uint_eq(s->out_regex.pos.col, 25);
	ck_assert_str_eq(s->out_regex_not.text, "b");
	ck_assert_ptr_nonnull(s->out_regex_not.re);
	ck_assert_uint_eq(s->out_contains.n, 2);
	ck_assert_str_eq(s->out_contains.v[1], "d");
	ck_assert_uint_eq(s->out_contains_pos.line, 9);
	ck_assert_uint_eq(bed.f->n_patterns, 2);
	ck_assert_uint_eq(step_with("expected_output_contains = \"c\"")->out_contains.n, 1);
	only_error(META "[[steps]]\nrun = \"x\"\nexpected_output_regex = 'ab(c'\n", "config.regex",
	        5, 30, "regular expression: missing closing parenthesis at offset 4");
}
END_TEST

START_TEST(deadlines_say_where_they_come_from)
{
	static const struct {
		const char *lines;
		int64_t ns;
	} rows[] = {
		{ "timeout = \"5s\"", 5 * SECOND },
		{ "timeout = 5", 5 * SECOND },
		{ "timeout_ms = 250", SECOND / 4 },
		{ "timeout_seconds = 2", 2 * SECOND },
		{ "timeout_secs = \"1m30s\"", 90 * SECOND },
		{ "timeout = \"none\"", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct step *s = step_with(rows[i].lines);

		ck_assert_int_eq(s->timeout.ns, rows[i].ns);
		ck_assert_int_eq(s->timeout.source, DEADLINE_FILE);
	}
	bed.s.step_timeout_ns = 7 * SECOND;
	ck_assert_int_eq(step_with("")->timeout.source, DEADLINE_DEFAULT);
	project_says("test_execution.step_timeout", "cleanroom.toml:3");
	ck_assert_int_eq(step_with("")->timeout.source, DEADLINE_PROJECT);
	ck_assert_int_eq(step_with("")->timeout.ns, 7 * SECOND);
	bed.flags.step_timeout_ns = 3 * SECOND;
	ck_assert_int_eq(step_with("")->timeout.source, DEADLINE_FLAG);
	ck_assert_int_eq(step_with("timeout = \"5s\"")->timeout.ns, 3 * SECOND);
	ck_assert_int_eq(step_with("timeout = \"none\"")->timeout.ns, 3 * SECOND);
	ck_assert_int_eq(step_with("timeout = \"2s\"")->timeout.ns, 2 * SECOND);
	ck_assert_int_eq(step_with("timeout = \"2s\"")->timeout.source, DEADLINE_FILE);
}
END_TEST

START_TEST(teardown_has_a_deadline_of_its_own)
{
	project_says("test_execution.step_timeout", "cleanroom.toml:3");

	const struct scenario *sc = scenario_with("setup = [{ run = \"a\" }]\nteardown = [{ run = "
	                                          "\"b\" }, { run = \"c\", timeout = 9 }]");

	ck_assert_uint_eq(sc->n_setup, 1);
	ck_assert_int_eq(sc->setup[0].timeout.ns, 60 * SECOND);
	ck_assert_uint_eq(sc->n_teardown, 2);
	ck_assert_int_eq(sc->teardown[0].timeout.ns, 30 * SECOND);
	ck_assert_int_eq(sc->teardown[0].timeout.source, DEADLINE_DEFAULT);
	ck_assert_int_eq(sc->teardown[1].timeout.ns, 9 * SECOND);
	ck_assert_int_eq(sc->teardown[1].timeout.source, DEADLINE_FILE);
}
END_TEST

START_TEST(the_timeout_of_a_scenario_with_run_is_the_scenarios)
{
	const struct scenario *sc = scenario_with("");

	ck_assert_int_eq(sc->timeout.ns, 300 * SECOND);
	ck_assert_int_eq(sc->timeout.source, DEADLINE_DEFAULT);
	ck_assert_int_eq(sc->steps[0].timeout.ns, 60 * SECOND);
	sc = scenario_with("timeout_ms = 90000");
	ck_assert_int_eq(sc->timeout.ns, 90 * SECOND);
	ck_assert_int_eq(sc->timeout.source, DEADLINE_FILE);
	ck_assert_int_eq(sc->steps[0].timeout.ns, 0);
	sc = scenario_with("timeout = \"none\"");
	ck_assert_int_eq(sc->timeout.ns, 0);
	/* What should fail may do so by its deadline; a grace begins with one. */
	sc = scenario_with("timeout = 2\nexpect_failure = true");
	ck_assert_int_eq(sc->steps[0].timeout.ns, 2 * SECOND);
	ck_assert_int_gt(sc->timeout.ns, 2 * SECOND);
	sc = scenario_with("timeout = 2\ntimeout_strategy = \"graceful\"");
	ck_assert_int_eq(sc->steps[0].grace_ns, SECOND / 2);
	ck_assert_int_gt(sc->timeout.ns, 2 * SECOND + SECOND / 2);
}
END_TEST

START_TEST(the_scenarios_deadline_has_caps)
{
	bed.s.scenario_timeout_ns = 100 * SECOND;
	project_says("test_execution.default_timeout", "cleanroom.toml:2");
	ck_assert_int_eq(scenario_with("")->timeout.source, DEADLINE_PROJECT);
	ck_assert_int_eq(scenario_with("")->timeout.ns, 100 * SECOND);
	ck_assert_int_eq(
	        scenario_with("policy = { max_execution_time = 20 }")->timeout.ns, 20 * SECOND);
	ck_assert_int_eq(
	        scenario_with("timeout = 9\npolicy = { max_execution_time = 20 }")->timeout.ns,
	        9 * SECOND);
	ck_assert_int_eq(scenario_with("timeout = \"none\"\npolicy = { max_execution_time = 20 }")
	                         ->timeout.ns,
	        20 * SECOND);
	bed.flags.scenario_timeout_ns = 5 * SECOND;
	ck_assert_int_eq(scenario_with("timeout = 9")->timeout.ns, 5 * SECOND);
	ck_assert_int_eq(scenario_with("timeout = 9")->timeout.source, DEADLINE_FLAG);
	/* The test's own is the whole test's. */
	ck_assert_int_eq(clean("[meta]\nname = \"t\"\ntimeout = \"2m\"\n[[steps]]\nrun = \"x\"\n")
	                         ->timeout.ns,
	        120 * SECOND);
	ck_assert_int_eq(bed.f->tests->timeout.source, DEADLINE_FILE);
	ck_assert_int_eq(clean(META "[[steps]]\nrun = \"x\"\n")->timeout.ns, 0);
}
END_TEST

START_TEST(retries_have_three_spellings)
{
	static const struct {
		const char *lines;
		unsigned retries;
		int64_t delay;
		double backoff;
	} rows[] = {
		{ "retries = 4", 4, SECOND, 1 },
		{ "retries = 1\nretry_delay = \"200ms\"\nretry_backoff = 2", 1, SECOND / 5, 2 },
		{ "retries = 1\nretry_delay_ms = 0", 1, 0, 1 },
		{ "max_retries = 3", 0, SECOND, 1 },
		{ "max_retries = 3\nretry_on_failure = false", 0, SECOND, 1 },
		{ "max_retries = 3\nretry_on_failure = true", 3, SECOND, 1 },
		{ "retry = { max_attempts = 3, delay = \"2s\", backoff = 1.5 }", 2, 2 * SECOND,
		        1.5 },
		{ "retry = { max_attempts = 1 }", 0, SECOND, 1 },
		{ "retries = 9\nretry = { max_attempts = 3 }", 9, SECOND, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct step *s = step_with(rows[i].lines);

		ck_assert_msg(s->retries == rows[i].retries, "%s: %u", rows[i].lines, s->retries);
		ck_assert_int_eq(s->retry_delay_ns, rows[i].delay);
		ck_assert(s->retry_backoff == rows[i].backoff);
	}
}
END_TEST

START_TEST(flags_of_a_step_reach_the_model)
{
	ck_assert(step_with("background = true")->background);
	ck_assert(step_with("continue_on_failure = true")->continue_on_failure);
	ck_assert_str_eq(step_with("skip = \"later\"")->skip, "later");
	ck_assert_ptr_nonnull(step_with("skip = true")->skip);
	ck_assert_ptr_null(step_with("skip = false")->skip);
	ck_assert_int_eq(step_with("grace = \"2s\"")->grace_ns, 2 * SECOND);
	ck_assert_int_eq(step_with("grace_period_ms = 20")->grace_ns, SECOND / 50);
	ck_assert_int_eq(step_with("timeout_strategy = \"graceful\"")->grace_ns, SECOND / 2);
	ck_assert_int_eq(step_with("timeout_strategy = \"hard\"")->grace_ns, 0);
	ck_assert_int_eq(step_with("grace = 1\ntimeout_strategy = \"graceful\"")->grace_ns, SECOND);
	ck_assert_uint_eq(step_with("umask = \"077\"")->umask, 077);
}
END_TEST

START_TEST(skip_and_only_of_tests_and_scenarios)
{
	const struct test *t =
	        clean("[meta]\nname = \"t\"\nskip = \"why\"\n[[scenario]]\nname = \"a\"\n"
	              "run = \"x\"\nonly = true\n[[scenario]]\nname = \"b\"\n"
	              "run = \"x\"\nskip = true\n");

	ck_assert_str_eq(t->skip, "why");
	ck_assert(t->scenarios[0].only && !t->scenarios[1].only);
	ck_assert_ptr_null(t->scenarios[0].skip);
	ck_assert_ptr_nonnull(t->scenarios[1].skip);
	t = clean("[meta]\nname = \"t\"\nonly = true\n[[steps]]\nrun = \"x\"\n[[scenario]]\n"
	          "name = \"a\"\nrun = \"x\"\n");
	ck_assert(t->scenarios[0].only && t->scenarios[1].only);
	t = clean("[meta]\nname = \"t\"\nonly = true\n[[steps]]\nrun = \"x\"\n[[scenario]]\n"
	          "name = \"a\"\nrun = \"x\"\nonly = true\n");
	ck_assert(!t->scenarios[0].only && t->scenarios[1].only);
}
END_TEST

START_TEST(tags_add_up)
{
	const struct test *t =
	        clean("[meta]\nname = \"t\"\ntags = [\"a\", \"b\"]\nversion = \"1.10\"\n"
	              "description = \"d\"\nauthor = \"me\"\n[[scenario]]\n"
	              "name = \"s\"\nrun = \"x\"\ntags = [\"c\", \"a\"]\n");

	ck_assert_uint_eq(t->tags.n, 2);
	ck_assert_uint_eq(t->scenarios[0].tags.n, 3);
	ck_assert_str_eq(t->scenarios[0].tags.v[2], "c");
	ck_assert_str_eq(t->version, "1.10");
	ck_assert_str_eq(t->description, "d");
	ck_assert_str_eq(clean(META "[[steps]]\nrun = \"x\"\n")->version, "1.0");
	ck_assert_str_eq(
	        clean("[meta]\nname = \"t\"\nversion = 1.2\n[[steps]]\nrun = \"x\"\n")->version,
	        "1.2");
	only_error("[meta]\nname = \"t\"\nversion = \" \"\n[[steps]]\nrun = \"x\"\n",
	        "config.empty", 3, 11, "'version' must not be blank");
}
END_TEST

START_TEST(the_nearest_environment_wins)
{
	const struct test *t = clean(
	        "[meta]\nname = \"t\"\nenv = { A = \"meta\", B = \"meta\", C = \"meta\", D = "
	        "\"meta\" }\n"
	        "[service.x]\nimage = \"host\"\nenv = { B = \"service\", C = \"service\", D = "
	        "\"service\" }\n"
	        "[[scenario]]\nname = \"s\"\nservice = \"x\"\n"
	        "environment = { C = \"scenario\", D = \"scenario\" }\nunset = [\"TZ\", \"E\"]\n"
	        "steps = [{ name = \"q\", run = \"x\", env = { D = 0x10, E = true } }]\n");
	const struct step *s = &t->scenarios[0].steps[0];
	static const char *const rows[][2] = { { "A", "meta" }, { "B", "service" },
		{ "C", "scenario" }, { "D", "0x10" }, { "E", NULL }, { "TZ", NULL },
		{ "HOME", "/tmp/home" }, { "TMPDIR", "/tmp" }, { "LANG", "C.UTF-8" },
		{ "CLNRM", "1" }, { "CLNRM_TEST", "t" }, { "CLNRM_SCENARIO", "s" },
		{ "CLNRM_STEP", "q" } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i][1])
			ck_assert_pstr_eq(env_of(s, rows[i][0]), rows[i][1]);
		else
			ck_assert_ptr_null(env_of(s, rows[i][0]));
	for (size_t i = 1; i < s->n_env; i++)
		ck_assert_int_lt(strcmp(s->env[i - 1].name, s->env[i].name), 0);
}
END_TEST

START_TEST(the_client_hands_in_what_env_pass_lets_through)
{
	static const struct env_var client[] = { { "CI", "1" }, { "MY_A", "a" },
		{ "MY_TOKEN", "s" }, { "OTHER", "o" }, { "MY_B", "b" } };

	set_env(client, ARRAY_LEN(client));

	const struct step *s = &clean("[meta]\nname = \"t\"\nenv_pass = [\"CI\", \"MY_*\"]\n"
	                              "[[steps]]\nrun = \"x\"\nenv = { MY_B = \"file\" }\n")
	                                ->scenarios[0]
	                                .steps[0];
	ck_assert_pstr_eq(env_of(s, "CI"), "1");
	ck_assert_pstr_eq(env_of(s, "MY_A"), "a");
	ck_assert_pstr_eq(env_of(s, "MY_B"), "file");
	ck_assert_ptr_null(env_of(s, "MY_TOKEN"));
	ck_assert_ptr_null(env_of(s, "OTHER"));

	/* By its full name even a token passes. */
	s = &clean("[meta]\nname = \"t\"\nenv_pass = [\"MY_TOKEN\"]\n[[steps]]\nrun = \"x\"\n"
	           "env = [\"MY_TOKEN\", \"X=1=2\"]\n")
	             ->scenarios[0]
	             .steps[0];
	ck_assert_pstr_eq(env_of(s, "MY_TOKEN"), "s");
	ck_assert_pstr_eq(env_of(s, "X"), "1=2");
	only_error(META "[[steps]]\nrun = \"x\"\nenv = [\"OTHER\"]\n", "config.policy_denied", 5, 8,
	        "variable 'OTHER' is not in env_pass");

	/* Those of the project count for files that say nothing. */
	bed.s.env_pass = LIST("OTHER");
	ck_assert_pstr_eq(
	        env_of(&clean(META "[[steps]]\nrun = \"x\"\n")->scenarios[0].steps[0], "OTHER"),
	        "o");
}
END_TEST

START_TEST(what_the_client_has_not_sent_is_asked_for)
{
	bed.env.asked = false;
	bed.s.env_pass = LIST("P");
	load_text(META "[[steps]]\nrun = \"x\"\n");
	ck_assert_uint_eq(bed.need.n, 1);
	ck_assert_str_eq(bed.need.v[0], "P");
	load_text(
	        "[meta]\nname = \"t\"\nenv_pass = [\"G_*\", \"P\", \"Q\"]\n[[steps]]\nrun = \"x\"\n"
	        "env = [\"Q\"]\n");
	ck_assert_uint_eq(bed.need.n, 3);
	ck_assert_str_eq(bed.need.v[1], "G_*");
	ck_assert_str_eq(bed.need.v[2], "Q");
	ck_assert_uint_eq(bed.f->diags.n, 0);
}
END_TEST

START_TEST(directories_hang_on_the_outer_ones)
{
	static const struct {
		const char *meta, *scenario, *step, *workdir;
		bool given;
	} rows[] = {
		{ "", "", "", "/workspace", false },
		{ "", "", "workdir = \"sub\"", "/workspace/sub", false },
		{ "", "cwd = \"/src\"", "workdir = \"a/../b\"", "/src/b", true },
		{ "workdir = \"/m\"", "working_dir = \"s\"", "cwd = \"t\"", "/m/s/t", true },
		{ "workdir = \"/m\"", "", "workdir = \"/abs\"", "/abs", true },
		{ "workdir = \"/workspace/x\"", "", "", "/workspace/x", false },
		{ "", "", "workdir = \"../etc\"", "/etc", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct step *s = &clean(arena_printf(bed.a,
		                                      META "%s\n[[scenario]]\nname = \"s\"\n%s\n"
		                                           "[[scenario.steps]]\nrun = \"x\"\n%s\n",
		                                      rows[i].meta, rows[i].scenario, rows[i].step))
		                                ->scenarios[0]
		                                .steps[0];

		ck_assert_str_eq(s->workdir, rows[i].workdir);
		ck_assert_int_eq(s->workdir_given, rows[i].given);
	}
	only_error(
	        META "[[steps]]\nrun = \"x\"\nworkdir = \"\"\n", "config.empty", 5, 11, "workdir");
}
END_TEST

START_TEST(a_directory_of_a_volume_is_not_made)
{
	bed_mkdir("src");
	ck_assert(step_with("")->workdir_given == false);
	const struct test *t =
	        clean(META "project = \"ro\"\n[[steps]]\nrun = \"x\"\nworkdir = \"a\"\n"
	                   "[[steps]]\nrun = \"x\"\n");

	ck_assert(t->scenarios[0].steps[0].workdir_given);
	ck_assert(t->scenarios[0].steps[1].workdir_given);
}
END_TEST

START_TEST(users_and_masks_come_from_the_nearest_table)
{
	const struct test *t =
	        clean("[meta]\nname = \"t\"\nuser = 1000\numask = \"027\"\n"
	              "[[scenario]]\nname = \"a\"\nrun = \"x\"\n[[scenario]]\n"
	              "name = \"b\"\nrun = \"x\"\nuser = \"nobody:0\"\numask = \"0\"\n");

	ck_assert_str_eq(t->scenarios[0].steps[0].user, "1000");
	ck_assert_uint_eq(t->scenarios[0].steps[0].umask, 027);
	ck_assert_str_eq(t->scenarios[1].steps[0].user, "nobody:0");
	ck_assert_uint_eq(t->scenarios[1].steps[0].umask, 0);
	only_error("[meta]\nname = \"t\"\nuser = \"a b\"\n[[steps]]\nrun = \"x\"\n", "config.type",
	        3, 8, "'user' wants a name");
}
END_TEST

START_TEST(stdin_is_text_base64_or_a_file)
{
	bed_write("in.txt", "from a file");

	const struct step *s = step_with("stdin = \"a\\u0000b\"");
	ck_assert_uint_eq(s->stdin_len, 3);
	ck_assert_mem_eq(s->stdin_data, "a\0b", 3);
	s = step_with("stdin = { base64 = \"AP8=\" }");
	ck_assert_uint_eq(s->stdin_len, 2);
	ck_assert_mem_eq(s->stdin_data, "\0\xff", 2);
	ck_assert(!bed.f->transient);
	s = step_with("stdin = { file = \"in.txt\" }");
	ck_assert_str_eq(s->stdin_data, "from a file");
	ck_assert_uint_eq(s->stdin_len, 11);
	ck_assert(bed.f->transient);
	only_error(META "[[steps]]\nrun = \"x\"\nstdin = { file = \"no\" }\n", "config.path", 5, 18,
	        "'no': no such file or directory");
	only_error(META "[[steps]]\nrun = \"x\"\nstdin = { file = \"/etc/passwd\" }\n",
	        "config.path", 5, 18, "lies outside the project");
	only_error(META "[[steps]]\nrun = \"x\"\nstdin = { base64 = \"?\" }\n", "config.type", 5,
	        20, "'base64'");
	only_error(META "[[steps]]\nrun = \"x\"\nstdin = { base64 = \"\", file = \"x\" }\n",
	        "config.conflict", 5, 9, "give one of file, base64");
}
END_TEST

START_TEST(should_fail_of_a_scenario_with_steps_is_the_whole)
{
	const struct scenario *sc =
	        &clean(META "[[scenario]]\nname = \"s\"\nexpect_success = false\n"
	                    "expected_output_regex = \"x\"\nsteps = [{ run = \"a\" }]\n")
	                 ->scenarios[0];

	ck_assert(sc->should_fail);
	ck_assert_str_eq(sc->out_regex.text, "x");
	ck_assert_uint_eq(sc->out_regex.pos.line, 6);
	ck_assert(!sc->steps[0].should_fail);
	sc = scenario_with("expect_success = false\nexpected_output_regex = \"x\"");
	ck_assert(!sc->should_fail && sc->steps[0].should_fail);
	ck_assert_ptr_null(sc->out_regex.text);
	ck_assert_str_eq(sc->steps[0].out_regex.text, "x");
}
END_TEST

START_TEST(step_keys_on_a_scenario_with_steps_are_refused)
{
	only_error(META "[[scenario]]\nname = \"s\"\nexpected_exit_code = 1\n"
	                "steps = [{ run = \"a\" }]\n",
	        "config.unknown_key", 5, 1,
	        "'expected_exit_code' is not a key of a scenario with steps; put it in [[steps]]");
	only_warning(META "[[scenario]]\nname = \"s\"\nbackground = true\n"
	                  "steps = [{ run = \"a\" }]\n",
	        "config.unknown_key", 5, 1, "'background'");
	scenario_with("expected_exit_code = 1\nbackground = true");
}
END_TEST

LOAD_MAIN("load steps", a_step_that_says_nothing_has_the_defaults, expected_exit_codes_are_a_set,
        an_expected_signal_leaves_no_exit_code, should_fail_has_two_spellings_and_codes_say_more,
        patterns_are_compiled_and_keep_their_place, deadlines_say_where_they_come_from,
        teardown_has_a_deadline_of_its_own, the_timeout_of_a_scenario_with_run_is_the_scenarios,
        the_scenarios_deadline_has_caps, retries_have_three_spellings,
        flags_of_a_step_reach_the_model, skip_and_only_of_tests_and_scenarios, tags_add_up,
        the_nearest_environment_wins, the_client_hands_in_what_env_pass_lets_through,
        what_the_client_has_not_sent_is_asked_for, directories_hang_on_the_outer_ones,
        a_directory_of_a_volume_is_not_made, users_and_masks_come_from_the_nearest_table,
        stdin_is_text_base64_or_a_file, should_fail_of_a_scenario_with_steps_is_the_whole,
        step_keys_on_a_scenario_with_steps_are_refused)

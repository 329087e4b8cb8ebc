#include "tests/unit/config/load_bed.h"

#define RUN "[[steps]]\ncommand = [\"true\"]\n"

START_TEST(meta_test_and_test_metadata_are_one_table)
{
	static const char *const heads[] = {
		"[meta]\nname = \"n\"\ntags = [\"a\"]\n",
		"[test.metadata]\nname = \"n\"\ntags = [\"a\"]\n",
		"[test]\nname = \"n\"\ntags = [\"a\"]\n",
		"[test]\nname = \"n\"\n[test.metadata]\ntags = [\"a\"]\n",
		"[meta]\nname = \"n\"\n[test.metadata]\nname = \"n\"\ntags = [\"a\"]\n",
		"[meta]\nname = \"n\"\n[test]\ntags = [\"a\"]\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		const struct test *t = clean(arena_printf(bed.a, "%s" RUN, heads[i]));

		ck_assert_str_eq(t->name, "n");
		ck_assert_uint_eq(t->tags.n, 1);
		ck_assert_str_eq(t->tags.v[0], "a");
	}
}
END_TEST

START_TEST(the_same_key_with_different_values_is_a_conflict)
{
	only_error("[meta]\nname = \"a\"\n[test.metadata]\nname = \"b\"\n" RUN, "config.conflict",
	        4, 1, "'name' here and 'name' at line 2 say different things");
	only_error("[meta]\nname = \"a\"\ntimeout = \"1s\"\n[test]\ntimeout_ms = 1500\n" RUN,
	        "config.conflict", 5, 1, "'timeout_ms' here and 'timeout' at line 3");
	clean("[meta]\nname = \"a\"\ntimeout = \"1s\"\n[test]\ntimeout_ms = 1000\n" RUN);
}
END_TEST

START_TEST(pointers_of_findings_are_those_of_the_file)
{
	const struct diag *x = only_error("[test.metadata]\nname = \"a\"\nonly = \"x\"\n" RUN,
	        "config.type", 3, 8, "'only' wants true or false");

	ck_assert_str_eq(x->pointer, "/test/metadata/only");
	ck_assert_str_eq(x->source_line, "only = \"x\"");
	x = only_error(META "[[scenario]]\nname = \"a\"\nrun = \"x\"\n[[scenario]]\nname = \"b\"\n"
	                    "steps = [{ run = \"x\" }, { run = \"x\", comand = 1 }]\n",
	        "config.unknown_key", 8, 38, "unknown key 'comand' in [[steps]]");
	ck_assert_str_eq(x->pointer, "/scenario/1/steps/1/comand");
	ck_assert_str_eq(x->help[0], "did you mean 'command'?");
}
END_TEST

START_TEST(services_of_both_spellings_are_one_map)
{
	fair(META "[service.a]\nimage = \"host\"\n[services.b]\nimage = \"clnrm/base\"\n"
	          "[[steps]]\nrun = \"x\"\nservice = \"a\"\n[[steps]]\nrun = \"x\"\nservice = "
	          "\"b\"\n");
	ck_assert_str_eq(bed.f->tests->scenarios[0].places[1].spec.image, "clnrm/base");
	only_error(META "[service.a]\nimage = \"host\"\n[services.a]\nimage = \"host\"\n" RUN,
	        "config.conflict", 5, 11, "service 'a' is described here and at line 3");
}
END_TEST

START_TEST(singular_and_plural_are_one_list)
{
	const struct test *t = clean(
	        META "[[steps]]\nname = \"a\"\nrun = \"x\"\n[[step]]\nname = \"b\"\nrun = \"x\"\n"
	             "[[scenarios]]\nname = \"s\"\nrun = \"x\"\n[[scenario]]\nname = \"r\"\n"
	             "run = \"x\"\n");

	ck_assert_uint_eq(t->n_scenarios, 3);
	ck_assert_uint_eq(t->scenarios[0].n_steps, 2);
	ck_assert_str_eq(t->scenarios[0].steps[1].name, "b");
	ck_assert_str_eq(t->scenarios[1].name, "r");
	ck_assert_str_eq(t->scenarios[2].name, "s");
}
END_TEST

START_TEST(tables_of_scenarios_take_their_names_from_the_keys)
{
	const struct test *t = clean(META "[scenario.first]\nrun = \"x\"\n[scenario.second]\n"
	                                  "name = \"other\"\nrun = \"y\"\n[[scenarios]]\n"
	                                  "name = \"third\"\nrun = \"z\"\n");

	ck_assert_uint_eq(t->n_scenarios, 3);
	ck_assert_str_eq(t->scenarios[0].name, "first");
	ck_assert_str_eq(t->scenarios[1].name, "other");
	ck_assert_str_eq(t->scenarios[2].name, "third");
}
END_TEST

START_TEST(top_level_steps_are_one_scenario_named_like_the_test)
{
	const struct test *t = clean(META "[[scenario]]\nname = \"s\"\nrun = \"x\"\n"
	                                  "[[steps]]\nrun = \"a\"\n[[steps]]\nname = \"two\"\n"
	                                  "run = \"b\"\n\n");
	const struct scenario *sc = &t->scenarios[0];

	ck_assert_uint_eq(t->n_scenarios, 2);
	ck_assert_str_eq(sc->name, "t");
	ck_assert_str_eq(sc->id, "t/t");
	ck_assert_str_eq(sc->steps[0].name, "step 1");
	ck_assert_str_eq(sc->steps[1].name, "two");
	ck_assert_uint_eq(sc->steps[1].index, 1);
	ck_assert_uint_eq(sc->pos.line, 6);
	ck_assert_uint_eq(sc->end.line, 10);
	ck_assert_uint_eq(sc->n_places, 1);
	ck_assert_str_eq(t->scenarios[1].id, "t/s");
	ck_assert_uint_eq(t->scenarios[1].pos.line, 3);
	ck_assert_uint_eq(t->scenarios[1].end.line, 5);
}
END_TEST

START_TEST(a_scenario_with_run_is_one_step_with_its_name)
{
	static const struct {
		const char *work, *argv;
		bool script;
	} rows[] = {
		{ "run = \"echo 'a b'\"", "echo|a b", false },
		{ "command = [\"echo\", \"a b\", 7]", "echo|a b|7", false },
		{ "command = \"echo x\"", "echo|x", false },
		{ "script = \"\"\"\necho x\n\"\"\"", "/bin/sh|-e|-c|echo x\n", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct test *t = clean(
		        arena_printf(bed.a, META "[[scenario]]\nname = \"s\"\n%s\n", rows[i].work));
		const struct step *s = &t->scenarios[0].steps[0];

		ck_assert_uint_eq(t->scenarios[0].n_steps, 1);
		ck_assert_str_eq(s->name, "s");
		ck_assert_str_eq(argv_of(s), rows[i].argv);
		ck_assert_int_eq(s->is_script, rows[i].script);
		ck_assert_uint_eq(s->command_pos.line, 5);
	}
}
END_TEST

START_TEST(with_both_run_goes_first)
{
	const struct test *t = clean(META "[[scenario]]\nname = \"s\"\nrun = \"first\"\n"
	                                  "expected_output_regex = \"x\"\n"
	                                  "steps = [{ run = \"second\" }, { run = \"third\" }]\n");
	const struct scenario *sc = &t->scenarios[0];

	ck_assert_uint_eq(sc->n_steps, 3);
	ck_assert_str_eq(argv_of(&sc->steps[0]), "first");
	ck_assert_str_eq(argv_of(&sc->steps[1]), "second");
	ck_assert_str_eq(sc->steps[1].name, "step 1");
	ck_assert_uint_eq(sc->steps[2].index, 2);
	/* The pattern sees the output of all of them. */
	ck_assert_ptr_nonnull(sc->out_regex.re);
	ck_assert_ptr_null(sc->steps[0].out_regex.re);
}
END_TEST

START_TEST(with_service_alone_the_arguments_of_the_service_run)
{
	static const struct {
		const char *service, *argv;
	} rows[] = {
		{ "args = [\"echo\", \"a b\"]", "echo|a b" },
		{ "args = \"echo 'a b'\"", "echo|a b" },
		{ "args = [\"-c\", \"x\"]\nentrypoint = [\"sh\"]", "sh|-c|x" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct test *t = clean(arena_printf(bed.a,
		        META "[service.x]\nimage = \"host\"\n%s\n[[scenario]]\nname = \"s\"\n"
		             "service = \"x\"\n",
		        rows[i].service));

		ck_assert_uint_eq(t->scenarios[0].n_steps, 1);
		ck_assert_str_eq(argv_of(&t->scenarios[0].steps[0]), rows[i].argv);
	}
	only_error(META
	        "[service.x]\nimage = \"host\"\n[[scenario]]\nname = \"s\"\nservice = \"x\"\n",
	        "config.missing_key", 5, 1, "scenario 's' runs service 'x', which has no args");
}
END_TEST

START_TEST(what_is_missing_is_said_once)
{
	static const struct {
		const char *text;
		uint32_t line, col;
		const char *part;
	} rows[] = {
		{ RUN, 1, 1, "[meta] needs 'name'" },
		{ "[meta]\nversion = \"1\"\n" RUN, 1, 1, "[meta] needs 'name'" },
		{ "# nothing\n" META, 1, 1, "no steps and no [[scenario]]: nothing to run" },
		{ "steps = []\n" META, 1, 1, "nothing to run" },
		{ META "[[scenario]]\nname = \"x\"\n", 3, 1,
		        "scenario 'x' has no run, steps or service" },
		{ META "[[scenario]]\nname = \"x\"\nsteps = []\n", 3, 1,
		        "scenario 'x' has no run, steps or service" },
		{ META "[[scenario]]\nrun = \"x\"\n", 3, 1, "scenario 1 needs 'name'" },
		{ META "[[steps]]\nname = \"q\"\n", 3, 1,
		        "step 'q' needs one of run, command, script" },
		{ META "[[steps]]\nstdin = \"q\"\n", 3, 1,
		        "step 'step 1' needs one of run, command, script" },
		{ META "[[scenario]]\nname = \"x\"\nrun = \"y\"\n[[scenario.setup]]\nname = "
		       "\"z\"\n",
		        6, 1, "step 'z' needs one of run, command, script" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		only_error(rows[i].text, "config.missing_key", rows[i].line, rows[i].col,
		        rows[i].part);
	load_text("");
	ck_assert_uint_eq(bed.f->diags.n, 2);
	finding(SEV_ERROR, "config.missing_key", 1, 1, "[meta] needs 'name'");
	ck_assert_ptr_null(bed.f->tests);
}
END_TEST

START_TEST(a_misspelt_key_is_not_also_missing)
{
	only_error(META "[[steps]]\ncomand = [\"true\"]\n", "config.unknown_key", 4, 1, "'comand'");
	only_error("[meta]\nnmae = \"t\"\n" RUN, "config.unknown_key", 2, 1, "'nmae'");
	only_error(META "[[scenaro]]\nname = \"s\"\nrun = \"x\"\n", "config.unknown_key", 3, 3,
	        "'scenaro'");
	only_error(
	        META "[[scenario]]\nname = 7\nrun = \"x\"\n", "config.type", 4, 8, "'name' wants");
}
END_TEST

START_TEST(only_one_of_run_command_script)
{
	only_error(META "[[steps]]\nrun = \"x\"\nscript = \"y\"\n", "config.conflict", 5, 1,
	        "give only one of run, command, script ('run' is at line 4)");
	only_error(META "[[scenario]]\nname = \"s\"\ncommand = [\"x\"]\nrun = \"y\"\n",
	        "config.conflict", 6, 1, "give only one of run, command, script");
}
END_TEST

START_TEST(numbers_of_things_are_bounded)
{
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_adds(&b, META "[[scenario]]\nname = \"s\"\nsteps = [\n");
	for (int i = 0; i < 10001; i++)
		strbuf_adds(&b, "{run=\"x\"},");
	strbuf_adds(&b, "]\n");
	only_error(b.s, "config.range", 5, 9, "10001 steps, the limit is 10000");

	strbuf_reset(&b);
	strbuf_adds(&b, META);
	for (int i = 0; i < 257; i++)
		strbuf_printf(&b, "[service.s%d]\nimage=\"host\"\n", i);
	strbuf_adds(&b, RUN);
	load_text(b.s);
	ck_assert_str_eq(find("config.range")->message, "257 services, the limit is 256");

	strbuf_reset(&b);
	strbuf_adds(&b, "scenario = [\n");
	for (int i = 0; i < 100001; i++)
		strbuf_printf(&b, "{name=\"%d\",run=\"x\"},", i);
	strbuf_adds(&b, "]\n" META);
	only_error(b.s, "config.range", 1, 12, "100001 scenarios, the limit is 100000");
}
END_TEST

START_TEST(a_matrix_has_256_cells_at_most)
{
	bed.validate = true;
	fair(META "[matrix]\na = [1, 2, 3, 4]\nb = [1, 2, 3, 4, 5, 6, 7, 8]\nc = [1, 2, 3, 4, 5, "
	          "6, 7, 8]\n" RUN);
	load_text(META "[matrix]\na = [1, 2, 3, 4]\nb = [1, 2, 3, 4, 5, 6, 7, 8]\n"
	               "c = [1, 2, 3, 4, 5, 6, 7, 8, 9]\n" RUN);
	ck_assert_str_eq(find("config.range")->message,
	        "resource limit: matrix cells exceeds 256 (at t.clnrm.toml:3:1)");
	ck_assert_ptr_null(bed.f->tests);
}
END_TEST

START_TEST(findings_are_counted_beyond_a_hundred)
{
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_adds(&b, META RUN);
	for (int i = 0; i < 150; i++)
		strbuf_printf(&b, "frobnicate%03d = 1\n", i);
	load_text(b.s);
	ck_assert_uint_eq(bed.f->diags.n, 100);
	ck_assert_uint_eq(bed.f->diags.warnings, 150);
	ck_assert_ptr_nonnull(bed.f->tests);
}
END_TEST

START_TEST(lines_of_a_scenario_reach_to_its_last_value)
{
	const struct test *t =
	        clean(META "[[scenario]]\nname = \"a\"\nsteps = [\n  { run = \"x\" },\n"
	                   "  { run = \"y\" },\n]\n[scenario.env]\nA = \"\"\"\nlong\n\"\"\"\n"
	                   "[[scenario]]\nname = \"b\"\nrun = \"x\"\n");

	ck_assert_uint_eq(t->scenarios[0].pos.line, 3);
	ck_assert_uint_ge(t->scenarios[0].end.line, 10);
	ck_assert_uint_lt(t->scenarios[0].end.line, 13);
	ck_assert_uint_eq(t->scenarios[0].steps[1].pos.line, 7);
	ck_assert_uint_eq(t->scenarios[1].pos.line, 13);
	ck_assert_uint_eq(t->scenarios[1].end.line, 15);
}
END_TEST

START_TEST(equal_names_of_scenarios_are_told_apart)
{
	const struct test *t = fair(META "[[scenario]]\nname = \"s\"\nrun = \"x\"\n[[scenario]]\n"
	                                 "name = \"s#2\"\nrun = \"x\"\n[[scenario]]\nname = \"s\"\n"
	                                 "run = \"x\"\n[[scenario]]\nname = \"s\"\nrun = \"x\"\n");

	ck_assert_str_eq(t->scenarios[0].name, "s");
	ck_assert_str_eq(t->scenarios[1].name, "s#2");
	ck_assert_str_eq(t->scenarios[2].name, "s#3");
	ck_assert_str_eq(t->scenarios[3].name, "s#4");
	ck_assert_str_eq(t->scenarios[3].id, "t/s#4");
	finding(SEV_WARNING, "config.duplicate_name", 10, 8,
	        "two scenarios are named 's' (line 3)");
	ck_assert_uint_eq(bed.f->diags.warnings, 2);
}
END_TEST

LOAD_MAIN("load tree", meta_test_and_test_metadata_are_one_table,
        the_same_key_with_different_values_is_a_conflict,
        pointers_of_findings_are_those_of_the_file, services_of_both_spellings_are_one_map,
        singular_and_plural_are_one_list, tables_of_scenarios_take_their_names_from_the_keys,
        top_level_steps_are_one_scenario_named_like_the_test,
        a_scenario_with_run_is_one_step_with_its_name, with_both_run_goes_first,
        with_service_alone_the_arguments_of_the_service_run, what_is_missing_is_said_once,
        a_misspelt_key_is_not_also_missing, only_one_of_run_command_script,
        numbers_of_things_are_bounded, a_matrix_has_256_cells_at_most,
        findings_are_counted_beyond_a_hundred, lines_of_a_scenario_reach_to_its_last_value,
        equal_names_of_scenarios_are_told_apart)

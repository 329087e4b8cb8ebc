#include "tests/unit/config/load_bed.h"

START_TEST(unknown_services_are_named_with_the_known_ones)
{
	const struct diag *x = only_error(META "[service.db]\nimage = \"host\"\n[service.cache]\n"
	                                       "image = \"host\"\n[[steps]]\nname = \"q\"\n"
	                                       "run = \"x\"\nservice = \"bd\"\n",
	        "config.unknown_service", 10, 11,
	        "step 'q' runs in service 'bd', services are: db, cache");

	/* "bd" and "db" are too short for a proposal by the rule for names. */
	ck_assert_ptr_null(x->help[0]);
	x = only_error(META "[service.cache]\nimage = \"host\"\n[[scenario]]\nname = \"s\"\n"
	                    "run = \"x\"\nservice = \"cahce\"\n",
	        "config.unknown_service", 8, 11, "scenario 's' runs in service 'cahce'");
	ck_assert_str_eq(x->help[0], "did you mean 'cache'?");
	only_error(META "[[steps]]\nrun = \"x\"\nservice = \"a\"\n", "config.unknown_service", 5,
	        11, "step 'step 1' runs in service 'a', and the file has no services");
	only_error(META "[service.a]\nimage = \"host\"\n[[scenario]]\nname = \"s\"\nrun = \"x\"\n"
	                "services = [\"a\", \"b\"]\n",
	        "config.unknown_service", 8, 18, "scenario 's' needs service 'b'");
	only_error("[meta]\nname = \"t\"\nservices = [\"b\"]\n[[steps]]\nrun = \"x\"\n",
	        "config.unknown_service", 3, 13, "the test needs service 'b'");
	only_error(META "[[scenario]]\nname = \"s\"\nrun = \"x\"\nsetup = [{ run = \"y\", service "
	                "= \"z\" }]\n",
	        "config.unknown_service", 6, 33, "service 'z'");
}
END_TEST

START_TEST(needs_of_services_are_held_against_each_other)
{
	bed.validate = true;
	load_text(META
	        "[service.a]\nimage = \"host\"\ndepends_on = [\"x\"]\n[[steps]]\nrun = \"x\"\n");
	finding(SEV_ERROR, "config.unknown_service", 5, 15,
	        "service 'a' needs service 'x', services are: a");
	load_text(META "[service.a]\nimage = \"host\"\ndepends_on = [\"b\"]\n[service.b]\n"
	               "image = \"host\"\ndepends_on = [\"a\"]\n[[steps]]\nrun = \"x\"\n");
	finding(SEV_ERROR, "config.cycle", 8, 15, "depends_on makes a cycle: a -> b -> a");
}
END_TEST

/* The order of steps itself needs a feature; validate checks it all the same. */
static void order(const char *steps)
{
	bed.validate = true;
	load_text(arena_printf(bed.a, META "[[scenario]]\nname = \"s\"\nsteps = [\n%s]\n", steps));
}

START_TEST(steps_that_depend_on_nothing_known_are_refused)
{
	order("{ name = \"first\", run = \"x\" },\n{ name = \"b\", run = \"x\", depends_on = "
	      "[\"frist\"] },\n");
	ck_assert_str_eq(finding(SEV_ERROR, "config.unknown_step", 7, 40,
	                         "step 'b' needs step 'frist', steps are: first, b")
	                         ->help[0],
	        "did you mean 'first'?");
	order("{ run = \"x\" },\n{ run = \"x\", depends_on = [\"step 1\"] },\n");
	ck_assert_uint_eq(bed.f->diags.errors, 0);
}
END_TEST

START_TEST(cycles_are_drawn)
{
	order("{ name = \"a\", run = \"x\", depends_on = [\"c\"] },\n"
	      "{ name = \"b\", run = \"x\", depends_on = [\"a\"] },\n"
	      "{ name = \"c\", run = \"x\", needs = [\"b\"] },\n");
	finding(SEV_ERROR, "config.cycle", 7, 40, "depends_on makes a cycle: a -> c -> b -> a");
	ck_assert_uint_eq(bed.f->diags.errors, 1);
	order("{ name = \"a\", run = \"x\", depends_on = [\"a\"] },\n");
	finding(SEV_ERROR, "config.cycle", 6, 40, "a -> a");
	/* A long one is not drawn whole. */
	AUTO_STRBUF b = STRBUF_INIT;
	for (int i = 0; i < 30; i++)
		strbuf_printf(&b, "{ name = \"n%d\", run = \"x\", depends_on = [\"n%d\"] },\n", i,
		        (i + 1) % 30);
	order(b.s);
	ck_assert_ptr_nonnull(strstr(find("config.cycle")->message, "n18 -> n19 -> ... -> n0"));
	/* Two ways to one step are none. */
	order("{ name = \"a\", run = \"x\" },\n{ name = \"b\", run = \"x\", depends_on = [\"a\"] "
	      "},\n"
	      "{ name = \"c\", run = \"x\", depends_on = [\"a\", \"b\"] },\n");
	ck_assert_uint_eq(bed.f->diags.errors, 0);
}
END_TEST

START_TEST(equal_names_of_steps_are_a_warning_until_one_is_meant)
{
	only_warning(META
	        "[[steps]]\nname = \"a\"\nrun = \"x\"\n[[steps]]\nname = \"a\"\nrun = \"x\"\n",
	        "config.duplicate_name", 7, 8, "two steps are named 'a' (line 3)");
	order("{ name = \"a\", run = \"x\" },\n{ name = \"a\", run = \"x\" },\n"
	      "{ name = \"c\", run = \"x\", depends_on = [\"a\"] },\n");
	finding(SEV_ERROR, "config.duplicate_name", 8, 40,
	        "two steps are named 'a', and 'c' needs");
}
END_TEST

START_TEST(scenarios_depend_on_scenarios)
{
	bed.validate = true;
	load_text(
	        META "[[scenario]]\nname = \"one\"\nrun = \"x\"\nneeds = [\"two\"]\n[[scenario]]\n"
	             "name = \"two\"\nrun = \"x\"\ndepends_on = [\"one\", \"tree\"]\n");
	finding(SEV_ERROR, "config.cycle", 10, 15, "one -> two -> one");
	finding(SEV_ERROR, "config.unknown_scenario", 10, 22,
	        "scenario 'two' needs scenario 'tree', scenarios are: one, two");
	load_text(META "[[scenario]]\nname = \"one\"\nrun = \"x\"\n[[scenario]]\n"
	               "name = \"two\"\nrun = \"x\"\ndepends_on = [\"one\"]\n");
	ck_assert_uint_eq(bed.f->diags.errors, 0);
	ck_assert(bed.f->tests->has_needs);
	ck_assert_uint_eq(bed.f->tests->scenarios[1].n_needs, 1);
	ck_assert_uint_eq(bed.f->tests->scenarios[1].needs[0], 0);
}
END_TEST

START_TEST(a_scenario_needs_each_other_once_and_the_steps_at_top_level_by_the_name_of_the_test)
{
	const struct test *t;

	bed.validate = true;
	load_text("[meta]\nname = \"m\"\n[[steps]]\nrun = \"x\"\n[[scenario]]\nname = \"b\"\n"
	          "run = \"x\"\ndepends_on = [\"c\", \"m\", \"c\"]\n[[scenario]]\nname = \"c\"\n"
	          "run = \"x\"\nneeds = []\n");
	ck_assert_uint_eq(bed.f->diags.errors, 0);
	t = bed.f->tests;
	ck_assert_uint_eq(t->scenarios[1].n_needs, 2);
	ck_assert_uint_eq(t->scenarios[1].needs[0], 2);
	ck_assert_uint_eq(t->scenarios[1].needs[1], 0);
	ck_assert_uint_eq(t->scenarios[2].n_needs, 0);
}
END_TEST

START_TEST(what_a_scenario_needs_is_named_by_one_name)
{
	const char *two = META "[[scenario]]\nname = \"a\"\nrun = \"x\"\n[[scenario]]\n"
	                       "name = \"a\"\nrun = \"x\"\n[[scenario]]\nname = \"b\"\n"
	                       "run = \"x\"\n";

	bed.validate = true;
	load_text(arena_printf(bed.a, "%sdepends_on = [\"a\"]\n", two));
	ck_assert_str_eq(finding(SEV_ERROR, "config.duplicate_name", 12, 15,
	                         "two scenarios are named 'a', and 'b' needs one of them")
	                         ->help[0],
	        "give one of them another name");
	/* The number is ours, not the file's. */
	load_text(arena_printf(bed.a, "%sdepends_on = [\"a#2\"]\n", two));
	finding(SEV_ERROR, "config.unknown_scenario", 12, 15, "needs scenario 'a#2'");
	load_text("[meta]\nname = \"a\"\n[[steps]]\nrun = \"x\"\n[[scenario]]\nname = \"a\"\n"
	          "run = \"x\"\n[[scenario]]\nname = \"b\"\nrun = \"x\"\nneeds = [\"a\"]\n");
	finding(SEV_ERROR, "config.duplicate_name", 11, 10, "two scenarios are named 'a'");
}
END_TEST

START_TEST(a_long_row_of_scenarios_is_no_deep_recursion)
{
	AUTO_STRBUF b = STRBUF_INIT;

	bed.validate = true;
	strbuf_adds(&b, "scenario = [\n");
	for (int i = 0; i < 50000; i++)
		strbuf_printf(&b, "{ name = \"%d\", run = \"x\", depends_on = [\"%d\"] },\n", i,
		        (i + 1) % 50000);
	strbuf_adds(&b, "]\n" META);
	load_text(b.s);
	ck_assert_uint_eq(bed.f->diags.errors, 1);
	ck_assert_ptr_null(bed.f->tests);
}
END_TEST

START_TEST(captures_must_be_set_before_they_are_used)
{
	order("{ name = \"use\", run = \"echo ${capture.token}\" },\n"
	      "{ name = \"login\", run = \"x\", capture = { token = '(.)' } },\n");
	finding(SEV_ERROR, "config.capture", 6, 23,
	        "capture 'token' is used before step 'login' sets it");
	order("{ name = \"login\", run = \"x\", capture = { token = '(.)' } },\n"
	      "{ name = \"use\", run = \"x\", env = { A = \"${capture.token}\" } },\n");
	ck_assert_uint_eq(bed.f->diags.errors, 0);
	order("{ name = \"use\", run = \"x\", stdin = \"${capture.id}\" },\n");
	finding(SEV_ERROR, "config.capture", 6, 36, "capture 'id' is set by no step");
}
END_TEST

START_TEST(expectations_speak_of_scenarios_of_the_file)
{
	bed.validate = true;
	load_text(META "[[scenario]]\nname = \"s\"\nrun = \"x\"\n[[expect.span]]\nname = \"a\"\n"
	               "scenario = \"r\"\n[[expect.span]]\nname = \"a\"\nscenario = \"s\"\n"
	               "[[expect.span]]\nname = \"a\"\nscenario = \"r*\"\n");
	finding(SEV_ERROR, "config.unknown_scenario", 8, 12, "no scenario is named 'r'");
	ck_assert_uint_eq(bed.f->diags.errors, 1);
}
END_TEST

START_TEST(faults_name_services)
{
	bed.validate = true;
	load_text(META "[chaos.slow]\nservice = \"db\"\n[chaos.none]\nlatency = "
	               "\"1s\"\n[[steps]]\nrun = \"x\"\n");
	finding(SEV_ERROR, "config.unknown_service", 4, 11, "fault 'slow' names service 'db'");
	finding(SEV_ERROR, "config.missing_key", 5, 1, "fault 'none' needs 'service'");
}
END_TEST

START_TEST(many_bad_names_cost_no_more_than_their_count)
{
	AUTO_STRBUF b = STRBUF_INIT;

	bed.validate = true;
	strbuf_adds(&b, "scenario = [\n");
	for (int i = 0; i < 30000; i++)
		strbuf_printf(&b, "{ name = \"%d\", run = \"x\", depends_on = [\"no\"] },\n", i);
	strbuf_adds(&b, "]\n" META);
	load_text(b.s);
	ck_assert_uint_eq(bed.f->diags.n, bed.f->diags.max);
	ck_assert_uint_ge(bed.f->diags.errors, 29900);
}
END_TEST

LOAD_MAIN("load refs", unknown_services_are_named_with_the_known_ones,
        needs_of_services_are_held_against_each_other,
        steps_that_depend_on_nothing_known_are_refused, cycles_are_drawn,
        equal_names_of_steps_are_a_warning_until_one_is_meant, scenarios_depend_on_scenarios,
        a_scenario_needs_each_other_once_and_the_steps_at_top_level_by_the_name_of_the_test,
        what_a_scenario_needs_is_named_by_one_name, a_long_row_of_scenarios_is_no_deep_recursion,
        captures_must_be_set_before_they_are_used, expectations_speak_of_scenarios_of_the_file,
        faults_name_services, many_bad_names_cost_no_more_than_their_count)

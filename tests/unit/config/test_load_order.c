#include "tests/unit/config/load_bed.h"

static const char *const head = "[meta]\nname = \"t\"\n";

/* What the steps of a scenario wait for: "a:- b:a c:a,b". */
static const char *needs(const char *keys, const char *steps)
{
	AUTO_STRBUF b = STRBUF_INIT;
	const struct scenario *sc;

	bed.validate = false;
	load_text(arena_printf(
	        bed.a, "%s[[scenario]]\nname = \"s\"\n%s\nsteps = [%s]\n", head, keys, steps));
	ck_assert_msg(bed.f->tests != NULL, "%s", findings());
	sc = &bed.f->tests->scenarios[0];
	for (size_t i = 0; i < sc->n_steps; i++) {
		const struct step *s = &sc->steps[i];

		strbuf_printf(&b, "%s%s:%s", i ? " " : "", s->name, s->n_needs ? "" : "-");
		for (size_t k = 0; k < s->n_needs; k++)
			strbuf_printf(&b, "%s%s", k ? "," : "", sc->steps[s->needs[k]].name);
	}
	return arena_strdup(bed.a, b.s);
}

static bool is_graph(void)
{
	return bed.f->tests->scenarios[0].graph;
}

START_TEST(without_dependencies_the_written_order_holds)
{
	ck_assert_str_eq(needs("", "{ name = \"a\", run = \"x\" }, { name = \"b\", run = \"x\" }, "
	                           "{ name = \"c\", run = \"x\" }"),
	        "a:- b:a c:b");
	ck_assert(!is_graph());
	/* What is skipped is passed over. */
	ck_assert_str_eq(
	        needs("", "{ name = \"a\", run = \"x\" }, { name = \"b\", run = \"x\", skip = "
	                  "true }, { name = \"c\", run = \"x\" }"),
	        "a:- b:a c:a");
}
END_TEST

START_TEST(depends_on_and_concurrent_say_another_order)
{
	ck_assert_str_eq(
	        needs("",
	                "{ name = \"a\", run = \"x\" }, { name = \"b\", run = \"x\" }, "
	                "{ name = \"c\", run = \"x\", depends_on = [\"a\", \"a\"] }, "
	                "{ name = \"d\", run = \"x\", needs = [] }, { name = \"e\", run = \"x\" }"),
	        "a:- b:a c:a d:- e:d");
	ck_assert(is_graph());
	ck_assert_str_eq(needs("concurrent = true",
	                         "{ name = \"a\", run = \"x\" }, { name = \"b\", run = \"x\" }, "
	                         "{ name = \"c\", run = \"x\", depends_on = [\"d\"] }, { name = "
	                         "\"d\", run = \"x\" }"),
	        "a:- b:- c:d d:-");
	ck_assert(is_graph());
	/* The scenario's own command goes first. */
	ck_assert_str_eq(needs("run = \"x\"\nconcurrent = true",
	                         "{ name = \"a\", run = \"x\" }, { name = \"b\", run = \"x\" }"),
	        "s:- a:s b:s");
	bed.s.parallel_steps = true;
	ck_assert_str_eq(needs("", "{ name = \"a\", run = \"x\" }, { name = \"b\", run = \"x\" }"),
	        "a:- b:-");
	ck_assert_str_eq(needs("concurrent = false",
	                         "{ name = \"a\", run = \"x\" }, { name = \"b\", run = \"x\" }"),
	        "a:- b:a");
}
END_TEST

START_TEST(who_uses_a_capture_waits_for_the_last_that_sets_it)
{
	ck_assert_str_eq(
	        needs("concurrent = true",
	                "{ name = \"a\", run = \"x\", capture = { id = '(.)', t = '(.)' } }, "
	                "{ name = \"b\", run = \"x\", capture = { id = '(.)' } }, "
	                "{ name = \"c\", run = \"echo ${capture.id}\" }, "
	                "{ name = \"d\", script = 'echo $CLNRM_CAPTURE_T' }, "
	                "{ name = \"e\", run = \"x\", env = { V = \"${capture.t}\" } }, "
	                "{ name = \"f\", run = \"cat\", stdin = \"${capture.id}\" }, "
	                "{ name = \"g\", script = 'echo $CLNRM_CAPTURE_IDLE' }"),
	        "a:- b:- c:b d:a e:a f:b g:-");
}
END_TEST

START_TEST(cycles_through_the_written_order_are_drawn)
{
	load_text(arena_printf(bed.a,
	        "%s[[scenario]]\nname = \"s\"\nsteps = [{ name = \"a\", run = \"x\", depends_on = "
	        "[\"c\"] },\n{ name = \"b\", run = \"x\" }, { name = \"c\", run = \"x\" }]\n",
	        head));
	ck_assert_ptr_null(bed.f->tests);
	ck_assert_uint_eq(bed.f->diags.errors, 1);
	ck_assert_str_eq(bed.f->diags.v[0].message, "depends_on makes a cycle: a -> c -> b -> a");
	load_text(arena_printf(bed.a,
	        "%s[[scenario]]\nname = \"s\"\nconcurrent = true\nsteps = [{ name = \"a\", run = "
	        "\"x\", capture = { t = '.' }, depends_on = [\"b\"] },\n{ name = \"b\", run = "
	        "\"echo ${capture.t}\" }]\n",
	        head));
	ck_assert_uint_eq(bed.f->diags.errors, 1);
	ck_assert_str_eq(bed.f->diags.v[0].message, "depends_on makes a cycle: a -> b -> a");
}
END_TEST

START_TEST(shell_text_gets_variables_and_other_words_values)
{
	static const char *const rows[][2] = {
		{ "script = 'echo \"${capture.t}\"'", "echo \"${CLNRM_CAPTURE_t}\"" },
		{ "command = [\"sh\", \"-ec\", \"echo ${capture.t}\"]", "echo ${CLNRM_CAPTURE_t}" },
		{ "command = [\"/bin/bash\", \"-c\", \"x ${capture.t}${capture.t}\"]",
		        "x ${CLNRM_CAPTURE_t}${CLNRM_CAPTURE_t}" },
		{ "command = [\"python3\", \"-c\", \"x ${capture.t}\"]", "x ${capture.t}" },
		{ "command = [\"sh\", \"x.sh\", \"${capture.t}\"]", "${capture.t}" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct step *s;

		needs("", arena_printf(bed.a,
		                  "{ name = \"a\", run = \"x\", capture = { t = '.' } }, { name = "
		                  "\"b\", %s }",
		                  rows[i][0]));
		s = &bed.f->tests->scenarios[0].steps[1];
		ck_assert_str_eq(s->argv.v[s->argv.n - 1], rows[i][1]);
	}
}
END_TEST

LOAD_MAIN("load order", without_dependencies_the_written_order_holds,
        depends_on_and_concurrent_say_another_order,
        who_uses_a_capture_waits_for_the_last_that_sets_it,
        cycles_through_the_written_order_are_drawn,
        shell_text_gets_variables_and_other_words_values)

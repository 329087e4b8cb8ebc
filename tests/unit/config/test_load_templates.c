/* Test files with tags: what is rendered, with what, how often, and what is said when it fails. */
#include "tests/unit/config/load_bed.h"

#include "daemon/config/load.h"

#define STEP "[[steps]]\nrun = \"true\"\n"

static const struct step *step_of(size_t test, size_t scenario, size_t step)
{
	ck_assert_msg(bed.f->diags.errors == 0, "%s", findings());
	ck_assert_uint_gt(bed.f->n_tests, test);
	ck_assert_uint_gt(bed.f->tests[test].n_scenarios, scenario);
	ck_assert_uint_gt(bed.f->tests[test].scenarios[scenario].n_steps, step);
	return &bed.f->tests[test].scenarios[scenario].steps[step];
}

/* The words of the only step. */
static const char *words(const char *text)
{
	load_text(text);
	return argv_of(step_of(0, 0, 0));
}

static const char *echo(const char *expression)
{
	return words(arena_printf(
	        bed.a, META "[[steps]]\nrun = [\"echo\", \"{{ %s }}\"]\n", expression));
}

static void map(const char *name, const char *value)
{
	str_list_add(bed.a, &bed.flags.map, name);
	str_list_add(bed.a, &bed.flags.map, value);
}

/* ---- value by value ---- */

START_TEST(values_of_a_document_are_rendered_and_stay_strings)
{
	ck_assert_str_eq(echo("svc"), "echo|clnrm");
	ck_assert_str_eq(echo("1 + 1"), "echo|2");
	ck_assert_str_eq(echo("missing | default(value=\\\"y\\\")"), "echo|y");
	ck_assert_str_eq(
	        words(META "# {{ nothing }} {% if %}\n[[steps]]\nrun = \"a {{ svc }}\" # {{\n"),
	        "a|clnrm");
	only_error(META "[[steps]]\nrun = \"a\"\ntimeout = \"{{ [1] }}\"\n", "config.duration", 5,
	        11, "'[1]'");
}
END_TEST

START_TEST(keys_are_rendered_too)
{
	load_text(META "[[steps]]\nrun = \"x\"\n[steps.env]\n\"A_{{ svc }}\" = \"{{ env }}\"\n");
	ck_assert_str_eq(env_of(step_of(0, 0, 0), "A_clnrm"), "ci");
}
END_TEST

START_TEST(counters_and_chance_are_shared_in_the_order_of_the_file)
{
	bed.flags.seed = "42";
	load_text(META "[[steps]]\nrun = [\"{{ seq(name='a') }}\", \"{{ seq(name='a') }}\", "
	               "\"{{ rand_hex(n=4) }}\"]\n[[steps]]\nrun = [\"{{ seq(name='a') }}\", "
	               "\"{{ rand_hex(n=4) }}\"]\n");
	AUTO_STR first = xstrdup(argv_of(step_of(0, 0, 0)));
	AUTO_STR second = xstrdup(argv_of(step_of(0, 0, 1)));

	ck_assert_msg(strncmp(first, "0|1|", 4) == 0, "%s", first);
	ck_assert_int_eq(strncmp(second, "2|", 2), 0);
	ck_assert_str_ne(first + 4, second + 2);
	load_text(META "[[steps]]\nrun = [\"x\", \"{{ rand_hex(n=4) }}\"]\n");
	ck_assert_str_eq(argv_of(step_of(0, 0, 0)) + 2, first + 4); /* starts anew */
}
END_TEST

START_TEST(what_is_no_template_stays)
{
	const char *text = META "[[steps]]\nrun = \"a\"\nstdin = \"{{ 1 + }}\"\n";

	clean(text);
	ck_assert_str_eq(step_of(0, 0, 0)->stdin_data, "{{ 1 + }}");
	bed.validate = true;
	only_warning(text, "template.syntax", 5, 17, "'stdin' is no template and stays as it is");
	only_warning(META "[[steps]]\nrun = \"a\"\n[vars]\n\"A{{ 1 + }}\" = 5\n", "template.syntax",
	        6, 1, "is no template and stays as it is");
	/* Shells write this; a tag that is not closed is none. */
	bed.validate = false;
	ck_assert_str_eq(
	        words(META "[[steps]]\nscript = 'echo ${#X} {{'\n"), "/bin/sh|-e|-c|echo ${#X} {{");
	bed.validate = true;
	only_warning(META "[[steps]]\nrun = \"a\"\nstdin = \"a {{ svc }} {{ b\"\n",
	        "template.syntax", 5, 22, "'{{' is never closed: 'stdin' stays");
}
END_TEST

START_TEST(a_tag_in_a_comment_makes_no_template)
{
	clean("# {{ name }}\n" META STEP);
	ck_assert(!bed.f->transient);
}
END_TEST

START_TEST(an_error_in_a_value_is_where_the_tag_is)
{
	const struct diag *x = only_error(META "[[steps]]\nrun = \"echo {{ nope }}\"\n",
	        "template.render", 4, 16,
	        "Failed to render 't.clnrm.toml': Variable `nope` not found in context while "
	        "rendering 't.clnrm.toml'");

	ck_assert_str_eq(x->trace,
	        "error: Failed to render 't.clnrm.toml'\n"
	        "  --> t.clnrm.toml:4:16\n"
	        "  caused by: Variable `nope` not found in context while rendering "
	        "'t.clnrm.toml'\n");
}
END_TEST

/* ---- as text ---- */

#define LOOP                                   \
	META "{% for n in [\"a\", \"b\"] %}\n" \
	     "[[scenario]]\nname = \"s-{{ n }}\"\nrun = \"echo {{ n }}\"\n{% endfor %}\n"

START_TEST(what_is_no_document_is_rendered_as_text)
{
	const struct test *t = clean(LOOP);

	ck_assert_uint_eq(t->n_scenarios, 2);
	ck_assert_str_eq(t->scenarios[1].name, "s-b");
	ck_assert_str_eq(argv_of(&t->scenarios[1].steps[0]), "echo|b");
	ck_assert_uint_eq(t->scenarios[0].pos.line, 4); /* of the template */
	ck_assert_uint_eq(t->scenarios[1].pos.line, 4);
}
END_TEST

START_TEST(a_name_that_says_so_is_rendered_as_text)
{
	load_named("t.clnrm.toml.tera",
	        META "[[steps]]\nrun = \"echo {{ svc }}\"\nretries = {{ 0 }}\n");
	ck_assert_str_eq(argv_of(step_of(0, 0, 0)), "echo|clnrm");
	load_named("t.clnrm.yaml.tera",
	        "meta: { name: t }\nvars:\n  x: \"{{ svc }}!\"\nsteps:\n{% for i in [1, 2] %}"
	        "- run: [echo, \"{{ x }}\", {{ i }}]\n{% endfor %}");
	ck_assert_str_eq(argv_of(step_of(0, 0, 1)), "echo|clnrm!|2");
}
END_TEST

START_TEST(an_error_in_rendered_text_shows_its_line_and_where_it_came_from)
{
	const struct diag *x;

	load_text(
	        META "{% for n in [1, 2] %}\n[[scenario]]\nname = \"{{ n }}\"\nrnu = \"{{ n }}\"\n"
	             "run = \"x\"\n{% endfor %}\n");
	ck_assert_msg(bed.f->diags.n == 1, "%s", findings()); /* of both rounds */
	x = &bed.f->diags.v[0];
	ck_assert_str_eq(x->code, "config.unknown_key");
	ck_assert_uint_eq(x->pos.line, 6);
	ck_assert_uint_eq(x->pos.col, 1);
	ck_assert_str_eq(x->source_line, "rnu = \"1\"");
	ck_assert_uint_eq(x->source_number, 6);
	ck_assert_str_eq(x->from, "t.clnrm.toml:6:1");

	x = only_error(META "{% if true %}\n[[steps]]\nrun = {{ \"'a\" }}\n{% endif %}",
	        "toml.syntax", 5, 10, "string");
	ck_assert_str_eq(x->source_line, "run = 'a");
	ck_assert_str_eq(x->from, "t.clnrm.toml:5:10");
}
END_TEST

START_TEST(what_a_macro_prints_is_where_it_was_called)
{
	const struct diag *x;

	load_text(META "{% import \"_macros.toml.tera\" as m %}\n[service.x]\nimage = \"host\"\n"
	               "{{ m::scenario(\"s\", \"y\", \"echo\") }}\n");
	x = finding(SEV_ERROR, "config.unknown_service", 6, 4, "'y'");
	ck_assert_str_eq(x->file, "t.clnrm.toml");
	ck_assert_str_eq(x->source_line, "service = \"y\"");
	ck_assert_int_eq(strncmp(x->from, "_macros.toml.tera:", 18), 0);
	clean(META "{% import \"_macros.toml.tera\" as m %}\n[service.x]\nimage = \"host\"\n"
	           "{{ m::scenario(\"s\", \"x\", \"echo\") }}\n");
	ck_assert_uint_eq(bed.f->tests->scenarios[0].pos.line, 6);
	bed_write("part.tera", "\n\n[[scenario]]\nname = \"s\"\nrnu = 1\nrun = \"x\"\n");
	load_text(META "\n{% include \"part.tera\" %}\n");
	x = finding(SEV_ERROR, "config.unknown_key", 4, 1, "'rnu'");
	ck_assert_str_eq(x->from, "part.tera:5:1");
}
END_TEST

START_TEST(errors_of_templates_name_what_failed)
{
	const struct diag *x = only_error(META "{% for x in %}\n" STEP "{% endfor %}\n",
	        "template.syntax", 3, 13, "Failed to parse 't.clnrm.toml'");

	ck_assert_int_eq(
	        strncmp(x->trace,
	                "error: Failed to parse 't.clnrm.toml'\n  --> t.clnrm.toml:3:13\n", 62),
	        0);
	only_error(META "{% for x in y %}\n" STEP "{% endfor %}\n", "template.render", 3, 13,
	        "Variable `y` not found");
}
END_TEST

START_TEST(text_that_cannot_be_a_template_keeps_its_own_errors)
{
	only_error(META "[[steps]]\nrun = \"a\n", "toml.syntax", 4, 7, "");
	only_error(META "[[steps]]\nrun = \"a ${#X}\n", "toml.syntax", 4, 7, "");
}
END_TEST

/* ---- variables ---- */

START_TEST(the_command_line_wins_over_the_file_over_the_environment)
{
	static const struct env_var env[] = { { "SERVICE_NAME", "of-env" }, { "ENV", "dev" } };
	const char *file =
	        META "[vars]\nsvc = \"of-file\"\ndb = { port = 1, host = \"h\" }\n"
	             "[[steps]]\nrun = [\"{{ svc }}\", \"{{ vars.svc }}\", \"{{ env }}\", "
	             "\"{{ db.port + 1 }}\", \"{{ vars.db.host }}\"]\n";

	set_env(env, 2);
	ck_assert_str_eq(echo("svc"), "echo|of-env");
	ck_assert_str_eq(words(file), "of-file|of-file|dev|2|h");
	map("svc", "of-cli");
	map("db.host", "x");
	ck_assert_str_eq(words(file), "of-cli|of-cli|dev|2|x");
}
END_TEST

START_TEST(older_tables_of_variables_mean_the_same)
{
	ck_assert_str_eq(
	        words(META "[template.vars]\nx = \"a\"\ny = 1\n[vars]\ny = 2\n[template.otel]\n"
	                   "endpoint = \"e\"\n[template.matrix]\nl = [\"p\", \"q\"]\n[[steps]]\n"
	                   "run = [\"{{ x }}\", \"{{ y }}\", \"{{ otel.endpoint }}\", "
	                   "\"{{ matrix.l | join(sep=',') }}\"]\n"),
	        "a|2|e|p,q");
	map("otel.endpoint", "cli");
	ck_assert_str_eq(echo("otel.endpoint"), "echo|cli");
}
END_TEST

START_TEST(variables_see_the_outer_layers_and_those_above)
{
	map("svc", "cli");
	ck_assert_str_eq(
	        words(META "[vars]\na = \"{{ svc }}-{{ env }}\"\nb = \"<{{ a }}>\"\nsvc = \"x\"\n"
	                   "[[steps]]\nrun = [\"{{ b }}\", \"{{ svc }}\"]\n"),
	        "<cli-ci>|cli");
	/* The same where the file is rendered as text. */
	ck_assert_str_eq(words(META "[vars]\na = \"{{ svc }}-{{ env }}\"\nb = \"<{{ a }}>\"\n"
	                            "[vars.deep]\nl = [\n  1,\n  2\n]\n{% if true %}\n[[steps]]\n"
	                            "run = [\"{{ b }}\", \"{{ deep.l | last }}\"]\n{% endif %}\n"),
	        "<cli-ci>|2");
	only_error(META "[vars]\na = \"{{ undefined }}\"\n" STEP, "template.render", 4, 9,
	        "Variable `undefined` not found");
	only_error(META "[vars]\n\na = \"{{ undefined }}\"\n{% if true %}\n" STEP "{% endif %}\n",
	        "template.render", 5, 9, "Variable `undefined` not found");
	only_error(META "[vars]\n\na = {{ svc }}\n{% if true %}\n" STEP "{% endif %}\n",
	        "toml.syntax", 5, 5, "");
}
END_TEST

START_TEST(tables_between_tags_are_not_read_first)
{
	only_error(META "{% if true %}\n[vars]\na = 1\n{% endif %}\n[[steps]]\nrun = \"{{ a }}\"\n",
	        "template.render", 8, 11, "Variable `a` not found");
}
END_TEST

START_TEST(the_environment_is_asked_for_and_can_be_hidden)
{
	static const struct env_var env[] = { { "MINE", "secret-value" }, { "PASSED", "p" } };

	bed.env.asked = false;
	load_text(
	        META "[[steps]]\nrun = [\"{{ env(name='MINE', default='d') }}\", \"{{ env.PASSED | "
	             "default(value='e') }}\"]\n");
	ck_assert_uint_eq(bed.need.n, 2);
	ck_assert_str_eq(bed.need.v[0], "MINE");
	ck_assert_str_eq(bed.need.v[1], "PASSED");
	ck_assert_str_eq(argv_of(step_of(0, 0, 0)), "d|e");
	bed.env.asked = true;
	set_env(env, 2);
	ck_assert_str_eq(echo("env(name='MINE')"), "echo|secret-value");
	ck_assert_str_eq(echo("get_env(name='PASSED')"), "echo|p");
	bed.s.env_pass = LIST("PASSED");
	bed.flags.hermetic_env = true;
	ck_assert_str_eq(echo("env(name='MINE', default='hidden')"), "echo|hidden");
	ck_assert_str_eq(echo("env.PASSED"), "echo|p");
	bed.flags.hermetic_env = false;
	bed.s.hermetic_env = true;
	ck_assert_str_eq(echo("env.MINE | default(value='hidden')"), "echo|hidden");
}
END_TEST

START_TEST(values_of_the_environment_are_not_in_errors)
{
	static const struct env_var env[] = { { "MINE", "hush-hush" } };

	set_env(env, 1);
	load_text(META "[[steps]]\nrun = \"{{ throw(message=env(name='MINE')) }}\"\n");
	ck_assert_ptr_nonnull(strstr(findings(), "***"));
	ck_assert_ptr_null(strstr(findings(), "hush"));
	ck_assert_ptr_null(strstr(bed.f->diags.v[0].trace, "hush"));
}
END_TEST

/* ---- the matrix ---- */

START_TEST(each_cell_is_a_test)
{
	load_text(META "[matrix]\nos = [\"a\", \"b\"]\nn = [1, 2]\n[[steps]]\n"
	               "run = [\"{{ matrix.os }}\", \"{{ matrix.n + 1 }}\"]\n");
	ck_assert_msg(bed.f->diags.n == 0, "%s", findings());
	ck_assert_uint_eq(bed.f->n_tests, 4);
	ck_assert_str_eq(bed.f->tests[0].name, "t [os=a,n=1]");
	ck_assert_str_eq(bed.f->tests[1].name, "t [os=a,n=2]");
	ck_assert_str_eq(bed.f->tests[2].name, "t [os=b,n=1]");
	ck_assert_str_eq(argv_of(step_of(3, 0, 0)), "b|3");
	ck_assert_str_eq(bed.f->tests[3].matrix.v[2], "n");
	ck_assert_str_eq(bed.f->tests[3].matrix.v[3], "2");
	ck_assert_uint_eq(test_file_scenarios(bed.f), 4);
}
END_TEST

START_TEST(names_that_differ_are_kept)
{
	load_text("[meta]\nname = \"on {{ matrix.os }}\"\n[matrix]\nos = [\"a\", \"b\"]\n" STEP);
	ck_assert_uint_eq(bed.f->n_tests, 2);
	ck_assert_str_eq(bed.f->tests[0].name, "on a");
	ck_assert_str_eq(bed.f->tests[1].name, "on b");
	load_text("[test.metadata]\nname = \"on {{ matrix.os }}\"\n[matrix]\nos = [\"a\"]\n" STEP);
	ck_assert_str_eq(bed.f->tests[0].name, "on a [os=a]");
}
END_TEST

START_TEST(a_matrix_needs_no_tag_and_may_have_no_cell)
{
	load_text(META "[matrix]\nos = [\"a\", \"b\"]\n" STEP);
	ck_assert_uint_eq(bed.f->n_tests, 2);
	load_text(META "[matrix]\nos = []\n" STEP);
	ck_assert_msg(bed.f->diags.warnings == 1 && bed.f->tests, "%s", findings());
	ck_assert_uint_eq(bed.f->n_tests, 0);
}
END_TEST

START_TEST(text_is_rendered_once_for_each_cell)
{
	load_text(META "[matrix]\nos = [\"a\", \"b\"]\n{% for i in [1] %}\n[[steps]]\n"
	               "run = \"{{ matrix.os }}\"\n{% endfor %}\n{% if matrix.os == \"b\" %}\n"
	               "[[steps]]\nrun = \"more\"\n{% endif %}\n");
	ck_assert_msg(bed.f->diags.n == 0, "%s", findings());
	ck_assert_uint_eq(bed.f->tests[0].scenarios[0].n_steps, 1);
	ck_assert_uint_eq(bed.f->tests[1].scenarios[0].n_steps, 2);
}
END_TEST

START_TEST(a_finding_of_all_cells_is_said_once)
{
	only_error(META
	        "[matrix]\nos = [\"a\", \"b\"]\n[[steps]]\nrun = \"{{ matrix.os }}\"\nrnu = 1\n",
	        "config.unknown_key", 7, 1, "'rnu'");
	load_text(META "[matrix]\nos = [\"a\", \"b\"]\n[[steps]]\nrun = \"x\"\ntimeout = \"{{ "
	               "matrix.os }}\"\n");
	ck_assert_msg(bed.f->diags.n == 2, "%s", findings());
}
END_TEST

START_TEST(the_command_line_picks_cells)
{
	const char *text = META "[matrix]\nos = [\"a\", \"b\"]\n" STEP;

	map("matrix.os", "b");
	clean(text);
	ck_assert_uint_eq(bed.f->n_tests, 1);
	ck_assert_str_eq(bed.f->tests[0].name, "t [os=b]");
	bed.flags.map.n = 0;
	map("matrix.os", "c");
	only_error(text, "config.enum", 4, 6, "'c' is not a value of matrix.os, which has: a, b");
	clean(META STEP); /* a file without that key */
}
END_TEST

START_TEST(data_of_the_same_key_is_a_conflict)
{
	only_error(META "[matrix]\nos = [1]\n[template.matrix]\nos = [1]\n" STEP, "config.conflict",
	        6, 6, "'os' is a key of [matrix] and of [template.matrix]");
}
END_TEST

START_TEST(chance_starts_anew_in_each_cell)
{
	bed.flags.seed = "7";
	load_text(META "[matrix]\nos = [\"a\", \"b\"]\n[[steps]]\nrun = \"{{ uuid_v4() }}\"\n");
	AUTO_STR first = xstrdup(argv_of(step_of(0, 0, 0)));

	ck_assert_str_eq(first, argv_of(step_of(1, 0, 0)));
}
END_TEST

/* ---- seed and clock ---- */

#define UUID "[[steps]]\nrun = \"{{ uuid_v4() }}\"\n"

static const char *uuid_with(const char *head)
{
	return words(arena_printf(bed.a, META "%s" UUID, head));
}

START_TEST(a_seed_comes_from_the_flag_the_table_or_a_variable)
{
	AUTO_STR seven = xstrdup(uuid_with("[determinism]\nseed = 7\n"));
	AUTO_STR eight = xstrdup(uuid_with("[determinism]\nseed = \"8\"\n"));

	ck_assert_str_ne(seven, eight);
	ck_assert_str_eq(uuid_with("[determinism]\nseed = 7\n"), seven);
	ck_assert_str_eq(env_of(step_of(0, 0, 0), "CLNRM_SEED"), "7");
	ck_assert_str_eq(uuid_with("[vars]\nseed = 8\n"), eight);
	ck_assert_str_eq(uuid_with("[vars]\nseed = 9\n[determinism]\nseed = 8\n"), eight);
	map("seed", "7");
	ck_assert_str_eq(uuid_with("[vars]\nseed = 8\n"), seven);
	bed.flags.seed = "8";
	ck_assert_str_eq(uuid_with("[determinism]\nseed = 7\n"), eight);
	bed.flags.seed = NULL;
	bed.flags.map.n = 0;
	ck_assert_str_ne(uuid_with(""), uuid_with("x_y_z_1 = 1\n") + 0 ? "" : "x");
	ck_assert_ptr_null(env_of(step_of(0, 0, 0), "CLNRM_SEED"));
	only_error(META "[vars]\nseed = \"many\"\n" STEP, "config.range", 0, 0,
	        "'seed' is 'many', wanted digits up to 2^64-1");
}
END_TEST

START_TEST(variables_of_chance_are_those_of_the_seed)
{
	AUTO_STR first =
	        xstrdup(words(META "[vars]\nid = \"{{ uuid_v4() }}\"\nseed = 5\n[[steps]]\n"
	                           "run = \"{{ id }}\"\n"));

	ck_assert_str_eq(first, words(META "[vars]\nid = \"{{ uuid_v4() }}\"\nseed = 5\n[[steps]]\n"
	                                   "run = \"{{ id }}\"\n"));
}
END_TEST

START_TEST(the_clock_is_frozen_by_the_flag_the_table_or_a_variable)
{
	static const struct env_var env[] = { { "FREEZE_CLOCK", "2023-01-01T00:00:00Z" } };
	const char *table = META "[determinism]\nfreeze_clock = 2025-01-01T00:00:00Z\n[[steps]]\n"
	                         "run = [\"{{ now_rfc3339() }}\", \"{{ now() }}\"]\n";

	ck_assert_str_eq(words(table), "2025-01-01T00:00:00+00:00|2025-01-01T00:00:00+00:00");
	ck_assert_str_eq(env_of(step_of(0, 0, 0), "CLNRM_FREEZE_CLOCK"), "2025-01-01T00:00:00Z");
	ck_assert_str_eq(env_of(step_of(0, 0, 0), "SOURCE_DATE_EPOCH"), "1735689600");
	ck_assert(!bed.f->transient);
	ck_assert_str_ne(echo("now_rfc3339()"), "echo|2025-01-01T00:00:00+00:00");
	ck_assert(bed.f->transient); /* the real clock */
	set_env(env, 1);
	ck_assert_str_eq(echo("now_rfc3339()"), "echo|2023-01-01T00:00:00+00:00");
	bed.flags.freeze_clock = "2024-05-06T07:08:09+02:00";
	ck_assert_str_eq(words(table), "2024-05-06T05:08:09+00:00|2024-05-06T05:08:09+00:00");
	bed.flags.freeze_clock = NULL;
	set_env(NULL, 0);
	only_error(META "[determinism]\nfreeze_clock = \"yesterday\"\n" STEP, "template.clock", 4,
	        16, "Invalid freeze_clock 'yesterday': expected RFC 3339");
	bed.flags.freeze_clock = "nope";
	only_error(META STEP, "template.clock", 0, 0,
	        "Invalid freeze_clock 'nope': expected RFC 3339");
}
END_TEST

START_TEST(without_a_seed_nothing_is_kept_that_chance_made)
{
	uuid_with("");
	ck_assert(bed.f->transient);
	uuid_with("[determinism]\nseed = 1\n");
	ck_assert(!bed.f->transient);
}
END_TEST

/* ---- other templates ---- */

START_TEST(others_are_beside_the_file_in_templates_or_built_in)
{
	bed_mkdir("templates");
	bed_mkdir("sub");
	bed_write("templates/shared.tera", "shared {% include 'beside.tera' %}");
	bed_write("sub/beside.tera", "sub");
	bed_write("beside.tera", "main");
	ck_assert_str_eq(words(META "[[steps]]\nrun = \"{% include 'beside.tera' %}\"\n"), "main");
	ck_assert(!bed.f->transient); /* what it was made from is known */
	ck_assert_uint_eq(bed.f->made_from.n_files, 1);
	ck_assert_str_eq(bed.f->made_from.files[0].real, bed_path("beside.tera"));
	/* Beside the main file, when it is not beside the one that says it. */
	ck_assert_str_eq(
	        words(META "[[steps]]\nrun = \"{% include 'shared.tera' %}\"\n"), "shared|main");
	bed_write("templates/beside.tera", "templates");
	ck_assert_str_eq(words(META "[[steps]]\nrun = \"{% include 'shared.tera' %}\"\n"),
	        "shared|templates");
	clean(META "{% import \"_macros.toml.tera\" as m %}\n{{ m::scenario(name=\"s\", "
	           "service=\"x\", "
	           "cmd=\"echo hi\") }}\n[service.x]\nimage = \"host\"\n");
	ck_assert_str_eq(bed.f->tests->scenarios[0].name, "s");
	bed_write("_macros.toml.tera", "{% macro mine() %}mine{% endmacro %}");
	ck_assert_str_eq(words(META "[[steps]]\nrun = \"{% import '_macros.toml.tera' as m %}"
	                            "{{ m::mine() }}\"\n"),
	        "mine");
}
END_TEST

START_TEST(what_a_file_was_made_from_is_written_down)
{
	static const struct env_var env[] = { { "MINE", "m" } };
	const struct made_from *m;

	bed_write("part.tera", "x");
	set_env(env, 1);
	clean(META STEP);
	ck_assert(!bed.f->made_from.rendered);
	bed.flags.seed = "7";
	clean(META "[[steps]]\nrun = \"{% include 'part.tera' %}{% include 'none' ignore missing %}"
	           "{{ env(name='MINE') }}{{ env.OTHER | default(value='') }}{{ uuid_v4() }}\"\n");
	m = &bed.f->made_from;
	ck_assert(m->rendered && !m->saw_clock && !m->saw_chance && !m->frozen);
	ck_assert_str_eq(m->seed, "7");
	ck_assert_uint_eq(m->n_files, 1);
	ck_assert_str_eq(m->files[0].name, bed_path("part.tera"));
	ck_assert_str_eq(m->files[0].sha256,
	        "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
	ck_assert_uint_eq(m->absent.n, 2);
	ck_assert_str_eq(m->absent.v[0], bed_path("none"));
	ck_assert_str_eq(m->absent.v[1], bed_path("templates/none"));
	ck_assert_uint_eq(m->n_variables, 9); /* seven that stand for variables of templates */
	ck_assert_str_eq(m->variables[4].name, "OTEL_ENDPOINT");
	ck_assert_str_eq(m->variables[3].value, "m");
	ck_assert_ptr_null(m->variables[7].value);
	bed.flags.seed = NULL;
	ck_assert_str_ne(echo("now()"), "");
	ck_assert(bed.f->made_from.saw_clock && !bed.f->made_from.saw_chance);
	uuid_with("");
	ck_assert(bed.f->made_from.saw_chance);
}
END_TEST

static const struct file_item *placed(const char *item)
{
	load_text(arena_printf(bed.a,
	        META "[vars]\nwho = \"alice\"\n[[scenario]]\nname = \"s\"\nfiles = [{ path = "
	             "\"/tmp/x\", %s }]\n"
	             "run = \"true\"\n",
	        item));
	ck_assert_msg(bed.f->diags.errors == 0, "%s", findings());
	return bed.f->tests->scenarios[0].places[0].files;
}

START_TEST(a_file_that_is_placed_may_be_a_template)
{
	const struct file_item *f;

	bed_mkdir("sub");
	bed_write("sub/x.txt", "{{ who }} {% include 'y.txt' %}");
	bed_write("sub/y.txt", "y {{ seq(name='n') }}");
	f = placed("source = \"sub/x.txt\", template = true");
	ck_assert_ptr_null(f->source);
	ck_assert_str_eq(f->content, "alice y 0");
	ck_assert(bed.f->transient);
	ck_assert_uint_eq(bed.f->made_from.n_files, 2);
	ck_assert_ptr_nonnull(placed("source = \"sub/x.txt\"")->source);
	ck_assert_str_eq(placed("content = '{{ who }}', template = true")->content, "alice");
	only_error(META "[[scenario]]\nname = \"s\"\nrun = \"x\"\nfiles = [{ path = \"/tmp/x\", "
	                "source = \"sub\", template = true }]\n",
	        "config.conflict", 6, 38, "'template' wants a file, 'sub' is a directory");
	only_error(META "[[scenario]]\nname = \"s\"\nrun = \"x\"\nfiles = [{ path = \"/tmp/x\", "
	                "source = \"sub/x.txt\", template = true }]\n",
	        "template.render", 0, 0, "Failed to render 'sub/x.txt': Variable `who` not found");
}
END_TEST

START_TEST(what_lies_outside_the_project_is_refused)
{
	const char *text = META "[[steps]]\nrun = \"{% include '/etc/hostname' %}\"\n";

	only_error(
	        text, "template.render", 4, 8, "Template '/etc/hostname' is outside the project");
	ck_assert_int_eq(symlink("/etc/hostname", bed_path("link")), 0);
	only_error(META "[[steps]]\nrun = \"{% include 'link' %}\"\n", "template.render", 4, 8,
	        "Template 'link' is outside the project");
	only_error(META "[[steps]]\nrun = \"{% include 'none' %}\"\n", "template.render", 4, 8,
	        "Template '[none]' not found");
	ck_assert_int_eq(mkfifo(bed_path("pipe"), 0600), 0);
	load_text(META "[[steps]]\nrun = \"{% include 'pipe' %}\"\n");
	ck_assert_uint_eq(bed.f->diags.errors, 1);
}
END_TEST

START_TEST(a_file_that_includes_itself_ends_at_a_limit)
{
	bed_write("a.tera", "{% include 'a.tera' %}");
	load_text(META "[[steps]]\nrun = \"{% include 'a.tera' %}\"\n");
	ck_assert_uint_eq(bed.f->diags.errors, 1);
	ck_assert_msg(strstr(bed.f->diags.v[0].message, "resource limit: call depth exceeds 64"),
	        "%s", findings());
}
END_TEST

static const char *cause(enum cause kind, const char *name)
{
	for (size_t i = 0; i < bed.f->n_causes; i++)
		if (bed.f->causes[i].kind == kind && strcmp(bed.f->causes[i].name, name) == 0)
			return bed.f->causes[i].value;
	return NULL;
}

static const char *part(enum cause kind)
{
	const struct scenario *sc = &bed.f->tests[0].scenarios[0];

	for (size_t i = 0; i < sc->n_parts; i++)
		if (sc->parts[i].kind == kind && !sc->parts[i].name[0])
			return sc->parts[i].value;
	return NULL;
}

START_TEST(what_a_definition_comes_from_is_known_piece_by_piece)
{
	load_text(META STEP);
	ck_assert_uint_eq(bed.f->n_causes, 0);
	bed_write("a.tera", "x");
	map("v", "one");
	bed.flags.seed = "7";
	bed.flags.freeze_clock = "2024-05-06T07:08:09Z";
	load_text(META "[[steps]]\nrun = \"{% include 'a.tera' %} {% include 'no.tera' ignore "
	               "missing %}\"\n");
	ck_assert_msg(bed.f->diags.errors == 0, "%s", findings());
	ck_assert_str_eq(cause(CAUSE_TEMPLATE, bed.f->real), bed.f->sha256);
	ck_assert_uint_eq(strlen(cause(CAUSE_INCLUDE, bed_path("a.tera"))), 64);
	ck_assert_str_eq(cause(CAUSE_INCLUDE, bed_path("no.tera")), "absent");
	ck_assert_uint_eq(strlen(cause(CAUSE_VAR, "v")), 64);
	ck_assert_str_eq(part(CAUSE_SEED), "7");
	ck_assert_str_eq(part(CAUSE_CLOCK), "2024-05-06T07:08:09Z");
	ck_assert_ptr_null(cause(CAUSE_CLOCK, "now"));
	bed.flags.seed = bed.flags.freeze_clock = NULL;
	echo("now()");
	ck_assert_ptr_nonnull(cause(CAUSE_CLOCK, "now"));
	echo("uuid_v4()");
	ck_assert_ptr_nonnull(cause(CAUSE_SEED, "none"));
}
END_TEST

LOAD_MAIN("load templates", values_of_a_document_are_rendered_and_stay_strings,
        keys_are_rendered_too, counters_and_chance_are_shared_in_the_order_of_the_file,
        what_is_no_template_stays, a_tag_in_a_comment_makes_no_template,
        an_error_in_a_value_is_where_the_tag_is, what_is_no_document_is_rendered_as_text,
        a_name_that_says_so_is_rendered_as_text,
        an_error_in_rendered_text_shows_its_line_and_where_it_came_from,
        errors_of_templates_name_what_failed, what_a_macro_prints_is_where_it_was_called,
        text_that_cannot_be_a_template_keeps_its_own_errors,
        the_command_line_wins_over_the_file_over_the_environment,
        older_tables_of_variables_mean_the_same, variables_see_the_outer_layers_and_those_above,
        tables_between_tags_are_not_read_first, the_environment_is_asked_for_and_can_be_hidden,
        values_of_the_environment_are_not_in_errors, each_cell_is_a_test,
        names_that_differ_are_kept, a_matrix_needs_no_tag_and_may_have_no_cell,
        text_is_rendered_once_for_each_cell, a_finding_of_all_cells_is_said_once,
        the_command_line_picks_cells, data_of_the_same_key_is_a_conflict,
        chance_starts_anew_in_each_cell, a_seed_comes_from_the_flag_the_table_or_a_variable,
        variables_of_chance_are_those_of_the_seed,
        the_clock_is_frozen_by_the_flag_the_table_or_a_variable,
        without_a_seed_nothing_is_kept_that_chance_made,
        others_are_beside_the_file_in_templates_or_built_in,
        what_a_file_was_made_from_is_written_down, a_file_that_is_placed_may_be_a_template,
        what_lies_outside_the_project_is_refused,
        what_a_definition_comes_from_is_known_piece_by_piece,
        a_file_that_includes_itself_ends_at_a_limit)

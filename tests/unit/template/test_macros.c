/* What the macro library prints, byte for byte; in `want` a '/' stands for a line end. */
#include <string.h>

#include "daemon/template/libraries.h"
#include "daemon/template/template.h"
#include "tests/unit/check_main.h"

static struct thost host;
static struct tbuf out = { .max = 1u << 20 };

static struct template *load(void *arg, const char *name, const char *from, struct terr *e)
{
	(void)arg;
	(void)from;
	return template_compile(name, template_macros, template_macros_len, NULL, e);
}

/* The output of a call, or "! cause". */
static const char *print(const char *call)
{
	static const struct tloader loader = { .load = load };
	AUTO_STR text = xasprintf("{%% import \"_macros.toml.tera\" as m %%}{{ m::%s }}", call);
	AUTO_TERR e = TERR_INIT;
	AUTO_TSESSION s;
	struct tvalue context = { .type = TVALUE_OBJECT };
	CLEANUP(template_unref)
	struct template *t = template_compile("main", text, strlen(text), NULL, &e);
	CLEANUP(bundle_free) struct bundle *b = t ? bundle_new(t, &loader, NULL, &e) : NULL;

	tsession_init(&s, &host, NULL);
	tbuf_reset(&out);
	if (!b || bundle_render(b, &s, &library_clnrm, &context, &out, &e) < 0) {
		tbuf_reset(&out);
		tbuf_printf(&out, "! %s", e.causes[0]);
	}
	tbuf_addc(&out, '\0');
	return out.s;
}

static void prints(const char *call, const char *want)
{
	AUTO_STR lines = xstrdup(want);

	for (char *p = lines; *p; p++)
		if (*p == '/')
			*p = '\n';

	const char *got = print(call);

	ck_assert_msg(strcmp(got, lines) == 0, "%s\ngives\n%s\nnot\n%s", call, got, lines);
}

START_TEST(every_macro_prints_what_is_documented)
{
	static const char *const cases[][2] = {
		{ "span(\"db.query\", parent=\"http.request\", attrs={\"b\": \"2\", \"a\": \"1\"})",
		        "[[expect.span]]/name = \"db.query\"/parent = \"http.request\"/"
		        "attrs.all = { \"a\" = \"1\", \"b\" = \"2\" }" },
		{ "span(\"s\", kind=\"server\", events=[\"e1\", \"e2\"])",
		        "[[expect.span]]/name = \"s\"/kind = \"server\"/"
		        "events.any = [\"e1\", \"e2\"]" },
		{ "span(\"s\")", "[[expect.span]]/name = \"s\"" },
		{ "span_with_attrs(\"n\", \"client\", attr_pairs={\"k\": \"v\"})",
		        "[[expect.span]]/name = \"n\"/kind = \"client\"/"
		        "attrs.all = { \"k\" = \"v\" }" },
		{ "service(\"web\", \"app:1\", args=[\"-p\", \"80\"], env={\"B\": \"2\", \"A\": "
		  "\"1\"})",
		        "[service.web]/plugin = \"generic_container\"/image = \"app:1\"/"
		        "args = [\"-p\", \"80\"]/env.A = \"1\"/env.B = \"2\"" },
		{ "service(\"my web\", \"app:1\", env={\"a.b\": 1}, wait_for_span=\"s\")",
		        "[service.\"my web\"]/plugin = \"generic_container\"/image = \"app:1\"/"
		        "env.\"a.b\" = \"1\"/wait_for_span = \"s\"" },
		{ "scenario(\"n\", \"s\", \"echo\")",
		        "[[scenario]]/name = \"n\"/service = \"s\"/run = \"echo\"/"
		        "expect_success = true" },
		{ "scenario(\"n\", \"s\", \"echo\", expect_success=false)",
		        "[[scenario]]/name = \"n\"/service = \"s\"/run = \"echo\"/"
		        "expect_success = false" },
		{ "span_exists(\"n\")", "[[expect.span]]/name = \"n\"/exists = true" },
		{ "graph_relationship(\"p\", \"c\")",
		        "[[expect.graph]]/parent = \"p\"/child = \"c\"/relationship = \"calls\"" },
		{ "temporal_ordering(\"a\", \"b\")",
		        "[[expect.temporal]]/before = \"a\"/after = \"b\"" },
		{ "error_propagation(\"a\", \"b\")",
		        "[[expect.span]]/name = \"a\"/attrs.all = { \"error\" = \"true\" }//"
		        "[[expect.span]]/name = \"b\"/attrs.all = { \"error.source\" = \"a\" }" },
		{ "service_interaction(\"a\", \"b\")",
		        "[[expect.graph]]/parent = \"a\"/child = \"b\"/"
		        "attrs.all = { \"http.method\" = \"POST\" }" },
		{ "attribute_validation(\"s\", \"k\", \"v\")",
		        "[[expect.span]]/name = \"s\"/attrs.all = { \"k\" = \"v\" }" },
		{ "resource_check(\"container\", \"n\")",
		        "[[expect.resource]]/type = \"container\"/name = \"n\"/exists = true" },
		{ "batch_validation([\"x\",\"y\"], \"exists = true\")",
		        "[[expect.span]]/name = \"x\"/exists = true/[[expect.span]]/name = \"y\"/"
		        "exists = true/" },
		{ "lifecycle(\"pg\")",
		        "# Service lifecycle: pg/"
		        "[[expect.span]]/name = \"pg.start\"/kind = \"internal\"//"
		        "[[expect.span]]/name = \"pg.exec\"/kind = \"internal\"//"
		        "[[expect.span]]/name = \"pg.stop\"/kind = \"internal\"//"
		        "[expect.order]/must_precede = [/  [\"pg.start\", \"pg.exec\"],/"
		        "  [\"pg.exec\", \"pg.stop\"]/]" },
		{ "multi_lifecycle([\"a\", \"b\"])",
		        "[[expect.span]]/name = \"a.start\"/kind = \"internal\"//"
		        "[[expect.span]]/name = \"a.exec\"/kind = \"internal\"//"
		        "[[expect.span]]/name = \"a.stop\"/kind = \"internal\"//"
		        "[[expect.span]]/name = \"b.start\"/kind = \"internal\"//"
		        "[[expect.span]]/name = \"b.exec\"/kind = \"internal\"//"
		        "[[expect.span]]/name = \"b.stop\"/kind = \"internal\"//"
		        "[expect.order]/must_precede = [/  [\"a.start\", \"a.exec\"],/"
		        "  [\"a.exec\", \"a.stop\"],/  [\"b.start\", \"b.exec\"],/"
		        "  [\"b.exec\", \"b.stop\"]/]" },
		{ "edges([[\"a\",\"b\"],[\"a\",\"c\"]])",
		        "[expect.graph]/must_include = [/  [\"a\", \"b\"],/  [\"a\", \"c\"]/]" },
		{ "edges([])", "" },
		{ "window(\"a\", \"b\")", "[expect.window]/\"a\" = { contains = [\"b\"] }" },
		{ "count(\"server\", 1, max=5)",
		        "[expect.count]/by_kind.server = { min = 1, max = 5 }" },
		{ "count(\"server\", 1)", "[expect.count]/by_kind.server = { min = 1 }" },
		{ "attrs({\"b\": \"2\", \"a\": \"1\"})", "{ \"a\" = \"1\", \"b\" = \"2\" }" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		prints(cases[i][0], cases[i][1]);
}
END_TEST

START_TEST(text_cannot_leave_its_string)
{
	prints("span('a\"b\\\nc')", "[[expect.span]]/name = \"a\\\"b\\\\\\nc\"");
	prints("attrs({'a\"': 'b\"'})", "{ \"a\\\"\" = \"b\\\"\" }");
	ck_assert_int_eq(
	        strncmp(print("lifecycle('a\nb')"), "# Service lifecycle: \"a\\nb\"\n", 28), 0);
}
END_TEST

START_TEST(parameters_without_a_default_are_needed)
{
	ck_assert_str_eq(print("span()"), "! Macro `span` is missing the argument `name`");
	ck_assert_str_eq(print("nothing()"), "! Macro `m::nothing` not found in template `main`");
}
END_TEST

CHECK_MAIN("macros", every_macro_prints_what_is_documented, text_cannot_leave_its_string,
        parameters_without_a_default_are_needed)

#include <string.h>

#include "daemon/template/libraries.h"
#include "daemon/template/origins.h"
#include "daemon/template/template.h"
#include "tests/unit/check_main.h"

static const char *variable(void *arg, const char *name)
{
	(void)arg;
	return strcmp(name, "HOME") == 0 ? "/root" : NULL;
}

static struct thost host = { .env = variable, .env_paths = true };
static const char *library_text;

static struct template *load(void *arg, const char *name, const char *from, struct terr *e)
{
	(void)arg;
	(void)from;
	return library_text ? template_compile(name, library_text, strlen(library_text), NULL, e)
	                    : NULL;
}

/* What the text renders to with {"x": "1\n2", "env": "ci"}, or "! cause". */
static const char *render(const char *text, struct torigins *o)
{
	static struct tbuf out = { .max = 10000 };
	static const struct tloader loader = { .load = load };
	AUTO_TERR e = TERR_INIT;
	AUTO_TSESSION s;
	AUTO_TMAP m = { 0 };
	struct tvalue context;
	CLEANUP(template_unref)
	struct template *t = template_compile("main", text, strlen(text), NULL, &e);
	CLEANUP(bundle_free) struct bundle *b = t ? bundle_new(t, &loader, NULL, &e) : NULL;

	tsession_init(&s, &host, NULL);
	s.origins = o;
	tmap_put(&m, "x", 1, TVALUE_STR("1\n2"));
	tmap_put(&m, "env", 3, TVALUE_STR("ci"));
	ck_assert_int_eq(tmap_make(&m, s.arena, &tlimits_default, &context, &e), 0);
	tbuf_reset(&out);
	if (!b || bundle_render(b, &s, &library_tera, &context, &out, &e) < 0)
		tbuf_printf(&out, "! %s", e.causes[0]);
	tbuf_addc(&out, '\0');
	return out.s;
}

/* Where the byte at which `piece` begins came from, as "name:line:col". */
static void comes_from(const char *text, const char *piece, const char *want)
{
	AUTO_TORIGINS o = { 0 };
	AUTO_STRBUF b = STRBUF_INIT;
	const char *out = render(text, &o), *at = strstr(out, piece), *name;
	uint32_t line, col;

	ck_assert_msg(at != NULL, "'%s' is not in '%s'", piece, out);
	name = torigins_find(&o, (size_t)(at - out), &line, &col);
	ck_assert_ptr_nonnull(name);
	strbuf_printf(&b, "%s:%u:%u", name, line, col);
	ck_assert_str_eq(b.s, want);
}

/* The line of the main template that is the reason for it. */
static void is_due_to(const char *text, const char *piece, uint32_t want)
{
	AUTO_TORIGINS o = { 0 };
	const char *out = render(text, &o), *at = strstr(out, piece);
	uint32_t line, col;

	ck_assert_ptr_nonnull(at);
	ck_assert(torigins_find_main(&o, (size_t)(at - out), &line, &col));
	ck_assert_uint_eq(line, want);
}

START_TEST(text_comes_from_where_it_stands)
{
	comes_from("abc\ndef", "abc", "main:1:1");
	comes_from("abc\ndef", "ef", "main:2:2");
	comes_from("a {{ x }} b\n\nc", "c", "main:3:1");
	comes_from("{% if x -%}\n\n   yes {%- endif %}", "es", "main:3:5");
}
END_TEST

START_TEST(values_come_from_the_tag_that_prints_them)
{
	comes_from("a\n {{ x }}", "2", "main:2:5");
	comes_from("{% for i in [7, 8] %}\n{{ i }}{% endfor %}", "8", "main:2:4");
	comes_from("{% filter upper %}\nabc{% endfilter %}{{ x }}", "1", "main:2:22");
}
END_TEST

START_TEST(an_include_is_named)
{
	library_text = "one\ntwo";
	comes_from("a\n{% include \"lib\" %}b", "two", "lib:2:1");
	is_due_to("a\n{% include \"lib\" %}b", "two", 2);
	is_due_to("{% include \"lib\" %}\n\nb", "b", 3);
	is_due_to("a\n\n{% import \"lib\" as m %}{{ x }}", "2", 3);
	comes_from("a\n{% include \"lib\" %}\nb", "b", "main:3:1");
	library_text = NULL;
}
END_TEST

START_TEST(nothing_comes_from_nowhere)
{
	AUTO_TORIGINS o = { 0 };
	uint32_t line, col;

	ck_assert_str_eq(render("", &o), "");
	ck_assert_ptr_null(torigins_find(&o, 0, &line, &col));
}
END_TEST

START_TEST(env_with_a_name_is_the_environment)
{
	ck_assert_str_eq(
	        render("{{ env }} {{ env.HOME }} {{ env['HOME'] }}", NULL), "ci /root /root");
	ck_assert_str_eq(render("{% set n = 'HOME' %}{{ env[n] }}", NULL), "/root");
	ck_assert_str_eq(render("{% if env.NOT_SET %}a{% else %}b{% endif %}", NULL), "b");
	ck_assert_str_eq(render("{{ env.NOT_SET | default(value=1) }}", NULL), "1");
	ck_assert_str_eq(render("{{ env.NOT_SET }}", NULL),
	        "! Variable `env.NOT_SET` not found in context while rendering 'main'");
	ck_assert_str_eq(render("{% set env = {'A': 1} %}{{ env.A }}", NULL), "1");
	host.env_paths = false;
	ck_assert_str_eq(render("{{ env.HOME }}", NULL),
	        "! Variable `env.HOME` not found in context while rendering 'main'");
	host.env_paths = true;
}
END_TEST

CHECK_MAIN("origins", text_comes_from_where_it_stands, values_come_from_the_tag_that_prints_them,
        an_include_is_named, nothing_comes_from_nowhere, env_with_a_name_is_the_environment)

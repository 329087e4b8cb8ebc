/* The template engine and the caches in front of it, in this process, against engines of others:
 * time for each byte that is printed. Those of others have their templates compiled before the
 * clock starts, ours compiles, links and renders in the time that is taken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/contestants.h"
#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"
#include "daemon/cache/renders.h"
#include "daemon/cache/templates.h"
#include "daemon/config/bare.h"
#include "daemon/template/libraries.h"
#include "daemon/template/moment.h"

#define PASSES 5 /* a sample is the mean of so many */

/* ---- what is rendered ---- */

/* Each in a folder of its own: main.html for us, main.other for engines whose calls have no names
 * or no "::". */
struct kind {
	const char *name;
	const struct {
		const char *name, *text;
	} files[6];
};

#define LOOP_HEAD                                                                                \
	"# {{ title | upper }}\n{% for item in items %}\n- {{ loop.index }}. {{ item.name | "    \
	"upper }}: {{ item.price | round }} x {{ item.qty }}{% if item.on %} (on{% if item.qty " \
	"> 3 %}, many{% endif %}){% else %} (off){% endif %}\n  {{ item.name | length }} letters"
#define LOOP_TAIL "\n{% endfor %}\n"
#define MACRO_TAIL "\n{% endfor %}\n"

static const struct kind kinds[] = {
	{ "loops", { { "main.txt", LOOP_HEAD ", {{ item.tags | join(sep=\", \") }}, {{ item.name | "
	                                     "replace(from=\"item\", to=\"thing\") }}" LOOP_TAIL },
	                   { "main.other",
	                           LOOP_HEAD ", {{ item.tags | join(\", \") }}, {{ item.name "
	                                     "| replace(\"item\", \"thing\") }}" LOOP_TAIL } } },
	{ "inheritance",
	        { { "main.txt",
	                  "{% extends \"mid.txt\" %}{% block title %}{{ title }}{% endblock %}\n"
	                  "{% block list %}<ul>{% for u in users %}{% include \"row.txt\" %}"
	                  "{% endfor %}</ul>{% endblock %}" },
	                { "main.other",
	                        "{% extends \"mid.txt\" %}{% block title %}{{ title }}{% endblock "
	                        "%}\n{% block list %}<ul>{% for u in users %}{% include "
	                        "\"row.txt\" %}{% endfor %}</ul>{% endblock %}" },
	                { "mid.txt",
	                        "{% extends \"base.txt\" %}{% block nav %}{{ super() }}<nav>list"
	                        "</nav>{% endblock %}\n{% block body %}<main>{% block list %}"
	                        "{% endblock %}</main>{% endblock %}" },
	                { "base.txt",
	                        "<title>{% block title %}base{% endblock %}</title>\n{% block nav "
	                        "%}<nav>home</nav>{% endblock %}\n{% block body %}{% endblock "
	                        "%}\n{% block foot %}the end{% endblock %}\n" },
	                { "row.txt", "<li><a href=\"mailto:{{ u.email }}\">{{ u.name "
	                             "}}</a></li>\n" } } },
	{ "macros",
	        { { "main.txt",
	                  "{% import \"form.txt\" as f %}{% for u in users %}{{ f::field(name="
	                  "u.name, value=u.email) }}{{ f::field(name=\"x\", kind=\"hidden\") "
	                  "}}" MACRO_TAIL },
	                { "main.other",
	                        "{% import \"form.txt\" as f %}{% for u in users %}{{ f.field(name="
	                        "u.name, value=u.email) }}{{ f.field(name=\"x\", kind=\"hidden\") "
	                        "}}" MACRO_TAIL },
	                { "form.txt",
	                        "{% macro field(name, value=\"\", kind=\"text\") %}<input "
	                        "name=\"{{ "
	                        "name }}\" value=\"{{ value }}\" type=\"{{ kind }}\">{% endmacro "
	                        "%}" } } },
};

static void write_context(struct strbuf *b)
{
	strbuf_adds(b, "{\"title\": \"orders\", \"items\": [");
	for (unsigned i = 0; i < 1000; i++)
		strbuf_printf(b,
		        "%s{\"name\": \"item %u\", \"price\": %u.25, \"qty\": %u, \"tags\": "
		        "[\"a\", \"b\", \"d\"], \"on\": %s}",
		        i ? ", " : "", i, i, i % 7, i % 3 ? "false" : "true");
	strbuf_adds(b, "], \"users\": [");
	for (unsigned i = 0; i < 500; i++)
		strbuf_printf(b, "%s{\"name\": \"User %u\", \"email\": \"u%u@example.com\"}",
		        i ? ", " : "", i, i);
	strbuf_adds(b, "]}");
}

/* ---- a contestant ---- */

struct engine_state {
	const struct kind *kind;
	char *dir;
	struct arena *arena;
	struct strbuf context, main;
	struct tvalue variables;
	struct settings *s;
	struct template_cache *templates;
	struct render_cache *renders;
	size_t sink;
};

static const struct client_env no_env = { .asked = true };
static const struct config_flags no_flags;

static const struct kind *kind_of(const struct entry *en)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strncmp(en->is->name, kinds[i].name, strlen(kinds[i].name)) == 0)
			return &kinds[i];
	return &kinds[0];
}

static int write_files(struct engine_state *t, struct err *e)
{
	AUTO_STR context = fs_join(t->dir, "context.json");

	write_context(&t->context);
	if (fs_mkdirs(t->dir, 0755, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(t->kind->files) && t->kind->files[i].name; i++) {
		AUTO_STR path = fs_join(t->dir, t->kind->files[i].name);
		const char *text = t->kind->files[i].text;

		if (fs_write_atomic(path, text, strlen(text), 0644, e) < 0)
			return -1;
	}
	return fs_write_atomic(context, t->context.s, t->context.len, 0644, e);
}

static int read_context(
        const struct engine_state *t, struct arena *a, struct tvalue *out, struct err *e)
{
	AUTO_TERR why = TERR_INIT;

	if (tvalue_read_json(t->context.s, t->context.len, a, &tlimits_default, out, &why) < 0)
		return err_set(e, ERR_INVALID, "%s", why.causes[0]);
	return 0;
}

/* A text of the size that large templates have. */
static void write_main(struct engine_state *t)
{
	while (t->main.len < 16384)
		strbuf_adds(&t->main, t->kind->files[0].text);
}

int prepare_template(struct entry *en, struct err *e)
{
	struct engine_state *t = xcalloc(1, sizeof(*t));

	en->state = t;
	t->kind = kind_of(en);
	t->dir = xasprintf("%s/templates-%s", en->w->dir, t->kind->name);
	t->arena = arena_new();
	t->context = t->main = (struct strbuf)STRBUF_INIT;
	if (write_files(t, e) < 0)
		return -1;
	write_main(t);
	if (read_context(t, t->arena, &t->variables, e) < 0)
		return -1;
	t->s = settings_load(t->dir, &no_env, &no_flags, getuid(), NULL);
	t->templates = template_cache_new(NULL, 100, 16u << 20);
	t->renders = render_cache_new(NULL, 100, 16u << 20);
	return 0;
}

void template_release(struct entry *en)
{
	struct engine_state *t = en->state;

	if (!t)
		return;
	settings_unref(t->s);
	template_cache_free(t->templates);
	render_cache_free(t->renders);
	strbuf_release(&t->context);
	strbuf_release(&t->main);
	arena_free(t->arena);
	free(t->dir);
	free(t);
	en->state = NULL;
}

/* ---- compiling ---- */

static int compile(struct engine_state *t, const struct memo *memo, double *us, struct err *e)
{
	int64_t began = clock_ns();

	for (unsigned i = 0; i < PASSES; i++) {
		AUTO_TERR why = TERR_INIT;
		struct template *x = memo_compile(memo, "main", t->main.s, t->main.len, NULL, &why);

		if (!x)
			return err_set(e, ERR_INVALID, "%s", why.causes[0]);
		template_unref(x);
	}
	*us = (double)(clock_ns() - began) / NS_PER_US / PASSES;
	return 0;
}

int compile_once(struct entry *en, double *out, struct err *e)
{
	return compile(en->state, NULL, out, e);
}

int compile_again_once(struct entry *en, double *out, struct err *e)
{
	struct engine_state *t = en->state;

	return compile(t, template_cache_memo(t->templates), out, e);
}

/* ---- rendering ---- */

static int render_files(struct engine_state *t, const struct tvalue *variables, struct arena *a,
        struct tbuf *out, struct made_from *from, struct err *e)
{
	AUTO_STR path = fs_join(t->dir, "main.txt");
	AUTO_TERR why = TERR_INIT;
	struct str_list need = { 0 };
	const struct bare b = { .root = t->dir,
		.path = path,
		.shown = "main.txt",
		.context = variables,
		.s = t->s,
		.env = &no_env,
		.flags = &no_flags,
		.need = &need,
		.arena = a };

	if (config_render_bare(&b, out, from, &why) < 0)
		return err_set(e, ERR_INVALID, "%s", why.causes[0]);
	return 0;
}

/* From a request and files to text, as it is the first time; microseconds. */
int render_once(struct entry *en, double *out, struct err *e)
{
	struct engine_state *t = en->state;
	int64_t began = clock_ns();

	for (unsigned i = 0; i < PASSES; i++) {
		CLEANUP(arena_free) struct arena *a = arena_new();
		AUTO_TBUF text = { 0 };
		struct tvalue variables;
		struct made_from from;

		if (read_context(t, a, &variables, e) < 0 ||
		        render_files(t, &variables, a, &text, &from, e) < 0)
			return -1;
		t->sink += text.len;
	}
	*out = (double)(clock_ns() - began) / NS_PER_US / PASSES;
	return 0;
}

/* The same when nothing has changed since. */
int render_again_once(struct entry *en, double *out, struct err *e)
{
	struct engine_state *t = en->state;
	AUTO_STR path = fs_join(t->dir, "main.txt");
	const struct render_ask ask = { .kind = "bare",
		.shown = "main.txt",
		.real = path,
		.root = t->dir,
		.context = t->context.s,
		.context_len = t->context.len,
		.s = t->s,
		.env = &no_env,
		.flags = &no_flags };
	struct depends_why why;
	int64_t began = clock_ns();

	for (unsigned i = 0; i < PASSES; i++) {
		CLEANUP(render_kept_unref)
		const struct render_kept *kept = render_cache_get(t->renders, &ask, &why);
		CLEANUP(arena_free) struct arena *a = kept ? NULL : arena_new();
		AUTO_TBUF text = { 0 };
		struct made_from from;

		if (kept) {
			t->sink += kept->v[0].len;
			continue;
		}
		if (render_files(t, &t->variables, a, &text, &from, e) < 0)
			return -1;
		render_cache_put(t->renders, &ask, &why, &from, NULL,
		        &(struct render_text){ "", text.s, text.len }, 1, 0);
	}
	*out = (double)(clock_ns() - began) / NS_PER_US / PASSES;
	return 0;
}

/* Nanoseconds for each byte of output: files, compiling, linking and rendering. */
int engine_once(struct entry *en, double *out, struct err *e)
{
	struct engine_state *t = en->state;
	int64_t began = clock_ns();
	size_t bytes = 0;

	for (unsigned i = 0; i < PASSES; i++) {
		CLEANUP(arena_free) struct arena *a = arena_new();
		AUTO_TBUF text = { 0 };
		struct made_from from;

		if (render_files(t, &t->variables, a, &text, &from, e) < 0)
			return -1;
		bytes += text.len;
	}
	*out = (double)(clock_ns() - began) / (double)bytes;
	return 0;
}

/* ---- engines of others, which time themselves ---- */

static int python_once(struct entry *en, const char *script, double *out, struct err *e)
{
	const struct engine_state *t = en->state;
	AUTO_STRBUF text = STRBUF_INIT;

	if (RUN(&text, e, "python3", "-c", script, t->dir) < 0)
		return -1;
	out[0] = strtod(text.s, NULL);
	return out[0] > 0 ? 0 : err_set(e, ERR_INVALID, "python3 printed no number");
}

#define TIMED                                                                        \
	"best = 1e18\n"                                                              \
	"for i in range(6):\n"                                                       \
	"    b = time.perf_counter_ns(); o = render(); e = time.perf_counter_ns()\n" \
	"    best = min(best, e - b) if i else best\n"                               \
	"print(best / len(o))\n"
#define CONTEXT                                     \
	"import sys, json, time\nd = sys.argv[1]\n" \
	"c = json.load(open(d + '/context.json'))\n"

int prepare_jinja2(struct entry *en, struct err *e)
{
	if (RUN(NULL, e, "python3", "-c", "import jinja2") < 0)
		return err_set(e, ERR_UNSUPPORTED, "python3 has no 'jinja2'");
	return prepare_template(en, e);
}

int jinja2_once(struct entry *en, double *out, struct err *e)
{
	static const char script[] =
	        CONTEXT "import jinja2\n"
	                "t = jinja2.Environment(loader=jinja2.FileSystemLoader(d))"
	                ".get_template('main.other')\n"
	                "render = lambda: t.render(c)\n" TIMED;

	return python_once(en, script, out, e);
}

int prepare_minijinja(struct entry *en, struct err *e)
{
	if (RUN(NULL, e, "python3", "-c", "import minijinja") < 0)
		return err_set(e, ERR_UNSUPPORTED, "python3 has no 'minijinja'");
	return prepare_template(en, e);
}

int minijinja_once(struct entry *en, double *out, struct err *e)
{
	static const char script[] =
	        CONTEXT "import minijinja\n"
	                "t = minijinja.Environment(loader=lambda n: open(d + '/' + n).read())\n"
	                "render = lambda: t.render_template('main.other', **c)\n" TIMED;

	return python_once(en, script, out, e);
}

#include "daemon/server/runs_wishes.h"

#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/map.h"
#include "common/mem.h"
#include "daemon/server/runs_stream.h"

#define PROJECT_REPORTS 2

struct wish {
	const char *path;
	enum inner form;
	const struct test_outcome *test; /* NULL = the whole run */
	bool no_logs;
};

struct wishes {
	struct arena *arena;
	struct wish *v;
	size_t n, cap;
	struct map *by_path; /* path -> index + 1 */
	struct strbuf warnings;
	bool quiet; /* the client wants no warnings */
	struct wish project[PROJECT_REPORTS];
	size_t n_project;
};

/* Two that write one path: the last by order of discovery wins. */
static void add_wish(struct wishes *w, const struct wish *x)
{
	size_t before = (size_t)(uintptr_t)map_get(w->by_path, x->path);

	if (before) {
		strbuf_printf(&w->warnings,
		        "warning[config.conflict]: two tests write the report '%s': the last one "
		        "wins\n",
		        x->path);
		w->v[before - 1] = *x;
		return;
	}
	w->v = xgrow(w->v, &w->cap, w->n + 1, sizeof(*w->v));
	w->v[w->n++] = *x;
	map_put(w->by_path, x->path, (void *)(uintptr_t)w->n);
}

static void take_wish(void *arg, const struct report_wish *wish, const struct test_outcome *test)
{
	struct wishes *w = arg;
	struct wish x = { .path = wish->path,
		.form = (enum inner)document_form(wish->kind),
		.test = test,
		.no_logs = wish->no_logs };

	add_wish(w, &x);
}

/* A directory of the project is that, and not what a link in the project leads to: the client
 * follows none. One elsewhere is where its links lead. */
static char *project_dir(const struct settings *s)
{
	AUTO_STR root = realpath(s->root, NULL);
	AUTO_STR joined = fs_join(s->root, s->report_dir ? s->report_dir : "reports");
	AUTO_STR dir = fs_normalize(joined);
	const char *rest = dir + strlen(s->root);

	if (root && fs_is_below(dir, s->root))
		return fs_join(root, rest + strspn(rest, "/"));

	char *real = fs_real_target(dir);

	return real ? real : STEAL(dir);
}

static void project_reports(struct wishes *w, const struct settings *s)
{
	const struct {
		bool wanted;
		const char *file;
		enum inner form;
	} all[PROJECT_REPORTS] = {
		{ s->generate_junit, "junit.xml", INNER_JUNIT },
		{ s->generate_html, "report.html", INNER_HTML },
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (!all[i].wanted)
			continue;
		AUTO_STR dir = project_dir(s);
		AUTO_STR path = fs_join(dir, all[i].file);

		w->project[w->n_project++] =
		        (struct wish){ .path = arena_strdup(w->arena, path), .form = all[i].form };
	}
}

struct report_parts run_parts(const struct run *run)
{
	const struct settings *s = run ? run_settings(run) : NULL;

	return (struct report_parts){ !s || s->include_timestamps, !s || s->include_logs };
}

/* A run of this test alone. */
static struct run_result part_of(const struct run_result *r, const struct test_outcome *test)
{
	struct run_result part = *r;

	if (!test)
		return part;
	part.tests = (struct test_outcome *)(uintptr_t)test;
	part.n_tests = 1;
	run_result_count(&part);
	return part;
}

static void render_wish(const struct wish *x, const struct run_result *result,
        const struct document *how, unsigned number, struct strbuf *out)
{
	struct run_result part = part_of(result, x->test);
	const struct report_parts parts = { how->parts.times, how->parts.logs && !x->no_logs };
	CLEANUP(run_result_free)
	struct run_result *plain = parts.times && parts.logs ? NULL : report_plain(&part, &parts);
	AUTO_STRBUF text = STRBUF_INIT;

	document_write(x->form, plain ? plain : &part, how, &text);
	frame_put_name(out, number, x->path);
	frame_put_file(out, number, text.s, text.len);
}

struct wishes *run_wishes_new(const struct request *r, const struct run *run)
{
	struct wishes *w = xcalloc(1, sizeof(*w));

	w->arena = arena_new();
	w->by_path = map_new();
	w->warnings = (struct strbuf)STRBUF_INIT;
	w->quiet = r->style.verbosity < 0;
	if (r->form == FORM_FRAMES && run)
		project_reports(w, run_settings(run));
	return w;
}

void run_wishes_gather(struct wishes *w, const struct request *r, const struct run *run)
{
	if (r->form != FORM_FRAMES)
		return;
	run_each_wish(run, take_wish, w);
	for (size_t i = 0; i < w->n_project; i++)
		add_wish(w, &w->project[i]);
}

static void note_wish(void *arg, const struct report_wish *wish, const struct test_outcome *test)
{
	(void)wish, (void)test;
	*(bool *)arg = true;
}

bool run_wishes_want_any(const struct run *run)
{
	const struct settings *s = run ? run_settings(run) : NULL;
	bool any = s && (s->generate_junit || s->generate_html);

	if (run)
		run_each_wish(run, note_wish, &any);
	return any;
}

bool run_wishes_wait(const struct wishes *w)
{
	for (size_t i = 0; w && i < w->n; i++)
		if (document_waits(w->v[i].form))
			return true;
	return false;
}

/* ---- snapshots ---- */

struct written {
	struct strbuf *out, said;
	unsigned number;
	bool quiet;
};

static void write_updates(struct written *w, const struct snapshot_update *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		frame_put_name(w->out, w->number, v[i].real);
		frame_put_file(w->out, w->number++, v[i].text, v[i].len);
		if (w->quiet)
			continue;
		strbuf_adds(&w->said, v[i].is_new ? "wrote snapshot  " : "updated snapshot  ");
		text_line(&w->said, v[i].path, strlen(v[i].path));
		strbuf_addc(&w->said, '\n');
	}
}

/* The client writes them, as it does reports. */
unsigned run_wishes_snapshots(
        const struct run_result *result, const struct wishes *w, unsigned from, struct strbuf *out)
{
	struct written x = { .out = out, .said = STRBUF_INIT, .number = from, .quiet = w->quiet };

	for (size_t t = 0; t < result->n_tests; t++) {
		for (size_t i = 0; i < result->tests[t].n_scenarios; i++) {
			const struct scenario_result *s = result->tests[t].scenarios[i];

			for (size_t k = 0; s && !s->cached && k < s->n_steps; k++)
				write_updates(&x, s->steps[k].updates, s->steps[k].n_updates);
			if (s && !s->cached)
				write_updates(&x, s->updates, s->n_updates);
		}
	}
	if (x.said.len)
		frame_put(out, 'e', x.said.s, x.said.len);
	strbuf_release(&x.said);
	return x.number;
}

unsigned run_wishes_render(const struct wishes *w, const struct run_result *result,
        const struct document *how, unsigned from, struct strbuf *out)
{
	if (w->warnings.len && !w->quiet)
		frame_put(out, 'e', w->warnings.s, w->warnings.len);
	for (size_t i = 0; i < w->n; i++)
		render_wish(&w->v[i], result, how, from + (unsigned)i, out);
	return from + (unsigned)w->n;
}

bool run_wishes_any(const struct wishes *w)
{
	return w && (w->n || w->warnings.len);
}

void run_wishes_free(struct wishes *w)
{
	if (!w)
		return;
	free(w->v);
	map_free(w->by_path, NULL);
	strbuf_release(&w->warnings);
	arena_free(w->arena);
	free(w);
}

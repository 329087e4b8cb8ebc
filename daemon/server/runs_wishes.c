#include "daemon/server/runs_wishes.h"

#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/map.h"
#include "common/mem.h"
#include "daemon/server/runs_stream.h"

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
	int verbosity; /* of the client */
	struct report_parts parts;
	const char *project_report; /* of the project, or NULL */
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
	struct wish x = { .path = wish->path, .test = test, .no_logs = wish->no_logs };

	x.form = strcmp(wish->kind, "junit") == 0 ? INNER_JUNIT
	         : strcmp(wish->kind, "tap") == 0 ? INNER_TAP
	                                          : INNER_JSON;
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

static const char *project_report(const struct settings *s, struct arena *a)
{
	if (!s->generate_junit)
		return NULL;
	AUTO_STR dir = project_dir(s);
	AUTO_STR path = fs_join(dir, "junit.xml");

	return arena_strdup(a, path);
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

static void render_wish(const struct wishes *w, const struct wish *x,
        const struct run_result *result, const struct run_request *req, unsigned number,
        struct strbuf *out)
{
	struct run_result part = part_of(result, x->test);
	const struct report_parts parts = { w->parts.times, w->parts.logs && !x->no_logs };
	CLEANUP(run_result_free)
	struct run_result *plain = parts.times && parts.logs ? NULL : report_plain(&part, &parts);
	AUTO_STRBUF text = STRBUF_INIT;

	run_document(x->form, plain ? plain : &part, (enum junit_dialect)req->junit_dialect,
	        req->junit_always, w->verbosity, &text);
	frame_put_name(out, number, x->path);
	frame_put_file(out, number, text.s, text.len);
}

struct wishes *run_wishes_new(const struct request *r, const struct run *run)
{
	struct wishes *w = xcalloc(1, sizeof(*w));

	w->arena = arena_new();
	w->by_path = map_new();
	w->warnings = (struct strbuf)STRBUF_INIT;
	w->verbosity = r->style.verbosity;
	w->parts = run_parts(run);
	if (r->form == FORM_FRAMES && run)
		w->project_report = project_report(run_settings(run), w->arena);
	return w;
}

void run_wishes_gather(struct wishes *w, const struct request *r, const struct run *run)
{
	const struct wish project = { .path = w->project_report, .form = INNER_JUNIT };

	if (r->form != FORM_FRAMES)
		return;
	run_each_wish(run, take_wish, w);
	if (project.path)
		add_wish(w, &project);
}

void run_wishes_render(const struct wishes *w, const struct run_result *result,
        const struct run_request *req, unsigned from, struct strbuf *out)
{
	if (w->warnings.len && w->verbosity >= 0)
		frame_put(out, 'e', w->warnings.s, w->warnings.len);
	for (size_t i = 0; i < w->n; i++)
		render_wish(w, &w->v[i], result, req, from + (unsigned)i, out);
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

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
};

struct wishes {
	struct arena *arena;
	struct wish *v;
	size_t n, cap;
	struct map *by_path; /* path -> index + 1 */
	struct strbuf warnings;
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
	struct wish x = { .path = wish->path, .test = test };

	x.form = strcmp(wish->kind, "junit") == 0 ? INNER_JUNIT
	         : strcmp(wish->kind, "tap") == 0 ? INNER_TAP
	                                          : INNER_JSON;
	add_wish(w, &x);
}

static void take_project(struct wishes *w, const struct settings *s)
{
	if (!s->generate_junit)
		return;
	AUTO_STR dir = fs_join(s->root, s->report_dir ? s->report_dir : "reports");
	AUTO_STR joined = fs_join(dir, "junit.xml");
	AUTO_STR path = fs_normalize(joined);
	const struct wish x = { .path = arena_strdup(w->arena, path), .form = INNER_JUNIT };

	add_wish(w, &x);
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

static void send_wish(struct request *r, const struct run_result *result,
        const struct run_request *req, const struct wish *x, unsigned number)
{
	struct run_result part = part_of(result, x->test);
	AUTO_STRBUF text = STRBUF_INIT;

	run_document(x->form, &part, (enum junit_dialect)req->junit_dialect, req->junit_always,
	        r->style.verbosity, &text);
	stream_name(r->x, number, x->path);
	stream_file(r->x, number, text.s, text.len);
}

void run_wishes_send(struct request *r, const struct run *run, const struct run_result *result,
        const struct run_request *req, unsigned from)
{
	struct wishes w = { .arena = arena_new(), .by_path = map_new(), .warnings = STRBUF_INIT };

	if (r->form == FORM_FRAMES) {
		run_each_wish(run, take_wish, &w);
		take_project(&w, run_settings(run));
	}
	if (w.warnings.len && r->style.verbosity >= 0)
		stream_frame(r->x, 'e', w.warnings.s, w.warnings.len);
	for (size_t i = 0; i < w.n; i++)
		send_wish(r, result, req, &w.v[i], from + (unsigned)i);
	free(w.v);
	map_free(w.by_path, NULL);
	strbuf_release(&w.warnings);
	arena_free(w.arena);
}

/* GET /v1/runs/{id}: run's output again, in any form. */
#include <string.h>

#include "common/glob.h"
#include "common/mem.h"
#include "common/num.h"
#include "daemon/server/deadlines.h"
#include "daemon/server/handlers.h"
#include "daemon/server/history.h"
#include "daemon/server/runs_replay.h"
#include "daemon/server/runs_stream.h"
#include "daemon/server/visits.h"
#include "daemon/wire/wire.h"

struct shown {
	struct offload o;
	struct arena *arena;
	struct store *store;
	const char *ref, *test; /* test: only those that contain it, or NULL */
	enum inner form;
	struct document how;
	bool partial, receipts, deadlines, artifacts;
	struct text_style style;
	struct str_list kept; /* ids of sandboxes */
	/* What the worker makes. */
	bool active, found;
	int exit;
	struct strbuf out, err;
	struct err e;
};

/* ---- only some tests ---- */

static bool test_is_wanted(const char *pattern, const char *name)
{
	return glob_is_pattern(pattern) ? glob_names(pattern, name) : strstr(name, pattern) != NULL;
}

static void drop_test(struct test_outcome *t)
{
	for (size_t i = 0; i < t->n_scenarios; i++)
		scenario_result_unref(t->scenarios[i]);
	t->n_scenarios = 0;
}

static void keep_tests(struct run_result *r, const char *pattern)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n_tests; i++) {
		if (test_is_wanted(pattern, r->tests[i].name))
			r->tests[kept++] = r->tests[i];
		else
			drop_test(&r->tests[i]);
	}
	r->n_tests = kept;
	run_result_count(r);
}

/* ---- receipts for people ---- */

static void add_words(struct strbuf *out, const struct str_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		strbuf_printf(out, " %s", l->v[i]);
}

static void add_receipt(struct strbuf *out, const char *scenario, const struct receipt *r)
{
	strbuf_adds(out, "receipt  ");
	strbuf_add_visible(out, scenario, strlen(scenario));
	strbuf_printf(out, "\n  engine %s (%s), isolation %s, %s\n  namespaces", r->engine,
	        r->mode ? r->mode : "?", r->profile, r->pristine ? "pristine" : "used before");
	add_words(out, &r->namespaces);
	strbuf_printf(out,
	        ", network %s, uid map %s\n  image %s@%.12s\n  no new privileges %s, "
	        "seccomp %.12s, capabilities",
	        r->network, r->uid_map ? r->uid_map : "-", r->image ? r->image : "-",
	        r->image_digest ? r->image_digest : "-", r->no_new_privs ? "yes" : "no",
	        r->seccomp_sha256 ? r->seccomp_sha256 : "-");
	if (r->capabilities.n)
		add_words(out, &r->capabilities);
	else
		strbuf_adds(out, " none");
	strbuf_adds(out, "\n  limits");
	for (size_t i = 0; i < r->n_limits; i++)
		strbuf_printf(out, " %s=%s", r->limits[i].name, r->limits[i].value);
	strbuf_addc(out, '\n');
	for (size_t i = 0; i < r->n_degraded; i++)
		strbuf_printf(out, "  degraded: %s wanted %s, got %s\n", r->degraded[i].what,
		        r->degraded[i].wanted, r->degraded[i].got);
}

static void add_receipts(struct strbuf *out, const struct run_result *r)
{
	for (size_t t = 0; t < r->n_tests; t++) {
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++) {
			const struct scenario_result *sc = r->tests[t].scenarios[i];

			if (sc && sc->receipt)
				add_receipt(out, sc->id, sc->receipt);
		}
	}
}

/* Whole digests: they are there to be compared. */
static void add_artifacts(struct strbuf *out, const struct run_result *r)
{
	for (size_t t = 0; t < r->n_tests; t++) {
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++) {
			const struct scenario_result *sc = r->tests[t].scenarios[i];

			for (size_t k = 0; sc && k < sc->n_artifacts; k++) {
				const struct artifact *a = &sc->artifacts[k];

				strbuf_adds(out, "kept  ");
				strbuf_add_visible(out, sc->id, strlen(sc->id));
				strbuf_printf(out, "/%s  ", a->name);
				size_format(out, a->bytes);
				strbuf_printf(out, "  sha256:%s\n", a->sha256);
			}
		}
	}
}

/* The summary stays the last line. */
static void write_human(struct shown *s, const struct run_result *r)
{
	struct strbuf *out = &s->out;
	AUTO_STRBUF text = STRBUF_INIT;
	size_t last;

	report_human(r, &s->style, &text, &s->err);
	last = text.len;
	if (last)
		last--;
	while (last && text.s[last - 1] != '\n')
		last--;
	strbuf_add(out, text.s, last);
	if (s->receipts)
		add_receipts(out, r);
	if (s->deadlines)
		deadlines_text(r, out);
	if (s->artifacts)
		add_artifacts(out, r);
	strbuf_add(out, text.s + last, text.len - last);
}

/* ---- on a worker ---- */

static void render(struct shown *s, struct run_result *r)
{
	visits_mark_kept(r, &s->kept);
	if (s->test)
		keep_tests(r, s->test);
	if (s->deadlines)
		deadlines_fill(s->store, r);
	if (s->form == INNER_HUMAN)
		write_human(s, r);
	else if (s->form == INNER_NDJSON)
		runs_replay(r, &s->out);
	else
		document_write(s->form, r, &s->how, &s->out);
	if (s->form != INNER_HUMAN && s->style.verbosity > 0)
		diags_text(&r->diags, &s->style, s->style.err, &s->err);
}

static void work(struct offload *o)
{
	struct shown *s = (struct shown *)o;
	struct run_result *r = history_load(s->store, s->ref, &s->e);

	s->found = r != NULL;
	if (!r)
		return;
	s->active = strcmp(r->state, "running") == 0;
	if (!s->active || s->partial)
		render(s, r);
	run_result_free(r);
}

/* ---- on the loop ---- */

static const char *media_type(enum inner form)
{
	if (form == INNER_HUMAN)
		return "text/plain; charset=utf-8";
	return form == INNER_NDJSON ? "application/x-ndjson" : document_type(form);
}

/* What was said of the files is said again, on stderr. */
static void show(struct request *r, struct shown *s)
{
	if (r->form == FORM_FRAMES && s->err.len)
		stream_frame(r->x, 'e', s->err.s, s->err.len);
	answer_text(r, media_type(s->form), &s->out);
}

static void reply(struct offload *o)
{
	struct shown *s = (struct shown *)o;

	if (!s->found)
		history_refuse(o->r, &s->e);
	else if (s->active && !s->partial)
		answer_problem(o->r, "run-active", 1, "the run is not over",
		        "clnrm logs -f RUN follows it; partial=1 shows what is there", NULL);
	else
		show(o->r, s);
}

static void release(struct offload *o)
{
	struct shown *s = (struct shown *)o;

	strbuf_release(&s->out);
	strbuf_release(&s->err);
	arena_free(s->arena);
	free(s);
}

/* ---- the query ---- */

/* What the client's headers ask for, when the query says nothing. */
static enum inner form_of(const struct request *r)
{
	static const struct {
		const char *type;
		enum inner form;
	} types[] = {
		{ "application/xml", INNER_JUNIT },
		{ "text/tap", INNER_TAP },
		{ "text/html", INNER_HTML },
		{ "text/markdown", INNER_MARKDOWN },
	};
	const char *accept = mhd_header(r->x, "Accept");

	if (r->form == FORM_FRAMES)
		return r->inner;
	if (r->form == FORM_TEXT)
		return INNER_HUMAN;
	if (r->form == FORM_NDJSON)
		return INNER_NDJSON;
	for (size_t i = 0; accept && i < ARRAY_LEN(types); i++)
		if (strstr(accept, types[i].type))
			return types[i].form;
	return INNER_JSON;
}

static bool read_form(struct request *r, enum inner *form)
{
	const char *v = request_query(r, "form");

	*form = form_of(r);
	if (v && strcmp(v, "ndjson") == 0) {
		*form = INNER_NDJSON;
		return true;
	}
	return document_read_form(r, "one of: ndjson " DOCUMENT_FORMS, form);
}

void handle_run_show(struct request *r)
{
	struct shown *s = xcalloc(1, sizeof(*s));

	s->o = (struct offload){ .work = work, .answer = reply, .release = release };
	s->arena = arena_new();
	s->out = s->err = (struct strbuf)STRBUF_INIT;
	s->store = r->d->store;
	s->ref = arena_strdup(s->arena, r->part);
	s->test = arena_strdup(s->arena, request_query(r, "test"));
	s->partial = request_flag(r, "partial");
	s->receipts = request_flag(r, "receipts");
	s->deadlines = request_flag(r, "deadlines");
	s->artifacts = request_flag(r, "artifacts");
	s->style = r->style;
	s->kept = runner_kept_ids(r->d->runner, s->arena);
	s->how = (struct document){ .verbosity = r->style.verbosity, .store = r->d->store };
	if (read_form(r, &s->form) && document_read_dialect(r, &s->how.dialect))
		offload(r, &s->o);
	else
		release(&s->o);
}

/* GET /v1/runs/{id}/events: a run from its first event on, for who attaches to it.
 *
 * Of a run that goes on every reader has a place in its tape (tape.h), and the connection asks for
 * more when the reader has taken what there was: nobody waits for him, and nothing is kept for him
 * alone. What is made from the whole result, and a run that is over, comes from the history. */
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/report/report.h"
#include "daemon/server/handlers.h"
#include "daemon/server/history.h"
#include "daemon/server/live.h"
#include "daemon/server/pour.h"
#include "daemon/server/runs_export.h"
#include "daemon/server/runs_replay.h"
#include "daemon/server/runs_stream.h"
#include "daemon/server/tape.h"
#include "daemon/server/visits.h"

#define PULL_BYTES (64u << 10) /* that are made at a time */
#define PULL_EVENTS 256u       /* and the loop has other work after so many */

struct attached {
	struct request *r; /* NULL: the client has left */
	struct server *server;
	struct store *store;
	struct arena *arena;
	struct run_request view; /* how it is shown */
	struct text_style style;
	struct document how;
	enum inner inner;
	struct run_stream *stream;
	struct tape_reader reader;
	struct view seen;
	uint64_t from;
	int exit;
	struct loop_timer *again;

	/* What a worker does for it. */
	bool busy;
	const char *ref; /* as it was named; then the id */
	char id[16];
	bool active, found, played; /* played: the text went out as it came */
	const char *export_to;      /* absolute, or NULL */
	struct export *export;
	struct str_list kept; /* ids of sandboxes, before it is loaded */
	struct strbuf out, err;
	struct err e;
	size_t poured;
	bool rendered;
};

static struct attached *of_reader(struct tape_reader *r)
{
	return (struct attached *)((char *)r - offsetof(struct attached, reader));
}

static void free_attached(struct attached *a)
{
	tape_leave(&a->reader);
	view_remove(&a->seen);
	loop_timer_del(a->again);
	run_stream_free(a->stream);
	export_free(a->export);
	strbuf_release(&a->out);
	strbuf_release(&a->err);
	arena_free(a->arena);
	free(a);
}

static void on_closed(void *arg)
{
	struct attached *a = arg;

	a->r = NULL;
	if (!a->busy)
		free_attached(a);
}

static bool is_document(const struct attached *a)
{
	return a->inner != INNER_HUMAN && a->inner != INNER_NDJSON;
}

static void finish(struct attached *a)
{
	exchange_on_pull(a->r->x, NULL, NULL);
	run_stream_end(a->stream, a->exit);
	free_attached(a);
}

/* The stream has begun: what goes wrong now is told in it. */
static void fail(struct attached *a, const struct err *e)
{
	AUTO_STRBUF text = STRBUF_INIT;

	strbuf_printf(&text, "error[internal]: %s\n", e->msg);
	if (a->r->form == FORM_FRAMES)
		stream_frame(a->r->x, 'e', text.s, text.len);
	a->exit = 5;
	finish(a);
}

/* ---- what is made from the whole result ---- */

/* Events are numbered from 1, one a line. */
static void drop_lines(struct strbuf *b, uint64_t from)
{
	size_t at = 0;

	for (uint64_t i = 1; i < from && at < b->len; i++) {
		const char *lf = memchr(b->s + at, '\n', b->len - at);

		at = lf ? (size_t)(lf - b->s) + 1 : b->len;
	}
	strbuf_remove(b, 0, at);
}

static void render(struct attached *a, struct run_result *r)
{
	visits_mark_kept(r, &a->kept);
	if (a->inner == INNER_NDJSON) {
		runs_replay(r, &a->out);
		drop_lines(&a->out, a->from);
	} else if (a->inner == INNER_HUMAN) {
		report_human(r, &a->style, &a->out, &a->err);
	} else {
		document_write(a->inner, r, &a->how, &a->out);
		if (a->style.verbosity > 0)
			diags_text(&r->diags, &a->style, a->style.err, &a->err);
	}
}

static void load(void *arg)
{
	struct attached *a = arg;
	struct run_result *r = history_load(a->store, a->ref, &a->e);

	a->found = r != NULL;
	if (!r)
		return;
	a->active = strcmp(r->state, "running") == 0;
	a->exit = r->exit;
	if (!a->active && (!a->played || is_document(a)))
		render(a, r);
	if (!a->active && a->export_to)
		a->export = export_new(a->server->d.artifacts_dir, a->export_to, r);
	run_result_free(r);
}

static void pour(struct attached *a)
{
	size_t left = a->out.len - a->poured, n = left < PULL_BYTES ? left : PULL_BYTES;

	if (!n) {
		if (!a->export || !export_next(a->export, a->r->x, 1))
			finish(a);
		return;
	}
	if (a->r->form == FORM_FRAMES)
		stream_frame(a->r->x, 'o', a->out.s + a->poured, n);
	else
		stream_write(a->r->x, a->out.s + a->poured, n);
	a->poured += n;
}

/* ---- what comes from the tape ---- */

static void go_on(void *arg)
{
	struct attached *a = arg;

	a->again = NULL;
	exchange_go_on(a->r->x);
}

static void on_more(struct tape_reader *r)
{
	const struct attached *a = of_reader(r);

	if (a->r && a->r->x->opened)
		exchange_go_on(a->r->x);
}

/* Of what went on earlier only the last state is worth a picture. */
static bool is_old(const struct attached *a, const struct event *ev)
{
	if (ev->seq < a->from)
		return true;
	return ev->kind == EV_PROGRESS && a->inner != INNER_NDJSON && !tape_is_at_end(&a->reader);
}

static void take(struct attached *a, const struct event *ev)
{
	if (ev->kind == EV_END)
		a->exit = ev->end.exit;
	if (!is_old(a, ev))
		run_stream_event(a->stream, ev);
}

static void after_tape(struct attached *a);

static void play(struct attached *a)
{
	CLEANUP(arena_free) struct arena *arena = arena_new();
	struct event ev;
	struct err e;
	int rc = 0;

	for (unsigned i = 0; i < PULL_EVENTS && stream_backlog(a->r->x) < PULL_BYTES; i++) {
		rc = tape_next(&a->reader, arena, &ev, &e);
		if (rc <= 0)
			break;
		take(a, &ev);
	}
	if (rc < 0)
		fail(a, &e);
	else if (tape_is_over(&a->reader))
		after_tape(a);
	else if (!tape_is_at_end(&a->reader) && !stream_backlog(a->r->x) && !a->again)
		a->again = loop_timer_add(a->r->d->loop, 0, go_on, a);
}

static void on_pull(void *arg)
{
	struct attached *a = arg;

	if (a->busy)
		return;
	if (a->rendered)
		pour(a);
	else
		play(a);
}

static void begin(struct attached *a, const char *id)
{
	a->view.show_output = (int)a->style.show_output;
	a->stream = run_stream_new(a->r, &a->view);
	view_add(a->server, &a->seen, run_stream_human(a->stream));
	strbuf_printf(&a->r->x->headers, "Clnrm-View: %u\n", a->seen.number);
	exchange_on_closed(a->r->x, on_closed, a);
	exchange_on_pull(a->r->x, on_pull, a);
	run_stream_open(a->stream, id);
}

static void on_document(void *arg)
{
	struct attached *a = arg;

	a->busy = false;
	if (!a->r) {
		free_attached(a);
		return;
	}
	if (!a->found) {
		fail(a, &a->e);
		return;
	}
	if (a->r->form == FORM_FRAMES && a->err.len)
		stream_frame(a->r->x, 'e', a->err.s, a->err.len);
	a->rendered = true;
	exchange_go_on(a->r->x);
}

/* The run is over. Its exit code is of its last event; a document waits for the history. */
static void after_tape(struct attached *a)
{
	struct err e;

	tape_leave(&a->reader);
	a->played = true;
	if (!is_document(a) && !a->export_to) {
		finish(a);
		return;
	}
	a->busy = true;
	a->kept = runner_kept_ids(a->r->d->runner, a->arena);
	if (work_submit(a->r->d->work, load, on_document, a, &e) < 0) {
		a->busy = false;
		fail(a, &e);
	}
}

/* ---- which run it is ---- */

static void follow(struct attached *a, struct live *l)
{
	if (l->unstored && (is_document(a) || a->export_to)) {
		answer_problem(a->r, "refused", 2,
		        "this run is not stored: nobody but its own client can have its result",
		        "attach as text, or with --format ndjson, and without --artifacts", NULL);
		free_attached(a);
		return;
	}
	a->ref = arena_strdup(a->arena, l->id);
	tape_open(l->tape, &a->reader, on_more);
	begin(a, a->ref);
}

static void submit(struct attached *a, loop_fn *work, loop_fn *done)
{
	struct err e;

	if (work_submit(a->r->d->work, work, done, a, &e) < 0) {
		answer_err(a->r, &e);
		free_attached(a);
		return;
	}
	a->busy = true;
	exchange_on_closed(a->r->x, on_closed, a);
	if (!a->r->x->suspended)
		exchange_wait(a->r->x);
}

static struct live *find_run(const struct server *s, const char *id)
{
	struct live *l = live_find(s, id);

	return l && l->tape ? l : NULL;
}

static void show_past(struct attached *a)
{
	begin(a, a->id);
	if (a->r->form == FORM_FRAMES && a->err.len)
		stream_frame(a->r->x, 'e', a->err.s, a->err.len);
	a->rendered = true;
}

static void on_loaded(void *arg)
{
	struct attached *a = arg;
	struct live *l = a->r ? find_run(a->server, a->id) : NULL;

	a->busy = false;
	if (!a->r) {
		free_attached(a);
	} else if (!a->found) {
		history_refuse(a->r, &a->e);
		free_attached(a);
	} else if (l) {
		follow(a, l);
	} else if (a->active) {
		answer_problem(a->r, "run-active", 1, "the run belongs to another daemon",
		        "attach from where it was started: another XDG_RUNTIME_DIR or --socket",
		        NULL);
		free_attached(a);
	} else {
		show_past(a);
	}
}

static void resolve(void *arg)
{
	struct attached *a = arg;

	a->found = history_resolve(a->store, a->ref, a->id, &a->e) == 0;
}

static void on_resolved(void *arg)
{
	struct attached *a = arg;
	struct live *l = a->r && a->found ? find_run(a->server, a->id) : NULL;

	a->busy = false;
	if (!a->r) {
		free_attached(a);
	} else if (!a->found) {
		history_refuse(a->r, &a->e);
		free_attached(a);
	} else if (l) {
		follow(a, l);
	} else {
		a->ref = a->id;
		a->kept = runner_kept_ids(a->r->d->runner, a->arena);
		submit(a, load, on_loaded);
	}
}

/* ---- the request ---- */

static bool read_word(struct request *r, const char *name, const char *words, int *out)
{
	const char *v = request_query(r, name), *at = words;

	for (int i = 0; v && *at; i++) {
		size_t n = strcspn(at, " ");

		if (strlen(v) == n && strncmp(v, at, n) == 0) {
			*out = i;
			return true;
		}
		at += n + (at[n] == ' ');
	}
	if (!v)
		return true;
	AUTO_STR text = xasprintf("'%s': it is one of: %s", name, words);
	answer_problem(r, "invalid-option", 2, text, NULL, NULL);
	return false;
}

static enum inner inner_of(const struct request *r)
{
	if (r->form == FORM_FRAMES)
		return r->inner;
	return r->form == FORM_TEXT ? INNER_HUMAN : INNER_NDJSON;
}

/* Links in it are followed now, and none when the files are written. */
static bool read_export(struct attached *a, struct request *r)
{
	const char *to = request_query(r, "artifacts");

	if (!to)
		return true;
	if (r->form != FORM_FRAMES || to[0] != '/') {
		answer_problem(r, "invalid-option", 2,
		        "'artifacts' is an absolute path, and the files are frames",
		        "GET /v1/runs/{id}/artifacts has them", NULL);
		return false;
	}
	AUTO_STR dir = export_dir("/", to);
	a->export_to = arena_strdup(a->arena, dir);
	return true;
}

static bool read_request(struct attached *a, struct request *r)
{
	int show = SHOW_FAILED, output = 0;

	if (r->form == FORM_JSON)
		r->form = FORM_NDJSON; /* whoever takes anything gets events */
	a->inner = inner_of(r);
	a->from = request_number(r, "from", 0);
	if (!read_export(a, r))
		return false;
	a->view.raw = request_flag(r, "raw");
	a->view.no_ci = request_flag(r, "no_ci");
	a->view.slowest = (unsigned)request_number(r, "slowest", 0);
	if (!read_word(r, "show_output", "failed always never live", &show) ||
	        !read_word(r, "junit_output", "failed always", &output) ||
	        !document_read_dialect(r, &a->how.dialect))
		return false;
	a->how.junit_always = output == 1;
	a->how.verbosity = r->style.verbosity;
	a->style = r->style;
	a->style.show_output = (unsigned)show;
	a->style.raw = a->view.raw;
	a->style.slowest = a->view.slowest;
	a->style.github = a->style.github && !a->view.no_ci;
	if (!a->from || a->inner == INNER_NDJSON)
		return true;
	answer_problem(r, "invalid-option", 2, "'from' counts events: ask for application/x-ndjson",
	        NULL, NULL);
	return false;
}

void handle_run_events(struct request *r)
{
	struct attached *a = xcalloc(1, sizeof(*a));
	struct live *l = find_run(r->server, r->part);

	a->r = r;
	a->server = r->server;
	a->store = r->d->store;
	a->arena = arena_new();
	a->out = a->err = (struct strbuf)STRBUF_INIT;
	a->exit = 6;
	a->ref = arena_strdup(a->arena, r->part);
	if (!read_request(a, r))
		free_attached(a);
	else if (l)
		follow(a, l);
	else
		submit(a, resolve, on_resolved);
}

/* POST /v1/watch; POST /v1/watch/{id}. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "daemon/server/handlers.h"
#include "daemon/server/live.h"
#include "daemon/server/runs_stream.h"
#include "daemon/server/server_priv.h"

/* A session that was asked for. It outlives its connection: then r is NULL. */
struct watcher {
	struct live live;
	struct request *r;
	struct arena *arena;
	struct decode decode;
	struct run_request req;
	struct run_stream *stream;
};

static void free_watcher(void *arg)
{
	struct watcher *w = arg;

	run_stream_free(w->stream);
	decode_release(&w->decode);
	arena_free(w->arena);
	free(w);
}

/* ---- what the session says ---- */

static void on_opened(void *arg, const char *id)
{
	struct watcher *w = arg;

	if (!w->r)
		return;
	strbuf_printf(&w->r->x->headers, "Clnrm-Watch: %s\n", id);
	run_stream_open(w->stream, id);
}

static void on_event(void *arg, const struct event *ev)
{
	struct watcher *w = arg;

	live_event(&w->live, ev);
	if (w->r)
		run_stream_event(w->stream, ev);
}

static void on_need_env(void *arg, const struct str_list *names)
{
	struct watcher *w = arg;

	if (w->r)
		answer_need_env(w->r, names);
	w->r = NULL;
}

static void on_refused(void *arg, const char *code, int exit, const char *message, const char *help,
        const struct diags *d)
{
	struct watcher *w = arg;

	if (w->r)
		answer_problem(w->r, code, exit, message, help, d);
	w->r = NULL;
}

/* For people: who reads events has them. */
static void on_failure(void *arg, const struct scenario_result *r)
{
	struct watcher *w = arg;
	AUTO_STRBUF text = STRBUF_INIT;

	if (!w->r || !w->live.human)
		return;
	if (r)
		report_scenario(r, &w->r->style, &text);
	else
		strbuf_adds(&text, "nothing has failed\n");
	run_stream_text(w->stream, &text);
}

static void on_done(void *arg, int exit)
{
	struct watcher *w = arg;

	if (w->r && w->r->x->opened)
		run_stream_end(w->stream, exit);
	else if (w->r)
		answer_problem(w->r, "shutting-down", 6, "the session was ended before it began",
		        "ask once more", NULL);
	w->r = NULL;
	live_over(&w->live, exit == 130 ? "cancelled" : "done");
	free_watcher(w);
}

static void on_closed(void *arg)
{
	struct watcher *w = arg;

	w->r = NULL;
	w->live.human = NULL;
	dev_cancel(w->live.dev, "disconnect");
}

/* ---- the request ---- */

static bool check(struct watcher *w, struct request *r)
{
	if (!watch_request_read(&w->decode, r->json, r->env_final, &w->req)) {
		body_refuse(r, &w->decode);
		return false;
	}
	if (r->server->quiet) {
		answer_problem(
		        r, "shutting-down", 6, "the daemon is ending", "ask once more", NULL);
		return false;
	}
	return body_check_dir(r, &w->req.dir, 6) == 0;
}

/* A session answers as it goes: with events, or text for people. */
static bool form_fits(struct request *r)
{
	if (r->form == FORM_NDJSON || r->form == FORM_TEXT ||
	        (r->form == FORM_FRAMES && (r->inner == INNER_HUMAN || r->inner == INNER_NDJSON)))
		return true;
	answer_problem(r, "not-acceptable", 5,
	        "a session that watches is application/x-ndjson or text", NULL, NULL);
	return false;
}

static bool can_watch(struct request *r)
{
	if (runner_can_watch(r->d->runner))
		return true;
	answer_problem(r, "watch-limit", 2, "this machine gives no inotify instance",
	        "raise fs.inotify.max_user_instances", NULL);
	return false;
}

static void start(struct watcher *w, struct request *r)
{
	static const struct dev_sink sink = { .opened = on_opened,
		.event = on_event,
		.need_env = on_need_env,
		.refused = on_refused,
		.failure = on_failure,
		.done = on_done };
	struct dev_options o = {
		.initial = w->req.initial, .once = w->req.once, .delay_ns = w->req.debounce_ns
	};

	w->r = r;
	/* One line a result, unless less is wanted. */
	if (r->style.verbosity == 0)
		r->style.verbosity = 1;
	w->stream = run_stream_new(r, &w->req);
	w->live.human = run_stream_human(w->stream);
	o.run = w->req.run;
	o.run.want_output = run_stream_wants_output(w->stream);
	o.run.uid = getuid();
	o.output = peer_output(r->x, w->arena);
	live_add(r->server, &w->live);
	exchange_on_closed(r->x, on_closed, w);
	w->live.dev = dev_start(r->d->runner, &o, &sink, w);
	snprintf(w->live.id, sizeof(w->live.id), "%s", dev_id(w->live.dev));
	exchange_wait(r->x);
}

void handle_watch_create(struct request *r)
{
	struct watcher *w = xcalloc(1, sizeof(*w));

	w->arena = arena_new();
	body_begin(r, &w->decode, w->arena);
	if (form_fits(r) && can_watch(r) && check(w, r))
		start(w, r);
	else
		free_watcher(w);
}

/* ---- orders ---- */

struct order {
	int what;
	const char *filter;
};

void handle_watch_order(struct request *r)
{
	static const struct field fields[] = {
		{ .name = "do",
		        .type = FIELD_CHOICE,
		        .at = offsetof(struct order, what),
		        .values = "all failed again filter output pause resume quit" },
		{ .name = "filter", .type = FIELD_TEXT, .at = offsetof(struct order, filter) },
	};
	CLEANUP(arena_free) struct arena *a = arena_new();
	__attribute__((cleanup(decode_release))) struct decode c;
	struct order o = { .what = -1 };
	struct live *l = live_find(r->server, r->part);

	body_begin(r, &c, a);
	decode_object(&c, r->json, "", fields, ARRAY_LEN(fields), &o);
	if (decode_ok(&c) && o.what < 0)
		decode_fail(&c, "/do", "'do' is missing");
	if (!decode_ok(&c)) {
		body_refuse(r, &c);
		return;
	}
	if (!l || !l->dev) {
		answer_problem(
		        r, "not-found", 3, "no session that watches has that name", NULL, NULL);
		return;
	}
	dev_order(l->dev, (enum dev_order)o.what, o.filter);
	answer_none(r);
}

/* POST /v1/runs; PATCH /v1/runs/{id}/view. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "daemon/server/handlers.h"
#include "daemon/server/live.h"
#include "daemon/server/runs_stream.h"
#include "daemon/server/runs_wishes.h"

/* A run that was asked for. It outlives its connection: then r is NULL. */
struct created {
	struct live live;
	struct request *r;
	struct arena *arena;
	struct decode decode;
	struct run_request req;
	struct run_stream *stream;
	struct runner *runner;
	bool starting, over;
};

static void free_created(struct created *c)
{
	run_stream_free(c->stream);
	decode_release(&c->decode);
	arena_free(c->arena);
	free(c);
}

/* ---- what the run says ---- */

static void on_event(void *arg, const struct event *ev)
{
	struct created *c = arg;

	if (ev->kind == EV_RUN) {
		snprintf(c->live.id, sizeof(c->live.id), "%s", ev->run.id);
		c->live.run = run_find(c->runner, ev->run.id);
	}
	live_event(&c->live, ev);
	if (c->r)
		run_stream_event(c->stream, ev);
}

static void on_need_env(void *arg, const struct str_list *names)
{
	struct created *c = arg;

	if (c->r)
		answer_need_env(c->r, names);
	c->r = NULL;
}

static void on_refused(void *arg, const char *code, int exit, const char *message, const char *help,
        const struct diags *d)
{
	struct created *c = arg;

	if (c->r)
		answer_problem(c->r, code, exit, message, help, d);
	c->r = NULL;
}

static void finish(struct created *c, const struct run_result *result)
{
	run_wishes_send(c->r, c->live.run, result, &c->req, (unsigned)c->req.n_reports + 1);
	run_stream_done(c->stream, result);
}

static void on_done(void *arg, const struct run_result *result)
{
	struct created *c = arg;

	if (c->r && result && c->req.run.list)
		run_list_answer(c->r, result);
	else if (c->r && result)
		finish(c, result);
	c->r = NULL;
	live_over(&c->live, result ? result->state : "done");
	c->over = true;
	if (!c->starting)
		free_created(c);
}

static void on_closed(void *arg)
{
	struct created *c = arg;

	c->r = NULL;
	c->live.human = NULL;
	if (c->live.run)
		run_cancel(c->live.run, "disconnect");
}

/* ---- the request ---- */

static bool reports_fit(struct request *r, const struct run_request *req)
{
	if (r->form == FORM_FRAMES || !req->n_reports)
		return true;
	answer_problem(r, "bad-request", 2,
	        "reports come as files in application/vnd.clnrm.frames alone",
	        "GET /v1/runs/{id}?form=junit gives the report of a finished run", NULL);
	return false;
}

/* Every refusal that needs no run. True when the run may start. */
static bool check(struct created *c, struct request *r)
{
	if (!run_request_read(&c->decode, r->json, r->env_final, &c->req)) {
		body_refuse(r, &c->decode);
		return false;
	}
	if (r->server->quiet) {
		answer_problem(
		        r, "shutting-down", 6, "the daemon is ending", "ask once more", NULL);
		return false;
	}
	return body_check_dir(r, &c->req.dir, 6) == 0 && reports_fit(r, &c->req);
}

static void start(struct created *c, struct request *r)
{
	static const struct run_sink sink = {
		.event = on_event, .need_env = on_need_env, .refused = on_refused, .done = on_done
	};
	struct run_options *o = &c->req.run;

	c->r = r;
	c->runner = r->d->runner;
	c->stream = run_stream_new(r, &c->req);
	c->live.human = run_stream_human(c->stream);
	o->want_output = run_stream_wants_output(c->stream);
	o->uid = getuid();
	live_add(r->server, &c->live);
	exchange_on_closed(r->x, on_closed, c);
	c->starting = true;
	struct run *run = run_start(r->d->runner, o, &sink, c);
	c->starting = false;
	if (c->over) {
		free_created(c);
		return;
	}
	c->live.run = run;
	snprintf(c->live.id, sizeof(c->live.id), "%s", run_id(run));
	if (!r->x->answered)
		exchange_wait(r->x);
}

void handle_run_create(struct request *r)
{
	struct created *c = xcalloc(1, sizeof(*c));

	c->arena = arena_new();
	decode_init(&c->decode, c->arena);
	if (check(c, r))
		start(c, r);
	else
		free_created(c);
}

/* ---- the width of the live region ---- */

struct view {
	unsigned columns;
};

void handle_run_view(struct request *r)
{
	static const struct field fields[] = {
		{ .name = "columns", .type = FIELD_UINT, .min = 1, .max = 100000 },
	};
	CLEANUP(arena_free) struct arena *a = arena_new();
	__attribute__((cleanup(decode_release))) struct decode c;
	struct view view = { 0 };
	struct live *l = live_find(r->server, r->part);

	decode_init(&c, a);
	decode_object(&c, r->json, "", fields, ARRAY_LEN(fields), &view);
	if (decode_ok(&c) && !view.columns)
		decode_fail(&c, "/columns", "'columns' is missing");
	if (!decode_ok(&c)) {
		body_refuse(r, &c);
		return;
	}
	if (!l) {
		answer_problem(r, "not-found", 3, "no run of that name is active", NULL, NULL);
		return;
	}
	if (l->human)
		human_set_columns(l->human, view.columns);
	answer_none(r);
}

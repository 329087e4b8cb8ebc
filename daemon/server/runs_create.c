/* POST /v1/runs; PATCH /v1/runs/{id}/view. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "daemon/server/handlers.h"
#include "daemon/server/live.h"
#include "daemon/server/pour.h"
#include "daemon/server/runs_export.h"
#include "daemon/server/runs_stream.h"
#include "daemon/server/runs_wishes.h"
#include "daemon/server/tape.h"
#include "daemon/wire/wire.h"

#define RENDER_ON_LOOP 64u              /* scenarios; more of them are a worker's work */
#define RENDER_ON_LOOP_MAX (256u << 10) /* captured bytes; the same */

/* A run that was asked for. It outlives its connection: then r is NULL. */
struct created {
	struct live live;
	struct request *r;
	struct arena *arena;
	struct decode decode;
	struct run_request req;
	struct run_stream *stream;
	const struct server_deps *d; /* outlive the request */
	bool starting, over;

	/* Once it is over: what is made from its result, by a worker if it is large. */
	bool finishing;
	struct run *held;
	const struct run_result *result; /* while it is held */
	int exit;
	struct wishes *wishes;
	struct document how;       /* report files */
	struct strbuf bytes, text; /* text: of a list, for people */
	size_t poured;
	struct loop_timer *pour;
	char *export_to; /* absolute, or NULL */
	struct export *export;
	unsigned next_file;
	bool exporting;
};

static void free_created(struct created *c)
{
	loop_timer_del(c->pour);
	tape_close(c->live.tape);
	export_free(c->export);
	if (c->export_to && c->live.unstored && c->live.id[0])
		export_forget(c->d->work, c->d->artifacts_dir, c->live.id);
	free(c->export_to);
	run_wishes_free(c->wishes);
	strbuf_release(&c->bytes);
	strbuf_release(&c->text);
	run_stream_free(c->stream);
	decode_release(&c->decode);
	arena_free(c->arena);
	free(c);
}

/* ---- what the run says ---- */

/* The run is there, and nobody has to wait for it: its client is told its name and leaves. */
static void leave_running(struct created *c)
{
	AUTO_STRBUF json = STRBUF_INIT, text = STRBUF_INIT, note = STRBUF_INIT;
	struct json j = JSON_INIT(&json);
	struct request *r = c->r;

	json_obj(&j, NULL);
	json_str(&j, "run", c->live.id);
	json_end(&j);
	strbuf_addc(&json, '\n');
	strbuf_printf(&text, "%s\n", c->live.id);
	if (run_wishes_want_any(c->live.run) && r->style.verbosity >= 0)
		strbuf_adds(&note, "note[detach]: the reports that the files and the project ask "
		                   "for are not written: clnrm report makes them\n");
	strbuf_printf(
	        &r->x->headers, "Location: /v1/runs/%s\nClnrm-Run: %s\n", c->live.id, c->live.id);
	c->r = NULL;
	c->live.human = NULL;
	answer_accepted_beside(r, 0, &json, &text, &note);
}

static void on_event(void *arg, const struct event *ev)
{
	struct created *c = arg;

	if (ev->kind == EV_RUN) {
		snprintf(c->live.id, sizeof(c->live.id), "%s", ev->run.id);
		c->live.run = run_find(c->d->runner, ev->run.id);
		if (c->r && !c->req.detach)
			c->wishes = run_wishes_new(c->r, c->live.run);
	}
	tape_put(c->live.tape, ev);
	live_event(&c->live, ev);
	if (c->r && c->req.detach && ev->kind == EV_PLAN)
		leave_running(c);
	if (c->r && !c->req.detach)
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

/* ---- the end ---- */

static void end_created(struct created *c)
{
	c->r = NULL;
	c->finishing = false;
	if (!c->starting)
		free_created(c);
}

static void end_stream(struct created *c)
{
	run_stream_end(c->stream, c->exit);
	end_created(c);
}

static void on_export(void *arg)
{
	struct created *c = arg;

	if (export_next(c->export, c->r->x, c->next_file))
		return;
	exchange_on_pull(c->r->x, NULL, NULL);
	c->exporting = false;
	end_stream(c);
}

/* As the client takes them: they may be larger than anybody's memory. */
static void export_all(struct created *c)
{
	c->exporting = true;
	exchange_on_pull(c->r->x, on_export, c);
	exchange_go_on(c->r->x);
}

/* A long document goes out a slice at a time, so that others have their turn. */
static void pour(void *arg)
{
	struct created *c = arg;
	size_t left = c->bytes.len - c->poured, n = left < POUR_SLICE ? left : POUR_SLICE;

	c->pour = NULL;
	if (n)
		stream_write(c->r->x, c->bytes.s + c->poured, n);
	c->poured += n;
	if (n < left) {
		c->pour = loop_timer_add(c->r->d->loop, 0, pour, c);
		return;
	}
	if (c->export)
		export_all(c);
	else
		end_stream(c);
}

static void render(void *arg)
{
	struct created *c = arg;
	unsigned from = (unsigned)c->req.n_reports + 1;

	if (c->req.run.list) {
		run_list_render(c->result, &c->bytes, &c->text);
		return;
	}
	c->next_file = run_wishes_render(c->wishes, c->result, &c->how, from, &c->bytes);
	if (c->req.run.snapshots)
		c->next_file = run_wishes_snapshots(c->result, c->wishes, c->next_file, &c->bytes);
	run_stream_render(c->stream, c->result, &c->how, &c->bytes);
}

/* People read what has been sent already. */
static bool renders(const struct created *c)
{
	return c->req.run.list || c->req.run.snapshots || run_stream_renders(c->stream) ||
	       run_wishes_any(c->wishes);
}

static void send_rendered(struct created *c)
{
	if (!c->req.run.list) {
		pour(c);
		return;
	}
	answer(c->r, 0, &c->bytes, &c->text);
	end_created(c);
}

static void on_rendered(void *arg)
{
	struct created *c = arg;
	struct run *held = c->held;

	if (c->r)
		send_rendered(c);
	else
		end_created(c);
	run_release(held);
}

static bool is_large(const struct run_result *r)
{
	size_t scenarios = 0, bytes = 0;

	for (size_t t = 0; t < r->n_tests; t++) {
		scenarios += r->tests[t].n_scenarios;
		for (size_t i = 0; i < r->tests[t].n_scenarios && scenarios < RENDER_ON_LOOP; i++) {
			const struct scenario_result *sc = r->tests[t].scenarios[i];

			for (size_t k = 0; sc && k < sc->n_steps; k++)
				bytes += sc->steps[k].out.len + sc->steps[k].err.len;
		}
	}
	return scenarios >= RENDER_ON_LOOP || bytes > RENDER_ON_LOOP_MAX;
}

static bool waits_for_disk(const struct created *c)
{
	bool waits = run_wishes_wait(c->wishes);

	for (size_t i = 0; i < c->req.n_reports; i++)
		waits = waits || c->req.reports[i] == REPORT_HTML;
	return waits && c->how.store;
}

static void finish(struct created *c, const struct run_result *result)
{
	struct err e;

	c->finishing = true;
	c->result = result;
	c->exit = result->exit;
	c->how = (struct document){ .dialect = (enum junit_dialect)c->req.junit_dialect,
		.junit_always = c->req.junit_always,
		.verbosity = c->r->style.verbosity,
		.parts = run_parts(c->live.run),
		.store = c->r->d->store };
	if (!c->req.run.list)
		run_wishes_gather(c->wishes, c->r, c->live.run);
	if (c->export_to)
		c->export = export_new(c->r->d->artifacts_dir, c->export_to, result);
	c->held = c->live.run;
	if (c->held && renders(c) && (is_large(result) || waits_for_disk(c)) &&
	        work_submit(c->r->d->work, render, on_rendered, c, &e) == 0) {
		run_hold(c->held);
		return;
	}
	c->how.store = NULL;
	render(c);
	send_rendered(c);
}

static void on_done(void *arg, const struct run_result *result)
{
	struct created *c = arg;

	live_over(&c->live, result ? result->state : "done");
	tape_close(c->live.tape);
	c->live.tape = NULL;
	c->over = true;
	if (c->r && c->req.detach) {
		answer_problem(c->r, "shutting-down", 6, "the run was ended before it had begun",
		        "ask once more", NULL);
		c->r = NULL;
	}
	if (c->r && result)
		finish(c, result);
	else
		end_created(c);
}

static void on_closed(void *arg)
{
	struct created *c = arg;

	c->r = NULL;
	c->live.human = NULL;
	if (c->pour || c->exporting)
		end_created(c);
	else if (c->live.run && !c->over)
		run_cancel(c->live.run, "disconnect");
}

/* ---- the request ---- */

static bool reports_fit(struct request *r, const struct run_request *req)
{
	if (r->form == FORM_FRAMES || (!req->n_reports && !req->run.snapshots && !req->artifacts))
		return true;
	answer_problem(r, "bad-request", 2,
	        req->artifacts ? "kept files come as files in application/vnd.clnrm.frames alone: "
	                         "GET /v1/runs/{id}/artifacts has them"
	        : req->n_reports ? "reports come as files in application/vnd.clnrm.frames alone"
	                         : "snapshots come as files in application/vnd.clnrm.frames alone",
	        "GET /v1/runs/{id}?form=junit gives the report of a finished run", NULL);
	return false;
}

/* Nobody waits for the end of a run that is left: only the history will know of it. */
static bool is_found_again(struct request *r, const struct run_request *req)
{
	if (!req->detach || r->d->store)
		return true;
	answer_problem(r, "refused", 2,
	        "a run that is left needs the history, and this daemon was started with "
	        "--no-history",
	        NULL, NULL);
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
	return body_check_dir(r, &c->req.dir, 6) == 0 && reports_fit(r, &c->req) &&
	       is_found_again(r, &c->req);
}

/* A client that was told no form leaves it to the project (cli.output_format), whose settings it
 * returns; NULL where they do not matter. */
static struct settings *choose_form(struct request *r, const struct run_options *o)
{
	static const char *const names[] = { [INNER_HUMAN] = "human",
		[INNER_JSON] = "json",
		[INNER_NDJSON] = "ndjson",
		[INNER_JUNIT] = "junit",
		[INNER_TAP] = "tap" };
	const char *asked = request_header(r, "Clnrm-Format");
	struct settings *s;

	if (r->form != FORM_FRAMES || !asked || strcmp(asked, "auto") != 0)
		return NULL;
	s = config_cache_settings(r->d->cache, o->cwd, &o->env, &o->flags, o->uid);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (s->output_format && strcmp(s->output_format, names[i]) == 0)
			r->inner = (enum inner)i;
	return s;
}

/* cli.watch of the project: asked where the client would watch, and nothing that it was told speaks
 * against it. */
static bool wants_watch(struct request *r, struct run_options *o)
{
	if (r->form != FORM_FRAMES || !request_header(r, "Clnrm-May-Watch") ||
	        (r->inner != INNER_HUMAN && r->inner != INNER_NDJSON) ||
	        !runner_can_watch(r->d->runner))
		return false;
	if (!o->settings)
		o->settings =
		        config_cache_settings(r->d->cache, o->cwd, &o->env, &o->flags, o->uid);
	return o->settings->watch && !o->settings->diags.errors;
}

static void start(struct created *c, struct request *r)
{
	static const struct run_sink sink = {
		.event = on_event, .need_env = on_need_env, .refused = on_refused, .done = on_done
	};
	struct run_options *o = &c->req.run;

	o->uid = getuid();
	o->settings = choose_form(r, o);
	if (wants_watch(r, o)) {
		settings_unref(o->settings);
		free_created(c);
		strbuf_adds(&r->x->headers, "Clnrm-Want-Watch: 1\n");
		answer_problem(r, "watch-wanted", 0, "cli.watch = true", NULL, NULL);
		return;
	}
	if (c->req.detach && r->inner != INNER_JSON)
		r->inner = INNER_HUMAN; /* the answer is a name */
	c->r = r;
	c->d = r->d;
	c->stream = run_stream_new(r, &c->req);
	c->live.human = run_stream_human(c->stream);
	o->want_output = c->req.detach || run_stream_wants_output(c->stream);
	c->live.tape = tape_new();
	if (c->req.artifacts)
		c->export_to = export_dir(o->cwd, c->req.artifacts);
	o->export_dir = c->export_to;
	c->live.unstored = o->no_history || !r->d->store;
	live_add(r->server, &c->live);
	exchange_on_closed(r->x, on_closed, c);
	c->starting = true;
	struct run *run = run_start(r->d->runner, o, &sink, c);
	settings_unref(o->settings);
	o->settings = NULL;
	c->starting = false;
	if (c->over) {
		if (!c->finishing)
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
	c->bytes = c->text = (struct strbuf)STRBUF_INIT;
	body_begin(r, &c->decode, c->arena);
	if (check(c, r))
		start(c, r);
	else
		free_created(c);
}

/* ---- the width of the live region ---- */

struct view_request {
	unsigned columns, rows, view;
};

/* What a terminal can be told. */
static unsigned most(unsigned n)
{
	return n < UINT16_MAX ? n : UINT16_MAX;
}

void handle_run_view(struct request *r)
{
	static const struct field fields[] = {
		{ .name = "columns",
		        .type = FIELD_UINT,
		        .at = offsetof(struct view_request, columns),
		        .min = 1,
		        .max = 100000 },
		{ .name = "view",
		        .type = FIELD_UINT,
		        .at = offsetof(struct view_request, view),
		        .min = 1,
		        .max = UINT32_MAX },
		{ .name = "rows",
		        .type = FIELD_UINT,
		        .at = offsetof(struct view_request, rows),
		        .min = 1,
		        .max = 100000 },
	};
	CLEANUP(arena_free) struct arena *a = arena_new();
	__attribute__((cleanup(decode_release))) struct decode c;
	struct view_request view = { 0 };
	const struct view *attached;
	struct live *l = live_find(r->server, r->part);

	body_begin(r, &c, a);
	decode_object(&c, r->json, "", fields, ARRAY_LEN(fields), &view);
	if (decode_ok(&c) && !view.columns)
		decode_fail(&c, "/columns", "'columns' is missing");
	if (!decode_ok(&c)) {
		body_refuse(r, &c);
		return;
	}
	attached = view.view ? view_find(r->server, view.view) : NULL;
	if (!l || (view.view && !attached)) {
		answer_problem(r, "not-found", 3, "no run of that name is active", NULL, NULL);
		return;
	}
	if (l->try && view.rows)
		visit_resize(l->try, most(view.rows), most(view.columns));
	if (attached && attached->human)
		human_set_columns(attached->human, view.columns);
	if (!view.view && l->human)
		human_set_columns(l->human, view.columns);
	answer_none(r);
}

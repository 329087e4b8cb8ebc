/* POST /v1/try: one command in a sandbox that has never run anything. */
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/core/id.h"
#include "daemon/server/handlers.h"
#include "daemon/server/live.h"
#include "daemon/server/tried.h"
#include "daemon/server/try_request.h"
#include "daemon/server/try_stdin.h"
#include "daemon/wire/wire.h"

#define OWN_FAILURE 125
#define KEEP_BYTES (32u << 10) /* of each end of a stream, for the document */

/* First and last bytes of a stream. */
struct ends {
	struct strbuf head, tail;
	uint64_t total;
	struct strbuf joined;
};

struct tried {
	struct live live;
	struct request *r; /* NULL once the client is gone */
	struct arena *arena;
	struct decode decode;
	struct try_request req;
	struct settings *settings;
	struct try_stdin in;
	struct ends ends[2];
	uint64_t seq;
	int64_t started_ns;
	bool document, events, opened, starting, over;
};

/* ---- output for the document ---- */

static void ends_add(struct ends *e, const char *p, size_t n)
{
	size_t room = KEEP_BYTES - e->head.len, to_head = n < room ? n : room;

	e->total += n;
	strbuf_add(&e->head, p, to_head);
	p += to_head;
	n -= to_head;
	if (n > KEEP_BYTES) {
		strbuf_reset(&e->tail);
		p += n - KEEP_BYTES;
		n = KEEP_BYTES;
	}
	strbuf_add(&e->tail, p, n);
	if (e->tail.len > 2 * KEEP_BYTES)
		strbuf_remove(&e->tail, 0, e->tail.len - KEEP_BYTES);
}

static struct captured ends_view(struct ends *e)
{
	if (e->tail.len > KEEP_BYTES)
		strbuf_remove(&e->tail, 0, e->tail.len - KEEP_BYTES);
	strbuf_add(&e->joined, e->head.s, e->head.len);
	strbuf_add(&e->joined, e->tail.s, e->tail.len);
	return (struct captured){
		.data = e->joined.s, .len = e->joined.len, .head = e->head.len, .total = e->total
	};
}

/* ---- life ---- */

static void free_tried(struct tried *t)
{
	for (size_t i = 0; i < ARRAY_LEN(t->ends); i++) {
		strbuf_release(&t->ends[i].head);
		strbuf_release(&t->ends[i].tail);
		strbuf_release(&t->ends[i].joined);
	}
	settings_unref(t->settings);
	decode_release(&t->decode);
	arena_free(t->arena);
	free(t);
}

static struct tried *tried_new(const struct request *r)
{
	struct tried *t = xcalloc(1, sizeof(*t));

	t->arena = arena_new();
	t->started_ns = clock_ns();
	body_begin(r, &t->decode, t->arena);
	for (size_t i = 0; i < ARRAY_LEN(t->ends); i++)
		t->ends[i] = (struct ends){ STRBUF_INIT, STRBUF_INIT, 0, STRBUF_INIT };
	return t;
}

/* ---- what comes of it ---- */

static void send_event(struct tried *t, struct event *ev)
{
	AUTO_STRBUF line = STRBUF_INIT;

	ev->seq = ++t->seq;
	ev->t_ms = (double)(clock_ns() - t->started_ns) / (double)NS_PER_MS;
	wire_event(ev, false, &line);
	if (t->r->form == FORM_FRAMES)
		stream_frame(t->r->x, 'o', line.s, line.len);
	else
		stream_write(t->r->x, line.s, line.len);
}

static void on_output(void *arg, bool is_stderr, const void *p, size_t n)
{
	struct tried *t = arg;
	struct ends *e = &t->ends[is_stderr];
	struct event ev = {
		.kind = EV_OUTPUT,
		.output = { .scenario = "try",
		        .step = "try",
		        .is_stderr = is_stderr,
		        .offset = e->total,
		        .data = p,
		        .len = n },
	};

	if (t->document)
		ends_add(e, p, n);
	else
		e->total += n;
	if (!t->r || t->document)
		return;
	if (t->events)
		send_event(t, &ev);
	else if (t->r->form == FORM_FRAMES)
		stream_frame(t->r->x, is_stderr ? 'e' : 'o', p, n);
	else
		stream_write(t->r->x, p, n);
}

/* The step object of a result, and the receipt. */
static void send_document(
        struct tried *t, const struct step_result *result, const struct receipt *receipt)
{
	AUTO_STRBUF out = STRBUF_INIT;
	struct step_result step = *result;
	struct json j = JSON_INIT(&out);

	step.out = ends_view(&t->ends[0]);
	step.err = ends_view(&t->ends[1]);
	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.try/1");
	wire_step(&j, "step", &step, true, true);
	if (receipt)
		wire_receipt(&j, "receipt", receipt);
	else
		json_null(&j, "receipt");
	json_end(&j);
	strbuf_addc(&out, '\n');
	if (t->r->form == FORM_FRAMES)
		stream_frame(t->r->x, 'o', out.s, out.len);
	else
		stream_write(t->r->x, out.s, out.len);
}

static void send_message(struct tried *t, const char *code, const char *message, const char *help)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct diag d = { .severity = SEV_ERROR, .code = code, .message = message };

	if (!message)
		return;
	d.help[0] = help;
	diag_text(&d, &t->r->style, t->r->style.err, &text);
	if (t->r->form == FORM_FRAMES)
		stream_frame(t->r->x, 'e', text.s, text.len);
	else if (t->r->form == FORM_TEXT)
		stream_write(t->r->x, text.s, text.len);
}

static void send_end(
        struct tried *t, int exit, const char *code, const char *message, const char *help)
{
	AUTO_STRBUF problem = STRBUF_INIT;
	struct event ev = { .kind = EV_END, .end = { .exit = exit } };

	if (message) {
		wire_problem(
		        code, exit, message, t->r->path, &help, help ? 1 : 0, NULL, NULL, &problem);
		strbuf_truncate(&problem, problem.len - 1); /* its line feed */
		ev.end.problem_json = problem.s;
	}
	send_event(t, &ev);
}

static void tell_end(struct tried *t, int exit, const struct step_result *result,
        const struct receipt *receipt, const char *code, const char *message, const char *help)
{
	if (t->document && result)
		send_document(t, result, receipt);
	if (t->events)
		send_end(t, exit, code, message, help);
	if (exit != 130) /* whoever cancels knows why it ended */
		send_message(t, code, message, help);
	if (t->r->form == FORM_FRAMES)
		stream_exit(t->r->x, exit);
	stream_end(t->r->x);
}

static void on_fed(void *arg, bool closed)
{
	struct tried *t = arg;

	try_stdin_fed(&t->in, closed);
}

static void on_done(void *arg, int exit, const struct step_result *result,
        const struct receipt *receipt, const char *code, const char *message, const char *help)
{
	struct tried *t = arg;

	if (t->r)
		tell_end(t, exit, result, receipt, code, message, help);
	t->r = NULL;
	try_stdin_over(&t->in);
	live_over(&t->live, exit == 130 ? "cancelled" : "done");
	t->over = true;
	if (!t->starting)
		free_tried(t);
}

static void on_closed(void *arg)
{
	struct tried *t = arg;

	t->r = NULL;
	if (t->live.try)
		try_cancel(t->live.try);
}

/* ---- the request ---- */

static void refuse_findings(struct request *r, const struct diags *d)
{
	answer_problem(r, d->v[0].code, OWN_FAILURE, d->v[0].message, NULL, d);
}

/* Settings and sandbox; false when it was answered. */
static bool prepare(struct tried *t, struct request *r, struct try_options *o)
{
	const struct try_request *q = &t->req;
	struct config_flags flags = { .config_file = q->config, .no_config = q->no_config };
	struct diags d;
	int rc;

	t->settings =
	        config_cache_settings(r->d->cache, q->dir.path, &q->settings, &flags, getuid());
	if (t->settings->diags.errors) {
		answer_problem(r, "invalid-files", OWN_FAILURE,
		        "the project's settings cannot be used", NULL, &t->settings->diags);
		return false;
	}
	*o = (struct try_options){
		.argv = q->argv,
		.env = q->env,
		.n_env = q->n_env,
		.workdir = q->workdir,
		.user = q->user,
		.timeout_ns = q->timeout_ns,
		.max_memory_bytes = t->settings->max_memory_bytes,
		.stdin_data = q->stdin_data,
		.stdin_len = q->stdin_len,
		.stdin_open = q->stdin_open,
	};
	diags_init(&d, t->arena);
	rc = try_request_spec(q, t->settings, t->arena, &o->spec, &d);
	if (rc < 0)
		refuse_findings(r, &d);
	diags_release(&d);
	return rc == 0;
}

static bool check(struct tried *t, struct request *r)
{
	if (!try_request_read(&t->decode, r->json, &t->req)) {
		answer_problem(r, decode_code(&t->decode), OWN_FAILURE, t->decode.d.v[0].message,
		        NULL, &t->decode.d);
		return false;
	}
	if (r->server->quiet) {
		answer_problem(r, "shutting-down", OWN_FAILURE, "the daemon is ending",
		        "ask once more", NULL);
		return false;
	}
	if (t->req.stdin_open && r->server->open_stdins >= OPEN_STDINS_MAX) {
		answer_problem(r, "busy", OWN_FAILURE, "too many commands wait for their stdin",
		        "ask once more", NULL);
		return false;
	}
	return body_check_dir(r, &t->req.dir, OWN_FAILURE) == 0;
}

static void start(
        struct tried *t, struct request *r, bool stdin_open, tried_start_fn *begin, void *arg)
{
	static const struct try_sink sink = { .output = on_output, .fed = on_fed, .done = on_done };

	t->r = r;
	t->events = r->form == FORM_NDJSON;
	t->document = r->form == FORM_JSON || (r->form == FORM_FRAMES && r->inner == INNER_JSON);
	id_make(t->live.id, RUN_ID_LEN); /* a name to cancel it by */
	live_add(r->server, &t->live);
	if (stdin_open)
		try_stdin_open(&t->in, &t->live);
	exchange_on_closed(r->x, on_closed, t);
	stream_open(r, t->live.id);
	t->starting = true;
	struct try_run *run = begin(arg, &sink, t);
	t->starting = false;
	if (t->over)
		free_tried(t);
	else
		t->live.try = run;
}

void tried_answer(struct request *r, bool stdin_open, tried_start_fn *begin, void *arg)
{
	start(tried_new(r), r, stdin_open, begin, arg);
}

struct fresh {
	struct runner *runner;
	struct try_options o;
};

static struct try_run *begin_fresh(void *arg, const struct try_sink *sink, void *sink_arg)
{
	const struct fresh *f = arg;

	return try_start(f->runner, &f->o, sink, sink_arg);
}

void handle_try_create(struct request *r)
{
	struct tried *t = tried_new(r);
	struct fresh f = { .runner = r->d->runner };

	if (check(t, r) && prepare(t, r, &f.o))
		start(t, r, f.o.stdin_open, begin_fresh, &f);
	else
		free_tried(t);
}

/* GET and PUT /v1/sandboxes/{name}/files: tar out of a kept sandbox and into it.
 *
 * What reads and writes the files is a process in the sandbox (init/copy.c); here are only bytes on
 * their way. The answer to a GET begins with the first of them, so that what cannot even be opened
 * is a problem and no broken archive. */
#include <string.h>

#include "common/mem.h"
#include "daemon/server/handlers.h"
#include "daemon/server/live.h"
#include "daemon/server/visits.h"
#include "daemon/wire/wire.h"

#define NOTES_MAX (8u << 10)

struct transfer {
	struct request *r; /* NULL once the client is gone */
	struct try_run *run;
	const char *path;
	struct arena *arena;
	struct strbuf notes; /* what the process says on its stderr */
	int exit;
	bool in;             /* a PUT */
	bool opened;         /* GET: the answer has begun */
	bool starting, over; /* over: the process is */
	bool whole;          /* PUT: the body has come */
};

static void free_transfer(struct transfer *t)
{
	strbuf_release(&t->notes);
	arena_free(t->arena);
	free(t);
}

/* ---- what came of it ---- */

static const char *code_of(int exit)
{
	static const char *const codes[] = {
		[2] = "limit", [3] = "not-found", [4] = "archive-invalid", [5] = "write"
	};

	return exit >= 2 && exit < (int)ARRAY_LEN(codes) ? codes[exit] : "refused";
}

static int exit_of(int exit)
{
	return exit >= 2 && exit <= 5 ? exit : 2;
}

static void refuse(struct transfer *t)
{
	AUTO_STRBUF why = STRBUF_INIT;
	const char *last = t->notes.len ? t->notes.s : "";

	/* The last line says what ended it; those before it were left out. */
	for (const char *end; (end = strchr(last, '\n')) && end[1];)
		last = end + 1;
	strbuf_add(&why, last, strcspn(last, "\n"));
	if (!why.len)
		strbuf_printf(&why, "the copy ended with exit code %d", t->exit);
	answer_problem(t->r, code_of(t->exit), exit_of(t->exit), why.s, NULL, NULL);
}

static void answer_written(struct transfer *t)
{
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF none = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	json_obj(&j, NULL);
	json_arr(&j, "changed");
	json_str(&j, NULL, t->path);
	json_end(&j);
	json_arr(&j, "kept");
	json_end(&j);
	json_arr(&j, "failed");
	json_end(&j);
	json_end(&j);
	strbuf_addc(&json, '\n');
	answer_beside(t->r, t->exit, &json, &none, &t->notes);
}

/* An archive that breaks off has no end, which its reader notices. */
static void end_stream(struct transfer *t)
{
	if (t->r->form == FORM_FRAMES) {
		stream_frame(t->r->x, 'e', t->notes.s, t->notes.len);
		stream_exit(t->r->x, t->exit > 1 ? exit_of(t->exit) : t->exit);
	}
	if (t->exit > 1 && t->r->form != FORM_FRAMES)
		exchange_cut(t->r->x);
	stream_end(t->r->x);
}

static void tell(struct transfer *t)
{
	exchange_on_closed(t->r->x, NULL, NULL);
	if (t->opened)
		end_stream(t);
	else if (t->exit > 1)
		refuse(t);
	else
		answer_written(t);
	t->r = NULL;
}

static void settle(struct transfer *t)
{
	if (!t->over || t->starting)
		return;
	/* Of a body all is read, so that its sender gets to hear the answer. */
	if (t->r && (!t->in || t->whole))
		tell(t);
	if (!t->r)
		free_transfer(t);
}

static void open_stream(struct transfer *t)
{
	t->opened = true;
	stream_open_as(t->r, "application/x-tar");
}

static void on_output(void *arg, bool is_stderr, const void *p, size_t n)
{
	struct transfer *t = arg;

	if (is_stderr || t->in) {
		size_t room = NOTES_MAX - t->notes.len;

		strbuf_add(&t->notes, p, n < room ? n : room);
		return;
	}
	if (!t->r)
		return;
	if (!t->opened)
		open_stream(t);
	if (t->r->form == FORM_FRAMES)
		stream_frame(t->r->x, 'o', p, n);
	else
		stream_write(t->r->x, p, n);
}

static void on_fed(void *arg, bool closed)
{
	struct transfer *t = arg;

	(void)closed;
	if (t->r && !t->whole)
		exchange_go_on(t->r->x);
}

static void on_done(void *arg, int exit, const struct step_result *result,
        const struct receipt *receipt, const char *code, const char *message, const char *help)
{
	struct transfer *t = arg;

	(void)result;
	(void)receipt;
	(void)code;
	(void)help;
	t->exit = exit;
	t->over = true;
	t->run = NULL;
	if (message) {
		strbuf_reset(&t->notes);
		strbuf_adds(&t->notes, message);
		strbuf_addc(&t->notes, '\n');
	}
	if (t->in && t->r && !t->whole)
		exchange_go_on(t->r->x);
	settle(t);
}

static void on_closed(void *arg)
{
	struct transfer *t = arg;

	if (t->in)
		exchange_take_body(t->r->x, NULL, NULL, NULL);
	t->r = NULL;
	if (t->run)
		try_cancel(t->run); /* on_done() frees it */
	else
		free_transfer(t);
}

/* ---- the body of a PUT ---- */

static void on_piece(void *arg, const void *p, size_t n)
{
	struct transfer *t = arg;

	if (t->run && !try_feed(t->run, p, n))
		exchange_hold_body(t->r->x);
}

static void on_whole(void *arg)
{
	struct transfer *t = arg;

	t->whole = true;
	if (t->run) {
		exchange_wait(t->r->x);
		try_feed_end(t->run);
	}
	settle(t);
}

/* ---- the requests ---- */

/* Where the name ends that is the longest of a sandbox; NULL when none is one. */
static const char *split(struct request *r, char *whole)
{
	for (char *colon = whole + strlen(whole); colon > whole; colon--) {
		if (*colon != ':')
			continue;
		*colon = '\0';
		if (keep_find_any(r->d->runner, whole))
			return colon + 1;
		*colon = ':';
	}
	return NULL;
}

/* The request names it by other words then, which *words keeps. */
static const char *read_path(struct request *r, char **words)
{
	const char *path = request_query(r, "path"), *rest;

	if (!path || !request_flag(r, "joined"))
		return path;
	*words = xasprintf("%s:%s", r->part, path);
	rest = split(r, *words);
	if (!rest)
		return path;
	r->part = *words;
	return *rest ? rest : "/";
}

static void begin(struct request *r, bool in)
{
	static const struct try_sink sink = { .output = on_output, .fed = on_fed, .done = on_done };
	AUTO_STR words = NULL;
	const char *part = r->part, *path = read_path(r, &words);
	struct kept_sandbox *k;
	struct visit_options o = { .what = in ? VISIT_UNPACK : VISIT_PACK, .stdin_open = in };
	struct transfer *t;

	k = visits_find(r, 3);
	r->part = part;
	if (!k)
		return;
	if (!path || !*path) {
		answer_problem(r, "bad-request", 2, "the argument 'path' is missing", NULL, NULL);
		return;
	}
	t = xcalloc(1, sizeof(*t));
	*t = (struct transfer){ .r = r, .arena = arena_new(), .notes = STRBUF_INIT, .in = in };
	t->path = arena_strdup(t->arena, path);
	o.step = keep_step(k, NULL);
	o.argv.v = arena_array(t->arena, 3, sizeof(*o.argv.v));
	o.argv.v[o.argv.n++] = t->path;
	if (request_flag(r, "tree"))
		o.argv.v[o.argv.n++] = "tree";
	if (in)
		exchange_take_body(r->x, on_piece, on_whole, t);
	else
		exchange_wait(r->x);
	exchange_on_closed(r->x, on_closed, t);
	t->starting = true;
	t->run = visit_start(k, &o, &sink, t);
	t->starting = false;
	settle(t);
}

void handle_sandbox_read(struct request *r)
{
	begin(r, false);
}

void handle_sandbox_write(struct request *r)
{
	begin(r, true);
}

/* GET /v1/runs/{id}/output: stored bytes of a stream; as text for `clnrm logs`. */
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/num.h"
#include "daemon/server/handlers.h"
#include "daemon/server/output.h"
#include "daemon/server/pour.h"

enum shape { SHAPE_TEXT, SHAPE_JSON, SHAPE_BYTES };

struct stored {
	struct offload o;
	struct arena *arena;
	struct store *store;
	struct output_query q;
	enum shape shape;
	/* What the worker makes. */
	bool found;
	struct output_text text;
	struct output_missing missing; /* when no step matched */
	struct err e;
};

/* ---- the query ---- */

static bool refuse_query(struct request *r, const char *name, const char *why)
{
	AUTO_STR text = xasprintf("'%s': %s", name, why);

	answer_problem(r, "invalid-option", 2, text, NULL, NULL);
	return false;
}

static bool read_number(struct request *r, const char *name, uint64_t *out)
{
	const char *v = request_query(r, name);
	struct err e;

	if (!v || str_to_u64(v, 0, INT64_MAX, out, &e) == 0)
		return true;
	return refuse_query(r, name, e.msg);
}

static bool read_streams(struct request *r, unsigned *out)
{
	static const char *const names[] = { "stdout", "stderr", "both" };
	const char *v = request_query(r, "stream");

	for (unsigned i = 0; v && i < ARRAY_LEN(names); i++)
		if (strcmp(v, names[i]) == 0) {
			*out = i + 1;
			return true;
		}
	return !v || refuse_query(r, "stream", "it is one of: stdout stderr both");
}

/* Reads the query of a request; false when it was answered. Texts live in a. */
static bool output_query_read(struct request *r, struct arena *a, struct output_query *q)
{
	const char *scenario = request_query(r, "scenario"), *step = request_query(r, "step");

	*q = (struct output_query){
		.ref = arena_strdup(a, r->part),
		.path = arena_strdup(a, scenario ? NULL : step),
		.scenario = arena_strdup(a, scenario),
		.step = arena_strdup(a, scenario ? step : NULL),
		.streams = OUTPUT_BOTH,
		.raw = request_flag(r, "raw"),
		.timestamps = request_flag(r, "timestamps"),
		.follow = request_flag(r, "follow"),
		.lines = UINT64_MAX,
		.length = UINT64_MAX,
	};
	return read_streams(r, &q->streams) && read_number(r, "lines", &q->lines) &&
	       read_number(r, "offset", &q->offset) && read_number(r, "length", &q->length);
}

/* ---- on a worker ---- */

static void work(struct offload *o)
{
	struct stored *s = (struct stored *)o;
	struct run_result *r = history_load(s->store, s->q.ref, &s->e);

	s->found = r != NULL;
	if (!r)
		return;
	if (s->shape == SHAPE_BYTES) {
		output_bytes(&s->q, r, &s->text.text, &s->text.steps);
	} else {
		output_text(&s->q, r, &s->text);
		if (s->shape == SHAPE_JSON) {
			strbuf_reset(&s->text.text);
			output_json(&s->q, r, &s->text.text);
		}
	}
	if (!s->text.steps && output_is_named(&s->q))
		output_missing(&s->q, r, s->arena, &s->missing);
	run_result_free(r);
}

/* ---- on the loop ---- */

static void answer_bytes(struct stored *s)
{
	struct strbuf *b = &s->text.text;
	uint64_t total = b->len, from = s->q.offset < total ? s->q.offset : total;
	uint64_t n = s->q.length < total - from ? s->q.length : total - from;

	strbuf_truncate(b, (size_t)(from + n));
	strbuf_remove(b, 0, (size_t)from);
	if (n)
		strbuf_printf(&s->o.r->x->headers, "Content-Range: bytes %llu-%llu/%llu\n",
		        (unsigned long long)from, (unsigned long long)(from + n - 1),
		        (unsigned long long)total);
	else
		strbuf_printf(&s->o.r->x->headers, "Content-Range: bytes */%llu\n",
		        (unsigned long long)total);
	answer_text(s->o.r, "application/octet-stream", b);
}

static void answer_lines(struct stored *s)
{
	static const char note[] = "note[order]: this run was stored without the order between "
	                           "stdout and stderr: each step's stdout comes first\n";
	struct request *r = s->o.r;

	if (r->form != FORM_FRAMES) {
		answer_text(r, "text/plain; charset=utf-8", &s->text.text);
		return;
	}
	stream_open(r, NULL);
	if (s->text.order_lost && r->style.verbosity >= 0)
		stream_frame(r->x, 'e', note, strlen(note));
	pour_text(r, &s->text.text);
}

static void reply(struct offload *o)
{
	struct stored *s = (struct stored *)o;

	if (!s->found) {
		history_refuse(o->r, &s->e);
	} else if (!s->text.steps && output_is_named(&s->q)) {
		output_refuse(o->r, &s->missing);
	} else if (s->q.timestamps && s->text.times_lost) {
		answer_problem(o->r, "refused", 2, "this run was stored without the times of lines",
		        "runs that are made from now on have them", NULL);
	} else if (s->shape == SHAPE_BYTES) {
		answer_bytes(s);
	} else if (s->shape == SHAPE_JSON) {
		answer_text(o->r, "application/json", &s->text.text);
	} else {
		answer_lines(s);
	}
}

static void release(struct offload *o)
{
	struct stored *s = (struct stored *)o;

	strbuf_release(&s->text.text);
	arena_free(s->arena);
	free(s);
}

/* ---- the request ---- */

/* Bytes unless text or JSON is asked for by name. */
static enum shape shape_of(const struct request *r)
{
	const char *accept = mhd_header(r->x, "Accept");

	if (r->form == FORM_FRAMES)
		return r->inner == INNER_JSON ? SHAPE_JSON : SHAPE_TEXT;
	if (r->form == FORM_TEXT)
		return SHAPE_TEXT;
	return accept && strstr(accept, "application/json") ? SHAPE_JSON : SHAPE_BYTES;
}

/* What cannot be told in this form. */
static bool check(struct stored *s, struct request *r)
{
	if (s->shape == SHAPE_BYTES && s->q.streams == OUTPUT_BOTH) {
		if (request_query(r, "stream"))
			return refuse_query(
			        r, "stream", "bytes are of one stream: stdout or stderr");
		s->q.streams = OUTPUT_STDOUT;
	}
	return !s->q.timestamps || s->shape != SHAPE_BYTES ||
	       refuse_query(r, "timestamps", "bytes have none: ask for text or JSON");
}

static void show_stored(struct stored *s, struct request *r)
{
	if (check(s, r))
		offload(r, &s->o);
	else
		release(&s->o);
}

void handle_run_output(struct request *r)
{
	struct stored *s = xcalloc(1, sizeof(*s));

	s->o = (struct offload){ .work = work, .answer = reply, .release = release };
	s->arena = arena_new();
	s->text.text = (struct strbuf)STRBUF_INIT;
	s->store = r->d->store;
	s->shape = shape_of(r);
	if (!output_query_read(r, s->arena, &s->q)) {
		release(&s->o);
	} else if (s->q.follow && s->shape == SHAPE_TEXT) {
		output_follow(r, &s->q);
		release(&s->o);
	} else {
		show_stored(s, r);
	}
}

/* GET /v1/runs/{id}/output: stored bytes of a stream; as text for `clnrm logs`. */
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/num.h"
#include "common/suggest.h"
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
	const char *similar; /* names like the one that is not there, or NULL */
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

bool output_query_read(struct request *r, struct arena *a, struct output_query *q)
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

#define SIMILAR_MAX 3

static void find_similar(struct stored *s, const struct run_result *r)
{
	const char *name = s->q.path ? s->q.path : s->q.scenario, *best[SIMILAR_MAX];
	AUTO_STRBUF text = STRBUF_INIT;
	const char **ids;
	size_t n = 0, max = 0;

	for (size_t t = 0; t < r->n_tests; t++)
		max += r->tests[t].n_scenarios + 1;
	ids = arena_array(s->arena, max + 1, sizeof(*ids));
	for (size_t t = 0; t < r->n_tests; t++) {
		ids[n++] = r->tests[t].name;
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++)
			if (r->tests[t].scenarios[i])
				ids[n++] = r->tests[t].scenarios[i]->id;
	}
	n = name ? suggest_nearest(name, ids, best, SIMILAR_MAX) : 0;
	for (size_t i = 0; i < n; i++)
		strbuf_printf(&text, "%s'%s'", i ? ", " : "did you mean ", best[i]);
	if (n)
		strbuf_addc(&text, '?');
	s->similar = n ? arena_strdup(s->arena, text.s) : NULL;
}

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
	if (!s->text.steps)
		find_similar(s, r);
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
	static const char note[] = "note[order]: the order between stdout and stderr is not "
	                           "stored: each step's stdout comes first\n";
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
	bool asked = s->q.path || s->q.scenario || s->q.step;

	if (!s->found) {
		history_refuse(o->r, &s->e);
	} else if (!s->text.steps && asked) {
		AUTO_STR text = xasprintf("run '%s' has no output of '%s'", s->q.ref,
		        s->q.path       ? s->q.path
		        : s->q.scenario ? s->q.scenario
		                        : s->q.step);
		answer_problem(o->r, "not-found", 3, text, s->similar, NULL);
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

/* What cannot be told from what is stored. */
static bool check(struct stored *s, struct request *r)
{
	if (s->shape == SHAPE_BYTES && s->q.streams == OUTPUT_BOTH) {
		if (request_query(r, "stream"))
			return refuse_query(
			        r, "stream", "bytes are of one stream: stdout or stderr");
		s->q.streams = OUTPUT_STDOUT;
	}
	if (!s->q.timestamps)
		return true;
	answer_problem(r, "refused", 2, "the times of lines are not stored",
	        "'clnrm logs -f --timestamps' shows them while the run is active", NULL);
	return false;
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

#include <string.h>

#include "common/clock.h"
#include "common/num.h"
#include "daemon/model/arrival.h"
#include "daemon/server/output.h"
#include "daemon/wire/wire.h"

/* "TEST", "TEST/SCENARIO" (a scenario's id) or that and "/STEP". */
static bool path_wants(const char *path, const char *test, const char *scenario, const char *step)
{
	size_t n = strlen(scenario);

	if (strcmp(path, test) == 0 || strcmp(path, scenario) == 0)
		return true;
	return strncmp(path, scenario, n) == 0 && path[n] == '/' && strcmp(path + n + 1, step) == 0;
}

bool output_wants(
        const struct output_query *q, const char *test, const char *scenario, const char *step)
{
	if (q->path && !path_wants(q->path, test, scenario, step))
		return false;
	if (q->scenario && strcmp(q->scenario, scenario) != 0)
		return false;
	return !q->step || strcmp(q->step, step) == 0;
}

typedef void step_fn(void *arg, const struct scenario_result *sc, const struct step_result *step);

static void each_step(
        const struct output_query *q, const struct run_result *r, step_fn *fn, void *arg)
{
	for (size_t t = 0; t < r->n_tests; t++) {
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++) {
			const struct scenario_result *sc = r->tests[t].scenarios[i];

			for (size_t k = 0; sc && k < sc->n_steps; k++)
				if (output_wants(q, r->tests[t].name, sc->id, sc->steps[k].name))
					fn(arg, sc, &sc->steps[k]);
		}
	}
}

bool output_is_named(const struct output_query *q)
{
	return q->path || q->scenario;
}

static void count_step(void *arg, const struct scenario_result *sc, const struct step_result *step)
{
	(void)sc;
	(void)step;
	++*(size_t *)arg;
}

bool output_matches(const struct output_query *q, const struct run_result *r)
{
	size_t n = 0;

	each_step(q, r, count_step, &n);
	return n > 0;
}

/* ---- text ---- */

struct writer {
	const struct output_query *q;
	struct output_text *to;
};

static bool is_cut(const struct captured *c)
{
	return c->total > c->len && c->head <= c->len;
}

static void end_line(struct strbuf *b)
{
	if (b->len && b->s[b->len - 1] != '\n')
		strbuf_addc(b, '\n');
}

static void add_part(const struct writer *w, const char *p, size_t n)
{
	if (w->q->raw)
		strbuf_add(&w->to->text, p, n);
	else
		strbuf_add_visible(&w->to->text, p, n);
}

static void add_missing(const struct writer *w, const struct captured *c)
{
	strbuf_adds(&w->to->text, "[... ");
	size_format(&w->to->text, c->total - c->len);
	strbuf_adds(&w->to->text, " cut ...]\n");
}

static void add_stream(const struct writer *w, const struct captured *c)
{
	struct strbuf *b = &w->to->text;
	bool exact = w->q->raw && w->q->streams != OUTPUT_BOTH;

	if (!c->len)
		return;
	if (!exact)
		end_line(b); /* of the stream before */
	add_part(w, c->data, is_cut(c) ? c->head : c->len);
	if (!is_cut(c))
		return;
	end_line(b);
	add_missing(w, c);
	add_part(w, c->data + c->head, c->len - c->head);
}

/* ---- both streams as they came, line by line ---- */

/* One stream: its lines and when each was whole, without more memory than this. */
struct lines {
	const struct captured *c;
	struct arrival_reader when;
	size_t at;
	bool told; /* that something is missing */
};

struct one_line {
	const char *p; /* NULL: what is missing */
	size_t n;
	uint64_t us;
};

static size_t head_of(const struct captured *c)
{
	return is_cut(c) ? c->head : c->len;
}

/* Where the byte at `at` stood in what the step wrote. */
static uint64_t position(const struct captured *c, size_t at)
{
	return at < head_of(c) ? at : c->total - (c->len - at);
}

static bool next_line(struct lines *l, struct one_line *out)
{
	const struct captured *c = l->c;
	size_t head = head_of(c), end = l->at < head ? head : c->len;

	*out = (struct one_line){ .p = NULL };
	if (is_cut(c) && l->at == head && !l->told) {
		l->told = true;
		out->us = arrival_of(&l->when, position(c, head) - 1);
		return true;
	}
	if (l->at >= c->len)
		return false;
	const char *p = c->data + l->at, *lf = memchr(p, '\n', end - l->at);

	out->p = p;
	out->n = lf ? (size_t)(lf - p) + 1 : end - l->at;
	l->at += out->n;
	out->us = arrival_of(&l->when, position(c, l->at - 1));
	return true;
}

static void add_time(const struct writer *w, int64_t wall_ns)
{
	char at[RFC3339_LEN];

	if (!w->q->timestamps)
		return;
	clock_rfc3339(wall_ns, at);
	strbuf_adds(&w->to->text, at);
	strbuf_addc(&w->to->text, ' ');
}

static void add_merged(const struct writer *w, int64_t from_ns, const struct step_result *step)
{
	struct lines s[2] = { { .c = &step->out, .when = { .at = step->out.arrival } },
		{ .c = &step->err, .when = { .at = step->err.arrival } } };
	struct one_line line[2];
	bool have[2];

	for (unsigned i = 0; i < 2; i++)
		have[i] = (w->q->streams >> i & 1) && next_line(&s[i], &line[i]);
	while (have[0] || have[1]) {
		unsigned i = !have[0] || (have[1] && line[1].us < line[0].us);

		end_line(&w->to->text);
		add_time(w, from_ns + (int64_t)line[i].us * NS_PER_US);
		if (line[i].p)
			add_part(w, line[i].p, line[i].n);
		else
			add_missing(w, s[i].c);
		have[i] = next_line(&s[i], &line[i]);
	}
}

/* ---- text ---- */

static void add_streams(const struct writer *w, const struct step_result *step)
{
	if (w->q->streams & OUTPUT_STDOUT)
		add_stream(w, &step->out);
	if (w->q->streams & OUTPUT_STDERR)
		add_stream(w, &step->err);
}

/* A step of a run that was recorded before times were. */
static bool is_untimed(const struct captured *c)
{
	return c->len && !c->arrival;
}

static void text_step(void *arg, const struct scenario_result *sc, const struct step_result *step)
{
	const struct writer *w = arg;
	bool out = w->q->streams & OUTPUT_STDOUT, err = w->q->streams & OUTPUT_STDERR;
	bool untimed = (out && is_untimed(&step->out)) || (err && is_untimed(&step->err));
	bool mixed = out && err && step->out.len && step->err.len;

	w->to->steps++;
	w->to->times_lost = w->to->times_lost || untimed;
	w->to->order_lost = w->to->order_lost || (mixed && untimed);
	if (!untimed && (mixed || w->q->timestamps))
		add_merged(w, sc->started_wall_ns + (int64_t)(step->started_ms * (double)NS_PER_MS),
		        step);
	else
		add_streams(w, step);
}

/* Where the last lines begin. */
static size_t tail_of(const char *text, size_t len, uint64_t lines)
{
	size_t from = len;

	if (lines == UINT64_MAX)
		return 0;
	for (; lines && from; lines--) {
		/* Not the line feed that ends this line. */
		const char *lf = from > 1 ? memrchr(text, '\n', from - 1) : NULL;

		from = lf ? (size_t)(lf - text) + 1 : 0;
	}
	return from;
}

void output_tail(struct strbuf *text, uint64_t lines)
{
	strbuf_remove(text, 0, tail_of(text->s, text->len, lines));
}

void output_text(const struct output_query *q, const struct run_result *r, struct output_text *out)
{
	struct writer w = { q, out };

	each_step(q, r, text_step, &w);
	output_tail(&out->text, q->lines);
}

/* ---- bytes ---- */

struct byte_writer {
	const struct output_query *q;
	struct strbuf *out;
	unsigned *steps;
};

static void bytes_step(void *arg, const struct scenario_result *sc, const struct step_result *step)
{
	struct byte_writer *w = arg;
	const struct captured *c = w->q->streams & OUTPUT_STDOUT ? &step->out : &step->err;

	(void)sc;
	++*w->steps;
	if (c->len)
		strbuf_add(w->out, c->data, c->len);
}

void output_bytes(const struct output_query *q, const struct run_result *r, struct strbuf *out,
        unsigned *steps)
{
	struct byte_writer w = { q, out, steps };

	*steps = 0;
	each_step(q, r, bytes_step, &w);
}

/* ---- JSON ---- */

struct json_writer {
	const struct output_query *q;
	struct json j;
};

/* When the bytes came: pieces of the stream as the step wrote it, what was cut included. */
static void json_pieces(struct json *j, const char *arrival)
{
	struct arrival_reader r = { .at = arrival };
	uint64_t from = 0;

	json_arr(j, "pieces");
	while (arrival_next(&r)) {
		json_obj(j, NULL);
		json_uint(j, "bytes", r.end - from);
		json_ms(j, "t_ms", (double)r.us / 1000.0);
		json_end(j);
		from = r.end;
	}
	json_end(j);
}

static void json_stream(struct json_writer *w, const struct scenario_result *sc,
        const struct step_result *step, bool is_stderr)
{
	const struct captured *c = is_stderr ? &step->err : &step->out;
	const char *encoding, *data = c->data ? c->data : "";
	size_t from = tail_of(data, c->len, w->q->lines);

	json_obj(&w->j, NULL);
	json_str(&w->j, "scenario", sc->id);
	json_str(&w->j, "step", step->name);
	json_str(&w->j, "stream", is_stderr ? "stderr" : "stdout");
	encoding = json_bytes(&w->j, "data", data + from, c->len - from);
	json_str(&w->j, "encoding", encoding);
	if (from)
		json_uint(&w->j, "skipped_bytes", from);
	json_uint(&w->j, "bytes", c->total);
	json_bool(&w->j, "cut", is_cut(c));
	if (is_cut(c) && c->head >= from)
		json_uint(&w->j, "cut_at", c->head - from);
	if (c->arrival)
		json_pieces(&w->j, c->arrival);
	json_end(&w->j);
}

static void json_step(void *arg, const struct scenario_result *sc, const struct step_result *step)
{
	struct json_writer *w = arg;

	if (w->q->streams & OUTPUT_STDOUT)
		json_stream(w, sc, step, false);
	if (w->q->streams & OUTPUT_STDERR)
		json_stream(w, sc, step, true);
}

void output_json(const struct output_query *q, const struct run_result *r, struct strbuf *out)
{
	struct json_writer w = { q, JSON_INIT(out) };

	json_obj(&w.j, NULL);
	json_str(&w.j, "schema", "clnrm.logs/1");
	json_str(&w.j, "run", r->id);
	json_arr(&w.j, "output");
	each_step(q, r, json_step, &w);
	json_end(&w.j);
	json_end(&w.j);
	strbuf_addc(out, '\n');
}

#include <string.h>

#include "common/num.h"
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
	strbuf_adds(b, "[... ");
	size_format(b, c->total - c->len);
	strbuf_adds(b, " cut ...]\n");
	add_part(w, c->data + c->head, c->len - c->head);
}

static void text_step(void *arg, const struct scenario_result *sc, const struct step_result *step)
{
	const struct writer *w = arg;

	(void)sc;
	w->to->steps++;
	if (w->q->streams & OUTPUT_STDOUT)
		add_stream(w, &step->out);
	if (w->q->streams & OUTPUT_STDERR)
		add_stream(w, &step->err);
	w->to->order_lost = w->to->order_lost ||
	                    (w->q->streams == OUTPUT_BOTH && step->out.len && step->err.len);
}

void output_tail(struct strbuf *text, uint64_t lines)
{
	size_t from = text->len;

	if (lines == UINT64_MAX)
		return;
	for (; lines && from; lines--) {
		/* Not the line feed that ends this line. */
		const char *lf = from > 1 ? memrchr(text->s, '\n', from - 1) : NULL;

		from = lf ? (size_t)(lf - text->s) + 1 : 0;
	}
	strbuf_remove(text, 0, from);
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

static void json_stream(struct json_writer *w, const struct scenario_result *sc,
        const struct step_result *step, bool is_stderr)
{
	const struct captured *c = is_stderr ? &step->err : &step->out;
	const char *encoding;

	json_obj(&w->j, NULL);
	json_str(&w->j, "scenario", sc->id);
	json_str(&w->j, "step", step->name);
	json_str(&w->j, "stream", is_stderr ? "stderr" : "stdout");
	encoding = json_bytes(&w->j, "data", c->data ? c->data : "", c->len);
	json_str(&w->j, "encoding", encoding);
	json_uint(&w->j, "bytes", c->total);
	json_bool(&w->j, "cut", is_cut(c));
	if (is_cut(c))
		json_uint(&w->j, "cut_at", c->head);
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

#include "daemon/report/outputs_priv.h"

#include "daemon/report/text_priv.h"

static void add_step_line(const struct step_result *step, struct strbuf *out)
{
	if (out->len > 0 && out->s[out->len - 1] != '\n')
		strbuf_addc(out, '\n');
	strbuf_adds(out, "--- ");
	text_str(out, step->name);
	if (step->signal > 0)
		strbuf_printf(out, " (signal %d, ", step->signal);
	else
		strbuf_printf(out, " (exit %d, ", step->exit_code);
	text_ms(out, step->duration_ms);
	strbuf_adds(out, ")\n");
}

static void add_captured(const struct captured *c, struct strbuf *out)
{
	bool cut = c->total > c->len && c->head <= c->len;

	if (c->len == 0)
		return;
	strbuf_add(out, c->data, cut ? c->head : c->len);
	if (!cut)
		return;
	strbuf_printf(out, "\n[... %llu bytes cut ...]\n", (unsigned long long)(c->total - c->len));
	strbuf_add(out, c->data + c->head, c->len - c->head);
}

/* An assertion of a test is looked at, and no process: it has no exit to tell of. */
static bool had_process(const struct step_result *step)
{
	return step->ran &&
	       (step->exit_code >= 0 || step->signal > 0 || step->out.len || step->err.len);
}

static size_t steps_that_ran(const struct scenario_result *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_steps; i++)
		n += had_process(&s->steps[i]);
	return n;
}

/* Takes out the middle of what stands behind `from`. */
static void cut_middle(struct strbuf *b, size_t from, size_t max)
{
	AUTO_STRBUF tail = STRBUF_INIT;
	size_t n = b->len - from;

	if (n <= max)
		return;
	strbuf_add(&tail, b->s + b->len - max / 2, max / 2);
	strbuf_truncate(b, from + max / 2);
	strbuf_printf(b, "\n[... %zu bytes cut ...]\n", n - max / 2 * 2);
	strbuf_add(b, tail.s, tail.len);
}

void outputs_join(const struct scenario_result *s, bool is_stderr, size_t max, struct strbuf *out)
{
	size_t from = out->len;
	bool several = steps_that_ran(s) > 1;

	for (size_t i = 0; i < s->n_steps; i++) {
		const struct step_result *step = &s->steps[i];
		const struct captured *c = is_stderr ? &step->err : &step->out;

		if (!had_process(step))
			continue;
		if (several)
			add_step_line(step, out);
		add_captured(c, out);
	}
	cut_middle(out, from, max);
}

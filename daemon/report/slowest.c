#include "daemon/report/human_priv.h"

struct slow {
	double ms;
	char *id;
};

/* Sorted, slowest first; at most n. */
struct slowest {
	size_t max, n;
	struct slow *v;
};

struct slowest *slowest_new(unsigned n)
{
	struct slowest *s = xcalloc(1, sizeof(*s));

	s->max = n < 10000 ? n : 10000;
	s->v = xcalloc(s->max + 1, sizeof(*s->v));
	return s;
}

void slowest_free(struct slowest *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].id);
	free(s->v);
	free(s);
}

void slowest_add(struct slowest *s, const struct scenario_result *r)
{
	size_t at = s->n;

	if (r->cached || r->verdict == VERDICT_SKIP || s->max == 0)
		return;
	while (at > 0 && s->v[at - 1].ms < r->duration_ms)
		at--;
	if (at == s->max)
		return;
	memmove(&s->v[at + 1], &s->v[at], (s->n - at) * sizeof(*s->v));
	s->v[at] = (struct slow){ .ms = r->duration_ms, .id = xstrdup(r->id) };
	if (++s->n > s->max)
		free(s->v[--s->n].id);
}

void slowest_text(const struct slowest *s, const struct text_style *style, struct strbuf *out)
{
	if (s->n == 0)
		return;
	text_inked(out, style->out, INK_BOLD, "slowest");
	strbuf_addc(out, '\n');
	for (size_t i = 0; i < s->n; i++) {
		AUTO_STRBUF ms = STRBUF_INIT;

		text_ms(&ms, s->v[i].ms);
		strbuf_printf(out, "  %10s  ", ms.s);
		text_str(out, s->v[i].id);
		strbuf_addc(out, '\n');
	}
}

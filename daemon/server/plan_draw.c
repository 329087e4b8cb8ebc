/* A plan as a graph for other programs: DOT and Mermaid. A box for each scenario with its steps;
 * arrows from what must have passed to what needs it. */
#include <string.h>

#include "daemon/server/plan_draw.h"

/* A quoted string of DOT or Mermaid: what would end it is left out. */
static void add_quoted(struct strbuf *out, const char *s)
{
	AUTO_STRBUF clean = STRBUF_INIT;

	strbuf_add_visible(&clean, s, strlen(s));
	strbuf_addc(out, '"');
	for (const char *p = clean.s; *p; p++)
		strbuf_addc(out, strchr("\"\\", *p) ? '\'' : *p);
	strbuf_addc(out, '"');
}

static void draw_needs(const struct dry_scenario *x, size_t i, bool dot, struct strbuf *out)
{
	for (size_t k = 0; k < x->until_step; k++) {
		const struct step *s = &x->sc->steps[k];

		for (size_t n = 0; n < s->n_needs; n++)
			strbuf_printf(out, "\t\ts%zu_%u %s s%zu_%zu%s\n", i, s->needs[n],
			        dot ? "->" : "-->", i, k, dot ? ";" : "");
	}
}

static void draw_dot(const struct dry_scenario *x, size_t i, struct strbuf *out)
{
	strbuf_printf(out, "\tsubgraph cluster_%zu {\n\t\tlabel=", i);
	add_quoted(out, x->sc->id);
	strbuf_adds(out, ";\n");
	for (size_t k = 0; k < x->until_step; k++) {
		strbuf_printf(out, "\t\ts%zu_%zu [label=", i, k);
		add_quoted(out, x->sc->steps[k].name);
		strbuf_adds(out, "];\n");
	}
	draw_needs(x, i, true, out);
	strbuf_adds(out, "\t}\n");
}

static void draw_mermaid(const struct dry_scenario *x, size_t i, struct strbuf *out)
{
	strbuf_printf(out, "\tsubgraph g%zu[", i);
	add_quoted(out, x->sc->id);
	strbuf_adds(out, "]\n");
	for (size_t k = 0; k < x->until_step; k++) {
		strbuf_printf(out, "\t\ts%zu_%zu[", i, k);
		add_quoted(out, x->sc->steps[k].name);
		strbuf_adds(out, "]\n");
	}
	draw_needs(x, i, false, out);
	strbuf_adds(out, "\tend\n");
}

/* From the last step of one to the first of another, cut off where the boxes end. */
static void link_dot(const struct dry_plan *p, size_t from, size_t to, struct strbuf *out)
{
	const struct dry_scenario *x = &p->v[from];

	if (x->until_step && p->v[to].until_step)
		strbuf_printf(out, "\ts%zu_%zu -> s%zu_0 [ltail=cluster_%zu, lhead=cluster_%zu];\n",
		        from, x->until_step - 1, to, from, to);
}

static void link_mermaid(const struct dry_plan *p, size_t from, size_t to, struct strbuf *out)
{
	(void)p;
	strbuf_printf(out, "\tg%zu --> g%zu\n", from, to);
}

static const struct {
	const char *head, *tail;
	void (*draw)(const struct dry_scenario *x, size_t i, struct strbuf *out);
	void (*link)(const struct dry_plan *p, size_t from, size_t to, struct strbuf *out);
} graphs[] = {
	[GRAPH_DOT] = { "digraph plan {\n\trankdir=LR;\n\tcompound=true;\n", "}\n", draw_dot,
	        link_dot },
	[GRAPH_MERMAID] = { "flowchart LR\n", "", draw_mermaid, link_mermaid },
};

/* Scenarios of a test stand together, in the order of the file, but not all of them do. */
static size_t place_of(
        const struct dry_plan *p, size_t first, size_t end, const struct scenario *sc)
{
	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (p->v[middle].sc == sc)
			return middle;
		if (p->v[middle].sc < sc)
			first = middle + 1;
		else
			end = middle;
	}
	return SIZE_MAX;
}

static size_t test_end(const struct dry_plan *p, size_t first)
{
	size_t end = first;

	while (end < p->n && p->v[end].test == p->v[first].test)
		end++;
	return end;
}

static void link_test(const struct dry_plan *p, enum plan_graph kind, size_t first, size_t end,
        struct strbuf *out)
{
	for (size_t i = first; i < end; i++) {
		const struct dry_scenario *x = &p->v[i];

		for (size_t k = 0; k < x->sc->n_needs; k++) {
			size_t on = place_of(p, first, end, &x->test->scenarios[x->sc->needs[k]]);

			if (on != SIZE_MAX)
				graphs[kind].link(p, on, i, out);
		}
	}
}

void plan_draw(const struct dry_plan *p, enum plan_graph kind, struct strbuf *out)
{
	strbuf_adds(out, graphs[kind].head);
	for (size_t i = 0; i < p->n; i++)
		graphs[kind].draw(&p->v[i], i, out);
	for (size_t i = 0, end; i < p->n; i = end) {
		end = test_end(p, i);
		link_test(p, kind, i, end, out);
	}
	strbuf_adds(out, graphs[kind].tail);
}

/* A plan as a graph that other programs draw. */
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

static const struct {
	const char *head, *tail;
	void (*draw)(const struct dry_scenario *x, size_t i, struct strbuf *out);
} graphs[] = {
	[GRAPH_DOT] = { "digraph plan {\n\trankdir=LR;\n", "}\n", draw_dot },
	[GRAPH_MERMAID] = { "flowchart LR\n", "", draw_mermaid },
};

void plan_draw(const struct dry_plan *p, enum plan_graph kind, struct strbuf *out)
{
	strbuf_adds(out, graphs[kind].head);
	for (size_t i = 0; i < p->n; i++)
		graphs[kind].draw(&p->v[i], i, out);
	strbuf_adds(out, graphs[kind].tail);
}

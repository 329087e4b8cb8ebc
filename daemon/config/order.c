/* The order of steps (config.md 3.3): what each of a list waits for. */
#include <stdlib.h>
#include <string.h>

#include "common/map.h"
#include "common/strbuf.h"
#include "daemon/config/load.h"

#define MAX_DRAWN 20

/* A list while its order is found out. */
struct ordering {
	struct loader *l;
	const struct step_list *s;
	struct map *by_name; /* name -> index + 1; made when a name is asked for */
	bool explicit;       /* some step says what it needs */
};

static void add_need(struct ordering *o, struct step *s, unsigned on)
{
	unsigned *v;

	for (size_t i = 0; i < s->n_needs; i++)
		if (s->needs[i] == on)
			return;
	/* Room doubles at each power of two. */
	if ((s->n_needs & (s->n_needs - 1)) == 0) {
		v = arena_array(o->l->file->arena, s->n_needs ? 2 * s->n_needs : 1, sizeof(*v));
		if (s->n_needs)
			memcpy(v, s->needs, s->n_needs * sizeof(*v));
		s->needs = v;
	}
	((unsigned *)(uintptr_t)s->needs)[s->n_needs++] = on;
}

static void name_steps(struct ordering *o)
{
	if (o->by_name)
		return;
	o->by_name = map_new();
	for (size_t i = 0; i < o->s->n; i++)
		if (!map_get(o->by_name, o->s->v[i].name))
			map_put(o->by_name, o->s->v[i].name, (void *)(uintptr_t)(i + 1));
}

static void needs_by_name(struct ordering *o, struct step *s, const struct node *list)
{
	name_steps(o);
	for (const struct node *x = list->first; x; x = x->next) {
		size_t at = (size_t)(uintptr_t)map_get(o->by_name, x->s);

		/* What is unknown, or ambiguous, was refused (refs.c). */
		if (at)
			add_need(o, s, (unsigned)at - 1);
	}
}

/* What is skipped is passed over. */
static void needs_before(struct ordering *o, size_t i)
{
	size_t k = i;

	while (k > 0 && o->s->v[k - 1].skip)
		k--;
	if (k > 0)
		add_need(o, &o->s->v[i], (unsigned)k - 1);
}

static void needs_of(struct ordering *o, size_t i, const struct node *node)
{
	const struct node *given = node ? node_get(node, "depends_on") : NULL;

	if (given)
		needs_by_name(o, &o->s->v[i], given);
	else if (!o->s->concurrent)
		needs_before(o, i);
	else if (o->s->own && i > 0)
		add_need(o, &o->s->v[i], 0); /* the scenario's `run` goes first */
	o->explicit = o->explicit || given;
}

/* ---- captures ---- */

/* Names without their case: variables have them in capitals too. */
static const char *folded(struct ordering *o, const char *name, size_t n)
{
	char *copy = arena_strndup(o->l->c.a, name, n);

	for (char *p = copy; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p);
	return copy;
}

static size_t name_length(const char *p)
{
	return strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

/* set: folded name -> index + 1 of the last step before this one that sets it. */
static void needs_of_text(struct ordering *o, struct step *s, const char *text, struct map *set)
{
	static const char *const marks[] = { "${capture.", "CLNRM_CAPTURE_" };

	for (size_t i = 0; text && i < ARRAY_LEN(marks); i++) {
		for (const char *p = text; (p = strstr(p, marks[i]));) {
			p += strlen(marks[i]);

			size_t at = (size_t)(uintptr_t)map_get(set, folded(o, p, name_length(p)));

			if (at)
				add_need(o, s, (unsigned)at - 1);
		}
	}
}

/* Who uses what another step captures waits for it, as when all run in written order. */
static void needs_of_captures(struct ordering *o)
{
	struct map *set = map_new();

	for (size_t i = 0; i < o->s->n; i++) {
		struct step *s = &o->s->v[i];

		for (size_t k = 0; k < s->argv.n; k++)
			needs_of_text(o, s, s->argv.v[k], set);
		for (size_t k = 0; k < s->n_env; k++)
			needs_of_text(o, s, s->env[k].value, set);
		if (s->stdin_text)
			needs_of_text(o, s, s->stdin_data, set);
		for (size_t k = 0; k < s->n_captures; k++)
			map_put(set, folded(o, s->captures[k].name, strlen(s->captures[k].name)),
			        (void *)(uintptr_t)(i + 1));
	}
	map_free(set, NULL);
}

struct walk {
	unsigned char *state; /* 0 new, 1 on the path, 2 done */
	size_t *path, *edge;
	size_t depth;
};

static bool names_at(const struct node *list, struct pos at)
{
	for (const struct node *x = list ? list->first : NULL; x; x = x->next) {
		const struct node *needs = node_get(x, "depends_on");

		for (const struct node *y = needs ? needs->first : NULL; y; y = y->next)
			if (y->pos.line == at.line && y->pos.col == at.col)
				return true;
	}
	return false;
}

/* Whether a cycle of this list was drawn already. */
static bool is_known(const struct ordering *o)
{
	const struct diags *d = o->l->c.d;

	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->v[i].code, "config.cycle") == 0 && names_at(o->s->list, d->v[i].pos))
			return true;
	return false;
}

/* From the step that waits for itself around to it again. */
static void draw_cycle(struct ordering *o, const struct walk *w, size_t to)
{
	const struct step *v = o->s->v;
	AUTO_STRBUF b = STRBUF_INIT;
	size_t from = 0;
	struct diag *d;

	while (w->path[from] != to)
		from++;
	for (size_t i = from; i < w->depth && i - from < MAX_DRAWN; i++)
		strbuf_printf(&b, "%s -> ", v[w->path[i]].name);
	if (w->depth - from > MAX_DRAWN)
		strbuf_adds(&b, "... -> ");
	d = check_report(&o->l->c, SEV_ERROR, "config.cycle", v[to].pos, NULL,
	        "depends_on makes a cycle: %s%s", b.s, v[to].name);
	diag_help(o->l->c.d, d,
	        "a step without depends_on waits for the one written before it, one that uses a "
	        "capture for the step that sets it; depends_on = [] waits for none");
}

/* Depth first, without recursion. True when a cycle was found and drawn. */
static bool walk_from(struct ordering *o, struct walk *w, size_t start)
{
	const struct step *v = o->s->v;

	w->path[0] = start;
	w->edge[0] = 0;
	w->depth = 1;
	w->state[start] = 1;
	while (w->depth) {
		size_t at = w->path[w->depth - 1];
		size_t edge = w->edge[w->depth - 1]++;

		if (edge == v[at].n_needs) {
			w->state[at] = 2;
			w->depth--;
			continue;
		}
		size_t to = v[at].needs[edge];
		if (w->state[to] == 1) {
			draw_cycle(o, w, to);
			return true;
		}
		if (w->state[to] == 2)
			continue;
		w->state[to] = 1;
		w->path[w->depth] = to;
		w->edge[w->depth++] = 0;
	}
	return false;
}

/* Cycles of depends_on alone were drawn by refs.c, at the name that closes them. */
static void refuse_cycle(struct ordering *o)
{
	size_t n = o->s->n;
	bool known = is_known(o);
	struct walk w = {
		.state = xcalloc(n + 1, 1),
		.path = xcalloc(n + 1, sizeof(size_t)),
		.edge = xcalloc(n + 1, sizeof(size_t)),
	};

	for (size_t i = 0; i < n && !known; i++)
		if (!w.state[i] && walk_from(o, &w, i))
			break;
	free(w.state);
	free(w.path);
	free(w.edge);
}

static bool has_captures(const struct step_list *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].n_captures)
			return true;
	return false;
}

/* ---- */

void load_order(struct loader *l, const struct step_list *steps, struct scenario *sc)
{
	struct ordering o = { .l = l, .s = steps };
	const struct node *x = steps->list ? steps->list->first : NULL;

	for (size_t i = 0; i < steps->n; i++) {
		bool own = steps->own && i == 0;

		needs_of(&o, i, own ? NULL : x);
		if (!own && x)
			x = x->next;
	}
	if (o.explicit || (steps->concurrent && steps->n > 1)) {
		sc->graph = true;
		if (has_captures(steps))
			needs_of_captures(&o);
		refuse_cycle(&o);
	}
	if (o.by_name)
		map_free(o.by_name, NULL);
}

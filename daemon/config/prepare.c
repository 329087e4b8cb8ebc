/* [prepare]: steps that run once, before scenarios, in a sandbox of their own (config.md 3.8). */
#include <string.h>

#include "common/strbuf.h"
#include "daemon/config/load.h"

#define NS_S 1000000000LL
#define NAME "prepare"

static struct deadline no_deadline(void)
{
	return (struct deadline){ 0, DEADLINE_DEFAULT };
}

static void make_step(struct loader *l, const struct node *table, const struct node *node,
        const struct str_list *disallowed, struct scenario *sc)
{
	struct step *out = &sc->steps[sc->n_steps];
	struct scope scope = { .n = 0 };
	const struct step_request r = {
		.node = node,
		.scope = &scope,
		.default_name = arena_printf(l->c.a, "step %zu", sc->n_steps + 1),
		.scenario = NAME,
		.unique = NAME,
		.disallowed = disallowed,
	};

	scope_push(&scope, node);
	scope_push(&scope, table);
	load_step(l, &r, out);
	if (node_get(node, "service"))
		load_refuse(l, "config.conflict", node_get(node, "service"),
		        "a step of [prepare] runs in the preparation's own sandbox");
	/* `timeout` of the table is for all of them. */
	if (!node_get(node, "timeout"))
		out->timeout = no_deadline();
	out->index = (unsigned)sc->n_steps++;
	load_settle_workdir(&sc->places[0].spec, out);
	sc->has_captures |= out->n_captures > 0;
}

/* Its variables name no test: files that prepare the same share it. */
static void make_steps(
        struct loader *l, const struct node *table, const struct scope *scope, struct scenario *sc)
{
	const struct node *list = node_get(table, "steps");
	const struct str_list disallowed = load_disallowed(l, scope);
	const char *test = l->test_name;

	sc->steps = arena_array(l->file->arena, list->n_children + 1, sizeof(*sc->steps));
	l->test_name = NAME;
	for (const struct node *x = list->first; x; x = x->next)
		make_step(l, table, x, &disallowed, sc);
	l->test_name = test;
	load_order(l, &(struct step_list){ list, false, false, sc->steps, sc->n_steps }, sc);
}

static void make(
        struct loader *l, const struct node *table, const char *image, struct preparation *p)
{
	struct arena *a = l->file->arena;
	struct scenario *sc = arena_alloc(a, sizeof(*sc));
	struct scope scope = { .n = 0 };

	scope_push(&scope, table);
	scope_push(&scope, l->meta);
	scope_push(&scope, l->root);
	p->sc = sc;
	sc->name = sc->id = NAME;
	sc->pos = sc->end = table->pos;
	sc->findings = FINDINGS_IGNORE; /* what it leaves is what it is for */
	sc->places = arena_array(a, 1, sizeof(*sc->places));
	sc->n_places = 1;
	sc->timeout = load_deadline(node_get(table, "timeout"), 600 * NS_S, false, 0);
	load_prepare_spec(l, table, &scope, image, p, &sc->places[0].spec);
	make_steps(l, table, &scope, sc);
	load_patterns(l, node_get(table, "inputs"), &p->inputs);
	load_prepare_digest(l, table, p);
}

/* What it would read and nobody could know of. */
static bool is_complete(struct loader *l, const struct node *table)
{
	const struct node *steps = node_get(table, "steps"), *project = node_get(table, "project");
	struct diag *x;

	if (load_is_damaged(l, table))
		return false;
	if (!steps || !steps->n_children) {
		load_refuse(l, "config.missing_key", table, "[prepare] has no 'steps'");
		return false;
	}
	if (!project || strcmp(project->s, "none") == 0 || node_get(table, "inputs"))
		return true;
	x = load_refuse(l, "config.missing_key", project,
	        "[prepare] shows the project, and 'inputs' does not say what it reads of it");
	if (x)
		diag_help(l->c.d, x,
		        "inputs = [\"package-lock.json\"]: when one of them changes, it runs anew");
	return false;
}

const struct preparation *load_prepare(struct loader *l, const struct place *place)
{
	const struct node *table = node_get(l->root, "prepare");
	const char *image = place->spec.image;
	struct prepare_list *x = l->preparations;

	if (!table)
		return NULL;
	while (x && strcmp(x->image, image) != 0)
		x = x->next;
	if (x)
		return &x->p;
	if (!is_complete(l, table))
		return NULL;
	x = arena_alloc(l->file->arena, sizeof(*x));
	x->image = image;
	make(l, table, image, &x->p);
	x->next = l->preparations;
	l->preparations = x;
	return &x->p;
}

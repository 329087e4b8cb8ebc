/* Names that refer to others: services, steps, scenarios, captures; and orders without an end. */
#include <string.h>

#include "common/glob.h"
#include "common/map.h"
#include "common/strbuf.h"
#include "common/suggest.h"
#include "daemon/config/load.h"

#define MAX_LISTED 8
#define MAX_DRAWN 20
#define MAX_SUGGESTED 1000 /* names that a misspelt one is held against */

/* Further findings are only counted: no work for their texts. */
static bool is_full(const struct loader *l)
{
	return l->c.d->n >= l->c.d->max;
}

static void suggest(struct loader *l, struct diag *x, const char *word, const char **names)
{
	const char *near;

	if (x && suggest_nearest(word, names, &near, 1))
		diag_help(l->c.d, x, "did you mean '%s'?", near);
}

static void help(struct loader *l, struct diag *x, const char *text)
{
	if (x)
		diag_help(l->c.d, x, "%s", text);
}

/* ---- services ---- */

static const char **service_names(struct loader *l)
{
	const char **v = arena_array(l->c.a, l->n_services + 1, sizeof(*v));

	for (size_t i = 0; i < l->n_services; i++)
		v[i] = l->services[i].name;
	return v;
}

static const char *listed(struct loader *l, const char **names)
{
	AUTO_STRBUF b = STRBUF_INIT;
	size_t n = 0;

	for (; names[n] && n < MAX_LISTED; n++)
		strbuf_printf(&b, "%s%s", n ? ", " : "", names[n]);
	if (names[n])
		strbuf_adds(&b, ", ...");
	return arena_strdup(l->c.a, b.s);
}

/* what reads "step 'q' runs in". */
static void service_ref(struct loader *l, const struct node *n, const char *what)
{
	struct service *s = n ? load_service(l, n->s) : NULL;
	const char **names;

	if (s)
		s->used = true;
	if (s || !n)
		return;
	if (is_full(l)) {
		load_refuse(l, "config.unknown_service", n, "unknown service");
		return;
	}
	names = service_names(l);
	suggest(l,
	        load_refuse(l, "config.unknown_service", n, "%s service '%s', %s%s", what, n->s,
	                names[0] ? "services are: " : "and the file has no services",
	                listed(l, names)),
	        n->s, names);
}

static void service_list(struct loader *l, const struct node *list, const char *what)
{
	for (const struct node *x = list ? list->first : NULL; x; x = x->next)
		if (!load_service(l, x->s))
			service_ref(l, x, what);
}

static const char *step_name(struct loader *l, const struct node *step, size_t index)
{
	return node_str(step, "name", arena_printf(l->c.a, "step %zu", index + 1));
}

static void step_services(struct loader *l, const struct node *list)
{
	size_t index = 0;

	for (const struct node *x = list ? list->first : NULL; x; x = x->next, index++)
		service_ref(l, node_get(x, "service"),
		        arena_printf(l->c.a, "step '%s' runs in", step_name(l, x, index)));
}

static void scenario_services(struct loader *l, const struct node *n)
{
	static const char *const lists[] = { "steps", "setup", "teardown" };
	const char *name = node_str(n, "name", "scenario");

	service_ref(l, node_get(n, "service"), arena_printf(l->c.a, "scenario '%s' runs in", name));
	service_list(l, node_get(n, "services"), arena_printf(l->c.a, "scenario '%s' needs", name));
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		step_services(l, node_get(n, lists[i]));
}

static void chaos_services(struct loader *l)
{
	const struct node *map = node_get(l->root, "chaos");

	for (const struct node *x = map ? map->first : NULL; x; x = x->next) {
		const char *what = arena_printf(l->c.a, "fault '%s' names", x->key);
		const struct node *service = node_get(x, "service");

		if (!service && !load_is_damaged(l, x))
			load_refuse(
			        l, "config.missing_key", x, "fault '%s' needs 'service'", x->key);
		service_ref(l, service, what);
		service_ref(l, node_get(x, "peer"), what);
	}
}

/* ---- orders ---- */

struct item {
	const char *name;
	const struct node *node; /* where it is described */
	const struct node *needs;
	bool duplicate; /* another has the name too */
};

struct graph {
	struct loader *l;
	struct item *v;
	size_t n;
	struct map *by_name; /* name -> item */
	const char *kind;    /* "step" */
	const char *unknown; /* code */
};

static void graph_add(struct graph *g, const char *name, const struct node *node)
{
	struct item *x = &g->v[g->n++];
	struct item *other = map_get(g->by_name, name);

	*x = (struct item){ .name = name, .node = node, .needs = node_get(node, "depends_on") };
	if (!other) {
		map_put(g->by_name, name, x);
		return;
	}
	other->duplicate = true;

	const struct node *at = node_get(node, "name");
	at = at ? at : node;
	if (loader_first_time(g->l, "config.duplicate_name", at->pos))
		check_warn(&g->l->c, "config.duplicate_name", at,
		        "two %ss are named '%s' (line %u)", g->kind, name, other->node->pos.line)
		        ->other = other->node->pos;
}

static const char **item_names(const struct graph *g)
{
	size_t n = g->n < MAX_SUGGESTED ? g->n : MAX_SUGGESTED;
	const char **v = arena_array(g->l->c.a, n + 1, sizeof(*v));

	for (size_t i = 0; i < n; i++)
		v[i] = g->v[i].name;
	return v;
}

/* A name must mean one item. */
static void resolve(struct graph *g, const struct item *from, const struct node *ref)
{
	const struct item *x = map_get(g->by_name, ref->s);
	const char **names;

	if (x && x->duplicate)
		help(g->l,
		        load_refuse(g->l, "config.duplicate_name", ref,
		                "two %ss are named '%s', and '%s' needs one of them", g->kind,
		                ref->s, from->name),
		        "give one of them another name");
	if (x)
		return;
	if (is_full(g->l)) {
		load_refuse(g->l, g->unknown, ref, "unknown %s", g->kind);
		return;
	}
	names = item_names(g);
	suggest(g->l,
	        load_refuse(g->l, g->unknown, ref, "%s '%s' needs %s '%s', %ss are: %s", g->kind,
	                from->name, g->kind, ref->s, g->kind, listed(g->l, names)),
	        ref->s, names);
}

struct walk {
	struct graph *g;
	unsigned char *state;     /* 0 new, 1 on the path, 2 done */
	size_t *path;             /* items from the start to here */
	const struct node **edge; /* the reference that each of them looks at */
	size_t depth;
};

static void draw_cycle(struct walk *w, size_t to, const struct node *ref)
{
	AUTO_STRBUF b = STRBUF_INIT;
	size_t from = 0;

	while (w->path[from] != to)
		from++;
	for (size_t i = from; i < w->depth && i - from < MAX_DRAWN; i++)
		strbuf_printf(&b, "%s -> ", w->g->v[w->path[i]].name);
	if (w->depth - from > MAX_DRAWN)
		strbuf_adds(&b, "... -> ");
	help(w->g->l,
	        load_refuse(w->g->l, "config.cycle", ref, "depends_on makes a cycle: %s%s", b.s,
	                w->g->v[to].name),
	        "each waits for the next: take one of these names out of its depends_on");
}

static void enter(struct walk *w, size_t item)
{
	const struct node *needs = w->g->v[item].needs;

	w->state[item] = 1;
	w->path[w->depth] = item;
	w->edge[w->depth++] = needs ? needs->first : NULL;
}

/* Depth first, with a path of its own: a file may have 100,000 scenarios in a row. */
static void walk_from(struct walk *w, size_t start)
{
	enter(w, start);
	while (w->depth) {
		const struct node *ref = w->edge[w->depth - 1];
		const struct item *x = ref ? map_get(w->g->by_name, ref->s) : NULL;

		if (!ref) {
			w->state[w->path[--w->depth]] = 2;
			continue;
		}
		w->edge[w->depth - 1] = ref->next;
		if (!x)
			continue;
		size_t to = (size_t)(x - w->g->v);
		if (w->state[to] == 1)
			draw_cycle(w, to, ref);
		else if (w->state[to] == 0)
			enter(w, to);
	}
}

static void graph_check(struct graph *g)
{
	struct walk w = {
		.g = g,
		.state = xcalloc(g->n + 1, 1),
		.path = xcalloc(g->n + 1, sizeof(size_t)),
		.edge = xcalloc(g->n + 1, sizeof(*w.edge)),
	};

	for (size_t i = 0; i < g->n; i++)
		for (const struct node *x = g->v[i].needs ? g->v[i].needs->first : NULL; x;
		        x = x->next)
			resolve(g, &g->v[i], x);
	for (size_t i = 0; i < g->n; i++)
		if (w.state[i] == 0)
			walk_from(&w, i);
	free(w.state);
	free(w.path);
	free((void *)w.edge);
}

static struct graph graph_new(struct loader *l, size_t n, const char *kind, const char *unknown)
{
	return (struct graph){
		.l = l,
		.v = xcalloc(n + 1, sizeof(struct item)),
		.by_name = map_new(),
		.kind = kind,
		.unknown = unknown,
	};
}

static void graph_end(struct graph *g)
{
	graph_check(g);
	map_free(g->by_name, NULL);
	free(g->v);
}

/* own: the scenario whose `run` is the first step, or NULL. */
static void step_order(struct loader *l, const struct node *list, const struct node *own)
{
	struct graph g =
	        graph_new(l, (list ? list->n_children : 0) + 1, "step", "config.unknown_step");
	size_t index = 0;

	if (own) {
		graph_add(&g, node_str(own, "name", "scenario"), own);
		/* The key of a scenario speaks of scenarios. */
		g.v[0].needs = NULL;
	}
	for (const struct node *x = list ? list->first : NULL; x; x = x->next, index++)
		graph_add(&g, step_name(l, x, index), x);
	graph_end(&g);
}

const char *load_own_name(const struct loader *l)
{
	return node_str(l->meta, "name", l->test_name);
}

static void scenario_order(struct loader *l)
{
	struct graph g =
	        graph_new(l, l->scenarios->n_children + 1, "scenario", "config.unknown_scenario");
	struct item *own;

	for (const struct node *x = l->scenarios->first; x; x = x->next)
		graph_add(&g, node_str(x, "name", "scenario"), x);
	/* Steps at top level are a scenario with the name of the test, and need none. */
	own = l->steps ? map_get(g.by_name, load_own_name(l)) : NULL;
	if (own) {
		own->duplicate = true;
	} else if (l->steps) {
		graph_add(&g, load_own_name(l), l->meta);
		g.v[g.n - 1].needs = NULL;
	}
	graph_end(&g);
}

static void service_order(struct loader *l)
{
	struct graph g = graph_new(l, l->n_services, "service", "config.unknown_service");

	for (size_t i = 0; i < l->n_services; i++)
		graph_add(&g, l->services[i].name, l->services[i].node);
	graph_end(&g);
}

/* ---- captures ---- */

/* Names set by steps so far, in written order; the value is the step. */
struct captures {
	struct loader *l;
	struct map *set;  /* by a step before this one */
	struct map *ever; /* by any step of the scenario: name -> step name */
};

static void use_captures(struct captures *k, const struct node *n)
{
	if (n->type == NODE_TABLE || n->type == NODE_ARRAY) {
		for (const struct node *x = n->first; x; x = x->next)
			use_captures(k, x);
		return;
	}
	for (const char *p = n->type == NODE_STRING ? n->s : ""; (p = strstr(p, "${capture."));) {
		const char *end;

		p += strlen("${capture.");
		end = strchr(p, '}');
		if (!end)
			return;

		const char *name = arena_strndup(k->l->c.a, p, (size_t)(end - p));
		const char *setter = map_get(k->ever, name);

		if (map_get(k->set, name))
			continue;
		if (setter)
			load_refuse(k->l, "config.capture", n,
			        "capture '%s' is used before step '%s' sets it", name, setter);
		else
			load_refuse(
			        k->l, "config.capture", n, "capture '%s' is set by no step", name);
	}
}

static void step_captures(struct captures *k, const struct node *step)
{
	static const char *const users[] = { "command", "run", "script", "env", "stdin" };
	const struct node *own = node_get(step, "capture");

	for (size_t i = 0; i < ARRAY_LEN(users); i++) {
		const struct node *n = node_get(step, users[i]);

		if (n)
			use_captures(k, n);
	}
	for (const struct node *x = own ? own->first : NULL; x; x = x->next)
		map_put(k->set, x->key, k);
}

static void note_captures(struct captures *k, const struct node *step, const char *name)
{
	const struct node *own = node_get(step, "capture");

	for (const struct node *x = own ? own->first : NULL; x; x = x->next)
		if (!map_get(k->ever, x->key))
			map_put(k->ever, x->key, arena_strdup(k->l->c.a, name));
}

/* Some string below n names a capture, or a step sets one. */
static bool mentions_capture(const struct node *n)
{
	if (n->type == NODE_STRING)
		return strstr(n->s, "${capture.") != NULL;
	if (n->type != NODE_TABLE && n->type != NODE_ARRAY)
		return false;
	for (const struct node *x = n->first; x; x = x->next)
		if ((x->key && strcmp(x->key, "capture") == 0) || mentions_capture(x))
			return true;
	return false;
}

static void captures(
        struct loader *l, const struct node *const lists[], size_t n, const struct node *own)
{
	bool any = own && mentions_capture(own);

	for (size_t i = 0; i < n && !any; i++)
		any = lists[i] && mentions_capture(lists[i]);
	if (!any)
		return;

	struct captures k = { .l = l, .set = map_new(), .ever = map_new() };
	size_t index = 0;

	if (own)
		note_captures(&k, own, node_str(own, "name", "scenario"));
	for (size_t i = 0; i < n; i++)
		for (const struct node *x = lists[i] ? lists[i]->first : NULL; x; x = x->next)
			note_captures(&k, x, step_name(l, x, index++));
	for (size_t i = 0; i < n; i++) {
		/* The scenario's own step stands between setup and the others. */
		if (own && i == 1)
			step_captures(&k, own);
		for (const struct node *x = lists[i] ? lists[i]->first : NULL; x; x = x->next)
			step_captures(&k, x);
	}
	map_free(k.set, NULL);
	map_free(k.ever, NULL);
}

/* ---- expectations ---- */

static struct map *scenario_names(const struct loader *l)
{
	struct map *names = map_new();

	if (l->steps)
		map_put(names, l->test_name, names);
	for (const struct node *x = l->scenarios ? l->scenarios->first : NULL; x; x = x->next)
		map_put(names, node_str(x, "name", "scenario"), names);
	return names;
}

static void expectation(struct loader *l, const struct node *n, const struct map *names)
{
	const struct node *ref = node_get(n, "scenario");

	if (ref && ref->type == NODE_STRING && !glob_is_pattern(ref->s) && !map_get(names, ref->s))
		load_refuse(l, "config.unknown_scenario", ref, "no scenario is named '%s'", ref->s);
	if (n->type == NODE_ARRAY)
		for (const struct node *x = n->first; x; x = x->next)
			expectation(l, x, names);
}

static void expectations(struct loader *l)
{
	const struct node *expect = node_get(l->root, "expect");
	struct map *names;

	if (!expect)
		return;
	names = scenario_names(l);
	for (const struct node *x = expect->first; x; x = x->next)
		expectation(l, x, names);
	map_free(names, NULL);
}

/* ---- */

static void scenario_refs(struct loader *l, const struct node *n)
{
	const bool own = node_get(n, "run") || node_get(n, "command") || node_get(n, "script");
	const struct node *const lists[] = { node_get(n, "setup"), node_get(n, "steps"),
		node_get(n, "teardown") };

	scenario_services(l, n);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (lists[i] && lists[i]->n_children)
			step_order(l, lists[i], i == 1 && own ? n : NULL);
	captures(l, lists, ARRAY_LEN(lists), own ? n : NULL);
}

void load_refs(struct loader *l)
{
	service_list(l, node_get(l->meta, "services"), "the test needs");
	if (l->n_services)
		service_order(l);
	chaos_services(l);
	if (l->steps) {
		const struct node *const lists[] = { NULL, l->steps };

		step_services(l, l->steps);
		step_order(l, l->steps, NULL);
		captures(l, lists, ARRAY_LEN(lists), NULL);
	}
	if (l->scenarios)
		scenario_order(l);
	for (const struct node *x = l->scenarios ? l->scenarios->first : NULL; x; x = x->next)
		scenario_refs(l, x);
	expectations(l);
}

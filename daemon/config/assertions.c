/* What a test says of itself as a whole: [assertions], [[assertions]], [test.assertions] (config.md
 * 3.8). Names are in the option table; any other is declared, and nothing checks it. */
#include <string.h>

#include "daemon/config/load.h"
#include "daemon/config/options.h"

/* ---- the check ---- */

/* Bound of each type of [[assertions]]; NULL: it has none. */
static const struct {
	const char *type, *bound;
} types[] = {
	{ "success", NULL },
	{ "performance", "max_duration_ms" },
	{ "resource", "max_memory_mb" },
};

static bool is_of_list(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].bound && strcmp(types[i].bound, key) == 0)
			return true;
	return strcmp(key, "type") == 0;
}

bool check_other_assertion(struct check *c, struct node *n)
{
	char near[64];
	const struct option *o = option_close(TABLE_ASSERTIONS, n->key, near, sizeof(near));
	struct diag *d =
	        check_report(c, c->strict ? SEV_ERROR : SEV_WARNING, "config.check_not_evaluated",
	                n->key_pos, n, "'%s' is declared but nothing checks it", n->key);

	if (o)
		diag_help(c->d, d, "did you mean '%s'?", near);
	else
		diag_help(c->d, d, "write a step that shows it");
	return true;
}

/* Keys of [[assertions]] say nothing in [assertions], and names of that nothing in an element. */
static void check_places(struct check *c, const struct node *table, bool in_list)
{
	for (const struct node *x = table->first; x; x = x->next) {
		if (strcmp(x->key, "description") == 0 || is_of_list(x->key) == in_list)
			continue;
		check_report(c, SEV_ERROR, "config.conflict", x->key_pos, x,
		        in_list ? "'%s' is no key of [[assertions]]; put it in [assertions]"
		                : "'%s' is no key of [assertions]; put it in [[assertions]]",
		        x->key);
	}
}

static void check_bounds_of(struct check *c, const struct node *table, const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const char *bound = types[i].bound;
		const struct node *given = bound ? node_get(table, bound) : NULL;
		bool own = strcmp(types[i].type, type) == 0;

		if (own && bound && !given)
			check_error(c, "config.missing_key", table, "type = \"%s\" needs '%s'",
			        type, bound);
		if (!own && given)
			check_report(c, SEV_ERROR, "config.conflict", given->key_pos, given,
			        "'%s' says nothing with type = \"%s\"", bound, type);
	}
}

static void check_element(struct check *c, const struct option *o, struct node *x)
{
	unsigned errors = (unsigned)c->d->errors;
	const struct node *type;

	check_table(c, x, o->table);
	check_places(c, x, true);
	type = node_get(x, "type");
	if (c->d->errors > errors)
		return;
	if (type)
		check_bounds_of(c, x, type->s);
	else
		check_error(c, "config.missing_key", x, "[[assertions]] needs 'type'");
}

bool check_assertions(struct check *c, const struct option *o, struct node *n)
{
	if (!n->n_children) {
		check_error(c, "config.empty", n, "[assertions] is empty");
		return false;
	}
	if (n->type == NODE_TABLE) {
		check_table(c, n, o->table);
		check_places(c, n, false);
		return true;
	}
	for (struct node *x = n->first; x; x = x->next) {
		if (x->type != NODE_TABLE)
			return check_wrong_type(c, o, x, "a table or a list of tables");
		check_element(c, o, x);
	}
	return true;
}

/* ---- the model ---- */

struct list {
	struct loader *l;
	struct assertion *v;
	size_t n, cap;
};

static void push(struct list *to, const struct assertion *a)
{
	if (to->n == to->cap) {
		struct assertion *v = arena_array(to->l->file->arena, to->cap * 2 + 8, sizeof(*v));

		if (to->n)
			memcpy(v, to->v, to->n * sizeof(*v));
		to->v = v;
		to->cap = to->cap * 2 + 8;
	}
	to->v[to->n] = *a;
	to->v[to->n++].name = arena_strdup(to->l->file->arena, a->name);
}

/* Names that are no services are errors. One that is started is refused where it is (services.c):
 * what is left describes environments, and a word about them would be a pass of nothing. */
static void services_claimed(struct loader *l, const struct node *x)
{
	struct diag *d;

	for (const struct node *s = x->type == NODE_ARRAY ? x->first : NULL; s; s = s->next)
		if (!load_service(l, s->s))
			load_refuse(l, "config.unknown_service", s,
			        "'%s' names service '%s', which this file does not have", x->key,
			        s->s);
	if (!loader_first_time(l, "config.check_not_evaluated", x->key_pos))
		return;
	d = check_report(&l->c, SEV_WARNING, "config.check_not_evaluated", x->key_pos, x,
	        "'%s' has nothing to look at: no service of this file is started", x->key);
	diag_help(l->c.d, d, "services that only describe an environment start nothing");
}

static void add_claim(struct list *to, const struct node *x, bool enforce)
{
	struct assertion a = { .name = x->key,
		.claim = assertion_claim(x->key),
		.pos = x->key_pos,
		.enforce = enforce };

	if (strcmp(x->key, "enforce") == 0 || strcmp(x->key, "description") == 0 ||
	        is_of_list(x->key))
		return;
	if (x->type == NODE_BOOL && !x->b)
		return; /* nothing is claimed */
	if (a.claim == CLAIM_SERVICES)
		services_claimed(to->l, x);
	a.count = x->type == NODE_INT ? x->i : 0;
	a.rate = x->type == NODE_FLOAT ? x->f : 0;
	push(to, &a);
}

static void add_element(struct list *to, const struct node *x)
{
	const char *type = node_str(x, "type", NULL);
	struct assertion a = { .name = node_str(x, "description", type), .enforce = true };

	if (!type)
		return; /* an error was said */
	a.claim = assertion_claim(type);
	a.pos = x->pos;
	a.count = node_int(x, "max_duration_ms", node_int(x, "max_memory_mb", 0));
	push(to, &a);
}

static void add_all(struct list *to, const struct node *n)
{
	bool list = n && n->type == NODE_ARRAY,
	     enforce = n && !list && node_flag(n, "enforce", false);

	for (const struct node *x = n ? n->first : NULL; x; x = x->next) {
		if (list)
			add_element(to, x);
		else
			add_claim(to, x, enforce);
	}
}

void load_assertions(struct loader *l, struct test *t)
{
	struct list to = { .l = l };

	add_all(&to, node_get(node_get(l->root, "test"), "assertions"));
	add_all(&to, node_get(l->root, "assertions"));
	t->assertions = to.v;
	t->n_assertions = to.n;
}

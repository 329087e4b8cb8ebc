/* Three generations of files become one (config.md 2), and what is missing is said before the check
 * drops what is wrong: one mistake gives one finding. */
#include <string.h>

#include "common/suggest.h"
#include "daemon/config/load.h"

#define MAX_SCENARIOS 100000
#define MAX_STEPS 10000

static bool present(const struct node *table, const char *key)
{
	const struct node *n = node_get(table, key);

	return n && n->type != NODE_NULL;
}

/* An unknown key that is close to `key`: its own finding says what is meant. */
static bool misspelt(const struct node *table, enum table_kind kind, const char *key)
{
	for (const struct node *x = table->first; x; x = x->next)
		if (!option_find(kind, x->key) && suggest_close_key(x->key, key))
			return true;
	return false;
}

static bool has_any(const struct node *table, enum table_kind kind, const char *const *keys)
{
	for (; *keys; keys++)
		if (present(table, *keys) || misspelt(table, kind, *keys))
			return true;
	return false;
}

/* ---- merging ---- */

/* Appends without a change of the parent: pointers of findings are those of the file. */
static void adopt(struct node *to, struct node *x)
{
	struct node *parent = x->parent;

	node_append(to, x);
	x->parent = parent;
}

static void move_meta_keys(struct node *from, struct node *to)
{
	struct node *prev = NULL;

	for (struct node *x = from->first, *next; x; x = next) {
		next = x->next;
		if (!option_find(TABLE_META, x->key)) {
			prev = x;
			continue;
		}
		node_unlink(from, prev, x);
		adopt(to, x);
	}
}

/* [meta], [test.metadata] and the keys right below [test] are one table. */
static void merge_meta(struct loader *l)
{
	struct node *test = node_get(l->root, "test"), *meta = node_get(l->root, "meta");
	struct node *older = node_get(test, "metadata");

	if (!test || test->type != NODE_TABLE || (meta && meta->type != NODE_TABLE))
		return;
	if (!meta) {
		meta = node_make(&l->c, NODE_TABLE, "meta",
		        older && older->type == NODE_TABLE ? older : test);
		node_append(l->root, meta);
	}
	move_meta_keys(test, meta);
	if (older && older->type == NODE_TABLE)
		move_meta_keys(older, meta);
}

static void unlink_child(struct node *parent, const struct node *child)
{
	struct node *prev = NULL;

	for (struct node *x = parent->first; x; prev = x, x = x->next)
		if (x == child) {
			node_unlink(parent, prev, x);
			return;
		}
}

static void merge_maps(struct loader *l, struct node *to, struct node *from)
{
	for (struct node *x = from->first, *next; x; x = next) {
		const struct node *same = node_get(to, x->key);

		next = x->next;
		if (same)
			check_report(&l->c, SEV_ERROR, "config.conflict", x->key_pos, x,
			        "service '%s' is described here and at line %u", x->key,
			        same->key_pos.line)
			        ->other = same->key_pos;
		else
			adopt(to, x);
	}
}

static struct node *add_string(struct loader *l, struct node *table, const char *key, const char *s)
{
	struct node *n = node_make(&l->c, NODE_STRING, key, table);

	n->s = n->text = s;
	n->len = strlen(s);
	node_append(table, n);
	return n;
}

/* [scenario.NAME] tables as the list that they mean. */
static void as_list(struct loader *l, struct node *n)
{
	if (n->type != NODE_TABLE)
		return;
	for (struct node *x = n->first; x; x = x->next) {
		if (x->type == NODE_TABLE && !present(x, "name"))
			add_string(l, x, "name", x->key)->pos = x->key_pos;
		x->key = NULL;
		x->key_len = 0;
	}
	n->type = NODE_ARRAY;
}

/* Singular and plural of a table of the file are the same table. */
static void merge_plural(struct loader *l, const char *one, const char *other)
{
	struct node *a = node_get(l->root, one), *b = node_get(l->root, other);

	if (!a || !b)
		return;
	if (strcmp(one, "service") == 0) {
		if (a->type != NODE_TABLE || b->type != NODE_TABLE)
			return;
		merge_maps(l, a, b);
	} else {
		if (strcmp(one, "scenario") == 0) {
			as_list(l, a);
			as_list(l, b);
		}
		if (a->type != NODE_ARRAY || b->type != NODE_ARRAY)
			return;
		for (struct node *x = b->first, *next; x; x = next) {
			next = x->next;
			node_append(a, x);
		}
	}
	unlink_child(l->root, b);
}

/* ---- what is missing or too much ---- */

static const char *const command_keys[] = { "run", "command", "script", NULL };

static void one_command(struct loader *l, const struct node *table)
{
	const struct node *found = NULL;

	for (const struct node *x = table->first; x; x = x->next) {
		bool is_command = false;

		for (size_t i = 0; command_keys[i]; i++)
			is_command |= strcmp(x->key, command_keys[i]) == 0;
		if (!is_command || x->type == NODE_NULL)
			continue;
		if (found) {
			check_report(&l->c, SEV_ERROR, "config.conflict", x->key_pos, x,
			        "give only one of run, command, script ('%s' is at line %u)",
			        found->key, found->key_pos.line)
			        ->other = found->key_pos;
			return;
		}
		found = x;
	}
}

static void missing(struct loader *l, const struct node *at, const char *text)
{
	check_report(&l->c, SEV_ERROR, "config.missing_key", at->pos, at, "%s", text);
}

/* The name as messages show it before it is checked. */
static const char *name_of(struct loader *l, const struct node *n, const char *dflt, size_t index)
{
	const struct node *name = node_get(n, "name");

	if (name && name->type == NODE_STRING)
		return name->s;
	return arena_printf(l->c.a, "%s %zu", dflt, index);
}

static void step_shapes(struct loader *l, const struct node *list)
{
	static const char *const work[] = { "run", "command", "script", "chaos", NULL };
	size_t index = 0;

	if (!list || list->type != NODE_ARRAY)
		return;
	if (list->n_children > MAX_STEPS)
		check_error(&l->c, "config.range", list, "%u steps, the limit is %d",
		        list->n_children, MAX_STEPS);
	for (const struct node *x = list->first; x; x = x->next) {
		index++;
		if (x->type != NODE_TABLE)
			continue;
		one_command(l, x);
		if (!has_any(x, TABLE_STEP, work))
			missing(l, x,
			        arena_printf(l->c.a, "step '%s' needs one of run, command, script",
			                name_of(l, x, "step", index)));
	}
}

/* An empty list of steps is no work. */
static bool has_work(const struct node *scenario)
{
	static const char *const work[] = { "run", "command", "script", "service", NULL };
	static const char *const lists[] = { "steps", "step" };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const char *const key[] = { lists[i], NULL };
		const struct node *list = node_get(scenario, lists[i]);
		bool is_empty = list && list->type == NODE_ARRAY && !list->n_children;

		if (!is_empty && has_any(scenario, TABLE_SCENARIO, key))
			return true;
	}
	return has_any(scenario, TABLE_SCENARIO, work);
}

static void scenario_shape(struct loader *l, struct node *x, bool named, size_t index)
{
	static const char *const lists[] = { "steps", "step", "setup", "teardown" };

	if (!named && !present(x, "name")) {
		if (!misspelt(x, TABLE_SCENARIO, "name"))
			missing(l, x, arena_printf(l->c.a, "scenario %zu needs 'name'", index));
		add_string(l, x, "name", arena_printf(l->c.a, "scenario %zu", index));
	}
	if (!has_work(x))
		missing(l, x,
		        arena_printf(l->c.a, "scenario '%s' has no run, steps or service",
		                named ? x->key : name_of(l, x, "scenario", index)));
	one_command(l, x);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		step_shapes(l, node_get(x, lists[i]));
}

static void scenario_shapes(struct loader *l, const struct node *list)
{
	size_t index = 0;

	if (!list || (list->type != NODE_ARRAY && list->type != NODE_TABLE))
		return;
	if (list->n_children > MAX_SCENARIOS)
		check_error(&l->c, "config.range", list, "%u scenarios, the limit is %d",
		        list->n_children, MAX_SCENARIOS);
	for (struct node *x = list->first; x; x = x->next) {
		index++;
		if (x->type == NODE_TABLE)
			scenario_shape(l, x, list->type == NODE_TABLE, index);
	}
}

static void service_shapes(struct loader *l, const struct node *map)
{
	if (!map || map->type != NODE_TABLE)
		return;
	for (const struct node *x = map->first; x; x = x->next)
		step_shapes(l, node_get(x, "setup"));
}

static const struct node *either(const struct loader *l, const char *one, const char *other)
{
	const struct node *n = node_get(l->root, one);

	return n ? n : node_get(l->root, other);
}

static bool is_list(const struct node *n)
{
	return n && (n->type == NODE_ARRAY || n->type == NODE_TABLE);
}

static void root_shape(struct loader *l)
{
	static const char *const tables[] = { "steps", "scenario", "scenarios", NULL };
	const struct node *meta = node_get(l->root, "meta");
	const struct node *steps = either(l, "steps", "step");
	const struct node *scenarios = either(l, "scenario", "scenarios");
	bool empty = !(steps && (!is_list(steps) || steps->n_children)) &&
	             !(scenarios && (!is_list(scenarios) || scenarios->n_children));

	if (!meta || meta->type == NODE_NULL) {
		if (!misspelt(l->root, TABLE_ROOT, "meta"))
			missing(l, l->root, "[meta] needs 'name'");
	} else if (meta->type == NODE_TABLE && !present(meta, "name") &&
	           !misspelt(meta, TABLE_META, "name")) {
		missing(l, meta, "[meta] needs 'name'");
	}
	if (empty && (steps || scenarios || !has_any(l->root, TABLE_ROOT, tables)))
		missing(l, l->root, "no steps and no [[scenario]]: nothing to run");
	step_shapes(l, steps);
	scenario_shapes(l, scenarios);
	service_shapes(l, node_get(l->root, "service"));
	service_shapes(l, node_get(l->root, "services"));
	step_shapes(l, node_get(node_get(l->root, "prepare"), "steps"));
}

/* ---- */

/* `strict` weighs the findings of the check, so it is read before. */
static bool says_strict(const struct loader *l)
{
	const struct node *n = node_get(node_get(l->root, "meta"), "strict");

	return n && n->type == NODE_BOOL && n->b;
}

static struct node *non_empty(const struct loader *l, const char *key)
{
	struct node *n = node_get(l->root, key);

	return n && n->n_children ? n : NULL;
}

void load_tree(struct loader *l)
{
	merge_meta(l);
	merge_plural(l, "service", "services");
	merge_plural(l, "scenario", "scenarios");
	merge_plural(l, "steps", "step");
	root_shape(l);
	l->c.strict |= says_strict(l);
	check_table(&l->c, l->root, TABLE_ROOT);
	l->meta = node_get(l->root, "meta");
	if (!l->meta)
		l->meta = node_make(&l->c, NODE_TABLE, "meta", l->root);
	l->steps = non_empty(l, "steps");
	l->scenarios = non_empty(l, "scenario");

	const struct node *version = node_get(l->meta, "version");

	if (version && version->s[strspn(version->s, " \t\r\n")] == '\0')
		check_error(&l->c, "config.empty", version, "'version' must not be blank");
}

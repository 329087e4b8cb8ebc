/* Variables: what the client may hand in, and what a process sees. */
#include <string.h>

#include "common/glob.h"
#include "daemon/config/load.h"

/* Never passed by a glob: only by their full name (config.md 5.3). */
static const char *const never_by_glob[] = { "*_TOKEN", "*_SECRET", "*_PASSWORD", "*_KEY", "AWS_*",
	"SSH_*" };

const char *client_env_get(const struct client_env *env, const char *name)
{
	for (size_t i = 0; env && i < env->n; i++)
		if (strcmp(env->v[i].name, name) == 0)
			return env->v[i].value;
	return NULL;
}

static void ask_for(struct loader *l, const char *name)
{
	if (l->need && !l->env->asked && !str_list_has(l->need, name))
		str_list_add(l->need_arena, l->need, arena_strdup(l->need_arena, name));
}

const char *load_variable(struct loader *l, const char *name)
{
	const char *value = client_env_get(l->env, name);

	if (!value)
		ask_for(l, name);
	return value;
}

void load_env_pass(struct loader *l)
{
	const struct node *own = node_get(l->meta, "env_pass");

	l->env_pass = own ? node_list(l->c.a, own) : l->s->env_pass;
	for (size_t i = 0; i < l->env_pass.n; i++)
		if (glob_is_pattern(l->env_pass.v[i]) || !client_env_get(l->env, l->env_pass.v[i]))
			ask_for(l, l->env_pass.v[i]);
}

bool load_env_passes(const struct loader *l, const char *name)
{
	const struct str_list *pass = &l->env_pass;
	bool by_glob = false;

	for (size_t i = 0; i < pass->n; i++) {
		if (strcmp(pass->v[i], name) == 0)
			return true;
		by_glob = by_glob || glob_match(pass->v[i], name, false);
	}
	for (size_t i = 0; by_glob && i < ARRAY_LEN(never_by_glob); i++)
		by_glob = !glob_match(never_by_glob[i], name, false);
	return by_glob;
}

struct env_list {
	struct arena *a;
	struct env_var *v;
	size_t n, cap;
};

static void env_set(struct env_list *e, const char *name, const char *value)
{
	for (size_t i = 0; i < e->n; i++)
		if (strcmp(e->v[i].name, name) == 0) {
			e->v[i].value = value;
			return;
		}
	if (e->n == e->cap) {
		struct env_var *old = e->v;

		e->cap = e->cap ? e->cap * 2 : 16;
		e->v = arena_array(e->a, e->cap, sizeof(*e->v));
		if (e->n)
			memcpy(e->v, old, e->n * sizeof(*old));
	}
	e->v[e->n++] = (struct env_var){ name, value };
}

static void env_unset(struct env_list *e, const char *name)
{
	for (size_t i = 0; i < e->n; i++)
		if (strcmp(e->v[i].name, name) == 0) {
			e->v[i] = e->v[--e->n];
			return;
		}
}

static void add_base(const struct loader *l, struct env_list *e, const struct env_names *names)
{
	env_set(e, "HOME", "/tmp/home");
	env_set(e, "TMPDIR", "/tmp");
	env_set(e, "LANG", "C.UTF-8");
	env_set(e, "TZ", "UTC");
	env_set(e, "CLNRM", "1");
	env_set(e, "CLNRM_TEST", names->test);
	env_set(e, "CLNRM_SCENARIO", names->scenario);
	env_set(e, "CLNRM_STEP", names->step);
	if (l->seed)
		env_set(e, "CLNRM_SEED", l->seed);
	if (l->frozen) {
		env_set(e, "CLNRM_FREEZE_CLOCK", l->frozen);
		env_set(e, "SOURCE_DATE_EPOCH", l->frozen_s);
	}
}

/* "NAME" without a value is the client's, if env_pass lets it through. */
static void copy_variable(struct loader *l, struct env_list *e, const struct node *x)
{
	const char *value;

	if (!load_env_passes(l, x->key)) {
		if (loader_first_time(l, "config.policy_denied", x->pos))
			check_error(&l->c, "config.policy_denied", x,
			        "variable '%s' is not in env_pass", x->key);
		return;
	}
	value = load_variable(l, x->key);
	if (value)
		env_set(e, x->key, arena_strdup(l->c.a, value));
}

static void add_table(struct loader *l, struct env_list *e, const struct node *table)
{
	const struct node *env = node_get(table, "env");

	for (const struct node *x = env ? env->first : NULL; x; x = x->next) {
		if (x->type == NODE_NULL)
			copy_variable(l, e, x);
		else
			env_set(e, arena_strdup(l->c.a, x->key), arena_strdup(l->c.a, x->s));
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct env_var *)a)->name, ((const struct env_var *)b)->name);
}

void load_env(struct loader *l, const struct scope *scope, const struct env_names *names,
        struct env_var **out, size_t *n)
{
	struct env_list e = { .a = l->file->arena };

	for (size_t i = 0; i < l->env->n; i++)
		if (l->env_pass.n && load_env_passes(l, l->env->v[i].name))
			env_set(&e, arena_strdup(e.a, l->env->v[i].name),
			        arena_strdup(e.a, l->env->v[i].value));
	add_base(l, &e, names);
	for (size_t i = scope->n; i-- > 0;)
		add_table(l, &e, scope->v[i]);
	for (size_t i = 0; i < scope->n; i++) {
		const struct node *unset = node_get(scope->v[i], "unset");

		for (const struct node *x = unset ? unset->first : NULL; x; x = x->next)
			env_unset(&e, x->s);
	}
	if (e.n)
		qsort(e.v, e.n, sizeof(*e.v), by_name);
	*out = e.v;
	*n = e.n;
}

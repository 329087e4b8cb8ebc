/* CLEANROOM_<TABLE>_<KEY>: one key of the project file each (config.md 5.4). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/suggest.h"
#include "daemon/config/settings_priv.h"

#define PREFIX "CLEANROOM_"
#define VAR_MAX 96 /* longer than any of ours */

static void var_name(const char *table, const char *key, char out[VAR_MAX])
{
	snprintf(out, VAR_MAX, PREFIX "%s%s%s", table, *table ? "_" : "", key);
	for (char *p = out; *p; p++)
		*p = *p == '.' ? '_' : (char)toupper((unsigned char)*p);
}

/* Variables hold one value: keys that are tables have none. */
static bool has_variable(const struct setting *x)
{
	return x->option->type != V_STR_MAP && x->option->type != V_FREE_TABLE;
}

/* Calls for every name of the key until fn is done. */
typedef bool name_fn(void *arg, const char *name);

static bool each_name(const struct setting *x, name_fn *fn, void *arg)
{
	const char *also = x->option->also ? x->option->also : "";
	char name[VAR_MAX], word[64];

	var_name(x->table, x->option->name, name);
	if (fn(arg, name))
		return true;
	/* Two keys are known by a name without their table as well. */
	if (strcmp(x->key, "security.isolation") == 0 || strcmp(x->key, "containers.engine") == 0) {
		var_name("", x->option->name, name);
		if (fn(arg, name))
			return true;
	}
	while (*also) {
		size_t n = strcspn(also, " ");

		snprintf(word, sizeof(word), "%.*s", (int)n, also);
		var_name(x->table, word, name);
		if (fn(arg, name))
			return true;
		also += n + strspn(also + n, " ");
	}
	return false;
}

static bool is_name(void *arg, const char *name)
{
	return strcmp(arg, name) == 0;
}

static struct setting *by_variable(const struct setting_list *l, const char *name)
{
	AUTO_STR wanted = xstrdup(name);

	for (size_t i = 0; i < l->n; i++)
		if (has_variable(&l->v[i]) && each_name(&l->v[i], is_name, wanted))
			return &l->v[i];
	return NULL;
}

struct nearest {
	const char *name;
	char best[VAR_MAX];
	unsigned distance;
};

static bool is_nearer(void *arg, const char *name)
{
	struct nearest *n = arg;
	unsigned d = suggest_distance(n->name, name, 2);

	if (d < n->distance) {
		n->distance = d;
		snprintf(n->best, sizeof(n->best), "%s", name);
	}
	return false;
}

static void unknown(const struct setting_list *l, const char *name)
{
	struct nearest near = { .name = name, .distance = 3 };
	struct diags *d = &l->s->diags;
	struct diag *x = diags_add(d, SEV_WARNING, "env.unknown", NULL, (struct pos){ 0 },
	        "variable '%.80s' names no setting", name);

	for (size_t i = 0; i < l->n; i++)
		if (has_variable(&l->v[i]))
			each_name(&l->v[i], is_nearer, &near);
	if (near.distance < 3)
		diag_help(d, x, "did you mean '%s'?", near.best);
}

static const char *expected(struct arena *a, const struct option *o, const struct diags *why)
{
	switch (o->type) {
	case V_BOOL:
		return "true or false";
	case V_INT:
		return arena_printf(
		        a, "an integer from %lld to %lld", (long long)o->min, (long long)o->max);
	case V_FLOAT:
		return arena_printf(
		        a, "a number from %lld to %lld", (long long)o->min, (long long)o->max);
	case V_DUR:
		return "a duration from 1ms to 7d (examples: 500ms, 30s, 1m30s)";
	case V_SIZE:
		return "a size (examples: 64m, 1.5GiB)";
	case V_NAME:
		return "1 to 128 bytes that are not blank, without control characters";
	default:
		return why->n && why->v[0].expected ? why->v[0].expected : "a string";
	}
}

static void bad_value(const struct setting_list *l, const struct setting *x,
        const struct env_var *var, const struct diags *why)
{
	bool hidden = config_is_secret_name(x->option->name);

	diags_add(&l->s->diags, SEV_ERROR, "env.value", NULL, (struct pos){ 0 },
	        "%s='%.80s': expected %s", var->name, hidden ? "***" : var->value,
	        expected(l->s->arena, x->option, why));
}

static void apply(struct setting_list *l, struct setting *x, const struct env_var *var)
{
	__attribute__((cleanup(diags_release))) struct diags d;
	struct arena *a = l->s->arena;
	const char *name = arena_strdup(a, var->name);
	struct check c = {
		.file = name, .a = a, .d = &d, .project = true, .user_file = true, .for_run = true
	};
	struct node *leaf, *root = setting_tree(a, x->table, x->option, var->value, &leaf);

	diags_init(&d, a);
	check_table(&c, root, TABLE_PROJECT_ROOT);
	if (d.errors) {
		bad_value(l, x, var, &d);
		return;
	}
	diags_copy(&l->s->diags, &d);
	setting_put(l, x, leaf, LAYER_ENV, name, NULL);
}

void settings_env(struct setting_list *l, const struct client_env *env)
{
	for (size_t i = 0; env && i < env->n; i++) {
		const struct env_var *var = &env->v[i];
		struct setting *x;

		if (strncmp(var->name, PREFIX, strlen(PREFIX)) != 0 || !*var->value)
			continue;
		x = by_variable(l, var->name);
		if (x)
			apply(l, x, var);
		else
			unknown(l, var->name);
	}
}

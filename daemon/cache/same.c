#include <string.h>

#include "daemon/cache/cache_priv.h"

static bool str_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool list_equal(const struct str_list *a, const struct str_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

bool flags_equal(const struct config_flags *a, const struct config_flags *b)
{
	return a->strict == b->strict && a->allow_unknown == b->allow_unknown &&
	       a->no_config == b->no_config && a->reports_off == b->reports_off &&
	       a->lint == b->lint && a->run_timeout_ns == b->run_timeout_ns &&
	       a->scenario_timeout_ns == b->scenario_timeout_ns &&
	       a->step_timeout_ns == b->step_timeout_ns && a->hermetic_env == b->hermetic_env &&
	       str_equal(a->seed, b->seed) && str_equal(a->freeze_clock, b->freeze_clock) &&
	       list_equal(&a->map, &b->map) && str_equal(a->config_file, b->config_file) &&
	       str_equal(a->findings, b->findings) && str_equal(a->isolation, b->isolation) &&
	       list_equal(&a->image_map, &b->image_map);
}

/* The value of a name in alternating names and values; the last one counts. */
static const char *map_value(const struct str_list *map, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i + 1 < map->n; i += 2)
		if (strcmp(map->v[i], name) == 0)
			value = map->v[i + 1];
	return value;
}

/* A variable of a that b does not have so. */
static const char *other_name(const struct str_list *a, const struct str_list *b)
{
	for (size_t i = 0; i + 1 < a->n; i += 2)
		if (!str_equal(map_value(a, a->v[i]), map_value(b, a->v[i])))
			return a->v[i];
	return NULL;
}

bool flags_hold(
        const struct config_flags *was, const struct config_flags *now, struct depends_why *why)
{
	const char *name = other_name(&now->map, &was->map);

	if (!name)
		name = other_name(&was->map, &now->map);
	if (name || !list_equal(&was->map, &now->map))
		return depends_tell(why, CAUSE_VAR, name, "changed");
	if (!str_equal(was->seed, now->seed))
		return depends_tell(why, CAUSE_SEED, NULL, "changed");
	if (!str_equal(was->freeze_clock, now->freeze_clock))
		return depends_tell(why, CAUSE_CLOCK, NULL, "changed");
	if (!flags_equal(was, now))
		return depends_tell(why, CAUSE_POLICY, "flags", "changed");
	return true;
}

struct client_env env_copy(const struct client_env *env, struct arena *a)
{
	struct env_var *v = arena_array(a, env->n + 1, sizeof(*v));

	for (size_t i = 0; i < env->n; i++)
		v[i] = (struct env_var){
			.name = arena_strdup(a, env->v[i].name),
			.value = arena_strdup(a, env->v[i].value),
		};
	return (struct client_env){ .v = v, .n = env->n, .asked = env->asked };
}

bool env_covers(const struct client_env *all, const struct client_env *part)
{
	for (size_t i = 0; i < part->n; i++) {
		const struct env_var *x = &part->v[i];

		/* A client sends its variables in one order: the usual case needs no search. */
		if (i < all->n && strcmp(all->v[i].name, x->name) == 0
		                ? strcmp(all->v[i].value, x->value) != 0
		                : !str_equal(client_env_get(all, x->name), x->value))
			return false;
	}
	return true;
}

static bool rows_equal(const struct settings *a, const struct settings *b)
{
	if (a->n_rows != b->n_rows)
		return false;
	for (size_t i = 0; i < a->n_rows; i++)
		if (!str_equal(a->rows[i].value, b->rows[i].value) ||
		        !str_equal(a->rows[i].source, b->rows[i].source))
			return false;
	return true;
}

static bool findings_equal(const struct diags *a, const struct diags *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].severity != b->v[i].severity || a->v[i].pos.line != b->v[i].pos.line ||
		        !str_equal(a->v[i].message, b->v[i].message))
			return false;
	return true;
}

/* Rows hold every value that is set, but mask some of the image map. */
/* They are no rows. The line is part of what is said of one that is over. */
static bool quarantine_equal(const struct settings *a, const struct settings *b)
{
	if (a->n_quarantine != b->n_quarantine)
		return false;
	for (size_t i = 0; i < a->n_quarantine; i++) {
		const struct quarantine *x = &a->quarantine[i], *y = &b->quarantine[i];

		if (!str_equal(x->test, y->test) || !str_equal(x->owner, y->owner) ||
		        !str_equal(x->until, y->until) || !str_equal(x->reason, y->reason) ||
		        x->line != y->line)
			return false;
	}
	return true;
}

bool settings_equal(const struct settings *a, const struct settings *b)
{
	return rows_equal(a, b) && findings_equal(&a->diags, &b->diags) &&
	       list_equal(&a->image_map, &b->image_map) && str_equal(a->root, b->root) &&
	       str_equal(a->project_file, b->project_file) &&
	       str_equal(a->user_file, b->user_file) && quarantine_equal(a, b);
}

uint64_t content_hash(const char *p, size_t n)
{
	uint64_t h = n, eight;

	for (; n >= sizeof(eight); p += sizeof(eight), n -= sizeof(eight)) {
		memcpy(&eight, p, sizeof(eight));
		h = (h ^ eight) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	eight = 0;
	memcpy(&eight, p, n);
	h = (h ^ eight) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

#include <string.h>
#include <sys/random.h>

#include "common/num.h"
#include "daemon/run/run_priv.h"

struct str_list list_copy(const struct str_list *from, struct arena *a)
{
	struct str_list to = { .v = arena_array(a, from->n + 1, sizeof(char *)), .n = from->n };

	for (size_t i = 0; i < from->n; i++)
		to.v[i] = arena_strdup(a, from->v[i]);
	return to;
}

void list_push(struct str_list *l, const char *s, struct arena *a)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return;

	const char **v = arena_array(a, l->n + 2, sizeof(char *));
	if (l->n)
		memcpy(v, l->v, l->n * sizeof(char *));
	v[l->n++] = arena_strdup(a, s);
	l->v = v;
}

static struct env_var *env_copy(const struct env_var *from, size_t n, struct arena *a)
{
	struct env_var *to = arena_array(a, n + 1, sizeof(*to));

	for (size_t i = 0; i < n; i++) {
		to[i].name = arena_strdup(a, from[i].name);
		to[i].value = arena_strdup(a, from[i].value);
	}
	return to;
}

void options_copy(struct run_options *to, const struct run_options *from, struct arena *a)
{
	*to = *from;
	to->settings = NULL; /* the caller's: good for the moment, not for a copy */
	to->paths = list_copy(&from->paths, a);
	to->cwd = arena_strdup(a, from->cwd);
	to->env.v = env_copy(from->env.v, from->env.n, a);
	to->flags = config_flags_copy(&from->flags, a);
	to->filter = list_copy(&from->filter, a);
	to->changed_ref = arena_strdup(a, from->changed_ref);
	to->changed_files = list_copy(&from->changed_files, a);
	to->require_receipt = arena_strdup(a, from->require_receipt);
	to->exclude = list_copy(&from->exclude, a);
	to->tag = list_copy(&from->tag, a);
	to->left_out = list_copy(&from->left_out, a);
	to->given = env_copy(from->given, from->n_given, a);
	to->labels = env_copy(from->labels, from->n_labels, a);
	to->stdin_name = arena_strdup(a, from->stdin_name);
	to->stdin_text =
	        from->stdin_text ? arena_memdup(a, from->stdin_text, from->stdin_len) : NULL;
}

static uint64_t any_seed(void)
{
	uint32_t seed = 0;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint32_t)clock_wall_ns();
	return seed;
}

void options_settle(struct run_options *o)
{
	uint64_t seed;
	struct err e;

	if (!o->shuffle || o->shuffle_seeded)
		return;
	o->shuffle_seeded = true;
	o->shuffle_seed = o->flags.seed && str_to_u64(o->flags.seed, 0, UINT64_MAX, &seed, &e) == 0
	                          ? seed
	                          : any_seed();
}

/* Flags that outlive their request. */
#include "daemon/config/config.h"

static struct str_list list_copy(const struct str_list *from, struct arena *a)
{
	struct str_list l = { .v = arena_array(a, from->n + 1, sizeof(*l.v)), .n = from->n };

	for (size_t i = 0; i < from->n; i++)
		l.v[i] = arena_strdup(a, from->v[i]);
	return l;
}

struct config_flags config_flags_copy(const struct config_flags *f, struct arena *a)
{
	struct config_flags c = *f;

	c.config_file = arena_strdup(a, f->config_file);
	c.isolation = arena_strdup(a, f->isolation);
	c.findings = arena_strdup(a, f->findings);
	c.image_map = list_copy(&f->image_map, a);
	c.images = list_copy(&f->images, a);
	c.map = list_copy(&f->map, a);
	c.seed = arena_strdup(a, f->seed);
	c.freeze_clock = arena_strdup(a, f->freeze_clock);
	c.stop = NULL;
	return c;
}

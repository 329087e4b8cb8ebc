/* What the text of a rendered file came from, piece by piece. A key holds what came out of it;
 * `why` names these where that has changed, because nobody edits what came out. */
#include <string.h>

#include "common/clock.h"
#include "daemon/config/load.h"

static void add(struct test_file *f, enum cause kind, const char *name, const char *value)
{
	f->causes[f->n_causes++] = (struct key_part){ kind, name, value };
}

/* Values may be secrets. */
static const char *digest_text(struct arena *a, const char *s)
{
	char hex[DIGEST_HEX];
	struct digest d;

	digest_of(s, strlen(s), &d);
	digest_hex(&d, hex);
	return arena_strdup(a, hex);
}

/* A file without a tag may place others that have some. */
static void add_files(struct test_file *f, bool plain)
{
	const struct made_from *m = &f->made_from;

	add(f, plain ? CAUSE_DEFINITION : CAUSE_TEMPLATE, plain ? "" : f->real,
	        arena_strdup(f->arena, f->sha256));
	for (size_t i = 0; i < m->n_files; i++)
		if (m->files[i].real)
			add(f, CAUSE_INCLUDE, m->files[i].name, m->files[i].sha256);
	for (size_t i = 0; i < m->absent.n; i++)
		add(f, CAUSE_INCLUDE, m->absent.v[i], "absent");
}

static void add_variables(struct loader *l, struct test_file *f)
{
	const struct made_from *m = &f->made_from;
	const struct str_list *map = &l->flags->map;

	for (size_t i = 0; i + 1 < map->n; i += 2)
		add(f, CAUSE_VAR, arena_strdup(f->arena, map->v[i]),
		        digest_text(f->arena, map->v[i + 1]));
	for (size_t i = 0; i < m->n_variables; i++)
		add(f, CAUSE_ENV, m->variables[i].name,
		        m->variables[i].value ? digest_text(f->arena, m->variables[i].value)
		                              : "unset");
	if (l->flags->hermetic_env || l->s->hermetic_env)
		add(f, CAUSE_POLICY, "hermetic_env", "true");
}

/* A seed and a frozen clock are in every key (definition.c). Those of the machine are others each
 * time: whatever they change, they are why. */
static void add_moment(struct test_file *f)
{
	char now[RFC3339_LEN];

	clock_rfc3339(clock_wall_ns(), now);
	if (f->made_from.saw_clock)
		add(f, CAUSE_CLOCK, "now", arena_strdup(f->arena, now));
	if (f->made_from.saw_chance)
		add(f, CAUSE_SEED, "none", arena_printf(f->arena, "drawn %s", now));
}

void load_causes(struct loader *l, bool plain)
{
	struct test_file *f = l->file;
	const struct made_from *m = &f->made_from;

	f->causes = arena_array(f->arena,
	        m->n_files + m->absent.n + l->flags->map.n + m->n_variables + 4,
	        sizeof(*f->causes));
	add_files(f, plain);
	add_variables(l, f);
	add_moment(f);
}

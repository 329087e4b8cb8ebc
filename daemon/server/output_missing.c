/* What of a name that has no output does not exist. */
#include <string.h>

#include "common/mem.h"
#include "daemon/server/missing.h"
#include "daemon/server/output.h"

#define NAMES_MAX 10000 /* that are compared with what was asked for */

struct names {
	struct arena *a;
	const char **v;
	size_t n;
};

static void add_name(struct names *to, const char *prefix, const char *name)
{
	if (to->n == NAMES_MAX)
		return;
	to->v[to->n++] =
	        prefix ? arena_printf(to->a, "%s/%s", prefix, name) : arena_strdup(to->a, name);
}

/* "NAME" or "NAME/..." */
static bool begins_with(const char *path, const char *name)
{
	size_t n = strlen(name);

	return strncmp(path, name, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* Names may hold '/', so the longest that fits is meant. */
static const struct test_outcome *find_test(const struct run_result *r, const char *path)
{
	const struct test_outcome *best = NULL;

	for (size_t t = 0; t < r->n_tests; t++)
		if (begins_with(path, r->tests[t].name) &&
		        (!best || strlen(r->tests[t].name) > strlen(best->name)))
			best = &r->tests[t];
	return best;
}

static const struct scenario_result *find_scenario(const struct test_outcome *t, const char *path)
{
	const struct scenario_result *best = NULL;

	for (size_t i = 0; i < t->n_scenarios; i++) {
		const struct scenario_result *sc = t->scenarios[i];

		if (sc && begins_with(path, sc->id) && (!best || strlen(sc->id) > strlen(best->id)))
			best = sc;
	}
	return best;
}

/* "SCENARIO" for "TEST/SCENARIO". */
static const char *without_test(const struct run_result *r, const char *name)
{
	for (size_t t = 0; t < r->n_tests; t++) {
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++) {
			const struct scenario_result *sc = r->tests[t].scenarios[i];

			if (sc && strcmp(sc->name, name) == 0)
				return sc->id;
		}
	}
	return NULL;
}

static void no_test(const struct run_result *r, struct names *names, struct output_missing *out)
{
	out->kind = "test";
	out->text = arena_printf(names->a, "run %s has no test '%s'", r->id, out->name);
	for (size_t t = 0; t < r->n_tests; t++)
		add_name(names, NULL, r->tests[t].name);
	out->first = arena_strdup(names->a, without_test(r, out->name));
}

/* It is there, and was skipped, or could not begin. */
static void nothing_ran(const struct run_result *r, struct names *names, struct output_missing *out)
{
	out->kind = "step";
	out->text = arena_printf(names->a, "'%s' of run %s has run no step", out->name, r->id);
}

static void no_scenario(const struct run_result *r, const struct test_outcome *t,
        struct names *names, struct output_missing *out)
{
	out->kind = "scenario";
	out->text = arena_printf(names->a, "test '%s' of run %s has no scenario '%s'", t->name,
	        r->id, out->name + strlen(t->name) + 1);
	for (size_t i = 0; i < t->n_scenarios; i++)
		if (t->scenarios[i])
			add_name(names, NULL, t->scenarios[i]->id);
}

static void no_step(const struct run_result *r, const struct scenario_result *sc,
        struct names *names, struct output_missing *out)
{
	out->kind = "step";
	out->text = arena_printf(names->a, "scenario '%s' of run %s has no step '%s'", sc->id,
	        r->id, out->name + strlen(sc->id) + 1);
	for (size_t i = 0; i < sc->n_steps; i++)
		add_name(names, sc->id, sc->steps[i].name);
}

/* The parts of the query as one path. */
static const char *asked(const struct output_query *q, struct arena *a)
{
	if (q->path)
		return arena_strdup(a, q->path);
	return q->step ? arena_printf(a, "%s/%s", q->scenario, q->step)
	               : arena_strdup(a, q->scenario);
}

void output_missing(const struct output_query *q, const struct run_result *r, struct arena *a,
        struct output_missing *out)
{
	struct names names = { .a = a, .v = arena_array(a, NAMES_MAX + 1, sizeof(*names.v)) };
	const struct test_outcome *t;
	const struct scenario_result *sc;

	*out = (struct output_missing){ .name = asked(q, a), .known = names.v };
	t = find_test(r, out->name);
	sc = t ? find_scenario(t, out->name) : NULL;
	if (sc && strlen(out->name) > strlen(sc->id))
		no_step(r, sc, &names, out);
	else if (sc || (t && strlen(out->name) == strlen(t->name)))
		nothing_ran(r, &names, out);
	else if (t)
		no_scenario(r, t, &names, out);
	else
		no_test(r, &names, out);
	if (!out->first && names.n)
		out->first = names.v[0];
}

void output_refuse(struct request *r, const struct output_missing *m)
{
	AUTO_STR help = m->first ? xasprintf("there is '%s'; 'clnrm runs show' names all", m->first)
	                         : xstrdup("'clnrm runs show' says what became of it");

	answer_missing(
	        r, &(struct missing){ "not-found", m->kind, m->name, m->known, m->text, help });
}

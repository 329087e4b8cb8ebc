#include "daemon/model/flakes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/map.h"
#include "common/strbuf.h"

#define Z95 1.959963984540054 /* of the normal distribution */

struct group {
	size_t row;
	unsigned passed, failed;
};

struct flakes {
	struct arena *a;
	struct map *scenarios; /* file and id to row + 1 */
	struct map *groups;    /* scenario and inputs to struct group */
	struct flake *v;
	size_t n, cap;
};

struct flakes *flakes_new(void)
{
	struct flakes *f = xcalloc(1, sizeof(*f));

	f->a = arena_new();
	f->scenarios = map_new();
	f->groups = map_new();
	return f;
}

void flakes_free(struct flakes *f)
{
	if (!f)
		return;
	map_free(f->scenarios, NULL);
	map_free(f->groups, NULL);
	arena_free(f->a);
	free(f->v);
	free(f);
}

static size_t row_of(struct flakes *f, const struct flake_sample *s)
{
	AUTO_STRBUF key = STRBUF_INIT;
	size_t at;

	strbuf_printf(&key, "%s\n%s", s->file, s->id);
	at = (size_t)(uintptr_t)map_get(f->scenarios, key.s);
	if (at)
		return at - 1;
	f->v = xgrow(f->v, &f->cap, f->n + 1, sizeof(*f->v));
	f->v[f->n] = (struct flake){ .file = arena_strdup(f->a, s->file),
		.id = arena_strdup(f->a, s->id),
		.name = arena_strdup(f->a, s->name) };
	map_put(f->scenarios, key.s, (void *)(uintptr_t)(f->n + 1));
	return f->n++;
}

static struct group *group_of(struct flakes *f, size_t row, const char *inputs)
{
	AUTO_STRBUF key = STRBUF_INIT;
	struct group *g;

	strbuf_printf(&key, "%zu %s", row, inputs);
	g = map_get(f->groups, key.s);
	if (g)
		return g;
	g = arena_alloc(f->a, sizeof(*g));
	g->row = row;
	map_put(f->groups, key.s, g);
	return g;
}

/* Attempts before the last one have failed, or there would be no other. */
void flakes_add(struct flakes *f, const struct flake_sample *s)
{
	size_t row = row_of(f, s);
	struct group *g = group_of(f, row, s->inputs);
	unsigned attempts = s->attempts ? s->attempts : 1;
	bool passed = s->verdict == VERDICT_PASS;

	g->passed += passed;
	g->failed += attempts - passed;
	if (s->at_wall_ns >= f->v[row].last_wall_ns) {
		f->v[row].last_wall_ns = s->at_wall_ns;
		f->v[row].last = s->verdict;
	}
}

void flake_interval(unsigned part, unsigned n, double *low, double *high)
{
	double p = n ? (double)part / n : 0, z2 = Z95 * Z95;
	double middle, half;

	if (!n) {
		*low = 0;
		*high = 1;
		return;
	}
	middle = (p + z2 / (2.0 * n)) / (1 + z2 / n);
	half = Z95 * sqrt(p * (1 - p) / n + z2 / (4.0 * n * n)) / (1 + z2 / n);
	*low = part && middle > half ? middle - half : 0;
	*high = part < n && middle + half < 1 ? middle + half : 1;
}

static void count_groups(struct flakes *f)
{
	const char *key;
	size_t at = 0;
	void *x;

	while (map_next(f->groups, &at, &key, &x)) {
		const struct group *g = x;
		struct flake *row = &f->v[g->row];

		row->runs += g->passed ? g->passed + g->failed : 0;
		row->flips += g->passed ? g->failed : 0;
		row->failures += g->passed ? 0 : g->failed;
	}
	map_free(f->groups, NULL);
	f->groups = map_new();
}

/* What is surely flaky stands before what may be so by chance. */
static int by_weight(const void *a, const void *b)
{
	const struct flake *x = a, *y = b;

	if (x->low > y->low || x->low < y->low)
		return x->low < y->low ? 1 : -1;
	if (x->flips != y->flips)
		return x->flips < y->flips ? 1 : -1;
	if (x->runs != y->runs)
		return x->runs < y->runs ? 1 : -1;
	return strcmp(x->id, y->id) ? strcmp(x->id, y->id) : strcmp(x->file, y->file);
}

const struct flake *flakes_rows(struct flakes *f, size_t *n)
{
	count_groups(f);
	for (size_t i = 0; i < f->n; i++) {
		struct flake *x = &f->v[i];

		x->p = x->runs ? (double)x->flips / x->runs : 0;
		flake_interval(x->flips, x->runs, &x->low, &x->high);
	}
	if (f->n)
		qsort(f->v, f->n, sizeof(*f->v), by_weight);
	*n = f->n;
	return f->v;
}

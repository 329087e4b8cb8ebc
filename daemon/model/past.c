#include "daemon/model/past.h"

#include "common/map.h"
#include "common/mem.h"
#include "common/strbuf.h"

struct points {
	struct past_point *v; /* PAST_POINTS of them, made with the first */
	size_t n;
};

struct past {
	struct map *by_name; /* "file\nid" */
	struct points *all;
};

static void add_name(struct strbuf *b, const char *file, const char *id)
{
	strbuf_adds(b, file ? file : "");
	strbuf_addc(b, '\n');
	strbuf_adds(b, id ? id : "");
}

static struct points *points_of(const struct past *p, const char *file, const char *id)
{
	AUTO_STRBUF name = STRBUF_INIT;

	add_name(&name, file, id);
	return map_getn(p->by_name, name.s, name.len);
}

static size_t count_scenarios(const struct run_result *r)
{
	size_t n = 0;

	for (size_t t = 0; t < r->n_tests; t++)
		n += r->tests[t].n_scenarios;
	return n;
}

struct past *past_new(const struct run_result *r)
{
	struct past *p = xcalloc(1, sizeof(*p));
	size_t n = 0;

	p->by_name = map_new();
	p->all = xcalloc(count_scenarios(r) + 1, sizeof(*p->all));
	for (size_t t = 0; t < r->n_tests; t++) {
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++) {
			const struct scenario_result *s = r->tests[t].scenarios[i];
			AUTO_STRBUF name = STRBUF_INIT;

			add_name(&name, s->file, s->id);
			map_put(p->by_name, name.s, &p->all[n++]);
		}
	}
	return p;
}

static void release_points(void *value)
{
	struct points *x = value;

	free(x->v);
}

void past_free(struct past *p)
{
	if (!p)
		return;
	map_free(p->by_name, release_points);
	free(p->all);
	free(p);
}

bool past_add(struct past *p, const char *file, const char *id, const struct past_point *point)
{
	struct points *x = points_of(p, file, id);

	if (!x || x->n == PAST_POINTS)
		return false;
	if (!x->v)
		x->v = xcalloc(PAST_POINTS, sizeof(*x->v));
	x->v[x->n++] = *point;
	return true;
}

const struct past_point *past_of(const struct past *p, const struct scenario_result *s, size_t *n)
{
	const struct points *x = p ? points_of(p, s->file, s->id) : NULL;

	*n = x ? x->n : 0;
	return x ? x->v : NULL;
}

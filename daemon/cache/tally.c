#include "daemon/cache/tally.h"

void tally_hit(struct tally *t)
{
	if (t->m)
		metrics_add(t->m, t->hits, 1);
}

void tally_miss(struct tally *t, int64_t build_ns)
{
	if (!t->m)
		return;
	metrics_add(t->m, t->misses, 1);
	metrics_observe(t->m, t->build, build_ns);
}

void tally_fill(struct tally *t, const struct lru *l)
{
	if (!t->m)
		return;
	metrics_add(t->m, t->evictions, l->evicted - t->told);
	t->told = l->evicted;
	metrics_set(t->m, t->entries, (int64_t)l->n);
	metrics_set(t->m, t->bytes, (int64_t)l->bytes);
}

#include "daemon/cache/lru.h"

#include "common/map.h"
#include "common/mem.h"

void lru_init(struct lru *l, size_t max_entries, size_t max_bytes, void (*drop)(struct lru_link *))
{
	*l = (struct lru){
		.map = map_new(), .max_entries = max_entries, .max_bytes = max_bytes, .drop = drop
	};
	l->ends.next = l->ends.prev = &l->ends;
}

static void unlink_entry(struct lru_link *x)
{
	x->prev->next = x->next;
	x->next->prev = x->prev;
}

static void link_first(struct lru *l, struct lru_link *x)
{
	x->next = l->ends.next;
	x->prev = &l->ends;
	x->next->prev = x;
	l->ends.next = x;
}

void *lru_get(struct lru *l, const char *key)
{
	struct lru_link *x = map_get(l->map, key);

	if (x && l->ends.next != x) {
		unlink_entry(x);
		link_first(l, x);
	}
	return x;
}

void lru_del(struct lru *l, struct lru_link *x)
{
	map_del(l->map, x->key);
	unlink_entry(x);
	l->n--;
	l->bytes -= x->bytes;
	free(x->key);
	l->drop(x);
}

void lru_put(struct lru *l, const char *key, struct lru_link *x, size_t bytes)
{
	x->key = xstrdup(key);
	x->bytes = bytes;
	map_put(l->map, key, x);
	link_first(l, x);
	l->n++;
	l->bytes += bytes;
	while (l->n > l->max_entries || l->bytes > l->max_bytes) {
		lru_del(l, l->ends.prev);
		l->evicted++;
	}
}

struct cache_fill lru_fill(const struct lru *l)
{
	return (struct cache_fill){ l->n, l->max_entries, l->bytes, l->max_bytes };
}

void lru_clear(struct lru *l)
{
	while (l->n)
		lru_del(l, l->ends.prev);
}

void lru_release(struct lru *l)
{
	lru_clear(l);
	map_free(l->map, NULL);
}

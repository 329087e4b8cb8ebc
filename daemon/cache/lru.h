/* daemon/cache/lru.h - a map with a bound: the entry that was used longest ago goes first.
 *
 * Entries embed struct lru_link as their first member. The list owns them; drop() ends one.
 */
#ifndef DAEMON_CACHE_LRU_H
#define DAEMON_CACHE_LRU_H

#include <stddef.h>

struct lru_link {
	struct lru_link *prev, *next;
	char *key;
	size_t bytes;
};

struct lru {
	struct map *map;
	struct lru_link ends; /* ends.next was used last */
	size_t n, bytes;
	size_t max_entries, max_bytes;
	size_t evicted; /* since the start */
	void (*drop)(struct lru_link *x);
};

/* drop is called for each entry that goes, whatever for: it frees what the link is part of. */
void lru_init(struct lru *l, size_t max_entries, size_t max_bytes, void (*drop)(struct lru_link *));
void lru_release(struct lru *l); /* drops all */
/* The entry, which becomes the one used last; NULL when there is none. */
void *lru_get(struct lru *l, const char *key);
/* Takes an entry under a key that is not there. Entries beyond the bounds go, itself included when
 * it alone is too large. */
void lru_put(struct lru *l, const char *key, struct lru_link *x, size_t bytes);
/* Takes an entry out and drops it. */
void lru_del(struct lru *l, struct lru_link *x);
/* How full a cache is. */
struct cache_fill {
	size_t entries, max_entries;
	size_t bytes, max_bytes;
};
struct cache_fill lru_fill(const struct lru *l);
/* Drops all; the bounds stay. */
void lru_clear(struct lru *l);

#endif

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "common/map.h"
#include "common/mem.h"

/* Open addressing with linear probing; a deletion moves later entries back, so there are no
 * tombstones. At most three quarters are full. */
struct entry {
	char *key; /* NULL = free */
	size_t len;
	uint64_t hash;
	void *value;
};

struct map {
	struct entry *v;
	size_t cap; /* a power of two */
	size_t n;
	uint64_t seed; /* keys come from outside: nobody shall choose who collides */
};

#define FIRST_CAP 16

/* One for the process: maps are made for every file and every request. Two threads may both ask
 * the kernel first; either answer serves. */
static uint64_t random_seed(void)
{
	static _Atomic uint64_t kept;
	uint64_t seed = kept;

	if (seed)
		return seed;
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != (ssize_t)sizeof(seed))
		seed = (uint64_t)time(NULL) ^ (uint64_t)(uintptr_t)&seed;
	kept = seed;
	return seed;
}

struct map *map_new(void)
{
	struct map *m = xcalloc(1, sizeof(*m));

	m->cap = FIRST_CAP;
	m->v = xcalloc(m->cap, sizeof(*m->v));
	m->seed = random_seed();
	return m;
}

void map_free(struct map *m, void (*drop)(void *value))
{
	if (!m)
		return;
	for (size_t i = 0; i < m->cap; i++) {
		if (!m->v[i].key)
			continue;
		if (drop)
			drop(m->v[i].value);
		free(m->v[i].key);
	}
	free(m->v);
	free(m);
}

static uint64_t mix(uint64_t h)
{
	h ^= h >> 32;
	h *= 0xE9846AF9B1A615DDull;
	h ^= h >> 32;
	h *= 0xE9846AF9B1A615DDull;
	return h ^ h >> 28;
}

static uint64_t hash_of(const struct map *m, const char *key, size_t len)
{
	uint64_t h = m->seed ^ len;

	while (len >= 8) {
		uint64_t w;

		memcpy(&w, key, 8);
		h = mix(h ^ w);
		key += 8;
		len -= 8;
	}

	uint64_t rest = 0;

	memcpy(&rest, key, len);
	return mix(h ^ rest);
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t find(const struct map *m, const char *key, size_t len, uint64_t hash)
{
	size_t i = hash & (m->cap - 1);

	while (m->v[i].key) {
		const struct entry *x = &m->v[i];

		if (x->hash == hash && x->len == len && memcmp(x->key, key, len) == 0)
			break;
		i = (i + 1) & (m->cap - 1);
	}
	return i;
}

static void grow(struct map *m)
{
	struct entry *old = m->v;
	size_t old_cap = m->cap;

	m->cap *= 2;
	m->v = xcalloc(m->cap, sizeof(*m->v));
	for (size_t i = 0; i < old_cap; i++) {
		if (old[i].key)
			m->v[find(m, old[i].key, old[i].len, old[i].hash)] = old[i];
	}
	free(old);
}

void *map_getn(const struct map *m, const char *key, size_t len)
{
	return m->v[find(m, key, len, hash_of(m, key, len))].value;
}

void *map_get(const struct map *m, const char *key)
{
	return map_getn(m, key, strlen(key));
}

void *map_put(struct map *m, const char *key, void *value)
{
	size_t len = strlen(key);
	uint64_t hash = hash_of(m, key, len);
	size_t i = find(m, key, len, hash);

	assert(value);
	if (m->v[i].key) {
		void *old = m->v[i].value;

		m->v[i].value = value;
		return old;
	}
	if ((m->n + 1) * 4 > m->cap * 3) {
		grow(m);
		i = find(m, key, len, hash);
	}
	m->v[i] = (struct entry){
		.key = xmemdup(key, len + 1), .len = len, .hash = hash, .value = value
	};
	m->n++;
	return NULL;
}

/* Moves entries back over the hole at i, as long as that brings them nearer to their home. */
static void close_hole(struct map *m, size_t i)
{
	size_t mask = m->cap - 1;

	for (size_t j = (i + 1) & mask; m->v[j].key; j = (j + 1) & mask) {
		size_t home = m->v[j].hash & mask;

		if (((j - home) & mask) < ((j - i) & mask))
			continue;
		m->v[i] = m->v[j];
		i = j;
	}
	m->v[i] = (struct entry){ 0 };
}

void *map_del(struct map *m, const char *key)
{
	size_t len = strlen(key);
	size_t i = find(m, key, len, hash_of(m, key, len));
	void *value = m->v[i].value;

	if (!m->v[i].key)
		return NULL;
	free(m->v[i].key);
	m->n--;
	close_hole(m, i);
	return value;
}

size_t map_count(const struct map *m)
{
	return m->n;
}

bool map_next(const struct map *m, size_t *at, const char **key, void **value)
{
	for (; *at < m->cap; ++*at) {
		const struct entry *x = &m->v[*at];

		if (!x->key)
			continue;
		if (key)
			*key = x->key;
		if (value)
			*value = x->value;
		++*at;
		return true;
	}
	return false;
}

/* common/map.h - strings to pointers; keys are copied, values are the caller's. */
#ifndef COMMON_MAP_H
#define COMMON_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"

struct map;

struct map *map_new(void);
/* drop is called for every value, and may be NULL. */
void map_free(struct map *m, void (*drop)(void *value));

/* NULL when there is none. */
void *map_get(const struct map *m, const char *key);
void *map_getn(const struct map *m, const char *key, size_t len);
/* Returns the value that was there before, or NULL. value must not be NULL. */
void *map_put(struct map *m, const char *key, void *value);
/* The value that was there, which is not dropped, or NULL. */
void *map_del(struct map *m, const char *key);
size_t map_count(const struct map *m);

/* Walks in no promised order; *at starts at 0. False at the end. No change while walking. */
bool map_next(const struct map *m, size_t *at, const char **key, void **value);

#endif

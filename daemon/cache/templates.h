/* daemon/cache/templates.h - compiled templates, kept by what they were compiled from.
 *
 * Keyed by name, text and limits, all of them whole: files, what they include, extend and import,
 * and texts within files share one cache, and nothing in it can be stale. Bounded by entries and
 * bytes, least recently used first. Templates with errors are not kept. Thread: any.
 */
#ifndef DAEMON_CACHE_TEMPLATES_H
#define DAEMON_CACHE_TEMPLATES_H

#include "daemon/cache/lru.h"
#include "daemon/config/memo.h"
#include "daemon/core/metrics.h"

struct template_cache;

/* m is borrowed: what is hit, missed and held is counted there. */
struct template_cache *template_cache_new(struct metrics *m, size_t max_entries, size_t max_bytes);
void template_cache_free(struct template_cache *c);
/* For settings; lives as long as the cache. */
const struct memo *template_cache_memo(const struct template_cache *c);
void template_cache_clear(struct template_cache *c);
struct cache_fill template_cache_fill(struct template_cache *c);

#endif

/* daemon/cache/tally.h - what a cache tells the metrics. Thread: as the cache. */
#ifndef DAEMON_CACHE_TALLY_H
#define DAEMON_CACHE_TALLY_H

#include "daemon/cache/lru.h"
#include "daemon/core/metrics.h"

struct tally {
	struct metrics *m; /* NULL: nobody asks */
	enum metric hits, misses, evictions, entries, bytes, build;
	size_t told; /* evictions */
};

#define TALLY(metrics_, cache_)                                                                 \
	{                                                                                       \
		.m = (metrics_), .hits = METRIC_CACHE_HITS_##cache_,                            \
		.misses = METRIC_CACHE_MISSES_##cache_,                                         \
		.evictions = METRIC_CACHE_EVICTIONS_##cache_,                                   \
		.entries = METRIC_CACHE_ENTRIES_##cache_, .bytes = METRIC_CACHE_BYTES_##cache_, \
		.build = METRIC_CACHE_BUILD_##cache_                                            \
	}

void tally_hit(struct tally *t);
void tally_miss(struct tally *t, int64_t build_ns);
/* How full it is now, and what went. */
void tally_fill(struct tally *t, const struct lru *l);

#endif

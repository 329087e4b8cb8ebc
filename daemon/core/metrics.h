/* daemon/core/metrics.h - counters, gauges and histograms, all named in one table.
 *
 * The table below is the whole set: a metric that is not in it does not compile. Labels are closed
 * sets. Histograms are log-linear (32 buckets a power of two: error under 1.6 %), in nanoseconds,
 * and exported with coarse bounds in seconds. Thread: any may count and observe; only the loop
 * reads.
 */
#ifndef DAEMON_CORE_METRICS_H
#define DAEMON_CORE_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/strbuf.h"

/* COUNTER/GAUGE/HISTOGRAM(id, name, label, help): label is "" or one "key=value" pair. Families
 * (same name) stand together. A gauge of name *_ratio or *_seconds is in millionths. */
/* clang-format off */
#define METRICS(COUNTER, GAUGE, HISTOGRAM) \
	GAUGE(POOL_SIZE, "clnrm_container_pool_size", "", "Warm sandboxes that have never run anything") \
	GAUGE(POOL_BUSY, "clnrm_container_pool_busy", "", "Sandboxes that are lent") \
	GAUGE(POOL_UTIL, "clnrm_container_pool_utilization_ratio", "", "Lent part of all live sandboxes") \
	COUNTER(POOL_HITS, "clnrm_pool_hits_total", "", "Loans answered by a warm sandbox") \
	COUNTER(POOL_MISSES, "clnrm_pool_misses_total", "", "Loans that had to wait for a new sandbox") \
	HISTOGRAM(POOL_REFILL, "clnrm_pool_refill_seconds", "", "Time to make one sandbox") \
	HISTOGRAM(RUN_TIME, "clnrm_run_seconds", "", "Runs, from request to result") \
	HISTOGRAM(RELOAD_DETECT, "clnrm_reload_seconds", "phase=detect", "Rounds of sessions that watch, by phase") \
	HISTOGRAM(RELOAD_RENDER, "clnrm_reload_seconds", "phase=render", "") \
	HISTOGRAM(RELOAD_PARSE, "clnrm_reload_seconds", "phase=parse", "") \
	HISTOGRAM(RELOAD_PLAN, "clnrm_reload_seconds", "phase=plan", "") \
	HISTOGRAM(RELOAD_ACQUIRE, "clnrm_reload_seconds", "phase=acquire", "") \
	HISTOGRAM(RELOAD_RUN, "clnrm_reload_seconds", "phase=run", "") \
	HISTOGRAM(RELOAD_REPORT, "clnrm_reload_seconds", "phase=report", "") \
	HISTOGRAM(SCENARIO_TIME, "clnrm_scenario_seconds", "", "Scenarios, from lease to verdict") \
	HISTOGRAM(STEP_TIME, "clnrm_step_seconds", "", "Steps, from fork to exit") \
	COUNTER(SCENARIOS_PASS, "clnrm_scenarios_total", "verdict=pass", "Finished scenarios by verdict") \
	COUNTER(SCENARIOS_FAIL, "clnrm_scenarios_total", "verdict=fail", "") \
	COUNTER(SCENARIOS_ERROR, "clnrm_scenarios_total", "verdict=error", "") \
	COUNTER(SCENARIOS_SKIP, "clnrm_scenarios_total", "verdict=skip", "") \
	COUNTER(RETRIES, "clnrm_scenario_retries_total", "", "Further attempts of scenarios that had failed") \
	GAUGE(QUEUE_DEPTH, "clnrm_queue_depth", "", "Scenarios that wait for a sandbox or a slot") \
	GAUGE(QUEUE_AGE, "clnrm_queue_age_seconds", "", "Age of the oldest waiting scenario") \
	COUNTER(ADMISSION_MEMORY, "clnrm_admission_waits_total", "resource=memory", "Times that a scenario had to wait for it") \
	COUNTER(ADMISSION_CPU, "clnrm_admission_waits_total", "resource=cpu", "") \
	HISTOGRAM(LOOP_STALL, "clnrm_loop_stall_seconds", "", "Time the loop spent in one round") \
	GAUGE(MEM_DAEMON, "clnrm_memory_bytes", "process=daemon", "Proportional set size by process") \
	GAUGE(MEM_LAUNCHER, "clnrm_memory_bytes", "process=launcher", "") \
	GAUGE(MEM_SANDBOXES, "clnrm_memory_bytes", "process=sandboxes", "") \
	COUNTER(CACHE_HITS_CONFIGS, "clnrm_cache_hits_total", "cache=configs", "Look-ups answered by a cache") \
	COUNTER(CACHE_HITS_RESULTS, "clnrm_cache_hits_total", "cache=results", "") \
	COUNTER(CACHE_HITS_TEMPLATES, "clnrm_cache_hits_total", "cache=templates", "") \
	COUNTER(CACHE_HITS_RENDERS, "clnrm_cache_hits_total", "cache=renders", "") \
	COUNTER(CACHE_HITS_REASONS, "clnrm_cache_hits_total", "cache=reasons", "") \
	COUNTER(CACHE_HITS_IMAGES, "clnrm_cache_hits_total", "cache=images", "") \
	COUNTER(CACHE_HITS_STORED, "clnrm_cache_hits_total", "cache=stored", "") \
	COUNTER(CACHE_MISSES_CONFIGS, "clnrm_cache_misses_total", "cache=configs", "Look-ups that had to build") \
	COUNTER(CACHE_MISSES_RESULTS, "clnrm_cache_misses_total", "cache=results", "") \
	COUNTER(CACHE_MISSES_TEMPLATES, "clnrm_cache_misses_total", "cache=templates", "") \
	COUNTER(CACHE_MISSES_RENDERS, "clnrm_cache_misses_total", "cache=renders", "") \
	COUNTER(CACHE_MISSES_REASONS, "clnrm_cache_misses_total", "cache=reasons", "") \
	COUNTER(CACHE_MISSES_IMAGES, "clnrm_cache_misses_total", "cache=images", "") \
	COUNTER(CACHE_MISSES_STORED, "clnrm_cache_misses_total", "cache=stored", "") \
	COUNTER(CACHE_EVICTIONS_CONFIGS, "clnrm_cache_evictions_total", "cache=configs", "Entries dropped for room") \
	COUNTER(CACHE_EVICTIONS_RESULTS, "clnrm_cache_evictions_total", "cache=results", "") \
	COUNTER(CACHE_EVICTIONS_TEMPLATES, "clnrm_cache_evictions_total", "cache=templates", "") \
	COUNTER(CACHE_EVICTIONS_RENDERS, "clnrm_cache_evictions_total", "cache=renders", "") \
	COUNTER(CACHE_EVICTIONS_REASONS, "clnrm_cache_evictions_total", "cache=reasons", "") \
	COUNTER(CACHE_EVICTIONS_IMAGES, "clnrm_cache_evictions_total", "cache=images", "") \
	GAUGE(CACHE_ENTRIES_CONFIGS, "clnrm_cache_entries", "cache=configs", "Entries held") \
	GAUGE(CACHE_ENTRIES_RESULTS, "clnrm_cache_entries", "cache=results", "") \
	GAUGE(CACHE_ENTRIES_TEMPLATES, "clnrm_cache_entries", "cache=templates", "") \
	GAUGE(CACHE_ENTRIES_RENDERS, "clnrm_cache_entries", "cache=renders", "") \
	GAUGE(CACHE_ENTRIES_REASONS, "clnrm_cache_entries", "cache=reasons", "") \
	GAUGE(CACHE_ENTRIES_IMAGES, "clnrm_cache_entries", "cache=images", "") \
	GAUGE(CACHE_BYTES_CONFIGS, "clnrm_cache_bytes", "cache=configs", "Bytes held") \
	GAUGE(CACHE_BYTES_RESULTS, "clnrm_cache_bytes", "cache=results", "") \
	GAUGE(CACHE_BYTES_TEMPLATES, "clnrm_cache_bytes", "cache=templates", "") \
	GAUGE(CACHE_BYTES_RENDERS, "clnrm_cache_bytes", "cache=renders", "") \
	GAUGE(CACHE_BYTES_REASONS, "clnrm_cache_bytes", "cache=reasons", "") \
	GAUGE(CACHE_BYTES_IMAGES, "clnrm_cache_bytes", "cache=images", "") \
	HISTOGRAM(CACHE_BUILD_CONFIGS, "clnrm_cache_build_seconds", "cache=configs", "Time to build an entry") \
	HISTOGRAM(CACHE_BUILD_TEMPLATES, "clnrm_cache_build_seconds", "cache=templates", "") \
	HISTOGRAM(CACHE_BUILD_RENDERS, "clnrm_cache_build_seconds", "cache=renders", "") \
	HISTOGRAM(CACHE_BUILD_REASONS, "clnrm_cache_build_seconds", "cache=reasons", "") \
	HISTOGRAM(CACHE_BUILD_IMAGES, "clnrm_cache_build_seconds", "cache=images", "")
/* clang-format on */

#define METRIC_ID(id, name, label, help) METRIC_##id,
enum metric { METRICS(METRIC_ID, METRIC_ID, METRIC_ID) METRIC_COUNT };
#undef METRIC_ID

struct metrics;

/* Counts from zero; both texts are borrowed (clnrm_build_info). Thread: any, without a lock. */
struct metrics *metrics_new(const char *version, const char *build);
void metrics_free(struct metrics *m);

void metrics_add(struct metrics *m, enum metric id, uint64_t n);     /* counters */
void metrics_set(struct metrics *m, enum metric id, int64_t v);      /* gauges */
void metrics_observe(struct metrics *m, enum metric id, int64_t ns); /* histograms */
int64_t metrics_value(const struct metrics *m, enum metric id);      /* count of a histogram */
/* Middle of the bucket that holds quantile q (0..1), in ns; 0 when empty. */
int64_t metrics_quantile(const struct metrics *m, enum metric id, double q);

/* Prometheus text 0.0.4, or OpenMetrics 1.0.0; only names that begin with prefix ("" = all). */
void metrics_text(
        const struct metrics *m, bool openmetrics, const char *prefix, struct strbuf *out);
/* The name of the i-th family, as prefix is compared with; NULL behind the last. */
const char *metrics_family(size_t i);
/* {"metrics":[{"name","type","labels","value"|"buckets"}]} */
void metrics_json(const struct metrics *m, const char *prefix, struct strbuf *out);

#endif

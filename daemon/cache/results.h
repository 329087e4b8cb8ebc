/* daemon/cache/results.h - results of scenarios, kept under all that they depend on.
 *
 * A result may stand for a run of its scenario exactly while its key is the same: the digest over
 * the scenario's own parts (daemon/model/test.h), images, inputs and the product. Only clean passes
 * are kept. Bounded by entries and bytes, the one used longest ago goes first. Thread: the loop's.
 */
#ifndef DAEMON_CACHE_RESULTS_H
#define DAEMON_CACHE_RESULTS_H

#include "daemon/cache/lru.h"
#include "daemon/core/metrics.h"
#include "daemon/model/kept.h"

struct result_cache;

/* The key of a scenario's result, part by part: `why` compares two of them. */
struct result_key {
	char hex[65];
	struct key_part *parts; /* borrowed */
	size_t n_parts;
	const struct key_part *causes; /* borrowed: as test_file.causes; not in hex */
	size_t n_causes;
};

/* Of which scenario something is shown: of a file as it was loaded (test_file.serial). */
struct shown_of {
	uint64_t file;
	const struct scenario *scenario;
};

struct kept_result {
	struct scenario_result *result; /* borrowed, as the others */
	char run[16];                   /* that ran it */
	int64_t wall_ns;                /* when it was kept */
	/* What was made of it for this scenario, so that it need not be made again; or NULL. */
	struct scenario_result *again;
	struct shown_of of;
	/* As the history has it under the key: this result, or one made of it; or NULL. */
	struct scenario_result *stored;
};

/* m is borrowed: what is hit, missed and held is counted there. */
struct result_cache *result_cache_new(struct metrics *m, size_t max_entries, size_t max_bytes);
void result_cache_free(struct result_cache *c);
void result_cache_clear(struct result_cache *c);
struct cache_fill result_cache_fill(const struct result_cache *c);
/* Calls each(arg, scenario, how) for the scenarios whose last result is of this file (how "test")
 * or depends on it (how "input"): real path, scenario as in result_cache_put(). */
void result_cache_users(const struct result_cache *c, const char *path,
        void (*each)(void *arg, const char *scenario, const char *how), void *arg);
void result_cache_limit(struct result_cache *c, size_t max_bytes);

/* Fills key->hex from key->parts. */
void result_key_seal(struct result_cache *c, struct result_key *key);

/* True with what is kept under the key; counts a hit or a miss. */
bool result_cache_get(
        struct result_cache *c, const struct result_key *key, struct kept_result *out);

/* Keeps a reference. scenario is what `why` asks for: real path of the file and name, unique. */
void result_cache_put(struct result_cache *c, const char *scenario, const struct result_key *key,
        struct scenario_result *result, const char *run);

/* True when something is known of the scenario: a result, or that even the history has none. */
bool result_cache_knows(struct result_cache *c, const char *scenario);
/* What the history says of a scenario of which nothing is known yet, that it has nothing included.
 */
void result_cache_recall(struct result_cache *c, const char *scenario, const struct recalled *x);
/* Another number once results have been taken away on purpose. */
uint64_t result_cache_age(const struct result_cache *c);

/* Remembers what was made of the result that is kept under the key: a reference. */
void result_cache_again(struct result_cache *c, const struct result_key *key,
        struct scenario_result *again, struct shown_of of);
/* The history has what is kept under the key, in this form: a reference. */
void result_cache_stored(
        struct result_cache *c, const struct result_key *key, struct scenario_result *form);
/* What the history has of all of them is in doubt. */
void result_cache_unstore(struct result_cache *c);

/* What is kept under the key is worth nothing. */
void result_cache_drop(struct result_cache *c, const struct result_key *key);

/* The key under which a result of this scenario was kept last, while it is known; NULL otherwise.
 * Borrowed until the next put. */
const struct result_key *result_cache_last(
        struct result_cache *c, const char *scenario, struct kept_result *out);

#endif

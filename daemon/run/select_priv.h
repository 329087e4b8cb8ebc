/* daemon/run/select_priv.h - choosing among scenarios: tags, parts of a suite, random order.
 *
 * Pure functions, without a run: any thread.
 */
#ifndef DAEMON_RUN_SELECT_PRIV_H
#define DAEMON_RUN_SELECT_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "daemon/model/test.h"

/* ---- tags.c: --tag ---- */

struct tag_term {
	const char *tag;
	bool without;
};

/* Alternatives, each of terms that all have to hold. */
struct tag_rule {
	struct tag_term *terms;
	size_t n;
};

struct tag_rules {
	struct tag_rule *v;
	size_t n;
};

/* One rule a text: "T", "T,U", "!T", "T,!U"; white space around a tag is none of it. Lives in a.
 * ERR_INVALID for a tag without a name. */
int tag_rules_make(struct tag_rules *out, const struct str_list *texts, struct arena *a,
        struct err *e) MUST_CHECK;
/* True when one of the rules holds, or there is none. */
bool tag_rules_match(const struct tag_rules *rules, const struct str_list *tags);

/* ---- shard.c: --shard ---- */

struct shard_item {
	const char *identity; /* borrowed; what tells it from all others, on every machine */
	uint64_t weight;      /* 0 = unknown */
	unsigned shard;       /* the answer, from 1 */
	size_t group;         /* 1 to n: items of one group stay in one part; 0 = it is alone */
};

/* Gives every item or group to one of m parts (at least 1): by weight, the heaviest first into the
 * part that has least, what is unknown weighing as much as the median of the items; by hash when
 * nothing is known or by_hash is set. A group goes by its first name. The answer depends on the set
 * of items and groups alone, not on their order. True when it went by weight. O(n log n). */
bool shard_cut(struct shard_item *v, size_t n, unsigned m, bool by_hash);

/* ---- shuffle.c: --shuffle ---- */

/* order becomes a permutation of 0..n-1: by the hash of seed and identity, so that the same seed
 * gives the same order on every machine, and two scenarios keep theirs when others are left out. */
void shuffle_order(uint64_t seed, const char *const *identities, size_t n, size_t *order);

#endif

/* --shard: cutting a suite into parts that take about as long as each other. Longest first into the
 * emptiest: no part is longer than 4/3 - 1/(3m) of what the best cut could do. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/core/digest.h"
#include "daemon/run/select_priv.h"

/* ---- by hash ---- */

static uint64_t hash_of(const char *identity)
{
	struct digest d;
	uint64_t h = 0;

	digest_of(identity, strlen(identity), &d);
	for (int i = 0; i < 8; i++)
		h = h << 8 | d.b[i];
	return h;
}

static void cut_by_hash(struct shard_item *v, size_t n, unsigned m)
{
	for (size_t i = 0; i < n; i++)
		v[i].shard = (unsigned)(hash_of(v[i].identity) % m) + 1;
}

/* ---- by weight ---- */

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The lower one of two in the middle; 0 when nothing is known. */
static uint64_t median(const struct shard_item *v, size_t n)
{
	uint64_t *known = xcalloc(n + 1, sizeof(*known)), m = 0;
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i].weight)
			known[k++] = v[i].weight;
	qsort(known, k, sizeof(*known), by_number);
	if (k)
		m = known[(k - 1) / 2];
	free(known);
	return m;
}

struct entry {
	uint64_t weight;
	struct shard_item *item;
};

/* Heaviest first; what weighs the same in the order of its name, whoever found it first. */
static int by_weight(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return strcmp(x->item->identity, y->item->identity);
}

struct part {
	uint64_t sum;
	unsigned number;
};

static bool is_before(const struct part *a, const struct part *b)
{
	return a->sum != b->sum ? a->sum < b->sum : a->number < b->number;
}

/* The first of a heap has become heavier: it sinks to its place. */
static void sink(struct part *heap, unsigned m)
{
	unsigned at = 0;

	for (;;) {
		unsigned least = at, left = 2 * at + 1;

		for (unsigned k = left; k < m && k < left + 2; k++)
			if (is_before(&heap[k], &heap[least]))
				least = k;
		if (least == at)
			return;
		struct part x = heap[at];
		heap[at] = heap[least];
		heap[least] = x;
		at = least;
	}
}

static void fill_parts(const struct entry *order, size_t n, unsigned m)
{
	struct part *heap = xcalloc(m, sizeof(*heap));

	for (unsigned i = 0; i < m; i++)
		heap[i].number = i + 1;
	for (size_t i = 0; i < n; i++) {
		order[i].item->shard = heap[0].number;
		heap[0].sum += order[i].weight;
		sink(heap, m);
	}
	free(heap);
}

static void cut_by_weight(struct shard_item *v, size_t n, unsigned m)
{
	struct entry *order = xcalloc(n + 1, sizeof(*order));

	for (size_t i = 0; i < n; i++)
		order[i] = (struct entry){ v[i].weight, &v[i] };
	qsort(order, n, sizeof(*order), by_weight);
	fill_parts(order, n, m);
	free(order);
}

/* ---- groups ---- */

/* One item for each: the sum of all, under the name that comes first. to: beside v, which that is.
 */
static size_t fold(
        const struct shard_item *v, size_t n, uint64_t middle, struct shard_item *out, size_t *to)
{
	size_t *of_group = xcalloc(n + 1, sizeof(*of_group)), k = 0; /* from 1 */

	for (size_t i = 0; i < n; i++) {
		size_t alone = 0, *at = v[i].group ? &of_group[v[i].group] : &alone;
		struct shard_item *x;

		if (!*at) {
			*at = ++k;
			out[k - 1] = (struct shard_item){ .identity = v[i].identity };
		}
		to[i] = *at - 1;
		x = &out[to[i]];
		x->weight += v[i].weight ? v[i].weight : middle;
		if (strcmp(v[i].identity, x->identity) < 0)
			x->identity = v[i].identity;
	}
	free(of_group);
	return k;
}

bool shard_cut(struct shard_item *v, size_t n, unsigned m, bool by_hash)
{
	uint64_t middle = by_hash ? 0 : median(v, n);
	struct shard_item *folded = xcalloc(n + 1, sizeof(*folded));
	size_t *to = xcalloc(n + 1, sizeof(*to)), k = fold(v, n, middle, folded, to);

	if (middle)
		cut_by_weight(folded, k, m);
	else
		cut_by_hash(folded, k, m);
	for (size_t i = 0; i < n; i++)
		v[i].shard = folded[to[i]].shard;
	free(folded);
	free(to);
	return middle > 0;
}

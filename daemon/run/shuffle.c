/* --shuffle: an order that a seed decides, and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/core/digest.h"
#include "daemon/run/select_priv.h"

struct card {
	struct digest place;
	const char *identity;
	size_t index;
};

static int by_place(const void *a, const void *b)
{
	const struct card *x = a, *y = b;
	int c = memcmp(x->place.b, y->place.b, sizeof(x->place.b));

	if (c == 0)
		c = strcmp(x->identity, y->identity);
	return c ? c : (x->index > y->index) - (x->index < y->index);
}

void shuffle_order(uint64_t seed, const char *const *identities, size_t n, size_t *order)
{
	struct card *cards = xcalloc(n + 1, sizeof(*cards));
	CLEANUP(digest_free) struct digest_ctx *c = digest_new();
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(seed >> (56 - 8 * i));
	for (size_t i = 0; i < n; i++) {
		digest_add(c, bytes, sizeof(bytes));
		digest_add_str(c, identities[i]);
		digest_end(c, &cards[i].place);
		cards[i].identity = identities[i];
		cards[i].index = i;
	}
	qsort(cards, n, sizeof(*cards), by_place);
	for (size_t i = 0; i < n; i++)
		order[i] = cards[i].index;
	free(cards);
}

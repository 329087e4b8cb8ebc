#include <ctype.h>
#include <string.h>

#include "common/suggest.h"

#define MAX_LEN 128

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

unsigned suggest_distance(const char *a, const char *b, unsigned max)
{
	size_t na = strnlen(a, MAX_LEN + 1), nb = strnlen(b, MAX_LEN + 1);
	unsigned rows[3][MAX_LEN + 1];
	unsigned *old = rows[0], *last = rows[1], *cur = rows[2];

	if (na > MAX_LEN || nb > MAX_LEN || (na > nb ? na - nb : nb - na) > max)
		return max + 1;
	for (size_t j = 0; j <= nb; j++) {
		last[j] = (unsigned)j;
		old[j] = 0; /* read from the second row on only */
	}
	for (size_t i = 1; i <= na; i++) {
		unsigned best = cur[0] = (unsigned)i;

		for (size_t j = 1; j <= nb; j++) {
			cur[j] = min3(
			        last[j] + 1, cur[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			        old[j - 2] + 1 < cur[j])
				cur[j] = old[j - 2] + 1;
			if (cur[j] < best)
				best = cur[j];
		}
		/* A transposition reaches back over one row: both must be beyond max. */
		if (best > max + 1)
			return max + 1;

		unsigned *spare = old;

		old = last;
		last = cur;
		cur = spare;
	}
	return last[nb] > max ? max + 1 : last[nb];
}

size_t suggest_nearest(const char *word, const char *const *candidates, const char **best, size_t n)
{
	size_t len = strlen(word), found = 0;
	unsigned max = len / 3 < 2 ? (unsigned)(len / 3) : 2;

	/* By distance, so that the nearest come first and ties keep the order of the table. */
	for (unsigned want = 0; want <= max; want++) {
		for (const char *const *c = candidates; *c && found < n; c++) {
			if (suggest_distance(word, *c, max) == want)
				best[found++] = *c;
		}
	}
	return found;
}

static bool is_filler(char c)
{
	return c == '-' || c == '_';
}

static bool same_letters(const char *a, const char *b)
{
	for (;;) {
		while (is_filler(*a))
			a++;
		while (is_filler(*b))
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

bool suggest_close_key(const char *word, const char *known)
{
	unsigned max = strlen(word) <= 4 ? 1 : 2;

	return suggest_distance(word, known, max) <= max || same_letters(word, known);
}

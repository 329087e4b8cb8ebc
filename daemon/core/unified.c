/* A unified diff of two texts, by the greedy algorithm of Myers ("An O(ND) Difference Algorithm and
 * Its Variations", 1986). Texts that differ in very many lines are shown as all replaced. */
#include "daemon/core/unified.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#define CONTEXT 3
#define MAX_DIFFERENCES 1500 /* 9 MB of notes on the way */

struct lines {
	const char **v; /* n + 1: the last is the end */
	size_t n;
	bool *odd; /* not in the other text */
};

static struct lines split(const char *s, size_t len)
{
	struct lines l = { 0 };
	size_t cap = 0;

	for (size_t at = 0; at < len;) {
		const char *nl = memchr(s + at, '\n', len - at);

		l.v = xgrow(l.v, &cap, l.n + 2, sizeof(*l.v));
		l.v[l.n++] = s + at;
		at = nl ? (size_t)(nl - s) + 1 : len;
	}
	l.v = xgrow(l.v, &cap, l.n + 1, sizeof(*l.v));
	l.v[l.n] = s + len;
	l.odd = xcalloc(l.n + 1, sizeof(*l.odd));
	return l;
}

static void lines_release(struct lines *l)
{
	free(l->v);
	free(l->odd);
}

static size_t length(const struct lines *l, size_t i)
{
	return (size_t)(l->v[i + 1] - l->v[i]);
}

static bool same(const struct lines *a, size_t i, const struct lines *b, size_t k)
{
	return length(a, i) == length(b, k) && memcmp(a->v[i], b->v[k], length(a, i)) == 0;
}

/* ---- which lines differ ---- */

/* Lines first to the ends of both that are to be compared. */
struct span {
	const struct lines *a, *b;
	size_t first;
	int n, m;
};

static int snake(const struct span *s, int x, int k)
{
	while (x < s->n && x - k < s->m &&
	        same(s->a, s->first + (size_t)x, s->b, s->first + (size_t)(x - k)))
		x++;
	return x;
}

static int step(const int *v, int k, int d)
{
	return k == -d || (k != d && v[k - 1] < v[k + 1]) ? v[k + 1] : v[k - 1] + 1;
}

/* Goes back over the furthest points of each round and marks the lines on the way. */
static void trace_back(const struct span *s, int **rounds, int rounds_n)
{
	int x = s->n, y = s->m;

	for (int d = rounds_n; d > 0; d--) {
		const int *v = rounds[d - 1] + d; /* of the round before: -d to d are there */
		int k = x - y;
		bool down = k == -d || (k != d && v[k - 1] < v[k + 1]);
		int px = down ? v[k + 1] : v[k - 1], py = px - (down ? k + 1 : k - 1);

		if (down)
			s->b->odd[s->first + (size_t)py] = true;
		else
			s->a->odd[s->first + (size_t)px] = true;
		x = px;
		y = py;
	}
}

static bool compare(const struct span *s)
{
	int *rounds[MAX_DIFFERENCES + 1], d = 0;
	int *v = xcalloc(2 * (MAX_DIFFERENCES + 2) + 1, sizeof(*v));
	int *mid = v + MAX_DIFFERENCES + 2;
	bool done = false;

	for (; d <= MAX_DIFFERENCES && !done; d++) {
		size_t width = (size_t)d * 2 + 3;

		for (int k = -d; k <= d && !done; k += 2) {
			mid[k] = snake(s, d ? step(mid, k, d) : 0, k);
			done = mid[k] >= s->n && mid[k] - k >= s->m;
		}
		/* The round after it looks one further on both sides. */
		rounds[d] = xcalloc(width, sizeof(int));
		memcpy(rounds[d], mid - d - 1, width * sizeof(int));
	}
	if (done)
		trace_back(s, rounds, d - 1);
	while (d > 0)
		free(rounds[--d]);
	free(v);
	return done;
}

static void find_differences(const struct lines *a, const struct lines *b)
{
	size_t first = 0, last = 0, least = a->n < b->n ? a->n : b->n;

	while (first < least && same(a, first, b, first))
		first++;
	while (last < least - first && same(a, a->n - 1 - last, b, b->n - 1 - last))
		last++;

	const struct span s = { a, b, first, (int)(a->n - first - last),
		(int)(b->n - first - last) };

	if (compare(&s))
		return;
	for (size_t i = first; i < a->n - last; i++)
		a->odd[i] = true;
	for (size_t i = first; i < b->n - last; i++)
		b->odd[i] = true;
}

/* ---- hunks ---- */

static void add_line(struct strbuf *out, char sign, const struct lines *l, size_t i)
{
	size_t n = length(l, i);

	strbuf_addc(out, sign);
	strbuf_add(out, l->v[i], n);
	if (l->v[i][n - 1] != '\n')
		strbuf_adds(out, "\n\\ No newline at end of file\n");
}

static void add_range(struct strbuf *out, char sign, size_t first, size_t n)
{
	strbuf_printf(out, "%c%zu", sign, n ? first + 1 : first);
	if (n != 1)
		strbuf_printf(out, ",%zu", n);
}

/* Behind the hunk that begins at line i of a and k of b: more than twice the context is equal. */
static void hunk_end(const struct lines *a, const struct lines *b, size_t *i, size_t *k)
{
	size_t equal = 0;

	while ((*i < a->n || *k < b->n) && equal <= (size_t)2 * CONTEXT) {
		if (*i < a->n && a->odd[*i]) {
			++*i;
			equal = 0;
		} else if (*k < b->n && b->odd[*k]) {
			++*k;
			equal = 0;
		} else {
			++*i;
			++*k;
			equal++;
		}
	}
	if (equal > CONTEXT) {
		*i -= equal - CONTEXT;
		*k -= equal - CONTEXT;
	}
}

static void add_hunk(struct strbuf *out, const struct lines *a, size_t i, size_t i_end,
        const struct lines *b, size_t k, size_t k_end)
{
	strbuf_adds(out, "@@ ");
	add_range(out, '-', i, i_end - i);
	strbuf_addc(out, ' ');
	add_range(out, '+', k, k_end - k);
	strbuf_adds(out, " @@\n");
	while (i < i_end || k < k_end) {
		if (i < i_end && a->odd[i]) {
			add_line(out, '-', a, i++);
		} else if (k < k_end && b->odd[k]) {
			add_line(out, '+', b, k++);
		} else {
			add_line(out, ' ', a, i++);
			k++;
		}
	}
}

static void add_hunks(struct strbuf *out, const struct lines *a, const struct lines *b)
{
	size_t i = 0, k = 0;

	for (;;) {
		size_t equal = 0, i_end, k_end;

		while (i < a->n && k < b->n && !a->odd[i] && !b->odd[k]) {
			i++;
			k++;
			equal++;
		}
		if (i >= a->n && k >= b->n)
			return;
		equal = equal < CONTEXT ? equal : CONTEXT;
		i_end = i;
		k_end = k;
		hunk_end(a, b, &i_end, &k_end);
		add_hunk(out, a, i - equal, i_end, b, k - equal, k_end);
		i = i_end;
		k = k_end;
	}
}

void unified_diff(const char *name, const struct strbuf *before, const struct strbuf *after,
        struct strbuf *out)
{
	struct lines a = split(before->s, before->len), b = split(after->s, after->len);

	find_differences(&a, &b);
	strbuf_adds(out, "--- ");
	strbuf_add_visible(out, name, strlen(name));
	strbuf_adds(out, "\n+++ ");
	strbuf_add_visible(out, name, strlen(name));
	strbuf_addc(out, '\n');
	add_hunks(out, &a, &b);
	lines_release(&a);
	lines_release(&b);
}

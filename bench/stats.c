#include "bench/stats.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#define RESAMPLES 2000

void samples_add(struct samples *s, double v)
{
	s->v = xgrow(s->v, &s->cap, s->n + 1, sizeof(*s->v));
	s->v[s->n++] = v;
}

void samples_release(struct samples *s)
{
	free(s->v);
	*s = (struct samples){ 0 };
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double sorted_quantile(const double *v, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t below = (size_t)at;

	if (below + 1 >= n)
		return v[n - 1];
	return v[below] + (at - (double)below) * (v[below + 1] - v[below]);
}

double samples_quantile(const struct samples *s, double q)
{
	double *sorted, result;

	if (s->n == 0)
		return NAN;
	sorted = xmemdup(s->v, s->n * sizeof(*s->v));
	qsort(sorted, s->n, sizeof(*sorted), by_value);
	result = sorted_quantile(sorted, s->n, q);
	free(sorted);
	return result;
}

double samples_median(const struct samples *s)
{
	return samples_quantile(s, 0.5);
}

/* xorshift64*: resampling needs speed and a fixed seed, no secrecy. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717ull;
}

/* The median of as many values as s has, drawn from s with repetition; room holds s->n. */
static double resampled_median(const struct samples *s, double *room, uint64_t *state)
{
	if (!s || s->n == 0)
		return 1;
	for (size_t i = 0; i < s->n; i++)
		room[i] = s->v[next_random(state) % s->n];
	qsort(room, s->n, sizeof(*room), by_value);
	return sorted_quantile(room, s->n, 0.5);
}

static double median_or_one(const struct samples *s)
{
	return s && s->n ? samples_median(s) : 1;
}

struct interval stats_ratio(const struct samples *a, const struct samples *ra,
        const struct samples *b, const struct samples *rb)
{
	const struct samples *const sets[] = { a, ra, b, rb };
	struct samples ratios = { 0 };
	struct interval out;
	size_t most = 1;
	double *room, m[4];
	uint64_t state = 88172645463325252ull;

	for (size_t i = 0; i < 4; i++)
		most = sets[i] && sets[i]->n > most ? sets[i]->n : most;
	room = xcalloc(most, sizeof(*room));
	for (unsigned round = 0; round < RESAMPLES; round++) {
		for (size_t i = 0; i < 4; i++)
			m[i] = resampled_median(sets[i], room, &state);
		samples_add(&ratios, (m[0] / m[1]) / (m[2] / m[3]));
	}
	for (size_t i = 0; i < 4; i++)
		m[i] = median_or_one(sets[i]);
	out = (struct interval){ .lo = samples_quantile(&ratios, 0.025),
		.mid = (m[0] / m[1]) / (m[2] / m[3]),
		.hi = samples_quantile(&ratios, 0.975) };
	samples_release(&ratios);
	free(room);
	return out;
}

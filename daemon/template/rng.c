#include "daemon/template/rng.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/strbuf.h"

uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void rng_seed(struct rng *r, uint64_t seed)
{
	for (size_t i = 0; i < 4; i++)
		r->s[i] = splitmix64(&seed);
}

void rng_from_system(struct rng *r)
{
	/* Up to 256 bytes come whole once the pool is ready, whatever signals arrive. */
	if (getrandom(r->s, sizeof(r->s), 0) != (ssize_t)sizeof(r->s))
		abort();
	r->s[0] |= !(r->s[0] | r->s[1] | r->s[2] | r->s[3]); /* all zero would stay so */
}

static uint64_t rotl(uint64_t x, unsigned k)
{
	return (x << k) | (x >> (64 - k));
}

uint64_t rng_next(struct rng *r)
{
	uint64_t *s = r->s, out = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return out;
}

/* Lemire's method: no division but for the rare draw that would favour some. */
uint64_t rng_below(struct rng *r, uint64_t n)
{
	assert(n > 0);
	unsigned __int128 m = (unsigned __int128)rng_next(r) * n;

	if ((uint64_t)m < n) {
		uint64_t least = -n % n;

		while ((uint64_t)m < least)
			m = (unsigned __int128)rng_next(r) * n;
	}
	return (uint64_t)(m >> 64);
}

int64_t rng_between(struct rng *r, int64_t min, int64_t max)
{
	assert(min <= max);
	uint64_t n = (uint64_t)max - (uint64_t)min + 1;

	/* All of 64 bits: every output is in range. */
	return (int64_t)((uint64_t)min + (n ? rng_below(r, n) : rng_next(r)));
}

double rng_float(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

void rng_bytes(struct rng *r, void *out, size_t n)
{
	unsigned char *p = out;
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++) {
		word = i % 8 ? word >> 8 : rng_next(r);
		p[i] = (unsigned char)word;
	}
}

void rng_hex(struct rng *r, struct strbuf *out, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t word = 0;

	strbuf_grow(out, n);
	for (size_t i = 0; i < n; i++) {
		if (i % 16 == 0)
			word = rng_next(r);
		strbuf_addc(out, digits[word >> (i % 2 ? 0 : 4) & 15]);
		if (i % 2)
			word >>= 8;
	}
}

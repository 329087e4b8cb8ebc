#include "daemon/template/prng.h"

static uint64_t splitmix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void prng_seed(struct prng *p, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		p->s[i] = splitmix(&seed);
}

static uint64_t rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

uint64_t prng_next(struct prng *p)
{
	uint64_t *s = p->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

uint64_t prng_below(struct prng *p, uint64_t n)
{
	unsigned __int128 m = (unsigned __int128)prng_next(p) * n;

	if ((uint64_t)m < n) {
		uint64_t least = -n % n;

		while ((uint64_t)m < least)
			m = (unsigned __int128)prng_next(p) * n;
	}
	return (uint64_t)(m >> 64);
}

double prng_float(struct prng *p)
{
	return (double)(prng_next(p) >> 11) * 0x1p-53;
}

void prng_bytes(struct prng *p, uint8_t *out, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++, word >>= 8) {
		if (i % 8 == 0)
			word = prng_next(p);
		out[i] = (uint8_t)word;
	}
}

void prng_hex(struct prng *p, char *out, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++) {
		if (i % 16 == 0)
			word = prng_next(p);

		unsigned byte = word & 0xff;

		out[i] = digits[i % 2 ? byte & 15 : byte >> 4];
		if (i % 2)
			word >>= 8;
	}
}

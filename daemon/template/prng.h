/* daemon/template/prng.h - the generator whose values are the same on every machine and release.
 *
 * xoshiro256** (Blackman and Vigna, 2018), its state four outputs of splitmix64 started at the
 * seed; bounded numbers by Lemire's method (2019). Changing any of it changes what tests see.
 */
#ifndef DAEMON_TEMPLATE_PRNG_H
#define DAEMON_TEMPLATE_PRNG_H

#include <stddef.h>
#include <stdint.h>

struct prng {
	uint64_t s[4];
};

void prng_seed(struct prng *p, uint64_t seed);
uint64_t prng_next(struct prng *p);
/* In [0, n), n > 0. */
uint64_t prng_below(struct prng *p, uint64_t n);
/* In [0, 1), 53 bits. */
double prng_float(struct prng *p);
/* Outputs in little-endian order, cut to n bytes. */
void prng_bytes(struct prng *p, uint8_t *out, size_t n);
/* n lower-case hex digits, no NUL. */
void prng_hex(struct prng *p, char *out, size_t n);

#endif

/* daemon/template/rng.h - random numbers that are the same on every machine and in every release.
 *
 * xoshiro256** (Blackman and Vigna, 2018), its state filled by splitmix64 (Steele, Lea, Flood,
 * 2014) from a 64-bit seed. What a seed gives is part of the product: a change here breaks the
 * tests of others. Not for secrets. Thread: any; a generator belongs to one.
 */
#ifndef DAEMON_TEMPLATE_RNG_H
#define DAEMON_TEMPLATE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct strbuf;

struct rng {
	uint64_t s[4];
};

/* One output of splitmix64; *state moves on. */
uint64_t splitmix64(uint64_t *state);

void rng_seed(struct rng *r, uint64_t seed);
/* A state of the operating system's making. */
void rng_from_system(struct rng *r);

uint64_t rng_next(struct rng *r);
uint64_t rng_below(struct rng *r, uint64_t n); /* 0 to n - 1, each as likely; n is not 0 */
int64_t rng_between(struct rng *r, int64_t min, int64_t max); /* both included; min <= max */
double rng_float(struct rng *r);                              /* [0, 1), steps of 2^-53 */
/* Outputs in little-endian order, cut to n. Each call begins with a new output. */
void rng_bytes(struct rng *r, void *out, size_t n);
/* Appends the first n hex digits, in lower case, of (n + 1) / 2 bytes. */
void rng_hex(struct rng *r, struct strbuf *out, size_t n);

#endif

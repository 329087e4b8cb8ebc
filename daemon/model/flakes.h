/* daemon/model/flakes.h - how often a scenario fails although nothing that it depends on has
 * changed.
 *
 * What is counted are attempts, in groups of the same inputs: those with the same key of the result
 * cache, and those of one run. In a group of which some attempt has passed each failure is a flip.
 * Groups that only failed say nothing of flakes: the test may be right. */
#ifndef DAEMON_MODEL_FLAKES_H
#define DAEMON_MODEL_FLAKES_H

#include <stddef.h>
#include <stdint.h>

#include "common/mem.h"
#include "daemon/model/result.h"

/* A result of the past. */
struct flake_sample {
	const char *file; /* absolute */
	const char *id, *name;
	const char *inputs; /* what is equal where the inputs were; never NULL */
	enum verdict verdict;
	unsigned attempts;
	int64_t at_wall_ns;
};

struct flake {
	const char *file, *id, *name;
	unsigned runs;     /* attempts with inputs with which one has passed */
	unsigned flips;    /* of these, failures */
	unsigned failures; /* with inputs with which none has passed */
	int64_t last_wall_ns;
	enum verdict last;   /* of the newest result */
	double p, low, high; /* flips of runs, and its interval of 95 % */
};

struct flakes;

struct flakes *flakes_new(void);
void flakes_free(struct flakes *f);
CLEANUP_FN(flakes_free, struct flakes *)
/* Copies what it is given. */
void flakes_add(struct flakes *f, const struct flake_sample *s);
/* All scenarios, the one with the greatest lower bound first; lives as long as f, and ends its
 * counting. */
const struct flake *flakes_rows(struct flakes *f, size_t *n);

/* Wilson's interval of 95 % for a part of n; 0 to 1 for n = 0. */
void flake_interval(unsigned part, unsigned n, double *low, double *high);

#endif

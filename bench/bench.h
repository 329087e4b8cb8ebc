/* bench/bench.h - contestants and what they are asked for.
 *
 * A bench is the contestants of one name. Each round visits every one of them once and the order
 * rotates, so that slow drift of the machine hits all alike; ratios are between medians of one run.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdio.h>

#include "bench/stats.h"
#include "bench/world.h"

#define SERIES 8 /* most that one visit measures */

struct entry;

/* How a file is saved; a template is one of the three and TEMPLATED. */
enum save { BY_RENAME, IN_PLACE, AS_VIM, TEMPLATED = 4 };

struct contestant {
	const char *bench, *name;
	const char *against;         /* the contestant of this bench that ratios are to, or NULL */
	const char *metrics[SERIES]; /* "verdict", "quiet"; ratios are of the first */
	const char *unit;            /* NULL = ms; less is better */
	unsigned most;               /* samples at most; 0 = a sample each round */
	/* prepare fails with the reason why this one is not available here; once takes one sample
	 * of each metric; release ends what prepare began, also a prepare that failed. */
	int (*prepare)(struct entry *en, struct err *e);
	int (*once)(struct entry *en, double *out, struct err *e);
	void (*release)(struct entry *en); /* may be NULL */
	/* What prepare works with. */
	enum user user;
	enum test_image image;
	unsigned files, steps;
	unsigned variant; /* run_cpu: runs in a sample; hot_reload_critical_path: enum save */
};

struct entry {
	const struct contestant *is;
	struct world *w;
	void *state; /* of prepare, once and release */
	bool out;    /* not available, or failed: why says it */
	struct err why;
	struct samples got[SERIES];
};

/* How many rounds a bench takes: usual, BENCH_QUICK=1 (0 = left out unless named); lengthy ones
 * only with BENCH_LONG=1. */
struct plan {
	const char *bench;
	unsigned rounds, quick;
	bool lengthy;
	const char *about;
};

extern const struct plan plans[];
extern const struct contestant contestants[];
extern const size_t n_plans, n_contestants;

/* ---- results.c ---- */

struct results {
	struct entry *entries;
	size_t n;
};
const struct entry *results_find(const struct results *r, const char *bench, const char *name);
void results_table(const struct results *r, FILE *to);
/* Ratios and figures that were promised, one line each; false when one is missed. */
bool results_targets(const struct results *r, FILE *to);
int results_write(
        const struct results *r, const struct world *w, const char *path, struct err *e) MUST_CHECK;

/* ---- compare.c ---- */

/* Compares two files of results_write(), each series relative to its yardstick of the same file.
 * 0, 1 when something is slower by more than 10 % with 95 % confidence, or -1 with *e. */
int compare_files(const char *base, const char *now, FILE *to, struct err *e) MUST_CHECK;

/* ---- engines.c ---- */

void engines_stop(void);

#endif

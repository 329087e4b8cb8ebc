/* bench/stats.h - order statistics and the bootstrap. Values are plain doubles, any unit. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>

struct samples {
	double *v; /* in the order they were taken */
	size_t n, cap;
};

void samples_add(struct samples *s, double v);
void samples_release(struct samples *s);

/* The q-quantile (0 to 1) between the two nearest values. NAN without samples. */
double samples_quantile(const struct samples *s, double q);
double samples_median(const struct samples *s);

struct interval {
	double lo, mid, hi;
};

/* The ratio (median a / median ra) / (median b / median rb) and its 95 % interval, by resampling
 * each set on its own. ra and rb are the yardsticks that were taken in the same runs as a and b;
 * NULL = none. The seed is fixed: equal samples give equal intervals. */
struct interval stats_ratio(const struct samples *a, const struct samples *ra,
        const struct samples *b, const struct samples *rb);

#endif

/* daemon/model/past.h - what scenarios of a run did in runs before it: how long they took.
 *
 * The store fills it for one result and a report shows it. Points of a scenario come newest first
 * and are at most PAST_POINTS; others are dropped. Thread: one at a time.
 */
#ifndef DAEMON_MODEL_PAST_H
#define DAEMON_MODEL_PAST_H

#include "daemon/model/result.h"

#define PAST_POINTS 20

struct past_point {
	char run[16];
	int64_t started_wall_ns; /* of the run */
	double duration_ms;
	enum verdict verdict;
};

struct past;

/* Knows the scenarios of r by file and id; has no points yet. */
struct past *past_new(const struct run_result *r);
void past_free(struct past *p);
CLEANUP_FN(past_free, struct past *)

/* False when it is no scenario of the result, or has all its points. */
bool past_add(struct past *p, const char *file, const char *id, const struct past_point *point);
/* *n points, newest first, borrowed; p may be NULL. */
const struct past_point *past_of(const struct past *p, const struct scenario_result *s, size_t *n);

#endif

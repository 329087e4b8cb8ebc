/* daemon/model/pace.h - how long the passes of steps took, and the silence that follows from it.
 *
 * A step whose deadline no file states may be silent (use no processor, write nothing) for ten
 * times the slowest of its last passes, but at least for the floor. The bound is about silence and
 * not about time, so that a slow machine breaks nobody's step.
 */
#ifndef DAEMON_MODEL_PACE_H
#define DAEMON_MODEL_PACE_H

#include <stdbool.h>

#include "daemon/model/test.h"

#define PACE_PASSES 20u /* the last so many count */
#define PACE_FACTOR 10

struct silence {
	int64_t ns; /* 0 = none */
	int64_t slowest_ns, floor_ns;
	unsigned passes; /* of which the slowest took slowest_ns */
	bool never;      /* whatever the history says: ns is 0 */
};

/* The passes of one step: of the same name, running the same command. Borrowed. */
struct pace_step {
	const char *name;
	const struct str_list *argv; /* as results have it: secrets masked */
	unsigned passes;             /* found so far */
	double slowest_ms;
};

/* Of one scenario: who asks fills all but the figures. */
struct pace {
	const char *cwd, *file, *scenario; /* as results name them */
	const char *image_digest;
	int64_t before_wall_ns; /* only runs that began before; 0 = all */
	struct pace_step *steps;
	size_t n_steps;
};

/* One more pass, newest first; false when the pace has no such step, or all that it needs of it. */
bool pace_add(struct pace *p, const char *name, const struct str_list *argv, double took_ms);
/* Whether older passes would change nothing. */
bool pace_is_full(const struct pace *p);
/* The bound for a step with this deadline. None without a pass, where the deadline comes first
 * anyway, or where a file or a flag states it: what is written is used as it stands. */
struct silence pace_silence(
        const struct pace_step *s, const struct deadline *deadline, int64_t floor_ns);

#endif

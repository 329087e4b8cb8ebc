/* daemon/model/earlier.h - what runs of the past say of scenarios that are about to be planned: how
 * long they took, what they needed, and whether they passed the last time.
 *
 * run/ asks, the store answers (daemon/store/store.h). Thread: a worker's.
 */
#ifndef DAEMON_MODEL_EARLIER_H
#define DAEMON_MODEL_EARLIER_H

#include "common/err.h"
#include "daemon/model/result.h"

#define EARLIER_POINTS 5 /* results of one scenario that count, the newest ones */

enum earlier_last { EARLIER_UNKNOWN, EARLIER_PASSED, EARLIER_NOT_PASSED };

/* One scenario. Only what was asked for is filled. */
struct earlier {
	const char *file;       /* absolute, as it was named: links are not followed */
	const char *id;         /* TEST/SCENARIO */
	enum earlier_last last; /* in the last run of the paths that it was part of */
	uint64_t time_us;       /* the median of the newest results; 0 = unknown */
	uint64_t peak_bytes;    /* the largest of them; 0 = unknown */
	uint64_t cpu_permille;  /* of one processor, while it ran; 0 = unknown */
};

struct earlier_ask {
	const char *cwd;              /* absolute */
	const struct str_list *paths; /* what was asked for, relative to cwd */
	const char *default_path;     /* what runs in cwd mean that name none; or NULL */
	int64_t before_wall_ns;       /* runs that began later do not count */
	bool last, times, needs;      /* which members are filled; needs: peak and processor */
	unsigned points;              /* results that are enough, at most EARLIER_POINTS */

	/* With shards > 1: which cut the part belongs to. All parts of one cut look at the same
	 * past, so that together they are the whole: before_wall_ns becomes the moment that the
	 * cut goes by. */
	unsigned shard, shards;
	const struct env_var *options; /* of the run: which runs select the same */
	size_t n_options;

	/* Answers. */
	bool any_run;      /* with last: there was a run of these paths */
	char last_run[16]; /* the newest of them */
};

/* -1 when the history cannot be read. */
typedef int earlier_fn(
        void *arg, struct earlier_ask *ask, struct earlier *v, size_t n, struct err *e);

/* What a run notes among its options of the cut that it is a part of: the moment, decimal. */
#define EARLIER_CUT_OPTION "shard_cut"

#endif

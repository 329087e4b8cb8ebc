/* daemon/run/cached_priv.h - what the files of the cache of results share.
 *
 * cached.c         which results stand for scenarios, and which are kept
 * cached_inputs.c  what a scenario depends on
 * cached_late.c    results whose inputs are looked at after the run
 * cached_verify.c  results that are compared with a run
 */
#ifndef DAEMON_RUN_CACHED_PRIV_H
#define DAEMON_RUN_CACHED_PRIV_H

#include "daemon/run/run_priv.h"

struct run_image {
	const char *name;
	const char *const *host_paths;
	const struct image *image; /* NULL = cannot be had: the run will say why */
	bool busy;                 /* has to be made first */
	struct run_input **inputs; /* its directories of this machine, NULL = not asked for yet */
};

/* A result whose inputs were not known when it began. */
struct late {
	struct late *next;
	struct arena *arena;
	struct runner *r;
	const char *scenario, *run;
	struct result_key key;
	struct run_input *inputs;
	size_t n_inputs, first_part; /* their parts of the key stand together */
	struct scenario_result *result;
	unsigned test_index, slot; /* where it was recorded */
	bool no_history;           /* it was not */
	int64_t started_wall_ns;
	int64_t clock_ahead_ns; /* the wall clock before the monotonic one, at the start */
};

static inline bool planned_is_open(const struct planned *pl)
{
	return pl->skip == REASON_NONE && !pl->unready && pl->sc;
}

/* What a repetition depends on is known of the first, which stands before it. */
static inline bool planned_is_another_turn(const struct planned *pl)
{
	return pl->first && pl->first != pl;
}

/* ---- cached.c ---- */
/* Every part that is known by now; the rest stays "". */
void cached_fill_key(struct planned *pl);

/* ---- cached_inputs.c ---- */
/* The image of a sandbox, NULL when it cannot be had. */
const struct image *cached_image(struct run *run, const struct sandbox_spec *spec);
/* Fills what the scenario depends on, or why no result may stand for it. */
void cached_find_inputs(struct planned *pl);
enum tree_kind cached_tree_kind(enum input_kind k);
void cached_place(const struct run_input *x, struct input_place *out);
void cached_look_at(struct watch *w, struct run_input *x, struct arena *a);
/* Its part of a key; "" when it is not known. */
const char *cached_value(const struct run_input *x);

/* ---- cached_late.c ---- */
/* Has a worker look at what it depended on; it is kept if that is older than the run. */
void late_add(struct planned *pl, struct scenario_result *res);

/* ---- cached_verify.c ---- */
/* Says where the scenario is another one than its result of the past, which is dropped then. */
void cached_verify(struct planned *pl, const struct scenario_result *res);

#endif

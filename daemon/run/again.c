/* Scenarios that results of the past stand for. What the history has already is referred to, many
 * in one record; a thousand of them are told of in the time in which one runs. */
#include "daemon/run/run_priv.h"

#define AT_ONCE 128u

/* All of the test is told of by then, and was before. */
static bool ends_test(struct planned *pl)
{
	struct test_progress *t = &pl->run->tests[pl->test_index];

	t->ahead++;
	return !t->fresh && t->done + t->ahead == t->total;
}

/* Before any of it leaves the daemon. */
static void record(struct run *run, struct planned *const *told, size_t n_told)
{
	const struct runner_deps *d = &run->r->d;
	struct kept_use v[AT_ONCE];
	size_t n = 0;

	for (size_t i = 0; i < n_told; i++) {
		struct planned *pl = told[i];

		if (!pl->by_key)
			run->tests[pl->test_index].fresh = true;
		else
			v[n++] = (struct kept_use){ pl->again, (unsigned)pl->test_index,
				(unsigned)pl->slot, ends_test(pl) };
	}
	if (n && !run->opt.no_history)
		d->again(d->record_arg, run->result->id,
		        clock_span_ms(clock_ns() - run->started_ns), v, n);
}

static void tell(struct planned *pl)
{
	struct run *run = pl->run;
	struct test_progress *t = &run->tests[pl->test_index];
	struct scenario_result *r = STEAL(pl->again);

	sched_test_begins(run, pl->test_index);
	t->ahead -= pl->by_key;
	sched_collect(pl, r, pl->by_key ? run_emit_recorded : run_emit);
	if (!pl->by_key)
		recall_note_planned(pl, r);
}

static bool is_told(const struct planned *pl)
{
	return pl && pl->again && waits_for_none(pl);
}

/* Those that waited for others come before those whose turn it is. */
static struct planned *next_again(struct run *run)
{
	struct planned *at = run->next_plan < run->n_plan ? &run->plan[run->next_plan] : NULL;

	return is_told(run->ready.first) ? run->ready.first : is_told(at) ? at : NULL;
}

bool again_some(struct run *run)
{
	struct planned *v[AT_ONCE], *pl;
	size_t n = 0;

	while (n < AT_ONCE && (pl = next_again(run)) != NULL) {
		v[n++] = pl;
		waits_take(run, pl);
	}
	if (!n)
		return false;
	record(run, v, n);
	for (size_t i = 0; i < n; i++)
		tell(v[i]);
	return true;
}

void again_drop(struct planned *pl)
{
	pl->run->cached -= pl->again != NULL;
	pl->by_key &= !pl->again;
	scenario_result_unref(STEAL(pl->again));
}

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
static void record(struct run *run, size_t end)
{
	const struct runner_deps *d = &run->r->d;
	struct kept_use v[AT_ONCE];
	size_t n = 0;

	for (size_t i = run->next_plan; i < end; i++) {
		struct planned *pl = &run->plan[i];

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

bool again_some(struct run *run)
{
	size_t end = run->next_plan;

	while (end < run->n_plan && end - run->next_plan < AT_ONCE && run->plan[end].again)
		end++;
	if (end == run->next_plan)
		return false;
	record(run, end);
	while (run->next_plan < end)
		tell(&run->plan[run->next_plan++]);
	return true;
}

/* Scenarios that wait for others. The plan is in an order in which each stands behind all that it
 * needs. One whose turn comes before these have passed steps aside, so that the others go on, and
 * comes back when the last of them has; one that needs what did not pass is skipped at once, and so
 * is who needs that one: each result settles those that wait for it directly, and their results the
 * others, from a queue. */
#include <assert.h>

#include "daemon/run/run_priv.h"

struct edge {
	struct planned *to;
	struct edge *next;
};

/* Of a scenario in a test where some need others. */
struct bond {
	struct edge *then, **then_end; /* who waits for it */
	unsigned waits;                /* for so many */
	bool aside;                    /* its turn has come, and it waits */
	struct planned *next;          /* in a queue of the run */
};

/* ---- links ---- */

/* A result of the past is a pass: nobody has to wait until it is told. */
static bool is_certain(const struct planned *pl)
{
	return pl->again && !pl->bond->waits && pl->skip == REASON_NONE;
}

static void link_to(struct planned *pl, struct planned *on)
{
	struct edge *e;

	if (is_certain(on))
		return;
	e = arena_alloc(pl->run->arena, sizeof(*e));
	e->to = pl;
	e->next = NULL;
	*on->bond->then_end = e;
	on->bond->then_end = &e->next;
	pl->bond->waits++;
}

/* One that is not in the plan has passed before (--changed): what is left out otherwise skips those
 * that need it. A repetition needs those of its round; what comes along for others has one turn. */
void waits_link(struct run *run)
{
	struct needs_places *places;
	struct bond *bonds;

	if (!run->has_needs)
		return;
	bonds = arena_array(run->arena, run->n_plan + 1, sizeof(*bonds));
	places = needs_places_new(run);
	for (size_t i = 0; i < run->n_plan; i++) {
		struct planned *pl = &run->plan[i], *on;

		if (!needs_has(pl))
			continue;
		pl->bond = &bonds[i];
		pl->bond->then_end = &pl->bond->then;
		for (size_t k = 0; k < pl->sc->n_needs; k++) {
			on = places->at[pl->test_index][pl->sc->needs[k]];
			if (on)
				link_to(pl, on);
		}
		needs_places_put(places, pl);
	}
	needs_places_free(places);
}

/* ---- queues ---- */

static void push(struct planned_queue *q, struct planned *pl)
{
	if (!q->first)
		q->end = &q->first;
	*q->end = pl;
	q->end = &pl->bond->next;
}

/* What is skipped does not wait for a free place. */
static void come_back(struct planned *pl)
{
	struct run *run = pl->run;

	if (!pl->bond->aside)
		return;
	pl->bond->aside = false;
	push(pl->skip == REASON_NONE && !run->stopping ? &run->ready : &run->doomed, pl);
}

static bool step_aside(struct planned *pl)
{
	struct bond *b = pl->bond;

	if (!b || !b->waits || pl->skip != REASON_NONE || pl->run->stopping)
		return false;
	b->aside = true;
	pl->run->n_waiting++;
	return true;
}

static bool is_next_round(const struct run *run)
{
	size_t at = run->next_plan;

	return at && run->plan[at].repetition > 1 &&
	       run->plan[at].repetition != run->plan[at - 1].repetition;
}

struct planned *waits_next(struct run *run)
{
	if (run->doomed.first)
		return run->doomed.first;
	if (run->ready.first)
		return run->ready.first;
	for (; run->next_plan < run->n_plan; run->next_plan++) {
		/* A round begins when all of the one before has. */
		if (run->n_waiting && is_next_round(run))
			return NULL;
		if (!step_aside(&run->plan[run->next_plan]))
			return &run->plan[run->next_plan];
	}
	return NULL;
}

void waits_take(struct run *run, struct planned *pl)
{
	struct planned_queue *q = pl == run->doomed.first ? &run->doomed : &run->ready;

	if (pl != q->first) {
		assert(pl == &run->plan[run->next_plan]);
		run->next_plan++;
		return;
	}
	q->first = pl->bond->next;
	pl->bond->next = NULL;
	run->n_waiting--;
}

bool waits_for_none(const struct planned *pl)
{
	return !pl->bond || !pl->bond->waits;
}

/* ---- results ---- */

/* What the end of the run has skipped, it skips of those as well. */
static void doom(struct planned *pl, const struct planned *on, const struct scenario_result *res)
{
	const struct run *run = pl->run;
	bool by_end =
	        run->stopping && res->verdict == VERDICT_SKIP && res->reason == run->stop_reason;

	if (pl->skip != REASON_NONE || by_end)
		return;
	pl->skip = REASON_DEPENDENCY;
	pl->skip_text = arena_printf(pl->run->arena, "needs '%s'", on->sc->name);
}

void waits_over(struct planned *pl, const struct scenario_result *res)
{
	for (const struct edge *e = pl->bond ? pl->bond->then : NULL; e; e = e->next) {
		struct planned *to = e->to;

		if (res->verdict == VERDICT_PASS)
			to->bond->waits--;
		else
			doom(to, pl, res);
		if (to->skip != REASON_NONE || !to->bond->waits)
			come_back(to);
	}
}

void waits_end(struct run *run)
{
	for (size_t i = 0; run->n_waiting && i < run->next_plan; i++)
		if (run->plan[i].bond)
			come_back(&run->plan[i]);
}

/* Steps in an order of their own: each waits for those that it needs, and as many as may run at the
 * same time do. setup, steps and teardown follow each other as wholes.
 *
 * A step that passed lets go who waits for it; one that did not dooms all that wait for it,
 * directly or not, and nothing else. Every step is told to run (exec.c); the init never goes on by
 * itself.
 */
#include <string.h>

#include "daemon/run/exec_priv.h"

/* ---- the graph ---- */

/* Steps of a part stand together; where the one of s begins. */
static size_t part_base(const struct step_run *s)
{
	return (size_t)(s - s->x->steps) - s->def->index;
}

static struct step_run *needed(const struct step_run *s, size_t i)
{
	return &s->x->steps[part_base(s) + s->def->needs[i]];
}

/* Rows of one array, one behind the other. */
static void link_steps(struct exec *x)
{
	size_t edges = 0;
	unsigned *at;

	for (size_t i = 0; i < x->n_steps; i++)
		for (size_t k = 0; k < x->steps[i].def->n_needs; k++, edges++)
			needed(&x->steps[i], k)->n_then++;
	at = x->graph.edges = xcalloc(edges + 1, sizeof(*at));
	for (size_t i = 0; i < x->n_steps; i++) {
		x->steps[i].then = at;
		at += x->steps[i].n_then;
		x->steps[i].n_then = 0;
	}
	for (size_t i = 0; i < x->n_steps; i++) {
		struct step_run *s = &x->steps[i];

		s->waits = (unsigned)s->def->n_needs;
		for (size_t k = 0; k < s->waits; k++) {
			struct step_run *on = needed(s, k);

			on->then[on->n_then++] = (unsigned)i;
		}
	}
}

/* No step that waits for it will run. */
static void doom(struct step_run *s)
{
	struct exec *x = s->x;
	size_t *stack = xcalloc(x->n_steps + 1, sizeof(*stack)), n = 0;

	stack[n++] = (size_t)(s - x->steps);
	while (n) {
		const struct step_run *at = &x->steps[stack[--n]];

		for (size_t i = 0; i < at->n_then; i++) {
			struct step_run *to = &x->steps[at->then[i]];

			if (to->doomed || to->state != STEP_IDLE)
				continue;
			to->doomed = true;
			stack[n++] = at->then[i];
		}
	}
	free(stack);
}

/* A selector names one step: it runs with all that it needs. */
static void keep_needed(struct exec *x, size_t last)
{
	size_t base = x->pl->sc->n_setup, n = 0;
	size_t *stack = xcalloc(x->n_steps + 1, sizeof(*stack));
	bool *kept = xcalloc(x->n_steps + 1, sizeof(*kept));

	stack[n++] = base + last;
	kept[base + last] = true;
	while (n) {
		const struct step_run *s = &x->steps[stack[--n]];

		for (size_t k = 0; k < s->def->n_needs; k++) {
			size_t on = (size_t)(needed(s, k) - x->steps);

			if (!kept[on])
				stack[n++] = on;
			kept[on] = true;
		}
	}
	for (size_t i = base; i < base + x->pl->sc->n_steps; i++) {
		if (kept[i] || !x->steps[i].in_batch)
			continue;
		x->steps[i].in_batch = false;
		x->steps[i].res->reason = REASON_SKIP;
	}
	free(stack);
	free(kept);
}

void graph_make(struct exec *x)
{
	const struct scenario *sc = x->pl->sc;

	x->graph.part = PART_SETUP;
	x->graph.most = sc->max_parallel ? sc->max_parallel : x->run->jobs;
	link_steps(x);
	if (x->pl->until_step && x->pl->until_step < sc->n_steps)
		keep_needed(x, x->pl->until_step - 1);
	for (size_t i = 0; i < x->n_steps; i++)
		if (!x->steps[i].in_batch)
			doom(&x->steps[i]);
}

/* ---- what becomes of a step ---- */

static void let_go(struct step_run *s)
{
	struct exec *x = s->x;

	for (size_t i = 0; i < s->n_then; i++) {
		if (--x->steps[s->then[i]].waits == 0 && s->then[i] < x->graph.first)
			x->graph.first = s->then[i];
	}
}

/* Teardown goes on whatever its steps return. */
static bool counts_as_passed(const struct step_run *s)
{
	return s->res->verdict == VERDICT_PASS || s->def->continue_on_failure ||
	       s->part == PART_TEARDOWN;
}

static void leave(struct step_run *s)
{
	s->x->graph.live -= s->live;
	s->live = false;
}

static void settle(struct step_run *s)
{
	/* One in the background let them go when it started; what has not begun since will not. */
	if (!counts_as_passed(s))
		doom(s);
	else if (!s->settled)
		let_go(s);
	s->settled = true;
}

void graph_started(struct step_run *s)
{
	if (!s->def->background || s->settled)
		return;
	leave(s);
	let_go(s);
	s->settled = true;
	graph_go(s->x);
}

void graph_over(struct step_run *s)
{
	leave(s);
	settle(s);
	graph_go(s->x);
}

/* ---- going on ---- */

static bool can_start(const struct step_run *s)
{
	return (int)s->part == s->x->graph.part && s->in_batch && s->state == STEP_IDLE &&
	       !s->doomed && !s->waits && !s->res->ran;
}

static struct step_run *next_ready(struct exec *x)
{
	while (x->graph.first < x->n_steps && !can_start(&x->steps[x->graph.first]))
		x->graph.first++;
	return x->graph.first < x->n_steps ? &x->steps[x->graph.first] : NULL;
}

static bool start_one(struct exec *x)
{
	struct step_run *s = x->graph.live < x->graph.most ? next_ready(x) : NULL;

	if (!s)
		return false;
	s->state = STEP_ASKED;
	s->live = true;
	x->graph.live++;
	if (!exec_run_step(s)) {
		leave(s);
		settle(s);
	}
	return true;
}

/* False behind the last part. */
static bool next_part(struct exec *x)
{
	bool to_teardown = x->graph.part == PART_MAIN || x->broken;

	if (x->graph.part == PART_TEARDOWN)
		return false;
	x->graph.part = to_teardown ? PART_TEARDOWN : PART_MAIN;
	x->graph.first = 0;
	return true;
}

void graph_go(struct exec *x)
{
	if (x->finished || x->stopping || x->graph.going)
		return;
	x->graph.going = true;
	do
		while (start_one(x))
			;
	while (!x->graph.live && next_part(x));
	x->graph.going = false;
	if (!x->graph.live)
		exec_wind_up(x);
}

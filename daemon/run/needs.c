/* Scenarios that need others, before any of them runs: which of them come along, and in which order
 * they stand. What becomes of them in the run is in waits.c. Nothing here recurses: a file may have
 * 100,000 scenarios in a row; and all of it is linear in scenarios and needs. */
#include <string.h>

#include "daemon/run/run_priv.h"

/* ---- one test ---- */

void needs_close(const struct test *t, bool *in)
{
	size_t *stack = xcalloc(t->n_scenarios + 1, sizeof(*stack)), n = 0;

	for (size_t i = 0; i < t->n_scenarios; i++)
		if (in[i])
			stack[n++] = i;
	while (n) {
		const struct scenario *sc = &t->scenarios[stack[--n]];

		for (size_t k = 0; k < sc->n_needs; k++) {
			if (!in[sc->needs[k]])
				stack[n++] = sc->needs[k];
			in[sc->needs[k]] = true;
		}
	}
	free(stack);
}

/* Says what a node needs, from its k-th need on, and moves k behind it; SIZE_MAX: nothing more. */
typedef size_t need_fn(const void *arg, size_t node, size_t *k);

/* Each node behind those that it needs, else in the order that is given. */
static void order_by(const size_t *given, size_t n, need_fn *need, const void *arg, size_t *out)
{
	size_t *path = xcalloc(n + 1, sizeof(*path)), *at = xcalloc(n + 1, sizeof(*at));
	bool *seen = xcalloc(n + 1, sizeof(*seen));
	size_t depth = 0, done = 0;

	for (size_t i = 0; i < n; i++) {
		if (!seen[given[i]])
			path[depth++] = given[i];
		seen[given[i]] = true;
		while (depth) {
			size_t node = path[depth - 1], on = need(arg, node, &at[node]);

			if (on == SIZE_MAX)
				out[done++] = path[--depth];
			else if (!seen[on])
				path[depth++] = on;
			if (on != SIZE_MAX)
				seen[on] = true;
		}
	}
	free(path);
	free(at);
	free(seen);
}

static size_t need_in_test(const void *arg, size_t node, size_t *k)
{
	const struct scenario *sc = &((const struct test *)arg)->scenarios[node];

	return *k < sc->n_needs ? sc->needs[(*k)++] : SIZE_MAX;
}

void needs_order(const struct test *t, size_t *order)
{
	size_t *given = xcalloc(t->n_scenarios + 1, sizeof(*given));

	for (size_t i = 0; i < t->n_scenarios; i++)
		given[i] = i;
	order_by(given, t->n_scenarios, need_in_test, t, order);
	free(given);
}

/* ---- a plan ---- */

bool needs_has(const struct planned *pl)
{
	return pl->test && pl->test->has_needs;
}

/* What is run in its place on a layer is not the file's. */
static size_t needs_number(const struct planned *pl)
{
	return (size_t)((pl->written ? pl->written : pl->sc) - pl->test->scenarios);
}

struct needs_places *needs_places_new(const struct run *run)
{
	struct needs_places *p = xcalloc(1, sizeof(*p));

	p->n = run->result->n_tests;
	p->at = xcalloc(p->n + 1, sizeof(*p->at));
	for (size_t i = 0; i < run->n_plan; i++) {
		const struct planned *pl = &run->plan[i];

		if (needs_has(pl) && !p->at[pl->test_index])
			p->at[pl->test_index] =
			        xcalloc(pl->test->n_scenarios, sizeof(struct planned *));
	}
	return p;
}

void needs_places_free(struct needs_places *p)
{
	for (size_t i = 0; i < p->n; i++)
		free((void *)p->at[i]);
	free((void *)p->at);
	free(p);
}

void needs_places_put(struct needs_places *p, struct planned *pl)
{
	p->at[pl->test_index][needs_number(pl)] = pl;
}

static struct needs_places *places_of_all(const struct run *run)
{
	struct needs_places *p = needs_places_new(run);

	for (size_t i = 0; i < run->n_plan; i++)
		if (needs_has(&run->plan[i]))
			needs_places_put(p, &run->plan[i]);
	return p;
}

/* Scenarios of a test stand together. */
static size_t group_end(const struct run *run, size_t from)
{
	size_t end = from;

	while (end < run->n_plan && run->plan[end].test_index == run->plan[from].test_index)
		end++;
	return end;
}

/* What will not run needs nothing. */
static void keep_of_test(struct run *run, size_t from, size_t end, bool *stays)
{
	const struct test *t = run->plan[from].test;
	bool *in = xcalloc(t->n_scenarios + 1, sizeof(*in));

	for (size_t i = from; i < end; i++)
		in[needs_number(&run->plan[i])] |= stays[i] && run->plan[i].skip == REASON_NONE;
	needs_close(t, in);
	for (size_t i = from; i < end; i++) {
		bool comes = in[needs_number(&run->plan[i])] && !stays[i];

		run->plan[i].comes_along |= comes;
		stays[i] |= comes;
	}
	free(in);
}

void needs_keep(struct run *run, bool *stays)
{
	for (size_t i = 0, end; run->has_needs && i < run->n_plan; i = end) {
		end = group_end(run, i);
		if (needs_has(&run->plan[i]))
			keep_of_test(run, i, end, stays);
	}
}

/* ---- order ---- */

struct plan_order {
	const struct run *run;
	const struct needs_places *places;
};

static size_t need_in_plan(const void *arg, size_t node, size_t *k)
{
	const struct plan_order *o = arg;
	const struct planned *pl = &o->run->plan[node], *on;
	const struct scenario *sc = pl->sc;

	while (needs_has(pl) && *k < sc->n_needs) {
		on = o->places->at[pl->test_index][sc->needs[(*k)++]];
		if (on)
			return (size_t)(on - o->run->plan);
	}
	return SIZE_MAX;
}

/* What goes first takes along what it needs. */
static void fill_given(const struct run *run, size_t *given)
{
	size_t *by_rank = xcalloc(run->n_plan + 1, sizeof(*by_rank)), n = 0;

	for (size_t i = 0; i < run->n_plan; i++)
		by_rank[run->plan[i].rank] = i;
	for (int first = 1; first >= 0; first--)
		for (size_t i = 0; i < run->n_plan; i++)
			if (run->plan[by_rank[i]].goes_first == first)
				given[n++] = by_rank[i];
	free(by_rank);
}

void needs_rank(struct run *run)
{
	size_t *given = xcalloc(run->n_plan + 1, sizeof(*given));
	size_t *order = xcalloc(run->n_plan + 1, sizeof(*order));
	struct needs_places *places = places_of_all(run);
	const struct plan_order o = { run, places };

	fill_given(run, given);
	order_by(given, run->n_plan, need_in_plan, &o, order);
	for (size_t i = 0; i < run->n_plan; i++) {
		run->plan[order[i]].rank = i;
		run->plan[order[i]].goes_first = false;
	}
	needs_places_free(places);
	free(given);
	free(order);
}

/* ---- what stays together ---- */

/* Paths are halved on the way. */
static size_t root_of(size_t *up, size_t i)
{
	while (up[i] != i)
		i = up[i] = up[up[i]];
	return i;
}

static void join_needed(const struct run *run, const struct needs_places *places, size_t *up)
{
	for (size_t i = 0; i < run->n_plan; i++) {
		const struct planned *pl = &run->plan[i], *on;

		for (size_t k = 0; needs_has(pl) && k < pl->sc->n_needs; k++) {
			on = places->at[pl->test_index][pl->sc->needs[k]];
			if (on)
				up[root_of(up, i)] = root_of(up, (size_t)(on - run->plan));
		}
	}
}

/* Its test has one sandbox for all, or says something of all. */
static bool is_of_whole(const struct planned *pl)
{
	return pl->sc && (pl->sc->scope == SCOPE_TEST || pl->test->n_assertions);
}

/* Scenarios of a test stand side by side in a plan that has no order yet. */
static void join_whole(const struct run *run, size_t *up)
{
	for (size_t i = 1; i < run->n_plan; i++) {
		const struct planned *pl = &run->plan[i];

		if (is_of_whole(pl) && is_of_whole(pl - 1) && pl->test == pl[-1].test)
			up[root_of(up, i)] = root_of(up, i - 1);
	}
}

void needs_group(const struct run *run, size_t *group)
{
	struct needs_places *places = places_of_all(run);
	size_t *up = xcalloc(run->n_plan + 1, sizeof(*up));

	for (size_t i = 0; i < run->n_plan; i++)
		up[i] = i;
	join_needed(run, places, up);
	join_whole(run, up);
	for (size_t i = 0; i < run->n_plan; i++) {
		const struct planned *pl = &run->plan[i];

		group[i] = needs_has(pl) || is_of_whole(pl) ? root_of(up, i) + 1 : 0;
	}
	needs_places_free(places);
	free(up);
}

/* ---- words ---- */

#define NAMED_MAX 8u

void needs_tell(struct run *run)
{
	AUTO_STRBUF names = STRBUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < run->n_plan; i++) {
		if (!run->plan[i].comes_along || run->plan[i].repetition > 1)
			continue;
		if (n < NAMED_MAX)
			strbuf_printf(&names, "%s%s", n ? ", " : "", run->plan[i].sc->id);
		n++;
	}
	if (n > NAMED_MAX)
		strbuf_adds(&names, ", ...");
	if (n)
		run_note(run, "select.needs", "%zu scenario%s more, which others need: %s", n,
		        n == 1 ? "" : "s", names.s);
}

/* Scenarios that need others, before any of them runs: random graphs, and rows that are long. */
#include "tests/unit/check_main.h"

#include <string.h>

#include "daemon/run/run_priv.h"
#include "tests/unit/generate.h"

#define N_MAX 60u
#define LONG 100000u

struct graph {
	struct test t;
	struct scenario v[N_MAX];
	unsigned needs[N_MAX][N_MAX];
};

/* The order that holds is another than the written one. */
static void generate(struct graph *g, struct gen *x)
{
	unsigned place[N_MAX] = { 0 }, n = 1 + gen_below(x, N_MAX), density = gen_below(x, 5);

	memset(g, 0, sizeof(*g));
	g->t = (struct test){ .scenarios = g->v, .n_scenarios = n, .has_needs = true };
	for (unsigned i = 0; i < n; i++) {
		unsigned k = gen_below(x, i + 1);

		place[i] = place[k];
		place[k] = i;
	}
	for (unsigned i = 0; i < n; i++) {
		g->v[i].needs = g->needs[i];
		for (unsigned k = 0; k < n; k++)
			if (place[k] < place[i] && gen_below(x, n) < density)
				g->needs[i][g->v[i].n_needs++] = k;
	}
}

static void check_order(const struct test *t, const size_t *order, uint64_t seed)
{
	size_t at[N_MAX], seen = 0;

	for (size_t i = 0; i < t->n_scenarios; i++)
		at[i] = SIZE_MAX;
	for (size_t i = 0; i < t->n_scenarios; i++) {
		ck_assert_uint_lt(order[i], t->n_scenarios);
		seen += at[order[i]] == SIZE_MAX;
		at[order[i]] = i;
	}
	ck_assert_uint_eq(seen, t->n_scenarios);
	for (size_t i = 0; i < t->n_scenarios; i++)
		for (size_t k = 0; k < t->scenarios[i].n_needs; k++)
			ck_assert_msg(at[t->scenarios[i].needs[k]] < at[i],
			        "seed %lu: %zu stands before %u, which it needs",
			        (unsigned long)seed, i, t->scenarios[i].needs[k]);
}

START_TEST(each_stands_once_behind_all_that_it_needs)
{
	static struct graph g;
	size_t order[N_MAX];

	for (uint64_t seed = 1; seed <= gen_rounds(300); seed++) {
		struct gen x = { seed };

		generate(&g, &x);
		needs_order(&g.t, order);
		check_order(&g.t, order, seed);
	}
}
END_TEST

/* Whoever is in has in what it needs, and nobody is in whom nobody who was in needs. */
static bool is_needed(const struct graph *g, const bool *in, size_t k)
{
	for (size_t i = 0; i < g->t.n_scenarios; i++)
		for (size_t n = 0; in[i] && n < g->v[i].n_needs; n++)
			if (g->v[i].needs[n] == k)
				return true;
	return false;
}

START_TEST(what_is_needed_comes_along_and_nothing_else)
{
	static struct graph g;

	for (uint64_t seed = 1; seed <= gen_rounds(300); seed++) {
		struct gen x = { seed };
		bool asked[N_MAX] = { false }, in[N_MAX];

		generate(&g, &x);
		for (size_t i = 0; i < g.t.n_scenarios; i++)
			asked[i] = gen_below(&x, 4) == 0;
		memcpy(in, asked, sizeof(in));
		needs_close(&g.t, in);
		for (size_t i = 0; i < g.t.n_scenarios; i++) {
			bool wanted = asked[i] || is_needed(&g, in, i);

			ck_assert_msg(in[i] == wanted, "seed %lu: %zu", (unsigned long)seed, i);
		}
	}
}
END_TEST

/* ---- a plan: what was taken out, another order, and what stays together ---- */

struct bed {
	struct run run;
	struct run_result result;
	struct planned plan[N_MAX];
};

static void plan_some(struct bed *b, struct graph *g, struct gen *x)
{
	memset(b, 0, sizeof(*b));
	b->result.n_tests = 1;
	b->run = (struct run){ .plan = b->plan, .result = &b->result, .has_needs = true };
	for (size_t i = 0; i < g->t.n_scenarios; i++) {
		if (gen_below(x, 5) == 0)
			continue;
		b->plan[b->run.n_plan++] =
		        (struct planned){ .run = &b->run, .test = &g->t, .sc = &g->v[i] };
	}
	for (size_t i = 0; i < b->run.n_plan; i++) {
		size_t k = gen_below(x, (unsigned)i + 1);

		b->plan[i].rank = b->plan[k].rank;
		b->plan[k].rank = i;
		b->plan[i].goes_first = gen_below(x, 3) == 0;
	}
}

static const struct planned *planned_of(const struct bed *b, const struct scenario *sc)
{
	for (size_t i = 0; i < b->run.n_plan; i++)
		if (b->plan[i].sc == sc)
			return &b->plan[i];
	return NULL;
}

START_TEST(a_plan_has_an_order_and_groups_whatever_was_taken_out_of_it)
{
	static struct graph g;
	static struct bed b;
	size_t group[N_MAX];

	for (uint64_t seed = 1; seed <= gen_rounds(300); seed++) {
		struct gen x = { seed };
		bool seen[N_MAX] = { false };

		generate(&g, &x);
		plan_some(&b, &g, &x);
		needs_rank(&b.run);
		needs_group(&b.run, group);
		for (size_t i = 0; i < b.run.n_plan; i++) {
			const struct planned *pl = &b.plan[i];

			ck_assert(pl->rank < b.run.n_plan && !seen[pl->rank]);
			seen[pl->rank] = true;
			for (size_t k = 0; k < pl->sc->n_needs; k++) {
				const struct planned *on = planned_of(&b, &g.v[pl->sc->needs[k]]);

				ck_assert_msg(!on || (on->rank < pl->rank &&
				                             group[on - b.plan] == group[i]),
				        "seed %lu", (unsigned long)seed);
			}
		}
	}
}
END_TEST

START_TEST(a_long_row_is_no_deep_recursion)
{
	struct scenario *v = xcalloc(LONG, sizeof(*v));
	unsigned *needs = xcalloc(LONG, sizeof(*needs));
	size_t *order = xcalloc(LONG, sizeof(*order));
	bool *in = xcalloc(LONG, sizeof(*in));
	struct test t = { .scenarios = v, .n_scenarios = LONG, .has_needs = true };

	for (unsigned i = 0; i + 1 < LONG; i++) {
		needs[i] = i + 1;
		v[i].needs = &needs[i];
		v[i].n_needs = 1;
	}
	needs_order(&t, order);
	ck_assert_uint_eq(order[0], LONG - 1);
	ck_assert_uint_eq(order[LONG - 1], 0);
	in[0] = true;
	needs_close(&t, in);
	ck_assert(in[LONG - 1]);
	free(v);
	free(needs);
	free(order);
	free(in);
}
END_TEST

CHECK_MAIN("needs", each_stands_once_behind_all_that_it_needs,
        what_is_needed_comes_along_and_nothing_else,
        a_plan_has_an_order_and_groups_whatever_was_taken_out_of_it,
        a_long_row_is_no_deep_recursion)

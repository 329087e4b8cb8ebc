/* Choosing among scenarios: tags, parts of a suite, random order. Suites are generated. */
#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/run/select_priv.h"
#include "tests/unit/generate.h"

#define M_MAX 20u
#define ITEMS_MAX 200u

/* ---- tags ---- */

static bool takes(const char *const *rules, const char *const *tags, int *rc)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct str_list texts = { 0 }, have = { 0 };
	struct tag_rules r;
	struct err e;

	texts.v = (const char **)(uintptr_t)rules;
	have.v = (const char **)(uintptr_t)tags;
	while (rules[texts.n])
		texts.n++;
	while (tags[have.n])
		have.n++;
	*rc = tag_rules_make(&r, &texts, a, &e);
	return *rc == 0 && tag_rules_match(&r, &have);
}

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(tags_are_alternatives_of_what_has_to_hold_together)
{
	static const struct {
		const char *rules[3], *tags[3];
		bool takes;
	} cases[] = {
		{ { NULL }, { NULL }, true },
		{ { NULL }, { "a" }, true },
		{ { "a" }, { "a", "b" }, true },
		{ { "a" }, { "b" }, false },
		{ { "a" }, { "ab" }, false },
		{ { "a,b" }, { "b", "a" }, true },
		{ { "a,b" }, { "a" }, false },
		{ { "a", "b" }, { "b" }, true },
		{ { "a", "b" }, { "c" }, false },
		{ { "!a" }, { NULL }, true },
		{ { "!a" }, { "a" }, false },
		{ { "b,!a" }, { "b" }, true },
		{ { "b,!a" }, { "a", "b" }, false },
		{ { "!a,!b" }, { "c" }, true },
		{ { "!a", "!b" }, { "a" }, true },
		{ { "!a", "!b" }, { "a", "b" }, false },
		{ { " a , ! b " }, { "a" }, true },
		{ { " a , ! b " }, { "a", "b" }, false },
		{ { "a,!a" }, { "a" }, false },
	};
	int rc;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool got = takes(cases[i].rules, cases[i].tags, &rc);

		ck_assert_int_eq(rc, 0);
		ck_assert_msg(got == cases[i].takes, "case %zu", i);
	}
}
END_TEST

START_TEST(a_tag_without_a_name_is_refused)
{
	static const char *const bad[] = { "", ",", "a,", ",a", "!", "a,!", " ", "a,,b" };
	int rc;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		takes(LIST("x", bad[i]), LIST("x"), &rc);
		ck_assert_msg(rc == -1, "'%s'", bad[i]);
	}
}
END_TEST

/* ---- shards ---- */

struct suite {
	struct shard_item v[ITEMS_MAX];
	char names[ITEMS_MAX][40];
	size_t n;
};

static void add(struct suite *s, struct gen *g, uint64_t weight)
{
	size_t i = s->n++;

	snprintf(s->names[i], sizeof(s->names[i]), "f%u.clnrm.toml::t/s%zu", gen_below(g, 9), i);
	s->v[i] = (struct shard_item){ .identity = s->names[i], .weight = weight };
}

/* Times as suites have them: many short ones, few long ones; some unknown. */
static void generate(struct suite *s, struct gen *g, size_t n, bool unknown)
{
	s->n = 0;
	while (s->n < n)
		add(s, g,
		        unknown && gen_below(g, 4) == 0
		                ? 0
		                : 1 + (gen_next(g) >> (44 + gen_below(g, 18))));
}

/* Some of them need each other. */
static void bind(struct suite *s, struct gen *g)
{
	for (size_t i = 0; i < s->n; i++)
		s->v[i].group = gen_below(g, 3) ? 0 : 1 + gen_below(g, (unsigned)s->n);
}

static bool is_whole(const struct suite *s, size_t group)
{
	unsigned shard = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].group != group)
			continue;
		if (shard && s->v[i].shard != shard)
			return false;
		shard = s->v[i].shard;
	}
	return true;
}

static void shake(struct suite *s, struct gen *g)
{
	for (size_t i = s->n; i > 1; i--) {
		size_t k = gen_below(g, (unsigned)i);
		struct shard_item x = s->v[i - 1];

		s->v[i - 1] = s->v[k];
		s->v[k] = x;
	}
}

static unsigned shard_of(const struct suite *s, const char *identity)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].identity == identity)
			return s->v[i].shard;
	return 0;
}

START_TEST(every_scenario_is_in_exactly_one_shard_the_same_each_time)
{
	static struct suite s, again;

	for (uint64_t seed = 1; seed <= gen_rounds(30); seed++) {
		struct gen g = { seed };

		generate(&s, &g, gen_below(&g, ITEMS_MAX), true);
		if (seed % 2)
			bind(&s, &g);
		for (unsigned m = 1; m <= M_MAX; m++) {
			bool by_hash = gen_below(&g, 4) == 0, timed;

			timed = shard_cut(s.v, s.n, m, by_hash);
			ck_assert(!(timed && by_hash));
			for (size_t i = 0; i < s.n; i++)
				ck_assert_msg(s.v[i].shard >= 1 && s.v[i].shard <= m,
				        "seed %lu: shard %u of %u", (unsigned long)seed,
				        s.v[i].shard, m);
			for (size_t i = 1; i <= s.n; i++)
				ck_assert_msg(is_whole(&s, i), "seed %lu: group %zu of %u parts",
				        (unsigned long)seed, i, m);
			/* Whoever found them in another order cuts them alike. */
			again.n = s.n;
			memcpy(again.v, s.v, sizeof(s.v));
			shake(&again, &g);
			ck_assert(shard_cut(again.v, again.n, m, by_hash) == timed);
			for (size_t i = 0; i < s.n; i++)
				ck_assert_msg(shard_of(&again, s.v[i].identity) == s.v[i].shard,
				        "seed %lu, m %u", (unsigned long)seed, m);
		}
	}
}
END_TEST

/* m parts that all take the same: nothing can be better. */
static uint64_t generate_even(struct suite *s, struct gen *g, unsigned m)
{
	uint64_t part = 1000 + gen_below(g, 100000);

	s->n = 0;
	for (unsigned i = 0; i < m; i++) {
		uint64_t left = part;

		for (unsigned k = gen_below(g, 12); k && left > 1; k--) {
			uint64_t x = 1 + gen_next(g) % left;

			if (x == left)
				break;
			add(s, g, x);
			left -= x;
		}
		add(s, g, left);
	}
	return part;
}

static uint64_t longest(const struct suite *s, unsigned m)
{
	uint64_t sum[M_MAX + 1] = { 0 }, most = 0;

	for (size_t i = 0; i < s->n; i++)
		sum[s->v[i].shard] += s->v[i].weight;
	for (unsigned i = 1; i <= m; i++)
		most = sum[i] > most ? sum[i] : most;
	return most;
}

START_TEST(no_shard_takes_longer_than_the_bound_of_longest_first)
{
	static struct suite s;

	for (uint64_t seed = 1; seed <= gen_rounds(400); seed++) {
		struct gen g = { seed };
		unsigned m = 1 + gen_below(&g, M_MAX);
		uint64_t best = generate_even(&s, &g, m);

		shake(&s, &g);
		ck_assert(shard_cut(s.v, s.n, m, false));
		/* 4/3 - 1/(3m) of the best, in whole numbers */
		ck_assert_msg(longest(&s, m) * 3 * m <= best * (4 * m - 1),
		        "seed %lu: %lu of at best %lu, m %u", (unsigned long)seed,
		        (unsigned long)longest(&s, m), (unsigned long)best, m);
	}
}
END_TEST

START_TEST(what_is_unknown_weighs_as_much_as_the_median)
{
	struct shard_item v[] = { { "a", 10, 0, 0 }, { "b", 30, 0, 0 }, { "c", 1000, 0, 0 },
		{ "d", 0, 0, 0 }, { "e", 0, 0, 0 } };
	struct shard_item said[] = { { "a", 10, 0, 0 }, { "b", 30, 0, 0 }, { "c", 1000, 0, 0 },
		{ "d", 30, 0, 0 }, { "e", 30, 0, 0 } };

	ck_assert(shard_cut(v, ARRAY_LEN(v), 2, false));
	ck_assert(shard_cut(said, ARRAY_LEN(said), 2, false));
	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		ck_assert_uint_eq(v[i].shard, said[i].shard);
	ck_assert_uint_ne(v[2].shard, v[3].shard); /* the long one is alone */
	ck_assert_uint_eq(v[3].shard, v[0].shard);
}
END_TEST

START_TEST(a_group_weighs_what_its_items_do_together)
{
	struct shard_item v[] = { { "a", 10, 0, 1 }, { "b", 10, 0, 1 }, { "c", 10, 0, 1 },
		{ "d", 25, 0, 0 }, { "e", 6, 0, 0 } };

	ck_assert(shard_cut(v, ARRAY_LEN(v), 2, false));
	ck_assert_uint_eq(v[0].shard, v[1].shard);
	ck_assert_uint_eq(v[0].shard, v[2].shard);
	ck_assert_uint_ne(v[0].shard, v[3].shard);
	ck_assert_uint_eq(v[3].shard, v[4].shard);
}
END_TEST

START_TEST(by_hash_a_scenario_stays_where_it_is_when_others_come)
{
	static struct suite s, more;
	struct gen g = { 7 };
	unsigned seen[5] = { 0 };

	generate(&s, &g, 200, true);
	ck_assert(!shard_cut(s.v, s.n, 4, true));
	memcpy(more.v, s.v, sizeof(s.v));
	more.n = 100;
	ck_assert(!shard_cut(more.v, more.n, 4, true));
	for (size_t i = 0; i < more.n; i++)
		ck_assert_uint_eq(more.v[i].shard, s.v[i].shard);
	for (size_t i = 0; i < s.n; i++)
		seen[s.v[i].shard]++;
	for (unsigned i = 1; i <= 4; i++)
		ck_assert_msg(seen[i] > 25, "shard %u has %u of 200", i, seen[i]);
}
END_TEST

START_TEST(the_hash_is_the_same_on_every_machine)
{
	struct shard_item v[] = { { "tests/a.clnrm.toml::a/one", 0, 0, 0 },
		{ "tests/a.clnrm.toml::a/two", 0, 0, 0 },
		{ "tests/b.clnrm.toml::b/one", 0, 0, 0 } };

	/* The first 8 bytes of SHA-256, modulo m: sha256sum agrees. */
	ck_assert(!shard_cut(v, ARRAY_LEN(v), 7, false));
	ck_assert_uint_eq(v[0].shard, 6);
	ck_assert_uint_eq(v[1].shard, 2);
	ck_assert_uint_eq(v[2].shard, 2);
}
END_TEST

/* ---- random order ---- */

START_TEST(an_order_is_a_permutation_that_the_seed_decides)
{
	static struct suite s;
	const char *names[ITEMS_MAX];
	size_t one[ITEMS_MAX], same[ITEMS_MAX], other[ITEMS_MAX];
	struct gen g = { 3 };
	bool seen[ITEMS_MAX] = { false };

	generate(&s, &g, 200, true);
	for (size_t i = 0; i < s.n; i++)
		names[i] = s.v[i].identity;
	shuffle_order(5, names, s.n, one);
	shuffle_order(5, names, s.n, same);
	shuffle_order(6, names, s.n, other);
	ck_assert_int_eq(memcmp(one, same, s.n * sizeof(*one)), 0);
	ck_assert_int_ne(memcmp(one, other, s.n * sizeof(*one)), 0);
	for (size_t i = 0; i < s.n; i++) {
		ck_assert(!seen[one[i]]);
		seen[one[i]] = true;
	}
	shuffle_order(5, names, 0, one);
}
END_TEST

START_TEST(what_is_left_keeps_its_order_when_others_are_left_out)
{
	static struct suite s;
	const char *all[ITEMS_MAX], *some[ITEMS_MAX];
	size_t order[ITEMS_MAX], part[ITEMS_MAX], n = 0, at = 0;
	struct gen g = { 4 };

	generate(&s, &g, 100, true);
	for (size_t i = 0; i < s.n; i++) {
		all[i] = s.v[i].identity;
		if (i % 3)
			some[n++] = all[i];
	}
	shuffle_order(18446744073709551615u, all, s.n, order);
	shuffle_order(18446744073709551615u, some, n, part);
	for (size_t i = 0; i < s.n; i++)
		if (order[i] % 3)
			ck_assert_ptr_eq(some[part[at++]], all[order[i]]);
	ck_assert_uint_eq(at, n);
}
END_TEST

CHECK_MAIN("select", tags_are_alternatives_of_what_has_to_hold_together,
        a_tag_without_a_name_is_refused, every_scenario_is_in_exactly_one_shard_the_same_each_time,
        no_shard_takes_longer_than_the_bound_of_longest_first,
        what_is_unknown_weighs_as_much_as_the_median, a_group_weighs_what_its_items_do_together,
        by_hash_a_scenario_stays_where_it_is_when_others_come,
        the_hash_is_the_same_on_every_machine, an_order_is_a_permutation_that_the_seed_decides,
        what_is_left_keeps_its_order_when_others_are_left_out)

/* What each claim of [assertions] makes of evidence: of results, receipts and findings made here.
 */
#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

#include "daemon/run/assert_priv.h"

enum { SCENARIOS = 2, STEPS = 3 };

/* Two scenarios with setup, two steps and no failure, and all that there is to see of them. */
struct bed {
	struct place places[SCENARIOS];
	struct step setup[1], steps[STEPS - 1];
	struct scenario defs[SCENARIOS];
	struct step_result results[SCENARIOS][STEPS];
	struct env_var limits[8];
	struct receipt receipts[SCENARIOS];
	struct scenario_result r[SCENARIOS];
	struct seen seen[SCENARIOS];
	struct evidence ev;
	struct finding finding;
	struct quarantine quarantine;
	struct failure failure;
	struct volume volume;
	struct degraded degraded;
	char message[512]; /* what was said last */
};

static const char *const names[SCENARIOS] = { "a", "b" };

static void make_scenario(struct bed *b, size_t i)
{
	sandbox_spec_default(&b->places[i].spec, "host");
	b->places[i].spec.limits.v[LIMIT_CPU] = 500;
	b->defs[i] = (struct scenario){ .name = names[i],
		.places = &b->places[i],
		.n_places = 1,
		.setup = b->setup,
		.n_setup = 1,
		.steps = b->steps,
		.n_steps = STEPS - 1 };
	for (size_t k = 0; k < STEPS; k++) {
		b->results[i][k] = (struct step_result){ .name = k ? "step" : "setup",
			.index = (unsigned)k,
			.ran = true,
			.setup = k == 0,
			.started_ms = 10.0 * (double)k,
			.duration_ms = 10.0 };
	}
	b->receipts[i] = (struct receipt){ .pristine = true,
		.network = "none",
		.limits = b->limits,
		.n_limits = ARRAY_LEN(b->limits) };
	b->r[i] = (struct scenario_result){ .name = names[i],
		.steps = b->results[i],
		.n_steps = STEPS,
		.receipt = &b->receipts[i],
		.duration_ms = 30,
		.memory_peak_bytes = 5u << 20 };
	b->seen[i] = (struct seen){ &b->defs[i], &b->r[i] };
}

static void make(struct bed *b)
{
	*b = (struct bed){ .ev = { .n = SCENARIOS } };
	for (size_t i = 0; i < ARRAY_LEN(b->limits); i++)
		b->limits[i] = (struct env_var){ limit_names[i], "1" };
	for (size_t i = 0; i < SCENARIOS; i++)
		make_scenario(b, i);
	b->ev.v = b->seen;
	b->failure = (struct failure){ .message = "stdout is another" };
	b->quarantine = (struct quarantine){ .test = "a" };
}

static enum outcome ask_for(struct bed *b, const struct assertion *as)
{
	struct account said = { STRBUF_INIT, STRBUF_INIT, STRBUF_INIT };
	enum outcome got = assert_claim(as, &b->ev, &said);

	snprintf(b->message, sizeof(b->message), "%s", said.message.s);
	/* Whatever is no yes is said why. */
	ck_assert_int_eq(got != OUTCOME_HOLDS, said.message.len > 0);
	ck_assert_int_eq(got == OUTCOME_FAILS || got == OUTCOME_DIFFERS, said.expected.len > 0);
	strbuf_release(&said.message);
	strbuf_release(&said.expected);
	strbuf_release(&said.actual);
	return got;
}

/* With numbers that the bed's evidence bears out. */
static struct assertion good_claim(enum claim claim)
{
	static const int64_t counts[CLAIM_COUNT] = { [CLAIM_COMMANDS_RUN] = 6,
		[CLAIM_STEPS_RUN] = 4,
		[CLAIM_STEPS_LEAST] = 4,
		[CLAIM_SANDBOXES_USED] = 2,
		[CLAIM_SANDBOXES_GONE] = 2,
		[CLAIM_DURATION] = 60,
		[CLAIM_MEMORY] = 5 };

	return (struct assertion){
		.name = "x", .claim = claim, .count = counts[claim], .rate = 1, .enforce = true
	};
}

static enum outcome ask(struct bed *b, enum claim claim)
{
	struct assertion as = good_claim(claim);

	return ask_for(b, &as);
}

static bool is_checked(enum claim claim)
{
	return claim != CLAIM_UNKNOWN && claim != CLAIM_SERVICES;
}

#define EACH_CHECKED(c)                                  \
	for (enum claim c = 0; (c) < CLAIM_COUNT; (c)++) \
		if (is_checked(c))

START_TEST(what_all_of_it_shows_holds)
{
	struct bed b;

	make(&b);
	EACH_CHECKED(c)
	ck_assert_msg(ask(&b, c) == OUTCOME_HOLDS, "claim %d: %s", c, b.message);
}
END_TEST

/* Enough steps are enough, whatever else there is. */
static enum outcome with_all_numbers(enum claim claim)
{
	return claim == CLAIM_STEPS_LEAST ? OUTCOME_HOLDS : OUTCOME_UNSEEN;
}

START_TEST(nothing_holds_that_one_scenario_does_not_show)
{
	struct bed b;

	EACH_CHECKED(c)
	{
		make(&b);
		b.seen[1].r = NULL;
		ck_assert_msg(ask(&b, c) == OUTCOME_UNSEEN, "claim %d, no result", c);
		ck_assert_ptr_nonnull(strstr(b.message, "scenario 'b' is no part of this run"));
		make(&b);
		b.r[0].verdict = VERDICT_SKIP;
		b.r[0].reason = REASON_FAIL_FAST;
		ck_assert_msg(ask(&b, c) == OUTCOME_UNSEEN, "claim %d, skipped", c);
		ck_assert_ptr_nonnull(strstr(b.message, "scenario 'a' was skipped (fail_fast)"));
		make(&b);
		b.ev.part = true;
		ck_assert_msg(ask(&b, c) == with_all_numbers(c), "claim %d, some steps", c);
	}
}
END_TEST

START_TEST(a_failure_in_quarantine_is_neither_a_pass_nor_a_failure)
{
	struct bed b;

	EACH_CHECKED(c)
	{
		make(&b);
		b.r[0].verdict = VERDICT_FAIL;
		b.r[0].reason = REASON_OUTPUT;
		b.r[0].quarantine = &b.quarantine;
		b.results[0][1].verdict = VERDICT_FAIL;
		ck_assert_msg(ask(&b, c) == with_all_numbers(c), "claim %d", c);
		if (with_all_numbers(c) == OUTCOME_UNSEEN)
			ck_assert_ptr_nonnull(strstr(b.message, "scenario 'a' is in quarantine"));
	}
}
END_TEST

/* ---- the contrary ---- */

static void step_fails(struct bed *b)
{
	b->results[0][2].verdict = b->r[0].verdict = VERDICT_FAIL;
	b->results[0][2].reason = b->r[0].reason = REASON_EXIT_CODE;
}

static void cannot_run(struct bed *b)
{
	b->r[0].verdict = VERDICT_ERROR;
	b->r[0].reason = REASON_SANDBOX;
	b->r[0].n_steps = 0;
}

static void check_fails(struct bed *b)
{
	b->r[0].verdict = VERDICT_FAIL;
	b->r[0].reason = REASON_OUTPUT;
	b->r[0].failures = &b->failure;
	b->r[0].n_failures = 1;
}

static void overlap(struct bed *b)
{
	b->results[0][2].started_ms = 19;
}

static void finding_of(struct bed *b, const char *kind)
{
	b->finding = (struct finding){ .kind = kind, .message = kind };
	b->r[0].findings = &b->finding;
	b->r[0].n_findings = 1;
}

static void blocked(struct bed *b)
{
	finding_of(b, "network_blocked");
}

static void disk_full(struct bed *b)
{
	finding_of(b, "disk_full");
}

static void out_of_memory(struct bed *b)
{
	b->r[0].verdict = VERDICT_FAIL;
	b->r[0].reason = REASON_OOM;
}

static void not_pristine(struct bed *b)
{
	b->receipts[0].pristine = false;
}

static void writable(struct bed *b)
{
	b->volume = (struct volume){ .host_path = "/x", .mode = VOLUME_RW };
	b->places[0].spec.volumes = &b->volume;
	b->places[0].spec.n_volumes = 1;
}

static void host_network(struct bed *b)
{
	b->receipts[0].network = "host";
}

static void asks_for_internet(struct bed *b)
{
	b->places[0].spec.network = NET_INTERNET;
}

static void lacks(struct bed *b, const char *what, const char *wanted)
{
	b->degraded = (struct degraded){ what, wanted, "another" };
	b->receipts[0].degraded = &b->degraded;
	b->receipts[0].n_degraded = 1;
}

static void no_userns(struct bed *b)
{
	lacks(b, "userns", "user namespace of its own");
}

static void relaxed_gap(struct bed *b)
{
	lacks(b, "a seccomp filter", "present");
}

static void weak_limit(struct bed *b)
{
	lacks(b, "memory_mb", "limited");
}

static void limit_not_shown(struct bed *b)
{
	b->receipts[0].n_limits = LIMIT_CPU;
}

static const struct {
	void (*change)(struct bed *b);
	enum claim claims[4]; /* that fail, up to the first 0 */
} contraries[] = {
	{ step_fails, { CLAIM_SCENARIOS_PASS, CLAIM_STEPS_PASS, CLAIM_NO_FAILURES } },
	{ cannot_run, { CLAIM_SCENARIOS_PASS, CLAIM_STEPS_PASS, CLAIM_NO_FAILURES } },
	{ check_fails, { CLAIM_SCENARIOS_PASS, CLAIM_NO_FAILURES } },
	{ overlap, { CLAIM_IN_ORDER } },
	{ blocked, { CLAIM_HERMETIC } },
	{ disk_full, { CLAIM_LIMITS_RESPECTED } },
	{ out_of_memory, { CLAIM_LIMITS_RESPECTED } },
	{ not_pristine, { CLAIM_HERMETIC } },
	{ writable, { CLAIM_HERMETIC } },
	{ host_network, { CLAIM_HERMETIC, CLAIM_NO_NETWORK } },
	{ asks_for_internet, { CLAIM_HERMETIC, CLAIM_NO_NETWORK } },
	{ relaxed_gap, { CLAIM_HERMETIC } },
	{ no_userns, { CLAIM_HERMETIC } },
	{ weak_limit, { CLAIM_LIMITS_ENFORCED, CLAIM_LIMITS_RESPECTED } },
	{ limit_not_shown, { CLAIM_LIMITS_ENFORCED, CLAIM_LIMITS_RESPECTED } },
};

/* Also where another scenario has nothing to show. */
START_TEST(what_shows_the_contrary_fails_whatever_else_is_missing)
{
	struct bed b;

	for (size_t i = 0; i < ARRAY_LEN(contraries); i++) {
		for (const enum claim *c = contraries[i].claims; *c; c++) {
			make(&b);
			contraries[i].change(&b);
			ck_assert_msg(ask(&b, *c) == OUTCOME_FAILS, "row %zu, claim %d: %s", i, *c,
			        b.message);
			b.seen[1].r = NULL;
			ck_assert_msg(ask(&b, *c) == OUTCOME_FAILS, "row %zu, claim %d", i, *c);
		}
	}
}
END_TEST

/* What a contrary of one claim leaves alone. */
START_TEST(optional_parts_are_no_gap_and_being_stopped_is_no_lack_of_limits)
{
	struct bed b;

	make(&b);
	lacks(&b, "cgroup", "cgroup of its own");
	ck_assert_int_eq(ask(&b, CLAIM_HERMETIC), OUTCOME_HOLDS);
	make(&b);
	disk_full(&b);
	ck_assert_int_eq(ask(&b, CLAIM_LIMITS_ENFORCED), OUTCOME_HOLDS);
	make(&b);
	blocked(&b);
	ck_assert_int_eq(ask(&b, CLAIM_NO_NETWORK), OUTCOME_HOLDS);
	make(&b);
	overlap(&b);
	b.steps[0].background = true;
	ck_assert_int_eq(ask(&b, CLAIM_IN_ORDER), OUTCOME_HOLDS);
}
END_TEST

/* ---- nobody looked ---- */

START_TEST(without_a_receipt_or_a_search_nobody_can_say)
{
	static const enum claim by_receipt[] = { CLAIM_HERMETIC, CLAIM_NO_NETWORK,
		CLAIM_LIMITS_ENFORCED, CLAIM_LIMITS_RESPECTED },
	                        by_search[] = { CLAIM_HERMETIC, CLAIM_LIMITS_RESPECTED };
	struct bed b;

	for (size_t i = 0; i < ARRAY_LEN(by_receipt); i++) {
		make(&b);
		b.r[1].receipt = NULL;
		ck_assert_int_eq(ask(&b, by_receipt[i]), OUTCOME_UNSEEN);
	}
	for (size_t i = 0; i < ARRAY_LEN(by_search); i++) {
		make(&b);
		b.defs[1].findings = FINDINGS_IGNORE;
		ck_assert_int_eq(ask(&b, by_search[i]), OUTCOME_UNSEEN);
		make(&b);
		b.r[1].verdict = VERDICT_FAIL;
		b.r[1].reason = REASON_TIMEOUT;
		ck_assert_int_eq(ask(&b, by_search[i]), OUTCOME_UNSEEN);
		b.r[1].reason = REASON_EXIT_CODE;
		ck_assert_int_eq(ask(&b, by_search[i]), OUTCOME_HOLDS);
	}
	make(&b);
	b.results[0][1].verdict = VERDICT_SKIP;
	b.results[0][1].reason = REASON_SKIP;
	ck_assert_int_eq(ask(&b, CLAIM_STEPS_PASS), OUTCOME_UNSEEN);
	make(&b);
	b.r[1].memory_peak_bytes = 0;
	ck_assert_int_eq(ask(&b, CLAIM_MEMORY), OUTCOME_UNSEEN);
	ck_assert_int_eq(ask(&b, CLAIM_SERVICES), OUTCOME_UNCHECKED);
	ck_assert_int_eq(ask(&b, CLAIM_UNKNOWN), OUTCOME_UNCHECKED);
}
END_TEST

/* ---- numbers ---- */

START_TEST(a_number_that_is_another_fails_where_it_is_enforced)
{
	static const enum claim exact[] = { CLAIM_COMMANDS_RUN, CLAIM_STEPS_RUN,
		CLAIM_SANDBOXES_USED, CLAIM_SANDBOXES_GONE };
	struct bed b;

	make(&b);
	for (size_t i = 0; i < ARRAY_LEN(exact) * 2; i++) {
		struct assertion as = good_claim(exact[i / 2]);

		as.count += i % 2 ? 1 : -1;
		ck_assert_int_eq(ask_for(&b, &as), OUTCOME_FAILS);
		as.enforce = false;
		ck_assert_int_eq(ask_for(&b, &as), OUTCOME_DIFFERS);
	}
}
END_TEST

START_TEST(bounds_are_bounds)
{
	struct bed b;
	struct assertion least = good_claim(CLAIM_STEPS_LEAST), ms = good_claim(CLAIM_DURATION),
	                 mib = good_claim(CLAIM_MEMORY), rate = good_claim(CLAIM_RATE);

	make(&b);
	least.count--;
	ck_assert_int_eq(ask_for(&b, &least), OUTCOME_HOLDS);
	least.count += 2;
	ck_assert_int_eq(ask_for(&b, &least), OUTCOME_FAILS);
	ms.count--;
	ck_assert_int_eq(ask_for(&b, &ms), OUTCOME_FAILS);
	mib.count--;
	ck_assert_int_eq(ask_for(&b, &mib), OUTCOME_FAILS);
	step_fails(&b);
	ck_assert_int_eq(ask_for(&b, &rate), OUTCOME_FAILS);
	rate.rate = 0.75;
	ck_assert_int_eq(ask_for(&b, &rate), OUTCOME_HOLDS);
}
END_TEST

/* A sum that lacks some can only grow. */
START_TEST(a_sum_that_is_too_large_already_is_known_before_all_is)
{
	struct bed b;
	struct assertion steps = good_claim(CLAIM_STEPS_RUN), least = good_claim(CLAIM_STEPS_LEAST),
	                 ms = good_claim(CLAIM_DURATION);

	make(&b);
	b.seen[1].r = NULL;
	steps.count = 1;
	ck_assert_int_eq(ask_for(&b, &steps), OUTCOME_FAILS);
	steps.count = 2;
	ck_assert_int_eq(ask_for(&b, &steps), OUTCOME_UNSEEN);
	least.count = 2;
	ck_assert_int_eq(ask_for(&b, &least), OUTCOME_HOLDS);
	ms.count = 29;
	ck_assert_int_eq(ask_for(&b, &ms), OUTCOME_FAILS);
}
END_TEST

START_TEST(sandboxes_are_counted_by_what_shares_them)
{
	struct bed b;
	struct assertion used = good_claim(CLAIM_SANDBOXES_USED);

	make(&b);
	b.defs[0].scope = b.defs[1].scope = SCOPE_STEP;
	used.count = 6;
	ck_assert_int_eq(ask_for(&b, &used), OUTCOME_HOLDS);
	b.defs[0].scope = b.defs[1].scope = SCOPE_TEST;
	used.count = 1;
	ck_assert_int_eq(ask_for(&b, &used), OUTCOME_HOLDS);
	make(&b);
	b.r[0].kept = "box";
	used = good_claim(CLAIM_SANDBOXES_GONE);
	used.count = 1;
	ck_assert_int_eq(ask_for(&b, &used), OUTCOME_HOLDS);
}
END_TEST

/* ---- names ---- */

START_TEST(names_claim_what_they_say_and_any_other_nothing)
{
	ck_assert_int_eq(assertion_claim("dns_isolated"), CLAIM_NO_NETWORK);
	ck_assert_int_eq(assertion_claim("all_steps_must_pass"), CLAIM_STEPS_PASS);
	ck_assert_int_eq(assertion_claim("all_steps_must_pas"), CLAIM_UNKNOWN);
	ck_assert_int_eq(assertion_claim(""), CLAIM_UNKNOWN);
}
END_TEST

CHECK_MAIN("assert", what_all_of_it_shows_holds, nothing_holds_that_one_scenario_does_not_show,
        a_failure_in_quarantine_is_neither_a_pass_nor_a_failure,
        what_shows_the_contrary_fails_whatever_else_is_missing,
        optional_parts_are_no_gap_and_being_stopped_is_no_lack_of_limits,
        without_a_receipt_or_a_search_nobody_can_say,
        a_number_that_is_another_fails_where_it_is_enforced, bounds_are_bounds,
        a_sum_that_is_too_large_already_is_known_before_all_is,
        sandboxes_are_counted_by_what_shares_them, names_claim_what_they_say_and_any_other_nothing)

/* What each claim of [assertions] takes to hold (config.md 3.8). Nothing is believed that no
 * result, receipt or finding shows: where one shows the contrary the claim fails, where one that is
 * needed is missing nobody can say, and only then it holds. */
#include <string.h>

#include "daemon/run/assert_priv.h"

/* Whether a scenario bears a claim out. */
enum sight { SIGHT_GOOD, SIGHT_BAD, SIGHT_NONE };

typedef enum sight look_fn(const struct seen *s, struct strbuf *why);

/* ---- what is there ---- */

/* Its failure does not count, and is no pass either. */
static bool is_excused(const struct scenario_result *r)
{
	return r->quarantine && r->verdict >= VERDICT_FAKE_GREEN;
}

/* Why there is nothing to see of a scenario; false when there is. */
static bool is_missing(const struct seen *s, struct strbuf *why)
{
	const struct scenario_result *r = s->r;

	if (r && r->verdict != VERDICT_SKIP && !is_excused(r))
		return false;
	strbuf_printf(why, "scenario '%s' ", s->def->name);
	if (!r)
		strbuf_adds(why, "is no part of this run");
	else if (r->verdict == VERDICT_SKIP)
		strbuf_printf(why, "was skipped (%s)",
		        r->reason_text ? r->reason_text : reason_names[r->reason]);
	else
		strbuf_adds(why, "is in quarantine");
	return true;
}

/* Whatever happens, the init looks at what is left, unless its sandbox had to end at once. */
static bool was_searched(const struct seen *s, struct strbuf *why)
{
	static const enum reason abrupt[] = { REASON_TIMEOUT, REASON_LEARNT_DEADLINE, REASON_OOM,
		REASON_SANDBOX, REASON_INTERNAL, REASON_RUN_TIMEOUT, REASON_CANCELLED, REASON_IMAGE,
		REASON_REFUSED, REASON_RECEIPT };

	if (s->def->findings == FINDINGS_IGNORE) {
		strbuf_printf(why, "scenario '%s' has findings = \"ignore\"", s->def->name);
		return false;
	}
	if (s->r->left_out) {
		strbuf_printf(why,
		        "findings of scenario '%s' are left out: somebody was in its sandbox",
		        s->def->name);
		return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(abrupt); i++)
		if (s->r->verdict != VERDICT_PASS && s->r->reason == abrupt[i]) {
			strbuf_printf(why, "scenario '%s' broke off before it was searched (%s)",
			        s->def->name, reason_names[abrupt[i]]);
			return false;
		}
	return true;
}

static const struct receipt *receipt_of(const struct seen *s, struct strbuf *why)
{
	const struct receipt *r = s->r->receipt;

	if (!r)
		strbuf_printf(why, "scenario '%s' has no receipt: it had no sandbox", s->def->name);
	return r;
}

static const struct finding *finding_of(
        const struct scenario_result *r, const char *const *kinds, size_t n)
{
	for (size_t i = 0; i < r->n_findings; i++)
		for (size_t k = 0; k < n; k++)
			if (strcmp(r->findings[i].kind, kinds[k]) == 0)
				return &r->findings[i];
	return NULL;
}

static bool is_limit(const char *what)
{
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		if (strcmp(limit_names[i], what) == 0)
			return true;
	return false;
}

/* What every sandbox needs that is not relaxed (receipt_check()); other parts are conveniences, or
 * the ways to limits. */
static bool is_isolation(const struct degraded *d)
{
	return strcmp(d->wanted, "present") == 0 || strcmp(d->what, "userns") == 0 ||
	       strcmp(d->what, "netns") == 0;
}

static bool is_of_limits(const struct degraded *d)
{
	return is_limit(d->what);
}

/* The first part of a kind that the kernel did not give; NULL: it gave all. */
static const struct degraded *degraded_of(
        const struct receipt *r, bool (*is)(const struct degraded *d))
{
	for (size_t i = 0; i < r->n_degraded; i++)
		if (is(&r->degraded[i]))
			return &r->degraded[i];
	return NULL;
}

static enum sight say_degraded(const struct seen *s, const struct degraded *d, struct strbuf *why)
{
	strbuf_printf(why, "scenario '%s' had %s: wanted %s, got %s", s->def->name, d->what,
	        d->wanted, d->got);
	return SIGHT_BAD;
}

/* ---- scenarios and steps ---- */

static enum sight scenario_passed(const struct seen *s, struct strbuf *why)
{
	if (s->r->verdict == VERDICT_PASS)
		return SIGHT_GOOD;
	strbuf_printf(why, "scenario '%s' did not pass: %s", s->def->name,
	        s->r->reason ? reason_names[s->r->reason] : verdict_names[s->r->verdict]);
	return SIGHT_BAD;
}

/* Of a scenario that should fail its own failures are gone; those of its steps made it pass. */
static enum sight nothing_failed(const struct seen *s, struct strbuf *why)
{
	const struct scenario_result *r = s->r;
	const struct failure *f = r->n_failures ? &r->failures[0] : NULL;

	if (r->verdict == VERDICT_PASS && !f)
		return SIGHT_GOOD;
	strbuf_printf(why, "scenario '%s': %s", s->def->name,
	        f && f->message ? f->message : verdict_names[r->verdict]);
	return SIGHT_BAD;
}

/* The failure of a step of teardown is a warning. */
static bool counts(const struct step_result *st)
{
	return !st->teardown;
}

static enum sight steps_passed(const struct seen *s, struct strbuf *why)
{
	const struct scenario_result *r = s->r;
	const struct step_result *skipped = NULL;

	for (size_t i = 0; i < r->n_steps; i++) {
		const struct step_result *st = &r->steps[i];

		if (!counts(st) || st->verdict == VERDICT_PASS)
			continue;
		if (st->verdict == VERDICT_SKIP) {
			skipped = st;
			continue;
		}
		strbuf_printf(why, "step '%s' of scenario '%s' did not pass: %s", st->name,
		        s->def->name,
		        st->reason ? reason_names[st->reason] : verdict_names[st->verdict]);
		return SIGHT_BAD;
	}
	if (r->verdict == VERDICT_ERROR) /* it never came to them */
		return scenario_passed(s, why);
	if (!skipped)
		return SIGHT_GOOD;
	strbuf_printf(why, "step '%s' of scenario '%s' did not run", skipped->name, s->def->name);
	return SIGHT_NONE;
}

#define CLOCK_ERROR_MS 0.01 /* of times that were kept as text */

/* What the file says of the i-th step of a result. */
static const struct step *definition_of(const struct seen *s, size_t i)
{
	const struct scenario *sc = s->def;
	const struct {
		const struct step *v;
		size_t n;
	} lists[] = { { sc->setup, sc->n_setup }, { sc->steps, sc->n_steps },
		{ sc->teardown, sc->n_teardown } };

	for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
		if (i < lists[k].n)
			return &lists[k].v[i];
		i -= lists[k].n;
	}
	return NULL;
}

static bool is_step(const struct step_result *st)
{
	return !st->setup && !st->teardown;
}

static bool overlaps(const struct step_result *before, const struct step_result *st)
{
	return st->started_ms + CLOCK_ERROR_MS < before->started_ms + before->duration_ms;
}

/* One began before the one written before it had ended: not of steps in the background. */
static enum sight in_order(const struct seen *s, struct strbuf *why)
{
	const struct scenario_result *r = s->r;
	const struct step_result *before = NULL;

	for (size_t i = 0; i < r->n_steps; i++) {
		const struct step_result *st = &r->steps[i];
		const struct step *def = definition_of(s, i);

		if (!st->ran || !is_step(st) || !def || def->background)
			continue;
		if (before && overlaps(before, st)) {
			strbuf_printf(why,
			        "step '%s' of scenario '%s' began before step '%s' had ended",
			        st->name, s->def->name, before->name);
			return SIGHT_BAD;
		}
		before = st;
	}
	return SIGHT_GOOD;
}

/* ---- isolation ---- */

/* What its file asked for. The receipt is that of its first sandbox; the others were held to what
 * was asked before anything ran in them. */
static enum sight asked_for_gap(const struct seen *s, struct strbuf *why)
{
	for (size_t i = 0; i < s->def->n_places; i++) {
		const struct sandbox_spec *spec = &s->def->places[i].spec;

		if (spec->network != NET_NONE && spec->network != NET_TEST) {
			strbuf_printf(why, "scenario '%s' has network \"%s\"", s->def->name,
			        net_mode_names[spec->network]);
			return SIGHT_BAD;
		}
		if (i && spec->isolation == ISOLATION_RELAXED) {
			strbuf_printf(why,
			        "scenario '%s' has a second sandbox that is relaxed: its receipt "
			        "is not kept",
			        s->def->name);
			return SIGHT_NONE;
		}
	}
	return SIGHT_GOOD;
}

static enum sight reaches_nothing(const struct seen *s, struct strbuf *why)
{
	const struct receipt *r = s->r->receipt;
	enum sight asked = asked_for_gap(s, why);

	if (asked == SIGHT_BAD)
		return asked;
	if (r && r->network && strcmp(r->network, "none") != 0 && strcmp(r->network, "test") != 0) {
		strbuf_reset(why);
		strbuf_printf(why, "the receipt of scenario '%s' shows network '%s'", s->def->name,
		        r->network);
		return SIGHT_BAD;
	}
	if (asked == SIGHT_NONE)
		return asked;
	return receipt_of(s, why) && r->network ? SIGHT_GOOD : SIGHT_NONE;
}

static const struct volume *writable_of(const struct sandbox_spec *spec)
{
	for (size_t i = 0; i < spec->n_volumes; i++)
		if (spec->volumes[i].mode == VOLUME_RW)
			return &spec->volumes[i];
	return NULL;
}

static enum sight writes_outside(const struct seen *s, struct strbuf *why)
{
	for (size_t i = 0; i < s->def->n_places; i++) {
		const struct volume *v = writable_of(&s->def->places[i].spec);

		if (!v)
			continue;
		strbuf_printf(why, "scenario '%s' may write to '%s' of this machine", s->def->name,
		        v->host_path);
		return SIGHT_BAD;
	}
	return SIGHT_GOOD;
}

static enum sight is_hermetic(const struct seen *s, struct strbuf *why)
{
	static const char *const kinds[] = { "network_blocked" };
	const struct finding *f = finding_of(s->r, kinds, ARRAY_LEN(kinds));
	const struct receipt *r = s->r->receipt;
	enum sight network;

	if (f) {
		strbuf_printf(why, "scenario '%s': %s", s->def->name, f->message);
		return SIGHT_BAD;
	}
	if (r && !r->pristine) {
		strbuf_printf(why, "the sandbox of scenario '%s' was not pristine", s->def->name);
		return SIGHT_BAD;
	}
	if (r && degraded_of(r, is_isolation))
		return say_degraded(s, degraded_of(r, is_isolation), why);
	if (writes_outside(s, why) == SIGHT_BAD)
		return SIGHT_BAD;
	network = reaches_nothing(s, why);
	if (network != SIGHT_GOOD)
		return network;
	return was_searched(s, why) ? SIGHT_GOOD : SIGHT_NONE;
}

/* ---- limits ---- */

/* Limits that a kernel holds and reads back; others are this program's own bounds. */
static const enum limit_id of_kernel[] = { LIMIT_CPU, LIMIT_MEMORY, LIMIT_PIDS, LIMIT_DISK,
	LIMIT_OPEN_FILES, LIMIT_FILE_SIZE };

static bool receipt_has(const struct receipt *r, const char *limit)
{
	for (size_t i = 0; i < r->n_limits; i++)
		if (strcmp(r->limits[i].name, limit) == 0)
			return true;
	return false;
}

static enum sight limits_held(const struct seen *s, struct strbuf *why)
{
	const struct limits *asked = &s->def->places[0].spec.limits;
	const struct receipt *r = receipt_of(s, why);

	if (!r)
		return SIGHT_NONE;
	if (degraded_of(r, is_of_limits))
		return say_degraded(s, degraded_of(r, is_of_limits), why);
	for (size_t i = 0; i < ARRAY_LEN(of_kernel); i++)
		if (asked->v[of_kernel[i]] && !receipt_has(r, limit_names[of_kernel[i]])) {
			strbuf_printf(why, "the receipt of scenario '%s' does not show %s",
			        s->def->name, limit_names[of_kernel[i]]);
			return SIGHT_BAD;
		}
	return SIGHT_GOOD;
}

static enum sight limits_not_met(const struct seen *s, struct strbuf *why)
{
	static const char *const kinds[] = { "oom_kill", "pids_limit", "disk_full" };
	const struct finding *f = finding_of(s->r, kinds, ARRAY_LEN(kinds));
	enum sight held;

	if (f || s->r->reason == REASON_OOM) {
		strbuf_printf(
		        why, "scenario '%s': %s", s->def->name, f ? f->message : "out of memory");
		return SIGHT_BAD;
	}
	held = limits_held(s, why);
	if (held != SIGHT_GOOD)
		return held;
	return was_searched(s, why) ? SIGHT_GOOD : SIGHT_NONE;
}

/* ---- every scenario ---- */

static const struct {
	look_fn *look;
	const char *expected;
} looks[CLAIM_COUNT] = {
	[CLAIM_SCENARIOS_PASS] = { scenario_passed, "every scenario passes" },
	[CLAIM_STEPS_PASS] = { steps_passed, "every step passes" },
	[CLAIM_NO_FAILURES] = { nothing_failed, "no check fails" },
	[CLAIM_IN_ORDER] = { in_order, "steps run one by one, as they are written" },
	[CLAIM_HERMETIC] = { is_hermetic, "no gap in the isolation" },
	[CLAIM_NO_NETWORK] = { reaches_nothing, "nothing outside can be reached" },
	[CLAIM_LIMITS_ENFORCED] = { limits_held, "limits are in force" },
	[CLAIM_LIMITS_RESPECTED] = { limits_not_met, "limits are in force and none is met" },
};

/* What is not there: the first of it, and how much more. */
static void add_unseen(struct strbuf *to, const struct strbuf *first, size_t n)
{
	strbuf_adds(to, first->s);
	if (n > 1)
		strbuf_printf(to, ", and %zu more", n - 1);
}

static bool say_part(const struct evidence *ev, struct account *said)
{
	if (ev->part)
		strbuf_adds(&said->message, "only some of the steps were asked for");
	return ev->part;
}

/* One that shows the contrary is enough; it takes all of them to hold. */
static enum outcome look_at_all(look_fn *look, const struct evidence *ev, struct account *said)
{
	AUTO_STRBUF first = STRBUF_INIT;
	size_t unseen = 0;

	for (size_t i = 0; i < ev->n; i++) {
		AUTO_STRBUF why = STRBUF_INIT;
		enum sight sight = is_missing(&ev->v[i], &why) ? SIGHT_NONE : look(&ev->v[i], &why);

		if (sight == SIGHT_BAD) {
			strbuf_adds(&said->message, why.s);
			strbuf_adds(&said->actual, why.s);
			return OUTCOME_FAILS;
		}
		if (sight == SIGHT_NONE && !unseen++)
			strbuf_adds(&first, why.s);
	}
	if (unseen)
		add_unseen(&said->message, &first, unseen);
	return unseen || say_part(ev, said) ? OUTCOME_UNSEEN : OUTCOME_HOLDS;
}

/* ---- numbers ---- */

/* Scenarios that say nothing: the first of them is told. */
static size_t missing_of(const struct evidence *ev, struct account *said)
{
	AUTO_STRBUF first = STRBUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < ev->n; i++) {
		AUTO_STRBUF why = STRBUF_INIT;

		if (is_missing(&ev->v[i], &why) && !n++)
			strbuf_adds(&first, why.s);
	}
	if (n)
		add_unseen(&said->message, &first, n);
	return n + say_part(ev, said);
}

static int64_t steps_of(const struct seen *s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s->r->n_steps; i++)
		n += s->r->steps[i].ran && is_step(&s->r->steps[i]);
	return n;
}

static int64_t commands_of(const struct seen *s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s->r->n_steps; i++)
		n += s->r->steps[i].ran;
	return n;
}

static bool ran_in(const struct seen *s, unsigned place)
{
	for (size_t i = 0; i < s->r->n_steps; i++) {
		const struct step *def = definition_of(s, i);

		if (s->r->steps[i].ran && def && def->place == place)
			return true;
	}
	return false;
}

/* Places of it in which something ran; each step has one of its own with sandbox = "step". */
static int64_t sandboxes_of(const struct seen *s)
{
	int64_t n = 0;

	if (s->def->scope == SCOPE_STEP)
		return commands_of(s);
	for (unsigned p = 0; p < s->def->n_places; p++)
		n += ran_in(s, p);
	return n;
}

static int64_t gone_of(const struct seen *s)
{
	return sandboxes_of(s) - (s->r->kept != NULL);
}

static int64_t ms_of(const struct seen *s)
{
	return (int64_t)s->r->duration_ms;
}

static const struct {
	int64_t (*of)(const struct seen *s);
	const char *unit; /* "3 steps ran" */
	enum { WANT_EQUAL, WANT_LEAST, WANT_MOST } want;
	bool shared; /* scenarios that share a sandbox have one together */
} numbers[CLAIM_COUNT] = {
	[CLAIM_COMMANDS_RUN] = { commands_of, "commands ran", WANT_EQUAL, false },
	[CLAIM_STEPS_RUN] = { steps_of, "steps ran", WANT_EQUAL, false },
	[CLAIM_STEPS_LEAST] = { steps_of, "steps ran", WANT_LEAST, false },
	[CLAIM_SANDBOXES_USED] = { sandboxes_of, "sandboxes were used", WANT_EQUAL, true },
	[CLAIM_SANDBOXES_GONE] = { gone_of, "sandboxes were used and not kept", WANT_EQUAL, true },
	[CLAIM_DURATION] = { ms_of, "ms for all scenarios together", WANT_MOST, false },
};

static int64_t sum_of(enum claim claim, const struct evidence *ev)
{
	int64_t sum = 0, one = 0;

	for (size_t i = 0; i < ev->n; i++) {
		const struct seen *s = &ev->v[i];
		int64_t n = s->r && s->r->verdict != VERDICT_SKIP ? numbers[claim].of(s) : 0;

		if (numbers[claim].shared && s->def->scope == SCOPE_TEST)
			one |= n > 0;
		else
			sum += n;
	}
	return sum + one;
}

/* A sum that lacks some only grows. */
static bool is_settled(enum claim claim, int64_t sum, int64_t want)
{
	return (numbers[claim].want == WANT_LEAST && sum >= want) || sum > want;
}

static bool is_as_wanted(enum claim claim, int64_t sum, int64_t want)
{
	return numbers[claim].want == WANT_EQUAL   ? sum == want
	       : numbers[claim].want == WANT_LEAST ? sum >= want
	                                           : sum <= want;
}

static enum outcome judge_number(
        const struct assertion *as, const struct evidence *ev, struct account *said)
{
	static const char *const words[] = {
		[WANT_EQUAL] = "", [WANT_LEAST] = "at least ", [WANT_MOST] = "at most "
	};
	int64_t sum = sum_of(as->claim, ev);

	if (!is_settled(as->claim, sum, as->count) && missing_of(ev, said))
		return OUTCOME_UNSEEN;
	if (is_as_wanted(as->claim, sum, as->count))
		return OUTCOME_HOLDS;
	strbuf_printf(&said->expected, "%s%lld %s", words[numbers[as->claim].want],
	        (long long)as->count, numbers[as->claim].unit);
	strbuf_printf(&said->actual, "%lld", (long long)sum);
	strbuf_printf(&said->message, "wanted %s, got %s", said->expected.s, said->actual.s);
	return as->enforce ? OUTCOME_FAILS : OUTCOME_DIFFERS;
}

#define MIB (1u << 20)

static enum outcome judge_memory(
        const struct assertion *as, const struct evidence *ev, struct account *said)
{
	for (size_t i = 0; i < ev->n; i++) {
		const struct scenario_result *r = ev->v[i].r;

		if (!r || r->memory_peak_bytes <= (uint64_t)as->count * MIB)
			continue;
		strbuf_printf(&said->expected, "at most %lld MiB", (long long)as->count);
		strbuf_printf(&said->actual, "%.1f MiB in scenario '%s'",
		        (double)r->memory_peak_bytes / MIB, ev->v[i].def->name);
		strbuf_printf(
		        &said->message, "wanted %s, got %s", said->expected.s, said->actual.s);
		return OUTCOME_FAILS;
	}
	if (missing_of(ev, said))
		return OUTCOME_UNSEEN;
	for (size_t i = 0; i < ev->n; i++)
		if (ev->v[i].r && !ev->v[i].r->memory_peak_bytes) {
			strbuf_printf(&said->message, "what scenario '%s' needed was not measured",
			        ev->v[i].def->name);
			return OUTCOME_UNSEEN;
		}
	return OUTCOME_HOLDS;
}

/* What the file itself skips is no step that could have passed. */
static void count_steps(const struct scenario_result *r, size_t *all, size_t *good)
{
	for (size_t i = 0; i < r->n_steps; i++) {
		const struct step_result *st = &r->steps[i];

		if (!is_step(st) || st->reason == REASON_SKIP)
			continue;
		++*all;
		*good += st->verdict == VERDICT_PASS;
	}
}

static enum outcome judge_rate(
        const struct assertion *as, const struct evidence *ev, struct account *said)
{
	size_t all = 0, good = 0;

	if (missing_of(ev, said))
		return OUTCOME_UNSEEN;
	for (size_t i = 0; i < ev->n; i++)
		count_steps(ev->v[i].r, &all, &good);
	if (!all) {
		strbuf_adds(&said->message, "there is no step");
		return OUTCOME_UNSEEN;
	}
	if ((double)good >= as->rate * (double)all)
		return OUTCOME_HOLDS;
	strbuf_printf(&said->expected, "a share of %g", as->rate);
	strbuf_printf(&said->actual, "%zu of %zu steps passed", good, all);
	strbuf_printf(&said->message, "wanted %s, got %s", said->expected.s, said->actual.s);
	return OUTCOME_FAILS;
}

/* ---- all of them ---- */

enum outcome assert_claim(
        const struct assertion *as, const struct evidence *ev, struct account *said)
{
	enum outcome got;

	if (numbers[as->claim].of)
		return judge_number(as, ev, said);
	if (as->claim == CLAIM_MEMORY)
		return judge_memory(as, ev, said);
	if (as->claim == CLAIM_RATE)
		return judge_rate(as, ev, said);
	if (!looks[as->claim].look) {
		strbuf_adds(&said->message, as->claim == CLAIM_SERVICES
		                                    ? "no service of this file is started"
		                                    : "nothing checks it");
		return OUTCOME_UNCHECKED;
	}
	got = look_at_all(looks[as->claim].look, ev, said);
	if (got == OUTCOME_FAILS)
		strbuf_adds(&said->expected, looks[as->claim].expected);
	return got;
}

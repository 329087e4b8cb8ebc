/* Once the scenarios of a test are over, what it says of itself as a whole ([assertions], config.md
 * 3.8) is held against their results, and what became of it is a result more: named "[assertions]",
 * with a step for each of them. So it travels as every result does, into streams, reports and the
 * history, fails the run where one of them fails, and is skipped where this run has not got what it
 * takes to say.
 *
 * It is made anew each time, of results of the past as of new ones, and never kept itself. One that
 * holds of nothing but results of the past counts as one of them.
 */
#include <string.h>

#include "daemon/run/assert_priv.h"

#define MISMATCH "assert.mismatch"

/* What is made of one turn of a test. */
struct making {
	struct run *run;
	const struct test *test;
	const struct loaded *loaded;
	struct test_outcome *tr;
	struct scenario_result *r;
	struct evidence ev;
	struct strbuf first; /* what was not seen */
	size_t by_outcome[OUTCOME_UNCHECKED + 1];
};

/* Of a test with --repeat: which of them is looked at, and how far its results are taken. */
struct turns {
	unsigned now, last;
	size_t n_results, at;
	struct scenario_result **skipped; /* in all of them */
	size_t n_skipped;
};

/* ---- what happened ---- */

/* The next result of a turn, if it is that of this scenario. Those of a turn stand together; what
 * was skipped has one result for all turns, among those of the first. */
static const struct scenario_result *take_next(
        struct scenario_result *const *v, size_t n, unsigned turn, const char *name, size_t *at)
{
	while (*at < n && (!v[*at] || v[*at]->repetition < turn))
		++*at; /* turns before may not be over */
	if (*at == n || v[*at]->repetition != turn || strcmp(v[*at]->name, name) != 0)
		return NULL;
	return v[(*at)++];
}

/* Scenarios and results are both in the order of the file. */
static void gather(struct making *m, struct turns *t, struct arena *a)
{
	size_t shared = 0;

	m->ev.v = arena_array(a, m->test->n_scenarios + 1, sizeof(*m->ev.v));
	for (size_t i = 0; i < m->test->n_scenarios; i++) {
		const char *name = m->test->scenarios[i].name;
		const struct scenario_result *r =
		        take_next(m->tr->scenarios, t->n_results, t->now, name, &t->at);

		if (!r && t->now)
			r = take_next(t->skipped, t->n_skipped, 0, name, &shared);
		m->ev.v[m->ev.n++] = (struct seen){ &m->test->scenarios[i], r };
	}
}

static struct turns turns_of(const struct test_outcome *tr, struct arena *scratch)
{
	struct turns t = { .n_results = tr->n_scenarios };

	t.skipped = arena_array(scratch, tr->n_scenarios + 1, sizeof(struct scenario_result *));
	for (size_t i = 0; i < tr->n_scenarios; i++) {
		struct scenario_result *r = tr->scenarios[i];

		if (!r)
			continue;
		t.last = r->repetition > t.last ? r->repetition : t.last;
		if (!r->repetition)
			t.skipped[t.n_skipped++] = r;
	}
	t.now = t.last ? 1 : 0; /* without repetitions there is one turn, which has no number */
	return t;
}

/* Makes room for a result more of each turn. */
static void make_room(struct test_outcome *tr, const struct turns *t, struct arena *a)
{
	struct scenario_result **v = arena_array(a, tr->n_scenarios + t->last + 1, sizeof(*v));

	memcpy(v, tr->scenarios, tr->n_scenarios * sizeof(*v));
	tr->scenarios = v;
}

/* ---- words ---- */

static const char *text_of(const struct strbuf *b, struct arena *a)
{
	return b->len ? arena_strndup(a, b->s, b->len) : NULL;
}

static void add_failure(struct making *m, struct step_result *st, const struct assertion *as,
        const struct account *said)
{
	struct arena *a = m->r->arena;
	struct failure *f = arena_array(a, 1, sizeof(*f));

	*f = (struct failure){
		.code = REASON_ASSERTION,
		.assertion = st->name,
		.message = arena_printf(a, "'%s' does not hold: %s", st->name, said->message.s),
		.expected = text_of(&said->expected, a),
		.actual = text_of(&said->actual, a),
		.step = st->name,
		.file = m->r->file,
		.pos = as->pos,
	};
	st->failures = f;
	st->n_failures = 1;
	m->r->failures[m->r->n_failures++] = *f;
}

static void add_mismatch(struct making *m, const struct assertion *as, const struct account *said)
{
	m->r->findings[m->r->n_findings++] = (struct finding){
		.kind = MISMATCH,
		.message = arena_printf(m->r->arena, "%s:%u: '%s' is another: %s", m->r->file,
		        as->pos.line, as->name, said->message.s),
		.severity = "report",
	};
}

static void add_step(struct making *m, const struct assertion *as)
{
	struct account said = { STRBUF_INIT, STRBUF_INIT, STRBUF_INIT };
	enum outcome got = assert_claim(as, &m->ev, &said);
	struct step_result *st = &m->r->steps[m->r->n_steps];
	bool judged = got <= OUTCOME_DIFFERS;

	*st = (struct step_result){
		.name = arena_strdup(m->r->arena, as->name),
		.index = (unsigned)m->r->n_steps++,
		.line = as->pos.line,
		.verdict = !judged                ? VERDICT_SKIP
		           : got == OUTCOME_FAILS ? VERDICT_FAIL
		                                  : VERDICT_PASS,
		.reason = !judged || got == OUTCOME_FAILS ? REASON_ASSERTION : REASON_NONE,
		.exit_code = -1,
		.attempts = judged,
		.ran = judged,
	};
	m->by_outcome[got]++;
	if (got == OUTCOME_FAILS)
		add_failure(m, st, as, &said);
	else if (got == OUTCOME_DIFFERS)
		add_mismatch(m, as, &said);
	else if (got == OUTCOME_UNSEEN && !m->first.len)
		strbuf_printf(&m->first, "'%s': %s", as->name, said.message.s);
	strbuf_release(&said.message);
	strbuf_release(&said.expected);
	strbuf_release(&said.actual);
}

/* "not evaluated: 2 ('x': scenario 's' was skipped (needs 'r')); declared, not checked: 1" */
static const char *summary_of(const struct making *m)
{
	AUTO_STRBUF b = STRBUF_INIT;
	size_t unseen = m->by_outcome[OUTCOME_UNSEEN];
	size_t unchecked = m->by_outcome[OUTCOME_UNCHECKED];

	if (unseen)
		strbuf_printf(&b, "not evaluated: %zu (%s)", unseen, m->first.s);
	if (unchecked)
		strbuf_printf(&b, "%sdeclared, not checked: %zu", b.len ? "; " : "", unchecked);
	return text_of(&b, m->r->arena);
}

/* ---- the result ---- */

static enum verdict verdict_of(const struct making *m)
{
	bool any = m->by_outcome[OUTCOME_HOLDS] || m->by_outcome[OUTCOME_DIFFERS];

	if (m->by_outcome[OUTCOME_FAILS])
		return VERDICT_FAIL;
	return m->by_outcome[OUTCOME_UNSEEN] || !any ? VERDICT_SKIP : VERDICT_PASS;
}

static void name_result(struct making *m)
{
	struct scenario_result *r = m->r;
	struct arena *a = r->arena;

	r->name = ASSERTIONS_NAME;
	r->id = arena_printf(a, "%s/%s", m->tr->name, ASSERTIONS_NAME);
	r->file = arena_strdup(a, m->tr->file);
	r->test = arena_strdup(a, m->tr->name);
	r->line = m->test->assertions[0].pos.line;
	r->tags = list_copy(&m->tr->tags, a);
	r->cell = list_copy(&m->tr->matrix, a);
}

/* What a run has not run at all is not this run's either: it is no news that it still holds. */
static void take_after(struct scenario_result *r, const struct evidence *ev)
{
	const struct scenario_result *first = ev->n ? ev->v[0].r : NULL;
	const char *from = first ? first->cached_from : NULL;

	for (size_t i = 0; i < ev->n; i++) {
		const struct scenario_result *s = ev->v[i].r;

		if (!s || !s->cached)
			return;
		if (from && (!s->cached_from || strcmp(from, s->cached_from) != 0))
			from = NULL; /* of several runs none is its own */
	}
	r->cached = ev->n > 0;
	r->cached_from = arena_strdup(r->arena, from);
}

static void judge(struct making *m)
{
	struct scenario_result *r = m->r;
	size_t n = m->test->n_assertions;
	const struct quarantine *q;

	r->steps = arena_array(r->arena, n, sizeof(*r->steps));
	r->failures = arena_array(r->arena, n, sizeof(*r->failures));
	r->findings = arena_array(r->arena, n, sizeof(*r->findings));
	for (size_t i = 0; i < n; i++)
		add_step(m, &m->test->assertions[i]);
	r->verdict = verdict_of(m);
	r->reason = r->verdict == VERDICT_PASS                   ? REASON_NONE
	            : r->verdict == VERDICT_FAIL || m->first.len ? REASON_ASSERTION
	                                                         : REASON_SKIP;
	r->reason_text = summary_of(m);
	if (r->verdict == VERDICT_PASS)
		take_after(r, &m->ev);
	r->attempts = r->verdict != VERDICT_SKIP;
	r->started_wall_ns = r->verdict != VERDICT_SKIP ? clock_wall_ns() : 0;
	q = r->verdict == VERDICT_FAIL
	            ? quarantine_find(m->run, m->loaded->settings, m->loaded->file, r->name, r->id)
	            : NULL;
	if (q)
		r->quarantine = quarantine_copy(q, r->arena);
}

static struct scenario_result *make_result(struct run *run, size_t index, struct turns *turns)
{
	const struct test_progress *t = &run->tests[index];
	CLEANUP(arena_free) struct arena *scratch = arena_new();
	struct making m = {
		.run = run,
		.test = t->def,
		.loaded = t->loaded,
		.tr = &run->result->tests[index],
		.r = scenario_result_new(),
		.first = STRBUF_INIT,
	};

	m.ev.part = t->part;
	gather(&m, turns, scratch);
	name_result(&m);
	judge(&m);
	m.r->repetition = turns->now;
	m.r->test_index = (unsigned)index;
	m.r->slot = t->turns ? t->turns_slot + turns->now - 1 : (unsigned)m.tr->n_scenarios;
	strbuf_release(&m.first);
	return m.r;
}

/* ---- telling ---- */

static void tell(struct run *run, struct scenario_result *r)
{
	run_summary_add(&run->result->summary, r);
	run->asserted++;
	for (size_t i = 0; i < r->n_findings; i++)
		run_emit(run, &(struct event){
		                      .kind = EV_FINDING, .finding = { r->id, &r->findings[i] } });
	run_emit(run, &(struct event){ .kind = EV_SCENARIO_END, .scenario_end = r });
}

static void worsen(enum asserted *all, const struct scenario_result *r)
{
	enum asserted one = r->verdict != VERDICT_FAIL ? ASSERTED_HELD
	                    : r->quarantine            ? ASSERTED_EXCUSED
	                                               : ASSERTED_FAILED;

	*all = one > *all ? one : *all;
}

enum asserted assert_test(struct run *run, size_t index)
{
	const struct test_progress *t = &run->tests[index];
	struct test_outcome *tr = &run->result->tests[index];
	CLEANUP(arena_free) struct arena *scratch = NULL;
	enum asserted all = ASSERTED_HELD;

	if (!t->def || !t->def->n_assertions || !tr->n_scenarios)
		return all;
	scratch = arena_new();
	struct turns turns = turns_of(tr, scratch);
	make_room(tr, &turns, run->result->arena);
	for (; turns.now <= turns.last; turns.now++) {
		struct scenario_result *r = t->turns ? t->turns[turns.now].said : NULL;

		if (!r) {
			r = make_result(run, index, &turns);
			tell(run, r);
			worsen(&all, r);
		}
		tr->scenarios[tr->n_scenarios++] = r;
	}
	return all;
}

/* ---- repetitions ---- */

/* It is looked at when it is over: a run to the first failure would not end before. */
static void assert_one(struct run *run, size_t index, unsigned turn)
{
	struct turn *of = &run->tests[index].turns[turn];
	CLEANUP(arena_free) struct arena *scratch = arena_new();
	struct turns turns = turns_of(&run->result->tests[index], scratch);

	turns.now = turn;
	of->said = make_result(run, index, &turns);
	tell(run, of->said);
}

enum asserted assert_turn(const struct planned *pl)
{
	struct test_progress *t = &pl->run->tests[pl->test_index];
	enum asserted all = ASSERTED_HELD;

	if (!t->turns)
		return all;
	t->turns[pl->repetition].done++;
	if (t->turns[0].done < t->n_single)
		return all;
	/* The last that has one turn may end when some turns are over. */
	for (unsigned k = pl->repetition ? pl->repetition : 1;
	        k <= (pl->repetition ? pl->repetition : t->n_turns); k++)
		if (t->turns[k].done == t->turn_size && !t->turns[k].said) {
			assert_one(pl->run, pl->test_index, k);
			worsen(&all, t->turns[k].said);
		}
	return all;
}

void assert_expect_turns(struct run *run, size_t index, unsigned n)
{
	struct test_progress *t = &run->tests[index];

	if (!t->def || !t->def->n_assertions || !t->turn_size)
		return;
	t->turns = arena_array(run->arena, n + 1, sizeof(*t->turns));
	t->n_turns = n;
	t->n_single = t->total - n * t->turn_size;
	t->turns_slot = t->total;
}

unsigned assert_planned(const struct run *run)
{
	unsigned n = 0, rounds = run->n_plan ? run->plan[run->n_plan - 1].repetition : 0;

	if (run->opt.list || run->opt.dry || run->opt.why)
		return 0;
	for (size_t i = 0; i < run->result->n_tests; i++)
		if (run->tests[i].def && run->tests[i].def->n_assertions)
			n += run->tests[i].turns && rounds ? rounds : 1;
	return n;
}

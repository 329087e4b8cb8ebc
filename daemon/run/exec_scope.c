/* What shares a sandbox. With sandbox = "step" each step has one that has never run anything: it is
 * asked for when its turn comes, and given back when it has ended. With "test" the scenarios of a
 * test take turns in one: between two of them it is parked with the test, once its init has ended
 * all that ran in it. Its receipts say so.
 */
#include <assert.h>
#include <string.h>

#include "daemon/run/exec_priv.h"
#include "daemon/run/keep_priv.h"

static struct test_progress *test_of(const struct planned *pl)
{
	return &pl->run->tests[pl->test_index];
}

static bool shares(const struct planned *pl)
{
	return pl->sc && pl->sc->scope == SCOPE_TEST;
}

static void gone(void *arg)
{
	sched_lease_gone(arg);
}

static void give(struct run *run, struct lease *le)
{
	run->ending++;
	pool_give_then(le, gone, run);
}

/* ---- asking ---- */

/* Asks for the sandbox of a place: that of the scenarios before it, or one that has never run
 * anything. */
static void scope_ask(struct place_run *p, unsigned warm_cap)
{
	struct exec *x = p->x;
	struct test_progress *t = test_of(x->pl);

	if (shares(x->pl) && t->parked) {
		p->lease = STEAL(t->parked);
		lease_hand_on(p->lease, x->res->id, &exec_lease_events, p);
		p->handed = true;
		exec_met(p, &p->before);
		return;
	}
	p->lease = pool_take(x->run->r->d.pool, &p->def->spec, warm_cap, x->res->id,
	        x->run->result->id, &exec_lease_events, p);
}

size_t scope_places_first(const struct exec *x)
{
	return x->pl->sc->scope == SCOPE_STEP ? 1 : x->n_places;
}

void scope_ask_first(struct exec *x, unsigned warm_cap)
{
	size_t i = 0;

	if (x->pl->sc->scope == SCOPE_STEP) {
		while (i + 1 < x->n_places && !x->places[i].n_batch)
			i++;
		scope_ask(&x->places[i], warm_cap);
		return;
	}
	for (; i < x->n_places; i++)
		scope_ask(&x->places[i], warm_cap);
}

void scope_claim(struct place_run *p)
{
	const struct receipt *r = NULL;

	if (!p->lease || p->lent)
		return;
	r = p->handed ? lease_receipt(p->lease) : lease_claim(p->lease);
	if (r)
		exec_on_lent(p, p->lease, r, true);
}

void scope_lease(struct place_run *p)
{
	scope_ask(p, 0);
	scope_claim(p);
}

/* ---- one for each step ---- */

void scope_step_over(struct step_run *s)
{
	struct place_run *p = &s->x->places[s->place];

	/* What the init has found follows the end of the step. */
	if (s->x->pl->sc->scope != SCOPE_STEP || s->state != STEP_OVER || !p->lease ||
	        exec_survey_due(p))
		return;
	exec_met(p, &p->met);
	p->lent = false;
	keep_close(p);
	give(s->x->run, STEAL(p->lease));
}

/* ---- one for all scenarios of a test ---- */

/* Looked for from its own place on: the next one of a test mostly stands behind it. */
static bool others_follow(const struct planned *pl)
{
	const struct run *run = pl->run;
	const struct test_progress *t = test_of(pl);
	size_t own = (size_t)(pl - run->plan);

	if (t->total - t->done < 2)
		return false;
	for (size_t i = 1; i < run->n_plan; i++) {
		const struct planned *x = &run->plan[(own + i) % run->n_plan];

		if (x->test_index == pl->test_index && !x->done && shares(x) &&
		        x->repetition == pl->repetition)
			return true;
	}
	return false;
}

/* Nobody listens while it is parked: what it says is about nothing. */
static void parked_bytes(void *arg, struct lease *le, const void *data, size_t n)
{
	(void)arg;
	(void)le;
	(void)data;
	(void)n;
}

static void parked_died(void *arg, struct lease *le, enum sandbox_end why)
{
	struct test_progress *t = arg;

	(void)why;
	assert(t->parked == le);
	t->died = true; /* it is given back by who would take it */
}

static const struct lease_events parked_events = { .bytes = parked_bytes, .died = parked_died };

bool scope_park(struct exec *x)
{
	struct test_progress *t = test_of(x->pl);
	struct place_run *p = &x->places[0];

	if (!shares(x->pl) || (!x->leased_ns && !p->handed))
		return false;
	if (!p->clean || !p->lease) {
		t->ended_by = arena_strdup(x->run->arena, x->res->name);
		return false;
	}
	if (x->run->stopping || !others_follow(x->pl))
		return false;
	keep_close(p);
	t->parked = STEAL(p->lease);
	t->died = false;
	lease_hand_on(t->parked, x->res->id, &parked_events, t);
	return true;
}

void scope_mark(struct exec *x)
{
	struct receipt *r = x->res->receipt;
	struct degraded *v;

	if (!shares(x->pl))
		return;
	v = arena_array(x->a, r->n_degraded + 1, sizeof(*v));
	if (r->n_degraded)
		memcpy(v, r->degraded, r->n_degraded * sizeof(*v));
	v[r->n_degraded++] = (struct degraded){ "sandbox", "one for each scenario",
		x->places[0].handed ? "one for the test, others ran in it before"
		                    : "one for the test" };
	r->degraded = v;
	r->pristine = r->pristine && !x->places[0].handed;
	if (test_of(x->pl)->told_shared)
		return;
	test_of(x->pl)->told_shared = true;
	run_note(x->run, "sandbox.shared",
	        "the scenarios of '%s' share one sandbox (sandbox = \"test\"): each sees what "
	        "those before it have left",
	        x->run->result->tests[x->pl->test_index].name);
}

/* ---- turns ---- */

static void enqueue(struct test_progress *t, struct planned *pl)
{
	if (!t->shares)
		t->shares_end = &t->shares;
	*t->shares_end = pl;
	t->shares_end = &pl->next_share;
}

static void drop_dead(struct run *run, struct test_progress *t)
{
	if (!t->parked || !t->died)
		return;
	t->ended_by = "one before";
	give(run, STEAL(t->parked));
}

/* A repetition of the test has a sandbox of its own. */
static void begin_round(struct run *run, struct test_progress *t, unsigned number)
{
	if (t->round == number)
		return;
	t->round = number;
	t->ended_by = NULL;
	if (t->parked)
		give(run, STEAL(t->parked));
}

bool share_wait(struct planned *pl)
{
	struct test_progress *t = test_of(pl);

	if (!shares(pl))
		return false;
	if (t->taken) {
		enqueue(t, pl);
		return true;
	}
	begin_round(pl->run, t, pl->repetition);
	drop_dead(pl->run, t);
	if (t->ended_by) {
		pl->skip = REASON_DEPENDENCY;
		pl->skip_text = arena_printf(
		        pl->run->arena, "the sandbox of its test ended with '%s'", t->ended_by);
		sched_collect(pl, sched_skip_result(pl, pl->skip, pl->skip_text), run_emit);
		return true;
	}
	t->taken = true;
	return false;
}

bool share_is_taken(const struct planned *pl)
{
	return shares(pl) && test_of(pl)->taken;
}

void share_over(struct planned *pl)
{
	if (shares(pl))
		test_of(pl)->taken = false;
}

struct planned *share_next(struct run *run, size_t test_index)
{
	struct test_progress *t = &run->tests[test_index];
	struct planned *pl = t->taken ? NULL : t->shares;

	if (pl) {
		t->shares = pl->next_share;
		pl->next_share = NULL;
	}
	return pl;
}

void share_end(struct run *run, struct test_progress *t)
{
	if (t->parked)
		give(run, STEAL(t->parked));
}

/* The end of what runs: once a scenario is judged its inits say what is left, and end it, unless
 * the sandbox stays. Where only what is found decides that (findings = "fail"), they look first and
 * end nothing: what a kept sandbox is for must be in it. Where a step in the background states
 * something of what it prints or leaves, the end comes first: before it nobody knows all of that.
 */
#include "daemon/run/exec_priv.h"
#include "daemon/run/keep_priv.h"

/* ---- what stays ---- */

/* Of an attempt that another follows nothing stays. */
static bool stays(const struct exec *x)
{
	return keep_wants(x->pl, x->res->verdict) && !retry_follows(x->pl, x->res);
}

/* With that verdict. */
static bool would_stay(const struct exec *x, enum verdict v, enum reason why)
{
	struct scenario_result res = *x->res;

	res.verdict = v;
	res.reason = why;
	return keep_would(x->pl, v) && !retry_follows(x->pl, &res);
}

static bool findings_decide(const struct exec *x)
{
	return x->pl->sc->findings == FINDINGS_FAIL && x->res->verdict == VERDICT_PASS &&
	       would_stay(x, VERDICT_FAIL, REASON_FINDING);
}

/* The one that its first failure is of, or else its own. */
static unsigned place_to_name(const struct exec *x)
{
	unsigned place = 0;

	for (size_t i = x->n_steps; i-- > 0;)
		if (x->steps[i].res->ran && x->steps[i].res->verdict >= VERDICT_FAKE_GREEN)
			place = x->steps[i].place;
	return place;
}

void exec_name_kept(struct exec *x)
{
	const struct place_run *p = &x->places[place_to_name(x)];

	if (x->res->kept || !stays(x)) /* there is that of its preparation */
		return;
	if (!keep_has_room(x))
		return;
	if (p->lent && lease_sandbox_id(p->lease)[0])
		x->res->kept = arena_strdup(x->a, lease_sandbox_id(p->lease));
	x->keeps = x->res->kept != NULL;
	if (x->keeps)
		keep_tell(x);
}

/* ---- what runs ---- */

static bool runs_beside(const struct step_run *s)
{
	return s->def->background && (s->state == STEP_RUNNING || s->state == STEP_ASKED);
}

static bool background_runs(const struct place_run *p)
{
	for (unsigned i = 0; i < p->n_batch; i++)
		if (runs_beside(p->batch[i]))
			return true;
	return false;
}

bool exec_states_more(const struct exec *x)
{
	for (size_t i = 0; i < x->n_steps; i++)
		if (runs_beside(&x->steps[i]) && judge_needs_traces(x->steps[i].def))
			return true;
	return false;
}

/* What it prints from now on nobody waits for, and what it has printed may not be all yet. */
static void tell_of_spared(struct exec *x)
{
	x->pl->never = "what a step in the background states was not looked at";
	for (size_t i = 0; i < x->n_steps; i++)
		if (runs_beside(&x->steps[i]) && judge_needs_traces(x->steps[i].def))
			run_note(x->run, "step.unjudged",
			        "%s: step '%s' goes on in the sandbox that is kept: what it states "
			        "was not looked at",
			        x->res->id, x->steps[i].res->name);
}

/* spare: what runs goes on. */
static bool ask_place(struct place_run *p, bool spare)
{
	struct exec *x = p->x;
	bool runs = !spare && p->lent && (background_runs(p) || scope_cleans(x));
	bool due = exec_survey_due(p), comes = due && exec_survey_comes(p);
	AUTO_STRBUF msg = STRBUF_INIT;

	p->stopped = !runs && !due;
	p->awaited = !runs && (comes || (due && spare));
	if (!p->stopped && (runs || !comes)) {
		agent_put_u32(&msg, AGENT_STOP, 0, spare ? AGENT_STOP_NOTHING : STOP_GRACE_MS);
		lease_send(p->lease, msg.s, msg.len);
	}
	if (p->awaited) /* the time is there now */
		exec_met(p, &p->met);
	return !p->stopped;
}

/* What runs in the background is part of what stays. */
static void ask_all(struct exec *x)
{
	bool spare = x->undecided || stays(x), waits = false;

	for (size_t i = 0; i < x->n_places; i++)
		waits |= ask_place(&x->places[i], spare);
	if (!waits)
		exec_ended(x);
}

/* Steps that were ended are judged when all is said of them. */
static bool all_stopped(const struct exec *x)
{
	for (size_t i = 0; i < x->n_places; i++)
		if (!x->places[i].stopped)
			return false;
	return !x->undecided;
}

void exec_ended(struct exec *x)
{
	if (!x->ends_first) {
		exec_collect_files(x);
		return;
	}
	if (x->judged || !all_stopped(x) || !exec_steps_judged(x))
		return;
	if (exec_states_more(x))
		tell_of_spared(x);
	exec_judge(x);
}

void exec_stop(struct exec *x)
{
	x->undecided = findings_decide(x);
	ask_all(x);
}

void exec_stopped(struct place_run *p)
{
	struct exec *x = p->x;

	p->stopped = true;
	for (size_t i = 0; i < x->n_places; i++)
		if (!x->places[i].stopped)
			return;
	if (x->undecided && !exec_has_findings(x)) {
		x->undecided = false;
		ask_all(x);
		return;
	}
	x->undecided = false;
	exec_ended(x);
}

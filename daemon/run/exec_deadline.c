/* Deadlines of a scenario and of its steps, and what is said when one is met. */
#include <signal.h>
#include <string.h>

#include "common/num.h"
#include "daemon/run/exec_priv.h"
#include "daemon/run/prepare_priv.h"

/* ---- deadlines ---- */

static void format_waiting(struct exec *x, const struct step_run *s, struct strbuf *b)
{
	struct place_run *p = &x->places[s->place];
	const char *name = s->def->argv.v[0], *slash = strrchr(name, '/');
	struct sandbox_usage u;
	struct err e;

	strbuf_printf(b, " in step '%s' (waiting for '%s' to exit", s->res->name,
	        slash ? slash + 1 : name);
	if (p->lease && lease_usage(p->lease, &u, &e) == 0 && u.processes)
		strbuf_printf(b, ", %u process%s", u.processes, u.processes == 1 ? "" : "es");
	if (s->last_output_ns) {
		strbuf_adds(b, "; last output ");
		dur_format(b, clock_ns() - s->last_output_ns);
		strbuf_adds(b, " ago)");
	} else {
		strbuf_adds(b, "; no output)");
	}
}

/* Asked while it still runs: afterwards nobody knows. */
static void note_waiting(struct step_run *s)
{
	AUTO_STRBUF b = STRBUF_INIT;

	if (s->waited)
		return;
	format_waiting(s->x, s, &b);
	s->waited = arena_strdup(s->x->a, b.s);
}

/* The step that is waited for, or NULL. */
static struct step_run *exec_foreground(const struct exec *x)
{
	for (size_t i = 0; i < x->n_steps; i++)
		if (x->steps[i].state == STEP_RUNNING && !x->steps[i].def->background)
			return &x->steps[i];
	return NULL;
}

const char *exec_running_step(const struct exec *x)
{
	const struct step_run *s = exec_foreground(x);

	if (x->preparing)
		return prepare_running_step(x->preparing);
	return s ? s->res->name : NULL;
}

int64_t exec_started_ns(const struct exec *x)
{
	return x->leased_ns ? x->leased_ns : x->queued_ns;
}

/* "silent for 2 s in step 'x' (waiting for ...): its last 20 passes took 0.11 s at most" */
static void describe_silence(const struct step_run *s, const char *waited, struct failure *f)
{
	const struct silence *w = &s->res->silence;
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_adds(&b, "silent for ");
	dur_format(&b, w->ns);
	strbuf_adds(&b, waited);
	strbuf_printf(&b, ": its last %s took ", w->passes == 1 ? "pass" : "passes");
	dur_format(&b, w->slowest_ns);
	strbuf_adds(&b, w->passes == 1 ? "" : " at most");
	f->message = arena_strdup(s->x->a, b.s);
	f->hint = "a learnt deadline: no processor was used and nothing written; 'timeout' in the "
	          "step takes its place, test_execution.adaptive_deadlines = false turns all off";
}

void step_describe_timeout(const struct step_run *s, struct failure *f)
{
	AUTO_STRBUF b = STRBUF_INIT;

	if (s->silent) {
		describe_silence(s, s->waited ? s->waited : "", f);
		return;
	}
	strbuf_adds(&b, "timed out after ");
	dur_format(&b, s->res->deadline.ns);
	strbuf_adds(&b, s->waited ? s->waited : "");
	f->message = arena_strdup(s->x->a, b.s);
}

static struct failure timeout_failure(struct exec *x, struct step_run *s, int64_t after_ns)
{
	AUTO_STRBUF b = STRBUF_INIT;
	bool silent = s && s->silent;
	struct failure f = {
		.code = silent ? REASON_LEARNT_DEADLINE : REASON_TIMEOUT,
		.assertion = silent ? "learnt_deadline" : "timeout",
		.step = s ? s->res->name : NULL,
		.file = arena_strdup(x->a, x->pl->file->path),
		.pos = s ? s->def->pos : x->pl->sc->pos,
	};

	if (silent) {
		note_waiting(s);
		step_describe_timeout(s, &f);
		return f;
	}
	strbuf_adds(&b, "timed out after ");
	dur_format(&b, after_ns);
	if (s)
		format_waiting(x, s, &b);
	else if (x->n_lent < x->n_places)
		strbuf_adds(&b, " (waiting for a sandbox)");
	f.message = arena_strdup(x->a, b.s);
	return f;
}

static void step_timed_out(struct step_run *s, const struct failure *f)
{
	s->res->verdict = VERDICT_FAIL;
	s->res->reason = f->code;
	s->res->failures = arena_memdup(s->x->a, f, sizeof(*f));
	s->res->n_failures = 1;
	exec_collect(s);
	exec_emit_step(s, EV_STEP_END);
}

/* A deadline was met: the whole sandbox dies and the scenario ends. */
static void end_by_timeout(struct exec *x, struct step_run *s, int64_t after_ns)
{
	struct failure f = timeout_failure(x, s, after_ns);

	if (s)
		step_timed_out(s, &f);
	exec_raise(x, VERDICT_FAIL, f.code);
	exec_fail(x, &f);
	exec_collect_files(x);
}

void exec_on_deadline(void *arg)
{
	struct exec *x = arg;

	struct step_run *s = exec_foreground(x);

	x->deadline = NULL;
	/* The steps are judged: a teardown has deadlines of its own, and fails nothing. */
	if (s && s->part == PART_TEARDOWN && (s->timer || s->killed))
		return;
	end_by_timeout(x, s, x->res->deadline.ns);
}

/* True when the scenario goes on although this attempt is killed. To the init a step that should
 * fail has done well by that, which it has not when its deadline was learnt. */
static bool survives_timeout(const struct step_run *s)
{
	return s->part == PART_TEARDOWN || s->def->continue_on_failure ||
	       (s->def->should_fail && !s->silent) || s->attempts <= s->def->retries;
}

static void send_kill(struct step_run *s, int sig)
{
	AUTO_STRBUF msg = STRBUF_INIT;

	agent_put_u32(&msg, AGENT_KILL, s->batch_index, (uint32_t)sig);
	lease_send(s->x->places[s->place].lease, msg.s, msg.len);
}

static void on_grace_over(void *arg)
{
	struct step_run *s = arg;

	s->timer = NULL;
	if (survives_timeout(s)) {
		s->killed = true;
		note_waiting(s);
		send_kill(s, SIGKILL);
		return;
	}
	end_by_timeout(s->x, s, s->res->deadline.ns);
}

void step_on_deadline(void *arg)
{
	struct step_run *s = arg;

	s->timer = NULL;
	if (s->def->background && s->x->stopping)
		return; /* it is being ended anyhow */
	s->timed_out = true;
	if (s->def->grace_ns) {
		note_waiting(s);
		send_kill(s, SIGTERM);
		s->timer = loop_timer_add(s->x->run->r->d.loop, s->def->grace_ns, on_grace_over, s);
		return;
	}
	on_grace_over(s);
}

void step_on_silence(struct step_run *s)
{
	s->silent = true;
	s->res->deadline = (struct deadline){ s->res->silence.ns, DEADLINE_LEARNT };
	s->x->pl->never = "a learnt deadline was met";
	loop_timer_del(s->timer);
	step_on_deadline(s);
}

bool step_has_deadline(const struct step_run *s)
{
	return s->res->deadline.ns &&
	       (!s->def->background || s->res->deadline.source == DEADLINE_FILE);
}

struct deadline step_deadline_of(const struct step_run *s)
{
	struct deadline d = s->def->timeout;

	if (s->part == PART_TEARDOWN && d.source == DEADLINE_DEFAULT)
		d.ns = TEARDOWN_NS;
	return d;
}

/* What the init reports of the steps of a scenario, and what each of them is worth. */
#include <errno.h>
#include <signal.h>

#include "common/num.h"
#include "daemon/config/config.h"
#include "daemon/run/exec_priv.h"
#include "daemon/run/expect_priv.h"
#include "daemon/run/keep_priv.h"

/* ---- the init's records ---- */

static struct step_run *step_of(struct place_run *p, uint32_t index)
{
	return index < p->n_batch ? p->batch[index] : NULL;
}

static size_t index_of(const struct step_run *s)
{
	return (size_t)(s - s->x->steps);
}

static size_t next_in_batch(const struct exec *x, size_t from)
{
	while (from < x->n_steps && !x->steps[from].in_batch)
		from++;
	return from;
}

/* Once a background step is started the init goes on, unless it has nothing more or was told to
 * wait: then the next step, or the end, is ours to say. */
static void go_on_beside(struct step_run *s)
{
	size_t next = index_of(s) + 1;

	if (s->def->background && s->attempts == 1 &&
	        (s->gated || next_in_batch(s->x, next) >= s->x->n_steps))
		exec_next(s->x, next);
}

/* The step that was asked for has begun, or cannot. */
static void told_of(struct step_run *s)
{
	if (s->x->asked == s)
		s->x->asked = NULL;
}

/* The init went on by itself to a step that is not to run any more: its scenario is judged. */
static bool too_late(const struct step_run *s)
{
	return s->x->stopping && s->state == STEP_IDLE;
}

static int on_started(struct place_run *p, const struct agent_record *r)
{
	struct step_run *s = step_of(p, r->step);
	struct agent_cursor c = agent_cursor(r);
	int64_t started = (int64_t)agent_u64(&c);

	if (!s)
		return -1;
	if (too_late(s))
		return 0;
	told_of(s);
	p->surveyed = false;
	s->attempts++;
	s->state = STEP_RUNNING;
	s->fork_ns = p->base_ns + started;
	s->last_output_ns = 0;
	s->timed_out = s->killed = s->silent = false;
	s->waited = NULL;
	strbuf_reset(&s->out);
	strbuf_reset(&s->err);
	strbuf_reset(&s->both);
	arrivals_reset(&s->came);
	s->res->ran = true;
	s->res->attempts = s->attempts;
	s->res->started_ms = ms_since(p->x->leased_ns, s->fork_ns);
	s->res->deadline = step_deadline_of(s);
	if (step_has_deadline(s))
		s->timer = loop_timer_add(
		        p->x->run->r->d.loop, s->res->deadline.ns, step_on_deadline, s);
	silence_begin(s);
	exec_emit_step(s, EV_STEP_START);
	if (s->x->pl->sc->graph)
		graph_started(s);
	else
		go_on_beside(s);
	return 0;
}

/* What the init says is not trusted: times before the beginning are the beginning. */
static uint64_t us_between(int64_t from_ns, int64_t to_ns)
{
	return to_ns > from_ns ? (uint64_t)(to_ns - from_ns) / (uint64_t)NS_PER_US : 0;
}

static int on_output(struct place_run *p, const struct agent_record *r)
{
	struct step_run *s = step_of(p, r->step);
	struct agent_cursor c = agent_cursor(r);
	uint8_t stream = agent_u8(&c);
	int64_t at_ns = p->base_ns + (int64_t)agent_u64(&c);
	uint64_t offset;

	if (!s || c.bad || (stream != 1 && stream != 2))
		return -1;
	if (too_late(s))
		return 0;
	struct strbuf *b = stream == 1 ? &s->out : &s->err;
	size_t n = (size_t)(c.end - c.p);

	offset = b->len;
	strbuf_add(b, c.p, n);
	if (s->def->out_contains.n)
		strbuf_add(&s->both, c.p, n);
	if (n)
		arrivals_add(&s->came, stream == 2, n, us_between(s->fork_ns, at_ns));
	s->last_output_ns = clock_ns();
	exec_emit_output(s, stream == 2, offset, (const char *)c.p, n);
	return 0;
}

/* The step itself, or what its shell waited for: 128 and the signal. */
static bool killed_for_memory(struct step_run *s)
{
	struct sandbox_usage u;
	struct err e;
	struct lease *le = s->x->places[s->place].lease;

	bool killed = s->res->signal == SIGKILL || s->res->exit_code == 128 + SIGKILL;

	return killed && !s->killed && le && lease_usage(le, &u, &e) == 0 && u.oom_kills > 0;
}

static void fill_result(struct step_run *s, const struct agent_exit *x)
{
	struct step_result *r = s->res;

	r->exit_code = x->kind == AGENT_EXIT_CODE ? x->value : -1;
	r->signal = x->kind == AGENT_EXIT_SIGNAL ? x->value : 0;
	r->duration_ms = clock_span_ms(x->ended_ns - x->started_ns);
	r->user_ms = (double)x->user_us / 1000.0;
	r->system_ms = (double)x->system_us / 1000.0;
	r->max_rss_bytes = x->max_rss_bytes;
	exec_capture(s, x->total, x->cut_at);
	metrics_observe(
	        s->x->run->r->d.metrics, METRIC_STEP_TIME, (int64_t)(x->ended_ns - x->started_ns));
}

static void describe_oom(struct step_run *s)
{
	struct exec *x = s->x;
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_adds(&b, "out of memory (limit ");
	size_format(&b, x->places[s->place].def->spec.limits.v[LIMIT_MEMORY]);
	strbuf_adds(&b, ")");
	s->res->failures[0].message = arena_strdup(x->a, b.s);
	s->res->failures[0].hint = "limits.memory_mb raises it";
}

static void complete_failures(struct step_run *s)
{
	struct exec *x = s->x;
	const struct sandbox_spec *spec = &x->places[s->place].def->spec;

	if (!s->res->n_failures)
		return;
	if (s->attempt.oom)
		describe_oom(s);
	if (s->res->reason == REASON_TIMEOUT || s->res->reason == REASON_LEARNT_DEADLINE)
		step_describe_timeout(s, &s->res->failures[0]);
	if (!s->res->failures[0].hint)
		s->res->failures[0].hint = explain_network(&s->attempt, spec, x->a);
}

static void not_executed(struct step_run *s)
{
	struct exec *x = s->x;
	struct place_run *p = &x->places[s->place];
	struct failure *f = arena_alloc(x->a, sizeof(*f));

	explain_not_found(f, &s->attempt, &p->def->spec, p->image->path_env, x->a);
	f->file = arena_strdup(x->a, f->file);
	s->res->exit_code = s->attempt.exit.value == ENOENT ? 127 : 126;
	s->res->verdict = VERDICT_ERROR;
	s->res->reason = f->code;
	s->res->failures = f;
	s->res->n_failures = 1;
	s->res->n_captures = s->res->n_updates = 0;
}

static bool will_retry(const struct step_run *s)
{
	return s->res->verdict == VERDICT_FAIL && s->attempts <= s->def->retries && !s->x->all_run;
}

static void on_retry(void *arg)
{
	struct step_run *s = arg;

	s->timer = NULL;
	s->state = STEP_ASKED;
	exec_run_step(s);
}

static void retry_later(struct step_run *s)
{
	double delay = (double)s->def->retry_delay_ns;

	for (unsigned i = 1; i < s->attempts && delay < 7 * 86400e9; i++)
		delay *= s->def->retry_backoff;
	s->state = STEP_PAUSED;
	s->timer = loop_timer_add(s->x->run->r->d.loop, (int64_t)delay, on_retry, s);
}

/* What a failed step means for its scenario. */
static void weigh(struct step_run *s)
{
	struct exec *x = s->x;

	if (s->res->verdict == VERDICT_PASS)
		return;
	for (size_t i = 0; i < s->res->n_failures; i++)
		s->res->failures[i].file = arena_strdup(x->a, s->res->failures[i].file);
	if (s->part == PART_TEARDOWN) {
		run_note(x->run, "teardown.failed", "%s: teardown step '%s' failed: %s", x->res->id,
		        s->res->name, s->res->n_failures ? s->res->failures[0].message : "failed");
		return;
	}
	bool error = s->res->verdict == VERDICT_ERROR || s->part == PART_SETUP;
	exec_raise(x, error ? VERDICT_ERROR : VERDICT_FAIL, s->res->reason);
	for (size_t i = 0; i < s->res->n_failures; i++)
		exec_fail(x, &s->res->failures[i]);
	if (!s->def->continue_on_failure)
		x->broken = true;
}

/* True when the init went on by itself after this step, be it one that could not start. */
static bool went_on(const struct step_run *s)
{
	return !s->gated && (s->attempt.exit.as_expected || s->part == PART_TEARDOWN ||
	                            s->def->continue_on_failure);
}

/* True when a step in the foreground runs, or will: its end says what comes next. */
static bool next_is_decided(const struct exec *x)
{
	if (x->asked)
		return true;
	for (size_t i = 0; i < x->n_steps; i++) {
		const struct step_run *s = &x->steps[i];

		if (!s->def->background && s->state != STEP_IDLE && s->state != STEP_OVER)
			return true;
	}
	return false;
}

void exec_give_up(struct step_run *s)
{
	loop_timer_del(s->timer);
	s->timer = NULL;
	s->state = STEP_OVER;
	weigh(s);
	exec_emit_step(s, EV_STEP_END);
}

void exec_unready(struct step_run *s, const char *message, const char *hint)
{
	struct exec *x = s->x;
	const struct attempt at = { .def = s->def, .file = x->pl->file->path };
	struct failure *f;

	s->res->verdict = VERDICT_PASS;
	s->res->reason = REASON_NONE;
	f = judge_fail(&at, s->res, REASON_CAPTURE, "capture", s->def->command_pos, x->a);
	f->message = message;
	f->hint = hint;
	s->state = STEP_OVER;
	weigh(s);
	exec_emit_step(s, EV_STEP_END);
}

/* Later steps see what it captured; people do not see what its name says is secret. */
static void keep_captures(struct step_run *s)
{
	struct step_result *r = s->res;

	if (r->verdict != VERDICT_PASS)
		r->n_captures = 0;
	captures_set(&s->x->captures, r, s->x->a);
	for (size_t i = 0; i < r->n_captures; i++)
		if (config_is_secret_name(r->captures[i].name))
			r->captures[i].value = "***";
}

void exec_go_on(struct step_run *s)
{
	if (s->x->pl->sc->graph)
		graph_over(s);
	else
		exec_next(s->x, index_of(s) + 1);
}

static void step_judged(struct step_run *s)
{
	struct exec *x = s->x;

	exec_looks_free(s);
	if (s->attempt.exit.kind == AGENT_EXIT_NOEXEC)
		not_executed(s);
	complete_failures(s);
	if (will_retry(s)) {
		retry_later(s);
		return;
	}
	s->state = STEP_OVER;
	keep_captures(s);
	weigh(s);
	exec_emit_step(s, EV_STEP_END);
	if (s->attempt.ended) {
		exec_ended(x);
		return;
	}
	scope_step_over(s);
	if (x->pl->sc->graph) {
		graph_over(s);
		return;
	}
	if (s->def->background) {
		/* It ended before its scenario: only a failure matters, and that ends the scenario.
		 */
		if ((x->broken || x->all_run) && !next_is_decided(x))
			exec_next(x, index_of(s) + 1);
		else if (s->attempt.exit.kind == AGENT_EXIT_NOEXEC)
			go_on_beside(s);
		return;
	}
	if (x->broken || !went_on(s) || next_in_batch(x, index_of(s) + 1) >= x->n_steps)
		exec_next(x, index_of(s) + 1);
}

/* ---- judging, here or on a worker ---- */

static void judge_job(void *arg)
{
	struct step_run *s = arg;

	judge_attempt(&s->attempt, &s->shadow, s->judged);
}

static void judge_done(void *arg)
{
	struct step_run *s = arg;
	struct exec *x = s->x;

	if (!exec_job_back(x))
		return;
	arena_merge(x->a, STEAL(s->judged));
	*s->res = s->shadow;
	step_judged(s);
}

static void judge(struct step_run *s)
{
	struct exec *x = s->x;

	if (judge_needs_output(s->def) &&
	        s->out.len + s->err.len + s->looked_bytes > JUDGE_ON_LOOP_MAX) {
		s->state = STEP_JUDGING;
		/* The result is the loop's: the scenario may end meanwhile. */
		s->judged = arena_new();
		s->shadow = *s->res;
		if (exec_job_out(x, judge_job, judge_done, s))
			return;
		arena_free(STEAL(s->judged));
	}
	judge_attempt(&s->attempt, s->res, x->a);
	step_judged(s);
}

void exec_looked(struct step_run *s)
{
	s->attempt.looks = s->looks;
	s->attempt.n_looks = s->n_looks;
	s->state = STEP_RUNNING;
	judge(s);
}

/* Files are looked at where there is anything to judge of them. */
static bool wants_look(const struct step_run *s)
{
	return s->def->n_files && s->attempt.exit.kind != AGENT_EXIT_NOEXEC &&
	       (!s->timed_out || (s->def->should_fail && !s->silent));
}

static int on_exited(struct place_run *p, const struct agent_record *r, struct err *e)
{
	struct step_run *s = step_of(p, r->step);
	struct agent_exit x;

	if (!s || agent_get_exit(r, &x, e) < 0)
		return -1;
	if (too_late(s) || (s->state != STEP_RUNNING && x.kind != AGENT_EXIT_NOEXEC))
		return 0; /* a background step that AGENT_STOP ended */
	loop_timer_del(s->timer);
	s->timer = NULL;
	s->res->ran = true;
	if (x.kind == AGENT_EXIT_NOEXEC) {
		told_of(s);
		s->attempts++;
	}
	fill_result(s, &x);
	x.detail = arena_strdup(p->x->a, x.detail);
	s->attempt = (struct attempt){
		.def = s->def,
		.file = p->x->pl->file->path,
		.exit = x,
		.timed_out = s->timed_out,
		.silent = s->silent,
		.out = &s->out,
		.err = &s->err,
		.both = &s->both,
		.total = { x.total[0], x.total[1] },
		.cut_at = { x.cut_at[0], x.cut_at[1] },
		.snapshots = p->x->run->opt.snapshots,
	};
	s->attempt.oom = killed_for_memory(s);
	s->attempt.ended = p->x->stopping && s->def->background;
	if (s->attempt.ended && !p->x->ends_first) {
		s->state = STEP_OVER;
		s->res->verdict = VERDICT_PASS;
		s->res->reason = REASON_NONE;
		exec_emit_step(s, EV_STEP_END);
		return 0;
	}
	if (wants_look(s))
		exec_look(s);
	else
		judge(s);
	return 0;
}

static int on_files_done(struct place_run *p, const struct agent_record *r, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	uint8_t ok = agent_u8(&c);

	if (ok)
		return 0;
	exec_error(p->x, REASON_SANDBOX, agent_str(&c, NULL), NULL);
	(void)e;
	return 0;
}

int exec_on_record(void *arg, const struct agent_record *r, struct err *e)
{
	struct place_run *p = arg;
	int rc = 0;

	if (r->step >= AGENT_FIRST_VISIT)
		return p->guests ? keep_record(p->guests, r, e) : 0;
	if (p->x->finished)
		return 0;
	if (p->x->collecting && r->type != AGENT_FATAL)
		return exec_on_collect(p, r, e);
	switch (r->type) {
	case AGENT_STARTED:
		rc = on_started(p, r);
		break;
	case AGENT_OUTPUT:
		rc = on_output(p, r);
		break;
	case AGENT_EXITED:
		rc = on_exited(p, r, e);
		break;
	case AGENT_FILES_DONE:
		rc = on_files_done(p, r, e);
		break;
	case AGENT_STOPPED:
		p->clean = true;
		exec_stopped(p);
		break;
	case AGENT_LOOKED:
		rc = exec_on_looked(p, r, e);
		break;
	case AGENT_SURVEYED:
		rc = exec_on_surveyed(p, r, e);
		if (rc == 0 && p->awaited)
			exec_stopped(p);
		break;
	case AGENT_CONTENT:
		rc = exec_on_content(p, r, e);
		break;
	case AGENT_PULSED:
		rc = silence_on_pulse(p, r, e);
		break;
	case AGENT_WAITING:
		break; /* exec_next() was called when the step was judged */
	case AGENT_FATAL: {
		struct agent_cursor c = agent_cursor(r);

		exec_error(p->x, REASON_INTERNAL, agent_str(&c, NULL), NULL);
		break;
	}
	default:
		rc = -1;
	}
	return rc < 0 ? err_set(e, ERR_INVALID, "record %u of the init makes no sense here",
	                        r->type)
	              : 0;
}

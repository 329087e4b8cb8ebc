/* One scenario: leases its sandboxes, sends the steps, judges what comes back.
 *
 * Steps are one list in the order setup, steps, teardown. Where nothing has to be judged between
 * two of them the init goes on by itself; elsewhere it waits (AGENT_WAITING) and exec_next()
 * decides. A failed step makes exec_next() jump to the teardown.
 */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/num.h"
#include "daemon/run/run_priv.h"

enum step_state { STEP_IDLE, STEP_RUNNING, STEP_JUDGING, STEP_PAUSED, STEP_OVER };

struct step_run {
	struct exec *x;
	const struct step *def;
	enum { PART_SETUP, PART_MAIN, PART_TEARDOWN } part;
	enum step_state state;
	unsigned place, batch_index;
	bool in_batch, gated;
	unsigned attempts;
	struct strbuf out, err, both;
	int64_t last_output_ns, fork_ns;
	struct loop_timer *timer; /* deadline, grace or retry delay */
	bool timed_out, killed;
	struct attempt attempt;
	struct step_result *res;
	struct step_result shadow; /* what a worker says of it, */
	struct arena *judged;      /* in memory of its own */
	bool growing;              /* ran on while the outputs were joined, */
	size_t snapshot;           /* of which so much was taken */
};

struct place_run {
	struct exec *x;
	unsigned index;
	const struct place *def;
	struct lease *lease;
	bool lent, stopped;
	const char *path_env;
	struct strbuf in;
	struct step_run **batch; /* batch index -> step */
	unsigned n_batch;
	int64_t base_ns; /* when the batch was sent: zero of the init's times */
};

/* The stdout of all steps against the scenario's own pattern. */
struct joined {
	struct exec *x;
	struct arena *a;
	bool holds;
	struct failure failure;
	struct strbuf running; /* of background steps that still write: a copy */
};

struct exec {
	struct planned *pl;
	struct run *run;
	struct scenario_result *res;
	struct arena *a; /* of res */
	struct place_run *places;
	size_t n_places, n_lent;
	struct step_run *steps;
	size_t n_steps;
	int64_t queued_ns, leased_ns;
	struct loop_timer *deadline;
	struct loop_timer *startup; /* until all sandboxes are there */
	bool broken;                /* a step failed: only teardown is left */
	bool stopping;              /* background steps are being ended */
	bool finished;              /* the result is out */
	struct joined *joined;
	bool idle;       /* nothing on the stack uses it any more */
	unsigned away;   /* jobs on workers: they use this */
	unsigned making; /* batches that are not sent yet */
	struct failure *failures;
	size_t n_failures, cap_failures;
};

static void exec_next(struct exec *x, size_t from);
static void exec_finish(struct exec *x);

/* ---- results ---- */

static double ms_since(int64_t from, int64_t to)
{
	return (double)(to - from) / (double)NS_PER_MS;
}

static void add_failure(struct exec *x, const struct failure *f)
{
	struct failure *v = arena_array(x->a, x->n_failures + 1, sizeof(*v));

	if (x->n_failures)
		memcpy(v, x->failures, x->n_failures * sizeof(*v));
	v[x->n_failures++] = *f;
	x->failures = v;
}

static void raise_verdict(struct exec *x, enum verdict v, enum reason why)
{
	if (v <= x->res->verdict)
		return;
	x->res->verdict = v;
	x->res->reason = why;
}

static struct captured captured(const struct strbuf *b, uint64_t total, uint64_t cut_at)
{
	return (struct captured){
		.data = b->s,
		.len = b->len,
		.head = cut_at < total ? (size_t)cut_at : b->len,
		.total = total,
	};
}

/* ---- ending ---- */

static void free_step(struct step_run *s)
{
	arena_free(s->judged);
	strbuf_release(&s->out);
	strbuf_release(&s->err);
	strbuf_release(&s->both);
	loop_timer_del(s->timer);
}

static void exec_free(struct exec *x)
{
	for (size_t i = 0; i < x->n_steps; i++)
		free_step(&x->steps[i]);
	for (size_t i = 0; i < x->n_places; i++) {
		strbuf_release(&x->places[i].in);
		free(x->places[i].batch);
	}
	if (x->joined) {
		strbuf_release(&x->joined->running);
		arena_free(x->joined->a);
		free(x->joined);
	}
	free(x->steps);
	free(x->places);
	free(x);
}

static void free_later(void *arg)
{
	struct exec *x = arg;

	x->idle = true;
	if (!x->away)
		exec_free(x);
}

static void lease_gone(void *arg)
{
	sched_lease_gone(arg);
}

static void give_all(struct exec *x)
{
	for (size_t i = 0; i < x->n_places; i++) {
		struct lease *le = x->places[i].lease;

		if (!le)
			continue;
		x->places[i].lease = NULL;
		x->run->ending++;
		pool_give_then(le, lease_gone, x->run);
	}
}

/* What is large moves; a worker may still look at it, and then it is copied. */
static void keep_stream(struct exec *x, struct captured *c, struct strbuf *b)
{
	if (c->len < KEEP_BY_MOVE || x->away || c->data != b->s) {
		c->data = arena_memdup(x->a, c->data ? c->data : "", c->len);
		return;
	}
	char *p = xrealloc(strbuf_detach(b, NULL), c->len);

	arena_own(x->a, p, c->len);
	c->data = p;
}

/* The captured bytes go into the result's own memory. */
static void keep_output(struct exec *x)
{
	for (size_t i = 0; i < x->n_steps; i++) {
		struct step_run *s = &x->steps[i];

		keep_stream(x, &s->res->out, &s->out);
		keep_stream(x, &s->res->err, &s->err);
	}
}

static void collect_step(struct step_run *s)
{
	struct step_result *r = s->res;

	if (!r->ran)
		return;
	/* What still runs is killed with the sandbox: its output so far counts. */
	if (s->state != STEP_OVER) {
		r->out = captured(&s->out, s->out.len, s->out.len);
		r->err = captured(&s->err, s->err.len, s->err.len);
		r->duration_ms = ms_since(s->fork_ns, clock_ns());
	}
}

static void exec_finish(struct exec *x)
{
	struct runner *r = x->run->r;
	int64_t now = clock_ns();

	if (x->finished)
		return;
	x->finished = true;
	loop_timer_del(x->deadline);
	x->deadline = NULL;
	loop_timer_del(x->startup);
	x->startup = NULL;
	for (size_t i = 0; i < x->n_steps; i++) {
		loop_timer_del(x->steps[i].timer);
		x->steps[i].timer = NULL;
		collect_step(&x->steps[i]);
	}
	keep_output(x);
	x->res->failures = x->failures;
	x->res->n_failures = x->n_failures;
	x->res->duration_ms = x->leased_ns ? ms_since(x->leased_ns, now) : 0;
	if (x->leased_ns)
		metrics_observe(r->d.metrics, METRIC_SCENARIO_TIME, now - x->leased_ns);

	struct planned *pl = x->pl;
	pl->exec = NULL;
	sched_done(pl, x->res);
	/* After the verdict went out: destruction costs the processor that the next one wants. */
	give_all(x);
	loop_defer(r->d.loop, free_later, x);
}

void exec_cancel(struct exec *x, enum reason why, const char *text)
{
	x->res->verdict = why == REASON_TIMEOUT ? VERDICT_FAIL : VERDICT_SKIP;
	x->res->reason = why;
	x->res->reason_text = arena_strdup(x->a, text);
	exec_finish(x);
}

static void exec_error(struct exec *x, enum reason why, const char *message, const char *hint)
{
	struct failure f = {
		.code = why,
		.message = arena_strdup(x->a, message),
		.hint = arena_strdup(x->a, hint),
		.file = x->pl->file->path,
		.pos = x->pl->sc->pos,
		.step = exec_running_step(x),
	};

	f.file = arena_strdup(x->a, f.file);
	raise_verdict(x, VERDICT_ERROR, why);
	add_failure(x, &f);
	exec_finish(x);
}

/* ---- events ---- */

static void emit_step(struct step_run *s, enum event_kind kind)
{
	struct event ev = {
		.kind = kind,
		.step = {
			.scenario = s->x->res->id,
			.step = s->res->name,
			.index = s->res->index,
			.attempt = s->attempts,
			.result = kind == EV_STEP_END ? s->res : NULL,
		},
	};

	run_emit(s->x->run, &ev);
}

static void emit_output(
        struct step_run *s, bool is_stderr, uint64_t offset, const char *p, size_t n)
{
	struct event ev = {
		.kind = EV_OUTPUT,
		.output = {
			.scenario = s->x->res->id,
			.step = s->res->name,
			.is_stderr = is_stderr,
			.offset = offset,
			.data = p,
			.len = n,
		},
	};

	run_emit(s->x->run, &ev);
}

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

static struct step_run *foreground(const struct exec *x)
{
	for (size_t i = 0; i < x->n_steps; i++)
		if (x->steps[i].state == STEP_RUNNING && !x->steps[i].def->background)
			return &x->steps[i];
	return NULL;
}

const char *exec_running_step(const struct exec *x)
{
	const struct step_run *s = foreground(x);

	return s ? s->res->name : NULL;
}

int64_t exec_started_ns(const struct exec *x)
{
	return x->leased_ns ? x->leased_ns : x->queued_ns;
}

/* A deadline was met: the whole sandbox dies and the scenario ends. */
static void end_by_timeout(struct exec *x, struct step_run *s, int64_t after_ns)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct failure f = {
		.code = REASON_TIMEOUT,
		.assertion = "timeout",
		.step = s ? s->res->name : NULL,
		.file = arena_strdup(x->a, x->pl->file->path),
		.pos = s ? s->def->pos : x->pl->sc->pos,
	};

	strbuf_adds(&b, "timed out after ");
	dur_format(&b, after_ns);
	if (s)
		format_waiting(x, s, &b);
	else if (x->n_lent < x->n_places)
		strbuf_adds(&b, " (waiting for a sandbox)");
	f.message = arena_strdup(x->a, b.s);
	if (s) {
		s->res->verdict = VERDICT_FAIL;
		s->res->reason = REASON_TIMEOUT;
		s->res->failures = arena_memdup(x->a, &f, sizeof(f));
		s->res->n_failures = 1;
		collect_step(s);
		emit_step(s, EV_STEP_END);
	}
	raise_verdict(x, VERDICT_FAIL, REASON_TIMEOUT);
	add_failure(x, &f);
	exec_finish(x);
}

static void on_scenario_deadline(void *arg)
{
	struct exec *x = arg;

	x->deadline = NULL;
	end_by_timeout(x, foreground(x), x->res->deadline.ns);
}

/* True when the scenario goes on although this attempt is killed. */
static bool survives_timeout(const struct step_run *s)
{
	return s->def->continue_on_failure || s->def->should_fail || s->attempts <= s->def->retries;
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
		send_kill(s, SIGKILL);
		return;
	}
	end_by_timeout(s->x, s, s->res->deadline.ns);
}

static void on_step_deadline(void *arg)
{
	struct step_run *s = arg;

	s->timer = NULL;
	s->timed_out = true;
	if (s->def->grace_ns) {
		send_kill(s, SIGTERM);
		s->timer = loop_timer_add(s->x->run->r->d.loop, s->def->grace_ns, on_grace_over, s);
		return;
	}
	on_grace_over(s);
}

static struct deadline step_deadline(const struct step_run *s)
{
	struct deadline d = s->def->timeout;

	if (s->part == PART_TEARDOWN && d.source == DEADLINE_DEFAULT)
		d.ns = TEARDOWN_NS;
	return d;
}

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

static int on_started(struct place_run *p, const struct agent_record *r)
{
	struct step_run *s = step_of(p, r->step);
	struct agent_cursor c = agent_cursor(r);
	int64_t started = (int64_t)agent_u64(&c);

	if (!s)
		return -1;
	s->attempts++;
	s->state = STEP_RUNNING;
	s->fork_ns = p->base_ns + started;
	s->last_output_ns = 0;
	s->timed_out = s->killed = false;
	strbuf_reset(&s->out);
	strbuf_reset(&s->err);
	strbuf_reset(&s->both);
	s->res->ran = true;
	s->res->attempts = s->attempts;
	s->res->started_ms = ms_since(p->x->leased_ns, s->fork_ns);
	s->res->deadline = step_deadline(s);
	if (s->res->deadline.ns && !s->def->background)
		s->timer = loop_timer_add(
		        p->x->run->r->d.loop, s->res->deadline.ns, on_step_deadline, s);
	emit_step(s, EV_STEP_START);
	go_on_beside(s);
	return 0;
}

static int on_output(struct place_run *p, const struct agent_record *r)
{
	struct step_run *s = step_of(p, r->step);
	struct agent_cursor c = agent_cursor(r);
	uint8_t stream = agent_u8(&c);
	uint64_t offset;

	agent_u64(&c);
	if (!s || c.bad || (stream != 1 && stream != 2))
		return -1;
	struct strbuf *b = stream == 1 ? &s->out : &s->err;
	size_t n = (size_t)(c.end - c.p);

	offset = b->len;
	strbuf_add(b, c.p, n);
	if (s->def->out_contains.n)
		strbuf_add(&s->both, c.p, n);
	s->last_output_ns = clock_ns();
	emit_output(s, stream == 2, offset, (const char *)c.p, n);
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
	r->duration_ms = (double)(x->ended_ns - x->started_ns) / (double)NS_PER_MS;
	r->user_ms = (double)x->user_us / 1000.0;
	r->system_ms = (double)x->system_us / 1000.0;
	r->max_rss_bytes = x->max_rss_bytes;
	r->out = captured(&s->out, x->total[0], x->cut_at[0]);
	r->err = captured(&s->err, x->total[1], x->cut_at[1]);
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
	if (s->timed_out) {
		AUTO_STRBUF b = STRBUF_INIT;

		strbuf_adds(&b, "timed out after ");
		dur_format(&b, s->res->deadline.ns);
		s->res->failures[0].message = arena_strdup(x->a, b.s);
	}
	if (!s->res->failures[0].hint)
		s->res->failures[0].hint = explain_network(&s->attempt, spec, x->a);
}

static void not_executed(struct step_run *s)
{
	struct exec *x = s->x;
	struct place_run *p = &x->places[s->place];
	struct failure *f = arena_alloc(x->a, sizeof(*f));

	explain_not_found(f, &s->attempt, &p->def->spec, p->path_env, x->a);
	f->file = arena_strdup(x->a, f->file);
	s->res->exit_code = s->attempt.exit.value == ENOENT ? 127 : 126;
	s->res->verdict = VERDICT_ERROR;
	s->res->reason = f->code;
	s->res->failures = f;
	s->res->n_failures = 1;
}

static bool will_retry(const struct step_run *s)
{
	return s->res->verdict == VERDICT_FAIL && s->attempts <= s->def->retries;
}

static void on_retry(void *arg)
{
	struct step_run *s = arg;
	AUTO_STRBUF msg = STRBUF_INIT;

	s->timer = NULL;
	agent_put_simple(&msg, AGENT_RUN, s->batch_index);
	lease_send(s->x->places[s->place].lease, msg.s, msg.len);
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
	raise_verdict(x, error ? VERDICT_ERROR : VERDICT_FAIL, s->res->reason);
	for (size_t i = 0; i < s->res->n_failures; i++)
		add_failure(x, &s->res->failures[i]);
	if (!s->def->continue_on_failure)
		x->broken = true;
}

/* True when the init went on by itself after this step. */
static bool went_on(const struct step_run *s)
{
	return !s->gated &&
	       (s->attempt.exit.as_expected || s->part == PART_TEARDOWN ||
	               s->def->continue_on_failure) &&
	       s->attempt.exit.kind != AGENT_EXIT_NOEXEC;
}

static void step_judged(struct step_run *s)
{
	struct exec *x = s->x;

	if (s->attempt.exit.kind == AGENT_EXIT_NOEXEC)
		not_executed(s);
	complete_failures(s);
	if (will_retry(s)) {
		retry_later(s);
		return;
	}
	s->state = STEP_OVER;
	weigh(s);
	emit_step(s, EV_STEP_END);
	if (s->def->background) {
		/* It ended before its scenario: only a failure matters, and that ends the scenario.
		 */
		if (x->broken && !foreground(x))
			exec_next(x, index_of(s) + 1);
		else if (s->attempt.exit.kind == AGENT_EXIT_NOEXEC)
			go_on_beside(s);
		return;
	}
	if (x->broken || !went_on(s) || next_in_batch(x, index_of(s) + 1) >= x->n_steps)
		exec_next(x, index_of(s) + 1);
}

/* ---- jobs on workers ---- */

/* What they use stays until they are back, even if the scenario ends meanwhile. */
static bool job_out(struct exec *x, loop_fn *job, loop_fn *done, void *arg)
{
	struct err e;

	if (work_submit(x->run->r->d.work, job, done, arg, &e) < 0)
		return false; /* the workers have too much to do: here, then */
	x->away++;
	sched_job_out(x->run);
	return true;
}

/* True when the scenario still wants to know. */
static bool job_back(struct exec *x)
{
	struct run *run = x->run;
	bool wanted = !x->finished;

	x->away--;
	if (x->idle && !x->away)
		exec_free(x);
	sched_job_back(run);
	return wanted;
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

	if (!job_back(x))
		return;
	arena_merge(x->a, STEAL(s->judged));
	*s->res = s->shadow;
	step_judged(s);
}

static void judge(struct step_run *s)
{
	struct exec *x = s->x;

	if (judge_needs_output(s->def) && s->out.len + s->err.len > JUDGE_ON_LOOP_MAX) {
		s->state = STEP_JUDGING;
		/* The result is the loop's: the scenario may end meanwhile. */
		s->judged = arena_new();
		s->shadow = *s->res;
		if (job_out(x, judge_job, judge_done, s))
			return;
		arena_free(STEAL(s->judged));
	}
	judge_attempt(&s->attempt, s->res, x->a);
	step_judged(s);
}

static int on_exited(struct place_run *p, const struct agent_record *r, struct err *e)
{
	struct step_run *s = step_of(p, r->step);
	struct agent_exit x;

	if (!s || agent_get_exit(r, &x, e) < 0)
		return -1;
	if (s->state != STEP_RUNNING && x.kind != AGENT_EXIT_NOEXEC)
		return 0; /* a background step that AGENT_STOP ended */
	loop_timer_del(s->timer);
	s->timer = NULL;
	s->res->ran = true;
	if (x.kind == AGENT_EXIT_NOEXEC)
		s->attempts++;
	fill_result(s, &x);
	x.detail = arena_strdup(p->x->a, x.detail);
	s->attempt = (struct attempt){
		.def = s->def,
		.file = p->x->pl->file->path,
		.exit = x,
		.timed_out = s->timed_out,
		.out = &s->out,
		.err = &s->err,
		.both = &s->both,
		.total = { x.total[0], x.total[1] },
		.cut_at = { x.cut_at[0], x.cut_at[1] },
	};
	s->attempt.oom = killed_for_memory(s);
	if (p->x->stopping && s->def->background) {
		s->state = STEP_OVER;
		s->res->verdict = VERDICT_PASS;
		emit_step(s, EV_STEP_END);
		return 0;
	}
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

static int on_stopped(struct place_run *p)
{
	struct exec *x = p->x;

	p->stopped = true;
	for (size_t i = 0; i < x->n_places; i++)
		if (!x->places[i].stopped)
			return 0;
	exec_finish(x);
	return 0;
}

static int on_record(void *arg, const struct agent_record *r, struct err *e)
{
	struct place_run *p = arg;
	int rc = 0;

	if (p->x->finished)
		return 0;
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
		rc = on_stopped(p);
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

int stream_feed(struct strbuf *in, const void *p, size_t n, record_fn *fn, void *arg, struct err *e)
{
	const char *at = p;
	size_t left = n;
	struct agent_record r;
	size_t used = 0;
	int got;

	if (in->len) {
		strbuf_add(in, p, n);
		at = in->s;
		left = in->len;
	}
	while ((got = agent_next(at, left, AGENT_MAX_EVENT, &r, &used, e)) > 0) {
		if (fn(arg, &r, e) < 0)
			return -1;
		at += used;
		left -= used;
	}
	if (got < 0)
		return -1;
	if (in->len)
		strbuf_remove(in, 0, in->len - left);
	else if (left)
		strbuf_add(in, at, left);
	return 0;
}

/* ---- going on ---- */

static void send_run(struct step_run *s)
{
	AUTO_STRBUF msg = STRBUF_INIT;

	agent_put_simple(&msg, AGENT_RUN, s->batch_index);
	lease_send(s->x->places[s->place].lease, msg.s, msg.len);
}

static bool background_runs(const struct place_run *p)
{
	for (unsigned i = 0; i < p->n_batch; i++)
		if (p->batch[i]->def->background && p->batch[i]->state == STEP_RUNNING)
			return true;
	return false;
}

static void skip_rest(struct exec *x)
{
	for (size_t i = 0; i < x->n_steps; i++) {
		struct step_run *s = &x->steps[i];

		if (s->res->ran || s->state != STEP_IDLE || !s->in_batch)
			continue;
		s->res->verdict = VERDICT_SKIP;
		s->res->reason = REASON_DEPENDENCY;
	}
}

static void join_job(void *arg)
{
	struct joined *j = arg;
	struct exec *x = j->x;
	AUTO_STRBUF all = STRBUF_INIT;
	size_t copied = 0;

	for (size_t i = 0; i < x->n_steps; i++) {
		const struct step_run *s = &x->steps[i];

		if (s->part != PART_MAIN)
			continue;
		if (!s->growing) {
			strbuf_add(&all, s->out.s, s->out.len);
			continue;
		}
		strbuf_add(&all, j->running.s + copied, s->snapshot);
		copied += s->snapshot;
	}
	j->holds = judge_joined(x->pl->sc, x->pl->file->path, all.s, all.len, &j->failure, j->a);
}

/* How much there is to join; what may still grow is copied, for a worker reads the rest in place.
 */
static size_t join_prepare(struct exec *x)
{
	struct joined *j = xcalloc(1, sizeof(*j));
	size_t all = 0;

	*j = (struct joined){ .x = x, .a = arena_new(), .running = STRBUF_INIT };
	x->joined = j;
	for (size_t i = 0; i < x->n_steps; i++) {
		struct step_run *s = &x->steps[i];

		if (s->part != PART_MAIN)
			continue;
		all += s->out.len;
		s->growing = s->state != STEP_OVER;
		s->snapshot = s->growing ? s->out.len : 0;
		strbuf_add(&j->running, s->out.s, s->snapshot);
	}
	return all;
}

/* What the scenario itself demands, once all its steps are judged. */
static void judge_scenario(struct exec *x)
{
	const struct scenario *sc = x->pl->sc;
	struct failure f;

	if (x->joined && !x->joined->holds) {
		f = x->joined->failure;
		f.file = arena_strdup(x->a, f.file);
		raise_verdict(x, VERDICT_FAIL, REASON_OUTPUT);
		add_failure(x, &f);
	}
	if (!sc->should_fail || x->res->verdict == VERDICT_ERROR)
		return;
	if (x->res->verdict == VERDICT_FAIL) {
		x->res->verdict = VERDICT_PASS;
		x->res->reason = REASON_NONE;
		x->n_failures = 0;
		return;
	}
	f = (struct failure){
		.code = REASON_EXIT_CODE,
		.assertion = "should_fail",
		.message = "all steps passed, but the scenario should fail",
		.file = arena_strdup(x->a, x->pl->file->path),
		.pos = sc->pos,
	};
	raise_verdict(x, VERDICT_FAIL, REASON_EXIT_CODE);
	add_failure(x, &f);
}

/* The scenario is judged: background steps are ended, then the result goes out. */
static void stop_background(struct exec *x)
{
	AUTO_STRBUF msg = STRBUF_INIT;
	bool waits = false;

	judge_scenario(x);
	agent_put_u32(&msg, AGENT_STOP, 0, STOP_GRACE_MS);
	for (size_t i = 0; i < x->n_places; i++) {
		struct place_run *p = &x->places[i];

		p->stopped = !background_runs(p);
		if (!p->stopped) {
			lease_send(p->lease, msg.s, msg.len);
			waits = true;
		}
	}
	if (!waits)
		exec_finish(x);
}

static void joined_done(void *arg)
{
	struct joined *j = arg;
	struct exec *x = j->x;

	if (!job_back(x))
		return;
	arena_merge(x->a, STEAL(j->a));
	stop_background(x);
}

/* All steps are judged; what is left is the scenario as a whole. */
static void wind_up(struct exec *x)
{
	skip_rest(x);
	x->stopping = true;
	if (x->pl->sc->out_regex.re && !x->broken) {
		if (join_prepare(x) > JUDGE_ON_LOOP_MAX &&
		        job_out(x, join_job, joined_done, x->joined))
			return;
		join_job(x->joined);
		arena_merge(x->a, STEAL(x->joined->a));
	}
	stop_background(x);
}

/* The init waits: runs the next step from index `from` on, or ends. */
static void exec_next(struct exec *x, size_t from)
{
	if (x->finished || x->stopping)
		return;
	while (from < x->n_steps) {
		struct step_run *s = &x->steps[from];

		if (s->in_batch && !s->res->ran && (!x->broken || s->part == PART_TEARDOWN)) {
			send_run(s);
			return;
		}
		from++;
	}
	wind_up(x);
}

/* ---- starting ---- */

/* The init may go on by itself only where nothing has to be judged between two steps. */
static bool needs_gate(const struct exec *x, const struct step_run *s)
{
	return x->n_places > 1 || judge_needs_output(s->def) || s->def->retries;
}

static struct batch_step *batch_of(struct exec *x, struct place_run *p)
{
	struct batch_step *v = xcalloc(p->n_batch ? p->n_batch : 1, sizeof(*v));

	for (unsigned i = 0; i < p->n_batch; i++) {
		struct step_run *s = p->batch[i];

		s->gated = needs_gate(x, s);
		v[i] = (struct batch_step){
			.def = s->def,
			.gate = s->gated,
			.hold = x->n_places > 1,
			.cont = s->def->continue_on_failure || s->part == PART_TEARDOWN,
		};
	}
	return v;
}

/* A batch in the making: files and steps of one place as records. */
struct making {
	struct place_run *p;
	struct batch_step *steps;
	struct strbuf msg;
	bool failed;
	struct err e;
};

static void make_batch(void *arg)
{
	struct making *m = arg;
	const struct place *def = m->p->def;

	m->failed = batch_files(def->files, def->n_files, &m->msg, &m->e) < 0;
	if (!m->failed)
		batch_steps(m->steps, m->p->n_batch, &def->spec, m->p->path_env, &m->msg);
}

static void making_free(struct making *m)
{
	strbuf_release(&m->msg);
	free(m->steps);
	free(m);
}

static void send_batch(struct making *m)
{
	struct place_run *p = m->p;
	struct exec *x = p->x;

	if (m->failed) {
		exec_error(x, REASON_SANDBOX, m->e.msg, NULL);
		return;
	}
	p->base_ns = clock_ns();
	lease_send(p->lease, m->msg.s, m->msg.len);
	x->making--;
	if (!x->making && (x->n_places > 1 || !x->places[0].n_batch))
		exec_next(x, 0);
}

static void batch_made(void *arg)
{
	struct making *m = arg;

	if (job_back(m->p->x))
		send_batch(m);
	making_free(m);
}

static void begin_batch(struct exec *x, struct place_run *p)
{
	struct making *m = xcalloc(1, sizeof(*m));

	*m = (struct making){ .p = p, .steps = batch_of(x, p), .msg = STRBUF_INIT };
	if (batch_is_heavy(p->def->files, p->def->n_files, m->steps, p->n_batch) &&
	        job_out(x, make_batch, batch_made, m))
		return;
	make_batch(m);
	send_batch(m);
	making_free(m);
}

static void emit_scenario_start(struct exec *x, bool warm)
{
	struct event ev = {
		.kind = EV_SCENARIO_START,
		.scenario_start = {
			.scenario = x->res->id,
			.file = x->res->file,
			.line = x->res->line,
			.engine = x->run->r->d.engine->ops->name,
			.attempt = 1,
			.warm = warm,
			.queued_ms = x->res->queued_ms,
		},
	};

	run_emit(x->run, &ev);
}

/* An image that another stands in for is not what the file asked for. */
static void show_mapping(struct receipt *r, const struct place *def, struct arena *a)
{
	struct degraded *v;

	if (!def->asked)
		return;
	v = arena_array(a, r->n_degraded + 1, sizeof(*v));
	if (r->n_degraded)
		memcpy(v, r->degraded, r->n_degraded * sizeof(*v));
	v[r->n_degraded++] = (struct degraded){ "image", arena_strdup(a, def->asked),
		arena_strdup(a, def->spec.image) };
	r->degraded = v;
}

static void on_lent(void *arg, struct lease *le, const struct receipt *receipt, bool warm)
{
	struct place_run *p = arg;
	struct exec *x = p->x;
	struct runner *r = x->run->r;

	(void)le;
	p->lent = true;
	x->n_lent++;
	if (!x->res->receipt) {
		x->res->receipt = receipt_copy(receipt, x->a);
		show_mapping(x->res->receipt, p->def, x->a);
	}
	if (x->n_lent < x->n_places)
		return;
	loop_timer_del(x->startup);
	x->startup = NULL;
	x->leased_ns = clock_ns();
	x->res->started_wall_ns = clock_wall_ns();
	x->res->queued_ms = ms_since(x->queued_ns, x->leased_ns);
	if (x->res->deadline.ns)
		x->deadline =
		        loop_timer_add(r->d.loop, x->res->deadline.ns, on_scenario_deadline, x);
	emit_scenario_start(x, warm);
	x->making = (unsigned)x->n_places;
	for (size_t i = 0; i < x->n_places && !x->finished; i++)
		begin_batch(x, &x->places[i]);
}

static void on_lease_failed(void *arg, struct lease *le, const struct err *e)
{
	struct place_run *p = arg;
	bool asked = e->code == ERR_UNSUPPORTED || e->code == ERR_INVALID;

	(void)le;
	exec_error(p->x,
	        e->code == ERR_NOT_FOUND ? REASON_IMAGE
	        : asked                  ? REASON_REFUSED
	                                 : REASON_SANDBOX,
	        e->msg, NULL);
}

static void on_bytes(void *arg, struct lease *le, const void *data, size_t n)
{
	struct place_run *p = arg;
	struct err e;

	(void)le;
	if (p->x->finished)
		return;
	if (stream_feed(&p->in, data, n, on_record, p, &e) < 0 && !p->x->finished)
		exec_error(p->x, REASON_INTERNAL, e.msg, NULL);
}

static void on_died(void *arg, struct lease *le, enum sandbox_end why)
{
	struct place_run *p = arg;
	struct exec *x = p->x;
	AUTO_STRBUF b = STRBUF_INIT;

	(void)le;
	if (why != SANDBOX_END_OOM) {
		exec_error(x, REASON_SANDBOX, "the sandbox died while the scenario ran", NULL);
		return;
	}
	strbuf_adds(&b, "out of memory (limit ");
	size_format(&b, p->def->spec.limits.v[LIMIT_MEMORY]);
	strbuf_adds(&b, "): the whole sandbox was killed");

	struct failure f = {
		.code = REASON_OOM,
		.message = arena_strdup(x->a, b.s),
		.hint = "limits.memory_mb raises it",
		.file = arena_strdup(x->a, x->pl->file->path),
		.pos = x->pl->sc->pos,
		.step = exec_running_step(x),
	};
	raise_verdict(x, VERDICT_FAIL, REASON_OOM);
	add_failure(x, &f);
	exec_finish(x);
}

static const struct lease_events lease_events = {
	.lent = on_lent,
	.failed = on_lease_failed,
	.bytes = on_bytes,
	.died = on_died,
};

static void add_steps(struct exec *x, const struct step *defs, size_t n, int part, size_t *at)
{
	for (size_t i = 0; i < n; i++) {
		struct step_run *s = &x->steps[*at];
		struct step_result *r = &x->res->steps[*at];

		*s = (struct step_run){
			.x = x,
			.def = &defs[i],
			.part = part,
			.place = defs[i].place,
			.in_batch = !defs[i].skip,
			.out = STRBUF_INIT,
			.err = STRBUF_INIT,
			.both = STRBUF_INIT,
			.res = r,
		};
		*r = (struct step_result){
			.name = arena_strdup(x->a, defs[i].name),
			.index = (unsigned)*at,
			.line = defs[i].pos.line,
			.verdict = VERDICT_SKIP,
			.reason = defs[i].skip ? REASON_SKIP : REASON_DEPENDENCY,
			.exit_code = -1,
			.deadline = defs[i].timeout,
			.argv = masked_argv(&defs[i], x->a),
			.setup = part == PART_SETUP,
			.teardown = part == PART_TEARDOWN,
		};
		(*at)++;
	}
}

static void make_steps(struct exec *x)
{
	const struct scenario *sc = x->pl->sc;
	size_t n_main = x->pl->until_step, at = 0;

	x->n_steps = sc->n_setup + n_main + sc->n_teardown;
	x->steps = xcalloc(x->n_steps + 1, sizeof(*x->steps));
	x->res->steps = arena_array(x->a, x->n_steps + 1, sizeof(*x->res->steps));
	x->res->n_steps = x->n_steps;
	add_steps(x, sc->setup, sc->n_setup, PART_SETUP, &at);
	add_steps(x, sc->steps, n_main, PART_MAIN, &at);
	add_steps(x, sc->teardown, sc->n_teardown, PART_TEARDOWN, &at);
}

static void make_places(struct exec *x)
{
	const struct scenario *sc = x->pl->sc;

	x->n_places = sc->n_places;
	x->places = xcalloc(x->n_places, sizeof(*x->places));
	for (unsigned i = 0; i < x->n_places; i++) {
		struct place_run *p = &x->places[i];

		*p = (struct place_run){
			.x = x,
			.index = i,
			.def = &sc->places[i],
			.in = STRBUF_INIT,
			.batch = xcalloc(x->n_steps + 1, sizeof(*p->batch)),
		};
		for (size_t k = 0; k < x->n_steps; k++) {
			struct step_run *s = &x->steps[k];

			if (s->place != i || !s->in_batch)
				continue;
			s->batch_index = p->n_batch;
			p->batch[p->n_batch++] = s;
		}
	}
}

/* A project may ask for fewer warm sandboxes than the daemon has, or for none. */
static unsigned warm_wanted(const struct settings *s)
{
	return s->reuse_enabled ? s->pool_size : 0;
}

static void on_startup_over(void *arg)
{
	struct exec *x = arg;
	AUTO_STRBUF b = STRBUF_INIT;

	x->startup = NULL;
	strbuf_adds(&b, "no sandbox within ");
	dur_format(&b, x->run->settings->startup_timeout_ns);
	exec_error(x, REASON_SANDBOX, b.s, "containers.startup_timeout gives it more time");
}

struct exec *exec_start(struct planned *pl, int64_t queued_ns)
{
	struct exec *x = xcalloc(1, sizeof(*x));
	struct run *run = pl->run;

	x->pl = pl;
	x->run = run;
	x->queued_ns = queued_ns;
	x->res = sched_skip_result(pl, REASON_NONE, NULL);
	x->res->verdict = VERDICT_PASS;
	x->res->attempts = 1;
	x->res->deadline = pl->sc->timeout;
	x->a = x->res->arena;
	make_steps(x);
	make_places(x);
	pl->exec = x;
	if (run->settings->startup_timeout_ns)
		x->startup = loop_timer_add(
		        run->r->d.loop, run->settings->startup_timeout_ns, on_startup_over, x);
	for (size_t i = 0; i < x->n_places; i++) {
		struct place_run *p = &x->places[i];

		p->lease = pool_take(run->r->d.pool, &p->def->spec, warm_wanted(run->settings),
		        x->res->id, run->result->id, &lease_events, p);
		p->path_env = lease_path(p->lease);
	}
	/* A step that can start now is not held up by what is said about it. */
	for (size_t i = 0; i < x->n_places && !x->finished; i++) {
		const struct receipt *r = lease_claim(x->places[i].lease);

		if (r)
			on_lent(&x->places[i], x->places[i].lease, r, true);
	}
	return x;
}

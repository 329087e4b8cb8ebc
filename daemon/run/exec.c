/* One scenario: leases its sandboxes, sends the steps, judges what comes back.
 *
 * Steps are one list in the order setup, steps, teardown. Where nothing has to be judged between
 * two of them the init goes on by itself; elsewhere it waits (AGENT_WAITING) and exec_next()
 * decides. A failed step makes exec_next() jump to the teardown.
 */
#include <string.h>

#include "daemon/core/digest.h"
#include "daemon/run/exec_priv.h"
#include "daemon/run/keep_priv.h"
#include "daemon/run/prepare_priv.h"

/* ---- results ---- */

void exec_fail(struct exec *x, const struct failure *f)
{
	struct failure *v = arena_array(x->a, x->n_failures + 1, sizeof(*v));

	if (x->n_failures)
		memcpy(v, x->failures, x->n_failures * sizeof(*v));
	v[x->n_failures++] = *f;
	x->failures = v;
}

void exec_raise(struct exec *x, enum verdict v, enum reason why)
{
	if (v <= x->res->verdict)
		return;
	x->res->verdict = v;
	x->res->reason = why;
}

/* Beyond the bound no more times are kept: ten thousand steps may write for long. */
static const char *arrival_text(struct step_run *s, bool is_stderr, uint64_t cut_at, uint64_t total)
{
	struct exec *x = s->x;
	const char *text;

	if (x->arrival_bytes > ARRIVAL_BYTES_MAX)
		return NULL;
	text = arrivals_text(&s->came, is_stderr, cut_at, total, x->a);
	x->arrival_bytes += text ? strlen(text) : 0;
	return text;
}

void exec_capture(struct step_run *s, const uint64_t total[2], const uint64_t cut_at[2])
{
	for (int i = 0; i < 2; i++) {
		const struct strbuf *b = i ? &s->err : &s->out;

		*(i ? &s->res->err : &s->res->out) = (struct captured){
			.data = b->s,
			.len = b->len,
			.head = cut_at[i] < total[i] ? (size_t)cut_at[i] : b->len,
			.total = total[i],
			.arrival = arrival_text(s, i == 1, cut_at[i], total[i]),
		};
	}
	arrivals_release(&s->came);
}

/* ---- ending ---- */

static void free_step(struct step_run *s)
{
	arena_free(s->judged);
	exec_looks_free(s);
	strbuf_release(&s->out);
	strbuf_release(&s->err);
	strbuf_release(&s->both);
	arrivals_release(&s->came);
	loop_timer_del(s->timer);
}

static void exec_free(struct exec *x)
{
	for (size_t i = 0; i < x->n_steps; i++)
		free_step(&x->steps[i]);
	for (size_t i = 0; i < x->n_places; i++) {
		if (x->places[i].held)
			image_let_go(x->places[i].held);
		strbuf_release(&x->places[i].in);
		digest_free(x->places[i].digest);
		free(x->places[i].batch);
	}
	if (x->joined) {
		strbuf_release(&x->joined->running[0]);
		strbuf_release(&x->joined->running[1]);
		arena_free(x->joined->a);
		free(x->joined);
	}
	silence_free(x);
	exec_collect_free(x->collecting);
	free(x->graph.edges);
	free(x->steps);
	free(x->places);
	free(x);
}

static void free_later(void *arg)
{
	struct exec *x = arg;

	for (size_t i = 0; i < x->n_places; i++)
		if (x->places[i].kept)
			keep_begin(STEAL(x->places[i].kept), &x->places[i].in);
	x->idle = true;
	if (!x->away)
		exec_free(x);
}

static void lease_gone(void *arg)
{
	sched_lease_gone(arg);
}

static void give(struct place_run *p)
{
	struct exec *x = p->x;
	struct lease *le = p->lease;

	if (!le)
		return;
	if (x->keeps && p->lent && lease_sandbox_id(le)[0]) {
		p->kept = keep_sandbox(x, p);
		p->lease = NULL;
		return;
	}
	keep_close(p);
	p->lease = NULL;
	if (prepare_harvest(x->run, le))
		return;
	x->run->ending++;
	pool_give_then(le, lease_gone, x->run);
}

static bool is_named(const struct place_run *p)
{
	return p->x->res->kept && p->lease &&
	       strcmp(lease_sandbox_id(p->lease), p->x->res->kept) == 0;
}

/* The sandbox that the result says to enter is the last to be kept: then the name of the scenario
 * leads to it too, and where they are too many another goes. */
static void give_all(struct exec *x)
{
	for (size_t i = 0; i < x->n_places; i++)
		if (!is_named(&x->places[i]))
			give(&x->places[i]);
	for (size_t i = 0; i < x->n_places; i++)
		give(&x->places[i]);
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

/* Head and tail of it, within max bytes. */
static void cut_stream(struct exec *x, struct captured *c, size_t max)
{
	bool was_cut = c->head < c->len;
	size_t head = was_cut ? c->head : c->len / 2, tail = c->len - head;
	char *data;

	if (c->len <= max)
		return;
	head = head < max / 2 ? head : max / 2;
	tail = tail < max / 2 ? tail : max / 2;
	data = arena_alloc(x->a, head + tail + 1);
	memcpy(data, c->data, head);
	memcpy(data + head, c->data + c->len - tail, tail);
	c->data = data;
	c->len = head + tail;
	c->head = head;
}

/* Of an attempt that another follows both ends are kept: there may be a hundred of them. */
static void keep_ends(struct exec *x)
{
	size_t max = ATTEMPT_BYTES_MAX / (2 * (x->n_steps ? x->n_steps : 1));

	max = max > ATTEMPT_STREAM_MAX ? ATTEMPT_STREAM_MAX : max < 1024 ? 1024 : max;
	for (size_t i = 0; i < x->n_steps; i++) {
		cut_stream(x, &x->steps[i].res->out, max);
		cut_stream(x, &x->steps[i].res->err, max);
	}
}

/* The captured bytes go into the result's own memory. */
static void keep_output(struct exec *x)
{
	if (retry_follows(x->pl, x->res))
		keep_ends(x);
	for (size_t i = 0; i < x->n_steps; i++) {
		struct step_run *s = &x->steps[i];

		keep_stream(x, &s->res->out, &s->out);
		keep_stream(x, &s->res->err, &s->err);
	}
}

/* A step that its scenario took along has run: what ended the scenario ended it. Steps in the
 * background last no longer than that anyhow. */
static void judge_cut_off(struct step_run *s)
{
	const struct scenario_result *whole = s->x->res;

	if (s->res->verdict != VERDICT_SKIP)
		return;
	s->res->verdict = s->def->background ? VERDICT_PASS : whole->verdict;
	s->res->reason = s->def->background ? REASON_NONE : whole->reason;
}

void exec_collect(struct step_run *s)
{
	struct step_result *r = s->res;

	if (!r->ran)
		return;
	/* What still runs is killed with the sandbox: its output so far counts. */
	if (s->state != STEP_OVER) {
		const uint64_t size[2] = { s->out.len, s->err.len };

		exec_capture(s, size, size);
		r->duration_ms = ms_since(s->fork_ns, clock_ns());
		judge_cut_off(s);
	}
}

/* Steps that may run side by side count together: nobody knows when each was largest. */
static uint64_t steps_peak(const struct exec *x)
{
	uint64_t sum = 0, largest = 0, beside = 0;

	for (size_t i = 0; i < x->n_steps; i++) {
		uint64_t rss = x->steps[i].res->max_rss_bytes;

		sum += rss;
		largest = rss > largest ? rss : largest;
		beside += x->steps[i].def->background;
	}
	return beside || x->pl->sc->graph ? sum : largest;
}

/* What the scenario has needed. The kernel's own count has all processes in it and files of tmpfs;
 * it is a few reads, which what is small and short is not worth. */
static uint64_t memory_peak(const struct exec *x)
{
	uint64_t steps = steps_peak(x), groups = 0;
	struct sandbox_usage u;
	struct err e;

	if (steps < PEAK_LOOK_BYTES && x->res->duration_ms < PEAK_LOOK_MS)
		return steps;
	for (size_t i = 0; i < x->n_places; i++)
		if (x->places[i].lease && lease_usage(x->places[i].lease, &u, &e) == 0 &&
		        u.memory_peak > u.memory_files)
			groups += u.memory_peak - u.memory_files;
	return groups > steps ? groups : steps;
}

void exec_finish(struct exec *x)
{
	struct runner *r = x->run->r;
	int64_t now = clock_ns();

	if (x->finished)
		return;
	x->finished = true;
	if (x->preparing)
		prepare_leave(STEAL(x->preparing), x);
	loop_timer_del(x->deadline);
	x->deadline = NULL;
	loop_timer_del(x->startup);
	x->startup = NULL;
	silence_end(x);
	for (size_t i = 0; i < x->n_steps; i++) {
		loop_timer_del(x->steps[i].timer);
		x->steps[i].timer = NULL;
		exec_collect(&x->steps[i]);
	}
	exec_findings(x);
	exec_collect_logs(x);
	keep_output(x);
	x->res->failures = x->failures;
	x->res->n_failures = x->n_failures;
	x->res->duration_ms = x->leased_ns ? ms_since(x->leased_ns, now) : 0;
	x->res->memory_peak_bytes = memory_peak(x);
	if (x->leased_ns)
		metrics_observe(r->d.metrics, METRIC_SCENARIO_TIME, now - x->leased_ns);

	exec_name_kept(x);

	struct planned *pl = x->pl;
	pl->exec = NULL;
	scope_park(x);
	sched_done(pl, x->res);
	/* After the verdict went out: destruction costs the processor that the next one wants. */
	give_all(x);
	loop_defer(r->d.loop, free_later, x);
}

void exec_cancel(struct exec *x, enum reason why, const char *text)
{
	x->pl->cancelled = true;
	x->res->verdict = why == REASON_TIMEOUT ? VERDICT_FAIL : VERDICT_SKIP;
	x->res->reason = why;
	x->res->reason_text = arena_strdup(x->a, text);
	exec_finish(x);
}

void exec_error(struct exec *x, enum reason why, const char *message, const char *hint)
{
	if (exec_collect_broke(x, "the sandbox broke off"))
		return;
	struct failure f = {
		.code = why,
		.message = arena_strdup(x->a, message),
		.hint = arena_strdup(x->a, hint),
		.file = x->pl->file->path,
		.pos = x->pl->sc->pos,
		.step = exec_running_step(x),
	};

	f.file = arena_strdup(x->a, f.file);
	exec_raise(x, VERDICT_ERROR, why);
	exec_fail(x, &f);
	exec_finish(x);
}

/* ---- events ---- */

void exec_emit_step(struct step_run *s, enum event_kind kind)
{
	struct event ev = {
		.kind = kind,
		.step = {
			.scenario = s->x->res->id,
			.step = s->res->name,
			.index = s->res->index,
			.attempt = s->attempts,
			.repetition = s->x->pl->repetition,
			.result = kind == EV_STEP_END ? s->res : NULL,
		},
	};

	run_emit(s->x->run, &ev);
}

void exec_emit_output(struct step_run *s, bool is_stderr, uint64_t offset, const char *p, size_t n)
{
	struct event ev = {
		.kind = EV_OUTPUT,
		.output = {
			.scenario = s->x->res->id,
			.step = s->res->name,
			.repetition = s->x->pl->repetition,
			.is_stderr = is_stderr,
			.offset = offset,
			.data = p,
			.len = n,
		},
	};

	run_emit(s->x->run, &ev);
}

/* ---- jobs on workers ---- */

/* What they use stays until they are back, even if the scenario ends meanwhile. */
bool exec_job_out(struct exec *x, loop_fn *job, loop_fn *done, void *arg)
{
	struct err e;

	if (work_submit(x->run->r->d.work, job, done, arg, &e) < 0)
		return false; /* the workers have too much to do: here, then */
	x->away++;
	sched_job_out(x->run);
	return true;
}

/* True when the scenario still wants to know. */
bool exec_job_back(struct exec *x)
{
	struct run *run = x->run;
	bool wanted = !x->finished && !x->collecting;

	x->away--;
	if (x->idle && !x->away)
		exec_free(x);
	sched_job_back(run);
	return wanted;
}

/* ---- going on ---- */

/* What earlier steps have captured becomes part of it. False: something is missing. */
static bool add_captures(struct step_run *s, struct strbuf *msg)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct exec *x = s->x;
	struct place_run *p = &x->places[s->place];
	struct batch_step b = exec_batch_step(s);
	const char *missing;
	struct step def;
	struct err e;

	if (captures_expand(&x->captures, s->def, a, &def, &missing, &e) < 0) {
		exec_unready(s, arena_strdup(x->a, e.msg),
		        missing ? "the step that sets it did not pass" : NULL);
		return false;
	}
	b.def = &def;
	batch_replace(&b, s->batch_index, &p->def->spec, p->image, msg);
	return true;
}

bool exec_run_step(struct step_run *s)
{
	struct place_run *p = &s->x->places[s->place];
	AUTO_STRBUF msg = STRBUF_INIT;

	if (s->x->finished)
		return true;
	if (!p->begun) {
		p->then = s;
		scope_lease(p);
		return true;
	}

	if (s->x->pl->sc->has_captures && s->attempts == 0 && !add_captures(s, &msg))
		return false;
	agent_put_simple(&msg, AGENT_RUN, s->batch_index);
	lease_send(p->lease, msg.s, msg.len);
	return true;
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

static void join_stream(const struct exec *x, int stream, struct strbuf *all, uint64_t *missing)
{
	size_t copied = 0;

	for (size_t i = 0; i < x->n_steps; i++) {
		const struct step_run *s = &x->steps[i];
		const struct strbuf *b = stream ? &s->err : &s->out;
		const struct captured *c = stream ? &s->res->err : &s->res->out;

		if (s->part != PART_MAIN)
			continue;
		if (s->growing) {
			strbuf_add(all, x->joined->running[stream].s + copied, s->joined[stream]);
			copied += s->joined[stream];
			continue;
		}
		strbuf_add(all, b->s, b->len);
		*missing += c->total > c->len ? c->total - c->len : 0;
	}
}

static void join_job(void *arg)
{
	struct joined *j = arg;
	struct exec *x = j->x;
	AUTO_STRBUF out = STRBUF_INIT, err = STRBUF_INIT;
	struct joined_output o = {
		.file = x->pl->file->path,
		.out = &out,
		.err = &err,
		.took_ms = j->took_ms,
		.snapshots = x->run->opt.snapshots,
	};

	join_stream(x, 0, &out, &o.missing[0]);
	join_stream(x, 1, &err, &o.missing[1]);
	judge_joined(x->pl->sc, &o, &j->res, j->a);
}

/* How much there is to join; what may still grow is copied, for a worker reads the rest in place.
 */
static size_t join_prepare(struct exec *x)
{
	struct joined *j = xcalloc(1, sizeof(*j));
	size_t all = 0;

	*j = (struct joined){ .x = x, .a = arena_new(), .running = { STRBUF_INIT, STRBUF_INIT } };
	j->took_ms = ms_since(x->leased_ns, clock_ns());
	x->joined = j;
	for (size_t i = 0; i < x->n_steps; i++) {
		struct step_run *s = &x->steps[i];

		if (s->part != PART_MAIN)
			continue;
		all += s->out.len + s->err.len;
		s->growing = s->state != STEP_OVER;
		s->joined[0] = s->growing ? s->out.len : 0;
		s->joined[1] = s->growing ? s->err.len : 0;
		strbuf_add(&j->running[0], s->out.s, s->joined[0]);
		strbuf_add(&j->running[1], s->err.s, s->joined[1]);
	}
	return all;
}

static void take_joined(struct exec *x)
{
	const struct step_result *r = &x->joined->res;

	for (size_t i = 0; i < r->n_failures; i++) {
		struct failure f = r->failures[i];

		f.file = arena_strdup(x->a, f.file);
		exec_raise(x, VERDICT_FAIL, r->reason);
		exec_fail(x, &f);
	}
	x->res->updates = r->updates;
	x->res->n_updates = r->n_updates;
}

/* It has steps, and none of them has run: nothing is there that could have passed. */
static bool all_skipped(const struct exec *x)
{
	bool any = false;

	for (size_t i = 0; i < x->n_steps; i++) {
		const struct step_run *s = &x->steps[i];

		if (s->part == PART_MAIN && s->res->verdict != VERDICT_SKIP)
			return false;
		any |= s->part == PART_MAIN;
	}
	return any;
}

/* What the scenario itself demands, once all its steps are judged. */
static void judge_scenario(struct exec *x)
{
	const struct scenario *sc = x->pl->sc;
	struct failure f;

	if (x->res->verdict == VERDICT_PASS && all_skipped(x)) {
		x->res->verdict = VERDICT_SKIP;
		x->res->reason = REASON_SKIP;
		x->res->reason_text = "all of its steps are skipped";
		return;
	}
	if (x->joined)
		take_joined(x);
	/* A failure that nobody has asked for: the next run may not have it. */
	if (!sc->should_fail || x->res->verdict == VERDICT_ERROR ||
	        x->res->reason == REASON_LEARNT_DEADLINE)
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
	exec_raise(x, VERDICT_FAIL, REASON_EXIT_CODE);
	exec_fail(x, &f);
}

static void judged(struct exec *x)
{
	x->judged = true;
	judge_scenario(x);
	if (x->ends_first)
		exec_collect_files(x);
	else
		exec_stop(x);
}

static void joined_done(void *arg)
{
	struct joined *j = arg;
	struct exec *x = j->x;

	if (!exec_job_back(x))
		return;
	arena_merge(x->a, STEAL(j->a));
	judged(x);
}

/* Background steps that failed count, though nobody waited for them. False: a worker still looks at
 * one, and its verdict brings us here again. */
bool exec_steps_judged(struct exec *x)
{
	for (size_t i = 0; i < x->n_steps; i++) {
		if (x->steps[i].state == STEP_JUDGING || x->steps[i].state == STEP_LOOKING)
			return false;
		if (x->steps[i].state == STEP_PAUSED)
			exec_give_up(&x->steps[i]);
	}
	return true;
}

void exec_judge(struct exec *x)
{
	if (judge_needs_joined(x->pl->sc) && !x->broken) {
		if (join_prepare(x) > JUDGE_ON_LOOP_MAX &&
		        exec_job_out(x, join_job, joined_done, x->joined))
			return;
		join_job(x->joined);
		arena_merge(x->a, STEAL(x->joined->a));
	}
	judged(x);
}

void exec_wind_up(struct exec *x)
{
	x->all_run = true;
	if (x->ends_first || !exec_steps_judged(x))
		return;
	skip_rest(x);
	x->stopping = true;
	x->ends_first = !x->broken && exec_states_more(x);
	if (x->ends_first)
		exec_stop(x);
	else
		exec_judge(x);
}

/* The init waits: runs the next step from index `from` on, or ends. */
void exec_next(struct exec *x, size_t from)
{
	if (x->finished || x->stopping)
		return;
	if (x->pl->sc->graph) {
		graph_go(x);
		return;
	}
	while (from < x->n_steps) {
		struct step_run *s = &x->steps[from];

		if (s->in_batch && !s->res->ran && s->state == STEP_IDLE &&
		        (!x->broken || s->part == PART_TEARDOWN)) {
			x->asked = s;
			if (exec_run_step(s))
				return;
			x->asked = NULL;
		}
		from++;
	}
	exec_wind_up(x);
}

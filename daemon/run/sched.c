#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "daemon/run/prepare_priv.h"

#define MAX_RUNNING_SHOWN 8

/* ---- results without a sandbox ---- */

struct scenario_result *sched_skip_result(struct planned *pl, enum reason why, const char *text)
{
	struct scenario_result *r = scenario_result_new();
	struct arena *a = r->arena;
	const struct test_outcome *tr = &pl->run->result->tests[pl->test_index];

	r->id = arena_strdup(a, pl->sc->id);
	r->name = arena_strdup(a, pl->sc->name);
	r->file = arena_strdup(a, tr->file);
	r->test = arena_strdup(a, tr->name);
	r->line = pl->sc->pos.line ? pl->sc->pos.line : 1;
	r->tags = list_copy(&pl->sc->tags, a);
	r->cell = list_copy(&tr->matrix, a);
	r->repetition = pl->repetition;
	r->verdict = VERDICT_SKIP;
	r->reason = why;
	r->reason_text = arena_strdup(a, text);
	if (pl->unready && !pl->run->stop_loading)
		unready_result(pl, r);
	return r;
}

/* ---- tests ---- */

static void emit_test(struct run *run, size_t index, enum event_kind kind, emit_fn *emit)
{
	struct test_outcome *tr = &run->result->tests[index];
	struct run_summary counts = { 0 };
	struct event ev = {
		.kind = kind,
		.test = { .test = tr->name,
		        .file = tr->file,
		        .index = (unsigned)index,
		        .counts = &counts },
	};

	if (kind == EV_TEST_END) {
		/* What the history has all of took no time. */
		tr->duration_ms = run->tests[index].fresh
		                          ? clock_span_ms(clock_ns() - run->tests[index].started_ns)
		                          : 0;
		tr->verdict = ev.test.verdict = test_outcome_verdict(tr);
		ev.test.duration_ms = tr->duration_ms;
		for (size_t i = 0; i < tr->n_scenarios; i++)
			run_summary_add(&counts, tr->scenarios[i]);
	}
	emit(run, &ev);
}

struct test_timeout {
	struct run *run;
	size_t index;
};

/* The deadline of the whole test (config.md 3.2): what runs of it fails, what waits is skipped. */
static void on_test_deadline(void *arg)
{
	struct test_timeout *t = arg;
	struct run *run = t->run;
	AUTO_STRBUF text = STRBUF_INIT;

	run->tests[t->index].deadline = NULL;
	strbuf_adds(&text, "the test's timeout was met");
	/* First those that wait: they are skipped for this, and not for want of what fails now. */
	for (size_t i = 0; i < run->n_plan; i++) {
		struct planned *pl = &run->plan[i];

		if (pl->test_index == t->index && !pl->done && !pl->exec)
			pl->skip = REASON_TIMEOUT;
	}
	for (size_t i = 0; i < run->n_plan; i++) {
		struct planned *pl = &run->plan[i];

		if (pl->test_index == t->index && pl->exec)
			exec_cancel(pl->exec, REASON_TIMEOUT, text.s);
	}
}

void sched_test_begins(struct run *run, size_t index)
{
	struct test_progress *t = &run->tests[index];

	if (t->started)
		return;
	t->started = true;
	t->started_ns = clock_ns();
	if (t->limit.ns) {
		struct test_timeout *tt = arena_alloc(run->arena, sizeof(*tt));

		*tt = (struct test_timeout){ .run = run, .index = index };
		t->deadline = loop_timer_add(run->r->d.loop, t->limit.ns, on_test_deadline, tt);
	}
	emit_test(run, index, EV_TEST_START, run_emit);
}

/* ---- collecting ---- */

static void count_verdict(struct run *run, enum verdict v)
{
	static const enum metric ids[] = {
		[VERDICT_PASS] = METRIC_SCENARIOS_PASS,
		[VERDICT_SKIP] = METRIC_SCENARIOS_SKIP,
		[VERDICT_FAKE_GREEN] = METRIC_SCENARIOS_FAIL,
		[VERDICT_FAIL] = METRIC_SCENARIOS_FAIL,
		[VERDICT_ERROR] = METRIC_SCENARIOS_ERROR,
	};

	metrics_add(run->r->d.metrics, ids[v], 1);
}

static struct event place_result(const struct planned *pl, struct scenario_result *res)
{
	res->test_index = (unsigned)pl->test_index;
	res->slot = (unsigned)pl->slot;
	return (struct event){ .kind = EV_SCENARIO_END, .scenario_end = res };
}

static void fail_fast(struct run *run)
{
	if (run->opt.max_failures && run->failures >= run->opt.max_failures && !run->stopping) {
		run->stopping = true;
		run->stop_reason = REASON_FAIL_FAST;
		run_cancel(run, "fail_fast");
	}
}

static void count_failure(struct run *run, bool counts)
{
	if (run->opt.until_fail)
		repeat_stop(run);
	run->failures += counts;
	fail_fast(run);
}

static void count_asserted(struct run *run, enum asserted a)
{
	if (a != ASSERTED_HELD)
		count_failure(run, a == ASSERTED_FAILED);
}

void sched_collect(struct planned *pl, struct scenario_result *res, emit_fn *emit)
{
	struct run *run = pl->run;
	struct test_progress *t = &run->tests[pl->test_index];
	struct event ev = place_result(pl, res);

	admit_done(pl, res);
	pl->done = true;
	t->fresh |= !pl->by_key;
	run->result->tests[pl->test_index].scenarios[pl->slot] = res;
	run->done++;
	run_summary_add(&run->result->summary, res);
	count_verdict(run, res->verdict);
	emit(run, &ev);
	waits_over(pl, res);
	if (res->verdict == VERDICT_SKIP)
		whys_skipped(pl, res->reason);
	t->done++;
	count_asserted(run, assert_turn(pl));
	sched_test_ends(run, pl->test_index, t->fresh ? run_emit : emit);
}

void sched_test_ends(struct run *run, size_t index, emit_fn *emit)
{
	struct test_progress *t = &run->tests[index];

	if (t->done < t->total || t->ended)
		return;
	t->ended = true;
	loop_timer_del(t->deadline);
	t->deadline = NULL;
	share_end(run, t);
	count_asserted(run, assert_test(run, index));
	emit_test(run, index, EV_TEST_END, emit);
}

static void sched_go(struct run *run);

static void on_go(void *arg)
{
	struct run *run = arg;

	run->slice = NULL;
	sched_go(run);
}

void sched_soon(struct run *run)
{
	if (!run->slice && !run->over && !run->finding)
		run->slice = loop_timer_add(run->r->d.loop, 0, on_go, run);
}

static void start_one(struct run *run, struct planned *pl);

static void done_with(struct planned *pl, struct scenario_result *res, emit_fn *emit)
{
	struct run *run = pl->run;
	struct planned *next;

	run->running--;
	sched_collect(pl, res, emit);
	if (repeat_may_keep(pl, res))
		cached_keep(pl, res);
	if (res->verdict >= VERDICT_FAKE_GREEN)
		count_failure(run, !res->quarantine);
	/* Those that are skipped have no end that would bring us here again. */
	share_over(pl);
	while ((next = share_next(run, pl->test_index)) != NULL) {
		admit_in_turn(next);
		start_one(run, next);
	}
	sched_soon(run);
}

static void on_recorded(void *arg)
{
	struct planned *pl = arg;

	done_with(pl, STEAL(pl->recording), run_emit_recorded);
}

/* Until it is recorded it counts as running: its test and the run go on to their ends after it. */
void sched_settled(struct planned *pl, struct scenario_result *res)
{
	struct event ev;

	if (pl->run->is_prep) {
		prepare_ran(pl, res);
		return;
	}

	res = retry_settle(pl, res);
	res->repetition = pl->repetition;
	ev = place_result(pl, res);
	if (pl->key.hex[0])
		res->key = arena_strdup(res->arena, pl->key.hex);
	pl->recording = res;
	if (run_record_large(pl->run, &ev, on_recorded, pl))
		return;
	pl->recording = NULL;
	done_with(pl, res, run_emit);
}

void sched_done(struct planned *pl, struct scenario_result *res)
{
	if (!retry_begins(pl, res))
		sched_settled(pl, res);
}

void sched_lease_gone(struct run *run)
{
	if (run->is_prep) {
		prepare_lease_gone(run);
		return;
	}
	run->ending--;
	sched_soon(run);
	run_free_if_gone(run);
}

void sched_job_out(struct run *run)
{
	run->ending++;
}

void sched_job_back(struct run *run)
{
	sched_lease_gone(run);
}

/* ---- admission ---- */

static void start_one(struct run *run, struct planned *pl)
{
	sched_test_begins(run, pl->test_index);
	if (run->stopping && pl->skip == REASON_NONE)
		pl->skip = run->stop_reason;
	if (pl->skip != REASON_NONE) {
		again_drop(pl);
		sched_collect(pl, sched_skip_result(pl, pl->skip, pl->skip_text), run_emit);
		return;
	}
	if (share_wait(pl)) {
		admit_wait(pl);
		return;
	}
	run->running++;
	exec_start(pl, clock_ns());
}

static void queue_gauges(struct run *run)
{
	size_t waiting = run->n_plan - run->next_plan + run->n_waiting;

	metrics_set(run->r->d.metrics, METRIC_QUEUE_DEPTH, (int64_t)waiting);
	metrics_set(run->r->d.metrics, METRIC_QUEUE_AGE,
	        waiting ? (clock_ns() - run->started_ns) / NS_PER_US : 0);
}

/* Who will not run for want of another takes no place. */
static bool may_start(struct planned *pl)
{
	struct run *run = pl->run;

	return run->stopping || pl->skip == REASON_DEPENDENCY || pl == run->doomed.first ||
	       (run->running < run->jobs && admit(pl));
}

/* False when nothing can start now. */
static bool go_on(struct run *run)
{
	struct planned *pl = waits_next(run);

	if (again_some(run))
		return true;
	if (!pl || !may_start(pl))
		return false;
	assert(!pl->again || pl->skip != REASON_NONE || run->stopping);
	waits_take(run, pl);
	start_one(run, pl);
	return true;
}

static void sched_go(struct run *run)
{
	int64_t until = clock_ns() + LOAD_SLICE_NS;

	while (go_on(run))
		if (clock_ns() > until) {
			sched_soon(run);
			break;
		}
	if (run->next_plan == run->n_plan && !run->n_waiting)
		admit_leave(run);
	queue_gauges(run);
	/* A cancelled run ends when its sandboxes are gone; any other when it knows its verdicts.
	 */
	if (run->done == run->n_plan && !run->running && (!run->cancel_by || !run->ending))
		run_finish(run);
}

/* ---- progress ---- */

static void emit_progress(struct run *run)
{
	struct running_item items[MAX_RUNNING_SHOWN];
	struct event ev = {
		.kind = EV_PROGRESS,
		.progress = { .done = run->done + run->asserted,
		        .total = (unsigned)run->n_plan + assert_planned(run),
		        .running = items },
	};
	int64_t now = clock_ns();

	for (size_t i = 0; i < run->next_plan && ev.progress.n_running < MAX_RUNNING_SHOWN; i++) {
		const struct planned *pl = &run->plan[i];

		if (!pl->exec)
			continue;
		items[ev.progress.n_running++] = (struct running_item){
			.scenario = pl->sc->id,
			.step = exec_running_step(pl->exec),
			.ms = (double)(now - exec_started_ns(pl->exec)) / (double)NS_PER_MS,
		};
	}
	ev.progress.counts = run->result->summary;
	run_emit(run, &ev);
}

static void on_tick(void *arg)
{
	struct run *run = arg;

	run->tick = loop_timer_add(run->r->d.loop, TICK_NS, on_tick, run);
	if (clock_ns() - run->last_event_ns > HEARTBEAT_NS)
		run_emit(run, &(struct event){ .kind = EV_HEARTBEAT });
	emit_progress(run);
}

/* ---- start and cancel ---- */

static void on_run_deadline(void *arg)
{
	struct run *run = arg;

	run->deadline = NULL;
	run->stop_reason = REASON_RUN_TIMEOUT;
	run_cancel(run, "timeout");
}

/* Stock is made while the first scenario is still being prepared. */
static void hint_pool(struct run *run)
{
	size_t n = 0;
	const struct sandbox_spec *spec = NULL;

	for (size_t i = 0; i < run->n_plan && n < run->jobs; i++)
		if (run->plan[i].skip == REASON_NONE && !run->plan[i].again) {
			spec = spec ? spec : &run->plan[i].sc->places[0].spec;
			n++;
		}
	if (spec && n > 1)
		pool_hint(run->r->d.pool, spec, (unsigned)n);
}

/* Images that others stand in for, each once. */
static void note_mappings(struct run *run)
{
	struct map *said = map_new();

	for (size_t i = 0; i < run->n_plan; i++) {
		const struct planned *pl = &run->plan[i];

		for (size_t k = 0; pl->skip == REASON_NONE && k < pl->sc->n_places; k++) {
			const struct place *p = &pl->sc->places[k];

			if (p->asked && !map_put(said, p->asked, (void *)(uintptr_t)p))
				run_note(run, "image.mapped", "image '%s' is '%s' here (image_map)",
				        p->asked, p->spec.image);
		}
	}
	map_free(said, NULL);
}

void sched_start(struct run *run)
{
	struct loop *l = run->r->d.loop;

	run->stop_reason = REASON_CANCELLED;
	run->result->summary.tests = (unsigned)run->result->n_tests;
	if (run->opt.run_timeout_ns)
		run->deadline = loop_timer_add(l, run->opt.run_timeout_ns, on_run_deadline, run);
	run->tick = loop_timer_add(l, TICK_NS, on_tick, run);
	note_mappings(run);
	hint_pool(run);
	sched_go(run);
}

void run_cancel(struct run *run, const char *by)
{
	if (run->over || run->cancel_by)
		return;
	run->cancel_by = by;
	run->stopping = true;
	if (run->finding && run->opt.keep_going)
		__atomic_store_n(&run->stop_loading, true, __ATOMIC_RELAXED);
	if (run->stop_reason == REASON_NONE)
		run->stop_reason = REASON_CANCELLED;
	run_emit(run, &(struct event){ .kind = EV_CANCEL, .cancel_by = by });
	cached_cancel(run);
	if (run->opt.until_fail)
		repeat_stop(run);
	for (size_t i = 0; i < run->next_plan; i++)
		if (run->plan[i].exec)
			exec_cancel(run->plan[i].exec, run->stop_reason, NULL);
	waits_end(run);
	sched_soon(run);
}

#include "daemon/server/runs_replay.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/wire/wire.h"

/* What happened, before it is put in the order of time. */
struct moment {
	double t_ms;
	size_t order; /* among those of one time */
	struct event ev;
};

struct timeline {
	const struct run_result *run;
	struct moment *v;
	size_t n, cap;
};

static void add(struct timeline *l, double t_ms, struct event ev)
{
	l->v = xgrow(l->v, &l->cap, l->n + 1, sizeof(*l->v));
	l->v[l->n] = (struct moment){ t_ms < 0 ? 0 : t_ms, l->n, ev };
	l->n++;
}

static int by_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->t_ms < y->t_ms || x->t_ms > y->t_ms)
		return x->t_ms < y->t_ms ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void add_output(struct timeline *l, double t, const struct scenario_result *sc,
        const struct step_result *s, bool is_stderr, unsigned repetition)
{
	const struct captured *c = is_stderr ? &s->err : &s->out;
	bool cut = c->total > c->len && c->head <= c->len;
	struct event ev = {
		.kind = EV_OUTPUT,
		.output = { .scenario = sc->id,
		        .step = s->name,
		        .repetition = repetition,
		        .is_stderr = is_stderr,
		        .data = c->data,
		        .len = cut ? c->head : c->len },
	};

	if (ev.output.len)
		add(l, t, ev);
	if (!cut || c->head == c->len)
		return;
	ev.output.data = c->data + c->head;
	ev.output.len = c->len - c->head;
	ev.output.offset = c->total - ev.output.len;
	add(l, t, ev);
}

/* Returns when the step ended. */
static double add_step(struct timeline *l, double begin, const struct scenario_result *sc,
        const struct step_result *s, unsigned repetition)
{
	double start = begin + s->started_ms, end = start + s->duration_ms;
	struct event ev = {
		.kind = EV_STEP_START,
		.step = { .scenario = sc->id,
		        .step = s->name,
		        .index = s->index,
		        .attempt = s->attempts ? s->attempts : 1,
		        .repetition = repetition,
		        .result = s },
	};

	add(l, start, ev);
	add_output(l, end, sc, s, false, repetition);
	add_output(l, end, sc, s, true, repetition);
	ev.kind = EV_STEP_END;
	add(l, end, ev);
	return end;
}

static double scenario_begin(const struct timeline *l, const struct scenario_result *sc)
{
	int64_t ns = sc->started_wall_ns ? sc->started_wall_ns - l->run->started_wall_ns : 0;

	return (double)ns / NS_PER_MS;
}

/* Returns when the attempt ended. */
static double add_attempt(struct timeline *l, const struct scenario_result *sc, unsigned repetition)
{
	double begin = scenario_begin(l, sc), end = begin + sc->duration_ms;

	if (sc->started_wall_ns) {
		add(l, begin,
		        (struct event){ .kind = EV_SCENARIO_START,
		                .scenario_start = { .scenario = sc->id,
		                        .file = sc->file,
		                        .line = sc->line,
		                        .engine = sc->receipt ? sc->receipt->engine : NULL,
		                        .attempt = sc->attempts ? sc->attempts : 1,
		                        .repetition = repetition,
		                        .warm_unknown = true,
		                        .queued_ms = sc->queued_ms } });
	}
	for (size_t i = 0; i < sc->n_steps; i++) {
		double over =
		        sc->steps[i].ran ? add_step(l, begin, sc, &sc->steps[i], repetition) : end;

		end = over > end ? over : end;
	}
	return end;
}

/* Returns when the scenario ended. */
static double add_scenario(struct timeline *l, const struct scenario_result *sc)
{
	double end;

	for (size_t i = 0; i < sc->n_before; i++)
		add_attempt(l, sc->before[i], sc->repetition);
	end = add_attempt(l, sc, sc->repetition);
	add(l, end, (struct event){ .kind = EV_SCENARIO_END, .scenario_end = sc });
	return end;
}

static void add_test(struct timeline *l, unsigned index, const struct test_outcome *t,
        struct run_summary *counts)
{
	double first = l->run->duration_ms, last = 0;
	struct event ev = { .kind = EV_TEST_START,
		.test = { .test = t->name, .file = t->file, .index = index } };
	size_t at = l->n;
	bool whole = true;

	add(l, 0, ev);
	*counts = (struct run_summary){ 0 };
	for (size_t i = 0; i < t->n_scenarios; i++) {
		const struct scenario_result *sc = t->scenarios[i];

		whole = whole && sc;
		if (!sc)
			continue;
		double begin = scenario_begin(l, sc->n_before ? sc->before[0] : sc),
		       end = add_scenario(l, sc);

		first = begin < first ? begin : first;
		last = end > last ? end : last;
		run_summary_add(counts, sc);
	}
	l->v[at].t_ms = first;
	if (!whole)
		return; /* the run was lost before it ended */
	ev.kind = EV_TEST_END;
	ev.test.verdict = t->verdict;
	ev.test.duration_ms = t->duration_ms;
	ev.test.counts = counts;
	add(l, last, ev);
}

static void put_all(struct timeline *l, struct strbuf *out)
{
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_time);
	for (size_t i = 0; i < l->n; i++) {
		l->v[i].ev.seq = i + 1;
		l->v[i].ev.t_ms = l->v[i].t_ms;
		wire_event(&l->v[i].ev, false, out);
	}
}

static void add_head(struct timeline *l)
{
	const struct run_result *r = l->run;

	add(l, 0,
	        (struct event){ .kind = EV_RUN,
	                .run = { .id = r->id,
	                        .cwd = r->cwd,
	                        .build = r->build,
	                        .at_wall_ns = r->started_wall_ns,
	                        .paths = r->paths,
	                        .jobs = r->jobs,
	                        .seed = run_result_seed(r),
	                        .shuffle_seed = run_result_shuffle_seed(r) } });
	for (size_t i = 0; i < r->diags.n; i++)
		add(l, 0, (struct event){ .kind = EV_DIAGNOSTIC, .diag = &r->diags.v[i] });
	struct event plan = { .kind = EV_PLAN,
		.plan = { .tests = r->summary.tests,
		        .scenarios = r->summary.scenarios,
		        .cached = r->summary.cached } };

	run_result_shard(r, &plan.plan.shard, &plan.plan.shards);
	add(l, 0, plan);
}

void runs_replay(const struct run_result *r, struct strbuf *out)
{
	struct timeline l = { .run = r };
	struct run_summary *counts = xcalloc(r->n_tests + 1, sizeof(*counts));
	double last;

	add_head(&l);
	for (size_t t = 0; t < r->n_tests; t++)
		add_test(&l, (unsigned)t, &r->tests[t], &counts[t]);
	last = r->duration_ms;
	for (size_t i = 0; i < l.n; i++)
		last = l.v[i].t_ms > last ? l.v[i].t_ms : last;
	/* A stream without its end is that of a run that goes on. */
	if (strcmp(r->state, "running") != 0) {
		add(&l, last,
		        (struct event){ .kind = EV_RESULT, .result = { .summary = &r->summary } });
		add(&l, last, (struct event){ .kind = EV_END, .end = { .exit = r->exit } });
	}
	put_all(&l, out);
	free(counts);
	free(l.v);
}

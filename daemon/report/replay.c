/* A stored run as text: the events that it would have sent, through the renderer of live runs. */
#include "daemon/report/human_priv.h"

struct replay {
	struct human *h;
	struct strbuf *out, *err, live;
	bool live_changed;
	uint64_t seq;
	double t_ms;
};

static void send(struct replay *r, struct event ev)
{
	ev.seq = ++r->seq;
	ev.t_ms = r->t_ms;
	human_event(r->h, &ev, r->out, r->err, &r->live, &r->live_changed);
}

/* Step output travels in the step_result itself: the renderer takes it from there. */
static void send_test(struct replay *r, const struct test_outcome *t)
{
	for (size_t i = 0; i < t->n_scenarios; i++)
		send(r, (struct event){ .kind = EV_SCENARIO_END, .scenario_end = t->scenarios[i] });
}

static void send_run(struct replay *r, const struct run_result *run)
{
	send(r, (struct event){ .kind = EV_RUN,
	                .run = { .id = run->id,
	                        .cwd = run->cwd,
	                        .jobs = run->jobs,
	                        .shuffle_seed = run_result_shuffle_seed(run),
	                        .paths = run->paths } });
	for (size_t i = 0; i < run->diags.n; i++)
		send(r, (struct event){ .kind = EV_DIAGNOSTIC, .diag = &run->diags.v[i] });
	struct event plan = { .kind = EV_PLAN,
		.plan = { .tests = run->summary.tests, .scenarios = run->summary.scenarios } };

	run_result_shard(run, &plan.plan.shard, &plan.plan.shards);
	send(r, plan);
}

void report_scenario(
        const struct scenario_result *s, const struct text_style *style, struct strbuf *out)
{
	struct text_style whole = *style;

	whole.verbosity = whole.verbosity > 2 ? whole.verbosity : 2;
	whole.show_output = SHOW_ALWAYS;
	block_scenario(s, NULL, &whole, out);
}

void report_human(const struct run_result *run, const struct text_style *style, struct strbuf *out,
        struct strbuf *err)
{
	struct text_style still = *style;
	struct run_summary summary = run->summary;

	still.live = still.progress = false;
	if (still.show_output == SHOW_LIVE)
		still.show_output = SHOW_ALWAYS;
	struct replay r = { .h = human_new(&still),
		.out = out,
		.err = err,
		.live = STRBUF_INIT,
		.t_ms = run->duration_ms };

	if (summary.wall_ms <= 0)
		summary.wall_ms = run->duration_ms;
	send_run(&r, run);
	for (size_t t = 0; t < run->n_tests; t++)
		send_test(&r, &run->tests[t]);
	if (run->state && strcmp(run->state, "lost") == 0)
		strbuf_adds(out, "lost: the daemon died in this run; what had finished is above\n");
	send(&r, (struct event){ .kind = EV_RESULT, .result = { .summary = &summary } });
	send(&r, (struct event){ .kind = EV_END, .end = { .exit = run->exit } });
	human_free(r.h);
	strbuf_release(&r.live);
}

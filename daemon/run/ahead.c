/* What has to be known before a run begins: images, layers, results of the past, what
 * scenarios need of the machine. Who wants only that ends here (reasons, dry-run). */
#include "daemon/run/prepare_priv.h"

/* The plan and its reasons without running. */
static void why_only(void *arg)
{
	struct run *run = arg;

	run->slice = NULL;
	run->result->state = "done";
	diags_copy(&run->result->diags, &run->diags);
	run_over(run, true);
}

/* What has to be looked at before the plan is known: images when the machine has changed, and what
 * results of the past depend on. */
static void prepare_job(void *arg)
{
	cached_prepare(arg);
	prepare_look(arg);
}

static void look_job(void *arg)
{
	cached_look(arg);
}

/* A worker: nothing else may use the run then. */
static void dry_job(void *arg)
{
	struct run *run = arg;

	for (size_t i = 0; i < run->n_plan; i++) {
		struct planned *pl = &run->plan[i];
		struct scenario_result *r = sched_skip_result(pl, pl->skip, pl->never);

		r->cached = pl->again != NULL;
		if (pl->again)
			r->cached_from = arena_strdup(r->arena, pl->again->cached_from);
		if (pl->key.hex[0])
			r->key = arena_strdup(r->arena, pl->key.hex);
		prepare_tell_plan(pl, r);
		run->result->tests[pl->test_index].scenarios[pl->slot] = r;
	}
}

static void dry_over(void *arg)
{
	struct run *run = arg;

	run->finding = false;
	run->result->state = "done";
	run_over(run, true);
}

static void needs_job(void *arg)
{
	admit_ask(arg);
}

static void needs_known(void *arg)
{
	admit_answered(arg);
	run_begin(arg);
}

static void look_at_needs(struct run *run)
{
	struct err e;

	run->finding = true;
	if (!admit_asks(run) || work_submit(run->r->d.work, needs_job, needs_known, run, &e) < 0)
		run_begin(run);
}

static void looked(void *arg)
{
	struct run *run = arg;
	struct err e;

	run->finding = false;
	cached_answer(run);
	whys_note(run);
	if (!run->opt.why)
		plan_leave_out(run);
	if (run->opt.why) { /* whoever asks has the run by then */
		run_emit_findings(run);
		run->slice = loop_timer_add(run->r->d.loop, 0, why_only, run);
		return;
	}
	if (run->opt.list) {
		run_list_left(run);
		return;
	}
	if (!run->opt.dry) {
		look_at_needs(run);
		return;
	}
	run->finding = true;
	if (work_submit(run->r->d.work, dry_job, dry_over, run, &e) == 0)
		return;
	dry_job(run);
	dry_over(run);
}

static void recall_job(void *arg)
{
	recall_ask(arg);
}

static void look_ahead(struct run *run)
{
	struct err e;

	bool look = cached_plan(run);
	if (run->awaits_late) {
		cached_await(run);
		return;
	}
	if (look && work_submit(run->r->d.work, look_job, looked, run, &e) == 0)
		return;
	looked(run);
}

static void recalled(void *arg)
{
	recall_take(arg);
	look_ahead(arg);
}

static void prepared(void *arg)
{
	struct run *run = arg;
	struct err e;

	run->finding = true;
	prepare_settle(run);
	cached_name_all(run);
	if (!recall_wants(run) || work_submit(run->r->d.work, recall_job, recalled, run, &e) < 0)
		look_ahead(run);
}

void run_prepare(struct run *run)
{
	struct err e;

	bool look = prepare_wants(run);

	run->finding = true;
	look |= cached_wants_images(run);
	if (look && work_submit(run->r->d.work, prepare_job, prepared, run, &e) == 0)
		return;
	if (look)
		prepare_job(run);
	prepared(run);
}

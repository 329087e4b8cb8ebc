/* A run begins: what its head, files and plan are, before anything of it runs. */
#include <stdio.h>

#include "daemon/run/run_priv.h"

static const char *file_state(const struct loaded *f)
{
	if (!f->file->tests)
		return "invalid";
	if (f->hit)
		return "cached";
	return f->file->made_from.rendered ? "rendered" : "parsed";
}

/* So many files that others want their turn between them: false when some are left. */
static bool emit_loaded(struct run *run)
{
	int64_t until = clock_ns() + LOAD_SLICE_NS;

	for (; run->n_told < run->n_files; run->n_told++) {
		const struct loaded *f = &run->files[run->n_told];
		struct event ev = {
			.kind = EV_FILE,
			.file = {
				.path = f->file->path,
				.state = file_state(f),
				.tests = (unsigned)f->file->n_tests,
				.ms = f->ms,
			},
		};

		if (clock_ns() > until)
			return false;
		run_emit(run, &ev);
	}
	return true;
}

void run_emit_findings(struct run *run)
{
	for (size_t i = 0; i < run->n_plan; i++)
		if (!run->plan[i].file)
			run_emit(run, &(struct event){ .kind = EV_FILE,
			                      .file = { .path = run->plan[i].unready->file,
			                              .state = "missing" } });
	for (size_t i = 0; i < run->diags.n && !run->stop_loading; i++)
		run_emit(run, &(struct event){ .kind = EV_DIAGNOSTIC, .diag = &run->diags.v[i] });
}

static void emit_plan(struct run *run)
{
	struct event ev = {
		.kind = EV_PLAN,
		.plan = {
			.tests = (unsigned)run->result->n_tests,
			.scenarios = (unsigned)run->n_plan + assert_planned(run),
			.cached = run->cached,
			.excluded = run->excluded,
			.shard = run->opt.shard,
			.shards = run->opt.shards,
		},
	};

	run_emit(run, &ev);
}

static void on_start(void *arg)
{
	struct run *run = arg;

	run->slice = NULL;
	sched_start(run);
}

/* The head of the answer leaves in the round between this and on_start(): a client that got not
 * one byte knows that nothing was run, and may ask again. */
static void on_begun(void *arg)
{
	struct run *run = arg;

	run->slice = loop_timer_add(run->r->d.loop, 0, on_start, run);
}

/* All of it is known: nobody has to have anything before it begins. */
static bool runs_nothing(const struct run *run)
{
	for (size_t i = 0; i < run->n_plan; i++)
		if (!run->plan[i].again && run->plan[i].skip == REASON_NONE)
			return false;
	return true;
}

static void tell_selection(struct run *run)
{
	const struct run_options *o = &run->opt;
	const char *nothing = select_nothing(run);

	if (o->shards > 1)
		run_note(run, "select.shard", "shard %u/%u: %zu of %zu scenario%s, cut by %s",
		        o->shard, o->shards, run->n_plan, run->cut_of, run->cut_of == 1 ? "" : "s",
		        run->cut_by_time ? "measured time" : "hash");
	if (o->shuffle)
		run_note(run, "select.shuffle",
		        "the order is random, its seed %llu: --shuffle=%llu gives it again",
		        (unsigned long long)o->shuffle_seed, (unsigned long long)o->shuffle_seed);
	if (run->has_needs)
		needs_tell(run);
	if (nothing)
		run_note(run, "select.nothing", "%s", nothing);
}

static void tell_files(void *arg)
{
	struct run *run = arg;

	run->slice = NULL;
	if (!emit_loaded(run)) {
		run->slice = loop_timer_add(run->r->d.loop, 0, tell_files, run);
		return;
	}
	run_emit_findings(run);
	emit_plan(run);
	tell_selection(run);
	if (runs_nothing(run))
		sched_start(run);
	else
		run->slice = loop_timer_add(run->r->d.loop, 0, on_begun, run);
}

static struct event head_of(const struct run *run)
{
	const struct run_result *res = run->result;

	return (struct event){
		.kind = EV_RUN,
		.run = {
			.id = res->id,
			.cwd = res->cwd,
			.build = run->r->d.build,
			.at_wall_ns = res->started_wall_ns,
			.paths = res->paths,
			.jobs = run->jobs,
			.seed = run_result_seed(res),
			.shuffle_seed = run_result_shuffle_seed(res),
			.plan = res,
		},
	};
}

static void head_recorded(void *arg)
{
	struct run *run = arg;
	struct event ev = head_of(run);

	run->finding = false;
	run_emit_recorded(run, &ev);
	tell_files(run);
}

void run_begin(struct run *run)
{
	struct event ev = head_of(run);

	diags_copy(&run->result->diags, &run->diags);
	select_order(run);
	waits_link(run);
	select_note_cut(run);
	run->finding = true;
	if (run_record_large(run, &ev, head_recorded, run))
		return;
	run->finding = false;
	run_emit(run, &ev);
	tell_files(run);
}

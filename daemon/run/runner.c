#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "common/log.h"
#include "daemon/run/prepare_priv.h"
#include "daemon/wire/wire.h"

/* ---- events ---- */

static bool is_recorded(enum event_kind kind)
{
	return kind == EV_RUN || kind == EV_SCENARIO_END || kind == EV_TEST_END ||
	       kind == EV_RESULT || kind == EV_END;
}

static void stamp(struct run *run, struct event *ev)
{
	run->last_event_ns = clock_ns();
	ev->seq = ++run->seq;
	ev->t_ms = (double)(run->last_event_ns - run->started_ns) / (double)NS_PER_MS;
}

void run_emit(struct run *run, struct event *ev)
{
	struct runner *r = run->r;

	stamp(run, ev);
	/* A result is recorded before it leaves the daemon. */
	if (r->d.record && !run->opt.no_history && is_recorded(ev->kind))
		r->d.record(r->d.record_arg, run->result->id, ev);
	run->sink.event(run->arg, ev);
}

/* Its number and time in the stream are known when it leaves; the history keeps neither. */
bool run_record_large(struct run *run, const struct event *ev, loop_fn *done, void *arg)
{
	struct runner *r = run->r;

	return r->d.record_large && !run->opt.no_history &&
	       r->d.record_large(r->d.record_arg, run->result->id, ev, done, arg);
}

void run_emit_recorded(struct run *run, struct event *ev)
{
	stamp(run, ev);
	run->sink.event(run->arg, ev);
}

void run_note(struct run *run, const char *code, const char *fmt, ...)
{
	AUTO_STRBUF text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	struct event ev = { .kind = EV_NOTE, .note = { .code = code, .message = text.s } };
	run_emit(run, &ev);
}

/* ---- life of a run ---- */

static void unlink_run(struct run *run)
{
	struct run **at = &run->r->runs;

	while (*at != run)
		at = &(*at)->next;
	*at = run->next;
	run->r->active--;
}

static void free_memory(void *arg)
{
	struct run *run = arg;

	for (size_t i = 0; i < run->n_files; i++)
		test_file_unref(run->files[i].file);
	free(run->files);
	diags_release(&run->diags);
	run_result_free(run->result);
	receipt_demand_free(run->demand);
	arena_free(run->arena);
	free(run);
}

/* The references that others have too are given back here; what is this run's alone may be much. */
static void free_run(void *arg)
{
	struct run *run = arg;
	struct work_pool *work = run->r->d.work;
	size_t much = run->n_plan + run->n_files;
	struct err e;

	for (size_t i = 0; i < run->n_files; i++) {
		if (run->files[i].file->refs > 1) {
			test_file_unref(run->files[i].file);
			run->files[i].file = NULL;
		}
		settings_unref(run->files[i].settings);
	}
	settings_unref(run->settings);
	prepare_release(run);
	cached_release(run);
	if (much <= FREE_ON_LOOP_MAX || work_submit(work, free_memory, NULL, run, &e) < 0)
		free_memory(run);
}

void run_free_if_gone(struct run *run)
{
	if (run->over && !run->ending)
		loop_defer(run->r->d.loop, free_run, run);
}

void run_hold(struct run *run)
{
	assert(run->over);
	run->ending++;
	run->r->active++;
}

void run_release(struct run *run)
{
	run->ending--;
	run->r->active--;
	run_free_if_gone(run);
}

static void run_over(struct run *run, bool has_result)
{
	run->over = true;
	loop_timer_del(run->slice);
	loop_timer_del(run->deadline);
	loop_timer_del(run->tick);
	run->slice = run->deadline = run->tick = NULL;
	for (size_t i = 0; run->tests && i < run->result->n_tests; i++)
		loop_timer_del(run->tests[i].deadline);
	unlink_run(run);
	run->sink.done(run->arg, has_result ? run->result : NULL);
	run_free_if_gone(run);
}

static bool fails_on_flaky(const struct run *run)
{
	return run->opt.flaky_given ? run->opt.fail_on_flaky : run->settings->fail_on_flaky;
}

static int exit_code(const struct run *run)
{
	const struct run_summary *s = &run->result->summary;

	if (run->cancel_by && strcmp(run->cancel_by, "fail_fast") != 0 &&
	        strcmp(run->cancel_by, "timeout") != 0)
		return 130;
	if (run->found_exit)
		return run->found_exit;
	if (s->error || run->diags.errors)
		return 2;
	if (s->fail + s->fake_green > s->quarantined || run->differ ||
	        (run->cancel_by && (s->skip || run->cut)))
		return 1;
	return fails_on_flaky(run) && run->flaky ? 1 : 0;
}

void run_finish(struct run *run)
{
	struct run_result *res = run->result;
	bool user_cancel = run->cancel_by && strcmp(run->cancel_by, "fail_fast") != 0;

	if (run->over)
		return;
	run_result_count(res);
	res->duration_ms = clock_span_ms(clock_ns() - run->started_ns);
	res->summary.wall_ms = res->duration_ms;
	res->state = user_cancel ? "cancelled" : "done";
	res->exit = exit_code(run);
	metrics_observe(run->r->d.metrics, METRIC_RUN_TIME, clock_ns() - run->started_ns);
	run_emit(run, &(struct event){ .kind = EV_RESULT, .result = { .summary = &res->summary } });
	run_emit(run, &(struct event){
	                      .kind = EV_END, .end = { .exit = res->exit, .state = res->state } });
	run_over(run, true);
}

static void refuse(
        struct run *run, const char *code, int exit, const char *message, const char *help)
{
	run->sink.refused(run->arg, code, exit, message, help, &run->diags);
	run_over(run, false);
}

/* One cause is a problem of its own code; several are "invalid-files". */
static void refuse_files(struct run *run, int exit)
{
	const struct diag *first = NULL;

	for (size_t i = 0; i < run->diags.n && !first; i++)
		if (run->diags.v[i].severity == SEV_ERROR)
			first = &run->diags.v[i];
	refuse(run, run->diags.errors == 1 && first ? first->code : "invalid-files", exit,
	        first ? first->message : "files are invalid", NULL);
}

/* ---- after loading ---- */

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

static void emit_findings(struct run *run)
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
	emit_findings(run);
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

static void begin(struct run *run)
{
	struct event ev = head_of(run);

	diags_copy(&run->result->diags, &run->diags);
	select_order(run);
	select_note_cut(run);
	run->finding = true;
	if (run_record_large(run, &ev, head_recorded, run))
		return;
	run->finding = false;
	run_emit(run, &ev);
	tell_files(run);
}

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
	begin(arg);
}

static void look_at_needs(struct run *run)
{
	struct err e;

	run->finding = true;
	if (!admit_asks(run) || work_submit(run->r->d.work, needs_job, needs_known, run, &e) < 0)
		begin(run);
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
		emit_findings(run);
		run->slice = loop_timer_add(run->r->d.loop, 0, why_only, run);
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

/* --list: the plan without running; the server prints it from the result. */
static void fill_list(struct run *run)
{
	struct run_result *res = run->result;

	select_order(run);
	res->listed = arena_array(res->arena, run->n_plan + 1, sizeof(*res->listed));
	for (size_t i = 0; i < run->n_plan; i++) {
		struct planned *pl = &run->plan[i];

		res->listed[i] = sched_skip_result(pl, pl->skip, pl->skip_text);
		res->tests[pl->test_index].scenarios[pl->slot] = res->listed[i];
	}
	res->n_listed = run->n_plan;
}

static void list_only(struct run *run)
{
	run->result->state = "done";
	run->result->exit = run->found_exit ? run->found_exit : run->diags.errors ? 2 : 0;
	diags_copy(&run->result->diags, &run->diags);
	run_over(run, true);
}

static const struct scenario *only_of_file(const struct test_file *f)
{
	for (size_t i = 0; i < f->n_tests; i++)
		for (size_t k = 0; k < f->tests[i].n_scenarios; k++)
			if (f->tests[i].scenarios[k].only)
				return &f->tests[i].scenarios[k];
	return NULL;
}

static const struct scenario *first_only(const struct run *run, const struct loaded **file)
{
	for (size_t i = 0; i < run->n_files; i++) {
		const struct scenario *sc = only_of_file(run->files[i].file);

		if (!sc)
			continue;
		*file = &run->files[i];
		return sc;
	}
	return NULL;
}

static bool refuse_only(struct run *run)
{
	const struct loaded *f = NULL;
	const struct scenario *sc = run->opt.forbid_only ? first_only(run, &f) : NULL;

	if (!sc)
		return false;
	struct diag *d = diags_add(&run->diags, SEV_ERROR, "refused", f->file->path, sc->pos,
	        "scenario '%s' has 'only', which --forbid-only refuses", sc->name);
	diag_help(&run->diags, d, "remove 'only', or run with --no-forbid-only");
	refuse_files(run, 2);
	return true;
}

static bool refuse_no_match(struct run *run, struct strbuf *text, const char *help)
{
	size_t n = run->n_plan + run->excluded;

	strbuf_printf(text, " (%zu in %zu test%s)", n, run->n_files, run->n_files == 1 ? "" : "s");
	refuse(run, "no-match", 2, text->s, help);
	return true;
}

static bool refuse_empty(struct run *run)
{
	AUTO_STRBUF text = STRBUF_INIT;
	const struct str_list *f = &run->opt.filter, *tags = &run->opt.tag;
	const char *help, *missed = unready_selector(run, &help);

	strbuf_adds(&text, "no scenario matches");
	if (missed) {
		strbuf_printf(&text, " '%s'", missed);
		return refuse_no_match(run, &text, help);
	}
	if (run->n_plan || run->cut_away)
		return false;
	/* Nothing is left because all of them are broken. */
	if (run->diags.errors) {
		refuse_files(run, run->found_exit ? run->found_exit : 2);
		return true;
	}
	for (size_t i = 0; i < f->n; i++)
		strbuf_printf(&text, "%s --filter '%s'", i ? " or" : "", f->v[i]);
	for (size_t i = 0; i < tags->n; i++)
		strbuf_printf(&text, "%s --tag '%s'", i ? " or" : f->n ? " and" : "", tags->v[i]);
	for (size_t i = 0; !f->n && !tags->n && i < run->opt.exclude.n; i++)
		strbuf_printf(&text, "%s --exclude '%s'", i ? " and" : "", run->opt.exclude.v[i]);
	if (!f->n && !tags->n && !run->opt.exclude.n)
		strbuf_adds(&text, " the selection");
	return refuse_no_match(run, &text, NULL);
}

static unsigned usable_jobs(const struct run *run)
{
	unsigned jobs = run->opt.jobs ? run->opt.jobs : run->settings->jobs;

	if (!run->opt.jobs && !run->settings->parallel)
		jobs = 1;
	if (!jobs)
		jobs = run->r->d.cpus;
	return jobs < run->settings->max_containers ? jobs : run->settings->max_containers;
}

static void warn_equal_name(
        struct run *run, struct map *seen, const struct test_file *f, const struct test *t)
{
	const struct test_file *other = map_put(seen, t->name, (void *)(uintptr_t)f);

	if (other && other != f)
		diags_add(&run->diags, SEV_WARNING, "config.duplicate_name", f->path, t->pos,
		        "test '%s' is also the name of '%s'", t->name, other->path);
}

static void warn_equal_names(struct run *run)
{
	struct map *seen = map_new();

	for (size_t i = 0; i < run->n_files; i++)
		for (size_t k = 0; k < run->files[i].file->n_tests; k++)
			warn_equal_name(
			        run, seen, run->files[i].file, &run->files[i].file->tests[k]);
	map_free(seen, NULL);
}

/* On a machine that others share a deadline that nobody has written is no reason to fail, unless
 * the project wants that. */
static int64_t silence_floor(const struct run *run)
{
	const struct settings *s = run->settings;
	const char *ci = client_env_get(&run->opt.env, "CI");
	bool on = s->adaptive_said ? s->adaptive_deadlines : !(ci && *ci);

	return on && run->r->d.pace ? s->adaptive_floor_ns : 0;
}

/* Jobs, reports and the like come from the project of the working directory, else from that of the
 * first test file (config.md 5.1). */
static void settle_project(struct run *run)
{
	struct settings *first = run->n_files ? run->files[0].settings : NULL;

	if (!run->settings->project_file && first && first->project_file) {
		settings_unref(run->settings);
		run->settings = settings_ref(first);
		run->result->project = arena_strdup(run->result->arena, first->project_file);
		run->result->isolation = isolation_names[first->isolation];
	}
	if (!run->opt.max_failures && run->settings->fail_fast)
		run->opt.max_failures = 1;
	run->result->silence_floor_ns = silence_floor(run);
}

static size_t count_loaded(const struct run *run)
{
	size_t n = run->n_files;

	for (size_t i = 0; i < run->n_files; i++)
		n += test_file_scenarios(run->files[i].file);
	return n;
}

static bool is_refused(const struct run *run)
{
	return run->diags.errors && !run->opt.keep_going;
}

/* Any thread: it touches what is the run's alone. */
static void plan_job(void *arg)
{
	struct run *run = arg;
	const struct loaded *f;

	warn_equal_names(run);
	if (is_refused(run) || (run->opt.forbid_only && first_only(run, &f)))
		return;
	/* What is left of the suite, in its order, is what the rounds consist of. */
	run->plan_failed = plan_make(run, &run->plan_error) < 0 ||
	                   select_apply(run, &run->plan_error) < 0 ||
	                   repeat_plan(run, &run->plan_error) < 0;
	if (!run->plan_failed && run->opt.list)
		fill_list(run);
}

static void on_planned(void *arg);

static void loaded_all(struct run *run)
{
	struct err e;

	if (run->need.n && !run->opt.env_final) {
		run->sink.need_env(run->arg, &run->need);
		run_over(run, false);
		return;
	}
	settle_project(run);
	quarantine_tell_over(run);
	run->finding = true;
	select_begin(run);
	bool away = select_asks(run) && !is_refused(run);
	if ((away || count_loaded(run) > PLAN_ON_LOOP_MAX) &&
	        work_submit(run->r->d.work, plan_job, on_planned, run, &e) == 0)
		return;
	if (away) { /* the history is never read by the loop */
		run->finding = false;
		refuse(run, "busy", 6, e.msg, NULL);
		return;
	}
	plan_job(run);
	on_planned(run);
}

static void on_planned(void *arg)
{
	struct run *run = arg;

	run->finding = false;
	if (is_refused(run)) {
		refuse_files(run, run->found_exit ? run->found_exit : 2);
		return;
	}
	if (refuse_only(run))
		return;
	if (run->plan_failed) {
		refuse(run, run->plan_error.code == ERR_LIMIT ? "limit" : "invalid-option", 2,
		        run->plan_error.msg, NULL);
		return;
	}
	if (refuse_empty(run))
		return;
	run->jobs = run->result->jobs = usable_jobs(run);
	if (run->opt.list)
		list_only(run);
	else
		run_prepare(run);
}

/* ---- loading, a slice at a time ---- */

static bool same_dir(const char *a, const char *b)
{
	size_t n = (size_t)(strrchr(a, '/') - a);

	return strncmp(a, b, n) == 0 && strrchr(b, '/') == b + n;
}

static bool same_project(const struct settings *a, const struct settings *b)
{
	return a == b ||
	       (a->project_file && b->project_file ? strcmp(a->project_file, b->project_file) == 0
	                                           : a->project_file == b->project_file);
}

/* A project file below the working directory is as good a reason to refuse as its own; those of
 * the user file and of variables were told with that one. */
static void tell_project(struct run *run, const struct settings *s)
{
	struct diags own = s->diags;
	bool told = same_project(s, run->settings) || !s->project_file;

	for (size_t i = 0; i < run->n_files && !told; i++)
		told = same_project(s, run->files[i].settings);
	if (told)
		return;
	own.v = arena_array(run->arena, s->diags.n + 1, sizeof(*own.v));
	own.n = own.errors = own.warnings = 0;
	for (size_t i = 0; i < s->diags.n; i++) {
		struct diag x = s->diags.v[i];

		if (!x.file || strncmp(x.file, "CLEANROOM_", 10) == 0 ||
		        (s->user_file && strcmp(x.file, s->user_file) == 0))
			continue;
		x.file = s->project_file; /* not by its name alone: it is of another directory */
		own.errors += x.severity == SEV_ERROR;
		own.warnings += x.severity == SEV_WARNING;
		own.v[own.n++] = x;
	}
	diags_copy(&run->diags, &own);
}

/* Files of one directory stand together: one look at it is enough for all of them. */
static struct settings *settings_of(struct run *run, const struct found_file *ff)
{
	const struct found_file *before = run->n_files ? ff - 1 : NULL;
	const char *slash = strrchr(ff->real, '/');
	size_t n = slash == ff->real ? 1 : (size_t)(slash - ff->real);
	struct settings *s;

	if (before && same_dir(before->real, ff->real))
		return settings_ref(run->files[run->n_files - 1].settings);
	if (strncmp(run->opt.cwd, ff->real, n) == 0 && run->opt.cwd[n] == '\0')
		return settings_ref(run->settings); /* looked at a moment ago */
	s = config_cache_settings(run->r->d.cache, arena_strndup(run->arena, ff->real, n),
	        &run->opt.env, &run->opt.flags, run->opt.uid);
	tell_project(run, s);
	return s;
}

static void load_slice(void *arg);

static void take_file(struct run *run, struct loaded *f, int64_t ns)
{
	run->n_files++;
	diags_copy(&run->diags, &f->file->diags);
	f->ms = (double)ns / (double)NS_PER_MS;
}

static void loading_job(void *arg)
{
	config_loading_work(((struct run *)arg)->loading);
}

static void loading_done(void *arg)
{
	struct run *run = arg;
	struct loaded *f = &run->files[run->n_files];

	run->slice = NULL;
	run->finding = false;
	f->file = config_loading_end(STEAL(run->loading), &f->hit, &run->need, run->arena);
	take_file(run, f, clock_ns() - run->loading_ns);
	load_slice(run);
}

static bool is_stdin(const struct run *run, const struct found_file *ff)
{
	return run->opt.stdin_text && strcmp(ff->path, run->opt.stdin_name) == 0;
}

/* True when a worker loads it. */
static bool load_elsewhere(struct run *run, struct loaded *f, const struct found_file *ff)
{
	const struct run_options *o = &run->opt;
	bool in = is_stdin(run, ff);
	struct err e;

	run->loading = config_loading_new(run->r->d.cache, ff->path, ff->real,
	        in ? o->stdin_text : NULL, in ? o->stdin_len : 0, f->settings, &o->env, &o->flags);
	if (!run->loading)
		return false;
	run->finding = true;
	run->loading_ns = clock_ns();
	if (work_submit(run->r->d.work, loading_job, loading_done, run, &e) < 0) {
		loading_job(run);
		run->slice = loop_timer_add(run->r->d.loop, 0, loading_done, run);
	}
	return true;
}

static struct test_file *load_file(struct run *run, struct loaded *f, const struct found_file *ff)
{
	if (is_stdin(run, ff))
		return config_load(ff->path, ff->real, run->opt.stdin_text, run->opt.stdin_len,
		        f->settings, &run->opt.env, &run->opt.flags, true, &run->need, run->arena);
	/* --force asks for no result of the past; what a file says while its content is the same is
	 * none. */
	return config_cache_load(run->r->d.cache, ff->path, ff->real, f->settings, &run->opt.env,
	        &run->opt.flags, false, &f->hit, &run->need, run->arena);
}

/* Most files are those of last time. */
static bool load_known(struct run *run, struct loaded *f, const struct found_file *ff)
{
	f->file = is_stdin(run, ff)
	                  ? NULL
	                  : config_cache_hit(run->r->d.cache, ff->path, ff->real, f->settings,
	                            &run->opt.env, &run->opt.flags, &run->need, run->arena);
	return f->file;
}

static void load_slice(void *arg)
{
	struct run *run = arg;
	int64_t began = clock_ns(), now = began;

	run->slice = NULL;
	while (run->n_files < run->found.n && now - began < LOAD_SLICE_NS) {
		struct loaded *f = &run->files[run->n_files];
		const struct found_file *ff = &run->found.v[run->n_files];
		int64_t at = now;

		f->selectors = ff->selectors;
		f->settings = settings_of(run, ff);
		f->hit = load_known(run, f, ff);
		if (!f->hit && load_elsewhere(run, f, ff))
			return;
		if (!f->hit)
			f->file = load_file(run, f, ff);
		now = clock_ns();
		take_file(run, f, now - at);
	}
	if (run->n_files < run->found.n)
		run->slice = loop_timer_add(run->r->d.loop, 0, load_slice, run);
	else
		loaded_all(run);
}

/* ---- start ---- */

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* No paths: the project's test_dir if it exists, else the working directory. */
static void default_paths(struct run *run)
{
	const struct settings *s = run->settings;
	AUTO_STR dir = fs_join(s->root, s->test_dir ? s->test_dir : "tests");
	const char *path =
	        is_dir(dir)
	                ? (strcmp(s->root, run->opt.cwd) == 0 && s->test_dir ? s->test_dir : dir)
	                : ".";

	run->default_path = arena_strdup(run->arena, path);
	if (!run->opt.paths.n && !run->opt.stdin_text)
		list_push(&run->opt.paths, path, run->arena);
}

static void add_stdin(struct run *run)
{
	struct found *f = &run->found;
	struct found_file *v = arena_array(run->arena, f->n + 1, sizeof(*v));
	AUTO_STR real = fs_join(run->opt.cwd, run->opt.stdin_name);

	if (f->n)
		memcpy(v, f->v, f->n * sizeof(*v));
	v[f->n].path = run->opt.stdin_name;
	v[f->n].real = arena_strdup(run->arena, real);
	f->v = v;
	f->n++;
}

/* Directories and patterns may lead to any number of files; named files are looked at at once. */
static bool may_find_many(const struct run *run)
{
	for (size_t i = 0; i < run->opt.paths.n; i++) {
		AUTO_STR path = fs_join(run->opt.cwd, run->opt.paths.v[i]);
		struct stat st;

		if (strcmp(run->opt.paths.v[i], "-") != 0 &&
		        (stat(path, &st) < 0 || !S_ISREG(st.st_mode)))
			return true;
	}
	return run->opt.paths.n > FIND_ON_LOOP_MAX;
}

static void find_job(void *arg)
{
	struct run *run = arg;

	const struct discovery wish = { &run->opt.paths, run->opt.cwd, run->settings, false };

	run->found_failed =
	        discover(&wish, run->arena, &run->found, &run->diags, &run->found_exit) < 0;
}

/* With --keep-going each file that was named and cannot be had is a test of its own. */
static bool has_missing(const struct run *run)
{
	for (size_t i = run->found_diags; i < run->diags.n; i++)
		if (run->opt.keep_going && !run->opt.list && !run->opt.why && !run->opt.dry &&
		        run->diags.v[i].severity == SEV_ERROR && run->diags.v[i].file)
			return true;
	return false;
}

static void load(struct run *run)
{
	bool nothing = run->found.n == 0 && !run->opt.stdin_text;

	/* What is broken besides is told with it. */
	if (run->found_failed && nothing && !has_missing(run)) {
		refuse_files(run, run->found_exit);
		return;
	}
	run->found_diags_end = run->diags.n;
	if (run->opt.stdin_text)
		add_stdin(run);
	run->files = xcalloc(run->found.n + 1, sizeof(*run->files));
	load_slice(run);
}

static void find_done(void *arg)
{
	struct run *run = arg;

	run->finding = false;
	load(run);
}

static void find_and_load(struct run *run)
{
	struct err e;

	default_paths(run);
	run->found_diags = run->diags.n;
	if (may_find_many(run) && work_submit(run->r->d.work, find_job, find_done, run, &e) == 0) {
		run->finding = true;
		return;
	}
	if (run->opt.paths.n)
		find_job(run);
	load(run);
}

static void fill_result(struct run *run)
{
	struct run_result *res = run->result;
	struct arena *a = res->arena;

	id_make(res->id, RUN_ID_LEN);
	res->started_wall_ns = clock_wall_ns();
	res->state = "running";
	res->cwd = arena_strdup(a, run->opt.cwd);
	res->paths = list_copy(&run->opt.paths, a);
	res->export_dir = arena_strdup(a, run->opt.export_dir);
	if (run->opt.stdin_text)
		list_push(&res->paths, arena_strdup(a, run->opt.stdin_name), a);
	res->project = arena_strdup(a, run->settings->project_file);
	res->isolation = isolation_names[run->settings->isolation];
	res->build = arena_strdup(a, run->r->d.build);
	res->options = run->opt.given;
	res->n_options = run->opt.n_given;
	res->labels = run->opt.labels;
	res->n_labels = run->opt.n_labels;
}

/* Who made the request has looked at the text already. */
static struct receipt_demand *demand_of(const struct run_options *opt)
{
	const char *text = opt->require_receipt;
	struct err e;

	return text ? receipt_demand_new(text, strlen(text), &e) : NULL;
}

struct run *run_start(
        struct runner *r, const struct run_options *opt, const struct run_sink *sink, void *arg)
{
	struct run *run = xcalloc(1, sizeof(*run));

	run->r = r;
	run->arena = arena_new();
	run->sink = *sink;
	run->arg = arg;
	run->started_ns = clock_ns();
	run->next = r->runs;
	r->runs = run;
	r->active++;
	r->total++;
	options_copy(&run->opt, opt, run->arena);
	options_settle(&run->opt);
	select_note(run);
	run->earlier = r->d.earlier;
	run->earlier_arg = r->d.record_arg;
	run->demand = demand_of(opt);
	run->opt.flags.stop = &run->stop_loading;
	if (sink->started)
		sink->started(arg, run);
	diags_init(&run->diags, run->arena);
	run->result = run_result_new();
	run->settings = opt->settings ? settings_ref(opt->settings)
	                              : config_cache_settings(r->d.cache, run->opt.cwd,
	                                        &run->opt.env, &run->opt.flags, opt->uid);
	diags_copy(&run->diags, &run->settings->diags);
	fill_result(run);
	if (run->diags.errors) {
		refuse_files(run, 2);
		return run;
	}
	find_and_load(run);
	return run;
}

/* ---- all runs ---- */

struct runner *runner_new(const struct runner_deps *deps)
{
	struct runner *r = xcalloc(1, sizeof(*r));

	r->d = *deps;
	whys_init(r);
	admit_init(r);
	recall_init(r);
	if (r->d.images)
		image_store_on_change(r->d.images, runner_images_changed, r);
	return r;
}

void runner_free(struct runner *r)
{
	if (!r)
		return;
	assert(!r->active && !r->kept);
	loop_timer_del(r->weigh);
	if (r->d.images)
		image_store_on_change(r->d.images, NULL, NULL);
	late_release(r);
	whys_release(r);
	admit_release(r);
	free(r);
}

unsigned runner_active(const struct runner *r)
{
	return r->active;
}

uint64_t runner_total(const struct runner *r)
{
	return r->total;
}

const char *run_id(const struct run *run)
{
	return run->result->id;
}

struct run *run_find(struct runner *r, const char *id)
{
	for (struct run *run = r->runs; run; run = run->next)
		if (strcmp(run->result->id, id) == 0)
			return run;
	return NULL;
}

const struct settings *run_settings(const struct run *run)
{
	return run->settings;
}

void run_each_wish(const struct run *run,
        void (*fn)(void *arg, const struct report_wish *wish, const struct test_outcome *test),
        void *arg)
{
	for (size_t i = 0; i < run->n_plan; i++) {
		const struct planned *pl = &run->plan[i];
		const struct test *t = pl->test;

		for (size_t k = 0; t && pl->slot == 0 && k < t->n_reports; k++)
			fn(arg, &t->reports[k], &run->result->tests[pl->test_index]);
	}
}

void runner_cancel_all(struct runner *r, const char *by)
{
	runner_cancel_devs(r, by);
	for (struct run *run = r->runs, *next; run; run = next) {
		next = run->next;
		run_cancel(run, by);
	}
	tries_cancel_all(r);
}

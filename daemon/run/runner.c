#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

void run_over(struct run *run, bool has_result)
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

void run_refuse(struct run *run, const char *code, int exit, const char *message, const char *help)
{
	run->sink.refused(run->arg, code, exit, message, help, &run->diags);
	run_over(run, false);
}

/* One cause is a problem of its own code; several are "invalid-files". */
void run_refuse_files(struct run *run, int exit)
{
	const struct diag *first = NULL;

	for (size_t i = 0; i < run->diags.n && !first; i++)
		if (run->diags.v[i].severity == SEV_ERROR)
			first = &run->diags.v[i];
	run_refuse(run, run->diags.errors == 1 && first ? first->code : "invalid-files", exit,
	        first ? first->message : "files are invalid", NULL);
}

/* ---- start ---- */

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
		run_refuse_files(run, 2);
		return run;
	}
	run_load(run);
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

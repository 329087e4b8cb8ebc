/* All files are loaded: which project it is, what is refused, the plan; --list ends here. */
#include <string.h>

#include "daemon/run/run_priv.h"

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

/* What depends on what is there, which is looked at as before a run. */
static bool lists_later(const struct run *run)
{
	return run->opt.list && (run->opt.changed || run->opt.changed_ref);
}

static void list_only(struct run *run)
{
	run->result->state = "done";
	run->result->exit = run->found_exit ? run->found_exit : run->diags.errors ? 2 : 0;
	diags_copy(&run->result->diags, &run->diags);
	run_over(run, true);
}

void run_list_left(struct run *run)
{
	fill_list(run);
	list_only(run);
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
	run_refuse_files(run, 2);
	return true;
}

static bool refuse_no_match(struct run *run, struct strbuf *text, const char *help)
{
	size_t n = run->n_plan + run->excluded;

	strbuf_printf(text, " (%zu in %zu test%s)", n, run->n_files, run->n_files == 1 ? "" : "s");
	run_refuse(run, "no-match", 2, text->s, help);
	return true;
}

static void say_all_excluded(const struct str_list *exclude, struct strbuf *text)
{
	strbuf_reset(text);
	for (size_t i = 0; i < exclude->n; i++)
		strbuf_printf(text, "%s--exclude '%s'", i ? " and " : "", exclude->v[i]);
	strbuf_adds(text, exclude->n == 1 ? " leaves no scenario" : " leave no scenario");
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
		run_refuse_files(run, run->found_exit ? run->found_exit : 2);
		return true;
	}
	for (size_t i = 0; i < f->n; i++)
		strbuf_printf(&text, "%s --filter '%s'", i ? " or" : "", f->v[i]);
	for (size_t i = 0; i < tags->n; i++)
		strbuf_printf(&text, "%s --tag '%s'", i ? " or" : f->n ? " and" : "", tags->v[i]);
	if (!f->n && !tags->n && run->opt.exclude.n)
		say_all_excluded(&run->opt.exclude, &text);
	else if (!f->n && !tags->n)
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
	if (!run->plan_failed && run->opt.list && !lists_later(run))
		fill_list(run);
}

static void on_planned(void *arg);

void run_loaded(struct run *run)
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
		run_refuse(run, "busy", 6, e.msg, NULL);
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
		run_refuse_files(run, run->found_exit ? run->found_exit : 2);
		return;
	}
	if (refuse_only(run))
		return;
	if (run->plan_failed) {
		run_refuse(run, run->plan_error.code == ERR_LIMIT ? "limit" : "invalid-option", 2,
		        run->plan_error.msg, NULL);
		return;
	}
	if (refuse_empty(run))
		return;
	run->jobs = run->result->jobs = usable_jobs(run);
	if (run->opt.list && !lists_later(run))
		list_only(run);
	else
		run_prepare(run);
}

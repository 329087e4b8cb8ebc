/* Runs of a session that watches: surveys, which only list, and rounds. */
#include <stdio.h>
#include <string.h>

#include "daemon/run/dev_priv.h"

#define MAX_SURVEYS 4u /* in a row, of a tree that keeps growing */

/* ---- the survey ---- */

static void no_event(void *arg, const struct event *ev)
{
	(void)arg;
	(void)ev;
}

static void survey_need_env(void *arg, const struct str_list *names)
{
	struct dev *d = arg;

	d->sink.need_env(d->arg, names);
	d->ending_by = "need_env";
}

static void tell_refusal(
        struct dev *d, const char *code, const char *message, const struct diags *x)
{
	size_t errors = 0;

	for (size_t i = 0; i < x->n; i++) {
		dev_emit(d, &(struct event){ .kind = EV_DIAGNOSTIC, .diag = &x->v[i] });
		errors += x->v[i].severity == SEV_ERROR;
	}
	if (!errors)
		dev_note(d, code, message);
}

static void open_round(struct dev *d)
{
	struct event ev = { .kind = EV_ROUND };
	CLEANUP(arena_free) struct arena *a = arena_new();

	ev.round.n = ++d->n;
	ev.round.changed = list_copy(&d->named, a);
	for (size_t i = 0; i < d->n_list; i++)
		if (dev_is_due(d, d->list[i]) && d->list[i]->changed)
			list_push(&ev.round.changed, d->list[i]->path, a);
	d->round_ns = clock_ns();
	memset(d->phase_ms, 0, sizeof(d->phase_ms));
	d->plan_at = d->first_start_at = d->last_end_at = 0;
	if (d->news_ns)
		d->phase_ms[PHASE_DETECT] = clock_span_ms(d->round_ns - d->news_ns);
	d->news_ns = 0;
	d->named = (struct str_list){ 0 };
	arena_free(d->named_arena);
	d->named_arena = arena_new();
	dev_emit(d, &ev);
}

static void close_round(struct dev *d, const struct run_summary *summary)
{
	struct event ev = { .kind = EV_ROUND_END, .round = { .n = d->n, .summary = summary } };

	for (size_t i = 0; i < PHASE_COUNT; i++) {
		ev.round.phase_ms[i] = d->phase_ms[i];
		metrics_observe(d->r->d.metrics, (enum metric)(METRIC_RELOAD_DETECT + i),
		        (int64_t)(d->phase_ms[i] * NS_PER_MS));
	}
	dev_emit(d, &ev);
}

/* What was there is run again once it is back, and not before: it would be refused once more. */
static void forget_contents(struct dev *d)
{
	for (size_t i = 0; i < d->n_list; i++) {
		d->list[i]->sha256[0] = '\0';
		d->list[i]->pending = d->list[i]->changed = false;
	}
}

static void survey_refused(void *arg, const char *code, int exit, const char *message,
        const char *help, const struct diags *x)
{
	struct dev *d = arg;

	if (dev_is_cut(d->run))
		return;
	d->exit = exit;
	if (!d->opened) {
		d->sink.refused(d->arg, code, exit, message, help, x);
		d->ending_by = "refused";
		return;
	}
	if (d->refusal && strcmp(d->refusal, message) == 0) {
		forget_contents(d);
		return; /* it was told */
	}
	free(d->refusal);
	d->refusal = xstrdup(message);
	open_round(d);
	tell_refusal(d, code, message, x);
	close_round(d, NULL);
	forget_contents(d);
}

/* Links that lead nowhere and directories that cannot be read: tests in there are not watched. The
 * first round says it itself. */
static void tell_missed(struct dev *d, const struct run *run)
{
	AUTO_STRBUF all = STRBUF_INIT;
	bool told;

	for (size_t i = run->found_diags; i < run->found_diags_end; i++)
		if (run->diags.v[i].severity == SEV_ERROR)
			strbuf_printf(&all, "%s\n", run->diags.v[i].message);
	told = d->first_due || strcmp(all.s ? all.s : "", d->complaint ? d->complaint : "") == 0;
	free(d->complaint);
	d->complaint = strbuf_detach(&all, NULL);
	for (size_t i = run->found_diags; i < run->found_diags_end && !told; i++)
		if (run->diags.v[i].severity == SEV_ERROR)
			dev_note(d, run->diags.v[i].code, run->diags.v[i].message);
}

static void open_session(struct dev *d, const struct run *survey)
{
	d->opened = true;
	d->opt.run.env_final = true;
	d->first_due = d->opt.initial;
	d->sink.opened(d->arg, d->id);
	d->last_event_ns = clock_ns();
	d->heartbeat = loop_timer_add(d->r->d.loop, HEARTBEAT_NS, dev_on_heartbeat, d);
	d->unready = !d->opt.initial;
	files_tell_polled(d);
	if (!d->opt.initial)
		dev_stand_by(d, survey);
}

/* What the session is about is decided once, by what is there when it begins: what passes in it
 * stays in it, and what is added later belongs to it. */
static void settle_selection(struct dev *d, const struct run *survey)
{
	struct run_options *o = &d->opt.run;

	if (!o->failed && o->shards < 2)
		return;
	o->left_out = list_copy(&survey->left_out, d->arena);
	o->failed = false;
	o->shard = o->shards = 0;
}

bool dev_sees_itself(struct dev *d)
{
	const char *help = "write it to a file that no test sees";
	const char *why = inputs_own_output(d, d->arena);

	if (!why)
		return false;
	if (d->opened)
		dev_note(d, "refused", arena_printf(d->arena, "%s: %s", why, help));
	else
		d->sink.refused(d->arg, "refused", 2, why, help, NULL);
	dev_end(d, 2);
	return true;
}

static void survey_done(void *arg, const struct run_result *result)
{
	struct dev *d = arg;
	struct run *run = STEAL(d->run);
	bool more;

	d->surveying = false;
	if (d->ending_by) {
		dev_end(d, dev_end_code(d));
		return;
	}
	if (dev_is_cut(run)) { /* what it has found is not whole */
		d->want_survey = true;
		dev_start_in(d, 0);
		return;
	}
	d->n_cuts = 0;
	if (result) {
		free(d->refusal);
		d->refusal = NULL;
		settle_selection(d, run);
	}
	more = result ? files_take(d, run) : files_ways(d);
	if (!d->opened && dev_sees_itself(d))
		return;
	if (more && ++d->surveys < MAX_SURVEYS) {
		d->want_survey = true;
	} else {
		d->surveys = 0;
		if (!d->opened)
			open_session(d, run);
	}
	if (result && d->opened)
		tell_missed(d, run);
	dev_start_in(d, 0);
}

static void run_started(void *arg, struct run *run)
{
	((struct dev *)arg)->run = run;
}

void dev_survey(struct dev *d)
{
	static const struct run_sink sink = { .started = run_started,
		.event = no_event,
		.need_env = survey_need_env,
		.refused = survey_refused,
		.done = survey_done };
	struct run_options o = d->opt.run;

	o.list = true;
	o.changed = false; /* files are watched whatever of them is left out */
	o.changed_ref = NULL;
	o.no_history = true;
	d->surveying = true;
	d->want_survey = d->saved = false; /* what comes from now on is for the next one */
	run_start(d->r, &o, &sink, d);
}

/* ---- a round ---- */

static void note_times(struct dev *d, const struct event *ev)
{
	switch (ev->kind) {
	case EV_FILE:
		d->phase_ms[PHASE_PARSE] += ev->file.ms;
		break;
	case EV_PLAN:
		d->plan_at = ev->t_ms;
		break;
	case EV_SCENARIO_START:
		if (d->first_start_at <= 0)
			d->first_start_at = ev->t_ms;
		break;
	case EV_SCENARIO_END:
		d->last_end_at = ev->t_ms;
		break;
	default:
		break;
	}
}

static double not_negative(double ms)
{
	return ms > 0 ? ms : 0;
}

/* What was rendered just now: a file that the cache had was not. */
static void count_rendering(struct dev *d, const struct run *run)
{
	double *ms = d->phase_ms;

	for (size_t i = 0; i < run->n_files; i++)
		if (!run->files[i].hit)
			ms[PHASE_RENDER] += clock_span_ms(run->files[i].file->render_ns);
	ms[PHASE_PARSE] = not_negative(ms[PHASE_PARSE] - ms[PHASE_RENDER]);
}

/* Loading is part of what it took to have a plan; files that several workers read at a time may
 * add up to more. */
static void count_phases(struct dev *d, const struct run_result *res)
{
	double *ms = d->phase_ms;
	double started = d->first_start_at > 0 ? d->first_start_at : d->plan_at;
	double ended = d->last_end_at > started ? d->last_end_at : started;

	ms[PHASE_PLAN] = not_negative(d->plan_at - ms[PHASE_PARSE] - ms[PHASE_RENDER]);
	ms[PHASE_ACQUIRE] = not_negative(started - d->plan_at);
	ms[PHASE_RUN] = not_negative(ended - started);
	ms[PHASE_REPORT] = not_negative(res->duration_ms - ended);
}

static void round_event(void *arg, const struct event *ev)
{
	struct dev *d = arg;
	struct event mine = *ev;

	note_times(d, ev);
	/* What was saved until now cancels what is about to start. */
	if (ev->kind == EV_PLAN) {
		count_rendering(d, d->run);
		files_loaded(d, d->run);
		watch_drain(d->r->d.watch);
	}
	if (ev->kind != EV_END)
		dev_emit(d, &mine);
}

static void round_need_env(void *arg, const struct str_list *names)
{
	(void)arg;
	(void)names; /* env_final: it is not asked */
}

static void round_refused(void *arg, const char *code, int exit, const char *message,
        const char *help, const struct diags *x)
{
	struct dev *d = arg;

	(void)help;
	d->exit = exit;
	tell_refusal(d, code, message, x);
}

static bool has_failed(const struct test_outcome *t)
{
	for (size_t i = 0; i < t->n_scenarios; i++)
		if (t->scenarios[i] && t->scenarios[i]->verdict >= VERDICT_FAKE_GREEN)
			return true;
	return false;
}

/* A file without a result was refused: it counts as failed. */
static void note_failures(struct dev *d, const struct run_result *res)
{
	struct map *good = map_new();

	for (size_t i = 0; res && i < res->n_tests; i++)
		map_put(good, res->tests[i].file, d);
	for (size_t i = 0; res && i < res->n_tests; i++)
		if (has_failed(&res->tests[i]))
			map_del(good, res->tests[i].file);
	for (size_t i = 0; i < d->n_list; i++) {
		struct known *k = d->list[i];

		k->last = k->running;
		if (k->running)
			k->failed = !map_get(good, k->path);
		k->running = false;
	}
	map_free(good, NULL);
}

/* ---- what o shows ---- */

static void drop_failure(struct dev *d, size_t i)
{
	scenario_result_unref(d->failures[i]);
	d->n_failures--;
	memmove(d->failures + i, d->failures + i + 1, (d->n_failures - i) * sizeof(*d->failures));
}

static void keep_failure(struct dev *d, struct scenario_result *r)
{
	if (!r || r->verdict < VERDICT_FAKE_GREEN)
		return;
	if (d->n_failures == DEV_FAILURES_MAX)
		drop_failure(d, 0);
	d->failures[d->n_failures++] = scenario_result_ref(r);
}

/* Of files that ran again, and of those that are gone, what was before is no news. */
static void keep_failures(struct dev *d, const struct run_result *result)
{
	struct map *good = map_new();

	for (size_t i = 0; i < d->n_list; i++)
		if (!d->list[i]->running)
			map_put(good, d->list[i]->path, d);
	for (size_t i = d->n_failures; i-- > 0;)
		if (!map_get(good, d->failures[i]->file))
			drop_failure(d, i);
	map_free(good, NULL);
	for (size_t t = 0; result && t < result->n_tests; t++)
		for (size_t i = 0; i < result->tests[t].n_scenarios; i++)
			keep_failure(d, result->tests[t].scenarios[i]);
}

/* What a newer save has cut short is done again with it; passes are not. */
static void take_up(struct dev *d, bool put_off)
{
	for (size_t i = 0; i < d->n_list; i++) {
		if (d->list[i]->running) {
			/* That which was saved anew is pending already. */
			d->list[i]->put_off = put_off && !d->list[i]->pending;
			d->list[i]->changed |= d->list[i]->put_off; /* it was named in vain */
			file_pending(d->list[i], false);
		}
	}
}

static void round_done(void *arg, const struct run_result *result)
{
	struct dev *d = arg;
	bool cut = dev_is_cut(d->run);

	dev_round_over(d);
	if (d->run && !d->ending_by)
		dev_stand_by(d, d->run);
	d->run = NULL;
	if (cut)
		take_up(d, d->cut_loading);
	else if (!d->want_survey && !dev_any_put_off(d))
		d->n_cuts = 0;
	keep_failures(d, result);
	note_failures(d, result);
	if (result) {
		count_phases(d, result);
		d->exit = result->exit;
	}
	close_round(d, result ? &result->summary : NULL);
	if (d->ending_by)
		dev_end(d, dev_end_code(d));
	else if (d->opt.once && !cut)
		dev_end(d, dev_last_code(d));
	else
		dev_start_in(d, 0);
}

static void add_path(struct dev *d, struct run_options *o, struct known *k, size_t *cap)
{
	size_t n = 0;

	k->running = true;
	k->pending = k->changed = k->put_off = false;
	while (k->selectors && k->selectors[n])
		n++;
	o->paths.v = xgrow(o->paths.v, cap, o->paths.n + n + 2, sizeof(*o->paths.v));
	if (!n)
		o->paths.v[o->paths.n++] = k->path;
	for (size_t i = 0; i < n; i++)
		o->paths.v[o->paths.n++] =
		        arena_printf(d->round_arena, "%s%s", k->path, k->selectors[i]);
}

/* What failed last time goes first. */
static void choose(struct dev *d, struct run_options *o)
{
	size_t cap = 0;

	o->paths = (struct str_list){ 0 };
	for (int failed = 1; failed >= 0; failed--)
		for (size_t i = 0; i < d->n_list; i++)
			if (dev_is_due(d, d->list[i]) && d->list[i]->failed == failed)
				add_path(d, o, d->list[i], &cap);
}

void dev_start_round(struct dev *d)
{
	static const struct run_sink sink = { .started = run_started,
		.event = round_event,
		.need_env = round_need_env,
		.refused = round_refused,
		.done = round_done };
	struct run_options o = d->opt.run;

	if (d->round_arena)
		arena_free(d->round_arena);
	d->round_arena = arena_new();
	for (size_t i = 0; d->first_due && i < d->n_list; i++)
		file_pending(d->list[i], false);
	d->fresh_only = !d->first_due && dev_any_fresh(d);
	d->saved = d->cut_loading = false;
	open_round(d);
	choose(d, &o);
	if (d->first_due) {
		free(o.paths.v);
		o.paths = d->opt.run.paths;
	}
	/* Later rounds put what failed in the session first, without asking the history. */
	o.failed_first &= d->first_due;
	o.force |= d->force;
	o.hurry = true;
	d->force = false;
	if (o.paths.n || d->first_due)
		run_start(d->r, &o, &sink, d);
	else
		round_done(d, NULL);
	if (!d->first_due)
		free(o.paths.v);
	d->first_due = false;
}

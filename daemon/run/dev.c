/* A session that watches: a survey says what there is, then each change has its round, which is a
 * run of the files that the change can affect; the cache answers what of them it does not. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "daemon/run/dev_priv.h"

#define MAX_SURVEYS 4u               /* in a row, of a tree that keeps growing */
#define MAX_CUTS 8u                  /* in a row, of loading */
#define LOADING_NS (100 * NS_PER_MS) /* is not stopped before */

/* A change has its round at once. When many come together, the round waits for the last of them,
 * but not for ever. */
#define BURST_FROM 8u
#define BURST_GAP_NS (30 * NS_PER_MS)
#define BURST_MAX_NS (1 * NS_PER_S)

/* ---- events ---- */

void dev_emit(struct dev *d, struct event *ev)
{
	d->last_event_ns = clock_ns();
	ev->seq = ++d->seq;
	ev->t_ms = clock_span_ms(d->last_event_ns - d->started_ns);
	d->sink.event(d->arg, ev);
}

void dev_note(struct dev *d, const char *code, const char *message)
{
	if (d->opened)
		dev_emit(d, &(struct event){ .kind = EV_NOTE,
		                    .note = { .code = code, .message = message } });
}

static void on_heartbeat(void *arg)
{
	struct dev *d = arg;
	int64_t silent = clock_ns() - d->last_event_ns;

	d->heartbeat = NULL;
	if (silent >= HEARTBEAT_NS)
		dev_emit(d, &(struct event){ .kind = EV_HEARTBEAT });
	d->heartbeat = loop_timer_add(d->r->d.loop,
	        silent >= HEARTBEAT_NS ? HEARTBEAT_NS : HEARTBEAT_NS - silent, on_heartbeat, d);
}

/* ---- sandboxes for what comes next ---- */

static void dismiss_all(struct dev *d)
{
	pool_dismiss(STEAL(d->expected));
	for (size_t i = 0; i < STANDBY_MAX; i++)
		pool_dismiss(STEAL(d->standby[i]));
}

void dev_expect(struct dev *d, const struct known *k)
{
	if (!d->expected && k->spec && !d->over && !d->paused)
		d->expected = pool_stand_by(d->r->d.pool, k->spec);
}

/* The latest stands first; that of a kind which was there already takes its place. */
static void add_standby(struct dev *d, const struct sandbox_spec *spec)
{
	struct standby *sb = pool_stand_by(d->r->d.pool, spec);
	size_t at = 0;

	if (!sb) { /* perhaps its image has to be made first: not when somebody waits for it */
		pool_hint(d->r->d.pool, spec, 1);
		return;
	}
	while (at + 1 < STANDBY_MAX && d->standby[at] && !standby_same(d->standby[at], sb))
		at++;
	pool_dismiss(d->standby[at]);
	memmove(d->standby + 1, d->standby, at * sizeof(struct standby *));
	d->standby[0] = sb;
}

/* Who has just saved a file saves it again: what its scenarios ran in is wanted soon. */
static void stand_by(struct dev *d, const struct run *run)
{
	size_t n = run->n_plan < STANDBY_LOOK ? run->n_plan : STANDBY_LOOK;

	for (size_t i = n; i-- > 0;) {
		const struct planned *pl = &run->plan[i];

		for (size_t k = 0;
		        pl->skip == REASON_NONE && !pl->unready && pl->sc && k < pl->sc->n_places;
		        k++)
			add_standby(d, &pl->sc->places[k].spec);
	}
	pool_dismiss(STEAL(d->expected));
}

/* ---- the end ---- */

static void free_dev(void *arg)
{
	struct dev *d = arg;

	files_release(d);
	for (size_t i = 0; i < d->n_failures; i++)
		scenario_result_unref(d->failures[i]);
	if (d->round_arena)
		arena_free(d->round_arena);
	arena_free(d->arena);
	free(d->refusal);
	free(d->polled);
	free(d->complaint);
	free(d);
}

void dev_job_back(struct dev *d)
{
	d->jobs_out--;
	if (d->over && !d->jobs_out)
		loop_defer(d->r->d.loop, free_dev, d);
	else if (!d->over)
		dev_soon(d, 0);
}

static void unlink_dev(struct dev *d)
{
	struct dev **at = &d->r->devs;

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	d->r->active--;
}

static void end(struct dev *d, int exit)
{
	assert(!d->run);
	if (d->over)
		return;
	if (d->opened)
		dev_emit(d, &(struct event){ .kind = EV_END, .end = { .exit = exit } });
	d->over = true;
	loop_timer_del(d->start);
	loop_timer_del(d->impatient);
	loop_timer_del(d->heartbeat);
	dismiss_all(d);
	files_stop(d);
	unlink_dev(d);
	d->sink.done(d->arg, exit);
	if (!d->jobs_out)
		loop_defer(d->r->d.loop, free_dev, d);
}

/* Whether the last round was green, whatever else it was. */
static int last_code(const struct dev *d)
{
	return d->exit ? 1 : 0;
}

static int end_code(const struct dev *d)
{
	return strcmp(d->ending_by, "quit") == 0 ? last_code(d) : 130;
}

static void end_by(struct dev *d, const char *by)
{
	if (d->over || d->ending_by)
		return;
	d->ending_by = by;
	if (d->run)
		run_cancel(d->run, strcmp(by, "quit") == 0 ? "client" : by);
	else
		end(d, end_code(d));
}

void dev_cancel(struct dev *d, const char *by)
{
	end_by(d, by);
}

void runner_cancel_devs(struct runner *r, const char *by)
{
	for (struct dev *d = r->devs, *next; d; d = next) {
		next = d->next;
		end_by(d, by);
	}
}

/* ---- when a round is due ---- */

static void start_next(struct dev *d);

static void on_start(void *arg)
{
	struct dev *d = arg;

	d->start = NULL;
	start_next(d);
}

static void start_in(struct dev *d, int64_t delay_ns)
{
	if (!d->start)
		d->start = loop_timer_add(d->r->d.loop, delay_ns, on_start, d);
}

static bool is_hit(const struct dev *d)
{
	for (size_t i = 0; i < d->n_list; i++)
		if (d->list[i]->pending && d->list[i]->running)
			return true;
	return false;
}

static void on_impatient(void *arg)
{
	struct dev *d = arg;

	d->impatient = NULL;
	dev_soon(d, 0);
}

/* Loading may take seconds of a template each. What is saved meanwhile does not wait for that, but
 * who saves all the time keeps nothing from being loaded at last. */
static bool is_in_the_way(struct dev *d)
{
	bool loading = d->surveying || d->plan_at <= 0;

	if (!d->surveying && is_hit(d))
		return true;
	if (!loading || !d->opened || !d->saved || d->run->cancel_by || d->n_cuts == MAX_CUTS)
		return false;
	if (clock_ns() - d->run->started_ns < LOADING_NS) {
		if (!d->impatient)
			d->impatient = loop_timer_add(d->r->d.loop, LOADING_NS, on_impatient, d);
		return false;
	}
	d->n_cuts++;
	d->cut_loading = true;
	return true;
}

static void count_change(struct dev *d, int64_t at_ns)
{
	if (!d->n_burst || at_ns - d->change_ns > 2 * BURST_GAP_NS) {
		d->n_burst = 0;
		d->burst_ns = at_ns;
	}
	d->n_burst++;
	d->change_ns = at_ns;
}

void dev_soon(struct dev *d, int64_t at_ns)
{
	if (d->over)
		return;
	if (at_ns) {
		count_change(d, at_ns);
		if (!d->news_ns)
			d->news_ns = at_ns;
	}
	if (!d->run)
		start_in(d, d->news_ns ? d->opt.delay_ns : 0);
	else if (is_in_the_way(d))
		run_cancel(d->run, "newer_save");
}

void dev_saved(struct dev *d, int64_t at_ns)
{
	d->saved = true;
	dev_soon(d, at_ns);
}

/* How long what is due has to wait for more of the same. */
static int64_t burst_left(const struct dev *d)
{
	int64_t now = clock_ns(), gap = now - d->change_ns;

	if (d->n_burst < BURST_FROM || gap >= BURST_GAP_NS || now - d->burst_ns > BURST_MAX_NS)
		return 0;
	return BURST_GAP_NS - gap;
}

static bool is_cut(const struct run *run)
{
	return run && run->cancel_by && strcmp(run->cancel_by, "newer_save") == 0;
}

/* What was saved while something else was loaded, which was stopped for it. */
static bool any_fresh(const struct dev *d)
{
	if (!d->n_cuts || d->n_cuts == MAX_CUTS)
		return false;
	for (size_t i = 0; i < d->n_list; i++)
		if (d->list[i]->pending && !d->list[i]->put_off)
			return true;
	return false;
}

static bool any_put_off(const struct dev *d)
{
	for (size_t i = 0; i < d->n_list; i++)
		if (d->list[i]->pending && d->list[i]->put_off)
			return true;
	return false;
}

static bool is_due(const struct dev *d, const struct known *k)
{
	return k->pending && !(d->fresh_only && k->put_off);
}

static bool any_pending(const struct dev *d)
{
	for (size_t i = 0; i < d->n_list; i++)
		if (d->list[i]->pending)
			return true;
	return d->named.n > 0;
}

static void survey(struct dev *d);
static void start_round(struct dev *d);

/* Nothing else says that a change would be seen from now on. */
static void say_ready(struct dev *d)
{
	char text[64];

	snprintf(text, sizeof(text), "%zu test file%s watched", d->n_list,
	        d->n_list == 1 ? " is" : "s are");
	dev_note(d, "watch.ready", text);
}

/* Trees are looked at for the first time before anything runs: what changes in them later is told.
 */
static void start_next(struct dev *d)
{
	int64_t wait = d->opened ? burst_left(d) : 0;

	if (d->over || d->run || d->paused)
		return;
	if (d->unready && !d->jobs_out && !d->want_survey) {
		d->unready = false;
		say_ready(d);
	}
	if (wait)
		start_in(d, wait);
	else if (d->want_survey && !(d->opened && !d->first_due && any_fresh(d)))
		survey(d);
	else if (d->first_due ? !d->jobs_out : d->opened && any_pending(d))
		start_round(d);
}

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
		if (is_due(d, d->list[i]) && d->list[i]->changed)
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

	if (is_cut(d->run))
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
	d->heartbeat = loop_timer_add(d->r->d.loop, HEARTBEAT_NS, on_heartbeat, d);
	d->unready = !d->opt.initial;
	files_tell_polled(d);
	if (!d->opt.initial)
		stand_by(d, survey);
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

static void survey_done(void *arg, const struct run_result *result)
{
	struct dev *d = arg;
	struct run *run = STEAL(d->run);
	bool more;

	d->surveying = false;
	if (d->ending_by) {
		end(d, end_code(d));
		return;
	}
	if (is_cut(run)) { /* what it has found is not whole */
		d->want_survey = true;
		start_in(d, 0);
		return;
	}
	d->n_cuts = 0;
	if (result) {
		free(d->refusal);
		d->refusal = NULL;
		settle_selection(d, run);
	}
	more = result ? files_take(d, run) : files_ways(d);
	if (more && ++d->surveys < MAX_SURVEYS) {
		d->want_survey = true;
	} else {
		d->surveys = 0;
		if (!d->opened)
			open_session(d, run);
	}
	if (result && d->opened)
		tell_missed(d, run);
	start_in(d, 0);
}

static void run_started(void *arg, struct run *run)
{
	((struct dev *)arg)->run = run;
}

static void survey(struct dev *d)
{
	static const struct run_sink sink = { .started = run_started,
		.event = no_event,
		.need_env = survey_need_env,
		.refused = survey_refused,
		.done = survey_done };
	struct run_options o = d->opt.run;

	o.list = true;
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
	bool cut = is_cut(d->run);

	if (d->run && !d->ending_by)
		stand_by(d, d->run);
	d->run = NULL;
	if (cut)
		take_up(d, d->cut_loading);
	else if (!d->want_survey && !any_put_off(d))
		d->n_cuts = 0;
	keep_failures(d, result);
	note_failures(d, result);
	if (result) {
		count_phases(d, result);
		d->exit = result->exit;
	}
	close_round(d, result ? &result->summary : NULL);
	if (d->ending_by)
		end(d, end_code(d));
	else if (d->opt.once && !cut)
		end(d, last_code(d));
	else
		start_in(d, 0);
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
			if (is_due(d, d->list[i]) && d->list[i]->failed == failed)
				add_path(d, o, d->list[i], &cap);
}

static void start_round(struct dev *d)
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
	d->fresh_only = !d->first_due && any_fresh(d);
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

/* ---- orders ---- */

static void order_all(struct dev *d)
{
	for (size_t i = 0; i < d->n_list; i++)
		file_pending(d->list[i], false);
	d->force = true;
}

static void order_failed(struct dev *d)
{
	for (size_t i = 0; i < d->n_list; i++)
		if (d->list[i]->failed)
			file_pending(d->list[i], false);
}

static void order_again(struct dev *d)
{
	for (size_t i = 0; i < d->n_list; i++)
		if (d->list[i]->last || d->list[i]->running)
			file_pending(d->list[i], false);
	d->force = true;
}

static void order_filter(struct dev *d, const char *filter)
{
	d->opt.run.filter = (struct str_list){ 0 };
	if (filter && *filter)
		list_push(&d->opt.run.filter, filter, d->arena);
	for (size_t i = 0; i < d->n_list; i++)
		file_pending(d->list[i], false);
}

static void order_output(struct dev *d)
{
	if (d->sink.failure && !d->n_failures)
		d->sink.failure(d->arg, NULL);
	for (size_t i = 0; d->sink.failure && i < d->n_failures; i++)
		d->sink.failure(d->arg, d->failures[i]);
}

void dev_order(struct dev *d, enum dev_order order, const char *filter)
{
	switch (order) {
	case DEV_ALL:
		order_all(d);
		break;
	case DEV_FAILED:
		order_failed(d);
		break;
	case DEV_AGAIN:
		order_again(d);
		break;
	case DEV_FILTER:
		order_filter(d, filter);
		break;
	case DEV_OUTPUT:
		order_output(d);
		return;
	case DEV_PAUSE:
		d->paused = true;
		return;
	case DEV_RESUME:
		d->paused = false;
		break;
	case DEV_QUIT:
		end_by(d, "quit");
		return;
	}
	d->n_burst = 0;
	dev_soon(d, 0);
}

/* ---- life ---- */

void runner_images_changed(void *runner)
{
	struct runner *r = runner;

	for (struct dev *d = r->devs; d; d = d->next)
		if (!d->over)
			images_check(d);
}

bool runner_can_watch(const struct runner *r)
{
	return r->d.watch != NULL;
}

struct dev *dev_start(
        struct runner *r, const struct dev_options *opt, const struct dev_sink *sink, void *arg)
{
	struct dev *d = xcalloc(1, sizeof(*d));

	d->r = r;
	d->arena = arena_new();
	d->opt = *opt;
	options_copy(&d->opt.run, &opt->run, d->arena);
	options_settle(&d->opt.run);
	d->opt.run.keep_going = true;
	d->sink = *sink;
	d->arg = arg;
	id_make(d->id, RUN_ID_LEN);
	d->started_ns = d->last_event_ns = clock_ns();
	d->next = r->devs;
	r->devs = d;
	r->active++;
	files_init(d);
	start_in(d, 0);
	d->want_survey = true;
	return d;
}

const char *dev_id(const struct dev *d)
{
	return d->id;
}

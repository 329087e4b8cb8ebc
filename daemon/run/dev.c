/* A session that watches: a survey says what there is, then each change has its round, which is
 * a run of the files that the change can affect; the cache answers what of them it does not. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "daemon/run/dev_priv.h"

#define MAX_CUTS 8u                  /* in a row, of loading */
#define LOADING_NS (100 * NS_PER_MS) /* is not stopped before */

/* A change has its round at once. When many come together, the round waits for the last of them,
 * but not for ever. */
#define BURST_FROM 8u
#define BURST_GAP_NS (30 * NS_PER_MS)
#define BURST_MAX_NS (1 * NS_PER_S)
#define BURST_DOUBLED 4u /* times at most, both */

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

void dev_on_heartbeat(void *arg)
{
	struct dev *d = arg;
	int64_t silent = clock_ns() - d->last_event_ns;

	d->heartbeat = NULL;
	if (silent >= HEARTBEAT_NS)
		dev_emit(d, &(struct event){ .kind = EV_HEARTBEAT });
	d->heartbeat = loop_timer_add(d->r->d.loop,
	        silent >= HEARTBEAT_NS ? HEARTBEAT_NS : HEARTBEAT_NS - silent, dev_on_heartbeat, d);
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
void dev_stand_by(struct dev *d, const struct run *run)
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

void dev_end(struct dev *d, int exit)
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
int dev_last_code(const struct dev *d)
{
	return d->exit ? 1 : 0;
}

int dev_end_code(const struct dev *d)
{
	return strcmp(d->ending_by, "quit") == 0 ? dev_last_code(d) : 130;
}

static void end_by(struct dev *d, const char *by)
{
	if (d->over || d->ending_by)
		return;
	d->ending_by = by;
	if (d->run)
		run_cancel(d->run, strcmp(by, "quit") == 0 ? "client" : by);
	else
		dev_end(d, dev_end_code(d));
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

void dev_start_in(struct dev *d, int64_t delay_ns)
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

/* Changes that go on after a round are a checkout on a machine that is busy, which takes many
 * seconds with gaps in it: each round of it waits longer than the one before. */
static int64_t burst_scaled(const struct dev *d, int64_t ns)
{
	return ns << (d->burst_rounds < BURST_DOUBLED ? d->burst_rounds : BURST_DOUBLED);
}

static void count_change(struct dev *d, int64_t at_ns)
{
	if (!d->n_burst || at_ns - d->change_ns > 2 * burst_scaled(d, BURST_GAP_NS)) {
		d->n_burst = d->burst_rounds = 0;
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
		dev_start_in(d, d->news_ns ? d->opt.delay_ns : 0);
	else if (is_in_the_way(d))
		run_cancel(d->run, "newer_save");
}

void dev_saved(struct dev *d, int64_t at_ns)
{
	d->saved = true;
	dev_soon(d, at_ns);
}

static bool any_pending(const struct dev *d)
{
	for (size_t i = 0; i < d->n_list; i++)
		if (d->list[i]->pending)
			return true;
	return d->named.n > 0;
}

/* Who saves when the verdict of the last save is there does so one by one, however fast. */
void dev_round_over(struct dev *d)
{
	bool goes_on = d->saved || d->want_survey || any_pending(d);

	if (!goes_on)
		d->n_burst = d->burst_rounds = 0;
	if (d->n_burst < BURST_FROM)
		return;
	d->burst_rounds++;
	d->burst_ns = clock_ns();
}

/* How long what is due has to wait for more of the same. */
static int64_t burst_left(const struct dev *d)
{
	int64_t now = clock_ns(), left = d->change_ns + burst_scaled(d, BURST_GAP_NS) - now;

	if (d->n_burst < BURST_FROM || left <= 0 ||
	        now - d->burst_ns > burst_scaled(d, BURST_MAX_NS))
		return 0;
	return left;
}

bool dev_is_cut(const struct run *run)
{
	return run && run->cancel_by && strcmp(run->cancel_by, "newer_save") == 0;
}

/* What was saved while something else was loaded, which was stopped for it. */
bool dev_any_fresh(const struct dev *d)
{
	if (!d->n_cuts || d->n_cuts == MAX_CUTS)
		return false;
	for (size_t i = 0; i < d->n_list; i++)
		if (d->list[i]->pending && !d->list[i]->put_off)
			return true;
	return false;
}

bool dev_any_put_off(const struct dev *d)
{
	for (size_t i = 0; i < d->n_list; i++)
		if (d->list[i]->pending && d->list[i]->put_off)
			return true;
	return false;
}

bool dev_is_due(const struct dev *d, const struct known *k)
{
	return k->pending && !(d->fresh_only && k->put_off);
}

/* Nothing else says that a change would be seen from now on. */
static void say_ready(struct dev *d)
{
	char text[64];

	snprintf(text, sizeof(text), "%zu test file%s watched", d->n_list,
	        d->n_list == 1 ? " is" : "s are");
	dev_note(d, "watch.ready", text);
}

/* Who looks says so when it is done. */
static void start_looked(struct dev *d)
{
	int64_t wait = inputs_wait(d);

	if (!wait)
		dev_start_round(d);
	else if (!d->impatient)
		d->impatient = loop_timer_add(d->r->d.loop, wait, on_impatient, d);
}

/* Trees are looked at for the first time before anything runs: what changes in them later is told.
 */
static void start_next(struct dev *d)
{
	int64_t wait = d->opened ? burst_left(d) : 0;

	if (d->over || d->run || d->paused || (d->opened && dev_sees_itself(d)))
		return;
	if (d->unready && !d->jobs_out && !d->want_survey) {
		d->unready = false;
		say_ready(d);
	}
	if (wait)
		dev_start_in(d, wait);
	else if (d->want_survey && !(d->opened && !d->first_due && dev_any_fresh(d)))
		dev_survey(d);
	else if (d->first_due ? !d->jobs_out : d->opened && any_pending(d))
		start_looked(d);
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
	d->n_burst = d->burst_rounds = 0;
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
	d->opt.output = arena_strdup(d->arena, opt->output);
	d->sink = *sink;
	d->arg = arg;
	id_make(d->id, RUN_ID_LEN);
	d->started_ns = d->last_event_ns = clock_ns();
	d->next = r->devs;
	r->devs = d;
	r->active++;
	files_init(d);
	dev_start_in(d, 0);
	d->want_survey = true;
	return d;
}

const char *dev_id(const struct dev *d)
{
	return d->id;
}

/* A preparation that runs: an ordinary scenario in a run that nobody sees, whose sandbox is not
 * given back at the end but harvested.
 *
 *	begin    a worker takes the lock of its key, or learns that it is there by now; while
 *another daemon holds the lock it is tried again run      its steps harvest  the launcher copies
 *what they wrote, once all of their processes are gone end      a worker makes the layer of that
 *
 * Whatever happens in between, who waits hears of it, and nothing is left but what is swept. */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "daemon/run/exec_priv.h"
#include "daemon/run/keep_priv.h"
#include "daemon/run/prepare_priv.h"

#define RETRY_NS (100 * NS_PER_MS) /* flock(2) tells nobody that a lock has become free */

struct waiter {
	struct waiter *next;
	struct exec *x;
	struct run_prepare *e;
};

struct preparing {
	struct preparing *next;
	struct runner *r;
	char *name; /* "IMAGE+KEY" */
	const struct preparation *p;
	struct test_file *file; /* p is its; a reference */
	struct settings *settings;
	unsigned jobs;
	char inputs[DIGEST_HEX];
	const char *image; /* of p */
	const char *const *host_paths;
	struct waiter *waiters;
	atomic_bool cancelled; /* nobody waits any more */
	struct loop_timer *retry;
	struct image_making *making;
	const struct image *base; /* held while it runs */
	int64_t began_ns, took_ms;
	struct run *run; /* that nobody sees, or NULL */
	struct scenario_result *res;
	bool passed;
	char shown[160]; /* of prepare_running_step() */
	bool there;      /* somebody else has made it */
	struct err e;
};

/* Those of imports: unpacking takes long, and the others have runs to serve. */
static struct work_pool *workers(const struct preparing *p)
{
	struct work_pool *own = image_store_work(p->r->d.images);

	return own ? own : p->r->d.work;
}

/* ---- the end ---- */

static void unlink_preparing(struct preparing *p)
{
	struct preparing **at = &p->r->preparing;

	while (*at && *at != p)
		at = &(*at)->next;
	if (*at)
		*at = p->next;
}

static void free_run(struct run *run)
{
	settings_unref(run->settings);
	run_result_free(run->result);
	arena_free(run->arena);
	free(run);
}

static void free_run_later(void *arg)
{
	free_run(arg);
}

static void free_run_if_gone(struct run *run)
{
	/* After what its scenario has put off. */
	if (run->over && !run->ending)
		loop_defer(run->r->d.loop, free_run_later, run);
}

void prepare_lease_gone(struct run *run)
{
	run->ending--;
	free_run_if_gone(run);
}

static void tell_run(const struct preparing *p, struct run *run)
{
	size_t n = p->p->sc->n_steps;

	run_note(run, "prepare", "prepared %s: %zu step%s in %lld.%lld s", p->image, n,
	        n == 1 ? "" : "s", (long long)(p->took_ms / 1000),
	        (long long)(p->took_ms % 1000 / 100));
}

static bool was_told(const struct waiter *first, const struct waiter *w)
{
	for (; first != w; first = first->next)
		if (first->x->run == w->x->run)
			return true;
	return false;
}

static void free_preparing(struct preparing *p)
{
	loop_timer_del(p->retry);
	scenario_result_unref(p->res);
	if (p->base)
		image_let_go(p->base);
	if (p->run) {
		p->run->prep = NULL;
		p->run->over = true;
		free_run_if_gone(p->run);
	}
	settings_unref(p->settings);
	test_file_unref(p->file);
	free(p->name);
	p->r->active--;
	free(p);
}

static void settle(struct preparing *p)
{
	struct metrics *m = p->r->d.metrics;
	struct image_prepared_stats is;

	image_prepared_settle(p->r->d.images);
	image_prepared_stats(p->r->d.images, &is);
	metrics_observe(m, METRIC_CACHE_BUILD_IMAGES, p->took_ms * NS_PER_MS);
	metrics_set(m, METRIC_CACHE_ENTRIES_IMAGES, (int64_t)is.n);
	metrics_set(m, METRIC_CACHE_BYTES_IMAGES, (int64_t)is.bytes);
	metrics_add(m, METRIC_CACHE_EVICTIONS_IMAGES,
	        is.evicted - (uint64_t)metrics_value(m, METRIC_CACHE_EVICTIONS_IMAGES));
}

/* e: why there is no layer; NULL: there is one, or its steps say why not. */
static void over(struct preparing *p, const struct err *e)
{
	bool good = p->there || (!e && p->passed);
	struct waiter *list = STEAL(p->waiters);

	unlink_preparing(p);
	image_making_free(STEAL(p->making));
	for (struct waiter *w = list; w; w = w->next) {
		if (good && !p->there && !was_told(list, w))
			tell_run(p, w->x->run);
		if (!good && !w->e->failure)
			prepare_note_failure(w->x->run, w->e, p->res, e);
	}
	for (struct waiter *w = list, *next; w; w = next) {
		next = w->next;
		exec_prepared(w->x);
		free(w);
	}
	if (good && !p->there)
		settle(p);
	free_preparing(p);
}

static void over_soon(void *arg)
{
	struct preparing *p = arg;

	over(p, p->e.code != ERR_NONE ? &p->e : NULL);
}

/* ---- its layer ---- */

/* What it read may have changed while it ran: such a layer is not that of its key. */
static int check_inputs(const struct preparing *p, struct err *e)
{
	char now[DIGEST_HEX];

	if (prepare_inputs(p->p, now, e) < 0)
		return -1;
	return strcmp(now, p->inputs) == 0
	               ? 0
	               : err_set(e, ERR_BUSY,
	                         "one of its inputs changed while it ran; run it again");
}

static void end_job(void *arg)
{
	struct preparing *p = arg;

	if (check_inputs(p, &p->e) == 0 &&
	        image_making_end(p->making, p->base, (uint64_t)p->took_ms, &p->e) == 0)
		p->e.code = ERR_NONE;
	/* Here, because what it removes may be much. */
	image_making_free(STEAL(p->making));
}

static void harvested(void *arg, const struct err *e)
{
	struct preparing *p = arg;

	if (e)
		p->e = *e;
	else if (work_submit(workers(p), end_job, over_soon, p, &p->e) == 0)
		return;
	loop_defer(p->r->d.loop, over_soon, p);
}

/* What the sandbox was made of, which is a part of the key, may have been replaced meanwhile. */
static int open_harvest(struct preparing *p, const struct lease *le, struct err *e)
{
	if (strcmp(lease_image(le)->digest, p->base->digest) != 0)
		return err_set(
		        e, ERR_BUSY, "image '%s' changed while it ran; run it again", p->image);
	return image_making_file(p->making, e);
}

bool prepare_harvest(struct run *run, struct lease *le)
{
	struct preparing *p = run->prep;
	int fd;

	if (!p || !p->passed)
		return false;
	p->took_ms = (clock_ns() - p->began_ns) / NS_PER_MS;
	fd = open_harvest(p, le, &p->e);
	if (fd >= 0)
		pool_harvest(le, fd, p->p->max_bytes, harvested, p);
	else
		loop_defer(p->r->d.loop, over_soon, p);
	return fd >= 0;
}

/* ---- its steps ---- */

/* What passed is harvested. */
bool prepare_keeps(struct run *run, enum verdict v)
{
	const struct preparing *p = run->prep;

	for (const struct waiter *w = p ? p->waiters : NULL; w && v >= VERDICT_FAKE_GREEN;
	        w = w->next)
		if (keep_asks(w->x->pl, v)) {
			run->opt.keep_for_ns = w->x->run->opt.keep_for_ns;
			return true;
		}
	return false;
}

const char *prepare_first(const struct run *run)
{
	const struct preparing *p = run->prep;

	return p && p->waiters ? p->waiters->x->res->id : NULL;
}

void prepare_ran(struct planned *pl, struct scenario_result *res)
{
	struct preparing *p = pl->run->prep;

	if (!p) {
		scenario_result_unref(res);
		return;
	}
	p->res = res;
	p->passed = res->verdict == VERDICT_PASS && !p->cancelled;
	if (p->passed)
		return; /* prepare_harvest() comes next */
	if (p->cancelled)
		err_set(&p->e, ERR_BUSY, "nobody waits for it any more");
	loop_defer(p->r->d.loop, over_soon, p);
}

static void no_event(void *arg, const struct event *ev)
{
	(void)arg, (void)ev;
}

static const struct run_sink no_sink = { .event = no_event };

static void make_run(struct preparing *p)
{
	struct run *run = xcalloc(1, sizeof(*run));
	struct arena *a = arena_new();
	struct test_outcome *t;

	run->r = p->r;
	run->arena = a;
	run->prep = p;
	run->is_prep = true;
	run->sink = no_sink;
	run->opt.no_history = true;
	run->settings = settings_ref(p->settings);
	run->started_ns = clock_ns();
	run->jobs = p->jobs;
	run->result = run_result_new();
	id_make(run->result->id, RUN_ID_LEN);
	t = arena_array(run->result->arena, 1, sizeof(*t));
	t->name = "prepare";
	t->file = arena_strdup(run->result->arena, p->file->path);
	run->result->tests = t;
	run->result->n_tests = 1;
	run->plan = arena_array(a, 1, sizeof(*run->plan));
	run->n_plan = 1;
	run->plan[0] = (struct planned){ .run = run,
		.file = p->file,
		.sc = p->p->sc,
		.until_step = p->p->sc->n_steps,
		.never = "it is a preparation" };
	p->run = run;
}

static void start_steps(struct preparing *p)
{
	p->began_ns = clock_ns();
	make_run(p);
	exec_start(&p->run->plan[0], p->began_ns);
}

/* ---- the beginning ---- */

static void begin(void *arg);

static void begin_job(void *arg)
{
	struct preparing *p = arg;
	const struct image_making_request what = { .name = p->name,
		.max_bytes = p->p->max_bytes,
		.recorded = p->p->recorded,
		.cancelled = &p->cancelled };

	p->making = image_making_begin(p->r->d.images, &what, &p->e);
}

static void begun(void *arg)
{
	struct preparing *p = arg;

	if (p->cancelled) {
		err_set(&p->e, ERR_BUSY, "nobody waits for it any more");
		over(p, &p->e);
		return;
	}
	if (!p->making && p->e.code == ERR_BUSY) {
		p->retry = loop_timer_add(p->r->d.loop, RETRY_NS, begin, p);
		return;
	}
	p->there = !p->making && p->e.code == ERR_NOT_FOUND;
	if (!p->making) {
		over(p, &p->e);
		return;
	}
	p->e.code = ERR_NONE;
	p->base = image_at_hand(p->r->d.images, p->image, p->host_paths, &p->e);
	if (!p->base) {
		over(p, &p->e);
		return;
	}
	image_hold(p->base);
	start_steps(p);
}

static void begin(void *arg)
{
	struct preparing *p = arg;

	p->retry = NULL;
	if (work_submit(workers(p), begin_job, begun, p, &p->e) < 0)
		loop_defer(p->r->d.loop, over_soon, p);
}

static struct preparing *find(const struct runner *r, const char *name)
{
	struct preparing *p = r->preparing;

	while (p && (p->cancelled || strcmp(p->name, name) != 0))
		p = p->next;
	return p;
}

static struct preparing *make(const struct run *run, const struct run_prepare *e)
{
	struct preparing *p = xcalloc(1, sizeof(*p));

	p->r = run->r;
	p->name = xstrdup(e->name);
	p->p = e->p;
	p->file = test_file_ref(e->file);
	p->settings = settings_ref(run->settings);
	p->jobs = run->jobs;
	memcpy(p->inputs, e->inputs, sizeof(p->inputs));
	p->image = e->p->sc->places[0].spec.image;
	p->host_paths = e->p->sc->places[0].spec.host_paths;
	p->next = p->r->preparing;
	p->r->preparing = p;
	p->r->active++;
	return p;
}

bool prepare_await(struct exec *x, struct run_prepare *e, struct preparing **out)
{
	struct preparing *p = find(x->run->r, e->name);
	struct waiter *w, **at;

	if (!p) {
		p = make(x->run, e);
		begin(p);
	}
	metrics_add(p->r->d.metrics, METRIC_CACHE_MISSES_IMAGES, 1);
	at = &p->waiters;
	w = xcalloc(1, sizeof(*w));
	*w = (struct waiter){ NULL, x, e };
	while (*at)
		at = &(*at)->next;
	*at = w;
	*out = p;
	return true;
}

void prepare_leave(struct preparing *p, struct exec *x)
{
	struct waiter **at = &p->waiters, *w;

	while (*at && (*at)->x != x)
		at = &(*at)->next;
	w = *at;
	if (!w)
		return;
	*at = w->next;
	free(w);
	if (p->waiters)
		return;
	p->cancelled = true;
	if (p->retry) {
		loop_timer_del(STEAL(p->retry));
		err_set(&p->e, ERR_BUSY, "nobody waits for it any more");
		loop_defer(p->r->d.loop, over_soon, p);
	} else if (p->run && p->run->plan[0].exec) {
		exec_cancel(p->run->plan[0].exec, REASON_CANCELLED, NULL);
	}
}

const char *prepare_running_step(struct preparing *p)
{
	const struct exec *x = p->run ? p->run->plan[0].exec : NULL;
	const char *step = x ? exec_running_step(x) : NULL;

	snprintf(p->shown, sizeof(p->shown), "prepare%s%.128s", step ? ": " : "", step ? step : "");
	return p->shown;
}

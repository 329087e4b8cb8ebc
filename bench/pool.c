/* The pool in this process, over the real engine: no client, no daemon, no run. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/contestants.h"
#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"
#include "daemon/native/native.h"
#include "daemon/pool/pool.h"

#define WARM 8
#define PATIENCE_NS (20 * NS_PER_S)

struct bench_pool {
	struct loop *loop;
	struct metrics *metrics;
	struct engine *engine;
	struct work_pool *work;
	struct image_store *images;
	struct pool *pool;
	struct sandbox_spec spec;
	bool lent, drained, late;
	struct err failure;
};

static void on_lent(void *arg, struct lease *le, const struct receipt *receipt, bool warm)
{
	struct bench_pool *b = arg;

	(void)le;
	(void)receipt;
	(void)warm;
	b->lent = true;
	loop_stop(b->loop);
}

static void on_failed(void *arg, struct lease *le, const struct err *e)
{
	struct bench_pool *b = arg;

	(void)le;
	b->failure = *e;
	loop_stop(b->loop);
}

static void on_bytes(void *arg, struct lease *le, const void *p, size_t n)
{
	(void)arg;
	(void)le;
	(void)p;
	(void)n;
}

static void on_died(void *arg, struct lease *le, enum sandbox_end why)
{
	struct bench_pool *b = arg;

	(void)le;
	(void)why;
	err_set(&b->failure, ERR_SYS, "the sandbox died");
	loop_stop(b->loop);
}

static const struct lease_events events = {
	.lent = on_lent, .failed = on_failed, .bytes = on_bytes, .died = on_died
};

static void on_late(void *arg)
{
	struct bench_pool *b = arg;

	b->late = true;
	loop_stop(b->loop);
}

static void on_drained(void *arg)
{
	struct bench_pool *b = arg;

	b->drained = true;
	loop_stop(b->loop);
}

static void on_tick(void *arg)
{
	struct bench_pool *b = arg;

	loop_stop(b->loop);
}

/* Runs the loop until done() says so. */
static int until(struct bench_pool *b, bool (*done)(const struct bench_pool *), struct err *e)
{
	struct loop_timer *limit = loop_timer_add(b->loop, PATIENCE_NS, on_late, b);
	int rc = 0;

	while (rc == 0 && !done(b) && !b->late && !b->failure.code)
		rc = loop_run(b->loop, e);
	if (!b->late)
		loop_timer_del(limit);
	if (rc == 0 && b->late)
		return err_set(e, ERR_TIMEOUT, "nothing happened for 20 s");
	if (rc == 0 && b->failure.code) {
		*e = b->failure;
		return -1;
	}
	return rc;
}

static bool is_lent(const struct bench_pool *b)
{
	return b->lent;
}

static bool is_drained(const struct bench_pool *b)
{
	return b->drained;
}

static unsigned warm_now(const struct bench_pool *b, unsigned *target)
{
	struct pool_row rows[4];
	size_t n = pool_rows(b->pool, rows, ARRAY_LEN(rows));
	unsigned warm = 0;

	*target = 0;
	for (size_t i = 0; i < n; i++) {
		warm += rows[i].warm;
		*target += rows[i].target;
	}
	return warm;
}

static bool is_full(const struct bench_pool *b)
{
	unsigned target, warm = warm_now(b, &target);

	/* The loop is asked again soon: the pool tells nobody that it is full. */
	if (warm >= target && pool_quiet(b->pool))
		return true;
	loop_timer_add(b->loop, 50 * NS_PER_US, on_tick, (void *)(uintptr_t)b);
	return false;
}

static bool is_empty(const struct bench_pool *b)
{
	unsigned target;

	if (warm_now(b, &target) == 0 && pool_quiet(b->pool))
		return true;
	loop_timer_add(b->loop, 50 * NS_PER_US, on_tick, (void *)(uintptr_t)b);
	return false;
}

static int spawn_engine(struct bench_pool *b, const struct world *w, struct err *e)
{
	AUTO_STR launcher = xasprintf("%s/bin/clnrm-launcher", w->dir);
	AUTO_STR init = xasprintf("%s/bin/clnrm-init", w->dir);
	AUTO_STR state = xasprintf("%s/pool-state", w->dir);
	AUTO_STR data = xasprintf("%s/pool-data", w->dir);
	struct native_config cfg = {
		.launcher = launcher, .init = init, .state_dir = state, .scratch_dir = data
	};
	struct native_launcher *nl;
	unsigned swept;

	if (fs_mkdirs(state, 0700, e) < 0 || fs_mkdirs(data, 0755, e) < 0)
		return -1;
	nl = native_spawn(&cfg, e);
	b->engine = nl ? native_engine_new(nl, b->loop, &swept, e) : NULL;
	b->images = b->engine ? image_store_open(data, NULL, e) : NULL;
	return b->images ? 0 : -1;
}

int prepare_pool(struct entry *en, struct err *e)
{
	struct bench_pool *b = xcalloc(1, sizeof(*b));
	struct pool_config cfg = { .max_warm = WARM, .max_live = 64, .reuse = true };
	unsigned changed;

	en->state = b;
	b->loop = loop_new(e);
	if (!b->loop || spawn_engine(b, en->w, e) < 0)
		return -1;
	b->metrics = metrics_new("bench", "bench");
	b->work = work_new(b->loop, 1, e);
	if (!b->work)
		return -1;
	b->pool = pool_new(b->loop, b->work, b->engine, b->images, b->metrics, &cfg);
	sandbox_spec_default(&b->spec, image_names_of[en->is->image]);
	if (pool_fill(b->pool, b->spec.image, WARM, &changed, e) < 0)
		return -1;
	return until(b, is_full, e);
}

/* Asks, waits, gives it back; us from asking to having. */
static int take_and_give(struct bench_pool *b, double *us, struct err *e)
{
	int64_t began = clock_ns();
	struct lease *le = pool_take(b->pool, &b->spec, 0, "bench", "bench", &events, b);
	int rc = until(b, is_lent, e);

	*us = (double)(clock_ns() - began) / NS_PER_US;
	b->lent = false;
	if (rc < 0)
		return -1;
	pool_give(le);
	return 0;
}

int lend_once(struct entry *en, double *out, struct err *e)
{
	struct bench_pool *b = en->state;

	return take_and_give(b, out, e) < 0 ? -1 : until(b, is_full, e);
}

/* Nothing is warm: it is made for us. */
int miss_once(struct entry *en, double *out, struct err *e)
{
	struct bench_pool *b = en->state;
	unsigned changed;

	pool_drop(b->pool, b->spec.image, &changed);
	if (until(b, is_empty, e) < 0)
		return -1;
	return take_and_give(b, out, e) < 0 ? -1 : until(b, is_full, e);
}

/* From giving one back until it is gone and replaced. */
int refill_once(struct entry *en, double *out, struct err *e)
{
	struct bench_pool *b = en->state;
	double us;
	int64_t began;

	if (take_and_give(b, &us, e) < 0)
		return -1;
	began = clock_ns();
	if (until(b, is_full, e) < 0)
		return -1;
	out[0] = (double)(clock_ns() - began) / NS_PER_US;
	return 0;
}

void pool_release(struct entry *en)
{
	struct bench_pool *b = en->state;
	struct err e;

	if (!b)
		return;
	if (b->pool) {
		b->failure = (struct err){ 0 };
		pool_drain_all(b->pool, on_drained, b);
		if (until(b, is_drained, &e) < 0)
			fprintf(stderr, "bench: pool: %s\n", e.msg);
		pool_free(b->pool);
	}
	work_free(b->work);
	if (b->engine)
		b->engine->ops->close(b->engine);
	if (b->images)
		image_store_close(b->images);
	metrics_free(b->metrics);
	loop_free(b->loop);
	free(b);
	en->state = NULL;
}

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/pool/pool_priv.h"

void pool_gauges(struct pool *p)
{
	unsigned live = p->warm + p->busy;

	metrics_set(p->metrics, METRIC_POOL_SIZE, p->warm);
	metrics_set(p->metrics, METRIC_POOL_BUSY, p->busy);
	metrics_set(p->metrics, METRIC_POOL_UTIL, live ? (int64_t)p->busy * 1000000 / live : 0);
}

/* ---- waiting and lending ---- */

static void enqueue(struct stock *s, struct lease *le)
{
	le->prev = s->last;
	if (s->last)
		s->last->next = le;
	else
		s->first = le;
	s->last = le;
	s->waiting++;
	s->pool->waiting++;
}

void lease_dequeue(struct stock *s, struct lease *le)
{
	if (le->prev)
		le->prev->next = le->next;
	else
		s->first = le->next;
	if (le->next)
		le->next->prev = le->prev;
	else
		s->last = le->prev;
	le->prev = le->next = NULL;
	s->waiting--;
	s->pool->waiting--;
}

void pool_serve(struct stock *s, struct item *ready)
{
	struct lease *le = s->first;

	lease_dequeue(s, le);
	item_lend(ready, le);
	le->ev->lent(le->arg, le, ready->receipt, le->warm);
}

/* What pool_take() knew at once is told from the loop, never from inside the call. */
static void tell(void *arg)
{
	struct lease *le = arg;

	le->tell = NULL;
	if (le->failed) {
		le->state = LEASE_OVER;
		le->ev->failed(le->arg, le, &le->failure);
		return;
	}
	if (le->item)
		le->ev->lent(le->arg, le, le->item->receipt, le->warm);
}

static void tell_soon(struct lease *le)
{
	le->tell = loop_timer_add(le->pool->loop, 0, tell, le);
}

void pool_refuse(struct lease *le, const struct err *e)
{
	le->failed = true;
	le->failure = *e;
	tell_soon(le);
}

/* One that shows other volumes by now than a new one would is of no use to anybody. */
static struct item *find_warm(struct stock *s)
{
	struct item *it = item_oldest_warm(s);

	if (it && s->spec->n_volumes)
		standby_poll(s->pool);
	while (it && !standby_is_current(it)) {
		item_end(it);
		it = item_oldest_warm(s);
	}
	return it;
}

void pool_join(struct lease *le, struct stock *s, unsigned warm_cap)
{
	struct pool *p = le->pool;
	struct item *it = s->first ? NULL : find_warm(s);

	le->stock = s;
	if (it) {
		le->warm = true;
		s->hits++;
		metrics_add(p->metrics, METRIC_POOL_HITS, 1);
		item_lend(it, le);
		tell_soon(le);
	} else {
		s->misses++;
		metrics_add(p->metrics, METRIC_POOL_MISSES, 1);
		enqueue(s, le);
	}
	stock_demand(s, warm_cap);
	pool_balance_soon(p);
}

struct lease *pool_take(struct pool *p, const struct sandbox_spec *spec, unsigned warm_cap,
        const char *scenario, const char *run, const struct lease_events *ev, void *arg)
{
	struct lease *le = xcalloc(1, sizeof(*le));
	struct stock *s = NULL;
	struct err e;

	le->pool = p;
	le->ev = ev;
	le->arg = arg;
	le->scenario = xstrdup(scenario);
	le->run = xstrdup(run);
	if (p->draining) {
		err_set(&e, ERR_BUSY, "the daemon is ending");
	} else {
		s = stock_for(p, spec, true, &e);
		if (!s && e.code == ERR_BUSY) {
			if (wish_for(p, spec, le, warm_cap))
				return le;
			s = stock_for(p, spec, false, &e);
		}
	}
	if (s)
		pool_join(le, s, warm_cap);
	else
		pool_refuse(le, &e);
	return le;
}

const struct receipt *lease_claim(struct lease *le)
{
	if (!le->item || !le->tell)
		return NULL;
	loop_timer_del(le->tell);
	le->tell = NULL;
	return le->item->receipt;
}

static void free_lease(struct lease *le)
{
	loop_timer_del(le->tell);
	free(le->scenario);
	free(le->run);
	free(le);
}

void pool_give_then(struct lease *le, loop_fn *fn, void *arg)
{
	struct pool *p = le->pool;

	if (le->item) {
		le->item->gone = fn;
		le->item->gone_arg = arg;
		item_condemn(le->item);
	} else if (fn) {
		loop_defer(p->loop, fn, arg);
	}
	if (le->wish)
		le->wish->dropped = true;
	if (le->state == LEASE_WAITING && le->stock && !le->failed)
		lease_dequeue(le->stock, le);
	free_lease(le);
	pool_balance_soon(p);
}

void pool_give(struct lease *le)
{
	pool_give_then(le, NULL, NULL);
}

void lease_hand_on(struct lease *le, const char *scenario, const struct lease_events *ev, void *arg)
{
	free(le->scenario);
	le->scenario = xstrdup(scenario);
	le->ev = ev;
	le->arg = arg;
}

const struct receipt *lease_receipt(const struct lease *le)
{
	return le->item->receipt;
}

void pool_harvest(struct lease *le, int fd, uint64_t max_bytes, harvested_fn *done, void *arg)
{
	struct pool *p = le->pool;

	assert(le->item && le->state == LEASE_LENT);
	item_harvest(le->item, fd, max_bytes, done, arg);
	free_lease(le);
	pool_balance_soon(p);
}

void lease_keep(struct lease *le, const struct lease_events *ev, void *arg, int64_t expires_wall_ns)
{
	assert(le->state == LEASE_LENT);
	le->ev = ev;
	le->arg = arg;
	le->expires_wall_ns = expires_wall_ns;
	item_keep(le->item);
}

void lease_send(struct lease *le, const void *data, size_t n)
{
	if (le->item)
		le->pool->engine->ops->send(le->item->sb, data, n);
}

void lease_expect(struct lease *le, bool descriptors)
{
	if (le->item)
		le->pool->engine->ops->expect(le->item->sb, descriptors);
}

int lease_usage(struct lease *le, struct sandbox_usage *out, struct err *e)
{
	if (!le->item)
		return err_set(e, ERR_NOT_FOUND, "the sandbox is gone");
	return le->pool->engine->ops->usage(le->item->sb, out, e);
}

int lease_met(struct lease *le, struct sandbox_met *out, struct err *e)
{
	const struct engine_ops *ops = le->pool->engine->ops;

	if (!le->item)
		return err_set(e, ERR_NOT_FOUND, "the sandbox is gone");
	if (!ops->met)
		return err_set(e, ERR_UNSUPPORTED, "engine '%s' does not count", ops->name);
	return ops->met(le->item->sb, out, e);
}

const char *lease_sandbox_id(const struct lease *le)
{
	return le->item ? le->item->id : "";
}

const char *lease_path(const struct lease *le)
{
	return le->stock ? le->stock->image->path_env : "/usr/local/bin:/usr/bin:/bin";
}

const struct image *lease_image(const struct lease *le)
{
	return le->stock->image;
}

/* ---- keeping stock ---- */

/* Makes one for this stock. What cannot even start is told to those who wait. */
static bool make_one(struct stock *s)
{
	struct err e;

	if (item_make(s, &e))
		return true;
	log_warn("cannot make a sandbox (%s): %s", s->spec->image, e.msg);
	s->target = 0;
	s->batch = 0;
	while (s->first) {
		struct lease *le = s->first;

		lease_dequeue(s, le);
		pool_refuse(le, &e);
	}
	return false;
}

/* Who waits is served first: a miss costs one creation, a queue behind a refill costs several. */
static void make_for_waiters(struct pool *p)
{
	for (struct stock *s = p->stocks; s; s = s->next)
		while (s->making < s->waiting && p->live < p->cfg.max_live &&
		        p->making < MAKING_IDLE)
			if (!make_one(s))
				break;
}

/* A warm sandbox of a stock that has more than it wants, to make room for who waits elsewhere. */
static struct item *spare(struct pool *p, bool force)
{
	for (struct item *it = p->items; it; it = it->next)
		if (it->state == ITEM_WARM && (force || it->stock->warm > it->stock->target))
			return it;
	return NULL;
}

static void give_back(struct pool *p)
{
	struct item *it;

	while ((it = spare(p, false)))
		item_end(it);
	if (p->waiting && p->live >= p->cfg.max_live && !p->ending && (it = spare(p, true)))
		item_end(it);
}

/* While scenarios run they need the processor more: a stock waits until it is half empty. */
static bool is_low(const struct pool *p, const struct stock *s)
{
	return !(p->busy || p->waiting) || s->warm * 2 < s->target;
}

static bool wants_more(const struct pool *p, const struct stock *s)
{
	unsigned most = p->busy || p->waiting ? MAKING_BUSY : MAKING_IDLE;

	return is_low(p, s) && s->warm + s->making < s->target + s->waiting && p->making < most &&
	       p->live < p->cfg.max_live;
}

static void refill(struct pool *p)
{
	if (p->execution)
		return; /* a verdict is on its way out: see GRACE_NS */
	for (struct stock *s = p->stocks; s; s = s->next) {
		while (wants_more(p, s)) {
			if (pressure_high(p)) {
				pressure_await_relief(p);
				return;
			}
			if (!make_one(s))
				break;
		}
	}
}

static void balance(void *arg)
{
	struct pool *p = arg;

	p->balance = NULL;
	give_back(p);
	if (!p->draining) {
		make_for_waiters(p);
		refill(p);
	}
	for (struct stock *s = p->stocks, *next; s; s = next) {
		next = s->next;
		stock_drop_if_unused(p, s);
	}
	if (p->draining && !p->live && !p->images_making && p->drained) {
		loop_fn *done = p->drained;

		p->drained = NULL;
		done(p->drained_arg);
	}
}

void pool_balance_soon(struct pool *p)
{
	if (!p->balance)
		p->balance = loop_timer_add(p->loop, 0, balance, p);
}

/* Every 30 s: old demand is forgotten step by step, and what is too old to be trusted goes. */
static void shrink(void *arg)
{
	struct pool *p = arg;
	int64_t now = loop_now_ns(p->loop);

	p->shrink = loop_timer_add(p->loop, SHRINK_EVERY_NS, shrink, p);
	standby_poll(p);
	for (struct stock *s = p->stocks; s; s = s->next) {
		if (!s->target || now - s->batch_ns <= BATCH_WINDOW_NS)
			continue;
		s->batch = s->batch > 0 ? s->batch - 1 : 0;
		if (now - s->used_ns > WARM_MAX_AGE_NS && !s->standby)
			s->target = 0;
		else
			stock_retarget(s);
	}
	for (struct item *it = p->items, *next; it; it = next) {
		next = it->next;
		if (it->state == ITEM_WARM &&
		        (now - it->since_ns > WARM_MAX_AGE_NS || !standby_is_current(it)))
			item_end(it);
	}
	pool_balance_soon(p);
}

/* ---- life ---- */

struct pool *pool_new(struct loop *l, struct work_pool *work, struct engine *en,
        struct image_store *images, struct metrics *m, const struct pool_config *cfg)
{
	struct pool *p = xcalloc(1, sizeof(*p));

	p->loop = l;
	p->work = work;
	p->engine = en;
	p->images = images;
	p->metrics = m;
	p->cfg = *cfg;
	p->shrink = loop_timer_add(l, SHRINK_EVERY_NS, shrink, p);
	standby_open(p);
	pressure_open(p);
	return p;
}

void pool_set_config(struct pool *p, const struct pool_config *cfg)
{
	p->cfg = *cfg;
	for (struct stock *s = p->stocks; s; s = s->next)
		if (s->target)
			stock_retarget(s);
	pool_balance_soon(p);
}

void pool_drain_all(struct pool *p, loop_fn *done, void *arg)
{
	p->draining = true;
	p->drained = done;
	p->drained_arg = arg;
	for (struct stock *s = p->stocks; s; s = s->next)
		s->target = 0;
	for (struct item *it = p->items, *next; it; it = next) {
		next = it->next;
		if (it->state == ITEM_MAKING || it->state == ITEM_WARM)
			item_end(it);
	}
	items_execute(p);
	pool_balance_soon(p);
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	assert(!p->live && !p->images_making);
	loop_timer_del(p->shrink);
	loop_timer_del(p->balance);
	loop_timer_del(p->execution);
	pressure_close(p);
	standby_close(p);
	while (p->stocks) {
		struct stock *s = p->stocks;

		assert(!s->standby);
		s->target = 0;
		stock_drop_if_unused(p, s);
	}
	free(p);
}

/* ---- on request ---- */

void pool_expect(struct stock *s, unsigned batch)
{
	int64_t now = loop_now_ns(s->pool->loop);

	if (batch > s->batch) {
		s->batch = batch;
		s->batch_ns = now;
	}
	s->used_ns = now;
	stock_retarget(s);
	pool_balance_soon(s->pool);
}

void pool_hint(struct pool *p, const struct sandbox_spec *spec, unsigned batch)
{
	struct err e;
	struct stock *s;

	if (p->draining)
		return;
	s = stock_for(p, spec, true, &e);
	if (s)
		pool_expect(s, batch);
	else if (e.code == ERR_BUSY)
		(void)wish_for(p, spec, NULL, batch);
}

int pool_fill(struct pool *p, const char *image, unsigned n, unsigned *changed, struct err *e)
{
	struct sandbox_spec spec;

	if (n > p->cfg.max_warm)
		return err_set(e, ERR_LIMIT,
		        "%u warm sandboxes are more than performance.container_pool_size = %u", n,
		        p->cfg.max_warm);
	sandbox_spec_default(&spec, image);
	struct stock *s = stock_for(p, &spec, false, e);
	if (!s)
		return -1;
	s->batch = n > s->batch ? n : s->batch;
	s->batch_ns = s->used_ns = loop_now_ns(p->loop);
	s->warm_cap = p->cfg.max_warm;
	stock_retarget(s);
	*changed = s->target > s->warm + s->making ? s->target - s->warm - s->making : 0;
	pool_balance_soon(p);
	return 0;
}

void pool_drop(struct pool *p, const char *image, unsigned *changed)
{
	*changed = 0;
	for (struct stock *s = p->stocks; s; s = s->next) {
		if (image && strcmp(s->spec->image, image) != 0 &&
		        strcmp(s->image->name, image) != 0)
			continue;
		*changed += s->warm;
		s->target = 0;
		s->batch = 0;
	}
	pool_balance_soon(p);
}

/* ---- listings ---- */

static uint64_t stock_memory(const struct stock *s)
{
	uint64_t sum = 0;
	struct err e;

	for (struct item *it = s->pool->items; it; it = it->next) {
		struct sandbox_usage u;

		if (it->stock == s && (it->state == ITEM_WARM || it->state == ITEM_LENT) &&
		        s->pool->engine->ops->usage(it->sb, &u, &e) == 0)
			sum += u.memory_bytes;
	}
	return sum;
}

static void stock_differs(const struct stock *s, char *out, size_t size)
{
	AUTO_STRBUF b = STRBUF_INIT;

	sandbox_spec_differs(s->spec, &b);
	if (b.len >= size) {
		strbuf_truncate(&b, size - 4);
		strbuf_adds(&b, "...");
	}
	memcpy(out, b.s, b.len + 1);
}

size_t pool_rows(struct pool *p, struct pool_row *out, size_t max)
{
	size_t n = 0;

	for (struct stock *s = p->stocks; s && n < max; s = s->next) {
		out[n++] = (struct pool_row){
			.image = s->image->name,
			.image_digest = s->image->digest,
			.profile = isolation_names[s->spec->isolation],
			.engine = p->engine->ops->name,
			.warm = s->warm,
			.target = s->target,
			.busy = s->busy + s->kept,
			.hits = s->hits,
			.misses = s->misses,
			.refill_p50_ms = stock_refill_quantile(s, 0.5),
			.refill_p95_ms = stock_refill_quantile(s, 0.95),
			.memory_bytes = stock_memory(s),
		};
		stock_differs(s, out[n - 1].differs, sizeof(out[n - 1].differs));
	}
	return n;
}

static struct sandbox_row row_of(struct item *it, int64_t now)
{
	static const char *const names[] = { "making", "warm", "run", "kept", "ending" };
	struct sandbox_row r = {
		.id = it->id,
		.state = names[it->state],
		.scenario = it->lease ? it->lease->scenario : NULL,
		.run = it->lease ? it->lease->run : NULL,
		.image = it->stock->image->name,
		.engine = it->pool->engine->ops->name,
		.isolation = isolation_names[it->stock->spec->isolation],
		.age_ms = (double)(now - it->since_ns) / (double)NS_PER_MS,
		.expires_wall_ns =
		        it->state == ITEM_KEPT && it->lease ? it->lease->expires_wall_ns : 0,
	};
	struct sandbox_usage u;
	struct err e;

	if (it->state != ITEM_MAKING && it->pool->engine->ops->usage(it->sb, &u, &e) == 0) {
		r.processes = u.processes;
		r.memory_bytes = u.memory_bytes;
	}
	return r;
}

size_t pool_sandboxes(struct pool *p, enum pool_which which, struct sandbox_row *out, size_t max)
{
	int64_t now = clock_ns();
	size_t n = 0;

	for (struct item *it = p->items; it && n < max; it = it->next)
		if (which == POOL_ALL || it->state == ITEM_KEPT ||
		        (which == POOL_USED && it->state == ITEM_LENT))
			out[n++] = row_of(it, now);
	return n;
}

bool pool_quiet(const struct pool *p)
{
	return !p->making && !p->ending;
}

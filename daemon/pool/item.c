#include <assert.h>

#include "common/clock.h"
#include "common/defence.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/pool/pool_priv.h"

/* Which states may follow; never from lent back to warm. */
#define TO(s) (1u << ITEM_##s)
static const struct {
	const char *name;
	unsigned next;
} states[] = {
	[ITEM_MAKING] = { "making", TO(WARM) | TO(LENT) | TO(ENDING) },
	[ITEM_WARM] = { "warm", TO(LENT) | TO(ENDING) },
	[ITEM_LENT] = { "run", TO(KEPT) | TO(ENDING) },
	[ITEM_KEPT] = { "kept", TO(ENDING) },
	[ITEM_ENDING] = { "ending", 0 },
};

/* The counter of a state, in the stock and in the pool. */
static void count(struct item *it, int by)
{
	struct stock *s = it->stock;
	struct pool *p = it->pool;
	unsigned *of_stock[] = { &s->making, &s->warm, &s->busy, &s->kept, &s->ending };
	unsigned *of_pool[] = { &p->making, &p->warm, &p->busy, &p->kept, &p->ending };

	*of_stock[it->state] += (unsigned)by;
	*of_pool[it->state] += (unsigned)by;
}

static void move(struct item *it, enum item_state to)
{
	assert(states[it->state].next & (1u << to));
	log_debug("sandbox=%s %s -> %s", it->id, states[it->state].name, states[to].name);
	count(it, -1);
	it->state = to;
	count(it, 1);
	pool_gauges(it->pool);
}

static void free_item(struct item *it)
{
	struct pool *p = it->pool;
	struct stock *s = it->stock;
	loop_fn *gone = it->gone;
	void *arg = it->gone_arg;

	count(it, -1);
	if (it->prev)
		it->prev->next = it->next;
	else
		p->items = it->next;
	if (it->next)
		it->next->prev = it->prev;
	p->live--;
	close_fd(&it->harvest);
	p->engine->ops->release(it->sb);
	image_let_go(s->image);
	free(it);
	stock_drop_if_unused(p, s);
	pool_gauges(p);
	pool_balance_soon(p);
	if (gone)
		gone(arg);
}

static void on_ready(void *arg, struct sandbox *sb, const struct receipt *receipt)
{
	struct item *it = arg;
	int64_t now = clock_ns();

	(void)sb;
	if (it->state != ITEM_MAKING)
		return; /* ended while it was made */
	it->receipt = receipt;
	stock_refill_time(it->stock, now - it->since_ns);
	it->since_ns = now;
	if (it->stock->first) {
		pool_serve(it->stock, it);
		return;
	}
	move(it, ITEM_WARM);
	pool_balance_soon(it->pool);
}

/* The one that this was made for hears why; the others wait for theirs. */
static void fail_waiter(struct stock *s, const struct err *e)
{
	struct lease *le = s->first;

	if (!le)
		return;
	lease_dequeue(s, le);
	le->state = LEASE_OVER;
	le->ev->failed(le->arg, le, e);
}

static void on_failed(void *arg, struct sandbox *sb, const struct err *e)
{
	struct item *it = arg;
	struct stock *s = it->stock;

	(void)sb;
	if (it->state != ITEM_ENDING)
		log_warn("sandbox %s (%s): %s", it->id, s->spec->image, e->msg);
	/* A stock that cannot be made is not tried again until somebody asks. */
	s->target = 0;
	s->batch = 0;
	s->ending++; /* keeps the stock while its waiter is told */
	fail_waiter(s, e);
	s->ending--;
	free_item(it);
}

static void on_bytes(void *arg, struct sandbox *sb, const void *p, size_t n)
{
	struct item *it = arg;

	(void)sb;
	if ((it->state == ITEM_LENT || it->state == ITEM_KEPT) && it->lease)
		it->lease->ev->bytes(it->lease->arg, it->lease, p, n);
}

static void on_descriptor(void *arg, struct sandbox *sb, int fd)
{
	struct item *it = arg;
	struct lease *le = it->lease;

	(void)sb;
	if ((it->state == ITEM_LENT || it->state == ITEM_KEPT) && le && le->ev->descriptor)
		le->ev->descriptor(le->arg, le, fd);
	else
		close_fd(&fd);
}

static void on_ended(void *arg, struct sandbox *sb, enum sandbox_end why)
{
	struct item *it = arg;
	struct lease *le = it->lease;

	(void)sb;
	if (it->state != ITEM_ENDING)
		move(it, ITEM_ENDING);
	it->lease = NULL;
	if (le) {
		le->item = NULL;
		le->state = LEASE_OVER;
		le->ev->died(le->arg, le, why);
	}
	free_item(it);
}

static const struct sandbox_events item_events = {
	.ready = on_ready,
	.failed = on_failed,
	.bytes = on_bytes,
	.descriptor = on_descriptor,
	.ended = on_ended,
};

struct item *item_make(struct stock *s, struct err *e)
{
	struct pool *p = s->pool;
	struct item *it = xcalloc(1, sizeof(*it));

	it->pool = p;
	it->stock = s;
	it->since_ns = clock_ns();
	if (s->spec->n_volumes)
		standby_poll(p);
	it->mounts = p->mounts;
	it->harvest = -1;
	id_make(it->id, SANDBOX_ID_LEN);
	it->sb = p->engine->ops->create(p->engine, it->id, s->spec, s->image, &item_events, it, e);
	if (!it->sb) {
		free(it);
		return NULL;
	}
	image_hold(s->image);
	it->state = ITEM_MAKING;
	it->next = p->items;
	if (p->items)
		p->items->prev = it;
	p->items = it;
	p->live++;
	count(it, 1);
	return it;
}

void item_end(struct item *it)
{
	if (it->state == ITEM_ENDING && !it->condemned)
		return;
	if (it->state != ITEM_ENDING)
		move(it, ITEM_ENDING);
	it->condemned = false;
	it->lease = NULL;
	it->pool->engine->ops->destroy(it->sb);
}

void item_harvest(struct item *it, int fd, uint64_t max_bytes, harvested_fn *done, void *arg)
{
	move(it, ITEM_ENDING);
	it->lease = NULL;
	it->harvest = fd;
	it->pool->engine->ops->harvest(it->sb, fd, max_bytes, done, arg);
}

static void on_execution(void *arg)
{
	struct pool *p = arg;

	p->execution = NULL;
	items_execute(p);
	pool_balance_soon(p);
}

/* What must not be: only a build whose tests have to notice it comes here. */
static void make_warm_again(struct item *it)
{
	count(it, -1);
	it->state = ITEM_WARM;
	count(it, 1);
	it->lease = NULL;
	if (it->gone)
		loop_defer(it->pool->loop, it->gone, it->gone_arg);
	it->gone = NULL;
}

void item_condemn(struct item *it)
{
	struct pool *p = it->pool;

	if (it->state == ITEM_ENDING)
		return;
	if (!DEFENCE("single-use") && it->state == ITEM_LENT && !p->draining) {
		make_warm_again(it);
		return;
	}
	move(it, ITEM_ENDING);
	it->lease = NULL;
	it->condemned = true;
	if (p->draining)
		item_end(it);
	else if (!p->execution)
		p->execution = loop_timer_add(p->loop, GRACE_NS, on_execution, p);
}

void items_execute(struct pool *p)
{
	loop_timer_del(p->execution);
	p->execution = NULL;
	/* destroy() calls nothing back: the list stays as it is. */
	for (struct item *it = p->items; it; it = it->next)
		if (it->condemned)
			item_end(it);
}

struct item *item_oldest_warm(struct stock *s)
{
	struct item *oldest = NULL;

	for (struct item *it = s->pool->items; it; it = it->next)
		if (it->stock == s && it->state == ITEM_WARM &&
		        (!oldest || it->since_ns < oldest->since_ns))
			oldest = it;
	return oldest;
}

void item_lend(struct item *it, struct lease *le)
{
	move(it, ITEM_LENT);
	it->lease = le;
	le->item = it;
	le->state = LEASE_LENT;
}

void item_keep(struct item *it)
{
	move(it, ITEM_KEPT);
	it->since_ns = clock_ns();
}

#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/strbuf.h"
#include "daemon/pool/pool_priv.h"

static struct stock *find(struct pool *p, const char *key, const struct image *image)
{
	for (struct stock *s = p->stocks; s; s = s->next)
		if (s->image == image && strcmp(s->key, key) == 0)
			return s;
	return NULL;
}

static void unlink_stock(struct pool *p, struct stock *s)
{
	struct stock **at = &p->stocks;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	p->n_stocks--;
}

void stock_drop_if_unused(struct pool *p, struct stock *s)
{
	if (s->warm || s->making || s->busy || s->kept || s->ending || s->waiting || s->target ||
	        s->standby)
		return;
	unlink_stock(p, s);
	sandbox_spec_free(s->spec);
	free(s->key);
	free(s);
}

/* Makes room for one more stock: the least recently used gives its warm sandboxes back. */
static void retire_oldest(struct pool *p)
{
	struct stock *oldest = NULL;

	for (struct stock *s = p->stocks; s; s = s->next)
		if (s->target && !s->waiting && (!oldest || s->used_ns < oldest->used_ns))
			oldest = s;
	if (oldest) {
		oldest->target = 0;
		oldest->batch = 0;
		pool_balance_soon(p);
	}
}

/* Stocks of an older content of the same image are of no use any more. */
static void retire_superseded(struct pool *p, const struct stock *fresh)
{
	for (struct stock *s = p->stocks; s; s = s->next)
		if (s != fresh && s->image != fresh->image && strcmp(s->key, fresh->key) == 0) {
			s->target = 0;
			s->batch = 0;
		}
	pool_balance_soon(p);
}

struct stock *stock_for(
        struct pool *p, const struct sandbox_spec *spec, bool at_hand, struct err *e)
{
	const struct image *image =
	        at_hand ? image_at_hand(p->images, spec->image, spec->host_paths, e)
	                : image_resolve(p->images, spec->image, spec->host_paths, e);

	if (!image)
		return NULL;

	AUTO_STRBUF key = STRBUF_INIT;
	sandbox_spec_key(spec, &key);
	struct stock *s = find(p, key.s, image);
	if (s)
		return s;

	if (p->n_stocks >= MAX_STOCKS)
		retire_oldest(p);
	s = xcalloc(1, sizeof(*s));
	s->pool = p;
	s->key = xstrdup(key.s);
	s->spec = sandbox_spec_copy(spec);
	s->image = image;
	s->keeps = spec->n_volumes == 0 && !spec->harvest;
	s->warm_cap = p->cfg.max_warm;
	s->next = p->stocks;
	p->stocks = s;
	p->n_stocks++;
	retire_superseded(p, s);
	return s;
}

/* Little's law says that stock covers bursts, not rate: making one takes about a millisecond, so
 * even 300 a second need less than one in stock on average; but -j 8 takes 8 at once. */
void stock_retarget(struct stock *s)
{
	unsigned want = s->batch > STOCK_MIN_TARGET && s->keeps ? s->batch : STOCK_MIN_TARGET;
	unsigned cap = s->warm_cap < s->pool->cfg.max_warm ? s->warm_cap : s->pool->cfg.max_warm;

	if (!(s->keeps || s->standby) || !s->pool->cfg.reuse || s->pool->draining)
		cap = 0;
	s->target = want < cap ? want : cap;
}

void stock_demand(struct stock *s, unsigned warm_cap)
{
	int64_t now = loop_now_ns(s->pool->loop);
	unsigned batch = s->busy + s->waiting;

	s->used_ns = now;
	if (warm_cap)
		s->warm_cap = warm_cap;
	if (batch >= s->batch || now - s->batch_ns > BATCH_WINDOW_NS) {
		s->batch = batch;
		s->batch_ns = now;
	}
	stock_retarget(s);
}

void stock_refill_time(struct stock *s, int64_t ns)
{
	s->refill[s->n_refill++ % REFILL_SAMPLES] = ns;
	metrics_observe(s->pool->metrics, METRIC_POOL_REFILL, ns);
}

static int by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double stock_refill_quantile(const struct stock *s, double q)
{
	int64_t sorted[REFILL_SAMPLES];
	unsigned n = s->n_refill < REFILL_SAMPLES ? s->n_refill : REFILL_SAMPLES;

	if (n == 0)
		return 0;
	memcpy(sorted, s->refill, n * sizeof(sorted[0]));
	qsort(sorted, n, sizeof(sorted[0]), by_value);
	return (double)sorted[(unsigned)(q * (n - 1))] / (double)NS_PER_MS;
}

#include "daemon/cache/templates.h"

#include <pthread.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/cache/tally.h"
#include "daemon/core/digest.h"

/* Bytes; a shorter text is compiled in about the time that its digest takes. */
#define SHORT_TEXT 64u

struct kept {
	struct lru_link link;
	struct template *t;
};

struct template_cache {
	pthread_mutex_t lock; /* of what stands below, but memo */
	struct lru lru;
	struct tally tally;
	struct memo memo;
};

static void drop(struct lru_link *x)
{
	struct kept *k = (struct kept *)x;

	template_unref(k->t);
	free(k);
}

static void key_of(const char *name, const char *text, size_t len, const struct tlimits *limits,
        char out[DIGEST_HEX])
{
	CLEANUP(digest_free) struct digest_ctx *x = digest_new();
	struct digest d;

	digest_add_str(x, name);
	digest_add(x, limits->max, sizeof(limits->max));
	digest_add(x, text, len);
	digest_end(x, &d);
	digest_hex(&d, out);
}

static struct template *find(struct template_cache *c, const char *key)
{
	const struct kept *k;
	struct template *t = NULL;

	pthread_mutex_lock(&c->lock);
	k = lru_get(&c->lru, key);
	if (k) {
		t = template_ref(k->t);
		tally_hit(&c->tally);
	}
	pthread_mutex_unlock(&c->lock);
	return t;
}

/* Another thread may have been first. */
static void keep(struct template_cache *c, const char *key, struct template *t, int64_t ns)
{
	struct kept *k = xcalloc(1, sizeof(*k));

	k->t = template_ref(t);
	pthread_mutex_lock(&c->lock);
	tally_miss(&c->tally, ns);
	if (lru_get(&c->lru, key))
		drop(&k->link);
	else
		lru_put(&c->lru, key, &k->link, sizeof(*k) + DIGEST_HEX + template_bytes(t));
	tally_fill(&c->tally, &c->lru);
	pthread_mutex_unlock(&c->lock);
}

static struct template *compile(void *arg, const char *name, const char *text, size_t len,
        const struct tlimits *limits, struct terr *e)
{
	struct template_cache *c = arg;
	int64_t began = clock_ns();
	char key[DIGEST_HEX];
	struct template *t;

	if (len < SHORT_TEXT)
		return template_compile(name, text, len, limits, e);
	key_of(name, text, len, limits ? limits : &tlimits_default, key);
	t = find(c, key);
	if (t)
		return t;
	t = template_compile(name, text, len, limits, e);
	if (t)
		keep(c, key, t, clock_ns() - began);
	return t;
}

struct template_cache *template_cache_new(struct metrics *m, size_t max_entries, size_t max_bytes)
{
	struct template_cache *c = xcalloc(1, sizeof(*c));

	pthread_mutex_init(&c->lock, NULL);
	lru_init(&c->lru, max_entries, max_bytes, drop);
	c->tally = (struct tally)TALLY(m, TEMPLATES);
	c->memo = (struct memo){ .arg = c, .compile = compile };
	return c;
}

void template_cache_free(struct template_cache *c)
{
	if (!c)
		return;
	lru_release(&c->lru);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

const struct memo *template_cache_memo(const struct template_cache *c)
{
	return &c->memo;
}

void template_cache_clear(struct template_cache *c)
{
	pthread_mutex_lock(&c->lock);
	lru_clear(&c->lru);
	tally_fill(&c->tally, &c->lru);
	pthread_mutex_unlock(&c->lock);
}

struct cache_fill template_cache_fill(struct template_cache *c)
{
	struct cache_fill f;

	pthread_mutex_lock(&c->lock);
	f = lru_fill(&c->lru);
	pthread_mutex_unlock(&c->lock);
	return f;
}

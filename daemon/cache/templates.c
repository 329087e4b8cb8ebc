#include "daemon/cache/templates.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/cache/cache_priv.h"
#include "daemon/cache/tally.h"

/* Bytes; a shorter text is compiled in about the time that looking it up takes. */
#define SHORT_TEXT 64u

struct kept {
	struct lru_link link;
	struct template *t;
	struct tlimits limits;
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

/* What is found under a key is compared: it need not be a digest. */
#define KEY_SIZE 52

static void key_of(const char *name, const char *text, size_t len, const struct tlimits *limits,
        char out[KEY_SIZE])
{
	snprintf(out, KEY_SIZE, "%016llx %016llx %016llx",
	        (unsigned long long)content_hash(name, strlen(name)),
	        (unsigned long long)content_hash(text, len),
	        (unsigned long long)content_hash((const char *)limits->max, sizeof(limits->max)));
}

struct sought {
	const char *name, *text;
	size_t len;
	const struct tlimits *limits;
	char key[KEY_SIZE];
};

static bool is_it(const struct kept *k, const struct sought *x)
{
	return memcmp(k->limits.max, x->limits->max, sizeof(k->limits.max)) == 0 &&
	       template_is(k->t, x->name, x->text, x->len);
}

static struct template *find(struct template_cache *c, const struct sought *x)
{
	struct template *t = NULL;
	const struct kept *k;

	pthread_mutex_lock(&c->lock);
	k = lru_get(&c->lru, x->key);
	if (k && is_it(k, x)) {
		t = template_ref(k->t);
		tally_hit(&c->tally);
	}
	pthread_mutex_unlock(&c->lock);
	return t;
}

/* In place of what another thread may have kept meanwhile. */
static void keep(struct template_cache *c, const struct sought *x, struct template *t, int64_t ns)
{
	struct kept *k = xcalloc(1, sizeof(*k)), *old;

	k->t = template_ref(t);
	k->limits = *x->limits;
	pthread_mutex_lock(&c->lock);
	tally_miss(&c->tally, ns);
	old = lru_get(&c->lru, x->key);
	if (old)
		lru_del(&c->lru, &old->link);
	lru_put(&c->lru, x->key, &k->link, sizeof(*k) + KEY_SIZE + template_bytes(t));
	tally_fill(&c->tally, &c->lru);
	pthread_mutex_unlock(&c->lock);
}

static struct template *compile(void *arg, const char *name, const char *text, size_t len,
        const struct tlimits *limits, struct terr *e)
{
	struct sought x = { name, text, len, limits ? limits : &tlimits_default, "" };
	struct template_cache *c = arg;
	int64_t began = clock_ns();
	struct template *t;

	if (len < SHORT_TEXT)
		return template_compile(name, text, len, limits, e);
	key_of(name, text, len, x.limits, x.key);
	t = find(c, &x);
	if (t)
		return t;
	t = template_compile(name, text, len, limits, e);
	if (t)
		keep(c, &x, t, clock_ns() - began);
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

#include <assert.h>

#include "daemon/template/session.h"

#define NS_PER_MS 1000000

struct tstate {
	struct tstate *next;
	const void *key;
	void *block;
};

static int64_t ticks(const struct tsession *s)
{
	return s->host->ticks_ns ? s->host->ticks_ns(s->host->arg) : 0;
}

void tsession_init(struct tsession *s, const struct thost *host, const struct tlimits *limits)
{
	*s = (struct tsession){ .arena = arena_new(), .own = arena_new(), .host = host };
	s->limits = limits ? *limits : tlimits_default;
	s->scratch.max = s->limits.max[TLIMIT_VALUE];
	if (host->seeded)
		prng_seed(&s->stream, host->seed);
	s->started_ns = ticks(s);
}

void tsession_release(struct tsession *s)
{
	tbuf_release(&s->scratch);
	arena_free(s->arena);
	arena_free(s->own);
	s->arena = s->own = NULL;
}

int64_t tsession_now_ns(struct tsession *s)
{
	if (!s->has_now)
		s->now_ns = s->host->now_ns(s->host->arg);
	s->has_now = true;
	return s->now_ns;
}

const char *tsession_env(struct tsession *s, const char *name)
{
	return s->host->env ? s->host->env(s->host->arg, name) : NULL;
}

void *tsession_state(struct tsession *s, const void *key, size_t n)
{
	for (struct tstate *t = s->states; t; t = t->next)
		if (t->key == key)
			return t->block;

	struct tstate *t = arena_alloc(s->own, sizeof(*t));

	*t = (struct tstate){ .next = s->states, .key = key, .block = arena_alloc(s->own, n) };
	s->states = t;
	return t->block;
}

void tsession_prng(struct tsession *s, const uint64_t *seed, struct prng *out)
{
	if (seed) {
		prng_seed(out, *seed);
	} else if (s->host->seeded) {
		prng_seed(out, prng_next(&s->stream));
	} else {
		/* The whole state, so that a UUID has all the chance that it promises. */
		assert(s->host->entropy);
		s->host->entropy(s->host->arg, out->s, sizeof(out->s));
		out->s[0] |= 1; /* all zero would stay so */
	}
}

int tsession_check(struct tsession *s, struct terr *e)
{
	s->steps = 0;
	if (arena_bytes(s->arena) > s->limits.max[TLIMIT_MEMORY])
		return terr_limit(e, &s->limits, TLIMIT_MEMORY);
	if ((uint64_t)(ticks(s) - s->started_ns) / NS_PER_MS >= s->limits.max[TLIMIT_TIME])
		return terr_limit(e, &s->limits, TLIMIT_TIME);
	return s->host->stopped && s->host->stopped(s->host->arg) ? terr_stopped(e) : 0;
}

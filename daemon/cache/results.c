#include "daemon/cache/results.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/glob.h"
#include "common/mem.h"
#include "common/strbuf.h"
#include "daemon/cache/lru.h"
#include "daemon/core/digest.h"

#define OVERHEAD 1024u               /* of an entry, beside its result */
#define AGAIN_BYTES 5120u            /* what is made of a result to show it again */
#define RESULT_MAX_BYTES (8u << 20)  /* larger ones run again rather than push out many */
#define KEY_VERSION "clnrm.result/1" /* another format of keys: nothing of before is taken */

struct entry {
	struct lru_link link;
	struct scenario_result *result, *again, *stored;
	struct shown_of of; /* again */
	char run[16];
	int64_t wall_ns;
};

/* What is known of a scenario by name; without a key: that nobody knows anything. */
struct last {
	struct lru_link link;
	struct arena *arena;
	struct result_key key;
	char run[16];
	int64_t wall_ns;
};

struct result_cache {
	struct metrics *m;
	struct lru entries, lasts;
	size_t evictions_told;
	uint64_t age;
	struct digest_ctx *sum;
	struct strbuf bytes; /* of a key */
};

static void drop_entry(struct lru_link *x)
{
	struct entry *e = (struct entry *)x;

	scenario_result_unref(e->again);
	scenario_result_unref(e->stored);
	scenario_result_unref(e->result);
	free(e);
}

static void drop_last(struct lru_link *x)
{
	struct last *l = (struct last *)x;

	arena_free(l->arena);
	free(l);
}

struct result_cache *result_cache_new(struct metrics *m, size_t max_entries, size_t max_bytes)
{
	struct result_cache *c = xcalloc(1, sizeof(*c));

	c->m = m;
	c->sum = digest_new();
	c->bytes = (struct strbuf)STRBUF_INIT;
	lru_init(&c->entries, max_entries, max_bytes, drop_entry);
	lru_init(&c->lasts, max_entries, max_bytes / 4, drop_last);
	return c;
}

void result_cache_free(struct result_cache *c)
{
	if (!c)
		return;
	lru_release(&c->entries);
	lru_release(&c->lasts);
	digest_free(c->sum);
	strbuf_release(&c->bytes);
	free(c);
}

static void tell(struct result_cache *c)
{
	if (!c->m)
		return;
	metrics_add(c->m, METRIC_CACHE_EVICTIONS_RESULTS, c->entries.evicted - c->evictions_told);
	c->evictions_told = c->entries.evicted;
	metrics_set(c->m, METRIC_CACHE_ENTRIES_RESULTS, (int64_t)c->entries.n);
	metrics_set(c->m, METRIC_CACHE_BYTES_RESULTS, (int64_t)c->entries.bytes);
}

void result_cache_clear(struct result_cache *c)
{
	lru_clear(&c->entries);
	lru_clear(&c->lasts);
	c->age++;
	tell(c);
}

uint64_t result_cache_age(const struct result_cache *c)
{
	return c->age;
}

struct cache_fill result_cache_fill(const struct result_cache *c)
{
	return lru_fill(&c->entries);
}

/* Names of inputs are patterns, or directories with all in them. */
static bool reads(const struct last *l, const char *path)
{
	for (size_t i = 0; i < l->key.n_parts; i++) {
		const struct key_part *p = &l->key.parts[i];

		if (p->name[0] == '/' && (p->kind == CAUSE_INPUT || p->kind == CAUSE_IMAGE) &&
		        (fs_is_below(path, p->name) || glob_match(p->name, path, true)))
			return true;
	}
	return false;
}

void result_cache_users(const struct result_cache *c, const char *path,
        void (*each)(void *arg, const char *scenario, const char *how), void *arg)
{
	size_t n = strlen(path);

	for (const struct lru_link *x = c->lasts.ends.next; x != &c->lasts.ends; x = x->next) {
		if (!((const struct last *)x)->key.hex[0])
			continue;
		if (strncmp(x->key, path, n) == 0 && strncmp(x->key + n, "::", 2) == 0)
			each(arg, x->key, "test");
		else if (reads((const struct last *)x, path))
			each(arg, x->key, "input");
	}
}

void result_cache_limit(struct result_cache *c, size_t max_bytes)
{
	c->entries.max_bytes = max_bytes;
	c->lasts.max_bytes = max_bytes / 4;
}

/* Strings with their NUL, so that neighbours cannot flow together. */
static void add_text(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s) + 1);
}

void result_key_seal(struct result_cache *c, struct result_key *key)
{
	struct digest d;

	strbuf_reset(&c->bytes);
	add_text(&c->bytes, KEY_VERSION);
	for (size_t i = 0; i < key->n_parts; i++) {
		add_text(&c->bytes, cause_rows[key->parts[i].kind].name);
		add_text(&c->bytes, key->parts[i].name);
		add_text(&c->bytes, key->parts[i].value);
	}
	digest_add(c->sum, c->bytes.s, c->bytes.len);
	digest_end(c->sum, &d);
	digest_hex(&d, key->hex);
}

bool result_cache_get(struct result_cache *c, const struct result_key *key, struct kept_result *out)
{
	struct entry *e = lru_get(&c->entries, key->hex);

	if (c->m)
		metrics_add(c->m, e ? METRIC_CACHE_HITS_RESULTS : METRIC_CACHE_MISSES_RESULTS, 1);
	if (!e)
		return false;
	*out = (struct kept_result){ .result = e->result,
		.wall_ns = e->wall_ns,
		.again = e->again,
		.of = e->of,
		.stored = e->stored };
	memcpy(out->run, e->run, sizeof(out->run));
	return true;
}

static void set_form(struct scenario_result **form, struct scenario_result *to)
{
	struct scenario_result *was = *form;

	*form = to ? scenario_result_ref(to) : NULL;
	scenario_result_unref(was);
}

void result_cache_again(struct result_cache *c, const struct result_key *key,
        struct scenario_result *again, struct shown_of of)
{
	struct entry *e = lru_get(&c->entries, key->hex);

	if (!e)
		return;
	set_form(&e->again, again);
	e->of = of;
}

void result_cache_stored(
        struct result_cache *c, const struct result_key *key, struct scenario_result *form)
{
	struct entry *e = lru_get(&c->entries, key->hex);

	if (e)
		set_form(&e->stored, form);
}

void result_cache_unstore(struct result_cache *c)
{
	for (struct lru_link *x = c->entries.ends.next; x != &c->entries.ends; x = x->next)
		set_form(&((struct entry *)x)->stored, NULL);
}

static void put_last(struct result_cache *c, const char *scenario, const struct result_key *key,
        const char *run, int64_t wall_ns)
{
	struct last *l = lru_get(&c->lasts, scenario);

	if (l && strcmp(l->key.hex, key->hex) == 0) {
		snprintf(l->run, sizeof(l->run), "%s", run);
		l->wall_ns = wall_ns;
		return;
	}
	if (l)
		lru_del(&c->lasts, &l->link);
	l = xcalloc(1, sizeof(*l));
	l->arena = arena_new();
	memcpy(l->key.hex, key->hex, sizeof(l->key.hex));
	l->key.n_parts = key->n_parts;
	l->key.parts = key_parts_copy(l->arena, key->parts, key->n_parts);
	l->key.n_causes = key->n_causes;
	l->key.causes = key_parts_copy(l->arena, key->causes, key->n_causes);
	snprintf(l->run, sizeof(l->run), "%s", run);
	l->wall_ns = wall_ns;
	lru_put(&c->lasts, scenario, &l->link, arena_bytes(l->arena) + OVERHEAD);
}

static struct entry *put_entry(struct result_cache *c, const char *key,
        struct scenario_result *result, const char *run, int64_t wall_ns)
{
	size_t bytes = arena_bytes(result->arena) + OVERHEAD + AGAIN_BYTES;
	struct entry *e = lru_get(&c->entries, key);

	if (bytes > RESULT_MAX_BYTES)
		return NULL;
	if (e)
		lru_del(&c->entries, &e->link);
	e = xcalloc(1, sizeof(*e));
	e->result = scenario_result_ref(result);
	e->wall_ns = wall_ns;
	snprintf(e->run, sizeof(e->run), "%s", run);
	lru_put(&c->entries, key, &e->link, bytes);
	tell(c);
	return lru_get(&c->entries, key);
}

void result_cache_put(struct result_cache *c, const char *scenario, const struct result_key *key,
        struct scenario_result *result, const char *run)
{
	int64_t now = clock_wall_ns();

	if (arena_bytes(result->arena) + OVERHEAD + AGAIN_BYTES > RESULT_MAX_BYTES)
		return;
	put_last(c, scenario, key, run, now);
	put_entry(c, key->hex, result, run, now);
}

bool result_cache_knows(struct result_cache *c, const char *scenario)
{
	return lru_get(&c->lasts, scenario) != NULL;
}

void result_cache_recall(struct result_cache *c, const char *scenario, const struct recalled *x)
{
	struct result_key key = { .n_parts = 0 };
	struct entry *e;

	if (result_cache_knows(c, scenario))
		return;
	if (c->m)
		metrics_add(
		        c->m, x->result ? METRIC_CACHE_HITS_STORED : METRIC_CACHE_MISSES_STORED, 1);
	if (x->parts) {
		key.parts = x->parts;
		key.n_parts = x->n_parts;
		key.causes = x->causes;
		key.n_causes = x->n_causes;
		snprintf(key.hex, sizeof(key.hex), "%s", x->key);
	}
	put_last(c, scenario, &key, x->run, x->wall_ns);
	if (!x->result || !x->parts || lru_get(&c->entries, key.hex))
		return;
	e = put_entry(c, key.hex, x->result, x->run, x->wall_ns);
	if (e)
		e->stored = scenario_result_ref(x->result);
}

void result_cache_drop(struct result_cache *c, const struct result_key *key)
{
	struct entry *e = lru_get(&c->entries, key->hex);

	if (e)
		lru_del(&c->entries, &e->link);
	c->age++;
	tell(c);
}

const struct result_key *result_cache_last(
        struct result_cache *c, const char *scenario, struct kept_result *out)
{
	struct last *l = lru_get(&c->lasts, scenario);

	if (!l || !l->key.hex[0])
		return NULL;
	*out = (struct kept_result){ .wall_ns = l->wall_ns };
	memcpy(out->run, l->run, sizeof(out->run));
	return &l->key;
}

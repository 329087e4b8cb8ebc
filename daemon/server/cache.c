/* /v1/cache: how full the caches are and what they saved, and clearing them. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/cache/renders.h"
#include "daemon/cache/templates.h"
#include "daemon/core/digest.h"
#include "daemon/server/body.h"
#include "daemon/server/handlers.h"
#include "daemon/server/listing.h"
#include "daemon/server/missing.h"
#include "daemon/server/offload.h"
#include "daemon/wire/wire.h"

/* ---- the caches ---- */

static struct cache_fill templates_fill(const struct server_deps *d)
{
	return template_cache_fill(d->templates);
}

static void templates_clear(const struct server_deps *d)
{
	template_cache_clear(d->templates);
}

static struct cache_fill renders_fill(const struct server_deps *d)
{
	return render_cache_fill(d->renders);
}

static void renders_clear(const struct server_deps *d)
{
	render_cache_clear(d->renders);
}

static struct cache_fill configs_fill(const struct server_deps *d)
{
	return config_cache_fill(d->cache);
}

static void configs_clear(const struct server_deps *d)
{
	config_cache_clear(d->cache);
}

static struct cache_fill results_fill(const struct server_deps *d)
{
	return result_cache_fill(d->results);
}

/* Those that the next daemon would find go, too. */
static void results_clear(const struct server_deps *d)
{
	struct err e;

	result_cache_clear(d->results);
	if (d->store && store_record_forget(d->store, NULL, &e) < 0)
		log_error("history: %s", e.msg);
}

static struct cache_fill reasons_fill(const struct server_deps *d)
{
	return runner_whys_fill(d->runner);
}

static void reasons_clear(const struct server_deps *d)
{
	runner_whys_clear(d->runner);
}

/* Layers that [prepare] made. */
static struct cache_fill images_fill(const struct server_deps *d)
{
	struct image_prepared_stats s;

	image_prepared_stats(d->images, &s);
	return (struct cache_fill){ .entries = s.n, .bytes = s.bytes, .max_bytes = s.max_bytes };
}

/* Their files go with the last sandbox that lies on them. */
static void images_clear(const struct server_deps *d)
{
	const char *const *names = image_names(d->images);

	for (size_t i = 0; names[i]; i++) {
		unsigned changed;
		struct err e;

		if (!image_name_key(names[i]))
			continue;
		pool_drop(d->pool, names[i], &changed);
		if (image_forget(d->images, names[i], &e) < 0)
			log_warn("%s", e.msg);
	}
	image_retire(d->images);
	image_sweep_soon(d->images);
}

struct cache {
	const char *name;
	struct cache_fill (*fill)(const struct server_deps *d);
	void (*clear)(const struct server_deps *d);
	enum metric hits, misses, evictions, build;
};

#define FIGURES(cache_)                                                                            \
	METRIC_CACHE_HITS_##cache_, METRIC_CACHE_MISSES_##cache_, METRIC_CACHE_EVICTIONS_##cache_, \
	        METRIC_CACHE_BUILD_##cache_

/* What a result costs is its scenario. */
static const struct cache caches[] = {
	{ "templates", templates_fill, templates_clear, FIGURES(TEMPLATES) },
	{ "renders", renders_fill, renders_clear, FIGURES(RENDERS) },
	{ "configs", configs_fill, configs_clear, FIGURES(CONFIGS) },
	{ "images", images_fill, images_clear, FIGURES(IMAGES) },
	{ "results", results_fill, results_clear, METRIC_CACHE_HITS_RESULTS,
	        METRIC_CACHE_MISSES_RESULTS, METRIC_CACHE_EVICTIONS_RESULTS, METRIC_SCENARIO_TIME },
	{ "reasons", reasons_fill, reasons_clear, FIGURES(REASONS) },
};

/* ---- GET ---- */

struct row {
	const char *name;
	struct cache_fill fill;
	uint64_t hits, misses, evictions;
	double build_ms;
};

static void cell_name(const void *row, struct strbuf *out)
{
	cell_text(out, ((const struct row *)row)->name);
}

static double entries(const void *row)
{
	return (double)((const struct row *)row)->fill.entries;
}

static void cell_entries(const void *row, struct strbuf *out)
{
	cell_count(out, ((const struct row *)row)->fill.entries);
}

static double bytes(const void *row)
{
	return (double)((const struct row *)row)->fill.bytes;
}

static void cell_size(const void *row, struct strbuf *out)
{
	cell_bytes(out, ((const struct row *)row)->fill.bytes);
}

static double limit(const void *row)
{
	return (double)((const struct row *)row)->fill.max_bytes;
}

static void cell_limit(const void *row, struct strbuf *out)
{
	cell_bytes(out, ((const struct row *)row)->fill.max_bytes);
}

static double hits(const void *row)
{
	return (double)((const struct row *)row)->hits;
}

static void cell_hits(const void *row, struct strbuf *out)
{
	const struct row *x = row;
	uint64_t all = x->hits + x->misses;

	cell_count(out, x->hits);
	if (all)
		strbuf_printf(out, " (%llu %%)", (unsigned long long)(x->hits * 100 / all));
}

static double misses(const void *row)
{
	return (double)((const struct row *)row)->misses;
}

static void cell_misses(const void *row, struct strbuf *out)
{
	cell_count(out, ((const struct row *)row)->misses);
}

static double evictions(const void *row)
{
	return (double)((const struct row *)row)->evictions;
}

static void cell_evictions(const void *row, struct strbuf *out)
{
	cell_count(out, ((const struct row *)row)->evictions);
}

static double build_time(const void *row)
{
	return ((const struct row *)row)->build_ms;
}

static void cell_build(const void *row, struct strbuf *out)
{
	if (build_time(row) > 0)
		cell_age(out, build_time(row));
	else
		strbuf_addc(out, '-');
}

static const struct column columns[] = {
	{ "CACHE", "name", cell_name, NULL },
	{ "ENTRIES", "entries", cell_entries, entries },
	{ "SIZE", "bytes", cell_size, bytes },
	{ "LIMIT", "limit_bytes", cell_limit, limit },
	{ "HITS", "hits", cell_hits, hits },
	{ "MISSES", "misses", cell_misses, misses },
	{ "EVICTED", "evictions", cell_evictions, evictions },
	{ "BUILD p50", "build_p50_ms", cell_build, build_time },
	{ 0 },
};

static size_t fill_rows(const struct server_deps *d, struct row *rows)
{
	const struct metrics *m = d->metrics;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(caches); i++) {
		const struct cache *c = &caches[i];

		rows[n++] = (struct row){
			.name = c->name,
			.fill = c->fill(d),
			.hits = (uint64_t)metrics_value(m, c->hits),
			.misses = (uint64_t)metrics_value(m, c->misses),
			.evictions = (uint64_t)metrics_value(m, c->evictions),
			.build_ms = (double)metrics_quantile(m, c->build, 0.5) / NS_PER_MS,
		};
	}
	return n;
}

static void write_row(struct json *j, const struct row *row)
{
	json_obj(j, NULL);
	json_str(j, "name", row->name);
	json_uint(j, "entries", row->fill.entries);
	json_uint(j, "limit_entries", row->fill.max_entries);
	json_uint(j, "bytes", row->fill.bytes);
	json_uint(j, "limit_bytes", row->fill.max_bytes);
	json_uint(j, "hits", row->hits);
	json_uint(j, "misses", row->misses);
	json_uint(j, "evictions", row->evictions);
	json_ms(j, "build_p50_ms", row->build_ms);
	json_end(j);
}

static void show(struct request *r, struct row *rows, size_t n)
{
	struct listing l = { columns, rows, n, sizeof(*rows) };
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	if (listing_arrange(r, &l) < 0)
		return;
	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.cache/1");
	json_arr(&j, "caches");
	for (size_t i = 0; i < l.n; i++)
		write_row(&j, &rows[i]);
	json_end(&j);
	json_end(&j);
	listing_text(r, &l, &text);
	answer(r, 0, &json, &text);
}

/* Results that the next daemon finds are in the database. */
struct stored {
	struct offload o;
	struct store *store;
	struct kept_figures is;
	bool known;
	const char *name; /* of the cache that is cleared; NULL = all */
};

static void ask_store(struct offload *o)
{
	struct stored *s = (struct stored *)o;
	struct err e;

	s->known = store_kept(s->store, &s->is, &e) == 0;
	if (!s->known)
		log_warn("history: %s", e.msg);
}

static struct row stored_row(const struct metrics *m, const struct kept_figures *is)
{
	return (struct row){ .name = "stored",
		.fill = { is->entries, is->max_entries, is->bytes, is->max_bytes },
		.hits = (uint64_t)metrics_value(m, METRIC_CACHE_HITS_STORED),
		.misses = (uint64_t)metrics_value(m, METRIC_CACHE_MISSES_STORED),
		.evictions = is->evictions,
		.build_ms = (double)metrics_quantile(m, METRIC_SCENARIO_TIME, 0.5) / NS_PER_MS };
}

static void show_all(struct offload *o)
{
	const struct stored *s = (const struct stored *)o;
	struct row rows[ARRAY_LEN(caches) + 1];
	size_t n = fill_rows(o->r->d, rows);

	if (s->known)
		rows[n++] = stored_row(o->r->d->metrics, &s->is);
	show(o->r, rows, n);
}

static void free_stored(struct offload *o)
{
	free(o);
}

static void with_stored(struct request *r, void (*then)(struct offload *o), const char *name)
{
	struct stored *s = xcalloc(1, sizeof(*s));

	s->o = (struct offload){ .work = ask_store, .answer = then, .release = free_stored };
	s->store = r->d->store;
	s->name = name;
	offload(r, &s->o);
}

void handle_cache_show(struct request *r)
{
	struct row rows[ARRAY_LEN(caches)];

	if (r->d->store)
		with_stored(r, show_all, NULL);
	else
		show(r, rows, fill_rows(r->d, rows));
}

/* ---- DELETE ---- */

static void no_such_cache(struct request *r)
{
	const char *names[ARRAY_LEN(caches) + 2] = { 0 };
	AUTO_STRBUF why = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(caches); i++)
		names[i] = caches[i].name;
	names[ARRAY_LEN(caches)] = "all";
	strbuf_printf(&why, "there is no cache '%.64s'", r->part);
	answer_missing(
	        r, &(struct missing){ "not-found", "cache", r->part, names, why.s, "clnrm cache" });
}

static size_t clear_one(
        struct request *r, const struct cache *c, struct json *j, struct strbuf *text)
{
	size_t held = c->fill(r->d).entries;

	c->clear(r->d);
	json_str(j, NULL, c->name);
	strbuf_printf(text, "%s: %zu dropped\n", c->name, held);
	return held;
}

/* name: NULL = all of them. stored: how many results the next daemon would have found, which go
 * with those of this one; or NULL. */
static void clear(struct request *r, const char *name, const struct kept_figures *stored)
{
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);
	size_t n = 0;

	json_obj(&j, NULL);
	json_arr(&j, "changed");
	for (size_t i = 0; i < ARRAY_LEN(caches); i++)
		if (!name || strcmp(name, caches[i].name) == 0)
			n += clear_one(r, &caches[i], &j, &text);
	if (stored) {
		json_str(&j, NULL, "stored");
		strbuf_printf(&text, "stored: %llu dropped\n", (unsigned long long)stored->entries);
		n += stored->entries;
	}
	json_end(&j);
	json_arr(&j, "kept");
	json_end(&j);
	json_arr(&j, "failed");
	json_end(&j);
	json_uint(&j, "count", n);
	json_end(&j);
	answer(r, 0, &json, &text);
}

static void clear_stored(struct offload *o)
{
	const struct stored *s = (const struct stored *)o;

	clear(o->r, s->name, s->known ? &s->is : NULL);
}

static void clear_with_stored(struct request *r, const char *name)
{
	if (r->d->store && (!name || strcmp(name, "results") == 0))
		with_stored(r, clear_stored, name);
	else
		clear(r, name, NULL);
}

void handle_cache_clear_all(struct request *r)
{
	clear_with_stored(r, NULL);
}

void handle_cache_clear(struct request *r)
{
	const struct cache *c = NULL;

	if (strcmp(r->part, "all") == 0) {
		clear_with_stored(r, NULL);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(caches); i++)
		if (strcmp(caches[i].name, r->part) == 0)
			c = &caches[i];
	if (!c) {
		no_such_cache(r);
		return;
	}
	clear_with_stored(r, c->name);
}

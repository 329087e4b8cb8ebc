/* /v1/cache: how full the caches are and what they saved, clearing them, and what is known of one
 * file. */
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

#define FILE_MAX_BYTES (64u << 20) /* of what is hashed to answer */
#define MAX_USERS 100u

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
	const char *feature; /* the part that builds it; NULL: it is there */
	struct cache_fill (*fill)(const struct server_deps *d);
	void (*clear)(const struct server_deps *d);
	enum metric hits, misses, evictions, build;
};

#define FIGURES(cache_)                                                                            \
	METRIC_CACHE_HITS_##cache_, METRIC_CACHE_MISSES_##cache_, METRIC_CACHE_EVICTIONS_##cache_, \
	        METRIC_CACHE_BUILD_##cache_

/* What a result costs is its scenario. */
static const struct cache caches[] = {
	{ "templates", NULL, templates_fill, templates_clear, FIGURES(TEMPLATES) },
	{ "renders", NULL, renders_fill, renders_clear, FIGURES(RENDERS) },
	{ "configs", NULL, configs_fill, configs_clear, FIGURES(CONFIGS) },
	{ "images", NULL, images_fill, images_clear, FIGURES(IMAGES) },
	{ "results", NULL, results_fill, results_clear, METRIC_CACHE_HITS_RESULTS,
	        METRIC_CACHE_MISSES_RESULTS, METRIC_CACHE_EVICTIONS_RESULTS, METRIC_SCENARIO_TIME },
	{ "reasons", NULL, reasons_fill, reasons_clear, FIGURES(REASONS) },
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

		if (c->feature)
			continue;
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
		if (!caches[i].feature && (!name || strcmp(name, caches[i].name) == 0))
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
	if (c->feature) {
		AUTO_STR what = xasprintf("cache '%s'", c->name);

		answer_needs(r, c->feature, what, NULL);
		return;
	}
	clear_with_stored(r, c->name);
}

/* ---- what is known of a file ---- */

struct user {
	const char *scenario, *how;
};

struct question {
	struct offload o;
	struct arena *arena;
	const char *path, *real;
	bool known, there;
	struct known_file file;
	struct render_known renders;
	bool rendered;             /* there are renders */
	struct depends_why since;  /* what else file was made from is another now */
	struct depends_why staled; /* the same of the text that was rendered last */
	char sha256[DIGEST_HEX];   /* "": not hashed */
	struct user users[MAX_USERS];
	size_t n_users, n_all;
	const char *makes[MAX_USERS]; /* files that are made from it too */
	size_t n_makes;
	struct err why; /* it cannot be read */
};

static void add_user(void *arg, const char *scenario, const char *how)
{
	struct question *q = arg;

	if (q->n_users < MAX_USERS)
		q->users[q->n_users++] = (struct user){ arena_strdup(q->arena, scenario), how };
	q->n_all++;
}

/* Each once, however many requests it is kept for. */
static void add_made(void *arg, const char *real)
{
	struct question *q = arg;

	for (size_t i = 0; i < q->n_makes; i++)
		if (strcmp(q->makes[i], real) == 0)
			return;
	if (q->n_makes < MAX_USERS)
		q->makes[q->n_makes++] = arena_strdup(q->arena, real);
}

static void hash(struct offload *o)
{
	struct question *q = (struct question *)o;
	AUTO_STRBUF text = STRBUF_INIT;
	struct digest d;

	if (fs_read_file(q->real, FILE_MAX_BYTES, &text, &q->why) < 0) {
		q->there = q->why.code != ERR_NOT_FOUND;
		return;
	}
	q->there = true;
	digest_of(text.s, text.len, &d);
	digest_hex(&d, q->sha256);
	depends_hold(q->file.deps, &q->since);
	depends_hold(q->renders.deps, &q->staled);
}

static bool is_same(const struct question *q)
{
	return q->sha256[0] && strcmp(q->sha256, q->file.sha256) == 0 && !q->since.kind;
}

static const char *state_of(const struct question *q)
{
	if (!q->there)
		return "missing";
	if (!q->known)
		return "unknown";
	return is_same(q) ? "unchanged" : "changed";
}

/* What a run would go by. */
static const char *decided_by(const struct question *q)
{
	if (!q->known || !q->there)
		return NULL;
	return q->file.by_stat && q->file.same_stat ? "stat" : "hash";
}

static void write_reason(struct json *j, const char *key, const struct depends_why *why)
{
	if (!why->kind) {
		json_null(j, key);
		return;
	}
	json_obj(j, key);
	json_str(j, "kind", cause_rows[why->kind].name);
	json_str(j, "name", why->name);
	json_str(j, "how", why->how);
	json_end(j);
}

static void write_renders(struct json *j, const struct question *q)
{
	if (!q->rendered) {
		json_null(j, "renders");
		return;
	}
	json_obj(j, "renders");
	json_uint(j, "kept", q->renders.n);
	if (q->renders.never)
		json_str(j, "never", q->renders.never);
	else
		json_null(j, "never");
	write_reason(j, "changed", &q->staled);
	write_reason(j, "missed", &q->renders.missed);
	json_end(j);
}

static void write_known(struct json *j, const struct question *q)
{
	const char *by = decided_by(q);

	json_obj(j, NULL);
	json_str(j, "schema", "clnrm.cache_why/1");
	json_str(j, "path", q->path);
	json_str(j, "real", q->real);
	json_str(j, "state", state_of(q));
	if (by)
		json_str(j, "decided_by", by);
	else
		json_null(j, "decided_by");
	if (q->known)
		json_str(j, "sha256", q->file.sha256);
	else
		json_null(j, "sha256");
	if (q->sha256[0])
		json_str(j, "sha256_now", q->sha256);
	else
		json_null(j, "sha256_now");
	write_reason(j, "changed", &q->since);
	write_reason(j, "missed", &q->file.missed);
	write_renders(j, q);
	json_arr(j, "included_by");
	for (size_t i = 0; i < q->n_makes; i++)
		json_str(j, NULL, q->makes[i]);
	json_end(j);
	json_uint(j, "scenarios", q->n_all);
	json_arr(j, "users");
	for (size_t i = 0; i < q->n_users; i++) {
		json_obj(j, NULL);
		json_str(j, "scenario", q->users[i].scenario);
		json_str(j, "how", q->users[i].how);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

/* Why its stat data does not say so. */
static const char *not_by_stat(const struct question *q)
{
	return q->file.same_stat ? "it was written too shortly before it was read"
	                         : "its stat data is another";
}

/* "include '/p/part.tera' changed" */
static void reason_text(const struct depends_why *why, struct strbuf *out)
{
	strbuf_adds(out, cause_rows[why->kind].name);
	if (why->name[0])
		strbuf_printf(out, " '%s'", why->name);
	strbuf_printf(out, " %s",
	        strcmp(why->how, "new") == 0    ? "is new"
	        : strcmp(why->how, "gone") == 0 ? "is gone"
	                                        : why->how);
}

static void because(const char *what, const struct depends_why *why, struct strbuf *out)
{
	if (!why->kind)
		return;
	strbuf_printf(out, "  %s: ", what);
	reason_text(why, out);
	strbuf_addc(out, '\n');
}

static void renders_text(const struct question *q, struct strbuf *out)
{
	if (!q->rendered)
		return;
	if (q->renders.never)
		strbuf_printf(out, "  rendered text is not kept: %s\n", q->renders.never);
	else
		strbuf_printf(out, "  rendered text is kept for %zu request%s\n", q->renders.n,
		        q->renders.n == 1 ? "" : "s");
	because("rendered anew next time", &q->staled, out);
	because("rendered anew last time", &q->renders.missed, out);
}

static void state_text(const struct question *q, struct strbuf *out)
{
	strbuf_adds(out, q->path);
	if (!q->there) {
		strbuf_adds(out, " is not there\n");
	} else if (!q->known && q->n_makes) {
		strbuf_adds(out, ": no test file of its own, but what others are made from\n");
	} else if (!q->known) {
		strbuf_adds(out, ": nothing is kept of it: it was not loaded, or what it says "
		                 "depends on more than its own bytes\n");
	} else if (q->since.kind) {
		strbuf_adds(out, ": changed: ");
		reason_text(&q->since, out);
		strbuf_addc(out, '\n');
	} else if (!is_same(q)) {
		strbuf_printf(
		        out, ": changed (sha256 %.4s... -> %.4s...)\n", q->file.sha256, q->sha256);
	} else if (strcmp(decided_by(q), "stat") == 0) {
		strbuf_printf(out, ": unchanged, by its stat data (sha256 %.4s...)\n", q->sha256);
	} else {
		strbuf_printf(out, ": unchanged, by its content (sha256 %.4s...): %s\n", q->sha256,
		        not_by_stat(q));
	}
}

static void known_text(const struct question *q, struct strbuf *out)
{
	state_text(q, out);
	because("parsed anew last time", &q->file.missed, out);
	renders_text(q, out);
	for (size_t i = 0; i < q->n_makes; i++)
		strbuf_printf(
		        out, "  %s %s\n", q->there ? "included by" : "looked for by", q->makes[i]);
	for (size_t i = 0; i < q->n_users; i++)
		strbuf_printf(out, "  %s %s\n",
		        strcmp(q->users[i].how, "test") == 0 ? "result of" : "input of",
		        q->users[i].scenario);
	if (q->n_all > q->n_users)
		strbuf_printf(out, "  and %zu more\n", q->n_all - q->n_users);
}

static void reply(struct offload *o)
{
	struct question *q = (struct question *)o;
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	if (q->there && !q->sha256[0]) {
		answer_err(o->r, &q->why);
		return;
	}
	write_known(&j, q);
	known_text(q, &text);
	answer(o->r, q->there ? 0 : 3, &json, &text);
}

static void release(struct offload *o)
{
	struct question *q = (struct question *)o;

	depends_unref(q->file.deps);
	depends_unref(q->renders.deps);
	arena_free(q->arena);
	free(q);
}

struct asked {
	const json_t *cwd;
	const char *path;
};

#define AT(member) .at = offsetof(struct asked, member)
static const struct field fields[] = {
	{ .name = "cwd", .type = FIELD_JSON, AT(cwd) },
	{ .name = "path", .type = FIELD_TEXT, AT(path), .max = BODY_PATH_MAX },
};
#undef AT

/* The real path, if it is there; else as it is written. */
static const char *real_of(struct arena *a, const char *dir, const char *path)
{
	AUTO_STR whole = fs_join(dir, path);
	AUTO_STR normal = fs_normalize(whole);
	AUTO_STR real = realpath(whole, NULL);

	return arena_strdup(a, real ? real : normal);
}

/* As a render names it, with its links. */
static const char *plain_of(struct arena *a, const char *dir, const char *path)
{
	AUTO_STR whole = fs_join(dir, path);
	AUTO_STR normal = fs_normalize(whole);

	return arena_strdup(a, normal);
}

static bool read_asked(struct request *r, struct decode *c, struct body_dir *dir, struct asked *out)
{
	decode_object(c, r->json, "", fields, ARRAY_LEN(fields), out);
	body_read_dir(c, out->cwd, dir);
	if (!out->path || !*out->path)
		decode_blame(c, "path", "is missing");
	if (!decode_ok(c)) {
		body_refuse(r, c);
		return false;
	}
	return body_check_dir(r, dir, 6) == 0;
}

void handle_cache_why(struct request *r)
{
	struct arena *a = arena_new();
	__attribute__((cleanup(decode_release))) struct decode c;
	struct body_dir dir = { 0 };
	struct asked asked = { 0 };
	struct question *q;

	body_begin(r, &c, a);
	if (!read_asked(r, &c, &dir, &asked)) {
		arena_free(a);
		return;
	}
	q = xcalloc(1, sizeof(*q));
	q->o = (struct offload){ .work = hash, .answer = reply, .release = release };
	q->arena = a;
	q->path = arena_strdup(a, asked.path);
	q->real = real_of(a, dir.path, asked.path);
	q->known = config_cache_known(r->d->cache, q->real, &q->file);
	q->rendered =
	        render_cache_known(r->d->renders, plain_of(a, dir.path, asked.path), &q->renders);
	result_cache_users(r->d->results, q->real, add_user, q);
	config_cache_users(r->d->cache, q->real, add_made, q);
	render_cache_users(r->d->renders, q->real, add_made, q);
	offload(r, &q->o);
}

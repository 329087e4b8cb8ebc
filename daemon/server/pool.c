/* /v1/pool: what stands warm, making more of it, dropping it. */
#include <string.h>

#include "daemon/server/body.h"
#include "daemon/server/fresh.h"
#include "daemon/server/handlers.h"
#include "daemon/server/listing.h"
#include "daemon/server/missing.h"
#include "daemon/wire/wire.h"

#define MAX_ROWS 256 /* the pool holds fewer stocks */
#define MAX_COUNT 1024

/* ---- GET ---- */

static void cell_image(const void *row, struct strbuf *out)
{
	cell_text(out, ((const struct pool_row *)row)->image);
}

static void cell_profile(const void *row, struct strbuf *out)
{
	cell_text(out, ((const struct pool_row *)row)->profile);
}

static double warm(const void *row)
{
	return ((const struct pool_row *)row)->warm;
}

static void cell_warm(const void *row, struct strbuf *out)
{
	cell_count(out, ((const struct pool_row *)row)->warm);
}

static double target(const void *row)
{
	return ((const struct pool_row *)row)->target;
}

static void cell_target(const void *row, struct strbuf *out)
{
	cell_count(out, ((const struct pool_row *)row)->target);
}

static double busy(const void *row)
{
	return ((const struct pool_row *)row)->busy;
}

static void cell_busy(const void *row, struct strbuf *out)
{
	cell_count(out, ((const struct pool_row *)row)->busy);
}

static double hits(const void *row)
{
	return (double)((const struct pool_row *)row)->hits;
}

static void cell_hits(const void *row, struct strbuf *out)
{
	const struct pool_row *p = row;
	uint64_t all = p->hits + p->misses;

	cell_count(out, p->hits);
	if (all)
		strbuf_printf(out, " (%llu %%)", (unsigned long long)(p->hits * 100 / all));
}

static double refill(const void *row)
{
	return ((const struct pool_row *)row)->refill_p50_ms;
}

static void cell_refill(const void *row, struct strbuf *out)
{
	if (refill(row) > 0)
		cell_age(out, refill(row));
	else
		strbuf_addc(out, '-');
}

static double memory(const void *row)
{
	return (double)((const struct pool_row *)row)->memory_bytes;
}

static void cell_memory(const void *row, struct strbuf *out)
{
	cell_bytes(out, ((const struct pool_row *)row)->memory_bytes);
}

static void cell_differs(const void *row, struct strbuf *out)
{
	const char *s = ((const struct pool_row *)row)->differs;

	strbuf_add_visible(out, *s ? s : "-", *s ? strlen(s) : 1);
}

static const struct column columns[] = {
	{ "IMAGE", "image", cell_image, NULL },
	{ "PROFILE", "profile", cell_profile, NULL },
	{ "WARM", "warm", cell_warm, warm },
	{ "WANT", "target", cell_target, target },
	{ "BUSY", "busy", cell_busy, busy },
	{ "HITS", "hits", cell_hits, hits },
	{ "REFILL p50", "refill_p50_ms", cell_refill, refill },
	{ "MEM", "memory_bytes", cell_memory, memory },
	{ "DIFFERS", "differs", cell_differs, NULL },
	{ 0 },
};

static void write_row(struct json *j, const struct pool_row *row)
{
	json_obj(j, NULL);
	json_str(j, "image", row->image);
	json_str(j, "image_digest", row->image_digest);
	json_str(j, "profile", row->profile);
	json_str(j, "engine", row->engine);
	json_uint(j, "warm", row->warm);
	json_uint(j, "target", row->target);
	json_uint(j, "busy", row->busy);
	json_uint(j, "hits", row->hits);
	json_uint(j, "misses", row->misses);
	json_ms(j, "refill_p50_ms", row->refill_p50_ms);
	json_ms(j, "refill_p95_ms", row->refill_p95_ms);
	json_uint(j, "memory_bytes", row->memory_bytes);
	json_str(j, "differs", row->differs);
	json_end(j);
}

void handle_pool_show(struct request *r)
{
	struct pool_row *rows = xcalloc(MAX_ROWS, sizeof(*rows));
	struct listing l = { columns, rows, pool_rows(r->d->pool, rows, MAX_ROWS), sizeof(*rows) };
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	if (listing_arrange(r, &l) == 0) {
		json_obj(&j, NULL);
		json_str(&j, "schema", "clnrm.pool/1");
		json_arr(&j, "pools");
		for (size_t i = 0; i < l.n; i++)
			write_row(&j, &rows[i]);
		json_end(&j);
		json_end(&j);
		listing_text(r, &l, &text);
		answer(r, 0, &json, &text);
	}
	free(rows);
}

/* ---- POST ---- */

struct change {
	const char *image; /* NULL = all */
	unsigned count;    /* 0 = as many as there may be */
};

#define AT(member) .at = offsetof(struct change, member)
static const struct field fields[] = {
	{ .name = "image", .type = FIELD_TEXT, AT(image), .max = BODY_PATH_MAX },
	{ .name = "count", .type = FIELD_UINT, AT(count), .min = 1, .max = MAX_COUNT },
};
#undef AT

static int read_change(struct request *r, struct arena *a, struct change *out)
{
	*out = (struct change){ 0 };
	return body_decode(r, fields, ARRAY_LEN(fields), a, out);
}

static void list_member(struct json *j, const char *key, const char *item)
{
	json_arr(j, key);
	if (item)
		json_str(j, NULL, item);
	json_end(j);
}

/* image NULL = all of them. */
static void answer_changed(struct request *r, const char *image, unsigned n, struct strbuf *text)
{
	AUTO_STRBUF json = STRBUF_INIT;
	struct json j = JSON_INIT(&json);
	const char *name = image ? image : "all";

	json_obj(&j, NULL);
	list_member(&j, "changed", n ? name : NULL);
	list_member(&j, "kept", n ? NULL : name);
	list_member(&j, "failed", NULL);
	json_uint(&j, "count", n);
	json_end(&j);
	answer(r, 0, &json, text);
}

static void no_such_image(struct request *r, const char *image, const char *detail)
{
	answer_missing(r, &(struct missing){ "image-not-found", "image", image,
	                          image_names(r->d->images), detail, "clnrm images" });
}

/* The image is at hand, if it can be. */
static void fill(struct request *r)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	AUTO_STRBUF text = STRBUF_INIT;
	unsigned changed = 0;
	struct change c;
	struct err e;

	if (read_change(r, a, &c) < 0)
		return;
	if (!c.count)
		c.count = r->d->pool_size(r->d->arg);
	if (pool_fill(r->d->pool, c.image, c.count, &changed, &e) < 0) {
		if (e.code == ERR_NOT_FOUND)
			no_such_image(r, c.image, e.msg);
		else
			answer_err(r, &e);
		return;
	}
	if (changed)
		strbuf_printf(&text, "%u of '%s' are being made\n", changed, c.image);
	else
		strbuf_printf(&text, "nothing to do: '%s' has what it may have\n", c.image);
	answer_changed(r, c.image, changed, &text);
}

void handle_pool_fill(struct request *r)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct change c;

	if (read_change(r, a, &c) < 0)
		return;
	if (c.image)
		fresh_image(r, c.image, fill);
	else
		answer_problem(r, "bad-request", 2, "member 'image' is missing", NULL, NULL);
}

static bool is_image(const struct request *r, const char *name)
{
	struct err e;

	return image_look(r->d->images, name, &e) != NULL;
}

static void drop(struct request *r)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	AUTO_STRBUF text = STRBUF_INIT;
	unsigned changed = 0;
	struct change c;

	if (read_change(r, a, &c) < 0)
		return;
	if (c.image && !is_image(r, c.image)) {
		strbuf_printf(&text, "there is no image '%.200s'", c.image);
		no_such_image(r, c.image, text.s);
		return;
	}
	pool_drop(r->d->pool, c.image, &changed);
	if (changed)
		strbuf_printf(&text, "%u dropped\n", changed);
	else
		strbuf_adds(&text, "nothing was warm\n");
	answer_changed(r, c.image, changed, &text);
}

void handle_pool_drain(struct request *r)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct change c;

	if (read_change(r, a, &c) < 0)
		return;
	if (c.image)
		fresh_image(r, c.image, drop);
	else
		drop(r);
}

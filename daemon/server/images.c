/* /v1/images: what `clnrm images` shows. */
#include <string.h>

#include "common/clock.h"
#include "daemon/server/fresh.h"
#include "daemon/server/handlers.h"
#include "daemon/server/listing.h"
#include "daemon/server/missing.h"
#include "daemon/wire/wire.h"

#define MAX_POOLS 256

struct image_row {
	const char *name, *engine;
	const struct image *image; /* NULL: cannot be had */
	bool in_use;
	struct err why;
};

static bool is_host(const struct image *image)
{
	return image && image->n_binds > 0;
}

/* ---- columns ---- */

static const struct image *of(const void *row)
{
	return ((const struct image_row *)row)->image;
}

static void cell_name(const void *row, struct strbuf *out)
{
	cell_text(out, ((const struct image_row *)row)->name);
}

static void cell_sum(const void *row, struct strbuf *out)
{
	cell_digest(out, of(row) ? of(row)->digest : NULL);
}

/* A view of this machine has no size of its own, what lies over it has. */
static double size(const void *row)
{
	const struct image *image = of(row);

	if (is_host(image))
		return image->prepared ? (double)image->prepared->bytes : 0;
	return image ? (double)image->size_bytes : 0;
}

static void cell_size(const void *row, struct strbuf *out)
{
	cell_bytes(out, (uint64_t)size(row));
}

static double layers(const void *row)
{
	return of(row) && !is_host(of(row)) ? (double)(1 + of(row)->n_above) : 0;
}

static void cell_layers(const void *row, struct strbuf *out)
{
	if (layers(row) > 0)
		strbuf_printf(out, "%.0f", layers(row));
	else
		strbuf_addc(out, '-');
}

static double used(const void *row)
{
	if (((const struct image_row *)row)->in_use)
		return (double)INT64_MAX;
	return of(row) ? (double)of(row)->used_wall_ns : 0;
}

static void cell_used(const void *row, struct strbuf *out)
{
	if (((const struct image_row *)row)->in_use) {
		strbuf_adds(out, "now");
	} else if (!of(row) || !of(row)->used_wall_ns) {
		strbuf_addc(out, '-');
	} else {
		cell_age(out, (double)(clock_wall_ns() - of(row)->used_wall_ns) / NS_PER_MS);
		strbuf_adds(out, " ago");
	}
}

static void cell_engines(const void *row, struct strbuf *out)
{
	cell_text(
	        out, of(row) ? ((const struct image_row *)row)->engine : "none: inspect says why");
}

static const struct column columns[] = {
	{ "IMAGE", "name", cell_name, NULL },
	{ "DIGEST", "digest", cell_sum, NULL },
	{ "SIZE", "size_bytes", cell_size, size },
	{ "LAYERS", "layers", cell_layers, layers },
	{ "USED", "used_at", cell_used, used },
	{ "ENGINES", "engines", cell_engines, NULL },
	{ 0 },
};

/* ---- both ---- */

/* Somebody holds a sandbox of it. */
static bool in_use(const struct request *r, const struct image *image)
{
	struct pool_row rows[MAX_POOLS];
	size_t n = pool_rows(r->d->pool, rows, MAX_POOLS);

	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].image_digest, image->digest) == 0 &&
		        (rows[i].busy || rows[i].warm))
			return true;
	return false;
}

static struct image_row look(const struct request *r, const char *name)
{
	struct image_row row = { .name = name, .engine = r->d->engine->ops->name };

	row.image = image_look(r->d->images, name, &row.why);
	row.in_use = row.image && in_use(r, row.image);
	return row;
}

static void when(struct json *j, const char *key, int64_t wall_ns)
{
	char at[RFC3339_LEN];

	if (wall_ns)
		clock_rfc3339(wall_ns, at);
	json_str(j, key, wall_ns ? at : NULL);
}

static void number_or_null(struct json *j, const char *key, double n)
{
	if (n > 0)
		json_uint(j, key, (uint64_t)n);
	else
		json_null(j, key);
}

static void write_members(struct json *j, const struct image_row *row)
{
	const struct image *image = row->image;

	json_str(j, "name", row->name);
	json_str(j, "digest", image ? image->digest : NULL);
	number_or_null(j, "size_bytes", size(row));
	number_or_null(j, "layers", layers(row));
	when(j, "used_at", image ? image->used_wall_ns : 0);
	json_bool(j, "in_use", row->in_use);
	json_arr(j, "engines");
	if (image)
		json_str(j, NULL, row->engine);
	json_end(j);
	json_str(j, "problem", image ? NULL : row->why.msg);
}

static void answer_list(struct request *r)
{
	const char *const *names = image_names(r->d->images);
	size_t n = 0;
	while (names[n])
		n++;
	struct image_row *rows = xcalloc(n, sizeof(*rows));
	struct listing l = { columns, rows, 0, sizeof(*rows) };
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	for (; l.n < n; l.n++)
		rows[l.n] = look(r, names[l.n]);
	if (listing_arrange(r, &l) == 0) {
		json_obj(&j, NULL);
		json_str(&j, "schema", "clnrm.images/1");
		json_arr(&j, "images");
		for (size_t i = 0; i < l.n; i++) {
			json_obj(&j, NULL);
			write_members(&j, &rows[i]);
			json_end(&j);
		}
		json_end(&j);
		json_end(&j);
		listing_text(r, &l, &text);
		answer(r, 0, &json, &text);
	}
	free(rows);
}

void handle_image_list(struct request *r)
{
	fresh_image(r, NULL, answer_list);
}

/* ---- one ---- */

static void words_text(
        const char *title, const char *const *v, const char *between, struct strbuf *out)
{
	for (size_t i = 0; v[i]; i++) {
		strbuf_adds(out, i ? between : title);
		strbuf_add_visible(out, v[i], strlen(v[i]));
	}
	if (v[0])
		strbuf_addc(out, '\n');
}

static void config_text(const struct image_config *c, struct strbuf *out)
{
	const char *const user[] = { c->user, NULL }, *const workdir[] = { c->workdir, NULL };

	words_text("user     ", user, "", out);
	words_text("workdir  ", workdir, "", out);
	words_text("env      ", c->env, "\n         ", out);
	words_text("entry    ", c->entrypoint, " ", out);
	words_text("command  ", c->cmd, " ", out);
}

static void origin_text(const struct image_origin *o, struct strbuf *out)
{
	char at[RFC3339_LEN];

	clock_rfc3339(o->imported_wall_ns, at);
	strbuf_printf(out, "imported %s from %s", at, o->kind);
	if (o->digest)
		strbuf_printf(out, " sha256:%s", o->digest);
	if (o->platform)
		strbuf_printf(out, " for %s", o->platform);
	strbuf_printf(out, "\nentries  %llu", (unsigned long long)o->entries);
	if (o->left_out)
		strbuf_printf(out, "; %llu devices, pipes or sockets left out",
		        (unsigned long long)o->left_out);
	if (o->owners_lost)
		strbuf_printf(out, "; %llu belong to root here, imported by an ordinary user",
		        (unsigned long long)o->owners_lost);
	if (o->xattrs_lost)
		strbuf_printf(out, "; %llu extended attributes not kept",
		        (unsigned long long)o->xattrs_lost);
	strbuf_addc(out, '\n');
}

static void prepared_text(const struct image_prepared *p, struct strbuf *out)
{
	char at[RFC3339_LEN];

	clock_rfc3339(p->made_wall_ns, at);
	strbuf_printf(out, "prepared %s in %llu ms, %s\nkey      %s\nentries  %llu, ", at,
	        (unsigned long long)p->took_ms, wire_prepared_as(p->recorded), p->key,
	        (unsigned long long)p->entries);
	cell_bytes(out, p->bytes);
	if (p->owners_lost)
		strbuf_printf(out, "; %llu belong to root here, prepared by an ordinary user",
		        (unsigned long long)p->owners_lost);
	strbuf_addc(out, '\n');
}

static void image_text(const struct request *r, const struct image_row *row, struct strbuf *out)
{
	const struct image *image = row->image;

	(void)r;
	strbuf_printf(out, "image    %s\ndigest   %s\n", row->name, image->digest);
	strbuf_adds(out, "size     ");
	cell_size(row, out);
	strbuf_adds(out, "\nused     ");
	cell_used(row, out);
	strbuf_printf(out, "\nengines  %s\npath     %s\nPATH     %s\n", row->engine, image->lower,
	        image->path_env);
	config_text(image->config, out);
	if (image->origin)
		origin_text(image->origin, out);
	if (image->prepared)
		prepared_text(image->prepared, out);
	for (size_t i = 0; i < image->n_binds; i++) {
		strbuf_printf(out, "%s%s", i ? "         " : "views    ", image->binds[i].host);
		if (strcmp(image->binds[i].host, image->binds[i].at) != 0)
			strbuf_printf(out, " at %s", image->binds[i].at);
		strbuf_addc(out, '\n');
	}
}

static void write_words(struct json *j, const char *key, const char *const *v)
{
	json_arr(j, key);
	for (; *v; v++)
		json_str(j, NULL, *v);
	json_end(j);
}

static void write_layers(struct json *j, const struct image *image)
{
	json_arr(j, "layer_paths");
	json_str(j, NULL, image->lower);
	for (size_t i = 0; i < image->n_above; i++)
		json_str(j, NULL, image->above[i]);
	json_end(j);
}

static void write_config(struct json *j, const struct image_config *c)
{
	write_words(j, "env", c->env);
	json_str(j, "workdir", c->workdir);
	json_str(j, "user", c->user);
	write_words(j, "entrypoint", c->entrypoint);
	write_words(j, "cmd", c->cmd);
}

static void write_origin(struct json *j, const struct image_origin *o)
{
	if (!o) {
		json_null(j, "origin");
		return;
	}
	json_obj(j, "origin");
	json_str(j, "kind", o->kind);
	json_str(j, "digest", o->digest);
	json_str(j, "platform", o->platform);
	when(j, "imported_at", o->imported_wall_ns);
	json_uint(j, "entries", o->entries);
	json_uint(j, "left_out", o->left_out);
	json_uint(j, "owners_lost", o->owners_lost);
	json_uint(j, "xattrs_lost", o->xattrs_lost);
	json_end(j);
}

static void write_prepared(struct json *j, const struct image_prepared *p)
{
	if (!p) {
		json_null(j, "prepared");
		return;
	}
	json_obj(j, "prepared");
	json_str(j, "key", p->key);
	json_str(j, "as", wire_prepared_as(p->recorded));
	json_str(j, "digest", p->diff);
	when(j, "made_at", p->made_wall_ns);
	json_uint(j, "took_ms", p->took_ms);
	json_uint(j, "size_bytes", p->bytes);
	json_uint(j, "entries", p->entries);
	json_uint(j, "owners_lost", p->owners_lost);
	json_end(j);
}

static void answer_show(struct request *r)
{
	struct image_row row = look(r, r->part);
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	if (!row.image) {
		answer_missing(r, &(struct missing){ "image-not-found", "image", r->part,
		                          image_names(r->d->images), row.why.msg, "clnrm images" });
		return;
	}
	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.image/1");
	write_members(&j, &row);
	json_str(&j, "path", row.image->lower);
	json_str(&j, "path_env", row.image->path_env);
	write_layers(&j, row.image);
	write_config(&j, row.image->config);
	write_origin(&j, row.image->origin);
	write_prepared(&j, row.image->prepared);
	json_arr(&j, "binds");
	for (size_t i = 0; i < row.image->n_binds; i++) {
		json_obj(&j, NULL);
		json_str(&j, "host", row.image->binds[i].host);
		json_str(&j, "at", row.image->binds[i].at);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	image_text(r, &row, &text);
	answer(r, 0, &json, &text);
}

void handle_image_show(struct request *r)
{
	fresh_image(r, r->part, answer_show);
}

/* /v1/images: import, removal, prune. */
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/server/body.h"
#include "daemon/server/handlers.h"
#include "daemon/server/listing.h"
#include "daemon/server/missing.h"
#include "daemon/server/offload.h"
#include "daemon/wire/wire.h"
#include "proto/problem.h"

#define MAX_POOLS 256
#define IN_USE                                                                                    \
	"image '%s' is in use by %u running sandbox%s: wait for their end, or --force takes its " \
	"name away now and its files when they have ended"

/* ---- import ---- */

struct importing {
	struct request *r; /* NULL once the client is gone: the import ends then */
	struct arena *arena;
	struct image_store *images;
	struct image_import what;
	atomic_bool cancelled;
	struct image_imported done;
	int64_t began_ns, took_ns;
	int result;
	struct err e;
};

#define AT(member) .at = offsetof(struct image_import, member)
static const struct field import_fields[] = {
	{ .name = "name", .type = FIELD_TEXT, AT(name), .max = 512 },
	{ .name = "path", .type = FIELD_TEXT, AT(path), .max = BODY_PATH_MAX },
	{ .name = "platform", .type = FIELD_TEXT, AT(platform), .max = 128 },
};
#undef AT

static void free_importing(struct importing *im)
{
	arena_free(im->arena);
	free(im);
}

static void import_work(void *arg)
{
	struct importing *im = arg;
	int64_t began = clock_ns();

	im->result = image_import(im->images, &im->what, &im->done, &im->e);
	im->took_ns = clock_ns() - began;
}

static void answer_imported(struct request *r, const struct importing *im)
{
	const struct image_imported *d = &im->done;
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.import/1");
	json_str(&j, "name", d->name);
	json_str(&j, "digest", d->digest);
	json_uint(&j, "size_bytes", d->bytes);
	json_uint(&j, "layers", d->layers);
	json_uint(&j, "new_layers", d->fresh);
	json_ms(&j, "took_ms", (double)im->took_ns / NS_PER_MS);
	json_end(&j);
	strbuf_printf(&text, "%s  %.12s  ", d->name, d->digest);
	cell_bytes(&text, d->bytes);
	strbuf_printf(
	        &text, "  %u layer%s, %u new\n", d->layers, d->layers == 1 ? "" : "s", d->fresh);
	answer(r, 0, &json, &text);
}

static void refuse_import(struct request *r, const struct err *e)
{
	if (e->code == ERR_INVALID)
		answer_problem(r, "archive-invalid", 4, e->msg, NULL, NULL);
	else
		answer_err(r, e);
}

static void import_done(void *arg)
{
	struct importing *im = arg;

	if (im->r) {
		exchange_on_closed(im->r->x, NULL, NULL);
		if (im->result < 0) {
			refuse_import(im->r, &im->e);
		} else {
			answer_imported(im->r, im);
		}
	}
	/* The name may have led to another one before. */
	image_retire(im->images);
	image_sweep_soon(im->images);
	free_importing(im);
}

static void import_left(void *arg)
{
	struct importing *im = arg;

	im->r = NULL;
	atomic_store(&im->cancelled, true);
}

static int read_import(struct request *r, struct importing *im)
{
	struct err e;

	if (body_decode(r, import_fields, ARRAY_LEN(import_fields), im->arena, &im->what) < 0)
		return -1;
	if (!im->what.name || !im->what.path || im->what.path[0] != '/') {
		answer_problem(r, "bad-request", 2, "'name' and an absolute 'path' must be there",
		        NULL, NULL);
		return -1;
	}
	if (image_check_name(im->what.name, &e) < 0) {
		answer_problem(r, "invalid-option", 2, e.msg, NULL, NULL);
		return -1;
	}
	return 0;
}

void handle_image_import(struct request *r)
{
	struct importing *im = xcalloc(1, sizeof(*im));
	struct err e;

	im->r = r;
	im->arena = arena_new();
	im->images = r->d->images;
	if (read_import(r, im) < 0) {
		free_importing(im);
		return;
	}
	im->what.max_bytes = r->d->image_max_bytes(r->d->arg);
	im->what.cancelled = &im->cancelled;
	if (work_submit(r->d->importer, import_work, import_done, im, &e) < 0) {
		answer_err(r, &e);
		free_importing(im);
		return;
	}
	exchange_on_closed(r->x, import_left, im);
	exchange_wait(r->x);
}

/* ---- removal ---- */

/* Sandboxes of it that run something. */
static unsigned users(const struct request *r, const struct image *image)
{
	struct pool_row rows[MAX_POOLS];
	size_t n = pool_rows(r->d->pool, rows, MAX_POOLS);
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].image, image->name) == 0 &&
		        strcmp(rows[i].image_digest, image->digest) == 0)
			sum += rows[i].busy;
	return sum;
}

enum fate { FATE_REMOVE, FATE_REMOVED, FATE_MISSING, FATE_USED, FATE_BUILT_IN, FATE_FAILED };

static const char *const fate_problems[] = {
	[FATE_MISSING] = "image-not-found",
	[FATE_USED] = "conflict",
	[FATE_BUILT_IN] = "refused",
	[FATE_FAILED] = "internal",
};

struct victim {
	const char *name;
	enum fate fate;
	unsigned users; /* that go on with it */
	struct err why;
};

struct removal {
	struct offload o;
	struct arena *arena;
	struct image_store *images;
	struct victim *v;
	const char **names; /* of them, for prune; NULL-terminated */
	size_t n;
	bool prune, dry_run;
	uint64_t freed;
	int result;
	struct err e;
};

static void removal_release(struct offload *o)
{
	struct removal *x = (struct removal *)o;

	/* Here, because it counts also when nobody waits for the answer. */
	if (x->images) {
		image_retire(x->images);
		image_sweep_soon(x->images);
	}
	arena_free(x->arena);
	free(x);
}

static void judge(const struct request *r, struct victim *v, bool force)
{
	const struct image *image = image_look(r->d->images, v->name, &v->why);

	if (!image) {
		v->fate = FATE_MISSING;
		err_set(&v->why, ERR_NOT_FOUND, "there is no image '%.200s'", v->name);
	} else if (!image->origin && !image->prepared) {
		v->fate = FATE_BUILT_IN;
		err_set(&v->why, ERR_INVALID, "image '%s' is clnrm's own and cannot be removed",
		        v->name);
	} else if ((v->users = users(r, image)) > 0 && !force) {
		v->fate = FATE_USED;
		err_set(&v->why, ERR_BUSY, IN_USE, v->name, v->users, v->users == 1 ? "" : "es");
	}
}

static void removal_work(struct offload *o)
{
	struct removal *x = (struct removal *)o;

	/* Before, because a sweep may be under way. */
	if (x->prune)
		x->result = image_garbage(x->images, x->names, &x->freed, &x->e);
	for (size_t i = 0; i < x->n && x->result == 0 && !x->dry_run; i++) {
		struct victim *v = &x->v[i];

		if (v->fate != FATE_REMOVE)
			continue;
		if (image_forget(x->images, v->name, &v->why) == 0)
			v->fate = FATE_REMOVED;
		else
			v->fate = v->why.code == ERR_NOT_FOUND ? FATE_MISSING : FATE_FAILED;
	}
}

/* The worst: 5, 3, 2, 1. */
static int removal_exit(const struct removal *x)
{
	int exit = 0;

	for (size_t i = 0; i < x->n; i++)
		if (x->v[i].fate > FATE_REMOVED) {
			int mine = problem_kind(fate_problems[x->v[i].fate])->exit;

			exit = mine > exit ? mine : exit;
		}
	return exit;
}

static void names(
        struct json *j, const char *key, const struct removal *x, enum fate from, enum fate to)
{
	json_arr(j, key);
	for (size_t i = 0; i < x->n; i++)
		if (x->v[i].fate >= from && x->v[i].fate <= to)
			json_str(j, NULL, x->v[i].name);
	json_end(j);
}

static void failed(struct json *j, const struct removal *x, const struct victim *v)
{
	AUTO_STRBUF problem = STRBUF_INIT;

	const char *code = fate_problems[v->fate];

	wire_problem(code, problem_kind(code)->exit, v->why.msg, x->o.r->path, NULL, 0, NULL, NULL,
	        &problem);
	json_raw(j, NULL, problem.s, problem.len);
}

static void removal_json(const struct removal *x, struct strbuf *out)
{
	struct json j = JSON_INIT(out);

	json_obj(&j, NULL);
	names(&j, "changed", x, FATE_REMOVE, FATE_REMOVED);
	names(&j, "kept", x, FATE_USED, FATE_FAILED);
	json_arr(&j, "failed");
	for (size_t i = 0; i < x->n; i++)
		if (x->v[i].fate > FATE_REMOVED)
			failed(&j, x, &x->v[i]);
	json_end(&j);
	if (x->prune)
		json_uint(&j, "freed_bytes", x->freed);
	json_end(&j);
}

static void removal_text(const struct removal *x, struct strbuf *out)
{
	for (size_t i = 0; i < x->n; i++) {
		const struct victim *v = &x->v[i];

		if (v->fate == FATE_REMOVED && v->users)
			strbuf_printf(out, "removed %s; its files go when %u sandbox%s ended\n",
			        v->name, v->users, v->users == 1 ? " has" : "es have");
		else if (v->fate <= FATE_REMOVED)
			strbuf_printf(
			        out, "%s %s\n", x->dry_run ? "would remove" : "removed", v->name);
		else
			strbuf_printf(out, "%s\n", v->why.msg);
	}
	if (x->prune) {
		strbuf_adds(out, x->dry_run ? "would free " : "freed ");
		cell_bytes(out, x->freed);
		strbuf_addc(out, '\n');
	}
}

static void answer_removal(struct request *r, const struct removal *x)
{
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	const struct victim *v = x->v;

	if (x->n == 1 && v->fate == FATE_MISSING) {
		answer_missing(r, &(struct missing){ "image-not-found", "image", v->name,
		                          image_names(r->d->images), v->why.msg, "clnrm images" });
	} else if (x->n == 1 && v->fate > FATE_REMOVED) {
		answer_problem(r, fate_problems[v->fate], removal_exit(x), v->why.msg, NULL, NULL);
	} else {
		removal_json(x, &json);
		removal_text(x, &text);
		answer(r, removal_exit(x), &json, &text);
	}
}

static void removal_reply(struct offload *o)
{
	answer_removal(o->r, (struct removal *)o);
}

static struct removal *removal_new(struct request *r, size_t n)
{
	struct removal *x = xcalloc(1, sizeof(*x));

	x->o = (struct offload){
		.work = removal_work, .answer = removal_reply, .release = removal_release
	};
	x->arena = arena_new();
	x->images = r->d->images;
	x->v = arena_array(x->arena, n, sizeof(*x->v));
	x->names = arena_array(x->arena, n, sizeof(*x->names));
	return x;
}

/* What is warm is of no use any more, and nobody waits for it. */
static void drop_warm(const struct request *r, const struct removal *x)
{
	unsigned changed;

	for (size_t i = 0; i < x->n; i++) {
		const struct image *image;
		struct err e;

		if (x->v[i].fate != FATE_REMOVE)
			continue;
		image = image_look(r->d->images, x->v[i].name, &e);
		if (image)
			pool_drop(r->d->pool, image->name, &changed);
	}
}

void handle_image_delete(struct request *r)
{
	struct removal *x = removal_new(r, strlen(r->part) + 1);

	for (const char *p = r->part; *p;) {
		size_t n = strcspn(p, ",");

		if (n)
			x->v[x->n++].name = arena_strndup(x->arena, p, n);
		p += n + (p[n] == ',');
	}
	for (size_t i = 0; i < x->n; i++)
		judge(r, &x->v[i], request_flag(r, "force"));
	if (!x->n) {
		answer_problem(r, "bad-request", 2, "no image is named", NULL, NULL);
		removal_release(&x->o);
		return;
	}
	drop_warm(r, x);
	offload(r, &x->o);
}

/* ---- prune ---- */

static void sweep_work(struct offload *o)
{
	struct removal *x = (struct removal *)o;

	if (x->result == 0)
		x->result = image_sweep(x->images, &x->e);
}

static void sweep_reply(struct offload *o)
{
	struct removal *x = (struct removal *)o;

	if (x->result < 0)
		answer_err(o->r, &x->e);
	else
		answer_removal(o->r, x);
}

/* The names are gone; now the store lets go, and then the files can. */
static void pruned(struct offload *o)
{
	struct removal *x = (struct removal *)o, *next = xmemdup(x, sizeof(*x));

	image_retire(x->images);
	next->o = (struct offload){
		.work = sweep_work, .answer = sweep_reply, .release = removal_release
	};
	x->arena = NULL;  /* next has it, */
	x->images = NULL; /* and counts what it sweeps */
	offload(o->r, &next->o);
}

/* With --all every image that nothing runs in. */
static void choose_unused(const struct request *r, struct removal *x, const char *const *known)
{
	struct err e;

	for (size_t i = 0; known[i]; i++) {
		const struct image *image = image_look(r->d->images, known[i], &e);

		if (!image || !(image->origin || image->prepared) || users(r, image))
			continue;
		x->names[x->n] = arena_strdup(x->arena, known[i]);
		x->v[x->n].name = x->names[x->n];
		x->n++;
	}
}

void handle_image_prune(struct request *r)
{
	const char *const *known = image_names(r->d->images);
	struct removal *x;
	size_t n = 0;

	while (known[n])
		n++;
	x = removal_new(r, n + 1);
	x->prune = true;
	x->dry_run = request_flag(r, "dry_run");
	x->o.answer = x->dry_run ? sweep_reply : pruned;
	if (request_flag(r, "all"))
		choose_unused(r, x, known);
	if (!x->dry_run)
		drop_warm(r, x);
	offload(r, &x->o);
}

/* POST /v1/cache/why: what is known of one file, and what a run would go by. */
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
	AUTO_STRBUF plain = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);

	if (q->there && !q->sha256[0]) {
		answer_err(o->r, &q->why);
		return;
	}
	write_known(&j, q);
	known_text(q, &plain);
	strbuf_add_visible(&text, plain.s, plain.len);
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

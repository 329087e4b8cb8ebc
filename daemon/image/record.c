#include <jansson.h>

#include "daemon/image/depot_priv.h"

#include <string.h>

#include "common/json.h"

#define VERSION "clnrm.imported/1"

static void add_list(struct digest_ctx *d, const char *const *v)
{
	for (; *v; v++)
		digest_add_str(d, *v);
	digest_add_str(d, "");
}

static void add_text(struct digest_ctx *d, const char *s)
{
	digest_add_str(d, s ? "+" : "-");
	digest_add_str(d, s ? s : "");
}

void record_digest(const struct image_record *r, char out[DIGEST_HEX])
{
	CLEANUP(digest_free) struct digest_ctx *d = digest_new();
	struct digest sum;

	digest_add_str(d, VERSION);
	for (size_t i = 0; i < r->n_layers; i++)
		digest_add_str(d, r->layers[i]);
	digest_add_str(d, "");
	add_list(d, r->config.env);
	add_list(d, r->config.entrypoint);
	add_list(d, r->config.cmd);
	add_text(d, r->path_env);
	add_text(d, r->config.workdir);
	add_text(d, r->config.user);
	digest_end(d, &sum);
	digest_hex(&sum, out);
}

/* ---- JSON ---- */

static void write_list(struct json *j, const char *key, const char *const *v)
{
	json_arr(j, key);
	for (; *v; v++)
		json_str(j, NULL, *v);
	json_end(j);
}

/* The numbers of a record: key, place. */
#define NUMBERS(X)                          \
	X("size_bytes", stats.bytes)        \
	X("entries", stats.entries)         \
	X("left_out", stats.left_out)       \
	X("owners_lost", stats.owners_lost) \
	X("xattrs_lost", stats.xattrs_lost) \
	X("imported_ns", origin.imported_wall_ns)

/* The strings, all of which may be absent. */
#define TEXTS(X)                          \
	X("path_env", path_env)           \
	X("workdir", config.workdir)      \
	X("user", config.user)            \
	X("source", origin.kind)          \
	X("source_digest", origin.digest) \
	X("platform", origin.platform)

void record_write(const struct image_record *r, struct strbuf *json)
{
	struct json j = JSON_INIT(json);

	json_obj(&j, NULL);
	json_str(&j, "schema", VERSION);
	json_str(&j, "digest", r->digest);
	json_arr(&j, "layers");
	for (size_t i = 0; i < r->n_layers; i++)
		json_str(&j, NULL, r->layers[i]);
	json_end(&j);
	write_list(&j, "env", r->config.env);
	write_list(&j, "entrypoint", r->config.entrypoint);
	write_list(&j, "cmd", r->config.cmd);
#define X(key, place) json_str(&j, key, r->place);
	TEXTS(X)
#undef X
#define X(key, place) json_uint(&j, key, (uint64_t)r->place);
	NUMBERS(X)
#undef X
	json_end(&j);
	strbuf_addc(json, '\n');
}

static const char **read_list(const json_t *o, const char *key, struct arena *a, size_t *n)
{
	const json_t *list = json_object_get(o, key), *x;
	const char **v = arena_array(a, json_array_size(list) + 1, sizeof(*v));
	size_t i;

	*n = 0;
	json_array_foreach(list, i, x) if (json_is_string(x)) v[(*n)++] =
	        arena_strdup(a, json_string_value(x));
	return v;
}

/* It becomes a path. */
static bool is_key(const char *s)
{
	return strspn(s, "0123456789abcdef") == 64 && (!s[64] || strcmp(s + 64, ".mine") == 0);
}

static void fill(const json_t *o, struct arena *a, struct image_record *r)
{
	size_t n;

	*r = (struct image_record){ .n_layers = 0 };
	r->digest = arena_strdup(a, json_string_value(json_object_get(o, "digest")));
	r->layers = read_list(o, "layers", a, &r->n_layers);
	r->config.env = read_list(o, "env", a, &n);
	r->config.entrypoint = read_list(o, "entrypoint", a, &n);
	r->config.cmd = read_list(o, "cmd", a, &n);
#define X(key, place) r->place = arena_strdup(a, json_string_value(json_object_get(o, key)));
	TEXTS(X)
#undef X
#define X(key, place) r->place = (__typeof__(r->place))json_integer_value(json_object_get(o, key));
	NUMBERS(X)
#undef X
}

int record_read(
        const char *json, size_t n, struct arena *a, struct image_record *out, struct err *e)
{
	json_t *o = json_loadb(json, n, 0, NULL);
	char digest[DIGEST_HEX];
	bool ok = json_is_object(o);

	if (ok)
		fill(o, a, out);
	json_decref(o);
	for (size_t i = 0; ok && i < out->n_layers; i++)
		ok = is_key(out->layers[i]);
	ok = ok && out->digest && out->path_env && out->n_layers &&
	     out->n_layers <= UNPACK_MAX_LAYERS + 1; /* its own, and what every image needs */
	if (ok)
		record_digest(out, digest);
	return ok && strcmp(digest, out->digest) == 0
	               ? 0
	               : err_set(e, ERR_INVALID, "the record of an imported image is damaged");
}

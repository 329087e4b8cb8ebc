#include <jansson.h>

#include "daemon/image/oci_priv.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "common/fs.h"
#include "daemon/image/depot_priv.h"

#define MAX_INDEXES 4 /* an index in an index ... */
#define MAX_ENV 256   /* variables of an image */
#define MAX_ENV_BYTES (64u << 10)
#define MAX_ARGS 256
#define MAX_PATH_ENV 1023 /* of the launcher */
#define MAX_USER 255

static void drop_json(json_t *j)
{
	json_decref(j);
}
CLEANUP_FN(drop_json, json_t *)

static json_t *parse(const char *s, size_t n, const char *what, struct err *e)
{
	json_error_t why;
	json_t *j = json_loadb(s, n, JSON_REJECT_DUPLICATES, &why);

	if (!j)
		err_set(e, ERR_INVALID, "%s: line %d, column %d: %s", what, why.line, why.column,
		        why.text);
	return j;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

const char *oci_own_platform(void)
{
#if defined(__x86_64__)
	return "linux/amd64";
#elif defined(__aarch64__)
	return "linux/arm64";
#else
	return "linux/unknown";
#endif
}

/* ---- digests ---- */

/* "sha256:HEX" */
static int read_digest(const char *s, struct digest *out, struct err *e)
{
	if (strncmp(s, "sha256:", 7) != 0 || strspn(s + 7, "0123456789abcdef") != 64 || s[7 + 64])
		return err_set(
		        e, ERR_INVALID, "'%.100s' is no SHA-256 digest, and no other is known", s);
	for (size_t i = 0; i < sizeof(out->b); i++) {
		unsigned byte = 0;

		(void)sscanf(s + 7 + 2 * i, "%2x", &byte);
		out->b[i] = (uint8_t)byte;
	}
	return 0;
}

static int check_text(
        const struct strbuf *text, const struct digest *want, const char *what, struct err *e)
{
	struct digest is;

	digest_of(text->s, text->len, &is);
	return memcmp(&is, want, sizeof(is)) == 0
	               ? 0
	               : err_set(e, ERR_INVALID, "%s is not what its digest says", what);
}

/* "blobs/sha256/HEX" of a descriptor. */
static int descriptor(
        struct source *s, const json_t *d, const char **name, struct digest *digest, struct err *e)
{
	if (read_digest(text_of(d, "digest"), digest, e) < 0)
		return -1;
	*name = arena_printf(s->arena, "blobs/sha256/%s", text_of(d, "digest") + 7);
	return 0;
}

static json_t *read_described(
        struct source *s, const json_t *d, const char *what, struct digest *digest, struct err *e)
{
	AUTO_STRBUF text = STRBUF_INIT;
	const char *name;

	if (descriptor(s, d, &name, digest, e) < 0 || source_text(s, name, &text, e) < 0 ||
	        check_text(&text, digest, what, e) < 0) {
		err_wrap(e, "%s", what);
		return NULL;
	}
	return parse(text.s, text.len, what, e);
}

/* ---- configuration ---- */

static bool is_plain(const char *s, size_t max)
{
	size_t n = 0;

	for (; s[n]; n++)
		if ((unsigned char)s[n] < ' ' || s[n] == 127)
			return false;
	return n <= max;
}

static bool is_variable(const char *s)
{
	size_t n = strcspn(s, "=");

	if (n == 0 || !s[n])
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || (unsigned char)s[i] >= 127)
			return false;
	return true;
}

static int read_env(const json_t *env, struct arena *a, struct oci_image *out, struct err *e)
{
	const char **v = arena_array(a, json_array_size(env) + 1, sizeof(*v));
	size_t n = 0, bytes = 0, i;
	const json_t *x;

	if (json_array_size(env) > MAX_ENV)
		return err_set(e, ERR_LIMIT, "its configuration has %zu variables, at most %d",
		        json_array_size(env), MAX_ENV);
	json_array_foreach(env, i, x)
	{
		const char *s = json_string_value(x);

		bytes += s ? strlen(s) : 0;
		if (!s || !is_variable(s) || bytes > MAX_ENV_BYTES)
			return err_set(e, ERR_INVALID,
			        "variable %zu of its configuration is not NAME=VALUE, or all of "
			        "them "
			        "are longer than %u KiB",
			        i + 1, MAX_ENV_BYTES >> 10);
		if (strncmp(s, "PATH=", 5) == 0 && is_plain(s, MAX_PATH_ENV))
			out->path_env = arena_strdup(a, s + 5);
		else if (strncmp(s, "PATH=", 5) != 0 && strncmp(s, "CLNRM", 5) != 0)
			v[n++] = arena_strdup(a, s);
	}
	out->config.env = v;
	return 0;
}

static int read_args(const json_t *args, struct arena *a, const char *what, const char *const **out,
        struct err *e)
{
	size_t n = json_array_size(args), bytes = 0, i;
	const char **v = arena_array(a, n + 1, sizeof(*v));
	const json_t *x;

	*out = v;
	if (n > MAX_ARGS)
		return err_set(e, ERR_LIMIT, "its %s has %zu words, at most %d", what, n, MAX_ARGS);
	json_array_foreach(args, i, x)
	{
		const char *s = json_string_value(x);

		bytes += s ? strlen(s) : 0;
		if (!s || bytes > MAX_ENV_BYTES)
			return err_set(e, ERR_INVALID,
			        "its %s is no list of words, or longer than %u KiB", what,
			        MAX_ENV_BYTES >> 10);
		v[i] = arena_strdup(a, s);
	}
	return 0;
}

static int read_place(
        const json_t *config, struct arena *a, struct image_config *out, struct err *e)
{
	const char *dir = text_of(config, "WorkingDir"), *user = text_of(config, "User");

	if (*dir) {
		if (dir[0] != '/' || !is_plain(dir, UNPACK_MAX_PATH))
			return err_set(
			        e, ERR_INVALID, "its WorkingDir '%.100s' is no absolute path", dir);
		AUTO_STR normal = fs_normalize(dir);
		out->workdir = arena_strdup(a, normal);
	}
	if (!*user)
		return 0;
	if (strlen(user) > MAX_USER ||
	        user[strspn(user, "abcdefghijklmnopqrstuvwxyz"
	                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-$")])
		return err_set(e, ERR_INVALID, "its User '%.100s' is neither a name nor ids", user);
	out->user = arena_strdup(a, user);
	return 0;
}

static int read_diffs(const json_t *config, struct oci_image *out, struct err *e)
{
	const json_t *diffs = json_object_get(json_object_get(config, "rootfs"), "diff_ids");
	size_t n = json_array_size(diffs);

	if (n > UNPACK_MAX_LAYERS)
		return err_set(e, ERR_LIMIT, "it has %zu layers, at most %d", n, UNPACK_MAX_LAYERS);
	if (out->n_layers && n != out->n_layers)
		return err_set(e, ERR_INVALID, "it has %zu layers, and its configuration knows %zu",
		        out->n_layers, n);
	out->n_layers = n;
	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(diffs, i));

		if (read_digest(s ? s : "", &out->layers[i].diff, e) < 0)
			return err_wrap(e, "its layer %zu", i + 1);
	}
	return 0;
}

int oci_read_config(
        const char *json, size_t n, struct arena *a, struct oci_image *out, struct err *e)
{
	CLEANUP(drop_json) json_t *j = parse(json, n, "its configuration", e);
	const json_t *config = json_object_get(j, "config");

	if (!j)
		return -1;
	if (!json_is_object(j))
		return err_set(e, ERR_INVALID, "its configuration is no object");
	if (*text_of(j, "os") && *text_of(j, "architecture") && is_plain(text_of(j, "os"), 64) &&
	        is_plain(text_of(j, "architecture"), 64))
		out->platform =
		        arena_printf(a, "%s/%s", text_of(j, "os"), text_of(j, "architecture"));
	if (read_diffs(j, out, e) < 0 || read_env(json_object_get(config, "Env"), a, out, e) < 0 ||
	        read_args(json_object_get(config, "Entrypoint"), a, "Entrypoint",
	                &out->config.entrypoint, e) < 0 ||
	        read_args(json_object_get(config, "Cmd"), a, "Cmd", &out->config.cmd, e) < 0)
		return -1;
	return read_place(config, a, &out->config, e);
}

/* ---- which of several ---- */

/* Whether `said` (an annotation, a RepoTag) names what is wanted: all of it, or its tag alone. */
static bool is_named(const char *said, const char *ref)
{
	struct image_ref other;
	struct err e;

	return *said && ((image_ref_read(said, &other, &e) == 0 && strcmp(other.name, ref) == 0) ||
	                        strcmp(said, strrchr(ref, ':') + 1) == 0);
}

struct choice {
	const char *ref, *platform;
	const json_t *best;
	unsigned rank;     /* of best; 0: none */
	unsigned equals;   /* with that rank */
	struct strbuf all; /* for the message */
};

static void offer(struct choice *c, const json_t *x, const char *name, const char *platform)
{
	bool ours = strcmp(platform, c->platform) == 0 || !*platform;
	unsigned rank = 1 + (is_named(name, c->ref) ? 2u : 0u) + (ours ? 4u : 0u);

	/* What belongs to an image and is none (attestations) says so. */
	if (strcmp(platform, "unknown/unknown") == 0)
		return;
	strbuf_printf(&c->all, "%s%.80s%s%.40s", c->all.len ? ", " : "", name, *name ? " " : "",
	        *platform ? platform : "of any platform");
	if (rank > c->rank) {
		c->best = x;
		c->rank = rank;
		c->equals = 0;
	}
	c->equals += rank == c->rank;
}

/* The one that is best, when there is one. */
static int choose(const struct choice *c, const json_t **out, struct err *e)
{
	if (!c->best)
		return err_set(e, ERR_INVALID, "it holds no image");
	if (c->equals > 1)
		return err_set(e, ERR_INVALID,
		        "it holds several images (%.250s): import it by the name of one, or with "
		        "--platform",
		        c->all.s);
	*out = c->best;
	return 0;
}

/* ---- OCI ---- */

static const char *platform_of(struct source *s, const json_t *d)
{
	const json_t *p = json_object_get(d, "platform");

	if (!*text_of(p, "os") || !*text_of(p, "architecture"))
		return "";
	return arena_printf(s->arena, "%.64s/%.64s", text_of(p, "os"), text_of(p, "architecture"));
}

static const char *name_of(const json_t *d)
{
	const json_t *notes = json_object_get(d, "annotations");
	const char *full = text_of(notes, "io.containerd.image.name");

	return *full ? full : text_of(notes, "org.opencontainers.image.ref.name");
}

static int choose_manifest(struct source *s, const json_t *index, const char *ref,
        const char *platform, const json_t **out, struct err *e)
{
	const json_t *list = json_object_get(index, "manifests"), *d;
	struct choice c = { .ref = ref, .platform = platform, .all = STRBUF_INIT };
	size_t i;

	json_array_foreach(list, i, d) offer(&c, d, name_of(d), platform_of(s, d));
	int result = choose(&c, out, e);
	strbuf_release(&c.all);
	return result;
}

static int read_layers(struct source *s, const json_t *list, struct oci_image *out, struct err *e)
{
	const json_t *d;
	size_t i;

	if (json_array_size(list) > UNPACK_MAX_LAYERS)
		return err_set(e, ERR_LIMIT, "it has %zu layers, at most %d", json_array_size(list),
		        UNPACK_MAX_LAYERS);
	out->n_layers = json_array_size(list);
	json_array_foreach(list, i, d)
	{
		struct oci_layer *l = &out->layers[i];

		l->has_blob = true;
		if (descriptor(s, d, &l->name, &l->blob, e) < 0)
			return err_wrap(e, "its layer %zu", i + 1);
	}
	return 0;
}

static int read_manifest(struct source *s, const json_t *m, struct oci_image *out, struct err *e)
{
	AUTO_STRBUF config = STRBUF_INIT;
	struct digest digest;
	const char *name;

	if (read_layers(s, json_object_get(m, "layers"), out, e) < 0 ||
	        descriptor(s, json_object_get(m, "config"), &name, &digest, e) < 0 ||
	        source_text(s, name, &config, e) < 0 ||
	        check_text(&config, &digest, "its configuration", e) < 0)
		return -1;
	return oci_read_config(config.s, config.len, s->arena, out, e);
}

/* Down from index.json to the manifest of one image. */
static int read_index(struct source *s, json_t *index, const char *ref, const char *platform,
        struct oci_image *out, struct err *e)
{
	CLEANUP(drop_json) json_t *at = index;
	const json_t *d;

	for (unsigned depth = 0; json_is_array(json_object_get(at, "manifests")); depth++) {
		if (depth == MAX_INDEXES)
			return err_set(e, ERR_INVALID, "its indexes are nested too deep");
		if (choose_manifest(s, at, ref, platform, &d, e) < 0)
			return -1;
		json_t *next = read_described(s, d, "its manifest", &out->digest, e);
		json_decref(at);
		at = next;
		if (!at)
			return -1;
	}
	return json_is_object(at) ? read_manifest(s, at, out, e)
	                          : err_set(e, ERR_INVALID, "its manifest is no object");
}

/* ---- docker save ---- */

static int choose_saved(const json_t *list, const char *ref, const char *platform,
        const json_t **out, struct err *e)
{
	struct choice c = { .ref = ref, .platform = platform, .all = STRBUF_INIT };
	const json_t *x, *tag;
	size_t i, k;

	json_array_foreach(list, i, x)
	{
		const json_t *tags = json_object_get(x, "RepoTags");
		const char *name = "";

		json_array_foreach(tags, k,
		        tag) if (k == 0 ||
		                 is_named(json_string_value(tag) ? json_string_value(tag) : "",
		                         ref)) name =
		        json_string_value(tag) ? json_string_value(tag) : "";
		offer(&c, x, name, "");
	}
	int result = choose(&c, out, e);
	strbuf_release(&c.all);
	return result;
}

/* A name of the archive; it is looked up among those that the archive has. */
static const char *saved_name(struct source *s, const char *name)
{
	AUTO_STR normal = fs_normalize(name);

	return arena_strdup(s->arena, normal);
}

/* The configuration is named by its digest. */
static int check_saved_config(
        const char *name, const struct strbuf *text, struct digest *digest, struct err *e)
{
	const char *base = strrchr(name, '/');
	char hex[DIGEST_HEX];

	base = base ? base + 1 : name;
	digest_of(text->s, text->len, digest);
	digest_hex(digest, hex);
	if (strspn(base, "0123456789abcdef") == 64 && strncmp(base, hex, 64) != 0)
		return err_set(e, ERR_INVALID, "its configuration is not what its name says");
	return 0;
}

static int read_saved(struct source *s, const json_t *list, const char *ref, const char *platform,
        struct oci_image *out, struct err *e)
{
	AUTO_STRBUF config = STRBUF_INIT;
	const json_t *x, *layers;
	size_t i, n;

	if (choose_saved(list, ref, platform, &x, e) < 0)
		return -1;
	const char *name = saved_name(s, text_of(x, "Config"));
	layers = json_object_get(x, "Layers");
	n = json_array_size(layers);
	if (n > UNPACK_MAX_LAYERS)
		return err_set(e, ERR_LIMIT, "it has %zu layers, at most %d", n, UNPACK_MAX_LAYERS);
	out->n_layers = n;
	json_array_foreach(layers, i, x) out->layers[i].name =
	        saved_name(s, json_string_value(x) ? json_string_value(x) : "");
	if (source_text(s, name, &config, e) < 0 ||
	        check_saved_config(name, &config, &out->digest, e) < 0)
		return -1;
	return oci_read_config(config.s, config.len, s->arena, out, e);
}

/* ---- the door ---- */

static int check_platform(const struct oci_image *image, const char *asked, struct err *e)
{
	const char *want = asked ? asked : oci_own_platform();

	if (!image->platform || strcmp(image->platform, want) == 0)
		return 0;
	return err_set(e, ERR_INVALID, "it is for %s, %s %s; --platform %s imports it all the same",
	        image->platform, asked ? "and what was asked for is" : "and this machine is", want,
	        image->platform);
}

int oci_read(struct source *s, const char *ref, const char *platform, struct oci_image *out,
        struct err *e)
{
	const char *want = platform ? platform : oci_own_platform();
	bool oci = source_has(s, "index.json");
	const char *file = oci ? "index.json" : "manifest.json";
	AUTO_STRBUF text = STRBUF_INIT;
	json_t *j;

	*out = (struct oci_image){ .n_layers = 0 };
	if (source_text(s, file, &text, e) < 0)
		return -1;
	j = parse(text.s, text.len, file, e);
	if (!j)
		return -1;
	if (oci)
		return read_index(s, j, ref, want, out, e) < 0 ? -1
		                                               : check_platform(out, platform, e);
	CLEANUP(drop_json) json_t *list = j;
	return read_saved(s, list, ref, want, out, e) < 0 ? -1 : check_platform(out, platform, e);
}

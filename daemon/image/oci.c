#include <string.h>

#include "common/fs.h"
#include "daemon/image/depot_priv.h"
#include "daemon/image/oci_json_priv.h"

#define MAX_INDEXES 4 /* an index in an index ... */

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
	static const struct oci_place in_descriptor = { .file = "a descriptor" };
	const json_t *text;

	if (oci_need(&in_descriptor, d, "digest", JSON_STRING, &text, e) < 0 ||
	        oci_read_digest(json_string_value(text), digest, e) < 0)
		return -1;
	*name = arena_printf(s->arena, "blobs/sha256/%s", oci_text(d, "digest") + 7);
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
	return oci_parse(text.s, text.len, what, e);
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

	if (!*oci_text(p, "os") || !*oci_text(p, "architecture"))
		return "";
	return arena_printf(
	        s->arena, "%.64s/%.64s", oci_text(p, "os"), oci_text(p, "architecture"));
}

static const char *name_of(const json_t *d)
{
	const json_t *notes = json_object_get(d, "annotations");
	const char *full = oci_text(notes, "io.containerd.image.name");

	return *full ? full : oci_text(notes, "org.opencontainers.image.ref.name");
}

static int choose_manifest(struct source *s, const json_t *list, const char *ref,
        const char *platform, const json_t **out, struct err *e)
{
	const json_t *d;
	struct choice c = { .ref = ref, .platform = platform, .all = STRBUF_INIT };
	size_t i;

	json_array_foreach(list, i, d) offer(&c, d, name_of(d), platform_of(s, d));
	int result = choose(&c, out, e);
	strbuf_release(&c.all);
	return result;
}

static const struct oci_place in_manifest = { .file = "its manifest" };

static int read_layers(struct source *s, const json_t *m, struct oci_image *out, struct err *e)
{
	const json_t *list, *d;
	size_t i;

	if (oci_need(&in_manifest, m, "layers", JSON_ARRAY, &list, e) < 0)
		return -1;
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
	const json_t *described;
	struct digest digest;
	const char *name;

	if (read_layers(s, m, out, e) < 0 ||
	        oci_need(&in_manifest, m, "config", JSON_OBJECT, &described, e) < 0 ||
	        descriptor(s, described, &name, &digest, e) < 0 ||
	        source_text(s, name, &config, e) < 0 ||
	        check_text(&config, &digest, "its configuration", e) < 0)
		return -1;
	return oci_read_config(&config, name, s->arena, out, e);
}

/* Down from index.json to the manifest of one image. */
static int read_index(struct source *s, json_t *index, const char *ref, const char *platform,
        struct oci_image *out, struct err *e)
{
	CLEANUP(oci_drop) json_t *at = index;
	const struct oci_place in_index = { .file = "its index" };
	const json_t *d, *list;

	for (unsigned depth = 0;; depth++) {
		if (oci_member(&in_index, at, "manifests", JSON_ARRAY, &list, e) < 0)
			return -1;
		if (!list)
			break;
		if (depth == MAX_INDEXES)
			return err_set(e, ERR_INVALID, "its indexes are nested too deep");
		if (choose_manifest(s, list, ref, platform, &d, e) < 0)
			return -1;
		json_t *next = read_described(s, d, "its manifest", &out->digest, e);
		json_decref(at);
		at = next;
		if (!at)
			return -1;
	}
	return read_manifest(s, at, out, e);
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

static const struct oci_place in_saved = { .file = "manifest.json", .in = "[]." };

static int read_saved(struct source *s, const json_t *list, const char *ref, const char *platform,
        struct oci_image *out, struct err *e)
{
	AUTO_STRBUF config = STRBUF_INIT;
	const json_t *x, *layers, *said;
	size_t i, n;

	if (!json_is_array(list))
		return err_set(e, ERR_INVALID, "manifest.json: expected a list");
	if (choose_saved(list, ref, platform, &x, e) < 0)
		return -1;
	if (oci_need(&in_saved, x, "Config", JSON_STRING, &said, e) < 0)
		return -1;
	const char *name = saved_name(s, json_string_value(said));
	if (oci_need(&in_saved, x, "Layers", JSON_ARRAY, &layers, e) < 0 ||
	        oci_strings(&in_saved, "Layers", layers, e) < 0)
		return -1;
	n = json_array_size(layers);
	if (n > UNPACK_MAX_LAYERS)
		return err_set(e, ERR_LIMIT, "it has %zu layers, at most %d", n, UNPACK_MAX_LAYERS);
	out->n_layers = n;
	json_array_foreach(layers, i, x) out->layers[i].name = saved_name(s, json_string_value(x));
	if (source_text(s, name, &config, e) < 0 ||
	        check_saved_config(name, &config, &out->digest, e) < 0)
		return -1;
	return oci_read_config(&config, name, s->arena, out, e);
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

static int read_all(struct source *s, const char *ref, const char *platform, struct oci_image *out,
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
	j = oci_parse(text.s, text.len, file, e);
	if (!j)
		return -1;
	if (oci)
		return read_index(s, j, ref, want, out, e) < 0 ? -1
		                                               : check_platform(out, platform, e);
	CLEANUP(oci_drop) json_t *list = j;
	return read_saved(s, list, ref, want, out, e) < 0 ? -1 : check_platform(out, platform, e);
}

int oci_read(struct source *s, const char *ref, const char *platform, struct oci_image *out,
        struct err *e)
{
	if (read_all(s, ref, platform, out, e) == 0)
		return 0;
	/* What is not found is a file in it. */
	e->code = e->code == ERR_NOT_FOUND ? ERR_INVALID : e->code;
	return -1;
}

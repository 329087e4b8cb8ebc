/* daemon/image/image.c - names to images. */
#include "daemon/image/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/build.h"
#include "common/clock.h"
#include "daemon/image/image_priv.h"

#define BASE_NAME "clnrm/base"
#define BASE_PATH "/bin:/sbin:/usr/bin:/usr/sbin"
#define HOST_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* An image `host` of one set of paths, as the machine was when stamp was taken. */
struct host_view {
	struct host_view *next;
	char *paths; /* the host.paths, one a line */
	uint8_t stamp[HOST_STAMP_MAX];
	size_t stamp_len; /* 0 = never made */
	struct image *image;
};

struct image_store {
	struct arena *arena; /* images and their strings */
	char *data_dir;
	const struct own_dirs *own;
	struct layers *layers;
	struct map *by_digest;
	struct image *scratch, *base;
	struct host_view *hosts;
};

/* ---- making ---- */

/* The image of that digest; an equal one that is there already is the same pointer. */
static struct image *intern(struct image_store *s, const struct image *from)
{
	struct image *image = map_get(s->by_digest, from->digest);

	if (image)
		return image;
	image = arena_memdup(s->arena, from, sizeof(*from));
	image->name = arena_strdup(s->arena, from->name);
	image->digest = arena_strdup(s->arena, from->digest);
	image->lower = arena_strdup(s->arena, from->lower);
	image->binds = from->n_binds ? arena_memdup(s->arena, from->binds,
	                                       from->n_binds * sizeof(*from->binds))
	                             : NULL;
	map_put(s->by_digest, image->digest, image);
	return image;
}

/* A layer that is an image by itself, or with the binds of `host`. */
struct made_layer {
	struct strbuf dir;
	char digest[DIGEST_HEX]; /* of the image */
	unsigned long long bytes;
};

static struct image *intern_plain(
        struct image_store *s, const char *name, const struct made_layer *layer)
{
	struct image image = { .name = name,
		.digest = layer->digest,
		.lower = layer->dir.s,
		.size_bytes = layer->bytes,
		.path_env = BASE_PATH };

	return intern(s, &image);
}

static int put_plain(struct layers *l, struct manifest *m, struct made_layer *out, struct err *e)
{
	out->bytes = manifest_bytes(m);
	return layers_put(l, m, &out->dir, out->digest, e);
}

/* Any thread that has a struct layers of its own; so for the others of this name. */
static int scratch_layer(struct layers *l, struct made_layer *out, struct err *e)
{
	CLEANUP(manifest_free) struct manifest *m = manifest_new();

	scratch_manifest(m);
	return put_plain(l, m, out, e);
}

/* The image is not at hand, and there is no time to make it. */
static int not_at_hand(const char *name, struct err *e)
{
	return err_set(e, ERR_BUSY, "image '%s' is not made yet", name);
}

static struct image *scratch_image(struct image_store *s, bool at_hand, struct err *e)
{
	struct made_layer layer = { .dir = STRBUF_INIT };

	if (s->scratch)
		return s->scratch;
	if (at_hand)
		not_at_hand("scratch", e);
	else if (scratch_layer(s->layers, &layer, e) == 0)
		s->scratch = intern_plain(s, "scratch", &layer);
	strbuf_release(&layer.dir);
	return s->scratch;
}

/* The busybox that a layer was made from, as far as stat knows it. */
static void busybox_stamp(const char *path, struct strbuf *out)
{
	struct stat st = { .st_size = 0 };

	(void)stat(path, &st);
	strbuf_printf(out, "%s %s %lx %lx %lld.%09ld\n", build_id(), path, (unsigned long)st.st_ino,
	        (unsigned long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

/* From the note of an earlier start: nothing is read, run or hashed. */
static bool base_note(struct layers *l, const struct strbuf *stamp, struct made_layer *out)
{
	AUTO_STRBUF note = STRBUF_INIT;

	if (!layers_get_note(l, "base", &note) || note.len < stamp->len + DIGEST_HEX ||
	        memcmp(note.s, stamp->s, stamp->len) != 0)
		return false;
	memcpy(out->digest, note.s + stamp->len, DIGEST_HEX - 1);
	out->digest[DIGEST_HEX - 1] = '\0';
	out->bytes = strtoull(note.s + stamp->len + DIGEST_HEX, NULL, 10);
	return strspn(out->digest, "0123456789abcdef") == DIGEST_HEX - 1 &&
	       layers_have(l, out->digest, &out->dir);
}

static int make_base(struct layers *l, const char *busybox, struct strbuf *stamp,
        struct made_layer *out, struct err *e)
{
	CLEANUP(manifest_free) struct manifest *m = manifest_new();

	if (base_manifest(m, busybox, e) < 0 || put_plain(l, m, out, e) < 0)
		return -1;
	strbuf_printf(stamp, "%s %llu\n", out->digest, out->bytes);
	return layers_set_note(l, "base", stamp->s, e);
}

static int base_layer(struct layers *l, bool at_hand, struct made_layer *out, struct err *e)
{
	AUTO_STRBUF stamp = STRBUF_INIT;
	const char *busybox = base_busybox(e);

	if (!busybox)
		return -1;
	busybox_stamp(busybox, &stamp);
	if (base_note(l, &stamp, out))
		return 0;
	return at_hand ? not_at_hand(BASE_NAME, e) : make_base(l, busybox, &stamp, out, e);
}

static struct image *base_image(struct image_store *s, bool at_hand, struct err *e)
{
	struct made_layer layer = { .dir = STRBUF_INIT };

	if (!s->base && base_layer(s->layers, at_hand, &layer, e) == 0)
		s->base = intern_plain(s, BASE_NAME, &layer);
	strbuf_release(&layer.dir);
	return s->base;
}

/* ---- host ---- */

static struct image *intern_host(
        struct image_store *s, const struct host_binds *binds, const struct made_layer *layer)
{
	struct image image = { .name = "host",
		.digest = layer->digest,
		.lower = layer->dir.s,
		.binds = binds->v,
		.n_binds = binds->n,
		.size_bytes = layer->bytes,
		.path_env = HOST_PATH };

	return intern(s, &image);
}

/* What the note of an image `host` is found by (name) and believed by (first line): the build, the
 * binds and the deep stamp. */
static void host_note_key(
        const struct host_binds *binds, struct strbuf *name, char line[DIGEST_HEX])
{
	CLEANUP(digest_free) struct digest_ctx *d = digest_new();
	uint8_t stamp[HOST_STAMP_MAX];
	struct digest sum;

	for (size_t i = 0; i < binds->n; i++) {
		digest_add_str(d, binds->v[i].host);
		digest_add_str(d, binds->v[i].at);
	}
	digest_end(d, &sum);
	digest_hex(&sum, line);
	strbuf_printf(name, "host-%.16s", line);
	digest_add_str(d, build_id());
	digest_add_str(d, line);
	digest_add(d, stamp, host_stamp(HOST_STAMP_DEEP, stamp));
	digest_end(d, &sum);
	digest_hex(&sum, line);
}

/* From an earlier start: 40 stats instead of reading, hashing and writing 300 files. */
static bool host_note(struct layers *l, const char *name, const char *line, struct made_layer *out)
{
	AUTO_STRBUF note = STRBUF_INIT;
	char known[DIGEST_HEX], layer[DIGEST_HEX];

	return layers_get_note(l, name, &note) &&
	       sscanf(note.s, "%64[0-9a-f] %64[0-9a-f] %64[0-9a-f] %llu", known, layer, out->digest,
	               &out->bytes) == 4 &&
	       strcmp(known, line) == 0 && strlen(layer) == 64 && strlen(out->digest) == 64 &&
	       layers_have(l, layer, &out->dir);
}

static int make_host(struct layers *l, const struct host_binds *binds, const char *name,
        const char *line, struct made_layer *out, struct err *e)
{
	CLEANUP(manifest_free) struct manifest *m = manifest_new();
	CLEANUP(digest_free) struct digest_ctx *d = digest_new();
	AUTO_STRBUF note = STRBUF_INIT;
	char layer[DIGEST_HEX];
	struct digest sum;

	if (host_manifest(m, binds, e) < 0 || layers_put(l, m, &out->dir, layer, e) < 0)
		return -1;
	digest_add_str(d, layer);
	if (host_identity(d, binds, e) < 0)
		return -1;
	digest_end(d, &sum);
	digest_hex(&sum, out->digest);
	out->bytes = manifest_bytes(m);
	strbuf_printf(&note, "%s %s %s %llu\n", line, layer, out->digest, out->bytes);
	return layers_set_note(l, name, note.s, e);
}

static int host_layer(
        struct layers *l, const struct host_binds *binds, struct made_layer *out, struct err *e)
{
	AUTO_STRBUF name = STRBUF_INIT;
	char line[DIGEST_HEX];

	/* The key is from before the reading: a change in between is seen the next time. */
	host_note_key(binds, &name, line);
	return host_note(l, name.s, line, out) ? 0 : make_host(l, binds, name.s, line, out, e);
}

static struct image *build_host(struct image_store *s, const char *const *paths, struct err *e)
{
	struct made_layer layer = { .dir = STRBUF_INIT };
	struct host_binds binds;
	struct image *image = NULL;

	if (host_binds(s->arena, paths, s->own, &binds, e) == 0 &&
	        host_layer(s->layers, &binds, &layer, e) == 0)
		image = intern_host(s, &binds, &layer);
	strbuf_release(&layer.dir);
	return image;
}

static struct host_view *find_view(struct image_store *s, const char *paths)
{
	struct host_view *v = s->hosts;

	while (v && strcmp(v->paths, paths) != 0)
		v = v->next;
	if (!v) {
		v = xcalloc(1, sizeof(*v));
		v->paths = xstrdup(paths);
		v->next = s->hosts;
		s->hosts = v;
	}
	return v;
}

static void paths_key(const char *const *paths, struct strbuf *key)
{
	for (size_t i = 0; paths && paths[i]; i++)
		strbuf_printf(key, "%s\n", paths[i]);
}

static struct image *host_image(
        struct image_store *s, const char *const *paths, bool at_hand, struct err *e)
{
	AUTO_STRBUF key = STRBUF_INIT;
	uint8_t stamp[HOST_STAMP_MAX];
	size_t len = host_stamp(HOST_STAMP_QUICK, stamp);

	paths_key(paths, &key);
	struct host_view *v = find_view(s, key.s);
	if (v->stamp_len == len && memcmp(v->stamp, stamp, len) == 0)
		return v->image;
	if (at_hand) {
		not_at_hand("host", e);
		return NULL;
	}
	struct image *image = build_host(s, paths, e);
	if (!image)
		return NULL;
	v->image = image;
	memcpy(v->stamp, stamp, len);
	v->stamp_len = len;
	return image;
}

/* ---- the door ---- */

struct image_store *image_store_open(
        const char *data_dir, const struct own_dirs *own, struct err *e)
{
	struct image_store *s = xcalloc(1, sizeof(*s));
	struct err later;

	s->arena = arena_new();
	s->data_dir = xstrdup(data_dir);
	s->own = own;
	s->by_digest = map_new();
	s->layers = layers_open(data_dir, e);
	if (!s->layers) {
		image_store_close(s);
		return NULL;
	}
	/* Here, where no loop waits yet; an error is told to whoever asks for that image. */
	(void)base_image(s, false, &later);
	(void)host_image(s, NULL, false, &later);
	return s;
}

void image_store_close(struct image_store *s)
{
	if (!s)
		return;
	while (s->hosts) {
		struct host_view *v = s->hosts;

		s->hosts = v->next;
		free(v->paths);
		free(v);
	}
	layers_close(s->layers);
	map_free(s->by_digest, NULL);
	free(s->data_dir);
	arena_free(s->arena);
	free(s);
}

static int not_here(const char *name, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND,
	        "image '%s' is not here (store: no; importing and pulling need parts which this "
	        "build does not have). "
	        "Remedy: [containers.image_map] \"%s\" = \"" BASE_NAME
	        "\" in cleanroom.toml, or --image-map; or image = \"host\"",
	        name, name);
}

static bool is_base(const char *name)
{
	size_t n = sizeof(BASE_NAME) - 1;

	return strncmp(name, BASE_NAME, n) == 0 &&
	       (!name[n] || strcmp(name + n, ":latest") == 0 ||
	               (name[n] == ':' && strcmp(name + n + 1, build_version()) == 0));
}

/* at_hand: ERR_BUSY instead of making it. */
static struct image *find(struct image_store *s, const char *name, const char *const *host_paths,
        bool at_hand, struct err *e)
{
	if (strcmp(name, "host") == 0)
		return host_image(s, host_paths, at_hand, e);
	if (strcmp(name, "scratch") == 0)
		return scratch_image(s, at_hand, e);
	if (is_base(name))
		return base_image(s, at_hand, e);
	if (strncmp(name, BASE_NAME ":", sizeof(BASE_NAME)) == 0) {
		err_set(e, ERR_NOT_FOUND,
		        "image '%s' is not here: this build makes " BASE_NAME ":%s", name,
		        build_version());
		return NULL;
	}
	not_here(name, e);
	return NULL;
}

static const struct image *used(struct image *image)
{
	if (image)
		image->used_wall_ns = clock_wall_ns();
	return image;
}

const struct image *image_resolve(
        struct image_store *s, const char *name, const char *const *host_paths, struct err *e)
{
	return used(find(s, name, host_paths, false, e));
}

const struct image *image_at_hand(
        struct image_store *s, const char *name, const char *const *host_paths, struct err *e)
{
	return used(find(s, name, host_paths, true, e));
}

void image_prepare(const struct image_store *s, const char *name, const char *const *host_paths)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct made_layer layer = { .dir = STRBUF_INIT };
	struct host_binds binds;
	struct err e;
	/* A lock of its own: that of the store does not keep threads apart. */
	struct layers *l = layers_open(s->data_dir, &e);

	if (!l)
		return;
	/* What is made is found by its note or name. */
	if (strcmp(name, "scratch") == 0)
		(void)scratch_layer(l, &layer, &e);
	else if (is_base(name))
		(void)base_layer(l, false, &layer, &e);
	else if (host_binds(a, host_paths, s->own, &binds, &e) == 0)
		(void)host_layer(l, &binds, &layer, &e);
	strbuf_release(&layer.dir);
	layers_close(l);
}

const struct image *image_look(struct image_store *s, const char *name, struct err *e)
{
	return find(s, name, NULL, false, e);
}

bool image_is_at_hand(struct image_store *s, const char *name)
{
	struct err e = { 0 };

	return find(s, name, NULL, true, &e) || e.code != ERR_BUSY;
}

const char *const *image_names(struct image_store *s)
{
	static const char *const names[] = { "host", "scratch", BASE_NAME, NULL };

	(void)s;
	return names;
}

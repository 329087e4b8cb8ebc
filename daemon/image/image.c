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

static struct image *make_plain(
        struct image_store *s, const char *name, struct manifest *m, struct err *e)
{
	AUTO_STRBUF dir = STRBUF_INIT;
	char digest[DIGEST_HEX];

	if (layers_put(s->layers, m, &dir, digest, e) < 0)
		return NULL;
	struct image image = { .name = name,
		.digest = digest,
		.lower = dir.s,
		.size_bytes = manifest_bytes(m),
		.path_env = BASE_PATH };
	return intern(s, &image);
}

static struct image *scratch_image(struct image_store *s, struct err *e)
{
	CLEANUP(manifest_free) struct manifest *m = NULL;

	if (!s->scratch) {
		m = manifest_new();
		scratch_manifest(m);
		s->scratch = make_plain(s, "scratch", m, e);
	}
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
static struct image *base_from_note(struct image_store *s, const struct strbuf *stamp)
{
	AUTO_STRBUF note = STRBUF_INIT;
	AUTO_STRBUF dir = STRBUF_INIT;
	char digest[DIGEST_HEX];

	if (!layers_get_note(s->layers, "base", &note) || note.len < stamp->len + DIGEST_HEX ||
	        memcmp(note.s, stamp->s, stamp->len) != 0)
		return NULL;
	memcpy(digest, note.s + stamp->len, DIGEST_HEX - 1);
	digest[DIGEST_HEX - 1] = '\0';
	if (strspn(digest, "0123456789abcdef") != DIGEST_HEX - 1 ||
	        !layers_have(s->layers, digest, &dir))
		return NULL;
	struct image image = { .name = BASE_NAME,
		.digest = digest,
		.lower = dir.s,
		.size_bytes = strtoull(note.s + stamp->len + DIGEST_HEX, NULL, 10),
		.path_env = BASE_PATH };
	return intern(s, &image);
}

static struct image *build_base(
        struct image_store *s, const char *busybox, struct strbuf *stamp, struct err *e)
{
	CLEANUP(manifest_free) struct manifest *m = manifest_new();

	if (base_manifest(m, busybox, e) < 0)
		return NULL;
	struct image *image = make_plain(s, BASE_NAME, m, e);
	if (!image)
		return NULL;
	strbuf_printf(stamp, "%s %llu\n", image->digest, (unsigned long long)image->size_bytes);
	return layers_set_note(s->layers, "base", stamp->s, e) < 0 ? NULL : image;
}

static struct image *base_image(struct image_store *s, struct err *e)
{
	AUTO_STRBUF stamp = STRBUF_INIT;
	const char *busybox;

	if (s->base)
		return s->base;
	busybox = base_busybox(e);
	if (!busybox)
		return NULL;
	busybox_stamp(busybox, &stamp);
	s->base = base_from_note(s, &stamp);
	if (!s->base)
		s->base = build_base(s, busybox, &stamp, e);
	return s->base;
}

/* ---- host ---- */

static struct image *intern_host(struct image_store *s, const struct host_binds *binds,
        const char *lower, const char *digest, uint64_t bytes)
{
	struct image image = { .name = "host",
		.digest = digest,
		.lower = lower,
		.binds = binds->v,
		.n_binds = binds->n,
		.size_bytes = bytes,
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

/* What a note of an image `host` says, or what is to be noted. */
struct host_layer {
	struct strbuf dir;
	char digest[DIGEST_HEX];
	unsigned long long bytes;
};

/* From an earlier start: 40 stats instead of reading, hashing and writing 300 files. */
static bool read_note(struct layers *l, const char *name, const char *line, struct host_layer *out)
{
	AUTO_STRBUF note = STRBUF_INIT;
	char known[DIGEST_HEX], layer[DIGEST_HEX];

	return layers_get_note(l, name, &note) &&
	       sscanf(note.s, "%64[0-9a-f] %64[0-9a-f] %64[0-9a-f] %llu", known, layer, out->digest,
	               &out->bytes) == 4 &&
	       strcmp(known, line) == 0 && strlen(layer) == 64 && strlen(out->digest) == 64 &&
	       layers_have(l, layer, &out->dir);
}

static int make_layer(struct layers *l, const struct host_binds *binds, const char *name,
        const char *line, struct host_layer *out, struct err *e)
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

/* Any thread that has a struct layers of its own. */
static int host_layer(
        struct layers *l, const struct host_binds *binds, struct host_layer *out, struct err *e)
{
	AUTO_STRBUF name = STRBUF_INIT;
	char line[DIGEST_HEX];

	/* The key is from before the reading: a change in between is seen the next time. */
	host_note_key(binds, &name, line);
	return read_note(l, name.s, line, out) ? 0 : make_layer(l, binds, name.s, line, out, e);
}

static struct image *build_host(struct image_store *s, const char *const *paths, struct err *e)
{
	struct host_layer layer = { .dir = STRBUF_INIT };
	struct host_binds binds;
	struct image *image = NULL;

	if (host_binds(s->arena, paths, s->own, &binds, e) == 0 &&
	        host_layer(s->layers, &binds, &layer, e) == 0)
		image = intern_host(s, &binds, layer.dir.s, layer.digest, layer.bytes);
	strbuf_release(&layer.dir);
	return image;
}

static struct host_view *known_view(const struct image_store *s, const char *paths)
{
	struct host_view *v = s->hosts;

	while (v && strcmp(v->paths, paths) != 0)
		v = v->next;
	return v;
}

static struct host_view *find_view(struct image_store *s, const char *paths)
{
	struct host_view *v = known_view(s, paths);

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

bool image_host_is_stale(const struct image_store *s, const char *const *paths)
{
	AUTO_STRBUF key = STRBUF_INIT;
	uint8_t stamp[HOST_STAMP_MAX];
	size_t len = host_stamp(HOST_STAMP_QUICK, stamp);

	paths_key(paths, &key);
	const struct host_view *v = known_view(s, key.s ? key.s : "");
	return !v || v->stamp_len != len || memcmp(v->stamp, stamp, len) != 0;
}

void image_host_prepare(const struct image_store *s, const char *const *paths)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct host_layer layer = { .dir = STRBUF_INIT };
	struct host_binds binds;
	struct err e;
	/* A lock of its own: that of the store does not keep threads apart. */
	struct layers *l = layers_open(s->data_dir, &e);

	if (!l)
		return;
	/* What it made is found by its note. */
	if (host_binds(a, paths, s->own, &binds, &e) == 0)
		(void)host_layer(l, &binds, &layer, &e);
	strbuf_release(&layer.dir);
	layers_close(l);
}

static struct image *host_image(struct image_store *s, const char *const *paths, struct err *e)
{
	AUTO_STRBUF key = STRBUF_INIT;
	uint8_t stamp[HOST_STAMP_MAX];
	size_t len = host_stamp(HOST_STAMP_QUICK, stamp);

	paths_key(paths, &key);
	struct host_view *v = find_view(s, key.s);
	if (v->stamp_len == len && memcmp(v->stamp, stamp, len) == 0)
		return v->image;
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
	(void)base_image(s, &later);
	(void)host_image(s, NULL, &later);
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

static struct image *find(
        struct image_store *s, const char *name, const char *const *host_paths, struct err *e)
{
	if (strcmp(name, "host") == 0)
		return host_image(s, host_paths, e);
	if (strcmp(name, "scratch") == 0)
		return scratch_image(s, e);
	if (strcmp(name, BASE_NAME) == 0 || strcmp(name, BASE_NAME ":latest") == 0)
		return base_image(s, e);
	if (strncmp(name, BASE_NAME ":", sizeof(BASE_NAME)) == 0) {
		if (strcmp(name + sizeof(BASE_NAME), build_version()) == 0)
			return base_image(s, e);
		err_set(e, ERR_NOT_FOUND,
		        "image '%s' is not here: this build makes " BASE_NAME ":%s", name,
		        build_version());
		return NULL;
	}
	not_here(name, e);
	return NULL;
}

const struct image *image_resolve(
        struct image_store *s, const char *name, const char *const *host_paths, struct err *e)
{
	struct image *image = find(s, name, host_paths, e);

	if (image)
		image->used_wall_ns = clock_wall_ns();
	return image;
}

const struct image *image_look(struct image_store *s, const char *name, struct err *e)
{
	return find(s, name, NULL, e);
}

const char *const *image_names(struct image_store *s)
{
	static const char *const names[] = { "host", "scratch", BASE_NAME, NULL };

	(void)s;
	return names;
}

/* daemon/image/image.c - names to images. */
#include "daemon/image/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/build.h"
#include "common/clock.h"
#include "common/fs.h"
#include "common/log.h"
#include "daemon/image/depot_priv.h"
#include "daemon/image/image_priv.h"
#include "daemon/image/store_priv.h"

#define BASE_NAME "clnrm/base"
#define BASE_PATH "/bin:/sbin:/usr/bin:/usr/sbin"
#define HOST_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* An image `host` of one set of paths, as the machine was when stamp was taken. */
struct host_view {
	struct host_view *next;
	char *paths; /* the host.paths, one a line */
	uint8_t stamp[HOST_STAMP_MAX];
	uint64_t below;   /* as below_changes() said */
	size_t stamp_len; /* 0 = never made */
	struct image *image;
};

static const char *const no_words[] = { NULL };
static const struct image_config no_config = {
	.env = no_words, .entrypoint = no_words, .cmd = no_words
};

/* ---- making ---- */

/* The image of that digest; an equal one that is there already is the same pointer. */
static struct image *intern(struct image_store *s, const struct image *from)
{
	struct image *image = map_get(s->by_digest, from->digest);

	if (image)
		return image;
	image = arena_memdup(s->arena, from, sizeof(*from));
	image->config = &no_config;
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
	host_deep_stamp(d);
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
	size_t len = host_stamp(stamp);
	uint64_t below = below_changes(s->below);

	paths_key(paths, &key);
	struct host_view *v = find_view(s, key.s);
	if (v->stamp_len == len && v->below == below && memcmp(v->stamp, stamp, len) == 0)
		return v->image;
	if (at_hand) {
		not_at_hand("host", e);
		return NULL;
	}
	below_again(s->below);
	struct image *image = build_host(s, paths, e);
	if (!image)
		return NULL;
	v->image = image;
	memcpy(v->stamp, stamp, len);
	v->stamp_len = len;
	v->below = below;
	return image;
}

/* ---- the door ---- */

struct image_store *image_store_open(
        const char *data_dir, const struct own_dirs *own, struct err *e)
{
	struct image_store *s = xcalloc(1, sizeof(*s));
	struct err later;

	s->arena = arena_new();
	s->sweeping = xcalloc(1, sizeof(*s->sweeping));
	s->prepared_max = UINT64_MAX;
	s->data_dir = xstrdup(data_dir);
	s->depot = depot_root(data_dir);
	s->unpacker = xstrdup("");
	s->own = own;
	s->by_digest = map_new();
	s->below = host_below();
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
	for (struct image_use *u = s->uses; u; u = u->next)
		close_fd(&u->hold);
	free(s->sweeping);
	layers_close(s->layers);
	below_free(s->below);
	map_free(s->by_digest, NULL);
	arena_free(s->names_arena);
	free(s->depot);
	free(s->unpacker);
	free(s->data_dir);
	arena_free(s->arena);
	free(s);
}

/* ---- imported ---- */

static int not_here(const char *name, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND,
	        "image '%.120s' is not here (store: no; this build pulls none). "
	        "Remedy: clnrm images import %.120s FILE, or [containers.image_map] \"%.120s\" = "
	        "\"" BASE_NAME "\" in cleanroom.toml, or --image-map; or image = \"host\"",
	        name, name, name);
}

static void describe(struct image_store *s, const struct image_record *r, struct image *out)
{
	const char **above = arena_array(s->arena, r->n_layers, sizeof(*above));
	struct image_origin *origin = arena_memdup(s->arena, &r->origin, sizeof(*origin));

	for (size_t i = 0; i < r->n_layers; i++) {
		const char *dir =
		        arena_printf(s->arena, "%s/layers/%s/diff", s->depot, r->layers[i]);

		if (i == 0)
			out->lower = dir;
		else
			above[i - 1] = dir;
	}
	origin->entries = r->stats.entries;
	origin->left_out = r->stats.left_out;
	origin->owners_lost = r->stats.owners_lost;
	origin->xattrs_lost = r->stats.xattrs_lost;
	out->above = above;
	out->n_above = r->n_layers - 1;
	out->digest = r->digest;
	out->size_bytes = r->stats.bytes;
	out->path_env = r->path_env;
	out->config = arena_memdup(s->arena, &r->config, sizeof(r->config));
	out->origin = origin;
}

static struct image_use *load(
        struct image_store *s, const char *name, const char *digest, const char *key, struct err *e)
{
	struct image_record r;
	int hold = -1;

	if (depot_record(s->depot, digest, s->arena, &r, &hold, e) < 0)
		return NULL;
	struct image_use *u = arena_alloc(s->arena, sizeof(*u));
	describe(s, &r, &u->image);
	u->image.name = arena_strdup(s->arena, name);
	u->image.use = u;
	u->store = s;
	u->key = arena_strdup(s->arena, key);
	u->hold = hold;
	u->next = s->uses;
	s->uses = u;
	map_put(s->by_digest, key, &u->image);
	return u;
}

/* "name@sha256:HEX": of the image as it is here, or of the manifest that it came with. */
static bool has_digest(const struct image *image, const char *digest)
{
	return !digest[0] || strcmp(image->digest, digest) == 0 ||
	       (image->origin->digest && strcmp(image->origin->digest, digest) == 0);
}

/* One small file is read each time, so that what another daemon imports or removes counts at once.
 */
static struct image *imported_image(struct image_store *s, const char *name, struct err *e)
{
	struct image_ref ref;
	char digest[DIGEST_HEX];
	struct err why;

	if (image_ref_read(name, &ref, &why) < 0 ||
	        depot_ref(s->depot, ref.name, digest, &why) < 0) {
		not_here(name, e);
		return NULL;
	}
	/* Each name has an image of its own: what is said of it says that name. */
	AUTO_STR key = xasprintf("%s %s", digest, ref.name);
	struct image *image = map_get(s->by_digest, key);
	if (!image) {
		struct image_use *u = load(s, ref.name, digest, key, e);

		if (!u)
			return NULL;
		image = &u->image;
	}
	if (has_digest(image, ref.digest))
		return image;
	err_set(e, ERR_NOT_FOUND, "image '%.120s' here is sha256:%s, not the one asked for",
	        ref.name, image->origin->digest ? image->origin->digest : image->digest);
	return NULL;
}

struct sweep_job {
	char *root;
	uint64_t prepared_max;
	struct sweeping *of; /* of the store, which outlives its workers */
};

static void sweep_job(void *arg)
{
	struct sweep_job *job = arg;
	unsigned asked;
	struct err e;

	do {
		asked = atomic_load(&job->of->asked);
		if (depot_make(job->root, &e) < 0 ||
		        depot_prepared_trim(job->root, job->prepared_max, &job->of->evicted, &e) <
		                0 ||
		        depot_sweep(job->root, &e) < 0)
			log_warn("images: %s", e.msg);
	} while (!atomic_compare_exchange_strong(&job->of->asked, &asked, 0));
	free(job->root);
	free(job);
}

/* One at a time: it waits for the disk, and imports wait for a worker. */
void image_sweep_soon(const struct image_store *s)
{
	struct sweeping *of = s->sweeping;
	struct sweep_job *job;
	struct err e;

	if (!s->work || atomic_fetch_add(&of->asked, 1) > 0)
		return;
	job = xmalloc(sizeof(*job));
	*job = (struct sweep_job){ xstrdup(s->depot), s->prepared_max, of };
	/* What nobody sweeps now is swept with the next one, or at the next start. */
	if (work_submit(s->work, sweep_job, NULL, job, &e) == 0)
		return;
	atomic_store(&of->asked, 0);
	free(job->root);
	free(job);
}

struct work_pool *image_store_work(const struct image_store *s)
{
	return s->work;
}

void image_store_use_unpacker(struct image_store *s, const char *program)
{
	free(s->unpacker);
	s->unpacker = xstrdup(program);
}

void image_store_use_work(struct image_store *s, struct work_pool *work)
{
	s->work = work;
	image_sweep_soon(s);
}

static void let_go_of_files(struct image_use *u)
{
	close_fd(&u->hold);
	image_sweep_soon(u->store);
}

void image_hold(const struct image *image)
{
	if (!image->use)
		return;
	image->use->users++;
	if (image->use->base)
		image_hold(image->use->base);
}

void image_let_go(const struct image *image)
{
	struct image_use *u = image->use;

	if (u && u->base)
		image_let_go(u->base);
	if (u && --u->users == 0 && u->retired)
		let_go_of_files(u);
}

bool image_is_idle(const struct image *image)
{
	return image->use && image->use->users == 0;
}

static bool has_name(const struct image_store *s, const struct image *image)
{
	char digest[DIGEST_HEX];
	struct err e;

	return depot_ref(s->depot, image->name, digest, &e) == 0 &&
	       strcmp(digest, image->digest) == 0;
}

void image_store_on_change(struct image_store *s, loop_fn *fn, void *arg)
{
	s->changed = fn;
	s->changed_arg = arg;
}

/* A prepared one that nobody uses is let go of, so that it can make room for others. */
static bool is_wanted(const struct image_store *s, const struct image_use *u)
{
	if (!u->base)
		return has_name(s, &u->image);
	return u->users > 0 && depot_prepared_is(s->depot, u->image.prepared->key);
}

void image_retire(struct image_store *s)
{
	for (struct image_use *u = s->uses; u; u = u->next) {
		if (u->retired || is_wanted(s, u))
			continue;
		/* The same content may come again, as a new image: this one's files may be gone. */
		u->retired = true;
		map_del(s->by_digest, u->key);
		if (u->users == 0)
			close_fd(&u->hold);
	}
	if (s->changed)
		s->changed(s->changed_arg);
}

int image_check_name(const char *name, struct err *e)
{
	struct image_ref ref;

	if (image_ref_read(name, &ref, e) < 0)
		return -1;
	return ref.digest[0] ? err_set(e, ERR_INVALID, "an image cannot be named by a digest") : 0;
}

int image_import(const struct image_store *s, const struct image_import *what,
        struct image_imported *out, struct err *e)
{
	return import_run(s->depot, s->unpacker, what, out, e);
}

int image_forget(const struct image_store *s, const char *name, struct err *e)
{
	struct image_ref ref;

	if (image_name_key(name))
		return image_prepared_forget(s, name, e);
	return image_ref_read(name, &ref, e) < 0 ? -1 : depot_forget(s->depot, ref.name, e);
}

int image_sweep(const struct image_store *s, struct err *e)
{
	return depot_make(s->depot, e) < 0 ? -1 : depot_sweep(s->depot, e);
}

int image_garbage(
        const struct image_store *s, const char *const *without, uint64_t *bytes, struct err *e)
{
	return depot_make(s->depot, e) < 0 ? -1 : depot_garbage(s->depot, without, bytes, e);
}

/* ---- by name ---- */

static bool is_base(const char *name)
{
	size_t n = sizeof(BASE_NAME) - 1;

	return strncmp(name, BASE_NAME, n) == 0 &&
	       (!name[n] || strcmp(name + n, ":latest") == 0 ||
	               (name[n] == ':' && strcmp(name + n + 1, build_version()) == 0));
}

struct image *store_find(struct image_store *s, const char *name, const char *const *host_paths,
        bool at_hand, struct err *e)
{
	if (image_name_key(name))
		return store_prepared(s, name, host_paths, at_hand, e);
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
	return imported_image(s, name, e);
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
	return used(store_find(s, name, host_paths, false, e));
}

const struct image *image_at_hand(
        struct image_store *s, const char *name, const char *const *host_paths, struct err *e)
{
	return used(store_find(s, name, host_paths, true, e));
}

void image_prepare(const struct image_store *s, const char *name, const char *const *host_paths)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct made_layer layer = { .dir = STRBUF_INIT };
	struct host_binds binds;
	struct err e;
	/* A lock of its own: that of the store does not keep threads apart. */
	struct layers *l = layers_open(s->data_dir, &e);
	const char *key = image_name_key(name);
	/* What lies below a prepared layer; the layer itself is not made here. */
	AUTO_STR base = key ? xstrndup(name, (size_t)(key - name) - 1) : xstrdup(name);

	if (!l)
		return;
	name = base;
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
	return store_find(s, name, NULL, false, e);
}

bool image_is_at_hand(struct image_store *s, const char *name)
{
	struct err e = { 0 };

	return store_find(s, name, NULL, true, &e) || e.code != ERR_BUSY;
}

struct names {
	struct arena *arena;
	const char **v;
	size_t n, cap;
};

static void add_name(void *arg, const char *name)
{
	struct names *x = arg;

	x->v = xgrow(x->v, &x->cap, x->n + 1, sizeof(*x->v));
	x->v[x->n++] = arena_strdup(x->arena, name);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *const *image_names(struct image_store *s)
{
	static const char *const own[] = { "host", "scratch", BASE_NAME };
	struct names x = { .arena = arena_new() };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		add_name(&x, own[i]);
	depot_names(s->depot, add_name, &x);
	image_prepared_names(s, add_name, &x);
	qsort(x.v + ARRAY_LEN(own), x.n - ARRAY_LEN(own), sizeof(*x.v), by_text);
	arena_free(s->names_arena);
	s->names_arena = x.arena;
	const char **out = arena_array(x.arena, x.n + 1, sizeof(*out));
	memcpy(out, x.v, x.n * sizeof(*out));
	free(x.v);
	return out;
}

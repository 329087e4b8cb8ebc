/* Images with a layer over them that a preparation made. What they lie over is an image like any
 * other; the key holds its digest, so one key is never over two. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fs.h"
#include "daemon/core/id.h"
#include "daemon/image/archive_priv.h"
#include "daemon/image/depot_priv.h"
#include "daemon/image/store_priv.h"

#define MAX_ENTRIES 1000000u
#define SHOWN 12 /* digits of a key in names for people */

/* ---- names ---- */

const char *image_name_key(const char *name)
{
	const char *plus = strrchr(name, '+');
	size_t n = plus ? strlen(plus + 1) : 0;

	return n >= 8 && n <= 64 && strspn(plus + 1, "0123456789abcdef") == n ? plus + 1 : NULL;
}

static char *base_of(const char *name)
{
	return xstrndup(name, (size_t)(image_name_key(name) - name) - 1);
}

/* Of both kinds: what is in the layer counts where it could be another another time. */
static void digest_over(
        const struct image *base, const struct image_prepared *p, char out[DIGEST_HEX])
{
	CLEANUP(digest_free) struct digest_ctx *d = digest_new();
	struct digest sum;

	digest_add_str(d, "prepared");
	digest_add_str(d, base->digest);
	digest_add_str(d, p->key);
	digest_add_str(d, p->recorded ? p->diff : "");
	digest_end(d, &sum);
	digest_hex(&sum, out);
}

/* ---- an image of a record ---- */

static const char *shown_name(struct image_store *s, const struct image *base, const char *key)
{
	return arena_printf(s->arena, "%s+%.*s", base->name, SHOWN, key);
}

static void put_layer(struct image_store *s, const struct image *base,
        const struct prepared_record *r, struct image *out)
{
	const char **above = arena_array(s->arena, base->n_above + 1, sizeof(*above));

	for (size_t i = 0; i < base->n_above; i++)
		above[i] = base->above[i];
	above[base->n_above] = arena_printf(s->arena, "%s/layers/%s/diff", s->depot, r->layer);
	out->above = above;
	out->n_above = base->n_above + 1;
	out->size_bytes = base->size_bytes + r->bytes;
}

static struct image_use *make_use(
        struct image_store *s, const struct image *base, const struct prepared_record *r, int hold)
{
	struct image_use *u = arena_alloc(s->arena, sizeof(*u));
	struct image_prepared *p = arena_alloc(s->arena, sizeof(*p));
	char digest[DIGEST_HEX];

	*p = (struct image_prepared){ .key = r->key,
		.diff = r->diff,
		.recorded = r->recorded,
		.bytes = r->bytes,
		.entries = r->entries,
		.owners_lost = r->owners_lost,
		.took_ms = r->took_ms,
		.made_wall_ns = r->made_wall_ns };
	digest_over(base, p, digest);
	u->image = *base;
	u->image.name = shown_name(s, base, r->key);
	u->image.digest = arena_strdup(s->arena, digest);
	u->image.prepared = p;
	u->image.use = u;
	u->image.used_wall_ns = 0;
	put_layer(s, base, r, &u->image);
	u->store = s;
	u->base = base;
	u->hold = hold;
	return u;
}

static struct image *load(struct image_store *s, const struct image *base, const char *key,
        const char *map_key, struct err *e)
{
	struct prepared_record r;
	int hold = -1;

	if (depot_prepared(s->depot, key, s->arena, &r, &hold, e) < 0)
		return NULL;
	if (strcmp(r.image_digest, base->digest) != 0) {
		close_fd(&hold);
		err_set(e, ERR_NOT_FOUND, "%.12s is prepared over another '%s' than the one here",
		        key, base->name);
		return NULL;
	}
	struct image_use *u = make_use(s, base, &r, hold);
	u->key = arena_strdup(s->arena, map_key);
	u->next = s->uses;
	s->uses = u;
	map_put(s->by_digest, u->key, &u->image);
	return &u->image;
}

struct image *store_prepared(struct image_store *s, const char *name, const char *const *host_paths,
        bool at_hand, struct err *e)
{
	AUTO_STR base_name = base_of(name);
	char key[DIGEST_HEX];

	if (!depot_prepared_find(s->depot, image_name_key(name), key)) {
		err_set(e, ERR_NOT_FOUND, "nothing is prepared under '%.120s'", name);
		return NULL;
	}
	const struct image *base = store_find(s, base_name, host_paths, at_hand, e);
	if (!base)
		return NULL;
	AUTO_STR map_key = xasprintf("+%s %s", key, base->digest);
	struct image *image = map_get(s->by_digest, map_key);
	/* The base may have gone and come again meanwhile, and nobody has held this one. */
	if (image && image->use->base == base) {
		depot_prepared_touch(image->use->hold);
		return image;
	}
	if (image) {
		image->use->retired = true;
		map_del(s->by_digest, map_key);
		if (image->use->users == 0)
			close_fd(&image->use->hold);
	}
	return load(s, base, key, map_key, e);
}

bool image_is_prepared(struct image_store *s, const char *name, const char *const *host_paths)
{
	struct err e = { 0 };

	return store_prepared(s, name, host_paths, true, &e) || e.code == ERR_BUSY;
}

/* What has no layer has no digest either where that is a part of it. */
const struct image *image_planned(
        struct image_store *s, const char *name, const char *const *host_paths, struct err *e)
{
	const struct image *image = image_at_hand(s, name, host_paths, e);
	const char *key = image_name_key(name);

	if (image || !key || e->code != ERR_NOT_FOUND)
		return image;

	AUTO_STR base_name = base_of(name);
	const struct image *base = image_at_hand(s, base_name, host_paths, e);
	if (!base)
		return NULL;
	AUTO_STR map_key = xasprintf("?%s %s", key, base->digest);
	struct image *plan = map_get(s->by_digest, map_key);
	if (plan)
		return plan;
	struct image_prepared *p = arena_alloc(s->arena, sizeof(*p));
	char digest[DIGEST_HEX];
	*p = (struct image_prepared){ .key = arena_strdup(s->arena, key), .diff = "" };
	digest_over(base, p, digest);
	plan = arena_memdup(s->arena, base, sizeof(*base));
	plan->name = shown_name(s, base, key);
	plan->digest = arena_strdup(s->arena, digest);
	plan->prepared = p;
	plan->use = NULL;
	map_put(s->by_digest, map_key, plan);
	return plan;
}

/* ---- listing, removal ---- */

struct name_call {
	const struct image_store *s;
	void (*each)(void *arg, const char *name);
	void *arg;
};

static void tell_name(void *arg, const char *key)
{
	const struct name_call *c = arg;
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct prepared_record r;
	struct err e;

	if (depot_prepared(c->s->depot, key, a, &r, NULL, &e) == 0)
		c->each(c->arg, arena_printf(a, "%s+%.*s", r.image, SHOWN, key));
}

void image_prepared_names(
        const struct image_store *s, void (*each)(void *arg, const char *name), void *arg)
{
	struct name_call c = { s, each, arg };

	depot_prepared_each(s->depot, tell_name, &c);
}

int image_prepared_forget(const struct image_store *s, const char *name, struct err *e)
{
	char key[DIGEST_HEX];

	if (!depot_prepared_find(s->depot, image_name_key(name), key))
		return err_set(e, ERR_NOT_FOUND, "nothing is prepared under '%.120s'", name);
	return depot_prepared_forget(s->depot, key, e);
}

void image_store_keep(struct image_store *s, uint64_t prepared_max)
{
	s->prepared_max = prepared_max;
}

void image_prepared_settle(struct image_store *s)
{
	image_retire(s);
	image_sweep_soon(s);
}

void image_prepared_stats(const struct image_store *s, struct image_prepared_stats *out)
{
	struct prepared_total total;

	depot_prepared_total(s->depot, &total);
	*out = (struct image_prepared_stats){ total.n, atomic_load(&s->sweeping->evicted),
		total.bytes, s->prepared_max };
}

/* ---- making one ---- */

struct image_making {
	char *root, *unpacker, *image, *key;
	uint64_t max_bytes;
	bool recorded;
	const atomic_bool *cancelled;
	int lock;
	struct depot_tmp tmp;
	int file;
};

void image_making_free(struct image_making *m)
{
	if (!m)
		return;
	close_fd(&m->file);
	depot_tmp_remove(&m->tmp);
	close_fd(&m->lock);
	free(m->root);
	free(m->unpacker);
	free(m->image);
	free(m->key);
	free(m);
}

static int begin(struct image_making *m, struct err *e)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct prepared_record r;

	if (depot_make(m->root, e) < 0)
		return -1;
	int got = depot_prepared_begin(m->root, m->key, &m->lock, e);
	if (got <= 0)
		return got < 0 ? -1 : err_set(e, ERR_BUSY, "another daemon prepares it");
	/* Who had the lock before may just have made it. */
	if (depot_prepared(m->root, m->key, a, &r, NULL, e) == 0)
		return err_set(e, ERR_NOT_FOUND, "it is prepared by now");
	if (depot_tmp_make(&m->tmp, e) < 0)
		return -1;
	m->file = openat(m->tmp.fd, "harvest", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return m->file < 0 ? err_sys(e, "cannot make '%s/harvest'", m->tmp.path) : 0;
}

struct image_making *image_making_begin(
        const struct image_store *s, const struct image_making_request *what, struct err *e)
{
	struct image_making *m = xcalloc(1, sizeof(*m));

	*m = (struct image_making){ .root = xstrdup(s->depot),
		.unpacker = xstrdup(s->unpacker),
		.image = base_of(what->name),
		.key = xstrdup(image_name_key(what->name)),
		.max_bytes = what->max_bytes,
		.recorded = what->recorded,
		.cancelled = what->cancelled,
		.lock = -1,
		.file = -1 };
	m->tmp = DEPOT_TMP(m->root);
	if (begin(m, e) == 0)
		return m;
	image_making_free(m);
	return NULL;
}

int image_making_file(const struct image_making *m, struct err *e)
{
	int fd = fcntl(m->file, F_DUPFD_CLOEXEC, 0);

	return fd < 0 ? err_sys(e, "cannot open the harvest") : fd;
}

/* Topmost first, as unpacking wants them. */
static int open_layers(
        const struct image *base, int fds[UNPACK_MAX_LAYERS + 1], size_t *n, struct err *e)
{
	*n = 0;
	if (base->n_above >= UNPACK_MAX_LAYERS)
		return err_set(
		        e, ERR_LIMIT, "the image has more than %d layers", UNPACK_MAX_LAYERS);
	for (size_t i = base->n_above + 1; i-- > 0;) {
		const char *dir = i ? base->above[i - 1] : base->lower;

		fds[*n] = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (fds[*n] < 0)
			return err_sys(e, "cannot open '%s'", dir);
		++*n;
	}
	return 0;
}

static int unpack(const struct image_making *m, const struct image *base, struct depot_layer *l,
        struct digest *diff, struct err *e)
{
	struct unpack_budget budget = { .max_bytes = m->max_bytes,
		.max_entries = MAX_ENTRIES,
		.bytes = m->max_bytes,
		.entries = MAX_ENTRIES,
		.cancelled = m->cancelled };
	const struct archive_how how = { .program = m->unpacker, .cancelled = m->cancelled };
	struct archive_part part = { .fd = m->file };
	int fds[UNPACK_MAX_LAYERS + 1];
	struct archive_sums sums;
	struct stat st;
	size_t n = 0;
	int result = -1;

	if (fstat(m->file, &st) < 0)
		return err_sys(e, "cannot look at the harvest");
	part.n = st.st_size;
	if (open_layers(base, fds, &n, e) == 0) {
		CLEANUP(unpack_free) struct unpack *u = unpack_new(l->fd, fds, n, &budget, true);

		if (archive_unpack(&how, &part, u, &sums, e) == 0 &&
		        unpack_end(u, &l->stats, e) == 0)
			result = 0;
	}
	while (n)
		close_fd(&fds[--n]);
	*diff = sums.diff;
	return result;
}

/* No other layer has it, so that nobody takes one for it that was there before. */
static void name_layer(const char *key, char out[DEPOT_KEY])
{
	char id[33], hex[DIGEST_HEX];
	struct digest sum;

	id_make(id, 32);
	AUTO_STR text = xasprintf("prepared %s %s", key, id);
	digest_of(text, strlen(text), &sum);
	digest_hex(&sum, hex);
	snprintf(out, DEPOT_KEY, "%s", hex);
}

static int publish(struct image_making *m, const struct image *base, struct depot_layer *l,
        const struct digest *diff, uint64_t took_ms, struct err *e)
{
	char hex[DIGEST_HEX];

	digest_hex(diff, hex);
	name_layer(m->key, l->key);

	const struct prepared_record r = { .key = m->key,
		.layer = l->key,
		.diff = hex,
		.image = m->image,
		.image_digest = base->digest,
		.recorded = m->recorded,
		.took_ms = took_ms,
		.bytes = l->stats.bytes,
		.entries = l->stats.entries,
		.owners_lost = l->stats.owners_lost,
		.made_wall_ns = clock_wall_ns() };
	return depot_prepared_publish(&m->tmp, l, &r, e);
}

int image_making_end(
        struct image_making *m, const struct image *base, uint64_t took_ms, struct err *e)
{
	struct depot_layer l = DEPOT_LAYER;
	struct digest diff;
	int result = -1;

	if (depot_layer_stage(&m->tmp, 0, &l, e) == 0 && unpack(m, base, &l, &diff, e) == 0 &&
	        depot_layer_finish(&m->tmp, &l, e) == 0)
		result = publish(m, base, &l, &diff, took_ms, e);
	depot_layer_close(&l);
	return result;
}

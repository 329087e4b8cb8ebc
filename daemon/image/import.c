/* An import: what is there, layer by layer into a directory of its own, and only when all of it is
 * done and what it claims to be, into the depot. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fs.h"
#include "daemon/image/depot_priv.h"
#include "daemon/image/image_priv.h"
#include "daemon/image/oci_priv.h"

#define MAX_ENTRIES 1000000u
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Stamps of files that were changed a moment ago say nothing: the next change may have the same. */
#define SETTLED_NS (2 * NS_PER_S)

static const char *const no_words[] = { NULL };

struct import {
	const char *root;
	const struct image_import *what;
	struct archive_how how;
	struct image_ref ref;
	struct depot_tmp tmp;
	struct source source;
	bool opened; /* source */
	struct oci_image image;
	struct unpack_budget budget;
	struct depot_layer layers[UNPACK_MAX_LAYERS + 1];
	size_t n;
	struct digest chain; /* of the layers so far */
};

/* ---- keys ---- */

/* The chain ID of the OCI image specification (config.md): of what a layer and all below it are
 * made of, because unpacking one depends on those below. */
static void chain_on(const struct import *im, const struct digest *diff, struct digest *out)
{
	char below[DIGEST_HEX], mine[DIGEST_HEX];

	digest_hex(&im->chain, below);
	digest_hex(diff, mine);
	AUTO_STR text = xasprintf("sha256:%s sha256:%s", below, mine);
	if (im->n)
		digest_of(text, strlen(text), out);
	else
		*out = *diff;
}

/* Owners that were lost make another layer. */
static void key_of(const struct digest *chain, char key[DEPOT_KEY])
{
	char hex[DIGEST_HEX];

	digest_hex(chain, hex);
	snprintf(key, DEPOT_KEY, "%s%s", hex, unpack_keeps_owners() ? "" : ".mine");
}

/* ---- one layer ---- */

/* Descriptors of the layers so far, topmost first. */
static size_t parents(const struct import *im, int fds[UNPACK_MAX_LAYERS + 1])
{
	for (size_t i = 0; i < im->n; i++)
		fds[i] = im->layers[im->n - 1 - i].fd;
	return im->n;
}

typedef int layer_fn(
        struct import *im, struct unpack *u, const void *arg, struct digest *diff, struct err *e);

static int unpack_into(struct import *im, struct depot_layer *l, bool whiteouts, layer_fn *fill,
        const void *arg, struct digest *diff, struct err *e)
{
	int fds[UNPACK_MAX_LAYERS + 1];
	size_t n = parents(im, fds);
	CLEANUP(unpack_free)
	struct unpack *u = unpack_new(l->fd, fds, n, &im->budget, whiteouts);

	if (fill(im, u, arg, diff, e) < 0 || unpack_end(u, &l->stats, e) < 0)
		return -1;
	return depot_layer_finish(&im->tmp, l, e);
}

static void add_layer(struct import *im, const struct depot_layer *l, const struct digest *chain)
{
	im->layers[im->n++] = *l;
	im->chain = *chain;
}

/* An equal layer that was there before. */
static void use_older(const struct import *im, struct depot_layer *l)
{
	struct depot_layer older;

	if (!depot_layer_open(im->root, l->key, &older))
		return;
	depot_layer_close(l);
	*l = older;
}

/* The layer of that diff over those that are there: found, or unpacked by fill. diff is NULL where
 * only unpacking tells it. */
static int layer(struct import *im, const struct digest *diff, bool whiteouts, layer_fn *fill,
        const void *arg, struct err *e)
{
	struct depot_layer l;
	struct digest chain, is;
	char key[DEPOT_KEY];

	if (diff) {
		chain_on(im, diff, &chain);
		key_of(&chain, key);
		if (depot_layer_open(im->root, key, &l)) {
			add_layer(im, &l, &chain);
			return 0;
		}
	}
	if (depot_layer_stage(&im->tmp, (unsigned)im->n, &l, e) < 0 ||
	        unpack_into(im, &l, whiteouts, fill, arg, &is, e) < 0) {
		depot_layer_close(&l);
		return -1;
	}
	chain_on(im, &is, &chain);
	key_of(&chain, l.key);
	use_older(im, &l);
	add_layer(im, &l, &chain);
	return !diff || memcmp(diff, &is, sizeof(is)) == 0
	               ? 0
	               : err_set(e, ERR_INVALID, "its content is not what its digest says");
}

/* ---- what fills it ---- */

static int fill_from_archive(
        struct import *im, struct unpack *u, const void *arg, struct digest *diff, struct err *e)
{
	const struct oci_layer *l = arg;
	struct archive_part part;
	struct archive_sums sums;
	AUTO_FD fd = -1;

	if (source_part(&im->source, l->name, &part, &fd, e) < 0) {
		e->code = ERR_INVALID;
		return -1;
	}
	if (archive_unpack(&im->how, &part, u, &sums, e) < 0) {
		archive_explain(&part, e);
		return -1;
	}
	if (l->has_blob && memcmp(&sums.blob, &l->blob, sizeof(l->blob)) != 0)
		return err_set(e, ERR_INVALID, "its bytes are not what its digest says");
	*diff = sums.diff;
	return 0;
}

static int fill_from_tar(
        struct import *im, struct unpack *u, const void *arg, struct digest *diff, struct err *e)
{
	struct archive_sums sums;

	(void)arg;
	if (archive_unpack(&im->how, &im->source.whole, u, &sums, e) < 0)
		return -1;
	*diff = sums.diff;
	return 0;
}

static int fill_from_tree(
        struct import *im, struct unpack *u, const void *arg, struct digest *diff, struct err *e)
{
	(void)arg;
	return tree_unpack(im->source.fd, im->root, u, diff, e);
}

/* ---- what every image needs ---- */

static int text_piece(void *arg, const void **p, size_t *n, int64_t *at, struct err *e)
{
	const char **text = arg;

	(void)e;
	if (!*text)
		return 0;
	*p = *text;
	*n = strlen(*text);
	*at = 0;
	*text = NULL;
	return 1;
}

static void etc_digest(const bool *missing, struct digest *out)
{
	CLEANUP(digest_free) struct digest_ctx *d = digest_new();

	for (size_t i = 0; i < ETC_FILES; i++)
		if (missing[i]) {
			digest_add_str(d, etc_files[i].path);
			digest_add_str(d, etc_files[i].text);
		}
	digest_end(d, out);
}

static int fill_etc(
        struct import *im, struct unpack *u, const void *arg, struct digest *diff, struct err *e)
{
	const bool *missing = arg;

	(void)im;
	for (size_t i = 0; i < ETC_FILES; i++) {
		const char *text = etc_files[i].text;
		struct unpack_entry x = { .path = etc_files[i].path,
			.mode = S_IFREG | 0644,
			.size = (int64_t)strlen(text) };

		if (missing[i] && unpack_entry(u, &x, text_piece, &text, e) < 0)
			return -1;
	}
	etc_digest(missing, diff);
	return 0;
}

/* Container engines put these there when a container starts, so images have none, or empty ones. */
static int add_etc(struct import *im, struct err *e)
{
	int fds[UNPACK_MAX_LAYERS + 1];
	size_t n = parents(im, fds);
	bool missing[ETC_FILES], any = false;
	struct digest diff;

	for (size_t i = 0; i < ETC_FILES; i++) {
		missing[i] = unpack_file_size(fds, n, etc_files[i].path) <= 0;
		any |= missing[i];
	}
	etc_digest(missing, &diff);
	return any ? layer(im, &diff, false, fill_etc, missing, e) : 0;
}

/* ---- the kinds of sources ---- */

static int import_layers(struct import *im, struct err *e)
{
	if (oci_read(&im->source, im->ref.name, im->what->platform, &im->image, e) < 0)
		return -1;
	for (size_t i = 0; i < im->image.n_layers; i++) {
		const struct oci_layer *l = &im->image.layers[i];

		if (layer(im, &l->diff, true, fill_from_archive, l, e) < 0)
			return err_wrap(e, "layer %zu", i + 1);
	}
	return 0;
}

static int import_tar(struct import *im, struct err *e)
{
	return layer(im, NULL, false, fill_from_tar, NULL, e);
}

static int import_tree(struct import *im, struct err *e)
{
	return layer(im, NULL, false, fill_from_tree, NULL, e);
}

static int (*const kinds[])(struct import *im, struct err *e) = {
	[SOURCE_DIRECTORY] = import_tree,
	[SOURCE_TAR] = import_tar,
	[SOURCE_LAYOUT] = import_layers,
	[SOURCE_ARCHIVE] = import_layers,
};

/* ---- its record ---- */

static void describe(const struct import *im, struct image_record *r, const char **keys)
{
	*r = (struct image_record){
		.layers = keys,
		.n_layers = im->n,
		.config = im->image.config,
		.path_env = im->image.path_env ? im->image.path_env : DEFAULT_PATH,
		.origin = { .kind = source_kind_names[im->source.kind],
		        .platform = im->image.platform,
		        .imported_wall_ns = clock_wall_ns() },
	};
	for (size_t i = 0; i < im->n; i++) {
		const struct unpack_stats *s = &im->layers[i].stats;

		keys[i] = im->layers[i].key;
		r->stats.bytes += s->bytes;
		r->stats.entries += s->entries;
		r->stats.left_out += s->left_out;
		r->stats.owners_lost += s->owners_lost;
		r->stats.xattrs_lost += s->xattrs_lost;
	}
	r->config.env = r->config.env ? r->config.env : no_words;
	r->config.entrypoint = r->config.entrypoint ? r->config.entrypoint : no_words;
	r->config.cmd = r->config.cmd ? r->config.cmd : no_words;
}

static void tell(const struct import *im, const struct image_record *r, struct image_imported *out)
{
	*out = (struct image_imported){ .bytes = r->stats.bytes, .layers = (unsigned)r->n_layers };
	snprintf(out->name, sizeof(out->name), "%s", im->ref.name);
	snprintf(out->digest, sizeof(out->digest), "%s", r->digest);
	for (size_t i = 0; i < im->n; i++)
		out->fresh += im->layers[i].staged;
}

static int publish(
        struct import *im, char digest[DIGEST_HEX], struct image_imported *out, struct err *e)
{
	const char *keys[UNPACK_MAX_LAYERS + 1];
	char origin[DIGEST_HEX];
	AUTO_STRBUF json = STRBUF_INIT;
	struct image_record r;

	describe(im, &r, keys);
	record_digest(&r, digest);
	r.digest = digest;
	digest_hex(&im->image.digest, origin);
	if (im->source.kind == SOURCE_LAYOUT || im->source.kind == SOURCE_ARCHIVE)
		r.origin.digest = origin;
	record_write(&r, &json);
	if (depot_publish(&im->tmp, im->layers, im->n, digest, &json, im->ref.name, e) < 0)
		return -1;
	tell(im, &r, out);
	return 0;
}

/* ---- a file that looks as it did when it was imported is not read again ---- */

/* What becomes of an archive of images depends on which of them is asked for, of a tar it does
 * not. */
struct identity {
	char whole[DIGEST_HEX], one[DIGEST_HEX];
	bool settled;
};

static void identify(const struct import *im, const struct stat *st, struct identity *out)
{
	const char *platform = im->what->platform;
	struct digest sum;
	AUTO_STR whole = xasprintf("%llx %llx %llx %lld.%ld %lld.%ld %s",
	        (unsigned long long)st->st_dev, (unsigned long long)st->st_ino,
	        (unsigned long long)st->st_size, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
	        (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec,
	        unpack_keeps_owners() ? "owners" : "mine");
	AUTO_STR one = xasprintf("%s %s %s", whole, im->ref.name, platform ? platform : "");

	digest_of(whole, strlen(whole), &sum);
	digest_hex(&sum, out->whole);
	digest_of(one, strlen(one), &sum);
	digest_hex(&sum, out->one);
	out->settled = S_ISREG(st->st_mode) &&
	               clock_wall_ns() - (st->st_ctim.tv_sec * NS_PER_S + st->st_ctim.tv_nsec) >
	                       SETTLED_NS;
}

/* 1: it has its name; 0: it has to be read. */
static int import_known(
        struct import *im, const struct identity *id, struct image_imported *out, struct err *e)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	char digest[DIGEST_HEX];
	struct image_record r;
	AUTO_FD hold = -1;
	struct err why;

	if (!id->settled || (!depot_known(im->root, id->whole, digest) &&
	                            !depot_known(im->root, id->one, digest)))
		return 0;
	if (depot_record(im->root, digest, a, &r, &hold, &why) < 0)
		return 0;
	if (depot_name(&im->tmp, im->ref.name, digest, e) < 0)
		return -1;
	tell(im, &r, out);
	return 1;
}

static void remember(const struct import *im, const struct identity *before, const char *digest)
{
	struct identity after;
	struct stat st;

	if (!before->settled || stat(im->what->path, &st) < 0)
		return;
	identify(im, &st, &after);
	if (after.settled && strcmp(before->whole, after.whole) == 0)
		depot_remember(
		        im->root, im->source.kind == SOURCE_TAR ? after.whole : after.one, digest);
}

/* ---- all of it ---- */

/* Where a compressed archive of layers is inflated to. */
static int make_spool(void *arg, struct err *e)
{
	struct import *im = arg;

	if (depot_tmp_make(&im->tmp, e) < 0)
		return -1;
	int fd = openat(im->tmp.fd, "spool", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? err_sys(e, "cannot make '%s/spool'", im->tmp.path) : fd;
}

static int import_read(
        struct import *im, char digest[DIGEST_HEX], struct image_imported *out, struct err *e)
{
	struct source_spool spool = { make_spool, im, im->what->max_bytes };

	if (S_ISREG(im->source.st.st_mode) && source_look(&im->source, &spool, e) < 0)
		return -1;
	if (kinds[im->source.kind](im, e) < 0 || add_etc(im, e) < 0)
		return -1;
	return publish(im, digest, out, e);
}

static int run(struct import *im, struct image_imported *out, struct err *e)
{
	const struct image_import *w = im->what;
	struct identity id;
	char digest[DIGEST_HEX];

	if (depot_make(im->root, e) < 0)
		return -1;
	im->opened = true;
	if (source_open(&im->source, &im->how, w->path, e) < 0)
		return -1;
	identify(im, &im->source.st, &id);
	int known = import_known(im, &id, out, e);
	if (known != 0)
		return known < 0 ? -1 : 0;
	if (import_read(im, digest, out, e) < 0)
		return err_wrap(e, "'%s'", w->path);
	remember(im, &id, digest);
	return 0;
}

static void release(struct import *im)
{
	for (size_t i = 0; i < im->n; i++)
		depot_layer_close(&im->layers[i]);
	if (im->opened)
		source_close(&im->source);
	depot_tmp_remove(&im->tmp);
	free(im);
}

int import_run(const char *root, const char *unpacker, const struct image_import *what,
        struct image_imported *out, struct err *e)
{
	struct import *im = xcalloc(1, sizeof(*im));
	int result =
	        image_check_name(what->name, e) < 0 ? -1 : image_ref_read(what->name, &im->ref, e);

	im->root = root;
	im->what = what;
	im->how = (struct archive_how){ .program = unpacker, .cancelled = what->cancelled };
	im->tmp = DEPOT_TMP(root);
	im->budget = (struct unpack_budget){ .max_bytes = what->max_bytes,
		.max_entries = MAX_ENTRIES,
		.bytes = what->max_bytes,
		.entries = MAX_ENTRIES,
		.cancelled = what->cancelled };
	if (result == 0)
		result = run(im, out, e);
	release(im);
	return result;
}

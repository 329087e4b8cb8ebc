/* daemon/image/depot_priv.h - imported images on disk, in data_dir/images/imported (mode 0700: it
 * holds programs that may be setuid).
 *
 *	lock            held while names, records and layers come or go; never while one is made
 *	tmp/N           an import; its directory is locked (flock) while the import lives
 *	layers/KEY      a layer: diff/, meta (locked shared by imports that have found it), and
 *	                settled once it is on disk; the name appears by rename
 *	images/DIGEST   what an image is, a JSON object; locked shared by daemons that use it
 *	refs/NAME       the digest, and a line feed; '/' of the name is '%'
 *	known/HEX       what a file that was imported before has become
 *	prepared/KEY    what a preparation has made, a JSON object; its layer is locked shared by
 *	                daemons that use it, and used when its meta says so
 *	prepared/KEY.run  locked by the daemon that prepares it
 *
 * What no record names is no layer, what no name leads to and nobody uses is no record: the sweep
 * takes both away, and whatever a killed import has left.
 *
 * Thread: any; each call locks by a descriptor of its own.
 */
#ifndef DAEMON_IMAGE_DEPOT_PRIV_H
#define DAEMON_IMAGE_DEPOT_PRIV_H

#include <stdbool.h>
#include <stdio.h>

#include "common/mem.h"
#include "common/strbuf.h"
#include "daemon/core/digest.h"
#include "daemon/image/image.h"
#include "daemon/image/unpack_priv.h"

#define IMAGE_MAX_REF 256
#define DEPOT_KEY 80 /* of a layer, with its NUL */

/* ---- ref.c ---- */

struct image_ref {
	char name[IMAGE_MAX_REF]; /* "alpine:3.20": without docker.io/library/, always with a tag */
	char digest[DIGEST_HEX];  /* "" = any */
};
/* "alpine", "host:5000/a/b:tag", "name@sha256:HEX". ERR_INVALID. */
int image_ref_read(const char *name, struct image_ref *out, struct err *e) MUST_CHECK;
void image_ref_file(const char *name, char out[IMAGE_MAX_REF]);
bool image_ref_of_file(const char *file, char out[IMAGE_MAX_REF]);

/* ---- record.c ---- */

/* What is known of an imported image. Strings come from an arena. */
struct image_record {
	const char *digest;
	const char **layers; /* keys, lowest first */
	size_t n_layers;
	struct image_config config;
	const char *path_env;
	struct image_origin origin;
	struct unpack_stats stats;
};
void record_digest(const struct image_record *r, char out[DIGEST_HEX]);
void record_write(const struct image_record *r, struct strbuf *json);
int record_read(const char *json, size_t n, struct arena *a, struct image_record *out,
        struct err *e) MUST_CHECK;

/* ---- depot.c ---- */

/* data_dir/images/imported; the caller frees. */
char *depot_root(const char *data_dir);
/* Makes its directories. */
int depot_make(const char *root, struct err *e) MUST_CHECK;

/* The digest that a name leads to. ERR_NOT_FOUND. */
int depot_ref(
        const char *root, const char *name, char digest[DIGEST_HEX], struct err *e) MUST_CHECK;
/* The record; *hold is a descriptor that keeps image and layers from the sweep until it is closed.
 * ERR_NOT_FOUND. */
int depot_record(const char *root, const char *digest, struct arena *a, struct image_record *out,
        int *hold, struct err *e) MUST_CHECK;
/* Calls each for every name. */
void depot_names(const char *root, void (*each)(void *arg, const char *name), void *arg);

/* A directory for an import, made when something is first written: making one waits while another
 * import is being written to disk. */
struct depot_tmp {
	const char *root;
	char *path;
	int fd; /* locked; -1: not made */
};
#define DEPOT_TMP(root_) ((struct depot_tmp){ .root = (root_), .fd = -1 })
int depot_tmp_make(struct depot_tmp *t, struct err *e) MUST_CHECK;
void depot_tmp_remove(struct depot_tmp *t);

/* A layer of an image that is being imported. */
struct depot_layer {
	char key[DEPOT_KEY];
	int fd;      /* of its diff/ */
	int hold;    /* keeps one that was found from the sweep */
	bool staged; /* it is tmp/NUMBER and not yet in layers/ */
	unsigned number;
	struct unpack_stats stats;
};
#define DEPOT_LAYER ((struct depot_layer){ .fd = -1, .hold = -1 })
/* Opens the layer of that key and holds it; false when it is not there, or is about to go. */
bool depot_layer_open(const char *root, const char *key, struct depot_layer *out);
void depot_layer_close(struct depot_layer *l);
/* Locks the layer in that directory, without waiting: for a use of it, or alone, to take it away.
 * -1: it cannot be. */
int depot_layer_lock(const char *dir, bool alone, int *fd);
/* Makes tmp/NUMBER with an empty diff/. */
int depot_layer_stage(
        struct depot_tmp *t, unsigned number, struct depot_layer *out, struct err *e) MUST_CHECK;
/* Writes the meta of a layer that is done. */
int depot_layer_finish(
        const struct depot_tmp *t, const struct depot_layer *l, struct err *e) MUST_CHECK;
/* Moves what is staged into layers/, writes record and name. ERR_BUSY when a layer that was there
 * has been removed meanwhile. */
int depot_publish(struct depot_tmp *t, const struct depot_layer *layers, size_t n,
        const char *digest, const struct strbuf *record, const char *name,
        struct err *e) MUST_CHECK;
/* One more name of an image that the caller holds. */
int depot_name(struct depot_tmp *t, const char *name, const char *digest, struct err *e) MUST_CHECK;

/* What the parts of a publication are made of; the lock is held, until its descriptor is closed. */
int depot_lock(const char *root, struct err *e) MUST_CHECK;
int depot_move_layer(
        const struct depot_tmp *t, const struct depot_layer *l, struct err *e) MUST_CHECK;
int depot_put_text(struct depot_tmp *t, const char *path, const char *text, size_t n,
        struct err *e) MUST_CHECK;
/* Calls each(arg, name) for every entry of a directory. */
void depot_each(const char *dir, void (*each)(void *arg, const char *name), void *arg);

/* What a file that looks the same (identity) has become: the digest of an image. */
bool depot_known(const char *root, const char *identity, char digest[DIGEST_HEX]);
void depot_remember(const char *root, const char *identity, const char *digest);

/* Takes a name away. ERR_NOT_FOUND. */
int depot_forget(const char *root, const char *name, struct err *e) MUST_CHECK;
/* Removes what nothing leads to, and has the rest written to disk: an import does not wait for
 * that, because the whole file system has to be, and a layer that a crash of the machine could have
 * torn is told by its boot. */
int depot_sweep(const char *root, struct err *e) MUST_CHECK;
/* Bytes of the layers that no name leads to, without these names (NULL: with all). */
int depot_garbage(
        const char *root, const char *const *without, uint64_t *bytes, struct err *e) MUST_CHECK;

/* ---- depot_prepared.c: layers that preparations made ---- */

/* Strings come from an arena. */
struct prepared_record {
	const char *key;   /* that it was prepared under: 64 hex digits */
	const char *layer; /* key of its layer; never that of another one, before or after */
	const char *diff;  /* digest of what it holds, 64 hex digits */
	const char *image, *image_digest; /* what it lies over */
	bool recorded;
	uint64_t took_ms, bytes, entries, owners_lost;
	int64_t made_wall_ns;
};
int prepared_read(const char *json, size_t n, struct arena *a, struct prepared_record *out,
        struct err *e) MUST_CHECK;

/* *hold (or NULL) is a descriptor that keeps the layer, though not its name, until it is closed.
 * ERR_NOT_FOUND. */
int depot_prepared(const char *root, const char *key, struct arena *a, struct prepared_record *out,
        int *hold, struct err *e) MUST_CHECK;
/* The whole key that begins so, when there is one alone. */
bool depot_prepared_find(const char *root, const char *prefix, char key[DIGEST_HEX]);
/* Its use counts for who is removed last; at most once a minute, by the descriptor that holds it.
 */
void depot_prepared_touch(int hold);
/* Moves a staged layer into layers/, and writes the record. */
int depot_prepared_publish(struct depot_tmp *t, const struct depot_layer *l,
        const struct prepared_record *r, struct err *e) MUST_CHECK;
bool depot_prepared_is(const char *root, const char *key);
/* Takes the name away; the layer goes with the sweep. ERR_NOT_FOUND. */
int depot_prepared_forget(const char *root, const char *key, struct err *e) MUST_CHECK;
/* Of the sweep, which has the lock: what is at that name is no record. */
void depot_prepared_clear(const char *root, const char *name);
/* Takes away the least recently used that nobody uses, until the rest has at most max bytes, and
 * counts them. Their files go with the sweep. */
int depot_prepared_trim(
        const char *root, uint64_t max, atomic_uint *evicted, struct err *e) MUST_CHECK;
/* What all of them have. */
struct prepared_total {
	unsigned n;
	uint64_t bytes;
};
void depot_prepared_total(const char *root, struct prepared_total *out);
void depot_prepared_each(const char *root, void (*each)(void *arg, const char *key), void *arg);
/* One daemon at a time prepares a key: 1 and *fd is the lock, until it is closed; 0: another does.
 */
int depot_prepared_begin(const char *root, const char *key, int *fd, struct err *e) MUST_CHECK;

/* ---- import.c: image_import() ---- */

/* unpacker: path of clnrm-unpack. */
int import_run(const char *root, const char *unpacker, const struct image_import *what,
        struct image_imported *out, struct err *e) MUST_CHECK;

/* ---- tree.c: a directory of this machine as a layer ---- */

/* Feeds all below dirfd to u, in the order of names; stays on its file system. digest: over names,
 * kinds, modes, owners, attributes and content, not times. ERR_INVALID when the depot lies in it:
 * the copy would have itself in it. */
int tree_unpack(int dirfd, const char *depot, struct unpack *u, struct digest *digest,
        struct err *e) MUST_CHECK;

/* ---- base.c ---- */

/* What every image needs and container engines put there: hosts, hostname, resolv.conf, machine-id.
 */
struct etc_file {
	const char *path, *text;
};
extern const struct etc_file etc_files[];
#define ETC_FILES 4

#endif

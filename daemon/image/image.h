/* daemon/image/image.h - images by content: `host`, `scratch`, `clnrm/base`, and what was imported.
 *
 * An image is a stack of read-only directories named by digest in the store, plus, for `host`,
 * read-only views of this machine's directories. Thread: loop only, but for image_prepare() and
 * what is said to run on any; image_store_open() may take some ms.
 */
#ifndef DAEMON_IMAGE_IMAGE_H
#define DAEMON_IMAGE_IMAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "daemon/core/loop.h"
#include "daemon/core/work.h"
#include "daemon/model/own_dirs.h"

struct image_bind {
	const char *host; /* absolute directory on the machine */
	const char *at;   /* absolute path in the image */
};

/* What an image says of the processes in it: checked, but written by whoever made the image. Lists
 * end with NULL and are never NULL themselves. */
struct image_config {
	const char *const *env; /* "NAME=value", without PATH and CLNRM... */
	const char *workdir;    /* absolute, or NULL */
	const char *user;       /* as a step may give it, or NULL */
	const char *const *entrypoint,
	        *const *cmd; /* of services: a step has a command of its own */
};

/* Where an imported image comes from. Strings may be NULL. */
struct image_origin {
	const char *kind;     /* "directory", "tar", "oci-layout", "archive" */
	const char *digest;   /* 64 hex digits: of the manifest or configuration it came with */
	const char *platform; /* "linux/amd64" */
	int64_t imported_wall_ns;
	uint64_t entries;
	uint64_t left_out;    /* devices, pipes, sockets: not in the image */
	uint64_t owners_lost; /* entries that belong to root here, because an ordinary user imported
	                       */
	uint64_t xattrs_lost; /* extended attributes that could not be kept */
};

struct image_use;

/* A layer that a preparation made. */
struct image_prepared {
	const char *key;  /* 64 hex digits: of all that it was made from */
	const char *diff; /* digest of what it holds; "" while it is not there */
	bool recorded;    /* it had a network: made anew it may be another */
	uint64_t bytes, entries, owners_lost, took_ms;
	int64_t made_wall_ns;
};

struct image {
	const char *name;         /* "host" */
	const char *digest;       /* 64 hex digits */
	const char *lower;        /* absolute directory: lowest layer of the root */
	const char *const *above; /* the layers over it, lowest first */
	size_t n_above;
	const struct image_config *config;     /* never NULL in a store */
	const struct image_origin *origin;     /* NULL: made here */
	struct image_use *use;                 /* the store's; NULL: nothing has to be counted */
	const struct image_prepared *prepared; /* of the topmost layer, or NULL */
	const struct image_bind *binds;        /* read-only, over the overlay */
	size_t n_binds;
	uint64_t size_bytes;  /* of lower */
	const char *path_env; /* PATH for its processes */
	int64_t used_wall_ns; /* 0 = never */
};

struct image_store;

/* data_dir is made if absent. Builds clnrm/base from busybox when it is not there. No image shows a
 * directory of own (or NULL), which outlives the store. */
struct image_store *image_store_open(
        const char *data_dir, const struct own_dirs *own, struct err *e);
void image_store_close(struct image_store *s);

/* The image by the name a file gives ("host", "scratch", "clnrm/base", "clnrm/base:VERSION"), with
 * the project's host.paths for `host` (NULL-terminated or NULL). Lives until the store is closed
 * and is the same pointer for the same content. For `host` a changed machine gives a new image;
 * one stat of the package database decides. ERR_NOT_FOUND with the remedy in the message. */
const struct image *image_resolve(
        struct image_store *s, const char *name, const char *const *host_paths, struct err *e);

/* The same, but ERR_BUSY where that would take some ms: an image was never made here, for `host`
 * the machine changed or these paths are new. image_prepare() does the work, on any thread; after
 * it image_resolve() is quick. What fails is told by image_resolve(). */
const struct image *image_at_hand(
        struct image_store *s, const char *name, const char *const *host_paths, struct err *e);
void image_prepare(const struct image_store *s, const char *name, const char *const *host_paths);

/* image_resolve() for listings: looking at an image is no use of it. It is quick when
 * image_is_at_hand(), be it that it fails. */
const struct image *image_look(struct image_store *s, const char *name, struct err *e);
bool image_is_at_hand(struct image_store *s, const char *name);

/* True when the command (base name or absolute path) is an applet of the image's busybox: its
 * shell, and its find, xargs, env and the like, have it in themselves and run it without looking
 * for a file, whatever is mounted over that file. Any thread. */
bool image_has_applet(const struct image *image, const char *command);

/* Names that resolve, for lists and "did you mean"; NULL-terminated, until the next call. */
const char *const *image_names(struct image_store *s);

/* ---- prepared layers ---- */

/* An image with a prepared layer over it is called "IMAGE+KEY", and resolves by that name: the key
 * in it, or NULL. Where a person names one, eight digits are enough. */
const char *image_name_key(const char *name);
/* Like image_at_hand(), and of one whose layer is not there (again) too: what it will be, for who
 * plans. No sandbox can be made of that. */
const struct image *image_planned(
        struct image_store *s, const char *name, const char *const *host_paths, struct err *e);
/* Whether its layer is there. Quick. */
bool image_is_prepared(struct image_store *s, const char *name, const char *const *host_paths);
/* Bytes of prepared layers that are kept; the least recently used go first. */
void image_store_keep(struct image_store *s, uint64_t prepared_max);
/* Has the bound kept to, and what nobody uses forgotten. Loop. */
void image_prepared_settle(struct image_store *s);
struct image_prepared_stats {
	unsigned n, evicted;
	uint64_t bytes, max_bytes;
};
void image_prepared_stats(const struct image_store *s, struct image_prepared_stats *out);

/* A preparation in the store: from before its first step until its layer is there. No other daemon
 * prepares the same meanwhile, and what it leaves when it is killed is swept. */
struct image_making;
struct image_making_request {
	const char *name; /* "IMAGE+KEY" */
	uint64_t max_bytes;
	bool recorded;
	const atomic_bool *cancelled; /* may become true at any time */
};
/* Any thread; waits for the depot's lock. NULL with ERR_BUSY: another daemon prepares it;
 * ERR_NOT_FOUND: it is there by now. */
struct image_making *image_making_begin(
        const struct image_store *s, const struct image_making_request *what, struct err *e);
/* The file that a harvest goes to: a descriptor of the caller's. */
int image_making_file(const struct image_making *m, struct err *e) MUST_CHECK;
/* Makes the layer of what is in the file, over base (which the caller holds), and gives it its
 * name. Any thread. ERR_LIMIT, ERR_INVALID. */
int image_making_end(struct image_making *m, const struct image *base, uint64_t took_ms,
        struct err *e) MUST_CHECK;
void image_making_free(struct image_making *m); /* any thread; NULL is fine */
CLEANUP_FN(image_making_free, struct image_making *)

/* ---- import and removal ---- */

/* Counts who needs the files of an image: each sandbox, from before it is made until it is gone. */
void image_hold(const struct image *image);
void image_let_go(const struct image *image);
/* Whether its holders are counted, and there is none. */
bool image_is_idle(const struct image *image);

struct image_import {
	const char *name, *path;      /* as the user said; path is absolute */
	const char *platform;         /* "linux/arm64", or NULL: that of this machine */
	uint64_t max_bytes;           /* unpacked */
	const atomic_bool *cancelled; /* may become true at any time */
};

struct image_imported {
	char name[256]; /* as it is found by now */
	char digest[65];
	uint64_t bytes;         /* of all layers */
	unsigned layers, fresh; /* how many, and how many of them were not there before */
};

/* Adds an image, or gives its name to another one: all of it or nothing. Takes as long as unpacking
 * does; any thread. ERR_INVALID: what is at path is no image, or a hostile one; ERR_LIMIT,
 * ERR_NOT_FOUND, ERR_DENIED, ERR_BUSY (cancelled, or a layer went away meanwhile). */
int image_import(const struct image_store *s, const struct image_import *what,
        struct image_imported *out, struct err *e) MUST_CHECK;

/* Takes an imported name away; files go with the sweep. Any thread. ERR_NOT_FOUND, ERR_INVALID. */
int image_forget(const struct image_store *s, const char *name, struct err *e) MUST_CHECK;
/* Loop: fn is called whenever names of images may lead to others than before. */
void image_store_on_change(struct image_store *s, loop_fn *fn, void *arg);
/* Loop: the store lets go of images that no name leads to. Call it after image_forget(), and then
 * see that image_sweep() is called. */
void image_retire(struct image_store *s);
/* Has it called by the worker of image_store_use_work(). */
void image_sweep_soon(const struct image_store *s);
/* Whether an import could give this name. ERR_INVALID. */
int image_check_name(const char *name, struct err *e) MUST_CHECK;
/* Removes the files of what no name leads to and nobody uses, also of other daemons. Any thread. */
int image_sweep(const struct image_store *s, struct err *e) MUST_CHECK;
/* The bytes of what no name leads to, or would if these (NULL-terminated, or NULL) were no more;
 * also of what is in use now. Any thread. */
int image_garbage(const struct image_store *s, const char *const *without, uint64_t *bytes,
        struct err *e) MUST_CHECK;
/* Of image_store_use_work(), for what takes long; NULL: none. */
struct work_pool *image_store_work(const struct image_store *s);
/* Path of clnrm-unpack, which reads archives; before any import or preparation. Copied. */
void image_store_use_unpacker(struct image_store *s, const char *program);
/* From now on a worker sweeps, at once and when the last sandbox of a removed image is gone. */
void image_store_use_work(struct image_store *s, struct work_pool *work);

/* Where program `name` is on this machine outside image `host` (PATH of a login shell,
 * ~/.cargo/bin,
 * ...): for the help line of "command not found". Caller frees; NULL when nowhere. */
char *image_host_program(const char *name);

#endif

/* daemon/image/image.h - images by content: `host`, `scratch`, `clnrm/base`; import and pull will
 * add to it.
 *
 * An image is a read-only directory named by digest in the store, plus, for `host`, read-only views
 * of this machine's directories. Thread: loop only, but for image_prepare(); image_store_open() may
 * take some ms.
 */
#ifndef DAEMON_IMAGE_IMAGE_H
#define DAEMON_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "daemon/model/own_dirs.h"

struct image_bind {
	const char *host; /* absolute directory on the machine */
	const char *at;   /* absolute path in the image */
};

struct image {
	const char *name;               /* "host" */
	const char *digest;             /* 64 hex digits */
	const char *lower;              /* absolute directory: lowest layer of the root */
	const struct image_bind *binds; /* read-only, over the overlay */
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

/* Names that resolve, for lists and "did you mean"; NULL-terminated, borrowed. */
const char *const *image_names(struct image_store *s);

/* Where program `name` is on this machine outside image `host` (PATH of a login shell,
 * ~/.cargo/bin,
 * ...): for the help line of "command not found". Caller frees; NULL when nowhere. */
char *image_host_program(const char *name);

#endif

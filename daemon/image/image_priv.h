/* daemon/image/image_priv.h - what the files of image/ share. */
#ifndef DAEMON_IMAGE_IMAGE_PRIV_H
#define DAEMON_IMAGE_IMAGE_PRIV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/map.h"
#include "common/mem.h"
#include "common/strbuf.h"
#include "daemon/core/digest.h"
#include "daemon/image/below.h"
#include "daemon/image/image.h"

#define IMAGE_MAX_BINDS 32

/* ---- manifest.c: a directory tree that is written down before it is made ---- */

struct manifest;

struct manifest *manifest_new(void);
void manifest_free(struct manifest *m);
CLEANUP_FN(manifest_free, struct manifest *)

/* Paths are relative ("etc/hosts"), parents come by themselves (0755); what is added again
 * replaces. */
void manifest_dir(struct manifest *m, const char *path, mode_t mode);
void manifest_file(struct manifest *m, const char *path, mode_t mode, const void *p, size_t n);
void manifest_text(struct manifest *m, const char *path, const char *text);
void manifest_link(struct manifest *m, const char *path, const char *target);
/* A hard link to the file `as`. */
void manifest_same(struct manifest *m, const char *path, const char *as);
/* Copies a file, link or tree of the machine, if it is there. What others may not read stays out:
 * so does every secret, and root and an ordinary user get the same image. */
int manifest_copy(struct manifest *m, const char *host, const char *path, struct err *e) MUST_CHECK;

/* Over every path, kind, mode and content. */
void manifest_digest(struct manifest *m, struct digest *out);
uint64_t manifest_bytes(const struct manifest *m);
/* Makes the tree inside the directory dirfd. */
int manifest_build(struct manifest *m, int dirfd, struct err *e) MUST_CHECK;

/* ---- layers.c: trees named by digest, in data_dir/images ---- */

struct layers;

struct layers *layers_open(const char *data_dir, struct err *e);
void layers_close(struct layers *l);
/* Makes the tree unless it is there; dir and digest are filled. Any number of daemons at once. */
int layers_put(struct layers *l, struct manifest *m, struct strbuf *dir, char digest[DIGEST_HEX],
        struct err *e) MUST_CHECK;
/* True with dir filled when the layer is there. */
bool layers_have(struct layers *l, const char *digest, struct strbuf *dir);
/* A small text that saves work at the next start ("base"). False when there is none. */
bool layers_get_note(struct layers *l, const char *name, struct strbuf *out);
int layers_set_note(struct layers *l, const char *name, const char *text, struct err *e) MUST_CHECK;

/* ---- the images: each fills a manifest ---- */

/* common to base and host: accounts, hosts, nsswitch, machine-id */
void etc_common(struct manifest *m);

void scratch_manifest(struct manifest *m);
/* path of a static busybox, or NULL with the remedy in *e. Borrowed. */
const char *base_busybox(struct err *e);
int base_manifest(struct manifest *m, const char *busybox, struct err *e) MUST_CHECK;

struct host_binds {
	struct image_bind v[IMAGE_MAX_BINDS];
	size_t n;
};
/* paths of the project are checked (config.md 3.6, "Never"; own). Strings come from arena. */
int host_binds(struct arena *arena, const char *const *paths, const struct own_dirs *own,
        struct host_binds *out, struct err *e) MUST_CHECK;
int host_manifest(struct manifest *m, const struct host_binds *binds, struct err *e) MUST_CHECK;
/* What stat says of the installed software, for every lend: the package database, the linker cache,
 * the hand-installed folders and what is copied from /etc, but not what is in its directories.
 * Equal stamps, unchanged machine. Returns the bytes used of out. */
#define HOST_STAMP_MAX 2048
size_t host_stamp(uint8_t out[HOST_STAMP_MAX]);
/* What happens below those directories of /etc. The caller frees it. */
struct below *host_below(void);
/* Calls fn with the path; where that ends with '*', with each of its directory that begins so, in
 * the order in which they are read. Ends with what fn gives when that is not 0. */
int host_expand(const char *path, int (*fn)(void *arg, const char *path), void *arg);
/* Names, numbers, sizes and stamps of all below a directory; of a path that ends with '*' those of
 * what is there as well. */
void host_add_below(struct digest_ctx *d, const char *dir);
/* The same as host_stamp(), and of all that is in those directories of /etc. */
void host_deep_stamp(struct digest_ctx *d);
/* Content behind it: package database, linker cache, hand-installed programs. */
int host_identity(struct digest_ctx *d, const struct host_binds *binds, struct err *e) MUST_CHECK;

/* ---- prepared.c ---- */

void image_prepared_names(
        const struct image_store *s, void (*each)(void *arg, const char *name), void *arg);
int image_prepared_forget(const struct image_store *s, const char *name, struct err *e) MUST_CHECK;

#endif

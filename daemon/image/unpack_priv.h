/* daemon/image/unpack_priv.h - one layer of an image: from entries, which anybody may have written,
 * to a directory that an overlay can stack.
 *
 * Nothing is ever written outside of that directory: each name is walked by us, part by part, in
 * what the layers below and this one show together, and the kernel opens only directories that we
 * made. What has no business in an image (an absolute name, "..", a hard link out of the layer)
 * ends the import; devices, pipes and sockets are left out and counted.
 *
 * Whiteouts come as the OCI image specification has them (layer.md: ".wh.NAME", ".wh..wh..opq") and
 * are stored as overlayfs wants them (Documentation/filesystems/overlayfs.rst: a character device
 * 0:0; "user.overlay.opaque" with userxattr, else "trusted.overlay.opaque").
 *
 * Owners are kept when we are root. An ordinary user owns all that he unpacks, so inside a sandbox
 * it belongs to root; whose it was is counted.
 *
 * Thread: any, one at a time.
 */
#ifndef DAEMON_IMAGE_UNPACK_PRIV_H
#define DAEMON_IMAGE_UNPACK_PRIV_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"
#include "daemon/image/archive_wire.h"

/* What overlay options of one page hold, and more than images have. */
#define UNPACK_MAX_LAYERS 127
#define UNPACK_MAX_PATH 4095
#define UNPACK_MAX_DEPTH 255
#define UNPACK_MAX_XATTRS ARCHIVE_MAX_XATTRS
#define UNPACK_MAX_XATTR ARCHIVE_MAX_XATTR

struct unpack_xattr {
	const char *name;
	const void *value;
	size_t len;
};

struct unpack_entry {
	const char *path; /* relative; "." is the root */
	mode_t mode;      /* type and permissions */
	int64_t uid, gid;
	int64_t mtime_s;
	long mtime_ns;
	int64_t size;         /* of a regular file */
	const char *target;   /* of a symbolic link */
	const char *hardlink; /* path of the entry that this is another name of, or NULL */
	const struct unpack_xattr *xattrs;
	size_t n_xattrs;
};

/* The next piece of a file: 1 with p, n and its offset; 0 at the end; -1. */
typedef int unpack_data(void *arg, const void **p, size_t *n, int64_t *at, struct err *e);

/* What one import may use, over all its layers. */
struct unpack_budget {
	uint64_t max_bytes, max_entries; /* as they were given, for messages */
	uint64_t bytes, entries;         /* left */
	const atomic_bool *cancelled;    /* NULL: nobody can */
};

struct unpack_stats {
	uint64_t bytes, entries;
	uint64_t left_out;    /* devices, pipes, sockets */
	uint64_t owners_lost; /* entries that belonged to somebody else than root */
	uint64_t xattrs_lost; /* that this file system or user may not set */
};

struct unpack;

/* Into own, an empty directory; parents are the layers below, topmost first. Descriptors and budget
 * are the caller's and outlive it. whiteouts: names with ".wh." mean something. */
struct unpack *unpack_new(int own, const int *parents, size_t n_parents,
        struct unpack_budget *budget, bool whiteouts);
void unpack_free(struct unpack *u);
CLEANUP_FN(unpack_free, struct unpack *)

/* ERR_INVALID: no import can go on; ERR_LIMIT: the budget is used up; ERR_BUSY: cancelled. */
int unpack_entry(struct unpack *u, const struct unpack_entry *x, unpack_data *data, void *arg,
        struct err *e) MUST_CHECK;
/* Modes and times of directories, which had to wait for their content. */
int unpack_end(struct unpack *u, struct unpack_stats *out, struct err *e) MUST_CHECK;

/* Whether entries keep their owners here. */
bool unpack_keeps_owners(void);
/* What is at a path of the layers (topmost first), links followed within them: its size, or -1 for
 * nothing and what is no file. */
int64_t unpack_file_size(const int *layers, size_t n, const char *path);

#endif

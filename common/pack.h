/* common/pack.h - a file or a tree to tar, and back, between parties that do not trust each other.
 *
 * What is packed: files, directories, symbolic links as links. Anything else, and what has gone
 * meanwhile, is left out and said. Links on the way below the path are not followed; that of the
 * path itself is.
 *
 * What is unpacked comes to stand at, or below, one path and nowhere else, whatever the archive
 * says: each directory of a name is opened by itself below the one before, nothing is followed,
 * ".." and names that begin with "/" are refused. A file or link that is there is replaced, not
 * written into; a device, pipe or socket stays, which is an error. Both are bounded, work on
 * blocking descriptors, and touch no state but the files: any process.
 */
#ifndef COMMON_PACK_H
#define COMMON_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define PACK_BYTES_MAX (4ull << 30) /* of all files together */
#define PACK_ENTRIES_MAX 1000000u
#define PACK_DEPTH_MAX 100u

struct pack_notes {
	/* name was left out, for that reason. */
	void (*left_out)(void *arg, const char *name, const char *why);
	void *arg;
	size_t n; /* how many: counted here */
};

/* Writes path to fd; its name in the archive is the last part of the path. */
int pack_tree(const char *path, int fd, struct pack_notes *notes, struct err *e) MUST_CHECK;

struct unpack_how {
	bool whole_tree; /* the path has to be a directory, and gets all that there is; otherwise
	                    one thing comes, into a directory or under a new name */
	bool links_stay; /* a link that leads out of what is copied is left out */
};

/* Reads fd to its end. */
int unpack_tree(int fd, const char *path, struct unpack_how how, struct pack_notes *notes,
        struct err *e) MUST_CHECK;

#endif

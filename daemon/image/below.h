/* daemon/image/below.h - whether anything happened below some directories, asked often.
 *
 * inotify says so with one read. Where it cannot (no instance, no watches left) stat data of all
 * that is there is compared, which takes the best part of a millisecond. Thread: one at a time.
 */
#ifndef DAEMON_IMAGE_BELOW_H
#define DAEMON_IMAGE_BELOW_H

#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"

struct below;

/* Paths are borrowed; what is no directory is none of it. Never NULL. One that ends with '*' is all
 * in its directory whose names begin so, files too, now and later; these have one directory. */
struct below *below_new(const char *const *paths, size_t n);
void below_free(struct below *b); /* NULL is fine */
CLEANUP_FN(below_free, struct below *)
/* A number that is another one after something happened: read what is there after asking. */
uint64_t below_changes(struct below *b);
/* Paths that were no directories may be some now, which only their parents show: from now on they
 * are watched. Read what is there after this. */
void below_again(struct below *b);

#endif

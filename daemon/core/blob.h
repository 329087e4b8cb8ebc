/* daemon/core/blob.h - files that runs keep (artifacts): one directory a run, each file named by
 * the SHA-256 of its content.
 *
 * A file has no name before it is whole: what a daemon that is killed was writing is gone with it.
 * Directories of runs that no history knows any more are swept later.
 *
 * Writing: the loop's thread, in pieces; the rest: any thread.
 */
#ifndef DAEMON_CORE_BLOB_H
#define DAEMON_CORE_BLOB_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "daemon/core/digest.h"

struct blob;

/* A file of the run, in a directory below dir that is made. NULL with *e. */
struct blob *blob_new(const char *dir, const char *run, struct err *e);
/* Drops what was not kept. */
void blob_free(struct blob *b);
CLEANUP_FN(blob_free, struct blob *)
/* After a failure nothing more is written, and blob_keep() fails. */
void blob_write(struct blob *b, const void *p, size_t n);
uint64_t blob_size(const struct blob *b);
/* Gives it its name, which is the result. */
int blob_keep(struct blob *b, char sha256[DIGEST_HEX], struct err *e) MUST_CHECK;

/* Opens one that was kept: a descriptor, and its size. ERR_NOT_FOUND when it is gone. */
int blob_open(const char *dir, const char *run, const char *sha256, uint64_t *size,
        struct err *e) MUST_CHECK;
/* All files of the run; nothing when there are none. */
void blob_remove(const char *dir, const char *run);
/* Removes directories: those that wanted() does not want and that have not changed for an hour,
 * since other daemons may be at work; and of the others the oldest, until they hold at most max
 * bytes. */
void blob_sweep(
        const char *dir, uint64_t max, bool (*wanted)(void *arg, const char *run), void *arg);

#endif

/* common/fs.h - files, whole and in pieces. Descriptors are born O_CLOEXEC. */
#ifndef COMMON_FS_H
#define COMMON_FS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"
#include "common/strbuf.h"

/* Appends the whole file to out. More than max bytes is ERR_LIMIT (from stat, and again while
 * reading); a file that is not regular is ERR_INVALID. */
int fs_read_file(const char *path, size_t max, struct strbuf *out, struct err *e) MUST_CHECK;
/* The same from an open descriptor, from its current offset; name is for messages. */
int fs_read_fd(int fd, const char *name, size_t max, struct strbuf *out, struct err *e) MUST_CHECK;
/* Whether somebody has the file open for writing: what is in it may be half of what will be. False
 * where that cannot be asked (the file of another user, a file system without leases; fcntl(2),
 * F_SETLEASE). The caller has to have SIGIO blocked or ignored: it is sent when somebody opens the
 * file at this moment, who then waits until this has returned. */
bool fs_is_being_written(const char *path);

/* Writes all of it, through short writes and EINTR. */
int fs_write_all(int fd, const void *p, size_t n, struct err *e) MUST_CHECK;

/* Temporary name beside path, write, fsync, rename. A link stays one, to the new content; what is
 * no file (a device, a pipe) is written to. */
int fs_write_atomic(
        const char *path, const void *p, size_t n, mode_t mode, struct err *e) MUST_CHECK;

/* The same at an absolute path none of whose parts may be a link, each looked at as it is passed;
 * absent directories are made (mode 0777 less the umask). What is there and is no file is not
 * replaced. For a path that was checked earlier: what a link leads to now was not. */
int fs_write_unlinked(
        const char *path, const void *p, size_t n, mode_t mode, struct err *e) MUST_CHECK;

/* The absolute path without links in what exists of it; what does not is kept as it is. NULL when a
 * link leads nowhere: writing would make what it names. The caller frees. */
char *fs_real_target(const char *path);

/* mkdir -p; existing directories are fine. */
int fs_mkdirs(const char *path, mode_t mode, struct err *e) MUST_CHECK;

/* Removes a tree by descriptors, never following links; an absent one is fine. Directories
 * without permission are made accessible first (overlay leaves work directories of mode 000). */
int fs_remove_tree(int dirfd, const char *name, struct err *e) MUST_CHECK;

/* "a" + "b" = "a/b"; an absolute b wins. The caller frees. */
char *fs_join(const char *a, const char *b);

/* Whether path is dir or lies in it, by text alone; both in normal form. */
bool fs_is_below(const char *path, const char *dir);

/* Removes "." and empty parts, resolves ".." by text alone; absolute stays absolute. */
char *fs_normalize(const char *path);

#endif

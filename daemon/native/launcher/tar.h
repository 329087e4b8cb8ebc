/* daemon/native/launcher/tar.h - a tar archive in the pax format (POSIX.1-2017, pax), written as it
 * comes: what a harvest hands to the daemon.
 *
 * Of the harvest's child alone. Errors: -1 with *e; the archive is of no use then.
 */
#ifndef DAEMON_NATIVE_LAUNCHER_TAR_H
#define DAEMON_NATIVE_LAUNCHER_TAR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"
#include "common/strbuf.h"

struct tar {
	int fd;
	size_t n; /* in buf */
	struct err *e;
	char buf[256u << 10];
};

struct tar_entry {
	const char *path; /* relative */
	char type;        /* '0' file, '1' hard link, '2' symbolic link, '5' directory */
	mode_t mode;
	unsigned uid, gid;
	uint64_t size; /* of a file: so many bytes follow */
	int64_t mtime_s;
	long mtime_ns;
	const char *target;           /* of a link */
	const struct strbuf *records; /* of the pax format, for extended attributes; or NULL */
};

int tar_entry(struct tar *t, const struct tar_entry *x) MUST_CHECK;
/* The content of a file: exactly size bytes, from where fd stands. */
int tar_content(struct tar *t, int fd, uint64_t size) MUST_CHECK;
int tar_end(struct tar *t) MUST_CHECK;
/* Appends the record "LENGTH KEY=VALUE" and a line feed. */
void tar_record(struct strbuf *out, const char *key, const void *value, size_t n);

#endif

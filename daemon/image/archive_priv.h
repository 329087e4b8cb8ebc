/* daemon/image/archive_priv.h - tar, gzip and zstd, through libarchive, which stays behind this.
 *
 * Facts: the tar header's fields and pax records (tar(5)); magic numbers of gzip (RFC 1952) and
 * zstd (RFC 8878). Thread: any, one at a time.
 */
#ifndef DAEMON_IMAGE_ARCHIVE_PRIV_H
#define DAEMON_IMAGE_ARCHIVE_PRIV_H

#include "daemon/core/digest.h"
#include "daemon/image/unpack_priv.h"

/* Bytes of a file: n of them from `at`. */
struct archive_part {
	int fd;
	int64_t at, n;
};

/* Compressed as its first bytes say, so that names and media types cannot lie. */
bool archive_is_compressed(const struct archive_part *part);

/* Unpacks a tar into u. Digests are over all bytes, also behind the end of the archive; blob: as
 * they are, diff: inflated. A ratio that no honest layer has is ERR_LIMIT. */
struct archive_sums {
	struct digest blob, diff;
};
int archive_unpack(const struct archive_part *part, struct unpack *u, struct archive_sums *out,
        struct err *e) MUST_CHECK;

/* Inflates into a file, at most max bytes. */
int archive_inflate(const struct archive_part *part, int to, uint64_t max,
        const atomic_bool *cancelled, struct err *e) MUST_CHECK;

/* Calls each for every entry of a tar until that returns false. at is -1 where the archive is
 * compressed: then there is no place in the file. */
struct archive_name {
	const char *path;
	mode_t type;
	int64_t at, size;
	const char *target; /* of a symbolic or hard link */
};
typedef bool archive_each(void *arg, const struct archive_name *name);
int archive_list(
        const struct archive_part *part, archive_each *each, void *arg, struct err *e) MUST_CHECK;

#endif

/* daemon/image/archive_priv.h - tar, gzip and zstd, read by a process of each archive
 * (archive_wire.h).
 *
 * Digests are made here, of the bytes that the process gets: what has broken into it may give
 * entries that the archive has not, but not under the digest of another archive. So what inflates a
 * layer and what reads the tar in it are two processes, and no process reads two layers.
 *
 * Facts: magic numbers of gzip (RFC 1952) and zstd (RFC 8878). Thread: any, one at a time; it has
 * to live as long as the call, because the process ends with it.
 */
#ifndef DAEMON_IMAGE_ARCHIVE_PRIV_H
#define DAEMON_IMAGE_ARCHIVE_PRIV_H

#include "daemon/core/digest.h"
#include "daemon/image/archive_wire.h"
#include "daemon/image/unpack_priv.h"

/* ---- archive_link.c: the process, and frames ---- */

struct archive_how;

struct archive_link {
	const struct archive_how *how;
	int to, from; /* of ours, without waiting */
	int pid;      /* 0: tests have other ends */
	char *buf;    /* what came: from at to end */
	size_t at, end;
	bool greeted;
};

/* How archives are read. */
struct archive_how {
	const char *program;          /* path of clnrm-unpack */
	const atomic_bool *cancelled; /* NULL: nobody can */
	/* NULL: starts the program; else fills to and from of out. For tests. */
	int (*start)(enum archive_mode mode, struct archive_link *out, struct err *e);
};

/* An error ERR_BUSY once it was cancelled. */
int archive_check_cancelled(const struct archive_how *how, struct err *e) MUST_CHECK;

int archive_link_open(struct archive_link *l, const struct archive_how *how, enum archive_mode mode,
        struct err *e) MUST_CHECK;
/* Ends the process, whatever it does. What was never opened (zeroed) is fine. */
void archive_link_close(struct archive_link *l);
/* The next frame; payload is valid until the next call. A frame ARCHIVE_FAIL is an error.
 * ERR_INVALID: the archive made the process crash or talk nonsense; ERR_LIMIT, ERR_TIMEOUT,
 * ERR_BUSY (cancelled). */
int archive_link_next(struct archive_link *l, struct archive_frame *out, const char **payload,
        struct err *e) MUST_CHECK;
/* Answers ARCHIVE_WANT; n is at most ARCHIVE_BLOCK. */
int archive_link_give(struct archive_link *l, const void *p, size_t n, struct err *e) MUST_CHECK;

/* ---- archive.c ---- */

/* Bytes of a file: n of them from `at`. */
struct archive_part {
	int fd;
	int64_t at, n;
};

/* Compressed as its first bytes say, so that names and media types cannot lie. */
bool archive_is_compressed(const struct archive_part *part);

/* After an error: says so in *e when it is compressed by what is not read, with the remedy. */
void archive_explain(const struct archive_part *part, struct err *e);

/* Unpacks a tar into u. Digests are over all bytes, also behind the end of the archive; blob: as
 * they are, diff: inflated. A ratio that no honest layer has is ERR_LIMIT. */
struct archive_sums {
	struct digest blob, diff;
};
int archive_unpack(const struct archive_how *how, const struct archive_part *part, struct unpack *u,
        struct archive_sums *out, struct err *e) MUST_CHECK;

/* Inflates into a file, at most max bytes. */
int archive_inflate(const struct archive_how *how, const struct archive_part *part, int to,
        uint64_t max, struct err *e) MUST_CHECK;

/* Calls each for every entry of a tar until that returns false. at is -1 where the archive is
 * compressed: then there is no place in the file. */
struct archive_name {
	const char *path;
	mode_t type;
	int64_t at, size;
	const char *target; /* of a symbolic or hard link */
};
typedef bool archive_each(void *arg, const struct archive_name *name);
int archive_list(const struct archive_how *how, const struct archive_part *part, archive_each *each,
        void *arg, struct err *e) MUST_CHECK;

#endif

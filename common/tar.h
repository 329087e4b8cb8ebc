/* common/tar.h - tar, as much as is needed to carry files, directories and symbolic links.
 *
 * Written is ustar, with pax records for what does not fit in it. Read is that and what GNU tar
 * makes; strictly: a wrong checksum, a hard link, a device, a sparse file, or an end that is
 * missing is an error, and nothing is guessed. Names are handed on as they stand: who makes files
 * of them looks at them (common/pack.h). The reader takes any pieces of a stream and bounds what it
 * holds.
 */
#ifndef COMMON_TAR_H
#define COMMON_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/strbuf.h"

#define TAR_BLOCK 512u
#define TAR_NAME_MAX 4095u

enum tar_kind { TAR_FILE, TAR_DIR, TAR_LINK };

struct tar_entry {
	enum tar_kind kind;
	const char *name, *link; /* link: of a TAR_LINK, else "" */
	uint32_t mode;           /* permissions */
	uint64_t size;           /* of a file: bytes that follow */
	int64_t mtime;           /* s; written: before 1970 is 1970. Not read */
};

/* The header; the content and tar_padding() zeros follow it. Names of at most TAR_NAME_MAX. */
void tar_put(struct strbuf *out, const struct tar_entry *x);
/* Zeros that follow a content of that size, up to the next block. */
size_t tar_padding(uint64_t size);
/* The two empty blocks that an archive ends with. */
void tar_put_end(struct strbuf *out);

/* What is found, in order; -1 with *e ends the reading. Strings are borrowed for the call. */
struct tar_sink {
	int (*entry)(void *arg, const struct tar_entry *x, struct err *e);
	int (*data)(void *arg, const void *p, size_t n, struct err *e); /* of the last TAR_FILE */
	int (*whole)(void *arg, struct err *e); /* all of it was there; also when it is empty */
};

struct tar_reader {
	unsigned char block[TAR_BLOCK];
	size_t have;   /* of block */
	uint64_t left; /* of the content that comes */
	size_t padding;
	char meta; /* type of the record that collects its content, or 0: it is a file */
	struct strbuf text;
	struct strbuf name, link;   /* what such records say of the next entry */
	struct strbuf full, target; /* name and link of the entry: memory that is used again */
	uint64_t size;
	bool has_size, ended;
};

void tar_reader_init(struct tar_reader *t);
void tar_reader_release(struct tar_reader *t);
/* The next bytes, in pieces of any size; what follows the end of the archive is passed over. -1
 * when they are no archive, or the sink ended it: the reader is of no use then but for its release.
 */
int tar_feed(struct tar_reader *t, const void *p, size_t n, const struct tar_sink *sink, void *arg,
        struct err *e) MUST_CHECK;
/* No more will come: -1 when that is too early. */
int tar_finish(const struct tar_reader *t, struct err *e) MUST_CHECK;

#endif

/* daemon/core/tar.h - entries of a tar archive (ustar, with pax records for what that cannot say).
 *
 * An archive is its entries, each followed by the bytes of the file up to a multiple of TAR_BLOCK,
 * and tar_end(). Pure.
 */
#ifndef DAEMON_CORE_TAR_H
#define DAEMON_CORE_TAR_H

#include <stdbool.h>
#include <stdint.h>

#include "common/strbuf.h"

#define TAR_BLOCK 512u

enum tar_type { TAR_FILE, TAR_DIR, TAR_LINK };

struct tar_entry {
	enum tar_type type;
	const char *name; /* relative */
	const char *link; /* of TAR_LINK: its text */
	unsigned mode;    /* permissions */
	uint64_t size;    /* of TAR_FILE */
	int64_t mtime;    /* s; before 1970 is 1970 */
};

/* The entry without its bytes. Owner is 0:0. */
void tar_entry(struct strbuf *out, const struct tar_entry *x);
/* Zeros that follow size bytes. */
unsigned tar_padding(uint64_t size);
void tar_end(struct strbuf *out);

#endif

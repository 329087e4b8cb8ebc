/* daemon/image/archive_wire.h - what the daemon and clnrm-unpack, which reads archives for it, say
 * to each other.
 *
 * The program is started for one archive, with a mode as its argument. What it writes are frames: a
 * struct archive_frame and n bytes behind it. It has no file: bytes of the archive come when it has
 * sent ARCHIVE_WANT, as a uint32_t and so many bytes, 0 at the end. So it never works ahead of what
 * it asked for, and neither side can wait for the other.
 *
 * The daemon believes none of it: who has broken into the reader of an archive may send any frame.
 * Both are of one build (ARCHIVE_PROTOCOL says so), so numbers are as this machine has them.
 */
#ifndef DAEMON_IMAGE_ARCHIVE_WIRE_H
#define DAEMON_IMAGE_ARCHIVE_WIRE_H

#include <stdint.h>

#define ARCHIVE_PROTOCOL 1

/* Most bytes of an answer to ARCHIVE_WANT, and of a frame. */
#define ARCHIVE_BLOCK (256u << 10)
/* Names are cut to this, which is more than any name may have: so a cut one is refused. */
#define ARCHIVE_MAX_NAME 8191u
#define ARCHIVE_MAX_XATTR_NAME 256u
/* Extended attributes of an entry, and bytes of all their values. */
#define ARCHIVE_MAX_XATTRS 64
#define ARCHIVE_MAX_XATTR (64u << 10)

enum archive_mode {
	ARCHIVE_LIST,    /* a tar: names and places */
	ARCHIVE_UNPACK,  /* a tar: entries with their content */
	ARCHIVE_INFLATE, /* gzip or zstd: the bytes in it */
	ARCHIVE_MODES
};
static const char *const archive_mode_names[ARCHIVE_MODES] = {
	[ARCHIVE_LIST] = "list",
	[ARCHIVE_UNPACK] = "unpack",
	[ARCHIVE_INFLATE] = "inflate",
};

enum archive_kind {
	ARCHIVE_HELLO, /* the first one. at: ARCHIVE_PROTOCOL */
	ARCHIVE_WANT,  /* the next bytes, behind `at` more that are passed over */
	ARCHIVE_ENTRY, /* struct archive_head, then strings with their NUL: path, target, hard link;
	                * then attributes, each a name with its NUL, a uint32_t and so many bytes */
	ARCHIVE_DATA,  /* content of the entry before, at offset `at`; or what was inflated */
	ARCHIVE_FAIL,  /* at: an err_code; the reason. The last one */
	ARCHIVE_OVER,  /* there is no more. The last one */
	ARCHIVE_KINDS
};

struct archive_frame {
	uint32_t kind, n;
	int64_t at;
};

struct archive_head {
	int64_t uid, gid, mtime_s, mtime_ns, size;
	int64_t at; /* of its content, from the first byte of the tar */
	uint32_t mode;
	uint32_t has_target, has_hardlink;
	uint32_t n_xattrs;
};

#endif

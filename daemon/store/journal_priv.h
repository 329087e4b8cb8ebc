/* daemon/store/journal_priv.h - the journal: records in files, one write each.
 *
 * state/journal is the file that records go to, state/journal.N are older ones (N grows) that the
 * database has not taken yet (slot_priv.h has the names of a second daemon's). A file begins with a
 * random id; every checksum covers that id and the record's offset, so that neither old bytes nor
 * output of a test can pass for a record. Only what a crash tore or a disk damaged fails its
 * checksum: reading goes on at the next good record.
 *
 * A large record is written by another thread into room that the loop reserved for it, so that
 * small ones need not wait: until it is whole its header says that it is to be passed over.
 *
 * Of a segment that is written to, the loop's thread owns `end`, `sealed`, `tail`, `reserved` and
 * `left`, and the writer's thread owns the rest; end and sealed are published after the bytes.
 */
#ifndef DAEMON_STORE_JOURNAL_PRIV_H
#define DAEMON_STORE_JOURNAL_PRIV_H

#include <stdatomic.h>

#include "common/err.h"
#include "common/strbuf.h"
#include "daemon/core/digest.h"

#define SEGMENT_HEAD 24u
#define RECORD_HEAD 40u
#define RECORD_MAX (256u << 20) /* payload bytes */
#define RUN_ID_MAX 16u          /* with its NUL */

struct segment {
	struct segment *next; /* written after this one */
	char *path;           /* rotation renames it */
	bool leftover;        /* a dead daemon's */
	unsigned slot;        /* whose name it has */
	uint64_t id;
	int fd;
	_Atomic uint64_t end; /* bytes that are whole records */
	_Atomic bool sealed;  /* end is final */
	uint64_t tail; /* where the next record goes: past end while reserved ones lack bytes */
	struct reserved *reserved; /* by place */
	bool left;      /* no record comes any more; sealed once the reserved ones are whole */
	uint64_t taken; /* bytes that the database has */
	struct digest_ctx *sum;
};

/* Makes the file; its name must be free. */
struct segment *segment_create(const char *path, struct err *e);
/* A file that a dead daemon left. NULL with ERR_INVALID when it is no journal, ERR_NOT_FOUND when
 * it ends before its first record could begin. */
struct segment *segment_open(const char *path, struct err *e);
void segment_free(struct segment *g);
CLEANUP_FN(segment_free, struct segment *)

/* Room for the header of a record; the line is appended by the caller. */
void record_begin(struct strbuf *b);
/* Fills in the header and writes the record with one write. What a failed write left is cut off
 * or overwritten by the next one. */
int segment_append(struct segment *g, const char *run_id, struct strbuf *b, struct err *e);

/* Room for a record that another thread writes. */
struct reserved {
	struct reserved *next;
	struct segment *g;
	uint64_t at;
};
/* Takes the room for b, which begins with record_begin(). The loop's thread. */
int segment_reserve(struct segment *g, const char *run_id, struct strbuf *b, struct reserved *r,
        struct err *e) MUST_CHECK;
/* Writes it. After a failure the room is passed over by readers. Any thread, once. */
int reserved_write(const struct reserved *r, struct strbuf *b, struct err *e) MUST_CHECK;
/* It is whole, or never will be: readers may go past it. The segment may be gone after this. The
 * loop's thread. */
void segment_settle(struct reserved *r);
/* No record comes any more. The segment may be gone after this. The loop's thread. */
void segment_leave(struct segment *g);

/* Reads records one after the other. */
struct cursor {
	int fd;
	uint64_t id, at, end;
	uint64_t skipped; /* bytes before a record that are none */
	unsigned forged;  /* records whose header is right and whose payload is not */
	struct digest_ctx *sum;
	struct strbuf buf; /* of the record that was read last */
};
struct record {
	char run[RUN_ID_MAX];
	const char *line; /* in the cursor's buffer, until the next call */
	size_t len;
};
void cursor_init(struct cursor *c, int fd, uint64_t id, uint64_t at, uint64_t end);
void cursor_release(struct cursor *c);
/* 1 with *out, 0 at the end (at == end), -1 when the disk refuses. */
int cursor_next(struct cursor *c, struct record *out, struct err *e) MUST_CHECK;

#endif

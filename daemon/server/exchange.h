/* daemon/server/exchange.h - between mhd.c and the rest of the room: the bytes of an answer on
 * their way to one connection. */
#ifndef DAEMON_SERVER_EXCHANGE_H
#define DAEMON_SERVER_EXCHANGE_H

#include "common/strbuf.h"
#include "daemon/core/loop.h"

#define SPILL_FROM (1u << 20)  /* what a slow reader has not taken stays in memory so far */
#define SPILL_MAX (4ull << 30) /* and in an unlinked file so far */

/* First in, first out; the tail goes to a file while the reader is slow. */
struct outbox {
	struct strbuf head;           /* what is sent next */
	size_t sent;                  /* of head */
	struct strbuf given;          /* after it, before the spill */
	int fd;                       /* the spill; -1 = none */
	uint64_t spill_at, spill_end; /* unread part of the file */
	bool overflow;                /* more than SPILL_MAX: the stream is cut */
};

/* An unlinked file in $TMPDIR: nothing is left of it whatever happens to the daemon. -1 when there
 * can be none; errno says why. */
int spill_open(void);

void outbox_init(struct outbox *b);
void outbox_release(struct outbox *b);
/* Appends a copy. It cannot fail: what goes beyond all bounds sets overflow instead. */
void outbox_put(struct outbox *b, const void *p, size_t n);
/* The same, but takes what is large over: copying megabytes would hold up the loop. */
void outbox_give(struct outbox *b, struct strbuf *text);
/* Copies at most n bytes out; 0 = empty. */
size_t outbox_take(struct outbox *b, char *p, size_t n);
/* Bytes that were not taken yet, in memory and in the file. */
size_t outbox_size(const struct outbox *b);

#endif

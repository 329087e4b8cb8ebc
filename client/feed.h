/* client/feed.h - stdin on its way to a command in a sandbox, over a connection of its own.
 *
 * At most one piece is in memory, and nothing is read before it has gone out: whoever writes our
 * stdin goes at the speed of the command. Nothing here waits; the caller polls.
 */
#ifndef CLIENT_FEED_H
#define CLIENT_FEED_H

#include <poll.h>

#include "client/escape.h"
#include "client/where.h"

#define FEED_FDS 2

struct feed {
	int fd;                /* the connection; -1 = nothing to send (any more) */
	bool attached;         /* the connection is that of the answer, which others read */
	struct escape *escape; /* looked for in what is typed; or NULL */
	bool left;             /* and found */
	bool ended;            /* the end of stdin is in what is sent, or was sent */
	char *piece;           /* a chunk of the body with its frame, as far as it is not sent: */
	size_t at, to;         /* its bytes */
};
#define FEED_INIT        \
	{                \
		.fd = -1 \
	}

/* Opens the connection for the stdin of try `id`. -1 with a fault. */
int feed_open(struct feed *s, const struct where *w, const char *id, struct fault *f) MUST_CHECK;
/* stdin is the chunked body of a request whose head was sent to fd, which stays the caller's. */
void feed_attach(struct feed *s, int fd);
void feed_release(struct feed *s);
/* What it waits for, FEED_FDS of them; and what came of it. -1 with a fault when stdin cannot be
 * read; a peer that takes no more is an end like any other. */
void feed_poll(const struct feed *s, struct pollfd *v);
int feed_ready(struct feed *s, const struct pollfd *v, struct fault *f) MUST_CHECK;

#endif

/* client/frames.h - application/vnd.clnrm.frames, read piece by piece (cli.md 5.1).
 *
 * A frame is "K LEN\n" ("f N LEN\n" for files) and LEN bytes. K: o stdout, e stderr, p live region,
 * f file, n name of a file that the request did not name (also "n N LEN\n"), x exit code. Bytes of
 * o, e and f are handed on as they come; p, n and x are collected.
 */
#ifndef CLIENT_FRAMES_H
#define CLIENT_FRAMES_H

#include <stdint.h>

#include "common/err.h"
#include "common/strbuf.h"

#define FRAME_HEAD_MAX 48
#define FRAME_HELD_MAX (64 * 1024) /* of p, n and x */

/* Each returns 0, or -1 to end the reading. */
struct frames_sink {
	int (*text)(void *arg, char kind, const char *p, size_t n); /* 'o' or 'e' */
	int (*file)(void *arg, unsigned n, const char *p, size_t len);
	int (*name)(void *arg, unsigned n, const char *path);
	int (*live)(void *arg, const char *p, size_t n);
	int (*exit)(void *arg, int code);
};

struct frames {
	char head[FRAME_HEAD_MAX];
	size_t n_head;
	char kind;     /* 0: in a head */
	unsigned file; /* N of f and n */
	uint64_t left; /* bytes of this frame to come */
	struct strbuf held;
};
#define FRAMES_INIT                 \
	{                           \
		.held = STRBUF_INIT \
	}
void frames_release(struct frames *r);

/* -1 with ERR_INVALID for what is no frame, ERR_LIMIT for a p, n or x that is too long, or when the
 * sink ended the reading (e->code ERR_NONE). */
int frames_feed(struct frames *r, const char *p, size_t n, const struct frames_sink *sink,
        void *arg, struct err *e) MUST_CHECK;

#endif

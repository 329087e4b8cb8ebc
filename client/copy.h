/* client/copy.h - the body of an answer to stdout, stderr, the live region and files; signals.
 *
 * From copy_init() on SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT and SIGPIPE are blocked
 * and read from a descriptor, so that a write which would block is waited for together with them.
 */
#ifndef CLIENT_COPY_H
#define CLIENT_COPY_H

#include "client/ask.h"
#include "client/call.h"
#include "client/feed.h"
#include "client/frames.h"
#include "client/keys.h"
#include "client/raw.h"

#define ASIDE_MAX 4

struct copy {
	struct ctx *c;
	const struct request *req;
	int fd;               /* the answer */
	int signals;          /* signalfd */
	int aside[ASIDE_MAX]; /* questions beside it, read to their end and forgotten */
	struct feed feed;     /* with feeds_stdin */
	struct keys keys;     /* with takes_keys */
	struct raw raw;       /* with terminal */
	struct escape escape;
	bool size_owed;   /* the terminal's size is to be sent again */
	const char *run;  /* id, once the head is there */
	const char *view; /* number of an attached stream, or NULL */
	struct frames frames;
	struct strbuf *files; /* n_files */
	char **names;         /* where they go: those of the request, then the daemon's */
	size_t n_files;
	struct strbuf output;    /* with --output */
	const char *output_path; /* NULL = stdout */
	int exit;                /* of the x frame; -1 = none yet */
	int signal_exit;         /* 130, 143, 129 once that signal came */
	int broken_exit;         /* 141 or 5 once stdout or stderr is gone */
	bool headed;             /* the head is there */
	bool wrote;              /* something went to stdout */
	bool left;               /* a signal ends everything without waiting */
	bool left_well;          /* and that is what it is for: exit 0 */
};

/* 0, or -1 with a fault. */
int copy_init(struct copy *k, struct ctx *c, const struct request *req, struct fault *f);
void copy_release(struct copy *k);
/* Signals end the process again, until the next copy_init(). */
void copy_unblock(void);

/* Waits for the answer's next bytes, passing on signals. Bytes read, 0 at the end (also when it was
 * left), -1 when the connection broke. */
ssize_t copy_read(struct copy *k, char *buf, size_t cap);
/* The head is there. */
void copy_head(struct copy *k, const struct head *h);
/* Takes bytes of frames. False when no more are wanted. */
bool copy_frames(struct copy *k, const char *p, size_t n, struct fault *f);
/* Takes bytes of a body that is not frames, for stdout. */
bool copy_plain(struct copy *k, const char *p, size_t n);
/* Takes the live region away and writes the files. */
void copy_finish(struct copy *k);

#endif

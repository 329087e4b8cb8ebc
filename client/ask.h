/* client/ask.h - HTTP, as much as the client needs: heads, and small questions.
 *
 * Requests are HTTP/1.0, so that an answer comes unchunked and ends with the connection.
 */
#ifndef CLIENT_ASK_H
#define CLIENT_ASK_H

#include <stdint.h>

#include "client/where.h"

#define HEAD_MAX (32 * 1024)

/* What the client reads of an answer's head. */
struct head {
	int status; /* 0 = not complete yet */
	int exit;   /* Clnrm-Exit; -1 = none */
	char type[48];
	char run[64];    /* Clnrm-Run */
	char build[96];  /* Clnrm-Build */
	char skew[16];   /* Clnrm-Skew */
	char view[16];   /* Clnrm-View */
	bool want_watch; /* Clnrm-Want-Watch */
	struct strbuf need_env;
	struct strbuf raw; /* collected so far */
};
#define HEAD_INIT                                                       \
	{                                                               \
		.exit = -1, .need_env = STRBUF_INIT, .raw = STRBUF_INIT \
	}
void head_release(struct head *h);
/* Takes bytes of an answer. Returns how many belong to the head (all of n while it is not complete:
 * h->status is then 0), or -1 for what is no HTTP answer. */
ssize_t head_feed(struct head *h, const char *p, size_t n);

struct reply {
	struct head head;
	struct strbuf body;
};
#define REPLY_INIT                                     \
	{                                              \
		.head = HEAD_INIT, .body = STRBUF_INIT \
	}
void reply_release(struct reply *r);

/* "METHOD path HTTP/1.0" and the headers that every request has; open for more. */
void ask_line(struct strbuf *out, const char *method, const char *path);
/* Ends the head: Content-Type and -Length when there is a body, and the empty line. */
void ask_end(struct strbuf *out, const struct strbuf *body);
/* Head and body in one go. False when the peer is gone. */
bool ask_send(int fd, const struct strbuf *head, const struct strbuf *body);

/* One small JSON question over a connection of its own; never starts a daemon. -1 with f->code NULL
 * when no daemon listens, or with a fault. */
int ask(const struct where *w, const char *method, const char *path, const struct strbuf *body,
        int64_t timeout_ms, struct reply *r, struct fault *f);
#define ANSWER_MS 5000 /* a daemon that says nothing for so long hangs */
/* 0 unless a daemon listens and does not answer: -1 and *f. A call has no bound of its own: its
 * answer may take as long as a run. */
int ask_alive(const struct where *w, struct fault *f);
/* Sends one and leaves its answer to be read by the caller, who closes the descriptor when it ends.
 * -1 when that cannot be. */
int ask_aside(
        const struct where *w, const char *method, const char *path, const struct strbuf *body);

#endif

/* client/keys.h - keys of a session that watches: single ones, read from the terminal that stdin
 * is, and what each asks for. */
#ifndef CLIENT_KEYS_H
#define CLIENT_KEYS_H

#include <stdbool.h>
#include <termios.h>

#include "common/strbuf.h"

struct keys {
	bool on;
	struct termios saved; /* how the terminal was */
	bool paused, typing;
	enum { KEYS_PLAIN, KEYS_ESCAPE, KEYS_SEQUENCE } within; /* what a cursor key sends */
	struct strbuf filter;                                   /* as it is typed */
};
#define KEYS_INIT                     \
	{                             \
		.filter = STRBUF_INIT \
	}

/* Keys come one by one and are not shown. Nothing happens when stdin is no terminal, or that of
 * another job. */
void keys_open(struct keys *k);
/* The terminal is as it was. */
void keys_close(struct keys *k);
void keys_release(struct keys *k);
/* What one byte of a key asks for: NULL, or a word for POST /v1/watch/{id} ("filter": with
 * k->filter). Appends what people are to see. Escape ends typing, and the filter stays what it was;
 * control sequences (ECMA-48 5.4, and ESC O of function keys) are nothing. */
const char *keys_take(struct keys *k, char key, struct strbuf *shown);

#endif

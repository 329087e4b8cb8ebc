/* daemon/template/buf.h - a byte string that grows to a bound and then says so.
 *
 * What a template prints or builds has no size that anyone promised. A tbuf takes what fits below
 * max; the first piece that does not sets `full`, and all that follows is dropped: who fills it
 * asks once, at the end.
 */
#ifndef DAEMON_TEMPLATE_BUF_H
#define DAEMON_TEMPLATE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "common/cleanup.h"

struct tbuf {
	char *s; /* no NUL at the end; NULL while cap is 0 */
	size_t len, cap, max;
	bool full;
};

void tbuf_release(struct tbuf *b); /* frees; empty and usable again, with the same max */
#define AUTO_TBUF __attribute__((cleanup(tbuf_release))) struct tbuf

/* Room for n more bytes, where the caller writes at s + len; false when they do not fit. */
bool tbuf_grow(struct tbuf *b, size_t n);

static inline bool tbuf_room(struct tbuf *b, size_t n)
{
	return n <= b->cap - b->len || tbuf_grow(b, n);
}

static inline void tbuf_add(struct tbuf *b, const char *p, size_t n)
{
	if (n == 0 || !tbuf_room(b, n))
		return;
	memcpy(b->s + b->len, p, n);
	b->len += n;
}

static inline void tbuf_addc(struct tbuf *b, char c)
{
	if (!tbuf_room(b, 1))
		return;
	b->s[b->len++] = c;
}

static inline void tbuf_adds(struct tbuf *b, const char *s)
{
	tbuf_add(b, s, strlen(s));
}

/* Short texts only: at most 512 bytes. */
void tbuf_printf(struct tbuf *b, const char *fmt, ...) PRINTF(2, 3);

static inline void tbuf_reset(struct tbuf *b)
{
	b->len = 0;
	b->full = false;
}

#endif

/* common/strbuf.h - the one growing byte string.
 *
 * s is always NUL-terminated (an empty buffer points at a static ""), len does not count that NUL
 * and the content may hold NULs. Declare with STRBUF_INIT, release with strbuf_release(), or
 * AUTO_STRBUF for the scope.
 */
#ifndef COMMON_STRBUF_H
#define COMMON_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "common/cleanup.h"

struct strbuf {
	char *s;
	size_t len;
	size_t cap; /* 0: s is not on the heap */
};

extern char strbuf_empty[];
#define STRBUF_INIT                                   \
	{                                             \
		.s = strbuf_empty, .len = 0, .cap = 0 \
	}

void strbuf_release(struct strbuf *b); /* frees; the buffer is empty and usable again */
#define AUTO_STRBUF __attribute__((cleanup(strbuf_release))) struct strbuf

void strbuf_reset(struct strbuf *b);                /* len 0, memory kept */
void strbuf_grow(struct strbuf *b, size_t extra);   /* room for extra more bytes and a NUL */
void strbuf_truncate(struct strbuf *b, size_t len); /* len at most b->len */
void strbuf_remove(struct strbuf *b, size_t at, size_t n);
void strbuf_add(struct strbuf *b, const void *p, size_t n);
void strbuf_addc(struct strbuf *b, char c);
void strbuf_addn(struct strbuf *b, char c, size_t n); /* c, n times */
void strbuf_printf(struct strbuf *b, const char *fmt, ...) PRINTF(2, 3);
void strbuf_vprintf(struct strbuf *b, const char *fmt, va_list ap) PRINTF(2, 0);

static inline void strbuf_adds(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

/* The heap string, which the caller frees; the buffer is empty afterwards. Never NULL. */
char *strbuf_detach(struct strbuf *b, size_t *len);

/* Appends s as one word of a POSIX shell: as it is where it needs no quoting, else in '...'. */
void strbuf_shell_quote(struct strbuf *b, const char *s);

/* Appends bytes as valid UTF-8: each maximal ill-formed part becomes U+FFFD (Unicode 15, 3.9). */
void strbuf_add_utf8(struct strbuf *b, const void *p, size_t n);

/* Appends bytes for a terminal: UTF-8 as above, control characters visible ("^[", "^?"), except
 * LF and TAB. */
void strbuf_add_visible(struct strbuf *b, const void *p, size_t n);

#endif

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/strbuf.h"

char strbuf_empty[1];

void strbuf_release(struct strbuf *b)
{
	if (b->cap)
		free(b->s);
	*b = (struct strbuf)STRBUF_INIT;
}

void strbuf_reset(struct strbuf *b)
{
	strbuf_truncate(b, 0);
}

void strbuf_grow(struct strbuf *b, size_t extra)
{
	size_t need;

	if (__builtin_add_overflow(b->len, extra, &need) || need == SIZE_MAX)
		need = SIZE_MAX - 1; /* which xrealloc() refuses */
	if (need < b->cap)
		return;

	size_t cap = b->cap + b->cap / 2;

	if (cap < need + 1)
		cap = need + 1;
	if (cap < 64)
		cap = 64;
	b->s = xrealloc(b->cap ? b->s : NULL, cap);
	b->cap = cap;
	b->s[b->len] = '\0';
}

void strbuf_truncate(struct strbuf *b, size_t len)
{
	assert(len <= b->len);
	b->len = len;
	if (b->cap)
		b->s[len] = '\0';
}

void strbuf_remove(struct strbuf *b, size_t at, size_t n)
{
	assert(at <= b->len && n <= b->len - at);
	if (n == 0)
		return;
	memmove(b->s + at, b->s + at + n, b->len - at - n);
	strbuf_truncate(b, b->len - n);
}

void strbuf_add(struct strbuf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	strbuf_grow(b, n);
	memcpy(b->s + b->len, p, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void strbuf_addc(struct strbuf *b, char c)
{
	strbuf_grow(b, 1);
	b->s[b->len++] = c;
	b->s[b->len] = '\0';
}

void strbuf_addn(struct strbuf *b, char c, size_t n)
{
	if (n == 0)
		return;
	strbuf_grow(b, n);
	memset(b->s + b->len, c, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void strbuf_vprintf(struct strbuf *b, const char *fmt, va_list ap)
{
	va_list again;

	strbuf_grow(b, 64);
	va_copy(again, ap);

	size_t room = b->cap - b->len;
	int n = vsnprintf(b->s + b->len, room, fmt, ap);

	if (n >= 0 && (size_t)n >= room) {
		strbuf_grow(b, (size_t)n);
		n = vsnprintf(b->s + b->len, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	if (n > 0)
		b->len += (size_t)n;
	b->s[b->len] = '\0';
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(b, fmt, ap);
	va_end(ap);
}

char *strbuf_detach(struct strbuf *b, size_t *len)
{
	strbuf_grow(b, 0); /* an empty buffer becomes a heap string too */

	char *s = b->s;

	if (len)
		*len = b->len;
	*b = (struct strbuf)STRBUF_INIT;
	return s;
}

void strbuf_shell_quote(struct strbuf *b, const char *s)
{
	static const char plain[] =
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_";
	size_t safe = strspn(s, plain);

	/* "A=b" is a word that needs no quotes, except where a command name stands. */
	if (safe > 0 && s[safe] == '\0' && !strchr(s, '=')) {
		strbuf_add(b, s, safe);
		return;
	}
	strbuf_addc(b, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			strbuf_adds(b, "'\\''");
		else
			strbuf_addc(b, *s);
	}
	strbuf_addc(b, '\'');
}

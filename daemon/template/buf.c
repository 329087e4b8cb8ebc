#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/mem.h"
#include "daemon/template/buf.h"

#define FIRST 256u

void tbuf_release(struct tbuf *b)
{
	free(b->s);
	*b = (struct tbuf){ .max = b->max };
}

bool tbuf_grow(struct tbuf *b, size_t n)
{
	if (b->full || n > b->max - b->len) {
		b->full = true;
		return false;
	}

	size_t cap = b->cap ? b->cap : FIRST;

	while (cap < b->len + n)
		cap *= 2;
	b->s = xrealloc(b->s, cap);
	b->cap = cap;
	return true;
}

void tbuf_printf(struct tbuf *b, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);

	int n = vsnprintf(text, sizeof(text), fmt, ap);

	va_end(ap);
	if (n > 0)
		tbuf_add(b, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

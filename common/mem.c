#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"

static NORETURN void die(void)
{
	static const char text[] = "out of memory\n";

	/* Not stdio: it may want memory of its own. */
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0) {
		/* Nobody is left to tell. */
	}
	abort();
}

void *xmalloc(size_t n)
{
	void *p = malloc(n ? n : 1);

	if (!p)
		die();
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		die();
	return p;
}

void *xrealloc(void *p, size_t n)
{
	void *q = realloc(p, n ? n : 1);

	if (!q)
		die();
	return q;
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		die();
	return xrealloc(p, bytes);
}

void *xmemdup(const void *p, size_t n)
{
	void *copy = xmalloc(n);

	if (n)
		memcpy(copy, p, n);
	return copy;
}

char *xstrdup(const char *s)
{
	return xmemdup(s, strlen(s) + 1);
}

char *xstrndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = xmalloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *xasprintf(const char *fmt, ...)
{
	char *s;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		die();
	va_end(ap);
	return s;
}

void *xgrow(void *p, size_t *cap, size_t need, size_t size)
{
	size_t want = *cap;

	if (need <= want)
		return p;
	if (__builtin_add_overflow(want, want / 2, &want) || want < need)
		want = need;
	if (want < 8)
		want = 8;
	p = xreallocarray(p, want, size);
	*cap = want;
	return p;
}

#define COMMON_ERR_C
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"

static void vset(struct err *e, const char *fmt, va_list ap) PRINTF(2, 0);

static void vset(struct err *e, const char *fmt, va_list ap)
{
	/* Formatted aside: an argument may point into e->msg. */
	char text[sizeof(e->msg)];

	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	memcpy(e->msg, text, strlen(text) + 1);
}

/* Appends as much of ": text" as fits. */
static void append(char *msg, size_t size, const char *text)
{
	size_t len = strlen(msg);

	snprintf(msg + len, size - len, ": %s", text);
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vset(e, fmt, ap);
	va_end(ap);
	e->code = code;
	e->sys = 0;
	return -1;
}

int err_sys(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	vset(e, fmt, ap);
	va_end(ap);
	e->code = ERR_SYS;
	e->sys = saved;
	append(e->msg, sizeof(e->msg),
	        strerror(saved)); /* NOLINT(concurrency-mt-unsafe): known numbers give constants */
	errno = saved;
	return -1;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char inner[sizeof(e->msg)];
	va_list ap;

	memcpy(inner, e->msg, sizeof(inner));
	va_start(ap, fmt);
	vset(e, fmt, ap);
	va_end(ap);
	append(e->msg, sizeof(e->msg), inner);
	return -1;
}

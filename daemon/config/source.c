/* The line of the file that a finding points at. */
#include <string.h>

#include "common/utf8.h"
#include "daemon/config/check.h"

#define MAX_SOURCE 400
#define CONTEXT 120 /* bytes kept before the column of a line that is cut */

/* Byte offset of column col (code points, from 1) in a line. */
static size_t column_offset(const char *line, size_t len, uint32_t col)
{
	size_t at = 0;
	uint32_t cp;

	for (uint32_t i = 1; i < col && at < len; i++) {
		size_t n = utf8_decode(line + at, len - at, &cp);

		at += n ? n : 1;
	}
	return at;
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static void set_source(struct diags *d, struct diag *x, const char *line, size_t len)
{
	size_t from = 0, at;

	if (len && line[len - 1] == '\r')
		len--;
	x->source_col = x->pos.col;
	if (len > MAX_SOURCE) {
		at = column_offset(line, len, x->pos.col);
		from = at > CONTEXT ? at - CONTEXT : 0;
		while (from < len && is_continuation(line[from]))
			from++;
		x->source_col = x->pos.col - (uint32_t)utf8_length(line, from);
		len = len - from > MAX_SOURCE ? MAX_SOURCE : len - from;
		while (len && is_continuation(line[from + len]))
			len--;
	}
	x->source_line = arena_strndup(d->arena, line + from, len);
}

static void visit_line(struct diags *d, uint32_t number, const char *line, size_t len)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].pos.line == number && !d->v[i].source_line)
			set_source(d, &d->v[i], line, len);
}

/* Findings are at most some hundred: a bitmap of their lines would save nothing. */
void source_fill(struct diags *d, const char *text, size_t len)
{
	uint32_t number = 1, last = 0;

	for (size_t i = 0; i < d->n; i++)
		last = d->v[i].pos.line > last ? d->v[i].pos.line : last;
	for (const char *p = text, *end = text + len; p <= end && number <= last; number++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p);

		visit_line(d, number, p, n);
		if (!nl)
			break;
		p = nl + 1;
	}
}

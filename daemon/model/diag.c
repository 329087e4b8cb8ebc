#include "daemon/model/diag.h"

#include <stdarg.h>
#include <string.h>

#include "common/strbuf.h"

#define DIAGS_MAX 100

void diags_init(struct diags *d, struct arena *a)
{
	*d = (struct diags){ .arena = a, .max = DIAGS_MAX };
}

void diags_release(struct diags *d)
{
	free(d->v);
	d->v = NULL;
	d->n = d->cap = 0;
}

static void count(struct diags *d, enum severity s)
{
	if (s == SEV_ERROR)
		d->errors++;
	else if (s == SEV_WARNING)
		d->warnings++;
}

static struct diag *append(struct diags *d, const struct diag *x)
{
	/* Beyond the bound findings are counted, not kept; the caller still gets something to fill.
	 */
	if (d->n >= d->max) {
		struct diag *scratch = arena_alloc(d->arena, sizeof(*scratch));

		*scratch = *x;
		return scratch;
	}
	d->v = xgrow(d->v, &d->cap, d->n + 1, sizeof(*d->v));
	d->v[d->n] = *x;
	return &d->v[d->n++];
}

struct diag *diags_add(struct diags *d, enum severity s, const char *code, const char *file,
        struct pos pos, const char *fmt, ...)
{
	AUTO_STRBUF text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	count(d, s);
	return append(d, &(struct diag){
	                         .severity = s,
	                         .code = code,
	                         .file = file,
	                         .pos = pos,
	                         .message = arena_strndup(d->arena, text.s, text.len),
	                 });
}

void diag_help(struct diags *d, struct diag *x, const char *fmt, ...)
{
	AUTO_STRBUF text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(&text, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < DIAG_MAX_HELP; i++)
		if (!x->help[i]) {
			x->help[i] = arena_strndup(d->arena, text.s, text.len);
			return;
		}
}

void diag_edit(struct diags *d, struct diag *x, struct pos at, const char *text)
{
	struct diag_edit *all = arena_array(d->arena, x->n_edits + 1, sizeof(*all));

	if (x->n_edits)
		memcpy(all, x->edits, x->n_edits * sizeof(*all));
	all[x->n_edits++] = (struct diag_edit){ at, arena_strdup(d->arena, text) };
	x->edits = all;
}

static int by_position(const void *a, const void *b)
{
	const struct diag *x = a, *y = b;

	if (x->pos.line != y->pos.line)
		return x->pos.line < y->pos.line ? -1 : 1;
	return (x->pos.col > y->pos.col) - (x->pos.col < y->pos.col);
}

/* Insertion sort: stable, and findings come nearly in order. At most DIAGS_MAX of them. */
void diags_sort(struct diags *d)
{
	for (size_t i = 1; i < d->n; i++) {
		struct diag x = d->v[i];
		size_t at = i;

		for (; at && by_position(&d->v[at - 1], &x) > 0; at--)
			d->v[at] = d->v[at - 1];
		d->v[at] = x;
	}
}

static const struct diag_edit *copy_edits(const struct diag *x, struct arena *a)
{
	struct diag_edit *all = arena_array(a, x->n_edits + 1, sizeof(*all));

	for (size_t i = 0; i < x->n_edits; i++)
		all[i] = (struct diag_edit){ x->edits[i].at, arena_strdup(a, x->edits[i].text) };
	return all;
}

static struct diag copy_of(const struct diag *x, struct arena *a)
{
	struct diag c = *x;

	c.message = arena_strdup(a, x->message);
	c.expected = arena_strdup(a, x->expected);
	c.found = arena_strdup(a, x->found);
	c.file = arena_strdup(a, x->file);
	c.pointer = arena_strdup(a, x->pointer);
	c.source_line = arena_strdup(a, x->source_line);
	c.from = arena_strdup(a, x->from);
	c.trace = arena_strdup(a, x->trace);
	c.group = arena_strdup(a, x->group);
	if (x->n_edits)
		c.edits = copy_edits(x, a);
	for (size_t i = 0; i < DIAG_MAX_HELP; i++)
		c.help[i] = arena_strdup(a, x->help[i]);
	return c;
}

void diags_copy(struct diags *d, const struct diags *src)
{
	for (size_t i = 0; i < src->n; i++) {
		struct diag c = copy_of(&src->v[i], d->arena);

		/* The bound is that of one file: a list of many files keeps them all. */
		d->v = xgrow(d->v, &d->cap, d->n + 1, sizeof(*d->v));
		d->v[d->n++] = c;
	}
	d->errors += src->errors;
	d->warnings += src->warnings;
}

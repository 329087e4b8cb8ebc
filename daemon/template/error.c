#define TEMPLATE_RETURNS_MINUS_ONE

#include <stdarg.h>
#include <stdlib.h>

#include "common/mem.h"
#include "daemon/template/error.h"

#define MIB (1024u * 1024u)

void terr_release(struct terr *e)
{
	strbuf_release(&e->head);
	strbuf_release(&e->template);
	for (unsigned i = 0; i < e->n_causes; i++)
		free(e->causes[i]);
	free(e->lacks);
	e->lacks = NULL;
	e->lack = LACK_NOTHING;
	e->n_causes = 0;
	e->kind = TERR_NONE;
	e->line = e->col = 0;
}

static void PRINTF(2, 0) add_cause(struct terr *e, const char *fmt, va_list ap)
{
	struct strbuf text = STRBUF_INIT;

	/* What wraps a full chain is the least of it. */
	if (e->n_causes == TERR_MAX_CAUSES)
		return;
	strbuf_vprintf(&text, fmt, ap);
	if (text.len > TERR_MAX_TEXT) {
		strbuf_truncate(&text, TERR_MAX_TEXT);
		strbuf_adds(&text, "...");
	}
	e->causes[e->n_causes++] = strbuf_detach(&text, NULL);
}

int terr_set(struct terr *e, const char *fmt, ...)
{
	va_list ap;

	if (e->n_causes)
		return -1;
	va_start(ap, fmt);
	add_cause(e, fmt, ap);
	va_end(ap);
	if (e->kind == TERR_NONE)
		e->kind = TERR_RENDER;
	return -1;
}

int terr_lacks(struct terr *e, enum terr_lack what, const char *name, size_t len)
{
	if (e->n_causes != 1 || e->lacks || e->kind != TERR_RENDER)
		return -1;
	e->lack = what;
	e->lacks = xstrndup(name, len);
	return -1;
}

int terr_wrap(struct terr *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_cause(e, fmt, ap);
	va_end(ap);
	return -1;
}

int terr_move(struct terr *to, struct terr *from)
{
	if (!to->n_causes) {
		terr_release(to);
		*to = *from;
		*from = (struct terr)TERR_INIT;
	}
	terr_release(from);
	return -1;
}

/* "16 MiB", "10 s", "100000". */
static void write_limit(struct strbuf *b, enum tlimit what, uint64_t max)
{
	if (what == TLIMIT_TIME && max % 1000 == 0)
		strbuf_printf(b, "%llu s", (unsigned long long)(max / 1000));
	else if (what == TLIMIT_TIME)
		strbuf_printf(b, "%llu ms", (unsigned long long)max);
	else if (max >= MIB && max % MIB == 0)
		strbuf_printf(b, "%llu MiB", (unsigned long long)(max / MIB));
	else if (what == TLIMIT_REGEX && max % 1024 == 0)
		strbuf_printf(b, "%llu KiB", (unsigned long long)(max / 1024));
	else
		strbuf_printf(b, "%llu", (unsigned long long)max);
}

int terr_limit(struct terr *e, const struct tlimits *limits, enum tlimit what)
{
	AUTO_STRBUF max = STRBUF_INIT;

	if (e->n_causes)
		return -1;
	e->kind = TERR_LIMIT;
	write_limit(&max, what, limits->max[what]);
	return terr_set(e, "resource limit: %s exceeds %s", tlimit_name(what), max.s);
}

int terr_stopped(struct terr *e)
{
	if (e->n_causes)
		return -1;
	e->kind = TERR_LIMIT;
	return terr_set(e, "rendering was stopped");
}

void terr_at(struct terr *e, const char *template, uint32_t line, uint32_t col)
{
	if (e->line)
		return;
	strbuf_reset(&e->template);
	strbuf_adds(&e->template, template);
	e->line = line;
	e->col = col;
}

static void write_place(const struct terr *e, struct strbuf *out)
{
	if (e->line)
		strbuf_printf(out, "%s:%u:%u", e->template.s, e->line, e->col);
	else
		strbuf_adds(out, e->template.s);
}

static void write_cause(const struct terr *e, unsigned i, struct strbuf *out)
{
	strbuf_adds(out, e->kind == TERR_PARSE ? "  " : "  caused by: ");
	strbuf_adds(out, e->causes[i]);
	if (i == 0 && e->kind == TERR_LIMIT && e->line) {
		strbuf_adds(out, " (at ");
		write_place(e, out);
		strbuf_addc(out, ')');
	}
	strbuf_addc(out, '\n');
}

void terr_text(const struct terr *e, struct strbuf *out)
{
	strbuf_printf(out, "error: %s\n", e->head.s);
	if (e->template.len) {
		strbuf_adds(out, "  --> ");
		write_place(e, out);
		strbuf_addc(out, '\n');
	}
	for (unsigned i = e->n_causes; i-- > 0;)
		write_cause(e, i, out);
}

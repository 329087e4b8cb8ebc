#include "common/utf8.h"
#include "daemon/report/text_priv.h"

#define MAX_SHOWN 100
#define TAB_WIDTH 4

static const struct {
	const char *name;
	enum ink ink;
} severities[] = {
	[SEV_ERROR] = { "error", INK_FAIL },
	[SEV_WARNING] = { "warning", INK_WARN },
	[SEV_NOTE] = { "note", INK_INFO },
};

static void add_trace(const struct diag *d, enum colour colour, struct strbuf *out)
{
	size_t n = strlen(severities[d->severity].name);
	bool begins = strncmp(d->trace, severities[d->severity].name, n) == 0;

	if (begins)
		text_inked(out, colour, severities[d->severity].ink, severities[d->severity].name);
	strbuf_add_visible(out, d->trace + (begins ? n : 0), strlen(d->trace) - (begins ? n : 0));
	/* add_body() begins with the line end. */
	if (out->len && out->s[out->len - 1] == '\n')
		strbuf_truncate(out, out->len - 1);
}

static void add_head(const struct diag *d, enum colour colour, struct strbuf *out)
{
	if (d->trace) {
		add_trace(d, colour, out);
		return;
	}
	if (d->file) {
		text_ink(out, colour, INK_BOLD);
		text_str(out, d->file);
		if (d->pos.line)
			strbuf_printf(out, ":%u:%u", d->pos.line, d->pos.col ? d->pos.col : 1);
		text_plain(out, colour, INK_BOLD);
		strbuf_adds(out, ": ");
	}
	text_ink(out, colour, severities[d->severity].ink);
	strbuf_adds(out, severities[d->severity].name);
	if (d->code)
		strbuf_printf(out, "[%s]", d->code);
	text_plain(out, colour, severities[d->severity].ink);
	strbuf_adds(out, ": ");
	text_value(out, d->message, strlen(d->message), TEXT_MAX_VALUE * 2);
}

/* Appends the source with tabs widened; returns the columns that the first `chars` characters take,
 * and in *end those of the first `end_chars`. */
static size_t add_source(
        struct strbuf *out, const char *s, size_t chars, size_t end_chars, size_t *end)
{
	size_t n = strcspn(s, "\r\n"), columns = 0, start = SIZE_MAX, stop = SIZE_MAX;

	for (size_t i = 0, c = 0; i < n; c++) {
		uint32_t cp;
		size_t len = utf8_decode(s + i, n - i, &cp), before = out->len;

		if (len == 0)
			len = 1;
		if (c == chars)
			start = columns;
		if (c == end_chars)
			stop = columns;
		if (s[i] == '\t')
			strbuf_addn(out, ' ', TAB_WIDTH);
		else
			text_line(out, s + i, len);
		columns += utf8_columns(out->s + before, out->len - before);
		i += len;
	}
	*end = stop == SIZE_MAX ? columns : stop;
	return start == SIZE_MAX ? columns : start;
}

/* Characters of the token on its first line; SIZE_MAX = to the end of the line. */
static size_t token_length(const struct pos *p)
{
	if (p->end_line > p->line)
		return SIZE_MAX;
	return p->end_col > p->col ? p->end_col - p->col : 1;
}

static void add_caret(const struct diag *d, enum colour colour, struct strbuf *out)
{
	size_t col = d->source_col ? d->source_col : d->pos.col, len = token_length(&d->pos);
	size_t first = col > 0 ? col - 1 : 0, end = 0;
	enum ink ink = severities[d->severity].ink;

	strbuf_printf(out, "%5u | ", d->source_number ? d->source_number : d->pos.line);
	size_t start =
	        add_source(out, d->source_line, first, len == SIZE_MAX ? len : first + len, &end);

	strbuf_adds(out, "\n      | ");
	strbuf_addn(out, ' ', start);
	text_ink(out, colour, ink);
	strbuf_addn(out, '^', end > start ? end - start : 1);
	text_plain(out, colour, ink);
}

static void add_expected(const struct diag *d, struct strbuf *out)
{
	if (!d->expected)
		return;
	strbuf_adds(out, " expected ");
	text_value(out, d->expected, strlen(d->expected), TEXT_MAX_VALUE);
	if (d->found) {
		strbuf_adds(out, ", found ");
		text_value(out, d->found, strlen(d->found), TEXT_MAX_VALUE);
	}
}

static void add_body(const struct diag *d, enum colour colour, struct strbuf *out)
{
	strbuf_addc(out, '\n');
	if (d->trace) {
		/* says it all */
	} else if (d->source_line && d->pos.line) {
		add_caret(d, colour, out);
		add_expected(d, out);
		strbuf_addc(out, '\n');
	} else if (d->expected) {
		strbuf_adds(out, "     ");
		add_expected(d, out);
		strbuf_addc(out, '\n');
	}
	if (d->from) {
		strbuf_adds(out, "      from ");
		text_value(out, d->from, strlen(d->from), TEXT_MAX_VALUE);
		strbuf_addc(out, '\n');
	}
	for (size_t i = 0; i < DIAG_MAX_HELP && d->help[i]; i++) {
		strbuf_adds(out, "      ");
		text_inked(out, colour, INK_INFO, "help:");
		strbuf_addc(out, ' ');
		text_value(out, d->help[i], strlen(d->help[i]), TEXT_MAX_VALUE * 2);
		strbuf_addc(out, '\n');
	}
}

void diag_text(const struct diag *d, const struct text_style *style, enum colour colour,
        struct strbuf *out)
{
	(void)style;
	add_head(d, colour, out);
	add_body(d, colour, out);
}

static bool same_group(const struct diag *a, const struct diag *b)
{
	return a->group && b->group && a->severity != SEV_ERROR && strcmp(a->group, b->group) == 0;
}

static bool shown_before(const struct diags *d, size_t i)
{
	for (size_t j = 0; d->v[i].group && j < i; j++)
		if (same_group(&d->v[j], &d->v[i]))
			return true;
	return false;
}

static size_t like_it(const struct diags *d, size_t i)
{
	size_t n = 0;

	for (size_t j = i + 1; d->v[i].group && j < d->n; j++)
		n += same_group(&d->v[i], &d->v[j]);
	return n;
}

void diags_text(const struct diags *d, const struct text_style *style, enum colour colour,
        struct strbuf *out)
{
	size_t shown = 0, told = 0;

	(void)style;
	for (size_t i = 0; i < d->n && shown < MAX_SHOWN; i++) {
		if (shown_before(d, i))
			continue;
		size_t more = like_it(d, i);

		add_head(&d->v[i], colour, out);
		if (more > 0)
			strbuf_printf(out, " (and %zu more like it)", more);
		add_body(&d->v[i], colour, out);
		shown++;
		told += 1 + more;
	}
	size_t notes = 0;

	for (size_t i = 0; i < d->n; i++)
		notes += d->v[i].severity == SEV_NOTE;
	size_t all = d->errors + d->warnings + notes;

	if (all > told)
		strbuf_printf(out, "... and %zu more\n", all - told);
}

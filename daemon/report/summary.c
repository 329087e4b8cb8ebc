#include "common/utf8.h"
#include "daemon/report/text_priv.h"

/* One part of the summary line: what is counted and what is not counted twice. */
static void add_part(struct strbuf *out, unsigned n, const char *word, enum ink ink,
        const struct text_style *style, bool always)
{
	if (n == 0 && !always)
		return;
	if (!always)
		strbuf_adds(out, ", ");
	strbuf_printf(out, "%u ", n);
	text_inked(out, style->out, n > 0 ? ink : INK_PLAIN, word);
}

static unsigned less(unsigned a, unsigned b)
{
	return a > b ? a - b : 0;
}

void summary_line(const struct run_summary *s, const char *run_id, double wall_ms,
        const struct text_style *style, struct strbuf *out)
{
	unsigned passed = less(s->pass, s->cached + s->flaky);

	add_part(out, passed, "passed", INK_PASS, style, true);
	add_part(out, less(s->fail, s->quarantined), "failed", INK_FAIL, style, false);
	add_part(out, s->fake_green, "fake green", INK_FAIL, style, false);
	add_part(out, s->error, "errors", INK_FAIL, style, false);
	add_part(out, s->flaky, "flaky", INK_WARN, style, false);
	add_part(out, s->skip, "skipped", INK_WARN, style, false);
	add_part(out, s->quarantined, "quarantined", INK_WARN, style, false);
	add_part(out, s->cached, "cached", INK_INFO, style, false);
	strbuf_printf(out, "   %u scenarios of %u tests in ", s->scenarios, s->tests);
	text_ms(out, wall_ms);
	strbuf_adds(out, "   run ");
	text_str(out, run_id ? run_id : "-");
}

/* ---- listings ---- */

#define MAX_COLUMNS 16
#define COLUMN_GAP 2

static size_t cell_width(const char *s)
{
	AUTO_STRBUF b = STRBUF_INIT;

	text_str(&b, s);
	return utf8_columns(b.s, b.len);
}

static void measure(const char *const *row, size_t n, size_t *width)
{
	for (size_t i = 0; i < n && row[i]; i++) {
		size_t w = cell_width(row[i]);

		if (w > width[i])
			width[i] = w;
	}
}

/* Cuts text to max columns, whole characters only. */
static void add_cut(struct strbuf *out, const char *s, size_t max)
{
	AUTO_STRBUF b = STRBUF_INIT;
	size_t at = 0, used = 0;

	text_str(&b, s);
	while (at < b.len) {
		uint32_t cp;
		size_t n = utf8_decode(b.s + at, b.len - at, &cp);
		size_t w = utf8_columns(b.s + at, n ? n : 1);

		if (used + w > max)
			break;
		used += w;
		at += n ? n : 1;
	}
	strbuf_add(out, b.s, at);
}

static void add_row(
        struct strbuf *out, const char *const *row, size_t n, const size_t *width, unsigned columns)
{
	size_t used = 0;

	for (size_t i = 0; i < n && row[i]; i++) {
		if (i + 1 == n) {
			add_cut(out, row[i], columns > used + 8 ? columns - used : 8);
			break;
		}
		text_str(out, row[i]);
		strbuf_addn(out, ' ', width[i] - cell_width(row[i]) + COLUMN_GAP);
		used += width[i] + COLUMN_GAP;
	}
	while (out->len > 0 && out->s[out->len - 1] == ' ')
		strbuf_truncate(out, out->len - 1);
}

void table_text(const char *const *header, const char *const *const *rows, size_t n_rows,
        const struct text_style *style, bool no_header, struct strbuf *out)
{
	size_t width[MAX_COLUMNS] = { 0 }, n = 0;

	while (n < MAX_COLUMNS && header[n])
		n++;
	if (!no_header)
		measure(header, n, width);
	for (size_t r = 0; r < n_rows; r++)
		measure(rows[r], n, width);
	if (!no_header) {
		text_ink(out, style->out, INK_BOLD);
		add_row(out, header, n, width, style->columns);
		text_plain(out, style->out, INK_BOLD);
		strbuf_addc(out, '\n');
	}
	for (size_t r = 0; r < n_rows; r++) {
		add_row(out, rows[r], n, width, style->columns);
		strbuf_addc(out, '\n');
	}
}

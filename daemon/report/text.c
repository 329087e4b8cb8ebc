#include "daemon/report/text_priv.h"

#include "common/clock.h"
#include "common/num.h"
#include "common/utf8.h"

static const char *const ink_sgr[] = {
	[INK_PLAIN] = "",
	[INK_BOLD] = "1",
	[INK_DIM] = "2",
	[INK_PASS] = "32",
	[INK_FAIL] = "1;31",
	[INK_WARN] = "33",
	[INK_INFO] = "36",
};

void text_ink(struct strbuf *b, enum colour c, enum ink ink)
{
	if (c != COLOUR_NONE && ink != INK_PLAIN)
		strbuf_printf(b, "\x1b[%sm", ink_sgr[ink]);
}

void text_plain(struct strbuf *b, enum colour c, enum ink ink)
{
	if (c != COLOUR_NONE && ink != INK_PLAIN)
		strbuf_adds(b, "\x1b[0m");
}

void text_inked(struct strbuf *b, enum colour c, enum ink ink, const char *s)
{
	text_ink(b, c, ink);
	text_str(b, s);
	text_plain(b, c, ink);
}

/* strbuf_add_visible() passes LF and TAB on; a line holds no LF, and a TAB only where one is
 * welcome. */
static void add_span(struct strbuf *b, const char *s, size_t n, bool tabs)
{
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] != '\n' && (s[i] != '\t' || tabs))
			continue;
		strbuf_add_visible(b, s + from, i - from);
		strbuf_adds(b, s[i] == '\n' ? "^J" : "^I");
		from = i + 1;
	}
	strbuf_add_visible(b, s + from, n - from);
}

void text_line(struct strbuf *b, const char *s, size_t n)
{
	add_span(b, s, n, false);
}

/* Bytes that the first `chars` characters take; ill-formed bytes count one each. */
static size_t prefix_bytes(const char *s, size_t n, size_t chars)
{
	size_t at = 0;

	for (; at < n && chars > 0; chars--) {
		uint32_t cp;
		size_t step = utf8_decode(s + at, n - at, &cp);

		at += step ? step : 1;
	}
	return at;
}

/* Where the last `chars` characters begin: steps back over continuation bytes, four at most. */
static size_t suffix_start(const char *s, size_t n, size_t chars)
{
	size_t at = n;

	for (; at > 0 && chars > 0; chars--) {
		unsigned back = 1;

		while (back < 4 && back < at && ((unsigned char)s[at - back] & 0xc0) == 0x80)
			back++;
		at -= back;
	}
	return at;
}

/* Where the middle of s is cut: [*head, *tail) goes. False when s is short enough. */
static bool middle(const char *s, size_t n, size_t max, size_t *head, size_t *tail)
{
	if (n <= max || prefix_bytes(s, n, max) == n)
		return false;
	*head = prefix_bytes(s, n, max / 2);
	*tail = suffix_start(s, n, max - max / 2);
	return *head < *tail;
}

void text_value(struct strbuf *b, const char *s, size_t n, size_t max)
{
	size_t head, tail;

	if (!middle(s, n, max, &head, &tail)) {
		add_span(b, s, n, true);
		return;
	}
	add_span(b, s, head, true);
	strbuf_printf(b, " [... %zu characters in all ...] ", utf8_length(s, n));
	add_span(b, s + tail, n - tail, true);
}

void text_command(struct strbuf *b, const struct str_list *argv)
{
	AUTO_STRBUF quoted = STRBUF_INIT;

	for (size_t i = 0; i < argv->n; i++) {
		if (i > 0)
			strbuf_addc(&quoted, ' ');
		strbuf_shell_quote(&quoted, argv->v[i]);
	}
	text_value(b, quoted.s, quoted.len, TEXT_MAX_VALUE);
}

void text_count(struct strbuf *b, uint64_t n, const char *noun)
{
	strbuf_printf(b, "%llu %s%s", (unsigned long long)n, noun, n == 1 ? "" : "s");
}

void text_ms(struct strbuf *b, double ms)
{
	if (ms >= 100 && ms < 1000)
		strbuf_printf(b, "%.2f s", ms / 1000);
	else
		dur_format(b, (int64_t)(ms * (double)NS_PER_MS));
}

/* ---- blocks of captured lines ---- */

struct part {
	const char *s;
	size_t n;
};

static bool bytes_cut(const struct captured *c)
{
	return c->total > c->len;
}

static struct part head_part(const struct captured *c)
{
	return (struct part){ c->data, bytes_cut(c) && c->head < c->len ? c->head : c->len };
}

static struct part tail_part(const struct captured *c)
{
	if (!bytes_cut(c) || c->head >= c->len)
		return (struct part){ c->data, c->len };
	return (struct part){ c->data + c->head, c->len - c->head };
}

static size_t count_lines(const char *s, size_t n)
{
	size_t lines = 0;
	const char *end = s + n;

	while (s < end) {
		const char *lf = memchr(s, '\n', (size_t)(end - s));

		lines++;
		s = lf ? lf + 1 : end;
	}
	return lines;
}

static void add_one_line(struct strbuf *b, const char *s, size_t n, const struct text_lines *how)
{
	strbuf_addn(b, ' ', how->indent);
	if (n > 0 && s[n - 1] == '\r' && !how->raw)
		n--; /* a line end of the other kind */
	if (how->raw)
		strbuf_add(b, s, n);
	else
		text_value(b, s, n, how->width);
	strbuf_addc(b, '\n');
}

static void add_lines(struct strbuf *b, struct part p, size_t max, const struct text_lines *how)
{
	const char *end = p.s + p.n;

	while (p.s < end && max-- > 0) {
		const char *lf = memchr(p.s, '\n', (size_t)(end - p.s));
		const char *stop = lf ? lf : end;

		add_one_line(b, p.s, (size_t)(stop - p.s), how);
		p.s = lf ? lf + 1 : end;
	}
}

/* The last `lines` lines of p. */
static struct part last_lines(struct part p, size_t lines)
{
	size_t at = p.n;

	if (at > 0 && p.s[at - 1] == '\n')
		at--;
	for (; lines > 0 && at > 0; lines--) {
		const char *lf = memrchr(p.s, '\n', at);

		if (!lf) {
			at = 0;
			break;
		}
		at = (size_t)(lf - p.s);
	}
	if (at > 0)
		at++; /* behind the line feed where the search ended */
	return (struct part){ p.s + at, p.n - at };
}

void text_block(struct strbuf *b, const struct captured *c, const struct text_lines *how)
{
	size_t lines = count_lines(c->data, c->len);
	bool cut = bytes_cut(c);

	if (!cut && (how->keep > lines / 2 || lines <= 2 * how->keep)) {
		add_lines(b, head_part(c), SIZE_MAX, how);
		return;
	}
	add_lines(b, head_part(c), how->keep, how);
	strbuf_addn(b, ' ', how->indent);
	if (cut) {
		strbuf_adds(b, "[... ");
		size_format(b, c->total - c->len);
		strbuf_adds(b, " cut ...]\n");
	} else {
		strbuf_printf(b, "[... %zu lines ...]\n", lines - 2 * how->keep);
	}
	add_lines(b, last_lines(tail_part(c), how->keep), SIZE_MAX, how);
}

void text_block_title(struct strbuf *b, const struct captured *c, size_t keep)
{
	size_t lines = count_lines(c->data, c->len);
	bool all = keep == SIZE_MAX;

	if (bytes_cut(c)) {
		size_format(b, c->total);
		if (!all)
			strbuf_printf(b, ", first %zu and last %zu lines", keep, keep);
		return;
	}
	text_count(b, lines, "line");
	if (!all && lines > 2 * keep)
		strbuf_printf(b, ", first %zu and last %zu", keep, keep);
}

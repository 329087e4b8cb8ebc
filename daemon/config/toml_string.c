#include <string.h>

#include "common/utf8.h"
#include "daemon/config/toml_priv.h"

static bool looking_at(const struct toml *t, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(t->end - t->p) >= n && memcmp(t->p, s, n) == 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* \uXXXX and \UXXXXXXXX: t->p is behind the letter. */
static int unicode_escape(struct toml *t, const char *at, unsigned digits)
{
	uint32_t cp = 0;
	char utf8[4];

	for (unsigned i = 0; i < digits; i++, t->p++) {
		int v = t->p < t->end ? hex_digit(*t->p) : -1;

		if (v < 0)
			return toml_fail(t, toml_pos(t, at),
			        "\\%c wants %u hexadecimal digits, found %s",
			        digits == 4 ? 'u' : 'U', digits, toml_found(t));
		cp = cp << 4 | (uint32_t)v;
	}
	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return toml_fail(t, toml_pos(t, at), "U+%04X is no Unicode scalar value", cp);
	strbuf_add(&t->scratch, utf8, utf8_encode(cp, utf8));
	return 0;
}

static int escape(struct toml *t)
{
	static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
	const char *at = t->p++; /* the backslash */
	char c = t->p < t->end ? *t->p : '\n';
	const char *hit = c ? strchr(from, c) : NULL;

	if (c == 'u' || c == 'U') {
		t->p++;
		return unicode_escape(t, at, c == 'u' ? 4 : 8);
	}
	if (!hit)
		return toml_fail(t, toml_pos(t, at),
		        "unknown escape in a string, found %s behind '\\' (known: \\b \\t \\n \\f "
		        "\\r \\\" \\\\ \\uXXXX \\UXXXXXXXX)",
		        toml_found(t));
	strbuf_addc(&t->scratch, to[hit - from]);
	t->p++;
	return 0;
}

/* Plain bytes up to the next that means something: the quote, a line break, a backslash where
 * there are escapes. */
static void plain(struct toml *t, char quote)
{
	const char *from = t->p, *p = from, *end = t->end;

	if (quote == '"')
		while (p < end && !toml_is(*p, TOML_STOP))
			p++;
	else
		while (p < end && *p != '\'' && *p != '\n' && *p != '\r')
			p++;
	t->p = p;
	strbuf_add(&t->scratch, from, (size_t)(t->p - from));
}

static int basic_string(struct toml *t)
{
	struct pos open = toml_pos(t, t->p);

	t->p++;
	for (;;) {
		plain(t, '"');
		if (t->p >= t->end || *t->p == '\n' || *t->p == '\r')
			return toml_fail(t, open,
			        "string is not closed on its line; '\"\"\"' opens one of several "
			        "lines");
		if (*t->p == '"') {
			t->p++;
			return 0;
		}
		if (escape(t) < 0)
			return -1;
	}
}

static int literal_string(struct toml *t)
{
	struct pos open = toml_pos(t, t->p);

	t->p++;
	plain(t, '\'');
	if (t->p >= t->end || *t->p != '\'')
		return toml_fail(t, open,
		        "string is not closed on its line; \"'''\" opens one of several lines");
	t->p++;
	return 0;
}

/* A line break in the text: CRLF and LF are both one LF in the value. */
static void line_break(struct toml *t, bool keep)
{
	t->p += *t->p == '\r' ? 2 : 1;
	if (keep)
		strbuf_addc(&t->scratch, '\n');
	toml_newline(t);
}

/* A backslash at the end of a line joins it to the next text. False when it is an escape. */
static bool line_ending_backslash(struct toml *t)
{
	const char *p = t->p + 1;

	while (p < t->end && (*p == ' ' || *p == '\t'))
		p++;
	if (p >= t->end || (*p != '\n' && *p != '\r'))
		return false;
	t->p = p;
	while (t->p < t->end && strchr(" \t\n\r", *t->p)) {
		if (*t->p == '\n' || *t->p == '\r')
			line_break(t, false);
		else
			t->p++;
	}
	return true;
}

/* Closing quotes: up to two of them may stand right before the three that close. */
static bool closes(struct toml *t, char quote)
{
	size_t n = 0;

	while (t->p + n < t->end && t->p[n] == quote && n < 5)
		n++;
	if (n < 3) {
		strbuf_addn(&t->scratch, quote, n);
		t->p += n;
		return false;
	}
	strbuf_addn(&t->scratch, quote, n - 3);
	t->p += n;
	return true;
}

static int multiline_string(struct toml *t, char quote)
{
	struct pos open = toml_pos(t, t->p);

	t->p += 3;
	if (t->p < t->end && (*t->p == '\n' || *t->p == '\r'))
		line_break(t, false);
	for (;;) {
		plain(t, quote);
		if (t->p >= t->end)
			return toml_fail(t, open, "string of several lines is not closed");
		if (*t->p == quote) {
			if (closes(t, quote))
				return 0;
		} else if (*t->p != '\\') {
			line_break(t, true);
		} else if (!line_ending_backslash(t) && escape(t) < 0) {
			return -1;
		}
	}
}

int toml_string(struct toml *t, bool single)
{
	char quote = *t->p;

	strbuf_reset(&t->scratch);
	if (looking_at(t, quote == '"' ? "\"\"\"" : "'''")) {
		if (single)
			return toml_fail(
			        t, toml_pos(t, t->p), "a key cannot be a string of several lines");
		return multiline_string(t, quote);
	}
	return quote == '"' ? basic_string(t) : literal_string(t);
}

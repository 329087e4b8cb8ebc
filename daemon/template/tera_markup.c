/* Filters of strings that are markup, or become part of one. */
#include "daemon/template/tera_priv.h"
#include "daemon/template/unicode.h"

/* ---- single characters ---- */

struct escape {
	char c;
	const char *text;
};

static int escape_with(struct call *c, const struct escape *table, size_t n, struct tvalue *out)
{
	const char *texts[256] = { NULL };
	struct tvalue s;

	if (call_input_string(c, &s) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		texts[(unsigned char)table[i].c] = table[i].text;

	struct tbuf *b = call_buf(c);

	for (size_t i = 0; i < s.len; i++) {
		const char *text = texts[(unsigned char)s.s[i]];

		if (text)
			tbuf_adds(b, text);
		else
			tbuf_addc(b, s.s[i]);
	}
	return call_give(c, b, out);
}

int tera_filter_escape(struct call *c, struct tvalue *out)
{
	static const struct escape table[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&quot;" }, { '\'', "&#x27;" }, { '/', "&#x2F;" } };

	return escape_with(c, table, ARRAY_LEN(table), out);
}

int tera_filter_escape_xml(struct call *c, struct tvalue *out)
{
	static const struct escape table[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&quot;" }, { '\'', "&apos;" } };

	return escape_with(c, table, ARRAY_LEN(table), out);
}

int tera_filter_addslashes(struct call *c, struct tvalue *out)
{
	static const struct escape table[] = { { '\\', "\\\\" }, { '"', "\\\"" }, { '\'', "\\'" } };

	return escape_with(c, table, ARRAY_LEN(table), out);
}

static bool is_alphanumeric(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
}

/* Every byte that is neither a letter or digit of ASCII nor in kept. */
static int percent_encode(struct call *c, const char *kept, struct tvalue *out)
{
	static const char hex[] = "0123456789ABCDEF";
	struct tvalue s;

	if (call_input_string(c, &s) < 0)
		return -1;

	struct tbuf *b = call_buf(c);

	for (size_t i = 0; i < s.len; i++) {
		unsigned char ch = (unsigned char)s.s[i];
		const char code[3] = { '%', hex[ch >> 4], hex[ch & 15] };

		if (is_alphanumeric(s.s[i]) || (ch && strchr(kept, ch)))
			tbuf_addc(b, s.s[i]);
		else
			tbuf_add(b, code, sizeof(code));
	}
	return call_give(c, b, out);
}

int tera_filter_urlencode(struct call *c, struct tvalue *out)
{
	return percent_encode(c, "-_.~/%", out);
}

int tera_filter_urlencode_strict(struct call *c, struct tvalue *out)
{
	return percent_encode(c, "", out);
}

/* ---- lines ---- */

int tera_filter_linebreaksbr(struct call *c, struct tvalue *out)
{
	struct tvalue s;

	if (call_input_string(c, &s) < 0)
		return -1;

	struct tbuf *b = call_buf(c);

	for (size_t i = 0; i < s.len; i++) {
		if (s.s[i] == '\r' && i + 1 < s.len && s.s[i + 1] == '\n')
			continue;
		if (s.s[i] == '\n')
			tbuf_adds(b, "<br>");
		else
			tbuf_addc(b, s.s[i]);
	}
	return call_give(c, b, out);
}

static bool is_blank(const char *p, size_t n)
{
	uint32_t cp;

	for (size_t at = 0; at < n;) {
		at += unicode_next(p + at, n - at, &cp);
		if (!unicode_is_space(cp))
			return false;
	}
	return true;
}

int tera_filter_indent(struct call *c, struct tvalue *out)
{
	struct tvalue s, prefix = TVALUE_STR("    ");
	bool first = false, blank = false;

	if (call_input_string(c, &s) < 0 || call_arg_string(c, "prefix", &prefix) < 0 ||
	        call_arg_bool(c, "first", &first) < 0 || call_arg_bool(c, "blank", &blank) < 0)
		return -1;

	struct tbuf *b = call_buf(c);

	for (size_t at = 0, next; at < s.len; at = next) {
		const char *lf = memchr(s.s + at, '\n', s.len - at);
		size_t end = lf ? (size_t)(lf - s.s) : s.len;

		next = lf ? end + 1 : end;
		if (lf && end > at && s.s[end - 1] == '\r')
			end--;
		if (at > 0)
			tbuf_addc(b, '\n');
		if (at == 0 ? first : blank || !is_blank(s.s + at, end - at))
			tbuf_add(b, prefix.s, prefix.len);
		tbuf_add(b, s.s + at, end - at);
	}
	return call_give(c, b, out);
}

/* ---- tags ---- */

/* What was searched for in vain is not searched for again, so that many openings without an end
 * cost no more than one. */
struct tag_scan {
	const char *end;
	const char *no_comment_until; /* no "-->" from here back to the last search */
	bool no_close;                /* no '>' to the end of the text */
};

/* The end of a comment that begins at p: on the same line. NULL: none. */
static const char *comment_end(struct tag_scan *t, const char *p)
{
	const char *lf, *hit;

	if (t->end - p < 4 || memcmp(p, "<!--", 4) != 0 || p + 4 <= t->no_comment_until)
		return NULL;
	p += 4;
	lf = memchr(p, '\n', (size_t)(t->end - p));
	if (!lf)
		lf = t->end;
	hit = memmem(p, (size_t)(lf - p), "-->", 3);
	if (!hit)
		t->no_comment_until = lf;
	return hit ? hit + 3 : NULL;
}

static const char *tag_end(struct tag_scan *t, const char *p)
{
	const char *hit = comment_end(t, p);

	if (hit || t->no_close)
		return hit;
	hit = memchr(p, '>', (size_t)(t->end - p));
	t->no_close = !hit;
	return hit ? hit + 1 : NULL;
}

int tera_filter_striptags(struct call *c, struct tvalue *out)
{
	struct tvalue s;

	if (call_input_string(c, &s) < 0)
		return -1;

	struct tbuf *b = call_buf(c);
	struct tag_scan t = { .end = s.s + s.len };

	for (const char *p = s.s, *end; p < t.end; p = end) {
		end = *p == '<' ? tag_end(&t, p) : NULL;
		if (!end) {
			end = p + 1;
			tbuf_addc(b, *p);
		}
	}
	return call_give(c, b, out);
}

/* Bytes of white space at p when a tag begins behind it, else 0. */
static size_t gap_length(const char *p, size_t n)
{
	uint32_t cp;
	size_t at = 0;

	while (at < n) {
		size_t len = unicode_next(p + at, n - at, &cp);

		if (!unicode_is_space(cp))
			return cp == '<' ? at : 0;
		at += len;
	}
	return 0;
}

int tera_filter_spaceless(struct call *c, struct tvalue *out)
{
	struct tvalue s;

	if (call_input_string(c, &s) < 0)
		return -1;

	struct tbuf *b = call_buf(c);

	for (size_t i = 0; i < s.len; i++) {
		tbuf_addc(b, s.s[i]);
		if (s.s[i] == '>')
			i += gap_length(s.s + i + 1, s.len - i - 1);
	}
	return call_give(c, b, out);
}

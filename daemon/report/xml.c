#include "daemon/report/xml_priv.h"

#include "common/utf8.h"

/* Length of ESC [ ... m at s, 0 when there is none. */
static size_t colour_length(const char *s, size_t n)
{
	size_t i = 2;

	if (n < 3 || s[0] != '\x1b' || s[1] != '[')
		return 0;
	while (i < n && ((s[i] >= '0' && s[i] <= '9') || s[i] == ';' || s[i] == ':'))
		i++;
	return i < n && s[i] == 'm' ? i + 1 : 0;
}

static const char *entity(uint32_t cp, bool attribute)
{
	switch (cp) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\r':
		return "&#13;";
	case '\t':
		return attribute ? "&#9;" : NULL;
	case '\n':
		return attribute ? "&#10;" : NULL;
	default:
		return NULL;
	}
}

/* Char of XML 1.0, section 2.2; decoding has refused surrogates already. */
static bool is_xml_char(uint32_t cp)
{
	return cp == '\t' || cp == '\n' || cp == '\r' ||
	       (cp >= 0x20 && cp != 0xfffe && cp != 0xffff);
}

static void add_escaped(struct strbuf *out, const char *s, size_t n, bool attribute)
{
	for (size_t i = 0; i < n;) {
		uint32_t cp = 0;
		size_t len = colour_length(s + i, n - i);
		const char *name;

		if (len > 0) {
			i += len;
			continue;
		}
		len = utf8_decode(s + i, n - i, &cp);
		if (len == 0 || (!is_xml_char(cp) && cp < 0x20)) {
			strbuf_printf(out, "\\x%02x", (unsigned char)s[i++]);
			continue;
		}
		if (!is_xml_char(cp))
			strbuf_printf(out, "\\u%04x", cp);
		else if ((name = entity(cp, attribute)) != NULL)
			strbuf_adds(out, name);
		else
			strbuf_add(out, s + i, len);
		i += len;
	}
}

void xml_text(struct strbuf *out, const char *s, size_t n)
{
	add_escaped(out, s, n, false);
}

void xml_attr(struct strbuf *out, const char *name, const char *value)
{
	strbuf_printf(out, " %s=\"", name);
	add_escaped(out, value, strlen(value), true);
	strbuf_addc(out, '"');
}

void xml_attr_uint(struct strbuf *out, const char *name, unsigned long v)
{
	strbuf_printf(out, " %s=\"%lu\"", name, v);
}

void xml_attr_seconds(struct strbuf *out, const char *name, double ms)
{
	strbuf_printf(out, " %s=\"%.3f\"", name, ms > 0 ? ms / 1000 : 0.0);
}

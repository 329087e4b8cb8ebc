/* The parts of strbuf.h that decode text; a program that does not is linked without them. */
#include "common/strbuf.h"
#include "common/utf8.h"

#define REPLACEMENT "\xEF\xBF\xBD"

/* How many bytes at p (ill-formed there) one U+FFFD stands for: the maximal subpart, that is the
 * longest prefix of some well-formed sequence, or one byte. */
static size_t maximal_subpart(const unsigned char *p, size_t n)
{
	unsigned char lead = p[0], lo = 0x80, hi = 0xBF;
	size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;

	if (lead < 0xC2 || lead > 0xF4)
		return 1;
	if (lead == 0xE0)
		lo = 0xA0;
	else if (lead == 0xED)
		hi = 0x9F;
	else if (lead == 0xF0)
		lo = 0x90;
	else if (lead == 0xF4)
		hi = 0x8F;

	size_t i = 1;

	for (; i < want && i < n && p[i] >= lo && p[i] <= hi; i++) {
		lo = 0x80;
		hi = 0xBF;
	}
	return i;
}

static void add_replaced(struct strbuf *b, const char *p, size_t n)
{
	while (n > 0) {
		size_t good = utf8_valid_prefix(p, n);

		strbuf_add(b, p, good);
		p += good;
		n -= good;
		if (n == 0)
			break;

		size_t bad = maximal_subpart((const unsigned char *)p, n);

		strbuf_adds(b, REPLACEMENT);
		p += bad;
		n -= bad;
	}
}

void strbuf_add_utf8(struct strbuf *b, const void *p, size_t n)
{
	add_replaced(b, p, n);
}

static bool is_hidden(unsigned char c)
{
	return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
}

/* U+0080 to U+009F are control characters too; a terminal may take U+009B for an escape sequence.
 */
static bool is_c1(const unsigned char *p, size_t n)
{
	return n >= 2 && p[0] == 0xC2 && p[1] < 0xA0 && p[1] >= 0x80;
}

void strbuf_add_visible(struct strbuf *b, const void *data, size_t n)
{
	const char *p = data;
	size_t start = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (is_hidden(c)) {
			add_replaced(b, p + start, i - start);
			strbuf_addc(b, '^');
			strbuf_addc(b, (char)(c ^ 0x40));
			start = i + 1;
		} else if (is_c1((const unsigned char *)p + i, n - i)) {
			add_replaced(b, p + start, i - start);
			strbuf_printf(b, "<U+%04X>", (unsigned char)p[i + 1]);
			start = ++i + 1;
		}
	}
	add_replaced(b, p + start, n - start);
}

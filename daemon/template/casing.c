#include "daemon/template/casing.h"

#include <stdbool.h>
#include <stdint.h>

#include "common/strbuf.h"
#include "common/utf8.h"

enum kind { SEPARATOR, LOWER, UPPER, DIGIT, LETTER /* without case */ };

/* Blocks beyond ASCII that hold no letters and no numbers, as far as names have them. */
static const struct {
	uint32_t from, to;
} separators[] = {
	{ 0x80, 0xa9 },
	{ 0xab, 0xb1 },
	{ 0xb4, 0xb4 },
	{ 0xb6, 0xb8 },
	{ 0xbb, 0xbb },
	{ 0xbf, 0xbf },
	{ 0xd7, 0xd7 },
	{ 0xf7, 0xf7 },
	{ 0x2000, 0x206f },
	{ 0x20a0, 0x20ff },
	{ 0x2190, 0x245f },
	{ 0x2500, 0x2775 },
	{ 0x2794, 0x2bff },
	{ 0x2e00, 0x2fff },
	{ 0x3000, 0x3004 },
	{ 0x3008, 0x3020 },
	{ 0xe000, 0xf8ff },
	{ 0xfe10, 0xfe6f },
	{ 0xff01, 0xff0f },
	{ 0x1f000, 0x1f0ff },
	{ 0x1f300, 0x1faff },
};

static enum kind kind_of(uint32_t cp)
{
	if (cp >= 'a' && cp <= 'z')
		return LOWER;
	if (cp >= 'A' && cp <= 'Z')
		return UPPER;
	if (cp >= '0' && cp <= '9')
		return DIGIT;
	if (cp < 0x80)
		return SEPARATOR;
	for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]); i++)
		if (cp >= separators[i].from && cp <= separators[i].to)
			return SEPARATOR;
	return LETTER;
}

struct letter {
	const char *s;
	size_t len; /* 0 at the end */
	enum kind kind;
};

static struct letter letter_at(const char *s, const char *end)
{
	struct letter l = { .s = s };
	uint32_t cp = 0;

	if (s < end) {
		l.len = utf8_decode(s, (size_t)(end - s), &cp);
		l.len = l.len ? l.len : 1;
		l.kind = kind_of(cp);
	}
	return l;
}

static void put(struct strbuf *out, const struct letter *l, enum kind as)
{
	if (as == LOWER && l->kind == UPPER)
		strbuf_addc(out, (char)(*l->s + ('a' - 'A')));
	else if (as == UPPER && l->kind == LOWER)
		strbuf_addc(out, (char)(*l->s - ('a' - 'A')));
	else
		strbuf_add(out, l->s, l->len);
}

static void separate(const char *s, size_t len, char separator, struct strbuf *out)
{
	const char *end = s + len;
	enum kind before = SEPARATOR;
	bool wanted = false, first = true;

	for (struct letter l = letter_at(s, end), next; l.len; l = next) {
		next = letter_at(l.s + l.len, end);
		wanted |= l.kind == SEPARATOR;
		if (l.kind != SEPARATOR) {
			wanted |= (l.kind == UPPER || l.kind == DIGIT) &&
			          (before == LOWER || next.kind == LOWER);
			if (wanted && !first)
				strbuf_addc(out, separator);
			put(out, &l, LOWER);
			wanted = first = false;
		}
		before = l.kind;
	}
}

void casing_kebab(const char *s, size_t len, struct strbuf *out)
{
	separate(s, len, '-', out);
}

void casing_snake(const char *s, size_t len, struct strbuf *out)
{
	separate(s, len, '_', out);
}

static void join(const char *s, size_t len, bool up, struct strbuf *out)
{
	const char *end = s + len;
	enum kind last = SEPARATOR; /* of the last letter that was made lower case */
	bool first = true;

	for (struct letter l = letter_at(s, end); l.len; l = letter_at(l.s + l.len, end)) {
		if (l.kind == SEPARATOR) {
			up |= !first;
			continue;
		}
		first = false;
		if (l.kind == DIGIT) {
			put(out, &l, DIGIT);
			up = true;
		} else if (up || (last == LOWER && l.kind == UPPER)) {
			put(out, &l, UPPER);
			up = false;
		} else {
			put(out, &l, LOWER);
			last = l.kind;
		}
	}
}

void casing_camel(const char *s, size_t len, struct strbuf *out)
{
	join(s, len, false, out);
}

void casing_pascal(const char *s, size_t len, struct strbuf *out)
{
	join(s, len, true, out);
}

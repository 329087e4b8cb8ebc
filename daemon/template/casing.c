#include "daemon/template/casing.h"

#include <stdbool.h>
#include <stdint.h>

#include "common/strbuf.h"
#include "common/utf8.h"
#include "daemon/template/unicode.h"

enum kind { SEPARATOR, LOWER, UPPER, DIGIT, LETTER /* without case */ };

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
	if (!unicode_is_word(cp))
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

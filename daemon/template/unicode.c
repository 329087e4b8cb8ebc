#include <stdlib.h>

#include "common/utf8.h"
#include "daemon/template/unicode.h"
#include "daemon/template/unicode_priv.h"

#define HANGUL_FIRST 0xAC00u
#define HANGUL_LAST 0xD7A3u
#define HANGUL_FINALS 28u /* syllables with the same begin; the first of them has no end */
#define SIGMA 0x3A3u
#define FINAL_SIGMA 0x3C2u

/* Every row of the tables begins with `from` and `to`. */
static int compare(const void *key, const void *row)
{
	uint32_t cp = *(const uint32_t *)key;
	const struct unicode_range *r = row;

	return cp < r->from ? -1 : cp > r->to;
}

static int compare_special(const void *key, const void *row)
{
	uint32_t cp = *(const uint32_t *)key;
	const struct unicode_special *s = row;

	return cp < s->from ? -1 : cp > s->from;
}

static bool within(uint32_t cp, const struct unicode_range *table, size_t n)
{
	return bsearch(&cp, table, n, sizeof(*table), compare) != NULL;
}

bool unicode_is_space(uint32_t cp)
{
	static const struct unicode_range spaces[] = { { 9, 13 }, { ' ', ' ' }, { 0x85, 0x85 },
		{ 0xA0, 0xA0 }, { 0x1680, 0x1680 }, { 0x2000, 0x200A }, { 0x2028, 0x2029 },
		{ 0x202F, 0x202F }, { 0x205F, 0x205F }, { 0x3000, 0x3000 } };

	if (cp < 0x80)
		return cp == ' ' || (cp >= 9 && cp <= 13);
	return within(cp, spaces, sizeof(spaces) / sizeof(*spaces));
}

bool unicode_is_word(uint32_t cp)
{
	return within(cp, unicode_word, unicode_n_word);
}

size_t unicode_next(const char *p, size_t n, uint32_t *cp)
{
	size_t len;

	if ((unsigned char)*p < 0x80) {
		*cp = (unsigned char)*p;
		return 1;
	}
	len = utf8_decode(p, n, cp);
	if (len == 0) {
		*cp = 0xFFFD;
		return 1;
	}
	return len;
}

size_t unicode_last(const char *p, size_t n, uint32_t *cp)
{
	for (size_t len = 2; len <= 4 && len <= n; len++)
		if (((unsigned char)p[n - 1] & 0xC0) == 0x80 &&
		        utf8_decode(p + n - len, len, cp) == len)
			return len;
	return unicode_next(p + n - 1, 1, cp);
}

/* ---- grapheme clusters ---- */

static enum unicode_class class_of(uint32_t cp)
{
	const struct unicode_break *b;

	if (cp >= ' ' && cp < 0x7F)
		return BREAK_OTHER;
	if (cp >= HANGUL_FIRST && cp <= HANGUL_LAST)
		return (cp - HANGUL_FIRST) % HANGUL_FINALS == 0 ? BREAK_LV : BREAK_LVT;
	b = bsearch(&cp, unicode_breaks, unicode_n_breaks, sizeof(*unicode_breaks), compare);
	return b ? b->class : BREAK_OTHER;
}

#define ALL 0xFFFFFFFFu
#define C(class) (1u << BREAK_##class)
#define TAIL (C(EXTEND) | C(ZWJ) | C(MARK)) /* joins what is before it: GB9, GB9a */
#define CONTROLS (C(CR) | C(LF) | C(CONTROL))

/* What may follow a class without a break, where the pair alone decides. */
static const uint32_t joined[BREAK_N] = {
	[BREAK_OTHER] = TAIL,
	[BREAK_CR] = C(LF), /* GB3; GB4 else */
	[BREAK_EXTEND] = TAIL,
	[BREAK_ZWJ] = TAIL,
	[BREAK_FLAG] = TAIL,
	[BREAK_PREPEND] = ALL & ~CONTROLS, /* GB9b */
	[BREAK_MARK] = TAIL,
	[BREAK_L] = TAIL | C(L) | C(V) | C(LV) | C(LVT), /* GB6 */
	[BREAK_V] = TAIL | C(V) | C(T),                  /* GB7 */
	[BREAK_LV] = TAIL | C(V) | C(T),
	[BREAK_T] = TAIL | C(T), /* GB8 */
	[BREAK_LVT] = TAIL | C(T),
	[BREAK_PICTURE] = TAIL,
};

size_t unicode_grapheme(const char *p, size_t n)
{
	uint32_t cp;
	size_t at = unicode_next(p, n, &cp);
	enum unicode_class last = class_of(cp);
	bool picture = last == BREAK_PICTURE; /* a picture, then only extenders: GB11 */
	bool odd_flag = last == BREAK_FLAG;   /* GB12, GB13 */

	while (at < n) {
		size_t len = unicode_next(p + at, n - at, &cp);
		enum unicode_class next = class_of(cp);
		bool join = (joined[last] & (1u << next)) != 0;

		if (last == BREAK_ZWJ && next == BREAK_PICTURE)
			join = picture;
		if (last == BREAK_FLAG && next == BREAK_FLAG)
			join = odd_flag;
		if (!join)
			break;
		picture = next == BREAK_PICTURE ||
		          (picture && (next == BREAK_EXTEND || next == BREAK_ZWJ));
		odd_flag = next == BREAK_FLAG && !(last == BREAK_FLAG && odd_flag);
		last = next;
		at += len;
	}
	return at;
}

/* ---- case ---- */

static void add(uint32_t cp, struct tbuf *out)
{
	char bytes[4];

	tbuf_add(out, bytes, utf8_encode(cp, bytes));
}

struct casing {
	const struct unicode_shift *shift;
	const struct unicode_special *special;
	size_t n_shift, n_special;
};

static void add_mapped(uint32_t cp, const struct casing *c, struct tbuf *out)
{
	const struct unicode_special *s =
	        bsearch(&cp, c->special, c->n_special, sizeof(*c->special), compare_special);
	const struct unicode_shift *r;

	if (s) {
		for (size_t i = 0; i < sizeof(s->to) / sizeof(*s->to) && s->to[i]; i++)
			add(s->to[i], out);
		return;
	}
	r = bsearch(&cp, c->shift, c->n_shift, sizeof(*c->shift), compare);
	if (r && (cp - r->from) % r->step == 0)
		cp = (uint32_t)((int32_t)cp + r->by);
	add(cp, out);
}

void unicode_upper(const char *p, size_t n, struct tbuf *out)
{
	const struct casing c = { unicode_upper_shift, unicode_upper_special, unicode_n_upper_shift,
		unicode_n_upper_special };
	uint32_t cp;

	for (size_t at = 0, len; at < n; at += len) {
		len = unicode_next(p + at, n - at, &cp);
		if (cp < 0x80)
			tbuf_addc(out, (char)(cp >= 'a' && cp <= 'z' ? cp - 'a' + 'A' : cp));
		else
			add_mapped(cp, &c, out);
	}
}

/* Whether the nearest character to one side that does not count as part of another (apostrophes,
 * accents) has case. */
static bool cased_before(const char *p, size_t n)
{
	uint32_t cp;

	while (n > 0) {
		n -= unicode_last(p, n, &cp);
		if (!within(cp, unicode_case_ignorable, unicode_n_case_ignorable))
			return within(cp, unicode_cased, unicode_n_cased);
	}
	return false;
}

static bool cased_after(const char *p, size_t n)
{
	uint32_t cp;

	for (size_t at = 0; at < n;) {
		at += unicode_next(p + at, n - at, &cp);
		if (!within(cp, unicode_case_ignorable, unicode_n_case_ignorable))
			return within(cp, unicode_cased, unicode_n_cased);
	}
	return false;
}

void unicode_lower(const char *p, size_t n, struct tbuf *out)
{
	const struct casing c = { unicode_lower_shift, unicode_lower_special, unicode_n_lower_shift,
		unicode_n_lower_special };
	uint32_t cp;

	for (size_t at = 0, len; at < n; at += len) {
		len = unicode_next(p + at, n - at, &cp);
		if (cp < 0x80)
			tbuf_addc(out, (char)(cp >= 'A' && cp <= 'Z' ? cp - 'A' + 'a' : cp));
		else if (cp == SIGMA && cased_before(p, at) &&
		         !cased_after(p + at + len, n - at - len))
			add(FINAL_SIGMA, out);
		else
			add_mapped(cp, &c, out);
	}
}

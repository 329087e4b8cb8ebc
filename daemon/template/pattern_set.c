#include <stdlib.h>

#include "daemon/template/pattern_priv.h"
#include "daemon/template/unicode.h"

void charset_add(struct charset *s, uint32_t from, uint32_t to)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 4;
		s->ranges = xreallocarray(s->ranges, s->cap, sizeof(*s->ranges));
	}
	s->ranges[s->n++] = (struct unicode_range){ from, to };
}

void charset_release(struct charset *s)
{
	free(s->ranges);
	*s = (struct charset){ .ranges = NULL };
}

static int compare(const void *a, const void *b)
{
	const struct unicode_range *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

void charset_tidy(struct charset *s)
{
	size_t n = 0;

	if (s->n < 2)
		return;
	qsort(s->ranges, s->n, sizeof(*s->ranges), compare);
	for (size_t i = 1; i < s->n; i++) {
		struct unicode_range *last = &s->ranges[n], r = s->ranges[i];

		if (r.from <= last->to + 1)
			last->to = r.to > last->to ? r.to : last->to;
		else
			s->ranges[++n] = r;
	}
	s->n = n + 1;
}

bool charset_has(const struct charset *s, uint32_t cp)
{
	size_t from = 0, to = s->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (cp > s->ranges[mid].to)
			from = mid + 1;
		else if (cp < s->ranges[mid].from)
			to = mid;
		else
			return true;
	}
	return false;
}

void charset_union(struct charset *s, const struct charset *with)
{
	for (size_t i = 0; i < with->n; i++)
		charset_add(s, with->ranges[i].from, with->ranges[i].to);
	charset_tidy(s);
}

void charset_negate(struct charset *s)
{
	struct charset out = { .ranges = NULL };
	uint32_t next = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (s->ranges[i].from > next)
			charset_add(&out, next, s->ranges[i].from - 1);
		next = s->ranges[i].to + 1;
	}
	if (next <= MAX_CODE_POINT)
		charset_add(&out, next, MAX_CODE_POINT);
	charset_release(s);
	*s = out;
}

void charset_intersect(struct charset *s, const struct charset *with)
{
	struct charset out = { .ranges = NULL };

	for (size_t i = 0, j = 0; i < s->n && j < with->n;) {
		struct unicode_range a = s->ranges[i], b = with->ranges[j];
		uint32_t from = a.from > b.from ? a.from : b.from;
		uint32_t to = a.to < b.to ? a.to : b.to;

		if (from <= to)
			charset_add(&out, from, to);
		if (a.to < b.to)
			i++;
		else
			j++;
	}
	charset_release(s);
	*s = out;
}

static struct charset copy(const struct charset *s)
{
	struct charset out = { .ranges = NULL };

	charset_union(&out, s);
	return out;
}

void charset_subtract(struct charset *s, const struct charset *with)
{
	AUTO_CHARSET others = copy(with);

	charset_negate(&others);
	charset_intersect(s, &others);
}

void charset_differ(struct charset *s, const struct charset *with)
{
	AUTO_CHARSET both = copy(s);

	charset_intersect(&both, with);
	charset_union(s, with);
	charset_subtract(s, &both);
}

/* ---- case ---- */

/* Code points that one of a table of shifts maps into the set, or out of it. */
static void fold_by(
        const struct charset *s, const struct unicode_shift *shifts, size_t n, struct charset *more)
{
	for (size_t i = 0; i < n; i++) {
		for (uint32_t cp = shifts[i].from; cp <= shifts[i].to; cp += shifts[i].step) {
			uint32_t other = (uint32_t)((int32_t)cp + shifts[i].by);

			if (charset_has(s, cp) && !charset_has(s, other))
				charset_add(more, other, other);
			if (charset_has(s, other) && !charset_has(s, cp))
				charset_add(more, cp, cp);
		}
	}
}

void charset_fold(struct charset *s)
{
	static const struct unicode_shift ascii = { 'a', 'z', 1, -32 };

	/* Twice: from long s to S, and from there to s. */
	for (int i = 0; i < 2; i++) {
		AUTO_CHARSET more = { .ranges = NULL };

		fold_by(s, &ascii, 1, &more);
		fold_by(s, unicode_upper_shift, unicode_n_upper_shift, &more);
		fold_by(s, unicode_lower_shift, unicode_n_lower_shift, &more);
		charset_union(s, &more);
	}
}

/* ---- names ---- */

static void add_category(struct charset *s, unsigned first, unsigned last)
{
	for (size_t i = 0; i < unicode_n_categories; i++) {
		const struct unicode_category *c = &unicode_categories[i];

		if (c->category < first || c->category > last)
			continue;
		if (c->step == 1)
			charset_add(s, c->from, c->to);
		else
			for (uint32_t cp = c->from; cp <= c->to; cp += c->step)
				charset_add(s, cp, cp);
	}
	charset_tidy(s);
}

static bool same_name(const char *a, size_t n, const char *b)
{
	size_t at = 0;

	/* Case, blanks, '-' and '_' do not count. */
	for (size_t i = 0; i < n; i++) {
		char c = a[i] >= 'A' && a[i] <= 'Z' ? (char)(a[i] - 'A' + 'a') : a[i];

		if (c == ' ' || c == '_' || c == '-')
			continue;
		if (c == '\0' || b[at++] != c)
			return false;
	}
	return b[at] == '\0';
}

/* Categories by short and long name; groups are runs of the enum. */
static const struct property {
	const char *names[3];
	uint8_t first, last;
} properties[] = {
	{ { "l", "letter", NULL }, CATEGORY_LL, CATEGORY_LU },
	{ { "ll", "lowercaseletter", "lowercase" }, CATEGORY_LL, CATEGORY_LL },
	{ { "lm", "modifierletter", NULL }, CATEGORY_LM, CATEGORY_LM },
	{ { "lo", "otherletter", NULL }, CATEGORY_LO, CATEGORY_LO },
	{ { "lt", "titlecaseletter", NULL }, CATEGORY_LT, CATEGORY_LT },
	{ { "lu", "uppercaseletter", "uppercase" }, CATEGORY_LU, CATEGORY_LU },
	{ { "m", "mark", "combiningmark" }, CATEGORY_MC, CATEGORY_MN },
	{ { "mc", "spacingmark", NULL }, CATEGORY_MC, CATEGORY_MC },
	{ { "me", "enclosingmark", NULL }, CATEGORY_ME, CATEGORY_ME },
	{ { "mn", "nonspacingmark", NULL }, CATEGORY_MN, CATEGORY_MN },
	{ { "n", "number", NULL }, CATEGORY_ND, CATEGORY_NO },
	{ { "nd", "decimalnumber", "digit" }, CATEGORY_ND, CATEGORY_ND },
	{ { "nl", "letternumber", NULL }, CATEGORY_NL, CATEGORY_NL },
	{ { "no", "othernumber", NULL }, CATEGORY_NO, CATEGORY_NO },
	{ { "p", "punctuation", "punct" }, CATEGORY_PC, CATEGORY_PS },
	{ { "pc", "connectorpunctuation", NULL }, CATEGORY_PC, CATEGORY_PC },
	{ { "pd", "dashpunctuation", NULL }, CATEGORY_PD, CATEGORY_PD },
	{ { "pe", "closepunctuation", NULL }, CATEGORY_PE, CATEGORY_PE },
	{ { "pf", "finalpunctuation", NULL }, CATEGORY_PF, CATEGORY_PF },
	{ { "pi", "initialpunctuation", NULL }, CATEGORY_PI, CATEGORY_PI },
	{ { "po", "otherpunctuation", NULL }, CATEGORY_PO, CATEGORY_PO },
	{ { "ps", "openpunctuation", NULL }, CATEGORY_PS, CATEGORY_PS },
	{ { "s", "symbol", NULL }, CATEGORY_SC, CATEGORY_SO },
	{ { "sc", "currencysymbol", NULL }, CATEGORY_SC, CATEGORY_SC },
	{ { "sk", "modifiersymbol", NULL }, CATEGORY_SK, CATEGORY_SK },
	{ { "sm", "mathsymbol", NULL }, CATEGORY_SM, CATEGORY_SM },
	{ { "so", "othersymbol", NULL }, CATEGORY_SO, CATEGORY_SO },
	{ { "z", "separator", NULL }, CATEGORY_ZL, CATEGORY_ZS },
	{ { "zl", "lineseparator", NULL }, CATEGORY_ZL, CATEGORY_ZL },
	{ { "zp", "paragraphseparator", NULL }, CATEGORY_ZP, CATEGORY_ZP },
	{ { "zs", "spaceseparator", NULL }, CATEGORY_ZS, CATEGORY_ZS },
	{ { "cc", "control", "cntrl" }, CATEGORY_CC, CATEGORY_CC },
	{ { "cf", "format", NULL }, CATEGORY_CF, CATEGORY_CF },
};

static const struct property *find_property(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(properties); i++) {
		const struct property *p = &properties[i];

		for (size_t k = 0; k < ARRAY_LEN(p->names) && p->names[k]; k++)
			if (same_name(name, len, p->names[k]))
				return p;
	}
	return NULL;
}

bool charset_property(struct charset *s, const char *name, size_t len)
{
	const struct property *p = find_property(name, len);

	if (p)
		add_category(s, p->first, p->last);
	else if (same_name(name, len, "any"))
		charset_add(s, 0, MAX_CODE_POINT);
	else if (same_name(name, len, "ascii"))
		charset_add(s, 0, 0x7F);
	else if (same_name(name, len, "whitespace"))
		charset_perl(s, 's', true);
	else
		return false;
	charset_tidy(s);
	return true;
}

static void add_text(struct charset *s, const char *pairs)
{
	for (; *pairs; pairs += 2)
		charset_add(s, (unsigned char)pairs[0], (unsigned char)pairs[1]);
	charset_tidy(s);
}

bool charset_posix(struct charset *s, const char *name, size_t len)
{
	static const struct {
		const char *name, *pairs;
	} classes[] = {
		{ "alnum", "09AZaz" },
		{ "alpha", "AZaz" },
		{ "ascii", "\x01\x7f" },
		{ "blank", "\t\t  " },
		{ "cntrl", "\x01\x1f\x7f\x7f" },
		{ "digit", "09" },
		{ "graph", "!~" },
		{ "lower", "az" },
		{ "print", " ~" },
		{ "punct", "!/:@[`{~" },
		{ "space", "\t\r  " },
		{ "upper", "AZ" },
		{ "word", "09AZaz__" },
		{ "xdigit", "09AFaf" },
	};

	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (strlen(classes[i].name) != len || memcmp(name, classes[i].name, len) != 0)
			continue;
		add_text(s, classes[i].pairs);
		/* A text cannot name the character 0. */
		if (classes[i].pairs[0] == '\x01')
			charset_add(s, 0, 0);
		charset_tidy(s);
		return true;
	}
	return false;
}

static void add_perl(struct charset *s, char letter)
{
	if (letter == 'd') {
		add_category(s, CATEGORY_ND, CATEGORY_ND);
	} else if (letter == 'w') {
		for (size_t i = 0; i < unicode_n_word; i++)
			charset_add(s, unicode_word[i].from, unicode_word[i].to);
	} else {
		for (uint32_t cp = 0; cp <= 0x3000; cp++)
			if (unicode_is_space(cp))
				charset_add(s, cp, cp);
	}
}

void charset_perl(struct charset *s, char letter, bool unicode)
{
	static const char *const ascii[] = { ['d'] = "09", ['s'] = "\t\r  ", ['w'] = "09AZaz__" };

	if (unicode)
		add_perl(s, letter);
	else
		add_text(s, ascii[(unsigned char)letter]);
	charset_tidy(s);
}

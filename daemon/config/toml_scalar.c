#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config/toml_priv.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- dates ---- */

/* n digits at *p as a number within [min, max]; *p moves behind them. */
static bool digits(const char **p, const char *end, unsigned n, int min, int max, int *out)
{
	int v = 0;

	if (end - *p < (ptrdiff_t)n)
		return false;
	for (unsigned i = 0; i < n; i++) {
		if (!is_digit((*p)[i]))
			return false;
		v = v * 10 + ((*p)[i] - '0');
	}
	*p += n;
	*out = v;
	return v >= min && v <= max;
}

static bool one(const char **p, const char *end, const char *of)
{
	if (*p >= end || !strchr(of, **p))
		return false;
	(*p)++;
	return true;
}

static int days_of(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool date(const char **p, const char *end)
{
	int y, m, d;

	return digits(p, end, 4, 0, 9999, &y) && one(p, end, "-") && digits(p, end, 2, 1, 12, &m) &&
	       one(p, end, "-") && digits(p, end, 2, 1, days_of(y, m), &d);
}

static bool clock_time(const char **p, const char *end)
{
	int v;

	/* A leap second may be written (RFC 3339 section 5.6). */
	if (!digits(p, end, 2, 0, 23, &v) || !one(p, end, ":") || !digits(p, end, 2, 0, 59, &v) ||
	        !one(p, end, ":") || !digits(p, end, 2, 0, 60, &v))
		return false;
	if (!one(p, end, "."))
		return true;
	if (*p >= end || !is_digit(**p))
		return false;
	while (*p < end && is_digit(**p))
		(*p)++;
	return true;
}

static bool offset(const char **p, const char *end)
{
	int v;

	return one(p, end, "Zz") || (one(p, end, "+-") && digits(p, end, 2, 0, 23, &v) &&
	                                    one(p, end, ":") && digits(p, end, 2, 0, 59, &v));
}

/* The token that begins at s as a date, a time or both. */
static bool datetime(const char *s, const char *end, enum datetime_form *form)
{
	const char *p = s;

	if (end - s > 2 && s[2] == ':') {
		*form = DT_TIME;
		return clock_time(&p, end) && p == end;
	}
	if (!date(&p, end))
		return false;
	*form = DT_DATE;
	if (p == end)
		return true;
	if (!one(&p, end, "Tt ") || !clock_time(&p, end))
		return false;
	*form = DT_LOCAL;
	if (p == end)
		return true;
	*form = DT_OFFSET;
	return offset(&p, end) && p == end;
}

static bool looks_like_date(const char *s, size_t n)
{
	return (n >= 5 && is_digit(s[0]) && is_digit(s[1]) && is_digit(s[2]) && is_digit(s[3]) &&
	               s[4] == '-') ||
	       (n >= 3 && is_digit(s[0]) && is_digit(s[1]) && s[2] == ':');
}

/* ---- numbers ---- */

#define NUMBER_MAX 128

/* Copies digits of the base without underscores, each of which must stand between two digits.
 * Returns how many were copied, or 0 when the form is wrong. */
static size_t squeeze(const char *s, size_t n, unsigned base, char *out)
{
	size_t len = 0;
	bool last_digit = false;

	for (size_t i = 0; i < n; i++) {
		int v = s[i] >= '0' && s[i] <= '9'   ? s[i] - '0'
		        : s[i] >= 'a' && s[i] <= 'f' ? s[i] - 'a' + 10
		        : s[i] >= 'A' && s[i] <= 'F' ? s[i] - 'A' + 10
		                                     : 99;

		if (s[i] == '_' && last_digit && i + 1 < n) {
			last_digit = false;
			continue;
		}
		if ((unsigned)v >= base || len + 1 >= NUMBER_MAX)
			return 0;
		out[len++] = s[i];
		last_digit = true;
	}
	out[len] = '\0';
	return last_digit ? len : 0;
}

enum parsed { NOT_THIS, PARSED, OUT_OF_RANGE };

static enum parsed prefixed_int(const char *s, size_t n, int64_t *out)
{
	static const struct {
		char letter;
		unsigned base;
	} bases[] = { { 'x', 16 }, { 'o', 8 }, { 'b', 2 } };
	char clean[NUMBER_MAX];

	for (size_t i = 0; i < ARRAY_LEN(bases); i++) {
		if (n < 3 || s[0] != '0' || s[1] != bases[i].letter)
			continue;
		if (!squeeze(s + 2, n - 2, bases[i].base, clean))
			return NOT_THIS;
		errno = 0;
		*out = strtoll(clean, NULL, (int)bases[i].base);
		return errno ? OUT_OF_RANGE : PARSED;
	}
	return NOT_THIS;
}

static enum parsed decimal_int(const char *s, size_t n, int64_t *out)
{
	char clean[NUMBER_MAX + 1];
	size_t sign = n && (s[0] == '+' || s[0] == '-');

	if (!squeeze(s + sign, n - sign, 10, clean + 1) || (clean[1] == '0' && clean[2]))
		return NOT_THIS;
	clean[0] = sign ? s[0] : '+';
	errno = 0;
	*out = strtoll(clean, NULL, 10);
	return errno ? OUT_OF_RANGE : PARSED;
}

static enum parsed special_float(const char *s, size_t n, double *out)
{
	size_t sign = n && (s[0] == '+' || s[0] == '-');
	bool negative = sign && s[0] == '-';

	if (n - sign != 3)
		return NOT_THIS;
	if (memcmp(s + sign, "inf", 3) == 0)
		*out = negative ? -INFINITY : INFINITY;
	else if (memcmp(s + sign, "nan", 3) == 0)
		*out = NAN;
	else
		return NOT_THIS;
	return PARSED;
}

/* Appends the digits of s[*i..] up to something else; false when they are malformed. */
static bool digit_run(const char *s, size_t n, size_t *i, char *out, size_t *len)
{
	size_t from = *i;
	char clean[NUMBER_MAX];

	while (*i < n && (is_digit(s[*i]) || s[*i] == '_'))
		(*i)++;
	size_t got = squeeze(s + from, *i - from, 10, clean);
	if (!got || *len + got + 2 >= NUMBER_MAX)
		return false;
	memcpy(out + *len, clean, got);
	*len += got;
	return true;
}

static enum parsed plain_float(const char *s, size_t n, double *out)
{
	char clean[NUMBER_MAX];
	size_t i = 0, len = 0, first;

	if (n && (s[0] == '+' || s[0] == '-'))
		clean[len++] = s[i++];
	first = len;
	if (!digit_run(s, n, &i, clean, &len) || (clean[first] == '0' && len - first > 1))
		return NOT_THIS;
	if (i < n && s[i] == '.') {
		clean[len++] = s[i++];
		if (!digit_run(s, n, &i, clean, &len))
			return NOT_THIS;
	}
	if (i < n && (s[i] == 'e' || s[i] == 'E')) {
		clean[len++] = s[i++];
		if (i < n && (s[i] == '+' || s[i] == '-'))
			clean[len++] = s[i++];
		if (!digit_run(s, n, &i, clean, &len))
			return NOT_THIS;
	}
	if (i != n)
		return NOT_THIS;
	clean[len] = '\0';
	*out = strtod(clean, NULL);
	return PARSED;
}

/* ---- what nearly all numbers look like ---- */

#define EXACT_DIGITS 18 /* of any value they fit into 64 bits */

/* Digits at *p, at most EXACT_DIGITS of both parts together; their number. */
static unsigned plain_digits(const char **p, uint64_t *v, unsigned before)
{
	unsigned n = 0;

	for (; is_digit(**p) && before + n < EXACT_DIGITS; (*p)++, n++)
		*v = *v * 10 + (uint64_t)(**p - '0');
	return n;
}

/* The quotient of two numbers that are exact is rounded once: correctly (Clinger, "How to read
 * floating point numbers accurately", 1990). */
static bool exact_quotient(uint64_t v, unsigned places, double *out)
{
	static const double tens[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18 };

	if (FLT_EVAL_METHOD != 0 || v > (1ull << 53))
		return false;
	*out = (double)v / tens[places];
	return true;
}

/* An integer or a float without an exponent, both short; false: it may be anything. */
static bool plain_number(const char *s, size_t len, struct node *out)
{
	const char *p = s + (*s == '+' || *s == '-'), *first = p;
	bool negative = *s == '-';
	uint64_t v = 0;
	unsigned whole = plain_digits(&p, &v, 0), places;

	if (!whole || (whole > 1 && *first == '0'))
		return false;
	if (p == s + len) {
		out->type = NODE_INT;
		out->i = negative ? -(int64_t)v : (int64_t)v;
		return true;
	}
	if (*p++ != '.')
		return false;
	places = plain_digits(&p, &v, whole);
	if (!places || p != s + len || !exact_quotient(v, places, &out->f))
		return false;
	out->type = NODE_FLOAT;
	out->f = negative ? -out->f : out->f;
	return true;
}

/* ---- one scalar ---- */

/* The token at t->p. A blank belongs to it between a date and a time. */
size_t toml_scalar_length(const struct toml *t)
{
	const char *p = t->p;

	while (p < t->end && toml_is(*p, TOML_SCALAR))
		p++;
	if (p - t->p == 10 && looks_like_date(t->p, 10) && t->end - p > 3 && *p == ' ' &&
	        is_digit(p[1]) && is_digit(p[2]) && p[3] == ':') {
		p++;
		while (p < t->end && toml_is(*p, TOML_SCALAR))
			p++;
	}
	return (size_t)(p - t->p);
}

static enum parsed number(const char *s, size_t n, struct node *out)
{
	enum parsed got = prefixed_int(s, n, &out->i);

	if (got == NOT_THIS)
		got = decimal_int(s, n, &out->i);
	if (got != NOT_THIS) {
		out->type = NODE_INT;
		return got;
	}
	out->type = NODE_FLOAT;
	got = special_float(s, n, &out->f);
	return got != NOT_THIS ? got : plain_float(s, n, &out->f);
}

int toml_scalar(struct toml *t, struct node *n, size_t len)
{
	const char *s = n->text;
	struct pos pos = n->pos;

	if (!len)
		return toml_fail(t, pos, "expected a value, found %s", toml_found(t));
	t->p += len;
	if (plain_number(s, len, n))
		return 0;
	if ((len == 4 && memcmp(s, "true", 4) == 0) || (len == 5 && memcmp(s, "false", 5) == 0)) {
		n->type = NODE_BOOL;
		n->b = len == 4;
		return 0;
	}
	if (looks_like_date(s, len)) {
		enum datetime_form form;

		n->type = NODE_DATETIME;
		if (!datetime(s, s + len, &form))
			return toml_fail(t, pos,
			        "'%s' is no date or time (examples: 2026-01-31, 07:32:00, "
			        "2026-01-31T07:32:00Z)",
			        n->text);
		n->dt = form;
		n->s = n->text;
		n->len = len;
		return 0;
	}
	switch (number(s, len, n)) {
	case PARSED:
		return 0;
	case OUT_OF_RANGE:
		return toml_fail(t, pos, "'%s' does not fit into 64 bits", n->text);
	default:
		return toml_fail(t, pos, "'%s' is no value; strings need quotes", n->text);
	}
}

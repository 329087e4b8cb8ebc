#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/template/value.h"

#define MAX_DIGITS 17

/* The shortest decimal that reads back the same: digits without leading or trailing zeros, and the
 * place of the decimal point: 0.d1d2d3... * 10^point. f is finite and positive. */
struct decimal {
	char digits[MAX_DIGITS + 1];
	int n, point;
};

/* n / 10^decimals: two decimals of at most 15 digits are never the same double, so that what
 * divides back to f is the shortest. Most numbers of templates are such, and printf() is slow. */
static bool short_decimal(double f, struct decimal *d)
{
	double power = 1.0;

	for (int decimals = 0; decimals <= 6; decimals++, power *= 10.0) {
		double scaled = round(f * power);

		if (scaled >= 1e15)
			return false;
		if (scaled / power != f || scaled == 0.0)
			continue;

		uint64_t n = (uint64_t)scaled;
		int len = 0;

		for (uint64_t rest = n; rest; rest /= 10)
			len++;
		d->n = len;
		d->point = len - decimals;
		for (int i = len; i-- > 0; n /= 10)
			d->digits[i] = (char)('0' + n % 10);
		while (d->n > 1 && d->digits[d->n - 1] == '0')
			d->n--;
		return true;
	}
	return false;
}

static void shortest(double f, struct decimal *d)
{
	if (short_decimal(f, d))
		return;

	char text[40];
	/* 15 digits are always kept by a normal double; a subnormal has fewer. */
	int precision = f < 2.3e-308 ? 1 : 15;

	for (; precision <= MAX_DIGITS; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision - 1, f);
		if (strtod(text, NULL) == f)
			break;
	}
	d->n = 0;
	for (const char *p = text; *p && *p != 'e'; p++)
		if (*p != '.')
			d->digits[d->n++] = *p;
	while (d->n > 1 && d->digits[d->n - 1] == '0')
		d->n--;
	d->point = (int)strtol(strchr(text, 'e') + 1, NULL, 10) + 1;
}

static void add_zeros(struct tbuf *out, int n)
{
	for (int i = 0; i < n; i++)
		tbuf_addc(out, '0');
}

/* Without exponent, and without ".0" where the value is whole. */
static void print_decimal(const struct decimal *d, struct tbuf *out)
{
	if (d->point <= 0) {
		tbuf_adds(out, "0.");
		add_zeros(out, -d->point);
		tbuf_add(out, d->digits, (size_t)d->n);
	} else if (d->point >= d->n) {
		tbuf_add(out, d->digits, (size_t)d->n);
		add_zeros(out, d->point - d->n);
	} else {
		tbuf_add(out, d->digits, (size_t)d->point);
		tbuf_addc(out, '.');
		tbuf_add(out, d->digits + d->point, (size_t)(d->n - d->point));
	}
}

/* Writes sign and the values that have no digits; false when there are digits to write. */
static bool print_special(double f, struct tbuf *out)
{
	if (isnan(f)) {
		tbuf_adds(out, "NaN");
		return true;
	}
	if (signbit(f))
		tbuf_addc(out, '-');
	if (isinf(f))
		tbuf_adds(out, "inf");
	return isinf(f);
}

void tvalue_print_float(double f, struct tbuf *out)
{
	struct decimal d = { 0 };

	if (print_special(f, out))
		return;
	if (f == 0.0) {
		tbuf_addc(out, '0');
		return;
	}
	shortest(fabs(f), &d);
	print_decimal(&d, out);
}

void tvalue_json_float(double f, struct tbuf *out)
{
	struct decimal d = { 0 };

	if (!isfinite(f)) {
		tbuf_adds(out, "null");
		return;
	}
	print_special(f, out);
	if (f == 0.0) {
		tbuf_adds(out, "0.0");
		return;
	}
	shortest(fabs(f), &d);
	if (d.point > -5 && d.point <= 16) {
		print_decimal(&d, out);
		if (d.point >= d.n)
			tbuf_adds(out, ".0");
		return;
	}
	tbuf_addc(out, d.digits[0]);
	if (d.n > 1) {
		tbuf_addc(out, '.');
		tbuf_add(out, d.digits + 1, (size_t)d.n - 1);
	}
	tbuf_printf(out, "e%d", d.point - 1);
}

static void print_u64(uint64_t u, bool negative, struct tbuf *out)
{
	char text[24], *p = text + sizeof(text);

	do
		*--p = (char)('0' + u % 10);
	while (u /= 10);
	if (negative)
		*--p = '-';
	tbuf_add(out, p, (size_t)(text + sizeof(text) - p));
}

/* What both forms have in common; false for the other types. */
static bool print_scalar(const struct tvalue *v, struct tbuf *out)
{
	switch ((enum tvalue_type)v->type) {
	case TVALUE_BOOL:
		tbuf_adds(out, v->b ? "true" : "false");
		return true;
	case TVALUE_INT:
		print_u64(v->i < 0 ? -v->u : v->u, v->i < 0, out);
		return true;
	case TVALUE_UINT:
		print_u64(v->u, false, out);
		return true;
	default:
		return false;
	}
}

void tvalue_print(const struct tvalue *v, struct tbuf *out)
{
	switch ((enum tvalue_type)v->type) {
	case TVALUE_STRING:
		tbuf_add(out, v->s, v->len);
		break;
	case TVALUE_FLOAT:
		tvalue_print_float(v->f, out);
		break;
	case TVALUE_ARRAY:
		tbuf_addc(out, '[');
		for (uint32_t i = 0; i < v->len && !out->full; i++) {
			if (i)
				tbuf_add(out, ", ", 2);
			tvalue_print(&v->a->items[i], out);
		}
		tbuf_addc(out, ']');
		break;
	case TVALUE_OBJECT:
		tbuf_adds(out, "[object]");
		break;
	default:
		print_scalar(v, out);
	}
}

static const char *escape_of(unsigned char c)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\b':
		return "\\b";
	case '\f':
		return "\\f";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		return NULL;
	}
}

void tvalue_json_str(const char *s, size_t len, struct tbuf *out)
{
	size_t done = 0;

	tbuf_addc(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		const char *escape = escape_of(c);

		if (!escape && c >= 0x20)
			continue;
		tbuf_add(out, s + done, i - done);
		if (escape)
			tbuf_add(out, escape, 2);
		else
			tbuf_printf(out, "\\u%04x", c);
		done = i + 1;
	}
	tbuf_add(out, s + done, len - done);
	tbuf_addc(out, '"');
}

static void new_line(bool pretty, unsigned depth, struct tbuf *out)
{
	if (!pretty)
		return;
	tbuf_addc(out, '\n');
	for (unsigned i = 0; i < depth; i++)
		tbuf_add(out, "  ", 2);
}

static void json_at(const struct tvalue *v, bool pretty, unsigned depth, struct tbuf *out);

static void json_array(const struct tvalue *v, bool pretty, unsigned depth, struct tbuf *out)
{
	tbuf_addc(out, '[');
	for (uint32_t i = 0; i < v->len && !out->full; i++) {
		if (i)
			tbuf_addc(out, ',');
		new_line(pretty, depth + 1, out);
		json_at(&v->a->items[i], pretty, depth + 1, out);
	}
	if (v->len)
		new_line(pretty, depth, out);
	tbuf_addc(out, ']');
}

static void json_object(const struct tvalue *v, bool pretty, unsigned depth, struct tbuf *out)
{
	tbuf_addc(out, '{');
	for (uint32_t i = 0; i < v->len && !out->full; i++) {
		const struct tmember *m = &v->o->members[i];

		if (i)
			tbuf_addc(out, ',');
		new_line(pretty, depth + 1, out);
		tvalue_json_str(m->key, m->key_len, out);
		tbuf_add(out, ": ", pretty ? 2 : 1);
		json_at(&m->value, pretty, depth + 1, out);
	}
	if (v->len)
		new_line(pretty, depth, out);
	tbuf_addc(out, '}');
}

static void json_at(const struct tvalue *v, bool pretty, unsigned depth, struct tbuf *out)
{
	switch ((enum tvalue_type)v->type) {
	case TVALUE_UNDEFINED:
	case TVALUE_NULL:
		tbuf_adds(out, "null");
		break;
	case TVALUE_FLOAT:
		tvalue_json_float(v->f, out);
		break;
	case TVALUE_STRING:
		tvalue_json_str(v->s, v->len, out);
		break;
	case TVALUE_ARRAY:
		json_array(v, pretty, depth, out);
		break;
	case TVALUE_OBJECT:
		json_object(v, pretty, depth, out);
		break;
	default:
		print_scalar(v, out);
	}
}

void tvalue_json(const struct tvalue *v, bool pretty, struct tbuf *out)
{
	json_at(v, pretty, 0, out);
}

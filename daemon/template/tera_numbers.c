/* Filters of numbers, and those that make numbers. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "daemon/template/tera_numbers.h"
#include "daemon/template/tera_priv.h"

#define MAX_BASE 36

/* ---- reading ---- */

/* JSON has no number that is not finite. */
static struct tvalue finite_or_null(double f)
{
	return isfinite(f) ? tvalue_float(f) : tvalue_null();
}

/* Cut toward zero; the nearest end of the range for what lies outside, 0 for no number. */
static int64_t number_to_int(double f)
{
	if (isnan(f))
		return 0;
	if (f >= 0x1p63)
		return INT64_MAX;
	return f < -0x1p63 ? INT64_MIN : (int64_t)f;
}

static size_t skip_digits(const char *p, size_t at, size_t n)
{
	while (at < n && p[at] >= '0' && p[at] <= '9')
		at++;
	return at;
}

/* Digits with at most one point among, before or after them, and an exponent. */
static bool is_decimal(const char *p, size_t n)
{
	size_t whole = skip_digits(p, 0, n), at = whole;
	size_t digits = whole;

	if (at < n && p[at] == '.') {
		at = skip_digits(p, at + 1, n);
		digits += at - whole - 1;
	}
	if (digits == 0)
		return false;
	if (at < n && (p[at] == 'e' || p[at] == 'E')) {
		size_t sign = at + 1 < n && (p[at + 1] == '+' || p[at + 1] == '-');
		size_t first = at + 1 + sign;

		at = skip_digits(p, first, n);
		if (at == first)
			return false;
	}
	return at == n;
}

static bool is_word(const char *p, size_t n, const char *word)
{
	return n == strlen(word) && strncasecmp(p, word, n) == 0;
}

/* A decimal number with optional sign and exponent, "inf", "infinity" or "nan", nothing around it.
 * false when it is none; *out is then left alone. */
static bool number_read(struct call *c, const char *p, size_t n, double *out)
{
	size_t sign = n > 0 && (*p == '+' || *p == '-');
	const char *digits = p + sign;
	size_t n_digits = n - sign;

	if (is_word(digits, n_digits, "inf") || is_word(digits, n_digits, "infinity"))
		*out = INFINITY;
	else if (is_word(digits, n_digits, "nan"))
		*out = NAN;
	else if (is_decimal(digits, n_digits))
		*out = strtod(arena_strndup(call_arena(c), digits, n_digits), NULL);
	else
		return false;
	if (sign && *p == '-')
		*out = -*out;
	return true;
}

static int digit_value(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	if (ch >= 'a' && ch <= 'z')
		return ch - 'a' + 10;
	return ch >= 'A' && ch <= 'Z' ? ch - 'A' + 10 : MAX_BASE;
}

/* An optional sign and digits of the base; false as well when they fit no 64 bits. */
static bool read_int(const char *p, size_t n, uint32_t base, int64_t *out)
{
	bool negative = n > 0 && *p == '-';
	size_t at = n > 0 && (*p == '-' || *p == '+');
	int64_t v = 0;

	if (at == n)
		return false;
	for (; at < n; at++) {
		int digit = digit_value(p[at]);

		if (digit >= (int)base || __builtin_mul_overflow(v, (int64_t)base, &v) ||
		        __builtin_add_overflow(v, negative ? -digit : digit, &v))
			return false;
	}
	*out = v;
	return true;
}

static struct tvalue without_prefix(struct tvalue s, uint32_t base)
{
	static const struct {
		uint32_t base;
		const char *prefix;
	} prefixes[] = { { 2, "0b" }, { 8, "0o" }, { 16, "0x" } };

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		while (prefixes[i].base == base && s.len >= 2 &&
		        memcmp(s.s, prefixes[i].prefix, 2) == 0)
			s = tvalue_str(s.s + 2, s.len - 2);
	return s;
}

static int64_t int_of_string(struct call *c, struct tvalue s, uint32_t base, int64_t otherwise)
{
	int64_t i;
	double f;

	s = without_prefix(s, base);
	if (read_int(s.s, s.len, base, &i))
		return i;
	if (memchr(s.s, '.', s.len) && number_read(c, s.s, s.len, &f))
		return number_to_int(f);
	return otherwise;
}

/* Whole numbers pass through a double too, as upstream. */
int tera_filter_int(struct call *c, struct tvalue *out)
{
	int64_t otherwise = 0;
	uint32_t base = 10;
	struct tvalue s;

	if (call_arg_i64(c, "default", &otherwise) < 0 || call_arg_u32(c, "base", &base) < 0)
		return -1;
	if (tvalue_is_number(&c->input)) {
		*out = tvalue_int(number_to_int(tvalue_number(&c->input)));
		return 0;
	}
	if (c->input.type != TVALUE_STRING)
		return call_fail(c, "Filter `int` received an unexpected type");
	if (base < 2 || base > MAX_BASE)
		return call_fail(c, "Filter `int` received base=%u but `base` can only be 2 to %d",
		        base, MAX_BASE);
	if (tera_filter_trim(c, &s) < 0)
		return -1;
	*out = tvalue_int(int_of_string(c, s, base, otherwise));
	return 0;
}

int tera_filter_float(struct call *c, struct tvalue *out)
{
	double f = 0;
	struct tvalue s;

	if (call_arg_f64(c, "default", &f) < 0)
		return -1;
	if (tvalue_is_number(&c->input)) {
		*out = tvalue_float(tvalue_number(&c->input));
		return 0;
	}
	if (c->input.type != TVALUE_STRING)
		return call_fail(c, "Filter `float` received an unexpected type");
	if (tera_filter_trim(c, &s) < 0)
		return -1;
	number_read(c, s.s, s.len, &f);
	*out = finite_or_null(f);
	return 0;
}

/* ---- calculating ---- */

int tera_filter_abs(struct call *c, struct tvalue *out)
{
	struct tvalue v = c->input;

	if (!tvalue_is_number(&v))
		return call_fail(c, "Filter `abs` was used on a value that isn't a number.");
	if (v.type == TVALUE_FLOAT)
		*out = tvalue_float(fabs(v.f));
	else if (v.type == TVALUE_INT && v.i < 0)
		*out = tvalue_uint(-(uint64_t)v.i);
	else
		*out = v;
	return 0;
}

/* By squaring, as the result of upstream's power depends on the order of multiplications. */
static double power_of_ten(int32_t n)
{
	double base = 10, r = 1;

	for (int64_t k = n < 0 ? -(int64_t)n : n; k > 0; k /= 2) {
		if (k % 2)
			r *= base;
		base *= base;
	}
	return n < 0 ? 1 / r : r;
}

int tera_filter_round(struct call *c, struct tvalue *out)
{
	static const struct {
		const char *name;
		double (*round)(double);
	} methods[] = { { "common", round }, { "ceil", ceil }, { "floor", floor } };
	struct tvalue method = TVALUE_STR("common");
	int32_t precision = 0;
	double f;

	if (call_input_f64(c, &f) < 0 || call_arg_string(c, "method", &method) < 0 ||
	        call_arg_i32(c, "precision", &precision) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		double unit = power_of_ten(precision);

		if (tvalue_key_cmp(
		            method.s, method.len, methods[i].name, strlen(methods[i].name)) != 0)
			continue;
		*out = finite_or_null(methods[i].round(unit * f) / unit);
		return 0;
	}
	return call_fail(c,
	        "Filter `round` received an incorrect value for arg `method`: got `%s`, "
	        "only common, ceil and floor are allowed",
	        call_json(c, &method));
}

/* ---- in words ---- */

int tera_filter_pluralize(struct call *c, struct tvalue *out)
{
	struct tvalue plural = TVALUE_STR("s"), singular = TVALUE_STR("");
	double f;

	if (call_input_f64(c, &f) < 0 || call_arg_string(c, "plural", &plural) < 0 ||
	        call_arg_string(c, "singular", &singular) < 0)
		return -1;
	*out = fabs(fabs(f) - 1) > 0x1p-52 ? plural : singular;
	return 0;
}

int tera_filter_filesizeformat(struct call *c, struct tvalue *out)
{
	static const char *const units[2][7] = {
		{ "B", "kB", "MB", "GB", "TB", "PB", "EB" },
		{ "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" },
	};
	bool binary = false;
	size_t unit = 0;

	if (c->input.type != TVALUE_UINT && (c->input.type != TVALUE_INT || c->input.i < 0))
		return call_wrong_input(c, "usize");
	if (call_arg_bool(c, "binary", &binary) < 0)
		return -1;

	double size = tvalue_number(&c->input);
	struct tbuf *b = call_buf(c);

	for (; size >= 1024; unit++)
		size /= 1024;
	tbuf_printf(b, "%.*f %s", size == floor(size) ? 0 : 2, size, units[binary][unit]);
	return call_give(c, b, out);
}

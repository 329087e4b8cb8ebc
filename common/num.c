#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/num.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Decimal digits up to the end of s. -1 when there are none or other characters, -2 on overflow. */
static int digits_to_u64(const char *s, uint64_t *out)
{
	uint64_t v = 0;

	if (!*s)
		return -1;
	for (; *s; s++) {
		if (!is_digit(*s))
			return -1;
		if (__builtin_mul_overflow(v, 10u, &v) ||
		        __builtin_add_overflow(v, (unsigned)(*s - '0'), &v)) {
			return s[strspn(s, "0123456789")] ? -1 : -2;
		}
	}
	*out = v;
	return 0;
}

int str_to_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out, struct err *e)
{
	uint64_t v = 0;
	int rc = digits_to_u64(s, &v);

	if (rc == -1)
		return err_set(e, ERR_INVALID, "'%.40s' is not a whole number", s);
	if (rc == -2 || v < min || v > max)
		return err_set(
		        e, ERR_INVALID, "'%.40s' is not from %" PRIu64 " to %" PRIu64, s, min, max);
	*out = v;
	return 0;
}

int str_to_i64(const char *s, int64_t min, int64_t max, int64_t *out, struct err *e)
{
	bool negative = *s == '-';
	uint64_t v = 0;
	uint64_t most = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
	int rc = digits_to_u64(s + negative, &v);

	if (rc == -1)
		return err_set(e, ERR_INVALID, "'%.40s' is not a whole number", s);

	int64_t n = rc < 0 || v > most ? 0 : negative ? (int64_t)(0 - v) : (int64_t)v;

	if (rc == -2 || v > most || n < min || n > max)
		return err_set(
		        e, ERR_INVALID, "'%.40s' is not from %" PRId64 " to %" PRId64, s, min, max);
	*out = n;
	return 0;
}

/* ---- a decimal number with a fraction, times a unit, without floating point ---- */

struct decimal {
	uint64_t whole;
	uint64_t frac;  /* of scale */
	uint64_t scale; /* a power of ten */
};

/* Reads digits ["." digits]. Fractions keep nine places; what is beyond is dropped. Returns the
 * end, or NULL. */
static const char *decimal_parse(const char *s, struct decimal *d)
{
	*d = (struct decimal){ .scale = 1 };
	if (!is_digit(*s))
		return NULL;
	for (; is_digit(*s); s++) {
		if (__builtin_mul_overflow(d->whole, 10u, &d->whole) ||
		        __builtin_add_overflow(d->whole, (unsigned)(*s - '0'), &d->whole))
			return NULL;
	}
	if (*s != '.')
		return s;
	if (!is_digit(*++s))
		return NULL;
	for (; is_digit(*s); s++) {
		if (d->scale >= 1000000000u)
			continue;
		d->frac = d->frac * 10 + (unsigned)(*s - '0');
		d->scale *= 10;
	}
	return s;
}

/* d times unit, -1 on overflow. */
static int decimal_scale(const struct decimal *d, uint64_t unit, uint64_t *out)
{
	uint64_t whole;
	__extension__ unsigned __int128 part = (unsigned __int128)d->frac * unit / d->scale;

	if (__builtin_mul_overflow(d->whole, unit, &whole) ||
	        __builtin_add_overflow(whole, (uint64_t)part, out))
		return -1;
	return 0;
}

/* ---- durations ---- */

#define DAY (86400 * NS_PER_S)
static const struct duration_unit {
	int64_t ns;
	const char *names[6];
} duration_units[] = {
	{ DAY, { "d", "day", "days" } },
	{ 3600 * NS_PER_S, { "h", "hr", "hrs", "hour", "hours" } },
	{ 60 * NS_PER_S, { "m", "min", "mins", "minute", "minutes" } },
	{ NS_PER_S, { "s", "sec", "secs", "second", "seconds" } },
	{ NS_PER_MS, { "ms", "msec", "msecs", "millisecond", "milliseconds" } },
	{ NS_PER_US, { "us", "usec", "usecs", "microsecond", "microseconds" } },
};

#define DURATION_MIN NS_PER_MS
#define DURATION_DAYS 7

static const struct duration_unit *duration_unit(const char *s, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(duration_units); i++) {
		for (const char *const *name = duration_units[i].names; *name; name++) {
			if (strlen(*name) == n && memcmp(*name, s, n) == 0)
				return &duration_units[i];
		}
	}
	return NULL;
}

static int bad_duration(const char *s, struct err *e)
{
	return err_set(e, ERR_INVALID,
	        "'%.40s' is not a duration; write it like '500ms', '30s' or '1m30s'", s);
}

static int sum_parts(const char *text, uint64_t *sum, struct err *e)
{
	const struct duration_unit *before = NULL;

	*sum = 0;
	for (const char *s = text; *s;) {
		struct decimal d;
		uint64_t part;

		s = decimal_parse(s, &d);
		if (!s)
			return bad_duration(text, e);

		size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");
		const struct duration_unit *u = duration_unit(s, n);

		if (!u || (before && u <= before))
			return bad_duration(text, e);
		if (decimal_scale(&d, (uint64_t)u->ns, &part) < 0 ||
		        __builtin_add_overflow(*sum, part, sum))
			*sum = part = UINT64_MAX / 2; /* above the bound, whatever follows */
		before = u;
		s += n;
	}
	return 0;
}

int dur_parse(const char *s, int64_t bare_ns, int64_t *ns, struct err *e)
{
	return dur_parse_to(s, bare_ns, DURATION_DAYS, ns, e);
}

int dur_parse_to(const char *s, int64_t bare_ns, int64_t days, int64_t *ns, struct err *e)
{
	struct decimal d;
	const char *end = decimal_parse(s, &d);
	uint64_t v;

	if (end && !*end) {
		if (decimal_scale(&d, (uint64_t)bare_ns, &v) < 0)
			v = UINT64_MAX;
	} else if (!*s) {
		return bad_duration(s, e);
	} else if (sum_parts(s, &v, e) < 0) {
		return -1;
	}
	if (v < DURATION_MIN || v > (uint64_t)(days * DAY))
		return err_set(
		        e, ERR_INVALID, "'%.40s' is not from 1ms to %lldd", s, (long long)days);
	*ns = (int64_t)v;
	return 0;
}

/* ---- sizes ---- */

int size_parse(const char *s, uint64_t bare_bytes, uint64_t *bytes, struct err *e)
{
	static const char *const suffixes[] = { "b", "k", "m", "g", "t" };
	struct decimal d;
	const char *unit = decimal_parse(s, &d);
	uint64_t scale = 0;

	if (unit && !*unit)
		scale = bare_bytes;
	for (size_t i = 0; unit && i < ARRAY_LEN(suffixes); i++) {
		const char *rest = unit + 1;

		if (strncasecmp(unit, suffixes[i], 1) != 0)
			continue;
		if (!*rest ||
		        (i > 0 && (strcasecmp(rest, "b") == 0 || strcasecmp(rest, "ib") == 0)))
			scale = 1ull << (10 * i);
	}
	if (scale == 0)
		return err_set(
		        e, ERR_INVALID, "'%.40s' is not a size; write it like '64MiB' or '1g'", s);

	uint64_t v;

	if (decimal_scale(&d, scale, &v) < 0)
		return err_set(e, ERR_INVALID, "'%.40s' is too large a size", s);
	*bytes = v;
	return 0;
}

/* ---- for people ---- */

/* "42.1 ms": one decimal below 100, none above. */
static void add_scaled(struct strbuf *b, double v, const char *unit)
{
	strbuf_printf(b, v < 99.95 ? "%.1f %s" : "%.0f %s", v, unit);
}

void dur_format(struct strbuf *b, int64_t ns)
{
	const int64_t minute = 60 * NS_PER_S, hour = 60 * minute, day = 24 * hour;

	if (ns < 0) {
		strbuf_addc(b, '-');
		ns = ns == INT64_MIN ? INT64_MAX : -ns;
	}
	if (ns < NS_PER_MS - NS_PER_US / 2)
		strbuf_printf(b, "%lld us", (ns + NS_PER_US / 2) / NS_PER_US);
	else if (ns < NS_PER_S - NS_PER_MS / 2)
		add_scaled(b, (double)ns / NS_PER_MS, "ms");
	else if (ns < minute)
		add_scaled(b, (double)ns / NS_PER_S, "s");
	else if (ns < hour)
		strbuf_printf(b, "%lld min", (long long)(ns / minute));
	else if (ns < day && ns % hour / minute > 0)
		strbuf_printf(b, "%lld h %lld min", (long long)(ns / hour),
		        (long long)(ns % hour / minute));
	else if (ns < day)
		strbuf_printf(b, "%lld h", (long long)(ns / hour));
	else
		strbuf_printf(b, "%lld d", (long long)(ns / day));
}

void size_format(struct strbuf *b, uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double v = (double)bytes;
	size_t u = 0;

	if (bytes < 1024) {
		strbuf_printf(b, "%" PRIu64 " B", bytes);
		return;
	}
	/* 1023.95 would print as "1024". */
	for (; v >= 1023.95 && u + 1 < ARRAY_LEN(units); u++)
		v /= 1024;
	add_scaled(b, v, units[u]);
}

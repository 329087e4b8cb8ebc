#include "daemon/template/datetime.h"
#include "common/utf8.h"
#include "daemon/template/unicode.h"

#define DAY_S 86400
#define NS_PER_S 1000000000
#define MIN_YEAR (-262143)
#define MAX_YEAR 262142
#define ERA_DAYS 146097   /* of 400 years */
#define EPOCH_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */

/* ---- the calendar ---- */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool is_leap(int32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

unsigned datetime_month_days(int32_t year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Years begin in March here, so that the leap day is their last. */
int64_t datetime_days(int32_t year, unsigned month, unsigned day)
{
	int64_t y = month > 2 ? year : (int64_t)year - 1;
	int64_t era = floor_div(y, 400), in_era = y - era * 400;
	int64_t from_march = month > 2 ? month - 3 : month + 9;
	int64_t in_year = (153 * from_march + 2) / 5 + day - 1;

	return era * ERA_DAYS + in_era * 365 + in_era / 4 - in_era / 100 + in_year - EPOCH_DAYS;
}

static void date_of_days(int64_t days, struct civil *out)
{
	int64_t era = floor_div(days + EPOCH_DAYS, ERA_DAYS);
	int64_t in_era = days + EPOCH_DAYS - era * ERA_DAYS;
	int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * y + y / 4 - y / 100);
	int64_t from_march = (5 * in_year + 2) / 153;

	out->day = (uint8_t)(in_year - (153 * from_march + 2) / 5 + 1);
	out->month = (uint8_t)(from_march < 10 ? from_march + 3 : from_march - 9);
	out->year = (int32_t)(y + era * 400 + (out->month <= 2));
}

bool datetime_civil(const struct datetime *t, struct civil *out)
{
	int64_t local, days, in_day;

	if (__builtin_add_overflow(t->unix_s, (int64_t)t->offset_s, &local))
		return false;
	days = floor_div(local, DAY_S);
	if (days < datetime_days(MIN_YEAR, 1, 1) || days > datetime_days(MAX_YEAR, 12, 31))
		return false;
	in_day = local - days * DAY_S;
	date_of_days(days, out);
	out->hour = (uint8_t)(in_day / 3600);
	out->minute = (uint8_t)(in_day / 60 % 60);
	out->second = (uint8_t)(in_day % 60 + (t->ns >= NS_PER_S));
	out->weekday = (uint8_t)(((days + 4) % 7 + 7) % 7);
	out->year_day = (uint16_t)(days - datetime_days(out->year, 1, 1) + 1);
	return true;
}

void datetime_from_ns(int64_t ns, struct datetime *out)
{
	int64_t s = floor_div(ns, NS_PER_S);

	*out = (struct datetime){ .unix_s = s, .ns = (uint32_t)(ns - s * NS_PER_S) };
}

void datetime_rfc3339(const struct datetime *t, struct tbuf *out)
{
	int rc = datetime_format("%+", 2, t, NULL, out);

	(void)rc; /* who reckons with moments outside the calendar gets a part */
}

/* ---- reading ---- */

struct scan {
	const char *p, *end;
};

static void skip_space(struct scan *s)
{
	uint32_t cp;

	while (s->p < s->end) {
		size_t len = unicode_next(s->p, (size_t)(s->end - s->p), &cp);

		if (!unicode_is_space(cp))
			return;
		s->p += len;
	}
}

static bool take(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* Between 1 and max digits. */
static bool digits(struct scan *s, unsigned max, int64_t *out)
{
	const char *from = s->p;
	int64_t v = 0;

	for (; s->p < s->end && *s->p >= '0' && *s->p <= '9' && (size_t)(s->p - from) < max; s->p++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *s->p - '0', &v))
			return false;
	*out = v;
	return s->p > from;
}

static bool number(struct scan *s, int64_t min, int64_t max, int64_t *out)
{
	skip_space(s);
	return digits(s, 2, out) && *out >= min && *out <= max;
}

/* Four digits at most, any number after a sign. */
static bool year(struct scan *s, int64_t *out)
{
	skip_space(s);

	bool negative = take(s, '-'), sign = negative || take(s, '+');

	if (!digits(s, sign ? UINT32_MAX : 4, out))
		return false;
	if (negative)
		*out = -*out;
	return *out >= MIN_YEAR && *out <= MAX_YEAR;
}

static bool separator(struct scan *s, char c, bool spaces)
{
	if (spaces)
		skip_space(s);
	return take(s, c);
}

/* spaces: there may be some before the dashes too. */
static bool date(struct scan *s, bool spaces, int64_t *days)
{
	int64_t y, m, d;

	if (!year(s, &y) || !separator(s, '-', spaces) || !number(s, 1, 12, &m) ||
	        !separator(s, '-', spaces) || !number(s, 1, 31, &d))
		return false;
	if (d > datetime_month_days((int32_t)y, (unsigned)m))
		return false;
	*days = datetime_days((int32_t)y, (unsigned)m, (unsigned)d);
	return true;
}

/* Digits past the ninth are skipped. */
static bool fraction(struct scan *s, uint32_t *ns)
{
	const char *from = s->p;
	int64_t v;

	if (!digits(s, 9, &v))
		return false;
	for (long n = s->p - from; n < 9; n++)
		v *= 10;
	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	*ns = (uint32_t)v;
	return true;
}

static bool time_of_day(struct scan *s, int64_t days, struct datetime *out)
{
	int64_t h, m, sec;

	if (!number(s, 0, 23, &h) || !separator(s, ':', true) || !number(s, 0, 59, &m) ||
	        !separator(s, ':', true) || !number(s, 0, 60, &sec))
		return false;
	*out = (struct datetime){ .unix_s = days * DAY_S + h * 3600 + m * 60 + sec };
	if (take(s, '.') && !fraction(s, &out->ns))
		return false;
	if (sec == 60) {
		out->unix_s--;
		out->ns += NS_PER_S;
	}
	skip_space(s);
	return true;
}

static bool two_digits(struct scan *s, int64_t max, int64_t *out)
{
	const char *from = s->p;

	return digits(s, 2, out) && s->p - from == 2 && *out <= max;
}

/* Minus is the hyphen or U+2212. */
static bool sign(struct scan *s, bool *negative)
{
	static const char minus[] = "\xE2\x88\x92";
	size_t n = sizeof(minus) - 1;

	*negative = take(s, '-');
	if (*negative || take(s, '+'))
		return true;
	*negative = (size_t)(s->end - s->p) >= n && memcmp(s->p, minus, n) == 0;
	s->p += *negative ? n : 0;
	return *negative;
}

static bool offset(struct scan *s, int32_t *out)
{
	bool negative;
	int64_t h, m;

	if (take(s, 'Z') || take(s, 'z'))
		return true;
	if (s->end - s->p >= 3 && strncasecmp(s->p, "UTC", 3) == 0) {
		s->p += 3;
		return true;
	}
	if (!sign(s, &negative) || !two_digits(s, 23, &h))
		return false;
	do
		skip_space(s);
	while (take(s, ':'));
	if (!two_digits(s, 59, &m))
		return false;
	*out = (int32_t)(h * 3600 + m * 60) * (negative ? -1 : 1);
	return true;
}

bool datetime_read(const char *text, size_t n, struct datetime *out)
{
	struct scan s = { text, text + n };
	struct datetime t;
	int64_t days;

	if (!date(&s, true, &days) || !(take(&s, 'T') || take(&s, 't') || take(&s, ' ')) ||
	        !time_of_day(&s, days, &t) || !offset(&s, &t.offset_s))
		return false;
	skip_space(&s);
	t.unix_s -= t.offset_s;
	*out = t;
	return s.p == s.end;
}

bool datetime_read_naive(const char *text, size_t n, struct datetime *out)
{
	struct scan s = { text, text + n };
	struct datetime t;
	int64_t days;

	if (!date(&s, true, &days) || !separator(&s, 'T', true) || !time_of_day(&s, days, &t) ||
	        s.p != s.end)
		return false;
	*out = t;
	return true;
}

bool datetime_read_date(const char *text, size_t n, struct datetime *out)
{
	struct scan s = { text, text + n };
	int64_t days;

	if (!date(&s, false, &days) || s.p != s.end)
		return false;
	*out = (struct datetime){ .unix_s = days * DAY_S };
	return true;
}

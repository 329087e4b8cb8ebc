#include "daemon/template/moment.h"

#include "common/strbuf.h"

#define DAY 86400
#define FIRST (-62167219200) /* 0000-01-01T00:00:00Z */
#define LAST 253402300799    /* 9999-12-31T23:59:59Z */

struct civil {
	int64_t year;
	unsigned month, day;
};

/* Days since 1970-01-01 in the Gregorian calendar, which repeats after 400 years of 146,097 days. A
 * year of this count begins in March, so that the leap day is its last. */
static int64_t days_of(struct civil c)
{
	int64_t y = c.year - (c.month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (c.month + (c.month > 2 ? -3 : 9)) + 2) / 5 + c.day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct civil civil_of(int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	unsigned month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);

	return (struct civil){ yoe + era * 400 + (month <= 2), month,
		(unsigned)(doy - (153 * mp + 2) / 5 + 1) };
}

/* ---- reading ---- */

struct cursor {
	const char *p, *end;
};

static bool take(struct cursor *c, const char *any_of)
{
	if (c->p == c->end || !*c->p || !strchr(any_of, *c->p))
		return false;
	c->p++;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Exactly n digits, at most max. */
static bool number(struct cursor *c, int n, unsigned max, unsigned *out)
{
	*out = 0;
	for (int i = 0; i < n; i++, c->p++) {
		if (c->p == c->end || !is_digit(*c->p))
			return false;
		*out = *out * 10 + (unsigned)(*c->p - '0');
	}
	return *out <= max;
}

static bool read_date(struct cursor *c, struct civil *out)
{
	static const unsigned char lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned year;

	if (!number(c, 4, 9999, &year) || !take(c, "-") || !number(c, 2, 12, &out->month) ||
	        !take(c, "-") || !number(c, 2, 31, &out->day) || !out->month || !out->day)
		return false;
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	out->year = year;
	return out->day <= lengths[out->month - 1] + (unsigned)(leap && out->month == 2);
}

static bool read_time(struct cursor *c, int64_t *s)
{
	unsigned hour, minute, second;

	if (!number(c, 2, 23, &hour) || !take(c, ":") || !number(c, 2, 59, &minute) ||
	        !take(c, ":") || !number(c, 2, 60, &second))
		return false;
	*s = hour * 3600 + minute * 60 + second;
	return true;
}

static bool read_fraction(struct cursor *c, uint32_t *ns)
{
	uint32_t unit = 100000000;

	*ns = 0;
	if (!take(c, "."))
		return true;
	if (c->p == c->end || !is_digit(*c->p))
		return false;
	for (; c->p < c->end && is_digit(*c->p); c->p++, unit /= 10)
		*ns += unit * (uint32_t)(*c->p - '0');
	return true;
}

static bool read_offset(struct cursor *c, int64_t *s)
{
	unsigned hour, minute;
	bool west = c->p < c->end && *c->p == '-';

	*s = 0;
	if (take(c, "Zz"))
		return true;
	if (!take(c, "+-") || !number(c, 2, 23, &hour) || !take(c, ":") ||
	        !number(c, 2, 59, &minute))
		return false;
	*s = (int64_t)(hour * 3600 + minute * 60) * (west ? -1 : 1);
	return true;
}

bool moment_parse(const char *s, size_t len, struct moment *out)
{
	struct cursor c = { s, s + len };
	struct civil date;
	struct moment m;
	int64_t time, offset;

	if (!read_date(&c, &date) || !take(&c, "Tt ") || !read_time(&c, &time) ||
	        !read_fraction(&c, &m.ns) || !read_offset(&c, &offset) || c.p != c.end)
		return false;
	m.s = days_of(date) * DAY + time;
	if (!moment_add(&m, -offset))
		return false;
	*out = m;
	return true;
}

/* ---- arithmetic, writing ---- */

bool moment_add(struct moment *m, int64_t seconds)
{
	int64_t s;

	if (__builtin_add_overflow(m->s, seconds, &s) || s < FIRST || s > LAST)
		return false;
	m->s = s;
	return true;
}

int64_t moment_ms(const struct moment *m)
{
	return m->s * 1000 + m->ns / 1000000;
}

static int64_t day_of(const struct moment *m)
{
	return (m->s >= 0 ? m->s : m->s - (DAY - 1)) / DAY;
}

void moment_date(const struct moment *m, struct strbuf *out)
{
	struct civil c = civil_of(day_of(m));

	strbuf_printf(out, "%04d-%02u-%02u", (int)c.year, c.month, c.day);
}

void moment_time(const struct moment *m, struct strbuf *out)
{
	unsigned s = (unsigned)(m->s - day_of(m) * DAY);

	strbuf_printf(out, "%02u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
}

static void put_fraction(uint32_t ns, struct strbuf *out)
{
	if (ns % 1000)
		strbuf_printf(out, ".%09u", ns);
	else if (ns % 1000000)
		strbuf_printf(out, ".%06u", ns / 1000);
	else if (ns)
		strbuf_printf(out, ".%03u", ns / 1000000);
}

void moment_rfc3339(const struct moment *m, struct strbuf *out)
{
	moment_date(m, out);
	strbuf_addc(out, 'T');
	moment_time(m, out);
	put_fraction(m->ns, out);
	strbuf_adds(out, "+00:00");
}

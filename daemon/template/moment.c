#include "daemon/template/moment.h"

#include "common/strbuf.h"
#include "daemon/template/datetime.h"

#define DAY 86400
#define FIRST (-62167219200) /* 0000-01-01T00:00:00Z */
#define LAST 253402300799    /* 9999-12-31T23:59:59Z */

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

static bool read_date(struct cursor *c, int64_t *days)
{
	unsigned year, month, day;

	if (!number(c, 4, 9999, &year) || !take(c, "-") || !number(c, 2, 12, &month) ||
	        !take(c, "-") || !number(c, 2, 31, &day) || !month || !day ||
	        day > datetime_month_days((int32_t)year, month))
		return false;
	*days = datetime_days((int32_t)year, month, day);
	return true;
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
	struct moment m;
	int64_t days, time, offset;

	if (!read_date(&c, &days) || !take(&c, "Tt ") || !read_time(&c, &time) ||
	        !read_fraction(&c, &m.ns) || !read_offset(&c, &offset) || c.p != c.end)
		return false;
	m.s = days * DAY + time;
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

/* The years are within those of datetime_civil(). */
static struct civil civil_of(const struct moment *m)
{
	const struct datetime t = { .unix_s = m->s, .ns = m->ns };
	struct civil c = { 0 };

	(void)datetime_civil(&t, &c);
	return c;
}

void moment_date(const struct moment *m, struct strbuf *out)
{
	struct civil c = civil_of(m);

	strbuf_printf(out, "%04d-%02u-%02u", c.year, c.month, c.day);
}

void moment_time(const struct moment *m, struct strbuf *out)
{
	struct civil c = civil_of(m);

	strbuf_printf(out, "%02u:%02u:%02u", c.hour, c.minute, c.second);
}

void moment_rfc3339(const struct moment *m, struct strbuf *out)
{
	const struct datetime t = { .unix_s = m->s, .ns = m->ns };
	AUTO_TBUF b = { .max = 64 };

	datetime_rfc3339(&t, &b);
	strbuf_add(out, b.s, b.len);
}

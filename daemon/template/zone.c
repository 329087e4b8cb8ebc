#include <string.h>

#include "daemon/template/datetime.h"
#include "daemon/template/zone.h"

#define HEADER 44
#define DAY_S 86400
#define MAX_NAME 64

bool zone_name_ok(const char *name, size_t len)
{
	static const char *const others[] = { "posix/", "right/", "posixrules", "localtime" };
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789/_+-";

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (len >= strlen(others[i]) && memcmp(name, others[i], strlen(others[i])) == 0)
			return false;
	for (size_t i = 0; i < len; i++)
		if (!name[i] || !strchr(letters, name[i]))
			return false;
	return len > 0 && len <= MAX_NAME && name[0] != '/';
}

/* ---- the file ---- */

struct tzif {
	const uint8_t *times, *indexes, *types, *names, *footer;
	uint32_t n_times, n_types, n_names;
	size_t n_footer;
};

static uint32_t read_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t read_i64(const uint8_t *p)
{
	return (int64_t)((uint64_t)read_u32(p) << 32 | read_u32(p + 4));
}

/* Bytes of the block behind a header whose times take time_size bytes each. */
static uint64_t block_size(const uint8_t *h, unsigned time_size)
{
	uint64_t n_ut = read_u32(h + 20), n_std = read_u32(h + 24), n_leap = read_u32(h + 28);
	uint64_t n_times = read_u32(h + 32), n_types = read_u32(h + 36), n_names = read_u32(h + 40);

	return n_times * (time_size + 1) + n_types * 6 + n_names + n_leap * (time_size + 4) +
	       n_std + n_ut;
}

static bool is_header(const uint8_t *p, size_t len)
{
	return len >= HEADER && memcmp(p, "TZif", 4) == 0 && p[4] >= '2';
}

/* The second block, with times of 64 bits. */
static bool open_file(const uint8_t *p, size_t len, struct tzif *z)
{
	uint64_t skip;

	if (!is_header(p, len))
		return false;
	skip = HEADER + block_size(p, 4);
	if (skip > len || !is_header(p + skip, len - skip))
		return false;
	p += skip;
	len -= skip + HEADER;
	if (block_size(p, 8) > len)
		return false;
	z->n_times = read_u32(p + 32);
	z->n_types = read_u32(p + 36);
	z->n_names = read_u32(p + 40);
	z->times = p + HEADER;
	z->indexes = z->times + (size_t)z->n_times * 8;
	z->types = z->indexes + z->n_times;
	z->names = z->types + (size_t)z->n_types * 6;
	z->footer = z->times + block_size(p, 8);
	z->n_footer = len - (size_t)block_size(p, 8);
	return z->n_types > 0 && z->n_names > 0;
}

static bool give(int32_t offset_s, const char *name, size_t n, struct zone_time *out)
{
	if (n >= sizeof(out->abbreviation) || offset_s <= -DAY_S || offset_s >= DAY_S)
		return false;
	out->offset_s = offset_s;
	memcpy(out->abbreviation, name, n);
	out->abbreviation[n] = '\0';
	return true;
}

static bool give_type(const struct tzif *z, uint32_t index, struct zone_time *out)
{
	const uint8_t *type = z->types + (size_t)index * 6;
	const char *name;

	if (index >= z->n_types || type[5] >= z->n_names)
		return false;
	name = (const char *)z->names + type[5];
	return give((int32_t)read_u32(type), name, strnlen(name, z->n_names - type[5]), out);
}

/* ---- the footer: a rule for what comes after the last transition (POSIX TZ, with the extensions
 * of RFC 8536, 3.3.1) ---- */

struct rule {
	char kind; /* 'M' month.week.weekday, 'J' day without 29 February, '0' day from 0 */
	int32_t a, b, c;
	int32_t time_s;
};

struct posix {
	const char *names[2];
	size_t n_names[2];
	int32_t offsets[2]; /* east */
	bool has_dst;
	struct rule rules[2]; /* begin and end of daylight saving time */
};

struct text {
	const char *p, *end;
};

static bool take(struct text *t, char c)
{
	if (t->p == t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

static bool number(struct text *t, int32_t *out)
{
	const char *from = t->p;

	*out = 0;
	for (; t->p < t->end && *t->p >= '0' && *t->p <= '9' && t->p - from < 4; t->p++)
		*out = *out * 10 + (*t->p - '0');
	return t->p > from;
}

static bool name(struct text *t, const char **out, size_t *n)
{
	bool quoted = take(t, '<');

	*out = t->p;
	while (t->p < t->end && (quoted ? *t->p != '>' : !strchr("+-,0123456789\n", *t->p)))
		t->p++;
	*n = (size_t)(t->p - *out);
	return *n > 0 && (!quoted || take(t, '>'));
}

/* [+-]h[:mm[:ss]] */
static bool clock_time(struct text *t, int32_t *out)
{
	bool negative = take(t, '-');
	int32_t h, m = 0, s = 0;

	if (!negative)
		take(t, '+');
	if (!number(t, &h) || (take(t, ':') && !number(t, &m)) || (take(t, ':') && !number(t, &s)))
		return false;
	*out = (h * 3600 + m * 60 + s) * (negative ? -1 : 1);
	return true;
}

static bool rule(struct text *t, struct rule *r)
{
	if (!take(t, ','))
		return false;
	r->time_s = 7200;
	r->kind = take(t, 'M') ? 'M' : take(t, 'J') ? 'J' : '0';
	if (!number(t, &r->a))
		return false;
	if (r->kind == 'M' && !(take(t, '.') && number(t, &r->b) && take(t, '.') &&
	                              number(t, &r->c) && r->a >= 1 && r->a <= 12 && r->c <= 6))
		return false;
	return !take(t, '/') || clock_time(t, &r->time_s);
}

static bool read_posix(struct text t, struct posix *p)
{
	if (!take(&t, '\n') || !name(&t, &p->names[0], &p->n_names[0]) ||
	        !clock_time(&t, &p->offsets[0]))
		return false;
	p->offsets[0] = -p->offsets[0];
	p->offsets[1] = p->offsets[0] + 3600;
	p->has_dst = t.p < t.end && *t.p != '\n';
	if (!p->has_dst)
		return true;
	if (!name(&t, &p->names[1], &p->n_names[1]))
		return false;
	if (t.p < t.end && *t.p != ',') {
		if (!clock_time(&t, &p->offsets[1]))
			return false;
		p->offsets[1] = -p->offsets[1];
	}
	return rule(&t, &p->rules[0]) && rule(&t, &p->rules[1]);
}

/* When a rule acts in a year, seconds since 1970, as if local time were UTC. */
static int64_t rule_time(const struct rule *r, int32_t year)
{
	int64_t first = datetime_days(year, 1, 1), day;
	bool leap = datetime_month_days(year, 2) == 29;

	if (r->kind == 'J')
		day = first + r->a - 1 + (leap && r->a > 59);
	else if (r->kind == '0')
		day = first + r->a;
	else {
		int64_t month = datetime_days(year, (unsigned)r->a, 1);
		int64_t weekday = ((month + 4) % 7 + 7) % 7;
		int64_t in_month = (r->c - weekday + 7) % 7 + 7 * (r->b - 1);

		if (in_month >= datetime_month_days(year, (unsigned)r->a))
			in_month -= 7; /* week 5 is the last one */
		day = month + in_month;
	}
	return day * DAY_S + r->time_s;
}

static bool is_dst(const struct posix *p, int64_t unix_s)
{
	const struct datetime t = { .unix_s = unix_s, .offset_s = p->offsets[0] };
	struct civil c;

	if (!p->has_dst || !datetime_civil(&t, &c))
		return false;

	int64_t begin = rule_time(&p->rules[0], c.year) - p->offsets[0];
	int64_t end = rule_time(&p->rules[1], c.year) - p->offsets[1];

	/* In the south it begins late in the year and ends early. */
	return begin < end ? unix_s >= begin && unix_s < end : unix_s >= begin || unix_s < end;
}

static bool give_rule(const struct tzif *z, int64_t unix_s, struct zone_time *out)
{
	struct posix p = { .has_dst = false };
	bool dst;

	if (!read_posix(
	            (struct text){ (const char *)z->footer, (const char *)z->footer + z->n_footer },
	            &p))
		return false;
	dst = is_dst(&p, unix_s);
	return give(p.offsets[dst], p.names[dst], p.n_names[dst], out);
}

/* The last transition at or before the moment; n_times when there is none. */
static uint32_t find_transition(const struct tzif *z, int64_t unix_s)
{
	uint32_t from = 0, to = z->n_times;

	while (from < to) {
		uint32_t mid = from + (to - from) / 2;

		if (read_i64(z->times + (size_t)mid * 8) <= unix_s)
			from = mid + 1;
		else
			to = mid;
	}
	return from > 0 ? from - 1 : z->n_times;
}

bool zone_at(const void *data, size_t len, int64_t unix_s, struct zone_time *out)
{
	struct tzif z;
	uint32_t i;

	if (!open_file(data, len, &z))
		return false;
	i = find_transition(&z, unix_s);
	if ((z.n_times == 0 || i == z.n_times - 1) && give_rule(&z, unix_s, out))
		return true;
	return give_type(&z, i < z.n_times ? z.indexes[i] : 0, out);
}

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "daemon/template/datetime.h"
#include "daemon/template/zone.h"
#include "daemon/template/zone_priv.h"

#define DAY_S 86400
#define FIRST_S (-(INT64_C(1) << 33)) /* what the first transition is counted from */
#define UNIT_S 900
#define MAX_TYPES 64

struct wanted {
	const char *name;
	size_t len;
};

static int compare(const void *key, const void *row)
{
	const struct wanted *w = key;
	const char *name = ((const struct zone_row *)row)->name;
	size_t n = strlen(name);
	int order = memcmp(w->name, name, w->len < n ? w->len : n);

	return order ? order : w->len < n ? -1 : w->len > n;
}

const struct zone_row *zone_find(const char *name, size_t len)
{
	const struct wanted w = { name, len };

	return len ? bsearch(&w, zone_rows, zone_n_rows, sizeof(*zone_rows), compare) : NULL;
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
	while (t->p < t->end && (quoted ? *t->p != '>' : !strchr("+-,0123456789", *t->p)))
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
	if (!name(&t, &p->names[0], &p->n_names[0]) || !clock_time(&t, &p->offsets[0]))
		return false;
	p->offsets[0] = -p->offsets[0];
	p->offsets[1] = p->offsets[0] + 3600;
	p->has_dst = t.p < t.end;
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

/* ---- the transitions ---- */

/* The table is ours: what is asserted here, zone-tables has seen to. */
static uint64_t packed_number(struct text *t)
{
	uint64_t v = 0;
	unsigned char c;

	for (unsigned shift = 0;; shift += 7) {
		assert(t->p < t->end && shift < 64);
		c = (unsigned char)*t->p++;
		v |= (uint64_t)(c & 127) << shift;
		if (c < 128)
			return v;
	}
}

struct kind {
	int32_t offset_s;
	const char *name;
};

static size_t packed_kinds(struct text *t, struct kind kinds[MAX_TYPES])
{
	size_t n = (size_t)packed_number(t);

	assert(n > 0 && n <= MAX_TYPES);
	for (size_t i = 0; i < n; i++) {
		uint64_t zigzag = packed_number(t);

		kinds[i].offset_s = (int32_t)(zigzag >> 1) ^ -(int32_t)(zigzag & 1);
		kinds[i].name = t->p;
		t->p += strlen(t->p) + 1;
		assert(t->p < t->end);
	}
	return n;
}

/* The kind of time after the last transition up to the moment. *last: it is the last there is. */
static size_t packed_transition(struct text *t, size_t n_kinds, int64_t unix_s, bool *last)
{
	uint64_t n = packed_number(t), distance;
	int64_t at = FIRST_S;
	size_t kind = 0, next;

	*last = true;
	for (uint64_t i = 0; i < n; i++) {
		distance = packed_number(t);
		at += (int64_t)(distance >> 1) * (distance & 1 ? 1 : UNIT_S);
		next = (unsigned char)*t->p++;
		assert(next < n_kinds);
		if (at <= unix_s)
			kind = next;
		else
			*last = false;
	}
	return kind;
}

static void give(int32_t offset_s, const char *name, size_t n, struct zone_time *out)
{
	assert(n < sizeof(out->abbreviation) && offset_s > -DAY_S && offset_s < DAY_S);
	out->offset_s = offset_s;
	memcpy(out->abbreviation, name, n);
	out->abbreviation[n] = '\0';
}

void zone_at(const struct zone_row *zone, int64_t unix_s, struct zone_time *out)
{
	const char *packed = zone_text(zone);
	AUTO_STRBUF bytes = STRBUF_INIT;
	struct kind kinds[MAX_TYPES];
	struct posix p = { .has_dst = false };
	struct err e;
	bool last;
	int rc = base64_decode(&bytes, packed, strlen(packed), &e);

	assert(rc == 0);
	(void)rc;

	struct text t = { bytes.s, bytes.s + bytes.len };
	size_t n = packed_kinds(&t, kinds), kind = packed_transition(&t, n, unix_s, &last);

	if (last && t.p < t.end && read_posix(t, &p)) {
		bool dst = is_dst(&p, unix_s);

		give(p.offsets[dst], p.names[dst], p.n_names[dst], out);
	} else {
		give(kinds[kind].offset_s, kinds[kind].name, strlen(kinds[kind].name), out);
	}
}

/* The filter `date`. */
#include "daemon/template/datetime.h"
#include "daemon/template/tera_priv.h"
#include "daemon/template/zone.h"

#define UTC "UTC"

/* 1 with *out when a zone was asked for, 0 when not. */
static int zone_argument(struct call *c, const struct zone_row **out)
{
	struct tvalue name;
	int rc = call_arg_string(c, "timezone", &name);

	if (rc <= 0)
		return rc;
	*out = zone_find(name.s, name.len);
	if (!*out)
		return call_fail(c, "Error parsing `%.*s` as a timezone", (int)name.len, name.s);
	return 1;
}

/* What the filter is applied to. *zoned: a time zone has an effect on it. */
static int read_input(struct call *c, struct datetime *t, bool *zoned)
{
	const struct tvalue *v = &c->input;

	*zoned = v->type == TVALUE_INT;
	switch (v->type) {
	case TVALUE_INT:
		*t = (struct datetime){ .unix_s = v->i };
		return 0;
	case TVALUE_UINT:
	case TVALUE_FLOAT:
		return call_fail(c, "Filter `date` was invoked on a float: %s", call_json(c, v));
	case TVALUE_STRING:
		break;
	default:
		return call_fail(c,
		        "Filter `date` received an incorrect type for arg `value`: got `%s` but "
		        "expected i64|u64|String",
		        call_json(c, v));
	}
	if (!memchr(v->s, 'T', v->len))
		return datetime_read_date(v->s, v->len, t)
		               ? 0
		               : call_fail(c, "Error parsing `%s` as YYYY-MM-DD date",
		                         call_json(c, v));
	*zoned = datetime_read(v->s, v->len, t);
	if (!*zoned && !datetime_read_naive(v->s, v->len, t))
		return call_fail(
		        c, "Error parsing `%s` as rfc3339 date or naive datetime", call_json(c, v));
	return 0;
}

static int give_date(struct call *c, const struct tvalue *format, const struct datetime *t,
        const char *abbreviation, struct tvalue *out)
{
	struct tbuf *b = call_buf(c);

	if (datetime_format(format->s, format->len, t, abbreviation, b) < 0)
		return call_fail(c, "Filter `date` was invoked on a time out of range: %s",
		        call_json(c, &c->input));
	return call_give(c, b, out);
}

int tera_filter_date(struct call *c, struct tvalue *out)
{
	static const struct datetime any = { .unix_s = 0 };
	struct tvalue format = TVALUE_STR("%Y-%m-%d");
	const struct zone_row *zone = NULL;
	struct zone_time local;
	struct datetime t;
	bool zoned;

	if (call_arg_string(c, "format", &format) < 0)
		return -1;
	if (datetime_format(format.s, format.len, &any, UTC, call_buf(c)) < 0)
		return call_fail(c, "Invalid date format `%.*s`", (int)format.len, format.s);
	if (zone_argument(c, &zone) < 0 || read_input(c, &t, &zoned) < 0)
		return -1;
	if (!zoned || (!zone && c->input.type == TVALUE_INT))
		return give_date(c, &format, &t, UTC, out);
	if (!zone)
		return give_date(c, &format, &t, NULL, out);
	zone_at(zone, t.unix_s, &local);
	t.offset_s = local.offset_s;
	return give_date(c, &format, &t, local.abbreviation, out);
}

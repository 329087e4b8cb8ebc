/* daemon/template/datetime.h - moments as templates read, reckon and write them.
 *
 * The proleptic Gregorian calendar, years -262143 to 262142 (the range of what upstream's dates
 * hold). Reading is as lenient as upstream's: chrono 0.4, https://docs.rs/chrono, of which the
 * rules were measured. Pure functions, any thread.
 */
#ifndef DAEMON_TEMPLATE_DATETIME_H
#define DAEMON_TEMPLATE_DATETIME_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/template/buf.h"

struct datetime {
	int64_t unix_s;   /* seconds since 1970-01-01 UTC */
	uint32_t ns;      /* from 1e9 on: in the leap second that follows unix_s */
	int32_t offset_s; /* of local time, seconds east of UTC; less than a day */
};

/* Local time. */
struct civil {
	int32_t year;
	uint8_t month, day, hour, minute,
	        second;    /* from 1, 1, 0, 0, 0; second 60 in a leap second */
	uint8_t weekday;   /* from Sunday, 0 */
	uint16_t year_day; /* from 1 */
};

/* false when the local time lies outside the calendar. */
bool datetime_civil(const struct datetime *t, struct civil *out);
/* Nanoseconds since 1970, in UTC. */
void datetime_from_ns(int64_t ns, struct datetime *out);

/* "2025-01-01T00:00:00+00:00", with a fraction of 3, 6 or 9 digits when it is not zero. */
void datetime_rfc3339(const struct datetime *t, struct tbuf *out);

/* A date, "T", "t" or a blank, a time, and "Z", "UTC" or an offset. */
bool datetime_read(const char *s, size_t n, struct datetime *out);
/* A date, "T" and a time, in UTC. */
bool datetime_read_naive(const char *s, size_t n, struct datetime *out);
/* "2025-01-01", the midnight it begins with, in UTC. */
bool datetime_read_date(const char *s, size_t n, struct datetime *out);

/* Days since 1970-01-01. The day must exist. */
int64_t datetime_days(int32_t year, unsigned month, unsigned day);
/* Days of a month. */
unsigned datetime_month_days(int32_t year, unsigned month);

/* Writes t by a format of strftime letters, see the manual of `date`. abbreviation is what %Z
 * prints; NULL: the offset. -1 when the format is invalid, or t lies outside the calendar; out then
 * holds a part. */
int datetime_format(const char *format, size_t n, const struct datetime *t,
        const char *abbreviation, struct tbuf *out) MUST_CHECK;

#endif

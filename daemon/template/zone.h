/* daemon/template/zone.h - what a time zone's clocks showed, and will show, at a moment.
 *
 * The zones are in the program (IANA tzdata, zone_tables.c, made by zone-tables), so that a
 * template gives the same bytes on a machine that has other rules, or none. Pure functions, any
 * thread.
 */
#ifndef DAEMON_TEMPLATE_ZONE_H
#define DAEMON_TEMPLATE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZONE_ABBREVIATION_MAX 16

struct zone_time {
	int32_t offset_s; /* east of UTC; less than a day */
	char abbreviation[ZONE_ABBREVIATION_MAX];
};

struct zone_row;

/* The zone of that name ("Europe/Paris", case counts); NULL when there is none. */
const struct zone_row *zone_find(const char *name, size_t len);

void zone_at(const struct zone_row *zone, int64_t unix_s, struct zone_time *out);

#endif

/* daemon/template/zone.h - what a time zone's clocks showed at a moment.
 *
 * Reads compiled zone files (TZif, RFC 8536) given as bytes, which may be anything: nothing is read
 * outside of them. Pure functions, any thread.
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

/* Whether name has the form of an IANA zone ("Europe/Paris"); asked before it names a file. */
bool zone_name_ok(const char *name, size_t len);

/* false when data is no zone file of version 2 or later. */
bool zone_at(const void *data, size_t len, int64_t unix_s, struct zone_time *out);

#endif

/* daemon/template/moment.h - a point in time as RFC 3339 writes it, in the years 0000 to 9999.
 *
 * No clock is read here and no time zone known: offsets are part of the text. Thread: any.
 */
#ifndef DAEMON_TEMPLATE_MOMENT_H
#define DAEMON_TEMPLATE_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf;

struct moment {
	int64_t s;   /* since 1970-01-01T00:00:00Z; before it negative */
	uint32_t ns; /* 0 to 999,999,999 after it */
};

/* "2025-01-01T00:00:00.5+01:00"; T and Z of either case, a blank for T, digits behind the ninth of
 * a fraction are dropped, second 60 is the next minute. False when it is no such text. */
bool moment_parse(const char *s, size_t len, struct moment *out);
/* Moves by seconds; false, and nothing done, when that leaves the years. */
bool moment_add(struct moment *m, int64_t seconds);
int64_t moment_ms(const struct moment *m); /* since 1970, rounded down */
/* UTC with "+00:00"; a fraction only when it is not zero, of 3, 6 or 9 digits. */
void moment_rfc3339(const struct moment *m, struct strbuf *out);
void moment_date(const struct moment *m, struct strbuf *out); /* YYYY-MM-DD */
void moment_time(const struct moment *m, struct strbuf *out); /* HH:MM:SS */

#endif

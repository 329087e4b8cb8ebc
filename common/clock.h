/* common/clock.h - time. Spans are CLOCK_MONOTONIC; dates are CLOCK_REALTIME, UTC. */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_US 1000LL
#define NS_PER_MS 1000000LL
#define NS_PER_S 1000000000LL

int64_t clock_ns(void);      /* monotonic nanoseconds */
int64_t clock_ms(void);      /* monotonic milliseconds */
int64_t clock_wall_ns(void); /* since 1970-01-01 UTC */

/* A span of ns as milliseconds, cut to whole microseconds: JSON has three decimals, and what is
 * read back from it is the same number, which any other form rounds the same way. */
double clock_span_ms(int64_t ns);

#define RFC3339_LEN 28
/* "2026-01-14T10:41:07.204113Z" of wall_ns into out, with its NUL. */
void clock_rfc3339(int64_t wall_ns, char out[RFC3339_LEN]);

#endif

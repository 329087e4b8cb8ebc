#include <stdio.h>
#include <time.h>

#include "common/clock.h"

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t clock_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_ms(void)
{
	return clock_ns() / NS_PER_MS;
}

int64_t clock_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

double clock_span_ms(int64_t ns)
{
	int64_t us = ns / NS_PER_US;

	return (double)us / 1000.0;
}

void clock_rfc3339(int64_t wall_ns, char out[RFC3339_LEN])
{
	int64_t s = wall_ns / NS_PER_S, ns = wall_ns % NS_PER_S;

	if (ns < 0) {
		ns += NS_PER_S;
		s--;
	}

	time_t t = (time_t)s;
	struct tm tm;

	/* 64 bits of nanoseconds reach from 1677 to 2262: four digits of year. The remainders only
	 * tell the compiler that. */
	gmtime_r(&t, &tm);
	snprintf(out, RFC3339_LEN, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ",
	        (unsigned)(tm.tm_year + 1900) % 10000u, (unsigned)(tm.tm_mon + 1) % 100u,
	        (unsigned)tm.tm_mday % 100u, (unsigned)tm.tm_hour % 100u,
	        (unsigned)tm.tm_min % 100u, (unsigned)tm.tm_sec % 100u,
	        (unsigned)(ns / NS_PER_US) % 1000000u);
}

/* daemon/model/quarantine.h - whose failures do not count for a while: [[quarantine]] of the
 * project file (config.md 5.3). */
#ifndef DAEMON_MODEL_QUARANTINE_H
#define DAEMON_MODEL_QUARANTINE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/mem.h"

#define QUARANTINE_DATE_LEN 10 /* "2026-02-01" */

struct quarantine {
	const char *test;    /* glob on path::scenario or TEST/SCENARIO */
	const char *owner;   /* who cares */
	const char *until;   /* the last day on which it holds (UTC), as written */
	const char *reason;  /* or NULL */
	int64_t end_wall_ns; /* when that day is over */
	const char *file;    /* where it stands, for messages */
	uint32_t line;
};

/* When the day that begins with YYYY-MM-DD is over in UTC; what is behind the day is not looked at.
 * False when there is no such day. */
bool quarantine_end(const char *date, int64_t *wall_ns);
/* Whether it is about a scenario: path is that of its file below the root of its project. */
bool quarantine_names(
        const struct quarantine *q, const char *path, const char *scenario, const char *id);
/* Those marks of it that a result shows, in arena a: test, owner, until and reason. */
struct quarantine *quarantine_copy(const struct quarantine *q, struct arena *a);

#endif

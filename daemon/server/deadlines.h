/* daemon/server/deadlines.h - which deadlines the steps of a run had, and why. */
#ifndef DAEMON_SERVER_DEADLINES_H
#define DAEMON_SERVER_DEADLINES_H

#include "daemon/model/result.h"
#include "daemon/store/store.h"

/* Nobody looks a learnt deadline up for a step that is quick: here it is found out afterwards, from
 * the runs that were before. On a worker. */
void deadlines_fill(struct store *s, struct run_result *r);
/* "deadline 60 s (default), 2.0 s of silence (learnt: ...)", appended; silence may be NULL. */
void deadline_text(const struct deadline *d, const struct silence *silence, struct strbuf *out);
/* Lines for people, appended. */
void deadlines_text(const struct run_result *r, struct strbuf *out);

#endif

/* daemon/server/history.h - what the handlers of past runs share. */
#ifndef DAEMON_SERVER_HISTORY_H
#define DAEMON_SERVER_HISTORY_H

#include "daemon/server/live.h"
#include "daemon/server/offload.h"

/* Full id of a reference, everything recorded so far included. On a worker. */
int history_resolve(struct store *s, const char *ref, char out[16], struct err *e) MUST_CHECK;
/* The same and the whole result; NULL with *e. On a worker. */
struct run_result *history_load(struct store *s, const char *ref, struct err *e);
/* Answers with what such a call failed with; an ambiguous reference is a usage error. */
void history_refuse(struct request *r, const struct err *e);

#endif

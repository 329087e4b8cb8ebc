/* daemon/server/tried.h - the answer to a request for one command, wherever that runs: its stream,
 * its document, its stdin that goes on, its end when the client leaves. */
#ifndef DAEMON_SERVER_TRIED_H
#define DAEMON_SERVER_TRIED_H

#include "daemon/run/run.h"
#include "daemon/server/handler.h"

/* Starts it; sink as of try_start(). */
typedef struct try_run *tried_start_fn(void *arg, const struct try_sink *sink, void *sink_arg);
/* Opens the answer and calls begin(), once, before it returns. */
void tried_answer(struct request *r, bool stdin_open, tried_start_fn *begin, void *arg);

#endif

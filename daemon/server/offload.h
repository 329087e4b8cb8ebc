/* daemon/server/offload.h - the part of a handler that blocks, on a worker thread.
 *
 * Embed struct offload first in a struct of your own. work() runs on a worker and touches that
 * struct alone; answer() runs on the loop while the client is still there; release() always, last.
 */
#ifndef DAEMON_SERVER_OFFLOAD_H
#define DAEMON_SERVER_OFFLOAD_H

#include "daemon/server/server_priv.h"

struct offload {
	struct request *r; /* NULL once the client is gone */
	void (*work)(struct offload *o);
	void (*answer)(struct offload *o); /* must answer */
	void (*release)(struct offload *o);
};

/* The exchange waits. Answers with "busy" when the workers have too much to do. */
void offload(struct request *r, struct offload *o);

#endif

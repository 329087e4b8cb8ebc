/* daemon/server/pour.h - a long text, a slice at a time, so that others have their turn. */
#ifndef DAEMON_SERVER_POUR_H
#define DAEMON_SERVER_POUR_H

#include "daemon/server/server_priv.h"

#define POUR_SLICE (256u << 10)

/* Takes what text holds and sends it as the rest of a stream that is open, which then ends with
 * exit code 0. Nothing else may be sent to r. */
void pour_text(struct request *r, struct strbuf *text);

#endif

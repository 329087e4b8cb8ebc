/* daemon/server/fresh.h - images that a handler needs, made by a worker when that takes a while. */
#ifndef DAEMON_SERVER_FRESH_H
#define DAEMON_SERVER_FRESH_H

#include "daemon/server/handler.h"

/* Calls then() once the image of this name (NULL: each that there is) is at hand or cannot be: at
 * once, or from the loop, unless the client has left by then. */
void fresh_image(struct request *r, const char *name, void (*then)(struct request *r));

#endif

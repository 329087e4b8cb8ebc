/* daemon/server/handlers.h - one handler for each row of proto/routes.h. */
#ifndef DAEMON_SERVER_HANDLERS_H
#define DAEMON_SERVER_HANDLERS_H

#include "daemon/server/handler.h"
#include "proto/routes.h"

#define ROUTE(id, method, path, query, body, answer, summary) void handle_##id(struct request *r);
ROUTES(ROUTE)
#undef ROUTE

#endif

/* daemon/server/plan_draw.h - a plan as a graph that other programs draw. */
#ifndef DAEMON_SERVER_PLAN_DRAW_H
#define DAEMON_SERVER_PLAN_DRAW_H

#include "daemon/server/runs_request.h"

/* Appends it; kind is not GRAPH_ASCII. */
void plan_draw(const struct dry_plan *p, enum plan_graph kind, struct strbuf *out);

#endif

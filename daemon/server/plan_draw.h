/* daemon/server/plan_draw.h - a plan as a graph for other programs.
 *
 * Pure: any thread.
 */
#ifndef DAEMON_SERVER_PLAN_DRAW_H
#define DAEMON_SERVER_PLAN_DRAW_H

#include "daemon/run/run.h"
#include "daemon/server/runs_request.h"

/* GRAPH_DOT or GRAPH_MERMAID: a box for each scenario with its steps, arrows from what must have
 * passed to what needs it. */
void plan_draw(const struct dry_plan *plan, enum plan_graph kind, struct strbuf *out);

#endif

/* daemon/server/runs_wishes.h - reports that a project or its test files ask for themselves:
 * [report] of a file, reporting.generate_junit of a project.
 *
 * The client writes them, as it does those of its command line: a frame "n N LEN" gives the path
 * of a file that the request did not name, frames f its content.
 */
#ifndef DAEMON_SERVER_RUNS_WISHES_H
#define DAEMON_SERVER_RUNS_WISHES_H

#include "daemon/server/runs_request.h"

/* Sends them; the first is file number `from`. Only for clients that read frames. */
void run_wishes_send(struct request *r, const struct run *run, const struct run_result *result,
        const struct run_request *req, unsigned from);

#endif

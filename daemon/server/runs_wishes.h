/* daemon/server/runs_wishes.h - reports that a project or its test files ask for themselves:
 * [report] of a file, reporting.generate_junit and generate_html of a project.
 *
 * The client writes them, as it does those of its command line: a frame "n N LEN" gives the path
 * of a file that the request did not name, frames f its content.
 */
#ifndef DAEMON_SERVER_RUNS_WISHES_H
#define DAEMON_SERVER_RUNS_WISHES_H

#include "daemon/server/runs_document.h"
#include "daemon/server/runs_request.h"

struct wishes;

/* What the settings of a run leave in its report files; all of it when there is no run. */
struct report_parts run_parts(const struct run *run);

/* What the project of a run asks for, whose steps have not begun: where links lead is settled now,
 * and a step moves no report by making one. */
struct wishes *run_wishes_new(const struct request *r, const struct run *run);
/* Whether its project or a file of it asks for a report. */
bool run_wishes_want_any(const struct run *run);
/* What the files of the finished run ask for; nothing for clients that do not read frames. */
void run_wishes_gather(struct wishes *w, const struct request *r, const struct run *run);
void run_wishes_free(struct wishes *w);
/* False when rendering them gives nothing. */
bool run_wishes_any(const struct wishes *w);
/* One of them waits for the disk: run_wishes_render() belongs on a worker. */
bool run_wishes_wait(const struct wishes *w);
/* As frames; the first is file number `from`, and the result the next one. Any thread. */
unsigned run_wishes_render(const struct wishes *w, const struct run_result *result,
        const struct document *how, unsigned from, struct strbuf *out);
/* The snapshots of a run that was asked to write them, and words about each; numbers as of
 * run_wishes_render(). Any thread. */
unsigned run_wishes_snapshots(
        const struct run_result *result, const struct wishes *w, unsigned from, struct strbuf *out);

#endif

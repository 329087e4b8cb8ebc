/* daemon/server/runs_export.h - files that a run has kept, on their way to a client that writes
 * them: frames "n N PATH" and "f N BYTES", a piece at a time as the client takes them.
 */
#ifndef DAEMON_SERVER_RUNS_EXPORT_H
#define DAEMON_SERVER_RUNS_EXPORT_H

#include "daemon/server/handler.h"

struct export;

/* What the result names, to be written below dir, which is absolute. NULL when it names nothing.
 * Copies what it needs. */
struct export *export_new(const char *artifacts_dir, const char *dir, const struct run_result *r);
void export_free(struct export *e);
CLEANUP_FN(export_free, struct export *)
/* The next piece, some bytes at least; the first file has this number. False when there was none
 * left. */
bool export_next(struct export *e, struct exchange *x, unsigned first);

/* Removes what a run kept that nobody will ask for again, on a worker. */
void export_forget(struct work_pool *w, const char *artifacts_dir, const char *run);

/* The directory that the user named, as it is now: a step moves no file by making a link. The
 * caller frees. */
char *export_dir(const char *cwd, const char *given);

#endif

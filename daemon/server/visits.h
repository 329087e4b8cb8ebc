/* daemon/server/visits.h - what the routes of kept sandboxes share. */
#ifndef DAEMON_SERVER_VISITS_H
#define DAEMON_SERVER_VISITS_H

#include "daemon/run/run.h"
#include "daemon/server/handler.h"

#define VISIT_OWN_FAILURE 125 /* as of `try`: the command itself may exit with anything below */

/* The sandbox that the path names; NULL: answered, with that exit code. */
struct kept_sandbox *visits_find(struct request *r, int exit);
/* The shell that is there, when a client names no command. */
struct str_list visits_shell(void);
/* Which step the visit is like; no name: as the sandbox has it. False: answered, with that exit
 * code.
 */
bool visits_find_step(struct request *r, const struct kept_sandbox *k, const char *name, int exit,
        struct visit_options *o);
/* Results of the past: those whose sandbox is among the ids of kept ones say so. */
void visits_mark_kept(struct run_result *r, const struct str_list *ids);

#endif

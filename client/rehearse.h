/* client/rehearse.h - what a user would type, typed: the commands of a suite of `clnrm self-test`.
 *
 * What no test file can do from within a sandbox (run a file twice, ask for the version) stands in
 * the file `commands` of a suite, a line each:
 *
 *   copy FROM TO      SUITE/inputs/FROM becomes TO, in a directory of its own in which all work
 *   fresh TO          TO becomes a text that no other call makes
 *   NAME: ARGUMENTS   clnrm ARGUMENTS, apart by blanks, with neither project nor user file
 *
 * What a command printed and how it ended is put into files (NAME.out, NAME.err, NAME.exit), which
 * the test files of the suite see as a volume and judge. Nothing else is touched.
 */
#ifndef CLIENT_REHEARSE_H
#define CLIENT_REHEARSE_H

#include "client/cmd.h"

struct rehearsal {
	char *dir;  /* SUITE/NAME.* are in it, for everybody to read; NULL = none was needed yet */
	int signal; /* that came meanwhile: all is to end; 0 = none */
};

/* Does the commands of suite dir, if it has any. The daemon is asked as c says. 0, or -1 with a
 * fault, or with r->signal set. SIGINT, SIGTERM and SIGHUP stay blocked from then on, as call()
 * wants them. */
int rehearse(const struct ctx *c, const char *suite_dir, struct rehearsal *r, struct fault *f);
/* Removes all of it. */
void rehearsal_end(struct rehearsal *r);

#endif

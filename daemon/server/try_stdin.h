/* daemon/server/try_stdin.h - stdin of a try that goes on after its request.
 *
 * A try whose request says so has one of these; POST /v1/try/{id}/stdin finds it by the id, and its
 * body is the rest of the stdin: once, from beginning to end. The body is read as fast as the
 * sandbox takes it. Thread: the loop's only.
 */
#ifndef DAEMON_SERVER_TRY_STDIN_H
#define DAEMON_SERVER_TRY_STDIN_H

#include "daemon/server/live.h"

/* Each needs a second connection: half of all places, so that what they wait for always finds one.
 */
#define OPEN_STDINS_MAX (SERVER_CONNECTIONS / 2)

struct upload;

struct try_stdin {
	struct live *live;
	struct upload *upload; /* the body that comes in, or NULL */
	bool used;             /* there was one */
	bool closed;           /* nobody reads it any more */
};

/* Of a try that is about to start. */
void try_stdin_open(struct try_stdin *in, struct live *l);
/* The sink's fed(). */
void try_stdin_fed(struct try_stdin *in, bool closed);
/* The try is over; one that was never opened is fine. */
void try_stdin_over(struct try_stdin *in);

#endif

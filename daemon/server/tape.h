/* daemon/server/tape.h - all events of one run from the first on, for those who attach to it.
 *
 * One tape a run, however many read it: each reader has a place in it and asks for the next event
 * when it can take one, so that a slow reader costs nothing but its place and delays nobody. What
 * is older than the last events is in an unlinked file; results of scenarios are references to
 * those that the run holds.
 *
 * Beyond TAPE_MAX bytes, or when the file cannot be written, output and progress are left out, and
 * a gap event says how many; verdicts never are.
 *
 * Thread: the loop's only.
 */
#ifndef DAEMON_SERVER_TAPE_H
#define DAEMON_SERVER_TAPE_H

#include "common/err.h"
#include "common/mem.h"
#include "daemon/model/event.h"

#define TAPE_MEMORY (64u << 10) /* bytes of the last events that are not in the file */
#define TAPE_MAX (1ull << 30)   /* bytes from which on output and progress are left out */

struct tape;

struct tape_reader {
	struct tape_reader *next;
	struct tape *tape; /* NULL = it reads nothing */
	uint64_t at;
	/* There is more, or the tape is closed; may call everything but tape_close(). */
	void (*more)(struct tape_reader *r);
};

struct tape *tape_new(void);
/* The run's own reference goes with it; no event comes after it. Readers go on to the end. */
void tape_close(struct tape *t);
CLEANUP_FN(tape_close, struct tape *)
void tape_put(struct tape *t, const struct event *ev);

/* From the first event on. */
void tape_open(struct tape *t, struct tape_reader *r, void (*more)(struct tape_reader *r));
/* Gives the place back; nothing when it was given back already. */
void tape_leave(struct tape_reader *r);
/* The next event; its texts live in a, the result of a scenario as long as the reader does not
 * leave. 1, or 0 when there is none yet, or -1 when the file could not be read. */
int tape_next(struct tape_reader *r, struct arena *a, struct event *ev, struct err *e) MUST_CHECK;
/* No event is left now. */
bool tape_is_at_end(const struct tape_reader *r);
/* And none will come. */
bool tape_is_over(const struct tape_reader *r);

#endif

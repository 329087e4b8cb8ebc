/* daemon/server/live.h - runs, tries and sessions that watch, not over: who reads them, who waits
 * for their end.
 *
 * One struct live for each; it belongs to the request that started it and outlives its connection.
 * Observers see its events and its end: DELETE waits so, `logs -f` follows so. The latest output of
 * scenarios that still run is kept, since it is in no store yet.
 */
#ifndef DAEMON_SERVER_LIVE_H
#define DAEMON_SERVER_LIVE_H

#include "daemon/server/server_priv.h"

#define RECENT_MAX (512u << 10) /* bytes of output kept for those who follow later */

struct observer {
	struct observer *next;
	struct live *live;                                         /* NULL once it is over */
	void (*event)(struct observer *o, const struct event *ev); /* or NULL */
	void (*over)(struct observer *o, const char *state);       /* the last call */
};

struct live {
	struct server *server;
	struct live *prev, *next;
	char id[16];
	struct human *human; /* of the stream that the client reads, or NULL */
	struct run *run;     /* one of the three */
	struct try_run *try;
	struct dev *dev;
	struct try_stdin *in; /* of a try: try_stdin.h; or NULL */
	struct observer *observers;
	struct recent *recent, *recent_last;
	size_t recent_bytes;
	struct tape *tape; /* of a run, or NULL: its events, for those who attach */
	bool unstored;     /* it will not be in the history */
};

/* The text that one of several who are attached to a run reads; its number is in the header
 * Clnrm-View of the answer. */
struct view {
	struct view *next;
	struct server *server; /* NULL: it is on no list */
	unsigned number;
	struct human *human;
};

/* Lists it, with a number of its own. v stays the caller's, who removes it before it goes. */
void view_add(struct server *s, struct view *v, struct human *human);
/* Nothing when it is on no list. */
void view_remove(struct view *v);
/* NULL when nobody reads under that number any more. */
struct view *view_find(const struct server *s, unsigned number);

/* Lists it; it stays the caller's, who says live_over() before it goes. */
void live_add(struct server *s, struct live *l);
/* Tells the observers and takes it off the list. state: "done", "cancelled". */
void live_over(struct live *l, const char *state);
/* By its whole id; NULL when there is none, or not any more. */
struct live *live_find(const struct server *s, const char *id);
/* Asks it to end; by as in the event of that name. It may be over before this returns. */
void live_cancel(struct live *l, const char *by);

/* o stays the caller's, who forgets it before it goes, unless over() was called. */
void live_observe(struct live *l, struct observer *o);
/* Nothing when it observes nothing. */
void live_forget(struct observer *o);
/* Keeps what live_replay() will want of it, and tells the observers, who may forget themselves. */
void live_event(struct live *l, const struct event *ev);
/* The output events that are kept, oldest first, for one observer. */
void live_replay(struct live *l, struct observer *o);

#endif

/* daemon/store/store_priv.h - the store itself: who owns what between its threads.
 *
 * store.c   the door: opening, recording, asking
 * large.c   recording what would hold up the loop
 * writer.c  the thread that moves the journal into the database
 * writer_open.c   its connection    writer_tidy.c  what it takes out
 * slot.c    which daemon writes where    claim.c   what dead ones left
 * journal.c files of records            take.c    records to rows
 * db.c      connections, statements     list.c load.c past.c  rows to results
 * schema.c  tables and migrations       remove.c  removal and retention
 */
#ifndef DAEMON_STORE_STORE_PRIV_H
#define DAEMON_STORE_STORE_PRIV_H

#include <pthread.h>

#include "daemon/store/rows_priv.h"
#include "daemon/store/slot_priv.h"

#define READERS_KEPT 4
#define RECORD_RAW_MAX (32u << 20) /* captured bytes of one scenario that a record takes */
#define LINE_KEPT (1u << 20)       /* larger line buffers are given back */

struct removal {
	struct removal *next;
	const char *const *ids;
	size_t n_ids;
	int64_t older_than_wall_ns;
	bool all, done;
	int rc;
	unsigned n;
	struct err *e;
};

/* Messages of store_figures(), by what they are about; "" = well. */
enum store_fault {
	FAULT_DATABASE, /* cannot be used now */
	FAULT_JOURNAL,  /* cannot be written now */
	FAULT_LOST,     /* a file was damaged or not ours and was put aside; stays until the end */
	FAULT_COUNT
};

struct store {
	char *dir, *db_path, *artifacts; /* the last may be NULL */
	uint64_t max_bytes, journal_max;
	unsigned max_runs;
	bool disabled;

	/* The loop's thread. */
	struct segment *active; /* NULL: the journal could not be made yet */
	struct strbuf line;
	bool refusing; /* the last record could not be written */

	/* Between the loop and the writer. */
	_Atomic(struct segment *) spare; /* made by the writer, becomes active */
	_Atomic uint64_t recorded;       /* bytes, by this daemon */
	_Atomic uint64_t stored;         /* the same, in the database */
	_Atomic uint64_t records;        /* recorded, a count */
	_Atomic bool asleep;             /* the writer waits to be woken */
	_Atomic uint64_t kept_bytes;     /* of results for later runs, at most */
	_Atomic uint64_t forgotten;      /* recorded, when results were taken back last */
	_Atomic uint64_t kept_evicted;
	_Atomic unsigned unresolved; /* references to results that were not there */
	uint64_t kept_entries;

	pthread_mutex_t lock;
	pthread_cond_t wake, done;
	/* Under lock. */
	bool woken, stop, need_segment, check;
	bool ready;   /* the journal of dead daemons is in the database */
	bool failing; /* the database cannot be used; tried again at retry_ns */
	unsigned waiting;
	struct removal *removals;
	uint64_t stored_records, bytes;
	unsigned runs;
	char fault[FAULT_COUNT][256];
	struct db *idle[READERS_KEPT];
	unsigned n_idle, generation; /* of the database file that readers have open */

	/* The writer's thread (and before it starts). */
	pthread_t thread;
	char *journal_path; /* NULL: no slot yet */
	int slots_fd;
	unsigned slot;    /* ours */
	uint64_t adopted; /* slots of dead daemons, held until their files are taken */
	struct db *db;
	struct segment *head; /* oldest first; what is being taken */
	struct segment *attached;
	struct cursor cur;
	uint64_t retired; /* bytes of segments that are done, of this daemon */
	uint64_t next_number;
	int64_t retry_ns, backoff_ns, rotate_ns, aside_ns;
	uint64_t damage_seen;
	bool unclean;        /* a daemon died: check the file */
	bool tidy;           /* rows to remove, or runs too many */
	bool kept_changed;   /* results for later runs: perhaps too many */
	uint64_t bound_seen; /* kept_bytes, as it was applied last */
};

void *writer_main(void *arg);

/* Parts of the writer's round; its thread's alone. */
#define RETRY_MAX_NS (60 * NS_PER_S) /* between two tries to use the database */
/* writer_open.c. There is a connection to the file that is at its place; one that is damaged or
 * newer is put aside once. */
int writer_open(struct store *s, struct err *e) MUST_CHECK;
/* Drops the connection to a file that another daemon has put aside; true when it was one. */
bool writer_lost_sight(struct store *s);
/* After an error: 0 when the cause was put aside and a new try makes sense, -1 to wait. */
int writer_after_error(struct store *s, struct err *e);
/* writer_tidy.c. Does the removal that waits longest; true when there was one. */
bool writer_serve(struct store *s);
/* A small transaction's worth of what is too much; 1 when there is more, 0 when there is not. */
int writer_tidy(struct store *s, struct err *e) MUST_CHECK;

/* Sets or clears ("") a message; takes the lock. True when it was clear before. */
bool store_fault(struct store *s, enum store_fault which, const char *fmt, ...) PRINTF(3, 4);

/* Steps of recording, for the loop's thread. */
/* Goes over to the file that the writer has made. */
void store_use_spare(struct store *s);
/* -1 when there is no file to write to, or too much waits for the database. */
int store_has_room(struct store *s, struct err *e) MUST_CHECK;
/* A disk that is full may refuse each of ten thousand records: only changes are noted. */
void store_note_outcome(struct store *s, int rc, const struct err *e);
void store_wake_if(struct store *s, bool now);
/* The record of an event, its captured output cut to what is kept. Any thread. */
void store_line(const struct event *ev, struct strbuf *out);

/* Takes a slot, and over what dead daemons left in it and in others. */
int store_claim(struct store *s, struct err *e) MUST_CHECK;
/* Once all that was taken over is in the database: runs of daemons that are dead become lost, and
 * the slots but ours are free again. The writer's thread. */
int store_settle(struct store *s, struct err *e) MUST_CHECK;

/* Puts a file of the journal at the end of the writer's list. */
void store_add_segment(struct store *s, struct segment *g);

#endif

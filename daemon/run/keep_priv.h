/* daemon/run/keep_priv.h - what is kept after a scenario: between keep.c, the scenario that leaves
 * it (exec.c) and those who visit it (try.c). */
#ifndef DAEMON_RUN_KEEP_PRIV_H
#define DAEMON_RUN_KEEP_PRIV_H

#include "daemon/run/run_priv.h"

struct exec;
struct place_run;

/* Or, while a scenario runs, what those need who are in its sandbox. */
struct kept_sandbox {
	struct runner *r;
	struct kept_sandbox *next; /* the older one */
	struct arena *arena;
	struct lease *lease; /* NULL once it is over */
	const char *id;      /* of its sandbox, which a dead one has lost */
	const char *project, *file, *scenario;
	struct sandbox_spec *spec;
	struct step *steps; /* environment, directory, user of those that it had */
	size_t n_steps;
	const struct step *usual; /* which of them visits are like; NULL: there was none */
	bool usual_failed;
	uint64_t max_bytes;       /* of all that its project keeps */
	struct loop_timer *timer; /* until its time is over */
	struct strbuf in;
	struct try_run *visits;
	uint32_t next_visit;
	unsigned expecting; /* visits that wait for a descriptor */
	int passed;         /* one that nobody has taken yet, or -1 */
	bool begun;         /* its bytes are read here; before and meanwhile it is not freed */
	bool late, over;
	bool running; /* its scenario still runs: the lease is that, and so is the end */
};

/* ---- keep.c ---- */
/* Whether it has sandboxes of its own, which can stay. */
bool keep_fits(const struct scenario *sc);
/* Whether the sandboxes of a scenario with that verdict stay. Where they were asked for and cannot,
 * a note says why. */
bool keep_wants(const struct planned *pl, enum verdict v);
/* Whether somebody has asked for that, be it possible or not. */
bool keep_asks(const struct planned *pl, enum verdict v);
/* The same as keep_wants() without a note. */
bool keep_would(const struct planned *pl, enum verdict v);
/* Whether one more can stay: nobody is put out for it. False: a note has said so. */
bool keep_has_room(const struct exec *x);
/* Notes, once a run, when older ones have to go for those of x, and when it is kept for less than
 * was asked for. Before its result goes out. */
void keep_tell(struct exec *x);
/* Whether those of one that passes would: then no result of the past stands for it. */
bool keep_wants_passed(const struct planned *pl);
/* Takes the lease. keep_begin() has to follow, from the loop, once nobody else reads what it says.
 */
struct kept_sandbox *keep_sandbox(struct exec *x, struct place_run *p);
/* Who is in a sandbox that is given back, or handed on, hears so, and what they run ends. */
void keep_close(struct place_run *p);
/* A record of a visit: for whom it is. */
int keep_record(void *kept, const struct agent_record *r, struct err *e) MUST_CHECK;
/* A visit wants a descriptor of the init, has it, or wants it no more. */
void keep_expect(struct kept_sandbox *k, bool more);
/* One has come: the next record says for whom it is. */
void keep_descriptor(struct kept_sandbox *k, int fd);
void keep_begin(struct kept_sandbox *k, const struct strbuf *rest);
void keep_visit_over(struct kept_sandbox *k);

/* ---- try.c: visits ---- */
struct try_run *visit_next(const struct try_run *t);
uint32_t visit_number(const struct try_run *t);
int visit_record(struct try_run *t, const struct agent_record *r, struct err *e) MUST_CHECK;
/* What they are in is kept from here on. */
void visit_moved(struct try_run *t, struct kept_sandbox *to);
/* The sandbox is about to go. */
void visit_broken(struct try_run *t, const char *why);

#endif

/* daemon/run/prepare_priv.h - [prepare]: layers that lie under scenarios.
 *
 * prepare_plan.c  which preparations a run needs, and their keys
 * prepare.c       one that runs: once for all runs of this daemon that want its key
 * prepare_tell.c  what the scenarios that wait for it are told
 *
 * Thread: the loop's, but for prepare_look().
 */
#ifndef DAEMON_RUN_PREPARE_PRIV_H
#define DAEMON_RUN_PREPARE_PRIV_H

#include "daemon/run/run_priv.h"

/* A preparation over one image, as one run needs it. */
struct run_prepare {
	struct run_prepare *next;
	const struct preparation *p;
	struct test_file *file; /* that it stands in; borrowed from the run */
	const char *image;      /* what it lies over */
	const char *const *host_paths;
	char inputs[DIGEST_HEX];         /* of their contents when the run was planned */
	const char *name;                /* "IMAGE+KEY"; NULL: it cannot be had, */
	const char *shown;               /* the same for people */
	bool there;                      /* when the run was planned */
	struct err why;                  /* and this is why */
	struct prepare_failure *failure; /* it has run for this run, in vain */
};

/* What became of one that failed. In the arena of the run. */
struct prepare_failure {
	const char *message, *hint;
	const char *told;            /* scenario that shows its steps */
	struct scenario_result *res; /* with its steps, a reference; or NULL */
};

struct preparing; /* one that runs */

/* ---- prepare_plan.c ---- */

/* Notes what the plan needs; true when a worker has to look at inputs: prepare_look(). */
bool prepare_wants(struct run *run);
void prepare_look(struct run *run);
/* Gives scenarios the images with the layers under them, there or not. */
void prepare_settle(struct run *run);
/* The digest of what the patterns match now. Any thread. */
int prepare_inputs(const struct preparation *p, char hex[DIGEST_HEX], struct err *e) MUST_CHECK;
/* Of a place of a scenario of the run; NULL: it has none. */
struct run_prepare *prepare_of(const struct run *run, const struct place *place);
void prepare_release(struct run *run);
/* Of a dry run: what its own sandbox lies on. Any thread. */
void prepare_tell_plan(const struct planned *pl, struct scenario_result *out);

/* ---- prepare.c ---- */

/* True: what the place needs is made, and exec_prepared() will be called; *out is what is waited
 * for. */
bool prepare_await(struct exec *x, struct run_prepare *e, struct preparing **out);
/* What runs of it, until it is asked again. */
const char *prepare_running_step(struct preparing *p);
/* The scenario does not wait any more. One that nobody waits for is ended. */
void prepare_leave(struct preparing *p, struct exec *x);
/* Of the run of a preparation: its scenario has its result; takes the reference. */
void prepare_ran(struct planned *pl, struct scenario_result *res);
/* Its sandbox is not given back but harvested; false: it is given back. */
bool prepare_harvest(struct run *run, struct lease *le);
/* Whether its sandbox stays with that verdict: one of those who wait would keep theirs. How long is
 * then said as by that one. */
bool prepare_keeps(struct run *run, enum verdict v);
/* The first scenario that waits for it; NULL: none does any more. */
const char *prepare_first(const struct run *run);
/* A sandbox or job of it is gone. */
void prepare_lease_gone(struct run *run);

/* ---- prepare_tell.c ---- */

/* Keeps what came of it in the run. res may be NULL; e is what went wrong besides. */
void prepare_note_failure(struct run *run, struct run_prepare *e, const struct scenario_result *res,
        const struct err *why);
/* The scenario ends with verdict error. */
void prepare_tell_failure(struct exec *x, const struct run_prepare *e);

/* ---- exec_start.c ---- */
void exec_prepared(struct exec *x);

#endif

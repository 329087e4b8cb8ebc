/* daemon/run/exec_priv.h - one scenario while it runs, shared by the files that run it.
 *
 * exec.c           its life: what goes on after a step, results, the end, jobs on workers
 * exec_start.c     sandboxes are leased, batches made and sent
 * exec_stop.c      what still runs is ended, unless it stays
 * exec_step.c      what the init reports of a step, and what that is worth
 * exec_graph.c     steps side by side
 * exec_scope.c     sandboxes of steps, and of whole tests
 * exec_look.c      files that a step has left
 * exec_receipt.c   what its sandboxes have to show
 * exec_findings.c  what it leaves behind or was kept from
 * exec_collect.c   files and output that are kept
 * exec_deadline.c  what takes too long
 * exec_silence.c   what does nothing for longer than it ever took
 */
#ifndef DAEMON_RUN_EXEC_PRIV_H
#define DAEMON_RUN_EXEC_PRIV_H

#include "daemon/core/stall.h"
#include "daemon/model/arrival.h"
#include "daemon/run/run_priv.h"

enum step_state {
	STEP_IDLE,
	STEP_RUNNING,
	STEP_LOOKING, /* has ended, and the init looks at what it has left */
	STEP_JUDGING,
	STEP_PAUSED, /* failed, and runs again after its delay */
	STEP_ASKED,  /* was told to run again */
	STEP_OVER,
};

#define PEAK_LOOK_BYTES (16u << 20) /* a scenario with a step so large, */
#define PEAK_LOOK_MS 100.0          /* or so long, is looked at as a whole */

struct step_run {
	struct exec *x;
	const struct step *def;
	enum { PART_SETUP, PART_MAIN, PART_TEARDOWN } part;
	enum step_state state;
	unsigned place, batch_index;
	bool in_batch, gated;
	/* Of a scenario whose steps have an order of their own. */
	unsigned waits; /* for so many steps */
	unsigned *then; /* indexes of those that wait for it */
	size_t n_then;
	bool live;    /* takes one of the places of max_parallel */
	bool settled; /* those that wait for it know what became of it */
	bool doomed;  /* one that it waits for did not pass */
	unsigned attempts;
	struct strbuf out, err, both;
	struct arrivals came;
	int64_t last_output_ns, fork_ns;
	struct loop_timer *timer; /* deadline, grace or retry delay */
	bool timed_out, killed;
	bool watched;       /* its silence may end it, */
	bool silent;        /* and has */
	const char *waited; /* for what, when its deadline was met */
	struct attempt attempt;
	struct file_look *looks; /* of def->files, */
	size_t n_looks;          /* so many of which are known */
	size_t looked_bytes;     /* of contents */
	struct step_result *res;
	struct step_result shadow; /* what a worker says of it, */
	struct arena *judged;      /* in memory of its own */
	bool growing;              /* ran on while the outputs were joined, */
	size_t joined[2];          /* of which so much was taken */
};

struct place_run {
	struct exec *x;
	unsigned index;
	const struct place *def;
	struct lease *lease;
	struct kept_sandbox *kept;   /* what became of it, until keep_begin() */
	struct kept_sandbox *guests; /* who is in it while it runs; NULL: nobody has come yet */
	bool visited;                /* somebody was in it, be they gone or not */
	bool lent, stopped;
	bool handed;                    /* its sandbox is that of scenarios before it */
	bool batched, begun;            /* its batch is being made; was sent */
	bool clean;                     /* the init has said that nothing runs any more */
	struct step_run *then;          /* sandbox = "step": waits for it, to be run */
	struct sandbox_met met, before; /* at its end, and when it was handed on */
	const struct image *image;      /* once it is lent */
	const struct image *held;       /* with a prepared layer: from before it is leased */
	struct strbuf in;
	struct step_run **batch; /* batch index -> step */
	unsigned n_batch;
	struct step_run *looking; /* whose files the init looks at: one at a time */
	struct digest_ctx *digest;
	uint64_t content_max, content_seen;
	/* What the init says is left; of the batch as it ended last. */
	struct agent_found *found;
	size_t n_found;
	bool surveyed, awaited;   /* it has; that is all that the end waits for */
	int64_t base_ns;          /* when the batch was sent: zero of the init's times */
	struct agent_pulse pulse; /* the last */
};

/* Whether the scenario as a whole is silent: a step may wait for another, or for what runs in the
 * background. */
struct silence_watch {
	struct loop_timer *timer;
	int64_t due_ns;    /* of the timer */
	int64_t asked_ns;  /* when pulses were asked for */
	int64_t waited_ns; /* the longest that the timer or a pulse was late by, since the last look
	                    */
	unsigned pending;  /* so many have not come */
	bool alive;        /* one of those that have differs */
	bool looked;       /* there are pulses to compare with */
	int64_t quiet_ns;  /* since when nothing lives */
	struct stall stall;
	struct pace *pace; /* of all its steps, in memory of its own; NULL = not asked for yet */
	struct arena *memory;
	bool asking, known;
};

/* The output of all steps against what the scenario itself wants. */
struct joined {
	struct exec *x;
	struct arena *a;
	struct step_result res;
	double took_ms;
	struct strbuf running[2]; /* of background steps that still write: a copy */
};

struct exec {
	struct planned *pl;
	struct run *run;
	struct scenario_result *res;
	struct arena *a; /* of res */
	struct place_run *places;
	size_t n_places, n_lent;
	struct step_run *steps;
	size_t n_steps;
	int64_t queued_ns, leased_ns;
	struct preparing *preparing; /* what is waited for, before sandboxes are leased */
	struct loop_timer *deadline;
	struct loop_timer *startup; /* until all sandboxes are there */
	struct step_run *asked;     /* was told to run, and has not begun yet */
	bool driven;                /* every step is told to run: the init goes nowhere alone */
	struct captures captures;
	struct graph {
		int part;        /* whose steps run now */
		size_t first;    /* no step before it can start */
		unsigned live;   /* steps that run, or are about to */
		unsigned most;   /* at once */
		bool going;      /* steps are being started: whoever asks meanwhile is heard */
		unsigned *edges; /* of all steps */
	} graph;
	struct silence_watch silence;
	bool broken;     /* a step failed: only teardown is left */
	bool all_run;    /* nothing is left to start */
	bool stopping;   /* background steps are being ended */
	bool ends_first; /* before the scenario is judged: one of them states what it leaves */
	bool judged;     /* as a whole */
	bool undecided;  /* what is found says whether its sandboxes stay: nothing is ended yet */
	bool finished;   /* the result is out */
	bool keeps;      /* its sandboxes stay */
	struct joined *joined;
	struct collecting *collecting; /* nothing else goes on any more */
	bool idle;                     /* nothing on the stack uses it any more */
	unsigned away;                 /* jobs on workers: they use this */
	unsigned making;               /* batches that are not sent yet */
	size_t arrival_bytes;          /* of texts that say when output came */
	struct failure *failures;
	size_t n_failures, cap_failures;
};

static inline double ms_since(int64_t from, int64_t to)
{
	return clock_span_ms(to - from);
}

/* ---- exec.c ---- */
/* One more failure of the scenario; copied. */
void exec_fail(struct exec *x, const struct failure *f);
/* A heavier verdict replaces a lighter one. */
void exec_raise(struct exec *x, enum verdict v, enum reason why);
/* What came of a step becomes part of its result; total and cut_at are those of AGENT_EXITED. */
void exec_capture(struct step_run *s, const uint64_t total[2], const uint64_t cut_at[2]);
/* Output and time so far of a step that did not end by itself. */
void exec_collect(struct step_run *s);
/* The result goes out, then the sandboxes are given back. Nothing happens the second time. */
void exec_finish(struct exec *x);
/* Ends it with verdict error. */
void exec_error(struct exec *x, enum reason why, const char *message, const char *hint);
void exec_emit_step(struct step_run *s, enum event_kind kind);
void exec_emit_output(struct step_run *s, bool is_stderr, uint64_t offset, const char *p, size_t n);
/* Hands a job to a worker; the exec lives until exec_job_back(). False: do it here. */
bool exec_job_out(struct exec *x, loop_fn *job, loop_fn *done, void *arg);
/* First thing in `done` of such a job. False: the scenario is over, drop what was made. */
bool exec_job_back(struct exec *x);
/* All steps are judged, or will never run: the scenario as a whole is. */
void exec_wind_up(struct exec *x);
/* The init waits: runs the next step from index `from` on, or winds up. */
void exec_next(struct exec *x, size_t from);
/* How it goes on behind a step that could not be told to run. */
void exec_go_on(struct step_run *s);
/* Tells the init to run it, for the first time or again. False: it cannot run and has failed. */
bool exec_run_step(struct step_run *s);

/* The scenario as a whole; its steps are judged. */
void exec_judge(struct exec *x);
/* No step is being judged. False: the verdict of one brings us here again. */
bool exec_steps_judged(struct exec *x);

/* ---- exec_stop.c ---- */
/* Whether a step in the background runs of which there is more to say once it has ended. */
bool exec_states_more(const struct exec *x);
/* Goes on once nothing runs, and what ended is judged. */
void exec_ended(struct exec *x);
/* The scenario is judged: what its steps left running is looked at and ended, then it is over. */
void exec_stop(struct exec *x);
/* The init of a place has done so. */
void exec_stopped(struct place_run *p);
/* Says which sandbox stays, if any does, once the verdict stands. */
void exec_name_kept(struct exec *x);

/* ---- exec_start.c ---- */
extern const struct lease_events exec_lease_events;
/* A sandbox is there. */
void exec_on_lent(void *arg, struct lease *le, const struct receipt *receipt, bool warm);
/* How the init is to take the step. */
struct batch_step exec_batch_step(struct step_run *s);

/* ---- exec_graph.c: steps in an order of their own, several at once ---- */
void graph_make(struct exec *x);
/* Starts what can run now, or goes on to the next part, or to the end. */
void graph_go(struct exec *x);
/* A background step runs: who waits for it may go on. */
void graph_started(struct step_run *s);
/* A step is at its end, or cannot run. */
void graph_over(struct step_run *s);

/* ---- exec_look.c ---- */
/* The init looks at the files that the step is to have left; exec_looked() follows. */
void exec_look(struct step_run *s);
int exec_on_looked(struct place_run *p, const struct agent_record *r, struct err *e);
int exec_on_content(struct place_run *p, const struct agent_record *r, struct err *e);
void exec_looks_free(struct step_run *s);

/* ---- exec_scope.c: what shares a sandbox ---- */
/* Places that are lent before the first step begins: all, or with sandbox = "step" none but that
 * of the first. */
size_t scope_places_first(const struct exec *x);
void scope_ask_first(struct exec *x, unsigned warm_cap);
/* Begins with what was asked for and is there already. */
void scope_claim(struct place_run *p);
/* Both, for the place of a step whose turn it is. */
void scope_lease(struct place_run *p);
/* sandbox = "step": a step has ended for good, and its sandbox with it. */
void scope_step_over(struct step_run *s);
/* The end of the scenario: true when its sandbox stays for those behind it. */
bool scope_park(struct exec *x);
/* What the receipt of a scenario says of a sandbox that is shared. */
void scope_mark(struct exec *x);
/* Whether the init is told to stop although nothing declared runs: others come after it. */
static inline bool scope_cleans(const struct exec *x)
{
	return x->pl->sc->scope == SCOPE_TEST;
}

/* ---- exec_receipt.c ---- */
/* False when the sandbox is not what the run demands: the scenario has failed, nothing ran. */
bool exec_receipt_holds(struct exec *x, const struct receipt *r);

/* ---- exec_findings.c ---- */
/* Has the init look at what is left once the batch, which follows, has ended. */
void exec_survey_ask(const struct place_run *p, struct strbuf *msg);
/* Whether it has not said yet what it found; whether it will, without being told to stop. */
bool exec_survey_due(const struct place_run *p);
bool exec_survey_comes(const struct place_run *p);
int exec_on_surveyed(struct place_run *p, const struct agent_record *r, struct err *e);
/* Limits that the place has met, before its sandbox goes. */
void exec_met(const struct place_run *p, struct sandbox_met *out);
/* Whether there are any so far. */
bool exec_has_findings(struct exec *x);
/* Findings of all places become part of the result, and of its verdict. */
void exec_findings(struct exec *x);

/* ---- exec_collect.c ---- */
/* The scenario is judged: keeps the files that it wants kept, then exec_finish(). */
void exec_collect_files(struct exec *x);
/* The output, once it is whole. */
void exec_collect_logs(struct exec *x);
/* Records while that goes on. */
int exec_on_collect(struct place_run *p, const struct agent_record *r, struct err *e);
/* The sandbox is gone, or breaks the rules: false when nothing was being kept. why is static. */
bool exec_collect_broke(struct exec *x, const char *why);
void exec_collect_free(struct collecting *c);

/* ---- exec_step.c ---- */
/* A step that would have run again has failed for good: its scenario is at its end. */
void exec_give_up(struct step_run *s);
/* All its files are known: the attempt can be judged. */
void exec_looked(struct step_run *s);
/* A step that could not be told to run. */
void exec_unready(struct step_run *s, const char *message, const char *hint);
/* A record of the init; arg is the place. */
int exec_on_record(void *arg, const struct agent_record *r, struct err *e);

/* ---- exec_deadline.c ---- */
void exec_on_deadline(void *arg);
void step_on_deadline(void *arg);
/* False for a background step whose file gives it none: it may last as long as its scenario. */
bool step_has_deadline(const struct step_run *s);
struct deadline step_deadline_of(const struct step_run *s);
/* Message and hint of a step that met its deadline. */
void step_describe_timeout(const struct step_run *s, struct failure *f);
/* It has been silent for too long. The scenario may be over then. */
void step_on_silence(struct step_run *s);

/* ---- exec_silence.c ---- */
/* A step runs: costs nothing but a timer of its scenario unless it lasts. */
void silence_begin(struct step_run *s);
int silence_on_pulse(struct place_run *p, const struct agent_record *r, struct err *e);
void silence_end(struct exec *x);  /* no timer is left */
void silence_free(struct exec *x); /* and no memory */

#endif

/* daemon/run/run_priv.h - what the files of this room share.
 *
 * runner.c  runs as a whole: start, refuse, end; what they emit
 * load.c    their files: found and loaded
 * loaded.c  what follows from these: project, refusals, plan, list
 * ahead.c   what has to be known before a run begins
 * begin.c   telling that it does
 * plan.c    which scenarios were asked for
 * select.c  which of them are this run's, and in which order (select_priv.h)
 * needs.c   scenarios that need others: what comes along, and the order
 * waits.c   the same while it runs: who waits for whom
 * unready.c what was named and cannot run
 * cached.c  which of them results of the past stand for
 * prepare*.c  layers that lie under scenarios (prepare_priv.h)
 * again.c   telling of those, many at once
 * recall.c  results that outlive the daemon
 * why.c     what of its key made a scenario run
 * sched.c   starting them, collecting results, cancelling
 * retry.c   attempts and repetitions, and failures that do not count
 * assert*.c what a test says of itself as a whole (assert_priv.h)
 * admit.c   how many at a time, so that the machine is not exhausted
 * exec*.c   one scenario in its sandboxes (exec_priv.h); exec_scope.c also says whose turn it is
 * batch.c   its steps and files as records for the init, and records cut from its answers
 * judge.c   what a step's exit and output are worth (expect_priv.h)
 * capture.c parts of the output for later steps
 * explain.c the words: timeouts, missing programs, hints, masked secrets
 * try.c     one command without a file, in a fresh sandbox or in one that is kept
 * keep.c    sandboxes that stay after their scenario (keep_priv.h)
 * dry.c     the plan of a run that does not take place
 * dev*.c    sessions that watch (dev_priv.h)
 */
#ifndef DAEMON_RUN_RUN_PRIV_H
#define DAEMON_RUN_RUN_PRIV_H

#include "common/clock.h"
#include "common/map.h"
#include "common/mem.h"
#include "common/strbuf.h"
#include "daemon/cache/inputs.h"
#include "daemon/cache/results.h"
#include "daemon/cache/tally.h"
#include "daemon/core/id.h"
#include "daemon/run/run.h"
#include "daemon/run/select_priv.h"
#include "daemon/watch/watch.h"
#include "proto/agent.h"

#define LOAD_SLICE_NS                                                                             \
	(2 * NS_PER_MS)                /* files are loaded this long, then others have their turn \
	                                */
#define KEEP_BY_MOVE (64u << 10)       /* output that is not copied into the result */
#define ATTEMPT_BYTES_MAX (256u << 10) /* of output of an attempt that another follows */
#define ATTEMPT_STREAM_MAX (64u << 10) /* ... of one stream */
#define PLAN_ON_LOOP_MAX 2048u    /* scenarios and files that are planned without a worker: 1 ms */
#define FREE_ON_LOOP_MAX 64u      /* ... that are freed without one */
#define FIND_ON_LOOP_MAX 16u      /* named files that are looked at without a worker */
#define TICK_NS (100 * NS_PER_MS) /* progress events */
#define HEARTBEAT_NS (15 * NS_PER_S)
#define ARRIVAL_BYTES_MAX (1u << 20) /* texts of when output came, of one scenario */
#define STOP_GRACE_MS 2000u          /* for background steps */
#define TEARDOWN_NS (30 * NS_PER_S)
#define JUDGE_ON_LOOP_MAX (256u << 10) /* larger outputs are checked by a worker */
#define BATCH_ON_LOOP_MAX (256u << 10) /* so are larger batches made */

/* What all runs together have been promised (admit.c). */
struct admission {
	unsigned running, permille; /* scenarios, and what they are known to use of processors */
	uint64_t promised;          /* bytes */
	bool known, is_short;       /* what the machine says of its memory */
	int64_t looked_ns;
	uint64_t base, total;
	struct lru needs;         /* of scenarios, by name */
	struct run *first, *last; /* runs that wait */
	unsigned overtaken;       /* times that the first was */
	unsigned tries;           /* commands of 'try' that wait: they go before all scenarios */
};

struct runner {
	struct runner_deps d;
	struct run *runs;
	struct try_run *tries;
	struct kept_sandbox *kept; /* newest first */
	unsigned n_kept;
	bool keeps_none; /* the daemon is ending */
	struct loop_timer *weigh;
	struct dev *devs;
	struct preparing *preparing;
	unsigned active;
	uint64_t total;
	struct map *late_names; /* scenarios that are in it, or that a worker looks at */
	struct run *late_waiters;
	struct late *late; /* results that wait for what they depend on to be looked at */
	unsigned n_late;
	bool late_away;  /* a worker looks */
	struct lru whys; /* of the last runs, by id */
	struct tally whys_tally;
	char boot[40]; /* of the machine; "" when it does not say */
	struct admission admission;
};

/* How many scenarios of a run have needed how much memory (admit.c). */
#define SIZE_CLASSES 512u
struct sizes {
	uint32_t n[SIZE_CLASSES], all;
};

struct bond;
struct exec;
struct run_prepare;
struct preparing;

enum input_kind { INPUT_TREE, INPUT_HOST, INPUT_PATTERN };
enum input_state { INPUT_UNKNOWN, INPUT_KNOWN, INPUT_UNKNOWABLE };

/* Something beside its file that a scenario may read, as it was when the run was planned. */
struct run_input {
	enum input_kind kind;
	const char *path;
	enum input_state state;
	bool wanted;              /* somebody waits for it */
	struct tree_id tree;      /* of a known tree */
	struct input_look look;   /* of a known pattern */
	struct input_place place; /* of one that was not known when the run was planned */
	const char *why;          /* of what cannot be known */
	/* Of a pattern, once somebody asked: its directories without wildcards, and where these
	 * lead, NULL when that is the same. */
	const char *way, *leads_to;
};

/* One scenario of the plan. */
struct planned {
	struct run *run;
	struct test_file *file;          /* borrowed from run->files */
	const struct test *test;         /* of it; NULL where the file cannot run */
	const struct settings *settings; /* of its project; NULL where there is no file */
	const struct scenario *sc;
	const struct scenario *written; /* what sc is in its file, where that lies on a layer */
	size_t test_index;              /* into run->result->tests */
	size_t slot;                    /* into its scenarios */
	size_t until_step;              /* run the steps up to this one (selector); n_steps = all */
	enum reason skip;               /* REASON_NONE = run it */
	const char *skip_text;
	const char *never;       /* why no result of the past stands for it; NULL = one might */
	const char *name;        /* what the cache calls it: real path of its file, and its name */
	const char *identity;    /* what --shard and --shuffle call it, where they are asked for */
	struct earlier *earlier; /* what runs before say of it; or NULL */
	unsigned shard;
	size_t rank;           /* in a shuffled order */
	bool goes_first;       /* --failed-first */
	bool comes_along;      /* nobody has selected it, but others that need it */
	struct bond *bond;     /* of a test in which some need others (waits.c); or NULL */
	struct earlier *asked; /* what it needed before, while the history is asked */
	uint64_t promised;     /* bytes, while it runs */
	unsigned permille;
	struct run_input **inputs;
	size_t n_inputs;
	bool inputs_lent;      /* the array is the image's */
	struct result_key key; /* hex "" until all inputs are known */
	bool image_replaced;   /* it ran in another image than the key says */
	struct scenario_result
	        *verify; /* a reference: what stands for it, which is run all the same */
	char verify_run[16];
	struct scenario_result *again; /* the answer of the past, until it is told */
	size_t why;                    /* its reasons, counted from 1 (why.c) */
	bool by_key;                   /* the history has it under its key, as it is shown */
	int64_t kept_wall_ns;          /* when it was kept */
	const struct diag *unready; /* why its file cannot run; file is NULL when it is missing */
	struct exec *exec;          /* while it runs */
	struct planned *next_share; /* of its test, behind it */
	struct scenario_result *recording; /* what a large result is until it is recorded */
	bool done;
	unsigned attempt, retries; /* from 1, once it has begun; further ones that there may be */
	bool cancelled;            /* its attempt was ended from outside */
	struct scenario_result **before; /* attempts that failed: references */
	size_t n_before;
	struct scenario_result
	        *dropped;      /* a last attempt that says nothing: a reference, or NULL */
	unsigned repetition;   /* from 1; 0 = it has one turn */
	struct planned *first; /* of its repetitions, which counts them */
	unsigned left;         /* of the first: those that have no result yet, */
	bool failed;           /* and whether one of the others was no pass */
};

struct planned_queue {
	struct planned *first, **end;
};

/* A loaded file. */
struct loaded {
	struct test_file *file;
	struct settings *settings;
	bool hit;
	double ms;
	const char *const *selectors;
	bool *hits; /* beside selectors: which of them selected anything */
};

struct test_progress {
	const struct test *def; /* NULL where its file cannot run */
	const struct loaded *loaded;
	struct earlier *earlier; /* what runs before say of it as a whole; or NULL */
	bool part;               /* of some scenario only the first steps were asked for */
	unsigned total, done;
	unsigned ahead;             /* about to be told of with others */
	bool started, ended, fresh; /* fresh: some of it the history does not have yet */
	int64_t started_ns;
	struct loop_timer *deadline; /* test-level timeout */
	struct deadline limit;
	/* sandbox = "test": one scenario at a time, in the sandbox of those before (exec_scope.c).
	 */
	struct planned *shares, **shares_end; /* those that wait for their turn */
	bool taken;                           /* one of them runs */
	struct lease *parked;                 /* between two of them */
	bool died;                            /* while it was parked */
	const char *ended_by;                 /* the scenario with which it ended early */
	unsigned round;                       /* the repetition whose sandbox it is */
	bool told_shared, told_unkept;
	/* Of a test with [assertions] that is repeated: by number, [0] is what has one turn; or
	 * NULL.
	 */
	struct turn {
		unsigned done;                /* scenarios */
		struct scenario_result *said; /* of the assertions, once it is over */
	} * turns;
	unsigned n_turns, turn_size, n_single; /* scenarios of a turn, and of [0] */
	unsigned turns_slot;                   /* of what is said of the first turn */
};

struct run {
	struct runner *r;
	struct run *next;
	struct arena *arena;
	struct run_options opt; /* copied into arena */
	struct run_sink sink;
	void *arg;
	struct settings *settings; /* of the working directory */
	struct run_result *result;
	int64_t started_ns;
	uint64_t seq;
	int64_t last_event_ns;

	struct found found;
	struct diags diags;                  /* of settings, discovery and all files */
	size_t found_diags, found_diags_end; /* those of discovery */
	struct loaded *files;
	size_t n_files; /* loaded so far */
	struct str_list need;
	bool found_failed;
	int found_exit; /* 0, 2 or 3 */
	bool finding;   /* a worker has the run's memory: nothing else may touch it */
	struct config_loading *loading; /* of the file that a worker reads */
	int64_t loading_ns;
	size_t n_told; /* files that were told of */
	bool plan_failed;
	struct err plan_error;

	struct planned *plan;
	size_t n_plan, next_plan;
	size_t first_round; /* of n_plan; the others are repetitions */
	bool has_needs;     /* some of it needs others */
	/* Those that waited for others: to be skipped, and to run. */
	struct planned_queue doomed, ready;
	size_t n_waiting; /* for others, and in these queues */
	bool cut;         /* some of which were left out */
	unsigned excluded;
	struct tag_rules tags;
	earlier_fn *earlier; /* asks the history; NULL = there is none */
	void *earlier_arg;
	const char *default_path; /* what is meant when no paths are given */
	bool asked_any;           /* the history has a run of the same paths, */
	char asked_run[16];       /* which is this one */
	struct map *left_map;     /* of opt.left_out, while they are taken out */
	struct str_list left_out; /* identities of what selection took out of the plan */
	size_t cut_away, cut_of;  /* how many these are; of how many --shard made parts */
	bool cut_by_time;
	int64_t cut_ns;              /* the past that the cut goes by ends there */
	struct test_progress *tests; /* beside result->tests */
	unsigned jobs, running, done, failures, ending;
	unsigned asserted;       /* results of tests as a whole so far */
	bool stopping;           /* nothing new starts */
	enum reason stop_reason; /* what the rest is skipped for */
	const char *cancel_by;
	bool stop_loading; /* cancelled while a worker loaded: what it made is not told (__atomic)
	                    */
	bool over;

	struct map *inputs; /* kind and path to struct run_input */
	struct run_image *images;
	size_t n_images;
	bool images_made;
	const char **recall_names; /* scenarios that the history is asked for */
	size_t n_recall;
	struct recalled *recalled;
	uint64_t recall_age; /* of the result cache then */
	bool recall_failed;
	bool awaits_late; /* a result of the plan is about to be kept */
	struct run *next_waiter;
	struct whys whys; /* with opt.why */
	unsigned differ;  /* verified results that were other ones */
	unsigned cached;  /* scenarios that are answered without a run */
	unsigned flaky;   /* that passed after a failure, and are not in quarantine */
	int64_t started_wall_ns, clock_ahead_ns;

	struct sizes sizes;
	bool queued, starves; /* it waits for its turn; for memory */
	bool told_memory, told_cpu, told_full, told_too_long;
	struct run *queue_prev, *queue_next;

	struct receipt_demand *demand; /* of opt.require_receipt, or NULL */
	struct run_prepare *prepares;  /* that its scenarios need */
	struct preparing *prep;        /* it is the run of a preparation, which nobody sees, */
	bool is_prep;                  /* or was */
	bool told_applets;             /* a disallowed command that can be run was told of */

	struct loop_timer *slice, *deadline, *tick;
};

/* ---- runner.c ---- */
void run_emit(struct run *run, struct event *ev);
/* Records an event that takes long: true when done will be called from the loop, and the event is
 * to be given to run_emit_recorded() then; false when run_emit() is good enough for it. */
bool run_record_large(struct run *run, const struct event *ev, loop_fn *done, void *arg);
void run_emit_recorded(struct run *run, struct event *ev);
void run_note(struct run *run, const char *code, const char *fmt, ...) PRINTF(3, 4);
void run_finish(struct run *run); /* all scenarios have their result */
/* It ends without an event: done() is told. */
void run_over(struct run *run, bool has_result);
/* It is refused, and over: before any event. */
void run_refuse(struct run *run, const char *code, int exit, const char *message, const char *help);
void run_refuse_files(struct run *run, int exit); /* for what diags hold */
/* Frees a run that is over once its sandboxes are gone: each tells it when it ends. */
void run_free_if_gone(struct run *run);

/* ---- load.c, loaded.c, ahead.c, begin.c: from one to the next ---- */
void run_load(struct run *run);
void run_loaded(struct run *run);
/* Looks at what has to be known before the plan is told, then goes on with it. */
void run_prepare(struct run *run);
/* What --changed has left of a list. */
void run_list_left(struct run *run);
void run_begin(struct run *run);
/* Files that are missing, and what is wrong with others. */
void run_emit_findings(struct run *run);

/* ---- try.c ---- */
void tries_cancel_all(struct runner *r);

/* ---- options.c ---- */
void options_copy(struct run_options *to, const struct run_options *from, struct arena *a);
/* Decides what the options leave open: the seed of a bare --shuffle. */
void options_settle(struct run_options *o);
struct str_list list_copy(const struct str_list *from, struct arena *a);
void list_push(struct str_list *l, const char *s, struct arena *a); /* no duplicates */

/* ---- plan.c ---- */
/* Fills run->plan and run->result->tests. -1 with *e for a bad pattern. */
int plan_make(struct run *run, struct err *e) MUST_CHECK;
/* --changed: takes out of the plan what results of the past stand for, or what reads none of the
 * files that changed. Nothing without the flag. */
void plan_leave_out(struct run *run);
/* After scenarios were taken out of the plan, and of the totals of their tests. */
void plan_close_ranks(struct run *run);

/* ---- select.c ---- */
/* The seed of a random order, and --changed=REF, become part of what the run says of its options.
 */
void select_note(struct run *run);
/* True when select_apply() reads the history: a worker's work. */
bool select_asks(const struct run *run);
/* On the loop, before select_apply(). */
void select_begin(struct run *run);
/* Takes out of the plan what is not for this run, and ranks the rest. -1 when the history would be
 * needed and cannot be read. */
int select_apply(struct run *run, struct err *e) MUST_CHECK;
/* Puts the plan into the order of --shuffle and --failed-first; places in the result stay. */
void select_order(struct run *run);
/* Options of the result, with the cut that the run is a part of. */
void select_note_cut(struct run *run);
/* Why selection has left nothing; NULL when it has left something. Lives as long as the run. */
const char *select_nothing(const struct run *run);
/* The absolute path of its file, as it was named; the run's. */
const char *select_file(const struct planned *pl);

/* ---- needs.c ---- */
/* Flags beside the scenarios of a test: what those need that have one gets one too. */
void needs_close(const struct test *t, bool *in);
/* Numbers of its scenarios, each behind all that it needs, and else as they are written. */
void needs_order(const struct test *t, size_t *order);
bool needs_has(const struct planned *pl); /* its test has scenarios that need others */
/* Where in the plan the scenarios of such tests stand; NULL = nowhere. */
struct needs_places {
	struct planned ***at; /* test index, number */
	size_t n;
};
struct needs_places *needs_places_new(const struct run *run); /* all nowhere */
void needs_places_free(struct needs_places *p);
void needs_places_put(struct needs_places *p, struct planned *pl);
/* Flags beside the plan: what those need that stay, and will run, comes along. */
void needs_keep(struct run *run, bool *stays);
/* Ranks become such that each stands behind all that it needs; what goes_first says is in them. */
void needs_rank(struct run *run);
/* Numbers from 1 beside the plan, the same for all that are bound to each other, directly or not:
 * by what they need, by a sandbox, or by what their test says of all of them. 0 where none is. */
void needs_group(const struct run *run, size_t *group);
/* Tells what comes along. */
void needs_tell(struct run *run);

/* ---- waits.c ---- */
/* Once the plan is in its order, and stays where it is. */
void waits_link(struct run *run);
/* The next scenario that may start, or is skipped; waits_take() then. NULL: there is none now. */
struct planned *waits_next(struct run *run);
void waits_take(struct run *run, struct planned *pl);
bool waits_for_none(const struct planned *pl);
/* It has its result: who waited for it goes on. */
void waits_over(struct planned *pl, const struct scenario_result *res);
/* Nothing more starts: nobody waits. */
void waits_end(struct run *run);

/* The history will know of it (exec_collect.c). */
bool run_is_stored(const struct run *run);

/* ---- admit.c ---- */
void admit_init(struct runner *r);
void admit_release(struct runner *r);
/* True when the history is to be asked first: admit_ask() by a worker, which nothing else may use
 * the run with, then admit_answered(). */
bool admit_asks(struct run *run);
void admit_ask(struct run *run);
void admit_answered(struct run *run);
/* Whether the next scenario of its run may start. False: the run is woken when that may have
 * changed. */
bool admit(struct planned *pl);
void admit_done(struct planned *pl, const struct scenario_result *res); /* it runs no longer */
/* It was admitted, and waits for the sandbox that it shares; it has that of the one before it. */
void admit_wait(struct planned *pl);
void admit_in_turn(struct planned *pl);
void admit_leave(struct run *run); /* nothing more of it will start */
/* What is promised to a command that is no scenario. */
struct admitted {
	uint64_t bytes;
	unsigned permille;
	bool in;
};
/* Memory for a command that somebody waits for: it goes before all scenarios that have not begun,
 * and does not wait for processors. name is what it needed before is known by; least (or 0) what is
 * stated, max the project's bound (or 0). False: not now, and tries_wake() is called when that may
 * have changed. */
bool admit_try(
        struct runner *r, const char *name, uint64_t least, uint64_t max, struct admitted *out);
/* However little there is. */
void admit_try_anyway(struct runner *r, const char *name, uint64_t least, struct admitted *out);
/* It is over, and has needed peak bytes (0: nobody knows). Once; nothing if it was not admitted. */
void admit_try_done(struct runner *r, const char *name, uint64_t peak, struct admitted *x);
/* try.c: there may be room for those that wait. */
void tries_wake(struct runner *r);

/* ---- cached.c ---- */
/* Lists that end with NULL, or none: the same texts in the same order (cached_inputs.c). Any
 * thread. */
bool run_same_paths(const char *const *a, const char *const *b);
/* True when an image of the plan has to be made first, which takes some ms: cached_prepare() does.
 */
bool cached_wants_images(struct run *run);
void cached_prepare(struct run *run); /* a worker: nothing else may use the run then */
/* Gives each scenario of the plan its name in the cache. */
void cached_name_all(struct run *run);
/* What the scenarios of the plan depend on; true when a worker has to look at some of it. */
bool cached_plan(struct run *run);
/* run_prepare() follows once what run->awaits_late is about is kept or dropped. */
void cached_await(struct run *run);
void cached_cancel(struct run *run); /* no longer: it goes on at once */
/* Whether the scenario reads the file, or what it reads cannot be told. */
bool cached_reads(const struct planned *pl, const char *file);
void cached_look(struct run *run); /* the worker: nothing else may use the run then */
/* Marks what results of the past stand for. */
void cached_answer(struct run *run);
/* In which image a place of the scenario runs: its name may have another since the plan was made.
 */
void cached_lent(struct planned *pl, const struct sandbox_spec *spec, const struct image *image);
/* Keeps a result that may stand for later runs. */
void cached_keep(struct planned *pl, struct scenario_result *res);
/* Gives back what others share, on the loop: the rest may be freed by a worker. */
void cached_release(struct run *run);
void late_release(struct runner *r);

/* ---- recall.c ---- */
void recall_init(struct runner *r);
/* True when the history has to be asked for scenarios of the plan: recall_ask() by a worker, which
 * nothing else may use the run with, then recall_take(). */
bool recall_wants(struct run *run);
void recall_ask(struct run *run);
void recall_take(struct run *run);
/* Tells the history that a recorded result may stand for later runs: the note lacks boot and time.
 * inputs are those of its key, started_wall_ns is when they were looked at. True when it was told.
 */
bool recall_note(struct runner *r, struct kept_note *note, const struct run_input *const *inputs,
        size_t n, int64_t started_wall_ns);
/* The same for what has just been recorded of a scenario whose key is known. */
void recall_note_planned(struct planned *pl, struct scenario_result *res);

/* ---- again.c ---- */
/* Tells of the next scenarios of the plan that results of the past stand for; false when there is
 * none. */
bool again_some(struct run *run);
/* It is not what its scenario comes to. */
void again_drop(struct planned *pl);

/* ---- why.c ---- */
void whys_init(struct runner *r);
void whys_release(struct runner *r);
/* Notes them, once cached_answer() is through. */
void whys_note(struct run *run);
/* That it was skipped after all, whatever stood for it. */
void whys_skipped(const struct planned *pl, enum reason reason);

/* ---- unready.c ---- */
/* Tests for the files that --keep-going leaves out: at most so many. */
size_t unready_max(const struct run *run);
void unready_missing(struct run *run);
void unready_file(struct run *run, const struct loaded *f);
/* Makes the result of a planned.unready. */
void unready_result(const struct planned *pl, struct scenario_result *r);
/* "path::name" of the first selector that selected nothing, or NULL; *help may stay NULL. */
const char *unready_selector(struct run *run, const char **help);

/* ---- sched.c ---- */
void sched_start(struct run *run);
void sched_soon(struct run *run); /* looks soon whether more can start */
void sched_done(struct planned *pl, struct scenario_result *res); /* takes the reference */
void sched_lease_gone(struct run *run);
/* A job on a worker uses what the run owns: it stays until the job is back. */
void sched_job_out(struct run *run);
void sched_job_back(struct run *run);
struct scenario_result *sched_skip_result(struct planned *pl, enum reason why, const char *text);
typedef void emit_fn(struct run *run, struct event *ev);
void sched_test_begins(struct run *run, size_t index);
/* A scenario has its result, which emit tells of. Takes the reference. */
void sched_collect(struct planned *pl, struct scenario_result *res, emit_fn *emit);

/* All of its attempts are through: settles it, and tells. Takes the reference. */
void sched_settled(struct planned *pl, struct scenario_result *res);
/* Tells of the end of a test, once, when all of its scenarios have their result. */
void sched_test_ends(struct run *run, size_t index, emit_fn *emit);

/* ---- retry.c ---- */
/* How often the scenario may run again after a failure. */
unsigned retries_of(const struct run *run, const struct scenario *sc);
/* Whether there will be another attempt. */
bool retry_follows(const struct planned *pl, const struct scenario_result *res);
/* After a failure: true when another attempt will follow, and then takes the reference. */
bool retry_begins(struct planned *pl, struct scenario_result *res);
/* The result that counts, with the attempts before and whether its failure does; takes the
 * reference and gives one. */
struct scenario_result *retry_settle(struct planned *pl, struct scenario_result *res);
/* The quarantine of this name of a file; NULL: there is none. */
const struct quarantine *quarantine_find(const struct run *run, const struct settings *s,
        const struct test_file *file, const char *name, const char *id);
/* Warns of quarantines that are over, in run->diags. */
void quarantine_tell_over(struct run *run);
/* Repetitions become part of the plan. -1 with *e when they are too many. Any thread. */
int repeat_plan(struct run *run, struct err *e) MUST_CHECK;
/* Whether the result may stand for later runs, as far as repetitions are concerned: only when all
 * have passed. Called once for each. */
bool repeat_may_keep(struct planned *pl, const struct scenario_result *res);
/* No repetition begins that has not begun yet. */
void repeat_stop(struct run *run);

/* ---- assert.c ---- */
enum asserted { ASSERTED_HELD, ASSERTED_EXCUSED, ASSERTED_FAILED };
/* A test whose scenarios are over: what it says of itself as a whole is held against them, and is a
 * result more of it. EXCUSED: it failed, in quarantine. */
enum asserted assert_test(struct run *run, size_t index);
/* The same of a turn that is over with this scenario, if one is. */
enum asserted assert_turn(const struct planned *pl);
/* A test will have n turns, of turn_size scenarios each, which have their places by now. */
void assert_expect_turns(struct run *run, size_t index, unsigned n);
/* How many such results there will be. */
unsigned assert_planned(const struct run *run);

/* ---- exec.c ---- */
struct exec *exec_start(struct planned *pl, int64_t queued_ns);
/* Ends it with a skip verdict of this reason (or timeout); sched_done() is called inside. */
void exec_cancel(struct exec *x, enum reason why, const char *text);
/* What runs in it now, for progress and messages; NULL when nothing does. */
const char *exec_running_step(const struct exec *x);
int64_t exec_started_ns(const struct exec *x);

/* ---- exec_scope.c: what shares a sandbox ---- */
/* A scenario that shares its sandbox waits for its turn: true when it is not now. */
bool share_wait(struct planned *pl);
/* It would have to wait, if it began now. */
bool share_is_taken(const struct planned *pl);
void share_over(struct planned *pl); /* it has its result */
/* The next of the test whose turn it is now, or NULL. */
struct planned *share_next(struct run *run, size_t test_index);
/* No scenario of the test is left. */
void share_end(struct run *run, struct test_progress *t);

/* Cuts a byte stream from an init into records. in holds what was left over. */
typedef int record_fn(void *arg, const struct agent_record *r, struct err *e);
int stream_feed(struct strbuf *in, const void *p, size_t n, record_fn *fn, void *arg,
        struct err *e) MUST_CHECK;

/* ---- batch.c ---- */
struct batch_step {
	const struct step *def;
	bool gate, hold, cont;
	bool beside;     /* others may run at the same time */
	bool stdin_open; /* AGENT_STDIN goes on with it */
};
/* What the file leaves open is as the image says: directory, user, further variables, PATH. */
void batch_steps(const struct batch_step *steps, size_t n, const struct sandbox_spec *spec,
        const struct image *image, struct strbuf *out);
/* Where a step runs. */
const char *batch_directory(const struct step *s, const struct image *image);
/* A command beside the batch: an AGENT_EXEC. flags: further ones of enum agent_step_flag. */
struct visit_shape {
	uint32_t number, flags;
	unsigned rows, columns;
};
void batch_visit(const struct batch_step *step, const struct visit_shape *shape,
        const struct sandbox_spec *spec, const struct image *image, struct strbuf *out);
/* One of them anew: an AGENT_STEP. */
void batch_replace(const struct batch_step *step, unsigned index, const struct sandbox_spec *spec,
        const struct image *image, struct strbuf *out);
/* True when making the batch reads sources or copies much: a worker's work. */
bool batch_is_heavy(const struct file_item *files, size_t n_files, const struct batch_step *steps,
        size_t n_steps);
/* AGENT_FILES of a place; reads the sources. Nothing is appended when there are none. Any thread.
 */
int batch_files(
        const struct file_item *files, size_t n, struct strbuf *out, struct err *e) MUST_CHECK;

/* ---- capture.c ---- */
/* What the steps of a scenario have captured so far. */
struct captures {
	struct env_var *v;
	size_t n;
};
/* Those of a step that passed; strings stay in the result. */
void captures_set(struct captures *c, const struct step_result *res, struct arena *a);
/* The step with them in its arguments, variables and stdin; in arena a, and borrowing from def. -1
 * with *missing where one has no value (ERR_NOT_FOUND), or where it gets too long. */
int captures_expand(const struct captures *c, const struct step *def, struct arena *a,
        struct step *out, const char **missing, struct err *e) MUST_CHECK;

/* ---- judge.c ---- */
/* What the init saw at the path of a file check. */
struct file_look {
	struct agent_facts self, target;
	const char *link;
	struct strbuf content;
	bool cut;       /* there is more than was wanted of it */
	bool whole;     /* sha256 is of all of it */
	uint32_t error; /* errno of reading it */
	char sha256[65];
};

/* What is known of an attempt when its process has ended. */
struct attempt {
	const struct step *def;
	const char *file; /* test file, as shown */
	struct agent_exit exit;
	bool timed_out;
	bool silent; /* by a deadline that was learnt: no failure that the file may ask for */
	bool oom;
	bool ended;                      /* by its scenario: how and when says nothing */
	struct strbuf *out, *err, *both; /* both only when out_contains is set */
	uint64_t total[2], cut_at[2];
	const struct file_look *looks; /* of def->files, in their order */
	size_t n_looks;
	enum snapshot_mode snapshots;
};
/* It states something of what it prints or leaves. */
bool judge_needs_traces(const struct step *def);
/* Something has to be looked at before the next step may run. */
bool judge_needs_output(const struct step *def);
/* Fills verdict, reason, failures, captures and updates of res (in arena a). Any thread. */
void judge_attempt(const struct attempt *at, struct step_result *res, struct arena *a);

/* The output of all steps in written order, for what the scenario itself wants. */
struct joined_output {
	const char *file;
	struct strbuf *out, *err;
	uint64_t missing[2]; /* bytes that were cut out of them */
	double took_ms;
	enum snapshot_mode snapshots;
};
bool judge_needs_joined(const struct scenario *sc);
/* Failures and updates go to res, which has no name. */
void judge_joined(const struct scenario *sc, const struct joined_output *j, struct step_result *res,
        struct arena *a);
/* White space off both ends. */
void trim_span(const char **s, size_t *n);

/* ---- explain.c ---- */
const char *signal_name(int sig); /* "SIGKILL"; static */
const char *explain_exit(int code, int sig, struct arena *a);
void explain_not_found(struct failure *f, const struct attempt *at, const struct sandbox_spec *spec,
        const char *path_env, struct arena *a);
/* The help line for a step that failed for want of a network; NULL when its output says nothing of
 * it. */
const char *explain_network(
        const struct attempt *at, const struct sandbox_spec *spec, struct arena *a);
/* The same where the kernel has seen that an address outside was tried. */
const char *explain_blocked(void);
struct str_list masked_argv(const struct step *def, struct arena *a);
struct receipt *receipt_copy(const struct receipt *r, struct arena *a);

#endif

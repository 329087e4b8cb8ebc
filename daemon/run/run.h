/* daemon/run/run.h - from a request to a verdict: discovery, plan, scheduling, steps, expectations.
 *
 * run/ makes the event stream (daemon/model/event.h); it knows nothing of HTTP or terminals.
 * Thread: the loop's only.
 */
#ifndef DAEMON_RUN_RUN_H
#define DAEMON_RUN_RUN_H

#include "daemon/cache/cache.h"
#include "daemon/cache/results.h"
#include "daemon/config/config.h"
#include "daemon/core/loop.h"
#include "daemon/core/metrics.h"
#include "daemon/core/work.h"
#include "daemon/model/earlier.h"
#include "daemon/model/event.h"
#include "daemon/model/kept.h"
#include "daemon/pool/pool.h"
#include "daemon/watch/watch.h"

struct runner; /* all runs of the daemon */
struct run;

/* Which stored texts a run writes, instead of failing (--update-snapshots). */
enum snapshot_mode { SNAPSHOTS_COMPARED, SNAPSHOTS_MISSING, SNAPSHOTS_ALL };

struct run_options {
	struct str_list paths; /* as given; empty = the project's test_dir or "." */
	const char *cwd;       /* absolute */
	struct client_env env;
	/* Of cwd, env, flags and uid, as somebody had to look for them a moment ago; NULL: nobody
	 * did. Held by the caller. */
	struct settings *settings;
	bool env_final; /* the client has sent all that it has: need_env is not asked again */
	struct config_flags flags;
	unsigned jobs;         /* 0 = settings */
	unsigned max_failures; /* 0 = no bound; --fail-fast is 1 */
	bool force, keep_going, forbid_only, list;
	const char
	        *changed_ref; /* only what reads one of these files is part of the run; or NULL */
	struct str_list changed_files; /* absolute */
	bool changed;          /* what a result of the past stands for is no part of the run */
	unsigned verify_cache; /* percent of these results that are run again and compared */
	bool why;              /* nothing runs: run_whys() once it is done */
	bool hurry; /* no scenario waits for a look at the machine, to be answered from the past */
	bool skip_refused; /* what this machine cannot give to a scenario that asks for limits or
	                      strict isolation makes it a skip, not an error */
	bool dry; /* nothing runs: the result says of each scenario what the cache would answer */
	bool digest; /* is asked for: no result stands for a scenario of which the history has a
	                part */
	enum snapshot_mode snapshots;
	unsigned retries; /* with retries_given: whatever files say */
	bool retries_given;
	unsigned repeat;     /* each scenario so often; 0 = once, as files say. force is set */
	unsigned until_fail; /* at most so often, to the first failure; 0 = not. force is set */
	bool fail_on_flaky, flaky_given; /* flaky_given: whatever the project says */
	const char *require_receipt;     /* JSON of what every receipt has to show, or NULL */
	bool want_output;                /* output events are wanted (live) */
	struct str_list filter, exclude, tag;
	bool failed, failed_first; /* what did not pass in the last run of these paths */
	unsigned shard, shards;    /* the shard-th part, from 1, of so many; 0 or 1 = all */
	bool shard_by_hash;
	bool shuffle, shuffle_seeded; /* seeded: the seed is known */
	uint64_t shuffle_seed;
	struct str_list left_out; /* identities that an earlier selection took out */
	int64_t run_timeout_ns;
	struct env_var *given; /* flags that were given, for the result */
	size_t n_given;
	struct env_var *labels;
	size_t n_labels;
	bool no_history;
	const char *export_dir; /* where the client writes files that are kept; or NULL */
	bool keep_given;        /* keep says which sandboxes stay, whatever files say */
	enum keep_policy keep;
	int64_t keep_for_ns; /* 0 = settings */
	uint64_t uid;
	const char *stdin_name; /* paths has "-": the name for it */
	const char *stdin_text;
	size_t stdin_len;
};

struct run_sink {
	/* Before anything else, with what run_start() is going to return; or NULL. */
	void (*started)(void *arg, struct run *run);
	/* Every event, in order. */
	void (*event)(void *arg, const struct event *ev);
	/* Before any effect: variables to be sent along (names or globs); the run is over. */
	void (*need_env)(void *arg, const struct str_list *names);
	/* Refused before any event: a problem code of proto/problem.h, exit code, message and
	 * findings. */
	void (*refused)(void *arg, const char *code, int exit, const char *message,
	        const char *help, const struct diags *d);
	/* The last call. result is borrowed; NULL after need_env or refused. */
	void (*done)(void *arg, const struct run_result *result);
};

struct runner_deps {
	struct loop *loop;
	struct pool *pool;
	struct image_store *images;
	struct engine *engine;
	struct config_cache *cache;
	struct result_cache *results; /* NULL = none are kept */
	struct watch *watch;          /* NULL = nothing can be watched */
	struct metrics *metrics;
	struct work_pool *work; /* checks of large outputs */
	const char *build;
	unsigned cpus;
	/* Called before a scenario_end event goes out: the journal. May be NULL. */
	void (*record)(void *arg, const char *run_id, const struct event *ev);
	/* For an event whose recording would hold up the loop: true when it goes on elsewhere and
	 * done will be called from the loop; false when record() is to be called. What ev points
	 * to stays as it is until then. May be NULL. */
	bool (*record_large)(void *arg, const char *run_id, const struct event *ev, loop_fn *done,
	        void *done_arg);
	/* Results of the past in the history (daemon/store/store.h); all or none of them NULL.
	 * again: instead of record(), for what note() has told before. note: true when it is
	 * written down. recall: on a worker. */
	void (*again)(
	        void *arg, const char *run_id, double t_ms, const struct kept_use *v, size_t n);
	bool (*note)(void *arg, const struct kept_note *k);
	void (*forget)(void *arg, const char *key);
	int (*recall)(void *arg, const char *boot, const char *const *names, size_t n,
	        struct recalled *out, struct arena *a, struct err *e);
	/* How long the passes of steps took (daemon/store/store.h); NULL = nobody knows. On a
	 * worker. */
	int (*pace)(void *arg, struct pace *v, size_t n, struct err *e);
	earlier_fn *earlier; /* on a worker; NULL = there is no history */
	void *record_arg;
	/* Where files that scenarios want kept go (daemon/core/blob.h); NULL = none are kept.
	 * Outlives the runner. */
	const char *artifacts_dir;
};

struct runner *runner_new(const struct runner_deps *deps);
void runner_free(struct runner *r);             /* no run may be active */
unsigned runner_active(const struct runner *r); /* that go on, or are held */
/* Results of runs that are over are about to be kept: their inputs are still looked at. */
bool runner_keeping(const struct runner *r);
uint64_t runner_total(const struct runner *r); /* runs since the start */

/* Starts a run. opt is copied. sink is called from the loop, possibly before this returns. The run
 * is gone after done(); until then the pointer is valid. */
struct run *run_start(
        struct runner *r, const struct run_options *opt, const struct run_sink *sink, void *arg);
const char *run_id(const struct run *run);
/* By its full id, while it goes on or is held; else NULL. */
struct run *run_find(struct runner *r, const char *id);
/* Both hold from the first event until done() returns. */
const struct settings *run_settings(const struct run *run); /* of the working directory */
/* Keeps a run that is over, with its result and files, for who still works with it; it counts as
 * active so long. Each hold wants a release. */
void run_hold(struct run *run);
void run_release(struct run *run);
/* A part of a scenario's key that is another than that of its last result; was or is NULL where
 * there is none. */
struct why_change {
	enum cause kind;
	const char *name, *was, *is;
};

/* Why a scenario runs, or which result stands for it. */
struct why {
	const char *scenario, *test, *file; /* id, name, path as shown */
	bool cached;
	const char *skipped;      /* why it neither ran nor was answered for in the end; or NULL */
	const char *reason;       /* why it runs, beside what changed; or NULL */
	const char *key;          /* NULL: not known before it has run */
	const char *previous_key; /* of its last result, which is of last_run; or NULL */
	const char *last_run;
	int64_t last_wall_ns;
	struct why_change *changed;
	size_t n_changed, n_equal; /* parts of the key */
	struct key_part *inputs;   /* value NULL: not looked at */
	size_t n_inputs;
};

struct whys {
	const char *cwd; /* of the run */
	struct why *v;
	size_t n;
};

/* Of a run with options.why, until done() returns. */
const struct whys *run_whys(const struct run *run);
/* Of a run of this daemon, by its full id; NULL when they are not kept any more. Borrowed until the
 * next run. */
const struct whys *runner_whys(struct runner *r, const char *id);
/* How full the cache of these is, and dropping them. */
struct cache_fill runner_whys_fill(const struct runner *r);
void runner_whys_clear(struct runner *r);

/* Every [report] of the planned files, in order of discovery, with the test that asks for it. */
void run_each_wish(const struct run *run,
        void (*fn)(void *arg, const struct report_wish *wish, const struct test_outcome *test),
        void *arg);
/* by: "client", "signal", "disconnect", "timeout", "fail_fast", "shutdown". What runs is killed,
 * what waits is skipped, done() follows. */
void run_cancel(struct run *run, const char *by);
void runner_cancel_all(struct runner *r, const char *by); /* the same for every run */

/* A session that watches: rounds of a run, each of what a change can affect (clnrm dev). */
struct dev_options {
	struct run_options run; /* keep_going is always on */
	bool initial;           /* the first round runs at once */
	bool once;              /* and is the last */
	int64_t delay_ns;       /* from a change to its round; 0 = none */
	/* Real path of the file that what it says is written to, or NULL: where tests see that each
	 * round would make the next, and the session is refused. */
	const char *output;
};

struct dev_sink {
	/* The session is there: before the first event. */
	void (*opened)(void *arg, const char *id);
	/* Those of all rounds, numbered through; of a round they stand between EV_ROUND and
	 * EV_ROUND_END, and EV_END comes once, last. */
	void (*event)(void *arg, const struct event *ev);
	/* As of a run; only before opened(). */
	void (*need_env)(void *arg, const struct str_list *names);
	void (*refused)(void *arg, const char *code, int exit, const char *message,
	        const char *help, const struct diags *d);
	/* DEV_OUTPUT: of each scenario that has failed and not passed since; NULL when there
	 * is none. May be NULL. */
	void (*failure)(void *arg, const struct scenario_result *r);
	/* The last call; exit as in cli.md 3.3. */
	void (*done)(void *arg, int exit);
};

#define DEV_FAILURES_MAX 16u /* that are kept */

enum dev_order {
	DEV_ALL,
	DEV_FAILED,
	DEV_AGAIN,
	DEV_FILTER,
	DEV_OUTPUT,
	DEV_PAUSE,
	DEV_RESUME,
	DEV_QUIT
};

struct dev;
/* False when the machine gives no inotify instance: dev_start() must not be called. */
bool runner_can_watch(const struct runner *r);
/* opt is copied. sink is called from the loop, never before this returns; the pointer is valid
 * until done(). */
struct dev *dev_start(
        struct runner *r, const struct dev_options *opt, const struct dev_sink *sink, void *arg);
const char *dev_id(const struct dev *d);
/* filter: of DEV_FILTER, "" = none. */
void dev_order(struct dev *d, enum dev_order order, const char *filter);
/* by: as of run_cancel(). done() follows, with exit 130. */
void dev_cancel(struct dev *d, const char *by);
void runner_cancel_devs(struct runner *r, const char *by); /* all of them */
/* A loop_fn: names of images may lead to others; sessions look. */
void runner_images_changed(void *runner);

/* One command in a fresh sandbox, not recorded (clnrm try). */
struct try_options {
	struct sandbox_spec spec;
	struct str_list argv;
	struct env_var *env;
	size_t n_env;
	const char *workdir, *user; /* NULL = default */
	int64_t timeout_ns;         /* 0 = none */
	uint64_t max_memory_bytes;  /* that the project gives to all; 0 = no bound */
	const char *stdin_data;
	size_t stdin_len;
	bool stdin_open; /* try_feed() brings more, until try_feed_end() */
};
struct try_run;
struct try_sink {
	void (*output)(void *arg, bool is_stderr, const void *p, size_t n);
	/* After try_feed() has said false: it takes more; closed: nobody will read it. May be
	 * NULL when stdin is not open. */
	void (*fed)(void *arg, bool closed);
	/* Our side of the terminal of a visit that passes it: the listener's to close. Before
	 * done(), or not at all. NULL where none does. */
	void (*terminal)(void *arg, int fd);
	/* exit is that of cli.md 1.4; result is NULL when no sandbox could be had. message is NULL
	 * when the command ran, else why it did not; code is the problem's code of it. */
	void (*done)(void *arg, int exit, const struct step_result *result,
	        const struct receipt *receipt, const char *code, const char *message,
	        const char *help);
};
/* Begins at once where there is memory for it, else as soon as scenarios that run have given some
 * back, and in two seconds whatever happens; what was asked for is copied. */
struct try_run *try_start(
        struct runner *r, const struct try_options *opt, const struct try_sink *sink, void *arg);
void try_cancel(struct try_run *t);
/* Bytes for its stdin; they are copied. False when enough is under way: no more before fed() says
 * so, but what is given all the same is taken. Bytes that nobody reads are dropped. */
bool try_feed(struct try_run *t, const void *p, size_t n);
/* Its stdin ends here. */
void try_feed_end(struct try_run *t);
/* Its stdin broke off: what came is not all, so the command is killed (exit 125). */
void try_feed_broken(struct try_run *t);

/* Sandboxes that stayed after their scenarios. A pointer is good until the loop goes on. */
struct kept_sandbox;
unsigned runner_kept(const struct runner *r);
/* All of them end, now, and no more are kept. */
void runner_end_kept(struct runner *r);
/* By id, by TEST/SCENARIO (the last of it), or "latest"; NULL. */
struct kept_sandbox *keep_find(struct runner *r, const char *name);
/* The same, or else one that a scenario runs in now: for visits alone. */
struct kept_sandbox *keep_find_any(struct runner *r, const char *name);
/* The ids of all of that TEST/SCENARIO, in a, when they are of several files: nobody can say which
 * is meant. None otherwise. */
struct str_list keep_namesakes(const struct runner *r, const char *name, struct arena *a);
/* The ids of all, in a. */
struct str_list runner_kept_ids(const struct runner *r, struct arena *a);
/* Newest first; k NULL: the first. */
struct kept_sandbox *keep_next(struct runner *r, const struct kept_sandbox *k);
const char *keep_id(const struct kept_sandbox *k);
void keep_end(struct kept_sandbox *k);
/* The step of that name; without one, that which a visit is like if nobody says. NULL: none. */
const struct step *keep_step(const struct kept_sandbox *k, const char *name);

/* A command in one of them: with environment, directory, user and umask of the step, limits and
 * rights of the sandbox. It is a try in all that follows. */
struct visit_options {
	const struct step *step; /* of keep_step(); NULL where there is none */
	enum { VISIT_COMMAND, VISIT_PACK, VISIT_UNPACK } what;
	struct str_list argv; /* PACK, UNPACK: the path; UNPACK: a second word for a whole tree */
	const struct env_var *env; /* over those of the step */
	size_t n_env;
	const char *workdir, *user; /* NULL = as the step */
	const char *stdin_data;
	size_t stdin_len;
	bool stdin_open;
	bool terminal;
	bool passes; /* the terminal is handed over: nothing comes of it here */
	unsigned rows, columns;
};
struct try_run *visit_start(struct kept_sandbox *k, const struct visit_options *opt,
        const struct try_sink *sink, void *arg);
/* The size of its terminal. */
void visit_resize(struct try_run *t, unsigned rows, unsigned columns);

/* Which scenarios a run would have, without one. Any thread. */
struct dry_file {
	struct test_file *file;       /* borrowed; those without a test are left out */
	const char *const *selectors; /* as of struct found_file */
};
struct dry_scenario {
	const struct test_file *file;
	const struct test *test; /* of it */
	const struct scenario *sc;
	size_t until_step; /* the steps before this one */
	bool is_skipped;
	const char *skip; /* why; may be NULL */
	bool comes_along; /* nobody has selected it, but others that need it */
};
struct dry_plan {
	const struct dry_scenario *v;
	size_t n, excluded;
	const char *missed;      /* "path::name" that selects nothing, or NULL */
	const size_t *order;     /* in which they would run: numbers into v */
	struct run_options rest; /* what selects these, without any history: for a later look */
	const char *nothing;     /* why selection has left none, where that is no error; or NULL */
};
/* Results live in a, and as long as the files do. ask: the history, or NULL; where it has to be
 * asked this is a worker's work. -1 for a bad pattern, or when the history cannot be read. */
int dry_plan(const struct run_options *opt, const struct dry_file *files, size_t n, earlier_fn *ask,
        void *ask_arg, struct arena *a, struct dry_plan *out, struct err *e) MUST_CHECK;
/* What the step runs, with secrets masked. */
struct str_list dry_argv(const struct step *step, struct arena *a);

/* Finds test files (config.md 1.2). Findings go to d; the names are in arena a: path as shown, real
 * path, and selectors (":LINE", "::scenario[::step]") of that path. */
struct found_file {
	const char *path, *real;
	const char *const *selectors; /* NULL-terminated, or NULL = all */
};
struct found {
	struct found_file *v;
	size_t n;
	unsigned dirs, others; /* for the message of file.no_tests */
	const char **entered;  /* the real paths of those directories: dirs of them */
};
struct discovery {
	const struct str_list *paths; /* arguments; "-" is the caller's */
	const char *cwd;
	const struct settings *s;
	bool projects; /* project files (cleanroom.toml) count as well */
};
/* 0, or -1 when a finding is an error; exit is then 2 or 3. Any thread: it touches nothing but what
 * it is given. */
int discover(const struct discovery *wish, struct arena *a, struct found *out, struct diags *d,
        int *exit) MUST_CHECK;

#endif

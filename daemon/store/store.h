/* daemon/store/store.h - history: a journal that survives kill -9 and SQLite that takes it from
 * there.
 *
 * A result is recorded (one append to state/journal) before its scenario_end leaves the daemon. One
 * writer thread moves records into state/history.db (WAL). Losing the database never fails a run:
 * errors are logged and shown by health. store_record() belongs to the loop; readers run on worker
 * threads with their own connection.
 */
#ifndef DAEMON_STORE_STORE_H
#define DAEMON_STORE_STORE_H

#include "common/err.h"
#include "common/strbuf.h"
#include "daemon/core/work.h"
#include "daemon/model/earlier.h"
#include "daemon/model/event.h"
#include "daemon/model/flakes.h"
#include "daemon/model/kept.h"
#include "daemon/model/past.h"

struct store;

struct store_config {
	const char *state_dir;
	const char *
	        artifacts_dir; /* files of runs, which go with them (daemon/core/blob.h); or NULL */
	uint64_t max_bytes;    /* history.max_mb */
	unsigned max_runs;     /* history.max_runs */
	/* Results that may stand for later runs, however old their run is. */
	uint64_t kept_entries, kept_bytes;
	bool disabled; /* --no-history */
};

/* Opens the journal (runs of a dead daemon become "lost", their finished results are kept; those of
 * one that lives and shares the directory are left alone) and starts the writer; the database is
 * opened on its thread. A disk that refuses is no failure here: store_record() and store_figures()
 * say so, and it is tried again. */
struct store *store_open(const struct store_config *cfg, struct err *e);
/* Flushes everything into the database; what it does not take stays in the journal for the next
 * start. No other call may be under way. */
void store_close(struct store *s);

/* Appends run, scenario_end (with captured output), test_end, result and end events of run_id to
 * the journal with one write(2). Other kinds are ignored. -1 when the disk refuses, or when a
 * database that cannot be used has let the journal grow to its bound. The loop's thread. */
int store_record(struct store *s, const char *run_id, const struct event *ev, struct err *e);

/* Has the writer take what was recorded, if it sleeps: when a run is over, after its client was
 * told of it. It wakes by itself for much, and for who waits for the database. The loop's thread.
 */
void store_wake(struct store *s);

/* True for an event of which so much is kept that recording it would hold up the loop. */
bool store_is_large(const struct event *ev);

/* Like store_record(), for what is large: the thread of writers does the work,
 * and done is called from the loop; rc and e are those of store_record(). What ev points to must
 * stay as it is until then. Records that are made meanwhile do not wait for it. writers: one thread
 * of its own, which no reader of the store may use, since readers wait for what was recorded. -1
 * when it has too much to do; done is not called then. */
typedef void stored_fn(void *arg, int rc, const struct err *e);
int store_record_large(struct store *s, struct work_pool *writers, const char *run_id,
        const struct event *ev, stored_fn *done, void *arg, struct err *e) MUST_CHECK;

/* Scenarios that were answered with results of the past, which a note has told before: refers to
 * them instead of holding them once more. Like store_record(). */
int store_record_again(struct store *s, const char *run_id, double t_ms, const struct kept_use *v,
        size_t n, struct err *e);
/* A result that was recorded may stand for later runs, also of other daemons: it outlives its run,
 * within the bounds for such. Like store_record(). */
int store_record_note(struct store *s, const struct kept_note *k, struct err *e);
/* It may not, or with NULL: none may. Like store_record(). */
int store_record_forget(struct store *s, const char *key, struct err *e);
/* References so far to results that were not there any more, because a daemon that shares the file
 * has removed them: who refers to results should record them whole, once. Any thread. */
unsigned store_unresolved(struct store *s);
/* Other bounds for results, from the next run on. Any thread. */
void store_keep_bytes(struct store *s, uint64_t max);
/* What notes have told of these scenarios, names[i] to out[i]; of those whose result holds for one
 * boot of the machine alone, of this one. Parts live in a, results are references. Of what this
 * daemon has noted it sees what is in the database already. Not for the loop's thread. */
int store_recall(struct store *s, const char *boot, const char *const *names, size_t n,
        struct recalled *out, struct arena *a, struct err *e) MUST_CHECK;
struct kept_figures {
	uint64_t entries, max_entries, bytes, max_bytes;
	uint64_t evictions; /* by this daemon */
};
/* Results that may stand for later runs. It reads the database: for workers. */
int store_kept(struct store *s, struct kept_figures *out, struct err *e) MUST_CHECK;

/* Waits until all that was recorded before the call is in the database; returns at once while the
 * database cannot be used. Not for the loop's thread. The readers below begin with it, so that
 * `runs` right after `run` sees the run. */
void store_sync(struct store *s);

struct run_filter {
	unsigned limit;     /* 0 = all */
	const char *before; /* cursor: run id */
	const char *test, *verdict,
	        *label;        /* NULL = any; test is a part or glob of a test's name or file, label
	                        * "K=V"; verdict is one that a scenario (of that test) had */
	int64_t since_wall_ns; /* 0 = any */
};
/* Newest first. before: ERR_NOT_FOUND when that run is gone. */
struct run_row {
	char id[16];
	int64_t started_wall_ns;
	double duration_ms;
	char state[12];
	int exit;
	struct run_summary counts;
	char *paths;  /* JSON array */
	char *labels; /* JSON object */
};
/* The newest first. The caller frees the rows. */
int store_list(struct store *s, const struct run_filter *f, struct run_row **rows, size_t *n,
        struct err *e) MUST_CHECK;
void store_rows_free(struct run_row *rows, size_t n);

/* Resolves "latest", "latest~N", "run:ID" and unambiguous prefixes of 4 or more to a full id.
 * ERR_NOT_FOUND, ERR_INVALID (ambiguous: the message lists them). */
int store_resolve(struct store *s, const char *ref, char out[16], struct err *e) MUST_CHECK;

/* The whole result, output included; free with run_result_free(). Of a run that is lost or still
 * runs: the scenarios that finished. */
struct run_result *store_load(struct store *s, const char *id, struct err *e);

/* How long the scenarios of r took in runs that began before it in the same directory: of each the
 * newest, PAST_POINTS at most. What is looked at is bounded: so many runs, and rows. What came from
 * the cache or was skipped is no point. past: made for r. Does not wait for what was recorded just
 * now. */
#define PAST_RUNS_MAX 50
#define PAST_ROWS_MAX 200000
int store_past(
        struct store *s, const struct run_result *r, struct past *past, struct err *e) MUST_CHECK;

/* How long the passes of some steps took, for each of n scenarios. What is looked at is bounded: so
 * many rows in all. Does not wait for what was recorded just now. Not for the loop's thread. */
#define PACE_ROWS_MAX 20000
int store_pace(struct store *s, struct pace *v, size_t n, struct err *e) MUST_CHECK;

/* What results of the past say of how flaky scenarios are: the newest ones, so many at most. What
 * came from the cache or was skipped says nothing. */
#define FLAKE_ROWS_MAX 200000
struct flake_filter {
	int64_t since_wall_ns;    /* 0 = any */
	const char *const *paths; /* absolute: files, directories, globs, FILE::SCENARIO */
	size_t n_paths;
	const char *test; /* TEST or TEST/SCENARIO; without this and paths all are wanted */
};
int store_flakes(struct store *s, const struct flake_filter *f, struct flakes *out,
        struct err *e) MUST_CHECK;

/* One result of a scenario of the past. */
struct test_row {
	char *run, *file, *id;   /* file as its run showed it */
	int64_t started_wall_ns; /* of the run */
	enum verdict verdict;
	char *reason; /* or NULL */
	bool flaky, cached;
	unsigned attempts;
	double duration_ms;
	char *key; /* of its inputs; NULL = not known */
};
/* Those of TEST or TEST/SCENARIO, the newest first; limit 0 = all. */
int store_test_rows(struct store *s, const char *test, int64_t since_wall_ns, unsigned limit,
        struct test_row **rows, size_t *n, struct err *e) MUST_CHECK;
void store_test_rows_free(struct test_row *rows, size_t n);

/* What runs of the past say of scenarios v[0] to v[n - 1], of which file and id are set. What is
 * looked at is bounded: the newest runs, and so many rows. When something is asked of the last run
 * it waits for what was recorded; else it does not. */
int store_earlier(struct store *s, struct earlier_ask *ask, struct earlier *v, size_t n,
        struct err *e) MUST_CHECK;

/* Stored bytes of one stream (1 stdout, 2 stderr), appended to out: all, or head and tail. scenario
 * is an id or FILE::NAME. */
int store_output(struct store *s, const char *id, const char *scenario, const char *step,
        int stream, struct strbuf *out, struct err *e) MUST_CHECK;

/* Removes the runs named, those that began before older_than_wall_ns (0 = none), or all. Runs that
 * are active stay; one that is named is ERR_BUSY, an unknown one ERR_NOT_FOUND, and then none is
 * removed. *n is how many. */
int store_remove(struct store *s, const char *const *ids, size_t n_ids, int64_t older_than_wall_ns,
        bool all, unsigned *n, struct err *e) MUST_CHECK;

struct store_figures {
	uint64_t bytes;
	unsigned runs;
	uint64_t pending; /* records that the database does not hold yet */
	bool failed;      /* something could not be stored or read; the message says why */
	char message[256];
};
/* Any thread; does not wait. */
void store_figures(struct store *s, struct store_figures *out);

#endif

/* daemon/model/result.h - what happened: step, scenario, test, run, and the isolation receipt.
 *
 * The structs mirror the JSON objects of cli.md 4.2; daemon/wire/wire.h writes and reads them. A
 * scenario result and everything below it lives in its own arena.
 */
#ifndef DAEMON_MODEL_RESULT_H
#define DAEMON_MODEL_RESULT_H

#include "common/cleanup.h"
#include "daemon/model/pace.h"
#include "daemon/model/quarantine.h"
#include "daemon/model/test.h"

/* By weight: a test has the heaviest of its scenarios. */
enum verdict { VERDICT_PASS, VERDICT_SKIP, VERDICT_FAKE_GREEN, VERDICT_FAIL, VERDICT_ERROR };
extern const char *const verdict_names[]; /* "pass" "skip" "fake_green" "fail" "error" */

/* Why it is not a pass (cli.md 4). */
enum reason {
	REASON_NONE,
	REASON_EXIT_CODE,
	REASON_SIGNAL,
	REASON_OUTPUT,
	REASON_TIMEOUT,
	REASON_OOM,
	REASON_SERVICE,
	REASON_SANDBOX,
	REASON_IMAGE,
	REASON_CONFIG,
	REASON_REFUSED,
	REASON_INTERNAL,
	REASON_DEPENDENCY,
	REASON_CANCELLED,
	REASON_FAIL_FAST,
	REASON_RUN_TIMEOUT,
	REASON_SKIP,
	REASON_ONLY,
	REASON_NOT_FOUND,
	REASON_FILE,
	REASON_JSON,
	REASON_DURATION,
	REASON_SNAPSHOT,
	REASON_CAPTURE,
	REASON_LEARNT_DEADLINE,
	REASON_FINDING,
	REASON_RECEIPT,
	REASON_ASSERTION,
	REASON_COUNT
};
extern const char *const reason_names[]; /* NULL for REASON_NONE */

struct failure {
	enum reason code;
	const char *assertion; /* "expected_output_regex" or NULL */
	const char *message;
	const char *expected, *actual; /* or NULL */
	const char *diff;              /* or NULL */
	const char *step;              /* or NULL */
	const char *file;
	struct pos pos;
	const char *hint; /* the help: line, or NULL */
};

/* Captured bytes: head and tail, true size. */
struct captured {
	const char *data; /* head + tail as kept */
	size_t len;
	size_t head;         /* bytes of data before the cut; len when nothing was cut */
	uint64_t total;      /* true size */
	const char *arrival; /* arrival.h: when the bytes came; NULL = not known */
	bool partial;        /* from the history, which may have less than the run had */
};

/* A stored text that is to be written: what a step that passed has shown. Not on the wire. */
struct snapshot_update {
	const char *path, *real; /* as shown, and absolute */
	const char *text;
	size_t len;
	bool is_new;
};

struct step_result {
	const char *name;
	unsigned index;
	uint32_t line;
	enum verdict verdict;
	enum reason reason;
	int exit_code; /* -1 = none */
	int signal;    /* 0 = none */
	unsigned attempts;
	double started_ms, duration_ms, user_ms, system_ms;
	uint64_t max_rss_bytes;
	struct captured out, err;
	struct deadline deadline;
	struct silence silence; /* ns 0: none, or nobody had to know it while the step ran */
	struct failure *failures;
	size_t n_failures;
	struct str_list argv; /* secrets masked */
	struct env_var *captures;
	size_t n_captures;
	struct snapshot_update *updates;
	size_t n_updates;
	bool ran;
	bool setup, teardown;
};

struct degraded {
	const char *what, *wanted, *got;
};

/* Read back from the kernel, not from the request. */
struct receipt {
	bool pristine;
	const char *engine;  /* "native" */
	const char *mode;    /* "root" or "rootless" */
	const char *profile; /* isolation name */
	struct str_list namespaces;
	const char *uid_map; /* "0 100000 65536" */
	bool no_new_privs;
	struct str_list capabilities;
	const char *seccomp_sha256;
	struct env_var *limits; /* name -> value as read from the kernel */
	size_t n_limits;
	const char *network;
	const char *image, *image_digest;
	const char *prepared; /* key of its topmost layer, which [prepare] made; or NULL */
	bool recorded;        /* that had a network: made anew it may be another */
	struct degraded *degraded;
	size_t n_degraded;
	const char *sandbox; /* id */
};

struct finding {
	const char *kind, *message, *severity, *step, *program, *path, *address;
	int pid;
};

/* What is kept of a scenario beside its result: a file of its run (daemon/core/blob.h). */
struct artifact {
	const char *name; /* "files.tar"; unique in the scenario */
	uint64_t bytes;
	char sha256[65];
};

struct scenario_result {
	struct arena *arena;
	unsigned refs;
	const char *id, *name, *file, *test;
	unsigned test_index,
	        slot; /* its place in the plan: run.tests[test_index].scenarios[slot] */
	uint32_t line;
	struct str_list tags;
	struct str_list cell; /* of its test: alternating key and value; or none */
	enum verdict verdict;
	enum reason reason;
	const char *reason_text; /* "needs 'x'", the skip reason; or NULL */
	bool flaky, cached;
	const char *cached_from;         /* the run that ran it; NULL unless cached */
	const char *key;                 /* of the result cache; NULL = never answered from it */
	unsigned attempts, attempts_max; /* how many there were, and there might have been */
	unsigned repetition;             /* of several in one run, from 1; 0 = there is one */
	/* Those before this one, which all failed: references, in order. */
	struct scenario_result **before;
	size_t n_before;
	struct quarantine *quarantine; /* its failure does not count; or NULL */
	int64_t started_wall_ns;       /* 0 = never started */
	double queued_ms, duration_ms;
	uint64_t memory_peak_bytes; /* of its sandboxes together; 0 = not known */
	struct deadline deadline;
	struct failure *failures;
	size_t n_failures;
	struct step_result *steps; /* setup, steps, teardown */
	size_t n_steps;
	struct finding *findings;
	size_t n_findings;
	bool left_out; /* more that may be of who was in its sandbox; not in the history */
	struct snapshot_update *updates; /* of the scenario as a whole */
	size_t n_updates;
	struct artifact *artifacts; /* of the run that ran it */
	size_t n_artifacts;
	struct receipt *receipt; /* NULL when no sandbox was lent */
	const char *kept;        /* id of its sandbox, when that stays; or NULL */
	bool never_kept;         /* it has none of its own; not in the history */
	/* Of a dry run: how the image with the layer that it lies on is called, and whether that is
	 * there; NULL: it lies on none. */
	const char *layer;
	bool layer_there;
	bool held;                    /* somebody beside the cache pays for its memory (why.c) */
	struct scenario_result *base; /* whose memory this one uses as well: a reference, or NULL */
};

struct scenario_result *scenario_result_new(void);
struct scenario_result *scenario_result_ref(struct scenario_result *r);
void scenario_result_unref(struct scenario_result *r);
/* What a result of the past says of a scenario of the present: marked as cached, with steps and
 * output of base, of which it keeps a reference. */
struct scenario_result *scenario_result_again(struct scenario_result *base);
/* Whether there is only a part of something that it wrote: its digest is not known then. */
bool scenario_result_is_partial(const struct scenario_result *r);

struct test_outcome {
	const char *name, *file, *version, *description;
	uint32_t line;
	struct str_list tags;
	struct str_list matrix; /* alternating key and value of the cell */
	enum verdict verdict;
	double duration_ms;
	char sha256[65];
	struct scenario_result **scenarios; /* in plan order; each a reference */
	size_t n_scenarios;
};

struct run_summary {
	unsigned tests, scenarios, pass, fail, fake_green, error, skip, flaky, cached, quarantined,
	        findings;
	double wall_ms, busy_ms;
};

/* A run as a whole: what json, junit and tap are made from. */
struct run_result {
	struct arena *arena;
	char id[16];
	int64_t started_wall_ns;
	double duration_ms;
	const char *state; /* "running" "done" "cancelled" "lost" */
	int exit;
	struct str_list paths;
	const char *cwd, *project; /* project may be NULL */
	unsigned jobs;
	int64_t silence_floor_ns; /* 0 = no deadline of the run is learnt */
	const char *isolation;
	const char *build;       /* of the daemon that ran it, or NULL */
	struct env_var *options; /* flags that were given */
	size_t n_options;
	struct env_var *labels;
	size_t n_labels;
	struct run_summary summary;
	struct test_outcome *tests;
	size_t n_tests;
	struct scenario_result **listed; /* of --list: in the order in which they would run; not
	                                    references */
	size_t n_listed;
	struct diags diags;
	const char *export_dir; /* where files that it keeps are written too, absolute; or NULL */
	const char *digest;     /* "" = there is none; NULL: wire_digest() makes it */
};

struct run_result *run_result_new(void);
void run_result_free(struct run_result *r);
CLEANUP_FN(run_result_free, struct run_result *)

/* The seed that was given to the run, in decimal, or NULL. */
const char *run_result_seed(const struct run_result *r);
/* The seed of its random order, in decimal, or NULL. */
const char *run_result_shuffle_seed(const struct run_result *r);
/* False when it was no part of a suite; *index is from 1. */
bool run_result_shard(const struct run_result *r, unsigned *index, unsigned *total);
/* A file as the run shows it, relative to the root of its project where it lies below; the caller
 * frees. */
char *run_result_path(const struct run_result *r, const char *file);
/* Recomputes r->summary (except wall_ms) and the verdict of each test from the scenarios. */
void run_result_count(struct run_result *r);
/* One more result in the counts: what a running total needs, without counting all again. */
void run_summary_add(struct run_summary *s, const struct scenario_result *r);
enum verdict test_outcome_verdict(const struct test_outcome *t);

#endif

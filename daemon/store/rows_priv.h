/* daemon/store/rows_priv.h - records to rows, rows to results; removal of runs. */
#ifndef DAEMON_STORE_ROWS_PRIV_H
#define DAEMON_STORE_ROWS_PRIV_H

#include "daemon/model/kept.h"
#include "daemon/store/db_priv.h"
#include "daemon/store/journal_priv.h"
#include "daemon/store/store.h"

/* Output of what passed: this much of each stream, first and last half (cli.md 3.7). */
#define KEPT_OF_PASSED (64u << 10)

/* ---- take.c ---- */
/* What taking records has brought about; fields are only ever set, or counted up. */
struct taken {
	bool ended;          /* a run */
	bool kept;           /* results for later runs: there may be too many */
	unsigned unresolved; /* references to results that are not there */
};
/* Puts one record of a slot's journal into the open transaction. A record that says nothing
 * (another program's, of a run that is unknown) is passed over. */
int take_record(struct db *d, const struct record *r, unsigned slot, struct taken *out,
        struct err *e) MUST_CHECK;
/* Head and tail of c, joined in a, when it is longer than max; the true size stays. */
void cut_captured(struct captured *c, size_t max, struct arena *a);

/* ---- load.c ---- */
struct run_result *load_run(struct db *d, const char *id, struct err *e);
int load_output(struct db *d, const char *id, const char *scenario, const char *step, int stream,
        struct strbuf *out, struct err *e) MUST_CHECK;

/* ---- past.c ---- */
int load_past(
        struct db *d, const struct run_result *r, struct past *past, struct err *e) MUST_CHECK;
/* The result in the row scenario.n, as if it had just been run. One reference, or NULL with *e. */
struct scenario_result *load_kept(struct db *d, int64_t n, struct err *e);

/* ---- pace.c ---- */
/* Looks at *left rows at most, and takes them off. */
int load_pace(struct db *d, struct pace *p, int64_t *left, struct err *e) MUST_CHECK;

/* ---- flakes.c ---- */
int load_flakes(
        struct db *d, const struct flake_filter *f, struct flakes *out, struct err *e) MUST_CHECK;
int load_test_rows(struct db *d, const char *test, int64_t since_wall_ns, unsigned limit,
        struct test_row **rows, size_t *n, struct err *e) MUST_CHECK;

/* ---- earlier.c ---- */
int load_earlier(struct db *d, struct earlier_ask *ask, struct earlier *v, size_t n,
        struct err *e) MUST_CHECK;

/* ---- kept.c ---- */
/* Lines of records. Any thread. */
void kept_line_again(double t_ms, const struct kept_use *v, size_t n, struct strbuf *out);
void kept_line_note(const struct kept_note *k, struct strbuf *out);
void kept_line_forget(const char *key, struct strbuf *out); /* NULL: all */
bool kept_is_record(const char *line, size_t len);

struct kept_taker {
	struct db *d;
	int64_t run; /* run.n of the record, 0 when it is unknown or over */
	bool stray;  /* rows may have become nobody's */
	unsigned unresolved;
};
/* Takes such a record into the open transaction. */
int kept_take(struct kept_taker *t, const char *line, size_t len, struct err *e) MUST_CHECK;
/* What is known of a scenario by name, for this boot; out->parts is NULL for nothing. Parts live in
 * a, the result is a reference. */
int kept_recall(struct db *d, const char *boot, const char *name, struct recalled *out,
        struct arena *a, struct err *e) MUST_CHECK;
int kept_sum(struct db *d, uint64_t *entries, uint64_t *bytes, struct err *e) MUST_CHECK;
/* Lets results go, those used longest ago, while there are too many. A transaction; 1 when it did,
 * with *n how many. */
int kept_bound(struct db *d, uint64_t max_entries, uint64_t max_bytes, uint64_t *n,
        struct err *e) MUST_CHECK;
/* Removes some of what nobody has any more. A transaction; 1 while there may be more. */
int kept_sweep(struct db *d, struct err *e) MUST_CHECK;

/* ---- list.c ---- */
int list_runs(struct db *d, const struct run_filter *f, struct run_row **rows, size_t *n,
        struct err *e) MUST_CHECK;
int resolve_run(struct db *d, const char *ref, char out[16], struct err *e) MUST_CHECK;

/* ---- remove.c ---- */
/* Removes steps and outputs that are in the table loose and that no scenario shows, and empties it.
 * In the open transaction. */
int loose_drop(struct db *d, struct err *e) MUST_CHECK;
/* Takes the run out of sight at once, in the open transaction; its rows go by remove_some(). */
int remove_run(struct db *d, int64_t run, struct err *e) MUST_CHECK;
/* Removes rows of runs that are out of sight, and gives free pages back: one small transaction.
 * 1 while there is more to do. */
int remove_some(struct db *d, struct err *e) MUST_CHECK;
/* Takes the oldest run out of sight when there are too many or too large ones; never one that
 * runs, nor the last that is left. 1 when it did. */
int remove_excess(struct db *d, uint64_t max_bytes, unsigned max_runs, struct err *e) MUST_CHECK;

#endif

/* daemon/store/rows_priv.h - records to rows, rows to results; removal of runs. */
#ifndef DAEMON_STORE_ROWS_PRIV_H
#define DAEMON_STORE_ROWS_PRIV_H

#include "daemon/store/db_priv.h"
#include "daemon/store/journal_priv.h"
#include "daemon/store/store.h"

/* Output of what passed: this much of each stream, first and last half (cli.md 3.7). */
#define KEPT_OF_PASSED (64u << 10)

/* ---- take.c ---- */
/* Puts one record of a slot's journal into the open transaction. A record that says nothing
 * (another program's, of a run that is unknown) is passed over; *ended is set when a run ended. */
int take_record(
        struct db *d, const struct record *r, unsigned slot, bool *ended, struct err *e) MUST_CHECK;
/* Head and tail of c, joined in a, when it is longer than max; the true size stays. */
void cut_captured(struct captured *c, size_t max, struct arena *a);

/* ---- load.c ---- */
struct run_result *load_run(struct db *d, const char *id, struct err *e);
int load_output(struct db *d, const char *id, const char *scenario, const char *step, int stream,
        struct strbuf *out, struct err *e) MUST_CHECK;

/* ---- past.c ---- */
int load_past(
        struct db *d, const struct run_result *r, struct past *past, struct err *e) MUST_CHECK;

/* ---- list.c ---- */
int list_runs(struct db *d, const struct run_filter *f, struct run_row **rows, size_t *n,
        struct err *e) MUST_CHECK;
int resolve_run(struct db *d, const char *ref, char out[16], struct err *e) MUST_CHECK;

/* ---- remove.c ---- */
/* Takes the run out of sight at once, in the open transaction; its rows go by remove_some(). */
int remove_run(struct db *d, int64_t run, struct err *e) MUST_CHECK;
/* Removes rows of runs that are out of sight, and gives free pages back: one small transaction.
 * 1 while there is more to do. */
int remove_some(struct db *d, struct err *e) MUST_CHECK;
/* Takes the oldest run out of sight when there are too many or too large ones; never one that
 * runs, nor the last that is left. 1 when it did. */
int remove_excess(struct db *d, uint64_t max_bytes, unsigned max_runs, struct err *e) MUST_CHECK;

#endif

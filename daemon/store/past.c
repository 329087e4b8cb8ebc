#include <stdio.h>

#include "daemon/store/rows_priv.h"

struct past_run {
	int64_t n;
	struct past_point point; /* run and when it began */
};

static int list_past_runs(
        struct db *d, const struct run_result *r, struct past_run *runs, size_t *n, struct err *e)
{
	CLEANUP(db_reset)
	sqlite3_stmt *st = db_bind(d, SQL_PAST_RUNS, e, "issi", r->started_wall_ns, r->id, r->cwd,
	        (int64_t)PAST_RUNS_MAX);
	int rc = -1;

	while (st && (rc = db_step(d, st, e)) == 1 && *n < PAST_RUNS_MAX) {
		struct past_run *x = &runs[(*n)++];
		const char *id = (const char *)sqlite3_column_text(st, 1);

		x->n = sqlite3_column_int64(st, 0);
		x->point.started_wall_ns = sqlite3_column_int64(st, 2);
		snprintf(x->point.run, sizeof(x->point.run), "%s", id ? id : "");
	}
	return rc;
}

static enum verdict verdict_of(const char *name)
{
	enum verdict v = VERDICT_PASS;

	while (v < VERDICT_ERROR && strcmp(verdict_names[v], name) != 0)
		v++;
	return v;
}

/* How many rows were looked at; -1. */
static int64_t take_run(
        struct db *d, const struct past_run *run, int64_t max, struct past *past, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_PAST_ROWS, e, "ii", run->n, max);
	struct past_point point = run->point;
	int64_t n = 0;
	int rc = -1;

	while (st && (rc = db_step(d, st, e)) == 1) {
		const char *file = (const char *)sqlite3_column_text(st, 0);
		const char *id = (const char *)sqlite3_column_text(st, 1);
		const char *verdict = (const char *)sqlite3_column_text(st, 3);

		n++;
		point.duration_ms = sqlite3_column_double(st, 2);
		point.verdict = verdict_of(verdict ? verdict : "");
		if (file && id)
			past_add(past, file, id, &point);
	}
	return rc < 0 ? -1 : n;
}

int load_past(struct db *d, const struct run_result *r, struct past *past, struct err *e)
{
	struct past_run runs[PAST_RUNS_MAX];
	int64_t left = PAST_ROWS_MAX;
	size_t n = 0;

	if (list_past_runs(d, r, runs, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n && left > 0; i++) {
		int64_t rows = take_run(d, &runs[i], left, past, e);

		if (rows < 0)
			return -1;
		left -= rows;
	}
	return 0;
}

/* How long the passes of steps took: rows of their scenario, newest first, until there are enough.
 */
#include "daemon/store/rows_priv.h"
#include "daemon/wire/wire.h"

/* Of one scenario, passed or not: a step may have passed where its scenario has not. */
#define ROWS_OF_ONE 60

static int take_steps(
        struct db *d, int64_t n, const struct scenario_result *lists, struct pace *p, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_PACE_STEPS, e, "i", n);
	int rc = -1;

	while (st && (rc = db_step(d, st, e)) == 1) {
		int64_t seq = sqlite3_column_int64(st, 0);
		const char *name = (const char *)sqlite3_column_text(st, 1);

		if (name && seq >= 0 && (size_t)seq < lists->n_steps)
			pace_add(p, name, &lists->steps[seq].argv, sqlite3_column_double(st, 2));
	}
	return rc;
}

/* A row that cannot be read tells nothing. */
static int take_row(struct db *d, sqlite3_stmt *st, struct pace *p, struct err *e)
{
	const char *text = (const char *)sqlite3_column_text(st, 1);
	struct scenario_result *lists =
	        text ? wire_read_scenario(text, (size_t)sqlite3_column_bytes(st, 1), e) : NULL;
	int rc = 0;

	if (lists)
		rc = take_steps(d, sqlite3_column_int64(st, 0), lists, p, e);
	scenario_result_unref(lists);
	return rc;
}

int load_pace(struct db *d, struct pace *p, int64_t *left, struct err *e)
{
	int64_t most = *left < ROWS_OF_ONE ? *left : ROWS_OF_ONE;
	CLEANUP(db_reset)
	sqlite3_stmt *st = db_bind(d, SQL_PACE_ROWS, e, "ssssii", p->scenario, p->file, p->cwd,
	        p->image_digest, p->before_wall_ns, most);
	int rc = st ? 0 : -1;

	while (rc >= 0 && !pace_is_full(p) && (rc = db_step(d, st, e)) == 1) {
		(*left)--;
		if (take_row(d, st, p, e) < 0)
			return -1;
	}
	return rc < 0 ? -1 : 0;
}

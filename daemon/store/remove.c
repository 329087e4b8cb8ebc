#include "daemon/store/rows_priv.h"

#define SCENARIOS_AT_ONCE 500
#define PAGES_AT_ONCE "2000"

int remove_run(struct db *d, int64_t run, struct err *e)
{
	if (db_run(d, SQL_RUN_DEL, e, "i", run) < 0)
		return -1;
	return sqlite3_changes(d->h) ? db_run(d, SQL_REMOVED_ADD, e, "i", run) : 0;
}

/* 1 when the statement gives a row, whose first column goes to *out. */
static int first(struct db *d, sqlite3_stmt *st, int64_t *out, struct err *e)
{
	int rc = st ? db_step(d, st, e) : -1;

	if (rc == 1)
		*out = sqlite3_column_int64(st, 0);
	return rc;
}

static int has_scenarios(struct db *d, int64_t run, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_REMOVED_LEFT, e, "i", run);
	int64_t one;

	return first(d, st, &one, e);
}

int loose_drop(struct db *d, struct err *e)
{
	static const enum sql parts[] = {
		SQL_LOOSE_SHOWN,
		SQL_LOOSE_OUTPUTS,
		SQL_LOOSE_STEPS,
		SQL_LOOSE_DEL,
	};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (db_run(d, parts[i], e, "") < 0)
			return -1;
	return 0;
}

/* Both look at the same scenarios, for they share an order and a transaction. Rows of results that
 * may stand for later runs stay, and are no run's then; steps and outputs stay while somebody shows
 * them. */
static int remove_scenarios(struct db *d, int64_t run, struct err *e)
{
	static const enum sql parts[] = { SQL_REMOVED_BODIES, SQL_REMOVED_SCENARIOS };

	if (db_run(d, SQL_REMOVED_KEPT, e, "i", run) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (db_run(d, parts[i], e, "ii", run, (int64_t)SCENARIOS_AT_ONCE) < 0)
			return -1;
	return loose_drop(d, e);
}

static int remove_batch(struct db *d, int64_t run, struct err *e)
{
	if (remove_scenarios(d, run, e) < 0)
		return -1;
	int left = has_scenarios(d, run, e);

	if (left != 0)
		return left < 0 ? -1 : 0;
	return db_run(d, SQL_REMOVED_TESTS, e, "i", run) < 0 ||
	                       db_run(d, SQL_REMOVED_LABELS, e, "i", run) < 0 ||
	                       db_run(d, SQL_REMOVED_DEL, e, "i", run) < 0
	               ? -1
	               : 0;
}

static int next_removed(struct db *d, int64_t *run, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_REMOVED_NEXT, e, "");

	return first(d, st, run, e);
}

/* Free pages go back to the file system with the checkpoint. */
static int shrink(struct db *d, struct err *e)
{
	int64_t unused;

	if (db_number(d, "PRAGMA freelist_count", &unused, e) < 0)
		return -1;
	if (unused == 0)
		return 0;
	if (db_exec(d, "PRAGMA incremental_vacuum(" PAGES_AT_ONCE ")", e) < 0)
		return -1;
	int64_t before = unused;

	if (db_number(d, "PRAGMA freelist_count", &unused, e) < 0)
		return -1;
	if (unused > 0 && unused < before)
		return 1;
	/* A reader that is at work leaves the rest to the next checkpoint. */
	return db_exec(d, "PRAGMA wal_checkpoint(TRUNCATE)", e);
}

int remove_some(struct db *d, struct err *e)
{
	int64_t run = 0;
	int rc = next_removed(d, &run, e);

	if (rc <= 0)
		return rc < 0 ? -1 : shrink(d, e);
	if (db_begin(d, e) < 0)
		return -1;
	if (remove_batch(d, run, e) < 0) {
		db_rollback(d);
		return -1;
	}
	return db_commit(d, e) < 0 ? -1 : 1;
}

static int oldest(struct db *d, int64_t *run, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_RUN_OLDEST, e, "");

	return first(d, st, run, e);
}

static int count_runs(struct db *d, int64_t *n, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_RUN_COUNT, e, "");

	return first(d, st, n, e) < 0 ? -1 : 0;
}

/* 1 with the run that is too many. */
static int find_excess(
        struct db *d, uint64_t max_bytes, unsigned max_runs, int64_t *run, struct err *e)
{
	int64_t n = 0;
	uint64_t size;

	if (count_runs(d, &n, e) < 0 || db_size(d, &size, e) < 0)
		return -1;
	if (n <= 1 || (size <= max_bytes && n <= (int64_t)max_runs))
		return 0;
	return oldest(d, run, e);
}

int remove_excess(struct db *d, uint64_t max_bytes, unsigned max_runs, struct err *e)
{
	int64_t run = 0;
	int rc = find_excess(d, max_bytes, max_runs, &run, e);

	if (rc <= 0)
		return rc;
	if (db_begin(d, e) < 0)
		return -1;
	/* Again, under lock: another daemon may have removed one for the same reason. */
	rc = find_excess(d, max_bytes, max_runs, &run, e);
	if (rc <= 0 || remove_run(d, run, e) < 0) {
		db_rollback(d);
		return rc == 0 ? 0 : -1;
	}
	return db_commit(d, e) < 0 ? -1 : 1;
}

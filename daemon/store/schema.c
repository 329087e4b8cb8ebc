#include <stdio.h>

#include "daemon/store/db_priv.h"

/* Version 1. A run's rows hang on run.n; AUTOINCREMENT, so that rows that are still being removed
 * never meet a new run of the same number. Columns are what is asked for; lists of a scenario
 * (failures, findings, argv) are JSON. */
static const char version_1[] =
        "CREATE TABLE segment (id INTEGER PRIMARY KEY, taken INTEGER NOT NULL);"
        "CREATE TABLE run ("
        " n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
        " started_ns INTEGER NOT NULL, duration_ms REAL NOT NULL DEFAULT 0,"
        " state TEXT NOT NULL, exit INTEGER NOT NULL, cwd TEXT, project TEXT, isolation TEXT,"
        " build TEXT, jobs INTEGER NOT NULL, paths TEXT NOT NULL, options TEXT NOT NULL,"
        " diagnostics TEXT NOT NULL, tests INTEGER NOT NULL DEFAULT 0,"
        " scenarios INTEGER NOT NULL DEFAULT 0, pass INTEGER NOT NULL DEFAULT 0,"
        " fail INTEGER NOT NULL DEFAULT 0, fake_green INTEGER NOT NULL DEFAULT 0,"
        " error INTEGER NOT NULL DEFAULT 0, skip INTEGER NOT NULL DEFAULT 0,"
        " flaky INTEGER NOT NULL DEFAULT 0, cached INTEGER NOT NULL DEFAULT 0,"
        " quarantined INTEGER NOT NULL DEFAULT 0, findings INTEGER NOT NULL DEFAULT 0,"
        " wall_ms REAL NOT NULL DEFAULT 0, busy_ms REAL NOT NULL DEFAULT 0);"
        "CREATE INDEX run_started ON run (started_ns DESC, n DESC);"
        "CREATE TABLE test ("
        " run INTEGER NOT NULL, seq INTEGER NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL,"
        " line INTEGER NOT NULL, version TEXT, description TEXT, tags TEXT NOT NULL, sha256 TEXT,"
        " verdict TEXT NOT NULL, duration_ms REAL NOT NULL DEFAULT 0,"
        " PRIMARY KEY (run, seq)) WITHOUT ROWID;"
        "CREATE TABLE scenario ("
        " n INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, test INTEGER NOT NULL,"
        " seq INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, line INTEGER NOT NULL,"
        " verdict TEXT NOT NULL, reason TEXT, reason_text TEXT, flaky INTEGER NOT NULL,"
        " cached INTEGER NOT NULL, attempts INTEGER NOT NULL, started_ns INTEGER NOT NULL,"
        " queued_ms REAL NOT NULL, duration_ms REAL NOT NULL, deadline_ns INTEGER NOT NULL,"
        " deadline_source TEXT NOT NULL, lists TEXT NOT NULL, receipt TEXT,"
        " UNIQUE (run, test, seq));"
        "CREATE TABLE step ("
        " scenario INTEGER NOT NULL, seq INTEGER NOT NULL, name TEXT NOT NULL,"
        " idx INTEGER NOT NULL, line INTEGER NOT NULL, phase TEXT NOT NULL, ran INTEGER NOT NULL,"
        " verdict TEXT NOT NULL, reason TEXT, exit_code INTEGER, signal INTEGER,"
        " attempts INTEGER NOT NULL, started_ms REAL NOT NULL, duration_ms REAL NOT NULL,"
        " user_ms REAL NOT NULL, system_ms REAL NOT NULL, max_rss_bytes INTEGER NOT NULL,"
        " deadline_ns INTEGER NOT NULL, deadline_source TEXT NOT NULL,"
        " stdout_bytes INTEGER NOT NULL, stderr_bytes INTEGER NOT NULL, stdout_head INTEGER,"
        " stdout BLOB, stderr_head INTEGER, stderr BLOB,"
        " PRIMARY KEY (scenario, seq)) WITHOUT ROWID;"
        "CREATE TABLE removed (run INTEGER PRIMARY KEY);";

/* Version 2. Outputs leave the rows of steps, which statistics read by the thousand; equal receipts
 * are kept once, for they differ in the name of the sandbox alone; runs have labels. */
static const char version_2[] =
        "CREATE TABLE output ("
        " scenario INTEGER NOT NULL, step INTEGER NOT NULL, stream INTEGER NOT NULL,"
        " head INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (scenario, step, stream));"
        "INSERT INTO output SELECT scenario, seq, 1, stdout_head, stdout FROM step"
        " WHERE length(stdout) > 0;"
        "INSERT INTO output SELECT scenario, seq, 2, stderr_head, stderr FROM step"
        " WHERE length(stderr) > 0;"
        "ALTER TABLE step DROP COLUMN stdout_head;"
        "ALTER TABLE step DROP COLUMN stdout;"
        "ALTER TABLE step DROP COLUMN stderr_head;"
        "ALTER TABLE step DROP COLUMN stderr;"
        "CREATE TABLE receipt (n INTEGER PRIMARY KEY, doc TEXT NOT NULL UNIQUE);"
        "INSERT OR IGNORE INTO receipt (doc) SELECT json_set(receipt, '$.sandbox', NULL)"
        " FROM scenario WHERE receipt IS NOT NULL;"
        "ALTER TABLE scenario ADD COLUMN sandbox TEXT;"
        "ALTER TABLE scenario RENAME COLUMN receipt TO receipt_doc;"
        "ALTER TABLE scenario ADD COLUMN receipt INTEGER;"
        "UPDATE scenario SET sandbox = json_extract(receipt_doc, '$.sandbox'), receipt ="
        " (SELECT n FROM receipt WHERE doc = json_set(receipt_doc, '$.sandbox', NULL))"
        " WHERE receipt_doc IS NOT NULL;"
        "ALTER TABLE scenario DROP COLUMN receipt_doc;"
        "CREATE TABLE label ("
        " run INTEGER NOT NULL, seq INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,"
        " PRIMARY KEY (run, seq)) WITHOUT ROWID;";

/* Version 3. Of what is under way: whose it is, for several daemons may share the file. */
static const char version_3[] = "ALTER TABLE segment ADD COLUMN slot INTEGER NOT NULL DEFAULT 0;"
                                "ALTER TABLE run ADD COLUMN slot INTEGER NOT NULL DEFAULT 0;";

/* Version 4. When the bytes of a stream came (daemon/model/arrival.h). */
static const char version_4[] = "ALTER TABLE output ADD COLUMN arrival TEXT;";

/* Version 5. Tests have the cell of a matrix: alternating keys and values. */
static const char version_5[] = "ALTER TABLE test ADD COLUMN matrix TEXT NOT NULL DEFAULT '[]';";

/* Version 6. Results of the past: a scenario that was answered by one shows steps and outputs of
 * another (body), and what may stand for later runs is found by key, or by the name of its scenario
 * (last). Rows of kept results outlive their run: its number is then -n. loose: steps and outputs
 * that perhaps nobody shows any more. */
static const char version_6[] =
        "ALTER TABLE scenario ADD COLUMN body INTEGER;"
        "ALTER TABLE scenario ADD COLUMN key TEXT;"
        "ALTER TABLE scenario ADD COLUMN ran TEXT;"
        "CREATE INDEX scenario_body ON scenario (body) WHERE body IS NOT NULL;"
        "CREATE TABLE kept ("
        " key TEXT PRIMARY KEY, scenario INTEGER NOT NULL, ran TEXT NOT NULL, at INTEGER NOT NULL,"
        " used INTEGER NOT NULL, boot TEXT NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE INDEX kept_scenario ON kept (scenario);"
        "CREATE INDEX kept_used ON kept (used);"
        "CREATE TABLE last ("
        " name TEXT PRIMARY KEY, key TEXT NOT NULL, parts BLOB NOT NULL) WITHOUT ROWID;"
        "CREATE INDEX last_key ON last (key);"
        "CREATE TABLE loose (body INTEGER PRIMARY KEY);";

/* Version 7. Deadlines that history gives: whether the run had any, and a scenario's earlier runs
 * found by its id. */
static const char version_7[] =
        "ALTER TABLE run ADD COLUMN silence_floor_ns INTEGER NOT NULL DEFAULT 0;"
        "CREATE INDEX scenario_id ON scenario (id, n);";

/* migrations[v] leads from version v to v + 1. */
static const char *const migrations[SCHEMA_VERSION] = { version_1, version_2, version_3, version_4,
	version_5, version_6, version_7 };

static int migrate(struct db *d, unsigned from, struct err *e)
{
	char set[48];

	snprintf(set, sizeof(set), "PRAGMA user_version = %u", from + 1);
	if (db_begin(d, e) < 0)
		return -1;
	if (db_exec(d, migrations[from], e) < 0 || db_exec(d, set, e) < 0) {
		db_rollback(d);
		return err_wrap(e, "migration to version %u", from + 1);
	}
	return db_commit(d, e);
}

int schema_prepare(struct db *d, struct err *e)
{
	int64_t version;

	if (db_number(d, "PRAGMA user_version", &version, e) < 0)
		return -1;
	if (version > SCHEMA_VERSION || version < 0)
		return err_set(e, ERR_UNSUPPORTED, "made by a newer clnrm (version %lld, not %d)",
		        (long long)version, SCHEMA_VERSION);
	for (unsigned v = (unsigned)version; v < SCHEMA_VERSION; v++)
		if (migrate(d, v, e) < 0)
			return -1;
	return 0;
}

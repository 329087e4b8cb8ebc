/* daemon/store/db_priv.h - one connection to history.db, its statements, its schema.
 *
 * A connection is used by one thread at a time. Errors are 0 or -1 with *e; db_trouble() says what
 * kind the last one was.
 */
#ifndef DAEMON_STORE_DB_PRIV_H
#define DAEMON_STORE_DB_PRIV_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/mem.h"
#include "daemon/store/sql_priv.h"

#define DB_BUSY_MS 2000

struct db {
	sqlite3 *h;
	sqlite3_stmt *st[SQL_COUNT];
	int last; /* SQLite's code of the last error */
};

/* Opens for writing: makes the file and its tables, migrates older ones. ERR_UNSUPPORTED: made by
 * a newer program; ERR_INVALID: damaged, or no database. */
struct db *db_open(const char *path, struct err *e);
struct db *db_open_reader(const char *path, struct err *e);
void db_close(struct db *d);
CLEANUP_FN(db_close, struct db *)

/* Several statements of constant text. */
int db_exec(struct db *d, const char *sql, struct err *e) MUST_CHECK;
int db_begin(struct db *d, struct err *e) MUST_CHECK;
int db_commit(struct db *d, struct err *e) MUST_CHECK; /* rolled back on failure */
void db_rollback(struct db *d);
/* The first column of the first row; 0 when there is none. */
int db_number(struct db *d, const char *sql, int64_t *out, struct err *e) MUST_CHECK;

/* Binds the parameters of a prepared statement from ?1 on: 'i' int64_t, 'd' double, 's' text or
 * NULL, 'b' const void * and size_t. The caller steps it. NULL with *e. Text and blobs are borrowed
 * until db_reset(). */
sqlite3_stmt *db_bind(struct db *d, enum sql which, struct err *e, const char *types, ...);
int db_step(struct db *d, sqlite3_stmt *st, struct err *e) MUST_CHECK; /* 1 row, 0 done, -1 */
void db_reset(sqlite3_stmt *st);
CLEANUP_FN(db_reset, sqlite3_stmt *)
/* Binds and runs a statement that gives no rows. */
int db_run(struct db *d, enum sql which, struct err *e, const char *types, ...) MUST_CHECK;

enum db_trouble {
	DB_RECORD, /* the statement's own fault: trying again will not help */
	DB_DISK,   /* full, locked, unwritable: may pass */
	DB_BROKEN, /* the file is damaged */
};
enum db_trouble db_trouble(const struct db *d);

/* ERR_INVALID when the file is damaged. Reads all of it. */
int db_check(struct db *d, struct err *e) MUST_CHECK;
/* True when the file has another name now, or none: another daemon put it aside. */
bool db_moved(struct db *d);
/* Pages in use, in bytes. */
int db_size(struct db *d, uint64_t *out, struct err *e) MUST_CHECK;

/* ---- schema.c ---- */
#define SCHEMA_VERSION 7
int schema_prepare(struct db *d, struct err *e) MUST_CHECK;

#endif

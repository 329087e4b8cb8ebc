#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/glob.h"
#include "daemon/store/db_priv.h"

#define SQL_TEXT(id, text) [SQL_##id] = (text),
static const char *const texts[SQL_COUNT] = { SQL_TABLE(SQL_TEXT) };
#undef SQL_TEXT

/* ---- errors ---- */

enum db_trouble db_trouble(const struct db *d)
{
	switch (d->last & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return DB_BROKEN;
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_RANGE:
	case SQLITE_TOOBIG:
		return DB_RECORD;
	default:
		return DB_DISK;
	}
}

static int fail(struct db *d, int rc, struct err *e)
{
	d->last = sqlite3_extended_errcode(d->h);
	if ((d->last & 0xff) != (rc & 0xff))
		d->last = rc;
	err_set(e, db_trouble(d) == DB_BROKEN ? ERR_INVALID : ERR_SYS, "history.db: %s",
	        d->h ? sqlite3_errmsg(d->h) : sqlite3_errstr(rc));
	return -1;
}

/* ---- statements ---- */

int db_exec(struct db *d, const char *sql, struct err *e)
{
	int rc = sqlite3_exec(d->h, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : fail(d, rc, e);
}

int db_begin(struct db *d, struct err *e)
{
	return db_exec(d, "BEGIN IMMEDIATE", e);
}

void db_rollback(struct db *d)
{
	if (!sqlite3_get_autocommit(d->h))
		sqlite3_exec(d->h, "ROLLBACK", NULL, NULL, NULL);
}

int db_commit(struct db *d, struct err *e)
{
	if (db_exec(d, "COMMIT", e) == 0)
		return 0;
	db_rollback(d);
	return -1;
}

int db_number(struct db *d, const char *sql, int64_t *out, struct err *e)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(d->h, sql, -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
		fail(d, rc, e);
		sqlite3_finalize(st);
		return -1;
	}
	*out = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	sqlite3_finalize(st);
	return 0;
}

static int bind_all(sqlite3_stmt *st, const char *types, va_list ap)
{
	int rc = SQLITE_OK;

	for (int i = 1; types[i - 1] && rc == SQLITE_OK; i++) {
		const void *p;

		switch (types[i - 1]) {
		case 'i':
			rc = sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
			break;
		case 'd':
			rc = sqlite3_bind_double(st, i, va_arg(ap, double));
			break;
		case 's':
			rc = sqlite3_bind_text(st, i, va_arg(ap, const char *), -1, SQLITE_STATIC);
			break;
		default:
			assert(types[i - 1] == 'b');
			p = va_arg(ap, const void *);
			rc = sqlite3_bind_blob64(st, i, p, va_arg(ap, size_t), SQLITE_STATIC);
		}
	}
	return rc;
}

static sqlite3_stmt *bind_list(
        struct db *d, enum sql which, struct err *e, const char *types, va_list ap)
{
	int rc = SQLITE_OK;

	if (!d->st[which])
		rc = sqlite3_prepare_v3(
		        d->h, texts[which], -1, SQLITE_PREPARE_PERSISTENT, &d->st[which], NULL);
	if (rc == SQLITE_OK)
		rc = bind_all(d->st[which], types, ap);
	if (rc == SQLITE_OK)
		return d->st[which];
	fail(d, rc, e);
	return NULL;
}

sqlite3_stmt *db_bind(struct db *d, enum sql which, struct err *e, const char *types, ...)
{
	va_list ap;

	va_start(ap, types);
	sqlite3_stmt *st = bind_list(d, which, e, types, ap);
	va_end(ap);
	return st;
}

int db_step(struct db *d, sqlite3_stmt *st, struct err *e)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : fail(d, rc, e);
}

void db_reset(sqlite3_stmt *st)
{
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

int db_run(struct db *d, enum sql which, struct err *e, const char *types, ...)
{
	va_list ap;

	va_start(ap, types);
	CLEANUP(db_reset) sqlite3_stmt *st = bind_list(d, which, e, types, ap);
	va_end(ap);
	return st ? db_step(d, st, e) : -1;
}

/* ---- connections ---- */

/* matches(PATTERN, TEXT): a glob, or a part of the text. */
static void matches(sqlite3_context *c, int n, sqlite3_value **v)
{
	const char *pattern = (const char *)sqlite3_value_text(v[0]);
	const char *text = (const char *)sqlite3_value_text(v[1]);
	bool hit = pattern && text &&
	           (glob_is_pattern(pattern) ? glob_names(pattern, text)
	                                     : strstr(text, pattern) != NULL);

	(void)n;
	sqlite3_result_int(c, hit);
}

static struct db *connect_to(const char *path, int flags, struct err *e)
{
	struct db *d = xcalloc(1, sizeof(*d));
	int rc = sqlite3_open_v2(path, &d->h, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_extended_result_codes(d->h, 1);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(d->h, DB_BUSY_MS);
	if (rc == SQLITE_OK)
		rc = sqlite3_create_function(d->h, "matches", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
		        NULL, matches, NULL, NULL);
	if (rc == SQLITE_OK)
		return d;
	fail(d, rc, e);
	db_close(d);
	return NULL;
}

void db_close(struct db *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(d->st[i]);
	sqlite3_close(d->h);
	free(d);
}

/* auto_vacuum works for a file without tables alone; journal_size_limit keeps the WAL small after a
 * big run. */
static const char writer_settings[] = "PRAGMA auto_vacuum = INCREMENTAL;"
                                      "PRAGMA journal_mode = WAL;"
                                      "PRAGMA synchronous = NORMAL;"
                                      "PRAGMA journal_size_limit = 4194304;"
                                      "PRAGMA trusted_schema = OFF;";

struct db *db_open(const char *path, struct err *e)
{
	CLEANUP(db_close)
	struct db *d = connect_to(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, e);

	if (!d || db_exec(d, writer_settings, e) < 0 || schema_prepare(d, e) < 0)
		return NULL;
	return STEAL(d);
}

struct db *db_open_reader(const char *path, struct err *e)
{
	return connect_to(path, SQLITE_OPEN_READONLY, e);
}

int db_check(struct db *d, struct err *e)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(d->h, "PRAGMA quick_check(1)", -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc != SQLITE_ROW) {
		fail(d, rc, e);
	} else {
		const char *said = (const char *)sqlite3_column_text(st, 0);

		rc = said && strcmp(said, "ok") == 0 ? SQLITE_OK : SQLITE_CORRUPT;
		if (rc != SQLITE_OK) {
			d->last = rc;
			err_set(e, ERR_INVALID, "history.db: %.300s", said ? said : "damaged");
		}
	}
	sqlite3_finalize(st);
	return rc == SQLITE_OK ? 0 : -1;
}

bool db_moved(struct db *d)
{
	int moved = 0;

	return sqlite3_file_control(d->h, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
	       moved;
}

int db_size(struct db *d, uint64_t *out, struct err *e)
{
	int64_t pages, unused, size;

	if (db_number(d, "PRAGMA page_count", &pages, e) < 0 ||
	        db_number(d, "PRAGMA freelist_count", &unused, e) < 0 ||
	        db_number(d, "PRAGMA page_size", &size, e) < 0)
		return -1;
	*out = (uint64_t)(pages - unused) * (uint64_t)size;
	return 0;
}

/* What the history says of scenarios: how flaky they are, and the results of one test. */
#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/glob.h"
#include "daemon/store/rows_priv.h"

static const char *text_at(sqlite3_stmt *st, int column)
{
	const char *s = (const char *)sqlite3_column_text(st, column);

	return s ? s : "";
}

static enum verdict verdict_at(sqlite3_stmt *st, int column)
{
	const char *name = text_at(st, column);
	enum verdict v = VERDICT_PASS;

	while (v < VERDICT_ERROR && strcmp(verdict_names[v], name) != 0)
		v++;
	return v;
}

/* ---- flakes ---- */

/* FILE::NAME, a file, a directory, or a glob; absolute. */
static bool path_names(const char *path, const char *file, const char *name)
{
	const char *cut = strstr(path, "::");
	size_t n = strlen(file);

	if (cut)
		return (size_t)(cut - path) == n && strncmp(path, file, n) == 0 &&
		       strcmp(cut + 2, name) == 0;
	if (glob_is_pattern(path) && glob_match(path, file, true))
		return true;
	return fs_is_below(file, path);
}

static bool is_wanted(
        const struct flake_filter *f, const char *file, const char *id, const char *name)
{
	for (size_t i = 0; i < f->n_paths; i++)
		if (path_names(f->paths[i], file, name))
			return true;
	/* TEST, or TEST/SCENARIO. */
	if (f->test) {
		size_t n = strlen(f->test);

		return strncmp(id, f->test, n) == 0 && (id[n] == '\0' || id[n] == '/');
	}
	return !f->n_paths;
}

/* Rows of one file stand together: its name is made absolute once. */
struct file_name {
	char *cwd, *shown, *full;
};

static void file_name_release(struct file_name *x)
{
	free(x->cwd);
	free(x->shown);
	free(x->full);
}

static const char *full_name(struct file_name *x, const char *cwd, const char *shown)
{
	if (x->full && strcmp(x->cwd, cwd) == 0 && strcmp(x->shown, shown) == 0)
		return x->full;
	AUTO_STR joined = fs_join(cwd, shown);

	file_name_release(x);
	x->cwd = xstrdup(cwd);
	x->shown = xstrdup(shown);
	x->full = fs_normalize(joined);
	return x->full;
}

static void take_sample(
        sqlite3_stmt *st, const struct flake_filter *f, struct file_name *file, struct flakes *out)
{
	const char *full = full_name(file, text_at(st, 0), text_at(st, 1));
	char inputs[160];

	if (!is_wanted(f, full, text_at(st, 2), text_at(st, 3)))
		return;
	/* Where nobody knows the inputs, those of one run are taken to be the same. */
	if (*text_at(st, 5))
		snprintf(inputs, sizeof(inputs), "%s", text_at(st, 5));
	else
		snprintf(
		        inputs, sizeof(inputs), "run %lld", (long long)sqlite3_column_int64(st, 4));
	flakes_add(out, &(struct flake_sample){
	                        .file = full,
	                        .id = text_at(st, 2),
	                        .name = text_at(st, 3),
	                        .inputs = inputs,
	                        .at_wall_ns = sqlite3_column_int64(st, 6),
	                        .verdict = verdict_at(st, 7),
	                        .attempts = (unsigned)sqlite3_column_int64(st, 8),
	                });
}

int load_flakes(struct db *d, const struct flake_filter *f, struct flakes *out, struct err *e)
{
	CLEANUP(db_reset)
	sqlite3_stmt *st =
	        db_bind(d, SQL_FLAKE_ROWS, e, "ii", f->since_wall_ns, (int64_t)FLAKE_ROWS_MAX);
	__attribute__((cleanup(file_name_release))) struct file_name file = { 0 };
	int rc = -1;

	while (st && (rc = db_step(d, st, e)) == 1)
		take_sample(st, f, &file, out);
	return rc;
}

/* ---- the results of one test ---- */

static void fill_result(sqlite3_stmt *st, struct test_row *r)
{
	*r = (struct test_row){
		.run = xstrdup(text_at(st, 0)),
		.started_wall_ns = sqlite3_column_int64(st, 1),
		.file = xstrdup(text_at(st, 2)),
		.id = xstrdup(text_at(st, 3)),
		.verdict = verdict_at(st, 4),
		.reason =
		        sqlite3_column_type(st, 5) == SQLITE_NULL ? NULL : xstrdup(text_at(st, 5)),
		.flaky = sqlite3_column_int(st, 6) != 0,
		.cached = sqlite3_column_int(st, 7) != 0,
		.attempts = (unsigned)sqlite3_column_int64(st, 8),
		.duration_ms = sqlite3_column_double(st, 9),
		.key = sqlite3_column_type(st, 10) == SQLITE_NULL ? NULL : xstrdup(text_at(st, 10)),
	};
}

void store_test_rows_free(struct test_row *rows, size_t n)
{
	for (size_t i = 0; rows && i < n; i++) {
		free(rows[i].run);
		free(rows[i].file);
		free(rows[i].id);
		free(rows[i].reason);
		free(rows[i].key);
	}
	free(rows);
}

int load_test_rows(struct db *d, const char *test, int64_t since_wall_ns, unsigned limit,
        struct test_row **rows, size_t *n, struct err *e)
{
	CLEANUP(db_reset)
	sqlite3_stmt *st = db_bind(d, SQL_TEST_ROWS, e, "sii", test, since_wall_ns,
	        (int64_t)(limit && limit < FLAKE_ROWS_MAX ? limit : FLAKE_ROWS_MAX));
	struct test_row *v = NULL;
	size_t count = 0, cap = 0;
	int rc = -1;

	while (st && (rc = db_step(d, st, e)) == 1) {
		v = xgrow(v, &cap, count + 1, sizeof(*v));
		fill_result(st, &v[count++]);
	}
	if (rc < 0) {
		store_test_rows_free(v, count);
		return -1;
	}
	*rows = v;
	*n = count;
	return 0;
}

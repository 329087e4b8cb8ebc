#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/num.h"
#include "daemon/store/rows_priv.h"
#include "daemon/wire/wire.h"

#define LIST_MAX 100000
#define AMBIGUOUS_SHOWN 5

/* ---- list ---- */

static void copy_text(char *to, size_t n, sqlite3_stmt *st, int column)
{
	const char *s = (const char *)sqlite3_column_text(st, column);

	snprintf(to, n, "%s", s ? s : "");
}

static unsigned uint_of(sqlite3_stmt *st, int column)
{
	return (unsigned)sqlite3_column_int64(st, column);
}

/* {"K":"V"}; of a name that was given twice the last counts. */
static int labels_of(struct db *d, int64_t run, char **out, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_LABEL_LIST, e, "i", run);
	CLEANUP(arena_free) struct arena *a = arena_new();
	AUTO_STRBUF b = STRBUF_INIT;
	struct json j = JSON_INIT(&b);
	struct env_var *v = NULL;
	size_t n = 0, cap = 0;
	int rc = -1;

	while (st && (rc = db_step(d, st, e)) == 1) {
		struct env_var l = {
			.name = arena_strdup(a, (const char *)sqlite3_column_text(st, 0)),
			.value = arena_strdup(a, (const char *)sqlite3_column_text(st, 1)),
		};
		size_t at = 0;

		while (at < n && strcmp(v[at].name, l.name) != 0)
			at++;
		if (at == n)
			v = xgrow(v, &cap, ++n, sizeof(*v));
		v[at] = l;
	}
	wire_vars(&j, NULL, v, n);
	free(v);
	*out = strbuf_detach(&b, NULL);
	return rc;
}

static int fill_row(struct db *d, sqlite3_stmt *st, struct run_row *r, struct err *e)
{
	const char *paths = (const char *)sqlite3_column_text(st, 6);

	copy_text(r->id, sizeof(r->id), st, 1);
	r->started_wall_ns = sqlite3_column_int64(st, 2);
	r->duration_ms = sqlite3_column_double(st, 3);
	copy_text(r->state, sizeof(r->state), st, 4);
	r->exit = sqlite3_column_int(st, 5);
	r->paths = xstrdup(paths ? paths : "[]");
	r->counts = (struct run_summary){
		.tests = uint_of(st, 7),
		.scenarios = uint_of(st, 8),
		.pass = uint_of(st, 9),
		.fail = uint_of(st, 10),
		.fake_green = uint_of(st, 11),
		.error = uint_of(st, 12),
		.skip = uint_of(st, 13),
		.flaky = uint_of(st, 14),
		.cached = uint_of(st, 15),
		.quarantined = uint_of(st, 16),
		.findings = uint_of(st, 17),
		.wall_ms = sqlite3_column_double(st, 18),
		.busy_ms = sqlite3_column_double(st, 19),
	};
	return labels_of(d, sqlite3_column_int64(st, 0), &r->labels, e);
}

void store_rows_free(struct run_row *rows, size_t n)
{
	for (size_t i = 0; rows && i < n; i++) {
		free(rows[i].paths);
		free(rows[i].labels);
	}
	free(rows);
}

static int known_run(struct db *d, const char *id, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_RUN_N, e, "s", id);
	int rc = st ? db_step(d, st, e) : -1;

	return rc == 0 ? err_set(e, ERR_NOT_FOUND, "no run '%.40s'", id) : rc;
}

int list_runs(
        struct db *d, const struct run_filter *f, struct run_row **rows, size_t *n, struct err *e)
{
	const char *eq = f->label ? strchr(f->label, '=') : NULL;
	AUTO_STR key = eq ? xstrndup(f->label, (size_t)(eq - f->label)) : NULL;
	int64_t limit = f->limit && f->limit < LIST_MAX ? f->limit : LIST_MAX;
	struct run_row *v = NULL;
	size_t count = 0, cap = 0;
	int rc;

	if (f->label && !eq)
		return err_set(e, ERR_INVALID, "label '%.100s' is not of the form K=V", f->label);
	if (f->before && known_run(d, f->before, e) < 0)
		return -1;
	CLEANUP(db_reset)
	sqlite3_stmt *st = db_bind(d, SQL_RUN_LIST, e, "isssssi", f->since_wall_ns, f->before, key,
	        eq ? eq + 1 : NULL, f->test, f->verdict, limit);
	if (!st)
		return -1;
	while ((rc = db_step(d, st, e)) == 1) {
		v = xgrow(v, &cap, count + 1, sizeof(*v));
		v[count] = (struct run_row){ 0 };
		rc = fill_row(d, st, &v[count++], e);
		if (rc < 0)
			break;
	}
	if (rc < 0) {
		store_rows_free(v, count);
		return -1;
	}
	*rows = v;
	*n = count;
	return 0;
}

/* ---- resolve ---- */

static int resolve_nth(struct db *d, uint64_t nth, const char *ref, char out[16], struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_RUN_NTH, e, "i", (int64_t)nth);
	int rc = st ? db_step(d, st, e) : -1;

	if (rc == 1)
		copy_text(out, 16, st, 0);
	if (rc == 0)
		return err_set(e, ERR_NOT_FOUND,
		        nth ? "no run '%.40s': there are not so many"
		            : "no run '%.40s': there is none yet",
		        ref);
	return rc < 0 ? -1 : 0;
}

static int resolve_prefix(struct db *d, const char *ref, char out[16], struct err *e)
{
	CLEANUP(db_reset)
	sqlite3_stmt *st = db_bind(d, SQL_RUN_PREFIX, e, "si", ref, (int64_t)AMBIGUOUS_SHOWN + 1);
	AUTO_STRBUF ids = STRBUF_INIT;
	unsigned n = 0;
	int rc = -1;
	char id[16], first[16];

	while (st && (rc = db_step(d, st, e)) == 1) {
		copy_text(id, sizeof(id), st, 0);
		if (strcmp(id, ref) == 0) {
			memcpy(out, id, sizeof(id));
			return 0;
		}
		if (n == 0)
			memcpy(first, id, sizeof(id));
		if (n++ < AMBIGUOUS_SHOWN)
			strbuf_printf(&ids, "%s'%s'", n > 1 ? ", " : "", id);
	}
	if (rc < 0)
		return -1;
	if (n == 0)
		return err_set(e, ERR_NOT_FOUND, "no run '%.40s'", ref);
	if (n > 1)
		return err_set(e, ERR_INVALID, "run '%.40s' is ambiguous: %s%s", ref, ids.s,
		        n > AMBIGUOUS_SHOWN ? ", ..." : "");
	memcpy(out, first, sizeof(first));
	return 0;
}

int resolve_run(struct db *d, const char *ref, char out[16], struct err *e)
{
	uint64_t nth = 0;
	struct err why;

	if (strncmp(ref, "run:", 4) == 0)
		ref += 4;
	if (strcmp(ref, "latest") == 0)
		return resolve_nth(d, 0, ref, out, e);
	if (strncmp(ref, "latest~", 7) == 0) {
		if (str_to_u64(ref + 7, 0, UINT32_MAX, &nth, &why) < 0)
			return err_set(e, ERR_INVALID, "'%.40s' is not of the form latest~N", ref);
		return resolve_nth(d, nth, ref, out, e);
	}
	if (strlen(ref) < 4)
		return err_set(e, ERR_INVALID,
		        "run '%.40s' is too short: give at least 4 characters of its id", ref);
	return resolve_prefix(d, ref, out, e);
}

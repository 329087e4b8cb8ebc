/* Results of the past in the journal and in the database: runs that were answered with one refer to
 * it instead of holding it once more, and the next daemon finds it by its key.
 *
 * Their records are no events and are not JSON: a letter, then numbers and strings with their
 * length, a space behind each. Thousands of them are made while somebody waits.
 *
 *   A  t_ms, then of each scenario: test, slot, line, ends_test, key, ran, duration, id, name
 *   K  name, key, run, test, slot, ran, boot, time, number of parts, their kinds, names and values,
 * the same of causes (not in records of older versions) F  a key, or "" for all */
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/store/rows_priv.h"

#define USED_STEP_NS (600 * NS_PER_S) /* how exactly it is known when a result was used last */
#define PART_BYTES 100u               /* of a row, beside texts */
#define PARTS_MAX 4096u
#define SWEPT_AT_ONCE 500u

/* ---- writing ---- */

static void put_number(struct strbuf *b, uint64_t v)
{
	char text[24], *p = text + sizeof(text);

	*--p = ' ';
	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	strbuf_add(b, p, (size_t)(text + sizeof(text) - p));
}

static void put_text(struct strbuf *b, const char *s)
{
	size_t n = strlen(s);

	put_number(b, n);
	strbuf_add(b, s, n);
	strbuf_addc(b, ' ');
}

void kept_line_again(double t_ms, const struct kept_use *v, size_t n, struct strbuf *out)
{
	strbuf_addc(out, 'A');
	put_number(out, (uint64_t)(t_ms * 1000));
	for (size_t i = 0; i < n; i++) {
		const struct scenario_result *r = v[i].result;

		put_number(out, v[i].test_index);
		put_number(out, v[i].slot);
		put_number(out, r->line);
		put_number(out, v[i].ends_test);
		put_text(out, r->key);
		put_text(out, r->cached_from);
		put_number(out, (uint64_t)(r->duration_ms * 1000));
		put_text(out, r->id);
		put_text(out, r->name);
	}
}

static void put_parts(struct strbuf *b, const struct key_part *v, size_t n)
{
	put_number(b, n);
	for (size_t i = 0; i < n; i++) {
		put_text(b, cause_rows[v[i].kind].name);
		put_text(b, v[i].name);
		put_text(b, v[i].value);
	}
}

void kept_line_note(const struct kept_note *k, struct strbuf *out)
{
	strbuf_addc(out, 'K');
	put_text(out, k->name);
	put_text(out, k->key);
	put_text(out, k->run);
	put_number(out, k->test_index);
	put_number(out, k->slot);
	put_text(out, k->ran);
	put_text(out, k->boot);
	put_number(out, (uint64_t)k->wall_ns);
	put_parts(out, k->parts, k->n_parts);
	put_parts(out, k->causes, k->n_causes);
}

void kept_line_forget(const char *key, struct strbuf *out)
{
	strbuf_addc(out, 'F');
	put_text(out, key ? key : "");
}

/* ---- reading ---- */

struct reader {
	const char *p, *end;
	struct arena *a;
	bool bad;
};

static uint64_t get_number(struct reader *r)
{
	uint64_t v = 0;
	const char *from = r->p;

	for (; r->p < r->end && *r->p >= '0' && *r->p <= '9' && r->p - from < 19; r->p++)
		v = v * 10 + (uint64_t)(*r->p - '0');
	if (r->p == from || r->p == r->end || *r->p != ' ')
		r->bad = true;
	else
		r->p++;
	return r->bad ? 0 : v;
}

static const char *get_text(struct reader *r)
{
	uint64_t n = get_number(r);
	const char *s;

	if (r->bad || n >= (uint64_t)(r->end - r->p) || r->p[n] != ' ') {
		r->bad = true;
		return "";
	}
	s = arena_strndup(r->a, r->p, n);
	r->p += n + 1;
	return s;
}

static int bad_record(void)
{
	log_debug("history: a record of a result is passed over");
	return 0;
}

/* ---- A ---- */

/* One scenario of an 'A'. */
struct again {
	int64_t test, slot, line;
	bool ends_test;
	const char *key, *ran, *id, *name;
	double duration_ms;
};

static void get_again(struct reader *r, struct again *x)
{
	x->test = (int64_t)get_number(r);
	x->slot = (int64_t)get_number(r);
	x->line = (int64_t)get_number(r);
	x->ends_test = get_number(r) != 0;
	x->key = get_text(r);
	x->ran = get_text(r);
	x->duration_ms = (double)get_number(r) / 1000;
	x->id = get_text(r);
	x->name = get_text(r);
}

/* The result went, by another daemon that shares the file, while this one still knew it: what is
 * known of the scenario is kept, its steps are not. */
static int add_bare(struct kept_taker *t, const struct again *x, struct err *e)
{
	if (db_run(t->d, SQL_SCENARIO_BARE, e, "iiissisds", t->run, x->test, x->slot, x->id,
	            x->name, x->line, x->key, x->duration_ms, x->ran) < 0)
		return -1;
	t->unresolved += sqlite3_changes(t->d->h) > 0;
	return sqlite3_changes(t->d->h);
}

/* 1 when there is a row more, 0 when it was there, -1. */
static int add_again(struct kept_taker *t, const struct again *x, int64_t now, struct err *e)
{
	if (db_run(t->d, SQL_SCENARIO_AGAIN, e, "iiissis", t->run, x->test, x->slot, x->id, x->name,
	            x->line, x->key) < 0)
		return -1;
	if (sqlite3_changes(t->d->h) == 0)
		return add_bare(t, x, e);
	return db_run(t->d, SQL_KEPT_USED, e, "sii", x->key, now, (int64_t)USED_STEP_NS) < 0 ? -1
	                                                                                     : 1;
}

static int take_again(struct kept_taker *t, struct reader *r, struct err *e)
{
	double t_ms = (double)get_number(r) / 1000;
	int64_t n = 0, now = clock_wall_ns();

	while (!r->bad && r->p < r->end) {
		struct again x;

		get_again(r, &x);
		if (r->bad)
			break;
		int rc = add_again(t, &x, now, e);

		if (rc < 0 || (x.ends_test && db_run(t->d, SQL_TEST_END, e, "iisd", t->run, x.test,
		                                      "pass", 0.0) < 0))
			return -1;
		n += rc;
	}
	if (r->bad)
		bad_record();
	return db_run(t->d, SQL_RUN_COUNT_CACHED, e, "iid", t->run, n, t_ms);
}

/* ---- K ---- */

static int row_of(struct kept_taker *t, const char *run, int64_t test, int64_t slot, int64_t *n,
        struct err *e)
{
	CLEANUP(db_reset)
	sqlite3_stmt *st = db_bind(t->d, SQL_SCENARIO_AT, e, "sii", run, test, slot);
	int rc = st ? db_step(t->d, st, e) : -1;

	if (rc == 1)
		*n = sqlite3_column_int64(st, 0);
	return rc;
}

static int take_note(struct kept_taker *t, struct reader *r, struct err *e)
{
	const char *name = get_text(r), *key = get_text(r), *run = get_text(r);
	int64_t test = (int64_t)get_number(r), slot = (int64_t)get_number(r), n = 0;
	const char *ran = get_text(r), *boot = get_text(r);
	int64_t wall = (int64_t)get_number(r);
	size_t size = (size_t)(r->end - r->p);

	if (r->bad)
		return bad_record();
	int rc = row_of(t, run, test, slot, &n, e);

	if (rc <= 0) {
		t->unresolved += rc == 0;
		return rc;
	}
	t->stray = true;
	if (db_run(t->d, SQL_KEPT_PUT, e, "sisisi", key, n, ran, wall, boot,
	            (int64_t)(size + PART_BYTES)) < 0)
		return -1;
	return db_run(t->d, SQL_LAST_PUT, e, "ssb", name, key, (const void *)r->p, size);
}

/* ---- F ---- */

static int take_forget(struct kept_taker *t, struct reader *r, struct err *e)
{
	const char *key = get_text(r);

	if (r->bad)
		return bad_record();
	t->stray = true;
	if (!*key)
		return db_run(t->d, SQL_KEPT_CLEAR, e, "") < 0 ||
		                       db_run(t->d, SQL_LAST_CLEAR, e, "") < 0
		               ? -1
		               : 0;
	return db_run(t->d, SQL_KEPT_DEL, e, "s", key) < 0 ||
	                       db_run(t->d, SQL_LAST_DEL, e, "s", key) < 0
	               ? -1
	               : 0;
}

bool kept_is_record(const char *line, size_t len)
{
	return len > 0 && memchr("AKF", line[0], 3) != NULL;
}

int kept_take(struct kept_taker *t, const char *line, size_t len, struct err *e)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct reader r = { .p = line + 1, .end = line + len, .a = a };

	if (line[0] == 'K')
		return take_note(t, &r, e);
	if (line[0] == 'F')
		return take_forget(t, &r, e);
	return t->run ? take_again(t, &r, e) : 0;
}

/* ---- asking ---- */

/* NULL when they cannot be read. */
static struct key_part *get_parts(struct reader *r, size_t *count)
{
	uint64_t n = get_number(r);

	if (r->bad || n > PARTS_MAX)
		return NULL;
	struct key_part *v = arena_array(r->a, n + 1, sizeof(*v));

	for (uint64_t i = 0; i < n; i++) {
		v[i].kind = cause_of(get_text(r));
		r->bad |= v[i].kind == CAUSE_NONE;
		v[i].name = get_text(r);
		v[i].value = get_text(r);
	}
	*count = n;
	return r->bad ? NULL : v;
}

static int get_key(sqlite3_stmt *st, struct recalled *out, struct arena *a)
{
	const char *blob = sqlite3_column_blob(st, 1);
	struct reader r = { .p = blob ? blob : "", .a = a };
	struct key_part *parts;

	r.end = r.p + sqlite3_column_bytes(st, 1);
	parts = get_parts(&r, &out->n_parts);
	if (!parts)
		return -1;
	if (r.p < r.end && !(out->causes = get_parts(&r, &out->n_causes)))
		return -1;
	out->parts = parts;
	return 0;
}

/* What can be read and is whole: a pass whose steps are all there. */
static bool is_whole(const struct scenario_result *s)
{
	for (size_t i = 0; i < s->n_steps; i++)
		if (!s->steps[i].name || !*s->steps[i].name)
			return false;
	return s->verdict == VERDICT_PASS && s->n_steps > 0;
}

static void get_result(struct db *d, int64_t n, struct recalled *out)
{
	struct err e;

	out->result = load_kept(d, n, &e);
	if (!out->result || is_whole(out->result))
		return;
	scenario_result_unref(STEAL(out->result));
}

int kept_recall(struct db *d, const char *boot, const char *name, struct recalled *out,
        struct arena *a, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_LAST_GET, e, "ss", name, boot);
	int rc = st ? db_step(d, st, e) : -1;
	const char *ran;

	*out = (struct recalled){ 0 };
	if (rc <= 0)
		return rc;
	if (get_key(st, out, a) < 0) {
		*out = (struct recalled){ 0 };
		return 0;
	}
	out->key = arena_strdup(a, (const char *)sqlite3_column_text(st, 0));
	ran = (const char *)sqlite3_column_text(st, 2);
	snprintf(out->run, sizeof(out->run), "%s", ran ? ran : "");
	out->wall_ns = sqlite3_column_int64(st, 3);
	get_result(d, sqlite3_column_int64(st, 4), out);
	return 0;
}

/* ---- bounds ---- */

int kept_sum(struct db *d, uint64_t *entries, uint64_t *bytes, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_KEPT_SUM, e, "");

	if (!st || db_step(d, st, e) < 0)
		return -1;
	*entries = (uint64_t)sqlite3_column_int64(st, 0);
	*bytes = (uint64_t)sqlite3_column_int64(st, 1);
	return 0;
}

static int evict(struct db *d, uint64_t n, struct err *e)
{
	if (db_begin(d, e) < 0)
		return -1;
	if (db_run(d, SQL_KEPT_EVICT, e, "i", (int64_t)n) < 0 ||
	        db_run(d, SQL_LAST_STRAY, e, "") < 0) {
		db_rollback(d);
		return -1;
	}
	return db_commit(d, e) < 0 ? -1 : 1;
}

int kept_bound(struct db *d, uint64_t max_entries, uint64_t max_bytes, uint64_t *n, struct err *e)
{
	uint64_t entries, bytes;

	if (kept_sum(d, &entries, &bytes, e) < 0)
		return -1;
	*n = entries > max_entries ? entries - max_entries
	     : bytes > max_bytes   ? entries / 16 + 1
	                           : 0;
	return *n && entries ? evict(d, *n, e) : 0;
}

/* ---- rows that outlived their run for nothing ---- */

static int list_strays(struct db *d, int64_t v[SWEPT_AT_ONCE], size_t *n, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_KEPT_STRAY, e, "i", SWEPT_AT_ONCE);
	int rc = -1;

	for (*n = 0; st && *n < SWEPT_AT_ONCE && (rc = db_step(d, st, e)) == 1;)
		v[(*n)++] = sqlite3_column_int64(st, 0);
	return st && (rc >= 0 || *n == SWEPT_AT_ONCE) ? 0 : -1;
}

static int drop_strays(struct db *d, const int64_t *v, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (db_run(d, SQL_STRAY_BODY, e, "i", v[i]) < 0 ||
		        db_run(d, SQL_STRAY_DEL, e, "i", v[i]) < 0)
			return -1;
	return loose_drop(d, e);
}

int kept_sweep(struct db *d, struct err *e)
{
	int64_t v[SWEPT_AT_ONCE];
	size_t n;

	if (list_strays(d, v, &n, e) < 0)
		return -1;
	if (!n)
		return 0;
	if (db_begin(d, e) < 0)
		return -1;
	if (drop_strays(d, v, n, e) < 0) {
		db_rollback(d);
		return -1;
	}
	return db_commit(d, e) < 0 ? -1 : 1;
}

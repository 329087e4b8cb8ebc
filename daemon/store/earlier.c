/* What runs of the past say of scenarios that are about to be planned. Scenarios are known by the
 * absolute path of their file and their id, so that it does not matter from which directory a run
 * was started. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fs.h"
#include "common/map.h"
#include "common/num.h"
#include "daemon/store/rows_priv.h"
#include "daemon/wire/wire.h"

#define RUNS_MAX 1000      /* that are looked at */
#define NEEDS_RUNS 60      /* the same, where somebody waits for needs alone */
#define MEASURED_RUNS 200u /* whose scenarios are */
#define ROWS_MAX 200000    /* of scenarios */
#define NS_PER_MS_D 1000000.0

struct old_run {
	int64_t n, started_ns;
	char id[16];
	bool is_over, is_lost;
	int64_t end_ns;
	const char *cwd, *paths; /* paths: as path_set() says */
	struct env_var *options;
	size_t n_options;
};

struct point {
	uint64_t time_us, peak, permille;
};

struct points {
	struct point v[EARLIER_POINTS];
	unsigned n;
};

struct search {
	struct db *d;
	struct earlier_ask *ask;
	struct earlier *v;
	size_t n;
	struct arena *a;
	struct map *by_name;   /* file, line feed, id: to struct earlier */
	struct map *files;     /* of those of v: to itself */
	struct points *points; /* beside v */
	struct old_run *runs;  /* newest first */
	size_t n_runs;
	int64_t rows_left;
	size_t missing; /* scenarios that still lack something */
};

/* ---- names ---- */

static char *absolute(const char *dir, const char *path)
{
	AUTO_STR joined = fs_join(dir, path);

	return fs_normalize(joined);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Paths as a set: the same whatever their order, and from where they were named. */
static const char *path_set(const char *cwd, const struct str_list *paths, struct arena *a)
{
	AUTO_STRBUF b = STRBUF_INIT;
	const char **v = arena_array(a, paths->n + 1, sizeof(*v));

	for (size_t i = 0; i < paths->n; i++) {
		AUTO_STR full = absolute(cwd, paths->v[i]);

		v[i] = arena_strdup(a, full);
	}
	qsort(v, paths->n, sizeof(*v), by_text);
	for (size_t i = 0; i < paths->n; i++)
		if (i == 0 || strcmp(v[i], v[i - 1]) != 0)
			strbuf_printf(&b, "%s\n", v[i]);
	return arena_strndup(a, b.s ? b.s : "", b.len);
}

static const char *option(const struct env_var *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, name) == 0)
			return v[i].value;
	return NULL;
}

static bool equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* ---- runs ---- */

static const char *column(sqlite3_stmt *st, int i)
{
	const char *s = (const char *)sqlite3_column_text(st, i);

	return s ? s : "";
}

static int take_run(struct search *s, sqlite3_stmt *st, struct err *e)
{
	struct old_run *r = &s->runs[s->n_runs];
	const char *paths = column(st, 6), *options = column(st, 7);
	struct str_list l;

	*r = (struct old_run){ .n = sqlite3_column_int64(st, 0),
		.started_ns = sqlite3_column_int64(st, 2),
		.end_ns = sqlite3_column_int64(st, 2) +
		          (int64_t)(sqlite3_column_double(st, 3) * NS_PER_MS_D),
		.is_over = strcmp(column(st, 4), "running") != 0,
		.is_lost = strcmp(column(st, 4), "lost") == 0,
		.cwd = arena_strdup(s->a, column(st, 5)) };
	snprintf(r->id, sizeof(r->id), "%s", column(st, 1));
	if (wire_read_strings(paths, strlen(paths), s->a, &l, e) < 0 ||
	        wire_read_pairs(options, strlen(options), s->a, &r->options, &r->n_options, e) < 0)
		return -1;
	if (!l.n && s->ask->default_path && strcmp(r->cwd, s->ask->cwd) == 0)
		l = (struct str_list){ &s->ask->default_path, 1 };
	r->paths = path_set(r->cwd, &l, s->a);
	s->n_runs++;
	return 0;
}

static int list_old_runs(struct search *s, struct err *e)
{
	CLEANUP(db_reset)
	sqlite3_stmt *st = db_bind(s->d, SQL_EARLIER_RUNS, e, "ii", s->ask->before_wall_ns,
	        (int64_t)(s->ask->last || s->ask->times ? RUNS_MAX : NEEDS_RUNS));
	int rc = -1;

	s->runs = arena_array(s->a, RUNS_MAX, sizeof(*s->runs));
	while (st && (rc = db_step(s->d, st, e)) == 1 && s->n_runs < RUNS_MAX)
		if (take_run(s, st, e) < 0)
			return -1;
	return rc;
}

/* ---- which cut a part belongs to ---- */

/* Options that decide which scenarios there are to be cut. */
static bool selects_the_same(const struct search *s, const struct old_run *r)
{
	static const char *const names[] = { "filter", "exclude", "tag", "failed" };
	const struct earlier_ask *q = s->ask;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!equal(option(r->options, r->n_options, names[i]),
		            option(q->options, q->n_options, names[i])))
			return false;
	return true;
}

static bool shard_of(const struct old_run *r, unsigned *index, unsigned *total)
{
	const char *text = option(r->options, r->n_options, "shard");
	int end = 0;

	return text && sscanf(text, "%u/%u%n", index, total, &end) == 2 && !text[end] && *total > 1;
}

/* How many of a cut's parts have run. */
static unsigned parts_run(
        const struct search *s, const char *paths, const char *cut, unsigned total)
{
	bool *seen = arena_array(s->a, total + 1, sizeof(*seen));
	unsigned n = 0, index, of;

	for (size_t i = 0; i < s->n_runs; i++) {
		const struct old_run *r = &s->runs[i];

		if (!equal(option(r->options, r->n_options, EARLIER_CUT_OPTION), cut) ||
		        strcmp(r->paths, paths) != 0 || !shard_of(r, &index, &of) || of != total ||
		        index > total || seen[index])
			continue;
		seen[index] = true;
		n++;
	}
	return n;
}

/* A cut holds until each of its parts has run, or the whole or another cut of it has: a part that
 * is run after another must not see what that one has measured. */
static void find_cut(struct search *s, const char *paths)
{
	struct earlier_ask *q = s->ask;
	int64_t cut_ns;
	struct err e;

	for (size_t i = 0; i < s->n_runs; i++) {
		const struct old_run *r = &s->runs[i];
		const char *cut = option(r->options, r->n_options, EARLIER_CUT_OPTION);
		unsigned index, total;

		if (strcmp(r->paths, paths) != 0 || !selects_the_same(s, r))
			continue;
		if (!shard_of(r, &index, &total) || total != q->shards)
			return;
		if (!cut)
			continue; /* of a session that watches */
		if (parts_run(s, paths, cut, total) < total &&
		        str_to_i64(cut, 0, INT64_MAX, &cut_ns, &e) == 0)
			q->before_wall_ns = cut_ns;
		return;
	}
}

/* ---- rows ---- */

/* One result of a scenario that was asked for, or of a file of such. */
struct row {
	const char *verdict, *reason, *file;
	struct earlier *x; /* NULL: its file alone is known */
	double duration_ms, cpu_ms;
	uint64_t peak;
};
/* Newest first. */
typedef void row_fn(struct search *s, const struct row *row);

static bool is_related(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), k = n < m ? n : m;

	while (k > 1 && (n < m ? a : b)[k - 1] == '/')
		k--;
	return strncmp(a, b, k) == 0 &&
	       (k <= 1 || ((a[k] == '/' || !a[k]) && (b[k] == '/' || !b[k])));
}

static int64_t each_row(struct search *s, const struct old_run *r, row_fn *fn, struct err *e)
{
	CLEANUP(db_reset)
	sqlite3_stmt *st = db_bind(s->d, s->ask->needs ? SQL_EARLIER_NEEDS : SQL_EARLIER_ROWS, e,
	        "ii", r->n, s->rows_left);
	AUTO_STRBUF name = STRBUF_INIT;
	AUTO_STR file = NULL;
	AUTO_STR shown = NULL;
	int64_t n = 0;
	int rc = -1;

	while (st && (rc = db_step(s->d, st, e)) == 1) {
		const char *f = column(st, 0);
		struct row row = { .verdict = column(st, 2), .reason = column(st, 3) };

		n++;
		if (!shown || strcmp(shown, f) != 0) {
			free(shown);
			free(file);
			shown = xstrdup(f);
			file = absolute(r->cwd, f);
		}
		row.file = map_get(s->files, file);
		if (!row.file)
			continue;
		strbuf_reset(&name);
		strbuf_printf(&name, "%s\n%s", file, column(st, 1));
		row.x = map_get(s->by_name, name.s);
		row.duration_ms = sqlite3_column_double(st, 4);
		row.peak = (uint64_t)sqlite3_column_int64(st, 5);
		row.cpu_ms = sqlite3_column_double(st, 6);
		fn(s, &row);
	}
	return rc < 0 ? -1 : n;
}

static int take_rows(struct search *s, const struct old_run *r, row_fn *fn, struct err *e)
{
	int64_t n = each_row(s, r, fn, e);

	s->rows_left -= n;
	return n < 0 ? -1 : 0;
}

/* ---- what passed last time ---- */

/* Its file says so, or another scenario that has 'only'; or what a test says as a whole was not
 * evaluated, because of scenarios that are counted themselves. */
static bool is_asked_skip(const struct row *row)
{
	static const char *const reasons[] = { "skip", "only", "assertion" };

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (strcmp(row->reason, reasons[i]) == 0)
			return strcmp(row->verdict, "skip") == 0;
	return false;
}

static void set_last(struct search *s, struct earlier *x, enum earlier_last last)
{
	if (x->last != EARLIER_UNKNOWN)
		return;
	x->last = last;
	s->missing--;
}

static void take_last(struct search *s, const struct row *row)
{
	bool good = strcmp(row->verdict, "pass") == 0 || is_asked_skip(row);

	if (row->x) {
		set_last(s, row->x, good ? EARLIER_PASSED : EARLIER_NOT_PASSED);
		return;
	}
	/* A file that could not be read then: none of its scenarios has passed. */
	for (size_t i = 0; i < s->n && !good && strcmp(row->reason, "config") == 0; i++)
		if (strcmp(s->v[i].file, row->file) == 0)
			set_last(s, &s->v[i], EARLIER_NOT_PASSED);
}

/* A run of a part of the paths' scenarios says nothing of the others: those before it do. */
static bool asked_for_all(const struct old_run *r)
{
	static const char *const names[] = { "filter", "exclude", "tag", "failed", "shard",
		"changed" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (option(r->options, r->n_options, names[i]))
			return false;
	return true;
}

static int find_last(struct search *s, const char *paths, struct err *e)
{
	struct earlier_ask *q = s->ask;
	bool cut_off = false;

	s->missing = s->n;
	for (size_t i = 0; i < s->n_runs && s->missing && s->rows_left > 0; i++) {
		const struct old_run *r = &s->runs[i];

		if (!r->is_over || strcmp(r->paths, paths) != 0)
			continue;
		if (!q->any_run)
			snprintf(q->last_run, sizeof(q->last_run), "%s", r->id);
		q->any_run = true;
		if (take_rows(s, r, take_last, e) < 0)
			return -1;
		if (!asked_for_all(r))
			continue;
		if (!r->is_lost)
			return 0;
		cut_off = true;
	}
	/* With nothing before it, what had not ended when the daemon died has not passed. */
	for (size_t i = 0; i < s->n && cut_off; i++)
		set_last(s, &s->v[i], EARLIER_NOT_PASSED);
	return 0;
}

/* ---- what was measured ---- */

static void take_point(struct search *s, const struct row *row)
{
	struct points *p = row->x ? &s->points[row->x - s->v] : NULL;

	if (!p || p->n >= s->ask->points || strcmp(row->verdict, "skip") == 0 ||
	        strcmp(row->reason, "config") == 0)
		return;
	p->v[p->n++] = (struct point){
		.time_us = row->duration_ms > 0.001 ? (uint64_t)(row->duration_ms * 1000) : 1,
		.peak = row->peak,
		.permille = row->duration_ms > 0.001
		                    ? (uint64_t)(row->cpu_ms / row->duration_ms * 1000)
		                    : 0,
	};
	if (p->n == s->ask->points)
		s->missing--;
}

static int by_time(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return (x->time_us > y->time_us) - (x->time_us < y->time_us);
}

static void sum_up(struct points *p, struct earlier *x)
{
	for (unsigned i = 0; i < p->n; i++) {
		if (p->v[i].peak > x->peak_bytes)
			x->peak_bytes = p->v[i].peak;
		if (p->v[i].permille > x->cpu_permille)
			x->cpu_permille = p->v[i].permille;
	}
	qsort(p->v, p->n, sizeof(p->v[0]), by_time);
	x->time_us = p->n ? p->v[(p->n - 1) / 2].time_us : 0;
}

static int find_points(struct search *s, struct err *e)
{
	unsigned runs = 0;

	s->points = arena_array(s->a, s->n + 1, sizeof(*s->points));
	s->missing = s->n;
	for (size_t i = 0; i < s->n_runs && s->missing && s->rows_left > 0; i++) {
		const struct old_run *r = &s->runs[i];

		/* One that was not over at that moment may have been seen in part then. */
		if (!r->is_over || r->end_ns > s->ask->before_wall_ns ||
		        r->started_ns >= s->ask->before_wall_ns || !is_related(r->cwd, s->ask->cwd))
			continue;
		if (++runs > MEASURED_RUNS)
			break;
		if (take_rows(s, r, take_point, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < s->n; i++)
		sum_up(&s->points[i], &s->v[i]);
	return 0;
}

/* ---- all ---- */

static void name_all(struct search *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const char *name = arena_printf(s->a, "%s\n%s", s->v[i].file, s->v[i].id);

		map_put(s->by_name, name, &s->v[i]);
		map_put(s->files, s->v[i].file, (void *)(uintptr_t)s->v[i].file);
	}
}

static int search(struct search *s, struct err *e)
{
	struct earlier_ask *q = s->ask;
	const char *paths = path_set(q->cwd, q->paths, s->a);

	if (list_old_runs(s, e) < 0)
		return -1;
	name_all(s);
	if (q->last && find_last(s, paths, e) < 0)
		return -1;
	if (q->shards > 1)
		find_cut(s, paths);
	return q->times || q->needs ? find_points(s, e) : 0;
}

int load_earlier(struct db *d, struct earlier_ask *ask, struct earlier *v, size_t n, struct err *e)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct search s = { .d = d, .ask = ask, .v = v, .n = n, .a = a, .rows_left = ROWS_MAX };
	int rc;

	s.by_name = map_new();
	s.files = map_new();
	rc = search(&s, e);
	map_free(s.by_name, NULL);
	map_free(s.files, NULL);
	return rc;
}

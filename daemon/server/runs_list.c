/* GET /v1/runs: past runs, newest first. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/num.h"
#include "daemon/server/handlers.h"
#include "daemon/server/history.h"
#include "daemon/wire/wire.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MAX 1000000
#define COLUMNS 8

struct listing {
	struct offload o;
	struct arena *arena;
	struct store *store;
	struct run_filter filter;
	unsigned limit; /* 0 = all */
	int sort;       /* column; -1 = as they come */
	bool no_header;
	struct run_row *rows;
	size_t n, n_stored; /* shown; one more says that there is a next page */
	bool failed;
	struct err e;
};

/* ---- on a worker ---- */

static void work(struct offload *o)
{
	struct listing *l = (struct listing *)o;

	if (!l->store)
		return;
	store_sync(l->store);
	l->failed = store_list(l->store, &l->filter, &l->rows, &l->n_stored, &l->e) < 0;
	l->n = l->limit && l->n_stored > l->limit ? l->limit : l->n_stored;
}

/* ---- order ---- */

static const char *const columns[COLUMNS + 1] = { "RUN", "STARTED", "TESTS", "PASS", "FAIL",
	"OTHER", "TIME", "BY", NULL };

static unsigned failures(const struct run_summary *s)
{
	return s->fail + s->fake_green;
}

static unsigned others(const struct run_summary *s)
{
	return s->error + s->skip + s->flaky + s->cached;
}

static double number(const struct run_row *r, int column)
{
	const double v[COLUMNS] = { 0, (double)r->started_wall_ns, r->counts.tests, r->counts.pass,
		failures(&r->counts), others(&r->counts), r->duration_ms, 0 };

	return v[column];
}

/* Names upwards; figures and times downwards: what is looked for comes first. */
static int compare(const void *a, const void *b, void *arg)
{
	const struct run_row *x = a, *y = b;
	int column = *(const int *)arg;
	double p = number(x, column), q = number(y, column);

	if (column == 0)
		return strcmp(x->id, y->id);
	if (column == COLUMNS - 1)
		return strcmp(x->paths ? x->paths : "", y->paths ? y->paths : "");
	return p < q ? 1 : p > q ? -1 : 0;
}

/* ---- JSON ---- */

static void raw_or(struct json *j, const char *key, const char *raw, const char *otherwise)
{
	raw = raw && *raw ? raw : otherwise;
	json_raw(j, key, raw, strlen(raw));
}

static void write_row(struct json *j, const struct run_row *r)
{
	char at[RFC3339_LEN];

	clock_rfc3339(r->started_wall_ns, at);
	json_obj(j, NULL);
	json_str(j, "id", r->id);
	json_str(j, "started_at", at);
	json_ms(j, "duration_ms", r->duration_ms);
	json_str(j, "state", r->state);
	json_int(j, "exit", r->exit);
	wire_summary(j, "counts", &r->counts);
	raw_or(j, "paths", r->paths, "[]");
	raw_or(j, "labels", r->labels, "{}");
	json_end(j);
}

static void write_json(const struct listing *l, const char *next, struct strbuf *out)
{
	struct json j = JSON_INIT(out);

	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.runs/1");
	json_arr(&j, "runs");
	for (size_t i = 0; i < l->n; i++)
		write_row(&j, &l->rows[i]);
	json_end(&j);
	json_str(&j, "next", next);
	json_end(&j);
	strbuf_addc(out, '\n');
}

/* ---- for people ---- */

static void add_started(struct strbuf *b, int64_t wall_ns)
{
	time_t t = (time_t)(wall_ns / NS_PER_S);
	struct tm tm;
	char text[32];

	if (localtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
		strbuf_adds(b, text);
}

static void add_time(struct strbuf *b, double ms)
{
	if (ms >= 100 && ms < 1000)
		strbuf_printf(b, "%.2f s", ms / 1000);
	else
		dur_format(b, (int64_t)(ms * (double)NS_PER_MS));
}

static void add_by(struct strbuf *b, const struct run_row *r)
{
	json_t *paths = json_loads(r->paths ? r->paths : "[]", 0, NULL);
	json_t *labels = json_loads(r->labels ? r->labels : "{}", 0, NULL), *v;
	const char *name;
	size_t i;

	json_array_foreach(paths, i, v) if (json_is_string(v))
	        strbuf_printf(b, "%s%s", i ? " " : "", json_string_value(v));
	json_object_foreach(labels, name, v) if (json_is_string(v))
	        strbuf_printf(b, "  (%s %s)", name, json_string_value(v));
	if (strcmp(r->state, "done") != 0)
		strbuf_printf(b, "  (%s)", r->state);
	json_decref(paths);
	json_decref(labels);
}

static const char **text_row(struct arena *a, const struct run_row *r)
{
	const char **v = arena_array(a, COLUMNS + 1, sizeof(*v));
	AUTO_STRBUF started = STRBUF_INIT, time = STRBUF_INIT, by = STRBUF_INIT;

	add_started(&started, r->started_wall_ns);
	add_time(&time, r->duration_ms);
	add_by(&by, r);
	v[0] = r->id;
	v[1] = arena_strdup(a, started.s);
	v[2] = arena_printf(a, "%u", r->counts.tests);
	v[3] = arena_printf(a, "%u", r->counts.pass);
	v[4] = arena_printf(a, "%u", failures(&r->counts));
	v[5] = arena_printf(a, "%u", others(&r->counts));
	v[6] = strcmp(r->state, "running") == 0 ? "-" : arena_strdup(a, time.s);
	v[7] = arena_strdup(a, by.s);
	return v;
}

static void write_text(struct listing *l, struct strbuf *out)
{
	const char *const **rows = arena_array(l->arena, l->n + 1, sizeof(*rows));

	if (!l->n) {
		strbuf_adds(out, l->store ? "no runs\n"
		                          : "no history: the daemon was started with "
		                            "--no-history\n");
		return;
	}
	for (size_t i = 0; i < l->n; i++)
		rows[i] = text_row(l->arena, &l->rows[i]);
	table_text(columns, rows, l->n, &l->o.r->style, l->no_header, out);
}

/* ---- on the loop ---- */

static void reply(struct offload *o)
{
	struct listing *l = (struct listing *)o;
	AUTO_STRBUF json = STRBUF_INIT, text = STRBUF_INIT;
	const char *next = l->n && l->n_stored > l->n ? l->rows[l->n - 1].id : NULL;

	if (l->failed) {
		history_refuse(o->r, &l->e);
		return;
	}
	next = arena_strdup(l->arena, next);
	if (l->sort >= 0 && l->n)
		qsort_r(l->rows, l->n, sizeof(*l->rows), compare, &l->sort);
	write_json(l, next, &json);
	write_text(l, &text);
	answer(o->r, 0, &json, &text);
}

static void release(struct offload *o)
{
	struct listing *l = (struct listing *)o;

	if (l->rows)
		store_rows_free(l->rows, l->n_stored);
	arena_free(l->arena);
	free(l);
}

/* ---- the query ---- */

/* A number of the query; false when it is none. */
static bool query_number(struct request *r, const char *name, uint64_t max, uint64_t *out)
{
	const char *v = request_query(r, name);
	struct err e;

	if (!v || str_to_u64(v, 0, max, out, &e) == 0)
		return true;
	AUTO_STR text = xasprintf("'%s': %s", name, e.msg);
	answer_problem(r, "invalid-option", 2, text, NULL, NULL);
	return false;
}

static bool read_sort(struct request *r, int *out)
{
	const char *v = request_query(r, "sort");

	*out = -1;
	for (int i = 0; v && i < COLUMNS; i++)
		if (strcasecmp(v, columns[i]) == 0)
			*out = i;
	if (!v || *out >= 0)
		return true;
	AUTO_STR text = xasprintf("'%s' is no column to sort by", v);
	answer_problem(r, "invalid-option", 2, text,
	        "one of: run started tests pass fail other time by", NULL);
	return false;
}

static const char *query_copy(const struct request *r, const char *name, struct arena *a)
{
	return arena_strdup(a, request_query(r, name));
}

static bool read_verdict(struct request *r)
{
	const char *v = request_query(r, "verdict");

	for (size_t i = 0; v && i <= VERDICT_ERROR; i++)
		if (strcmp(verdict_names[i], v) == 0)
			return true;
	if (!v)
		return true;
	AUTO_STR text = xasprintf("'%s' is no verdict", v);
	answer_problem(
	        r, "invalid-option", 2, text, "one of: pass fail fake_green error skip", NULL);
	return false;
}

static bool read_query(struct listing *l, struct request *r)
{
	uint64_t limit = LIMIT_DEFAULT, since_ms = 0;

	if (!query_number(r, "limit", LIMIT_MAX, &limit) ||
	        !query_number(r, "since_ms", INT64_MAX / NS_PER_MS, &since_ms) ||
	        !read_sort(r, &l->sort) || !read_verdict(r))
		return false;
	l->limit = (unsigned)limit;
	l->no_header = request_flag(r, "no_header");
	l->filter = (struct run_filter){
		.limit = limit ? (unsigned)limit + 1 : 0,
		.before = query_copy(r, "before", l->arena),
		.test = query_copy(r, "test", l->arena),
		.verdict = query_copy(r, "verdict", l->arena),
		.label = query_copy(r, "label", l->arena),
		.since_wall_ns = since_ms ? clock_wall_ns() - (int64_t)since_ms * NS_PER_MS : 0,
	};
	return true;
}

void handle_run_list(struct request *r)
{
	struct listing *l = xcalloc(1, sizeof(*l));

	l->o = (struct offload){ .work = work, .answer = reply, .release = release };
	l->arena = arena_new();
	l->store = r->d->store;
	if (read_query(l, r))
		offload(r, &l->o);
	else
		release(&l->o);
}

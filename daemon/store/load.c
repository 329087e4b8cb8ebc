#include <stdio.h>
#include <string.h>

#include "daemon/store/rows_priv.h"
#include "daemon/wire/wire.h"

static const char *text(sqlite3_stmt *st, int column, struct arena *a)
{
	const char *s = (const char *)sqlite3_column_text(st, column);

	return arena_strndup(a, s ? s : "", s ? (size_t)sqlite3_column_bytes(st, column) : 0);
}

/* NULL stays NULL. */
static const char *text_or_null(sqlite3_stmt *st, int column, struct arena *a)
{
	return sqlite3_column_type(st, column) == SQLITE_NULL ? NULL : text(st, column, a);
}

static unsigned name_of(
        sqlite3_stmt *st, int column, const char *const *names, unsigned n, unsigned fallback)
{
	const char *s = (const char *)sqlite3_column_text(st, column);

	for (unsigned i = 0; s && i < n; i++)
		if (names[i] && strcmp(names[i], s) == 0)
			return i;
	return fallback;
}

static enum verdict verdict_of(sqlite3_stmt *st, int column)
{
	return name_of(st, column, verdict_names, VERDICT_ERROR + 1, VERDICT_ERROR);
}

static enum reason reason_of(sqlite3_stmt *st, int column)
{
	return name_of(st, column, reason_names, REASON_COUNT, REASON_NONE);
}

static struct deadline deadline_of(sqlite3_stmt *st, int ns, int source)
{
	return (struct deadline){
		.ns = sqlite3_column_int64(st, ns),
		.source = name_of(st, source, deadline_source_names, DEADLINE_SOURCES, 0),
	};
}

/* ---- steps ---- */

/* The lists (failures, argv) are there already. */
static void fill_step(sqlite3_stmt *st, struct step_result *s, struct arena *a)
{
	const char *phase = text(st, 4, a);

	s->name = text(st, 1, a);
	s->index = (unsigned)sqlite3_column_int64(st, 2);
	s->line = (uint32_t)sqlite3_column_int64(st, 3);
	s->setup = strcmp(phase, "setup") == 0;
	s->teardown = strcmp(phase, "teardown") == 0;
	s->ran = sqlite3_column_int(st, 5) != 0;
	s->verdict = verdict_of(st, 6);
	s->reason = reason_of(st, 7);
	s->exit_code = sqlite3_column_int(st, 8);
	s->signal = sqlite3_column_int(st, 9);
	s->attempts = (unsigned)sqlite3_column_int64(st, 10);
	s->started_ms = sqlite3_column_double(st, 11);
	s->duration_ms = sqlite3_column_double(st, 12);
	s->user_ms = sqlite3_column_double(st, 13);
	s->system_ms = sqlite3_column_double(st, 14);
	s->max_rss_bytes = (uint64_t)sqlite3_column_int64(st, 15);
	s->deadline = deadline_of(st, 16, 17);
	s->out.total = (uint64_t)sqlite3_column_int64(st, 18);
	s->err.total = (uint64_t)sqlite3_column_int64(st, 19);
}

static int load_steps(struct db *d, int64_t n, struct scenario_result *s, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_STEP_LIST, e, "i", n);
	int rc = -1;

	while (st && (rc = db_step(d, st, e)) == 1) {
		int64_t seq = sqlite3_column_int64(st, 0);

		if (seq >= 0 && (size_t)seq < s->n_steps)
			fill_step(st, &s->steps[seq], s->arena);
	}
	return rc;
}

static int load_outputs(struct db *d, int64_t n, struct scenario_result *s, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_OUTPUT_LIST, e, "i", n);
	int rc = -1;

	while (st && (rc = db_step(d, st, e)) == 1) {
		int64_t seq = sqlite3_column_int64(st, 0), head = sqlite3_column_int64(st, 2);
		size_t len = (size_t)sqlite3_column_bytes(st, 3);

		if (seq < 0 || (size_t)seq >= s->n_steps || len == 0)
			continue;
		struct step_result *x = &s->steps[seq];
		struct captured *c = sqlite3_column_int(st, 1) == 1 ? &x->out : &x->err;

		char *data = arena_alloc(s->arena, len + 1);

		memcpy(data, sqlite3_column_blob(st, 3), len);
		c->data = data;
		c->len = len;
		c->head = head >= 0 && (size_t)head < len ? (size_t)head : len;
		c->arrival = arena_strdup(s->arena, (const char *)sqlite3_column_text(st, 4));
	}
	return rc;
}

/* Nobody can tell what was cut when it ran from what the history did not take. */
static void note_partial(struct scenario_result *s)
{
	for (size_t i = 0; i < s->n_steps; i++) {
		struct captured *const streams[] = { &s->steps[i].out, &s->steps[i].err };

		for (size_t k = 0; k < ARRAY_LEN(streams); k++)
			streams[k]->partial = streams[k]->total > streams[k]->len;
	}
}

/* ---- scenarios ---- */

/* Lists and receipt are read as one scenario object, and columns fill in the rest. */
static struct scenario_result *read_lists(sqlite3_stmt *st, struct err *e)
{
	const char *lists = (const char *)sqlite3_column_text(st, 15);
	const char *receipt = (const char *)sqlite3_column_text(st, 16);
	AUTO_STRBUF b = STRBUF_INIT;

	if (!lists || lists[0] != '{') {
		err_set(e, ERR_INVALID, "history.db: a scenario is damaged");
		return NULL;
	}
	strbuf_adds(&b, "{\"receipt\":");
	strbuf_adds(&b, receipt ? receipt : "null");
	strbuf_addc(&b, ',');
	strbuf_adds(&b, lists + 1);
	struct scenario_result *s = wire_read_scenario(b.s, b.len, e);

	if (!s)
		err_wrap(e, "history.db");
	return s;
}

static void fill_scenario(
        sqlite3_stmt *st, struct scenario_result *s, const struct test_outcome *t, size_t index)
{
	struct arena *a = s->arena;

	s->id = text(st, 1, a);
	s->name = text(st, 2, a);
	s->test = arena_strdup(a, t->name);
	s->file = arena_strdup(a, t->file);
	s->cell = (struct str_list){ arena_array(a, t->matrix.n + 1, sizeof(char *)), t->matrix.n };
	for (size_t i = 0; i < t->matrix.n; i++)
		s->cell.v[i] = arena_strdup(a, t->matrix.v[i]);
	s->test_index = (unsigned)index;
	s->slot = (unsigned)sqlite3_column_int64(st, 18);
	s->line = (uint32_t)sqlite3_column_int64(st, 3);
	s->verdict = verdict_of(st, 4);
	s->reason = reason_of(st, 5);
	s->reason_text = text_or_null(st, 6, a);
	s->flaky = sqlite3_column_int(st, 7) != 0;
	s->cached = sqlite3_column_int(st, 8) != 0;
	s->attempts = (unsigned)sqlite3_column_int64(st, 9);
	s->started_wall_ns = sqlite3_column_int64(st, 10);
	s->queued_ms = sqlite3_column_double(st, 11);
	s->duration_ms = sqlite3_column_double(st, 12);
	s->deadline = deadline_of(st, 13, 14);
	if (s->receipt)
		s->receipt->sandbox = text_or_null(st, 17, a);
	for (size_t i = 0; i < s->n_before; i++) {
		struct scenario_result *x = s->before[i];

		x->id = arena_strdup(x->arena, s->id);
		x->name = arena_strdup(x->arena, s->name);
		x->test = arena_strdup(x->arena, s->test);
		x->file = arena_strdup(x->arena, s->file);
		x->line = s->line;
	}
	/* What was answered by a result of the past: its lists are those of that result. */
	if (sqlite3_column_type(st, 21) != SQLITE_NULL) {
		s->key = text(st, 20, a);
		s->cached_from = text(st, 21, a);
	}
}

/* A row of SCENARIO_LIST or SCENARIO_GET with its steps; NULL with *e. */
static struct scenario_result *load_scenario(
        struct db *d, sqlite3_stmt *st, const struct test_outcome *t, size_t index, struct err *e)
{
	struct scenario_result *s = read_lists(st, e);
	int64_t body = sqlite3_column_int64(st, 19);

	if (!s)
		return NULL;
	fill_scenario(st, s, t, index);
	if (load_steps(d, body, s, e) < 0 || load_outputs(d, body, s, e) < 0) {
		scenario_result_unref(s);
		return NULL;
	}
	note_partial(s);
	return s;
}

static int load_scenarios(
        struct db *d, int64_t run, int64_t seq, size_t index, struct test_outcome *t, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_SCENARIO_LIST, e, "ii", run, seq);
	size_t room = t->n_scenarios;
	int rc = -1;

	t->n_scenarios = 0;
	while (st && t->n_scenarios < room && (rc = db_step(d, st, e)) == 1) {
		struct scenario_result *s = load_scenario(d, st, t, index, e);

		if (!s)
			return -1;
		t->scenarios[t->n_scenarios++] = s;
	}
	return rc < 0 ? -1 : 0;
}

struct scenario_result *load_kept(struct db *d, int64_t n, struct err *e)
{
	static const struct test_outcome of_no_run = { .name = "", .file = "" };
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_SCENARIO_GET, e, "i", n);
	int rc = st ? db_step(d, st, e) : -1;
	struct scenario_result *s;

	if (rc == 0)
		err_set(e, ERR_NOT_FOUND, "history.db: a kept result is gone");
	if (rc <= 0)
		return NULL;
	s = load_scenario(d, st, &of_no_run, 0, e);
	if (s) {
		s->cached = false;
		s->cached_from = NULL;
	}
	return s;
}

/* ---- tests ---- */

static int fill_test(sqlite3_stmt *st, struct test_outcome *t, struct arena *a, struct err *e)
{
	*t = (struct test_outcome){
		.name = text(st, 0, a),
		.file = text(st, 1, a),
		.line = (uint32_t)sqlite3_column_int64(st, 2),
		.version = text_or_null(st, 3, a),
		.description = text_or_null(st, 4, a),
		.verdict = verdict_of(st, 7),
		.duration_ms = sqlite3_column_double(st, 8),
		.n_scenarios = (size_t)sqlite3_column_int64(st, 10),
	};
	const char *sha256 = text_or_null(st, 6, a), *tags = text(st, 5, a),
	           *matrix = text(st, 11, a);

	snprintf(t->sha256, sizeof(t->sha256), "%s", sha256 ? sha256 : "");
	t->scenarios = arena_array(a, t->n_scenarios + 1, sizeof(*t->scenarios));
	if (wire_read_strings(matrix, strlen(matrix), a, &t->matrix, e) < 0)
		return -1;
	return wire_read_strings(tags, strlen(tags), a, &t->tags, e);
}

/* A test of which nothing finished is left out: it has no verdict. */
static int load_tests(struct db *d, int64_t run, struct run_result *r, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_TEST_LIST, e, "i", run);
	size_t cap = 0;
	struct test_outcome *v = NULL;
	int rc = -1;

	while (st && (rc = db_step(d, st, e)) == 1) {
		if (sqlite3_column_int64(st, 10) == 0)
			continue;
		v = xgrow(v, &cap, r->n_tests + 1, sizeof(*v));
		struct test_outcome *t = &v[r->n_tests];

		rc = fill_test(st, t, r->arena, e);
		if (rc < 0)
			break;
		r->n_tests++;
		rc = load_scenarios(d, run, sqlite3_column_int64(st, 9), r->n_tests - 1, t, e);
		if (rc < 0)
			break;
	}
	r->tests = r->n_tests ? arena_memdup(r->arena, v, r->n_tests * sizeof(*v)) : NULL;
	free(v);
	return rc;
}

/* ---- the run ---- */

static void read_counts(sqlite3_stmt *st, struct run_summary *s)
{
	unsigned *const columns[] = { &s->tests, &s->scenarios, &s->pass, &s->fail, &s->fake_green,
		&s->error, &s->skip, &s->flaky, &s->cached, &s->quarantined, &s->findings };

	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		*columns[i] = (unsigned)sqlite3_column_int64(st, 13 + (int)i);
	s->wall_ms = sqlite3_column_double(st, 24);
	s->busy_ms = sqlite3_column_double(st, 25);
}

static int load_labels(struct db *d, int64_t run, struct run_result *r, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_LABEL_LIST, e, "i", run);
	struct env_var *v = NULL;
	size_t n = 0, cap = 0;
	int rc = -1;

	while (st && (rc = db_step(d, st, e)) == 1) {
		v = xgrow(v, &cap, n + 1, sizeof(*v));
		v[n++] = (struct env_var){ text(st, 0, r->arena), text(st, 1, r->arena) };
	}
	r->labels = n ? arena_memdup(r->arena, v, n * sizeof(*v)) : NULL;
	r->n_labels = n;
	free(v);
	return rc;
}

static int fill_run(sqlite3_stmt *st, struct run_result *r, struct err *e)
{
	struct arena *a = r->arena;
	const char *paths = text(st, 10, a), *options = text(st, 11, a), *diags = text(st, 12, a);

	snprintf(r->id, sizeof(r->id), "%s", text(st, 1, a));
	r->started_wall_ns = sqlite3_column_int64(st, 2);
	r->duration_ms = sqlite3_column_double(st, 3);
	r->state = text(st, 4, a);
	r->exit = sqlite3_column_int(st, 5);
	r->cwd = text_or_null(st, 6, a);
	r->project = text_or_null(st, 7, a);
	r->isolation = text_or_null(st, 8, a);
	r->build = text_or_null(st, 26, a);
	r->silence_floor_ns = sqlite3_column_int64(st, 27);
	r->jobs = (unsigned)sqlite3_column_int64(st, 9);
	if (wire_read_strings(paths, strlen(paths), a, &r->paths, e) < 0 ||
	        wire_read_pairs(options, strlen(options), a, &r->options, &r->n_options, e) < 0 ||
	        wire_read_diags(diags, strlen(diags), &r->diags, e) < 0)
		return err_wrap(e, "history.db");
	return 0;
}

struct run_result *load_run(struct db *d, const char *id, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *st = db_bind(d, SQL_RUN_GET, e, "s", id);
	CLEANUP(run_result_free) struct run_result *r = run_result_new();
	int rc = st ? db_step(d, st, e) : -1;

	if (rc == 0)
		err_set(e, ERR_NOT_FOUND, "no run '%.40s'", id);
	if (rc <= 0)
		return NULL;
	int64_t n = sqlite3_column_int64(st, 0);

	if (fill_run(st, r, e) < 0 || load_labels(d, n, r, e) < 0 || load_tests(d, n, r, e) < 0)
		return NULL;
	if (strcmp(r->state, "done") != 0 && strcmp(r->state, "cancelled") != 0) {
		r->summary.wall_ms = r->duration_ms;
		run_result_count(r);
	} else {
		read_counts(st, &r->summary);
	}
	return STEAL(r);
}

/* ---- output ---- */

/* 1 with the first column, 0, -1. */
static int first(struct db *d, sqlite3_stmt *st, int64_t *out, struct err *e)
{
	int rc = st ? db_step(d, st, e) : -1;

	if (rc == 1)
		*out = sqlite3_column_int64(st, 0);
	return rc;
}

static int find_scenario(
        struct db *d, const char *id, const char *scenario, int64_t *n, struct err *e)
{
	CLEANUP(db_reset) sqlite3_stmt *run = db_bind(d, SQL_RUN_N, e, "s", id);
	int64_t run_n = 0;
	int rc = first(d, run, &run_n, e);

	if (rc <= 0)
		return rc < 0 ? -1 : err_set(e, ERR_NOT_FOUND, "no run '%.40s'", id);
	CLEANUP(db_reset)
	sqlite3_stmt *st = db_bind(d, SQL_SCENARIO_FIND, e, "is", run_n, scenario);

	rc = first(d, st, n, e);
	return rc ? rc
	          : err_set(e, ERR_NOT_FOUND, "no scenario '%.200s' in run '%s'", scenario, id);
}

int load_output(struct db *d, const char *id, const char *scenario, const char *step, int stream,
        struct strbuf *out, struct err *e)
{
	int64_t n = 0, seq = 0;

	if (find_scenario(d, id, scenario, &n, e) < 0)
		return -1;
	CLEANUP(db_reset) sqlite3_stmt *find = db_bind(d, SQL_STEP_FIND, e, "is", n, step);
	int rc = first(d, find, &seq, e);

	if (rc <= 0)
		return rc < 0 ? -1
		              : err_set(e, ERR_NOT_FOUND, "no step '%.100s' in '%.200s'", step,
		                        scenario);
	CLEANUP(db_reset)
	sqlite3_stmt *get = db_bind(d, SQL_OUTPUT_GET, e, "iii", n, seq, (int64_t)stream);

	rc = get ? db_step(d, get, e) : -1;
	if (rc == 1)
		strbuf_add(out, sqlite3_column_blob(get, 0), (size_t)sqlite3_column_bytes(get, 0));
	return rc < 0 ? -1 : 0;
}

/* GET /v1/flaky and /v1/tests/{name}/history: what the history says of scenarios that fail now and
 * then (cli.md 3.7). */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/fs.h"
#include "daemon/server/handlers.h"
#include "daemon/server/history.h"
#include "daemon/server/listing.h"
#include "daemon/wire/wire.h"

#define MIN_RUNS_DEFAULT 5
#define SINCE_DEFAULT_MS (30ull * 24 * 3600 * 1000)
#define PATHS_MAX 1000

struct flaky_row {
	const struct flake *f;
	const struct quarantine *q; /* what names it, or NULL */
	double age_ms;
	bool is_over; /* q is */
};

struct statistics {
	struct offload o;
	struct arena *a;
	struct store *store;
	struct settings *settings; /* of the working directory; NULL = nobody said one */
	const char *cwd;           /* or NULL */
	const char *refused;       /* why a path is none */
	struct str_list paths;
	struct flake_filter filter;
	unsigned min_runs;
	struct flakes *flakes;
	/* The results of one test. */
	const char *test;
	unsigned limit;
	struct test_row *rows;
	size_t n_rows;
	bool failed;
	struct err e;
};

static void release(struct offload *o)
{
	struct statistics *s = (struct statistics *)o;

	flakes_free(s->flakes);
	store_test_rows_free(s->rows, s->n_rows);
	settings_unref(s->settings);
	arena_free(s->a);
	free(s);
}

static struct statistics *statistics_new(struct request *r)
{
	struct statistics *s = xcalloc(1, sizeof(*s));

	s->a = arena_new();
	s->store = r->d->store;
	s->flakes = flakes_new();
	return s;
}

static void read_since(struct request *r, struct statistics *s, uint64_t otherwise_ms)
{
	uint64_t ms = request_number(r, "since_ms", otherwise_ms);
	int64_t now = clock_wall_ns();

	if (ms && ms < (uint64_t)now / (uint64_t)NS_PER_MS)
		s->filter.since_wall_ns = now - (int64_t)ms * NS_PER_MS;
}

static void ask_store(struct offload *o)
{
	struct statistics *s = (struct statistics *)o;

	if (!s->store)
		return;
	store_sync(s->store);
	s->failed = store_flakes(s->store, &s->filter, s->flakes, &s->e) < 0;
	if (s->test && !s->failed)
		s->failed = store_test_rows(s->store, s->test, s->filter.since_wall_ns, s->limit,
		                    &s->rows, &s->n_rows, &s->e) < 0;
}

/* ---- what is asked for ---- */

static bool ends_in_line(const char *path)
{
	const char *colon = strrchr(path, ':');

	return colon && colon[1] && colon > path && colon[-1] != ':' &&
	       colon[1 + strspn(colon + 1, "0123456789")] == '\0';
}

static void add_path(void *arg, const char *value)
{
	struct statistics *s = arg;
	const char *cut = strstr(value, "::");
	AUTO_STR file = cut ? xstrndup(value, (size_t)(cut - value)) : xstrdup(value);
	AUTO_STR joined = s->cwd ? fs_join(s->cwd, file) : xstrdup(file);
	AUTO_STR full = fs_normalize(joined);
	const char **v;

	if (ends_in_line(value))
		s->refused = "the history knows scenarios by name: path::scenario";
	else if (full[0] != '/')
		s->refused = "a path that is relative needs 'cwd'";
	else if (s->paths.n >= PATHS_MAX)
		s->refused = "too many paths";
	if (s->refused)
		return;
	v = arena_array(s->a, s->paths.n + 2, sizeof(*v));
	if (s->paths.n)
		memcpy(v, s->paths.v, s->paths.n * sizeof(*v));
	v[s->paths.n++] = arena_printf(s->a, "%s%s", full, cut ? cut : "");
	s->paths.v = v;
}

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* As of a run: the project's directory of tests where there is one, else the working directory. */
static void default_path(struct statistics *s)
{
	const struct settings *x = s->settings;

	if (s->paths.n || !s->cwd)
		return;
	AUTO_STR tests = fs_join(x->root, x->test_dir ? x->test_dir : "tests");

	add_path(s, is_dir(tests) ? tests : s->cwd);
}

/* False: answered. */
static bool read_query(struct request *r, struct statistics *s)
{
	const char *cwd = request_query(r, "cwd"), *config = request_query(r, "config");
	AUTO_STR path = config && cwd ? fs_join(cwd, config) : NULL;
	const struct config_flags flags = { .no_config = request_flag(r, "no_config"),
		.config_file = path };
	const struct client_env env = { .asked = true };

	if (cwd && cwd[0] != '/') {
		answer_problem(r, "invalid-option", 2, "'cwd' is no absolute path", NULL, NULL);
		return false;
	}
	s->cwd = arena_strdup(s->a, cwd);
	if (cwd)
		s->settings = config_cache_settings(r->d->cache, cwd, &env, &flags, getuid());
	if (s->settings && s->settings->diags.errors) {
		answer_problem(r, "invalid-files", 2, "the settings are invalid", NULL,
		        &s->settings->diags);
		return false;
	}
	mhd_query_values(r->x, "path", add_path, s);
	default_path(s);
	if (s->refused) {
		answer_problem(r, "invalid-option", 2, s->refused, NULL, NULL);
		return false;
	}
	s->filter.paths = s->paths.v;
	s->filter.n_paths = s->paths.n;
	s->min_runs = (unsigned)request_number(r, "min_runs", MIN_RUNS_DEFAULT);
	read_since(r, s, SINCE_DEFAULT_MS);
	return true;
}

/* ---- rows ---- */

static const struct flake *flake_of(const void *row)
{
	return ((const struct flaky_row *)row)->f;
}

static void cell_scenario(const void *row, struct strbuf *out)
{
	cell_text(out, flake_of(row)->id);
}

static double runs(const void *row)
{
	return flake_of(row)->runs;
}

static void cell_runs(const void *row, struct strbuf *out)
{
	strbuf_printf(out, "%u", flake_of(row)->runs);
}

static double flips(const void *row)
{
	return flake_of(row)->flips;
}

static void cell_flips(const void *row, struct strbuf *out)
{
	strbuf_printf(out, "%u", flake_of(row)->flips);
}

static double probability(const void *row)
{
	return flake_of(row)->p;
}

static void cell_probability(const void *row, struct strbuf *out)
{
	strbuf_printf(out, "%.3f", flake_of(row)->p);
}

static double lower(const void *row)
{
	return flake_of(row)->low;
}

static void cell_interval(const void *row, struct strbuf *out)
{
	strbuf_printf(out, "%.3f..%.3f", flake_of(row)->low, flake_of(row)->high);
}

static double last(const void *row)
{
	return (double)flake_of(row)->last_wall_ns;
}

/* People do not count seconds of days. */
static void cell_last(const void *row, struct strbuf *out)
{
	static const struct {
		double ms;
		const char *unit;
	} units[] = { { 86400e3, "d" }, { 3600e3, "h" }, { 60e3, "min" }, { 1e3, "s" } };
	double age = ((const struct flaky_row *)row)->age_ms;

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (age >= units[i].ms) {
			strbuf_printf(out, "%.0f %s ago", age / units[i].ms, units[i].unit);
			return;
		}
	strbuf_adds(out, "now");
}

static void cell_quarantine(const void *row, struct strbuf *out)
{
	const struct flaky_row *x = row;

	if (!x->q) {
		strbuf_addc(out, '-');
		return;
	}
	strbuf_printf(out, "%s %s (", x->is_over ? "ended" : "until", x->q->until);
	strbuf_add_visible(out, x->q->owner, strlen(x->q->owner));
	strbuf_addc(out, ')');
}

static const struct column columns[] = {
	{ "SCENARIO", "scenario", cell_scenario, NULL },
	{ "RUNS", "runs", cell_runs, runs },
	{ "FLIPS", "flips", cell_flips, flips },
	{ "P(FAIL SAME INPUTS)", "p", cell_probability, probability },
	{ "95 %", "low", cell_interval, lower },
	{ "LAST", "last_at", cell_last, last },
	{ "QUARANTINE", "quarantine", cell_quarantine, NULL },
	{ 0 },
};

static const struct quarantine *named_by(const struct settings *s, const struct flake *f)
{
	size_t n = s ? strcmp(s->root, "/") == 0 ? 0 : strlen(s->root) : 0;
	const struct quarantine *over = NULL;

	if (!s || !fs_is_below(f->file, s->root) || f->file[n] != '/')
		return NULL;
	for (size_t i = 0; i < s->n_quarantine; i++) {
		const struct quarantine *q = &s->quarantine[i];

		if (!quarantine_names(q, f->file + n + 1, f->name, f->id))
			continue;
		if (clock_wall_ns() < q->end_wall_ns)
			return q;
		over = q;
	}
	return over;
}

/* Those that flipped, and those that somebody has given time: perhaps they need it no longer. */
static size_t pick(const struct statistics *s, const struct flake *v, size_t n,
        struct flaky_row *rows, size_t *considered)
{
	int64_t now = clock_wall_ns();
	size_t picked = 0;

	*considered = 0;
	for (size_t i = 0; i < n; i++) {
		struct flaky_row x = { .f = &v[i], .q = named_by(s->settings, &v[i]) };

		if (v[i].runs < s->min_runs && !(x.q && v[i].runs + v[i].failures))
			continue;
		++*considered;
		if (!v[i].flips && !x.q)
			continue;
		x.is_over = x.q && now >= x.q->end_wall_ns;
		x.age_ms = now > v[i].last_wall_ns
		                   ? (double)(now - v[i].last_wall_ns) / (double)NS_PER_MS
		                   : 0;
		rows[picked++] = x;
	}
	return picked;
}

/* ---- answers ---- */

static void write_number(struct json *j, const char *key, double v)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%.6f", v);

	json_raw(j, key, text, (size_t)n);
}

static void write_when(struct json *j, const char *key, int64_t wall_ns)
{
	char at[RFC3339_LEN];

	clock_rfc3339(wall_ns, at);
	json_str(j, key, at);
}

static void write_flake(struct json *j, const struct flake *f)
{
	json_str(j, "scenario", f->id);
	json_str(j, "file", f->file);
	json_uint(j, "runs", f->runs);
	json_uint(j, "flips", f->flips);
	json_uint(j, "failures", f->failures);
	write_number(j, "p", f->p);
	write_number(j, "low", f->low);
	write_number(j, "high", f->high);
	write_when(j, "last_at", f->last_wall_ns);
	json_str(j, "last_verdict", verdict_names[f->last]);
}

static void write_row(struct json *j, const struct flaky_row *x)
{
	json_obj(j, NULL);
	write_flake(j, x->f);
	if (x->q) {
		json_obj(j, "quarantine");
		json_str(j, "test", x->q->test);
		json_str(j, "owner", x->q->owner);
		json_str(j, "until", x->q->until);
		json_str(j, "reason", x->q->reason);
		json_bool(j, "over", x->is_over);
		json_end(j);
	} else {
		json_null(j, "quarantine");
	}
	json_end(j);
}

static void say_none(const struct statistics *s, size_t considered, struct strbuf *out)
{
	if (!s->store)
		strbuf_adds(out, "no history: the daemon was started with --no-history\n");
	else if (!considered)
		strbuf_printf(out, "no scenario has run %u times with inputs that have passed\n",
		        s->min_runs);
	else
		strbuf_printf(out,
		        "no flakes: %zu scenario%s never failed with inputs that passed\n",
		        considered, considered == 1 ? "" : "s");
}

static void reply_flaky(struct offload *o)
{
	struct statistics *s = (struct statistics *)o;
	struct request *r = o->r;
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);
	size_t n, considered;
	const struct flake *v;
	struct flaky_row *rows;

	if (s->failed) {
		history_refuse(r, &s->e);
		return;
	}
	v = flakes_rows(s->flakes, &n);
	rows = arena_array(s->a, n + 1, sizeof(*rows));
	struct listing l = { columns, rows, pick(s, v, n, rows, &considered), sizeof(*rows) };

	if (listing_arrange(r, &l) < 0)
		return;
	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.flaky/1");
	json_arr(&j, "flaky");
	for (size_t i = 0; i < l.n; i++)
		write_row(&j, &rows[i]);
	json_end(&j);
	json_uint(&j, "scenarios", considered);
	json_uint(&j, "min_runs", s->min_runs);
	json_end(&j);
	strbuf_addc(&json, '\n');
	if (l.n)
		listing_text(r, &l, &text);
	else
		say_none(s, considered, &text);
	answer(r, 0, &json, &text);
}

void handle_flaky_show(struct request *r)
{
	struct statistics *s = statistics_new(r);

	s->o = (struct offload){ .work = ask_store, .answer = reply_flaky, .release = release };
	if (read_query(r, s))
		offload(r, &s->o);
	else
		release(&s->o);
}

/* ---- one test ---- */

static void write_result(struct json *j, const struct test_row *x)
{
	json_obj(j, NULL);
	json_str(j, "run", x->run);
	write_when(j, "started_at", x->started_wall_ns);
	json_str(j, "scenario", x->id);
	json_str(j, "file", x->file);
	json_str(j, "verdict", verdict_names[x->verdict]);
	json_str(j, "reason", x->reason);
	json_bool(j, "flaky", x->flaky);
	json_bool(j, "cached", x->cached);
	json_uint(j, "attempts", x->attempts);
	json_ms(j, "duration_ms", x->duration_ms);
	json_str(j, "key", x->key);
	json_end(j);
}

static void say_result(const struct test_row *x, struct strbuf *out)
{
	char at[RFC3339_LEN];

	clock_rfc3339(x->started_wall_ns, at);
	at[19] = '\0';
	at[10] = ' ';
	strbuf_printf(out, "%s  %s  %-10s  ", x->run, at,
	        x->flaky    ? "flaky"
	        : x->cached ? "cached"
	                    : verdict_names[x->verdict]);
	strbuf_add_visible(out, x->id, strlen(x->id));
	strbuf_addc(out, '\n');
}

static void reply_history(struct offload *o)
{
	struct statistics *s = (struct statistics *)o;
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);
	const struct flake *v;
	size_t n;

	if (s->failed) {
		history_refuse(o->r, &s->e);
		return;
	}
	if (!s->n_rows) {
		strbuf_printf(&text, "the history has no result of '%.128s'", s->test);
		answer_problem(o->r, "not-found", 3, text.s,
		        "a name is TEST or TEST/SCENARIO, as results show it", NULL);
		return;
	}
	v = flakes_rows(s->flakes, &n);
	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.history/1");
	json_str(&j, "test", s->test);
	json_arr(&j, "flakes");
	for (size_t i = 0; i < n; i++) {
		json_obj(&j, NULL);
		write_flake(&j, &v[i]);
		json_end(&j);
	}
	json_end(&j);
	json_arr(&j, "results");
	for (size_t i = 0; i < s->n_rows; i++) {
		write_result(&j, &s->rows[i]);
		say_result(&s->rows[i], &text);
	}
	json_end(&j);
	json_end(&j);
	strbuf_addc(&json, '\n');
	answer(o->r, 0, &json, &text);
}

void handle_test_history(struct request *r)
{
	struct statistics *s = statistics_new(r);
	uint64_t limit = request_number(r, "limit", LISTING_LIMIT);

	s->o = (struct offload){ .work = ask_store, .answer = reply_history, .release = release };
	s->test = arena_strdup(s->a, r->part);
	s->filter.test = s->test;
	s->limit = limit < UINT32_MAX ? (unsigned)limit : 0;
	read_since(r, s, 0);
	offload(r, &s->o);
}

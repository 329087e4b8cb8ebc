/* tests/unit/store/bed.h - a directory, runs made by hand, and how the daemon would record them. */
#ifndef TESTS_UNIT_STORE_BED_H
#define TESTS_UNIT_STORE_BED_H

#include <check.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/fs.h"
#include "daemon/store/store.h"
#include "daemon/wire/wire.h"
#include "tests/unit/check_main.h"

static char bed_dir[64];
static struct err e;

static inline void bed_make(void)
{
	snprintf(bed_dir, sizeof bed_dir, "/tmp/clnrm-store.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(bed_dir));
	e = (struct err){ 0 };
}

static inline void bed_drop(void)
{
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, bed_dir, &e), 0);
}

static inline const char *bed_path(const char *name)
{
	static char path[4][128];
	static unsigned at;
	char *p = path[at++ % 4];

	snprintf(p, sizeof path[0], "%s/%s", bed_dir, name);
	return p;
}

static inline struct store *bed_open_with(uint64_t max_bytes, unsigned max_runs)
{
	struct store_config c = {
		.state_dir = bed_dir, .max_bytes = max_bytes, .max_runs = max_runs
	};
	struct store *s = store_open(&c, &e);

	ck_assert_msg(s != NULL, "%s", e.msg);
	return s;
}

static inline struct store *bed_open(void)
{
	return bed_open_with(256u << 20, 1000);
}

static inline bool bed_has(const char *name)
{
	return access(bed_path(name), F_OK) == 0;
}

/* ---- runs ---- */

static inline struct str_list bed_list(struct arena *a, const char *first, const char *second)
{
	struct str_list l = { arena_array(a, 3, sizeof(char *)), 0 };

	if (first)
		l.v[l.n++] = arena_strdup(a, first);
	if (second)
		l.v[l.n++] = arena_strdup(a, second);
	return l;
}

static inline struct captured bed_text(struct arena *a, const char *s)
{
	return (struct captured){ arena_strdup(a, s), strlen(s), strlen(s), strlen(s), "1:2 3:4",
		false };
}

/* n bytes that repeat only after 256 KiB and are no valid UTF-8 when binary. */
static inline struct captured bed_bytes(struct arena *a, size_t n, bool binary)
{
	char *p = arena_alloc(a, n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = binary ? (char)((i * 7 + i / 256) & 0xff)
		              : "0123456789abcdef\n"[(i + i / 17) % 17];
	return (struct captured){ p, n, n, n, NULL, false };
}

static inline struct receipt *bed_receipt(struct arena *a, unsigned i)
{
	struct receipt *r = arena_alloc(a, sizeof *r);

	*r = (struct receipt){
		.pristine = true,
		.engine = "native",
		.mode = "root",
		.profile = "standard",
		.namespaces = bed_list(a, "pid", "net"),
		.uid_map = "0 100000 65536",
		.no_new_privs = true,
		.capabilities = bed_list(a, "CAP_CHOWN", NULL),
		.seccomp_sha256 = "5f2b",
		.network = "none",
		.image = "host",
		.image_digest = "sha256:aa",
		.sandbox = arena_printf(a, "sb%04u", i),
	};
	r->limits = arena_array(a, 1, sizeof *r->limits);
	r->limits[0] = (struct env_var){ "memory_mb", "512" };
	r->n_limits = 1;
	r->degraded = arena_array(a, 1, sizeof *r->degraded);
	r->degraded[0] = (struct degraded){ "cgroup", "v2", "none" };
	r->n_degraded = 1;
	return r;
}

static inline void bed_fail(struct scenario_result *s, struct step_result *x)
{
	struct failure *f = arena_alloc(s->arena, sizeof *f);

	*f = (struct failure){
		.code = REASON_EXIT_CODE,
		.assertion = "expected_exit_code",
		.message = "exit status 1, expected 0",
		.expected = "0",
		.actual = "1",
		.diff = "-0\n+1\n",
		.step = x->name,
		.file = s->file,
		.pos = { 7, 3, 0, 0 },
		.hint = "look \"here\"",
	};
	x->failures = f;
	x->n_failures = 1;
	x->verdict = VERDICT_FAIL;
	x->reason = REASON_EXIT_CODE;
	x->exit_code = 1;
	s->failures = f;
	s->n_failures = 1;
	s->verdict = VERDICT_FAIL;
	s->reason = REASON_EXIT_CODE;
}

static inline struct scenario_result *bed_scenario(
        const struct test_outcome *t, unsigned i, enum verdict v)
{
	struct scenario_result *s = scenario_result_new();
	struct arena *a = s->arena;

	s->name = arena_printf(a, "scenario %u", i);
	s->id = arena_printf(a, "%s/%s", t->name, s->name);
	s->test = arena_strdup(a, t->name);
	s->file = arena_strdup(a, t->file);
	s->line = 5 + i;
	s->verdict = v;
	s->attempts = 1;
	if (v == VERDICT_SKIP) {
		s->reason = REASON_SKIP;
		s->reason_text = "not today";
		return s;
	}
	s->started_wall_ns = 1768387267204113000 + i * 1000;
	s->queued_ms = 0.1234567 + i;
	s->duration_ms = 3.4567891 + i / 3.0;
	s->deadline = (struct deadline){ 60 * NS_PER_S, DEADLINE_FILE };
	s->steps = arena_array(a, 3, sizeof *s->steps);
	s->n_steps = 3;
	for (unsigned k = 0; k < 3; k++) {
		struct step_result *x = &s->steps[k];

		*x = (struct step_result){
			.name = arena_printf(a, "step %u", k),
			.index = k,
			.line = 6 + k,
			.attempts = 1 + k,
			.exit_code = k == 1 ? -1 : 0,
			.signal = k == 1 ? 9 : 0,
			.started_ms = k * 1.00049,
			.duration_ms = 1.0 / 3,
			.user_ms = 0.2,
			.system_ms = 0.1,
			.max_rss_bytes = 1234567 + k,
			.out = bed_text(a, k ? "" : "hello\n"),
			.err = bed_text(a, k == 2 ? "w\xc3\xa4rning\n" : ""),
			.deadline = { 1500 * NS_PER_MS, DEADLINE_DEFAULT },
			.argv = bed_list(a, "sh", "-c 'x'"),
			.ran = true,
			.setup = k == 0,
			.teardown = k == 2,
		};
	}
	if (v == VERDICT_FAIL)
		bed_fail(s, &s->steps[1]);
	s->receipt = bed_receipt(a, i);
	return s;
}

/* A finished run of n_tests tests with n scenarios each; every fifth fails, every seventh is
 * skipped. */
static inline struct run_result *bed_run(const char *id, unsigned n_tests, unsigned n)
{
	static unsigned made;
	struct run_result *r = run_result_new();
	struct arena *a = r->arena;
	unsigned count = 0;

	snprintf(r->id, sizeof r->id, "%s", id);
	r->started_wall_ns = 1768387267204113000 + NS_PER_S * made++;
	r->state = "done";
	r->exit = 1;
	r->paths = bed_list(a, "tests/", "one \"two\".clnrm.toml");
	r->cwd = "/home/u/p";
	r->project = "/home/u/p/clnrm.toml";
	r->jobs = 4;
	r->isolation = "standard";
	r->build = "9c1e22f";
	r->options = arena_array(a, 2, sizeof *r->options);
	r->options[0] = (struct env_var){ "filter", "a" };
	r->options[1] = (struct env_var){ "jobs", "4" };
	r->n_options = 2;
	r->labels = arena_array(a, 1, sizeof *r->labels);
	r->labels[0] = (struct env_var){ "branch", "main" };
	r->n_labels = 1;
	struct diag *d = diags_add(&r->diags, SEV_WARNING, "config.unknown_key", "tests/a",
	        (struct pos){ 4, 2, 4, 9 }, "unknown key '%s'", "x");
	diag_help(&r->diags, d, "drop it");
	r->tests = arena_array(a, n_tests + 1, sizeof *r->tests);
	r->n_tests = n_tests;
	for (unsigned t = 0; t < n_tests; t++) {
		struct test_outcome *o = &r->tests[t];

		/* Names that sort otherwise than they are planned. */
		o->name = arena_printf(a, "test %u", n_tests - t);
		o->file = arena_printf(a, "tests/%u.clnrm.toml", n_tests - t);
		o->line = 2;
		o->version = t % 2 ? "1.2" : NULL;
		o->description = t % 2 ? NULL : "what it is";
		o->tags = bed_list(a, "slow", t % 2 ? NULL : "db");
		if (t % 2)
			o->matrix = bed_list(a, "os", "linux");
		o->duration_ms = 12.0 / 7;
		snprintf(o->sha256, sizeof o->sha256, "%064u", t);
		o->scenarios = arena_array(a, n + 1, sizeof(struct scenario_result *));
		o->n_scenarios = n;
		for (unsigned i = 0; i < n; i++, count++) {
			enum verdict v = count % 5 == 4   ? VERDICT_FAIL
			                 : count % 7 == 6 ? VERDICT_SKIP
			                                  : VERDICT_PASS;

			o->scenarios[i] = bed_scenario(o, i, v);
			o->scenarios[i]->test_index = t;
			o->scenarios[i]->slot = i;
		}
	}
	r->duration_ms = r->summary.wall_ms = 98.7654321;
	run_result_count(r);
	return r;
}

/* ---- recording ---- */

static inline void bed_put(struct store *s, const struct run_result *r, struct event ev)
{
	static uint64_t seq;

	ev.seq = ++seq;
	if (ev.t_ms <= 0)
		ev.t_ms = 1;
	ck_assert_msg(store_record(s, r->id, &ev, &e) == 0, "%s", e.msg);
}

static inline void bed_put_start(struct store *s, const struct run_result *r)
{
	struct event ev = { .kind = EV_RUN };

	ev.run.id = r->id;
	ev.run.cwd = r->cwd;
	ev.run.build = r->build;
	ev.run.at_wall_ns = r->started_wall_ns;
	ev.run.paths = r->paths;
	ev.run.jobs = r->jobs;
	ev.run.plan = r;
	bed_put(s, r, ev);
}

static inline void bed_put_scenario(
        struct store *s, const struct run_result *r, unsigned t, unsigned i)
{
	bed_put(s, r,
	        (struct event){ .kind = EV_SCENARIO_END,
	                .t_ms = 2,
	                .scenario_end = r->tests[t].scenarios[i] });
}

static inline void bed_put_test_end(struct store *s, const struct run_result *r, unsigned t)
{
	struct run_summary counts = { 0 };
	struct event ev = { .kind = EV_TEST_END };

	ev.test.test = r->tests[t].name;
	ev.test.file = r->tests[t].file;
	ev.test.index = t;
	ev.test.verdict = r->tests[t].verdict;
	ev.test.duration_ms = r->tests[t].duration_ms;
	ev.test.counts = &counts;
	bed_put(s, r, ev);
}

static inline void bed_put_end(struct store *s, const struct run_result *r)
{
	bed_put(s, r, (struct event){ .kind = EV_RESULT, .result = { .summary = &r->summary } });
	bed_put(s, r,
	        (struct event){ .kind = EV_END, .end = { .exit = r->exit, .state = r->state } });
}

/* Scenarios in an order that is not the plan's, as parallel ones finish. */
static inline void bed_record(struct store *s, const struct run_result *r)
{
	bed_put_start(s, r);
	for (unsigned t = (unsigned)r->n_tests; t-- > 0;) {
		for (unsigned i = (unsigned)r->tests[t].n_scenarios; i-- > 0;)
			bed_put_scenario(s, r, t, i);
		bed_put_test_end(s, r, t);
	}
	bed_put_end(s, r);
}

/* Makes, records and frees a run. */
static inline void bed_quick(struct store *s, const char *id, unsigned n_tests, unsigned n)
{
	struct run_result *r = bed_run(id, n_tests, n);

	bed_record(s, r);
	run_result_free(r);
}

static inline void bed_arrival(const struct captured *c, struct strbuf *b)
{
	strbuf_printf(b, "\n%s", c->len && c->arrival ? c->arrival : "-");
}

/* The document, and what only the history has. */
static inline void bed_json(const struct run_result *r, struct strbuf *b)
{
	struct json j = JSON_INIT(b);

	strbuf_reset(b);
	wire_run(&j, r);
	for (size_t t = 0; t < r->n_tests; t++) {
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++) {
			const struct scenario_result *s = r->tests[t].scenarios[i];

			for (size_t k = 0; s && k < s->n_steps; k++) {
				bed_arrival(&s->steps[k].out, b);
				bed_arrival(&s->steps[k].err, b);
			}
		}
	}
}

/* What is stored is what the live run showed, byte for byte. */
static inline void bed_same(struct store *s, const struct run_result *live)
{
	AUTO_STRBUF want = STRBUF_INIT;
	AUTO_STRBUF got = STRBUF_INIT;
	struct run_result *r = store_load(s, live->id, &e);

	ck_assert_msg(r != NULL, "%s", e.msg);
	bed_json(live, &want);
	bed_json(r, &got);
	for (size_t i = 0; i <= want.len; i++)
		if (want.s[i] != got.s[i])
			ck_abort_msg("at %zu: '%.80s' became '%.80s'", i,
			        want.s + (i > 20 ? i - 20 : 0), got.s + (i > 20 ? i - 20 : 0));
	ck_assert_uint_eq(want.len, got.len);
	run_result_free(r);
}

static inline struct store_figures bed_figures(struct store *s)
{
	struct store_figures f;

	store_figures(s, &f);
	return f;
}

/* One number of the database, by a connection of our own. */
static inline int64_t bed_sql(const char *name, const char *sql)
{
	sqlite3 *h;
	sqlite3_stmt *st;

	ck_assert_int_eq(sqlite3_open(bed_path(name), &h), SQLITE_OK);
	ck_assert_msg(
	        sqlite3_prepare_v2(h, sql, -1, &st, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(h));
	int64_t n = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : -1;

	sqlite3_finalize(st);
	ck_assert_int_eq(sqlite3_close(h), SQLITE_OK);
	return n;
}

#endif

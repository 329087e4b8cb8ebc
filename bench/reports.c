/* A finished run of many scenarios in each format. Every fiftieth fails, and each has what the page
 * and the others show: a step with output, a receipt, tags, twenty points of the past. */
#include <stdio.h>

#include "bench/contestants.h"
#include "common/clock.h"
#include "common/mem.h"
#include "daemon/report/report.h"

#define A_TEST 100 /* scenarios */

struct finished {
	struct run_result *run;
	struct past *past;
};

static struct captured output(struct arena *a, unsigned i)
{
	char *s = arena_printf(a,
	        "scenario %u begins\nGET /orders/%u <200 OK>\n{\"state\":\"refunded\"}\ndone\n", i,
	        i);
	size_t n = strlen(s);

	return (struct captured){ .data = s, .len = n, .head = n, .total = n };
}

static void add_step(struct scenario_result *s, unsigned i, bool fails)
{
	static const char *argv[] = { "sh", "-c", "curl -s http://db/orders | jq .state" };
	struct step_result *x = arena_alloc(s->arena, sizeof(*x));

	*x = (struct step_result){ .name = "ask",
		.verdict = s->verdict,
		.reason = s->reason,
		.exit_code = fails,
		.attempts = 1,
		.duration_ms = 2,
		.max_rss_bytes = 1 << 20,
		.out = output(s->arena, i),
		.err = { .data = "" },
		.argv = { argv, ARRAY_LEN(argv) },
		.ran = true };
	if (fails) {
		x->failures = arena_alloc(s->arena, sizeof(*x->failures));
		*x->failures = (struct failure){ .code = REASON_EXIT_CODE,
			.message = "exit status 1, expected 0",
			.expected = "0",
			.actual = "exit status 1",
			.step = "ask",
			.file = s->file };
		x->n_failures = 1;
	}
	s->steps = x;
	s->n_steps = 1;
}

static struct scenario_result *make_scenario(const struct run_result *r, unsigned i)
{
	static const char *tags[] = { "db", "slow" };
	static const char *spaces[] = { "pid", "net", "mnt", "ipc", "uts", "user" };
	struct scenario_result *s = scenario_result_new();
	bool fails = i % 50 == 0;

	s->name = arena_printf(s->arena, "case %u", i % A_TEST);
	s->id = arena_printf(s->arena, "test %u/%s", i / A_TEST, s->name);
	s->file = arena_printf(s->arena, "tests/t%u.clnrm.toml", i / A_TEST);
	s->tags = (struct str_list){ tags, 2 };
	s->verdict = fails ? VERDICT_FAIL : VERDICT_PASS;
	s->reason = fails ? REASON_EXIT_CODE : REASON_NONE;
	s->attempts = 1;
	s->started_wall_ns = r->started_wall_ns + (int64_t)i * NS_PER_MS;
	s->duration_ms = 3;
	s->receipt = arena_alloc(s->arena, sizeof(*s->receipt));
	*s->receipt = (struct receipt){ .pristine = true,
		.engine = "native",
		.profile = "standard",
		.namespaces = { spaces, ARRAY_LEN(spaces) },
		.network = "none",
		.image = "host",
		.sandbox = arena_printf(s->arena, "sb%u", i) };
	add_step(s, i, fails);
	return s;
}

static void add_past(struct past *p, const struct scenario_result *s)
{
	for (int i = 0; i < PAST_POINTS; i++)
		past_add(p, s->file, s->id,
		        &(struct past_point){ "r7k2m9qa", NS_PER_S * i, 2.5 + i, VERDICT_PASS });
}

int prepare_reports(struct entry *en, struct err *e)
{
	struct finished *f = xcalloc(1, sizeof(*f));
	struct run_result *r = f->run = run_result_new();

	(void)e;
	en->state = f;
	snprintf(r->id, sizeof(r->id), "r7k2m9qa");
	r->started_wall_ns = NS_PER_S;
	r->duration_ms = 10000;
	r->state = "done";
	r->n_tests = en->is->files / A_TEST;
	r->tests = arena_array(r->arena, r->n_tests, sizeof(*r->tests));
	for (unsigned t = 0; t < r->n_tests; t++) {
		struct test_outcome *o = &r->tests[t];

		o->name = arena_printf(r->arena, "test %u", t);
		o->file = arena_printf(r->arena, "tests/t%u.clnrm.toml", t);
		o->scenarios = arena_array(r->arena, A_TEST, sizeof(*o->scenarios));
		for (; o->n_scenarios < A_TEST; o->n_scenarios++)
			o->scenarios[o->n_scenarios] =
			        make_scenario(r, t * A_TEST + (unsigned)o->n_scenarios);
	}
	run_result_count(r);
	f->past = past_new(r);
	for (size_t t = 0; t < r->n_tests; t++)
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++)
			add_past(f->past, r->tests[t].scenarios[i]);
	return 0;
}

void reports_release(struct entry *en)
{
	struct finished *f = en->state;

	if (!f)
		return;
	past_free(f->past);
	run_result_free(f->run);
	free(f);
	en->state = NULL;
}

static void write_html(const struct finished *f, struct strbuf *out)
{
	report_html(f->run, f->past, out);
}

static void write_json(const struct finished *f, struct strbuf *out)
{
	report_json(f->run, out);
}

static void write_junit(const struct finished *f, struct strbuf *out)
{
	report_junit(f->run, JUNIT_SUREFIRE, true, out);
}

static void write_tap(const struct finished *f, struct strbuf *out)
{
	report_tap(f->run, 0, out);
}

static void write_markdown(const struct finished *f, struct strbuf *out)
{
	report_markdown(f->run, out);
}

int report_once(struct entry *en, double *out, struct err *e)
{
	static const struct {
		const char *name;
		void (*write)(const struct finished *f, struct strbuf *out);
	} formats[] = { { "html", write_html }, { "json", write_json }, { "junit", write_junit },
		{ "tap", write_tap }, { "markdown", write_markdown } };
	AUTO_STRBUF text = STRBUF_INIT;
	int64_t began = clock_ns();

	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (strcmp(formats[i].name, en->is->name) == 0)
			formats[i].write(en->state, &text);
	out[0] = (double)(clock_ns() - began) / NS_PER_MS;
	return text.len ? 0 : err_set(e, ERR_INVALID, "no report '%s'", en->is->name);
}

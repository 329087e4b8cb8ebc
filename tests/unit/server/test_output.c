#include "tests/unit/check_main.h"

#include <string.h>

#include "common/mem.h"
#include "daemon/server/output.h"

static struct run_result *run;
static struct output_query q;
static struct output_text text;

static void set(struct captured *c, const char *s, size_t cut)
{
	c->data = s;
	c->len = strlen(s);
	c->head = cut ? c->len / 2 : c->len;
	c->total = c->len + cut;
}

static void add_step(struct step_result *st, const char *name, const char *out, const char *err)
{
	st->name = name;
	set(&st->out, out, 0);
	set(&st->err, err, 0);
}

/* Test "t" with "t/a" (steps one, two) and "t/b" (step one). */
static void setup(void)
{
	static const char *const ids[] = { "t/a", "t/b" };

	q = (struct output_query){ .streams = OUTPUT_BOTH, .lines = UINT64_MAX };
	text = (struct output_text){ .text = STRBUF_INIT };
	run = run_result_new();
	run->n_tests = 1;
	run->tests = arena_array(run->arena, 1, sizeof(*run->tests));
	run->tests[0].name = "t";
	run->tests[0].n_scenarios = 2;
	run->tests[0].scenarios = arena_array(run->arena, 2, sizeof(struct scenario_result *));
	for (size_t i = 0; i < 2; i++) {
		struct scenario_result *sc = scenario_result_new();

		sc->id = ids[i];
		sc->n_steps = i ? 1 : 2;
		sc->steps = arena_array(sc->arena, 2, sizeof(*sc->steps));
		run->tests[0].scenarios[i] = sc;
	}
	add_step(&run->tests[0].scenarios[0]->steps[0], "one", "out1\n", "err1\n");
	add_step(&run->tests[0].scenarios[0]->steps[1], "two", "out2 \x1b[1m", "");
	add_step(&run->tests[0].scenarios[1]->steps[0], "one", "", "b1\nb2\n");
}

static void teardown(void)
{
	run_result_free(run);
	strbuf_release(&text.text);
}

static const char *made(void)
{
	output_text(&q, run, &text);
	return text.text.s;
}

START_TEST(all_output_comes_step_by_step)
{
	ck_assert_str_eq(made(), "out1\nerr1\nout2 ^[[1m\nb1\nb2\n");
	ck_assert_uint_eq(text.steps, 3);
	ck_assert(text.order_lost);
}
END_TEST

START_TEST(one_stream_keeps_its_order)
{
	q.streams = OUTPUT_STDERR;
	ck_assert_str_eq(made(), "err1\nb1\nb2\n");
	ck_assert(!text.order_lost);
}
END_TEST

START_TEST(one_stream_raw_is_exact)
{
	q.streams = OUTPUT_STDOUT;
	q.raw = true;
	q.path = "t/a/two";
	ck_assert_str_eq(made(), "out2 \x1b[1m");
}
END_TEST

START_TEST(a_scenario_or_a_step_is_named_by_its_path)
{
	q.path = "t/b";
	ck_assert_str_eq(made(), "b1\nb2\n");
	strbuf_reset(&text.text);
	q.path = "t/a/one";
	ck_assert_str_eq(made(), "out1\nerr1\n");
	strbuf_reset(&text.text);
	q.path = NULL;
	q.scenario = "t/a";
	q.step = "two";
	ck_assert_str_eq(made(), "out2 ^[[1m");
}
END_TEST

START_TEST(what_is_not_there_matches_nothing)
{
	q.path = "t/c";
	ck_assert_str_eq(made(), "");
	ck_assert_uint_eq(text.steps, 0);
}
END_TEST

START_TEST(a_cut_is_shown_with_its_size)
{
	set(&run->tests[0].scenarios[1]->steps[0].err, "headtail", 1258291);
	q.path = "t/b";
	ck_assert_str_eq(made(), "head\n[... 1.2 MiB cut ...]\ntail");
}
END_TEST

START_TEST(only_the_last_lines_are_kept)
{
	static const struct {
		uint64_t n;
		const char *want;
	} cases[] = { { 0, "" }, { 1, "b2\n" }, { 2, "b1\nb2\n" }, { 99, "b1\nb2\n" } };

	q.path = "t/b";
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		q.lines = cases[i].n;
		strbuf_reset(&text.text);
		ck_assert_str_eq(made(), cases[i].want);
	}
}
END_TEST

START_TEST(a_last_line_without_line_feed_is_a_line)
{
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_adds(&b, "\n\na\nb");
	output_tail(&b, 2);
	ck_assert_str_eq(b.s, "a\nb");
	output_tail(&b, 1);
	ck_assert_str_eq(b.s, "b");
}
END_TEST

START_TEST(bytes_are_those_of_one_stream_without_additions)
{
	AUTO_STRBUF b = STRBUF_INIT;
	unsigned steps;

	set(&run->tests[0].scenarios[1]->steps[0].err, "headtail", 10);
	q.streams = OUTPUT_STDERR;
	output_bytes(&q, run, &b, &steps);
	ck_assert_str_eq(b.s, "err1\nheadtail");
	ck_assert_uint_eq(steps, 3);
}
END_TEST

START_TEST(json_names_scenario_step_and_stream)
{
	AUTO_STRBUF b = STRBUF_INIT;

	q.path = "t/b";
	output_json(&q, run, &b);
	ck_assert_ptr_nonnull(strstr(b.s, "{\"scenario\":\"t/b\",\"step\":\"one\",\"stream\":"
	                                  "\"stderr\",\"data\":\"b1\\nb2\\n\",\"encoding\":"
	                                  "\"utf-8\",\"bytes\":6,\"cut\":false}"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { all_output_comes_step_by_step, one_stream_keeps_its_order,
		one_stream_raw_is_exact, a_scenario_or_a_step_is_named_by_its_path,
		what_is_not_there_matches_nothing, a_cut_is_shown_with_its_size,
		only_the_last_lines_are_kept, a_last_line_without_line_feed_is_a_line,
		bytes_are_those_of_one_stream_without_additions,
		json_names_scenario_step_and_stream };

	return check_run_with("output", tests, ARRAY_LEN(tests), setup, teardown);
}

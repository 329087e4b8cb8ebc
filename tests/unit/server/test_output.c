#include "tests/unit/check_main.h"

#include <string.h>

#include "common/clock.h"
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

/* "out1" at 1 ms, "err1" at 2 ms, " more" and its line feed at 3 ms, "err2" at 3 ms too. */
static void arrive(void)
{
	struct step_result *st = &run->tests[0].scenarios[0]->steps[0];

	set(&st->out, "out1\npart more\n", 0);
	set(&st->err, "err1\nerr2", 0);
	st->out.arrival = "9:1000 6:2000";
	st->err.arrival = "5:2000 4:1000";
	st->started_ms = 500;
	run->tests[0].scenarios[0]->started_wall_ns = 1700000000 * NS_PER_S;
	q.path = "t/a/one";
}

START_TEST(both_streams_come_line_by_line_as_they_came)
{
	arrive();
	ck_assert_str_eq(made(), "out1\nerr1\npart more\nerr2");
	ck_assert(!text.order_lost && !text.times_lost);
	strbuf_reset(&text.text);
	q.raw = true;
	ck_assert_str_eq(made(), "out1\nerr1\npart more\nerr2");
}
END_TEST

START_TEST(a_line_has_the_time_of_its_end)
{
	arrive();
	q.timestamps = true;
	ck_assert_str_eq(made(), "2023-11-14T22:13:20.501000Z out1\n"
	                         "2023-11-14T22:13:20.502000Z err1\n"
	                         "2023-11-14T22:13:20.503000Z part more\n"
	                         "2023-11-14T22:13:20.503000Z err2");
	strbuf_reset(&text.text);
	q.streams = OUTPUT_STDERR;
	ck_assert_str_eq(made(), "2023-11-14T22:13:20.502000Z err1\n"
	                         "2023-11-14T22:13:20.503000Z err2");
}
END_TEST

START_TEST(what_was_cut_stands_where_it_was)
{
	struct step_result *st = &run->tests[0].scenarios[0]->steps[0];

	arrive();
	set(&st->out, "a\nz\n", 1258291);
	st->out.arrival = "2:1000 1258291:2000 2:7000";
	st->err.arrival = "5:2000 4:5000";
	ck_assert_str_eq(made(), "a\nerr1\n[... 1.2 MiB cut ...]\nerr2\nz\n");
}
END_TEST

START_TEST(a_run_that_was_stored_without_times_has_none)
{
	arrive();
	run->tests[0].scenarios[0]->steps[0].err.arrival = NULL;
	ck_assert_str_eq(made(), "out1\npart more\nerr1\nerr2");
	ck_assert(text.order_lost && text.times_lost);
}
END_TEST

START_TEST(json_has_the_pieces_and_their_times)
{
	AUTO_STRBUF b = STRBUF_INIT;

	arrive();
	output_json(&q, run, &b);
	ck_assert_ptr_nonnull(strstr(b.s, "\"bytes\":9,\"cut\":false,\"pieces\":[{\"bytes\":5,"
	                                  "\"t_ms\":2},{\"bytes\":4,\"t_ms\":3}]}"));
}
END_TEST

static void missing_is(const char *path, const char *kind, const char *want, const char *first)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct output_missing m;

	q.path = path;
	output_missing(&q, run, a, &m);
	ck_assert_str_eq(m.kind, kind);
	ck_assert_str_eq(m.name, path);
	ck_assert_ptr_nonnull(strstr(m.text, want));
	ck_assert_pstr_eq(m.first, first);
}

START_TEST(what_is_missing_is_told_by_its_kind)
{
	run->tests[0].scenarios[0]->name = "a";
	run->tests[0].scenarios[1]->name = "b/c";
	run->tests[0].scenarios[1]->id = "t/b/c";
	missing_is("u", "test", "has no test 'u'", "t");
	missing_is("b/c", "test", "has no test 'b/c'", "t/b/c");
	missing_is("t/x", "scenario", "test 't' of run", "t/a");
	missing_is("t/b", "scenario", "has no scenario 'b'", "t/a");
	missing_is("t/b/c/two", "step", "scenario 't/b/c' of run", "t/b/c/one");
	missing_is("t/a", "step", "'t/a' of run  has run no step", NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { all_output_comes_step_by_step, one_stream_keeps_its_order,
		one_stream_raw_is_exact, a_scenario_or_a_step_is_named_by_its_path,
		what_is_not_there_matches_nothing, a_cut_is_shown_with_its_size,
		only_the_last_lines_are_kept, a_last_line_without_line_feed_is_a_line,
		bytes_are_those_of_one_stream_without_additions,
		json_names_scenario_step_and_stream, both_streams_come_line_by_line_as_they_came,
		a_line_has_the_time_of_its_end, what_was_cut_stands_where_it_was,
		a_run_that_was_stored_without_times_has_none, json_has_the_pieces_and_their_times,
		what_is_missing_is_told_by_its_kind };

	return check_run_with("output", tests, ARRAY_LEN(tests), setup, teardown);
}

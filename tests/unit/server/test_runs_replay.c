/* A stored run as the events of its stream. */
#include "daemon/server/runs_replay.h"

#include <jansson.h>
#include <string.h>

#include "common/clock.h"
#include "tests/unit/check_main.h"

#define EVENTS_MAX 32
#define BEGUN (1000 * NS_PER_S)

static struct run_result *run;
static json_t *events[EVENTS_MAX];
static size_t n_events;

static struct scenario_result *add_scenario(const char *id, double begin_ms, double ms)
{
	struct scenario_result *s = scenario_result_new();

	s->id = s->name = id;
	s->test = "t";
	s->file = "f";
	s->duration_ms = ms;
	s->attempts = begin_ms > 0;
	s->started_wall_ns = begin_ms > 0 ? BEGUN + (int64_t)(begin_ms * NS_PER_MS) : 0;
	return s;
}

static void setup(void)
{
	static struct scenario_result *slots[3];
	static struct test_outcome test;

	run = run_result_new();
	run->state = "done";
	run->cwd = "/";
	run->started_wall_ns = BEGUN;
	run->duration_ms = 100;
	test = (struct test_outcome){
		.name = "t", .file = "f", .scenarios = slots, .n_scenarios = 3
	};
	slots[0] = add_scenario("t/slow", 10, 50);
	slots[1] = add_scenario("t/fast", 20, 5);
	slots[2] = add_scenario("t/skipped", 0, 0);
	run->tests = &test;
	run->n_tests = 1;
}

static void teardown(void)
{
	while (n_events)
		json_decref(events[--n_events]);
	run_result_free(run);
}

static void replay(void)
{
	AUTO_STRBUF out = STRBUF_INIT;

	runs_replay(run, &out);
	for (const char *line = out.s; *line; line += strcspn(line, "\n") + 1) {
		ck_assert_uint_lt(n_events, EVENTS_MAX);
		events[n_events++] = json_loadb(line, strcspn(line, "\n"), 0, NULL);
		ck_assert_int_eq(
		        json_integer_value(json_object_get(events[n_events - 1], "seq")), n_events);
	}
}

static const char *text(size_t i, const char *key)
{
	const char *s = i < n_events ? json_string_value(json_object_get(events[i], key)) : NULL;

	return s ? s : "-";
}

START_TEST(events_come_in_the_order_of_their_times)
{
	static const char *const rows[][2] = {
		{ "run", "-" },
		{ "plan", "-" },
		{ "test_start", "-" },
		{ "scenario_end", "t/skipped" },
		{ "scenario_start", "t/slow" },
		{ "scenario_start", "t/fast" },
		{ "scenario_end", "t/fast" },
		{ "scenario_end", "t/slow" },
		{ "test_end", "-" },
		{ "result", "-" },
		{ "end", "-" },
	};

	replay();
	ck_assert_uint_eq(n_events, ARRAY_LEN(rows));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ck_assert_str_eq(text(i, "ev"), rows[i][0]);
		ck_assert_str_eq(text(i, "scenario"), rows[i][1]);
	}
	ck_assert(json_is_null(json_object_get(events[4], "warm")));
}
END_TEST

START_TEST(output_that_was_cut_is_two_events_with_their_places)
{
	struct step_result step = { .name = "s",
		.ran = true,
		.exit_code = 0,
		.started_ms = 1,
		.duration_ms = 2,
		.out = { .data = "headtail", .len = 8, .head = 4, .total = 1000 },
		.err = { .data = "e", .len = 1, .head = 1, .total = 1 } };

	run->tests[0].n_scenarios = 1;
	run->tests[0].scenarios[0]->steps = &step;
	run->tests[0].scenarios[0]->n_steps = 1;
	replay();
	ck_assert_str_eq(text(4, "ev"), "step_start");
	ck_assert_str_eq(text(5, "data"), "head");
	ck_assert_str_eq(text(5, "offset"), "0");
	ck_assert_str_eq(text(6, "data"), "tail");
	ck_assert_str_eq(text(6, "offset"), "996");
	ck_assert_str_eq(text(7, "stream"), "stderr");
	ck_assert_str_eq(text(8, "ev"), "step_end");
	run->tests[0].n_scenarios = 3;
}
END_TEST

START_TEST(what_did_not_end_has_no_end)
{
	scenario_result_unref(run->tests[0].scenarios[1]);
	run->tests[0].scenarios[1] = NULL;
	run->state = "running";
	replay();
	for (size_t i = 0; i < n_events; i++)
		ck_assert(strstr("test_end result", text(i, "ev")) == NULL);
	ck_assert_str_eq(text(n_events - 1, "ev"), "scenario_end");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		events_come_in_the_order_of_their_times,
		output_that_was_cut_is_two_events_with_their_places,
		what_did_not_end_has_no_end,
	};

	return check_run_with("runs_replay", tests, ARRAY_LEN(tests), setup, teardown);
}

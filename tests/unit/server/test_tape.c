#include "tests/unit/check_main.h"

#include <string.h>
#include <sys/resource.h>

#include "daemon/server/tape.h"

static struct tape *tape;
static unsigned told;

static void on_more(struct tape_reader *r)
{
	(void)r;
	told++;
}

static void put_note(uint64_t seq, const char *text)
{
	const struct event ev = { .kind = EV_NOTE, .seq = seq, .t_ms = 1.5, .note = { "x", text } };

	tape_put(tape, &ev);
}

static void put_output(uint64_t seq, const char *data, size_t len)
{
	const struct event ev = { .kind = EV_OUTPUT,
		.seq = seq,
		.output = { .scenario = "t/s", .step = "c", .data = data, .len = len } };

	tape_put(tape, &ev);
}

/* The next event, which there must be. */
static struct event next(struct tape_reader *r, struct arena *a)
{
	struct event ev = { .kind = EV_COUNT };
	struct err e = { 0 };

	ck_assert_msg(tape_next(r, a, &ev, &e) == 1, "%s", e.msg);
	return ev;
}

static void begin(void)
{
	tape = tape_new();
	told = 0;
}

START_TEST(whoever_comes_late_reads_from_the_first_event)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct tape_reader early, late;
	struct event ev;
	struct err e;

	tape_open(tape, &early, on_more);
	put_note(1, "one");
	ck_assert_uint_eq(told, 1);
	ck_assert_str_eq(next(&early, a).note.message, "one");
	ck_assert_int_eq(tape_next(&early, a, &ev, &e), 0);
	put_note(2, "two");
	tape_open(tape, &late, on_more);
	ck_assert_str_eq(next(&late, a).note.message, "one");
	ck_assert_uint_eq(next(&late, a).seq, 2);
	ck_assert(tape_is_at_end(&late) && !tape_is_at_end(&early));
	tape_leave(&late);
	tape_leave(&late);
	tape_leave(&early);
	tape_close(tape);
}
END_TEST

START_TEST(readers_go_on_when_the_run_is_over)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct tape_reader r;

	tape_open(tape, &r, on_more);
	put_note(1, "one");
	tape_close(tape);
	ck_assert_uint_eq(told, 2);
	ck_assert(!tape_is_over(&r));
	next(&r, a);
	ck_assert(tape_is_over(&r));
	tape_leave(&r);
}
END_TEST

START_TEST(a_result_is_the_one_that_the_run_holds)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct scenario_result *sc = scenario_result_new();
	const struct event ev = {
		.kind = EV_SCENARIO_END, .seq = 7, .t_ms = 2, .scenario_end = sc
	};
	struct tape_reader r;

	tape_put(tape, &ev);
	tape_open(tape, &r, on_more);
	scenario_result_unref(sc);
	const struct event got = next(&r, a);
	ck_assert_int_eq(got.kind, EV_SCENARIO_END);
	ck_assert_uint_eq(got.seq, 7);
	ck_assert_ptr_eq(got.scenario_end, sc);
	tape_close(tape);
	tape_leave(&r);
}
END_TEST

START_TEST(what_comes_in_parts_is_whole_again)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	const struct run_summary counts = { .pass = 3, .scenarios = 4 };
	char name[] = "t";
	const struct event end = { .kind = EV_TEST_END,
		.seq = 4,
		.test = { .test = name, .file = "f", .verdict = VERDICT_FAIL, .counts = &counts } };
	const struct event start = { .kind = EV_SCENARIO_START,
		.seq = 5,
		.scenario_start = { .scenario = "t/s", .file = "f", .line = 7 } };
	struct tape_reader r;

	tape_put(tape, &end);
	tape_put(tape, &start);
	name[0] = 'x';
	tape_open(tape, &r, on_more);
	struct event ev = next(&r, a);
	ck_assert_str_eq(ev.test.test, "t");
	ck_assert_uint_eq(ev.test.counts->pass, 3);
	ck_assert_ptr_ne(ev.test.counts, &counts);
	ev = next(&r, a);
	ck_assert_str_eq(ev.scenario_start.file, "f");
	ck_assert_ptr_null(ev.scenario_start.engine);
	ck_assert_uint_eq(ev.scenario_start.line, 7);
	tape_leave(&r);
	tape_close(tape);
}
END_TEST

/* What is in the file and what is in memory are one sequence, wherever a reader stands. */
START_TEST(megabytes_are_read_as_they_were_put)
{
	enum { N = 3000, LEN = 997 };
	static char data[LEN];
	struct tape_reader slow, fast;
	unsigned n_fast = 0;

	tape_open(tape, &slow, on_more);
	tape_open(tape, &fast, on_more);
	for (unsigned i = 0; i < N; i++) {
		CLEANUP(arena_free) struct arena *a = arena_new();

		memset(data, 'a' + i % 26, LEN);
		put_output(i + 1, data, LEN);
		if (i % 3)
			ck_assert_uint_eq(next(&fast, a).seq, ++n_fast);
	}
	for (unsigned i = 0; i < N; i++) {
		CLEANUP(arena_free) struct arena *a = arena_new();
		const struct event ev = next(&slow, a);

		ck_assert_uint_eq(ev.seq, i + 1);
		ck_assert_uint_eq(ev.output.len, LEN);
		ck_assert_int_eq(ev.output.data[LEN - 1], 'a' + i % 26);
	}
	ck_assert(tape_is_at_end(&slow));
	tape_close(tape);
	tape_leave(&slow);
	tape_leave(&fast);
}
END_TEST

/* Where nothing can be written any more, output is left out and counted; the rest is there. */
START_TEST(a_full_disk_costs_output_and_no_verdict)
{
	static char data[TAPE_MEMORY];
	struct tape_reader r;
	struct event ev;
	struct err e;
	uint64_t dropped = 0;
	unsigned notes = 0;
	CLEANUP(arena_free) struct arena *a = arena_new();

	/* No descriptor is left for the file. */
	struct rlimit all, none;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &all), 0);
	none = all;
	none.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	memset(data, 'x', sizeof(data));
	put_output(1, data, sizeof(data));
	put_output(2, data, sizeof(data));
	put_note(3, "verdict");
	tape_open(tape, &r, on_more);
	while (tape_next(&r, a, &ev, &e) == 1) {
		dropped += ev.kind == EV_GAP ? ev.gap_dropped : 0;
		notes += ev.kind == EV_NOTE;
	}
	ck_assert_uint_eq(dropped, 1);
	ck_assert_uint_eq(notes, 1);
	tape_leave(&r);
	tape_close(tape);
	/* The leak sanitizer looks at files when the process ends. */
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &all), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { whoever_comes_late_reads_from_the_first_event,
		readers_go_on_when_the_run_is_over, a_result_is_the_one_that_the_run_holds,
		what_comes_in_parts_is_whole_again, megabytes_are_read_as_they_were_put,
		a_full_disk_costs_output_and_no_verdict };

	return check_run_with("tape of a run", tests, ARRAY_LEN(tests), begin, NULL);
}

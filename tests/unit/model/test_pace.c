/* How long a step may be silent, by what its passes took. */
#include "common/clock.h"
#include "daemon/model/pace.h"
#include "tests/unit/check_main.h"

static const char *const ls[] = { "ls", "-l", NULL }, *const cat[] = { "cat", "x", NULL };
static const struct str_list run_ls = { (const char **)(uintptr_t)ls, 2 },
                             run_cat = { (const char **)(uintptr_t)cat, 2 };
static const struct deadline minute = { 60 * NS_PER_S, DEADLINE_DEFAULT };
static struct pace_step step;
static struct pace pace;

static void setup(void)
{
	step = (struct pace_step){ .name = "list", .argv = &run_ls };
	pace = (struct pace){ .steps = &step, .n_steps = 1 };
}

START_TEST(only_passes_of_the_same_name_and_command_count)
{
	ck_assert(!pace_add(&pace, "list", &run_cat, 5));
	ck_assert(!pace_add(&pace, "other", &run_ls, 5));
	ck_assert_uint_eq(step.passes, 0);
	ck_assert(pace_add(&pace, "list", &run_ls, 5));
	ck_assert(pace_add(&pace, "list", &run_ls, 3));
	ck_assert_uint_eq(step.passes, 2);
	ck_assert_double_eq(step.slowest_ms, 5);
}
END_TEST

START_TEST(the_newest_passes_count_and_no_more)
{
	for (unsigned i = 0; i < PACE_PASSES; i++) {
		ck_assert(!pace_is_full(&pace));
		ck_assert(pace_add(&pace, "list", &run_ls, 1 + i));
	}
	ck_assert(pace_is_full(&pace));
	ck_assert(!pace_add(&pace, "list", &run_ls, 1000));
	ck_assert_double_eq(step.slowest_ms, PACE_PASSES);
}
END_TEST

START_TEST(the_bound_is_ten_times_the_slowest_and_at_least_the_floor)
{
	step.passes = 3;
	step.slowest_ms = 110;
	struct silence s = pace_silence(&step, &minute, 2 * NS_PER_S);
	ck_assert_int_eq(s.ns, 2 * NS_PER_S);
	ck_assert_int_eq(s.slowest_ns, 110 * NS_PER_MS);
	ck_assert_uint_eq(s.passes, 3);
	ck_assert_int_eq(s.floor_ns, 2 * NS_PER_S);
	step.slowest_ms = 700;
	ck_assert_int_eq(pace_silence(&step, &minute, 2 * NS_PER_S).ns, 7 * NS_PER_S);
}
END_TEST

START_TEST(what_is_written_is_used_as_it_stands)
{
	static const struct {
		enum deadline_source source;
		bool learns;
	} rows[] = { { DEADLINE_DEFAULT, true }, { DEADLINE_PROJECT, true },
		{ DEADLINE_FILE, false }, { DEADLINE_FLAG, false } };

	step.passes = 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct deadline d = { 60 * NS_PER_S, rows[i].source };

		ck_assert_int_eq(pace_silence(&step, &d, NS_PER_S).ns > 0, rows[i].learns);
	}
}
END_TEST

START_TEST(there_is_none_without_a_pass_or_where_the_deadline_comes_first)
{
	const struct deadline none = { 0, DEADLINE_DEFAULT };

	ck_assert_int_eq(pace_silence(&step, &minute, NS_PER_S).ns, 0);
	step.passes = 1;
	step.slowest_ms = 10;
	ck_assert_int_eq(pace_silence(&step, &minute, 0).ns, 0);
	ck_assert_int_eq(pace_silence(&step, &none, NS_PER_S).ns, 0);
	ck_assert_int_eq(pace_silence(&step, &minute, 60 * NS_PER_S).ns, 0);
	step.slowest_ms = 6000;
	ck_assert_int_eq(pace_silence(&step, &minute, NS_PER_S).ns, 0);
	step.slowest_ms = 1e300;
	ck_assert_int_eq(pace_silence(&step, &minute, NS_PER_S).ns, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		only_passes_of_the_same_name_and_command_count,
		the_newest_passes_count_and_no_more,
		the_bound_is_ten_times_the_slowest_and_at_least_the_floor,
		what_is_written_is_used_as_it_stands,
		there_is_none_without_a_pass_or_where_the_deadline_comes_first,
	};

	return check_run_with("pace", tests, sizeof(tests) / sizeof(*tests), setup, NULL);
}

/* Pressure: what two readings say of the time between them. */
#include <string.h>

#include "common/clock.h"
#include "daemon/core/stall.h"
#include "tests/unit/check_main.h"

static const int64_t felt = 20 * NS_PER_MS;

static void setup(void)
{
	unsetenv("CLNRM_FORCE");
}

START_TEST(the_total_of_some_is_read)
{
	uint64_t us = 7;

	ck_assert(stall_parse("some avg10=99.03 avg60=89.87 avg300=38.80 total=148161462\n"
	                      "full avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
	        &us));
	ck_assert_uint_eq(us, 148161462);
}
END_TEST

START_TEST(what_is_no_such_line_is_no_number)
{
	static const char *const bad[] = { "", "some ", "some avg10=1\nfull total=3\n",
		"full avg10=0.00 total=1\n", "some avg10=0.00 total=\n", "some total=x" };
	uint64_t us = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!stall_parse(bad[i], &us), "'%s'", bad[i]);
}
END_TEST

START_TEST(more_than_half_of_the_time_is_high_and_a_processor_if_the_asker_lacks_it_too)
{
	const struct stall from = { .at_ns = 5 * NS_PER_S, .psi = true, .us = { 100, 200, 300 } };

	for (int i = 0; i < STALL_KINDS; i++) {
		struct stall to = from;

		to.at_ns += NS_PER_S;
		ck_assert(!stall_is_high(&from, &to, 2, felt));
		to.us[i] += 500000;
		ck_assert(!stall_is_high(&from, &to, 2, felt));
		to.us[i]++;
		ck_assert(stall_is_high(&from, &to, 2, felt));
		ck_assert_int_eq(stall_is_high(&from, &to, 2, 0), i != STALL_CPU);
		to.us[i] = 0; /* the clock of another boot */
		ck_assert(!stall_is_high(&from, &to, 2, felt));
	}
}
END_TEST

START_TEST(without_psi_it_counts_who_wants_a_processor)
{
	const struct stall from = { .at_ns = 1 };
	struct stall to = { .at_ns = NS_PER_S, .wanted = 2 };

	ck_assert(!stall_is_high(&from, &to, 2, felt));
	to.wanted = 3;
	ck_assert(stall_is_high(&from, &to, 2, felt));
	ck_assert(!stall_is_high(&from, &to, 2, 0));
}
END_TEST

START_TEST(what_comes_late_has_had_to_wait)
{
	ck_assert(!stall_is_late(100 * NS_PER_MS));
	ck_assert(stall_is_late(300 * NS_PER_MS));
}
END_TEST

START_TEST(this_machine_can_be_read)
{
	struct stall a, b;

	stall_read(&a);
	stall_read(&b);
	ck_assert_int_ge(b.at_ns, a.at_ns);
	ck_assert_int_eq(a.psi, b.psi);
	for (int i = 0; i < STALL_KINDS; i++)
		ck_assert_uint_ge(b.us[i], a.us[i]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_total_of_some_is_read,
		what_is_no_such_line_is_no_number,
		more_than_half_of_the_time_is_high_and_a_processor_if_the_asker_lacks_it_too,
		without_psi_it_counts_who_wants_a_processor,
		what_comes_late_has_had_to_wait,
		this_machine_can_be_read,
	};

	return check_run_with("stall", tests, sizeof(tests) / sizeof(*tests), setup, NULL);
}

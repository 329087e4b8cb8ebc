#include "tests/unit/check_main.h"

#include <pthread.h>
#include <stdio.h>

#include "daemon/run/run_priv.h"

enum { TEXTS = 40, JUDGES = 4 };

static const char *wanted[TEXTS];
static char text[TEXTS][24];

static void setup(void)
{
	for (int i = 0; i < TEXTS; i++) {
		snprintf(text[i], sizeof(text[i]), "text %d.", i);
		wanted[i] = text[i];
	}
}

/* A step that wants TEXTS texts and has printed those of odd numbers. */
static void judge(struct step_result *res, struct arena *a)
{
	struct step def = { .expected_codes = { 1 }, .out_contains = { wanted, TEXTS } };
	AUTO_STRBUF out = STRBUF_INIT;
	struct attempt at = { .def = &def, .out = &out, .err = &out, .both = &out };

	for (int i = 1; i < TEXTS; i += 2)
		strbuf_adds(&out, text[i]);
	judge_attempt(&at, res, a);
}

START_TEST(each_text_that_is_missing_is_a_failure_of_its_own)
{
	CLEANUP(arena_free) struct arena *a = arena_new();
	struct step_result res = { .name = "s" };
	char message[64];

	judge(&res, a);
	ck_assert_int_eq(res.verdict, VERDICT_FAIL);
	ck_assert_uint_eq(res.n_failures, TEXTS / 2);
	for (size_t i = 0; i < res.n_failures; i++) {
		snprintf(message, sizeof(message), "output does not contain \"%s\"", text[2 * i]);
		ck_assert_str_eq(res.failures[i].message, message);
		ck_assert_str_eq(res.failures[i].step, "s");
	}
}
END_TEST

static void *judge_again(void *arg)
{
	size_t *failures = arg;

	for (int i = 0; i < 100; i++) {
		CLEANUP(arena_free) struct arena *a = arena_new();
		struct step_result res = { .name = "s" };

		judge(&res, a);
		*failures += res.n_failures;
	}
	return NULL;
}

/* As workers do; the thread sanitizer looks on. */
START_TEST(steps_are_judged_side_by_side)
{
	pthread_t thread[JUDGES];
	size_t failures[JUDGES] = { 0 };

	for (int i = 0; i < JUDGES; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, judge_again, &failures[i]), 0);
	for (int i = 0; i < JUDGES; i++) {
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
		ck_assert_uint_eq(failures[i], 100 * TEXTS / 2);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_text_that_is_missing_is_a_failure_of_its_own,
		steps_are_judged_side_by_side,
	};

	return check_run_with("judge", tests, ARRAY_LEN(tests), setup, NULL);
}

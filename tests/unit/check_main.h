/* tests/unit/check_main.h - the main() of a test program that has one table of tests. */
#ifndef TESTS_UNIT_CHECK_MAIN_H
#define TESTS_UNIT_CHECK_MAIN_H

#include <check.h>
#include <stdlib.h>

#include "common/cleanup.h"

/* Runs every test of the table in a process of its own, between setup and teardown (or NULL). */
static inline int check_run_with(const char *name, const TTest *const *tests, size_t n,
        void (*setup)(void), void (*teardown)(void))
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 30);
	if (setup || teardown)
		tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static inline int check_run(const char *name, const TTest *const *tests, size_t n)
{
	return check_run_with(name, tests, n, NULL, NULL);
}

#define CHECK_MAIN(name, ...)                                    \
	int main(void)                                           \
	{                                                        \
		const TTest *const tests[] = { __VA_ARGS__ };    \
                                                                 \
		return check_run(name, tests, ARRAY_LEN(tests)); \
	}

#endif

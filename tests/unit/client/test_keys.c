#include <check.h>
#include <stdlib.h>

#include "client/keys.h"
#include "common/mem.h"

/* The words that the keys ask for, with a space before each. */
static void take_all(struct keys *k, const char *typed, struct strbuf *orders, struct strbuf *shown)
{
	for (; *typed; typed++) {
		const char *order = keys_take(k, *typed, shown);

		if (order)
			strbuf_printf(orders, " %s", order);
	}
}

static const struct {
	const char *typed, *orders, *filter;
} cases[] = {
	{ "af\noq", " all failed again output quit", "" },
	{ "pp", " pause resume", "" },
	{ "/shop\n", " filter", "shop" },
	{ "/\n", " filter", "" },
	{ "/shot\x7fp\n", " filter", "shop" },
	{ "/a\xc3\xa9\x7f\n", " filter", "a" },
	{ "/a\xe2\x82\xac\x7f\x7f\x7f\n", " filter", "" },
	{ "/other\x15shop\n", " filter", "shop" },
	/* Escape leaves all as it was; what cursor and function keys send is no key of ours. */
	{ "/shop\x1b"
	  "a",
	        " all", "" },
	{ "/shop\x1b\n", " again", "" },
	{ "\x1b[a\x1b[A\x1bOa\x1b[1;2f\x1b[3~q", " quit", "" },
	{ "\x1b\x1b[aq", " quit", "" },
};

START_TEST(keys_ask_for_what_their_help_says)
{
	struct keys k = KEYS_INIT;
	AUTO_STRBUF orders = STRBUF_INIT;
	AUTO_STRBUF shown = STRBUF_INIT;

	take_all(&k, cases[_i].typed, &orders, &shown);
	ck_assert_str_eq(orders.s ? orders.s : "", cases[_i].orders);
	ck_assert_str_eq(k.filter.s ? k.filter.s : "", cases[_i].filter);
	ck_assert(!k.typing);
	keys_release(&k);
}
END_TEST

START_TEST(what_is_taken_back_is_taken_off_the_screen)
{
	struct keys k = KEYS_INIT;
	AUTO_STRBUF orders = STRBUF_INIT;
	AUTO_STRBUF shown = STRBUF_INIT;

	take_all(&k,
	        "/a\xc3\xa9\x7f"
	        "b\x1b",
	        &orders, &shown);
	ck_assert_str_eq(shown.s, "filter: a\xc3\xa9\b \bb\n");
	keys_release(&k);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("client/keys");
	TCase *c = tcase_create("keys");

	tcase_add_loop_test(c, keys_ask_for_what_their_help_says, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(c, what_is_taken_back_is_taken_off_the_screen);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#include <string.h>

#include "common/suggest.h"
#include "tests/unit/check_main.h"

START_TEST(distances_count_edits_and_swaps_of_neighbours)
{
	ck_assert_uint_eq(suggest_distance("", "", 5), 0);
	ck_assert_uint_eq(suggest_distance("abc", "abc", 5), 0);
	ck_assert_uint_eq(suggest_distance("abc", "", 5), 3);
	ck_assert_uint_eq(suggest_distance("", "abc", 5), 3);
	ck_assert_uint_eq(suggest_distance("rnu", "run", 5), 1);
	ck_assert_uint_eq(suggest_distance("kitten", "sitting", 5), 3);
	ck_assert_uint_eq(
	        suggest_distance("ca", "abc", 5), 3); /* optimal string alignment, not 2 */
	ck_assert_uint_eq(suggest_distance("abcd", "badc", 5), 2);
	ck_assert_uint_eq(suggest_distance("comand", "command", 5), 1);
}
END_TEST

START_TEST(distances_above_the_bound_are_bound_plus_one)
{
	ck_assert_uint_eq(suggest_distance("abcdef", "uvwxyz", 2), 3);
	ck_assert_uint_eq(suggest_distance("a", "abcdefgh", 2), 3);
	ck_assert_uint_eq(suggest_distance("abcdef", "uvwxyz", 6), 6);
	ck_assert_uint_eq(suggest_distance("ab", "ba", 0), 1);
}
END_TEST

START_TEST(long_strings_are_never_near)
{
	char a[200], b[200];

	memset(a, 'x', sizeof(a));
	memset(b, 'x', sizeof(b));
	a[129] = b[129] = '\0';
	ck_assert_uint_eq(suggest_distance(a, b, 3), 4);
	a[128] = b[128] = '\0';
	ck_assert_uint_eq(suggest_distance(a, b, 3), 0);
}
END_TEST

static const char *const commands[] = { "run", "runs", "validate", "report", "record", "health",
	NULL };

static size_t nearest(const char *word, const char **best)
{
	return suggest_nearest(word, commands, best, 3);
}

START_TEST(proposals_are_at_most_a_third_of_the_word_away)
{
	const char *best[3] = { 0 };

	ck_assert_uint_eq(nearest("rnu", best), 1);
	ck_assert_str_eq(best[0], "run");
	ck_assert_uint_eq(nearest("rn", best), 0); /* a third of two characters is none */
	ck_assert_uint_eq(nearest("helth", best), 1);
	ck_assert_str_eq(best[0], "health");
	ck_assert_uint_eq(nearest("vlaidaet", best), 1);
	ck_assert_str_eq(best[0], "validate");
	ck_assert_uint_eq(nearest("vlaidtae", best), 1);
	ck_assert_uint_eq(nearest("ai-predict", best), 0);
	ck_assert_uint_eq(nearest("", best), 0);
}
END_TEST

START_TEST(the_nearest_comes_first_and_ties_keep_their_order)
{
	static const char *const names[] = { "aaaaxx", "aaaaax", "aaaaay", NULL };
	const char *best[3];

	ck_assert_uint_eq(suggest_nearest("aaaaaa", names, best, 3), 3);
	ck_assert_str_eq(best[0], "aaaaax");
	ck_assert_str_eq(best[1], "aaaaay");
	ck_assert_str_eq(best[2], "aaaaxx");
	ck_assert_uint_eq(suggest_nearest("aaaaaa", names, best, 1), 1);
	ck_assert_str_eq(best[0], "aaaaax");
}
END_TEST

START_TEST(keys_of_files_have_a_rule_of_their_own)
{
	ck_assert(suggest_close_key("comand", "command"));
	ck_assert(suggest_close_key("imge", "image"));
	ck_assert(!suggest_close_key("imeg", "steps"));
	ck_assert(!suggest_close_key("abcd", "abxy")); /* two edits in four characters */
	ck_assert(suggest_close_key("abcde", "abxye"));
	ck_assert(!suggest_close_key("abcde", "xyzde"));
	ck_assert(suggest_close_key("expectedOutputRegex", "expected_output_regex"));
	ck_assert(suggest_close_key("depends-on", "depends_on"));
	ck_assert(suggest_close_key("TIMEOUT", "timeout"));
	ck_assert(!suggest_close_key("timeouts_of_all", "timeout"));
}
END_TEST

CHECK_MAIN("suggest", distances_count_edits_and_swaps_of_neighbours,
        distances_above_the_bound_are_bound_plus_one, long_strings_are_never_near,
        proposals_are_at_most_a_third_of_the_word_away,
        the_nearest_comes_first_and_ties_keep_their_order, keys_of_files_have_a_rule_of_their_own)

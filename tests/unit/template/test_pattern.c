#include <regex.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/template/pattern.h"
#include "daemon/template/prng.h"
#include "tests/unit/check_main.h"

static int64_t ticks_ns(void *arg)
{
	(void)arg;
	return clock_ns();
}

static const struct thost host = { .ticks_ns = ticks_ns };
static struct tsession session;
static struct terr error = TERR_INIT;
static struct strbuf why = STRBUF_INIT;

static void setup(void)
{
	tsession_init(&session, &host, NULL);
}

static void teardown(void)
{
	tsession_release(&session);
	terr_release(&error);
	strbuf_release(&why);
}

static struct pattern *compiled(const char *source)
{
	struct pattern *p = pattern_new(source, strlen(source), &why);

	ck_assert_msg(p != NULL, "'%s': %s", source, why.s);
	return p;
}

static bool matches(const char *source, const char *text)
{
	CLEANUP(pattern_free) struct pattern *p = compiled(source);
	int rc = pattern_search(p, text, strlen(text), &session, &error);

	ck_assert_int_ge(rc, 0);
	return rc == 1;
}

START_TEST(patterns_match_what_they_say)
{
	static const struct {
		const char *pattern, *yes, *no;
	} cases[] = {
		{ "b+c", "abbc", "abd" },
		{ "^(ab|cd)*$", "abcdab", "abc" },
		{ "^a{2,3}$", "aaa", "aaaa" },
		{ "^a{2}$", "aa", "a" },
		{ "^a{0}b", "b", "ab" },
		{ "^(?:a|b){3,}c", "ababc", "abc" },
		{ "^x*?y$", "xxy", "xxz" },
		{ "^.$", "\u00e9", "ab" },
		{ "^.$", "a", "\n" },
		{ "(?s)^.$", "\n", "" },
		{ "(?i)\u00c9t\u00c9", "\u00e9T\u00e9", "ete" },
		{ "(?i)^k$", "\u212a", "j" },
		{ "(?i)[^a]", "b", "A" },
		{ "a(?i)b(?-i)c", "aBc", "aBC" },
		{ "(?i:a)b", "Ab", "AB" },
		{ "(?m)^b$", "a\nb\nc", "ab" },
		{ "\\Aa\\z", "a", "a\n" },
		{ "\\bfoo\\b", "a foo.", "afoo" },
		{ "\\Bo\\B", "fooo", "o f" },
		{ "\\<a|b\\>", "x a", "xa bx" },
		{ "^\\w+\\s\\d$", "\u00e9t\u00e9\u20033", "a 3 " },
		{ "^\\W\\D\\S$", "-ab", "1aa" },
		{ "^[\\p{Lu}\\pN]+$", "\u00c9\u0663A", "a" },
		{ "^\\P{L}$", "1", "a" },
		{ "^\\p{^L}$", "1", "a" },
		{ "^[^\\d]$", "a", "1" },
		{ "^[]a-]+$", "]-a", "b" },
		{ "^[a-c&&b-d]$", "b", "a" },
		{ "^[\\w--[a-z]]$", "A", "a" },
		{ "^[a-c~~b-d]$", "d", "b" },
		{ "^[[:alpha:][:digit:]]$", "7", "-" },
		{ "^[[:^alpha:]]$", "-", "a" },
		{ "^\\x41\\x{e9}\\u00e9\\U0001F600$", "A\u00e9\u00e9\U0001F600", "A" },
		{ "^\\.\\/\\-\\#$", "./-#", "a" },
		{ "(?x) a b # text\n [ c d ]", "abd", "ab c" },
		{ "^(?P<n>a)(?<m_1>b)$", "ab", "a" },
		{ "^(a*)*$", "aaa", "b" },
		{ "(|a)+b", "ab", "a" },
		{ "^(?-u)\\w$", "a", "\u00e9" },
		{ "a||b", "zzz", NULL },
		{ "", "", NULL },
		{ "^}]$", "}]", "}" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ck_assert_msg(matches(cases[i].pattern, cases[i].yes), "%s", cases[i].pattern);
		ck_assert_msg(!cases[i].no || !matches(cases[i].pattern, cases[i].no), "not %s",
		        cases[i].pattern);
	}
}
END_TEST

START_TEST(what_is_no_pattern_is_refused_with_a_reason)
{
	static const char *const bad[] = { "(", ")", "a)", "[", "[a", "[^", "[]", "*", "+a", "a|*",
		"{2}", "a{", "a{1", "a{2,1}", "a{,2}", "a{x}", "a{70000}", "\\", "\\1", "(a)\\1",
		"\\q", "\\Z", "\\C", "(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", "(?P<1a>b)", "(?<a",
		"(?z)", "(?i", "(?i)*", "[z-a]", "[^a-", "[\\q]", "\\p{Nope}", "\\p{L", "\\p",
		"\\x", "\\x{110000}", "\\ud800", "(?-u).", "(?-u)\\W", "(?-u)[^a]",
		"((a{1000}){1000}){1000}" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		strbuf_reset(&why);
		ck_assert_msg(
		        pattern_new(bad[i], strlen(bad[i]), &why) == NULL, "'%s' is taken", bad[i]);
		ck_assert_uint_gt(why.len, 0);
	}
}
END_TEST

START_TEST(deep_and_large_patterns_end_early)
{
	AUTO_STRBUF s = STRBUF_INIT;

	strbuf_addn(&s, '(', 30000);
	strbuf_addn(&s, ')', 30000);
	ck_assert_ptr_null(pattern_new(s.s, s.len, &why));
	strbuf_reset(&s);
	strbuf_addn(&s, '[', 60000);
	ck_assert_ptr_null(pattern_new(s.s, s.len, &why));
	strbuf_reset(&s);
	strbuf_addc(&s, 'a');
	for (int i = 0; i < 30000; i++)
		strbuf_adds(&s, "*+");
	ck_assert_ptr_null(pattern_new(s.s, s.len, &why));
	strbuf_reset(&s);
	strbuf_adds(&s, "((a{0}){65535}){65535}"); /* nothing, very often */
	pattern_free(compiled(s.s));
	strbuf_reset(&s);
	for (int i = 0; i < 9000; i++)
		strbuf_adds(&s, "a|bc|");
	pattern_free(compiled(s.s));
}
END_TEST

/* A backtracking engine would need years. */
START_TEST(the_cost_is_linear_in_the_text)
{
	AUTO_STRBUF s = STRBUF_INIT;
	int64_t start = clock_ns();

	strbuf_addn(&s, 'a', 20000);
	ck_assert(!matches("^(a+)+$", (strbuf_addc(&s, 'b'), s.s)));
	ck_assert(!matches("(a|aa)*c", s.s));
	ck_assert(!matches("(.*)*(.*)*(.*)*c", s.s));
	ck_assert_int_lt(clock_ns() - start, 20 * NS_PER_S);
}
END_TEST

START_TEST(time_that_is_up_ends_a_search)
{
	CLEANUP(pattern_free) struct pattern *p = compiled("(.*b){500}c");
	AUTO_STRBUF s = STRBUF_INIT;

	strbuf_addn(&s, 'a', 1000000);
	session.limits.max[TLIMIT_TIME] = 50;
	session.started_ns = clock_ns() - NS_PER_S; /* up from the first look on */
	ck_assert_int_eq(pattern_search(p, s.s, s.len, &session, &error), -1);
	ck_assert_int_eq(error.kind, TERR_LIMIT);
}
END_TEST

static void random_pattern(struct prng *p, int depth, struct strbuf *out)
{
	static const char *const atoms[] = { "a", "b", "c", ".", "[ab]", "[^a]", "a*", "b+", "c?",
		"b{1,2}" };

	for (uint64_t n = 1 + prng_below(p, 3); n > 0; n--) {
		if (depth > 0 && prng_below(p, 4) == 0) {
			strbuf_addc(out, '(');
			random_pattern(p, depth - 1, out);
			if (prng_below(p, 2)) {
				strbuf_addc(out, '|');
				random_pattern(p, depth - 1, out);
			}
			strbuf_adds(out, prng_below(p, 2) ? ")*" : ")");
		} else {
			strbuf_adds(out, atoms[prng_below(p, ARRAY_LEN(atoms))]);
		}
	}
}

/* Where the syntaxes agree, so do the answers of the C library. */
START_TEST(random_patterns_agree_with_posix)
{
	struct prng p;

	prng_seed(&p, 3);
	for (int i = 0; i < 3000; i++) {
		AUTO_STRBUF source = STRBUF_INIT;
		char text[9] = "";
		regex_t re;

		if (prng_below(&p, 2))
			strbuf_addc(&source, '^');
		random_pattern(&p, 2, &source);
		if (prng_below(&p, 2))
			strbuf_addc(&source, '$');
		for (uint64_t k = 0, n = prng_below(&p, 9); k < n; k++)
			text[k] = (char)('a' + prng_below(&p, 3));
		ck_assert_int_eq(regcomp(&re, source.s, REG_EXTENDED | REG_NOSUB), 0);
		ck_assert_msg(matches(source.s, text) == (regexec(&re, text, 0, NULL, 0) == 0),
		        "'%s' on '%s'", source.s, text);
		regfree(&re);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { patterns_match_what_they_say,
		what_is_no_pattern_is_refused_with_a_reason, deep_and_large_patterns_end_early,
		the_cost_is_linear_in_the_text, time_that_is_up_ends_a_search,
		random_patterns_agree_with_posix };

	return check_run_with("pattern", tests, ARRAY_LEN(tests), setup, teardown);
}

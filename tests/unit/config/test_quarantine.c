/* Entries of [[quarantine]] in the text of a project file: what is edited, and what stays. */
#include <string.h>

#include "common/strbuf.h"
#include "daemon/config/config.h"
#include "tests/unit/check_main.h"

static struct strbuf out = STRBUF_INIT;
static struct err e;
static bool existed;

static const struct quarantine q = {
	.test = "orders/refund", .owner = "payments", .until = "2030-02-01", .reason = "ledger"
};
static const struct quarantine short_q = {
	.test = "orders/refund", .owner = "payments", .until = "2030-02-01"
};

static void reset(void)
{
	strbuf_reset(&out);
}

static void put(const char *text, const struct quarantine *what, const char *want)
{
	strbuf_reset(&out);
	ck_assert_msg(config_quarantine_put(text, strlen(text), what, &out, &existed, &e) == 0,
	        "%s", e.msg);
	ck_assert_str_eq(out.s, want);
}

static void drop(const char *text, const char *test, const char *want)
{
	AUTO_STR copy = xstrdup(text); /* it may be that of out */

	strbuf_reset(&out);
	ck_assert_msg(config_quarantine_drop(copy, strlen(copy), test, &out, &e) == 0, "%s", e.msg);
	ck_assert_str_eq(out.s, want);
}

#define ENTRY "[[quarantine]]\ntest = \"orders/refund\"\nowner = \"payments\"\nuntil = 2030-02-01\n"

START_TEST(an_entry_goes_behind_all_else)
{
	put("", &short_q, ENTRY);
	ck_assert(!existed);
	put("", &q, ENTRY "reason = \"ledger\"\n");
	put("# mine\n[cli]\njobs = 2 # two\n", &short_q, "# mine\n[cli]\njobs = 2 # two\n\n" ENTRY);
	put("[cli]\njobs = 2", &short_q, "[cli]\njobs = 2\n\n" ENTRY);
	put("[[quarantine]]\ntest = \"a\"\nowner = \"b\"\nuntil = 2030-01-01\n\n[cli]\njobs=1\n",
	        &short_q,
	        "[[quarantine]]\ntest = \"a\"\nowner = \"b\"\nuntil = 2030-01-01\n\n"
	        "[cli]\njobs=1\n\n" ENTRY);
}
END_TEST

START_TEST(line_ends_are_those_of_the_file)
{
	put("[cli]\r\njobs = 2\r\n", &short_q,
	        "[cli]\r\njobs = 2\r\n\r\n[[quarantine]]\r\ntest = \"orders/refund\"\r\n"
	        "owner = \"payments\"\r\nuntil = 2030-02-01\r\n");
	drop(out.s, "orders/refund", "[cli]\r\njobs = 2\r\n");
}
END_TEST

START_TEST(texts_are_quoted)
{
	const struct quarantine odd = { .test = "a\\b/\"c\"*",
		.owner = "x\ny\x7f",
		.until = "2030-02-01",
		.reason = "\xc3\xa4 # no comment" };

	put("", &odd,
	        "[[quarantine]]\ntest = \"a\\\\b/\\\"c\\\"*\"\nowner = \"x\\u000Ay\\u007F\"\n"
	        "until = 2030-02-01\nreason = \"\xc3\xa4 # no comment\"\n");
	drop(out.s, "a\\b/\"c\"*", "");
}
END_TEST

START_TEST(one_that_is_there_gets_other_values_in_place)
{
	put("# top\n[[quarantine]] # head\ntest = 'orders/refund' # which\nuntil = \"2029-01-01\" "
	    "# when\n# between\nowner='old'\n\n[cli]\njobs = 1\n",
	        &short_q,
	        "# top\n[[quarantine]] # head\ntest = 'orders/refund' # which\nuntil = 2030-02-01 "
	        "# when\n# between\nowner=\"payments\"\n\n[cli]\njobs = 1\n");
	ck_assert(existed);
	/* A reason that nobody takes back stays; a new one stands behind the test. */
	put(ENTRY "reason = \"old\"\n", &short_q, ENTRY "reason = \"old\"\n");
	put(ENTRY, &q,
	        "[[quarantine]]\ntest = \"orders/refund\"\nreason = \"ledger\"\nowner = "
	        "\"payments\"\nuntil = 2030-02-01\n");
	put("quarantine = [{ test = \"orders/refund\", owner = \"b\", until = 2029-01-01 }]\n",
	        &short_q,
	        "quarantine = [{ test = \"orders/refund\", owner = \"payments\", until = "
	        "2030-02-01 }]\n");
}
END_TEST

START_TEST(an_entry_goes_and_comments_of_their_own_lines_stay)
{
	drop("[cli]\njobs = 1\n\n" ENTRY, "orders/refund", "[cli]\njobs = 1\n");
	drop(ENTRY "\n[cli]\njobs = 1\n", "orders/refund", "\n[cli]\njobs = 1\n");
	drop("# top\n\n" ENTRY "\n# next\n[cli]\njobs = 1\n", "orders/refund",
	        "# top\n\n# next\n[cli]\njobs = 1\n");
	drop("# above\n[[quarantine]]\n# inside\ntest = \"orders/refund\"\n\nowner = \"p\" # gone\n"
	     "until = 2030-02-01\nreason = '''\n# of the text\nmore'''\n# below\n",
	        "orders/refund", "# above\n# inside\n# below\n");
	drop("[[quarantine]]\ntest = \"a\"\nowner = \"b\"\nuntil = 2030-01-01\n" ENTRY
	     "[[quarantine]]\ntest = \"c\"\nowner = \"b\"\nuntil = 2030-01-01\n",
	        "orders/refund",
	        "[[quarantine]]\ntest = \"a\"\nowner = \"b\"\nuntil = 2030-01-01\n"
	        "[[quarantine]]\ntest = \"c\"\nowner = \"b\"\nuntil = 2030-01-01\n");
	drop("[cli]\njobs = 1\n" ENTRY, "orders/refund", "[cli]\njobs = 1\n");
}
END_TEST

static void refuses(int rc, enum err_code code, const char *part)
{
	ck_assert_int_eq(rc, -1);
	ck_assert_msg(e.code == code && strstr(e.msg, part), "%d %s", e.code, e.msg);
}

static int try_put(const char *text)
{
	strbuf_reset(&out);
	return config_quarantine_put(text, strlen(text), &short_q, &out, &existed, &e);
}

static int try_drop(const char *text, const char *test)
{
	strbuf_reset(&out);
	return config_quarantine_drop(text, strlen(text), test, &out, &e);
}

START_TEST(what_cannot_be_edited_is_refused)
{
	refuses(try_put("[cli\n"), ERR_INVALID, "line 1");
	refuses(try_put("quarantine = 3\n"), ERR_INVALID, "no list");
	refuses(try_put("[cli]\njobs = 1\n[quarantine]\na = 1\n"), ERR_INVALID, "line 3");
	refuses(try_put("\nquarantine = []\n"), ERR_UNSUPPORTED, "line 2");
	refuses(try_put("quarantine = [{ test = \"orders/refund\" }]\n"), ERR_UNSUPPORTED,
	        "has no 'owner'");
	refuses(try_drop("quarantine = [{ test = \"a\" }]\n", "a"), ERR_UNSUPPORTED, "by hand");
	refuses(try_drop(ENTRY, "orders"), ERR_NOT_FOUND, "'orders'");
	refuses(try_drop("", "orders"), ERR_NOT_FOUND, "'orders'");
	refuses(try_drop(ENTRY, "orders/*"), ERR_NOT_FOUND, "'orders/*'");
}
END_TEST

/* Whatever stands around it: put and drop again is nothing. */
START_TEST(put_and_drop_give_the_same_bytes)
{
	static const char *const texts[] = {
		"# only a comment\n",
		"[cli]\njobs = 1\n",
		"\xef\xbb\xbf[cli]\njobs = 1\n",
		"[cli]\njobs = 1\n\n\n",
		"a = '''\n[[quarantine]]\ntest = \"orders/refund\"\n'''\n",
		"[x]\n\"y.z\" = [ 1, # one\n 2 ]\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO_STRBUF with = STRBUF_INIT;

		ck_assert_msg(try_put(texts[i]) == 0, "%s: %s", texts[i], e.msg);
		strbuf_add(&with, out.s, out.len);
		drop(with.s, "orders/refund", texts[i]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_entry_goes_behind_all_else,
		line_ends_are_those_of_the_file,
		texts_are_quoted,
		one_that_is_there_gets_other_values_in_place,
		an_entry_goes_and_comments_of_their_own_lines_stay,
		what_cannot_be_edited_is_refused,
		put_and_drop_give_the_same_bytes,
	};

	return check_run_with("quarantine", tests, ARRAY_LEN(tests), reset, reset);
}

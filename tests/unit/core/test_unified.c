#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

#include "daemon/core/unified.h"

static void shows(const char *a, const char *b, const char *hunks)
{
	struct strbuf before = STRBUF_INIT, after = STRBUF_INIT;
	AUTO_STRBUF out = STRBUF_INIT;
	AUTO_STRBUF want = STRBUF_INIT;

	strbuf_adds(&before, a);
	strbuf_adds(&after, b);
	strbuf_printf(&want, "--- x\n+++ x\n%s", hunks);
	unified_diff("x", &before, &after, &out);
	ck_assert_str_eq(out.s, want.s);
	strbuf_release(&before);
	strbuf_release(&after);
}

START_TEST(hunks_are_those_that_diff_prints)
{
	shows("", "", "");
	shows("a\n", "a\n", "");
	shows("a\n", "b\n", "@@ -1 +1 @@\n-a\n+b\n");
	shows("", "a\n", "@@ -0,0 +1 @@\n+a\n");
	shows("a\n", "", "@@ -1 +0,0 @@\n-a\n");
	shows("a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
	shows("1\n2\n3\n4\n5\n", "1\n2\n3\n4\nx\n", "@@ -2,4 +2,4 @@\n 2\n 3\n 4\n-5\n+x\n");
	shows("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
	        "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
	shows("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
	        "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
}
END_TEST

static uint64_t state = 88172645463325252u;

static unsigned below(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state % n);
}

/* Copies lines from *p to out up to line `until` (from 1); *line is the next one. */
static void copy_lines(const char **p, unsigned *line, unsigned until, struct strbuf *out)
{
	for (; *line < until; ++*line) {
		size_t n = strcspn(*p, "\n") + 1;

		strbuf_add(out, *p, n);
		*p += n;
	}
}

/* What `patch` does; every context and removed line must be there. */
static void apply(const char *before, const char *diff, struct strbuf *out)
{
	const char *p = before, *d = strstr(diff, "\n+++ x\n") + 7;
	unsigned line = 1;

	while (*d) {
		size_t n = strcspn(d, "\n") + 1;
		unsigned first, many = 1;

		if (*d == '@') {
			if (sscanf(d, "@@ -%u,%u", &first, &many) < 2)
				many = 1;
			copy_lines(&p, &line, many ? first : first + 1, out);
		} else if (*d != '+') {
			ck_assert_msg(
			        strncmp(p, d + 1, n - 1) == 0, "'%.*s' is not there", (int)n, d);
			p += n - 1;
			line++;
		}
		if (*d == '+' || *d == ' ')
			strbuf_add(out, d + 1, n - 1);
		d += n;
	}
	strbuf_adds(out, p);
}

START_TEST(a_patch_of_any_two_texts_leads_from_one_to_the_other)
{
	for (unsigned round = 0; round < 2000; round++) {
		struct strbuf a = STRBUF_INIT, b = STRBUF_INIT;
		AUTO_STRBUF diff = STRBUF_INIT;
		AUTO_STRBUF made = STRBUF_INIT;

		for (unsigned i = 0, n = below(60); i < n; i++) {
			unsigned what = below(12), word = below(6);

			if (what != 0)
				strbuf_printf(&a, "line %u\n", word);
			if (what > 1)
				strbuf_printf(&b, "line %u\n", what == 2 ? word + 1 : word);
		}
		unified_diff("x", &a, &b, &diff);
		apply(a.s, diff.s, &made);
		ck_assert_str_eq(made.s, b.s);
		strbuf_release(&a);
		strbuf_release(&b);
	}
}
END_TEST

START_TEST(texts_with_nothing_in_common_are_replaced_as_a_whole)
{
	struct strbuf a = STRBUF_INIT, b = STRBUF_INIT;
	AUTO_STRBUF diff = STRBUF_INIT;
	AUTO_STRBUF made = STRBUF_INIT;

	for (unsigned i = 0; i < 2000; i++) {
		strbuf_printf(&a, "a %u\n", i);
		strbuf_printf(&b, "b %u\n", i);
	}
	unified_diff("x", &a, &b, &diff);
	apply(a.s, diff.s, &made);
	ck_assert_str_eq(made.s, b.s);
	strbuf_release(&a);
	strbuf_release(&b);
}
END_TEST

CHECK_MAIN("unified", hunks_are_those_that_diff_prints,
        a_patch_of_any_two_texts_leads_from_one_to_the_other,
        texts_with_nothing_in_common_are_replaced_as_a_whole)

/* What a run looks like in HTML and Markdown, whatever its tests have printed. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/base64.h"
#include "daemon/core/digest.h"
#include "daemon/report/report.h"
#include "tests/unit/check_main.h"

static struct run_result *run;
static struct strbuf page = STRBUF_INIT;

static struct captured text(const char *s)
{
	return (struct captured){
		.data = s, .len = strlen(s), .head = strlen(s), .total = strlen(s)
	};
}

static struct scenario_result *add(const char *name, enum verdict verdict)
{
	struct scenario_result *s = scenario_result_new();
	struct test_outcome *t = &run->tests[0];

	s->name = arena_strdup(s->arena, name);
	s->id = arena_printf(s->arena, "t/%s", name);
	s->file = "t.clnrm.toml";
	s->test = "t";
	s->verdict = verdict;
	s->reason = verdict == VERDICT_FAIL ? REASON_EXIT_CODE : REASON_NONE;
	s->started_wall_ns = run->started_wall_ns + 1000000 * (int64_t)(t->n_scenarios + 1);
	s->duration_ms = 2.5;
	s->attempts = 1;
	s->n_steps = 1;
	s->steps = arena_array(s->arena, 1, sizeof(*s->steps));
	s->steps[0] = (struct step_result){ .name = "step",
		.verdict = verdict,
		.ran = true,
		.out = text(""),
		.err = text(""),
		.duration_ms = 2 };
	t->scenarios[t->n_scenarios++] = s;
	run_result_count(run);
	return s;
}

#define SCENARIOS_MAX 3000

static void set_up(void)
{
	run = run_result_new();
	snprintf(run->id, sizeof(run->id), "r7k2m9qa");
	run->started_wall_ns = 1700000000000000000;
	run->state = "done";
	run->tests = arena_array(run->arena, 1, sizeof(*run->tests));
	run->n_tests = 1;
	run->tests[0] = (struct test_outcome){ .name = "t",
		.file = "t.clnrm.toml",
		.scenarios = arena_array(run->arena, SCENARIOS_MAX, sizeof(void *)) };
}

static void tear_down(void)
{
	run_result_free(run);
	strbuf_release(&page);
}

static size_t count(const char *what)
{
	size_t n = 0;

	for (const char *p = page.s; (p = strcasestr(p, what)) != NULL; p += strlen(what))
		n++;
	return n;
}

/* The data block of that id, as JSON. */
static json_t *block(const char *id)
{
	AUTO_STRBUF open = STRBUF_INIT;
	json_error_t why;

	strbuf_printf(&open, "<script type=\"application/json\" id=\"%s\">", id);
	const char *at = strstr(page.s, open.s);

	ck_assert_msg(at != NULL, "no block '%s'", id);
	at += open.len;
	json_t *v = json_loadb(at, (size_t)(strstr(at, "</script>") - at), 0, &why);

	ck_assert_msg(v != NULL, "block '%s': %s", id, why.text);
	return v;
}

static void make_page(const struct past *past)
{
	strbuf_reset(&page);
	report_html(run, past, &page);
}

static const char hostile[] =
        "a</script><script>alert(1)</script><!--<script>]]>\x1b[31m\x01\xff\n";

START_TEST(nothing_that_a_test_wrote_ends_a_block_or_begins_one)
{
	struct scenario_result *s = add("</script><script>alert(2)</script>", VERDICT_FAIL);

	s->steps[0].out = text(hostile);
	s->steps[0].name = hostile;
	s->tags = (struct str_list){ (const char *[]){ "</SCRIPT>" }, 1 };
	run->tests[0].name = "<!--";
	make_page(NULL);
	ck_assert_uint_eq(count("<script"), 4); /* index, part-0, receipts, the script */
	ck_assert_uint_eq(count("</script"), 4);
	ck_assert_uint_eq(count("<!--"), 0);
	json_t *part = block("part-0"), *index = block("index"), *receipts = block("receipts");
	const json_t *step = json_array_get(json_object_get(json_array_get(part, 0), "steps"), 0);

	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(step, "out"), "text")),
	        "a</script><script>alert(1)</script><!--<script>]]>\x1b[31m\x01\xef\xbf\xbd\n");
	ck_assert_str_eq(
	        json_string_value(json_array_get(json_object_get(index, "tags"), 0)), "</SCRIPT>");
	json_decref(part);
	json_decref(index);
	json_decref(receipts);
}
END_TEST

/* They mean the same in JSON, and a document may not hold them. */
START_TEST(characters_that_html_forbids_are_escaped)
{
	struct scenario_result *s = add("s", VERDICT_FAIL);
	static const char odd[] = "\x7f \xc2\x80 \xc2\xa0 \xef\xbf\xbe \xef\xb7\x90 "
	                          "\xf0\x9f\xbf\xbf \xf0\x9f\x98\x80";

	s->steps[0].out = text(odd);
	make_page(NULL);
	ck_assert_ptr_nonnull(strstr(page.s, "\\u007f \\u0080 \xc2\xa0 \\ufffe \\ufdd0 "
	                                     "\\ud83f\\udfff \xf0\x9f\x98\x80\""));
}
END_TEST

/* The text between two marks, the first time they occur. */
static char *between(const char *from, const char *to)
{
	const char *at = strstr(page.s, from);

	ck_assert_ptr_nonnull(at);
	at += strlen(from);
	return xstrndup(at, (size_t)(strstr(at, to) - at));
}

static void policy_has(const char *policy, const char *directive, const char *content)
{
	AUTO_STRBUF want = STRBUF_INIT;
	struct digest d;

	digest_of(content, strlen(content), &d);
	strbuf_printf(&want, "%s 'sha256-", directive);
	base64_encode(&want, d.b, sizeof(d.b));
	ck_assert_msg(strstr(policy, want.s) != NULL, "'%s' is not in '%s'", want.s, policy);
}

START_TEST(the_policy_allows_the_pages_own_style_and_script_alone)
{
	add("s", VERDICT_PASS);
	make_page(NULL);
	AUTO_STR policy = between("Content-Security-Policy\" content=\"", "\"");
	AUTO_STR style = between("<style>", "</style>");
	AUTO_STR script = between("<script>", "</script>");

	ck_assert_int_eq(strncmp(policy, "default-src 'none';", 19), 0);
	ck_assert_ptr_null(strstr(policy, "unsafe"));
	policy_has(policy, "style-src", style);
	policy_has(policy, "script-src", script);
	ck_assert_uint_eq(
	        count("http:") + count("https:") - count("http://www.w3.org/2000/svg"), 0);
	ck_assert_uint_eq(count(" src=") + count("@import") + count("url("), 0);
}
END_TEST

START_TEST(a_row_has_what_the_list_and_the_timeline_need)
{
	struct scenario_result *s = add("one", VERDICT_FAIL);

	s->tags = (struct str_list){ (const char *[]){ "web", "slow" }, 2 };
	s->steps[0].started_ms = 0.25;
	s->failures = &(struct failure){ .code = REASON_EXIT_CODE, .message = "exit status 1" };
	s->n_failures = 1;
	add("two", VERDICT_PASS)->tags = (struct str_list){ (const char *[]){ "slow" }, 1 };
	run->tests[0].scenarios[1]->cached = true;
	make_page(NULL);
	json_t *index = block("index");
	char *rows = json_dumps(json_object_get(index, "rows"), JSON_COMPACT);
	char *tags = json_dumps(json_object_get(index, "tags"), JSON_COMPACT);

	ck_assert_str_eq(rows, "[[0,\"t/one\",\"one\",0,3,\"exit_code\",0,1,2.5,[0,1],"
	                       "\"exit status 1\",[0.25,2,3]],"
	                       "[0,\"t/two\",\"two\",0,0,\"\",2,null,2.5,[1],\"\",[0,2,0]]]");
	ck_assert_str_eq(tags, "[\"web\",\"slow\"]");
	free(rows);
	free(tags);
	json_decref(index);
}
END_TEST

START_TEST(details_come_in_parts_and_equal_receipts_once)
{
	struct receipt receipt = { .engine = "native", .profile = "standard", .network = "none" };

	for (int i = 0; i < 130; i++) {
		AUTO_STR name = xasprintf("s%d", i);
		struct scenario_result *s = add(name, VERDICT_PASS);

		s->receipt = arena_memdup(s->arena, &receipt, sizeof(receipt));
		s->receipt->sandbox = arena_printf(s->arena, "sb%d", i);
		if (i == 129)
			s->receipt->network = "host";
	}
	make_page(NULL);
	json_t *last = block("part-2"), *receipts = block("receipts");
	const json_t *detail = json_array_get(last, 1);

	ck_assert_uint_eq(json_array_size(last), 2);
	ck_assert_ptr_null(strstr(page.s, "id=\"part-3\""));
	ck_assert_uint_eq(json_array_size(receipts), 2);
	ck_assert_int_eq(json_integer_value(json_object_get(detail, "receipt")), 1);
	ck_assert_str_eq(json_string_value(json_object_get(detail, "sandbox")), "sb129");
	json_decref(last);
	json_decref(receipts);
}
END_TEST

/* Of a stream of n bytes: what the page shows of it. */
static const char *shown_of(struct scenario_result *s, const char *data, size_t n)
{
	static json_t *part;

	s->steps[0].out = (struct captured){ .data = data, .len = n, .head = n, .total = n };
	make_page(NULL);
	json_decref(part);
	part = block("part-0");
	return json_string_value(json_object_get(
	        json_object_get(
	                json_array_get(json_object_get(json_array_get(part, 0), "steps"), 0),
	                "out"),
	        "text"));
}

START_TEST(a_long_line_is_cut_between_characters)
{
	struct scenario_result *s = add("s", VERDICT_FAIL);
	size_t n = 10u << 20;
	char *data = xmalloc(n);

	for (size_t i = 0; i + 2 < n; i += 3)
		memcpy(data + i, "\xe2\x82\xac", 3);
	memset(data + n - n % 3, 'x', n % 3);
	const char *shown = shown_of(s, data, n);

	ck_assert_uint_le(strlen(shown), 65536 + 64);
	ck_assert_ptr_nonnull(strstr(shown, " bytes cut ...]\n"));
	ck_assert_ptr_null(strstr(shown, "\xef\xbf\xbd"));
	ck_assert_uint_le(page.len, 200000);
	free(data);
}
END_TEST

START_TEST(output_without_bound_makes_no_page_without_bound)
{
	char *data = xmalloc(65536);

	memset(data, 'x', 65536);
	for (int i = 0; i < SCENARIOS_MAX; i++) {
		AUTO_STR name = xasprintf("s%d", i);
		struct scenario_result *s = add(name, i % 2 ? VERDICT_FAIL : VERDICT_PASS);

		s->steps[0].out = s->steps[0].err = (struct captured){
			.data = data, .len = 65536, .head = 65536, .total = 65536
		};
	}
	make_page(NULL);
	ck_assert_uint_le(page.len, 52u << 20);
	ck_assert_uint_ge(page.len, 20u << 20);
	free(data);
}
END_TEST

START_TEST(the_past_is_shown_oldest_first)
{
	struct scenario_result *s = add("s", VERDICT_PASS);
	CLEANUP(past_free) struct past *past = past_new(run);

	past_add(
	        past, s->file, s->id, &(struct past_point){ "newer", 2000000000, 4, VERDICT_FAIL });
	past_add(
	        past, s->file, s->id, &(struct past_point){ "older", 1000000000, 3, VERDICT_PASS });
	make_page(past);
	json_t *part = block("part-0");
	char *got = json_dumps(json_object_get(json_array_get(part, 0), "past"), JSON_COMPACT);

	ck_assert_str_eq(got, "[[1000,3,0,\"older\"],[2000,4,3,\"newer\"]]");
	free(got);
	json_decref(part);
}
END_TEST

START_TEST(a_run_of_nothing_is_a_page)
{
	make_page(NULL);
	json_t *index = block("index");

	ck_assert_uint_eq(json_array_size(json_object_get(index, "rows")), 0);
	json_decref(index);
	ck_assert_ptr_nonnull(strstr(page.s, "<title>0 passed, run r7k2m9qa</title>"));
}
END_TEST

/* ---- Markdown ---- */

START_TEST(names_in_markdown_are_text)
{
	add("a|b `c` <b> @d [e](f) # *g*", VERDICT_FAIL);
	report_markdown(run, &page);
	ck_assert_ptr_nonnull(
	        strstr(page.s, "### t/a\\|b \\`c\\` &lt;b\\> &#64;d \\[e\\]\\(f\\) \\# \\*g\\*\n"));
	ck_assert_ptr_nonnull(strstr(page.s, "| t/a\\|b \\`c\\` &lt;b\\> &#64;d"));
}
END_TEST

START_TEST(output_ends_no_block_of_markdown)
{
	struct scenario_result *s = add("s", VERDICT_FAIL);

	s->steps[0].out = text("```\n````\n</details>\x1b[31m\n");
	s->steps[0].failures = &(struct failure){
		.code = REASON_EXIT_CODE, .message = "no", .step = "step", .file = "t.clnrm.toml"
	};
	s->steps[0].n_failures = 1;
	report_markdown(run, &page);
	ck_assert_uint_eq(count("\n`````text\n"), 1);
	ck_assert_uint_eq(count("\n`````\n"), 1);
	ck_assert_uint_eq(count("    ````\n    </details>^[[31m\n"), 1);
}
END_TEST

START_TEST(markdown_shows_some_failures_and_counts_the_rest)
{
	for (int i = 0; i < 40; i++) {
		AUTO_STR name = xasprintf("s%d", i);

		add(name, VERDICT_FAIL)->duration_ms = i;
	}
	report_markdown(run, &page);
	ck_assert_uint_eq(count("\n### "), 25);
	ck_assert_uint_eq(count("\nAnd 15 more.\n"), 1);
	ck_assert_ptr_nonnull(strstr(page.s, "| --- | ---: |\n| t/s39 | 39.0 ms |\n| t/s38 |"));
	ck_assert_ptr_null(strstr(page.s, "| t/s29 |"));
	ck_assert_ptr_nonnull(strstr(page.s, "# clnrm: 40 of 40 failed\n"));
}
END_TEST

/* Whoever wrote the project file, or a result that is read from a file: one line stays one line. */
START_TEST(what_a_quarantine_says_is_shown_as_text)
{
	static struct quarantine q = { .test = "t/*",
		.owner = "o<b>\n# Bail out!\x1b[31m",
		.until = "2030-01-01",
		.reason = "r|`\nnot ok 7" };
	struct scenario_result *s = add("s", VERDICT_FAIL);
	struct text_style plain = { .columns = 100 };
	AUTO_STRBUF err = STRBUF_INIT;

	s->quarantine = &q;
	run_result_count(run);
	ck_assert_uint_eq(run->summary.quarantined, 1);
	report_tap(run, 0, &page);
	ck_assert_uint_eq(count("\nnot ok 1 - t/s # TO"
	                        "DO quarantined until 2030-01-01\n"),
	        1);
	strbuf_reset(&page);
	report_markdown(run, &page);
	ck_assert_uint_eq(count("<b>"), 0);
	ck_assert_uint_eq(count("\n# Bail"), 0);
	ck_assert_ptr_null(strchr(page.s, '\x1b'));
	strbuf_reset(&page);
	report_human(run, &plain, &page, &err);
	ck_assert_uint_eq(count("\nnot ok 7"), 0);
	ck_assert_ptr_null(strchr(page.s, '\x1b'));
	ck_assert_uint_eq(count("1 quarantined"), 1);
	ck_assert_uint_eq(count(" failed"), 0);
	make_page(NULL);
	ck_assert_uint_eq(count("<b>"), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_a_quarantine_says_is_shown_as_text,
		nothing_that_a_test_wrote_ends_a_block_or_begins_one,
		characters_that_html_forbids_are_escaped,
		the_policy_allows_the_pages_own_style_and_script_alone,
		a_row_has_what_the_list_and_the_timeline_need,
		details_come_in_parts_and_equal_receipts_once,
		a_long_line_is_cut_between_characters,
		output_without_bound_makes_no_page_without_bound,
		the_past_is_shown_oldest_first,
		a_run_of_nothing_is_a_page,
		names_in_markdown_are_text,
		output_ends_no_block_of_markdown,
		markdown_shows_some_failures_and_counts_the_rest,
	};

	return check_run_with("formats", tests, ARRAY_LEN(tests), set_up, tear_down);
}

/* The digest of a run (cli.md 4.6): what it is made of, and what it does not depend on. */
#include <stdio.h>
#include <string.h>

#include "daemon/core/digest.h"
#include "daemon/wire/wire.h"
#include "tests/unit/check_main.h"

static struct run_result *run;

static struct scenario_result *add(size_t test, const char *name, const char *out)
{
	struct scenario_result *s = scenario_result_new();
	struct test_outcome *t = &run->tests[test];

	s->name = name;
	s->id = arena_printf(s->arena, "%s/%s", t->name, name);
	s->n_steps = 1;
	s->steps = arena_array(s->arena, 1, sizeof(*s->steps));
	s->steps[0] = (struct step_result){ .name = "run",
		.ran = true,
		.out = { .data = out,
		        .len = strlen(out),
		        .head = strlen(out),
		        .total = strlen(out) },
		.err = { .data = "" } };
	t->scenarios[t->n_scenarios++] = s;
	return s;
}

static void set_up(void)
{
	static const char *const names[] = { "b", "a" };

	run = run_result_new();
	run->cwd = "/work/tests";
	run->project = "/work/cleanroom.toml";
	run->n_tests = 2;
	run->tests = arena_array(run->arena, 2, sizeof(*run->tests));
	for (size_t i = 0; i < 2; i++)
		run->tests[i] = (struct test_outcome){ .name = names[i],
			.file = "x.clnrm.toml",
			.sha256 = "ab",
			.scenarios = arena_array(run->arena, 4, sizeof(void *)) };
	add(0, "two", "2\n");
	add(0, "one", "1\n");
	add(1, "only", "");
}

static void tear_down(void)
{
	run_result_free(run);
}

static const char *digest(void)
{
	static char text[8][RUN_DIGEST_LEN];
	static unsigned at;
	char *out = text[at++ % 8];

	ck_assert(wire_digest(run, out));
	return out;
}

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ONE "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865" /* "1\n" */
#define TWO "53c234e5e8472b6ac51c1ae1cab3fe06fad053beb8ebfd8977b010655bfdd3c3" /* "2\n" */
#define SCENARIO(name, out)                                                                    \
	"{\"name\":\"" name "\",\"reason\":null,\"steps\":[{\"exit_code\":0,\"name\":\"run\"," \
	"\"signal\":null,\"stderr_sha256\":\"" EMPTY "\",\"stdout_sha256\":\"" out             \
	"\"}],\"trace_digest\":null,\"verdict\":\"pass\"}"
#define TEST_OF(name, scenarios)                                                         \
	"{\"file_sha256\":\"ab\",\"name\":\"" name "\",\"path\":\"tests/x.clnrm.toml\"," \
	"\"scenarios\":[" scenarios "]}"

START_TEST(it_is_that_of_the_canonical_document)
{
	static const char document[] = "{\"schema\":\"clnrm.digest/1\",\"tests\":[" TEST_OF(
	        "a", SCENARIO("only", EMPTY)) "," TEST_OF("b",
	        SCENARIO("one", ONE) "," SCENARIO("two", TWO)) "]}";
	char want[DIGEST_HEX];
	struct digest d;

	digest_of(document, sizeof(document) - 1, &d);
	digest_hex(&d, want);
	ck_assert_int_eq(strncmp(digest(), "sha256:", 7), 0);
	ck_assert_str_eq(digest() + 7, want);
}
END_TEST

START_TEST(times_ids_attempts_order_and_cache_do_not_count)
{
	const char *before = digest();
	struct scenario_result *s = run->tests[0].scenarios[0];
	struct test_outcome first = run->tests[0];

	snprintf(run->id, sizeof(run->id), "another");
	run->started_wall_ns = 5;
	run->duration_ms = s->duration_ms = s->steps[0].duration_ms = 7;
	s->attempts = 2;
	s->cached = true;
	run->tests[0] = run->tests[1];
	run->tests[1] = first;
	ck_assert_str_eq(digest(), before);
}
END_TEST

START_TEST(verdicts_statuses_and_output_count)
{
	const char *before = digest();
	struct step_result *step = &run->tests[0].scenarios[0]->steps[0];

	step->exit_code = 1;
	ck_assert_str_ne(digest(), before);
	step->exit_code = 0;
	step->out.data = "3\n";
	ck_assert_str_ne(digest(), before);
	step->out.data = "2\n";
	ck_assert_str_eq(digest(), before);
	run->tests[0].scenarios[0]->verdict = VERDICT_FAIL;
	ck_assert_str_ne(digest(), before);
}
END_TEST

START_TEST(the_directory_of_the_client_does_not_count)
{
	const char *before = digest();

	run->cwd = "/work";
	run->tests[0].file = run->tests[1].file = "tests/x.clnrm.toml";
	ck_assert_str_eq(digest(), before);
}
END_TEST

START_TEST(what_a_limit_cut_counts_by_what_is_left_and_how_much_is_missing)
{
	struct captured *c = &run->tests[0].scenarios[0]->steps[0].out;

	*c = (struct captured){ .data = "abcd", .len = 4, .head = 2, .total = 10 };
	const char *before = digest();

	c->total = 11;
	ck_assert_str_ne(digest(), before);
	*c = (struct captured){
		.data = "ab\n[... 6 bytes cut ...]\ncd", .len = 27, .head = 27, .total = 27
	};
	c->len = c->head = c->total = strlen(c->data);
	ck_assert_str_eq(digest(), before);
}
END_TEST

START_TEST(a_run_whose_output_is_not_all_there_has_none)
{
	char out[RUN_DIGEST_LEN] = "x";

	run->digest = "";
	ck_assert(!wire_digest(run, out));
	ck_assert_str_eq(out, "");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_is_that_of_the_canonical_document,
		times_ids_attempts_order_and_cache_do_not_count,
		verdicts_statuses_and_output_count,
		the_directory_of_the_client_does_not_count,
		what_a_limit_cut_counts_by_what_is_left_and_how_much_is_missing,
		a_run_whose_output_is_not_all_there_has_none,
	};

	return check_run_with("digest", tests, ARRAY_LEN(tests), set_up, tear_down);
}

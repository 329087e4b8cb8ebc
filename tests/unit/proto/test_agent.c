/* The codec of proto/agent.h: what goes in comes out, each bound plus one is refused. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/mem.h"
#include "proto/agent.h"

static struct strbuf b;
static struct err e;

static void setup(void)
{
	b = (struct strbuf)STRBUF_INIT;
	e = (struct err){ .code = ERR_NONE };
}

static void teardown(void)
{
	strbuf_release(&b);
}

static struct agent_record record(void)
{
	struct agent_record r;
	size_t used;

	ck_assert_msg(agent_next(b.s, b.len, AGENT_MAX_BODY, &r, &used, &e) == 1, "%s", e.msg);
	ck_assert_uint_eq(used, b.len);
	return r;
}

static struct agent_step step(void)
{
	static const char *const argv[] = { "sh", "-c", "", NULL }, *const env[] = { "A=1", NULL };

	return (struct agent_step){ .flags = AGENT_STEP_GATE | AGENT_STEP_MAKE_DIR,
		.umask = 077,
		.user = "1000:100",
		.workdir = "/workspace",
		.expected_codes = { 1, 2, 3, UINT64_MAX },
		.expected_signal = 9,
		.output_max = 1ull << 40,
		.rlimits = { 1024, 1ull << 33, 7 },
		.argv = argv,
		.env = env,
		.stdin_data = "a\0b",
		.stdin_len = 3 };
}

START_TEST(a_batch_comes_out_as_it_went_in)
{
	struct agent_step in[2] = { step(), step() }, *out;
	size_t n;

	in[1].user = in[1].workdir = "";
	in[1].stdin_len = 0;
	agent_put_batch(&b, in, 2);
	struct agent_record r = record();
	ck_assert_uint_eq(r.type, AGENT_BATCH);
	ck_assert_int_eq(agent_get_batch(&r, &out, &n, &e), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(out[0].flags, in[0].flags);
	ck_assert_uint_eq(out[0].umask, 077);
	ck_assert_str_eq(out[0].user, "1000:100");
	ck_assert_str_eq(out[0].workdir, "/workspace");
	ck_assert_mem_eq(out[0].expected_codes, in[0].expected_codes, sizeof(in[0].expected_codes));
	ck_assert_uint_eq(out[0].expected_signal, 9);
	ck_assert_uint_eq(out[0].output_max, 1ull << 40);
	ck_assert_mem_eq(&out[0].rlimits, &in[0].rlimits, sizeof(in[0].rlimits));
	ck_assert_str_eq(out[0].argv[1], "-c");
	ck_assert_str_eq(out[0].argv[2], "");
	ck_assert_ptr_null(out[0].argv[3]);
	ck_assert_str_eq(out[1].env[0], "A=1");
	ck_assert_ptr_null(out[1].env[1]);
	ck_assert_uint_eq(out[0].stdin_len, 3);
	ck_assert_mem_eq(out[0].stdin_data, "a\0b", 3);
	ck_assert_uint_eq(out[1].stdin_len, 0);
	agent_free_steps(out, n);
}
END_TEST

START_TEST(every_cut_of_a_batch_is_refused_and_reads_nothing_beyond)
{
	struct agent_step in = step(), *out;
	size_t n;

	agent_put_batch(&b, &in, 1);
	struct agent_record r = record();
	for (uint32_t len = 0; len < r.len; len++) {
		/* a block of its own, so that a sanitizer sees every byte too far */
		void *exact = xmemdup(r.body, len ? len : 1);
		struct agent_record cut = { .type = r.type, .body = exact, .len = len };

		ck_assert_int_eq(agent_get_batch(&cut, &out, &n, &e), -1);
		free(exact);
	}
}
END_TEST

START_TEST(a_record_waits_for_its_last_byte)
{
	struct agent_record r;
	size_t used;

	agent_put_u32(&b, AGENT_KILL, 3, 9);
	for (size_t n = 0; n < b.len; n++)
		ck_assert_int_eq(agent_next(b.s, n, AGENT_MAX_BODY, &r, &used, &e), 0);
	r = record();
	ck_assert_uint_eq(r.type, AGENT_KILL);
	ck_assert_uint_eq(r.step, 3);
}
END_TEST

START_TEST(one_byte_more_than_the_bound_is_refused)
{
	static const uint32_t bounds[] = { AGENT_MAX_BODY, AGENT_MAX_EVENT };

	for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
		struct agent_record r;
		size_t used;

		for (uint32_t more = 0; more < 2; more++) {
			strbuf_reset(&b);
			agent_add_u32(&b, bounds[i] + more);
			agent_add_u32(&b, AGENT_BATCH);
			agent_add_u32(&b, 0);
			ck_assert_int_eq(
			        agent_next(b.s, b.len, bounds[i], &r, &used, &e), more ? -1 : 0);
		}
		ck_assert_int_eq(e.code, ERR_LIMIT);
	}
}
END_TEST

static struct agent_step *many_steps(size_t n)
{
	struct agent_step *v = xcalloc(n, sizeof(*v));

	for (size_t i = 0; i < n; i++)
		v[i] = step();
	return v;
}

START_TEST(one_step_more_than_the_bound_is_refused)
{
	struct agent_step *in = many_steps(AGENT_MAX_STEPS + 1), *out;
	size_t n;

	agent_put_batch(&b, in, AGENT_MAX_STEPS);
	struct agent_record r = record();
	ck_assert_int_eq(agent_get_batch(&r, &out, &n, &e), 0);
	ck_assert_uint_eq(n, AGENT_MAX_STEPS);
	agent_free_steps(out, n);
	strbuf_reset(&b);
	agent_put_batch(&b, in, AGENT_MAX_STEPS + 1);
	r = record();
	ck_assert_int_eq(agent_get_batch(&r, &out, &n, &e), -1);
	ck_assert_int_eq(e.code, ERR_LIMIT);
	free(in);
}
END_TEST

START_TEST(one_string_more_than_the_bound_is_refused)
{
	const char **list = xcalloc(AGENT_MAX_STRINGS + 2, sizeof(*list));
	struct agent_step in = step(), *out;
	size_t n;

	for (size_t i = 0; i < AGENT_MAX_STRINGS - 1; i++)
		list[i] = "x";
	in.argv = list;
	for (int more = 0; more < 2; more++) { /* with one variable: exactly, then one too many */
		list[AGENT_MAX_STRINGS - 1] = more ? "x" : NULL;
		strbuf_reset(&b);
		agent_put_batch(&b, &in, 1);
		struct agent_record r = record();
		ck_assert_int_eq(agent_get_batch(&r, &out, &n, &e), more ? -1 : 0);
		if (!more)
			agent_free_steps(out, n);
	}
	ck_assert_int_eq(e.code, ERR_LIMIT);
	list[AGENT_MAX_STRINGS] = "x";
	strbuf_reset(&b);
	agent_put_batch(&b, &in, 1);
	struct agent_record r = record();
	ck_assert_int_eq(agent_get_batch(&r, &out, &n, &e), -1);
	free(list);
}
END_TEST

START_TEST(a_step_needs_a_program_and_known_flags)
{
	static const char *const nothing[] = { NULL };
	struct agent_step in = step(), *out;
	size_t n;

	in.argv = nothing;
	agent_put_batch(&b, &in, 1);
	struct agent_record r = record();
	ck_assert_int_eq(agent_get_batch(&r, &out, &n, &e), -1);
	in = step();
	in.flags = AGENT_STEP_PASS << 1;
	strbuf_reset(&b);
	agent_put_batch(&b, &in, 1);
	r = record();
	ck_assert_int_eq(agent_get_batch(&r, &out, &n, &e), -1);
}
END_TEST

START_TEST(a_nul_in_a_name_is_refused)
{
	struct agent_file *out;
	size_t n, at = agent_begin(&b, AGENT_FILES, 0);

	agent_add_u32(&b, 1);
	agent_add_str(&b, "/a\0b", 4);
	for (int i = 0; i < 3; i++)
		agent_add_u32(&b, 0);
	agent_add_u8(&b, 0);
	agent_add_str(&b, "", 0);
	agent_add_str(&b, "", 0);
	agent_end(&b, at);
	struct agent_record r = record();
	ck_assert_int_eq(agent_get_files(&r, &out, &n, &e), -1);
}
END_TEST

START_TEST(files_come_out_as_they_went_in)
{
	struct agent_file in[] = { { .path = "/a",
		                           .mode = 0644,
		                           .uid = 1,
		                           .gid = 2,
		                           .link = "",
		                           .data = "\0x",
		                           .len = 2 },
		{ .path = "/d", .mode = 01777, .is_dir = 1, .link = "" },
		{ .path = "/l", .link = "a" } },
	                  *out;
	size_t n;

	agent_put_files(&b, in, 3);
	struct agent_record r = record();
	ck_assert_int_eq(agent_get_files(&r, &out, &n, &e), 0);
	ck_assert_uint_eq(n, 3);
	ck_assert_str_eq(out[0].path, "/a");
	ck_assert_uint_eq(out[0].uid, 1);
	ck_assert_uint_eq(out[0].gid, 2);
	ck_assert_uint_eq(out[0].len, 2);
	ck_assert_mem_eq(out[0].data, "\0x", 2);
	ck_assert_uint_eq(out[1].is_dir, 1);
	ck_assert_str_eq(out[2].link, "a");
	free(out);
}
END_TEST

START_TEST(more_files_than_the_bound_or_than_bytes_are_refused)
{
	static const uint32_t counts[] = { AGENT_MAX_FILES + 1, UINT32_MAX, AGENT_MAX_FILES, 1 };
	struct agent_file *out;
	size_t n;

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		strbuf_reset(&b);
		agent_put_u32(&b, AGENT_FILES, 0, counts[i]);
		struct agent_record r = record();
		ck_assert_int_eq(agent_get_files(&r, &out, &n, &e), -1);
		ck_assert_int_eq(e.code, i < 2 ? ERR_LIMIT : ERR_INVALID);
	}
}
END_TEST

START_TEST(an_exit_comes_out_as_it_went_in)
{
	struct agent_exit in = { .kind = AGENT_EXIT_NOEXEC,
		.what = AGENT_WHAT_INTERPRETER,
		.value = -2,
		.started_ns = 1,
		.ended_ns = UINT64_MAX,
		.user_us = 3,
		.system_us = 4,
		.max_rss_bytes = 5,
		.total = { 6, 7 },
		.cut_at = { 8, 9 },
		.detail = "why" };
	struct agent_exit out;

	agent_put_exit(&b, 77, &in);
	struct agent_record r = record();
	ck_assert_uint_eq(r.step, 77);
	ck_assert_int_eq(agent_get_exit(&r, &out, &e), 0);
	ck_assert_int_eq(out.value, -2);
	ck_assert_uint_eq(out.what, AGENT_WHAT_INTERPRETER);
	ck_assert_uint_eq(out.ended_ns, UINT64_MAX);
	ck_assert_uint_eq(out.total[1], 7);
	ck_assert_uint_eq(out.cut_at[1], 9);
	ck_assert_str_eq(out.detail, "why");
	b.s[AGENT_HEADER] = AGENT_EXIT_NOEXEC + 1;
	ck_assert_int_eq(agent_get_exit(&r, &out, &e), -1);
}
END_TEST

START_TEST(output_is_bounded_by_its_chunk)
{
	AUTO_STR big = xcalloc(1, AGENT_CHUNK + 1);
	const void *p;
	uint8_t stream;
	uint64_t ns;
	size_t n;

	for (size_t more = 0; more < 2; more++) {
		strbuf_reset(&b);
		agent_put_output(&b, 5, 2, 99, big, AGENT_CHUNK + more);
		struct agent_record r = record();
		ck_assert_int_eq(agent_get_output(&r, &stream, &ns, &p, &n, &e), more ? -1 : 0);
	}
	ck_assert_uint_eq(stream, 2);
	ck_assert_uint_eq(ns, 99);
	ck_assert_uint_eq(n, AGENT_CHUNK);
	strbuf_reset(&b);
	agent_put_output(&b, 5, 3, 0, big, 1);
	struct agent_record r = record();
	ck_assert_int_eq(agent_get_output(&r, &stream, &ns, &p, &n, &e), -1);
}
END_TEST

START_TEST(what_was_taken_of_stdin_comes_out_as_it_went_in)
{
	agent_put_taken(&b, 3, 1ull << 40, true);
	struct agent_record r = record();
	struct agent_cursor c = agent_cursor(&r);
	ck_assert_uint_eq(r.type, AGENT_STDIN_TAKEN);
	ck_assert_uint_eq(r.step, 3);
	ck_assert_uint_eq(agent_u64(&c), 1ull << 40);
	ck_assert_uint_eq(agent_u8(&c), 1);
	ck_assert_ptr_eq(c.p, c.end);
	ck_assert(!c.bad);
}
END_TEST

START_TEST(a_look_and_its_answer_come_out_as_they_went_in)
{
	const struct agent_look in = { { .mode = 0120777, .uid = 1, .gid = 2, .size = 1ull << 40 },
		{ .error = 2 }, "to" };
	struct agent_look out;
	uint32_t error;
	const void *p;
	bool last;
	size_t n;

	agent_put_looked(&b, 4, &in);
	struct agent_record r = record();
	ck_assert_uint_eq(r.type, AGENT_LOOKED);
	ck_assert_int_eq(agent_get_looked(&r, &out, &e), 0);
	ck_assert_uint_eq(out.self.size, in.self.size);
	ck_assert_uint_eq(out.self.gid, 2);
	ck_assert_uint_eq(out.target.error, 2);
	ck_assert_str_eq(out.link, "to");
	for (uint32_t len = 0; len < r.len; len++) {
		struct agent_record cut = r;

		cut.len = len;
		ck_assert_int_eq(agent_get_looked(&cut, &out, &e), -1);
	}
	strbuf_reset(&b);
	agent_put_content(&b, 4, true, 13, "abc", 3);
	r = record();
	ck_assert_int_eq(agent_get_content(&r, &last, &error, &p, &n, &e), 0);
	ck_assert(last && error == 13 && n == 3 && memcmp(p, "abc", 3) == 0);
	r.len = 4;
	ck_assert_int_eq(agent_get_content(&r, &last, &error, &p, &n, &e), -1);
}
END_TEST

START_TEST(a_collection_and_its_answer_come_out_as_they_went_in)
{
	const char *const in[] = { "/a/*", "/b" };
	const struct agent_match put = {
		.mode = 0120777, .size = 7, .mtime = -3, .path = "/a/x", .link = "to"
	};
	const uint32_t counts[] = { 4, 0 };
	uint32_t matched[2];
	struct agent_match out;
	const char **patterns;
	uint64_t max;
	size_t n;
	bool more;

	agent_put_collect(&b, 99, in, 2);
	struct agent_record r = record();
	ck_assert_int_eq(agent_get_collect(&r, &max, &patterns, &n, &e), 0);
	ck_assert(max == 99 && n == 2);
	ck_assert_str_eq(patterns[1], "/b");
	free(patterns);
	for (uint32_t len = 0; len < r.len; len++) {
		struct agent_record cut = r;

		cut.len = len;
		ck_assert_int_eq(agent_get_collect(&cut, &max, &patterns, &n, &e), -1);
	}
	strbuf_reset(&b);
	agent_put_match(&b, &put);
	r = record();
	ck_assert_int_eq(agent_get_match(&r, &out, &e), 0);
	ck_assert(out.mode == put.mode && out.size == 7 && out.mtime == -3);
	ck_assert_str_eq(out.link, "to");
	r.len--;
	ck_assert_int_eq(agent_get_match(&r, &out, &e), -1);
	strbuf_reset(&b);
	agent_put_collected(&b, true, counts, 2);
	r = record();
	ck_assert_int_eq(agent_get_collected(&r, &more, matched, 2, &e), 0);
	ck_assert(more && matched[0] == 4 && matched[1] == 0);
	ck_assert_int_eq(agent_get_collected(&r, &more, matched, 1, &e), -1);
}
END_TEST

START_TEST(a_pulse_comes_out_as_it_went_in)
{
	const struct agent_pulse in = { .print = 1ull << 63 | 5, .processes = 7, .held = 1 };
	struct agent_pulse out;

	agent_put_pulsed(&b, &in);
	struct agent_record r = record();
	ck_assert_uint_eq(r.type, AGENT_PULSED);
	ck_assert_int_eq(agent_get_pulsed(&r, &out, &e), 0);
	ck_assert(out.print == in.print && out.processes == 7 && out.held == 1);
	for (uint32_t len = 0; len < r.len; len++) {
		struct agent_record cut = r;

		cut.len = len;
		ck_assert_int_eq(agent_get_pulsed(&cut, &out, &e), -1);
	}
	b.s[b.len - 1] = 2;
	ck_assert_int_eq(agent_get_pulsed(&r, &out, &e), -1);
}
END_TEST

START_TEST(a_single_step_is_read_as_one_of_a_batch)
{
	struct agent_step *in = many_steps(1), *out;

	agent_put_step(&b, 9, in);
	struct agent_record r = record();
	ck_assert_uint_eq(r.step, 9);
	ck_assert_int_eq(agent_get_step(&r, &out, &e), 0);
	ck_assert_str_eq(out->argv[0], in->argv[0]);
	agent_free_steps(out, 1);
	r.len--;
	ck_assert_int_eq(agent_get_step(&r, &out, &e), -1);
	free(in);
}
END_TEST

START_TEST(hello_carries_version_build_and_facts)
{
	static const char *const facts[] = { "pid", "1", "seccomp", "2" };

	agent_put_hello(&b, "1.0.0+x", facts, 2);
	struct agent_record r = record();
	struct agent_cursor c = agent_cursor(&r);
	ck_assert_uint_eq(agent_u32(&c), AGENT_VERSION);
	ck_assert_str_eq(agent_str(&c, NULL), "1.0.0+x");
	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		ck_assert_str_eq(agent_str(&c, NULL), facts[i]);
	ck_assert_ptr_eq(c.p, c.end);
	ck_assert(!c.bad);
}
END_TEST

START_TEST(a_cursor_beyond_its_end_gives_zero_and_says_so)
{
	struct agent_record r = { .body = (const uint8_t *)"\1\2\3", .len = 3 };
	struct agent_cursor c = agent_cursor(&r);
	size_t len = 5;

	ck_assert_uint_eq(agent_u8(&c), 1);
	ck_assert_uint_eq(agent_u32(&c), 0);
	ck_assert(c.bad);
	ck_assert_uint_eq(agent_u8(&c), 0);
	ck_assert_str_eq(agent_str(&c, &len), "");
	ck_assert_uint_eq(len, 0);
}
END_TEST

START_TEST(ten_thousand_steps_are_cheap_to_decode)
{
	struct agent_step *in = many_steps(AGENT_MAX_STEPS), *out;
	struct timespec from, to;
	size_t n;

	agent_put_batch(&b, in, AGENT_MAX_STEPS);
	struct agent_record r = record();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	ck_assert_int_eq(agent_get_batch(&r, &out, &n, &e), 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	/* A few ms; what is not linear takes seconds. */
	ck_assert_int_lt(
	        (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000, 500);
	agent_free_steps(out, n);
	free(in);
}
END_TEST

START_TEST(a_survey_and_what_was_found_come_out_as_they_went_in)
{
	const char *declared[] = { "/var/**", "/srv" }, *mounts[] = { "/data" };
	struct agent_survey in = { .flags = AGENT_SURVEY_FILES,
		.declared = declared,
		.n_declared = 2,
		.mounts = mounts,
		.n_mounts = 1 },
	                    out;
	const struct agent_found port = { .kind = AGENT_FOUND_PORT,
		.step = 3,
		.pid = 7,
		.n = 1ull << 40,
		.program = "nc",
		.path = "",
		.address = "tcp 127.0.0.1:80" };
	AUTO_STRBUF c = STRBUF_INIT;
	struct agent_found *found;
	struct agent_record r;
	size_t used, n;

	agent_put_survey(&b, &in);
	ck_assert_int_eq(agent_next(b.s, b.len, AGENT_MAX_BODY, &r, &used, &e), 1);
	ck_assert_uint_eq(r.type, AGENT_SURVEY);
	ck_assert_int_eq(agent_get_survey(&r, &out, &e), 0);
	ck_assert_uint_eq(out.flags, in.flags);
	ck_assert_uint_eq(out.n_declared, 2);
	ck_assert_str_eq(out.declared[1], "/srv");
	ck_assert_uint_eq(out.n_mounts, 1);
	ck_assert_str_eq(out.mounts[0], "/data");
	free(out.declared);
	free(out.mounts);
	r.len--;
	ck_assert_int_eq(agent_get_survey(&r, &out, &e), -1);

	size_t at = agent_begin(&c, AGENT_SURVEYED, 0);
	agent_add_u32(&c, 1);
	agent_add_found(&c, &port);
	agent_end(&c, at);
	ck_assert_int_eq(agent_next(c.s, c.len, AGENT_MAX_EVENT, &r, &used, &e), 1);
	ck_assert_int_eq(agent_get_surveyed(&r, &found, &n, &e), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(found[0].kind, AGENT_FOUND_PORT);
	ck_assert_uint_eq(found[0].pid, 7);
	ck_assert_uint_eq(found[0].n, 1ull << 40);
	ck_assert_str_eq(found[0].address, port.address);
	free(found);
	/* A kind that there is not, and more than may be. */
	c.s[AGENT_HEADER + 4] = AGENT_FOUND_KINDS;
	ck_assert_int_eq(agent_get_surveyed(&r, &found, &n, &e), -1);
	c.s[AGENT_HEADER + 4] = AGENT_FOUND_PORT;
	c.s[AGENT_HEADER] = (char)(AGENT_MAX_FOUND + 1);
	ck_assert_int_eq(agent_get_surveyed(&r, &found, &n, &e), -1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_batch_comes_out_as_it_went_in,
		every_cut_of_a_batch_is_refused_and_reads_nothing_beyond,
		a_record_waits_for_its_last_byte,
		one_byte_more_than_the_bound_is_refused,
		one_step_more_than_the_bound_is_refused,
		one_string_more_than_the_bound_is_refused,
		a_step_needs_a_program_and_known_flags,
		a_nul_in_a_name_is_refused,
		files_come_out_as_they_went_in,
		more_files_than_the_bound_or_than_bytes_are_refused,
		an_exit_comes_out_as_it_went_in,
		output_is_bounded_by_its_chunk,
		what_was_taken_of_stdin_comes_out_as_it_went_in,
		a_look_and_its_answer_come_out_as_they_went_in,
		a_pulse_comes_out_as_it_went_in,
		a_collection_and_its_answer_come_out_as_they_went_in,
		a_survey_and_what_was_found_come_out_as_they_went_in,
		a_single_step_is_read_as_one_of_a_batch,
		hello_carries_version_build_and_facts,
		a_cursor_beyond_its_end_gives_zero_and_says_so,
		ten_thousand_steps_are_cheap_to_decode,
	};
	Suite *s = suite_create("agent");
	TCase *t = tcase_create("agent");

	tcase_add_checked_fixture(t, setup, teardown);
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}

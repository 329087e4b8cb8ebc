#include "tests/unit/check_main.h"

#include "tests/unit/server/harness.h"

#include "daemon/server/runs_stream.h"

static struct bed bed;
static struct run_request req;
static struct run_stream *stream;
static uint64_t seq;

static void open_stream(enum form form, enum inner inner)
{
	bed_open(&bed, form, inner);
	stream = run_stream_new(&bed.x.req, &req);
}

static void teardown(void)
{
	run_stream_free(stream);
	bed_close(&bed);
}

static void emit(struct event ev)
{
	ev.seq = ++seq;
	run_stream_event(stream, &ev);
}

static void begin(void)
{
	emit((struct event){ .kind = EV_RUN, .run = { .id = "r7k2m9qa", .cwd = "/", .jobs = 1 } });
	emit((struct event){ .kind = EV_PLAN, .plan = { .tests = 1, .scenarios = 1 } });
}

static void output(const char *text, size_t n)
{
	emit((struct event){ .kind = EV_OUTPUT,
	        .output = { .scenario = "t/s", .step = "one", .data = text, .len = n } });
}

static void progress(void)
{
	emit((struct event){ .kind = EV_PROGRESS, .progress = { .total = 1 } });
}

static void end(struct run_result *r, int exit)
{
	r->exit = exit;
	r->state = "done";
	snprintf(r->id, sizeof(r->id), "r7k2m9qa");
	emit((struct event){ .kind = EV_RESULT, .result = { .summary = &r->summary } });
	emit((struct event){ .kind = EV_END, .end = { .exit = exit } });
	static const struct document all = { .parts = { true, true } };
	AUTO_STRBUF bytes = STRBUF_INIT;

	run_stream_render(stream, r, &all, &bytes);
	stream_write(&bed.x, bytes.s, bytes.len);
	run_stream_end(stream, r->exit);
	run_result_free(r);
}

/* More than a reader may leave unread. */
static void flood(void)
{
	char *text = xcalloc(1, 65537);

	memset(text, 'x', 65536);
	for (size_t i = 0; i <= STREAM_DROP_FROM / 65536 + 2; i++)
		output(text, 65536);
	free(text);
}

START_TEST(the_run_event_opens_the_answer_and_names_the_run)
{
	open_stream(FORM_NDJSON, INNER_HUMAN);
	emit((struct event){ .kind = EV_CANCEL, .cancel_by = "shutdown" });
	ck_assert(!bed.queued);
	begin();
	ck_assert(bed.queued);
	ck_assert_ptr_nonnull(strstr(bed.x.headers.s, "Clnrm-Run: r7k2m9qa\n"));
	ck_assert(bed_has(&bed, "{\"ev\":\"run\""));
}
END_TEST

START_TEST(people_get_text_in_frames_and_the_exit_code_last)
{
	open_stream(FORM_FRAMES, INNER_HUMAN);
	begin();
	end(run_result_new(), 1);
	ck_assert(bed_has(&bed, "1 test, 1 scenario"));
	ck_assert_str_eq(bed.sent.s + bed.sent.len - strlen("x 1\n1"), "x 1\n1");
	ck_assert(bed.x.ended);
}
END_TEST

START_TEST(a_document_comes_alone_on_stdout)
{
	open_stream(FORM_FRAMES, INNER_JSON);
	begin();
	output("hello\n", 6);
	ck_assert_uint_eq(stream_backlog(&bed.x), 0);
	end(run_result_new(), 0);
	ck_assert_int_eq(strncmp(bed_read(&bed), "o ", 2), 0);
	ck_assert(bed_has(&bed, "{\"schema\":\"clnrm.run/1\""));
	ck_assert(!bed_has(&bed, "\ne "));
}
END_TEST

START_TEST(a_plain_client_gets_the_document_without_frames)
{
	open_stream(FORM_JSON, INNER_HUMAN);
	begin();
	end(run_result_new(), 0);
	ck_assert_int_eq(strncmp(bed_read(&bed), "{\"schema\":", 10), 0);
	ck_assert_int_eq(bed.sent.s[bed.sent.len - 1], '\n');
}
END_TEST

START_TEST(reports_are_files_by_their_number)
{
	req = (struct run_request){ .n_reports = 3,
		.reports = { REPORT_TAP, REPORT_NDJSON, REPORT_JUNIT } };
	open_stream(FORM_FRAMES, INNER_HUMAN);
	ck_assert(run_stream_wants_output(stream));
	begin();
	ck_assert(bed_has(&bed, "f 2 "));
	ck_assert(!bed_has(&bed, "f 1 "));
	end(run_result_new(), 0);
	ck_assert(bed_has(&bed, "f 1 "));
	ck_assert(bed_has(&bed, "TAP version 14"));
	ck_assert(bed_has(&bed, "f 3 "));
	ck_assert(bed_has(&bed, "<?xml"));
}
END_TEST

START_TEST(pages_and_digests_are_files_too)
{
	req = (struct run_request){ .n_reports = 3,
		.reports = { REPORT_HTML, REPORT_DIGEST, REPORT_MARKDOWN } };
	open_stream(FORM_FRAMES, INNER_HUMAN);
	begin();
	end(run_result_new(), 0);
	ck_assert(bed_has(&bed, "f 1 "));
	ck_assert(bed_has(&bed, "\n<!DOCTYPE html>"));
	ck_assert(bed_has(&bed, "f 2 65\n"));
	ck_assert(bed_has(&bed, "# clnrm: 0 passed"));
	ck_assert(!bed_has(&bed, "\ndigest sha256:"));
}
END_TEST

/* The digest stands before the summary, which stays the last line. */
START_TEST(a_digest_that_was_asked_for_comes_before_the_summary)
{
	req = (struct run_request){ .digest = true };
	open_stream(FORM_FRAMES, INNER_HUMAN);
	begin();
	emit((struct event){ .kind = EV_NOTE, .note = { .code = "x", .message = "kept" } });
	end(run_result_new(), 0);
	const char *digest = strstr(bed_read(&bed), "digest sha256:");

	ck_assert_ptr_nonnull(digest);
	ck_assert_ptr_nonnull(strstr(digest, "\n0 passed   0 scenarios of 0 tests in "));
}
END_TEST

START_TEST(a_digest_that_was_asked_for_is_in_the_result_event)
{
	req = (struct run_request){ .digest = true, .n_reports = 1, .reports = { REPORT_NDJSON } };
	open_stream(FORM_FRAMES, INNER_NDJSON);
	begin();
	end(run_result_new(), 3);
	const char *first = strstr(bed_read(&bed), "\"digest\":\"sha256:");

	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_nonnull(strstr(first + 1, "\"digest\":\"sha256:"));
	ck_assert_ptr_nonnull(strstr(first, "\"ev\":\"end\",\"seq\":4,\"t_ms\":0,\"exit\":3"));
}
END_TEST

START_TEST(a_slow_reader_loses_output_and_is_told_how_much)
{
	open_stream(FORM_NDJSON, INNER_HUMAN);
	begin();
	flood();
	size_t held = stream_backlog(&bed.x);
	output("more", 4);
	progress();
	ck_assert_uint_eq(stream_backlog(&bed.x), held);
	emit((struct event){ .kind = EV_NOTE, .note = { .code = "x", .message = "kept" } });
	ck_assert(bed_has(&bed, "{\"ev\":\"gap\""));
	ck_assert(bed_has(&bed, "\"message\":\"kept\""));
	const char *gap = strstr(bed.sent.s, "{\"ev\":\"gap\"");
	ck_assert_ptr_nonnull(strstr(gap, "\"dropped\":"));
	ck_assert_ptr_null(strstr(gap, "\"more\""));
}
END_TEST

START_TEST(a_verdict_reaches_the_slowest_reader)
{
	struct scenario_result *sc = scenario_result_new();

	sc->id = "t/s";
	sc->name = "s";
	sc->test = "t";
	sc->file = "t.clnrm.toml";
	open_stream(FORM_NDJSON, INNER_HUMAN);
	begin();
	flood();
	emit((struct event){ .kind = EV_SCENARIO_END, .scenario_end = sc });
	ck_assert(bed_has(&bed, "\"ev\":\"scenario_end\""));
	scenario_result_unref(sc);
}
END_TEST

START_TEST(a_slow_terminal_is_not_redrawn_but_cleared)
{
	bed_open(&bed, FORM_FRAMES, INNER_HUMAN);
	bed.x.req.style.live = true;
	stream = run_stream_new(&bed.x.req, &req);
	begin();
	progress();
	ck_assert(bed_has(&bed, "p "));
	char *text = xcalloc(1, STREAM_LIVE_MAX + 1);
	stream_frame(&bed.x, 'o', text, STREAM_LIVE_MAX);
	free(text);
	size_t held = stream_backlog(&bed.x);
	progress();
	ck_assert_uint_eq(stream_backlog(&bed.x), held);
	end(run_result_new(), 0);
	ck_assert(bed_has(&bed, "p 0\n"));
}
END_TEST

START_TEST(progress_beside_a_document_needs_a_terminal)
{
	bed_open(&bed, FORM_FRAMES, INNER_JSON);
	bed.header[0][0] = "Clnrm-Tty";
	bed.header[0][1] = "1";
	bed.x.req.style.live = true;
	stream = run_stream_new(&bed.x.req, &req);
	begin();
	progress();
	ck_assert_uint_eq(stream_backlog(&bed.x), 0);
	run_stream_free(stream);
	bed.header[0][1] = "3";
	bed.queued = false;
	stream = run_stream_new(&bed.x.req, &req);
	begin();
	progress();
	ck_assert(bed_has(&bed, "p "));
	ck_assert(!bed_has(&bed, "o "));
}
END_TEST

START_TEST(a_list_names_what_would_run)
{
	struct run_result *r = run_result_new();
	struct scenario_result *a = scenario_result_new(), *b = scenario_result_new();
	const char *tags[] = { "fast", "db", NULL };
	AUTO_STRBUF json = STRBUF_INIT, text = STRBUF_INIT;

	a->id = "t/a";
	a->name = "a";
	a->file = "t.clnrm.toml";
	a->line = 4;
	a->tags = (struct str_list){ tags, 2 };
	b->id = "t/b";
	b->name = "b";
	b->file = "t.clnrm.toml";
	b->reason = REASON_SKIP;
	r->tests = arena_array(r->arena, 1, sizeof(*r->tests));
	r->n_tests = 1;
	r->tests[0].scenarios = arena_array(r->arena, 2, sizeof(*r->tests[0].scenarios));
	r->tests[0].scenarios[0] = a;
	r->tests[0].scenarios[1] = b;
	r->tests[0].n_scenarios = 2;
	r->listed = r->tests[0].scenarios;
	r->n_listed = 2;
	open_stream(FORM_TEXT, INNER_HUMAN);
	run_list_render(r, &json, &text);
	ck_assert_str_eq(text.s, "t.clnrm.toml::a\tfast,db\n");
	ck_assert_ptr_nonnull(strstr(json.s, "\"scenarios\":[{\"id\":\"t/a\""));
	ck_assert_ptr_null(strstr(json.s, "t/b"));
	run_result_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { the_run_event_opens_the_answer_and_names_the_run,
		people_get_text_in_frames_and_the_exit_code_last, a_document_comes_alone_on_stdout,
		a_plain_client_gets_the_document_without_frames, reports_are_files_by_their_number,
		pages_and_digests_are_files_too,
		a_digest_that_was_asked_for_comes_before_the_summary,
		a_digest_that_was_asked_for_is_in_the_result_event,
		a_slow_reader_loses_output_and_is_told_how_much,
		a_verdict_reaches_the_slowest_reader, a_slow_terminal_is_not_redrawn_but_cleared,
		progress_beside_a_document_needs_a_terminal, a_list_names_what_would_run };

	return check_run_with("runs stream", tests, ARRAY_LEN(tests), NULL, teardown);
}

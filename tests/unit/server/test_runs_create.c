/* Handlers of runs over a runner that the test plays. */
#include "tests/unit/check_main.h"

#include "tests/unit/server/harness.h"

#include "daemon/server/handlers.h"
#include "daemon/server/live.h"

/* ---- the runner ---- */

struct run {
	struct run_sink sink;
	void *arg;
	const char *id, *cancelled;
	bool want_output;
	unsigned holds;
};
static struct run run = { .id = "r7k2m9qa" };
static enum { GOES_ON, WANTS_ENV, REFUSES } play;

struct run *run_start(
        struct runner *r, const struct run_options *opt, const struct run_sink *sink, void *arg)
{
	const char *names[] = { "AWS_*", NULL };
	const struct str_list need = { names, 1 };

	(void)r;
	run.sink = *sink;
	run.arg = arg;
	run.want_output = opt->want_output;
	if (play == WANTS_ENV)
		sink->need_env(arg, &need);
	if (play == REFUSES)
		sink->refused(arg, "no-match", 2, "no scenario matches", NULL, NULL);
	if (play != GOES_ON)
		sink->done(arg, NULL);
	return &run;
}

struct run *run_find(struct runner *r, const char *id)
{
	(void)r;
	return strcmp(id, run.id) == 0 ? &run : NULL;
}

/* The test's project and its files. */
static struct settings settings = {
	.root = "/project", .include_timestamps = true, .include_logs = true
};
static const struct report_wish *wishes;
static size_t n_wishes;

const struct settings *run_settings(const struct run *r)
{
	(void)r;
	return &settings;
}

void run_each_wish(const struct run *r,
        void (*fn)(void *arg, const struct report_wish *wish, const struct test_outcome *test),
        void *arg)
{
	static struct test_outcome test = { .name = "t", .file = "t.clnrm.toml" };

	(void)r;
	for (size_t i = 0; i < n_wishes; i++)
		fn(arg, &wishes[i], &test);
}

void run_hold(struct run *r)
{
	r->holds++;
}

void run_release(struct run *r)
{
	ck_assert_uint_gt(r->holds--, 0);
}

const char *run_id(const struct run *r)
{
	return r->id;
}

void run_cancel(struct run *r, const char *by)
{
	r->cancelled = by;
}

void visit_resize(struct try_run *t, unsigned rows, unsigned columns)
{
	(void)t;
	(void)rows;
	(void)columns;
	ck_abort_msg("no visit here");
}

void try_cancel(struct try_run *t)
{
	(void)t;
	ck_abort_msg("no try runs here");
}

static void emit_run(void)
{
	const struct event ev = { .kind = EV_RUN, .seq = 1, .run = { .id = run.id, .cwd = "/" } };

	run.sink.event(run.arg, &ev);
}

static void end_run(const char *state, int exit)
{
	struct run_result *res = run_result_new();

	res->state = state;
	res->exit = exit;
	run.sink.done(run.arg, res);
	run_result_free(res);
}

/* ---- requests ---- */

static struct bed bed, other;

static void post(const char *body, enum form form)
{
	bed_open(&bed, form, INNER_HUMAN);
	bed.x.req.json = json_loads(body, 0, NULL);
	ck_assert_ptr_nonnull(bed.x.req.json);
	handle_run_create(&bed.x.req);
}

/* A second connection to the same server. */
static void ask(const char *part, const char *json, handler_fn *fn)
{
	bed_open(&other, FORM_JSON, INNER_HUMAN);
	other.x.server = &bed.server;
	other.x.req.server = &bed.server;
	other.x.req.part = part;
	other.x.req.json = json ? json_loads(json, 0, NULL) : NULL;
	fn(&other.x.req);
}

static void hang_up(struct bed *b)
{
	loop_fn *closed = b->x.closed;

	ck_assert_ptr_nonnull(closed);
	b->x.closed = NULL;
	closed(b->x.closed_arg);
}

static const char small[] = "{\"cwd\":\"/\",\"paths\":[\"a.clnrm.toml\"]}";

START_TEST(a_run_waits_for_its_first_event_and_then_streams)
{
	post(small, FORM_FRAMES);
	ck_assert(bed.x.suspended);
	ck_assert(!bed.queued);
	emit_run();
	ck_assert(bed.queued);
	end_run("done", 1);
	ck_assert(bed_has(&bed, "x 1\n1"));
	ck_assert_ptr_null(bed.server.lives);
	bed_close(&bed);
}
END_TEST

START_TEST(variables_are_asked_for_before_anything_else)
{
	play = WANTS_ENV;
	post(small, FORM_FRAMES);
	ck_assert_int_eq(bed.x.status, 428);
	ck_assert_ptr_nonnull(strstr(bed.x.headers.s, "Clnrm-Need-Env: AWS_*\n"));
	ck_assert_ptr_null(bed.server.lives);
	bed_close(&bed);
}
END_TEST

START_TEST(a_refusal_is_a_problem_with_its_exit_code)
{
	play = REFUSES;
	post(small, FORM_JSON);
	ck_assert_int_eq(bed.x.status, 422);
	ck_assert_ptr_nonnull(strstr(bed.x.headers.s, "Clnrm-Exit: 2\n"));
	ck_assert(bed_has(&bed, "\"code\":\"no-match\""));
	bed_close(&bed);
}
END_TEST

START_TEST(a_bad_body_starts_nothing)
{
	run.arg = NULL;
	post("{\"cwd\":\"/\",\"options\":{\"jobz\":1}}", FORM_JSON);
	ck_assert_int_eq(bed.x.status, 400);
	ck_assert(bed_has(&bed, "\"pointer\":\"/options/jobz\""));
	ck_assert(bed_has(&bed, "did you mean 'jobs'?"));
	ck_assert_ptr_null(run.arg);
	bed_close(&bed);
}
END_TEST

START_TEST(another_directory_starts_nothing)
{
	run.arg = NULL;
	post("{\"cwd\":{\"path\":\"/\",\"dev\":1,\"ino\":1}}", FORM_JSON);
	ck_assert_int_eq(bed.x.status, 409);
	ck_assert(bed_has(&bed, "\"code\":\"cwd-mismatch\""));
	ck_assert_ptr_null(run.arg);
	bed_close(&bed);
}
END_TEST

START_TEST(reports_need_a_client_that_writes_files)
{
	post("{\"cwd\":\"/\",\"reports\":[{\"kind\":\"tap\"}]}", FORM_JSON);
	ck_assert_int_eq(bed.x.status, 400);
	bed_close(&bed);
}
END_TEST

START_TEST(a_client_that_leaves_cancels_its_run)
{
	post(small, FORM_FRAMES);
	emit_run();
	hang_up(&bed);
	ck_assert_str_eq(run.cancelled, "disconnect");
	/* The run ends later, and nobody reads it. */
	size_t before = stream_backlog(&bed.x);
	emit_run();
	end_run("cancelled", 130);
	ck_assert_uint_eq(stream_backlog(&bed.x), before);
	ck_assert_ptr_null(bed.server.lives);
	bed_close(&bed);
}
END_TEST

START_TEST(a_client_that_leaves_before_the_first_event_is_forgotten)
{
	post(small, FORM_FRAMES);
	hang_up(&bed);
	ck_assert_str_eq(run.cancelled, "disconnect");
	emit_run();
	ck_assert(!bed.queued);
	end_run("cancelled", 130);
	bed_close(&bed);
}
END_TEST

START_TEST(delete_answers_when_the_run_is_over)
{
	post(small, FORM_FRAMES);
	emit_run();
	ask(run.id, NULL, handle_run_delete);
	ck_assert_str_eq(run.cancelled, "client");
	ck_assert(!other.queued);
	ck_assert(other.x.suspended);
	end_run("cancelled", 130);
	ck_assert(bed_has(
	        &other, "{\"state\":\"cancelled\",\"changed\":[\"r7k2m9qa\"],\"kept\":[],"));
	bed_close(&other);
	bed_close(&bed);
}
END_TEST

static struct store *no_store = (struct store *)&run; /* only that there is one counts */

static void post_detached(void)
{
	bed_open(&bed, FORM_JSON, INNER_HUMAN);
	bed.server.d.store = no_store;
	bed.x.req.json = json_loads("{\"cwd\":\"/\",\"detach\":true}", 0, NULL);
	handle_run_create(&bed.x.req);
}

START_TEST(a_run_that_is_left_answers_with_its_name_and_goes_on)
{
	const struct event plan = { .kind = EV_PLAN, .seq = 2, .plan = { .tests = 1 } };

	run.cancelled = NULL;
	post_detached();
	ck_assert(run.want_output);
	emit_run();
	ck_assert(!bed.queued);
	run.sink.event(run.arg, &plan);
	ck_assert_int_eq(bed.x.status, 202);
	ck_assert(bed_has(&bed, "{\"run\":\"r7k2m9qa\"}\n"));
	ck_assert_ptr_nonnull(strstr(bed.x.headers.s, "Location: /v1/runs/r7k2m9qa\n"));
	ck_assert_ptr_null(bed.x.closed);
	ck_assert_ptr_nonnull(bed.server.lives);
	run.sink.event(run.arg, &plan);
	end_run("done", 1);
	ck_assert_ptr_null(run.cancelled);
	ck_assert_ptr_null(bed.server.lives);
	bed_close(&bed);
}
END_TEST

START_TEST(who_leaves_before_the_name_is_told_cancels)
{
	post_detached();
	emit_run();
	hang_up(&bed);
	ck_assert_str_eq(run.cancelled, "disconnect");
	end_run("cancelled", 130);
	ck_assert(!bed.queued);
	bed_close(&bed);
}
END_TEST

START_TEST(nothing_is_left_without_a_history)
{
	post("{\"cwd\":\"/\",\"detach\":true}", FORM_JSON);
	ck_assert_int_eq(bed.x.status, 422);
	ck_assert(bed_has(&bed, "\"code\":\"refused\""));
	bed_close(&bed);
}
END_TEST

START_TEST(all_runs_are_cancelled_at_once)
{
	post(small, FORM_FRAMES);
	emit_run();
	ask("all", NULL, handle_run_delete);
	ck_assert(other.x.suspended);
	end_run("cancelled", 130);
	ck_assert(bed_has(&other, "\"changed\":[\"r7k2m9qa\"]"));
	bed_close(&other);
	ask("all", NULL, handle_run_delete);
	ck_assert(bed_has(&other, "\"changed\":[],"));
	bed_close(&other);
	bed_close(&bed);
}
END_TEST

START_TEST(whoever_waits_for_the_end_may_leave)
{
	post(small, FORM_FRAMES);
	emit_run();
	ask(run.id, NULL, handle_run_delete);
	hang_up(&other);
	end_run("cancelled", 130);
	ck_assert(!other.queued);
	bed_close(&other);
	bed_close(&bed);
}
END_TEST

START_TEST(the_width_of_a_view_changes)
{
	post(small, FORM_FRAMES);
	emit_run();
	ask(run.id, "{\"columns\":60}", handle_run_view);
	ck_assert_int_eq(other.x.status, 204);
	bed_close(&other);
	ask("r0000000", "{\"columns\":60}", handle_run_view);
	ck_assert_int_eq(other.x.status, 404);
	bed_close(&other);
	ask(run.id, "{\"columns\":\"wide\"}", handle_run_view);
	ck_assert_int_eq(other.x.status, 400);
	bed_close(&other);
	const struct event plan = { .kind = EV_PLAN, .seq = 2, .plan = { .tests = 1 } };
	run.sink.event(run.arg, &plan);
	bed_read(&bed);
	const char *line = strstr(bed.sent.s, "1 test");
	ck_assert_ptr_nonnull(line);
	ck_assert_uint_le(strcspn(line, "\n"), 60);
	end_run("done", 0);
	bed_close(&bed);
}
END_TEST

START_TEST(output_is_wanted_only_by_those_who_show_it)
{
	post(small, FORM_FRAMES);
	ck_assert(!run.want_output);
	emit_run();
	end_run("done", 0);
	bed_close(&bed);
	post(small, FORM_NDJSON);
	ck_assert(run.want_output);
	emit_run();
	end_run("done", 0);
	bed_close(&bed);
}
END_TEST

START_TEST(reports_of_files_and_project_follow_those_of_the_request)
{
	static const struct report_wish two[] = { { "tap", "/project/x.tap", false },
		{ "json", "/project/x.tap", false } };

	wishes = two;
	n_wishes = ARRAY_LEN(two);
	settings.generate_html = settings.generate_junit = true;
	settings.report_dir = "./out";
	post("{\"cwd\":\"/\",\"reports\":[{\"kind\":\"tap\"}]}", FORM_FRAMES);
	emit_run();
	end_run("done", 0);
	ck_assert(bed_has(&bed, "n 2 14\n/project/x.tap"));
	ck_assert(bed_has(&bed, "two tests write the report '/project/x.tap'"));
	ck_assert(bed_has(&bed, "\"schema\":\"clnrm.run/1\""));
	ck_assert(bed_has(&bed, "n 3 22\n/project/out/junit.xml"));
	ck_assert(bed_has(&bed, "n 4 24\n/project/out/report.html"));
	ck_assert(bed_has(&bed, "\n<!DOCTYPE html>"));
	ck_assert(!bed_has(&bed, "n 5 "));
	bed_close(&bed);
}
END_TEST

START_TEST(a_daemon_that_ends_takes_no_run)
{
	bed_open(&bed, FORM_JSON, INNER_HUMAN);
	bed.server.quiet = true;
	bed.x.req.json = json_loads(small, 0, NULL);
	handle_run_create(&bed.x.req);
	ck_assert_int_eq(bed.x.status, 503);
	bed_close(&bed);
}
END_TEST

CHECK_MAIN("runs", a_run_waits_for_its_first_event_and_then_streams,
        variables_are_asked_for_before_anything_else, a_refusal_is_a_problem_with_its_exit_code,
        a_bad_body_starts_nothing, another_directory_starts_nothing,
        reports_need_a_client_that_writes_files, a_client_that_leaves_cancels_its_run,
        a_client_that_leaves_before_the_first_event_is_forgotten,
        delete_answers_when_the_run_is_over, a_run_that_is_left_answers_with_its_name_and_goes_on,
        who_leaves_before_the_name_is_told_cancels, nothing_is_left_without_a_history,
        all_runs_are_cancelled_at_once, whoever_waits_for_the_end_may_leave,
        the_width_of_a_view_changes, output_is_wanted_only_by_those_who_show_it,
        reports_of_files_and_project_follow_those_of_the_request, a_daemon_that_ends_takes_no_run)

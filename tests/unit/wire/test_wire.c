/* Round trips of cli.md 4.2 and 4.3: what the writers write, the readers give back. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>

#include "common/clock.h"
#include "daemon/wire/wire.h"

static struct arena *arena;
static struct err e;

static void set_up(void)
{
	arena = arena_new();
	e = (struct err){ 0 };
}

static void tear_down(void)
{
	arena_free(arena);
}

static struct str_list list(const char **words, size_t n)
{
	return (struct str_list){ words, n };
}

/* Writes ev, reads it back into *out; text is what was written, in the arena. */
static const char *round_trip(const struct event *ev, bool with_output, struct event *out)
{
	AUTO_STRBUF b = STRBUF_INIT;

	wire_event(ev, with_output, &b);
	ck_assert_int_eq(b.s[b.len - 1], '\n');
	ck_assert_ptr_eq(memchr(b.s, '\n', b.len), b.s + b.len - 1);
	ck_assert_msg(wire_read_event(b.s, b.len, arena, out, &e) == 0, "%s in %s", e.msg, b.s);
	ck_assert_int_eq(out->kind, ev->kind);
	ck_assert_uint_eq(out->seq, ev->seq);
	return arena_strndup(arena, b.s, b.len);
}

START_TEST(every_kind_of_event_is_read_back_as_its_kind)
{
	struct run_summary sum = { .tests = 1, .scenarios = 2, .pass = 2, .wall_ms = 3.25 };
	struct step_result step = { .name = "s", .exit_code = 0, .out.data = "", .err.data = "" };
	struct diag d = { .severity = SEV_NOTE, .code = "config.unknown_key", .message = "m" };
	struct finding f = { .kind = "stray_process", .message = "x", .severity = "report" };
	struct scenario_result *sc = scenario_result_new();

	sc->id = "a/b";
	for (unsigned kind = 0; kind < EV_COUNT; kind++) {
		struct event ev = { .kind = kind, .seq = kind + 1, .t_ms = 1.5 }, got;

		switch (ev.kind) {
		case EV_DIAGNOSTIC:
			ev.diag = &d;
			break;
		case EV_STEP_END:
			ev.step.result = &step;
			break;
		case EV_FINDING:
			ev.finding.finding = &f;
			break;
		case EV_SCENARIO_END:
			ev.scenario_end = sc;
			break;
		case EV_RESULT:
			ev.result.summary = &sum;
			break;
		case EV_TEST_END:
			ev.test.counts = &sum;
			break;
		default:
			break;
		}
		round_trip(&ev, true, &got);
		ck_assert_double_eq(got.t_ms, 1.5);
		if (kind == EV_RESULT)
			ck_assert_double_eq(got.result.summary->wall_ms, 3.25);
		if (kind == EV_SCENARIO_END) {
			ck_assert_str_eq(got.scenario_end->id, "a/b");
			scenario_result_unref(
			        (struct scenario_result *)(uintptr_t)got.scenario_end);
		}
	}
	scenario_result_unref(sc);
}
END_TEST

START_TEST(the_first_event_carries_run_time_and_paths)
{
	const char *paths[] = { "tests/", "a b.clnrm.toml" };
	struct event got, ev = { .kind = EV_RUN, .seq = 1 };

	ev.run.id = "r7k2m9qa";
	ev.run.at_wall_ns = 1768387267204113000;
	ev.run.cwd = "/tmp/x \"y\"";
	ev.run.jobs = 4;
	ev.run.build = "9c1e22f";
	ev.run.paths = list(paths, 2);
	const char *text = round_trip(&ev, false, &got);

	ck_assert_ptr_nonnull(strstr(text, "\"at\":\"2026-01-14T10:41:07.204113Z\""));
	ck_assert_ptr_nonnull(strstr(text, "\"schema\":\"clnrm.event/1\""));
	ck_assert(got.run.at_wall_ns == ev.run.at_wall_ns);
	ck_assert_str_eq(got.run.cwd, ev.run.cwd);
	ck_assert_uint_eq(got.run.paths.n, 2);
	ck_assert_str_eq(got.run.paths.v[1], "a b.clnrm.toml");
}
END_TEST

START_TEST(output_bytes_that_are_no_text_survive_in_base64)
{
	const char bytes[] = "\xff\x00\x80ok";
	struct event got, ev = { .kind = EV_OUTPUT, .seq = 3 };

	ev.output.scenario = "t/s";
	ev.output.step = "x";
	ev.output.is_stderr = true;
	ev.output.offset = UINT64_MAX;
	ev.output.data = bytes;
	ev.output.len = 5;
	const char *text = round_trip(&ev, false, &got);

	ck_assert_ptr_nonnull(strstr(text, "\"encoding\":\"base64\""));
	ck_assert_ptr_nonnull(strstr(text, "\"offset\":\"18446744073709551615\""));
	ck_assert_uint_eq(got.output.len, 5);
	ck_assert_mem_eq(got.output.data, bytes, 5);
	ck_assert(got.output.is_stderr);
	ck_assert(got.output.offset == UINT64_MAX);
}
END_TEST

START_TEST(a_text_with_a_nul_stays_text)
{
	struct event got, ev = { .kind = EV_OUTPUT, .seq = 3 };

	ev.output.data = "a\0b";
	ev.output.len = 3;
	const char *text = round_trip(&ev, false, &got);

	ck_assert_ptr_nonnull(strstr(text, "a\\u0000b"));
	ck_assert_mem_eq(got.output.data, "a\0b", 3);
}
END_TEST

static struct scenario_result *sample(char *big, size_t n)
{
	static const char *argv[] = { "sh", "-c", "echo 'hi'" };
	static const char *ns[] = { "pid", "net" };
	static struct env_var limits[] = { { "memory_mb", "512" } };
	static struct degraded degraded[] = { { "cgroup", "v2", "none" } };
	static struct failure failure = { .code = REASON_EXIT_CODE,
		.message = "exit status 1",
		.expected = "0",
		.actual = "1",
		.file = "a.clnrm.toml",
		.pos = { 4, 2, 0, 0 } };
	struct scenario_result *s = scenario_result_new();

	s->id = "t/s";
	s->name = "s";
	s->test = "t";
	s->file = "a.clnrm.toml";
	s->line = 3;
	s->verdict = VERDICT_FAIL;
	s->reason = REASON_EXIT_CODE;
	s->attempts = 1;
	s->started_wall_ns = 1768387267204113000;
	s->duration_ms = 12.125;
	s->deadline = (struct deadline){ 60 * NS_PER_S, DEADLINE_FILE };
	s->failures = &failure;
	s->n_failures = 1;
	s->steps = arena_array(s->arena, 1, sizeof *s->steps);
	s->n_steps = 1;
	s->steps[0] = (struct step_result){ .name = "one",
		.line = 4,
		.verdict = VERDICT_FAIL,
		.reason = REASON_EXIT_CODE,
		.exit_code = 1,
		.ran = true,
		.setup = true,
		.out = { .data = big, .len = n, .head = n, .total = n },
		.err = { .data = "", .len = 0, .head = 0, .total = 0 },
		.argv = list(argv, 3) };
	s->receipt = arena_alloc(s->arena, sizeof *s->receipt);
	*s->receipt = (struct receipt){ .pristine = true,
		.engine = "native",
		.mode = "root",
		.namespaces = list(ns, 2),
		.limits = limits,
		.n_limits = 1,
		.degraded = degraded,
		.n_degraded = 1,
		.sandbox = "b3f1c2" };
	return s;
}

static struct scenario_result *through_json(
        const struct scenario_result *s, bool with_output, bool cut, struct strbuf *b)
{
	struct json j = JSON_INIT(b);

	wire_scenario(&j, NULL, s, with_output, cut);
	struct scenario_result *got = wire_read_scenario(b->s, b->len, &e);

	ck_assert_msg(got != NULL, "%s", e.msg);
	return got;
}

START_TEST(a_scenario_with_steps_failures_and_receipt_comes_back_whole)
{
	AUTO_STRBUF b = STRBUF_INIT;
	char text[] = "hello\n";
	struct scenario_result *s = sample(text, 6), *got = through_json(s, true, true, &b);

	ck_assert_str_eq(got->id, "t/s");
	ck_assert_int_eq(got->verdict, VERDICT_FAIL);
	ck_assert_int_eq(got->reason, REASON_EXIT_CODE);
	ck_assert_double_eq(got->duration_ms, 12.125);
	ck_assert(got->deadline.ns == 60 * NS_PER_S && got->deadline.source == DEADLINE_FILE);
	ck_assert_str_eq(got->failures[0].actual, "1");
	ck_assert_uint_eq(got->failures[0].pos.line, 4);
	ck_assert_ptr_null(got->failures[0].hint);
	ck_assert(got->steps[0].setup && got->steps[0].ran && !got->steps[0].teardown);
	ck_assert_str_eq(got->steps[0].argv.v[2], "echo 'hi'");
	ck_assert_mem_eq(got->steps[0].out.data, text, 6);
	ck_assert(got->receipt->pristine);
	ck_assert_str_eq(got->receipt->namespaces.v[1], "net");
	ck_assert_str_eq(got->receipt->limits[0].value, "512");
	ck_assert_str_eq(got->receipt->degraded[0].got, "none");
	scenario_result_unref(got);
	scenario_result_unref(s);
}
END_TEST

START_TEST(results_show_32_kib_at_each_end_of_a_long_stream)
{
	size_t n = 200 << 10;
	char *big = xmalloc(n);
	AUTO_STRBUF b = STRBUF_INIT;

	for (size_t i = 0; i < n; i++)
		big[i] = (char)('a' + i % 26);
	struct scenario_result *s = sample(big, n), *got = through_json(s, true, true, &b);
	const struct captured *c = &got->steps[0].out;

	ck_assert_ptr_nonnull(strstr(b.s, "\\n[... 139264 bytes cut ...]\\n"));
	ck_assert_ptr_nonnull(strstr(b.s, "\"stdout_cut\":true"));
	ck_assert_uint_eq(c->len, 64 << 10);
	ck_assert_uint_eq(c->head, 32 << 10);
	ck_assert_uint_eq(c->total, n);
	ck_assert_mem_eq(c->data, big, 32 << 10);
	ck_assert_mem_eq(c->data + c->head, big + n - (32 << 10), 32 << 10);
	scenario_result_unref(got);

	strbuf_reset(&b);
	got = through_json(s, true, false, &b);
	ck_assert_uint_eq(got->steps[0].out.len, n);
	scenario_result_unref(got);
	scenario_result_unref(s);
	free(big);
}
END_TEST

START_TEST(a_cut_never_splits_a_character)
{
	size_t n = 99999;
	char *big = xmalloc(n);
	AUTO_STRBUF b = STRBUF_INIT;

	for (size_t i = 0; i < n; i += 3)
		memcpy(big + i, "\xe2\x82\xac", 3);
	struct scenario_result *s = sample(big, n), *got = through_json(s, true, true, &b);

	ck_assert_ptr_nonnull(strstr(b.s, "\"stdout_encoding\":\"utf-8\""));
	ck_assert_ptr_null(strstr(b.s, "\xef\xbf\xbd"));
	scenario_result_unref(got);
	scenario_result_unref(s);
	free(big);
}
END_TEST

START_TEST(what_was_cut_while_it_was_read_keeps_its_halves_and_true_size)
{
	AUTO_STRBUF b = STRBUF_INIT;
	char text[] = "headtail";
	struct scenario_result *s = sample(text, 8);

	s->steps[0].out.head = 4;
	s->steps[0].out.total = 5000;
	for (int cut = 0; cut < 2; cut++) {
		strbuf_reset(&b);
		struct scenario_result *got = through_json(s, true, cut, &b);

		ck_assert_uint_eq(got->steps[0].out.len, 8);
		ck_assert_uint_eq(got->steps[0].out.head, 4);
		ck_assert_uint_eq(got->steps[0].out.total, 5000);
		ck_assert_mem_eq(got->steps[0].out.data, "headtail", 8);
		scenario_result_unref(got);
	}
	scenario_result_unref(s);
}
END_TEST

START_TEST(step_output_is_not_part_of_the_public_scenario_end)
{
	char text[] = "secret output";
	struct scenario_result *s = sample(text, sizeof text - 1);
	struct event got, ev = { .kind = EV_SCENARIO_END, .seq = 9, .scenario_end = s };
	const char *line = round_trip(&ev, false, &got);

	ck_assert_ptr_null(strstr(line, "secret output"));
	ck_assert_ptr_nonnull(strstr(line, "\"stdout_bytes\":13"));
	ck_assert_ptr_nonnull(strstr(line, "\"scenario\":\"t/s\""));
	scenario_result_unref((struct scenario_result *)(uintptr_t)got.scenario_end);
	scenario_result_unref(s);
}
END_TEST

START_TEST(a_finding_without_position_has_null_for_it)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json j = JSON_INIT(&b);
	struct diag d = { .severity = SEV_WARNING,
		.code = "file.no_tests",
		.message = "none",
		.help = { "add one" } };

	wire_diag(&j, NULL, &d);
	ck_assert_ptr_nonnull(strstr(b.s, "\"line\":null"));
	ck_assert_ptr_nonnull(strstr(b.s, "\"help\":[\"add one\"]"));
	ck_assert_ptr_nonnull(strstr(b.s, "\"fix\":null"));
}
END_TEST

START_TEST(a_problem_has_the_members_of_rfc_9457_and_ours)
{
	AUTO_STRBUF b = STRBUF_INIT;
	const char *help[] = { "try 'run'", NULL };

	wire_problem(
	        "not-found", 3, "no run 'x'", "/v1/runs/x", help, 2, NULL, ",\"kind\":\"run\"", &b);
	json_t *o = json_loads(b.s, JSON_REJECT_DUPLICATES, NULL);

	ck_assert_ptr_nonnull(o);
	ck_assert_str_eq(
	        json_string_value(json_object_get(o, "type")), "urn:clnrm:problem:not-found");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "status")), 404);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "exit")), 3);
	ck_assert_uint_eq(json_array_size(json_object_get(o, "help")), 1);
	ck_assert_str_eq(json_string_value(json_object_get(o, "kind")), "run");
	json_decref(o);
}
END_TEST

START_TEST(garbage_and_unknown_events_are_errors)
{
	static const char *const bad[] = { "", "{", "[]", "7", "{}", "{\"ev\":1}",
		"{\"ev\":\"run\",\"ev\":\"run\"}", "{\"ev\":\"nothing we know\"}" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct event ev;

		ck_assert_int_eq(wire_read_event(bad[i], strlen(bad[i]), arena, &ev, &e), -1);
	}
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	ck_assert_ptr_null(wire_read_scenario("[]", 2, &e));
}
END_TEST

START_TEST(ill_typed_members_are_as_good_as_absent)
{
	static const char text[] = "{\"ev\":\"scenario_end\",\"id\":7,\"steps\":[3,{\"stdout\":[],"
	                           "\"stdout_head\":-5,\"exit_code\":\"x\"}],\"receipt\":[],"
	                           "\"deadline\":{\"ms\":1e300},\"started_at\":\"never\"}";
	struct event ev;

	ck_assert_int_eq(wire_read_event(text, sizeof text - 1, arena, &ev, &e), 0);
	ck_assert_str_eq(ev.scenario_end->id, "");
	ck_assert_uint_eq(ev.scenario_end->n_steps, 2);
	ck_assert_uint_eq(ev.scenario_end->steps[1].out.len, 0);
	ck_assert_ptr_null(ev.scenario_end->receipt);
	ck_assert(ev.scenario_end->deadline.ns == 0);
	scenario_result_unref((struct scenario_result *)(uintptr_t)ev.scenario_end);
}
END_TEST

START_TEST(output_that_looks_like_the_mark_of_a_cut_stays_as_it_is)
{
	AUTO_STRBUF b = STRBUF_INIT;
	char text[] = "head\n[... 17 bytes cut ...]\ntail";
	struct scenario_result *s = sample(text, sizeof text - 1);

	s->steps[0].out.head = 4;
	s->steps[0].out.total = 5000;
	struct scenario_result *got = through_json(s, true, false, &b);

	ck_assert_uint_eq(got->steps[0].out.len, sizeof text - 1);
	ck_assert_str_eq(got->steps[0].out.data, text);
	scenario_result_unref(got);
	scenario_result_unref(s);
}
END_TEST

START_TEST(the_journal_has_what_was_asked_for_and_the_plan)
{
	static struct env_var twice[] = { { "label", "a=1" }, { "label", "a=2" } };
	static const char *tags[] = { "slow" }, *cell[] = { "os", "linux" };
	struct test_outcome tests[] = {
		{ .name = "t", .file = "a.clnrm.toml", .line = 3, .version = "1", .sha256 = "ab" },
		{ .name = "u",
		        .file = "b.clnrm.toml",
		        .tags = list(tags, 1),
		        .matrix = list(cell, 2) },
	};
	struct run_result *r = run_result_new();
	struct event got, ev = { .kind = EV_RUN, .seq = 1, .run = { .id = "r7k2m9qa" } };

	r->project = "/p/clnrm.toml";
	r->isolation = "standard";
	r->options = r->labels = twice;
	r->n_options = r->n_labels = 2;
	r->tests = tests;
	r->n_tests = 2;
	diags_add(&r->diags, SEV_WARNING, "config.unknown_key", "f", (struct pos){ 1, 2, 0, 0 },
	        "unknown key");
	ev.run.plan = r;
	ck_assert_ptr_null(strstr(round_trip(&ev, false, &got), "plan"));
	ck_assert_ptr_null(got.run.plan);

	round_trip(&ev, true, &got);
	const struct run_result *p = got.run.plan;

	ck_assert_str_eq(p->project, "/p/clnrm.toml");
	ck_assert_str_eq(p->isolation, "standard");
	ck_assert_uint_eq(p->n_options, 2);
	ck_assert_str_eq(p->labels[1].value, "a=2");
	ck_assert_uint_eq(p->n_tests, 2);
	ck_assert_str_eq(p->tests[0].sha256, "ab");
	ck_assert_str_eq(p->tests[1].tags.v[0], "slow");
	ck_assert_uint_eq(p->tests[0].matrix.n, 0);
	ck_assert_str_eq(p->tests[1].matrix.v[0], "os");
	ck_assert_str_eq(p->tests[1].matrix.v[1], "linux");
	ck_assert_ptr_null(p->tests[1].version);
	ck_assert_uint_eq(p->diags.warnings, 1);
	ck_assert_str_eq(p->diags.v[0].code, "config.unknown_key");
	r->tests = NULL;
	r->n_tests = 0;
	run_result_free(r);
}
END_TEST

START_TEST(the_journal_has_places_in_the_plan_and_the_state_of_the_run)
{
	struct scenario_result *sc = scenario_result_new();
	struct event got, ev = { .kind = EV_SCENARIO_END, .seq = 2, .scenario_end = sc };

	sc->test_index = 7;
	sc->slot = 3;
	ck_assert_ptr_null(strstr(round_trip(&ev, false, &got), "slot"));
	scenario_result_unref((struct scenario_result *)(uintptr_t)got.scenario_end);
	round_trip(&ev, true, &got);
	ck_assert_uint_eq(got.scenario_end->test_index, 7);
	ck_assert_uint_eq(got.scenario_end->slot, 3);
	scenario_result_unref((struct scenario_result *)(uintptr_t)got.scenario_end);
	scenario_result_unref(sc);

	ev = (struct event){ .kind = EV_TEST_END, .seq = 3, .test = { .test = "t", .index = 5 } };
	round_trip(&ev, true, &got);
	ck_assert_uint_eq(got.test.index, 5);

	ev = (struct event){ .kind = EV_END, .seq = 4, .end = { .exit = 1, .state = "cancelled" } };
	round_trip(&ev, true, &got);
	ck_assert_str_eq(got.end.state, "cancelled");
}
END_TEST

START_TEST(the_lists_of_a_scenario_alone_come_back)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json j = JSON_INIT(&b);
	char text[] = "not in it";
	struct scenario_result *s = sample(text, 9);

	wire_scenario_lists(&j, NULL, s);
	ck_assert_ptr_null(strstr(b.s, "not in it"));
	struct scenario_result *got = wire_read_scenario(b.s, b.len, &e);

	ck_assert_str_eq(got->failures[0].message, "exit status 1");
	ck_assert_str_eq(got->steps[0].argv.v[2], "echo 'hi'");
	scenario_result_unref(got);
	scenario_result_unref(s);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("wire");
	TCase *t = tcase_create("round trips");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, every_kind_of_event_is_read_back_as_its_kind);
	tcase_add_test(t, the_first_event_carries_run_time_and_paths);
	tcase_add_test(t, output_bytes_that_are_no_text_survive_in_base64);
	tcase_add_test(t, a_text_with_a_nul_stays_text);
	tcase_add_test(t, a_scenario_with_steps_failures_and_receipt_comes_back_whole);
	tcase_add_test(t, results_show_32_kib_at_each_end_of_a_long_stream);
	tcase_add_test(t, a_cut_never_splits_a_character);
	tcase_add_test(t, what_was_cut_while_it_was_read_keeps_its_halves_and_true_size);
	tcase_add_test(t, step_output_is_not_part_of_the_public_scenario_end);
	tcase_add_test(t, a_finding_without_position_has_null_for_it);
	tcase_add_test(t, a_problem_has_the_members_of_rfc_9457_and_ours);
	tcase_add_test(t, garbage_and_unknown_events_are_errors);
	tcase_add_test(t, output_that_looks_like_the_mark_of_a_cut_stays_as_it_is);
	tcase_add_test(t, the_journal_has_what_was_asked_for_and_the_plan);
	tcase_add_test(t, the_journal_has_places_in_the_plan_and_the_state_of_the_run);
	tcase_add_test(t, the_lists_of_a_scenario_alone_come_back);
	tcase_add_test(t, ill_typed_members_are_as_good_as_absent);
	suite_add_tcase(s, t);

	SRunner *r = srunner_create(s);

	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);

	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

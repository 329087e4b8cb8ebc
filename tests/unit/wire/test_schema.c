/* What the writers write is what proto/schema/ says, member by member: closed copies of the schemas
 * take it, and would not take it with a member missing or renamed (tests/lib/check_schema.py). */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "common/fs.h"
#include "daemon/wire/wire.h"
#include "tests/unit/check_main.h"

extern char **environ;

static void check_schema(const char *mode, const char *name, const struct strbuf *text)
{
	char path[] = "/tmp/clnrm-schema-XXXXXX";
	AUTO_FD fd = mkstemp(path);
	char python[] = "/usr/bin/python3", checker[] = "tests/lib/check_schema.py", how[16],
	     what[32];
	char *argv[] = { python, checker, how, what, path, NULL };
	struct err e;
	pid_t pid;
	int status;

	snprintf(how, sizeof(how), "%s", mode);
	snprintf(what, sizeof(what), "%s", name);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fs_write_all(fd, text->s, text->len, &e), 0);
	ck_assert_int_eq(posix_spawn(&pid, argv[0], NULL, NULL, argv, environ), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	unlink(path);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s", text->s);
}

/* ---- samples: every member has a value ---- */

static const char *words[] = { "one", "two" };
static struct str_list two = { words, 2 };
static struct env_var vars[] = { { "memory_mb", "256" } };

static struct failure failure = { .code = REASON_OUTPUT,
	.assertion = "expected_output_regex",
	.message = "stdout does not match",
	.expected = "a",
	.actual = "b",
	.diff = "-a\n+b\n",
	.step = "s",
	.file = "t.clnrm.toml",
	.pos = { .line = 4, .col = 2 },
	.hint = "look" };

static struct step_result steps[] = {
	{ .name = "full",
	        .index = 0,
	        .line = 3,
	        .verdict = VERDICT_FAIL,
	        .reason = REASON_OUTPUT,
	        .exit_code = 1,
	        .attempts = 1,
	        .duration_ms = 1.5,
	        .out = { .data = "abc", .len = 3, .head = 3, .total = 3 },
	        .err = { .data = "x\xff", .len = 2, .head = 1, .total = 9 },
	        .deadline = { 60 * 1000000000ll, DEADLINE_PROJECT },
	        .failures = &failure,
	        .n_failures = 1,
	        .ran = true },
	{ .name = "empty",
	        .exit_code = -1,
	        .signal = 9,
	        .out = { .data = "", .len = 0, .head = 0, .total = 0 },
	        .err = { .data = "", .len = 0, .head = 0, .total = 0 },
	        .teardown = true },
};

static struct degraded degraded = { "userns", "own", "none" };
static struct finding finding = { .kind = "stray_process",
	.message = "stray process 'sleep'",
	.severity = "report",
	.step = "s",
	.program = "sleep",
	.pid = 7 };

static struct receipt receipt(void)
{
	return (struct receipt){ .pristine = true,
		.engine = "native",
		.mode = "rootless",
		.profile = "standard",
		.namespaces = two,
		.uid_map = "0 100000 65536",
		.no_new_privs = true,
		.capabilities = two,
		.seccomp_sha256 = "00",
		.limits = vars,
		.n_limits = 1,
		.network = "none",
		.image = "host",
		.image_digest = "00",
		.degraded = &degraded,
		.n_degraded = 1,
		.sandbox = "b3f1c2" };
}

static struct scenario_result *scenario(bool full)
{
	struct scenario_result *s = scenario_result_new();

	s->id = "t/one";
	s->name = "one";
	s->test = "t";
	s->file = "t.clnrm.toml";
	s->line = 2;
	if (!full) {
		s->verdict = VERDICT_SKIP;
		s->reason = REASON_SKIP;
		s->reason_text = "not today";
		return s;
	}
	s->verdict = VERDICT_FAIL;
	s->reason = REASON_OUTPUT;
	s->attempts = 1;
	s->started_wall_ns = 1768387267204113000;
	s->deadline = (struct deadline){ 1000000000, DEADLINE_FLAG };
	s->failures = &failure;
	s->n_failures = 1;
	s->steps = steps;
	s->n_steps = ARRAY_LEN(steps);
	s->findings = &finding;
	s->n_findings = 1;
	s->receipt = arena_alloc(s->arena, sizeof(*s->receipt));
	*s->receipt = receipt();
	return s;
}

static struct diag full_diag = { .severity = SEV_ERROR,
	.code = "config.unknown_key",
	.message = "unknown key 'imge'",
	.expected = "image",
	.found = "imge",
	.file = "t.clnrm.toml",
	.pos = { 14, 1, 14, 5 },
	.pointer = "/imge",
	.source_line = "imge = 1",
	.source_col = 1,
	.help = { "did you mean 'image'?" },
	.group = "x" };
static struct diag bare_diag = { .severity = SEV_NOTE, .code = "internal", .message = "m" };

/* ---- events ---- */

static struct run_summary summary = { .tests = 1, .scenarios = 1, .fail = 1, .wall_ms = 3.25 };
static struct running_item running = { "t/one", "s", 12 };

static void fill(struct event *ev, bool full, struct scenario_result *s, const char *problem)
{
	switch (ev->kind) {
	case EV_RUN:
		ev->run.id = "r7k2m9qa";
		ev->run.cwd = "/w";
		ev->run.build = "1.0.0+a";
		ev->run.at_wall_ns = 1768387267204113000;
		ev->run.paths = two;
		break;
	case EV_FILE:
		ev->file.path = "t.clnrm.toml";
		ev->file.state = full ? "parsed" : "cached";
		break;
	case EV_DIAGNOSTIC:
		ev->diag = full ? &full_diag : &bare_diag;
		break;
	case EV_TEST_START:
	case EV_TEST_END:
		ev->test.test = "t";
		ev->test.file = "t.clnrm.toml";
		ev->test.counts = full ? &summary : NULL;
		break;
	case EV_SCENARIO_START:
		ev->scenario_start.scenario = "t/one";
		ev->scenario_start.file = "t.clnrm.toml";
		ev->scenario_start.engine = full ? "native" : NULL;
		break;
	case EV_STEP_START:
	case EV_STEP_END:
		ev->step.scenario = "t/one";
		ev->step.step = "s";
		ev->step.result = &steps[!full];
		break;
	case EV_OUTPUT:
		ev->output.scenario = full ? "t/one" : NULL;
		ev->output.step = full ? "s" : NULL;
		ev->output.data = "x\xff";
		ev->output.len = full ? 2 : 1;
		break;
	case EV_FINDING:
		ev->finding.scenario = "t/one";
		ev->finding.finding = &finding;
		break;
	case EV_NOTE:
		ev->note.code = "n";
		ev->note.message = "m";
		break;
	case EV_SCENARIO_END:
		ev->scenario_end = s;
		break;
	case EV_PROGRESS:
		ev->progress.running = &running;
		ev->progress.n_running = full;
		break;
	case EV_CANCEL:
		ev->cancel_by = "client";
		break;
	case EV_ROUND:
		ev->round.n = 2;
		ev->round.changed = full ? two : (struct str_list){ 0 };
		break;
	case EV_ROUND_END:
		ev->round.n = 2;
		ev->round.summary = full ? &summary : NULL;
		ev->round.phase_ms[PHASE_RUN] = 1.5;
		break;
	case EV_GAP:
		ev->gap_dropped = 3;
		break;
	case EV_RESULT:
		ev->result.summary = &summary;
		break;
	case EV_END:
		ev->end.exit = full;
		ev->end.problem_json = full ? problem : NULL;
		break;
	default:
		break;
	}
}

static void problem(struct strbuf *out, const char *extra)
{
	const char *help[] = { "do this" };
	struct diags d = { .v = &full_diag, .n = 1, .errors = 1 };

	wire_problem("version-skew", 6, "it differs", "/v1/runs", help, 1, &d, extra, out);
}

static void events(bool full)
{
	AUTO_STRBUF out = STRBUF_INIT;
	AUTO_STRBUF refused = STRBUF_INIT;
	struct scenario_result *s = scenario(full);

	problem(&refused, NULL);
	strbuf_truncate(&refused, refused.len - 1);
	for (unsigned kind = 0; kind < EV_COUNT; kind++) {
		struct event ev = { .kind = (enum event_kind)kind, .seq = kind + 1, .t_ms = 1.5 };

		fill(&ev, full, s, refused.s);
		wire_event(&ev, false, &out);
	}
	check_schema("--self", "event", &out);
	scenario_result_unref(s);
}

START_TEST(events_with_all_that_they_may_hold_are_as_their_schemas_say)
{
	events(true);
}
END_TEST

START_TEST(events_with_as_little_as_they_may_hold_are_as_their_schemas_say)
{
	events(false);
}
END_TEST

/* ---- documents ---- */

static void document(bool full)
{
	struct run_result *r = run_result_new();
	struct scenario_result *s = scenario(full);
	struct test_outcome test = {
		.name = "t", .file = "t.clnrm.toml", .scenarios = &s, .n_scenarios = 1
	};
	AUTO_STRBUF out = STRBUF_INIT;
	struct json j = JSON_INIT(&out);

	snprintf(r->id, sizeof(r->id), "r7k2m9qa");
	r->state = "done";
	r->tests = full ? &test : NULL;
	r->n_tests = full;
	if (full) {
		test.version = "1";
		test.description = "d";
		test.tags = two;
		r->started_wall_ns = 1768387267204113000;
		r->paths = two;
		r->cwd = "/w";
		r->project = "/w/cleanroom.toml";
		r->isolation = "strict";
		r->options = r->labels = vars;
		r->n_options = r->n_labels = 1;
		diags_add(&r->diags, SEV_WARNING, "config.x", "f", (struct pos){ 1, 1, 0, 0 }, "m");
	}
	wire_run(&j, r);
	check_schema("--self", "run", &out);
	r->n_tests = 0; /* the scenario is ours */
	run_result_free(r);
	scenario_result_unref(s);
}

START_TEST(a_full_result_is_as_its_schema_says)
{
	document(true);
}
END_TEST

START_TEST(a_result_of_nothing_is_as_its_schema_says)
{
	document(false);
}
END_TEST

START_TEST(a_problem_is_as_its_schema_says_and_so_are_the_members_of_its_code)
{
	AUTO_STRBUF out = STRBUF_INIT;

	problem(&out, ",\"daemon_build\":\"a\",\"client_build\":\"b\"");
	check_schema("--self", "problem", &out);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		events_with_all_that_they_may_hold_are_as_their_schemas_say,
		events_with_as_little_as_they_may_hold_are_as_their_schemas_say,
		a_full_result_is_as_its_schema_says,
		a_result_of_nothing_is_as_its_schema_says,
		a_problem_is_as_its_schema_says_and_so_are_the_members_of_its_code,
	};
	SRunner *runner;
	Suite *suite = suite_create("schema");
	TCase *tc = tcase_create("schema");
	int failed;

	/* Each breaks a document in a hundred places, in Python. */
	tcase_set_timeout(tc, 100);
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

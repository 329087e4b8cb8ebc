/* How long passes of steps took, from the database. */
#include "tests/unit/store/bed.h"

static struct store *s;

static void set_up(void)
{
	bed_make();
	s = bed_open();
}

static void tear_down(void)
{
	store_close(s);
	bed_drop();
}

/* A run of one scenario whose steps took ms; change may be NULL. */
static int64_t ran(const char *id, double ms, void (*change)(struct scenario_result *x))
{
	struct run_result *r = bed_run(id, 1, 1);
	struct scenario_result *x = r->tests[0].scenarios[0];
	int64_t at = r->started_wall_ns;

	for (size_t i = 0; i < x->n_steps; i++) {
		x->steps[i].duration_ms = ms;
		x->steps[i].verdict = VERDICT_PASS;
		x->steps[i].reason = REASON_NONE;
	}
	if (change)
		change(x);
	bed_record(s, r);
	store_sync(s);
	run_result_free(r);
	return at;
}

/* "PASSES:SLOWEST" of step 0. */
static const char *pace_of(const char *cwd, const char *image, int64_t before)
{
	static char text[64];
	struct run_result *like = bed_run("like2345", 1, 1);
	const struct scenario_result *x = like->tests[0].scenarios[0];
	struct pace_step step = { .name = x->steps[0].name, .argv = &x->steps[0].argv };
	struct pace p = {
		.cwd = cwd ? cwd : like->cwd,
		.file = x->file,
		.scenario = x->id,
		.image_digest = image ? image : x->receipt->image_digest,
		.before_wall_ns = before,
		.steps = &step,
		.n_steps = 1,
	};

	ck_assert_msg(store_pace(s, &p, 1, &e) == 0, "%s", e.msg);
	snprintf(text, sizeof(text), "%u:%.0f", step.passes, step.slowest_ms);
	run_result_free(like);
	return text;
}

START_TEST(the_slowest_pass_counts_of_runs_of_that_image_in_that_directory)
{
	ran("runa2345", 10, NULL);
	int64_t b = ran("runb2345", 30, NULL);
	ran("runc2345", 20, NULL);

	ck_assert_str_eq(pace_of(NULL, NULL, 0), "3:30");
	ck_assert_str_eq(pace_of(NULL, NULL, b), "1:10");
	ck_assert_str_eq(pace_of("/elsewhere", NULL, 0), "0:0");
	ck_assert_str_eq(pace_of(NULL, "sha256:bb", 0), "0:0");
}
END_TEST

static void is_cached(struct scenario_result *x)
{
	x->cached = true;
}

static void has_failed(struct scenario_result *x)
{
	x->steps[0].verdict = VERDICT_FAIL;
	x->steps[0].reason = REASON_LEARNT_DEADLINE;
}

static void runs_another(struct scenario_result *x)
{
	x->steps[0].argv.v[0] = "another";
}

static void never_ran(struct scenario_result *x)
{
	x->steps[0].ran = false;
}

START_TEST(what_is_no_pass_of_this_command_is_passed_over)
{
	void (*const changes[])(
	        struct scenario_result * x) = { is_cached, has_failed, runs_another, never_ran };

	ran("runa2345", 10, NULL);
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		char id[16];

		snprintf(id, sizeof(id), "run%c2345", (char)('b' + i));
		ran(id, 99, changes[i]);
		ck_assert_str_eq(pace_of(NULL, NULL, 0), "1:10");
	}
}
END_TEST

START_TEST(only_the_newest_passes_count)
{
	ran("old23456", 500, NULL);
	for (unsigned i = 0; i < PACE_PASSES; i++) {
		char id[16];

		snprintf(id, sizeof(id), "run%c2345", (char)('a' + i));
		ran(id, i, NULL);
	}
	ck_assert_str_eq(pace_of(NULL, NULL, 0), "20:19");
}
END_TEST

static void was_held_to_it(struct scenario_result *x)
{
	x->steps[0].deadline = (struct deadline){ 2 * NS_PER_S, DEADLINE_LEARNT };
	x->steps[0].silence = (struct silence){ 2 * NS_PER_S, 110 * NS_PER_MS, NS_PER_S, 7, false };
	x->steps[1].silence.never = true;
}

START_TEST(what_a_step_was_held_to_is_stored_with_it)
{
	ran("runa2345", 10, was_held_to_it);
	struct run_result *r = store_load(s, "runa2345", &e);
	ck_assert_msg(r != NULL, "%s", e.msg);
	const struct step_result *x = r->tests[0].scenarios[0]->steps;

	ck_assert_int_eq(x[0].deadline.source, DEADLINE_LEARNT);
	ck_assert_int_eq(x[0].deadline.ns, 2 * NS_PER_S);
	ck_assert_int_eq(x[0].silence.ns, 2 * NS_PER_S);
	ck_assert_int_eq(x[0].silence.slowest_ns, 110 * NS_PER_MS);
	ck_assert_int_eq(x[0].silence.floor_ns, NS_PER_S);
	ck_assert_uint_eq(x[0].silence.passes, 7);
	ck_assert(x[1].silence.never && !x[0].silence.never && !x[2].silence.never);
	run_result_free(r);
}
END_TEST

START_TEST(a_run_says_whether_it_learnt)
{
	struct run_result *r = bed_run("runa2345", 1, 1);

	r->silence_floor_ns = 7;
	bed_record(s, r);
	run_result_free(r);
	store_sync(s);
	r = store_load(s, "runa2345", &e);
	ck_assert_int_eq(r->silence_floor_ns, 7);
	run_result_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_slowest_pass_counts_of_runs_of_that_image_in_that_directory,
		what_is_no_pass_of_this_command_is_passed_over,
		only_the_newest_passes_count,
		what_a_step_was_held_to_is_stored_with_it,
		a_run_says_whether_it_learnt,
	};

	return check_run_with("pace", tests, ARRAY_LEN(tests), set_up, tear_down);
}

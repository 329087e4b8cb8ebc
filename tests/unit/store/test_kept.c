/* Results of the past: runs that refer to them, daemons that find them, and when their rows go. */
#include "tests/unit/store/bed.h"

static struct arena *arena;
static struct store *s;
static struct run_result *first, *second;

static const char *key_of(unsigned i)
{
	return arena_printf(arena, "%064u", i + 1);
}

static const char *name_of(unsigned i)
{
	return arena_printf(arena, "/p/test 1::%u", i);
}

/* All four of its scenarios have passed. */
static void set_up(void)
{
	bed_make();
	arena = arena_new();
	s = bed_open();
	first = bed_run("first001", 1, 4);
	for (unsigned i = 0; i < 4; i++)
		first->tests[0].scenarios[i]->key = key_of(i);
	bed_record(s, first);
	second = NULL;
}

static void tear_down(void)
{
	store_close(s);
	run_result_free(first);
	run_result_free(second);
	arena_free(arena);
	bed_drop();
}

static struct kept_note note_of(unsigned i, const char *boot)
{
	struct key_part *parts = arena_array(arena, 2, sizeof(*parts));
	struct key_part *causes = arena_array(arena, 1, sizeof(*causes));

	parts[0] = (struct key_part){ CAUSE_DEFINITION, "", "d 1" };
	parts[1] = (struct key_part){ CAUSE_INPUT, "/p/a b", arena_printf(arena, "%u", i) };
	causes[0] = (struct key_part){ CAUSE_INCLUDE, "/p/x y", "c 7" };
	return (struct kept_note){ .name = name_of(i),
		.key = key_of(i),
		.parts = parts,
		.n_parts = 2,
		.causes = causes,
		.n_causes = 1,
		.run = first->id,
		.test_index = 0,
		.slot = i,
		.ran = first->id,
		.boot = boot,
		.wall_ns = 1768387267204113000 };
}

static void note_all(void)
{
	for (unsigned i = 0; i < 4; i++) {
		struct kept_note k = note_of(i, "");

		ck_assert_int_eq(store_record_note(s, &k, &e), 0);
	}
}

/* A run that is answered with the results of the first one, under other names and in other lines.
 */
static struct run_result *answered_run(const char *id)
{
	struct run_result *r = bed_run(id, 1, 4);
	struct test_outcome *t = &r->tests[0];

	t->duration_ms = 0;
	t->verdict = VERDICT_PASS;
	for (unsigned i = 0; i < 4; i++) {
		struct scenario_result *again = scenario_result_again(first->tests[0].scenarios[i]);

		again->id = arena_printf(again->arena, "test 1/now %u", i);
		again->name = arena_printf(again->arena, "now %u", i);
		again->line = 50 + i;
		again->cached_from = "first001";
		again->slot = i;
		scenario_result_unref(t->scenarios[i]);
		t->scenarios[i] = again;
	}
	run_result_count(r);
	return r;
}

static void refer(const struct run_result *r)
{
	struct kept_use v[4];

	for (unsigned i = 0; i < 4; i++)
		v[i] = (struct kept_use){ r->tests[0].scenarios[i], 0, i, i == 3 };
	ck_assert_int_eq(store_record_again(s, r->id, 2, v, 4, &e), 0);
}

static void record_answered(const char *id)
{
	run_result_free(second);
	second = answered_run(id);
	bed_put_start(s, second);
	refer(second);
	bed_put_end(s, second);
}

static void remove_run(const char *id)
{
	unsigned n = 0;

	ck_assert_msg(store_remove(s, &id, 1, 0, false, &n, &e) == 0, "%s", e.msg);
	ck_assert_uint_eq(n, 1);
}

/* What is removed goes a while after it is out of sight; a daemon that ends has done it. */
static void reopen(void)
{
	store_close(s);
	s = bed_open();
}

static int64_t count(const char *table)
{
	return bed_sql("history.db", arena_printf(arena, "SELECT count(*) FROM %s", table));
}

START_TEST(a_run_that_refers_is_stored_as_it_was_shown)
{
	note_all();
	record_answered("second01");
	bed_same(s, second);
	bed_same(s, first);
	reopen();
	bed_same(s, second);
	/* And holds nothing twice. */
	ck_assert_int_eq(count("step"), 12);
	ck_assert_int_eq(count("output"), 8);
	ck_assert_int_eq(bed_sql("history.db", "SELECT cached FROM run WHERE id = 'second01'"), 4);
	ck_assert_uint_eq(store_unresolved(s), 0);

	AUTO_STRBUF text = STRBUF_INIT;
	ck_assert_int_eq(store_output(s, "second01", "test 1/now 2", "step 0", 1, &text, &e), 0);
	ck_assert_str_eq(text.s, "hello\n");
}
END_TEST

START_TEST(it_stays_whole_when_the_run_is_gone_that_ran_it)
{
	note_all();
	record_answered("second01");
	remove_run("first001");
	reopen();
	bed_same(s, second);
	ck_assert_ptr_null(store_load(s, "first001", &e));
	/* A third one refers to what is no run's any more, and is all that is left then. */
	record_answered("third001");
	remove_run("second01");
	reopen();
	bed_same(s, second);
	ck_assert_int_eq(count("step"), 12);
}
END_TEST

START_TEST(steps_go_with_the_last_that_shows_them)
{
	note_all();
	record_answered("second01");
	ck_assert_int_eq(store_record_forget(s, NULL, &e), 0);
	remove_run("first001");
	reopen();
	bed_same(s, second);
	remove_run("second01");
	reopen();
	ck_assert_int_eq(count("scenario"), 0);
	ck_assert_int_eq(count("step"), 0);
	ck_assert_int_eq(count("output"), 0);
	ck_assert_int_eq(count("loose"), 0);
}
END_TEST

START_TEST(what_is_kept_outlives_all_runs_until_it_is_forgotten)
{
	struct recalled x[1];
	const char *name = name_of(1);

	note_all();
	remove_run("first001");
	reopen();
	ck_assert_int_eq(count("scenario"), 4);
	ck_assert_int_eq(store_recall(s, "b", &name, 1, x, arena, &e), 0);
	ck_assert_ptr_nonnull(x[0].result);
	scenario_result_unref(x[0].result);
	ck_assert_int_eq(store_record_forget(s, key_of(1), &e), 0);
	ck_assert_int_eq(store_recall(s, "b", &name, 1, x, arena, &e), 0);
	ck_assert_ptr_null(x[0].parts);
	ck_assert_ptr_null(x[0].result);
	reopen();
	ck_assert_int_eq(count("scenario"), 3);
	ck_assert_int_eq(count("step"), 9);
}
END_TEST

START_TEST(the_next_daemon_finds_it_by_name)
{
	const char *const names[] = { name_of(2), "/p/never seen::1" };
	struct recalled x[2];

	note_all();
	reopen();
	ck_assert_int_eq(store_recall(s, "b", names, 2, x, arena, &e), 0);
	ck_assert_str_eq(x[0].key, key_of(2));
	ck_assert_str_eq(x[0].run, "first001");
	ck_assert_int_eq(x[0].wall_ns, 1768387267204113000);
	ck_assert_uint_eq(x[0].n_parts, 2);
	ck_assert_str_eq(x[0].parts[0].name, "");
	ck_assert_int_eq(x[0].parts[1].kind, CAUSE_INPUT);
	ck_assert_str_eq(x[0].parts[1].name, "/p/a b");
	ck_assert_str_eq(x[0].parts[1].value, "2");
	ck_assert_uint_eq(x[0].n_causes, 1);
	ck_assert_int_eq(x[0].causes[0].kind, CAUSE_INCLUDE);
	ck_assert_str_eq(x[0].causes[0].name, "/p/x y");
	ck_assert_str_eq(x[0].causes[0].value, "c 7");
	ck_assert_ptr_null(x[1].parts);
	ck_assert_ptr_null(x[1].result);

	struct scenario_result *r = x[0].result, *was = first->tests[0].scenarios[2];
	AUTO_STRBUF got = STRBUF_INIT;
	AUTO_STRBUF want = STRBUF_INIT;
	struct json jg = JSON_INIT(&got), jw = JSON_INIT(&want);

	ck_assert(!r->cached);
	r->test = was->test;
	r->file = was->file;
	wire_scenario(&jg, NULL, r, true, true);
	wire_scenario(&jw, NULL, was, true, true);
	for (size_t i = 0; i <= want.len; i++)
		if (want.s[i] != got.s[i])
			ck_abort_msg("'%.60s' became '%.60s'", want.s + i, got.s + i);
	scenario_result_unref(r);
}
END_TEST

START_TEST(what_holds_for_one_boot_is_found_in_it_alone)
{
	struct kept_note k = note_of(0, "boot 1");
	const char *name = name_of(0);
	struct recalled x[1];

	ck_assert_int_eq(store_record_note(s, &k, &e), 0);
	store_sync(s);
	ck_assert_int_eq(store_recall(s, "boot 2", &name, 1, x, arena, &e), 0);
	ck_assert_ptr_null(x[0].result);
	ck_assert_int_eq(store_recall(s, "boot 1", &name, 1, x, arena, &e), 0);
	ck_assert_ptr_nonnull(x[0].result);
	scenario_result_unref(x[0].result);
}
END_TEST

/* One row of the database, behind the daemon's back. */
static void change(const char *sql)
{
	sqlite3 *h;

	ck_assert_int_eq(sqlite3_open(bed_path("history.db"), &h), SQLITE_OK);
	sqlite3_busy_timeout(h, 5000);
	ck_assert_msg(sqlite3_exec(h, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(h));
	ck_assert_int_eq(sqlite3_changes(h), 1);
	ck_assert_int_eq(sqlite3_close(h), SQLITE_OK);
}

START_TEST(what_lacks_a_step_or_did_not_pass_is_no_result)
{
	const char *const names[] = { name_of(0), name_of(1) };
	struct recalled x[2];

	note_all();
	reopen();
	change("DELETE FROM step WHERE seq = 1 AND scenario ="
	       " (SELECT scenario FROM kept ORDER BY key LIMIT 1)");
	change("UPDATE scenario SET verdict = 'fail' WHERE n ="
	       " (SELECT scenario FROM kept ORDER BY key LIMIT 1 OFFSET 1)");
	ck_assert_int_eq(store_recall(s, "b", names, 2, x, arena, &e), 0);
	ck_assert_ptr_null(x[0].result);
	ck_assert_ptr_null(x[1].result);
}
END_TEST

/* Another daemon has removed it meanwhile. */
START_TEST(a_reference_to_nothing_is_a_row_without_steps_and_is_counted)
{
	record_answered("second01");
	struct run_result *r = store_load(s, "second01", &e);

	ck_assert_msg(r != NULL, "%s", e.msg);
	ck_assert_uint_eq(r->tests[0].n_scenarios, 4);
	ck_assert_str_eq(r->tests[0].scenarios[3]->name, "now 3");
	ck_assert_str_eq(r->tests[0].scenarios[3]->cached_from, "first001");
	ck_assert(r->tests[0].scenarios[3]->cached);
	ck_assert_int_eq(r->tests[0].scenarios[3]->verdict, VERDICT_PASS);
	ck_assert_uint_eq(r->tests[0].scenarios[3]->n_steps, 0);
	ck_assert_uint_eq(store_unresolved(s), 4);
	run_result_free(r);
}
END_TEST

static void crash(void)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		s = bed_open();
		first->id[0] = 'F';
		bed_record(s, first);
		note_all();
		record_answered("second01");
		_exit(0); /* as kill -9: nothing is flushed */
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

START_TEST(a_daemon_that_dies_loses_and_doubles_nothing)
{
	const char *name = name_of(3);
	struct recalled x[1];

	store_close(s);
	crash();
	s = bed_open();
	first->id[0] = 'F';
	second = answered_run("second01");
	struct run_result *r = store_load(s, "second01", &e);

	ck_assert_msg(r != NULL, "%s", e.msg);
	ck_assert_str_eq(r->state, "done");
	ck_assert_uint_eq(r->summary.cached, 4);
	ck_assert_uint_eq(r->tests[0].scenarios[2]->n_steps, 3);
	ck_assert_str_eq(r->tests[0].scenarios[2]->steps[0].name, "step 0");
	run_result_free(r);
	ck_assert_int_eq(store_recall(s, "b", &name, 1, x, arena, &e), 0);
	ck_assert_ptr_nonnull(x[0].result);
	scenario_result_unref(x[0].result);
	ck_assert_uint_eq(store_unresolved(s), 0);
}
END_TEST

START_TEST(too_many_are_too_many)
{
	struct store_config c = {
		.state_dir = bed_dir, .max_bytes = 256u << 20, .max_runs = 1000, .kept_entries = 3
	};
	struct kept_figures f;

	note_all();
	ck_assert_int_eq(store_kept(s, &f, &e), 0);
	ck_assert_uint_eq(f.entries, 4);
	ck_assert_uint_gt(f.bytes, 400);
	store_close(s);
	s = store_open(&c, &e);
	record_answered("second01");
	store_close(s);
	ck_assert_int_eq(count("kept"), 3);
	ck_assert_int_eq(count("last"), 3);
	c.kept_entries = 0;
	s = store_open(&c, &e);
	store_keep_bytes(s, 1);
	record_answered("third001");
	store_close(s);
	ck_assert_int_eq(count("kept"), 0);
	s = bed_open();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_run_that_refers_is_stored_as_it_was_shown,
		it_stays_whole_when_the_run_is_gone_that_ran_it,
		steps_go_with_the_last_that_shows_them,
		what_is_kept_outlives_all_runs_until_it_is_forgotten,
		the_next_daemon_finds_it_by_name,
		what_holds_for_one_boot_is_found_in_it_alone,
		what_lacks_a_step_or_did_not_pass_is_no_result,
		a_reference_to_nothing_is_a_row_without_steps_and_is_counted,
		a_daemon_that_dies_loses_and_doubles_nothing,
		too_many_are_too_many,
	};

	return check_run_with("kept", tests, ARRAY_LEN(tests), set_up, tear_down);
}

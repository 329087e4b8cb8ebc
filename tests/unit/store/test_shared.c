/* Daemons with different run-time directories that share a state directory. */
#include <dirent.h>
#include <signal.h>

#include "daemon/store/slot_priv.h"
#include "tests/unit/store/bed.h"

static void set_up(void)
{
	bed_make();
}

static void tear_down(void)
{
	bed_drop();
}

static void state_is(struct store *s, const char *id, const char *state, unsigned scenarios)
{
	struct run_result *r = store_load(s, id, &e);

	ck_assert_msg(r != NULL, "%s", e.msg);
	ck_assert_str_eq(r->state, state);
	ck_assert_uint_eq(r->summary.scenarios, scenarios);
	run_result_free(r);
}

static int count_journals(void)
{
	DIR *d = opendir(bed_dir);
	struct dirent *f;
	int n = 0;

	while ((f = readdir(d)))
		n += strncmp(f->d_name, "journal", 7) == 0;
	closedir(d);
	return n;
}

START_TEST(a_second_daemon_leaves_the_run_of_the_first_alone)
{
	struct run_result *r = bed_run("r7k2m9qa", 1, 6), *other = bed_run("other234", 1, 3);
	struct store *first = bed_open();

	bed_put_start(first, r);
	for (unsigned i = 0; i < 3; i++)
		bed_put_scenario(first, r, 0, i);
	store_sync(first);
	struct store *second = bed_open();

	bed_record(second, other);
	state_is(second, r->id, "running", 3);
	for (unsigned i = 3; i < 6; i++)
		bed_put_scenario(first, r, 0, i);
	bed_put_test_end(first, r, 0);
	bed_put_end(first, r);
	bed_same(first, r);
	bed_same(second, r);
	bed_same(first, other);
	store_close(second);
	bed_same(first, other);
	store_close(first);
	ck_assert_int_eq(count_journals(), 0);
	run_result_free(r);
	run_result_free(other);
}
END_TEST

START_TEST(what_the_first_recorded_before_and_after_the_second_came_is_kept)
{
	struct run_result *r = bed_run("r7k2m9qa", 1, 400);
	struct store *first = bed_open(), *second = NULL;

	bed_put_start(first, r);
	for (unsigned i = 0; i < 400; i++) {
		if (i % 50 == 25)
			second = bed_open();
		bed_put_scenario(first, r, 0, i);
		if (i % 50 == 40)
			store_close(second);
	}
	bed_put_test_end(first, r, 0);
	bed_put_end(first, r);
	bed_same(first, r);
	store_close(first);
	run_result_free(r);
}
END_TEST

/* A daemon that is told when to open its store: it then records three scenarios and is killed. Made
 * before this process has a thread, of which a child would have the locks alone. */
struct doomed {
	pid_t pid;
	int go;
};

static struct doomed doomed_make(const struct run_result *r)
{
	int p[2];
	char byte;

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	struct doomed d = { .pid = fork(), .go = p[1] };

	if (d.pid == 0) {
		close(p[1]);
		if (read(p[0], &byte, 1) < 0)
			_exit(1);
		struct store *s = bed_open();

		bed_put_start(s, r);
		for (unsigned i = 0; i < 3; i++)
			bed_put_scenario(s, r, 0, i);
		kill(getpid(), SIGKILL);
	}
	close(p[0]);
	return d;
}

static void doomed_dies(struct doomed *d)
{
	int status;

	close_fd(&d->go);
	ck_assert_int_eq(waitpid(d->pid, &status, 0), d->pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

START_TEST(of_two_daemons_only_the_run_of_the_dead_one_is_lost)
{
	struct run_result *lives = bed_run("r7k2m9qa", 1, 3), *dies = bed_run("dead2345", 1, 5);
	struct doomed second = doomed_make(dies);
	struct store *first = bed_open();

	bed_put_start(first, lives);
	bed_put_scenario(first, lives, 0, 0);
	store_sync(first);
	doomed_dies(&second);
	ck_assert(bed_has("journal-1"));
	struct store *third = bed_open();

	state_is(third, dies->id, "lost", 3);
	state_is(third, lives->id, "running", 1);
	bed_put_scenario(first, lives, 0, 1);
	store_close(third);
	state_is(first, lives->id, "running", 2);
	store_close(first);
	run_result_free(lives);
	run_result_free(dies);
}
END_TEST

START_TEST(a_daemon_alone_takes_over_what_lies_in_every_slot)
{
	struct run_result *dies = bed_run("dead2345", 1, 5);
	struct doomed second = doomed_make(dies);
	struct store *first = bed_open();

	doomed_dies(&second);
	store_close(first);
	ck_assert(bed_has("journal-1"));
	first = bed_open();
	state_is(first, dies->id, "lost", 3);
	ck_assert(!bed_has("journal-1"));
	store_close(first);
	ck_assert_int_eq(count_journals(), 0);
	run_result_free(dies);
}
END_TEST

START_TEST(a_run_without_end_of_a_daemon_that_went_is_lost)
{
	struct run_result *r = bed_run("r7k2m9qa", 1, 3);
	struct store *first = bed_open(), *second = bed_open();

	bed_put_start(second, r);
	bed_put_scenario(second, r, 0, 0);
	store_close(second);
	store_close(first);
	first = bed_open();
	state_is(first, r->id, "lost", 1);
	store_close(first);
	run_result_free(r);
}
END_TEST

START_TEST(two_daemons_keep_no_more_runs_than_one_and_no_fewer)
{
	struct store *first = bed_open_with(0, 5), *second = bed_open_with(0, 5);
	char id[16];

	for (unsigned i = 0; i < 20; i++) {
		snprintf(id, sizeof id, "run%05u", i);
		bed_quick(i % 2 ? first : second, id, 1, 2);
		store_sync(i % 2 ? first : second);
	}
	store_close(first);
	store_close(second);
	ck_assert_int_eq(bed_sql("history.db", "SELECT count(*) FROM run"), 5);
}
END_TEST

START_TEST(a_database_that_one_put_aside_is_left_by_the_other_too)
{
	struct store *first = bed_open(), *second = bed_open();

	bed_quick(first, "first234", 1, 2);
	bed_quick(second, "second23", 1, 2);
	store_sync(first);
	store_sync(second);
	ck_assert_int_eq(rename(bed_path("history.db"), bed_path("aside")), 0);
	ck_assert_int_eq(rename(bed_path("history.db-wal"), bed_path("aside-wal")), 0);
	ck_assert_int_eq(unlink(bed_path("history.db-shm")), 0);
	bed_quick(first, "third234", 1, 2);
	bed_quick(second, "fourth23", 1, 2);
	store_sync(first);
	store_sync(second);
	state_is(first, "fourth23", "done", 2);
	state_is(second, "third234", "done", 2);
	store_close(first);
	store_close(second);
	ck_assert_int_eq(bed_sql("history.db",
	                         "SELECT count(*) FROM run WHERE id IN ('third234', 'fourth23')"),
	        2);
}
END_TEST

START_TEST(a_slot_is_free_again_when_its_daemon_is_gone)
{
	AUTO_FD a = slots_open(bed_dir, &e);
	AUTO_FD b = slots_open(bed_dir, &e);
	unsigned k;

	ck_assert_int_eq(slot_take_first(a, &k, &e), 0);
	ck_assert_uint_eq(k, 0);
	ck_assert_int_eq(slot_take_first(b, &k, &e), 0);
	ck_assert_uint_eq(k, 1);
	ck_assert(!slot_take(b, 0));
	close_fd(&a);
	ck_assert(slot_take(b, 0));
}
END_TEST

START_TEST(more_daemons_than_slots_are_told)
{
	AUTO_FD a = slots_open(bed_dir, &e);

	for (unsigned k = 0; k < SLOTS; k++)
		ck_assert(slot_take(a, k));
	struct store *s = bed_open();

	ck_assert(bed_figures(s).failed);
	ck_assert_ptr_nonnull(strstr(bed_figures(s).message, "64 daemons"));
	store_close(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_second_daemon_leaves_the_run_of_the_first_alone,
		what_the_first_recorded_before_and_after_the_second_came_is_kept,
		of_two_daemons_only_the_run_of_the_dead_one_is_lost,
		a_daemon_alone_takes_over_what_lies_in_every_slot,
		a_run_without_end_of_a_daemon_that_went_is_lost,
		two_daemons_keep_no_more_runs_than_one_and_no_fewer,
		a_database_that_one_put_aside_is_left_by_the_other_too,
		a_slot_is_free_again_when_its_daemon_is_gone,
		more_daemons_than_slots_are_told,
	};

	return check_run_with("shared", tests, ARRAY_LEN(tests), set_up, tear_down);
}

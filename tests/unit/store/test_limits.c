/* Bounds and bad days: retention, full disks, locked databases, many readers, much to record.
 * early: much of it waits for a disk and for locks. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/unit/store/bed.h"

static void set_up(void)
{
	bed_make();
}

static void tear_down(void)
{
	bed_drop();
}

static void number_run(char id[16], const char *prefix, unsigned i)
{
	snprintf(id, 16, "%s%04u", prefix, i);
}

/* A run whose one failed step left n bytes. */
static struct run_result *big_run(const char *id, size_t n)
{
	struct run_result *r = bed_run(id, 1, 5);
	struct scenario_result *fail = r->tests[0].scenarios[4];

	fail->steps[1].out = bed_bytes(fail->arena, n, true);
	return r;
}

static void record_big(struct store *s, const char *id, size_t n)
{
	struct run_result *r = big_run(id, n);

	bed_record(s, r);
	run_result_free(r);
}

static uint64_t size_of(const char *name)
{
	struct stat st;

	return stat(bed_path(name), &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* ---- retention ---- */

START_TEST(the_oldest_runs_go_when_there_are_too_many)
{
	struct store *s = bed_open_with(256u << 20, 3);
	char id[16];

	for (unsigned i = 0; i < 8; i++) {
		number_run(id, "many", i);
		bed_quick(s, id, 2, 3);
	}
	store_close(s);
	ck_assert_int_eq(bed_sql("history.db", "SELECT count(*) FROM run"), 3);
	ck_assert_int_eq(
	        bed_sql("history.db", "SELECT count(*) FROM run WHERE id >= 'many0005'"), 3);
	ck_assert_int_eq(bed_sql("history.db", "SELECT count(*) FROM test"), 6);
	ck_assert_int_eq(bed_sql("history.db", "SELECT count(*) FROM removed"), 0);
}
END_TEST

START_TEST(the_file_shrinks_to_its_bound_and_the_newest_run_stays)
{
	struct store *s = bed_open();
	char id[16];

	for (unsigned i = 0; i < 20; i++) {
		number_run(id, "size", i);
		record_big(s, id, 300000);
	}
	store_close(s);
	ck_assert_uint_gt(size_of("history.db"), 5u << 20);

	s = bed_open_with(1u << 20, 1000);
	store_close(s);
	ck_assert_uint_le(size_of("history.db"), 1u << 20);
	ck_assert_int_ge(bed_sql("history.db", "SELECT count(*) FROM run"), 2);
	ck_assert_int_eq(
	        bed_sql("history.db", "SELECT count(*) FROM run WHERE id = 'size0019'"), 1);

	/* One that is larger than the bound by itself is kept until the next. */
	s = bed_open_with(1u << 20, 1000);
	record_big(s, "huge2345", 3u << 20);
	store_close(s);
	ck_assert_int_eq(bed_sql("history.db", "SELECT count(*) FROM run"), 1);
	ck_assert_int_eq(
	        bed_sql("history.db", "SELECT count(*) FROM run WHERE id = 'huge2345'"), 1);
}
END_TEST

START_TEST(a_run_that_is_active_is_never_removed_for_room)
{
	struct store *s = bed_open_with(256u << 20, 2);
	struct run_result *live = bed_run("live2345", 1, 2);
	char id[16];

	bed_put_start(s, live);
	for (unsigned i = 0; i < 5; i++) {
		number_run(id, "many", i);
		bed_quick(s, id, 1, 1);
	}
	bed_put_scenario(s, live, 0, 0);
	struct run_result *got = store_load(s, live->id, &e);

	ck_assert_msg(got != NULL, "%s", e.msg);
	ck_assert_str_eq(got->state, "running");
	ck_assert_uint_eq(got->summary.scenarios, 1);
	run_result_free(got);
	store_close(s);
	run_result_free(live);
}
END_TEST

/* ---- readers ---- */

struct reading {
	struct store *s;
	_Atomic unsigned recorded; /* runs whose end was recorded */
	_Atomic bool stop;
	unsigned rounds;
};

static void read_one(struct reading *rd)
{
	unsigned recorded = atomic_load(&rd->recorded);
	struct run_filter f = { 0 };
	struct run_row *rows;
	struct err why;
	char id[16];
	size_t n;

	ck_assert_msg(store_list(rd->s, &f, &rows, &n, &why) == 0, "%s", why.msg);
	ck_assert_uint_ge(n, recorded);
	store_rows_free(rows, n);
	if (recorded == 0)
		return;
	number_run(id, "read", recorded - 1);
	struct run_result *r = store_load(rd->s, id, &why);

	ck_assert_msg(r != NULL, "%s", why.msg);
	ck_assert_str_eq(r->state, "done");
	ck_assert_uint_eq(r->summary.scenarios, 20);
	ck_assert_uint_eq(r->tests[1].n_scenarios, 10);
	run_result_free(r);
}

static void *read_on(void *arg)
{
	struct reading *rd = arg;

	while (!atomic_load(&rd->stop)) {
		read_one(rd);
		rd->rounds++;
	}
	return NULL;
}

START_TEST(readers_see_what_was_recorded_before_they_asked)
{
	struct store *s = bed_open();
	struct reading rd[2] = { { .s = s }, { .s = s } };
	pthread_t t[2];
	char id[16];

	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, read_on, &rd[i]), 0);
	for (unsigned i = 0; i < 60; i++) {
		number_run(id, "read", i);
		bed_quick(s, id, 2, 10);
		atomic_store(&rd[0].recorded, i + 1);
		atomic_store(&rd[1].recorded, i + 1);
	}
	for (unsigned i = 0; i < 2; i++) {
		read_one(&rd[i]);
		atomic_store(&rd[i].stop, true);
		ck_assert_int_eq(pthread_join(t[i], NULL), 0);
	}
	ck_assert(!bed_figures(s).failed);
	store_close(s);
}
END_TEST

/* ---- disks that refuse ---- */

static void limit_files(rlim_t bytes)
{
	struct rlimit l;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &l), 0);
	l.rlim_cur = bytes < l.rlim_max ? bytes : l.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
}

/* Waits until the store says that all is well, or until 20 s are over. */
static bool gets_well(struct store *s)
{
	int64_t until = clock_ns() + 20 * NS_PER_S;
	const struct timespec nap = { .tv_nsec = 10000000 };

	while (bed_figures(s).failed && clock_ns() < until)
		nanosleep(&nap, NULL);
	return !bed_figures(s).failed;
}

START_TEST(a_full_disk_refuses_records_and_costs_none_that_it_took)
{
	struct store *s;
	struct run_result *r = big_run("full2345", 50000), *got;
	struct event ev = { .kind = EV_SCENARIO_END, .seq = 1 };
	unsigned refused = 0, taken = 0;

	signal(SIGXFSZ, SIG_IGN);
	s = bed_open();
	bed_put_start(s, r);
	store_sync(s);
	limit_files(size_of("history.db-wal") > 150000 ? 300000 : 200000);
	for (unsigned i = 0; i < 40; i++) {
		/* A place of its own for each. */
		struct scenario_result *x = r->tests[0].scenarios[4];

		x->slot = i;
		ev.scenario_end = x;
		if (store_record(s, r->id, &ev, &e) == 0) {
			taken++;
			continue;
		}
		refused++;
		ck_assert_ptr_nonnull(strstr(e.msg, "journal"));
	}
	ck_assert_uint_gt(taken, 0);
	ck_assert_uint_gt(refused, 0);
	ck_assert(bed_figures(s).failed);
	limit_files(RLIM_INFINITY);
	bed_put_end(s, r);
	ck_assert(gets_well(s));
	got = store_load(s, r->id, &e);
	ck_assert_msg(got != NULL, "%s", e.msg);
	ck_assert_uint_eq(got->tests[0].n_scenarios, taken);
	ck_assert_str_eq(got->state, "done");
	run_result_free(got);
	store_close(s);
	run_result_free(r);
}
END_TEST

START_TEST(a_directory_that_cannot_be_made_fails_no_open_and_is_tried_again)
{
	struct store_config c = { .state_dir = xstrdup(bed_path("file/state")) };
	struct run_result *r = bed_run("r7k2m9qa", 1, 1);
	struct event ev = { .kind = EV_END, .end = { .exit = 0 } };

	ck_assert_int_eq(close(open(bed_path("file"), O_WRONLY | O_CREAT, 0600)), 0);

	struct store *s = store_open(&c, &e);
	int64_t until = clock_ns() + 20 * NS_PER_S;
	const struct timespec nap = { .tv_nsec = 10000000 };

	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(store_record(s, r->id, &ev, &e), -1);
	store_sync(s);
	ck_assert(bed_figures(s).failed);
	ck_assert_int_eq(unlink(bed_path("file")), 0);
	while (store_record(s, r->id, &ev, &e) < 0 && clock_ns() < until)
		nanosleep(&nap, NULL);
	bed_record(s, r);
	ck_assert(gets_well(s));
	bed_same(s, r);
	store_close(s);
	free((void *)(uintptr_t)c.state_dir);
	run_result_free(r);
}
END_TEST

static sqlite3 *lock_database(void)
{
	sqlite3 *h;

	ck_assert_int_eq(sqlite3_open(bed_path("history.db"), &h), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(h, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	return h;
}

/* Pages of this process in memory, in bytes. */
static size_t resident(void)
{
	unsigned long total = 0, pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	ck_assert_int_eq(fscanf(f, "%lu %lu", &total, &pages), 2);
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_TELLS false /* a sanitizer keeps what was freed, and takes its time */
#else
#define MEMORY_TELLS true
#endif

START_TEST(while_the_database_is_locked_the_file_is_the_queue_not_memory)
{
	struct store *s = bed_open();
	struct run_result *r = big_run("lock2345", 400000), *got;
	const unsigned n = MEMORY_TELLS ? 40 : 6;
	struct event ev = { .kind = EV_SCENARIO_END, .seq = 1 };

	bed_put_start(s, r);
	store_sync(s);
	sqlite3 *other = lock_database();
	size_t before = resident();

	for (unsigned i = 0; i < n; i++) {
		r->tests[0].scenarios[4]->slot = i;
		ev.scenario_end = r->tests[0].scenarios[4];
		bed_put(s, r, ev);
	}
	if (MEMORY_TELLS)
		ck_assert_uint_lt(resident(), before + (8u << 20));
	store_sync(s); /* comes back when the writer has given up waiting for the lock */
	ck_assert(bed_figures(s).failed);
	ck_assert_ptr_nonnull(strstr(bed_figures(s).message, "locked"));
	ck_assert_uint_ge(bed_figures(s).pending, n);
	bed_put_end(s, r);
	ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
	ck_assert(gets_well(s));
	got = store_load(s, r->id, &e);
	ck_assert_msg(got != NULL, "%s", e.msg);
	ck_assert_uint_eq(got->tests[0].n_scenarios, n);
	run_result_free(got);
	ck_assert_uint_eq(bed_figures(s).pending, 0);
	store_close(s);
	run_result_free(r);
}
END_TEST

START_TEST(a_journal_that_nobody_takes_is_bounded_and_what_it_has_survives)
{
	struct store *s = bed_open_with(1u << 20, 10);
	struct run_result *r = big_run("bulk2345", 1u << 20), *got;
	struct event ev = { .kind = EV_SCENARIO_END, .seq = 1 };
	unsigned taken = 0;

	bed_put_start(s, r);
	store_sync(s);
	sqlite3 *other = lock_database();

	for (; taken < 60; taken++) {
		r->tests[0].scenarios[4]->slot = taken;
		ev.scenario_end = r->tests[0].scenarios[4];
		if (store_record(s, r->id, &ev, &e) < 0)
			break;
	}
	ck_assert_uint_gt(taken, 5);
	ck_assert_uint_lt(taken, 60);
	ck_assert_int_eq(e.code, ERR_LIMIT);
	store_close(s);
	ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
	s = bed_open_with(1u << 20, 10);
	got = store_load(s, r->id, &e);
	ck_assert_msg(got != NULL, "%s", e.msg);
	ck_assert_str_eq(got->state, "lost");
	ck_assert_uint_eq(got->tests[0].n_scenarios, taken);
	run_result_free(got);
	store_close(s);
	run_result_free(r);
}
END_TEST

/* ---- much ---- */

START_TEST(ten_thousand_scenarios_are_recorded_and_come_back)
{
	struct store *s = bed_open();
	/* A sanitizer makes it ten times slower, not other. */
	struct run_result *r = bed_run("much2345", 100, MEMORY_TELLS ? 100 : 10);
	int64_t began = clock_ns(), recorded;

	bed_record(s, r);
	recorded = clock_ns();
	store_sync(s);
	fprintf(stderr, "%u scenarios: recorded in %lld ms, in the database after %lld ms\n",
	        r->summary.scenarios, (long long)((recorded - began) / NS_PER_MS),
	        (long long)((clock_ns() - began) / NS_PER_MS));
	bed_same(s, r);
	ck_assert_uint_eq(bed_figures(s).pending, 0);
	store_close(s);
	run_result_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_oldest_runs_go_when_there_are_too_many,
		the_file_shrinks_to_its_bound_and_the_newest_run_stays,
		a_run_that_is_active_is_never_removed_for_room,
		readers_see_what_was_recorded_before_they_asked,
		a_full_disk_refuses_records_and_costs_none_that_it_took,
		a_directory_that_cannot_be_made_fails_no_open_and_is_tried_again,
		while_the_database_is_locked_the_file_is_the_queue_not_memory,
		a_journal_that_nobody_takes_is_bounded_and_what_it_has_survives,
		ten_thousand_scenarios_are_recorded_and_come_back,
	};

	return check_run_with("limits", tests, ARRAY_LEN(tests), set_up, tear_down);
}

/* What was acknowledged survives kill -9, torn and damaged files, and is never taken twice. */
#include <dirent.h>
#include <signal.h>

#include "daemon/store/journal_priv.h"
#include "tests/unit/store/bed.h"

static void set_up(void)
{
	bed_make();
}

static void tear_down(void)
{
	bed_drop();
}

/* ---- files ---- */

static void slurp(const char *path, struct strbuf *b)
{
	strbuf_reset(b);
	ck_assert_msg(fs_read_file(path, 1u << 30, b, &e) == 0, "%s", e.msg);
}

static void spill(const char *path, const void *p, size_t n)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fs_write_all(fd, p, n, &e), 0);
}

static void remove_db(void)
{
	unlink(bed_path("history.db"));
	unlink(bed_path("history.db-wal"));
	unlink(bed_path("history.db-shm"));
}

static void append_event(struct segment *g, const char *run, const struct event *ev)
{
	AUTO_STRBUF b = STRBUF_INIT;

	record_begin(&b);
	wire_event(ev, true, &b);
	ck_assert_int_eq(segment_append(g, run, &b, &e), 0);
}

/* A journal as a daemon leaves it that was killed before the database took anything: the run's
 * first event and n scenarios. at[i] is where scenario i begins, at[n] the end. */
static void leave_journal(
        const char *name, const struct run_result *r, unsigned from, unsigned n, uint64_t *at)
{
	struct segment *g = segment_create(bed_path(name), &e);
	struct event run = { .kind = EV_RUN, .seq = 1 };

	ck_assert_ptr_nonnull(g);
	run.run.id = r->id;
	run.run.at_wall_ns = r->started_wall_ns;
	run.run.paths = r->paths;
	run.run.plan = r;
	if (from == 0)
		append_event(g, r->id, &run);
	for (unsigned i = from; i < n; i++) {
		struct event ev = { .kind = EV_SCENARIO_END, .seq = 2 + i };

		ev.scenario_end = r->tests[0].scenarios[i];
		if (at)
			at[i] = g->end;
		append_event(g, r->id, &ev);
	}
	if (at)
		at[n] = g->end;
	segment_free(g);
}

/* Scenarios that the store has of the run, which must be counted as many; -1: no such run. */
static int stored(struct store *s, const char *id)
{
	struct run_filter f = { 0 };
	struct run_row *rows;
	size_t n;
	int count = -1;

	ck_assert_msg(store_list(s, &f, &rows, &n, &e) == 0, "%s", e.msg);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].id, id) != 0)
			continue;
		struct run_result *r = store_load(s, id, &e);

		ck_assert_ptr_nonnull(r);
		count = (int)rows[i].counts.scenarios;
		ck_assert_uint_eq(r->summary.scenarios, rows[i].counts.scenarios);
		run_result_free(r);
	}
	store_rows_free(rows, n);
	return count;
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

/* ---- dead daemons ---- */

START_TEST(a_run_of_a_dead_daemon_is_lost_and_keeps_what_had_finished)
{
	struct run_result *r = bed_run("r7k2m9qa", 3, 4), *got;
	pid_t pid = fork();

	if (pid == 0) {
		struct store *s = bed_open();

		bed_put_start(s, r);
		bed_put_scenario(s, r, 1, 3);
		bed_put_scenario(s, r, 1, 1);
		bed_put_scenario(s, r, 0, 2);
		kill(getpid(), SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);

	struct store *s = bed_open();

	got = store_load(s, r->id, &e);
	ck_assert_msg(got != NULL, "%s", e.msg);
	ck_assert_str_eq(got->state, "lost");
	ck_assert_int_eq(got->exit, 6);
	ck_assert_str_eq(got->labels[0].value, "main");
	ck_assert_uint_eq(got->n_tests, 2);
	ck_assert_str_eq(got->tests[0].name, r->tests[0].name);
	ck_assert_str_eq(got->tests[1].scenarios[0]->name, "scenario 1");
	ck_assert_str_eq(got->tests[1].scenarios[1]->name, "scenario 3");
	ck_assert_uint_eq(got->summary.scenarios, 3);
	ck_assert_double_eq(got->duration_ms, 2);
	run_result_free(got);
	store_close(s);
	ck_assert_int_eq(count_journals(), 0);
	run_result_free(r);
}
END_TEST

/* Records scenarios and says so, one byte each, until it is killed. */
static NORETURN void record_until_killed(int out, const struct run_result *r)
{
	struct store *s = bed_open();

	bed_put_start(s, r);
	for (unsigned i = 0; i < r->tests[0].n_scenarios; i++) {
		bed_put_scenario(s, r, 0, i);
		if (write(out, "x", 1) != 1)
			_exit(1);
	}
	for (;;)
		pause();
}

static unsigned kill_after(unsigned acks, const struct run_result *r)
{
	int p[2];
	char byte;
	unsigned got = 0;

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	pid_t pid = fork();

	if (pid == 0)
		record_until_killed(p[1], r);
	close(p[1]);
	while (got < acks && read(p[0], &byte, 1) == 1)
		got++;
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	while (read(p[0], &byte, 1) == 1)
		got++;
	close(p[0]);
	return got;
}

START_TEST(nothing_acknowledged_is_lost_or_doubled_by_kill_9_at_any_moment)
{
	static const unsigned moments[] = { 1, 2, 3, 40, 111, 260, 399, 400 };

	for (unsigned k = 0; k < ARRAY_LEN(moments); k++) {
		char id[16];

		snprintf(id, sizeof id, "kill%04u", k);
		struct run_result *r = bed_run(id, 1, 400);
		unsigned acked = kill_after(moments[k], r);
		struct store *s = bed_open();
		int n = stored(s, id);

		/* One may have been written whose byte was not. */
		ck_assert_int_ge(n, (int)acked);
		ck_assert_int_le(n, (int)acked + 1);
		store_close(s);
		run_result_free(r);
	}
	ck_assert_int_eq(
	        bed_sql("history.db", "SELECT count(*) FROM run WHERE state <> 'lost'"), 0);
	ck_assert_int_eq(count_journals(), 0);
}
END_TEST

/* ---- torn files ---- */

static struct run_result *small_run(unsigned n)
{
	struct run_result *r = bed_run("r7k2m9qa", 1, n);

	for (unsigned i = 0; i < n; i++) {
		r->tests[0].scenarios[i]->n_steps = 0;
		r->tests[0].scenarios[i]->receipt = NULL;
		r->tests[0].scenarios[i]->queued_ms = r->tests[0].scenarios[i]->duration_ms = 1;
		r->tests[0].scenarios[i]->started_wall_ns = NS_PER_S;
	}
	return r;
}

static unsigned whole_before(const uint64_t *at, unsigned n, uint64_t cut)
{
	unsigned whole = 0;

	while (whole < n && at[whole + 1] <= cut)
		whole++;
	return whole;
}

START_TEST(a_journal_cut_at_any_byte_gives_its_whole_records)
{
	struct run_result *r = small_run(4);
	uint64_t at[5];
	AUTO_STRBUF b = STRBUF_INIT;

	leave_journal("journal", r, 0, 4, at);
	slurp(bed_path("journal"), &b);
	ck_assert_uint_eq(b.len, at[4]);
	for (uint64_t cut = at[1]; cut <= at[4]; cut++) {
		struct record rec;
		struct cursor c;
		unsigned n = 0;

		spill(bed_path("cut"), b.s, cut);
		struct segment *g = segment_open(bed_path("cut"), &e);

		cursor_init(&c, g->fd, g->id, SEGMENT_HEAD, g->end);
		while (cursor_next(&c, &rec, &e) == 1)
			n++;
		ck_assert_uint_eq(n, 1 + whole_before(at, 4, cut));
		ck_assert_uint_eq(c.at, cut);
		ck_assert_uint_eq(c.skipped, 0);
		cursor_release(&c);
		segment_free(g);
	}
	run_result_free(r);
}
END_TEST

START_TEST(a_daemon_after_a_torn_record_has_what_was_before_and_goes_on)
{
	struct run_result *r = small_run(3), *next = bed_run("next2345", 1, 2);
	uint64_t at[4];
	AUTO_STRBUF b = STRBUF_INIT;

	leave_journal("journal", r, 0, 3, at);
	slurp(bed_path("journal"), &b);
	for (uint64_t cut = at[1]; cut <= at[3]; cut += 57) {
		remove_db();
		spill(bed_path("journal"), b.s, cut);
		struct store *s = bed_open();

		bed_record(s, next);
		ck_assert_int_eq(stored(s, r->id), (int)whole_before(at, 3, cut));
		bed_same(s, next);
		ck_assert(!bed_figures(s).failed);
		store_close(s);
	}
	run_result_free(r);
	run_result_free(next);
}
END_TEST

START_TEST(a_journal_that_was_taken_but_not_removed_is_not_taken_again)
{
	struct run_result *r = small_run(6);
	uint64_t at[7];
	AUTO_STRBUF b = STRBUF_INIT;

	leave_journal("journal", r, 0, 6, at);
	slurp(bed_path("journal"), &b);
	/* The state after the commit of the first four and before the file was removed. */
	spill(bed_path("journal"), b.s, at[4]);
	struct store *s = bed_open();

	ck_assert_int_eq(stored(s, r->id), 4);
	store_close(s);
	uint64_t id = 0;

	memcpy(&id, b.s + 8, 8);
	char sql[160];

	snprintf(sql, sizeof sql, "INSERT INTO segment (id, taken) VALUES (%lld, %lld); ",
	        (long long)id, (long long)at[4]);
	bed_sql("history.db", sql);
	bed_sql("history.db", "UPDATE run SET state = 'running'");
	spill(bed_path("journal"), b.s, b.len);
	s = bed_open();
	ck_assert_int_eq(stored(s, r->id), 6);
	store_close(s);
	ck_assert_int_eq(bed_sql("history.db", "SELECT count(*) FROM segment"), 0);
	run_result_free(r);
}
END_TEST

START_TEST(journals_of_several_dead_daemons_are_taken_in_order)
{
	struct run_result *r = small_run(9);

	leave_journal("journal.9", r, 0, 3, NULL);
	leave_journal("journal.10", r, 3, 6, NULL);
	leave_journal("journal", r, 6, 9, NULL);
	struct store *s = bed_open();

	ck_assert_int_eq(stored(s, r->id), 9);
	store_close(s);
	ck_assert_int_eq(count_journals(), 0);
	run_result_free(r);
}
END_TEST

START_TEST(an_empty_or_torn_new_file_is_no_fault)
{
	spill(bed_path("journal"), "", 0);
	struct store *s = bed_open();

	bed_quick(s, "r7k2m9qa", 1, 2);
	ck_assert_int_eq(stored(s, "r7k2m9qa"), 2);
	ck_assert(!bed_figures(s).failed);
	store_close(s);
}
END_TEST

/* ---- damage ---- */

START_TEST(damage_costs_the_records_that_it_hit_and_is_reported)
{
	struct run_result *r = small_run(6);
	uint64_t at[7];
	AUTO_STRBUF b = STRBUF_INIT;

	leave_journal("journal", r, 0, 6, at);
	slurp(bed_path("journal"), &b);
	b.s[at[1] + RECORD_HEAD + 5] ^= 1; /* payload */
	b.s[at[3] + 5] ^= 1;               /* length */
	spill(bed_path("journal"), b.s, b.len);
	struct store *s = bed_open();

	ck_assert_int_eq(stored(s, r->id), 4);
	ck_assert(bed_figures(s).failed);
	ck_assert_ptr_nonnull(strstr(bed_figures(s).message, "journal are damaged"));
	store_close(s);
	run_result_free(r);
}
END_TEST

START_TEST(bytes_of_a_record_in_another_place_are_none)
{
	struct run_result *r = small_run(4);
	uint64_t at[5];
	AUTO_STRBUF b = STRBUF_INIT;

	/* As long as each other, so that a copy of one fits over the other. */
	leave_journal("journal", r, 0, 4, at);
	slurp(bed_path("journal"), &b);
	ck_assert_uint_eq(at[2] - at[1], at[3] - at[2]);
	memcpy(b.s + at[2], b.s + at[1], at[2] - at[1]);
	spill(bed_path("journal"), b.s, b.len);
	struct store *s = bed_open();

	ck_assert_int_eq(stored(s, r->id), 3);
	store_close(s);
	run_result_free(r);
}
END_TEST

START_TEST(a_file_that_is_no_journal_is_put_aside)
{
	spill(bed_path("journal"), "this is a text, and a rather long one for a journal\n", 52);
	struct store *s = bed_open();

	bed_quick(s, "r7k2m9qa", 1, 2);
	ck_assert_int_eq(stored(s, "r7k2m9qa"), 2);
	ck_assert(bed_figures(s).failed);
	ck_assert(bed_has("journal.damaged"));
	store_close(s);
}
END_TEST

START_TEST(records_that_say_nothing_are_passed_over)
{
	static const char *const lines[] = { "", "{", "[]", "{\"ev\":\"nothing we know\"}\n",
		"{\"ev\":\"scenario_end\"}\n", "{\"ev\":\"heartbeat\"}\n",
		"{\"ev\":\"run\",\"run\":7,\"plan\":[]}\n" };
	struct run_result *r = small_run(2);
	struct segment *g = segment_create(bed_path("journal"), &e);
	AUTO_STRBUF b = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		record_begin(&b);
		strbuf_adds(&b, lines[i]);
		ck_assert_int_eq(segment_append(g, "nosuchid", &b, &e), 0);
	}
	segment_free(g);
	struct store *s = bed_open();

	bed_record(s, r);
	ck_assert_int_eq(stored(s, r->id), 2);
	ck_assert(!bed_figures(s).failed);
	store_close(s);
	run_result_free(r);
}
END_TEST

/* ---- rotation ---- */

START_TEST(files_rotate_under_way_and_all_is_taken)
{
	struct run_result *r = bed_run("r7k2m9qa", 1, 100);
	struct store *s = bed_open();
	ino_t first;
	struct stat st;

	ck_assert_int_eq(stat(bed_path("journal"), &st), 0);
	first = st.st_ino;
	for (unsigned i = 0; i < 100; i++) {
		struct scenario_result *x = r->tests[0].scenarios[i];

		if (x->n_steps) {
			x->steps[0].verdict = VERDICT_FAIL;
			x->steps[0].out = bed_bytes(x->arena, 150000, false);
		}
	}
	bed_put_start(s, r);
	for (unsigned i = 0; i < 100; i++) {
		bed_put_scenario(s, r, 0, i);
		if (i % 20 == 19)
			store_sync(s);
	}
	bed_put_test_end(s, r, 0);
	bed_put_end(s, r);
	bed_same(s, r);
	ck_assert_int_eq(stat(bed_path("journal"), &st), 0);
	ck_assert(st.st_ino != first || st.st_size < 5 << 20);
	ck_assert_uint_eq(bed_figures(s).pending, 0);
	ck_assert_int_le(count_journals(), 2);
	store_close(s);
	ck_assert_int_le(count_journals(), 1);
	run_result_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_run_of_a_dead_daemon_is_lost_and_keeps_what_had_finished,
		nothing_acknowledged_is_lost_or_doubled_by_kill_9_at_any_moment,
		a_journal_cut_at_any_byte_gives_its_whole_records,
		a_daemon_after_a_torn_record_has_what_was_before_and_goes_on,
		a_journal_that_was_taken_but_not_removed_is_not_taken_again,
		journals_of_several_dead_daemons_are_taken_in_order,
		an_empty_or_torn_new_file_is_no_fault,
		damage_costs_the_records_that_it_hit_and_is_reported,
		bytes_of_a_record_in_another_place_are_none,
		a_file_that_is_no_journal_is_put_aside,
		records_that_say_nothing_are_passed_over,
		files_rotate_under_way_and_all_is_taken,
	};

	return check_run_with("journal", tests, ARRAY_LEN(tests), set_up, tear_down);
}

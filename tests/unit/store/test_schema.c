/* Databases of other versions, and files that are none. */
#include <signal.h>

#include "daemon/store/db_priv.h"
#include "tests/unit/store/bed.h"

static void set_up(void)
{
	bed_make();
}

static void tear_down(void)
{
	bed_drop();
}

static void run_sql(const char *name, const char *sql)
{
	sqlite3 *h;
	char *message = NULL;

	ck_assert_int_eq(sqlite3_open(bed_path(name), &h), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(h, sql, NULL, NULL, &message) == SQLITE_OK, "%s", message);
	ck_assert_int_eq(sqlite3_close(h), SQLITE_OK);
}

/* The filled database of version 1 that lies beside this file. */
static void make_v1(void)
{
	AUTO_STRBUF b = STRBUF_INIT;
	AUTO_STR dir = xstrdup(__FILE__);

	*strrchr(dir, '/') = '\0';
	AUTO_STR path = fs_join(dir, "v1.sql");

	ck_assert_msg(fs_read_file(path, 1u << 20, &b, &e) == 0, "%s", e.msg);
	run_sql("history.db", b.s);
	ck_assert_int_eq(bed_sql("history.db", "PRAGMA user_version"), 1);
}

/* Name of the only file in the directory that begins so; "" when there is none. */
static const char *one_like(const char *prefix)
{
	static char name[128];
	char cmd[256];

	snprintf(cmd, sizeof cmd, "cd '%s' && ls | grep '^%s' | grep -v -e -wal$ -e -shm$", bed_dir,
	        prefix);
	FILE *f = popen(cmd, "r");

	name[0] = '\0';
	if (fgets(name, sizeof name, f))
		name[strcspn(name, "\n")] = '\0';
	ck_assert(!fgets(cmd, sizeof cmd, f));
	pclose(f);
	return name;
}

START_TEST(a_filled_database_of_version_1_is_migrated_and_shown)
{
	make_v1();
	struct store *s = bed_open();
	struct run_result *r = store_load(s, "old12345", &e);
	AUTO_STRBUF out = STRBUF_INIT;

	ck_assert_msg(r != NULL, "%s", e.msg);
	ck_assert_uint_eq(r->n_labels, 0);
	ck_assert_str_eq(r->options[0].value, "2");
	ck_assert_str_eq(r->tests[0].description, "about orders");
	ck_assert_uint_eq(r->tests[0].n_scenarios, 2);
	const struct scenario_result *pass = r->tests[0].scenarios[0],
	                             *fail = r->tests[0].scenarios[1];

	ck_assert_str_eq(pass->receipt->sandbox, "sb0001");
	ck_assert_str_eq(fail->receipt->sandbox, "sb0002");
	ck_assert_str_eq(fail->receipt->limits[0].value, "512");
	ck_assert_str_eq(pass->steps[0].out.data, "hello\n");
	ck_assert_ptr_null(pass->steps[0].out.arrival);
	ck_assert_str_eq(pass->steps[0].argv.v[2], "x");
	ck_assert_uint_eq(pass->steps[0].err.len, 0);
	ck_assert_uint_eq(fail->steps[0].err.len, 4);
	ck_assert_uint_eq(fail->steps[0].err.head, 2);
	ck_assert_uint_eq(fail->steps[0].err.total, 90000);
	ck_assert_str_eq(fail->failures[0].message, "exit status 1");
	ck_assert(fail->steps[0].setup);
	run_result_free(r);
	ck_assert_int_eq(store_output(s, "old12345", "orders/refund", "call", 2, &out, &e), 0);
	ck_assert_mem_eq(out.s, "\xff\0\n\v", 4);

	/* And it goes on as a database of today. */
	struct run_result *next = bed_run("next2345", 2, 3);

	bed_record(s, next);
	bed_same(s, next);
	run_result_free(next);
	ck_assert(!bed_figures(s).failed);
	ck_assert_uint_eq(bed_figures(s).runs, 3);
	store_close(s);
	ck_assert_int_eq(bed_sql("history.db", "PRAGMA user_version"), SCHEMA_VERSION);
	ck_assert_int_eq(bed_sql("history.db", "SELECT count(*) FROM pragma_integrity_check"
	                                       " WHERE integrity_check <> 'ok'"),
	        0);
	ck_assert_int_eq(bed_sql("history.db", "SELECT count(*) FROM receipt"), 2);
}
END_TEST

START_TEST(a_migrated_database_has_the_tables_of_a_new_one)
{
	static const char shape[] =
	        "SELECT count(*) FROM (SELECT t.name, c.name, c.type, c.pk FROM sqlite_schema t,"
	        " pragma_table_info(t.name) c WHERE t.type = 'table')";
	make_v1();
	store_close(bed_open());
	int64_t migrated = bed_sql("history.db", shape);

	ck_assert_int_eq(unlink(bed_path("history.db")), 0);
	store_close(bed_open());
	ck_assert_int_eq(bed_sql("history.db", shape), migrated);
}
END_TEST

START_TEST(a_migration_that_fails_leaves_all_as_it_was_and_loses_no_result)
{
	make_v1();
	run_sql("history.db", "CREATE TABLE label (x)");
	struct store *s = bed_open();

	bed_quick(s, "next2345", 1, 2);
	store_sync(s);
	ck_assert(bed_figures(s).failed);
	ck_assert_ptr_nonnull(strstr(bed_figures(s).message, "migration to version 2"));
	store_close(s);
	ck_assert_int_eq(bed_sql("history.db", "PRAGMA user_version"), 1);
	ck_assert_int_eq(
	        bed_sql("history.db", "SELECT count(*) FROM step WHERE stdout IS NOT NULL"), 1);
	ck_assert_int_eq(
	        bed_sql("history.db", "SELECT count(*) FROM sqlite_schema WHERE name = 'output'"),
	        0);

	run_sql("history.db", "DROP TABLE label");
	s = bed_open();
	struct run_result *r = store_load(s, "next2345", &e);

	ck_assert_msg(r != NULL, "%s", e.msg);
	ck_assert_str_eq(r->state, "done");
	run_result_free(r);
	store_close(s);
}
END_TEST

START_TEST(a_database_of_a_newer_program_is_put_aside_whole)
{
	make_v1();
	run_sql("history.db", "PRAGMA user_version = 99");
	struct store *s = bed_open();

	bed_quick(s, "next2345", 1, 2);
	store_sync(s);
	ck_assert(bed_figures(s).failed);
	ck_assert_ptr_nonnull(strstr(bed_figures(s).message, "newer clnrm (version 99"));
	ck_assert_uint_eq(bed_figures(s).runs, 1);
	store_close(s);
	const char *aside = one_like("history.db.newer-");

	ck_assert_str_ne(aside, "");
	ck_assert_int_eq(bed_sql(aside, "PRAGMA user_version"), 99);
	ck_assert_int_eq(bed_sql(aside, "SELECT count(*) FROM run"), 2);
	s = bed_open();
	store_sync(s);
	ck_assert(!bed_figures(s).failed);
	store_close(s);
}
END_TEST

static void write_file(const char *name, size_t at, const void *p, size_t n)
{
	AUTO_FD fd = open(bed_path(name), O_WRONLY | O_CREAT, 0600);

	ck_assert_int_eq(pwrite(fd, p, n, (off_t)at), (ssize_t)n);
}

START_TEST(a_file_that_is_no_database_is_put_aside)
{
	char junk[8192];

	memset(junk, 'x', sizeof junk);
	write_file("history.db", 0, junk, sizeof junk);
	struct store *s = bed_open();

	bed_quick(s, "next2345", 1, 2);
	store_sync(s);
	ck_assert(bed_figures(s).failed);
	ck_assert_ptr_nonnull(strstr(bed_figures(s).message, "not a database"));
	ck_assert_uint_eq(bed_figures(s).runs, 1);
	store_close(s);
	ck_assert_str_ne(one_like("history.db.damaged-"), "");
}
END_TEST

START_TEST(a_damaged_page_is_found_and_the_journal_is_not_lost)
{
	char junk[4096 * 6];
	struct run_result *r = bed_run("next2345", 1, 3), *lost;
	struct store *s = bed_open();

	for (unsigned i = 0; i < 8; i++) {
		char id[16];

		snprintf(id, sizeof id, "fill%04u", i);
		bed_quick(s, id, 2, 20);
	}
	store_close(s);
	memset(junk, 0x5a, sizeof junk);
	write_file("history.db", 4096 * 2, junk, sizeof junk);

	/* The daemon dies: the next one checks the file. */
	pid_t pid = fork();

	if (pid == 0) {
		struct store_config c = { .state_dir = bed_dir };
		struct store *dying = store_open(&c, &e);

		bed_put_start(dying, r);
		bed_put_scenario(dying, r, 0, 1);
		kill(getpid(), SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	s = bed_open();
	bed_quick(s, "after234", 1, 2);
	lost = store_load(s, "next2345", &e);
	ck_assert_msg(lost != NULL, "%s", e.msg);
	ck_assert_str_eq(lost->state, "lost");
	run_result_free(lost);
	ck_assert_str_ne(one_like("history.db.damaged-"), "");
	store_close(s);
	run_result_free(r);
}
END_TEST

START_TEST(an_empty_file_is_a_new_database)
{
	write_file("history.db", 0, "", 0);
	struct store *s = bed_open();

	bed_quick(s, "next2345", 1, 2);
	store_sync(s);
	ck_assert(!bed_figures(s).failed);
	store_close(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_filled_database_of_version_1_is_migrated_and_shown,
		a_migrated_database_has_the_tables_of_a_new_one,
		a_migration_that_fails_leaves_all_as_it_was_and_loses_no_result,
		a_database_of_a_newer_program_is_put_aside_whole,
		a_file_that_is_no_database_is_put_aside,
		a_damaged_page_is_found_and_the_journal_is_not_lost,
		an_empty_file_is_a_new_database,
	};

	return check_run_with("schema", tests, ARRAY_LEN(tests), set_up, tear_down);
}

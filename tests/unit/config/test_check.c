#include <inttypes.h>

#include "daemon/config/check.h"
#include "tests/unit/config/load_bed.h"

static struct diags found;

/* Checks "key = value" as a key of this kind of table; NULL when it was dropped. */
static const struct node *checked(enum table_kind kind, const char *line)
{
	const struct parse_limits lim = PARSE_LIMITS_DEFAULT;
	struct node *root;

	diags_release(&found);
	diags_init(&found, bed.a);
	root = toml_read(line, strlen(line), "f", &lim, bed.a, &found);
	ck_assert_msg(found.n == 0, "%s: %s", line, found.n ? found.v[0].message : "");

	struct check c = { .file = "f", .a = bed.a, .d = &found, .for_run = false };
	check_table(&c, root, kind);
	return root->first;
}

static void release(void)
{
	diags_release(&found);
	bed_remove();
}

/* The normal form as text; for what was dropped the code of the finding. */
static const char *form(enum table_kind kind, const char *line)
{
	const struct node *n = checked(kind, line);
	AUTO_STRBUF b = STRBUF_INIT;

	if (!n)
		return found.n ? found.v[0].code : "dropped";
	switch (n->type) {
	case NODE_INT:
		return arena_printf(bed.a, "%" PRId64, n->i);
	case NODE_FLOAT:
		return arena_printf(bed.a, "%g", n->f);
	case NODE_BOOL:
		return n->b ? "true" : "false";
	case NODE_STRING:
		return arena_printf(bed.a, "'%s'", n->s);
	default:
		node_tagged_json(n, &b);
		return arena_strdup(bed.a, b.s);
	}
}

struct row {
	const char *line, *form;
};

static void all(enum table_kind kind, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *got = form(kind, rows[i].line);

		ck_assert_msg(strcmp(got, rows[i].form) == 0, "%s gives %s, not %s", rows[i].line,
		        got, rows[i].form);
	}
}
#define ALL(kind, ...)                                            \
	do {                                                      \
		static const struct row rows[] = { __VA_ARGS__ }; \
		all(kind, rows, ARRAY_LEN(rows));                 \
	} while (0)

START_TEST(durations)
{
	ALL(TABLE_STEP, { "timeout = 5", "5000000000" }, { "timeout = \"5\"", "5000000000" },
	        { "timeout = 1.5", "1500000000" }, { "timeout = \"500ms\"", "500000000" },
	        { "timeout = \"1m30s\"", "90000000000" }, { "timeout = \"1.5h\"", "5400000000000" },
	        { "timeout = \"2 s\"", "config.duration" },
	        { "timeout = \"30s1m\"", "config.duration" },
	        { "timeout = \"-1s\"", "config.duration" }, { "timeout = -1", "config.duration" },
	        { "timeout = 0", "config.duration" }, { "timeout = \"0\"", "config.duration" },
	        { "timeout = \"none\"", "0" }, { "timeout = \"7d\"", "604800000000000" },
	        { "timeout = \"8d\"", "config.duration" },
	        { "timeout = \"10us\"", "config.duration" },
	        { "timeout = \"\"", "config.duration" }, { "timeout = true", "config.type" },
	        { "timeout = nan", "config.duration" }, { "timeout = 1_000", "1000000000000" },
	        { "timeout_ms = 250", "250000000" }, { "timeout_ms = \"2s\"", "2000000000" },
	        { "timeout_ms = \"250\"", "250000000" }, { "timeout_seconds = 3", "3000000000" },
	        { "timeout = \"3 seconds\"", "config.duration" },
	        { "timeout = \"3seconds\"", "3000000000" },
	        { "timeout = \"2hrs\"", "7200000000000" }, { "grace = 0", "0" },
	        { "grace = \"0ms\"", "0" }, { "grace_period_ms = 100", "100000000" },
	        { "retry_delay = \"none\"", "config.duration" });
}
END_TEST

START_TEST(sizes)
{
	ALL(TABLE_LIMITS, { "memory_mb = 64", "67108864" }, { "memory_mb = \"64\"", "67108864" },
	        { "memory_mb = \"64m\"", "67108864" }, { "memory_mb = \"64MiB\"", "67108864" },
	        { "memory_mb = \"1.5GiB\"", "1610612736" }, { "memory_mb = \"8G\"", "8589934592" },
	        { "memory_mb = \"4096kb\"", "4194304" }, { "memory_mb = 3", "config.range" },
	        { "memory_mb = -1", "config.range" }, { "memory_mb = \"64x\"", "config.size" },
	        { "memory_mb = \"\"", "config.size" }, { "memory_mb = 1.5", "config.type" },
	        { "memory_mb = 99999999999", "config.range" }, { "swap_mb = 0", "0" },
	        { "output_mb = 1024", "1073741824" }, { "output_mb = 1025", "config.range" },
	        { "pids = 7", "config.range" }, { "pids = 8", "8" },
	        { "pids = \"8\"", "config.type" });
	ALL(TABLE_RESOURCES, { "memory_limit = 67108864", "67108864" },
	        { "memory_limit = \"64m\"", "67108864" }, { "memory_limit = [1]", "config.type" });
}
END_TEST

START_TEST(cores)
{
	ALL(TABLE_RESOURCES, { "cpu_limit = 0.5", "500" }, { "cpu_limit = \"0.5\"", "500" },
	        { "cpu_limit = \"500m\"", "500" }, { "cpu_limit = 2", "2000" },
	        { "cpu_limit = 0", "config.range" }, { "cpu_limit = \"5x\"", "config.range" },
	        { "cpu_limit = \"\"", "config.range" }, { "cpu_limit = nan", "config.range" },
	        { "cpu_limit = -1", "config.range" });
	ALL(TABLE_POLICY, { "max_cpu_usage = 1", "1" }, { "max_cpu_usage = 0.25", "0.25" },
	        { "max_cpu_usage = 1.5", "config.range" });
}
END_TEST

START_TEST(words_and_names)
{
	ALL(TABLE_SCENARIO, { "name = \"a\"", "'a'" }, { "name = \" \"", "config.empty" },
	        { "name = \"a\\tb\"", "config.range" }, { "isolation = \"default\"", "'standard'" },
	        { "profile = \"strict\"", "'strict'" }, { "isolation = \"Strict\"", "config.enum" },
	        { "project = \"rw\"", "config.enum" }, { "user = 0", "'0'" },
	        { "read_only = \"yes\"", "config.type" }, { "read_only = 1", "config.type" },
	        { "tags = \"a\"", "config.type" }, { "skip = false", "dropped" },
	        { "skip = \"why\"", "'why'" }, { "skip = 1", "config.type" },
	        { "umask = \"022\"", "18" }, { "umask = \"0o27\"", "23" }, { "umask = 77", "63" },
	        { "umask = \"8\"", "config.range" }, { "umask = \"-1\"", "config.range" },
	        { "umask = \"01000\"", "config.range" });
	checked(TABLE_SCENARIO, "isolation = \"stirct\"");
	ck_assert_str_eq(
	        found.v[0].message, "'isolation' is 'stirct', one of strict, standard, relaxed");
	ck_assert_str_eq(found.v[0].help[0], "did you mean 'strict'?");
}
END_TEST

START_TEST(codes_and_signals)
{
	ALL(TABLE_STEP, { "expected_exit_code = 256", "config.range" },
	        { "expected_exit_code = -1", "config.range" },
	        { "expected_exit_code = []", "config.empty" },
	        { "expected_exit_code = [1, \"2\"]", "config.type" },
	        { "expected_signal = \"SIGKILL\"", "9" }, { "expected_signal = \"TERM\"", "15" },
	        { "expected_signal = \"SIGNOPE\"", "config.enum" },
	        { "expected_signal = 9", "config.type" }, { "retries = 101", "config.range" },
	        { "retries = 1.5", "config.type" }, { "retry_backoff = 0.5", "config.range" },
	        { "retry_backoff = 3", "3" });
	checked(TABLE_STEP, "retries = 500");
	ck_assert_str_eq(found.v[0].message, "'retries' is 500, wanted 0 to 100");
}
END_TEST

START_TEST(ports_and_regular_expressions)
{
	static const char *const good[] = { "5432", "\"5432\"", "\"5432/udp\"", "\"15432:5432\"",
		"\"127.0.0.1:15432:5432\"", "\"80/tcp\"" };
	static const char *const bad[] = { "0", "65536", "\"x\"", "\"80/sctp\"", "\"a:80\"", "\"\"",
		"\"99999:80\"" };

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		ck_assert_ptr_nonnull(
		        checked(TABLE_SERVICE, arena_printf(bed.a, "ports = [%s]", good[i])));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_str_eq(form(TABLE_SERVICE, arena_printf(bed.a, "ports = [%s]", bad[i])),
		        "config.range");
	ALL(TABLE_SERVICE, { "wait_log_message = 'a('", "config.regex" },
	        { "wait_log_message = 'a$'", "'a$'" }, { "wait_for = \"ready\"", "config.enum" },
	        { "wait_for = \"healthy\"", "'healthy'" }, { "wait_for = 5", "config.type" },
	        { "ports = 80", "config.type" });
}
END_TEST

START_TEST(forms_of_env)
{
	ALL(TABLE_STEP,
	        { "env = [\"A=1\", \"B=x=y\", \"A=2\"]",
	                "{\"B\":{\"type\":\"string\",\"value\":\"x=y\"},"
	                "\"A\":{\"type\":\"string\",\"value\":\"2\"}}\n" },
	        { "env = { A = 0x10, B = 1.50, C = true }",
	                "{\"A\":{\"type\":\"string\",\"value\":\"0x10\"},"
	                "\"B\":{\"type\":\"string\",\"value\":\"1.50\"},"
	                "\"C\":{\"type\":\"string\",\"value\":\"true\"}}\n" },
	        { "env = \"A=1\"", "config.type" });
	checked(TABLE_STEP, "env = { \"1A\" = \"x\" }");
	ck_assert_str_eq(
	        found.v[0].message, "'1A' is no name of a variable (letters, digits, '_')");
	checked(TABLE_STEP, "env = { A = [1] }");
	ck_assert_str_eq(found.v[0].message, "variable 'A' wants a string, found a list");
	checked(TABLE_STEP, "env = { A = \"\\u0000\" }");
	ck_assert_str_eq(found.v[0].message, "variable 'A' holds a NUL");
}
END_TEST

START_TEST(two_spellings_may_say_the_same)
{
	checked(TABLE_STEP, "timeout = \"1s\"\ntimeout_ms = 1000");
	ck_assert_uint_eq(found.n, 0);
	checked(TABLE_STEP, "timeout = \"1s\"\ntimeout_ms = 1001");
	ck_assert_str_eq(found.v[0].code, "config.conflict");
	checked(TABLE_STEP, "depends_on = [\"a\"]\nneeds = [\"b\"]");
	ck_assert_uint_eq(found.errors, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { durations, sizes, cores, words_and_names, codes_and_signals,
		ports_and_regular_expressions, forms_of_env, two_spellings_may_say_the_same };

	return check_run_with("check", tests, ARRAY_LEN(tests), bed_make, release);
}

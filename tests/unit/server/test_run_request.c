#include "tests/unit/check_main.h"

#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "daemon/server/runs_request.h"

static struct arena *arena;
static struct decode decode;
static struct run_request req;
static json_t *body;

static void setup(void)
{
	arena = arena_new();
	decode_init(&decode, arena);
}

static void teardown(void)
{
	json_decref(body);
	decode_release(&decode);
	arena_free(arena);
}

static bool read_text(const char *text)
{
	json_error_t e;

	json_decref(body);
	body = json_loads(text, JSON_ALLOW_NUL, &e);
	ck_assert_msg(body != NULL, "%s", e.text);
	return run_request_read(&decode, body, false, &req);
}

/* A request with these options alone. */
static bool read_options(const char *options)
{
	AUTO_STR text = xasprintf("{\"paths\":[],\"cwd\":\"/\",\"options\":{%s}}", options);

	return read_text(text);
}

static void finding_is(const char *code, const char *pointer, const char *message)
{
	ck_assert_uint_eq(decode.d.n, 1);
	ck_assert_str_eq(decode.d.v[0].code, code);
	ck_assert_str_eq(decode.d.v[0].pointer, pointer);
	ck_assert_str_eq(decode.d.v[0].message, message);
}

START_TEST(a_whole_request_is_taken_as_it_is)
{
	ck_assert(read_text(
	        "{\"paths\":[\"a.clnrm.toml\",\"dir/\"],"
	        "\"cwd\":{\"path\":\"/work\",\"dev\":3,\"ino\":\"18446744073709551615\"},"
	        "\"env\":{\"CI\":\"1\",\"A\":\"b=c\"},"
	        "\"options\":{\"filter\":[\"x\",\"y\"],\"jobs\":4,\"fail_fast\":true,"
	        "\"timeout_ms\":1500,\"step_timeout_ms\":2,\"image_map\":{\"alpine\":\"host\"},"
	        "\"isolation\":\"relaxed\",\"show_output\":\"live\",\"slowest\":3,\"raw\":true,"
	        "\"junit_dialect\":\"gitlab\",\"junit_output\":\"always\",\"config\":\"c.toml\"},"
	        "\"labels\":{\"k\":\"v\"},\"reports\":[{\"kind\":\"tap\"},{\"kind\":\"json\"}],"
	        "\"detach\":false}"));
	const struct run_options *o = &req.run;

	ck_assert_uint_eq(o->paths.n, 2);
	ck_assert_str_eq(o->paths.v[1], "dir/");
	ck_assert_str_eq(o->cwd, "/work");
	ck_assert(req.dir.has_id);
	ck_assert_uint_eq(req.dir.ino, UINT64_MAX);
	ck_assert_str_eq(client_env_get(&o->env, "A"), "b=c");
	ck_assert(o->forbid_only); /* CI is set */
	ck_assert_str_eq(o->filter.v[1], "y");
	ck_assert_uint_eq(o->jobs, 4);
	ck_assert_uint_eq(o->max_failures, 1);
	ck_assert_int_eq(o->run_timeout_ns, 1500 * NS_PER_MS);
	ck_assert_int_eq(o->flags.run_timeout_ns, 1500 * NS_PER_MS);
	ck_assert_int_eq(o->flags.step_timeout_ns, 2 * NS_PER_MS);
	ck_assert_str_eq(o->flags.image_map.v[0], "alpine");
	ck_assert_str_eq(o->flags.image_map.v[1], "host");
	ck_assert_str_eq(o->flags.isolation, "relaxed");
	ck_assert_str_eq(o->flags.config_file, "/work/c.toml");
	ck_assert_str_eq(o->labels[0].value, "v");
	ck_assert_int_eq(req.show_output, SHOW_LIVE);
	ck_assert(req.raw);
	ck_assert_int_eq(req.junit_dialect, JUNIT_GITLAB);
	ck_assert(req.junit_always);
	ck_assert_uint_eq(req.n_reports, 2);
	ck_assert_int_eq(req.reports[0], REPORT_TAP);
}
END_TEST

START_TEST(what_is_not_said_has_its_default)
{
	ck_assert(read_options(""));
	ck_assert_uint_eq(req.run.jobs, 0);
	ck_assert_uint_eq(req.run.max_failures, 0);
	ck_assert(!req.run.forbid_only);
	ck_assert(!req.run.skip_refused);
	ck_assert_ptr_null(req.run.flags.isolation);
	ck_assert_ptr_null(req.run.flags.config_file);
	ck_assert_int_eq(req.show_output, SHOW_FAILED);
	ck_assert_int_eq(req.junit_dialect, JUNIT_SUREFIRE);
	ck_assert_uint_eq(req.run.n_given, 0);
}
END_TEST

START_TEST(options_that_were_given_are_told_as_text)
{
	ck_assert(read_options("\"jobs\":2,\"force\":true,\"filter\":[\"a\",\"b\"],"
	                       "\"image_map\":{\"x\":\"y\"}"));
	ck_assert_uint_eq(req.run.n_given, 4);
	ck_assert_str_eq(req.run.given[0].name, "jobs");
	ck_assert_str_eq(req.run.given[0].value, "2");
	ck_assert_str_eq(req.run.given[1].value, "true");
	ck_assert_str_eq(req.run.given[2].value, "a,b");
	ck_assert_str_eq(req.run.given[3].value, "x=y");
}
END_TEST

START_TEST(a_check_of_an_installation_skips_what_the_machine_lacks)
{
	ck_assert(read_options("\"skip_refused\":true"));
	ck_assert(req.run.skip_refused);
}
END_TEST

START_TEST(not_parallel_is_one_at_a_time_unless_a_number_is_given)
{
	ck_assert(read_options("\"parallel\":false"));
	ck_assert_uint_eq(req.run.jobs, 1);
}
END_TEST

START_TEST(no_forbid_only_holds_although_ci_is_set)
{
	ck_assert(read_text("{\"cwd\":\"/\",\"env\":{\"CI\":\"1\"},"
	                    "\"options\":{\"forbid_only\":false}}"));
	ck_assert(!req.run.forbid_only);
}
END_TEST

/* Options that take other types and ranges than these. */
static const struct {
	const char *options, *pointer, *message;
} bad[] = {
	{ "\"jobs\":0", "/options/jobs", "'jobs' must be an integer from 1 to 1024, not 0" },
	{ "\"jobs\":1025", "/options/jobs", "'jobs' must be an integer from 1 to 1024, not 1025" },
	{ "\"jobs\":\"4\"", "/options/jobs", "'jobs' must be an integer from 1 to 1024, not '4'" },
	{ "\"jobs\":1.5", "/options/jobs",
	        "'jobs' must be an integer from 1 to 1024, not a number with a fraction" },
	{ "\"max_failures\":0", "/options/max_failures",
	        "'max_failures' must be an integer from 1 to 1000000, not 0" },
	{ "\"slowest\":-1", "/options/slowest",
	        "'slowest' must be an integer from 0 to 100000, not -1" },
	{ "\"force\":1", "/options/force", "'force' must be true or false, not 1" },
	{ "\"list\":\"yes\"", "/options/list", "'list' must be true or false, not 'yes'" },
	{ "\"fail_fast\":null", "/options/fail_fast",
	        "'fail_fast' must be true or false, not null" },
	{ "\"keep_going\":[]", "/options/keep_going",
	        "'keep_going' must be true or false, not a list" },
	{ "\"no_history\":0", "/options/no_history", "'no_history' must be true or false, not 0" },
	{ "\"strict\":{}", "/options/strict", "'strict' must be true or false, not an object" },
	{ "\"allow_unknown\":2", "/options/allow_unknown",
	        "'allow_unknown' must be true or false, not 2" },
	{ "\"forbid_only\":2", "/options/forbid_only",
	        "'forbid_only' must be true or false, not 2" },
	{ "\"no_config\":2", "/options/no_config", "'no_config' must be true or false, not 2" },
	{ "\"raw\":2", "/options/raw", "'raw' must be true or false, not 2" },
	{ "\"parallel\":2", "/options/parallel", "'parallel' must be true or false, not 2" },
	{ "\"timeout_ms\":0", "/options/timeout_ms",
	        "'timeout_ms' must be milliseconds from 1 to 604800000, not 0" },
	{ "\"scenario_timeout_ms\":604800001", "/options/scenario_timeout_ms",
	        "'scenario_timeout_ms' must be milliseconds from 1 to 604800000, not 604800001" },
	{ "\"step_timeout_ms\":\"2s\"", "/options/step_timeout_ms",
	        "'step_timeout_ms' must be milliseconds from 1 to 604800000, not '2s'" },
	{ "\"filter\":\"x\"", "/options/filter", "'filter' must be a list of texts, not 'x'" },
	{ "\"exclude\":[1]", "/options/exclude",
	        "'exclude' must be a list of texts, not one with a number in it" },
	{ "\"exclude\":[\"a\\u0000b\"]", "/options/exclude",
	        "'exclude' must be a list of texts, not one with NUL in it" },
	{ "\"image_map\":{\"a\":1}", "/options/image_map",
	        "'image_map' must be an object of texts, not one with a number in it" },
	{ "\"config\":3", "/options/config",
	        "'config' must be a text of at most 4095 bytes, not 3" },
	{ "\"isolation\":\"loose\"", "/options/isolation",
	        "'isolation' must be one of: strict standard relaxed, not 'loose'" },
	{ "\"junit_dialect\":\"ant\"", "/options/junit_dialect",
	        "'junit_dialect' must be one of: surefire jenkins gitlab github plain, not 'ant'" },
	{ "\"junit_output\":true", "/options/junit_output",
	        "'junit_output' must be one of: failed always, not true" },
	{ "\"show_output\":\"\"", "/options/show_output",
	        "'show_output' must be one of: failed always never live, not ''" },
};

START_TEST(a_bad_value_is_named_with_its_place)
{
	ck_assert(!read_options(bad[_i].options));
	finding_is("invalid-option", bad[_i].pointer, bad[_i].message);
	ck_assert_str_eq(decode_code(&decode), "invalid-option");
}
END_TEST

START_TEST(an_unknown_option_gets_a_proposal)
{
	ck_assert(!read_options("\"fail-fast\":true"));
	finding_is("invalid-option", "/options/fail-fast", "unknown option 'fail-fast'");
	ck_assert_str_eq(decode.d.v[0].help[0], "did you mean 'fail_fast'?");
}
END_TEST

START_TEST(what_the_cache_would_answer_may_be_left_out_or_verified)
{
	ck_assert(read_options("\"changed\":true,\"verify_cache\":5"));
	ck_assert(req.run.changed);
	ck_assert_uint_eq(req.run.verify_cache, 5);
}
END_TEST

START_TEST(turns_and_attempts_exclude_each_other)
{
	static const struct {
		const char *options, *pointer, *says;
	} refused[] = {
		{ "\"repeat\":2,\"retries\":0", "/options/retries",
		        "'repeat' and 'retries' exclude each other" },
		{ "\"until_fail\":2,\"retries\":1", "/options/retries",
		        "'until_fail' and 'retries' exclude each other" },
		{ "\"until_fail\":2,\"repeat\":1", "/options/until_fail",
		        "'repeat' and 'until_fail' exclude each other" },
		{ "\"repeat\":2,\"changed\":true", "/options/changed",
		        "'repeat' and 'changed' exclude each other" },
		{ "\"repeat\":2,\"verify_cache\":5", "/options/verify_cache",
		        "'repeat' and 'verify_cache' exclude each other" },
		{ "\"repeat\":2,\"update_snapshots\":\"all\"", "/options/update_snapshots",
		        "'repeat' and 'update_snapshots' exclude each other" },
		{ "\"retries\":101", "/options/retries",
		        "'retries' must be an integer from 0 to 100, not 101" },
		{ "\"repeat\":0", "/options/repeat",
		        "'repeat' must be an integer from 1 to 1000000, not 0" },
	};

	ck_assert(read_options("\"jobs\":1"));
	ck_assert(!req.run.retries_given && !req.run.flaky_given && !req.run.force);
	ck_assert(read_options("\"retries\":0,\"fail_on_flaky\":false"));
	ck_assert(req.run.retries_given && req.run.flaky_given && !req.run.fail_on_flaky);
	ck_assert_uint_eq(req.run.retries, 0);
	ck_assert(read_options("\"repeat\":7"));
	ck_assert_uint_eq(req.run.repeat, 7);
	ck_assert(req.run.force);
	ck_assert(read_options("\"until_fail\":9"));
	ck_assert_uint_eq(req.run.until_fail, 9);
	ck_assert(req.run.force);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		decode_release(&decode);
		decode_init(&decode, arena);
		ck_assert(!read_options(refused[i].options));
		finding_is("invalid-option", refused[i].pointer, refused[i].says);
	}
}
END_TEST

START_TEST(force_leaves_nothing_out)
{
	ck_assert(!read_options("\"changed\":true,\"force\":true"));
	finding_is(
	        "invalid-option", "/options/changed", "'force' and 'changed' exclude each other");
}
END_TEST

START_TEST(files_that_changed_come_with_their_revision)
{
	ck_assert(read_text("{\"cwd\":\"/\",\"changed\":{\"ref\":\"HEAD\",\"files\":[\"/a\"]}}"));
	ck_assert_str_eq(req.run.changed_ref, "HEAD");
	ck_assert_uint_eq(req.run.changed_files.n, 1);
	ck_assert_str_eq(req.run.changed_files.v[0], "/a");
}
END_TEST

START_TEST(files_without_a_revision_are_refused)
{
	ck_assert(!read_text("{\"cwd\":\"/\",\"changed\":{\"files\":[]}}"));
	finding_is("bad-request", "/changed/ref", "'ref' of 'changed' is missing");
}
END_TEST

START_TEST(an_unknown_member_is_refused)
{
	ck_assert(!read_text("{\"cwd\":\"/\",\"path\":[]}"));
	finding_is("bad-request", "/path", "unknown member 'path'");
	ck_assert_str_eq(decode.d.v[0].help[0], "did you mean 'paths'?");
}
END_TEST

START_TEST(all_findings_are_reported_at_once)
{
	ck_assert(!read_text("{\"cwd\":3,\"env\":[],\"labels\":1,\"options\":{\"jobs\":0}}"));
	ck_assert_uint_eq(decode.d.n, 4);
	ck_assert_str_eq(decode_code(&decode), "bad-request");
}
END_TEST

/* A later feature is refused by its name; switched off it asks for nothing. */
static const struct {
	const char *option, *flag, *feature;
} later[] = {
	{ "\"locked\":true", "--locked", "docker" },
	{ "\"engine\":\"docker\"", "--engine", "docker" },
	{ "\"otel_endpoint\":\"http://x\"", "--otel-endpoint", "telemetry" },
};

START_TEST(a_later_feature_is_refused_by_name)
{
	AUTO_STR text = xasprintf(
	        "'%s' needs %s, which this build does not have", later[_i].flag, later[_i].feature);

	ck_assert(!read_options(later[_i].option));
	ck_assert_str_eq(decode.d.v[0].message, text);
	ck_assert_str_eq(decode_code(&decode), "needs-feature");
}
END_TEST

START_TEST(variables_seed_and_clock_are_handed_on)
{
	const struct config_flags *f = &req.run.flags;

	ck_assert(
	        read_options("\"map\":{\"a\":\"1\",\"b.c\":\"\"},\"seed\":\"18446744073709551615\","
	                     "\"freeze_clock\":\"2025-01-01T00:00:00Z\",\"hermetic_env\":true"));
	ck_assert_uint_eq(f->map.n, 4);
	ck_assert_str_eq(f->map.v[2], "b.c");
	ck_assert_str_eq(f->map.v[3], "");
	ck_assert_str_eq(f->seed, "18446744073709551615");
	ck_assert_str_eq(f->freeze_clock, "2025-01-01T00:00:00Z");
	ck_assert(f->hermetic_env);
}
END_TEST

START_TEST(variables_have_names)
{
	ck_assert(!read_options("\"map\":{\"a..b\":\"1\"}"));
	finding_is("invalid-option", "/options/map", "'map': 'a..b' is no name of a variable");
}
END_TEST

START_TEST(a_seed_is_a_number_of_64_bits)
{
	ck_assert(!read_options("\"seed\":\"18446744073709551616\""));
	finding_is("invalid-option", "/options/seed",
	        "'seed' must be an integer from 0 to 2^64-1, not '18446744073709551616'");
}
END_TEST

START_TEST(a_later_feature_that_is_off_is_nothing)
{
	ck_assert(read_options("\"locked\":false,\"failed\":false"));
}
END_TEST

START_TEST(a_run_that_is_left_writes_nothing_for_its_client)
{
	static const struct {
		const char *more, *code, *pointer;
	} rows[] = {
		{ "\"reports\":[{\"kind\":\"tap\"}]", "bad-request", "/reports" },
		{ "\"options\":{\"digest\":true}", "invalid-option", "/options/digest" },
		{ "\"options\":{\"list\":true}", "invalid-option", "/options/list" },
		{ "\"options\":{\"no_history\":true}", "invalid-option", "/options/no_history" },
		{ "\"options\":{\"update_snapshots\":\"all\"}", "invalid-option",
		        "/options/update_snapshots" },
	};

	ck_assert(read_text("{\"cwd\":\"/\",\"detach\":true}"));
	ck_assert(req.detach);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STR text = xasprintf("{\"cwd\":\"/\",\"detach\":true,%s}", rows[i].more);

		ck_assert(!read_text(text));
		ck_assert_uint_ge(decode.d.n, 1);
		ck_assert_str_eq(decode.d.v[decode.d.n - 1].code, rows[i].code);
		ck_assert_str_eq(decode.d.v[decode.d.n - 1].pointer, rows[i].pointer);
	}
}
END_TEST

START_TEST(the_command_line_hears_of_flags)
{
	static const struct {
		const char *options, *message;
	} rows[] = {
		{ "\"shard\":\"4/3\"",
		        "--shard must be I/M with I from 1 to M and M at most 10000, not '4/3'" },
		{ "\"repeat\":2,\"retries\":1", "--repeat and --retries exclude each other" },
		{ "\"until_fail\":2,\"verify_cache\":1",
		        "--until-fail and --verify-cache exclude each other" },
		{ "\"map\":{\".\":\"\"}", "--map: '.' is no name of a variable" },
		{ "\"keep_for_ms\":0",
		        "--keep-for must be milliseconds from 1 to 604800000, not 0" },
		{ "\"require_receipt\":\"{\\\"x\\\":1}\",\"require_receipt_file\":\"r.json\"",
		        "--require-receipt: 'r.json': a receipt has no member 'x'" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STR text = xasprintf("{\"cwd\":\"/\",\"options\":{%s}}", rows[i].options);

		decode_release(&decode);
		decode_init(&decode, arena);
		decode.command_line = true;
		ck_assert(!read_text(text));
		ck_assert_str_eq(decode.d.v[0].message, rows[i].message);
	}
}
END_TEST

START_TEST(a_wrong_option_weighs_more_than_a_missing_feature)
{
	ck_assert(!read_options("\"verify_cache\":true,\"jobs\":0"));
	ck_assert_str_eq(decode_code(&decode), "invalid-option");
}
END_TEST

START_TEST(a_dash_among_the_paths_is_the_text_of_stdin)
{
	ck_assert(read_text("{\"cwd\":\"/\",\"paths\":[\"a\",\"-\",\"b\"],"
	                    "\"stdin\":{\"name\":\"x/y.clnrm.toml\",\"text\":\"[meta]\\n\"}}"));
	ck_assert_uint_eq(req.run.paths.n, 2);
	ck_assert_str_eq(req.run.paths.v[1], "b");
	ck_assert_str_eq(req.run.stdin_name, "x/y.clnrm.toml");
	ck_assert_uint_eq(req.run.stdin_len, 7);
}
END_TEST

START_TEST(a_dash_without_stdin_is_refused)
{
	ck_assert(!read_text("{\"cwd\":\"/\",\"paths\":[\"-\"]}"));
	finding_is("bad-request", "/stdin", "'-' among the paths needs 'stdin' with its text");
}
END_TEST

START_TEST(two_dashes_are_refused)
{
	ck_assert(!read_text("{\"cwd\":\"/\",\"paths\":[\"-\",\"-\"],\"stdin\":{\"text\":\"\"}}"));
	finding_is("bad-request", "/paths", "'-' is stdin, and can be given only once");
}
END_TEST

START_TEST(the_directory_must_be_there_and_absolute)
{
	ck_assert(!read_text("{\"paths\":[]}"));
	finding_is("bad-request", "/cwd", "'cwd' is missing: the directory that paths start from");
}
END_TEST

START_TEST(a_relative_directory_is_refused)
{
	ck_assert(!read_text("{\"cwd\":{\"path\":\"work\"}}"));
	finding_is("bad-request", "/cwd", "'cwd' must be an absolute path");
}
END_TEST

START_TEST(an_identity_that_is_no_number_is_refused)
{
	ck_assert(!read_text("{\"cwd\":{\"path\":\"/\",\"dev\":\"x\",\"ino\":1}}"));
	finding_is("bad-request", "/cwd/dev", "'dev' must be a whole number");
}
END_TEST

START_TEST(another_directory_at_the_path_is_noticed)
{
	struct body_dir dir = { .path = "/", .has_id = true, .dev = 1, .ino = 999999999 };
	struct err why;

	ck_assert(!body_same_dir(&dir, &why));
	dir.has_id = false;
	ck_assert(body_same_dir(&dir, &why));
	dir.path = "/proc/self/status";
	ck_assert(!body_same_dir(&dir, &why));
	dir.path = "/no/such/place";
	ck_assert(!body_same_dir(&dir, &why));
}
END_TEST

START_TEST(an_empty_path_is_refused)
{
	ck_assert(!read_text("{\"cwd\":\"/\",\"paths\":[\"a\",\"\"]}"));
	finding_is("bad-request", "/paths/1", "a path is empty");
}
END_TEST

START_TEST(a_variable_needs_a_name)
{
	ck_assert(!read_text("{\"cwd\":\"/\",\"env\":{\"A=B\":\"c\"}}"));
	finding_is("bad-request", "/env/A=B", "'A=B' is no name of a variable");
}
END_TEST

START_TEST(pointers_are_escaped)
{
	ck_assert(!read_text("{\"cwd\":\"/\",\"a/b~c\":1}"));
	ck_assert_str_eq(decode.d.v[0].pointer, "/a~1b~0c");
}
END_TEST

START_TEST(reports_are_of_known_kinds)
{
	ck_assert(!read_text("{\"cwd\":\"/\",\"reports\":[{\"kind\":\"pdf\"}]}"));
	finding_is("bad-request", "/reports/0/kind",
	        "'kind' must be one of: json ndjson junit tap html markdown digest, not "
	        "'pdf'");
}
END_TEST

START_TEST(every_kind_of_report_is_told_apart)
{
	static const char *const kinds[] = { [REPORT_JSON] = "json",
		[REPORT_NDJSON] = "ndjson",
		[REPORT_JUNIT] = "junit",
		[REPORT_TAP] = "tap",
		[REPORT_HTML] = "html",
		[REPORT_MARKDOWN] = "markdown",
		[REPORT_DIGEST] = "digest" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		AUTO_STR text =
		        xasprintf("{\"cwd\":\"/\",\"reports\":[{\"kind\":\"%s\"}]}", kinds[i]);

		ck_assert(read_text(text));
		ck_assert_uint_eq(req.n_reports, 1);
		ck_assert_int_eq(req.reports[0], i);
	}
}
END_TEST

START_TEST(a_digest_is_of_one_result)
{
	ck_assert(read_options("\"digest\":true"));
	ck_assert(req.digest);
}
END_TEST

START_TEST(a_list_has_no_report)
{
	ck_assert(!read_text("{\"cwd\":\"/\",\"reports\":[{\"kind\":\"json\"}],"
	                     "\"options\":{\"list\":true}}"));
	finding_is("bad-request", "/reports", "'list' runs nothing: there is nothing to report");
}
END_TEST

START_TEST(a_missing_body_is_a_finding)
{
	ck_assert(!run_request_read(&decode, NULL, false, &req));
	ck_assert_str_eq(decode.d.v[0].message, "the body is missing");
}
END_TEST

START_TEST(validate_takes_content_in_place_of_paths)
{
	json_error_t e;

	body = json_loads("{\"cwd\":\"/\",\"content\":\"x\",\"name\":\"n.clnrm.toml\"}", 0, &e);
	ck_assert(files_request_read(&decode, body, true, FILES_VALIDATE, &req));
	ck_assert_str_eq(req.run.stdin_name, "n.clnrm.toml");
	ck_assert_str_eq(req.run.stdin_text, "x");
	ck_assert(req.run.env.asked);
	ck_assert(req.run.flags.reports_off);
}
END_TEST

START_TEST(validate_takes_content_or_paths_not_both)
{
	json_error_t e;

	body = json_loads("{\"cwd\":\"/\",\"content\":\"x\",\"paths\":[\"a\"]}", 0, &e);
	ck_assert(!files_request_read(&decode, body, true, FILES_VALIDATE, &req));
}
END_TEST

START_TEST(validate_has_no_options_of_a_run)
{
	json_error_t e;

	body = json_loads("{\"cwd\":\"/\",\"options\":{\"jobs\":2}}", 0, &e);
	ck_assert(!files_request_read(&decode, body, true, FILES_VALIDATE, &req));
	finding_is("invalid-option", "/options/jobs", "unknown option 'jobs'");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("run request");
	TCase *tc = tcase_create("run request");
	const TTest *const tests[] = { a_whole_request_is_taken_as_it_is,
		turns_and_attempts_exclude_each_other, what_is_not_said_has_its_default,
		options_that_were_given_are_told_as_text,
		a_check_of_an_installation_skips_what_the_machine_lacks,
		not_parallel_is_one_at_a_time_unless_a_number_is_given,
		no_forbid_only_holds_although_ci_is_set, an_unknown_option_gets_a_proposal,
		the_command_line_hears_of_flags,
		what_the_cache_would_answer_may_be_left_out_or_verified, force_leaves_nothing_out,
		files_that_changed_come_with_their_revision, files_without_a_revision_are_refused,
		an_unknown_member_is_refused, all_findings_are_reported_at_once,
		a_later_feature_that_is_off_is_nothing, variables_seed_and_clock_are_handed_on,
		variables_have_names, a_seed_is_a_number_of_64_bits,
		a_run_that_is_left_writes_nothing_for_its_client,
		a_wrong_option_weighs_more_than_a_missing_feature,
		a_dash_among_the_paths_is_the_text_of_stdin, a_dash_without_stdin_is_refused,
		two_dashes_are_refused, the_directory_must_be_there_and_absolute,
		a_relative_directory_is_refused, an_identity_that_is_no_number_is_refused,
		another_directory_at_the_path_is_noticed, an_empty_path_is_refused,
		a_variable_needs_a_name, pointers_are_escaped, reports_are_of_known_kinds,
		every_kind_of_report_is_told_apart, a_digest_is_of_one_result, a_list_has_no_report,
		a_missing_body_is_a_finding, validate_takes_content_in_place_of_paths,
		validate_takes_content_or_paths_not_both, validate_has_no_options_of_a_run };

	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		tcase_add_test(tc, tests[i]);
	tcase_add_loop_test(tc, a_bad_value_is_named_with_its_place, 0, ARRAY_LEN(bad));
	tcase_add_loop_test(tc, a_later_feature_is_refused_by_name, 0, ARRAY_LEN(later));
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

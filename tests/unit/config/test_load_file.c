#include "tests/unit/config/load_bed.h"

#define STEP "[[steps]]\nrun = \"x\"\n"

static struct test_file *load_disk(const char *name)
{
	test_file_unref(bed.f);
	bed.f = config_load(name, bed_path(name), NULL, 0, &bed.s, &bed.env, &bed.flags, true,
	        &bed.need, bed.a);
	return bed.f;
}

START_TEST(a_file_is_read_from_disk_with_its_digest)
{
	bed_write("t.clnrm.toml", META STEP);
	load_disk("t.clnrm.toml");
	ck_assert_ptr_nonnull(bed.f->tests);
	ck_assert_str_eq(bed.f->path, "t.clnrm.toml");
	ck_assert_str_eq(bed.f->real, bed_path("t.clnrm.toml"));
	ck_assert_str_eq(bed.f->project, bed.root);
	bed_write("e.clnrm.toml", "");
	load_disk("e.clnrm.toml");
	ck_assert_str_eq(
	        bed.f->sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

START_TEST(files_that_cannot_be_read_say_why)
{
	load_disk("none.clnrm.toml");
	ck_assert_str_eq(find("file.not_found")->message,
	        "cannot open 'none.clnrm.toml': No such file or directory");
	ck_assert_ptr_null(bed.f->tests);
	bed_mkdir("d.clnrm.toml");
	load_disk("d.clnrm.toml");
	ck_assert_str_eq(find("file.unreadable")->message, "'d.clnrm.toml' is not a regular file");
	ck_assert_int_eq(mkfifo(bed_path("f.clnrm.toml"), 0600), 0);
	load_disk("f.clnrm.toml");
	ck_assert_ptr_nonnull(find("file.unreadable"));
	bed_write("t.clnrm.toml", META STEP);
	bed.s.max_file = 10;
	load_disk("t.clnrm.toml");
	ck_assert_str_eq(find("file.too_large")->message,
	        arena_printf(bed.a, "file has %zu bytes, the limit is 10 (parser.max_file)",
	                strlen(META STEP)));
	load_text(META STEP);
	ck_assert_ptr_nonnull(find("file.too_large"));
}
END_TEST

START_TEST(bounds_of_the_project_count)
{
	bed.s.max_depth = 2;
	load_text(META STEP "[x-a]\nb = [[[1]]]\n");
	ck_assert_ptr_nonnull(find("file.depth"));
	ck_assert_ptr_null(bed.f->tests);
	bed.s.max_depth = 0;
	bed.s.max_nodes = 3;
	load_text(META STEP);
	ck_assert_ptr_nonnull(find("file.too_many_nodes"));
	bed.s.max_nodes = 0;
	clean(META STEP "[x-a]\nb = [[[1]]]\n");
}
END_TEST

START_TEST(broken_text_is_the_readers_finding_alone)
{
	only_error("[meta\nname = \"t\"\n", "toml.syntax", 1, 6, "");
	load_named("t.clnrm.toml", "name = \"\xff\"\n");
	ck_assert_ptr_nonnull(find("file.encoding"));
	ck_assert_uint_eq(bed.f->diags.n, 1);
}
END_TEST

START_TEST(names_of_test_files)
{
	static const struct {
		const char *name;
		bool found, named;
	} rows[] = {
		{ "a.clnrm.toml", true, true },
		{ "a.clnrm.yaml", true, true },
		{ "a.clnrm.yml", true, true },
		{ "a.clnrm.toml.tera", true, true },
		{ "a.toml", false, true },
		{ "a.yml.tera", false, true },
		{ "_a.clnrm.toml", false, false },
		{ "cleanroom.toml", false, false },
		{ ".clnrm.toml", false, true },
		{ "a.txt", false, false },
		{ "clnrm.toml", false, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ck_assert_msg(
		        config_is_test_name(rows[i].name) == rows[i].found, "%s", rows[i].name);
		ck_assert_msg(
		        config_is_named_test(rows[i].name) == rows[i].named, "%s", rows[i].name);
	}
}
END_TEST

START_TEST(names_of_secrets)
{
	static const char *const secret[] = { "PASSWORD", "db_password_1", "GITHUB_TOKEN", "tokens",
		"client_secret", "API_KEY", "Key" };
	static const char *const open[] = { "KEYBOARD", "USER", "PASS", "", "keys" };

	for (size_t i = 0; i < ARRAY_LEN(secret); i++)
		ck_assert_msg(config_is_secret_name(secret[i]), "%s", secret[i]);
	for (size_t i = 0; i < ARRAY_LEN(open); i++)
		ck_assert_msg(!config_is_secret_name(open[i]), "%s", open[i]);
}
END_TEST

START_TEST(all_findings_come_at_once_in_the_order_of_the_file)
{
	load_text("[meta]\nname = \"t\"\nfrobnicate = 1\n[[scenario]]\nname = \"s\"\nservice = "
	          "\"no\"\n"
	          "run = \"x\"\nvolumes = [\"./none:/x\"]\nexpected_output_regex = '('\n"
	          "[[steps]]\ntimeout = \"30 parsecs\"\nrun = \"y\"\n");
	static const char *const codes[] = { "config.unknown_key", "config.unknown_service",
		"config.path", "config.regex", "config.duration" };

	ck_assert_msg(bed.f->diags.n == ARRAY_LEN(codes), "%s", findings());
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		ck_assert_str_eq(bed.f->diags.v[i].code, codes[i]);
	ck_assert_uint_eq(bed.f->diags.errors, 4);
	ck_assert_uint_eq(bed.f->diags.warnings, 1);
	ck_assert_ptr_null(bed.f->tests);
	ck_assert_str_eq(bed.f->diags.v[4].message,
	        "'30 parsecs' is no duration (examples: 500ms, 30s, 1m30s)");
	ck_assert_str_eq(bed.f->diags.v[4].source_line, "timeout = \"30 parsecs\"");
	ck_assert_uint_eq(bed.f->diags.v[4].source_col, 11);
	ck_assert_str_eq(bed.f->diags.v[4].file, "t.clnrm.toml");
}
END_TEST

START_TEST(unknown_keys_follow_five_rules)
{
	static const struct {
		const char *lines, *code;
		enum severity sev;
		uint32_t line, col;
		const char *part;
	} rows[] = {
		{ "[[steps]]\nrun = \"x\"\nfake_mode = 1\n", "config.unknown_key", SEV_WARNING, 5,
		        1, "'fake_mode'" },
		{ "fake_mode = true\n" STEP, "config.ignored_key", SEV_WARNING, 3, 1,
		        "'fake_mode' has no effect" },
		{ "[[steps]]\nrun = \"x\"\ntimout = 1\n", "config.unknown_key", SEV_ERROR, 5, 1,
		        "unknown key 'timout' in [[steps]]" },
		{ "[[steps]]\nrun = \"x\"\nTimeout = 1\n", "config.unknown_key", SEV_ERROR, 5, 1,
		        "'Timeout'" },
		{ "[limits]\nfoo = 1\n" STEP, "config.unknown_key", SEV_ERROR, 4, 1,
		        "unknown key 'foo' in [limits]" },
		{ "[[steps]]\nrun = \"x\"\nexpected_magic = 1\n", "config.unknown_key", SEV_ERROR,
		        5, 1, "'expected_magic'" },
		{ "[[steps]]\nrun = \"x\"\nassert_it = 1\n", "config.unknown_key", SEV_ERROR, 5, 1,
		        "'assert_it'" },
		{ "[[steps]]\nrun = \"x\"\nfrobnicate = 1\n", "config.unknown_key", SEV_WARNING, 5,
		        1, "unknown key 'frobnicate' in [[steps]]" },
		{ "[[steps]]\nrun = \"x\"\nimage = \"y\"\n", "config.unknown_key", SEV_WARNING, 5,
		        1, "'image' is not a key of a step; put it in [meta] or [[scenario]]" },
		{ "[[scenario]]\nname = \"s\"\nrun = \"x\"\nchaos_injection = {}\n",
		        "config.unsupported", SEV_ERROR, 6, 1,
		        "'chaos_injection' is not supported" },
		{ STEP "[servce.x]\nimage = \"y\"\n", "config.unknown_table", SEV_ERROR, 5, 2,
		        "unknown table 'servce'" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		load_text(arena_printf(bed.a, META "%s", rows[i].lines));
		ck_assert_msg(bed.f->diags.n == 1, "%s\n%s", rows[i].lines, findings());
		finding(rows[i].sev, rows[i].code, rows[i].line, rows[i].col, rows[i].part);
		ck_assert_int_eq(bed.f->tests == NULL, rows[i].sev == SEV_ERROR);
	}
	/* Free names are nobody's. */
	clean(META STEP "x-note = 1\nx_y = [1]\n[x-z]\na = 1\n");
}
END_TEST

START_TEST(strict_makes_errors_and_allow_unknown_warnings)
{
	const char *text = META "[[steps]]\nrun = \"x\"\nfrobnicate = 1\n";

	bed.flags.strict = true;
	only_error(text, "config.unknown_key", 5, 1, "'frobnicate'");
	only_error(META "fake_mode = true\n" STEP, "config.ignored_key", 3, 1, "'fake_mode'");
	bed.flags.strict = false;
	bed.s.strict = true;
	only_error(text, "config.unknown_key", 5, 1, "'frobnicate'");
	bed.s.strict = false;
	only_error("[meta]\nname = \"t\"\nstrict = true\n[[steps]]\nrun = \"x\"\nfrobnicate = 1\n",
	        "config.unknown_key", 6, 1, "'frobnicate'");
	only_error("[test.metadata]\nname = \"t\"\nstrict = true\n[[steps]]\nrun = \"x\"\n"
	           "frobnicate = 1\n",
	        "config.unknown_key", 6, 1, "'frobnicate'");
	only_warning(text, "config.unknown_key", 5, 1, "'frobnicate'");
	bed.flags.allow_unknown = true;
	only_warning(META "[[steps]]\nrun = \"x\"\ntimout = 1\n", "config.unknown_key", 5, 1,
	        "'timout'");
	only_warning(META "[limits]\nfoo = 1\n" STEP, "config.unknown_key", 4, 1, "'foo'");
}
END_TEST

START_TEST(what_this_build_lacks_is_an_error_in_a_run)
{
	static const struct {
		const char *lines, *key, *feature;
	} rows[] = {
		{ STEP "[artifacts]\ncollect = [\"spans:default\"]\n", "spans:default",
		        "telemetry" },
		{ STEP "[artifacts]\ncollect = [\"logs:db\"]\n", "logs:db", "services" },
		{ STEP "[assertions]\nno_orphaned_spans = true\n", "no_orphaned_spans",
		        "telemetry" },
		{ STEP "[report]\ninclude_spans = false\n", "include_spans", "telemetry" },
		{ STEP "[determinism]\ndigest_order = \"time\"\n", "digest_order", "telemetry" },
		{ STEP "[[expect.span]]\nname = \"x\"\n", "expect", "telemetry" },
		{ STEP "[otel]\nexporter = \"stdout\"\n", "otel", "telemetry" },
		{ STEP "[chaos.x]\nservice = \"s\"\n[service.s]\nimage = \"host\"\n", "chaos",
		        "services" },
		{ "engine = \"podman\"\n" STEP, "engine = \"podman\"", "docker" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *text = arena_printf(bed.a, META "%s", rows[i].lines);
		const char *said =
		        arena_printf(bed.a, "'%s' needs %s, which this build does not have",
		                rows[i].key, rows[i].feature);

		bed.validate = false;
		load_text(text);
		ck_assert_msg(bed.f->diags.n == 1 && !bed.f->tests, "%s\n%s", text, findings());
		ck_assert_str_eq(bed.f->diags.v[0].code, "config.needs_feature");
		ck_assert_str_eq(bed.f->diags.v[0].message, said);
		bed.validate = true;
		load_text(text);
		ck_assert_msg(
		        bed.f->diags.warnings == 1 && bed.f->tests, "%s\n%s", text, findings());
	}
}
END_TEST

START_TEST(defaults_may_be_stated_without_the_feature)
{
	clean(META
	        "retries = 0\nconcurrent = false\nsandbox = \"scenario\"\nfindings = \"report\"\n"
	        "keep = \"never\"\ncache = true\ndeclared_paths = []\n[vars]\n[determinism]\n" STEP
	        "snapshot = false\n");
}
END_TEST

START_TEST(reports_are_wished_for_below_the_project)
{
	const struct test *t =
	        clean("[meta]\nname = \"a/b\"\n" STEP "[report]\njson = \"r/{name}{cell}.json\"\n"
	              "junit = \"./x/../j.xml\"\ntap = \"t.tap\"\n"
	              "html = \"p.html\"\nmarkdown = \"{name}.md\"\n"
	              "include_logs = false\n");

	ck_assert_uint_eq(t->n_reports, 5);
	ck_assert(t->reports[0].no_logs);
	ck_assert_str_eq(t->reports[0].kind, "json");
	ck_assert_str_eq(t->reports[0].path, bed_path("r/a_b.json"));
	ck_assert_str_eq(t->reports[1].path, bed_path("j.xml"));
	ck_assert_str_eq(t->reports[2].kind, "tap");
	ck_assert_str_eq(t->reports[2].path, bed_path("t.tap"));
	ck_assert_str_eq(t->reports[3].kind, "markdown");
	ck_assert_str_eq(t->reports[3].path, bed_path("a_b.md"));
	ck_assert_str_eq(t->reports[4].kind, "html");
	bed.flags.reports_off = true;
	ck_assert_uint_eq(clean(META STEP "[report]\njson = \"x\"\n")->n_reports, 0);
	bed.flags.reports_off = false;
	only_error(META STEP "[report]\njson = \"\"\n", "config.empty", 6, 8,
	        "'json' must not be blank");
}
END_TEST

START_TEST(reports_stay_in_the_project_wherever_links_lead)
{
	static const char *const bad[] = { "../x.json", "/tmp/x.json", "out/x.json",
		"out/deep/x.json", "dangling", "." };

	bed_mkdir("in");
	ck_assert_int_eq(symlink("/tmp", bed_path("out")), 0);
	ck_assert_int_eq(symlink("in", bed_path("link")), 0);
	ck_assert_int_eq(symlink("/tmp/clnrm-is-not-there", bed_path("dangling")), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		only_error(arena_printf(bed.a, META STEP "[report]\njson = \"%s\"\n", bad[i]),
		        "config.path", 6, 8, "lies outside the project");
	const struct test *t = clean(META STEP "[report]\njson = \"link/new/x.json\"\n");
	ck_assert_str_eq(t->reports[0].path, bed_path("in/new/x.json"));
	t = clean(arena_printf(bed.a, META STEP "[report]\ntap = \"%s/x\"\n", bed.root));
	ck_assert_str_eq(t->reports[0].path, bed_path("x"));
}
END_TEST

START_TEST(values_of_secret_keys_are_not_shown)
{
	bed.validate = true;
	load_text(META STEP
	        "[service.x]\nimage = \"host\"\npassword = [\"hunter2\"]\n[otel_headers]\n"
	        "token = [\"hunter2\"]\n");
	ck_assert_uint_ge(bed.f->diags.errors, 2);
	ck_assert_ptr_null(strstr(findings(), "hunter2"));
}
END_TEST

LOAD_MAIN("load file", a_file_is_read_from_disk_with_its_digest, files_that_cannot_be_read_say_why,
        bounds_of_the_project_count, broken_text_is_the_readers_finding_alone, names_of_test_files,
        names_of_secrets, all_findings_come_at_once_in_the_order_of_the_file,
        unknown_keys_follow_five_rules, strict_makes_errors_and_allow_unknown_warnings,
        what_this_build_lacks_is_an_error_in_a_run, defaults_may_be_stated_without_the_feature,
        reports_are_wished_for_below_the_project, reports_stay_in_the_project_wherever_links_lead,
        values_of_secret_keys_are_not_shown)

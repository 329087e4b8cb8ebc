#include "tests/unit/check_main.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fs.h"
#include "common/mem.h"
#include "common/strbuf.h"
#include "daemon/config/config.h"
#include "daemon/template/bounds.h"

static char base[64];           /* a directory of the test */
static char *home, *proj, *sub; /* base/home, base/proj, base/proj/tests/deep */
static struct env_var vars[16];
static struct client_env env;
static struct config_flags flags;
static struct settings *s;

static void setup(void)
{
	struct err e;

	snprintf(base, sizeof(base), "/tmp/clnrm-settings-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(base));
	home = fs_join(base, "home");
	proj = fs_join(base, "proj");
	sub = fs_join(proj, "tests/deep");
	ck_assert_int_eq(fs_mkdirs(home, 0755, &e), 0);
	ck_assert_int_eq(fs_mkdirs(sub, 0755, &e), 0);
	vars[0] = (struct env_var){ "HOME", home };
	/* The one of whoever runs the test must not count. */
	vars[1] = (struct env_var){ "XDG_CONFIG_HOME", fs_join(home, ".config") };
	env = (struct client_env){ .v = vars, .n = 2 };
	flags = (struct config_flags){ 0 };
	s = NULL;
}

static void teardown(void)
{
	struct err e;

	settings_unref(s);
	ck_assert_int_eq(fs_remove_tree(AT_FDCWD, base, &e), 0);
	free(home);
	free(proj);
	free(sub);
	free((char *)(uintptr_t)vars[1].value);
}

static void put(const char *dir, const char *name, const char *text)
{
	AUTO_STR path = fs_join(dir, name);
	AUTO_STR parent = xstrdup(path);
	struct err e;

	*strrchr(parent, '/') = '\0';
	ck_assert_int_eq(fs_mkdirs(parent, 0755, &e), 0);
	ck_assert_msg(fs_write_atomic(path, text, strlen(text), 0644, &e) == 0, "%s", e.msg);
}

static void set_var(const char *name, const char *value)
{
	vars[env.n++] = (struct env_var){ name, value };
}

static struct settings *load(const char *dir)
{
	settings_unref(s);
	s = settings_load(dir, &env, &flags, getuid(), NULL);
	return s;
}

static const struct setting_row *row(const char *key)
{
	for (size_t i = 0; i < s->n_rows; i++)
		if (strcmp(s->rows[i].key, key) == 0)
			return &s->rows[i];
	return NULL;
}

static void row_is(const char *key, const char *value, const char *source)
{
	const struct setting_row *r = row(key);

	ck_assert_msg(r != NULL, "no row %s", key);
	ck_assert_str_eq(r->value, value);
	ck_assert_msg(strcmp(r->source, source) == 0, "%s: %s", key, r->source);
}

static const struct diag *found(const char *code)
{
	for (size_t i = 0; i < s->diags.n; i++)
		if (strcmp(s->diags.v[i].code, code) == 0)
			return &s->diags.v[i];
	return NULL;
}

static void clean(void)
{
	ck_assert_msg(s->diags.n == 0, "%s: %s", s->diags.v[0].code, s->diags.v[0].message);
}

static void finds(const char *code, enum severity sev, const char *part)
{
	const struct diag *d = found(code);

	ck_assert_msg(d != NULL, "no %s", code);
	ck_assert_int_eq(d->severity, sev);
	ck_assert_msg(strstr(d->message, part), "%s", d->message);
}

/* ---- built-in values ---- */

START_TEST(without_files_the_built_in_values_count)
{
	load(sub);
	clean();
	ck_assert_str_eq(s->root, sub);
	ck_assert_ptr_null(s->project_file);
	ck_assert_ptr_null(s->user_file);
	ck_assert_str_eq(s->project_name, "deep");
	ck_assert(s->parallel && s->reuse_enabled && s->cache_compiled && !s->strict);
	ck_assert_uint_eq(s->jobs, 0);
	ck_assert_uint_eq(s->max_containers, 64);
	ck_assert_uint_eq(s->pool_size, 8);
	ck_assert_int_eq(s->scenario_timeout_ns, 300000000000);
	ck_assert_int_eq(s->step_timeout_ns, 60000000000);
	ck_assert(!s->adaptive_said);
	ck_assert_int_eq(s->adaptive_floor_ns, 2000000000);
	ck_assert_str_eq(s->test_dir, "tests");
	ck_assert_ptr_null(s->default_image);
	ck_assert_int_eq(s->isolation, ISOLATION_STANDARD);
	ck_assert_uint_eq(s->limits.given, 0);
	ck_assert_uint_eq(s->limits.v[LIMIT_PIDS], 512);
	ck_assert_uint_eq(s->limits.v[LIMIT_OUTPUT], 8u << 20);
	ck_assert_uint_eq(s->max_file, 16u << 20);
	ck_assert_uint_eq(s->max_depth, 64);
	ck_assert_uint_eq(s->history_max_bytes, 256u << 20);
	ck_assert_str_eq(s->log_level, "info");
	row_is("test_execution.step_timeout", "\"60s\"", "default");
	row_is("history.max_mb", "256", "default");
	row_is("test_execution.ignore", "[]", "default");
	row_is("project.name", "\"deep\"", "default");
	ck_assert_ptr_nonnull(row("cli.jobs"));
	ck_assert_ptr_nonnull(row("limits.memory_mb"));
	ck_assert_ptr_null(row("containers.default_image"));
}
END_TEST

/* ---- finding ---- */

START_TEST(the_nearest_project_file_upward_counts)
{
	put(proj, "cleanroom.toml", "[cli]\n\njobs = 3\n");
	load(sub);
	clean();
	ck_assert_uint_eq(s->jobs, 3);
	ck_assert_str_eq(s->root, proj);
	AUTO_STR file = fs_join(proj, "cleanroom.toml");
	AUTO_STR source = xasprintf("%s:3", file);
	ck_assert_str_eq(s->project_file, file);
	row_is("cli.jobs", "3", source);
	load(proj);
	row_is("cli.jobs", "3", "cleanroom.toml:3");
	put(sub, "cleanroom.toml", "[cli]\njobs = 4\n");
	load(sub);
	ck_assert_uint_eq(s->jobs, 4);
	ck_assert_str_eq(s->root, sub);
}
END_TEST

START_TEST(config_names_a_file_and_leaves_the_root_alone)
{
	AUTO_STR other = fs_join(base, "other.toml");

	put(proj, "cleanroom.toml", "[cli]\njobs = 3\n");
	put(base, "other.toml", "[cli]\njobs = 5\n");
	flags.config_file = other;
	load(sub);
	clean();
	ck_assert_uint_eq(s->jobs, 5);
	ck_assert_str_eq(s->root, proj);
	ck_assert_str_eq(s->project_file, other);
}
END_TEST

START_TEST(a_named_file_must_exist)
{
	AUTO_STR other = fs_join(base, "none.toml");

	flags.config_file = other;
	load(sub);
	finds("file.not_found", SEV_ERROR, "No such file or directory");
}
END_TEST

START_TEST(no_config_reads_none)
{
	put(proj, "cleanroom.toml", "[cli]\njobs = 3\n");
	put(home, ".config/clnrm/cleanroom.toml", "[cli]\nfail_fast = true\n");
	flags.no_config = true;
	load(sub);
	clean();
	ck_assert_uint_eq(s->jobs, 0);
	ck_assert(!s->fail_fast);
	ck_assert_ptr_null(s->project_file);
	ck_assert_str_eq(s->root, proj);
}
END_TEST

START_TEST(the_user_file_has_a_newer_and_an_older_place)
{
	AUTO_STR newer = fs_join(home, ".config/clnrm/cleanroom.toml");

	put(home, ".config/cleanroom/cleanroom.toml", "[cli]\njobs = 6\n");
	load(proj);
	ck_assert_uint_eq(s->jobs, 6);
	put(home, ".config/clnrm/cleanroom.toml", "[cli]\njobs = 7\n");
	load(proj);
	ck_assert_uint_eq(s->jobs, 7);
	ck_assert_str_eq(s->user_file, newer);
}
END_TEST

/* Only root can give a file away; whoever is not root is a stranger to another caller. */
static uint64_t make_strangers(const char *file, uint64_t caller)
{
	if (getuid() != 0)
		return caller + 1;
	ck_assert_int_eq(lchown(file, 12345, 0), 0);
	return caller;
}

START_TEST(a_strangers_file_is_refused)
{
	AUTO_STR file = fs_join(proj, "cleanroom.toml");

	put(proj, "cleanroom.toml", "[cli]\njobs = 3\n");
	s = settings_load(sub, &env, &flags, make_strangers(file, getuid()), NULL);
	finds("project.owner", SEV_ERROR, "neither to the caller nor to root");
	ck_assert_uint_eq(s->jobs, 0);
}
END_TEST

START_TEST(a_strangers_link_is_refused_wherever_it_leads)
{
	AUTO_STR file = fs_join(proj, "cleanroom.toml");
	AUTO_STR link = fs_join(sub, "cleanroom.toml");

	put(proj, "cleanroom.toml", "[cli]\njobs = 3\n");
	ck_assert_int_eq(symlink(file, link), 0);
	load(sub);
	clean();
	settings_unref(s);
	s = settings_load(sub, &env, &flags, make_strangers(link, getuid()), NULL);
	finds("project.owner", SEV_ERROR, "neither to the caller nor to root");
}
END_TEST

START_TEST(a_directory_of_that_name_is_an_error_not_a_skip)
{
	AUTO_STR dir = fs_join(proj, "cleanroom.toml");

	ck_assert_int_eq(mkdir(dir, 0755), 0);
	load(proj);
	finds("file.unreadable", SEV_ERROR, "");
}
END_TEST

/* ---- merging ---- */

START_TEST(layers_merge_key_by_key)
{
	AUTO_STR user = fs_join(home, ".config/clnrm/cleanroom.toml");
	AUTO_STR source = xasprintf("%s:3", user);

	put(home, ".config/clnrm/cleanroom.toml",
	        "[cli]\njobs = 2\nfail_fast = true\n[test_execution]\nignore = [\"a\", \"b\"]\n"
	        "[containers]\nimage_map = { \"x:1\" = \"host\", \"y:1\" = \"scratch\" }\n");
	put(proj, "cleanroom.toml",
	        "[cli]\njobs = 3\n[test_execution]\nignore = [\"c\"]\n"
	        "[containers]\nimage_map = { \"x:1\" = \"clnrm/base\" }\n");
	load(proj);
	clean();
	ck_assert_uint_eq(s->jobs, 3);
	ck_assert(s->fail_fast);
	row_is("cli.fail_fast", "true", source);
	ck_assert_uint_eq(s->ignore.n, 1); /* lists replace */
	ck_assert_str_eq(s->ignore.v[0], "c");
	ck_assert_uint_eq(s->image_map.n, 4); /* tables merge */
	ck_assert_str_eq(s->image_map.v[1], "clnrm/base");
	ck_assert_str_eq(s->image_map.v[2], "y:1");
	row_is("containers.image_map", "{ \"x:1\" = \"clnrm/base\", \"y:1\" = \"scratch\" }",
	        "cleanroom.toml:6");
}
END_TEST

START_TEST(variables_weigh_more_than_files_and_flags_more_than_variables)
{
	put(proj, "cleanroom.toml", "isolation = \"strict\"\n[cli]\njobs = 3\n");
	set_var("CLEANROOM_CLI_JOBS", "9");
	set_var("CLEANROOM_SECURITY_ISOLATION", "standard");
	load(proj);
	clean();
	ck_assert_uint_eq(s->jobs, 9);
	ck_assert_int_eq(s->isolation, ISOLATION_STANDARD);
	row_is("cli.jobs", "9", "CLEANROOM_CLI_JOBS");
	flags.isolation = "relaxed";
	flags.strict = true;
	flags.image_map = (struct str_list){ (const char *[]){ "a:1", "host" }, 2 };
	load(proj);
	ck_assert_int_eq(s->isolation, ISOLATION_RELAXED);
	ck_assert(s->strict);
	ck_assert_str_eq(s->image_map.v[1], "host");
	row_is("security.isolation", "\"relaxed\"", "--isolation");
	row_is("test_execution.strict", "true", "--strict");
	row_is("containers.image_map", "{ \"a:1\" = \"host\" }", "--image-map");
}
END_TEST

START_TEST(values_take_the_forms_of_their_types)
{
	put(proj, "cleanroom.toml",
	        "[project]\nname = \"shop\"\n[cli]\nparallel = false\noutput_format = \"auto\"\n"
	        "[test_execution]\nstep_timeout = \"1m30s\"\ndefault_timeout = 45\n"
	        "env_pass = [\"CI\", \"APP_*\"]\ntest_dir = \"./spec/\"\nstrict = true\n"
	        "adaptive_deadlines = true\nadaptive_floor = \"1500ms\"\n"
	        "[parser]\nmax_file = \"32m\"\nmax_depth = 70\nmax_nodes = 5\n"
	        "[history]\nmax_mb = 1\nmax_runs = 5\n"
	        "[reporting]\ngenerate_junit = true\ngenerate_html = true\nreport_dir = \"out\"\n"
	        "include_timestamps = false\ninclude_logs = false\n"
	        "[containers]\ndefault_image = \"clnrm/base\"\nmax_containers = 4\n"
	        "startup_timeout = \"5s\"\nreuse_enabled = false\n"
	        "[performance]\ncache_compiled_tests = false\ncontainer_pool_size = 2\n"
	        "[observability]\nlog_level = \"debug\"\n"
	        "[security]\nallow_volumes = [\"/data:rw\"]\n[host]\npaths = [\"/nix\"]\n"
	        "[policy]\ndisallowed_commands = [\"curl\"]\n");
	AUTO_STR out = fs_join(proj, "out");

	load(proj);
	ck_assert_uint_eq(s->diags.errors, 0);
	ck_assert_uint_eq(s->diags.warnings, 3);
	finds("project.ignored_key", SEV_WARNING, "'max_mb' has an effect only in the user's file");
	ck_assert(!s->include_timestamps && !s->include_logs);
	ck_assert_str_eq(s->project_name, "shop");
	ck_assert(!s->parallel && s->strict && !s->reuse_enabled && !s->cache_compiled);
	ck_assert_str_eq(s->output_format, "human");
	ck_assert_int_eq(s->step_timeout_ns, 90000000000);
	ck_assert_int_eq(s->scenario_timeout_ns, 45000000000);
	ck_assert(s->adaptive_said && s->adaptive_deadlines);
	ck_assert_int_eq(s->adaptive_floor_ns, 1500000000);
	ck_assert_uint_eq(s->env_pass.n, 2);
	ck_assert_str_eq(s->test_dir, "spec");
	ck_assert_uint_eq(s->max_file, 32u << 20);
	ck_assert_uint_eq(s->max_depth, 70);
	ck_assert_uint_eq(s->max_nodes, 5);
	ck_assert_uint_eq(s->history_max_bytes, 1u << 20);
	ck_assert_uint_eq(s->history_max_runs, 5);
	ck_assert(s->generate_junit && s->generate_html && !s->include_timestamps &&
	          !s->include_logs);
	ck_assert_str_eq(s->report_dir, out);
	ck_assert_str_eq(s->default_image, "clnrm/base");
	ck_assert_uint_eq(s->max_containers, 4);
	ck_assert_int_eq(s->startup_timeout_ns, 5000000000);
	ck_assert_uint_eq(s->pool_size, 2);
	ck_assert_str_eq(s->log_level, "debug");
	ck_assert_str_eq(s->allow_volumes.v[0], "/data:rw");
	ck_assert_str_eq(s->host_paths.v[0], "/nix");
	ck_assert_str_eq(s->disallowed_commands.v[0], "curl");
	row_is("test_execution.step_timeout", "\"1m30s\"", "cleanroom.toml:7");
	row_is("test_execution.default_timeout", "45", "cleanroom.toml:8");
	row_is("test_execution.env_pass", "[\"CI\", \"APP_*\"]", "cleanroom.toml:9");
}
END_TEST

START_TEST(limits_of_templates_can_be_raised_only)
{
	put(proj, "cleanroom.toml",
	        "[template.limits]\nrender_time = \"20s\"\ncall_depth = 100\noutput_size = "
	        "\"32m\"\n");
	load(proj);
	ck_assert_uint_eq(s->diags.n, 0);
	ck_assert_uint_eq(s->template_limits[TLIMIT_TIME], 20000);
	ck_assert_uint_eq(s->template_limits[TLIMIT_CALL_DEPTH], 100);
	ck_assert_uint_eq(s->template_limits[TLIMIT_OUTPUT], 32u << 20);
	ck_assert_uint_eq(s->template_limits[TLIMIT_NESTING], 0);
	put(proj, "cleanroom.toml",
	        "[template.limits]\nrender_time = 5\ncall_depth = \"many\"\nnesting = [1]\n"
	        "matrix_cells = 100000000\nother = 1\n");
	load(proj);
	ck_assert_uint_eq(s->diags.errors, 5);
	ck_assert_uint_eq(s->diags.v[0].pos.line, 2);
	ck_assert_str_eq(s->diags.v[0].message, "'render_time' is '5': limits of templates can be "
	                                        "raised only, from 10000 to 3600000");
	ck_assert_str_eq(s->diags.v[2].message, "'nesting': it is a list");
	finds("project.unknown_key", SEV_ERROR, "'other' is no limit of templates");
}
END_TEST

START_TEST(a_project_may_only_ask_for_fewer_warm_sandboxes)
{
	put(proj, "cleanroom.toml", "[performance]\ncontainer_pool_size = 100\n");
	load(proj);
	ck_assert_uint_eq(s->pool_size, 8);
	row_is("performance.container_pool_size", "8", "default");
	put(home, ".config/clnrm/cleanroom.toml", "[performance]\ncontainer_pool_size = 200\n");
	load(proj);
	ck_assert_uint_eq(s->pool_size, 100);
}
END_TEST

/* ---- isolation, limits, policy ---- */

static void isolation_is(const char *text, enum isolation want)
{
	put(proj, "cleanroom.toml", text);
	load(proj);
	ck_assert_msg(s->diags.errors == 0, "%s", s->diags.v[0].message);
	ck_assert_msg(s->isolation == want, "%s: %d", text, s->isolation);
}

START_TEST(isolation_wins_over_levels)
{
	isolation_is("[security]\nsecurity_level = \"low\"\n", ISOLATION_RELAXED);
	isolation_is("[security]\nsecurity_level = \"maximum\"\n", ISOLATION_STRICT);
	isolation_is(
	        "[security]\nsecurity_level = \"low\"\nisolation = \"strict\"\n", ISOLATION_STRICT);
	isolation_is("isolation = \"default\"\n", ISOLATION_STANDARD);
	isolation_is(
	        "isolation = \"strict\"\n[policy]\nsecurity_level = \"low\"\n", ISOLATION_STRICT);
	isolation_is("[policy]\nsecurity_level = \"high\"\n", ISOLATION_STRICT);
	isolation_is("[security]\nhermetic_isolation = false\n", ISOLATION_RELAXED);
	row_is("security.isolation", "\"relaxed\"", "cleanroom.toml:2");
}
END_TEST

START_TEST(two_names_of_one_key_must_agree)
{
	put(proj, "cleanroom.toml",
	        "isolation = \"strict\"\nengine = \"native\"\n"
	        "[security]\nisolation = \"relaxed\"\n[containers]\nengine = \"native\"\n");
	load(proj);
	ck_assert_uint_eq(s->diags.errors, 1);
	finds("project.conflict", SEV_ERROR, "'security.isolation' at line 4");
}
END_TEST

START_TEST(lowered_isolation_is_a_warning_each)
{
	put(proj, "cleanroom.toml",
	        "[security]\nhermetic_isolation = false\nnetwork_isolation = false\n"
	        "file_system_isolation = false\n");
	load(proj);
	ck_assert_uint_eq(s->diags.warnings, 3);
	ck_assert_uint_eq(s->diags.errors, 0);
	finds("project.isolation", SEV_WARNING, "'hermetic_isolation' is false");
	ck_assert_uint_eq(s->diags.v[1].pos.line, 3);
	ck_assert_str_eq(s->diags.v[1].source_line, "network_isolation = false");
	ck_assert(!s->network_isolation && !s->file_system_isolation && !s->hermetic_isolation);
}
END_TEST

START_TEST(limits_and_policy_are_ceilings)
{
	put(proj, "cleanroom.toml",
	        "[limits]\nmemory_mb = 512\npids = 64\n[policy]\nmax_memory_mb = 256\n"
	        "max_cpu_usage = 0.5\nmax_execution_time = 90\nallow_network = false\n"
	        "allow_filesystem = false\n");
	load(proj);
	clean();
	ck_assert_uint_eq(s->limits.v[LIMIT_MEMORY], 256u << 20);
	ck_assert_uint_eq(s->limits.v[LIMIT_PIDS], 64);
	ck_assert_uint_eq(s->limits.v[LIMIT_CPU], 500);
	ck_assert_uint_eq(s->limits.given, 1u << LIMIT_MEMORY | 1u << LIMIT_PIDS | 1u << LIMIT_CPU);
	ck_assert_int_eq(s->policy_time_ns, 90000000000);
	ck_assert(s->no_network && s->read_only);
}
END_TEST

/* ---- findings ---- */

START_TEST(a_broken_project_file_is_an_error)
{
	put(proj, "cleanroom.toml", "[cli\njobs = 3\n");
	load(proj);
	finds("toml.syntax", SEV_ERROR, "expected");
	ck_assert_uint_eq(s->diags.v[0].pos.line, 1);
	ck_assert_str_eq(s->diags.v[0].file, "cleanroom.toml");
	ck_assert_str_eq(s->diags.v[0].source_line, "[cli");
}
END_TEST

START_TEST(host_paths_that_a_sandbox_hides_are_refused)
{
	put(proj, "cleanroom.toml", "[host]\npaths = [\"/opt/../tmp/x\"]\n");
	load(proj);
	finds("project.path", SEV_ERROR, "would be hidden by the '/tmp' of a sandbox");
}
END_TEST

START_TEST(wrong_values_have_codes_of_the_project)
{
	put(proj, "cleanroom.toml",
	        "[cli]\njobs = 0\nparallel = \"yes\"\njobbs = 3\n[containers]\n"
	        "pull_policy = \"sometimes\"\n[test_execution]\nstep_timeout = \"0\"\n"
	        "test_dir = \"../elsewhere\"\n[host]\npaths = [\"x\", \"/etc\"]\n"
	        "[security]\nallow_volumes = [\"data\"]\n[project]\nname = \" \"\n"
	        "[chaos]\nx = 1\n");
	load(proj);
	finds("project.range", SEV_ERROR, "'jobs' is 0");
	finds("project.type", SEV_ERROR, "'parallel'");
	finds("project.unknown_key", SEV_ERROR, "'jobbs'");
	finds("project.enum", SEV_ERROR, "'sometimes'");
	finds("project.duration", SEV_ERROR, "'0'");
	finds("project.path", SEV_ERROR, "below the project root");
	finds("project.volume_denied", SEV_ERROR, "'/etc'");
	finds("project.empty", SEV_ERROR, "'name'");
	finds("project.unsupported", SEV_ERROR, "'chaos'");
	ck_assert_str_eq(s->test_dir, ".");
}
END_TEST

START_TEST(what_this_build_lacks_is_a_warning_unless_it_decides_verdicts)
{
	put(proj, "cleanroom.toml",
	        "engine = \"docker\"\n[services]\nmax_retries = 3\n[plugins]\nauto_discover = "
	        "true\n"
	        "enabled_plugins = [\"x\"]\n[cli]\nwatch = true\ninteractive = true\n"
	        "[observability]\nenable_metrics = false\nmetrics_port = 9090\n"
	        "[containers]\npull_policy = \"always\"\n");
	load(proj);
	ck_assert_uint_eq(s->diags.errors, 0);
	finds("project.needs_feature", SEV_WARNING, "needs docker");
	finds("project.ignored_key", SEV_WARNING, "'enabled_plugins'");
	ck_assert_uint_ge(s->diags.warnings, 8);
	put(proj, "cleanroom.toml", "[policy]\nallowed_network_hosts = [\"x\"]\n");
	load(proj);
	finds("project.needs_feature", SEV_ERROR, "'allowed_network_hosts'");
}
END_TEST

START_TEST(quarantine_has_a_test_an_owner_and_a_day)
{
	static const struct {
		const char *lines, *code, *part;
	} rows[] = {
		{ "owner = \"b\"\nuntil = 2030-01-01\n", "project.missing_key", "'test'" },
		{ "test = \"a\"\nuntil = 2030-01-01\n", "project.missing_key", "'owner'" },
		{ "test = \"a\"\nowner = \"b\"\n", "project.missing_key", "'until'" },
		{ "test = \"a\"\nowner = \" \"\nuntil = 2030-01-01\n", "project.blank", "'owner'" },
		{ "test = \"a\"\nowner = \"b\"\nuntil = \"2030-02-30\"\n", "project.date",
		        "no day" },
		{ "test = \"a\"\nowner = \"b\"\nuntil = \"soon\"\n", "project.type", "'soon'" },
	};

	put(proj, "cleanroom.toml",
	        "[[quarantine]]\ntest = \"a\"\nowner = \"b\"\nuntil = 2030-01-01\n"
	        "[[quarantine]]\ntest = \"c/*\"\nowner = \"d\"\nuntil = \"2031-02-03\"\n"
	        "reason = \"e\"\n");
	load(proj);
	clean();
	ck_assert_uint_eq(s->n_quarantine, 2);
	ck_assert_str_eq(s->quarantine[0].test, "a");
	ck_assert_ptr_null(s->quarantine[0].reason);
	ck_assert_uint_eq(s->quarantine[0].line, 1);
	ck_assert_str_eq(s->quarantine[1].until, "2031-02-03");
	ck_assert_str_eq(s->quarantine[1].reason, "e");
	ck_assert_uint_eq(s->quarantine[1].line, 5);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STR text = xasprintf("[[quarantine]]\n%s", rows[i].lines);

		put(proj, "cleanroom.toml", text);
		load(proj);
		finds(rows[i].code, SEV_ERROR, rows[i].part);
		ck_assert_uint_eq(s->n_quarantine, 0);
	}
}
END_TEST

START_TEST(retries_of_the_project_are_those_of_scenarios_without_their_own)
{
	put(proj, "cleanroom.toml", "[test_execution]\nretry_count = 4\nfail_on_flaky = true\n");
	load(proj);
	clean();
	ck_assert_uint_eq(s->retries, 0);
	ck_assert(s->fail_on_flaky);
	put(proj, "cleanroom.toml", "[test_execution]\nretry_on_failure = true\n");
	load(proj);
	clean();
	ck_assert_uint_eq(s->retries, 3);
	ck_assert(!s->fail_on_flaky);
	put(proj, "cleanroom.toml", "[test_execution]\nretry_on_failure = true\nretry_count = 4\n");
	load(proj);
	ck_assert_uint_eq(s->retries, 4);
}
END_TEST

START_TEST(a_file_that_states_the_defaults_is_silent)
{
	put(proj, "cleanroom.toml",
	        "[cli]\nparallel = true\nwatch = false\ninteractive = false\n"
	        "[services]\ndefault_timeout = \"30s\"\nmax_retries = 0\n"
	        "[observability]\nenable_tracing = true\nenable_metrics = true\n"
	        "[plugins]\nplugin_dir = \"./plugins\"\nauto_discover = true\nenabled_plugins = "
	        "[]\n"
	        "[security]\nhermetic_isolation = true\nsecurity_level = \"medium\"\n"
	        "[containers]\nengine = \"auto\"\npull_policy = \"missing\"\n");
	load(proj);
	clean();
}
END_TEST

/* ---- variables ---- */

START_TEST(booleans_and_lists_of_variables)
{
	static const char *const on[] = { "true", "1", "yes", "on", "TRUE", "Yes" };
	static const char *const off[] = { "false", "0", "no", "off", "OFF" };

	set_var("CLEANROOM_CLI_FAIL_FAST", "");
	for (size_t i = 0; i < ARRAY_LEN(on); i++) {
		vars[2].value = on[i];
		load(proj);
		ck_assert_msg(s->fail_fast, "%s", on[i]);
	}
	set_var("CLEANROOM_PERFORMANCE_CACHE_COMPILED_TESTS", "");
	for (size_t i = 0; i < ARRAY_LEN(off); i++) {
		vars[3].value = off[i];
		load(proj);
		ck_assert_msg(!s->cache_compiled, "%s", off[i]);
	}
	set_var("CLEANROOM_TEST_EXECUTION_IGNORE", "a/**, b ,,c");
	load(proj);
	clean();
	ck_assert_uint_eq(s->ignore.n, 3);
	ck_assert_str_eq(s->ignore.v[1], "b");
	row_is("test_execution.ignore", "[\"a/**\", \"b\", \"c\"]",
	        "CLEANROOM_TEST_EXECUTION_IGNORE");
}
END_TEST

START_TEST(two_variables_deviate_and_the_regular_names_work_too)
{
	set_var("CLEANROOM_SECURITY_LEVEL", "high");
	set_var("CLEANROOM_SECURITY_FILESYSTEM_ISOLATION", "no");
	load(proj);
	ck_assert_int_eq(s->isolation, ISOLATION_STRICT);
	ck_assert(!s->file_system_isolation);
	vars[2].name = "CLEANROOM_SECURITY_SECURITY_LEVEL";
	vars[3].name = "CLEANROOM_SECURITY_FILE_SYSTEM_ISOLATION";
	load(proj);
	ck_assert_int_eq(s->isolation, ISOLATION_STRICT);
	ck_assert(!s->file_system_isolation);
	row_is("security.file_system_isolation", "false",
	        "CLEANROOM_SECURITY_FILE_SYSTEM_ISOLATION");
}
END_TEST

START_TEST(limits_and_top_level_keys_have_variables_too)
{
	set_var("CLEANROOM_LIMITS_MEMORY_MB", "100");
	set_var("CLEANROOM_ISOLATION", "strict");
	set_var("CLEANROOM_TEST_EXECUTION_STEP_TIMEOUT", "2m");
	set_var("CLEANROOM_POLICY_MAX_CPU_USAGE", "0.25");
	load(proj);
	clean();
	ck_assert_uint_eq(s->limits.v[LIMIT_MEMORY], 100u << 20);
	ck_assert_int_eq(s->isolation, ISOLATION_STRICT);
	ck_assert_int_eq(s->step_timeout_ns, 120000000000);
	ck_assert_uint_eq(s->limits.v[LIMIT_CPU], 250);
}
END_TEST

START_TEST(bad_variables_say_what_was_expected)
{
	static const struct {
		const char *name, *value, *message;
	} cases[] = {
		{ "CLEANROOM_CLI_JOBS", "four",
		        "CLEANROOM_CLI_JOBS='four': expected an integer from 1 to 1024" },
		{ "CLEANROOM_CLI_JOBS", "0",
		        "CLEANROOM_CLI_JOBS='0': expected an integer from 1 to 1024" },
		{ "CLEANROOM_CLI_FAIL_FAST", "maybe",
		        "CLEANROOM_CLI_FAIL_FAST='maybe': expected true or false" },
		{ "CLEANROOM_CLI_OUTPUT_FORMAT", "xml",
		        "CLEANROOM_CLI_OUTPUT_FORMAT='xml': expected one of human, json, ndjson, "
		        "junit, tap" },
		{ "CLEANROOM_CONTAINERS_STARTUP_TIMEOUT", "30 parsecs",
		        "CLEANROOM_CONTAINERS_STARTUP_TIMEOUT='30 parsecs': expected a duration "
		        "from 1ms to 7d (examples: 500ms, 30s, 1m30s)" },
		{ "CLEANROOM_HISTORY_MAX_MB", "x",
		        "CLEANROOM_HISTORY_MAX_MB='x': expected a size (examples: 64m, 1.5GiB)" },
	};

	env.n = 3;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		vars[2] = (struct env_var){ cases[i].name, cases[i].value };
		load(proj);
		ck_assert_uint_eq(s->diags.errors, 1);
		ck_assert_str_eq(s->diags.v[0].code, "env.value");
		ck_assert_str_eq(s->diags.v[0].message, cases[i].message);
	}
}
END_TEST

START_TEST(unknown_variables_are_a_warning_with_the_nearest_name)
{
	set_var("CLEANROOM_CLI_JOB", "3");
	set_var("CLEANROOM_NOTHING_LIKE_THIS", "3");
	set_var("CLEANROOM_CLI_PARALLEL", ""); /* empty = unset */
	load(proj);
	ck_assert_uint_eq(s->diags.warnings, 2);
	ck_assert_uint_eq(s->diags.errors, 0);
	ck_assert_str_eq(s->diags.v[0].code, "env.unknown");
	ck_assert_str_eq(s->diags.v[0].help[0], "did you mean 'CLEANROOM_CLI_JOBS'?");
	ck_assert_ptr_null(s->diags.v[1].help[0]);
	row_is("cli.parallel", "true", "default");
}
END_TEST

START_TEST(a_variable_whose_feature_is_missing_is_a_warning)
{
	set_var("CLEANROOM_CONTAINERS_DOCKER_HOST", "1");
	load(proj);
	finds("project.needs_feature", SEV_WARNING, "'docker_host' needs docker");
	ck_assert_str_eq(found("project.needs_feature")->file, "CLEANROOM_CONTAINERS_DOCKER_HOST");
}
END_TEST

/* ---- secrets ---- */

START_TEST(names_of_secrets)
{
	ck_assert(config_is_secret_name("DB_PASSWORD"));
	ck_assert(config_is_secret_name("token_of_x"));
	ck_assert(config_is_secret_name("MySecretThing"));
	ck_assert(config_is_secret_name("API_KEY"));
	ck_assert(!config_is_secret_name("KEYBOARD"));
	ck_assert(!config_is_secret_name("USER"));
	ck_assert(!config_is_secret_name(""));
}
END_TEST

START_TEST(rows_never_show_secrets)
{
	put(proj, "cleanroom.toml",
	        "[containers]\nimage_map = { api_token = \"hunter2\", \"x:1\" = \"host\" }\n");
	load(proj);
	row_is("containers.image_map", "{ \"api_token\" = \"***\", \"x:1\" = \"host\" }",
	        "cleanroom.toml:2");
}
END_TEST

/* ---- stamps ---- */

static int64_t newest;

/* Takes the stamp of a directory into now; true when it is the one of before. */
static bool same_stamp(struct strbuf *old, const char *dir)
{
	struct strbuf now = STRBUF_INIT;
	bool same;

	settings_stamp(dir, &env, &flags, &now, &newest);
	same = now.len == old->len && memcmp(now.s, old->s, now.len) == 0;
	strbuf_release(old);
	*old = now;
	return same;
}

START_TEST(a_stamp_changes_with_every_file_that_counts)
{
	AUTO_STRBUF last = STRBUF_INIT;

	same_stamp(&last, sub);
	ck_assert(same_stamp(&last, sub));
	ck_assert_int_eq(newest, 0);
	put(proj, "cleanroom.toml", "[cli]\njobs = 3\n");
	ck_assert(!same_stamp(&last, sub));
	ck_assert_int_gt(newest, 0);
	ck_assert(same_stamp(&last, sub));
	put(proj, "cleanroom.toml", "[cli]\njobs = 4\n");
	ck_assert(!same_stamp(&last, sub));
	put(sub, "cleanroom.toml", "[cli]\njobs = 4\n");
	ck_assert(!same_stamp(&last, sub));
	put(home, ".config/cleanroom/cleanroom.toml", "[cli]\njobs = 4\n");
	ck_assert(!same_stamp(&last, sub));
	put(home, ".config/clnrm/cleanroom.toml", "[cli]\njobs = 4\n");
	ck_assert(!same_stamp(&last, sub));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		without_files_the_built_in_values_count,
		the_nearest_project_file_upward_counts,
		config_names_a_file_and_leaves_the_root_alone,
		a_named_file_must_exist,
		no_config_reads_none,
		the_user_file_has_a_newer_and_an_older_place,
		a_strangers_file_is_refused,
		a_strangers_link_is_refused_wherever_it_leads,
		a_directory_of_that_name_is_an_error_not_a_skip,
		layers_merge_key_by_key,
		variables_weigh_more_than_files_and_flags_more_than_variables,
		values_take_the_forms_of_their_types,
		a_project_may_only_ask_for_fewer_warm_sandboxes,
		limits_of_templates_can_be_raised_only,
		isolation_wins_over_levels,
		two_names_of_one_key_must_agree,
		lowered_isolation_is_a_warning_each,
		limits_and_policy_are_ceilings,
		a_broken_project_file_is_an_error,
		host_paths_that_a_sandbox_hides_are_refused,
		wrong_values_have_codes_of_the_project,
		what_this_build_lacks_is_a_warning_unless_it_decides_verdicts,
		quarantine_has_a_test_an_owner_and_a_day,
		retries_of_the_project_are_those_of_scenarios_without_their_own,
		a_file_that_states_the_defaults_is_silent,
		booleans_and_lists_of_variables,
		two_variables_deviate_and_the_regular_names_work_too,
		limits_and_top_level_keys_have_variables_too,
		bad_variables_say_what_was_expected,
		unknown_variables_are_a_warning_with_the_nearest_name,
		a_variable_whose_feature_is_missing_is_a_warning,
		names_of_secrets,
		rows_never_show_secrets,
		a_stamp_changes_with_every_file_that_counts,
	};

	return check_run_with("settings", tests, ARRAY_LEN(tests), setup, teardown);
}

#include "tests/unit/config/load_bed.h"

#define STEP "[[steps]]\nrun = \"x\"\n"

static const struct sandbox_spec *spec_of(const char *head)
{
	return &clean(arena_printf(bed.a, "%s" STEP, head))->scenarios[0].places[0].spec;
}

START_TEST(a_file_that_says_nothing_gets_the_default_sandbox)
{
	struct sandbox_spec dflt;
	AUTO_STRBUF a = STRBUF_INIT, b = STRBUF_INIT;

	sandbox_spec_default(&dflt, "host");
	sandbox_spec_key(&dflt, &a);
	sandbox_spec_key(spec_of(META), &b);
	ck_assert_str_eq(a.s, b.s);
	ck_assert_uint_eq(bed.f->tests->scenarios[0].n_places, 1);
	ck_assert_ptr_null(bed.f->tests->scenarios[0].places[0].service);
}
END_TEST

START_TEST(the_image_is_the_services_then_the_scenarios_then_the_files)
{
	const struct test *t;

	ck_assert_str_eq(spec_of(META)->image, "host");
	bed.s.default_image = "clnrm/base";
	ck_assert_str_eq(spec_of(META)->image, "clnrm/base");
	ck_assert_str_eq(spec_of(META "image = \"clnrm/base\"\n")->image, "clnrm/base");
	t = clean(META "image = \"a:1\"\n[service.x]\nimage = \"b:2\"\n"
	               "[[scenario]]\nname = \"1\"\nrun = \"x\"\n"
	               "[[scenario]]\nname = \"2\"\nrun = \"x\"\nimage = \"c:3\"\n"
	               "[[scenario]]\nname = \"3\"\nrun = \"x\"\nimage = \"c:3\"\nservice = \"x\"\n"
	               "[[scenario]]\nname = \"4\"\nsteps = [{ run = \"x\", service = \"x\" }]\n");
	ck_assert_str_eq(t->scenarios[0].places[0].spec.image, "a:1");
	ck_assert_str_eq(t->scenarios[1].places[0].spec.image, "c:3");
	ck_assert_str_eq(t->scenarios[2].places[0].spec.image, "b:2");
	ck_assert_str_eq(t->scenarios[3].places[0].spec.image, "a:1");
	ck_assert_str_eq(t->scenarios[3].places[1].spec.image, "b:2");
}
END_TEST

START_TEST(references_are_mapped_by_flag_then_by_project)
{
	bed.s.image_map = LIST("a:1", "clnrm/base", "b:2", "clnrm/base");
	ck_assert_str_eq(spec_of(META "image = \"a:1\"\n")->image, "clnrm/base");
	bed.flags.image_map = LIST("a:1", "host", "host", "clnrm/base");
	ck_assert_str_eq(spec_of(META "image = \"a:1\"\n")->image, "host");
	ck_assert_str_eq(spec_of(META "image = \"b:2\"\n")->image, "clnrm/base");
	/* What is always here is never replaced. */
	ck_assert_str_eq(spec_of(META)->image, "host");
}
END_TEST

START_TEST(services_on_demand_share_the_sandbox_when_it_is_the_same)
{
	const struct scenario *sc = &clean(
	        META "[service.same]\nimage = \"host\"\nenv = { A = \"1\" }\nworkdir = \"/tmp\"\n"
	             "[service.less]\nimage = \"host\"\nlimits = { memory_mb = 64 }\n"
	             "[service.files]\nimage = \"host\"\nfiles = { \"/a\" = \"x\" }\n"
	             "[[steps]]\nrun = \"x\"\nservice = \"same\"\n"
	             "[[steps]]\nrun = \"x\"\nservice = \"less\"\n"
	             "[[steps]]\nrun = \"x\"\nservice = \"files\"\n"
	             "[[steps]]\nrun = \"x\"\nservice = \"less\"\n"
	             "[[steps]]\nrun = \"x\"\n")
	                                     ->scenarios[0];
	static const unsigned places[] = { 0, 1, 2, 1, 0 };

	ck_assert_uint_eq(sc->n_places, 3);
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		ck_assert_uint_eq(sc->steps[i].place, places[i]);
	ck_assert_str_eq(sc->places[1].service, "less");
	ck_assert_uint_eq(sc->places[1].spec.limits.v[LIMIT_MEMORY], 64 * MIB);
	ck_assert_uint_eq(sc->places[2].n_files, 1);
	ck_assert_uint_eq(sc->places[0].n_files, 0);
	ck_assert_pstr_eq(env_of(&sc->steps[0], "A"), "1");
	ck_assert_ptr_null(env_of(&sc->steps[4], "A"));
	ck_assert_str_eq(sc->steps[0].workdir, "/tmp");
}
END_TEST

START_TEST(isolation_has_several_spellings)
{
	static const struct {
		const char *lines;
		enum isolation iso;
	} rows[] = {
		{ "isolation = \"strict\"\n", ISOLATION_STRICT },
		{ "profile = \"default\"\n", ISOLATION_STANDARD },
		{ "isolation = \"relaxed\"\n", ISOLATION_RELAXED },
		{ "policy = { security_level = \"low\" }\n", ISOLATION_RELAXED },
		{ "policy = { security_level = \"standard\" }\n", ISOLATION_STANDARD },
		{ "policy = { security_level = \"maximum\" }\n", ISOLATION_STRICT },
		{ "policy = { security_level = \"locked\" }\nisolation = \"relaxed\"\n",
		        ISOLATION_RELAXED },
		{ "[policy]\nsecurity_level = \"high\"\n", ISOLATION_STRICT },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_int_eq(spec_of(arena_printf(bed.a, META "%s", rows[i].lines))->isolation,
		        rows[i].iso);
	only_warning("[meta]\nname = \"t\"\nhermetic = false\n" STEP, "config.isolation", 3, 12,
	        "'hermetic = false' means isolation = \"relaxed\"");
	ck_assert_int_eq(bed.f->tests->scenarios[0].places[0].spec.isolation, ISOLATION_RELAXED);
}
END_TEST

START_TEST(a_file_may_raise_isolation_but_not_lower_the_projects)
{
	/* Without a project's word a file may do both. */
	ck_assert_int_eq(spec_of(META "isolation = \"relaxed\"\n")->isolation, ISOLATION_RELAXED);
	project_says("security.isolation", "cleanroom.toml:7");
	ck_assert_int_eq(spec_of(META "isolation = \"strict\"\n")->isolation, ISOLATION_STRICT);
	only_error(META "isolation = \"relaxed\"\n" STEP, "config.policy_denied", 3, 13,
	        "isolation 'relaxed' is less than 'standard' of the project (cleanroom.toml:7)");
	only_error(META
	        "[[scenario]]\nname = \"s\"\nrun = \"x\"\npolicy = { security_level = \"low\" }\n",
	        "config.policy_denied", 6, 29, "isolation 'relaxed' is less");
	/* The command line may do both. */
	bed.flags.isolation = "relaxed";
	ck_assert_int_eq(spec_of(META "isolation = \"strict\"\n")->isolation, ISOLATION_RELAXED);
	bed.flags.isolation = "strict";
	ck_assert_int_eq(spec_of(META "isolation = \"relaxed\"\n")->isolation, ISOLATION_STRICT);
}
END_TEST

START_TEST(networks_that_this_build_has)
{
	ck_assert_int_eq(spec_of(META "network = \"none\"\n")->network, NET_NONE);
	ck_assert_int_eq(spec_of(META "network = { mode = \"none\" }\n")->network, NET_NONE);
	ck_assert_int_eq(
	        spec_of(META "network = \"host\"\nisolation = \"relaxed\"\n")->network, NET_HOST);
	ck_assert_int_eq(spec_of(META "policy = { allow_network = false }\n")->network, NET_NONE);
	only_error(META "network = \"host\"\n" STEP, "config.isolation", 3, 11,
	        "'network = \"host\"' needs isolation = \"relaxed\"");
	only_error(META "network = \"host\"\nisolation = \"relaxed\"\npolicy = { allow_network = "
	                "false }\n" STEP,
	        "config.policy_denied", 3, 11, "'allow_network = false' at line 5");
	only_error(META "network = { mode = \"none\", external_access = true }\n" STEP,
	        "config.conflict", 3, 46, "say different things");
}
END_TEST

START_TEST(networks_that_need_services_are_refused_in_a_run)
{
	static const struct {
		const char *lines, *what;
		uint32_t line, col;
		enum net_mode net;
	} rows[] = {
		{ "network = \"test\"\n", "network = \"test\"", 3, 11, NET_TEST },
		{ "network = \"bridge\"\n", "network = \"internet\"", 3, 11, NET_INTERNET },
		{ "network = { mode = \"internal\" }\n", "network = \"test\"", 3, 20, NET_TEST },
		{ "network = { external_access = true }\n", "network = \"internet\"", 3, 31,
		        NET_INTERNET },
		{ "policy = { allowed_network_hosts = [\"a\"] }\n", "allowed_network_hosts", 3, 36,
		        NET_INTERNET },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *text = arena_printf(bed.a, META "%s" STEP, rows[i].lines);
		const char *said = arena_printf(
		        bed.a, "'%s' needs services, which this build does not have", rows[i].what);

		bed.validate = false;
		only_error(text, "config.needs_feature", rows[i].line, rows[i].col, said);
		bed.validate = true;
		only_warning(text, "config.needs_feature", rows[i].line, rows[i].col, said);
		ck_assert_int_eq(bed.f->tests->scenarios[0].places[0].spec.network, rows[i].net);
	}
	bed.validate = false;
	bed.s.network_isolation = false;
	only_error(META STEP, "config.needs_feature", 1, 1, "'network_isolation = false' needs");
}
END_TEST

START_TEST(limits_merge_key_by_key)
{
	const struct limits *l =
	        &spec_of(META "[limits]\nmemory_mb = 512\npids = 100\ncpu_millicores = 500\n"
	                      "[meta.limits]\npids = 50\n")
	                 ->limits;

	ck_assert_uint_eq(l->v[LIMIT_MEMORY], 512 * MIB);
	ck_assert_uint_eq(l->v[LIMIT_PIDS], 50);
	ck_assert_uint_eq(l->v[LIMIT_CPU], 500);
	ck_assert_uint_eq(l->v[LIMIT_OPEN_FILES], 1024);
	ck_assert_uint_eq(l->given, 1u << LIMIT_MEMORY | 1u << LIMIT_PIDS | 1u << LIMIT_CPU);
	l = &spec_of(
	        META "limits = { memory_mb = \"1.5GiB\", swap_mb = 1, disk_mb = 2, open_files = 16,"
	             " file_size_mb = 3, output_mb = 4 }\n")
	             ->limits;
	ck_assert_uint_eq(l->v[LIMIT_MEMORY], 1536 * MIB);
	ck_assert_uint_eq(l->v[LIMIT_SWAP], MIB);
	ck_assert_uint_eq(l->v[LIMIT_DISK], 2 * MIB);
	ck_assert_uint_eq(l->v[LIMIT_OPEN_FILES], 16);
	ck_assert_uint_eq(l->v[LIMIT_FILE_SIZE], 3 * MIB);
	ck_assert_uint_eq(l->v[LIMIT_OUTPUT], 4 * MIB);
}
END_TEST

START_TEST(limits_of_a_service_may_be_written_as_resources)
{
	const struct limits *l =
	        &clean(META "[service.x]\nimage = \"host\"\nargs = [\"x\"]\n"
	                    "resources = { cpu_limit = \"0.5\", memory_limit = \"64m\" }\n"
	                    "[[scenario]]\nname = \"s\"\nservice = \"x\"\n")
	                 ->scenarios[0]
	                 .places[0]
	                 .spec.limits;

	ck_assert_uint_eq(l->v[LIMIT_CPU], 500);
	ck_assert_uint_eq(l->v[LIMIT_MEMORY], 64 * MIB);
}
END_TEST

START_TEST(a_policy_takes_the_smaller_value)
{
	const struct limits *l =
	        &spec_of(META "limits = { memory_mb = 512, cpu_millicores = 400 }\n"
	                      "[policy]\nmax_memory_mb = 256\nmax_cpu_usage = 0.5\n")
	                 ->limits;

	ck_assert_uint_eq(l->v[LIMIT_MEMORY], 256 * MIB);
	ck_assert_uint_eq(l->v[LIMIT_CPU], 400);
	l = &spec_of(META "limits = { memory_mb = 128 }\n[policy]\nmax_memory_mb = 256\n"
	                  "max_cpu_usage = 0.5\n")
	             ->limits;
	ck_assert_uint_eq(l->v[LIMIT_MEMORY], 128 * MIB);
	ck_assert_uint_eq(l->v[LIMIT_CPU], 500);
	ck_assert(spec_of(META "policy = { allow_filesystem = false }\n")->read_only);
}
END_TEST

START_TEST(the_projects_policy_binds_every_file)
{
	bed.s.no_network = bed.s.read_only = true;
	bed.s.policy_time_ns = 20 * 1000000000LL;
	project_says("policy.allow_network", "cleanroom.toml:7");
	ck_assert_int_eq(spec_of(META)->network, NET_NONE);
	ck_assert(spec_of(META "read_only = false\n")->read_only);
	ck_assert_int_eq(spec_of(META "network = \"none\"\n")->network, NET_NONE);
	only_error(META "network = \"host\"\nisolation = \"relaxed\"\n" STEP,
	        "config.policy_denied", 3, 11, "of the project (cleanroom.toml:7)");

	const struct deadline *d = &clean(META STEP)->scenarios[0].timeout;

	ck_assert_int_eq(d->ns, 20 * 1000000000LL);
	ck_assert_int_eq(d->source, DEADLINE_PROJECT);
	d = &clean(META "[policy]\nmax_execution_time = 10\n" STEP)->scenarios[0].timeout;
	ck_assert_int_eq(d->ns, 10 * 1000000000LL);
	ck_assert_int_eq(d->source, DEADLINE_FILE);
}
END_TEST

START_TEST(the_projects_limits_are_ceilings)
{
	bed.s.limits.v[LIMIT_MEMORY] = 256 * MIB;
	bed.s.limits.v[LIMIT_SWAP] = 0;
	bed.s.limits.given = 1u << LIMIT_MEMORY | 1u << LIMIT_SWAP;
	project_says("limits.memory_mb", "cleanroom.toml:9");
	ck_assert_uint_eq(spec_of(META)->limits.v[LIMIT_MEMORY], 256 * MIB);
	ck_assert(spec_of(META)->limits.given & 1u << LIMIT_MEMORY);
	ck_assert_uint_eq(
	        spec_of(META "limits = { memory_mb = 64 }\n")->limits.v[LIMIT_MEMORY], 64 * MIB);
	only_error(META "limits = { memory_mb = 512 }\n" STEP, "config.policy_denied", 3, 24,
	        "'memory_mb' is more than the project allows (cleanroom.toml:9)");
	only_error(
	        META "limits = { swap_mb = 1 }\n" STEP, "config.policy_denied", 3, 22, "'swap_mb'");
}
END_TEST

START_TEST(disallowed_commands_add_up_and_are_masked)
{
	const struct sandbox_spec *s;

	bed.s.disallowed_commands = LIST("curl");
	s = spec_of(META "policy = { disallowed_commands = [\"wget\", \"/bin/nc\"] }\n"
	                 "[policy]\ndisallowed_commands = [\"wget\", \"ssh\"]\n");
	static const char *const all[] = { "curl", "wget", "/bin/nc", "ssh" };
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		ck_assert_str_eq(s->masked[i], all[i]);
	ck_assert_ptr_null(s->masked[4]);
	only_error(META "[[steps]]\nrun = \"/usr/bin/curl x\"\n", "config.policy_denied", 4, 7,
	        "step 'step 1' runs '/usr/bin/curl', which disallowed_commands forbids");
	only_error(META "[policy]\ndisallowed_commands = [\"sh\"]\n[[steps]]\nscript = \"x\"\n",
	        "config.policy_denied", 6, 10, "runs '/bin/sh'");
}
END_TEST

START_TEST(a_program_is_disallowed_by_base_name_or_path)
{
	static const struct {
		const char *entry, *command;
		bool denied;
	} rows[] = {
		{ "curl", "curl", true },
		{ "curl", "/usr/bin/curl", true },
		{ "curl", "curly", false },
		{ "/usr/bin/curl", "/usr/bin/curl", true },
		{ "/usr/bin/curl", "curl", false },
		{ "curl", "sh -c curl", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		load_text(arena_printf(bed.a,
		        META "[policy]\ndisallowed_commands = [\"%s\"]\n[[steps]]\nrun = \"%s\"\n",
		        rows[i].entry, rows[i].command));
		ck_assert_int_eq(find("config.policy_denied") != NULL, rows[i].denied);
		ck_assert_int_eq(bed.f->tests == NULL, rows[i].denied);
	}
	only_error(META "[policy]\ndisallowed_commands = [\"a/b\"]\n" STEP, "config.path", 4, 24,
	        "'a/b' is neither a base name nor an absolute path");
}
END_TEST

START_TEST(tmpfs_have_a_path_and_maybe_a_size)
{
	const struct sandbox_spec *s = spec_of(META "tmpfs = [\"/cache\", \"/var/x/:64m\"]\n");

	ck_assert_uint_eq(s->n_tmpfs, 2);
	ck_assert_str_eq(s->tmpfs[0].path, "/cache");
	ck_assert_uint_eq(s->tmpfs[0].size_bytes, 0);
	ck_assert_str_eq(s->tmpfs[1].path, "/var/x");
	ck_assert_uint_eq(s->tmpfs[1].size_bytes, 64 * MIB);
	only_error(META "tmpfs = [\"cache\"]\n" STEP, "config.path", 3, 10, "must be absolute");
	only_error(META "tmpfs = [\"/a/../b\"]\n" STEP, "config.path", 3, 10, "without '..'");
	only_error(META "tmpfs = [\"/proc/x\"]\n" STEP, "config.path", 3, 10, "lies in '/proc'");
	only_error(META "tmpfs = [\"/\"]\n" STEP, "config.path", 3, 10, "may not be '/'");
	only_error(META "tmpfs = [\"/x:big\"]\n" STEP, "config.size", 3, 10, "'big' is no size");
}
END_TEST

START_TEST(too_many_tmpfs_are_refused)
{
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_adds(&b, META "tmpfs = [");
	for (int i = 0; i < 17; i++)
		strbuf_printf(&b, "\"/%02d\",", i);
	strbuf_adds(&b, "]\n" STEP);
	only_error(b.s, "config.range", 3, 106, "more than 16 tmpfs");
}
END_TEST

START_TEST(other_keys_of_the_sandbox_reach_the_model)
{
	ck_assert_str_eq(spec_of(META "hostname = \"box-1\"\n")->hostname, "box-1");
	ck_assert(spec_of(META "read_only = true\n")->read_only);
	ck_assert_int_eq(spec_of(META "engine = \"native\"\n")->isolation, ISOLATION_STANDARD);
	only_error(META "hostname = \"a b\"\n" STEP, "config.range", 3, 12, "'hostname' wants");
	only_error(META "engine = \"docker\"\n" STEP, "config.needs_feature", 3, 10,
	        "'engine = \"docker\"' needs docker, which this build does not have");
	bed.s.host_paths = LIST("/nix");
	ck_assert_str_eq(spec_of(META)->host_paths[0], "/nix");
	ck_assert_ptr_null(spec_of(META)->host_paths[1]);
	ck_assert_ptr_null(spec_of(META "image = \"clnrm/base\"\n")->host_paths);
}
END_TEST

START_TEST(services_that_would_run_are_refused)
{
	static const char *const servers[] = { "plugin = \"redis\"",
		"image = \"host\"\nports = [80]", "image = \"host\"\ncommand = [\"x\"]",
		"image = \"host\"\nhealth_check = \"true\"",
		"image = \"host\"\nwait_for = \"started\"", "image = \"host\"\nstart = \"always\"",
		"plugin = \"network_service\"\nendpoint = \"http://x\"" };

	for (size_t i = 0; i < ARRAY_LEN(servers); i++) {
		const char *text = arena_printf(bed.a, META "[service.db]\n%s\n" STEP, servers[i]);

		bed.validate = false;
		only_error(text, "config.needs_feature", 3, 10,
		        "service 'db' needs services, which this build does not have");
		bed.validate = true;
		only_warning(text, "config.needs_feature", 3, 10, "service 'db'");
		ck_assert_int_eq(bed.f->tests->scenarios[0].places[0].spec.network, NET_TEST);
	}
	bed.validate = false;
	/* Not started: nothing is missing. */
	clean(META "[service.db]\nimage = \"host\"\n" STEP);
	clean(META "[service.db]\nimage = \"host\"\nports = [80]\nstart = \"never\"\n" STEP);
	clean("[meta]\nname = \"t\"\nservices = []\n[service.db]\nplugin = \"redis\"\n" STEP);
}
END_TEST

START_TEST(a_project_that_states_the_default_forbids_nothing)
{
	project_says("security.hermetic_isolation", "cleanroom.toml:2");
	ck_assert_int_eq(spec_of(META "isolation = \"relaxed\"\n")->isolation, ISOLATION_RELAXED);
	project_says("security.security_level", "cleanroom.toml:3");
	only_error(META "isolation = \"relaxed\"\n" STEP, "config.policy_denied", 3, 13,
	        "(cleanroom.toml:3)");
}
END_TEST

START_TEST(services_have_names_that_hosts_may_have)
{
	static const char *const good[] = { "a", "my_db-1.x", "0" };
	static const char *const bad[] = { "a b", "-a", "a/b", "a.", "", "caf\xc3\xa9" };

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		clean(arena_printf(
		        bed.a, META "[service.\"%s\"]\nimage = \"host\"\n" STEP, good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		only_error(arena_printf(
		                   bed.a, META "[service.\"%s\"]\nimage = \"host\"\n" STEP, bad[i]),
		        "config.range", 3, 10, "is no name of a service");
}
END_TEST

START_TEST(a_named_volume_is_not_shared_between_sandboxes)
{
	const char *one = META "[service.a]\nimage = \"clnrm/base\"\nvolumes = [\"data:/x\"]\n"
	                       "[[steps]]\nrun = \"x\"\nservice = \"a\"\n";
	const char *two = META "[service.a]\nimage = \"clnrm/base\"\nvolumes = [\"data:/x\"]\n"
	                       "[service.b]\nimage = \"host\"\nvolumes = [\"data:/y\"]\n"
	                       "[[steps]]\nrun = \"x\"\nservice = \"a\"\n"
	                       "[[steps]]\nrun = \"x\"\nservice = \"b\"\n";

	ck_assert_uint_eq(clean(one)->scenarios[0].places[1].spec.n_tmpfs, 1);
	only_error(two, "config.needs_feature", 8, 12, "volume 'data' shared by sandboxes");
}
END_TEST

START_TEST(strict_isolation_refuses_what_a_receipt_cannot_show)
{
	bed.validate = true;
	load_text(
	        META "isolation = \"strict\"\n[service.a]\nimage = \"host\"\n"
	             "capabilities = [\"NET_ADMIN\"]\n[service.b]\nendpoint = \"http://x\"\n" STEP);
	finding(SEV_ERROR, "config.policy_denied", 6, 16, "service 'a': 'capabilities' is refused");
	finding(SEV_ERROR, "config.policy_denied", 8, 12, "service 'b': 'endpoint' is refused");
	fair(META "[service.a]\nimage = \"host\"\ncapabilities = [\"NET_ADMIN\"]\n" STEP);
}
END_TEST

START_TEST(a_server_alone_is_a_scenario)
{
	bed.validate = true;
	const struct test *t =
	        fair(META "[service.db]\nplugin = \"redis\"\n[[scenario]]\nname = \"s\"\n"
	                  "service = \"db\"\nexpected_exit_code = 0\n");

	ck_assert_uint_eq(t->scenarios[0].n_steps, 0);
}
END_TEST

START_TEST(presets_and_images_of_services)
{
	only_error(META "[service.x]\n" STEP, "config.image_missing", 3, 10,
	        "service 'x': plugin 'generic_container' needs 'image'");
	only_error(META "[service.x]\nplugin = \"rediss\"\n" STEP, "config.plugin_unknown", 4, 10,
	        "service 'x': no preset is named 'rediss'");
	ck_assert_str_eq(find("config.plugin_unknown")->help[0], "did you mean 'redis'?");
	only_warning(META "[service.x]\nplugin = \"node\"\nimage = \"host\"\n" STEP,
	        "config.plugin_unknown", 4, 10, "'node'");
	load_text(META "[service.x]\nplugin = \"redis\"\ntype = \"mysql\"\n" STEP);
	finding(SEV_ERROR, "config.plugin_conflict", 5, 8, "are different presets");
	clean(META "[service.x]\nplugin = \"network_tools\"\n" STEP);
}
END_TEST

LOAD_MAIN("load sandbox", a_file_that_says_nothing_gets_the_default_sandbox,
        the_image_is_the_services_then_the_scenarios_then_the_files,
        references_are_mapped_by_flag_then_by_project,
        services_on_demand_share_the_sandbox_when_it_is_the_same, isolation_has_several_spellings,
        a_file_may_raise_isolation_but_not_lower_the_projects, networks_that_this_build_has,
        networks_that_need_services_are_refused_in_a_run, limits_merge_key_by_key,
        limits_of_a_service_may_be_written_as_resources, a_policy_takes_the_smaller_value,
        the_projects_policy_binds_every_file, the_projects_limits_are_ceilings,
        disallowed_commands_add_up_and_are_masked, a_program_is_disallowed_by_base_name_or_path,
        tmpfs_have_a_path_and_maybe_a_size, too_many_tmpfs_are_refused,
        other_keys_of_the_sandbox_reach_the_model,
        a_project_that_states_the_default_forbids_nothing, services_have_names_that_hosts_may_have,
        a_named_volume_is_not_shared_between_sandboxes,
        strict_isolation_refuses_what_a_receipt_cannot_show, a_server_alone_is_a_scenario,
        services_that_would_run_are_refused, presets_and_images_of_services)

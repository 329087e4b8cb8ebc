/* The table of contestants: what is measured, against what, how often. */
#include "bench/contestants.h"

const struct plan plans[] = {
	{ "memory", 1, 1, false, "PSS of all processes, idle, 8 warm sandboxes" },
	{ "run_one", 60, 3, false, "clnrm run of a one-step file, whole process" },
	{ "run_cpu", 3, 1, false, "processor time of the whole machine for it" },
	{ "try_one", 40, 3, false, "clnrm try of one command" },
	{ "exec_step", 30, 3, false, "one more step in a scenario" },
	{ "parallel_steps", 30, 3, false,
	        "steps that wait for none: one more, and eight of 200 ms" },
	{ "container_pool", 60, 3, false, "lend, miss and refill, without client and daemon" },
	{ "suite_1000", 3, 1, false, "1,000 files of one scenario each" },
	{ "noop_1000", 30, 2, false, "clnrm run of files that have not changed" },
	{ "suite_growth", 2, 0, false, "cost of a scenario among 100 and among 10,000" },
	{ "config_parsing", 30, 3, false, "readers and checks" },
	{ "template_render", 30, 3, false, "templates: compiled, rendered, and from the caches" },
	{ "image_import", 7, 1, false, "100 MB of 4,000 files from an archive" },
	{ "prepared", 3, 1, false, "200 scenarios over work of a tenth of a second, 20 s in all" },
	{ "dry_run", 20, 2, false, "the plan of 1,000 files; nothing of it is kept" },
	{ "hot_reload_critical_path", 40, 3, false, "a save, until its verdict is read" },
	{ "hung_step", 7, 1, false, "a step that hangs, or crashes, after passes of 100 ms" },
	{ "reports", 10, 1, false, "a finished run of 10,000 scenarios, in memory, to bytes" },
	{ "client_startup", 100, 5, false, "a command that asks no daemon" },
	{ "daemon_roundtrip", 60, 5, false, "connection, request, answer" },
	{ "memory_growth", 1, 1, true, "PSS after 100,000 more scenarios" },
	{ "build", 1, 1, true, "clean release build" },
};
const size_t n_plans = ARRAY_LEN(plans);

#define RUN_METRICS                \
	{                          \
		"verdict", "quiet" \
	}
#define TESTS 1000 /* of the tree that is watched */
#define RELOAD_METRICS                                                                     \
	{                                                                                  \
		"verdict", "detect", "render", "parse", "plan", "acquire", "run", "report" \
	}
#define PLAIN(what)        \
	{                  \
		what, NULL \
	}

/* clang-format off */
const struct contestant contestants[] = {
#define RUN_ONE(bench_, name_, against_, user_, image_, files_) \
	{ bench_, name_, against_, RUN_METRICS, NULL, 0, prepare_run, run_once, run_release, \
		user_, image_, files_, 1, 0 }
#define PEER(bench_, name_, against_, most_, prepare_, image_) \
	{ bench_, name_, against_, PLAIN("verdict"), NULL, most_, prepare_, timed_once, \
		timed_release, ROOT, image_, 1, 1, 0 }
	PEER("run_one", "posix_spawn, host command", NULL, 0, prepare_spawn, HOST),
	PEER("run_one", "posix_spawn, base command", NULL, 0, prepare_spawn, BASE),
	RUN_ONE("run_one", "clnrm run, host, root", "posix_spawn, host command", ROOT, HOST, 1),
	RUN_ONE("run_one", "clnrm run, host, user", "posix_spawn, host command", USER, HOST, 1),
	RUN_ONE("run_one", "clnrm run, base, root", "posix_spawn, base command", ROOT, BASE, 1),
	RUN_ONE("run_one", "clnrm run, base, user", "posix_spawn, base command", USER, BASE, 1),
	PEER("run_one", "bwrap, host", "posix_spawn, host command", 0, prepare_bwrap, HOST),
	PEER("run_one", "bwrap, base", "posix_spawn, base command", 0, prepare_bwrap, BASE),
	PEER("run_one", "crun run", "posix_spawn, base command", 30, prepare_crun, BASE),
	PEER("run_one", "runc run", "posix_spawn, base command", 30, prepare_runc, BASE),
	PEER("run_one", "podman run --rm", "posix_spawn, base command", 15, prepare_podman_run, BASE),
	PEER("run_one", "podman exec", "posix_spawn, base command", 15, prepare_podman_exec, BASE),
	PEER("run_one", "docker run --rm", "posix_spawn, base command", 15, prepare_docker_run, BASE),
	PEER("run_one", "docker exec", "posix_spawn, base command", 15, prepare_docker_exec, BASE),

#define CPU(name_, against_, prepare_, user_, image_, runs_) \
	{ "run_cpu", name_, against_, { "machine", "own" }, NULL, 0, prepare_, cpu_once, \
		timed_release, user_, image_, 1, 1, runs_ }
	CPU("posix_spawn, host command", NULL, prepare_spawn, ROOT, HOST, 200),
	CPU("posix_spawn, base command", NULL, prepare_spawn, ROOT, BASE, 200),
	CPU("clnrm run, host, root", "posix_spawn, host command", prepare_cpu_run, ROOT, HOST, 200),
	CPU("clnrm run, host, user", "posix_spawn, host command", prepare_cpu_run, USER, HOST, 200),
	CPU("clnrm run, base, root", "posix_spawn, base command", prepare_cpu_run, ROOT, BASE, 200),
	CPU("clnrm run, base, user", "posix_spawn, base command", prepare_cpu_run, USER, BASE, 200),
	CPU("bwrap, base", "posix_spawn, base command", prepare_bwrap, ROOT, BASE, 100),
	CPU("docker run --rm", "posix_spawn, base command", prepare_docker_run, ROOT, BASE, 5),
	CPU("docker exec", "posix_spawn, base command", prepare_docker_exec, ROOT, BASE, 5),

#define TRY_ONE(name_, against_, user_, image_) \
	{ "try_one", name_, against_, PLAIN("whole"), NULL, 0, prepare_try, try_once, \
		timed_release, user_, image_, 1, 1, 0 }
	PEER("try_one", "posix_spawn, host command", NULL, 0, prepare_spawn, HOST),
	PEER("try_one", "posix_spawn, base command", NULL, 0, prepare_spawn, BASE),
	TRY_ONE("clnrm try, host, root", "posix_spawn, host command", ROOT, HOST),
	TRY_ONE("clnrm try, host, user", "posix_spawn, host command", USER, HOST),
	TRY_ONE("clnrm try, base, root", "posix_spawn, base command", ROOT, BASE),
	TRY_ONE("clnrm try, base, user", "posix_spawn, base command", USER, BASE),

#define STEP(name_, against_, user_, image_) \
	{ "exec_step", name_, against_, PLAIN("step"), NULL, 0, prepare_step, step_once, \
		step_release, user_, image_, 1, 21, 0 }
	PEER("exec_step", "posix_spawn, host command", NULL, 0, prepare_spawn, HOST),
	PEER("exec_step", "posix_spawn, base command", NULL, 0, prepare_spawn, BASE),
	STEP("step, host, root", "posix_spawn, host command", ROOT, HOST),
	STEP("step, base, root", "posix_spawn, base command", ROOT, BASE),
	STEP("step, base, user", "posix_spawn, base command", USER, BASE),

#define CAPTURED(name_, image_) \
	{ "parallel_steps", name_, NULL, PLAIN("step"), NULL, 0, prepare_spawn, captured_once, \
		timed_release, ROOT, image_, 1, 1, 0 }
#define BESIDE(name_, against_, user_, image_) \
	{ "parallel_steps", name_, against_, PLAIN("step"), NULL, 0, prepare_beside, step_once, \
		step_release, user_, image_, 1, 101, 0 }
	CAPTURED("spawn with captured output, host command", HOST),
	CAPTURED("spawn with captured output, base command", BASE),
	BESIDE("one more step, host, root", "spawn with captured output, host command", ROOT, HOST),
	BESIDE("one more step, base, root", "spawn with captured output, base command", ROOT, BASE),
	BESIDE("one more step, base, user", "spawn with captured output, base command", USER, BASE),
	{ "parallel_steps", "eight steps of 200 ms", NULL, RUN_METRICS, NULL, 10, prepare_sleeps, run_once,
		run_release, ROOT, HOST, 1, 8, 0 },

#define POOL(name_, once_, image_) \
	{ "container_pool", name_, NULL, PLAIN("time"), "us", 0, prepare_pool, once_, \
		pool_release, ROOT, image_, 1, 1, 0 }
	POOL("lend, base", lend_once, BASE),
	POOL("miss, base", miss_once, BASE),
	POOL("refill, base", refill_once, BASE),
	POOL("lend, host", lend_once, HOST),
	POOL("miss, host", miss_once, HOST),
	POOL("refill, host", refill_once, HOST),

#define SPAWNS(bench_, name_, image_, files_) \
	{ bench_, name_, NULL, PLAIN("scenario"), NULL, 0, prepare_many_spawns, \
		many_spawns_once, timed_release, ROOT, image_, files_, 1, 0 }
#define SUITE(bench_, name_, against_, user_, image_, files_) \
	{ bench_, name_, against_, PLAIN("scenario"), NULL, 0, prepare_run, run_once, \
		run_release, user_, image_, files_, 1, 0 }
	SPAWNS("suite_1000", "posix_spawn, host command", HOST, 1000),
	SPAWNS("suite_1000", "posix_spawn, base command", BASE, 1000),
	SUITE("suite_1000", "clnrm run, host, root", "posix_spawn, host command", ROOT, HOST, 1000),
	SUITE("suite_1000", "clnrm run, host, user", "posix_spawn, host command", USER, HOST, 1000),
	SUITE("suite_1000", "clnrm run, base, root", "posix_spawn, base command", ROOT, BASE, 1000),
	SUITE("suite_1000", "clnrm run, base, user", "posix_spawn, base command", USER, BASE, 1000),

#define NOOP(name_, against_, image_, files_) \
	{ "noop_1000", name_, against_, PLAIN("whole"), NULL, 0, prepare_noop, noop_once, \
		noop_release, ROOT, image_, files_, 1, 0 }
#define CHANGED(name_, image_) \
	{ "noop_1000", name_, NULL, PLAIN("whole"), NULL, 0, prepare_noop, changed_once, \
		changed_release, ROOT, image_, 1000, 1, 0 }
	PEER("noop_1000", "an empty program", NULL, 0, prepare_nop, HOST),
	NOOP("one file, host", "an empty program", HOST, 1),
	NOOP("one file, base", "an empty program", BASE, 1),
	NOOP("1,000 files, host", NULL, HOST, 1000),
	NOOP("1,000 files, base", NULL, BASE, 1000),
	CHANGED("one of 1,000 changed, host", HOST),
	CHANGED("one of 1,000 changed, base", BASE),

#define HUNG(name_, against_, prepare_, user_, image_) \
	{ "hung_step", name_, against_, PLAIN("verdict"), NULL, 0, prepare_, hung_once, \
		timed_release, user_, image_, 1, 1, 0 }
	HUNG("posix_spawn, crash", NULL, prepare_crash_spawn, ROOT, HOST),
	HUNG("crash, host, root", "posix_spawn, crash", prepare_crash, ROOT, HOST),
	HUNG("crash, host, user", "posix_spawn, crash", prepare_crash, USER, HOST),
	HUNG("hang, base, root", NULL, prepare_hang, ROOT, BASE),
	HUNG("hang, base, user", NULL, prepare_hang, USER, BASE),

#define GROWTH(name_, against_, files_) \
	{ "suite_growth", name_, against_, PLAIN("scenario"), NULL, 0, prepare_run, suite_once, \
		run_release, ROOT, BASE, files_, 1, 0 }
	GROWTH("100 files", NULL, 100),
	GROWTH("10,000 files", "100 files", 10000),

#define PARSE(name_, against_, once_) \
	{ "config_parsing", name_, against_, PLAIN("time"), "us", 0, prepare_parse, once_, \
		parse_release, ROOT, HOST, 200, 1, 0 }
#define VALIDATE(name_, files_, steps_) \
	{ "config_parsing", name_, NULL, PLAIN("file"), NULL, 0, prepare_validate, timed_once, \
		timed_release, ROOT, HOST, files_, steps_, 0 }
	PARSE("toml, ours", "toml, tomllib", toml_once),
	PARSE("toml, tomllib", NULL, tomllib_once),
	PARSE("yaml, ours", "yaml, libyaml's own tree", yaml_once),
	PARSE("yaml, libyaml's own tree", NULL, libyaml_once),
#define LARGE(name_, prepare_) \
	{ "config_parsing", name_, NULL, PLAIN("MB"), "ms", 0, prepare_, toml_large_once, \
		parse_release, ROOT, HOST, 1, 1, 0 }
	LARGE("toml, 2 MB of tables", prepare_toml_tables),
	LARGE("toml, 2 MB of strings", prepare_toml_strings),
	LARGE("toml, 2 MB of integers", prepare_toml_integers),
	LARGE("toml, 2 MB of floats", prepare_toml_floats),
	LARGE("toml, 2 MB of comments", prepare_toml_comments),
	{ "config_parsing", "load, cold", NULL, PLAIN("time"), "us", 0, prepare_load, load_once,
		load_release, ROOT, HOST, 1, 1, 0 },
	{ "config_parsing", "load, warm", "load, cold", PLAIN("time"), "us", 0, prepare_load,
		load_again_once, load_release, ROOT, HOST, 1, 1, 0 },
	VALIDATE("clnrm validate, a file", 1, 1),
	VALIDATE("clnrm validate, each of 1,000 files", 1000, 1),

#define TEMPLATE(name_, against_, once_) \
	{ "template_render", name_, against_, PLAIN("time"), "us", 0, prepare_template, once_, \
		template_release, ROOT, HOST, 1, 1, 0 }
#define ENGINE(name_, against_, prepare_, once_) \
	{ "template_render", name_, against_, PLAIN("byte"), "ns", 0, prepare_, once_, \
		template_release, ROOT, HOST, 1, 1, 0 }
#define ENGINES(kind_) \
	ENGINE(kind_, kind_ ", jinja2", prepare_template, engine_once), \
	ENGINE(kind_ ", jinja2", NULL, prepare_jinja2, jinja2_once), \
	ENGINE(kind_ ", minijinja", kind_ ", jinja2", prepare_minijinja, minijinja_once)
	TEMPLATE("compile, cold", NULL, compile_once),
	TEMPLATE("compile, warm", "compile, cold", compile_again_once),
	TEMPLATE("render, cold", NULL, render_once),
	TEMPLATE("render, warm", "render, cold", render_again_once),
	ENGINES("loops"),
	ENGINES("inheritance"),
	ENGINES("macros"),
#define IMPORT(name_, against_, prepare_, once_, user_, packed_) \
	{ "image_import", name_, against_, PLAIN("time"), NULL, 0, prepare_, once_, \
		timed_release, user_, HOST, 1, packed_, 0 }
	IMPORT("tar -x", NULL, prepare_untar, untar_once, ROOT, 1),
	IMPORT("clnrm images import, root", "tar -x", prepare_import, import_once, ROOT, 1),
	IMPORT("clnrm images import, user", "tar -x", prepare_import, import_once, USER, 1),
	IMPORT("tar -x, gzip", NULL, prepare_untar, untar_once, ROOT, 2),
	IMPORT("clnrm images import, gzip, root", "tar -x, gzip", prepare_import, import_once, ROOT, 2),
	IMPORT("the same again, root", NULL, prepare_import, import_again_once, ROOT, 1),

#define PREPARED(name_, against_, user_, how_) \
	{ "prepared", name_, against_, PLAIN("time"), NULL, 0, prepare_prepared, prepared_once, \
		timed_release, user_, BASE, 200, 1, how_ }
	PREPARED("a setup in each, root", NULL, ROOT, PREPARED_EACH),
	PREPARED("[prepare], made first, root", "a setup in each, root", ROOT, PREPARED_FIRST),
	PREPARED("[prepare], there, root", "a setup in each, root", ROOT, PREPARED_BEFORE),
	PREPARED("nothing to prepare, root", "a setup in each, root", ROOT, PREPARED_NOTHING),
	PREPARED("[prepare], made first, user", "a setup in each, root", USER, PREPARED_FIRST),

	{ "dry_run", "clnrm dry-run, 1,000 files", NULL, PLAIN("time"), NULL, 0, prepare_dry_run,
		timed_once, timed_release, ROOT, HOST, 1000, 1, 0 },

#define RELOAD(name_, against_, user_, image_, way_) \
	{ "hot_reload_critical_path", name_, against_, RELOAD_METRICS, NULL, 0, prepare_reload, \
		reload_once, reload_release, user_, image_, TESTS, 1, way_ }
#define RELOAD_PLAIN(name_, against_, user_, image_, way_) \
	{ "hot_reload_critical_path", name_, against_, PLAIN("verdict"), NULL, 0, prepare_reload, \
		reload_once, reload_release, user_, image_, TESTS, 1, way_ }
	RUN_ONE("hot_reload_critical_path", "clnrm run, host, root", NULL, ROOT, HOST, 1),
	RUN_ONE("hot_reload_critical_path", "clnrm run, host, user", NULL, USER, HOST, 1),
	RUN_ONE("hot_reload_critical_path", "clnrm run, base, root", NULL, ROOT, BASE, 1),
	RUN_ONE("hot_reload_critical_path", "clnrm run, base, user", NULL, USER, BASE, 1),
	RELOAD("host, root, by rename", "clnrm run, host, root", ROOT, HOST, BY_RENAME),
	RELOAD("host, root, in place", "clnrm run, host, root", ROOT, HOST, IN_PLACE),
	RELOAD("host, root, as vim", "clnrm run, host, root", ROOT, HOST, AS_VIM),
	RELOAD("host, root, template", "clnrm run, host, root", ROOT, HOST, BY_RENAME | TEMPLATED),
	RELOAD_PLAIN("host, root, plain lines", "clnrm run, host, root", ROOT, HOST, BY_RENAME),
	RELOAD("host, user, by rename", "clnrm run, host, user", USER, HOST, BY_RENAME),
	RELOAD("base, root, by rename", "clnrm run, base, root", ROOT, BASE, BY_RENAME),
	RELOAD("base, root, in place", "clnrm run, base, root", ROOT, BASE, IN_PLACE),
	RELOAD("base, root, as vim", "clnrm run, base, root", ROOT, BASE, AS_VIM),
	RELOAD("base, root, template", "clnrm run, base, root", ROOT, BASE, BY_RENAME | TEMPLATED),
	RELOAD_PLAIN("base, root, plain lines", "clnrm run, base, root", ROOT, BASE, BY_RENAME),
	RELOAD("base, user, by rename", "clnrm run, base, user", USER, BASE, BY_RENAME),
	{ "hot_reload_critical_path", "watcher and docker run", NULL, PLAIN("verdict"), NULL, 15,
		prepare_docker_reload, reload_once, reload_release, ROOT, BASE, TESTS, 1,
		BY_RENAME },
#define REPORT(name_) \
	{ "reports", name_, NULL, PLAIN("time"), NULL, 0, prepare_reports, report_once, \
		reports_release, ROOT, HOST, 10000, 1, 0 }
	REPORT("html"),
	REPORT("json"),
	REPORT("junit"),
	REPORT("tap"),
	REPORT("markdown"),

	PEER("client_startup", "an empty program", NULL, 0, prepare_nop, HOST),
	PEER("client_startup", "clnrm --version", "an empty program", 0, prepare_version, HOST),
	PEER("client_startup", "clnrm version --help", "an empty program", 0, prepare_help, HOST),

#define TRIP(name_, against_, prepare_) \
	{ "daemon_roundtrip", name_, against_, PLAIN("time"), "us", 0, prepare_, trip_once, \
		trip_release, ROOT, HOST, 1, 1, 0 }
	TRIP("bare epoll", NULL, prepare_echo_trip),
	TRIP("clnrmd", "bare epoll", prepare_daemon_trip),

#define MEMORY(name_, user_) \
	{ "memory", name_, NULL, PLAIN("pss"), "MiB", 0, prepare_memory, memory_once, NULL, \
		user_, BASE, 1, 1, 0 }
	MEMORY("idle, root", ROOT),
	MEMORY("idle, user", USER),
	{ "memory_growth", "base, root", NULL, PLAIN("pss"), "MiB", 0, prepare_growth, growth_once,
		run_release, ROOT, BASE, 1000, 1, 0 },
	{ "build", "make RELEASE=1", NULL, PLAIN("time"), "s", 0, prepare_build, build_once,
		timed_release, ROOT, HOST, 1, 1, 0 },
};
/* clang-format on */
const size_t n_contestants = ARRAY_LEN(contestants);

/* daemon/model/settings.h - what a run goes by after merging command line, CLEANROOM_*, project
 * file, user file and built-in values (config.md 5). Immutable; owned by its arena. */
#ifndef DAEMON_MODEL_SETTINGS_H
#define DAEMON_MODEL_SETTINGS_H

#include "daemon/model/own_dirs.h"
#include "daemon/model/quarantine.h"
#include "daemon/model/test.h"

/* One setting as `clnrm config show` prints it. */
struct setting_row {
	const char *key;    /* "cli.jobs" */
	const char *value;  /* as TOML text; secrets masked */
	const char *source; /* "cleanroom.toml:14", "CLEANROOM_CLI_JOBS", "--config", "default" */
};

#define SETTINGS_MAX_TLIMITS 16

struct memo; /* daemon/config/memo.h */

struct settings {
	struct arena *arena;
	unsigned refs;
	const char *root;         /* project root, absolute */
	const char *project_file; /* absolute, or NULL */
	const char *user_file;    /* absolute, or NULL */

	/* project, cli */
	const char *project_name;
	bool parallel;
	unsigned jobs; /* 0 = usable cores */
	const char *output_format;
	bool fail_fast;
	bool watch;

	/* containers, performance */
	bool reuse_enabled;
	const char *default_image; /* NULL when no file sets it */
	struct str_list image_map; /* alternating reference, image */
	unsigned max_containers;
	uint64_t max_memory_bytes; /* of scenarios that run at once, of all runs; 0 = the machine */
	int64_t startup_timeout_ns;
	enum keep_policy keep; /* of files that say nothing */
	int64_t keep_time_ns;
	unsigned keep_max; /* at once */
	uint64_t keep_max_bytes;
	unsigned pool_size;  /* upper bound of warm sandboxes for one spec */
	bool parallel_steps; /* default of `concurrent` */
	bool cache_compiled, cache_results;
	uint64_t cache_max_bytes;    /* of results */
	uint64_t image_max_bytes;    /* of an import, unpacked */
	uint64_t prepared_max_bytes; /* of prepared layers together */

	/* test_execution */
	int64_t scenario_timeout_ns, step_timeout_ns;
	bool adaptive_deadlines, adaptive_said; /* said: by somebody; else CI decides */
	int64_t adaptive_floor_ns;
	struct str_list ignore, env_pass;
	const char *test_dir;
	const char *findings; /* a word of findings_names */
	bool strict;
	bool hermetic_env; /* templates see no environment but env_pass */
	unsigned retries;  /* of scenarios whose file says none */
	bool fail_on_flaky;
	struct quarantine *quarantine; /* as written, over or not */
	size_t n_quarantine;

	/* template.limits, by enum tlimit; 0 = as built */
	uint64_t template_limits[SETTINGS_MAX_TLIMITS];

	/* isolation */
	enum isolation isolation;
	struct limits limits; /* defaults and ceilings */
	struct str_list allow_volumes, host_paths;
	struct str_list disallowed_commands;
	bool file_system_isolation, network_isolation, hermetic_isolation;

	/* policy: what no file may exceed; its limits are in the ones above */
	int64_t policy_time_ns; /* upper bound of scenario deadlines, 0 = none */
	bool no_network;        /* policy.allow_network = false: network none, whatever files say */
	bool read_only;         /* policy.allow_filesystem = false */

	/* parser.* */
	uint64_t max_file, max_nodes;
	unsigned max_depth;

	/* history, reporting */
	uint64_t history_max_bytes;
	unsigned history_max_runs;
	bool generate_html, generate_junit;
	const char *report_dir;
	bool include_timestamps, include_logs;

	/* of the daemon itself */
	const struct own_dirs *own; /* or NULL; outlives the settings */
	const struct memo
	        *memo; /* or NULL: nothing is kept; set by who has one, which outlives it */
	const char *log_level;
	bool enable_logging; /* false: only errors */
	bool enable_metrics; /* false: nobody is told them */

	struct setting_row *rows;
	size_t n_rows;
	struct diags diags; /* of the project and user files and of CLEANROOM_* values */
};

struct settings *settings_ref(struct settings *s);
void settings_unref(struct settings *s);

#endif

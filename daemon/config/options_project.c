/* The keys of the project file (config.md 5). */
#include "daemon/config/options_priv.h"

/* clang-format off */
OPTION_ARRAY(project_root,
	KEY("project", V_TABLE, "the project", .table = TABLE_P_PROJECT),
	KEY("cli", V_TABLE, "defaults of flags", .table = TABLE_P_CLI),
	KEY("containers", V_TABLE, "sandboxes and images", .table = TABLE_P_CONTAINERS),
	KEY("services", V_TABLE, "services", .table = TABLE_P_SERVICES),
	KEY("observability", V_TABLE, "what the daemon tells of itself", .table = TABLE_P_OBSERVABILITY),
	KEY("plugins", V_TABLE, "presets", .table = TABLE_P_PLUGINS),
	KEY("performance", V_TABLE, "pools and caches", .table = TABLE_P_PERFORMANCE),
	KEY("test_execution", V_TABLE, "discovery and deadlines", .table = TABLE_P_TEST_EXECUTION),
	KEY("reporting", V_TABLE, "reports of every run", .table = TABLE_P_REPORTING),
	KEY("security", V_TABLE, "isolation", .table = TABLE_P_SECURITY),
	KEY("host", V_TABLE, "image host", .table = TABLE_P_HOST),
	KEY("keep", V_TABLE, "kept sandboxes", .table = TABLE_P_KEEP),
	KEY("cache", V_TABLE, "result cache", .table = TABLE_P_CACHE),
	KEY("history", V_TABLE, "retention", .table = TABLE_P_HISTORY),
	KEY("template", V_TABLE, "bounds of templates", .table = TABLE_P_TEMPLATE),
	KEY("otel", V_TABLE, "bounds of telemetry", .table = TABLE_P_OTEL),
	KEY("parser", V_TABLE, "bounds of files", .table = TABLE_P_PARSER),
	KEY("limits", V_TABLE, "defaults and ceilings", .table = TABLE_LIMITS),
	KEY("policy", V_TABLE, "defaults and ceilings", .table = TABLE_POLICY),
	KEY("semconv", V_TABLE, "semantic-convention checks", .table = TABLE_SEMCONV, TELEMETRY),
	KEY("engine", V_ENUM, "= containers.engine", .values = "auto native docker podman", .dflt = "auto"),
	KEY("isolation", V_ENUM, "= security.isolation", .values = "strict standard|default relaxed", .dflt = "standard"),
	KEY("quarantine", V_TABLES, "failures that are reported only", .table = TABLE_P_QUARANTINE),
	UNSUPPORTED("chaos", "project-wide chaos is not a thing: write [chaos.NAME] in a test file"),
)

OPTION_ARRAY(p_project,
	KEY("name", V_NAME, "of the project; default: the directory's"),
	KEY("version", V_TEXT, "free text"),
	KEY("description", V_TEXT, "free text"),
)

OPTION_ARRAY(p_cli,
	KEY("parallel", V_BOOL, "false = jobs 1", .dflt = "true"),
	KEY("jobs", V_INT, "scenarios at once; default: number of CPUs", .min = 1, .max = 1024),
	KEY("output_format", V_ENUM, "as --format", .values = "human|auto json ndjson junit tap", .dflt = "human"),
	KEY("fail_fast", V_BOOL, "stop at the first failure", .dflt = "false"),
	KEY("watch", V_BOOL, "= run --watch", .dflt = "false"),
	KEY("interactive", V_BOOL, "use --keep", .dflt = "false", .flags = OPT_NO_EFFECT | OPT_NOOP),
)

OPTION_ARRAY(p_containers,
	KEY("reuse_enabled", V_BOOL, "false = no warm pool", .dflt = "true"),
	KEY("default_image", V_NAME, "image of files that name none"),
	KEY("pull_policy", V_ENUM, "when images are fetched", .values = "always if-not-present|missing never", .dflt = "if-not-present"),
	KEY("cleanup_policy", V_ENUM, "which sandboxes are kept", .values = "always on-success never on-failure", .dflt = "always"),
	KEY("max_containers", V_INT, "sandboxes alive at once", .min = 1, .max = 100000, .dflt = "64"),
	KEY("max_memory_mb", V_SIZE, "memory of scenarios that run at once; default: what the machine has", .min = 1, .max = 1 << 30),
	KEY("startup_timeout", V_DUR, "sandbox and service start", .min = NS_MS, .max = 7 * NS_D, .dflt = "60s"),
	KEY("engine", V_ENUM, "which implementation", .values = "auto native docker podman", .dflt = "auto"),
	KEY("docker_host", V_STR, "address of the engine", .needs = FEATURE_DOCKER),
	KEY("image_map", V_STR_MAP, "reference = image", .dflt = "{}"),
	KEY("prepared_max_mb", V_SIZE, "layers of [prepare] that are kept, together", .min = 0, .max = 1 << 30, .dflt = "8192", .flags = OPT_USER | OPT_NOOP),
	KEY("image_max_mb", V_SIZE, "largest image that is imported, unpacked", .min = 1, .max = 1 << 30, .dflt = "16384", .flags = OPT_USER | OPT_NOOP),
)

OPTION_ARRAY(p_services,
	KEY("default_timeout", V_DUR, "setup, init and stop", .min = NS_MS, .max = 7 * NS_D, SERVICES, NOOP("30s")),
	KEY("health_check_interval", V_DUR, "between probes", .min = NS_MS, .max = NS_D, SERVICES, NOOP("5s")),
	KEY("health_check_timeout", V_DUR, "of one probe", .min = NS_MS, .max = NS_D, SERVICES, NOOP("10s")),
	KEY("max_retries", V_INT, "further attempts to start", .min = 0, .max = 100, SERVICES, NOOP("0")),
	KEY("pool_memory_mb", V_SIZE, "of all warm services", .min = 0, .max = 1 << 30, SERVICES, NOOP("1024")),
)

OPTION_ARRAY(p_observability,
	KEY("enable_tracing", V_BOOL, "own spans are made", TELEMETRY, NOOP("true")),
	KEY("enable_metrics", V_BOOL, "false: clnrm metrics and /v1/metrics are refused", .dflt = "true", .flags = OPT_USER | OPT_NOOP),
	KEY("enable_logging", V_BOOL, "false: the daemon logs only errors", .dflt = "true", .flags = OPT_USER | OPT_NOOP),
	KEY("log_level", V_ENUM, "of the daemon's log", .values = "trace debug info warn error", .dflt = "info", .flags = OPT_USER | OPT_NOOP),
	KEY("metrics_port", V_INT, "metrics on loopback", .min = 1, .max = 65535, TELEMETRY, .flags = OPT_USER),
	KEY("traces_endpoint", V_STR, "own spans go there", TELEMETRY),
)

OPTION_ARRAY(p_plugins,
	KEY("plugin_dir", V_STR, "presets", SERVICES, NOOP("./plugins")),
	KEY("auto_discover", V_BOOL, "read plugin_dir", SERVICES, NOOP("true")),
	KEY("enabled_plugins", V_STRS, "no list is needed", .flags = OPT_NO_EFFECT),
)

OPTION_ARRAY(p_performance,
	KEY("container_pool_size", V_INT, "warm sandboxes for one image and profile", .min = 0, .max = 1024, .dflt = "8"),
	KEY("lazy_initialization", V_BOOL, "start services when needed", SERVICES, NOOP("true")),
	KEY("cache_compiled_tests", V_BOOL, "keep parsed files", .dflt = "true"),
	KEY("parallel_step_execution", V_BOOL, "default of concurrent", .dflt = "false"),
)

OPTION_ARRAY(p_test_execution,
	KEY("default_timeout", V_DUR, "of a scenario", .min = NS_MS, .max = 7 * NS_D, .dflt = "300s"),
	KEY("step_timeout", V_DUR, "of a step", .min = NS_MS, .max = 7 * NS_D, .dflt = "60s"),
	KEY("retry_on_failure", V_BOOL, "retries = retry_count", .dflt = "false"),
	KEY("retry_count", V_INT, "of retry_on_failure", .min = 0, .max = 100, .dflt = "3"),
	KEY("test_dir", V_STR, "where tests are looked for", .dflt = "./tests"),
	KEY("ignore", V_PATTERNS, "paths that discovery leaves out", .dflt = "[]"),
	KEY("strict", V_BOOL, "as --strict", .dflt = "false"),
	KEY("hermetic_env", V_BOOL, "templates see only env_pass", .dflt = "false"),
	KEY("env_pass", V_PATTERNS, "client variables that steps may see", .dflt = "[]"),
	KEY("findings", V_ENUM, "what leftovers do", .values = "report fail ignore", .dflt = "report"),
	KEY("fail_on_flaky", V_BOOL, "flaky = exit 1", .dflt = "false"),
	KEY("adaptive_deadlines", V_BOOL, "a bound of silence from history; true, false if CI is set"),
	KEY("adaptive_floor", V_DUR, "least such bound", .min = NS_MS, .max = NS_D, .dflt = "2s"),
)

OPTION_ARRAY(p_reporting,
	KEY("generate_html", V_BOOL, "report.html after each run", .dflt = "false"),
	KEY("generate_junit", V_BOOL, "junit.xml after each run", .dflt = "false"),
	KEY("report_dir", V_STR, "where", .dflt = "./reports"),
	KEY("include_timestamps", V_BOOL, "times in reports", .dflt = "true"),
	KEY("include_logs", V_BOOL, "output in reports", .dflt = "true"),
)

OPTION_ARRAY(p_security,
	KEY("hermetic_isolation", V_BOOL, "false = isolation relaxed", .dflt = "true"),
	KEY("network_isolation", V_BOOL, "false = network internet", .dflt = "true"),
	KEY("file_system_isolation", V_BOOL, "false = no list of allowed volumes", .dflt = "true", .also = "filesystem_isolation"),
	KEY("security_level", V_ENUM, "= isolation relaxed, standard, strict", .values = "low medium|standard high|maximum|locked", .dflt = "medium", .also = "level"),
	KEY("isolation", V_ENUM, "what sandboxes must give", .values = "strict standard|default relaxed"),
	KEY("allow_volumes", V_STRS, "\"/data\" or \"/data:rw\"", .dflt = "[]"),
)

OPTION_ARRAY(p_host,
	KEY("paths", V_STRS, "further directories of image host", .dflt = "[]"),
)

OPTION_ARRAY(p_keep,
	KEY("max_time", V_DUR, "of one kept sandbox", .min = NS_MS, .max = 7 * NS_D, .dflt = "10m"),
	KEY("max_sandboxes", V_INT, "kept at once", .min = 0, .max = 1000, .dflt = "5"),
	KEY("max_mb", V_SIZE, "memory of all", .min = 0, .max = 1 << 30, .dflt = "1024"),
)

OPTION_ARRAY(p_cache,
	KEY("results", V_BOOL, "result cache", .dflt = "true"),
	KEY("max_mb", V_SIZE, "of the cache", .min = 0, .max = 1 << 30, .dflt = "512", .flags = OPT_USER | OPT_NOOP),
)

OPTION_ARRAY(p_history,
	KEY("max_mb", V_SIZE, "of the history", .min = 1, .max = 1 << 30, .dflt = "256", .flags = OPT_USER | OPT_NOOP),
	KEY("max_runs", V_INT, "in the history", .min = 1, .max = 10000000, .dflt = "1000", .flags = OPT_USER | OPT_NOOP),
)

OPTION_ARRAY(p_template,
	KEY("limits", V_FREE_TABLE, "bounds of templates, which can be raised"),
)

OPTION_ARRAY(p_otel,
	KEY("limits", V_FREE_TABLE, "bounds of telemetry", TELEMETRY),
)

OPTION_ARRAY(p_parser,
	KEY("max_file", V_SIZE, "bytes of one file", .min = 1, .max = 1 << 30, .dflt = "16777216"),
	KEY("max_depth", V_INT, "nesting", .min = 1, .max = 1024, .dflt = "64"),
	KEY("max_nodes", V_INT, "values in one file", .min = 1, .max = 100000000, .dflt = "1000000"),
)

OPTION_ARRAY(p_quarantine,
	KEY("test", V_PATTERN, "glob on path::scenario or TEST/SCENARIO"),
	KEY("owner", V_STR, "who cares"),
	KEY("until", V_DATE, "after which it counts again"),
	KEY("reason", V_STR, "free text"),
)
/* clang-format on */

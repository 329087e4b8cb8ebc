/* The keys of expectations and telemetry (otel.md 2.3, 5, 7; template.md B8). */
#include "daemon/config/options_priv.h"

/* clang-format off */
OPTION_ARRAY(otel,
	KEY("exporter", V_ENUM, "where SDKs send", .values = "otlp otlp-http otlp-grpc stdout none"),
	KEY("endpoint", V_STR, "of the receiver"),
	KEY("protocol", V_ENUM, "of OTLP", .values = "http/protobuf http/json grpc json"),
	KEY("sample_ratio", V_FLOAT, "share of traces", .min = 0, .max = 1),
	KEY("resources", V_ATTRS, "resource attributes"),
	KEY("headers", V_STR_MAP, "of requests", .flags = OPT_SECRET),
	KEY("propagators", V_TABLE, "context formats", .table = TABLE_PROPAGATORS),
	KEY("propagate", V_BOOL, "TRACEPARENT for steps", .dflt = "true"),
	KEY("require_spans", V_BOOL, "at least one span", .dflt = "true"),
	KEY("flush_timeout_ms", V_DUR, "for the last spans", .min = NS_MS, .max = NS_D, .dflt = "5000"),
	KEY("settle_ms", V_DUR, "of silence", .min = NS_MS, .max = NS_D, .dflt = "300"),
	KEY("stdout_stream", V_ENUM, "where records are", .values = "stdout stderr both"),
	NOTE("description"),
)

OPTION_ARRAY(propagators,
	KEY("use", V_STRS, "context formats"),
)

OPTION_ARRAY(expect,
	KEY("span", V_TABLE_TABLES, "layer 1", .table = TABLE_X_SPAN, .also = "spans"),
	KEY("graph", V_TABLE_TABLES, "layer 2", .table = TABLE_X_GRAPH),
	KEY("counts", V_TABLE, "layer 3", .table = TABLE_X_COUNTS),
	KEY("count", V_TABLE, "macro spelling of counts", .table = TABLE_X_COUNT),
	KEY("window", V_WINDOW, "layer 4", .table = TABLE_X_WINDOW, .also = "windows"),
	KEY("order", V_TABLE, "layer 5", .table = TABLE_X_ORDER),
	KEY("status", V_TABLE, "layer 6", .table = TABLE_X_STATUS),
	KEY("hermeticity", V_TABLE, "layer 7", .table = TABLE_X_HERMETICITY),
	KEY("latency", V_MAP, "distributions", .table = TABLE_X_LATENCY),
	KEY("propagation", V_TABLE, "one trace through all services", .table = TABLE_X_PROPAGATION),
	KEY("rule", V_TABLE_TABLES, "selector and assertion", .table = TABLE_X_RULE),
	KEY("snapshot", V_BOOL_STR, "stored trace"),
	KEY("temporal", V_TABLE_TABLES, "macro spelling of order", .table = TABLE_X_TEMPORAL),
	KEY("resource", V_TABLE_TABLES, "macro spelling", .table = TABLE_X_RESOURCE),
	KEY("trace", V_TABLE, "older: counts and span", .table = TABLE_X_TRACE),
	KEY("scope", V_STR, "whose spans"),
	KEY("clock_tolerance_ms", V_FLOAT, "widens comparisons", .min = 0, .max = 3600000),
	NOTE("description"),
	UNSUPPORTED("chaos", NULL), UNSUPPORTED("performance", NULL), UNSUPPORTED("resilience", NULL),
	UNSUPPORTED("resources", NULL), UNSUPPORTED("isolation", NULL), UNSUPPORTED("timeouts", NULL),
)

/* What every entry below [expect] may say. */
OPTION_ARRAY(expect_any,
	KEY("scenario", V_STR, "name or glob of the scenarios it judges"),
	KEY("scope", V_STR, "whose spans"),
	NOTE("description"),
	NOTE("reason"),
)

OPTION_ARRAY(x_span,
	KEY("name", V_GLOB, "of the span", .also = "span_name"),
	KEY("service", V_GLOB, "of the span", .also = "service_name"),
	KEY("parent", V_GLOB, "direct parent"),
	KEY("ancestor", V_GLOB, "any depth"),
	KEY("kind", V_ENUM, "of the span", .also = "span_kind", .values = "internal|INTERNAL|Internal server|SERVER|Server client|CLIENT|Client producer|PRODUCER|Producer consumer|CONSUMER|Consumer"),
	KEY("attrs", V_TABLE, "attributes", .table = TABLE_X_ATTRS),
	KEY("attributes", V_ATTRS, "older: attrs.all"),
	KEY("events", V_TABLE, "events", .table = TABLE_X_NAMES),
	KEY("children", V_TABLE, "direct children", .table = TABLE_X_NAMES),
	KEY("duration_ms", V_TABLE, "bounds", .table = TABLE_RANGE),
	KEY("min_duration_ms", V_FLOAT, "older: duration_ms.min"),
	KEY("max_duration_ms", V_FLOAT, "older: duration_ms.max"),
	KEY("count", V_BOUND, "how many meet it", .table = TABLE_BOUND),
	KEY("match", V_ENUM, "quantifier", .values = "any all"),
	KEY("exists", V_BOOL, "false: none may"),
	KEY("status", V_ENUM, "of the span", .values = "OK|ok|Ok ERROR|error|Error UNSET|unset|Unset"),
	KEY("root", V_BOOL, "has no parent", .also = "is_root"),
	KEY("expect_success", V_BOOL, "macro spelling: status is not ERROR"),
)

OPTION_ARRAY(x_attrs,
	KEY("all", V_ATTRS, "all of them"),
	KEY("any", V_ATTRS_LIST, "one of them"),
	KEY("none", V_ATTRS_LIST, "none of them"),
)

OPTION_ARRAY(x_names,
	KEY("all", V_STRS, "all of them"),
	KEY("any", V_STRS, "one of them"),
	KEY("none", V_STRS, "none of them"),
)

OPTION_ARRAY(x_graph,
	KEY("must_include", V_PAIRS, "direct edges", .also = "edges parent_child"),
	KEY("must_reach", V_PAIRS, "paths"),
	KEY("must_not_cross", V_PAIRS, "no path"),
	KEY("cross", V_ENUM, "what must_not_cross means", .values = "edge path"),
	KEY("acyclic", V_BOOL, "no cycle"),
	KEY("max_depth", V_INT, "root = 1", .min = 1, .max = 1000000),
	KEY("single_root", V_BOOL, "one root"),
	KEY("no_orphans", V_BOOL, "every parent was received"),
	KEY("parent", V_GLOB, "macro spelling: an edge"),
	KEY("child", V_GLOB, "macro spelling: an edge"),
	KEY("relationship", V_STR, "macro spelling"),
	KEY("attrs", V_TABLE, "of the child", .table = TABLE_X_ATTRS),
)

OPTION_ARRAY(x_counts,
	KEY("spans_total", V_BOUND, "spans", .also = "spans", .table = TABLE_BOUND),
	KEY("events_total", V_BOUND, "events", .table = TABLE_BOUND),
	KEY("errors_total", V_BOUND, "error spans", .table = TABLE_BOUND),
	KEY("by_name", V_BOUNDS, "spans by name", .table = TABLE_BOUND),
	KEY("by_kind", V_BOUNDS, "spans by kind", .also = "spans_per_kind", .table = TABLE_BOUND),
	KEY("by_service", V_BOUNDS, "spans by service", .also = "spans_per_service", .table = TABLE_BOUND),
	KEY("orphans_total", V_BOUND, "spans without their parent", .table = TABLE_BOUND),
	KEY("links_total", V_BOUND, "links", .table = TABLE_BOUND),
	KEY("logs_total", V_BOUND, "log records", .table = TABLE_BOUND),
	KEY("metric_points_total", V_BOUND, "metric points", .table = TABLE_BOUND),
)

OPTION_ARRAY(x_count,
	KEY("by_kind", V_BOUNDS, "spans by kind", .table = TABLE_BOUND),
	KEY("by_name", V_BOUNDS, "spans by name", .table = TABLE_BOUND),
)

OPTION_ARRAY(x_window,
	KEY("outer", V_GLOB, "span that contains"),
	KEY("contains", V_STRS, "spans inside"),
	KEY("max_duration_ms", V_FLOAT, "of the window"),
	KEY("min_duration_ms", V_FLOAT, "of the window"),
	KEY("min_span_count", V_INT, "spans inside", .min = 0, .max = 1000000),
)

OPTION_ARRAY(x_order,
	KEY("must_precede", V_PAIRS, "a ends before b starts"),
	KEY("must_follow", V_PAIRS, "a comes after b"),
	KEY("order", V_ENUM, "quantifier", .values = "first all any"),
)

OPTION_ARRAY(x_status,
	KEY("all", V_ENUM, "of every span", .values = "OK|ok|Ok ERROR|error|Error UNSET|unset|Unset"),
	KEY("none", V_ENUM, "of no span", .values = "OK|ok|Ok ERROR|error|Error UNSET|unset|Unset"),
	KEY("by_name", V_STR_MAP, "by name"),
	KEY("unset_is_ok", V_BOOL, "UNSET counts as OK"),
	KEY("all_ok", V_BOOL, "older: all = OK"),
	KEY("error_count", V_BOUND, "older: none = ERROR", .table = TABLE_BOUND),
	KEY("failed_spans", V_STRS, "must have status ERROR"),
)

OPTION_ARRAY(x_hermeticity,
	KEY("no_external_services", V_BOOL, "by spans and by evidence of the sandbox"),
	KEY("allow_hosts", V_STRS, "globs and CIDR", .also = "allowed_hosts"),
	KEY("resource_attrs", V_TABLE, "of resources", .table = TABLE_X_MUST_MATCH),
	KEY("sdk_resource_attrs", V_TABLE, "of SDK resources", .table = TABLE_X_MUST_MATCH),
	KEY("span_attrs", V_TABLE, "of spans", .table = TABLE_X_FORBID),
	KEY("resource_attrs_must_match", V_ATTRS, "flat spelling"),
	KEY("sdk_resource_attrs_must_match", V_ATTRS, "flat spelling"),
	KEY("span_attrs_forbid_keys", V_STRS, "flat spelling"),
	KEY("allowed_images", V_STRS, "globs of images"),
	KEY("strict", V_BOOL, "presence of network keys is a violation"),
	KEY("evidence", V_ENUM, "what is believed", .values = "all spans"),
	KEY("no_container_leakage", V_BOOL, "no sandbox is left"),
	KEY("no_process_leakage", V_BOOL, "no process is left"),
	KEY("no_volume_leakage", V_BOOL, "no volume is left"),
	KEY("no_network_leakage", V_BOOL, "no network is left"),
	KEY("network_isolation", V_BOOL, "no network"),
)

/* Without must_match the keys are attributes themselves: the rest of the table is free. */
OPTION_ARRAY(x_must_match,
	KEY("must_match", V_ATTRS, "attribute = value"),
)

OPTION_ARRAY(x_forbid,
	KEY("forbid_keys", V_STRS, "globs of attribute names"),
)

OPTION_ARRAY(x_latency,
	KEY("p50", V_FLOAT, "ms"), KEY("p90", V_FLOAT, "ms"), KEY("p95", V_FLOAT, "ms"),
	KEY("p99", V_FLOAT, "ms"), KEY("max", V_FLOAT, "ms"), KEY("min", V_FLOAT, "ms"),
	KEY("n", V_BOUND, "samples", .table = TABLE_BOUND),
	KEY("runs", V_INT, "stored runs that count", .min = 1, .max = 10000),
)

OPTION_ARRAY(x_propagation,
	KEY("services", V_STRS, "in order"),
)

OPTION_ARRAY(x_rule,
	KEY("name", V_STR, "of the rule"),
	KEY("select", V_STR, "expression"),
	KEY("assert", V_STR, "expression"),
	KEY("quantifier", V_ENUM, "how many", .values = "all any none"),
)

OPTION_ARRAY(x_temporal,
	KEY("before", V_GLOB, "ends first"),
	KEY("after", V_GLOB, "starts later"),
)

OPTION_ARRAY(x_resource,
	KEY("type", V_STR, "of the resource"),
	KEY("name", V_STR, "of the resource"),
	KEY("exists", V_BOOL, "whether it is there"),
)

OPTION_ARRAY(x_trace,
	KEY("min_spans", V_INT, "at least", .min = 0, .max = 1000000),
	KEY("max_spans", V_INT, "at most", .min = 0, .max = 1000000),
	KEY("required_spans", V_STRS, "names"),
)

OPTION_ARRAY(operators,
	KEY("exists", V_BOOL, "whether it is there"),
	KEY("eq", V_SCALAR, "equal"), KEY("ne", V_SCALAR, "not equal"),
	KEY("gt", V_SCALAR, "greater"), KEY("gte", V_SCALAR, "at least"),
	KEY("lt", V_SCALAR, "less"), KEY("lte", V_SCALAR, "at most"),
	KEY("contains", V_TEXT, "part of it"), KEY("starts_with", V_TEXT, "prefix"),
	KEY("ends_with", V_TEXT, "suffix"), KEY("glob", V_GLOB, "pattern"), KEY("regex", V_REGEX, "PCRE2"),
	KEY("in", V_SCALARS, "one of"),
	KEY("type", V_ENUM, "of the value", .values = "string int double bool array"),
)

OPTION_ARRAY(otel_validation,
	KEY("enabled", V_BOOL, "false turns it off", .dflt = "true"),
	KEY("expected_spans", V_TABLE_TABLES, "= expect.span", .table = TABLE_OV_SPAN),
	KEY("expected_traces", V_TABLE_TABLES, "traces", .table = TABLE_OV_TRACE),
	KEY("expect_span", V_TABLE_TABLES, "= expect.span", .also = "expect_spans", .table = TABLE_X_SPAN),
	KEY("expect_graph", V_TABLE_TABLES, "= expect.graph", .table = TABLE_X_GRAPH),
	KEY("expect_counts", V_TABLE, "= expect.counts", .table = TABLE_X_COUNTS),
	KEY("expect_windows", V_WINDOW, "= expect.window", .also = "expect_window", .table = TABLE_X_WINDOW),
	KEY("expect_order", V_TABLE, "= expect.order", .table = TABLE_X_ORDER),
	KEY("expect_status", V_TABLE, "= expect.status", .table = TABLE_X_STATUS),
	KEY("expect_hermeticity", V_TABLE, "= expect.hermeticity", .table = TABLE_X_HERMETICITY),
	KEY("span_count_constraints", V_TABLE_TABLES, "= count of expect.span", .table = TABLE_OV_COUNT),
	KEY("graph_topology_constraints", V_FREE, "graph"),
	KEY("temporal_constraints", V_FREE, "order"),
	KEY("hermeticity_constraints", V_FREE, "hermeticity"),
	KEY("attribute_constraints", V_FREE, "attributes"),
	KEY("validate_spans", V_BOOL, "false: not checked"),
	KEY("validate_traces", V_BOOL, "false: not checked"),
	KEY("validate_metrics", V_BOOL, "false: not checked"),
	KEY("validate_exports", V_BOOL, "a request was accepted"),
	KEY("validate_performance", V_BOOL, "overhead is bounded"),
	KEY("validate_graph", V_BOOL, "false: not checked", .also = "validate_graph_topology"),
	KEY("validate_counts", V_BOOL, "false: not checked", .also = "validate_cardinality"),
	KEY("validate_order", V_BOOL, "false: not checked", .also = "validate_temporal_ordering"),
	KEY("validate_status", V_BOOL, "false: not checked"),
	KEY("validate_windows", V_BOOL, "false: not checked"),
	KEY("validate_hermeticity", V_BOOL, "false: not checked"),
	KEY("validate_attributes", V_BOOL, "false: not checked"),
	KEY("max_overhead_ms", V_FLOAT, "of telemetry", .dflt = "100"),
	NOTE("description"),
	UNCHECKED("sibling_constraints"), UNCHECKED("tree_structure"), UNCHECKED("resource_attributes"),
	UNCHECKED("required_attributes"), UNCHECKED("must_complete_before"), UNCHECKED("required_paths"),
	IGNORED("collector_url", "the built-in receiver is used"),
)

OPTION_ARRAY(ov_span,
	KEY("name", V_GLOB, "of the span"),
	KEY("attributes", V_FREE, "of the span"),
	KEY("required", V_BOOL, "false: checked only if it exists", .dflt = "true"),
	KEY("min_duration_ms", V_FLOAT, "at least"),
	KEY("max_duration_ms", V_FLOAT, "at most"),
	KEY("kind", V_STR, "of the span", .also = "span_kind"),
	KEY("parent", V_GLOB, "direct parent"),
	KEY("is_root", V_BOOL, "has no parent"),
	KEY("count", V_BOUND, "how many", .table = TABLE_BOUND),
	KEY("min_count", V_INT, "at least", .min = 0, .max = 1000000),
	KEY("events", V_TABLE, "events", .table = TABLE_X_NAMES),
	NOTE("description"),
	UNCHECKED("resource_attributes"), UNCHECKED("required_attributes"), UNCHECKED("must_complete_before"),
)

OPTION_ARRAY(ov_trace,
	KEY("trace_id", V_STR, "of the trace"),
	KEY("span_names", V_STRS, "all exist"),
	KEY("complete", V_BOOL, "false: at least one", .dflt = "true"),
	KEY("parent_child", V_PAIRS, "edges"),
	KEY("trace_count", V_INT, "number of traces", .min = 0, .max = 1000000),
	KEY("ordered", V_BOOL, "starts in list order"),
	KEY("is_tree", V_BOOL, "one root, no orphan"),
	NOTE("description"),
	UNCHECKED("required_paths"), UNCHECKED("tree_structure"), UNCHECKED("sibling_constraints"),
)

OPTION_ARRAY(ov_count,
	KEY("service_name", V_GLOB, "of the span"),
	KEY("span_name", V_GLOB, "of the span"),
	KEY("exact_count", V_INT, "exactly"),
	KEY("min_count", V_INT, "at least"),
	KEY("max_count", V_INT, "at most"),
	NOTE("description"),
)

OPTION_ARRAY(semconv,
	KEY("enabled", V_BOOL, "whether it checks"),
	KEY("registry", V_STR, "directory", .also = "registry_path"),
	KEY("fail_on", V_ENUM, "least level that fails", .values = "violation improvement information none"),
	KEY("ignore", V_STRS, "findings by id or glob"),
	KEY("level", V_STR_MAP, "id = level"),
	KEY("match", V_TABLES, "groups", .table = TABLE_SEMCONV_MATCH),
	NOTE("description"),
)

OPTION_ARRAY(semconv_match,
	KEY("when", V_STR, "expression"),
	KEY("group", V_STR, "id"),
)

OPTION_ARRAY(weaver,
	KEY("enabled", V_BOOL, "whether it checks"),
	KEY("registry_path", V_STR, "directory"),
	KEY("fail_fast", V_BOOL, "at the first finding"),
	KEY("validation", V_TABLE, "what fails", .table = TABLE_WEAVER_VALIDATION),
	KEY("80_20", V_FREE_TABLE, "critical spans"),
	KEY("reports", V_FREE_TABLE, "reports"),
	NOTE("description"),
	IGNORED("otlp_port", "the built-in receiver is used"),
	IGNORED("admin_port", "the built-in receiver is used"),
	IGNORED("stream", "the built-in receiver is used"),
	IGNORED("collector", "the built-in receiver is used"),
	IGNORED("performance", "the built-in receiver is used"),
)

OPTION_ARRAY(weaver_validation,
	KEY("mode", V_ENUM, "how much", .values = "strict lenient 80_20 minimal"),
	KEY("fail_on_violation", V_BOOL, "a violation fails", .also = "fail_on_violations"),
	KEY("coverage_threshold", V_FLOAT, "percent", .min = 0, .max = 100),
	KEY("inactivity_timeout", V_DUR, "of silence", .min = NS_MS, .max = NS_D),
)
/* clang-format on */

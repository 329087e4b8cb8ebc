/* daemon/config/options_priv.h - the arrays of options that options.c gathers into tables. */
#ifndef DAEMON_CONFIG_OPTIONS_PRIV_H
#define DAEMON_CONFIG_OPTIONS_PRIV_H

#include "daemon/config/options.h"

#define NS_US 1000LL
#define NS_MS (1000LL * NS_US)
#define NS_S (1000LL * NS_MS)
#define NS_D (86400LL * NS_S)

/* A row: name, type, help, then whatever is not zero. */
#define KEY(key, kind, text, ...)                                      \
	{                                                              \
		.name = key, .type = kind, .help = text, ##__VA_ARGS__ \
	}
#define NOTE(key)                                                                            \
	{                                                                                    \
		.name = key, .type = V_TEXT, .help = "a note for readers", .flags = OPT_NOTE \
	}
/* Known, without effect: a warning that says why. */
#define IGNORED(key, text, ...)                                             \
	{                                                                   \
		.name = key, .type = V_IGNORED, .help = text, ##__VA_ARGS__ \
	}
#define UNSUPPORTED(key, text)                                   \
	{                                                        \
		.name = key, .type = V_UNSUPPORTED, .help = text \
	}
#define UNCHECKED(key)                           \
	{                                        \
		.name = key, .type = V_UNCHECKED \
	}
#define SERVICES .needs = FEATURE_SERVICES
/* .flags stands last. */
#define BY_USE SERVICES, .flags = OPT_BY_USE
#define TELEMETRY .needs = FEATURE_TELEMETRY
#define NOOP(value) .dflt = value, .flags = OPT_NOOP

/* OPTION_SETS(SET): every array, wherever it is written. */
/* clang-format off */
#define OPTION_SETS(SET)                                                                                           \
	SET(root)                                                                                                  \
	SET(meta) SET(test) SET(sandbox) SET(process) SET(umask) SET(scenario) SET(step) SET(service) SET(         \
	        volume) SET(file) SET(limits) SET(policy) SET(network) SET(resources) SET(stdin) SET(text)         \
	        SET(bound) SET(file_check) SET(range) SET(capture) SET(retry) SET(step_chaos) SET(chaos) SET(      \
	                health) SET(wait) SET(pool) SET(prepare) SET(determinism) SET(report) SET(report_digest)   \
	                SET(template) SET(artifacts) SET(assertion) SET(assertions) SET(otel) SET(            \
	                        propagators) SET(expect) SET(expect_any) SET(x_span) SET(x_attrs) SET(x_names)     \
	                        SET(x_graph) SET(x_counts) SET(x_count) SET(x_window) SET(x_order) SET(            \
	                                x_status) SET(x_hermeticity) SET(x_must_match) SET(x_forbid)               \
	                                SET(x_latency) SET(x_propagation) SET(x_rule) SET(x_temporal) SET(         \
	                                        x_resource) SET(x_trace) SET(operators) SET(otel_validation)       \
	                                        SET(ov_span) SET(ov_trace) SET(ov_count) SET(semconv) SET(         \
	                                                semconv_match) SET(weaver) SET(weaver_validation)          \
	                                                SET(project_root) SET(p_project) SET(p_cli) SET(           \
	                                                        p_containers) SET(p_services) SET(p_observability) \
	                                                        SET(p_plugins) SET(p_performance) SET(             \
	                                                                p_test_execution) SET(p_reporting)         \
	                                                                SET(p_security) SET(p_host) SET(           \
	                                                                        p_keep) SET(p_cache)               \
	                                                                        SET(p_history) SET(                \
	                                                                                p_template)                \
	                                                                                SET(p_otel) SET(           \
	                                                                                        p_parser)          \
	                                                                                        SET(p_quarantine)
/* clang-format on */

struct option_array {
	const struct option *v;
	size_t n;
};
#define SET_EXTERN(id) extern const struct option_array options_##id;
OPTION_SETS(SET_EXTERN)
#undef SET_EXTERN

/* Defines the array that holds `rows`. */
#define OPTION_ARRAY(id, ...)                                     \
	static const struct option id##_rows[] = { __VA_ARGS__ }; \
	const struct option_array options_##id = { id##_rows,     \
		sizeof(id##_rows) / sizeof(id##_rows[0]) };

#endif

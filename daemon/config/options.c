#include "daemon/config/options_priv.h"

#include <stdio.h>
#include <string.h>

#include "common/suggest.h"

const char *const feature_names[] = {
	[FEATURE_NONE] = NULL,
	[FEATURE_SERVICES] = "services",
	[FEATURE_DOCKER] = "docker",
	[FEATURE_TELEMETRY] = "telemetry",
};

#define ALL(id)                  \
	{                        \
		&options_##id, 0 \
	}
#define ONLY(id, fl)              \
	{                         \
		&options_##id, fl \
	}

/* clang-format off */
static const struct table_info tables[TABLE_COUNT] = {
	[TABLE_ROOT] = { "a test file", "the file", false, { ALL(root) } },
	[TABLE_META] = { "[meta]", "[meta]", false, { ALL(meta), ALL(sandbox), ALL(process), ALL(umask) } },
	[TABLE_TEST] = { "[test]", "[test]", false, { ALL(test), ALL(meta), ALL(sandbox), ALL(process) } },
	[TABLE_SCENARIO] = { "[[scenario]]", "a scenario", false, { ALL(scenario), ALL(sandbox), ALL(process), ALL(step), ALL(umask) } },
	[TABLE_STEP] = { "[[steps]]", "a step", false, { ALL(step), ALL(process), ALL(umask) } },
	[TABLE_SERVICE] = { "[service.x]", "a service", false, { ALL(service), ONLY(sandbox, OPT_SERVICE), ALL(process) } },
	[TABLE_VOLUME] = { "volumes", "a volume", true, { ALL(volume) } },
	[TABLE_FILE] = { "files", "a file", false, { ALL(file) } },
	[TABLE_LIMITS] = { "[limits]", "[limits]", true, { ALL(limits) } },
	[TABLE_POLICY] = { "[policy]", "[policy]", true, { ALL(policy) } },
	[TABLE_NETWORK] = { "network", "network", true, { ALL(network) } },
	[TABLE_RESOURCES] = { "resources", "resources", false, { ALL(resources) } },
	[TABLE_STDIN] = { "stdin", "stdin", false, { ALL(stdin) } },
	[TABLE_TEXT] = { "a text check", "a text check", true, { ALL(text) } },
	[TABLE_BOUND] = { "a bound", "a bound", true, { ALL(bound) } },
	[TABLE_FILE_CHECK] = { "expected_files", "a file check", true, { ALL(file_check) } },
	[TABLE_RANGE] = { "a range", "a range", true, { ALL(range) } },
	[TABLE_CAPTURE] = { "capture", "a capture", true, { ALL(capture) } },
	[TABLE_RETRY] = { "retry", "retry", false, { ALL(retry) } },
	[TABLE_STEP_CHAOS] = { "chaos of a step", "chaos of a step", false, { ALL(step_chaos) } },
	[TABLE_CHAOS] = { "[chaos.x]", "a fault", false, { ALL(chaos) } },
	[TABLE_HEALTH] = { "health_check", "health_check", false, { ALL(health) } },
	[TABLE_WAIT] = { "wait_for", "wait_for", true, { ALL(wait) } },
	[TABLE_SIZE_RANGE] = { "pool", "pool", false, { ALL(pool) } },
	[TABLE_PREPARE] = { "[prepare]", "[prepare]", false, { ALL(prepare), ALL(process) } },
	[TABLE_DETERMINISM] = { "[determinism]", "[determinism]", false, { ALL(determinism) } },
	[TABLE_REPORT] = { "[report]", "[report]", false, { ALL(report) } },
	[TABLE_REPORT_DIGEST] = { "[report.digest]", "[report.digest]", false, { ALL(report_digest) } },
	[TABLE_TEMPLATE] = { "[template]", "[template]", false, { ALL(template) } },
	[TABLE_ARTIFACTS] = { "[artifacts]", "artifacts", false, { ALL(artifacts) } },
	[TABLE_ASSERTIONS] = { "[assertions]", "[assertions]", false, { ALL(assertions), ALL(assertion) } },
	[TABLE_OTEL] = { "[otel]", "[otel]", false, { ALL(otel) } },
	[TABLE_PROPAGATORS] = { "[otel.propagators]", "[otel.propagators]", false, { ALL(propagators) } },
	[TABLE_EXPECT] = { "[expect]", "[expect]", true, { ALL(expect) } },
	[TABLE_X_SPAN] = { "[[expect.span]]", "expect.span", true, { ALL(x_span), ALL(expect_any) } },
	[TABLE_X_ATTRS] = { "attrs", "attrs", true, { ALL(x_attrs) } },
	[TABLE_X_NAMES] = { "events", "events", true, { ALL(x_names) } },
	[TABLE_X_GRAPH] = { "[expect.graph]", "expect.graph", true, { ALL(x_graph), ALL(expect_any) } },
	[TABLE_X_COUNTS] = { "[expect.counts]", "expect.counts", true, { ALL(x_counts), ALL(expect_any) } },
	[TABLE_X_COUNT] = { "[expect.count]", "expect.count", true, { ALL(x_count), ALL(expect_any) } },
	[TABLE_X_WINDOW] = { "[[expect.window]]", "expect.window", true, { ALL(x_window), ALL(expect_any) } },
	[TABLE_X_ORDER] = { "[expect.order]", "expect.order", true, { ALL(x_order), ALL(expect_any) } },
	[TABLE_X_STATUS] = { "[expect.status]", "expect.status", true, { ALL(x_status), ALL(expect_any) } },
	[TABLE_X_HERMETICITY] = { "[expect.hermeticity]", "expect.hermeticity", true, { ALL(x_hermeticity), ALL(expect_any) } },
	[TABLE_X_MUST_MATCH] = { "resource_attrs", "resource_attrs", true, { ALL(x_must_match) } },
	[TABLE_X_FORBID] = { "span_attrs", "span_attrs", true, { ALL(x_forbid) } },
	[TABLE_X_LATENCY] = { "[expect.latency]", "expect.latency", true, { ALL(x_latency), ALL(expect_any) } },
	[TABLE_X_PROPAGATION] = { "[expect.propagation]", "expect.propagation", true, { ALL(x_propagation), ALL(expect_any) } },
	[TABLE_X_RULE] = { "[[expect.rule]]", "expect.rule", true, { ALL(x_rule), ALL(expect_any) } },
	[TABLE_X_TEMPORAL] = { "[[expect.temporal]]", "expect.temporal", true, { ALL(x_temporal), ALL(expect_any) } },
	[TABLE_X_RESOURCE] = { "[[expect.resource]]", "expect.resource", true, { ALL(x_resource), ALL(expect_any) } },
	[TABLE_X_TRACE] = { "[expect.trace]", "expect.trace", true, { ALL(x_trace), ALL(expect_any) } },
	[TABLE_OPERATORS] = { "operators", "operators", true, { ALL(operators) } },
	[TABLE_OTEL_VALIDATION] = { "[otel_validation]", "[otel_validation]", false, { ALL(otel_validation) } },
	[TABLE_OV_SPAN] = { "expected_spans", "expected_spans", false, { ALL(ov_span) } },
	[TABLE_OV_TRACE] = { "expected_traces", "expected_traces", false, { ALL(ov_trace) } },
	[TABLE_OV_COUNT] = { "span_count_constraints", "span_count_constraints", false, { ALL(ov_count) } },
	[TABLE_SEMCONV] = { "[semconv]", "[semconv]", false, { ALL(semconv) } },
	[TABLE_SEMCONV_MATCH] = { "[[semconv.match]]", "semconv.match", false, { ALL(semconv_match) } },
	[TABLE_WEAVER] = { "[weaver]", "[weaver]", false, { ALL(weaver) } },
	[TABLE_WEAVER_VALIDATION] = { "[weaver.validation]", "[weaver.validation]", false, { ALL(weaver_validation) } },
	[TABLE_PROJECT_ROOT] = { "a project file", "the project file", false, { ALL(project_root) } },
	[TABLE_P_PROJECT] = { "[project]", "[project]", false, { ALL(p_project) } },
	[TABLE_P_CLI] = { "[cli]", "[cli]", false, { ALL(p_cli) } },
	[TABLE_P_CONTAINERS] = { "[containers]", "[containers]", false, { ALL(p_containers) } },
	[TABLE_P_SERVICES] = { "[services]", "[services]", false, { ALL(p_services) } },
	[TABLE_P_OBSERVABILITY] = { "[observability]", "[observability]", false, { ALL(p_observability) } },
	[TABLE_P_PLUGINS] = { "[plugins]", "[plugins]", false, { ALL(p_plugins) } },
	[TABLE_P_PERFORMANCE] = { "[performance]", "[performance]", false, { ALL(p_performance) } },
	[TABLE_P_TEST_EXECUTION] = { "[test_execution]", "[test_execution]", false, { ALL(p_test_execution) } },
	[TABLE_P_REPORTING] = { "[reporting]", "[reporting]", false, { ALL(p_reporting) } },
	[TABLE_P_SECURITY] = { "[security]", "[security]", true, { ALL(p_security) } },
	[TABLE_P_HOST] = { "[host]", "[host]", false, { ALL(p_host) } },
	[TABLE_P_KEEP] = { "[keep]", "[keep]", false, { ALL(p_keep) } },
	[TABLE_P_CACHE] = { "[cache]", "[cache]", false, { ALL(p_cache) } },
	[TABLE_P_HISTORY] = { "[history]", "[history]", false, { ALL(p_history) } },
	[TABLE_P_TEMPLATE] = { "[template]", "[template]", false, { ALL(p_template) } },
	[TABLE_P_OTEL] = { "[otel]", "[otel]", false, { ALL(p_otel) } },
	[TABLE_P_PARSER] = { "[parser]", "[parser]", false, { ALL(p_parser) } },
	[TABLE_P_QUARANTINE] = { "[[quarantine]]", "a quarantine entry", false, { ALL(p_quarantine) } },
};
/* clang-format on */

const struct table_info *table_info(enum table_kind kind)
{
	return &tables[kind];
}

const struct option *option_next(enum table_kind kind, size_t *at)
{
	size_t i = *at;

	for (const struct option_set *s = tables[kind].sets; s->array; s++) {
		for (; i < s->array->n; i++) {
			const struct option *o = &s->array->v[i];

			++*at;
			if (!s->only || o->flags & s->only)
				return o;
		}
		i -= s->array->n;
	}
	return NULL;
}

bool option_may_be_empty(const struct option *o)
{
	return strcmp(o->name, "entrypoint") == 0 || strcmp(o->name, "args") == 0;
}

/* Calls for each word of "a b c"; the words share one buffer. */
static const char *next_word(const char **at, char *word, size_t size)
{
	const char *start = *at + strspn(*at, " ");
	size_t len = strcspn(start, " ");

	*at = start + len;
	if (!len || len >= size)
		return NULL;
	memcpy(word, start, len);
	word[len] = '\0';
	return word;
}

static bool has_word(const char *words, const char *key)
{
	char word[64];

	while (words && next_word(&words, word, sizeof(word)))
		if (strcmp(word, key) == 0)
			return true;
	return false;
}

const struct option *option_find(enum table_kind kind, const char *key)
{
	const struct option *o;

	for (size_t at = 0; (o = option_next(kind, &at));)
		if (o->name[0] == key[0] && strcmp(o->name, key) == 0)
			return o;
	for (size_t at = 0; (o = option_next(kind, &at));)
		if (has_word(o->also, key))
			return o;
	return NULL;
}

/* A close spelling of o, copied into buf; NULL when none is close. */
static const char *close_spelling(const struct option *o, const char *key, char *buf, size_t size)
{
	unsigned nearest =
	        suggest_close_key(key, o->name) ? suggest_distance(key, o->name, 8) : ~0u;
	const char *words = o->also, *best = nearest == ~0u ? NULL : o->name;
	char word[64];

	while (words && next_word(&words, word, sizeof(word))) {
		unsigned d = suggest_close_key(key, word) ? suggest_distance(key, word, 8) : ~0u;

		if (d >= nearest)
			continue;
		nearest = d;
		snprintf(buf, size, "%s", word);
		best = buf;
	}
	return best;
}

static bool is_key(const struct option *o)
{
	return o->type != V_IGNORED && o->type != V_UNSUPPORTED && o->type != V_UNCHECKED;
}

const struct option *option_close(
        enum table_kind kind, const char *key, char *spelling, size_t size)
{
	const struct option *o, *best = NULL;
	unsigned nearest = ~0u;
	char buf[64];

	for (size_t at = 0; (o = option_next(kind, &at));) {
		const char *s = is_key(o) ? close_spelling(o, key, buf, sizeof(buf)) : NULL;
		unsigned d = s ? suggest_distance(key, s, 8) : ~0u;

		if (d >= nearest)
			continue;
		nearest = d;
		best = o;
		snprintf(spelling, size, "%s", s);
	}
	return best;
}

/* The tables a user thinks of, in the order in which they are proposed. */
static const enum table_kind known_places[] = {
	TABLE_META,
	TABLE_SCENARIO,
	TABLE_SERVICE,
	TABLE_STEP,
	TABLE_LIMITS,
	TABLE_POLICY,
	TABLE_ROOT,
	TABLE_REPORT,
	TABLE_OTEL,
	TABLE_EXPECT,
	TABLE_DETERMINISM,
};

size_t option_elsewhere(enum table_kind kind, const char *key, const char *out[], size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof(known_places) / sizeof(known_places[0]) && n < max; i++) {
		const struct option *o =
		        known_places[i] == kind ? NULL : option_find(known_places[i], key);

		if (o && is_key(o))
			out[n++] = tables[known_places[i]].title;
	}
	return n;
}

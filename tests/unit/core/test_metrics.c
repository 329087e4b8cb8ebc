#include <math.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/core/metrics.h"
#include "tests/unit/check_main.h"

static struct metrics *m;

static void make(void)
{
	m = metrics_new("1.0.0", "9c1e\"2f");
}

static void destroy(void)
{
	metrics_free(m);
	metrics_free(NULL);
}

START_TEST(counters_add_and_gauges_are_set)
{
	metrics_add(m, METRIC_POOL_HITS, 2);
	metrics_add(m, METRIC_POOL_HITS, 3);
	metrics_set(m, METRIC_POOL_SIZE, 7);
	metrics_set(m, METRIC_POOL_SIZE, -1);
	ck_assert_int_eq(metrics_value(m, METRIC_POOL_HITS), 5);
	ck_assert_int_eq(metrics_value(m, METRIC_POOL_SIZE), -1);
	ck_assert_int_eq(metrics_value(m, METRIC_POOL_MISSES), 0);
}
END_TEST

START_TEST(every_value_is_found_again_within_the_stated_error)
{
	for (double v = 1; v < 9e18; v *= 1.037) {
		struct metrics *one = metrics_new("", "");
		int64_t ns = (int64_t)v;

		metrics_observe(one, METRIC_RUN_TIME, ns);

		double got = (double)metrics_quantile(one, METRIC_RUN_TIME, 0.5);

		if (fabs(got - (double)ns) > 0.016 * (double)ns)
			ck_abort_msg("%lld became %.0f", (long long)ns, got);
		metrics_free(one);
	}
}
END_TEST

START_TEST(the_extremes_fit)
{
	metrics_observe(m, METRIC_RUN_TIME, 0);
	metrics_observe(m, METRIC_RUN_TIME, -5);
	ck_assert_int_eq(metrics_quantile(m, METRIC_RUN_TIME, 1.0), 0);
	metrics_observe(m, METRIC_RUN_TIME, INT64_MAX);
	ck_assert_int_gt(metrics_quantile(m, METRIC_RUN_TIME, 1.0), INT64_MAX / 2);
	ck_assert_int_eq(metrics_value(m, METRIC_RUN_TIME), 3);
}
END_TEST

START_TEST(quantiles_of_a_known_distribution)
{
	ck_assert_int_eq(metrics_quantile(m, METRIC_STEP_TIME, 0.5), 0);
	for (int i = 1; i <= 10000; i++)
		metrics_observe(m, METRIC_STEP_TIME, i * NS_PER_US);
	for (double q = 0.01; q <= 1.0; q += 0.01) {
		double want = q * 1e4 * 1e3, got = (double)metrics_quantile(m, METRIC_STEP_TIME, q);

		if (fabs(got - want) > 0.017 * want)
			ck_abort_msg("quantile %.2f is %.0f, not %.0f", q, got, want);
	}
	ck_assert_int_eq(metrics_quantile(m, METRIC_STEP_TIME, 0.0),
	        metrics_quantile(m, METRIC_STEP_TIME, 0.0001));
}
END_TEST

static const char *text_of(struct strbuf *b, bool openmetrics, const char *prefix)
{
	strbuf_reset(b);
	metrics_text(m, openmetrics, prefix, b);
	return b->s;
}

static void holds(const char *text, const char *part)
{
	if (!strstr(text, part))
		ck_abort_msg("no '%s' in:\n%s", part, text);
}

static void lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		ck_abort_msg("'%s' in:\n%s", part, text);
}

START_TEST(prometheus_text_of_counters_and_gauges)
{
	AUTO_STRBUF b = STRBUF_INIT;

	metrics_add(m, METRIC_SCENARIOS_PASS, 3);
	metrics_add(m, METRIC_SCENARIOS_SKIP, 1);
	metrics_set(m, METRIC_POOL_UTIL, 250000);
	metrics_set(m, METRIC_QUEUE_AGE, 1500000);

	const char *text = text_of(&b, false, "");

	holds(text, "# HELP clnrm_scenarios_total Finished scenarios by verdict\n"
	            "# TYPE clnrm_scenarios_total counter\n"
	            "clnrm_scenarios_total{verdict=\"pass\"} 3\n"
	            "clnrm_scenarios_total{verdict=\"fail\"} 0\n"
	            "clnrm_scenarios_total{verdict=\"error\"} 0\n"
	            "clnrm_scenarios_total{verdict=\"skip\"} 1\n");
	holds(text, "\nclnrm_container_pool_utilization_ratio 0.25\n");
	holds(text, "\nclnrm_queue_age_seconds 1.5\n");
	holds(text, "clnrm_build_info{version=\"1.0.0\",commit=\"9c1e\\\"2f\"} 1\n");
	lacks(text, "# EOF");
}
END_TEST

START_TEST(histogram_buckets_are_cumulative_and_end_in_the_count)
{
	AUTO_STRBUF b = STRBUF_INIT;

	metrics_observe(m, METRIC_RUN_TIME, 90 * NS_PER_US);
	metrics_observe(m, METRIC_RUN_TIME, 900 * NS_PER_US);
	metrics_observe(m, METRIC_RUN_TIME, 900 * NS_PER_US);
	metrics_observe(m, METRIC_RUN_TIME, 400 * NS_PER_S);

	const char *text = text_of(&b, false, "clnrm_run");

	holds(text,
	        "# TYPE clnrm_run_seconds histogram\nclnrm_run_seconds_bucket{le=\"0.0001\"} 1\n");
	holds(text, "clnrm_run_seconds_bucket{le=\"0.001\"} 3\n");
	holds(text, "clnrm_run_seconds_bucket{le=\"1.0\"} 3\n");
	holds(text, "clnrm_run_seconds_bucket{le=\"+Inf\"} 4\nclnrm_run_seconds_sum "
	            "400.001890000\nclnrm_run_seconds_count 4\n");
	lacks(text, "clnrm_scenario");
	lacks(text, "clnrm_build_info");
}
END_TEST

START_TEST(a_label_of_a_histogram_stands_before_le)
{
	AUTO_STRBUF b = STRBUF_INIT;

	holds(text_of(&b, false, "clnrm_cache_build"),
	        "clnrm_cache_build_seconds_bucket{cache=\"configs\",le=\"0.0001\"} 0\n");
	holds(b.s, "clnrm_cache_build_seconds_count{cache=\"configs\"} 0\n");
}
END_TEST

START_TEST(openmetrics_differs_where_it_must)
{
	AUTO_STRBUF b = STRBUF_INIT;
	const char *text = text_of(&b, true, "");

	holds(text, "# TYPE clnrm_scenarios counter\nclnrm_scenarios_total{verdict=\"pass\"} 0\n");
	lacks(text, "# TYPE clnrm_scenarios_total");
	holds(text, "# TYPE clnrm_build info\nclnrm_build_info{");
	ck_assert_str_eq(text + strlen(text) - 6, "# EOF\n");
}
END_TEST

START_TEST(help_and_type_come_once_a_family)
{
	AUTO_STRBUF b = STRBUF_INIT;
	const char *text = text_of(&b, false, "");

	for (const char *line = strstr(text, "# TYPE "); line; line = strstr(line + 1, "# TYPE ")) {
		AUTO_STR copy = strndup(line, strcspn(line, "\n") + 1);

		ck_assert_ptr_null(strstr(line + 1, copy));
	}
}
END_TEST

START_TEST(json_has_values_or_buckets)
{
	AUTO_STRBUF b = STRBUF_INIT;

	metrics_add(m, METRIC_SCENARIOS_FAIL, 2);
	metrics_json(m, "clnrm_scenarios", &b);
	holds(b.s, "{\"metrics\":[{\"name\":\"clnrm_scenarios_total\",\"type\":\"counter\","
	           "\"labels\":{\"verdict\":\"pass\"},\"value\":0},");
	holds(b.s, "\"labels\":{\"verdict\":\"fail\"},\"value\":2}");
	strbuf_reset(&b);
	metrics_observe(m, METRIC_RUN_TIME, NS_PER_MS / 2);
	metrics_json(m, "clnrm_build", &b);
	ck_assert_ptr_nonnull(strstr(b.s, "\"name\":\"clnrm_build_info\""));
	strbuf_reset(&b);
	metrics_json(m, "clnrm_run_seconds", &b);
	holds(b.s, "\"type\":\"histogram\",\"labels\":{},\"buckets\":[{\"le\":\"0.0001\",\"count\":"
	           "0}");
	holds(b.s, "{\"le\":\"+Inf\",\"count\":1}],\"count\":1,\"sum\":0.000500000}]}");
	strbuf_reset(&b);
	metrics_json(m, "clnrm_build", &b);
	ck_assert_str_eq(b.s, "{\"metrics\":[{\"name\":\"clnrm_build_info\",\"type\":\"gauge\","
	                      "\"labels\":{\"version\":\"1.0.0\",\"commit\":\"9c1e\\\"2f\"},"
	                      "\"value\":1}]}");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		counters_add_and_gauges_are_set,
		every_value_is_found_again_within_the_stated_error,
		the_extremes_fit,
		quantiles_of_a_known_distribution,
		prometheus_text_of_counters_and_gauges,
		histogram_buckets_are_cumulative_and_end_in_the_count,
		a_label_of_a_histogram_stands_before_le,
		openmetrics_differs_where_it_must,
		help_and_type_come_once_a_family,
		json_has_values_or_buckets,
	};

	return check_run_with("metrics", tests, ARRAY_LEN(tests), make, destroy);
}

#include "daemon/core/metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/mem.h"

enum metric_type { COUNTER, GAUGE, HISTOGRAM };

struct desc {
	enum metric_type type;
	const char *name;
	const char *label; /* "" or "key=value" */
	const char *help;
};

#define DESC_COUNTER(id, name, label, help) [METRIC_##id] = { COUNTER, name, label, help },
#define DESC_GAUGE(id, name, label, help) [METRIC_##id] = { GAUGE, name, label, help },
#define DESC_HISTOGRAM(id, name, label, help) [METRIC_##id] = { HISTOGRAM, name, label, help },
static const struct desc descs[] = { METRICS(DESC_COUNTER, DESC_GAUGE, DESC_HISTOGRAM) };

static const char *const type_names[] = { "counter", "gauge", "histogram" };

/* ---- histograms: 32 buckets for each power of two, values below 32 have one each ---- */

#define SUB_BITS 5
#define SUB (1u << SUB_BITS)
#define N_BUCKETS ((64 - SUB_BITS + 1) * SUB)

struct histogram {
	_Atomic uint64_t count, sum_ns;
	_Atomic uint64_t bucket[N_BUCKETS];
};

static unsigned bucket_of(uint64_t v)
{
	if (v < SUB)
		return (unsigned)v;

	unsigned shift = 63u - SUB_BITS - (unsigned)__builtin_clzll(v);

	return (shift + 1) * SUB + ((unsigned)(v >> shift) & (SUB - 1));
}

/* The largest value that bucket i takes. */
static uint64_t bucket_last(unsigned i)
{
	if (i < SUB)
		return i;

	unsigned shift = i / SUB - 1;

	return ((uint64_t)(SUB + i % SUB) << shift) + ((1ull << shift) - 1);
}

static uint64_t bucket_first(unsigned i)
{
	return i == 0 ? 0 : bucket_last(i - 1) + 1;
}

static uint64_t now(const _Atomic uint64_t *x)
{
	return atomic_load_explicit(x, memory_order_relaxed);
}

struct metrics {
	const char *version, *build;
	_Atomic uint64_t value[METRIC_COUNT];      /* counters, and the bits of gauges */
	struct histogram *histogram[METRIC_COUNT]; /* NULL for the others */
};

struct metrics *metrics_new(const char *version, const char *build)
{
	struct metrics *m = xcalloc(1, sizeof(*m));

	m->version = version;
	m->build = build;
	for (size_t i = 0; i < METRIC_COUNT; i++) {
		if (descs[i].type == HISTOGRAM)
			m->histogram[i] = xcalloc(1, sizeof(struct histogram));
	}
	return m;
}

void metrics_free(struct metrics *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < METRIC_COUNT; i++)
		free(m->histogram[i]);
	free(m);
}

void metrics_add(struct metrics *m, enum metric id, uint64_t n)
{
	atomic_fetch_add_explicit(&m->value[id], n, memory_order_relaxed);
}

void metrics_set(struct metrics *m, enum metric id, int64_t v)
{
	atomic_store_explicit(&m->value[id], (uint64_t)v, memory_order_relaxed);
}

void metrics_observe(struct metrics *m, enum metric id, int64_t ns)
{
	struct histogram *h = m->histogram[id];
	uint64_t v = ns > 0 ? (uint64_t)ns : 0;

	atomic_fetch_add_explicit(&h->count, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->sum_ns, v, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->bucket[bucket_of(v)], 1, memory_order_relaxed);
}

int64_t metrics_value(const struct metrics *m, enum metric id)
{
	if (m->histogram[id])
		return (int64_t)now(&m->histogram[id]->count);
	return (int64_t)atomic_load_explicit(&m->value[id], memory_order_relaxed);
}

int64_t metrics_quantile(const struct metrics *m, enum metric id, double q)
{
	const struct histogram *h = m->histogram[id];
	uint64_t count = now(&h->count), rank = (uint64_t)ceil(q * (double)count), seen = 0;

	if (count == 0)
		return 0;
	for (unsigned i = 0; i < N_BUCKETS; i++) {
		seen += now(&h->bucket[i]);
		if (seen >= rank && seen > 0)
			return (int64_t)(bucket_first(i) + (bucket_last(i) - bucket_first(i)) / 2);
	}
	return INT64_MAX;
}

/* ---- export ---- */

/* The bounds that histograms are exported with, as both text formats and JSON write them. */
static const struct {
	int64_t ns;
	const char *text;
} bounds[] = {
	{ 100 * NS_PER_US, "0.0001" },
	{ 250 * NS_PER_US, "0.00025" },
	{ 500 * NS_PER_US, "0.0005" },
	{ 1 * NS_PER_MS, "0.001" },
	{ 2500 * NS_PER_US, "0.0025" },
	{ 5 * NS_PER_MS, "0.005" },
	{ 10 * NS_PER_MS, "0.01" },
	{ 25 * NS_PER_MS, "0.025" },
	{ 50 * NS_PER_MS, "0.05" },
	{ 100 * NS_PER_MS, "0.1" },
	{ 250 * NS_PER_MS, "0.25" },
	{ 500 * NS_PER_MS, "0.5" },
	{ 1 * NS_PER_S, "1.0" },
	{ 5 * NS_PER_S, "5.0" },
	{ 30 * NS_PER_S, "30.0" },
	{ 300 * NS_PER_S, "300.0" },
};

/* Cumulative counts at the bounds. A bucket that a bound splits counts above it. */
static void coarse_counts(const struct histogram *h, uint64_t out[ARRAY_LEN(bounds)])
{
	uint64_t sum = 0;
	unsigned i = 0;

	for (size_t b = 0; b < ARRAY_LEN(bounds); b++) {
		for (; i < N_BUCKETS && bucket_last(i) <= (uint64_t)bounds[b].ns; i++)
			sum += now(&h->bucket[i]);
		out[b] = sum;
	}
}

static bool ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

static bool in_millionths(const struct desc *d)
{
	return d->type == GAUGE && (ends_with(d->name, "_ratio") || ends_with(d->name, "_seconds"));
}

static void put_number(const struct metrics *m, size_t id, struct strbuf *out)
{
	int64_t v = metrics_value(m, (enum metric)id);

	if (in_millionths(&descs[id]))
		strbuf_printf(out, "%.9g", (double)v / 1e6);
	else if (descs[id].type == GAUGE)
		strbuf_printf(out, "%" PRId64, v);
	else
		strbuf_printf(out, "%" PRIu64, (uint64_t)v);
}

static void put_sum(const struct histogram *h, struct strbuf *out)
{
	const uint64_t s = NS_PER_S;

	strbuf_printf(out, "%" PRIu64 ".%09" PRIu64, now(&h->sum_ns) / s, now(&h->sum_ns) % s);
}

/* Label values are from our own tables or the build: the three escapes of the format still hold. */
static void put_label(struct strbuf *out, const char *key, size_t key_len, const char *value)
{
	strbuf_add(out, key, key_len);
	strbuf_adds(out, "=\"");
	for (; *value; value++) {
		if (*value == '\n') {
			strbuf_adds(out, "\\n");
			continue;
		}
		if (*value == '"' || *value == '\\')
			strbuf_addc(out, '\\');
		strbuf_addc(out, *value);
	}
	strbuf_addc(out, '"');
}

/* "key=value" as {key="value"}; le, when given, is one more label. */
static void put_labels(struct strbuf *out, const char *label, const char *le)
{
	if (!*label && !le)
		return;
	strbuf_addc(out, '{');
	if (*label) {
		size_t n = strcspn(label, "=");

		put_label(out, label, n, label + n + 1);
	}
	if (le) {
		if (*label)
			strbuf_addc(out, ',');
		put_label(out, "le", 2, le);
	}
	strbuf_addc(out, '}');
}

static void put_head(struct strbuf *out, const char *family, const char *type, const char *help)
{
	strbuf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", family, help, family, type);
}

static bool begins_family(size_t id)
{
	return id == 0 || strcmp(descs[id].name, descs[id - 1].name) != 0;
}

/* OpenMetrics names a family of counters without the suffix of its samples. */
static void put_family(const struct desc *d, bool openmetrics, struct strbuf *out)
{
	AUTO_STRBUF family = STRBUF_INIT;

	strbuf_adds(&family, d->name);
	if (openmetrics && d->type == COUNTER && ends_with(d->name, "_total"))
		strbuf_truncate(&family, family.len - strlen("_total"));
	put_head(out, family.s, type_names[d->type], d->help);
}

static void put_histogram(const struct desc *d, const struct histogram *h, struct strbuf *out)
{
	uint64_t counts[ARRAY_LEN(bounds)];

	coarse_counts(h, counts);
	for (size_t b = 0; b < ARRAY_LEN(bounds); b++) {
		strbuf_printf(out, "%s_bucket", d->name);
		put_labels(out, d->label, bounds[b].text);
		strbuf_printf(out, " %" PRIu64 "\n", counts[b]);
	}
	strbuf_printf(out, "%s_bucket", d->name);
	put_labels(out, d->label, "+Inf");
	strbuf_printf(out, " %" PRIu64 "\n%s_sum", now(&h->count), d->name);
	put_labels(out, d->label, NULL);
	strbuf_addc(out, ' ');
	put_sum(h, out);
	strbuf_printf(out, "\n%s_count", d->name);
	put_labels(out, d->label, NULL);
	strbuf_printf(out, " %" PRIu64 "\n", now(&h->count));
}

static bool selected(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

#define BUILD_INFO "clnrm_build_info"

static void put_build_info(const struct metrics *m, bool openmetrics, struct strbuf *out)
{
	if (openmetrics)
		put_head(out, "clnrm_build", "info", "The build of the daemon");
	else
		put_head(out, BUILD_INFO, "gauge", "The build of the daemon");
	strbuf_adds(out, BUILD_INFO "{");
	put_label(out, "version", strlen("version"), m->version);
	strbuf_addc(out, ',');
	put_label(out, "commit", strlen("commit"), m->build);
	strbuf_adds(out, "} 1\n");
}

void metrics_text(const struct metrics *m, bool openmetrics, const char *prefix, struct strbuf *out)
{
	if (selected(BUILD_INFO, prefix))
		put_build_info(m, openmetrics, out);
	for (size_t i = 0; i < METRIC_COUNT; i++) {
		const struct desc *d = &descs[i];

		if (!selected(d->name, prefix))
			continue;
		if (begins_family(i))
			put_family(d, openmetrics, out);
		if (m->histogram[i]) {
			put_histogram(d, m->histogram[i], out);
			continue;
		}
		strbuf_adds(out, d->name);
		put_labels(out, d->label, NULL);
		strbuf_addc(out, ' ');
		put_number(m, i, out);
		strbuf_addc(out, '\n');
	}
	if (openmetrics)
		strbuf_adds(out, "# EOF\n");
}

const char *metrics_family(size_t i)
{
	for (size_t id = 0; i > 0 && id < METRIC_COUNT; id++)
		if (begins_family(id) && --i == 0)
			return descs[id].name;
	return i ? NULL : BUILD_INFO;
}

static void json_labels(struct json *j, const char *label)
{
	json_obj(j, "labels");
	if (*label) {
		AUTO_STRBUF key = STRBUF_INIT;
		size_t n = strcspn(label, "=");

		strbuf_add(&key, label, n);
		json_str(j, key.s, label + n + 1);
	}
	json_end(j);
}

static void json_histogram(struct json *j, const struct histogram *h)
{
	AUTO_STRBUF sum = STRBUF_INIT;
	uint64_t counts[ARRAY_LEN(bounds)];

	coarse_counts(h, counts);
	json_arr(j, "buckets");
	for (size_t b = 0; b <= ARRAY_LEN(bounds); b++) {
		bool inf = b == ARRAY_LEN(bounds);

		json_obj(j, NULL);
		json_str(j, "le", inf ? "+Inf" : bounds[b].text);
		json_uint(j, "count", inf ? now(&h->count) : counts[b]);
		json_end(j);
	}
	json_end(j);
	json_uint(j, "count", now(&h->count));
	put_sum(h, &sum);
	json_raw(j, "sum", sum.s, sum.len);
}

static void json_build_info(struct json *j, const struct metrics *m)
{
	json_obj(j, NULL);
	json_str(j, "name", BUILD_INFO);
	json_str(j, "type", "gauge");
	json_obj(j, "labels");
	json_str(j, "version", m->version);
	json_str(j, "commit", m->build);
	json_end(j);
	json_int(j, "value", 1);
	json_end(j);
}

void metrics_json(const struct metrics *m, const char *prefix, struct strbuf *out)
{
	struct json j = JSON_INIT(out);

	json_obj(&j, NULL);
	json_arr(&j, "metrics");
	if (selected(BUILD_INFO, prefix))
		json_build_info(&j, m);
	for (size_t i = 0; i < METRIC_COUNT; i++) {
		if (!selected(descs[i].name, prefix))
			continue;
		json_obj(&j, NULL);
		json_str(&j, "name", descs[i].name);
		json_str(&j, "type", type_names[descs[i].type]);
		json_labels(&j, descs[i].label);
		if (m->histogram[i]) {
			json_histogram(&j, m->histogram[i]);
		} else {
			AUTO_STRBUF number = STRBUF_INIT;

			put_number(m, i, &number);
			json_raw(&j, "value", number.s, number.len);
		}
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
}

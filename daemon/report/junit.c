/* JUnit XML: one superset of five dialects, cut down by the table of cli.md 4.4. The order of
 * children is that of the table; readers with a schema insist on it. */
#include <stdio.h>

#include "common/clock.h"
#include "common/map.h"
#include "common/mem.h"
#include "daemon/model/artifact.h"
#include "daemon/report/outputs_priv.h"
#include "daemon/report/text_priv.h"
#include "daemon/report/xml_priv.h"
#include "daemon/wire/wire.h"

#define OUTPUT_MAX 65536 /* bytes of a stream of a case */

#define S (1u << JUNIT_SUREFIRE)
#define J (1u << JUNIT_JENKINS)
#define G (1u << JUNIT_GITLAB)
#define H (1u << JUNIT_GITHUB)
#define P (1u << JUNIT_PLAIN)

/* Which dialects have what. */
enum part {
	TOP_ATTRIBUTES,
	SUITE_VERSION,
	SUITE_STAMP,
	SUITE_FILE,
	CASE_GROUP,
	CASE_FILE,
	CASE_LINE,
	CASE_PROPERTIES,
	CASE_FLAKY,
	CASE_OUTPUT,
	CASE_ATTACHMENTS,
	SUITE_OUTPUT,
};
static const unsigned in_dialects[] = {
	[TOP_ATTRIBUTES] = J | G | H,
	[SUITE_VERSION] = S,
	[SUITE_STAMP] = J | G | H | P,
	[SUITE_FILE] = J | G | H,
	[CASE_GROUP] = S | J,
	[CASE_FILE] = G | H,
	[CASE_LINE] = H,
	[CASE_PROPERTIES] = H,
	[CASE_FLAKY] = S | J | H,
	[CASE_OUTPUT] = S | J | G | H,
	[CASE_ATTACHMENTS] = J | G,
	[SUITE_OUTPUT] = P,
};

static const char *const dialect_names[] = {
	[JUNIT_SUREFIRE] = "surefire",
	[JUNIT_JENKINS] = "jenkins",
	[JUNIT_GITLAB] = "gitlab",
	[JUNIT_GITHUB] = "github",
	[JUNIT_PLAIN] = "plain",
};

int junit_dialect_parse(const char *s)
{
	for (size_t i = 0; i < ARRAY_LEN(dialect_names); i++)
		if (strcmp(s, dialect_names[i]) == 0)
			return (int)i;
	return -1;
}

struct junit {
	const struct run_result *run;
	enum junit_dialect dialect;
	bool output_always;
	struct strbuf *out;
	struct map *seen; /* "classname\nname" -> count */
	char digest[RUN_DIGEST_LEN];
};

static bool has(const struct junit *j, enum part p)
{
	return in_dialects[p] & (1u << j->dialect);
}

/* ---- names ---- */

/* "tests/orders.clnrm.toml" -> "tests.orders" */
static char *package_of(const char *file)
{
	static const char *const suffixes[] = { ".tera", ".toml", ".yaml", ".yml", ".clnrm" };
	char *s = xstrdup(file);
	size_t n = strlen(s);

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		size_t k = strlen(suffixes[i]);

		if (n > k && strcmp(s + n - k, suffixes[i]) == 0)
			s[n -= k] = '\0';
	}
	for (char *p = s; *p; p++)
		if (*p == '/')
			*p = '.';
	return s;
}

/* Counts the uses of this class and name; the second is 2. */
static unsigned nth_use(struct junit *j, const char *class, const char *name)
{
	AUTO_STRBUF key = STRBUF_INIT;

	strbuf_printf(&key, "%s\n%s", class, name);
	uintptr_t n = (uintptr_t)map_get(j->seen, key.s) + 1;

	map_put(j->seen, key.s, (void *)n);
	return (unsigned)n;
}

/* ---- test cases ---- */

static void add_property(struct strbuf *out, const char *name, const char *value)
{
	if (!value)
		return;
	strbuf_adds(out, "<property");
	xml_attr(out, "name", name);
	xml_attr(out, "value", value);
	strbuf_adds(out, "/>\n");
}

static void add_case_properties(const struct junit *j, const struct scenario_result *s)
{
	const struct receipt *r = s->receipt;
	AUTO_STRBUF json = STRBUF_INIT;
	char attempts[16];

	snprintf(attempts, sizeof(attempts), "%u", s->attempts);
	strbuf_adds(j->out, "<properties>\n");
	if (r) {
		add_property(j->out, "clnrm.isolation", r->profile);
		add_property(j->out, "clnrm.image", r->image);
		add_property(j->out, "clnrm.engine", r->engine);
	}
	add_property(j->out, "clnrm.cached", s->cached ? "true" : "false");
	add_property(j->out, "clnrm.attempts", attempts);
	add_property(j->out, "clnrm.quarantined", s->quarantine ? "true" : "false");
	if (r) {
		struct json w = JSON_INIT(&json);

		wire_receipt(&w, NULL, r);
		add_property(j->out, "clnrm.receipt", json.s);
	}
	for (size_t i = 0; i < s->n_findings; i++)
		add_property(j->out, "clnrm.finding", s->findings[i].message);
	strbuf_adds(j->out, "</properties>\n");
}

static void add_block(const struct junit *j, const struct scenario_result *s)
{
	struct text_style plain = block_plain_style(0);
	AUTO_STRBUF block = STRBUF_INIT;

	block_scenario(s, NULL, &plain, &block);
	xml_text(j->out, block.s, block.len);
}

/* The first line of the message, visible and bounded. */
static void add_message(const struct junit *j, const struct scenario_result *s)
{
	const char *message = block_message(s);
	AUTO_STRBUF line = STRBUF_INIT;

	text_value(&line, message, strcspn(message, "\r\n"), TEXT_MAX_VALUE);
	xml_attr(j->out, "message", line.s);
}

/* "fail.exit_code" */
static void add_type(const struct junit *j, const struct scenario_result *s)
{
	AUTO_STRBUF type = STRBUF_INIT;

	strbuf_adds(&type, verdict_names[s->verdict]);
	if (s->verdict != VERDICT_FAKE_GREEN && reason_names[s->reason])
		strbuf_printf(&type, ".%s", reason_names[s->reason]);
	xml_attr(j->out, "type", type.s);
}

static void add_verdict_element(
        const struct junit *j, const struct scenario_result *s, const char *element)
{
	strbuf_printf(j->out, "<%s", element);
	add_message(j, s);
	add_type(j, s);
	strbuf_addc(j->out, '>');
	add_block(j, s);
	strbuf_printf(j->out, "</%s>\n", element);
}

static void add_attempt_output(
        const struct junit *j, const struct scenario_result *s, bool is_stderr)
{
	const char *element = is_stderr ? "system-err" : "system-out";
	AUTO_STRBUF b = STRBUF_INIT;

	outputs_join(s, is_stderr, OUTPUT_MAX, &b);
	if (b.len == 0)
		return;
	strbuf_printf(j->out, "<%s>", element);
	xml_text(j->out, b.s, b.len);
	strbuf_printf(j->out, "</%s>\n", element);
}

/* An attempt beside the one that the case is about. */
static void add_attempt(const struct junit *j, const struct scenario_result *s, const char *element)
{
	strbuf_printf(j->out, "<%s", element);
	add_message(j, s);
	add_type(j, s);
	strbuf_adds(j->out, ">\n<stackTrace>");
	add_block(j, s);
	strbuf_adds(j->out, "</stackTrace>\n");
	add_attempt_output(j, s, false);
	add_attempt_output(j, s, true);
	strbuf_printf(j->out, "</%s>\n", element);
}

/* The i-th attempt, the last one being the scenario itself. */
static const struct scenario_result *attempt(const struct scenario_result *s, size_t i)
{
	return i < s->n_before ? s->before[i] : s;
}

static void add_attempts(const struct junit *j, const struct scenario_result *s, size_t from,
        size_t to, bool errors, const char *element)
{
	for (size_t i = from; i < to; i++) {
		const struct scenario_result *x = attempt(s, i);

		if ((x->verdict == VERDICT_ERROR) == errors)
			add_attempt(j, x, element);
	}
}

/* Which attempt a case shows as its own: where a dialect has the others too, the first. */
static const struct scenario_result *shown(const struct junit *j, const struct scenario_result *s)
{
	return has(j, CASE_FLAKY) && scenario_failed(s) && s->n_before ? s->before[0] : s;
}

static void add_skipped(const struct junit *j, const struct scenario_result *s)
{
	AUTO_STRBUF message = STRBUF_INIT;

	strbuf_adds(j->out, "<skipped");
	if (!s->quarantine) {
		add_message(j, s);
	} else {
		const char *why = block_message(s);

		strbuf_printf(&message, "quarantined until %s: ", s->quarantine->until);
		text_value(&message, why, strcspn(why, "\r\n"), TEXT_MAX_VALUE);
		xml_attr(j->out, "message", message.s);
	}
	strbuf_adds(j->out, "/>\n");
}

static bool is_skipped(const struct scenario_result *s)
{
	return s->verdict == VERDICT_SKIP || s->quarantine;
}

/* In the order in which readers with a schema want the elements. */
static void add_verdict(const struct junit *j, const struct scenario_result *s)
{
	const struct scenario_result *own = shown(j, s);
	bool flaky = s->verdict == VERDICT_PASS && has(j, CASE_FLAKY);
	bool rerun = own != s && !s->quarantine, is_error = own->verdict == VERDICT_ERROR;

	if (is_skipped(s)) {
		add_skipped(j, s);
		return;
	}
	if (scenario_failed(s) && !is_error)
		add_verdict_element(j, own, "failure");
	if (rerun)
		add_attempts(j, s, 1, s->n_before + 1, false, "rerunFailure");
	if (flaky)
		add_attempts(j, s, 0, s->n_before, false, "flakyFailure");
	if (scenario_failed(s) && is_error)
		add_verdict_element(j, own, "error");
	if (rerun)
		add_attempts(j, s, 1, s->n_before + 1, true, "rerunError");
	if (flaky)
		add_attempts(j, s, 0, s->n_before, true, "flakyError");
}

/* Where the client has written them: the path is absolute, of GitLab relative to the project. */
static void add_attachments(
        const struct junit *j, const struct scenario_result *s, struct strbuf *b)
{
	for (size_t i = 0; i < s->n_artifacts; i++) {
		AUTO_STRBUF path = STRBUF_INIT;

		artifact_path(&path, j->run->export_dir, s, &s->artifacts[i]);
		AUTO_STR shown = j->dialect == JUNIT_GITLAB ? run_result_path(j->run, path.s)
		                                            : xstrdup(path.s);
		if (b->len && b->s[b->len - 1] != '\n')
			strbuf_addc(b, '\n');
		strbuf_printf(b, "[[ATTACHMENT|%s]]\n", shown);
	}
}

/* What goes into system-out or system-err of one scenario; may be empty. */
static void collect_output(
        const struct junit *j, const struct scenario_result *s, bool is_stderr, struct strbuf *b)
{
	if (!is_stderr && s->flaky && !has(j, CASE_FLAKY)) {
		block_flaky(s, b);
		strbuf_addc(b, '\n');
	}
	/* Of a failed one its text tells them. */
	for (size_t i = 0; !is_stderr && i < s->n_findings; i++)
		if (!has(j, CASE_PROPERTIES) && !scenario_failed(s))
			strbuf_printf(b, "finding: %s\n", s->findings[i].message);
	if (scenario_failed(s) || j->output_always)
		outputs_join(s, is_stderr, OUTPUT_MAX, b);
	if (!is_stderr && j->run->export_dir && has(j, CASE_ATTACHMENTS))
		add_attachments(j, s, b);
}

static void add_case_output(const struct junit *j, const struct scenario_result *s)
{
	static const char *const elements[] = { "system-out", "system-err" };

	for (int i = 0; i < 2; i++) {
		AUTO_STRBUF b = STRBUF_INIT;

		collect_output(j, s, i == 1, &b);
		if (b.len == 0)
			continue;
		strbuf_printf(j->out, "<%s>", elements[i]);
		xml_text(j->out, b.s, b.len);
		strbuf_printf(j->out, "</%s>\n", elements[i]);
	}
}

static void add_group(const struct junit *j, const struct str_list *tags)
{
	AUTO_STRBUF b = STRBUF_INIT;

	for (size_t i = 0; i < tags->n; i++)
		strbuf_printf(&b, "%s%s", i ? "," : "", tags->v[i]);
	if (b.len > 0)
		xml_attr(j->out, "group", b.s);
}

static void add_case(struct junit *j, const struct test_outcome *t, const struct scenario_result *s,
        const char *class)
{
	unsigned use = nth_use(j, class, s->name);
	AUTO_STR file = run_result_path(j->run, s->file);
	AUTO_STRBUF name = STRBUF_INIT;

	strbuf_adds(&name, s->name);
	if (use > 1)
		strbuf_printf(&name, " #%u", use);
	strbuf_adds(j->out, "<testcase");
	xml_attr(j->out, "name", name.s);
	xml_attr(j->out, "classname", class);
	if (has(j, CASE_GROUP))
		add_group(j, &t->tags);
	xml_attr_seconds(j->out, "time", s->duration_ms);
	if (has(j, CASE_FILE))
		xml_attr(j->out, "file", file);
	if (has(j, CASE_LINE))
		xml_attr_uint(j->out, "line", s->line);
	strbuf_adds(j->out, ">\n");
	if (has(j, CASE_PROPERTIES))
		add_case_properties(j, s);
	add_verdict(j, s);
	if (has(j, CASE_OUTPUT))
		add_case_output(j, s);
	strbuf_adds(j->out, "</testcase>\n");
}

/* ---- suites ---- */

struct tally {
	unsigned tests, failures, errors, skipped;
};

/* By the elements of the cases. */
static void tally_add(const struct junit *j, struct tally *y, const struct test_outcome *t)
{
	for (size_t i = 0; i < t->n_scenarios; i++) {
		const struct scenario_result *s = t->scenarios[i];
		enum verdict v = is_skipped(s) ? VERDICT_SKIP : shown(j, s)->verdict;

		y->tests++;
		y->failures += v == VERDICT_FAIL || v == VERDICT_FAKE_GREEN;
		y->errors += v == VERDICT_ERROR;
		y->skipped += v == VERDICT_SKIP;
	}
}

/* When the first of its scenarios started. */
static int64_t suite_start(const struct run_result *r, const struct test_outcome *t)
{
	int64_t at = 0;

	for (size_t i = 0; i < t->n_scenarios; i++) {
		int64_t ns = t->scenarios[i]->started_wall_ns;

		if (ns > 0 && (at == 0 || ns < at))
			at = ns;
	}
	return at ? at : r->started_wall_ns;
}

static void add_stamp(
        const struct junit *j, const struct test_outcome *t, size_t index, const char *package)
{
	char when[RFC3339_LEN];

	clock_rfc3339(suite_start(j->run, t), when);
	when[19] = '\0'; /* no fraction, no zone: schemas want it so */
	xml_attr(j->out, "timestamp", when);
	xml_attr(j->out, "hostname", "localhost");
	xml_attr_uint(j->out, "id", index);
	xml_attr(j->out, "package", package);
}

static void add_named_property(
        const struct junit *j, const char *kind, const char *name, const char *value)
{
	AUTO_STRBUF whole = STRBUF_INIT;

	strbuf_printf(&whole, "%s.%s", kind, name);
	add_property(j->out, whole.s, value);
}

static void add_suite_properties(const struct junit *j, const struct test_outcome *t)
{
	const struct run_result *r = j->run;
	AUTO_STRBUF part = STRBUF_INIT;
	unsigned shard, shards;

	strbuf_adds(j->out, "<properties>\n");
	add_property(j->out, "clnrm.run", r->id);
	add_property(j->out, "clnrm.version", CLNRM_VERSION);
	if (run_result_seed(r))
		add_property(j->out, "clnrm.seed", run_result_seed(r));
	if (run_result_shuffle_seed(r))
		add_property(j->out, "clnrm.shuffle_seed", run_result_shuffle_seed(r));
	if (run_result_shard(r, &shard, &shards)) {
		strbuf_printf(&part, "%u/%u", shard, shards);
		add_property(j->out, "clnrm.shard", part.s);
	}
	if (*j->digest)
		add_property(j->out, "clnrm.digest", j->digest);
	for (size_t i = 0; i + 1 < t->matrix.n; i += 2)
		add_named_property(j, "matrix", t->matrix.v[i], t->matrix.v[i + 1]);
	for (size_t i = 0; i < r->n_labels; i++)
		add_named_property(j, "label", r->labels[i].name, r->labels[i].value);
	strbuf_adds(j->out, "</properties>\n");
}

static void add_suite_output(const struct junit *j, const struct test_outcome *t)
{
	static const char *const elements[] = { "system-out", "system-err" };

	for (int e = 0; e < 2; e++) {
		strbuf_printf(j->out, "<%s>", elements[e]);
		for (size_t i = 0; i < t->n_scenarios; i++) {
			AUTO_STRBUF b = STRBUF_INIT;

			collect_output(j, t->scenarios[i], e == 1, &b);
			if (b.len == 0)
				continue;
			strbuf_adds(j->out, "=== ");
			xml_text(j->out, t->scenarios[i]->name, strlen(t->scenarios[i]->name));
			strbuf_addc(j->out, '\n');
			xml_text(j->out, b.s, b.len);
			if (b.s[b.len - 1] != '\n')
				strbuf_addc(j->out, '\n');
		}
		strbuf_printf(j->out, "</%s>\n", elements[e]);
	}
}

static void add_suite_attributes(const struct junit *j, const struct test_outcome *t, size_t index,
        const char *file, const char *package)
{
	struct tally y = { 0 };

	tally_add(j, &y, t);
	xml_attr(j->out, "name", t->name);
	xml_attr_uint(j->out, "tests", y.tests);
	xml_attr_uint(j->out, "failures", y.failures);
	xml_attr_uint(j->out, "errors", y.errors);
	xml_attr_uint(j->out, "skipped", y.skipped);
	xml_attr_seconds(j->out, "time", t->duration_ms);
	if (has(j, SUITE_VERSION))
		xml_attr(j->out, "version", "3.0");
	if (has(j, SUITE_STAMP))
		add_stamp(j, t, index, package);
	if (has(j, SUITE_FILE))
		xml_attr(j->out, "file", file);
}

static void add_suite(struct junit *j, const struct test_outcome *t, size_t index)
{
	AUTO_STR file = run_result_path(j->run, t->file);
	AUTO_STR package = package_of(file);
	AUTO_STRBUF class = STRBUF_INIT;

	strbuf_printf(&class, "%s.%s", package, t->name);
	strbuf_adds(j->out, "<testsuite");
	add_suite_attributes(j, t, index, file, package);
	strbuf_adds(j->out, ">\n");
	add_suite_properties(j, t);
	for (size_t i = 0; i < t->n_scenarios; i++)
		add_case(j, t, t->scenarios[i], class.s);
	if (has(j, SUITE_OUTPUT))
		add_suite_output(j, t);
	strbuf_adds(j->out, "</testsuite>\n");
}

static void add_top_attributes(const struct junit *j)
{
	struct tally y = { 0 };

	for (size_t i = 0; i < j->run->n_tests; i++)
		tally_add(j, &y, &j->run->tests[i]);
	xml_attr(j->out, "name", "clnrm");
	xml_attr_uint(j->out, "tests", y.tests);
	xml_attr_uint(j->out, "failures", y.failures);
	xml_attr_uint(j->out, "errors", y.errors);
	xml_attr_seconds(j->out, "time", j->run->duration_ms);
}

void report_junit(const struct run_result *r, enum junit_dialect dialect, bool output_always,
        struct strbuf *out)
{
	struct junit j = { .run = r,
		.dialect = dialect,
		.output_always = output_always,
		.out = out,
		.seen = map_new() };

	wire_digest(r, j.digest);
	strbuf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	if (has(&j, TOP_ATTRIBUTES))
		add_top_attributes(&j);
	strbuf_adds(out, ">\n");
	for (size_t i = 0; i < r->n_tests; i++)
		add_suite(&j, &r->tests[i], i);
	strbuf_adds(out, "</testsuites>\n");
	map_free(j.seen, NULL);
}

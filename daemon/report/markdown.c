/* Markdown (GFM) for summaries of CI. Whatever a test wrote stands in a code block whose fence is
 * longer than any in it, or escaped in one line: it makes neither markup nor a mention. */
#include "common/mem.h"
#include "daemon/report/text_priv.h"

#define FAILURES_SHOWN 25
#define FINDINGS_SHOWN 50
#define SLOWEST_SHOWN 10
#define NAME_MAX_SHOWN 200
#define BLOCK_MAX 8192 /* of one failure: GitHub takes a summary of 1 MiB */

/* Every ASCII character that may mean something is escaped (CommonMark 0.31, 2.4), one line. */
static void add_text(struct strbuf *out, const char *s)
{
	AUTO_STRBUF line = STRBUF_INIT;

	text_value(&line, s, strlen(s), NAME_MAX_SHOWN);
	for (const char *p = line.s; *p; p++) {
		if (*p == '<')
			strbuf_adds(out, "&lt;");
		else if (*p == '&')
			strbuf_adds(out, "&amp;");
		else if (*p == '@') /* no mention of a person */
			strbuf_adds(out, "&#64;");
		else if (*p == '\t')
			strbuf_addc(out, ' ');
		else if (strchr("\\`*_{}[]()#+-.!|>~$:=\"'", *p))
			strbuf_printf(out, "\\%c", *p);
		else
			strbuf_addc(out, *p);
	}
}

static size_t longest_run(const char *s, char c)
{
	size_t longest = 0;

	for (const char *p = strchr(s, c); p; p = strchr(p, c)) {
		size_t n = strspn(p, (char[]){ c, '\0' });

		longest = n > longest ? n : longest;
		p += n;
	}
	return longest;
}

/* Cut between lines where there are any. */
static void add_block(struct strbuf *out, struct strbuf *text)
{
	size_t fence;
	bool cut = text->len > BLOCK_MAX;

	if (cut) {
		strbuf_truncate(text, BLOCK_MAX);
		const char *lf = memrchr(text->s, '\n', text->len);

		strbuf_truncate(text, lf ? (size_t)(lf - text->s) + 1 : BLOCK_MAX);
	}
	AUTO_STRBUF clean = STRBUF_INIT;

	strbuf_add_visible(&clean, text->s, text->len);
	fence = longest_run(clean.s, '`') + 1;
	fence = fence < 3 ? 3 : fence;
	strbuf_addn(out, '`', fence);
	strbuf_adds(out, "text\n");
	strbuf_add(out, clean.s, clean.len);
	if (clean.len && clean.s[clean.len - 1] != '\n')
		strbuf_addc(out, '\n');
	if (cut)
		strbuf_adds(out, "[... the rest was cut ...]\n");
	strbuf_addn(out, '`', fence);
	strbuf_addc(out, '\n');
}

static void add_counts(const struct run_summary *s, struct strbuf *out)
{
	const struct {
		const char *name;
		unsigned n;
	} rows[] = {
		{ "passed", s->pass },
		{ "failed", s->fail },
		{ "fake green", s->fake_green },
		{ "errors", s->error },
		{ "skipped", s->skip },
		{ "of these flaky", s->flaky },
		{ "of these cached", s->cached },
		{ "of these quarantined", s->quarantined },
		{ "findings", s->findings },
	};

	strbuf_adds(out, "| scenarios | |\n| --- | ---: |\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].n || i < 2)
			strbuf_printf(out, "| %s | %u |\n", rows[i].name, rows[i].n);
	strbuf_printf(out, "| **all** | **%u** |\n", s->scenarios);
}

static void add_failure(const struct scenario_result *s, struct strbuf *out)
{
	struct text_style plain = block_plain_style(0);
	AUTO_STRBUF block = STRBUF_INIT;

	strbuf_adds(out, "\n### ");
	add_text(out, s->id);
	strbuf_adds(out, "\n\n");
	add_text(out, block_message(s));
	strbuf_adds(out, "\n\n<details><summary>Output</summary>\n\n");
	block_scenario(s, NULL, &plain, &block);
	add_block(out, &block);
	strbuf_adds(out, "\n</details>\n");
}

/* Of failed ones they are in their sections. */
static void add_findings(const struct run_result *r, struct strbuf *out)
{
	unsigned n = 0;

	for (size_t t = 0; t < r->n_tests; t++) {
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++) {
			const struct scenario_result *s = r->tests[t].scenarios[i];

			for (size_t k = 0; k < s->n_findings && !scenario_failed(s); k++, n++) {
				if (n == 0)
					strbuf_adds(out, "\n## Findings\n\n");
				if (n >= FINDINGS_SHOWN)
					continue;
				strbuf_adds(out, "- ");
				add_text(out, s->id);
				strbuf_adds(out, ": ");
				add_text(out, s->findings[k].message);
				strbuf_addc(out, '\n');
			}
		}
	}
	if (n > FINDINGS_SHOWN)
		strbuf_printf(out, "\nAnd %u more.\n", n - FINDINGS_SHOWN);
}

static void add_failures(const struct run_result *r, struct strbuf *out)
{
	unsigned n = 0;

	for (size_t t = 0; t < r->n_tests; t++) {
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++) {
			const struct scenario_result *s = r->tests[t].scenarios[i];

			if (!scenario_failed(s) || s->quarantine)
				continue;
			if (n == 0)
				strbuf_adds(out, "\n## Failures\n");
			if (n++ < FAILURES_SHOWN)
				add_failure(s, out);
		}
	}
	if (n > FAILURES_SHOWN)
		strbuf_printf(out, "\nAnd %u more.\n", n - FAILURES_SHOWN);
}

static bool is_quarantined(const struct scenario_result *s)
{
	return s->quarantine != NULL;
}

static bool is_flaky(const struct scenario_result *s)
{
	return s->flaky;
}

/* What does not count, but wants to be seen. */
static void add_marked(const struct run_result *r, const char *title,
        bool (*is_one)(const struct scenario_result *s),
        void (*say)(const struct scenario_result *s, struct strbuf *out), struct strbuf *out)
{
	unsigned n = 0;

	for (size_t t = 0; t < r->n_tests; t++) {
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++) {
			const struct scenario_result *s = r->tests[t].scenarios[i];
			AUTO_STRBUF line = STRBUF_INIT;

			if (!is_one(s) || ++n > FAILURES_SHOWN)
				continue;
			if (n == 1)
				strbuf_printf(out, "\n## %s\n\n", title);
			say(s, &line);
			strbuf_printf(&line, ": %s", block_message(s->n_before ? s->before[0] : s));
			strbuf_adds(out, "- ");
			add_text(out, s->id);
			strbuf_adds(out, ", ");
			add_text(out, line.s);
			strbuf_addc(out, '\n');
		}
	}
	if (n > FAILURES_SHOWN)
		strbuf_printf(out, "\nAnd %u more.\n", n - FAILURES_SHOWN);
}

/* Sorted, slowest first; of equal ones the first. */
static size_t find_slowest(const struct run_result *r, const struct scenario_result **top)
{
	size_t n = 0;

	for (size_t t = 0; t < r->n_tests; t++) {
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++) {
			const struct scenario_result *s = r->tests[t].scenarios[i];
			size_t at = n;

			if (s->cached || s->verdict == VERDICT_SKIP || s->duration_ms <= 0)
				continue;
			while (at > 0 && top[at - 1]->duration_ms < s->duration_ms)
				at--;
			if (at == SLOWEST_SHOWN)
				continue;
			n += n < SLOWEST_SHOWN;
			memmove(&top[at + 1], &top[at], (n - at - 1) * sizeof(*top));
			top[at] = s;
		}
	}
	return n;
}

static void add_slowest(const struct run_result *r, struct strbuf *out)
{
	const struct scenario_result *top[SLOWEST_SHOWN];
	size_t n = find_slowest(r, top);

	if (!n)
		return;
	strbuf_adds(out, "\n## Slowest\n\n| scenario | time |\n| --- | ---: |\n");
	for (size_t i = 0; i < n; i++) {
		strbuf_adds(out, "| ");
		add_text(out, top[i]->id);
		strbuf_adds(out, " | ");
		text_ms(out, top[i]->duration_ms);
		strbuf_adds(out, " |\n");
	}
}

void report_markdown(const struct run_result *r, struct strbuf *out)
{
	const struct run_summary *s = &r->summary;
	unsigned bad = s->fail + s->fake_green + s->error - s->quarantined, shard, shards;

	strbuf_adds(out, "# clnrm: ");
	if (bad)
		strbuf_printf(out, "%u of %u failed\n\n", bad, s->scenarios);
	else
		strbuf_printf(out, "%u passed\n\n", s->pass);
	add_counts(s, out);
	strbuf_adds(out, "\n");
	text_count(out, s->scenarios, "scenario");
	strbuf_adds(out, " of ");
	text_count(out, s->tests, "test");
	if (r->duration_ms > 0) {
		strbuf_adds(out, " in ");
		text_ms(out, r->duration_ms);
	}
	strbuf_adds(out, ", run ");
	add_text(out, r->id);
	if (run_result_shard(r, &shard, &shards))
		strbuf_printf(out, ", shard %u/%u", shard, shards);
	if (run_result_shuffle_seed(r)) {
		strbuf_adds(out, ", random order of seed ");
		add_text(out, run_result_shuffle_seed(r));
	}
	strbuf_addc(out, '\n');
	add_failures(r, out);
	add_marked(r, "Quarantined", is_quarantined, block_quarantine, out);
	add_marked(r, "Flaky", is_flaky, block_flaky, out);
	add_findings(r, out);
	add_slowest(r, out);
}

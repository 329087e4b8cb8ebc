/* TAP 14: a point a scenario, a YAML block for what failed. YAML strings are written as JSON
 * strings, which every YAML 1.2 reader takes. */
#include "common/json.h"
#include "daemon/report/outputs_priv.h"
#include "daemon/report/text_priv.h"

/* Perl's TAP::Parser takes a quoted string of 32,766 characters, which it counts in bytes, and a
 * byte becomes three at most. */
#define STREAM_MAX 10000

static void add_name(struct strbuf *out, const char *s)
{
	AUTO_STRBUF line = STRBUF_INIT;

	text_str(&line, s);
	for (const char *p = line.s; *p; p++) {
		if (*p == '#' || *p == '\\')
			strbuf_addc(out, '\\');
		strbuf_addc(out, *p);
	}
}

/* U+FFFE and U+FFFF are not printable in YAML and need an escape there. */
static void add_yaml_string(struct strbuf *out, const char *s, size_t n)
{
	AUTO_STRBUF visible = STRBUF_INIT;
	AUTO_STRBUF json = STRBUF_INIT;

	strbuf_add_visible(&visible, s, n);
	json_quote(&json, visible.s, visible.len);
	for (size_t i = 0; i < json.len;) {
		bool nonchar = json.len - i >= 3 && memcmp(json.s + i, "\xef\xbf", 2) == 0 &&
		               (unsigned char)json.s[i + 2] >= 0xbe;

		if (nonchar)
			strbuf_adds(
			        out, (unsigned char)json.s[i + 2] == 0xbe ? "\\uFFFE" : "\\uFFFF");
		else
			strbuf_addc(out, json.s[i]);
		i += nonchar ? 3 : 1;
	}
}

static void add_field(struct strbuf *out, const char *name, const char *value)
{
	if (!value)
		return;
	strbuf_printf(out, "  %s: ", name);
	add_yaml_string(out, value, strlen(value));
	strbuf_addc(out, '\n');
}

static const struct step_result *failed_step(const struct scenario_result *s)
{
	for (size_t i = 0; i < s->n_steps; i++)
		if (s->steps[i].n_failures > 0)
			return &s->steps[i];
	return NULL;
}

static void add_streams(const struct scenario_result *s, struct strbuf *out)
{
	static const char *const names[] = { "stdout", "stderr" };

	for (int i = 0; i < 2; i++) {
		AUTO_STRBUF b = STRBUF_INIT;

		outputs_join(s, i == 1, STREAM_MAX, &b);
		strbuf_printf(out, "  %s: ", names[i]);
		add_yaml_string(out, b.s, b.len);
		strbuf_addc(out, '\n');
	}
}

static void add_yaml(const struct scenario_result *s, struct strbuf *out)
{
	const struct failure *f = s->n_failures ? &s->failures[0] : NULL;
	const struct step_result *step = failed_step(s);
	const char *file = f && f->file ? f->file : s->file;

	strbuf_adds(out, "  ---\n");
	add_field(out, "message", block_message(s));
	strbuf_adds(out, "  severity: fail\n");
	add_field(out, "reason",
	        reason_names[s->reason] ? reason_names[s->reason] : verdict_names[s->verdict]);
	strbuf_adds(out, "  at:\n    file: ");
	add_yaml_string(out, file ? file : "", file ? strlen(file) : 0);
	strbuf_printf(out, "\n    line: %u\n", f && f->pos.line ? f->pos.line : s->line);
	if (f) {
		add_field(out, "expected", f->expected);
		add_field(out, "actual", f->actual);
	}
	if (step && step->exit_code >= 0)
		strbuf_printf(out, "  exit_code: %d\n", step->exit_code);
	strbuf_printf(out, "  duration_ms: %.3f\n", s->duration_ms);
	add_streams(s, out);
	strbuf_adds(out, "  ...\n");
}

static bool point_ok(enum verdict v)
{
	return v == VERDICT_PASS || v == VERDICT_SKIP;
}

static void add_subtest(const struct scenario_result *s, struct strbuf *out)
{
	if (s->n_steps == 0)
		return;
	strbuf_adds(out, "# Subtest: ");
	add_name(out, s->id);
	strbuf_printf(out, "\n    1..%zu\n", s->n_steps);
	for (size_t i = 0; i < s->n_steps; i++) {
		const struct step_result *step = &s->steps[i];

		strbuf_printf(
		        out, "    %s %zu - ", point_ok(step->verdict) ? "ok" : "not ok", i + 1);
		add_name(out, step->name);
		if (!step->ran)
			strbuf_adds(out, " # SKIP did not run");
		else
			strbuf_printf(out, " # time=%.1fms", step->duration_ms);
		strbuf_addc(out, '\n');
	}
}

static void add_point(
        const struct scenario_result *s, size_t number, int verbosity, struct strbuf *out)
{
	bool ok = point_ok(s->verdict);

	if (verbosity >= 1)
		add_subtest(s, out);
	strbuf_printf(out, "%s %zu - ", ok ? "ok" : "not ok", number);
	add_name(out, s->id);
	if (s->verdict == VERDICT_SKIP) {
		const char *why = s->reason_text ? s->reason_text : reason_names[s->reason];

		strbuf_adds(out, " # SKIP ");
		add_name(out, why ? why : "");
	} else if (ok) {
		strbuf_printf(out, " # time=%.1fms", s->duration_ms);
	}
	if (s->quarantine)
		strbuf_printf(out,
		        " # TO" /* in two, for what looks for unfinished work */
		        "DO quarantined until %s",
		        s->quarantine->until);
	strbuf_addc(out, '\n');
	if (!ok)
		add_yaml(s, out);
	if (s->flaky) {
		strbuf_adds(out, "# ");
		block_flaky(s, out);
		strbuf_addc(out, '\n');
	}
	for (size_t i = 0; i < s->n_findings; i++) {
		strbuf_adds(out, "# finding ");
		add_name(out, s->findings[i].message);
		strbuf_addc(out, '\n');
	}
}

static void add_notes(const struct run_result *r, struct strbuf *out)
{
	static const char *const words[] = {
		[SEV_ERROR] = "error", [SEV_WARNING] = "warning", [SEV_NOTE] = "note"
	};

	for (size_t i = 0; i < r->diags.n; i++) {
		const struct diag *d = &r->diags.v[i];

		strbuf_adds(out, "# ");
		if (d->file) {
			text_str(out, d->file);
			strbuf_printf(out, ":%u: ", d->pos.line);
		}
		strbuf_printf(out, "%s: ", words[d->severity]);
		text_str(out, d->message);
		strbuf_addc(out, '\n');
	}
}

static void add_selection(const struct run_result *r, struct strbuf *out)
{
	unsigned shard, shards;

	if (run_result_shard(r, &shard, &shards))
		strbuf_printf(out, "# shard %u/%u\n", shard, shards);
	if (run_result_shuffle_seed(r)) {
		strbuf_adds(out, "# random order, seed ");
		text_str(out, run_result_shuffle_seed(r));
		strbuf_addc(out, '\n');
	}
}

void report_tap(const struct run_result *r, int verbosity, struct strbuf *out)
{
	struct text_style plain = block_plain_style(0);
	size_t n = 0, number = 0;

	for (size_t t = 0; t < r->n_tests; t++)
		n += r->tests[t].n_scenarios;
	strbuf_printf(out, "TAP version 14\n1..%zu\n", n);
	add_selection(r, out);
	add_notes(r, out);
	for (size_t t = 0; t < r->n_tests; t++)
		for (size_t i = 0; i < r->tests[t].n_scenarios; i++)
			add_point(r->tests[t].scenarios[i], ++number, verbosity, out);
	if (r->state && strcmp(r->state, "lost") == 0)
		strbuf_adds(out, "Bail out! daemon died\n");
	strbuf_adds(out, "# ");
	summary_line(&r->summary, r->id, r->duration_ms, &plain, out);
	strbuf_addc(out, '\n');
}

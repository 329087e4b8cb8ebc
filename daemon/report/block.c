#include "common/num.h"
#include "common/utf8.h"
#include "daemon/report/text_priv.h"
#include "daemon/wire/wire.h"

const char *const verdict_labels[] = {
	[VERDICT_PASS] = "pass",
	[VERDICT_SKIP] = "skip",
	[VERDICT_FAKE_GREEN] = "FAKE GREEN",
	[VERDICT_FAIL] = "FAIL",
	[VERDICT_ERROR] = "ERROR",
};

static const enum ink verdict_inks[] = {
	[VERDICT_PASS] = INK_PASS,
	[VERDICT_SKIP] = INK_WARN,
	[VERDICT_FAKE_GREEN] = INK_FAIL,
	[VERDICT_FAIL] = INK_FAIL,
	[VERDICT_ERROR] = INK_FAIL,
};

struct text_style block_plain_style(int verbosity)
{
	return (struct text_style){
		.columns = 100, .verbosity = verbosity, .show_output = SHOW_FAILED
	};
}

const char *block_message(const struct scenario_result *s)
{
	for (size_t i = 0; i < s->n_failures; i++)
		if (s->failures[i].message)
			return s->failures[i].message;
	if (s->reason_text)
		return s->reason_text;
	return reason_names[s->reason] ? reason_names[s->reason] : verdict_names[s->verdict];
}

static void add_label(
        const struct scenario_result *s, const struct text_style *style, struct strbuf *out)
{
	bool marked = s->verdict == VERDICT_PASS && (s->flaky || s->cached);
	const char *label = !marked ? verdict_labels[s->verdict] : s->flaky ? "flaky" : "cached";
	enum ink ink = !marked ? verdict_inks[s->verdict] : s->flaky ? INK_WARN : INK_INFO;

	text_inked(out, style->out, s->quarantine ? INK_WARN : ink, label);
}

/* What stands behind the name: a time where there was one, and why it is not a plain pass. */
static void add_circumstance(const struct scenario_result *s, struct strbuf *out)
{
	bool is_word = strcmp(s->name ? s->name : "", ASSERTIONS_NAME) == 0; /* took no time */

	if (s->verdict != VERDICT_SKIP && !s->cached && !is_word) {
		strbuf_adds(out, "  ");
		text_ms(out, s->duration_ms);
	}
	if (s->verdict != VERDICT_SKIP && is_word && s->reason_text) {
		strbuf_adds(out, "  ");
		text_value(out, s->reason_text, strlen(s->reason_text), TEXT_MAX_VALUE);
	}
	if (s->flaky)
		strbuf_printf(out, "  passed on attempt %u", s->attempts);
	else if (s->n_before)
		strbuf_printf(out, "  failed on each of %u attempts", s->attempts);
	if (s->verdict == VERDICT_SKIP) {
		const char *why = s->reason_text ? s->reason_text : reason_names[s->reason];

		strbuf_adds(out, "  ");
		text_value(out, why ? why : "", why ? strlen(why) : 0, TEXT_MAX_VALUE);
	}
}

/* The first line of what an attempt before came to. */
static void add_attempt(const struct scenario_result *s, unsigned number, struct strbuf *out)
{
	const struct failure *f = s->n_failures ? &s->failures[0] : NULL;
	const char *message = block_message(s);

	strbuf_printf(out, "  attempt %u: ", number);
	if (f && f->step) {
		strbuf_adds(out, "step '");
		text_str(out, f->step);
		strbuf_adds(out, "': ");
	}
	text_value(out, message, strcspn(message, "\r\n"), TEXT_MAX_VALUE);
	strbuf_addc(out, '\n');
}

void block_quarantine(const struct scenario_result *s, struct strbuf *out)
{
	const struct quarantine *q = s->quarantine;

	strbuf_adds(out, "quarantined until ");
	text_str(out, q->until);
	strbuf_adds(out, " (");
	text_str(out, q->owner);
	strbuf_addc(out, ')');
}

void block_flaky(const struct scenario_result *s, struct strbuf *out)
{
	strbuf_printf(out, "flaky: passed on attempt %u of %u", s->attempts,
	        s->attempts_max > s->attempts ? s->attempts_max : s->attempts);
}

/* Why this failure does not count, and what came before it. */
static void add_excuses(const struct scenario_result *s, struct strbuf *out)
{
	if (s->quarantine) {
		strbuf_adds(out, "  ");
		block_quarantine(s, out);
		strbuf_adds(out, ": this failure does not count");
		if (s->quarantine->reason) {
			strbuf_adds(out, "; ");
			text_value(out, s->quarantine->reason, strlen(s->quarantine->reason),
			        TEXT_MAX_VALUE);
		}
		strbuf_addc(out, '\n');
	}
	for (size_t i = 0; i < s->n_before; i++)
		add_attempt(s->before[i], (unsigned)i + 1, out);
}

void block_title(
        const struct scenario_result *s, const struct text_style *style, struct strbuf *out)
{
	add_label(s, style, out);
	strbuf_adds(out, "  ");
	text_ink(out, style->out, scenario_failed(s) ? INK_BOLD : INK_PLAIN);
	text_str(out, s->id);
	text_plain(out, style->out, scenario_failed(s) ? INK_BOLD : INK_PLAIN);
	if (s->repetition)
		strbuf_printf(out, " #%u", s->repetition);
	add_circumstance(s, out);
	if (scenario_failed(s) && s->file) {
		strbuf_adds(out, "  ");
		text_str(out, s->file);
		if (s->line)
			strbuf_printf(out, ":%u", s->line);
	}
	strbuf_addc(out, '\n');
	add_excuses(s, out);
}

/* ---- failures ---- */

static size_t value_max(const struct text_style *style)
{
	return style->verbosity >= 2 ? SIZE_MAX : TEXT_MAX_VALUE;
}

static void add_field(
        const char *label, const char *value, const struct text_style *style, struct strbuf *out)
{
	strbuf_printf(out, "    %-8s  ", label);
	text_value(out, value, strlen(value), value_max(style));
	strbuf_addc(out, '\n');
}

/* "exit status 1, expected 0" says both; below it they would only be repeated. */
static bool message_says_it(const struct failure *f)
{
	return f->message && strstr(f->message, f->expected) &&
	       (!f->actual || strstr(f->message, f->actual));
}

static void add_comparison(
        const struct failure *f, const struct text_style *style, struct strbuf *out)
{
	if (!f->expected || message_says_it(f))
		return;
	add_field("expected", f->expected, style, out);
	if (f->actual)
		add_field("actual", f->actual, style, out);
}

static enum ink diff_ink(char first)
{
	return first == '-'   ? INK_FAIL
	       : first == '+' ? INK_PASS
	       : first == '@' ? INK_INFO
	                      : INK_PLAIN;
}

static void add_diff(const struct failure *f, const struct text_style *style, struct strbuf *out)
{
	if (!f->diff)
		return;
	strbuf_adds(out, "  diff (- expected, + actual)\n");
	for (const char *at = f->diff; *at;) {
		size_t n = strcspn(at, "\n");
		enum ink ink = diff_ink(*at);

		strbuf_adds(out, "    ");
		text_ink(out, style->out, ink);
		text_value(out, at, n, value_max(style));
		text_plain(out, style->out, ink);
		strbuf_addc(out, '\n');
		at += n + (at[n] == '\n');
	}
}

static void add_hint(const struct failure *f, const struct text_style *style, struct strbuf *out)
{
	if (!f->hint)
		return;
	strbuf_adds(out, "  ");
	text_inked(out, style->out, INK_INFO, "help:");
	strbuf_addc(out, ' ');
	text_value(out, f->hint, strlen(f->hint), TEXT_MAX_VALUE * 2);
	strbuf_addc(out, '\n');
}

static void add_place(
        const struct scenario_result *s, const struct failure *f, uint32_t line, struct strbuf *out)
{
	const char *file = f && f->file ? f->file : s->file;

	if (!line && f)
		line = f->pos.line;
	if (!file || !line)
		return;
	strbuf_adds(out, " (");
	text_str(out, file);
	strbuf_printf(out, ":%u)", line);
}

static void add_message(const char *message, struct strbuf *out)
{
	text_value(out, message, strlen(message), TEXT_MAX_VALUE * 2);
	strbuf_addc(out, '\n');
}

/* ---- captured output ---- */

static size_t lines_kept(const struct text_style *style)
{
	return style->verbosity >= 2 ? SIZE_MAX : style->verbosity == 1 ? 100 : 10;
}

static void add_stream(const char *name, const struct captured *c, const struct text_style *style,
        struct strbuf *out)
{
	struct text_lines how = {
		.indent = 4, .keep = lines_kept(style), .width = value_max(style), .raw = style->raw
	};

	if (c->total == 0 && c->len == 0)
		return;
	strbuf_printf(out, "  %s  ", name);
	text_block_title(out, c, how.keep);
	strbuf_addc(out, '\n');
	if (c->len > 0)
		text_block(out, c, &how);
}

static void add_streams(const struct step_result *step, const struct step_output *o,
        const struct text_style *style, struct strbuf *out)
{
	if (style->show_output == SHOW_NEVER || style->show_output == SHOW_LIVE)
		return;
	add_stream("stdout", step->out.len || !o ? &step->out : &o->out, style, out);
	add_stream("stderr", step->err.len || !o ? &step->err : &o->err, style, out);
}

/* ---- steps ---- */

static void add_command(const struct step_result *step, struct strbuf *out)
{
	if (step->argv.n == 0)
		return;
	strbuf_adds(out, "    $ ");
	text_command(out, &step->argv);
	strbuf_addc(out, '\n');
}

static void add_step_failures(
        const struct step_result *step, const struct text_style *style, struct strbuf *out)
{
	for (size_t i = 0; i < step->n_failures; i++) {
		const struct failure *f = &step->failures[i];

		if (i > 0 && f->message && (!f->expected || message_says_it(f))) {
			strbuf_adds(out, "    ");
			add_message(f->message, out);
		}
		add_comparison(f, style, out);
	}
	for (size_t i = 0; i < step->n_failures; i++)
		add_diff(&step->failures[i], style, out);
}

static void add_step_head(
        const struct scenario_result *s, const struct step_result *step, struct strbuf *out)
{
	const struct failure *first = step->n_failures ? &step->failures[0] : NULL;

	strbuf_adds(out, "  step '");
	text_str(out, step->name);
	strbuf_addc(out, '\'');
	add_place(s, first, step->line, out);
	strbuf_adds(out, ": ");
	if (first && first->message) {
		add_message(first->message, out);
	} else if (step->ran) {
		strbuf_printf(out, "%s, ", verdict_names[step->verdict]);
		text_ms(out, step->duration_ms);
		strbuf_addc(out, '\n');
	} else {
		strbuf_adds(out, "did not run\n");
	}
}

static void add_step(const struct scenario_result *s, const struct step_result *step,
        const struct step_output *o, const struct text_style *style, struct strbuf *out)
{
	bool failed = step->n_failures > 0;

	if (!failed && (style->show_output != SHOW_ALWAYS || !step->ran))
		return;
	add_step_head(s, step, out);
	add_command(step, out);
	add_step_failures(step, style, out);
	add_streams(step, o, style, out);
	for (size_t i = 0; i < step->n_failures; i++)
		add_hint(&step->failures[i], style, out);
}

/* ---- what belongs to the scenario ---- */

static bool told_by_a_step(const struct scenario_result *s, const struct failure *f)
{
	for (size_t i = 0; f->step && i < s->n_steps; i++)
		if (s->steps[i].n_failures > 0 && strcmp(s->steps[i].name, f->step) == 0)
			return true;
	return false;
}

static void add_own_failures(
        const struct scenario_result *s, const struct text_style *style, struct strbuf *out)
{
	for (size_t i = 0; i < s->n_failures; i++) {
		const struct failure *f = &s->failures[i];

		if (told_by_a_step(s, f))
			continue;
		strbuf_adds(out, "  ");
		if (f->step) {
			strbuf_adds(out, "step '");
			text_str(out, f->step);
			strbuf_addc(out, '\'');
			add_place(s, f, 0, out);
			strbuf_adds(out, ": ");
		}
		add_message(f->message ? f->message : "failed", out);
		add_comparison(f, style, out);
		add_diff(f, style, out);
		add_hint(f, style, out);
	}
	if (s->n_failures == 0 && scenario_failed(s)) {
		strbuf_adds(out, "  ");
		add_message(block_message(s), out);
	}
}

/* Whose streams are kept open is said already. Its name alone may be a part of any word. */
static bool names_step(const char *message, const char *step)
{
	AUTO_STRBUF words = STRBUF_INIT;

	strbuf_printf(&words, " of '%s' open", step);
	return strstr(message, words.s) != NULL;
}

static void add_finding(const struct finding *f, struct strbuf *out)
{
	const char *message = f->message ? f->message : f->kind ? f->kind : "";

	strbuf_adds(out, "  finding  ");
	text_value(out, message, strlen(message), TEXT_MAX_VALUE);
	if (f->step && !names_step(message, f->step)) {
		strbuf_adds(out, ", started by '");
		text_str(out, f->step);
		strbuf_addc(out, '\'');
	}
	strbuf_addc(out, '\n');
}

static void add_image(const struct receipt *r, struct strbuf *out)
{
	const char *digest = r->image_digest;

	if (!r->image)
		return;
	strbuf_adds(out, ", image ");
	text_str(out, r->image);
	if (!digest)
		return;
	if (strncmp(digest, "sha256:", 7) == 0)
		digest += 7;
	strbuf_addc(out, '@');
	text_line(out, digest, strnlen(digest, 8));
	if (r->prepared)
		strbuf_printf(out, " (prepared, %s)", wire_prepared_as(r->recorded));
}

#define USUAL_COLUMNS 100 /* of what is no terminal: there a line may be a little longer */

/* A line of our own words, broken at blanks on a narrow terminal. What tests and files say is not:
 * it is there to be compared and pasted. */
static void add_wrapped(
        const struct strbuf *line, const struct text_style *style, struct strbuf *out)
{
	const char *at = line->s;
	size_t room = style->columns < USUAL_COLUMNS ? style->columns : SIZE_MAX, indent = 0;

	while (utf8_columns(at, strlen(at)) + indent > room) {
		const char *cut = NULL;

		for (const char *p = strchr(at + strspn(at, " "), ' '); p; p = strchr(p + 1, ' '))
			if (utf8_columns(at, (size_t)(p - at)) + indent <= room || !cut)
				cut = p;
		if (!cut)
			break;
		strbuf_addn(out, ' ', indent);
		strbuf_add(out, at, (size_t)(cut - at));
		strbuf_addc(out, '\n');
		at = cut + 1;
		indent = 4;
	}
	strbuf_addn(out, ' ', indent);
	strbuf_adds(out, at);
	strbuf_addc(out, '\n');
}

static void isolation_line(const struct receipt *r, struct strbuf *out)
{
	strbuf_printf(out, "  isolation %s:", r->profile ? r->profile : "standard");
	for (size_t i = 0; i < r->namespaces.n; i++) {
		strbuf_addc(out, ' ');
		text_str(out, r->namespaces.v[i]);
	}
	if (r->network) {
		strbuf_adds(out, ", network ");
		text_str(out, r->network);
	}
	add_image(r, out);
	strbuf_adds(out, r->pristine ? ", pristine" : ", not pristine");
	for (size_t i = 0; i < r->n_degraded; i++) {
		const struct degraded *d = &r->degraded[i];

		strbuf_adds(out, ", ");
		text_str(out, d->what ? d->what : "");
		strbuf_adds(out, ": wanted ");
		text_str(out, d->wanted ? d->wanted : "");
		strbuf_adds(out, ", got ");
		text_str(out, d->got ? d->got : "");
	}
}

static void add_isolation(
        const struct receipt *r, const struct text_style *style, struct strbuf *out)
{
	AUTO_STRBUF line = STRBUF_INIT;

	isolation_line(r, &line);
	add_wrapped(&line, style, out);
}

/* Cells share their file and the names of their scenarios: what tells them apart is their values.
 */
static void add_cell(const struct str_list *cell, struct strbuf *out)
{
	for (size_t i = 0; i + 1 < cell->n; i += 2) {
		AUTO_STRBUF variable = STRBUF_INIT;

		strbuf_printf(&variable, "matrix.%s=%s", cell->v[i], cell->v[i + 1]);
		strbuf_adds(out, " -m ");
		strbuf_shell_quote(out, variable.s);
	}
}

static void add_again(const struct scenario_result *s, struct strbuf *out)
{
	AUTO_STRBUF selector = STRBUF_INIT;
	AUTO_STRBUF quoted = STRBUF_INIT;

	if (!s->file || !s->name)
		return;
	/* A file that could not be read has no scenario yet. */
	if (s->reason == REASON_CONFIG && !s->n_steps)
		strbuf_adds(&selector, s->file);
	else
		strbuf_printf(&selector, "%s::%s", s->file, s->name);
	strbuf_shell_quote(&quoted, selector.s);
	add_cell(&s->cell, &quoted);
	strbuf_adds(out, "  again: clnrm run ");
	text_line(out, quoted.s, quoted.len);
	if (s->kept)
		strbuf_printf(out, "        enter: clnrm shell %s", s->kept);
	else if (s->receipt && !s->never_kept)
		strbuf_adds(out, "        enter: add --keep, then clnrm shell");
	strbuf_addc(out, '\n');
}

static void add_artifacts(
        const struct scenario_result *s, const struct text_style *style, struct strbuf *out)
{
	AUTO_STRBUF line = STRBUF_INIT;

	strbuf_adds(&line, "  kept ");
	for (size_t i = 0; i < s->n_artifacts; i++) {
		strbuf_adds(&line, i ? ", " : " ");
		text_str(&line, s->artifacts[i].name);
		strbuf_addc(&line, ' ');
		size_format(&line, s->artifacts[i].bytes);
	}
	add_wrapped(&line, style, out);
}

void block_scenario(const struct scenario_result *s, const struct step_output *outputs,
        const struct text_style *style, struct strbuf *out)
{
	block_title(s, style, out);
	if (s->verdict != VERDICT_SKIP) {
		for (size_t i = 0; i < s->n_steps; i++)
			add_step(s, &s->steps[i], outputs ? &outputs[i] : NULL, style, out);
	}
	if (scenario_failed(s))
		add_own_failures(s, style, out);
	for (size_t i = 0; i < s->n_findings; i++)
		add_finding(&s->findings[i], out);
	if (s->n_artifacts && (scenario_failed(s) || style->verbosity >= 1))
		add_artifacts(s, style, out);
	if (s->receipt && (scenario_failed(s) || style->verbosity >= 2))
		add_isolation(s->receipt, style, out);
	if (scenario_failed(s))
		add_again(s, out);
}

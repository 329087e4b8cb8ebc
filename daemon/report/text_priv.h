/* daemon/report/text_priv.h - words for a terminal: colour, visible bytes, cuts, counts.
 *
 * Everything that comes from a test, a file or a name passes text_line() or text_block(): control
 * characters become visible, bytes that are not UTF-8 become U+FFFD, long values lose their middle.
 */
#ifndef DAEMON_REPORT_TEXT_PRIV_H
#define DAEMON_REPORT_TEXT_PRIV_H

#include "daemon/report/report.h"

#define TEXT_MAX_VALUE 500 /* characters of one value or line, beyond -vv */

enum ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_PASS, INK_FAIL, INK_WARN, INK_INFO };

/* SGR of ink, and back to plain; nothing without colour. */
void text_ink(struct strbuf *b, enum colour c, enum ink ink);
void text_plain(struct strbuf *b, enum colour c, enum ink ink);
/* s in ink, made visible on one line. */
void text_inked(struct strbuf *b, enum colour c, enum ink ink, const char *s);

static inline void text_str(struct strbuf *b, const char *s)
{
	text_line(b, s, strlen(s));
}
/* As text_line(), but with TAB as it is, and without its middle when longer than max characters. */
void text_value(struct strbuf *b, const char *s, size_t n, size_t max);
/* A command as a shell would take it, visible. */
void text_command(struct strbuf *b, const struct str_list *argv);

/* "1 test", "12 tests". */
void text_count(struct strbuf *b, uint64_t n, const char *noun);
/* Milliseconds for people: "42.1 ms", "0.21 s", "4 min". */
void text_ms(struct strbuf *b, double ms);

/* The lines of captured bytes, each after indent; beyond 2 * keep lines only the first and last
 * keep. */
struct text_lines {
	unsigned indent;
	size_t keep;  /* SIZE_MAX = all */
	size_t width; /* characters of one line; SIZE_MAX = all */
	bool raw;
};
void text_block(struct strbuf *b, const struct captured *c, const struct text_lines *how);
/* "1 line", "212 lines, first 10 and last 10", "1.2 MiB, first 10 and last 10 lines". */
void text_block_title(struct strbuf *b, const struct captured *c, size_t keep);

/* ---- one scenario as people read it (block.c) ---- */

/* The streams of one step, where they are not in its step_result. */
struct step_output {
	struct captured out, err;
};

extern const char *const verdict_labels[]; /* "pass", "skip", "FAKE GREEN", "FAIL", "ERROR" */

/* Label line, and below it what failed, captured output, findings, receipt, how to run it again.
 * outputs has an element a step, or is NULL. */
void block_scenario(const struct scenario_result *s, const struct step_output *outputs,
        const struct text_style *style, struct strbuf *out);
/* The label line alone, with its line feed. */
void block_title(
        const struct scenario_result *s, const struct text_style *style, struct strbuf *out);
/* The first failure's message, or the reason; never NULL. */
const char *block_message(const struct scenario_result *s);
/* "quarantined until 2026-02-01 (payments)". */
void block_quarantine(const struct scenario_result *s, struct strbuf *out);
/* "flaky: passed on attempt 2 of 3". */
void block_flaky(const struct scenario_result *s, struct strbuf *out);
/* A style for reports: no colour, 100 columns, outputs of what failed as with -v when long. */
struct text_style block_plain_style(int verbosity);

/* Whether the scenario counts as failed (fail, fake_green, error). */
static inline bool scenario_failed(const struct scenario_result *s)
{
	return s->verdict == VERDICT_FAIL || s->verdict == VERDICT_FAKE_GREEN ||
	       s->verdict == VERDICT_ERROR;
}

#endif

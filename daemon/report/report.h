/* daemon/report/report.h - events to text for people; results to JSON, JUnit, TAP, Markdown and
 * HTML; diagnostics to text.
 *
 * Text for people is made only from the public event stream, so that rendering a recorded stream
 * again gives the same text. Pure functions and one small state machine; no I/O. Thread: any one.
 */
#ifndef DAEMON_REPORT_REPORT_H
#define DAEMON_REPORT_REPORT_H

#include "common/strbuf.h"
#include "daemon/model/event.h"
#include "daemon/model/past.h"

enum colour { COLOUR_NONE, COLOUR_16, COLOUR_256, COLOUR_TRUE };

struct text_style {
	unsigned columns;     /* 40 to 400 */
	enum colour out, err; /* each stream on its own */
	bool ascii;           /* no UTF-8 symbols */
	int verbosity;        /* -2 .. 3: -qq .. -vvv */
	enum { SHOW_FAILED, SHOW_ALWAYS, SHOW_NEVER, SHOW_LIVE } show_output;
	bool raw;         /* bytes of tests unescaped */
	bool live;        /* a live region (frame p) is wanted */
	bool progress;    /* plain progress lines on stderr */
	unsigned slowest; /* --slowest N */
	bool clear;       /* the screen, before each round */
	bool github;      /* workflow commands (cli.md 4.7) */
};

/* Renders a run for people. Each call may append to out (stdout), err (stderr) and set live (the
 * whole live region, empty = gone). */
struct human;
struct human *human_new(const struct text_style *style);
void human_free(struct human *h);
void human_set_columns(struct human *h, unsigned columns);
void human_event(struct human *h, const struct event *ev, struct strbuf *out, struct strbuf *err,
        struct strbuf *live, bool *live_changed);

/* Bytes visible on one line: LF and TAB as ^J and ^I. */
void text_line(struct strbuf *b, const char *s, size_t n);

/* One finding in the form of cli.md 1.5. */
void diag_text(const struct diag *d, const struct text_style *style, enum colour colour,
        struct strbuf *out);
/* All of them, grouped and bounded (100, then a count). */
void diags_text(const struct diags *d, const struct text_style *style, enum colour colour,
        struct strbuf *out);

/* Findings as workflow commands of GitHub Actions, ten of a kind, then a count. */
void github_diags(const struct diags *d, struct strbuf *out);
/* Findings as SARIF 2.1.0; rules are those that there are, found or not. */
struct sarif_rule {
	const char *code, *summary;
};
struct sarif_rules {
	const struct sarif_rule *v;
	size_t n;
};
void sarif_write(const char *version, const struct sarif_rules *rules, const struct diags *d,
        struct strbuf *out);

/* What a project leaves out of its reports. Without times two runs with the same verdicts and
 * output give the same bytes. */
struct report_parts {
	bool times, logs;
};
/* A copy without them; it borrows from r what is the same. Free with run_result_free(). */
struct run_result *report_plain(const struct run_result *r, const struct report_parts *parts);

/* A finished run in each format. */
void report_json(const struct run_result *r, struct strbuf *out);
enum junit_dialect { JUNIT_SUREFIRE, JUNIT_JENKINS, JUNIT_GITLAB, JUNIT_GITHUB, JUNIT_PLAIN };
int junit_dialect_parse(const char *s); /* -1 = none */
void report_junit(const struct run_result *r, enum junit_dialect dialect, bool output_always,
        struct strbuf *out);
void report_tap(const struct run_result *r, int verbosity, struct strbuf *out);
/* One scenario with all of its steps and all of their output. */
void report_scenario(
        const struct scenario_result *s, const struct text_style *style, struct strbuf *out);
/* A table of counts, a section for each of the first failures, the slowest ten (GFM). */
void report_markdown(const struct run_result *r, struct strbuf *out);
/* One page for browsers that asks for nothing outside of itself; past: how long scenarios took
 * before, or NULL. Output of steps is bounded in a stream and in the whole page. */
void report_html(const struct run_result *r, const struct past *past, struct strbuf *out);
/* A finished run as text, as `run` printed it (runs show). */
void report_human(const struct run_result *r, const struct text_style *style, struct strbuf *out,
        struct strbuf *err);

/* The summary line without line feed (cli.md 4.1). */
void summary_line(const struct run_summary *s, const char *run_id, double wall_ms,
        const struct text_style *style, struct strbuf *out);

/* Listings: aligned columns with a header in bold; the last column may be cut to the width. Rows
 * end with NULL. */
void table_text(const char *const *header, const char *const *const *rows, size_t n_rows,
        const struct text_style *style, bool no_header, struct strbuf *out);

#endif

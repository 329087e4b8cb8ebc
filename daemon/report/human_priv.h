/* daemon/report/human_priv.h - the parts of the renderer for people. */
#ifndef DAEMON_REPORT_HUMAN_PRIV_H
#define DAEMON_REPORT_HUMAN_PRIV_H

#include "daemon/report/text_priv.h"

/* ---- gather.c: output events of running scenarios, until their end ---- */

struct gather;

/* keep: bytes of each end of each stream. */
struct gather *gather_new(size_t keep);
void gather_free(struct gather *g);
CLEANUP_FN(gather_free, struct gather *)
void gather_step(struct gather *g, const char *scenario, const char *step, unsigned index);
void gather_output(struct gather *g, const struct event *ev);
/* One element a step of s, borrowed until gather_drop(); NULL when nothing came. */
const struct step_output *gather_take(struct gather *g, const struct scenario_result *s);
void gather_drop(struct gather *g, const char *scenario);

/* ---- stream.c: --show-output live ---- */

struct stream;

struct stream *stream_new(const struct text_style *style);
void stream_free(struct stream *s);
CLEANUP_FN(stream_free, struct stream *)
/* Appends the complete lines, each after "orders/refund > step | "; the rest waits. */
void stream_output(struct stream *s, const struct event *ev, struct strbuf *out);
/* Ends lines that have no line feed; step NULL = all of the scenario. */
void stream_over(struct stream *s, const char *scenario, const char *step, struct strbuf *out);

/* ---- live.c: the live region, and progress in plain lines ---- */

void live_region(const struct event *progress, const struct text_style *style, struct strbuf *out);
void live_plain(const struct event *progress, const struct text_style *style, struct strbuf *out);

/* ---- tally.c: the files of a session that watches ---- */

struct tally;
struct tally_sum {
	unsigned files, scenarios, failed;
};

struct tally *tally_new(void);
void tally_free(struct tally *t);
CLEANUP_FN(tally_free, struct tally *)
void tally_drop(struct tally *t, const char *path); /* it runs again, or is gone */
void tally_add(struct tally *t, const struct scenario_result *s);
const struct tally_sum *tally_sum(const struct tally *t);
/* live.c: the line while nothing runs. */
void live_wait(const struct tally_sum *s, const struct text_style *style, struct strbuf *out);

/* ---- github.c: workflow commands (cli.md 4.7) ---- */

struct github;

struct github *github_new(void);
void github_free(struct github *g);
CLEANUP_FN(github_free, struct github *)
/* Before anything that a test wrote: takes commands from it until github_tail(). */
void github_guard(struct github *g, struct strbuf *out);
void github_scenario(struct github *g, const struct scenario_result *s);
void github_tail(struct github *g, struct strbuf *out);

/* ---- slowest.c ---- */

struct slowest;

struct slowest *slowest_new(unsigned n);
void slowest_free(struct slowest *s);
CLEANUP_FN(slowest_free, struct slowest *)
void slowest_add(struct slowest *s, const struct scenario_result *r);
void slowest_text(const struct slowest *s, const struct text_style *style, struct strbuf *out);

/* ---- problem.c: a problem document as text ---- */

void problem_text(const char *problem_json, const struct text_style *style, struct strbuf *out);

#endif

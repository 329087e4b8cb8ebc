/* daemon/run/expect_priv.h - what a step must show besides its exit, judged
 * (daemon/model/expect.h).
 *
 * judge.c       exit, patterns, all checks of an attempt
 * expect_text.c  rules of a text: stdout, stderr, content of a file
 * expect_json.c  a value of a document against its operators
 * expect_file.c  what stands at a path
 * capture.c     parts of the output for later steps
 *
 * All of it is any thread's: it computes, and appends failures in the arena that it is given.
 */
#ifndef DAEMON_RUN_EXPECT_PRIV_H
#define DAEMON_RUN_EXPECT_PRIV_H

#include "daemon/run/run_priv.h"

/* ---- judge.c ---- */

/* One more failure of res; valid until the next one. The first decides its reason. */
struct failure *judge_fail(const struct attempt *at, struct step_result *res, enum reason code,
        const char *assertion, struct pos pos, struct arena *a);

/* ---- expect_text.c ---- */

struct text_subject {
	const char *what; /* "stdout", "file '/x'" */
	const char *s;
	size_t n;
	bool cut; /* head bytes, then what came last; total is the true size */
	size_t head;
	uint64_t total;
	bool is_file;
};

void expect_text(const struct text_check *c, const struct text_subject *t, const struct attempt *at,
        struct step_result *res, struct arena *a);
/* Shortened in the middle. */
const char *expect_quoted(const char *s, size_t n, struct arena *a);
bool expect_bound_holds(const struct bound *b, uint64_t n);
const char *expect_bound_text(const struct bound *b, struct arena *a);

/* ---- expect_json.c ---- */

struct json_verdict {
	const char *message, *expected, *actual; /* the last two may be NULL */
};
/* False with *v where it does not hold. */
bool expect_json(const struct json_check *c, const char *s, size_t n, struct arena *a,
        struct json_verdict *v);
/* The text of the value at the path. False with the reason in *v. */
bool expect_json_value(const struct json_path *p, const char *s, size_t n, struct arena *a,
        const char **out, size_t *len, struct json_verdict *v);

/* ---- expect_file.c ---- */

/* def->files against at->looks. */
void expect_files(const struct attempt *at, struct step_result *res, struct arena *a);

/* ---- capture.c ---- */

/* Fills res->captures; a failure for what is not there. */
void capture_all(const struct attempt *at, struct step_result *res, struct arena *a);

#endif

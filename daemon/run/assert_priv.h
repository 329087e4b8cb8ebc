/* daemon/run/assert_priv.h - what a test says of itself, held against what happened.
 *
 * assert.c        a test whose scenarios are over: its assertions, and the result that says what
 *                 became of them
 * assert_claims.c what each claim takes to hold
 */
#ifndef DAEMON_RUN_ASSERT_PRIV_H
#define DAEMON_RUN_ASSERT_PRIV_H

#include "daemon/run/run_priv.h"

/* A scenario of the file, and what became of it. */
struct seen {
	const struct scenario *def;
	const struct scenario_result *r; /* NULL: this run has none of it */
};

/* What happened in one turn of a test. */
struct evidence {
	struct seen *v;
	size_t n;
	bool part; /* of some scenario only the first steps were asked for */
};

enum outcome {
	OUTCOME_HOLDS,
	OUTCOME_FAILS,
	OUTCOME_DIFFERS,  /* a number is another, and nobody enforces it */
	OUTCOME_UNSEEN,   /* this run has not got what it takes to say */
	OUTCOME_UNCHECKED /* nothing here can say it */
};

/* What is said of one assertion. Texts are appended; they stay empty where there is nothing to say.
 */
struct account {
	struct strbuf message;          /* what happened, as a sentence; why it was not seen */
	struct strbuf expected, actual; /* of OUTCOME_FAILS and _DIFFERS */
};

/* Pure. Any thread. */
enum outcome assert_claim(
        const struct assertion *as, const struct evidence *ev, struct account *said);

#endif
